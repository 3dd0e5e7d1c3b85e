"""Which cohorts an applicant can attend, best first, and which they cannot, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from cohorts.domain.preferences import date_lines
from cohorts.models import Cohort, Preference
from programmes.domain.wording import join_words, ordinal
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, RadiosField

CANNOT = "cannot"


class ChoiceForm(PageForm):
    """For each cohort its place in the order of preference, or that it cannot be attended, and why.

    An order with gaps (first and third choice) is taken as the order that it says.
    """

    def __init__(
        self,
        cohorts: Sequence[Cohort],
        preferences: Iterable[Preference],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.cohorts = list(cohorts)
        initial: dict[str, Any] = {}
        for preference in preferences:
            initial[f"cohort-{preference.cohort_id}"] = str(preference.rank or CANNOT)
            initial[f"reason-{preference.cohort_id}"] = preference.cannot_attend_reason
        super().__init__(data, initial=initial)
        for cohort in self.cohorts:
            self._ask(cohort)

    def _ask(self, cohort: Cohort) -> None:
        alone = len(self.cohorts) == 1
        choices = [("1", "Yes, I can attend all of these dates")]
        if not alone:
            choices = [(str(rank), f"{ordinal(rank)} choice") for rank in range(1, len(self.cohorts) + 1)]
        refusal = "No, I cannot attend" if alone else "I cannot attend"
        field = RadiosField(
            label=f"{cohort.name}: can you attend?" if alone else cohort.name,
            help_text=_dates(cohort),
            choices=[*choices, (CANNOT, refusal)],
            error_messages={
                "required": f"Say whether you can attend {cohort.name}"
                if alone
                else f"Choose a place in your order of preference, or “I cannot attend”, for {cohort.name}"
            },
            nhs={"label_size": "m", "reveals": {CANNOT: f"reason-{cohort.pk}"}},
        )
        self.add_field(f"cohort-{cohort.pk}", field)
        reason = LineField(
            label="Why can you not attend?",
            help_text="A few words are enough. They help the academy to plan further dates.",
            max_length=300,
            error_messages={"required": f"Say why you cannot attend {cohort.name}"},
        )
        self.add_field(f"reason-{cohort.pk}", reason)

    def clean(self) -> dict[str, Any]:
        """Raise an error on the second of two cohorts at the same place in the order."""
        placed: dict[str, Cohort] = {}
        for cohort in self.cohorts:
            place = self.cleaned_data.get(f"cohort-{cohort.pk}", "")
            if place in placed:
                names = join_words([placed[place].name, cohort.name])
                sentence = f"{names} are both your {ordinal(int(place))} choice: give each its own place"
                self.add_error(f"cohort-{cohort.pk}", sentence)
            elif place not in ("", CANNOT):
                placed[place] = cohort
        return self.cleaned_data

    @property
    def ranked(self) -> list[Cohort]:
        """The cohorts that can be attended, best first; only of a valid form."""
        given = [(self.cleaned_data[f"cohort-{cohort.pk}"], cohort) for cohort in self.cohorts]
        able = [(int(place), cohort) for place, cohort in given if place != CANNOT]
        return [cohort for _, cohort in sorted(able, key=lambda one: one[0])]

    @property
    def cannot_attend(self) -> dict[Cohort, str]:
        """The reasons for the cohorts that cannot be attended; only of a valid form."""
        return {
            cohort: self.cleaned_data[f"reason-{cohort.pk}"]
            for cohort in self.cohorts
            if self.cleaned_data[f"cohort-{cohort.pk}"] == CANNOT
        }


def _dates(cohort: Cohort) -> SafeString:
    """The sessions, each on a line of its own; a cohort without sessions says so."""
    lines = date_lines(cohort) or ["The dates are not set yet."]
    return format_html_join(mark_safe("<br>"), "{}", ((line,) for line in lines))
