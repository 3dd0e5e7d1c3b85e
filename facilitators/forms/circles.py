"""A circle as those who lead it, or staff, set it up and change it."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils import timezone

from facilitators.domain.calendar.circle_plans import Plan
from facilitators.domain.calendar.circle_series import MOST, Every
from facilitators.models import Circle, Facilitation, Topic, Training
from programmes.forms.base import PageForm
from programmes.forms.compound_fields import DateField
from programmes.forms.fields import (
    EmailField,
    LineField,
    LongTextField,
    RadiosField,
    SelectField,
    TickField,
    WholeNumberField,
)
from programmes.models import IntegratedCareSystem
from programmes.models.people import canonical

ONLINE, IN_PERSON, ONCE = "online", "in-person", "once"
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm)?", re.IGNORECASE)


class TimeField(LineField):
    """A time of day as people write it: 9:30, 09.30, 9:30am, 2pm."""

    default_error_messages = {"invalid": "Enter a time, like 9:30am or 14:00"}

    def clean(self, value: Any) -> datetime.time | None:
        """The time. Raises ValidationError for what is none."""
        text = super().clean(value)
        found = _TIME.fullmatch(text)
        if found is None:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        hour, minute, half = int(found[1]), int(found[2] or 0), (found[3] or "").lower()
        if half and not 1 <= hour <= 12:
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        if half:
            hour = hour % 12 + (12 if half == "pm" else 0)
        try:
            return datetime.time(hour, minute)
        except ValueError as wrong:
            raise ValidationError(self.error_messages["invalid"], code="invalid") from wrong


class CircleForm(PageForm):
    """Topic, time, place, for whom, how many, and who leads it; a new one can come round as a series.

    ``mine`` is the training of the facilitator who fills it in, and who always leads; None for staff, who name every
    lead. Colleagues are named by their address, so that the form lists nobody.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        rules: Facilitation,
        topics: Sequence[Topic],
        systems: Sequence[IntegratedCareSystem],
        mine: Training | None = None,
        circle: Circle | None = None,
        leads: Sequence[Training] = (),
    ) -> None:
        self.rules, self.mine, self.circle = rules, mine, circle
        self.topics = {str(topic.pk): topic for topic in topics}
        self.systems = {system.code: system for system in systems}
        others = [lead for lead in leads if lead != mine]
        super().__init__(data, initial=_initial(circle, rules, others))
        self._ask_when()
        self._ask_where()
        self._ask_for_whom()
        self._ask_leads()
        self.add_field(
            "details",
            LongTextField(
                label="What people should know",
                help_text="Shown on the circle’s public page.",
                required=False,
                max_characters=2000,
            ),
        )

    def _ask_when(self) -> None:
        topics = [("", "Choose a topic"), *((key, topic.name) for key, topic in self.topics.items())]
        self.add_field(
            "topic", SelectField(label="Topic", choices=topics, error_messages={"required": "Choose a topic"})
        )
        self.add_field("day", self.day_field())
        for name, label in (("starts", "Begins at"), ("ends", "Ends at")):
            field = TimeField(label=label, help_text="Such as 9:30am or 14:00", nhs={"width": 5})
            field.error_messages["required"] = f"Enter when the circle {name}"
            self.add_field(name, field)
        if self.circle is None:
            every = [
                (ONCE, "It does not"),
                (Every.WEEK.value, "Every week"),
                (Every.FORTNIGHT.value, "Every 2 weeks"),
                (Every.MONTH.value, "Every month, on the same weekday"),
            ]
            self.add_field("every", RadiosField(label="Does it come round?", choices=every, initial=ONCE))
            times = WholeNumberField(
                label="How many times in all",
                help_text=f"Where it comes round. At most {MOST}.",
                min_value=1,
                max_value=MOST,
                required=False,
                nhs={"width": 2, "optional_word": False},
            )
            self.add_field("times", times)

    def day_field(self) -> forms.Field:
        """The field for the day: three boxes on a public page."""
        return DateField(label="Date", help_text="Of the first one, where it comes round.")

    def _ask_where(self) -> None:
        where = RadiosField(
            label="Where is it held?",
            choices=[(ONLINE, "Online"), (IN_PERSON, "In person")],
            nhs={"reveals": {ONLINE: "joining_link", IN_PERSON: ("place", "postcode")}},
        )
        self.add_field("where", where)
        joining = LineField(
            label="Link to join",
            help_text="Only those with a place see it. You can add it later: they are then told.",
            required=False,
            max_length=200,
            error_messages={"invalid": "Enter the whole link, with https://"},
        )
        joining.validators.append(URLValidator(["https", "http"]))
        self.add_field("joining_link", joining)
        self.add_field("place", LineField(label="Name of the place and town", max_length=200))
        self.add_field(
            "postcode", LineField(label="Postcode", max_length=10, required=False, nhs={"width": 10})
        )

    def _ask_for_whom(self) -> None:
        systems = [("", "No particular ICS"), *((code, one.short_name) for code, one in self.systems.items())]
        self.add_field(
            "ics",
            SelectField(
                label="Which ICS is it of?", choices=systems, required=False, nhs={"optional_word": False}
            ),
        )
        self.add_field("only_for_ics", TickField(label="Only staff of this ICS can book", required=False))
        rules = self.rules
        for name, label in (("minimum", "Fewest people"), ("maximum", "Most people")):
            field = WholeNumberField(
                label=label, min_value=rules.circle_minimum, max_value=rules.circle_maximum, nhs={"width": 3}
            )
            self.add_field(name, field)

    def _ask_leads(self) -> None:
        places = self.rules.facilitators_at_most - (1 if self.mine else 0)
        needed = self.rules.facilitators_at_least - (1 if self.mine else 0)
        for number in range(1, places + 1):
            alone = "Who leads it with you?" if self.mine else "Who leads it?"
            label = alone if places == 1 or number == 1 else f"{alone} Number {number}"
            field = EmailField(
                label=label,
                help_text="The work email address of a facilitator of this programme.",
                required=number <= needed,
                max_length=254,
                error_messages={"required": "Enter the address of a facilitator"},
            )
            self.add_field(f"lead_{number}", field)

    @property
    def leads(self) -> list[int]:
        """The trainings of those who lead; only of a valid form."""
        mine = [self.mine.pk] if self.mine else []
        return [*mine, *self._found.values()]

    def clean(self) -> dict[str, Any]:
        """Find the colleagues, and ask for what belongs together."""
        given = self.cleaned_data
        names = [name for name in self.fields if name.startswith("lead_") and given.get(name)]
        keys = {name: canonical(given[name]) for name in names}
        rows = Training.objects.going_on().filter(programme=self.rules.programme_id)
        known = dict(
            rows.filter(facilitator__address_key__in=keys.values()).values_list(
                "facilitator__address_key", "pk"
            )
        )
        self._found = {name: known[key] for name, key in keys.items() if key in known}
        for name in names:
            if name not in self._found:
                self.add_error(name, "No facilitator of this programme has this address: check it")
        if given.get("only_for_ics") and not given.get("ics") and "ics" not in self.errors:
            self.add_error("ics", "Choose the ICS whose staff can book")
        if given.get("every", ONCE) != ONCE and given.get("times") is None and "times" not in self.errors:
            self.add_error("times", "Enter how many times the circle is held")
        starts, ends = given.get("starts"), given.get("ends")
        if starts and ends and ends <= starts:
            self.add_error("ends", "The end must be after the beginning")
        return given

    @property
    def plan(self) -> Plan:
        """The circle, or the first of a series; only of a valid form."""
        given = self.cleaned_data
        return Plan(
            topic=self.topics[given["topic"]],
            starts_at=_moment(given["day"], given["starts"]),
            ends_at=_moment(given["day"], given["ends"]),
            online=given["where"] == ONLINE,
            joining_link=given["joining_link"],
            place=given["place"],
            postcode=given["postcode"].upper(),
            ics=self.systems.get(given["ics"]),
            only_for_ics=given["only_for_ics"],
            minimum=given["minimum"],
            maximum=given["maximum"],
            details=given["details"],
        )

    @property
    def comes_round(self) -> tuple[Every, int]:
        """How often, and how many times in all; once where it does not come round."""
        given = self.cleaned_data
        if given.get("every", ONCE) == ONCE:
            return Every.WEEK, 1
        return Every(given["every"]), given["times"]


