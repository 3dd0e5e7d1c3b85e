"""What staff type when they decide on an application."""

from __future__ import annotations

from typing import Any

from django import forms

from applications.models import Application, Review
from cohorts.models import Cohort
from programmes.admin.pages import VerbForm, long_text
from programmes.domain.wording import ordinal, plural


class ReasonForm(VerbForm):
    """A reason, which the applicant reads."""

    reason = long_text(
        "Reason",
        "The applicant reads it, in the mail and on their page.",
        missing="Enter the reason. The applicant reads it.",
    )


class KeptReasonForm(VerbForm):
    """A reason that is kept with the name of whoever gave it."""

    reason = long_text(
        "Reason", "Kept on the record with your name.", missing="Enter the reason. It is kept with your name."
    )


class WithdrawForm(VerbForm):
    reason = long_text(
        "Reason (optional)", "The applicant reads it, and it stays on the record.", required=False
    )


class InformationForm(VerbForm):
    wanted = long_text(
        "What do you need to know?",
        "The applicant reads it, and answers on their page.",
        missing="Enter what you need to know. The applicant reads it.",
    )


class PlaceForm(VerbForm):
    """The cohorts with a seat left that the applicant can attend, their first choice first."""

    cohort = forms.ChoiceField(
        label="Cohort",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a cohort.",
            "invalid_choice": "That cohort has no seat for this applicant. Choose another.",
        },
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        ranks = {row.cohort_id: row for row in application.preferences.all()}
        cohorts: Any = Cohort.objects.filter(programme=application.programme_id, runs=True).with_seats_taken()
        can: list[tuple[int, int, str]] = []
        self.cannot: list[str] = []
        for cohort in cohorts:
            left = max(0, cohort.maximum - cohort.seats_taken)
            seats = f"{plural(left, 'seat')} of {cohort.maximum} left"
            preference = ranks.get(cohort.pk)
            if preference is not None and preference.rank is None:
                self.cannot.append(f"{cohort.name}: cannot attend. {preference.cannot_attend_reason}".strip())
            elif left == 0:
                self.cannot.append(f"{cohort.name}: no seat left of {cohort.maximum}.")
            else:
                rank = preference.rank if preference is not None else None
                said = f"their {ordinal(rank)} preference" if rank else "they said nothing about it"
                can.append((rank or 99, cohort.pk, f"{cohort.name}: {said}, {seats}"))
        choice = self.fields["cohort"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(pk, label) for _, pk, label in sorted(can)]
        self.impossible = "" if can else " ".join(["No cohort has a seat for this applicant.", *self.cannot])
        if self.cannot:
            choice.help_text = "Not possible: " + " ".join(self.cannot)


class ReviewForm(VerbForm):
    outcome = forms.ChoiceField(
        label="Outcome",
        choices=Review.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an outcome."},
    )
    score = forms.IntegerField(
        label="Score (optional)",
        help_text="From 0 to 100.",
        required=False,
        min_value=0,
        max_value=100,
        error_messages={
            "invalid": "Enter the score as a whole number, such as 70.",
            "min_value": "The score must be 0 or more.",
            "max_value": "The score must be 100 or less.",
        },
    )
    notes = long_text("Notes (optional)", "Read by staff of the academy only.", required=False)


class AddressForm(VerbForm):
    """Who should be asked instead."""

    name = forms.CharField(
        label="Full name", max_length=150, error_messages={"required": "Enter the approver's full name."}
    )
    email = forms.EmailField(
        label="Work email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"spellcheck": "false", "class": "vTextField"}),
        error_messages={
            "required": "Enter the approver's work email address.",
            "invalid": "Enter an email address in the correct format, like name@example.org.",
        },
    )
