"""A circle as staff set it up and change it: the fields of a facilitator's form, in the frame of the staff's site."""

from __future__ import annotations

from typing import Any

from django import forms

from facilitators.forms.circles import CircleForm
from programmes.admin.pages import VerbForm
from programmes.domain.access import programmes_with
from programmes.models import Programme, Role


class StaffCircleForm(CircleForm):
    """With a day in one box, and every lead named."""

    def day_field(self) -> forms.Field:
        """A day as the browser's own calendar gives it."""
        return forms.DateField(
            label="Date",
            help_text="Of the first one, where it comes round.",
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            error_messages={"required": "Enter the date", "invalid": "Enter a date, like 2026-11-03"},
        )


class ProgrammeForm(VerbForm):
    """Of which programme a new circle is."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), error_messages={"required": "Choose the programme."}
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["programme"]
        field.queryset = programmes_to_set_up_for(user)


def programmes_to_set_up_for(user: Any) -> Any:
    """The programmes with circles for which the reader can set one up."""
    return programmes_with(user, Role.REVIEWER).filter(facilitation__circles=True).select_related("academy")