def _moment(day: datetime.date, time: datetime.time) -> datetime.datetime:
    return timezone.make_aware(datetime.datetime.combine(day, time))


def _initial(circle: Circle | None, rules: Facilitation, others: Sequence[Training]) -> dict[str, Any]:
    leads = {f"lead_{number}": lead.facilitator.email for number, lead in enumerate(others, start=1)}
    if circle is None:
        return {"minimum": rules.circle_minimum, "maximum": rules.circle_maximum, "where": ONLINE, **leads}
    starts, ends = timezone.localtime(circle.starts_at), timezone.localtime(circle.ends_at)
    return {
        "topic": str(circle.topic_id),
        "day": starts.date(),
        "starts": f"{starts:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "where": ONLINE if circle.online else IN_PERSON,
        "joining_link": circle.joining_link,
        "place": circle.place,
        "postcode": circle.postcode,
        "ics": circle.ics.code if circle.ics else "",
        "only_for_ics": circle.only_for_ics,
        "minimum": circle.minimum,
        "maximum": circle.maximum,
        "details": circle.details,
        **leads,
    }


class ReasonForm(PageForm):
    """Why a circle is cancelled."""

    reason = LineField(
        label="Why is it cancelled?",
        help_text="Everybody who booked is sent this sentence.",
        max_length=300,
        error_messages={"required": "Say why the circle is cancelled: everybody who booked is told"},
    )
