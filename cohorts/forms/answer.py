"""The answer to an offer."""

from __future__ import annotations

from programmes.forms.base import PageForm
from programmes.forms.fields import LongTextField, RadiosField

ACCEPT, DECLINE = "accept", "decline"


class OfferForm(PageForm):
    """Accept or decline, without a default."""

    answer = RadiosField(
        label="Do you take the place?",
        choices=[(ACCEPT, "Yes, I accept the place"), (DECLINE, "No, I decline the place")],
        error_messages={
            "required": "Choose whether you accept or decline the place",
            "invalid_choice": "Choose whether you accept or decline the place",
        },
        nhs={
            "label_size": "m",
            "hints": {DECLINE: "Your seat goes to somebody else. This cannot be undone here."},
            "reveals": {DECLINE: "reason"},
        },
    )
    reason = LongTextField(
        label="Why do you decline?",
        help_text="It helps the academy to plan. You can leave this empty.",
        max_characters=3000,
        required=False,
    )
