"""The answer to an offer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cohorts.models import Cohort
from programmes.domain.wording import join_words
from programmes.forms.base import PageForm
from programmes.forms.fields import LongTextField, RadiosField

ACCEPT, OTHER_DATE, DECLINE = "accept", "other_date", "decline"


class OfferForm(PageForm):
    """Accept, ask for another date where there is one, or decline: without a default."""

    answer = RadiosField(
        label="Do you take the place?",
        choices=[
            (ACCEPT, "Yes, I accept the place"),
            (OTHER_DATE, "I cannot attend these dates, and ask for another date"),
            (DECLINE, "No, I decline the place"),
        ],
        nhs={
            "label_size": "m",
            "hints": {DECLINE: "Your seat goes to somebody else. This cannot be undone here."},
            "reveals": {OTHER_DATE: "why_not", DECLINE: "reason"},
        },
    )
    why_not = LongTextField(
        label="Why can you not attend these dates?",
        help_text="It helps the academy to plan other dates.",
        max_characters=300,
        error_messages={"required": "Enter why you cannot attend these dates"},
    )
    reason = LongTextField(
        label="Why do you decline?",
        help_text="It helps the academy to plan. You can leave this empty.",
        max_characters=3000,
        required=False,
    )

    def __init__(self, *args: Any, other_dates: Sequence[Cohort] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        answer: Any = self.fields["answer"]
        which = "Choose whether you accept or decline the place"
        if other_dates:
            which = "Choose whether you accept the place, ask for another date or decline"
            names = join_words([cohort.name for cohort in other_dates], last="or")
            hint = f"Your seat goes to somebody else at once. You wait for a place in {names}, and may not get one."
            answer.nhs = {**answer.nhs, "hints": {OTHER_DATE: hint, **answer.nhs["hints"]}}
        else:
            answer.choices = [choice for choice in answer.choices if choice[0] != OTHER_DATE]
            del self.fields["why_not"]
        answer.error_messages |= {"required": which, "invalid_choice": which}
