"""When and where facilitators meet, as staff type it."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from facilitators.domain.community.meetings import When
from facilitators.models.meetings import Meeting
from programmes.admin.pages import VerbForm, long_text
from programmes.models import IntegratedCareSystem, Programme

_HOW = (("online", "Online"), ("place", "In a place"))


class MeetingForm(VerbForm):
    """A day, from when until when, and where."""

    day = forms.DateField(
        label="Date",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": "Enter the date.", "invalid": "Enter the date as in 2027-03-27."},
    )
    starts = forms.TimeField(
        label="From",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": "Enter when it begins.",
            "invalid": "Enter the time as hours and minutes, such as 10:00.",
        },
    )
    ends = forms.TimeField(
        label="Until",
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={
            "required": "Enter when it ends.",
            "invalid": "Enter the time as hours and minutes, such as 12:00.",
        },
    )
    how = forms.ChoiceField(label="Where", choices=_HOW, widget=forms.RadioSelect, initial="online")
    joining_link = forms.URLField(
        label="Link to join (optional)",
        required=False,
        assume_scheme="https",
        help_text="Of a meeting online. Only those who are invited see it.",
        error_messages={"invalid": "Enter the whole address, beginning with https://."},
    )
    place = forms.CharField(label="Name, town and postcode of the place", required=False, max_length=200)

    def __init__(self, data: Any = None, *, meeting: Meeting | None = None, **rest: Any) -> None:
        initial: dict[str, Any] = {}
        if meeting is not None:
            starts, ends = timezone.localtime(meeting.starts_at), timezone.localtime(meeting.ends_at)
            initial = {
                "day": starts.date(),
                "starts": starts.time(),
                "ends": ends.time(),
                "how": "online" if meeting.online else "place",
                "joining_link": meeting.joining_link,
                "place": meeting.place,
            }
        super().__init__(data, initial=initial, **rest)

    @property
    def when(self) -> When:
        """What a valid form says."""
        given = self.cleaned_data
        starts, ends = (
            timezone.make_aware(datetime.datetime.combine(given["day"], given[name]))
            for name in ("starts", "ends")
        )
        return When(
            starts,
            ends,
            online=given["how"] == "online",
            joining_link=given["joining_link"],
            place=given["place"],
        )


class ArrangeForm(MeetingForm):
    """Of which programme and ICS a session is."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), error_messages={"required": "Choose the programme."}
    )
    ics = forms.ModelChoiceField(
        IntegratedCareSystem.objects.none(), label="ICS", error_messages={"required": "Choose the ICS."}
    )
    field_order = ("programme", "ics")

    def __init__(self, programmes: Any, systems: Any, data: Any = None) -> None:
        super().__init__(data)
        chosen: Any = self.fields["programme"]
        chosen.queryset = programmes
        chosen = self.fields["ics"]
        chosen.queryset = systems


class SetForm(VerbForm):
    """A new action learning set."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(), error_messages={"required": "Choose the programme."}
    )
    name = forms.CharField(
        max_length=150,
        help_text="Such as: Leicester, spring.",
        error_messages={"required": "Enter the name of the set."},
    )
    about = long_text("About it (optional)", "Markdown, for staff to read.", required=False, limit=3000)

    def __init__(self, programmes: Any, data: Any = None) -> None:
        super().__init__(data)
        chosen: Any = self.fields["programme"]
        chosen.queryset = programmes


class PeopleForm(VerbForm):
    """Facilitators by their addresses."""

    emails = forms.CharField(
        label="Work email addresses",
        help_text="As in the register of facilitators, each on a line of its own.",
        widget=forms.Textarea(attrs={"rows": 6, "class": "vLargeTextField"}),
        error_messages={"required": "Enter at least one address."},
    )

    def clean_emails(self) -> list[str]:
        """The lines that are not empty."""
        return [line.strip() for line in self.cleaned_data["emails"].splitlines() if line.strip()]


class CameForm(VerbForm):
    """Who came."""

    came = forms.TypedMultipleChoiceField(
        label="Who came?",
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Leave unticked whoever did not. You can correct this later.",
    )

    def __init__(self, people: Sequence[tuple[int, str]], came: Sequence[int], data: Any = None) -> None:
        super().__init__(data, initial={"came": list(came)})
        chosen: Any = self.fields["came"]
        chosen.choices = people


class LeaveForm(VerbForm):
    """Which member leaves a set."""

    training = forms.TypedChoiceField(
        label="Who leaves it?",
        coerce=int,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose who leaves it."},
    )

    def __init__(self, people: Sequence[tuple[int, str]], data: Any = None) -> None:
        super().__init__(data)
        chosen: Any = self.fields["training"]
        chosen.choices = people


class AgreedForm(VerbForm):
    """What an ICS has agreed."""

    delivery_model = long_text(
        "Delivery model", "Markdown: who leads, how often, for whom.", required=False, limit=20_000
    )
    agreed_calendar = long_text(
        "Calendar", "Markdown: the dates that were agreed.", required=False, limit=20_000
    )


class CancelForm(VerbForm):
    """Why a date is cancelled."""

    reason = long_text(
        "Why is it cancelled?",
        "Everybody who is invited reads it.",
        missing="Enter the reason. Everybody who is invited reads it.",
        limit=300,
    )
