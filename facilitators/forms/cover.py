"""Asking for cover, and answering."""

from __future__ import annotations

from facilitators.domain.covering.cover import REASON_LIMIT
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, RadiosField
from programmes.forms.sure import SureForm


class CoverForm(SureForm):
    """Why, if they want to say, and that it is meant."""

    reason = LineField(
        label="Why can you not come?",
        help_text="The academy’s staff can read it. Those who are asked to lead the circle cannot.",
        max_length=REASON_LIMIT,
        required=False,
    )


class CoverAnswerForm(PageForm):
    """Whether somebody who is asked can lead a circle: a choice without a default, which no gateway presses."""

    answer = RadiosField(
        label="Your answer",
        choices=[("yes", "I can lead it"), ("no", "I cannot")],
        error_messages={
            "required": "Choose whether you can lead the circle",
            "invalid_choice": "Choose whether you can lead the circle",
        },
    )
