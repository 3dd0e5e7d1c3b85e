"""What staff type when they decide on an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils import timezone

from applications.models import Application, Review
from cohorts.domain.preferences import has_started
from cohorts.models import Cohort, Place
from programmes.admin.pages import VerbForm, long_text
from programmes.domain.wording import nhs_datetime, ordinal, plural
from programmes.models import RubricCriterion


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


class DateAndTime(AdminSplitDateTime):
    """A date and a time of day in the browser's own boxes, each with a label."""

    def __init__(self) -> None:
        boxes = [
            forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        ]
        forms.MultiWidget.__init__(self, boxes)

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """An error leads to the first box."""
        return f"{id_}_0"


class ExtendForm(VerbForm):
    """Until when an offer can be answered."""

    until = forms.SplitDateTimeField(
        label="Until when can it be answered?",
        widget=DateAndTime,
        error_messages={
            "required": "Enter the date and the time until which the offer can be answered.",
            "invalid_date": "Enter the date as year-month-day, such as 2027-06-14.",
            "invalid_time": "Enter the time as hours and minutes, such as 17:00.",
        },
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place = application.places.filter(status=Place.Status.OFFERED).first()
        stands = place.respond_by if place else None
        self.fields["until"].initial = stands
        if stands:
            self.fields[
                "until"
            ].help_text = f"Now it can be answered until {nhs_datetime(stands, weekday=True)}."


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

    leaves_out_own = False

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        now = timezone.now()
        held = application.places.taken().values_list("cohort_id", flat=True).first()
        ranks = {row.cohort_id: row for row in application.preferences.all()}
        cohorts: Any = Cohort.objects.filter(programme=application.programme_id, runs=True).with_seats_taken()
        if self.leaves_out_own:
            cohorts = cohorts.exclude(pk=held)
        can: list[tuple[int, int, str]] = []
        self.cannot: list[str] = []
        for cohort in cohorts.prefetch_related("sessions"):
            left = max(0, cohort.maximum - cohort.seats_taken)
            seats = f"{plural(left, 'seat')} of {cohort.maximum} left"
            preference = ranks.get(cohort.pk)
            if preference is not None and preference.rank is None:
                self.cannot.append(f"{cohort.name}: cannot attend. {preference.cannot_attend_reason}".strip())
            elif has_started(cohort, now):
                self.cannot.append(f"{cohort.name}: has started.")
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


class MoveForm(PlaceForm):
    """The other cohorts with a seat left, and why."""

    leaves_out_own = True
    reason = long_text(
        "Reason (optional)",
        "Somebody whose place is confirmed reads it in the mail. It stays on the record with your name.",
        required=False,
    )


class ReviewForm(VerbForm):
    """What a reviewer thinks: an outcome, and a score, or points where the programme has a rubric."""

    outcome = forms.ChoiceField(
        label="Outcome",
        choices=Review.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose an outcome."},
    )
    notes = long_text("Notes (optional)", "Read by staff of the academy only.", required=False)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.criteria = list(application.programme.rubric.all())
        scored = {f"points_{one.pk}": _points_field(one) for one in self.criteria} or {
            "score": _score_field()
        }
        self.scored = list(scored)
        self.fields.update(scored)
        self.order_fields(["outcome", *scored, "notes"])

    def clean(self) -> dict[str, Any] | None:
        """Points for all criteria make a score; those for some would not compare."""
        cleaned = super().clean() or {}
        points = {one.pk: cleaned.get(f"points_{one.pk}") for one in self.criteria}
        cleaned["points"] = {pk: given for pk, given in points.items() if given is not None}
        if cleaned["points"] and not self.errors:
            for one in self.criteria:
                if points[one.pk] is None:
                    self.add_error(f"points_{one.pk}", f"Enter the points for “{one.text}”, or none at all.")
        return cleaned


def _score_field() -> forms.IntegerField:
    return _number_field("Score (optional)", "From 0 to 100.", 100, "the score")


def _points_field(criterion: RubricCriterion) -> forms.IntegerField:
    weighs = f" Counts {criterion.weight} times." if criterion.weight > 1 else ""
    scale = f"From 0 to {criterion.maximum}.{weighs}"
    return _number_field(
        criterion.text, f"{criterion.guidance} {scale}".strip(), criterion.maximum, "the points"
    )


def _number_field(label: str, help_text: str, most: int, what: str) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        required=False,
        min_value=0,
        max_value=most,
        error_messages={
            "invalid": f"Enter {what} as a whole number, such as {most * 7 // 10}.",
            "min_value": f"{what.capitalize()} must be 0 or more.",
            "max_value": f"{what.capitalize()} must be {most} or less.",
        },
    )


class NoteForm(VerbForm):
    """A note of staff."""

    text = long_text("Note", "Read by staff of the academy only; never sent.", missing="Enter the note.")


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
