"""Another number of nominations for one ICS (or organisation, or region) than the programme's own."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from applications.domain import nominations
from programmes.admin.pages import Crumb, VerbForm, VerbPage, sent
from programmes.domain.wording import plural
from programmes.models import NominationAllowance, Programme


class AllowanceForm(VerbForm):
    """Whose number, which number, and why."""

    key = forms.ChoiceField(
        label="Whose nominations?", error_messages={"required": "Choose whose nominations they are."}
    )
    allowed = forms.IntegerField(
        label="Nominations allowed",
        min_value=0,
        max_value=1000,
        error_messages={
            "required": "Enter the number of nominations allowed.",
            "invalid": "Enter the nominations allowed as a whole number, such as 6.",
        },
    )
    reason = forms.CharField(
        label="Reason",
        help_text="Kept on the record with your name.",
        max_length=300,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={
            "required": "Enter the reason. It is kept with your name.",
            "max_length": "Enter a reason of at most 300 characters.",
        },
    )

    def __init__(self, *args: Any, choices: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        key = self.fields["key"]
        assert isinstance(key, forms.ChoiceField)
        key.choices = [("", "Choose one"), *sorted(choices.items(), key=lambda choice: choice[1])]


def allowance_page(request: HttpRequest, programme: Programme, *, back: Crumb) -> HttpResponse:
    """Ask for the number and the reason, and set it; those in reserve move up at once where there is room."""
    known = nominations.possible_allowances(programme, day=timezone.localdate())
    choices = {key: f"{row.whose} (now {row.limit})" for key, row in known.items()}
    form = AllowanceForm(sent(request), choices=choices, initial={"key": request.GET.get("key", "")})

    def carry_out(values: dict[str, Any]) -> str:
        row = known[values["key"]]
        with transaction.atomic():
            if row.pk is None:
                row, _ = NominationAllowance.objects.get_or_create(
                    programme=programme,
                    key=row.key,
                    defaults={"ics": row.ics, "region": row.region, "organisation": row.organisation},
                )
            moved = nominations.set_allowance(
                row, values["allowed"], user=request.user, reason=values["reason"], now=timezone.now()
            )
        said = f"{row.whose} can nominate {values['allowed']} now."
        return f"{said} {plural(len(moved), 'application')} moved up from reserve." if moved else said

    limited = programme.limits_nominations
    return VerbPage(
        title="Set another number of nominations",
        button="Set the number",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[
            f"{programme.title} allows {plural(programme.nominations_allowed or 0, 'nomination')} "
            f"for {programme.get_nomination_scope_display().lower()}. Here one of them gets another number.",
        ]
        if limited
        else [],
        impossible="" if limited else f"{programme.title} does not limit nominations.",
    ).answer(request)
