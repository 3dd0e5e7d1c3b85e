"""The page on which a programme is copied to a new round."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from programmes.admin.pages import VerbForm, VerbPage, sent
from programmes.admin.verbs import back_to
from programmes.domain import readiness, rounds
from programmes.domain.programme_file.fields import is_key
from programmes.domain.wording import nhs_date, plural
from programmes.models import Programme

_WIDE = {"class": "vTextField"}


class CopyForm(VerbForm):
    """What the new round is called, and how far its dates are moved: in weeks and days, or to a first day."""

    title = forms.CharField(
        label="Title",
        max_length=120,
        widget=forms.TextInput(attrs=_WIDE),
        error_messages={"required": "Enter a title for the new round."},
    )
    slug = forms.CharField(
        label="End of its address",
        help_text="Small letters, digits and hyphens, such as calm-conversations-2027.",
        max_length=50,
        widget=forms.TextInput(attrs=_WIDE),
        error_messages={"required": "Enter the end of the address, such as calm-conversations-2027."},
    )
    code = forms.CharField(
        label="Code",
        help_text="Two to six capital letters; begins every reference, as LSC in LSC-7K3QP.",
        max_length=6,
        validators=[RegexValidator(r"^[A-Z]{2,6}$", "Use two to six capital letters.")],
        error_messages={"required": "Enter a code, such as LSC."},
    )
    first_day = forms.DateField(
        label="First day of the new round",
        help_text="All dates are moved with it. Weekdays and times of day stay. Or say below by how much.",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": "Enter the first day as a date, such as 2027-05-04."},
    )
    weeks = forms.IntegerField(
        label="Or move all dates by weeks",
        required=False,
        min_value=-520,
        max_value=520,
        error_messages={"invalid": "Enter the weeks as a whole number, such as 26."},
    )
    days = forms.IntegerField(
        label="and days",
        help_text="Days change the weekday, unless they are whole weeks.",
        required=False,
        min_value=-366,
        max_value=366,
        error_messages={"invalid": "Enter the days as a whole number, such as 7."},
    )

    def clean_slug(self) -> str:
        """The end of an address, as files have it too."""
        slug: str = self.cleaned_data["slug"]
        if not is_key(slug):
            raise forms.ValidationError("Use small letters, digits and hyphens only.")
        return slug

    def clean(self) -> dict[str, Any]:
        """One way of saying how far."""
        cleaned = super().clean() or {}
        if not {"first_day", "weeks", "days"} <= cleaned.keys():
            return cleaned
        by = cleaned["weeks"] is not None or cleaned["days"] is not None
        if cleaned["first_day"] and by:
            self.add_error("weeks", "Give a first day, or weeks and days, not both.")
        elif not cleaned["first_day"] and not by:
            self.add_error(
                "first_day", "Enter the first day of the new round, or by how many weeks it is moved."
            )
        return cleaned


def copy_page(request: HttpRequest, programme: Programme) -> HttpResponse:
    """Ask for the new round's name and dates, make it, and go to it."""
    made: list[Programme] = []

    def carry_out(given: dict[str, Any]) -> str:
        days = _days(programme, given)
        names = {name: given[name] for name in ("title", "slug", "code")}
        new = rounds.copy(programme.pk, **names, days=days, user=request.user, now=timezone.now())
        made.append(new)
        return f"{new.title} is made, and not open yet. {_to_look_at(new)}".strip()

    first = rounds.first_day(programme)
    begins = f"It begins on {nhs_date(first, weekday=True)}." if first else "It has no dates yet."
    response = VerbPage(
        title=f"Copy {programme.title} to a new round",
        button="Make the new round",
        form=CopyForm(sent(request), initial={"title": programme.title}),
        back=back_to(programme),
        carry_out=carry_out,
        explanation=(
            f"{begins} Everything set up comes along: texts, criteria, questions, approvals, obligations, the wording "
            "of mails, and the cohorts with their sessions and venues.",
            "Applications, numbers set for a single ICS and joining links do not. The copy is not open.",
        ),
    ).answer(request)
    if made:
        return HttpResponseRedirect(back_to(made[0]).url)
    return response


def _days(programme: Programme, given: dict[str, Any]) -> int:
    first_day: datetime.date | None = given["first_day"]
    if first_day:
        return rounds.days_until(programme, first_day)
    return 7 * (given["weeks"] or 0) + (given["days"] or 0)


def _to_look_at(new: Programme) -> str:
    lines = readiness.missing(new, now=timezone.now())
    holidays = [line.sentence for line in lines if "bank holiday" in line.sentence]
    musts = sum(line.must for line in lines)
    needs = [f"{plural(musts, 'thing')} to do before you can open it."] if musts else []
    return " ".join([*holidays, *needs])
