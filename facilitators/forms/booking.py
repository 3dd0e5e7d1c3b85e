"""Booking a place in a circle, and looking for one in the calendar."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from applications.forms.about import AboutForm
from applications.models import Application
from facilitators.domain.calendar.bookings import Who
from facilitators.domain.calendar.calendar_of_circles import IN_PERSON, ONLINE
from facilitators.models import Topic
from programmes.forms.base import PageForm
from programmes.forms.fields import EmailField, SelectField
from programmes.models import IntegratedCareSystem, Organisation, Programme


class BookingForm(AboutForm):
    """Name, work address, ICS and organisation; the organisation is chosen, or typed with its kind."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        systems: Sequence[IntegratedCareSystem],
        organisations: Sequence[Organisation],
    ) -> None:
        super().__init__(
            Application(), data, systems=systems, organisations=organisations, ics_is_fixed=False
        )
        del self.fields["job_title"], self.fields["phone"]
        self.fields["ics"].help_text = "The ICS in which you work."
        self.fields["ics"].error_messages["invalid_choice"] = "Choose an ICS from the list"
        email = EmailField(
            label="Work email address",
            help_text="We send your confirmation, the link to join and a reminder to it.",
            max_length=254,
            error_messages={"required": "Enter your work email address"},
        )
        email.widget.attrs["autocomplete"] = "email"
        self.add_field("email", email)
        self.order_fields(["name", "email"])

    @property
    def who(self) -> Who:
        """Who books; only of a valid form."""
        given = self.cleaned_data
        return Who(
            name=given["name"],
            email=given["email"],
            ics=self.systems[given["ics"]],
            organisation=self.organisations.get(given.get("organisation", "")),
            organisation_name=given["organisation_name"],
            sector=given["sector"],
        )


class FilterForm(PageForm):
    """What a visitor looks for; sent by GET, and read whatever it says: an unknown value looks for everything."""

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        programmes: Sequence[Programme],
        topics: Sequence[Topic],
        systems: Sequence[IntegratedCareSystem],
    ) -> None:
        super().__init__(
            None, initial={name: data.get(name, "") for name in ("programme", "topic", "ics", "where")}
        )
        named = len(programmes) > 1
        self._ask("topic", "Topic", [(str(one.pk), _named(one, named)) for one in topics], "Every topic")
        self._ask("ics", "ICS", [(one.code, one.short_name) for one in systems], "Every ICS")
        self._ask("where", "Where", [(ONLINE, "Online"), (IN_PERSON, "In person")], "Online or in person")
        if named:
            self._ask(
                "programme", "Programme", [(one.slug, one.title) for one in programmes], "Every programme"
            )

    def _ask(self, name: str, label: str, choices: Sequence[tuple[str, str]], every: str) -> None:
        field = SelectField(
            label=label, choices=[("", every), *choices], required=False, nhs={"optional_word": False}
        )
        self.add_field(name, field)


def _named(topic: Topic, with_programme: bool) -> str:
    return f"{topic.name} ({topic.programme.code})" if with_programme else topic.name
