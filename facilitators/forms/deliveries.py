"""What a facilitator tells of a delivery, on one page."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from applications.forms.questions import EvidenceField
from facilitators.domain.delivering import partners
from facilitators.domain.delivering.deliveries import MOST_PEOPLE
from facilitators.domain.delivering.delivery_rows import Given, Role, Unit
from facilitators.models import Circle, Delivery, Topic, Training
from programmes.forms.base import PageForm
from programmes.forms.compound_fields import DateField
from programmes.forms.fields import (
    CheckboxesField,
    LineField,
    LongTextField,
    Presentation,
    RadiosField,
    SelectField,
    WholeNumberField,
)
from programmes.models import Obligation, Sector

_MEDIUM: Presentation = {"label_size": "m"}
_UNITS = {
    Unit.SESSION: "One session",
    Unit.PROGRAMME: "A whole programme",
    Unit.COHORT: "A cohort",
    Unit.DAY: "A day",
}
_ROLES = [
    (Role.LED.value, "I led it"),
    (Role.LED_JOINTLY.value, "I led it with somebody"),
    (Role.OBSERVED.value, "I observed"),
]
_PEOPLE = "people_"


def units_of(training: Training) -> list[str]:
    """What can be delivered in a programme: first what is owed in it, then sessions and whole programmes."""
    kinds = (Obligation.Kind.DELIVER, Obligation.Kind.CO_DELIVER, Obligation.Kind.OBSERVE)
    asked = training.programme.obligations.filter(kind__in=kinds).values_list("unit", flat=True)
    return [unit for unit in dict.fromkeys([*asked, Unit.SESSION, Unit.PROGRAMME]) if unit in _UNITS]


class DeliveryForm(PageForm):
    """A delivery; ``delivery`` is the one that is corrected, or the draft that is gone on with.

    ``draft`` lets everything but the day stay open, so that what there is can be kept.
    """

    sent_as = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(
        self,
        training: Training,
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        delivery: Delivery | None = None,
        draft: bool = False,
    ) -> None:
        self.training, self.delivery, self.draft = training, delivery, draft
        self.before = partners.before(training)
        if delivery is not None:
            # Ticked by name: an address that somebody else has typed is shown to nobody.
            seen = {one.pk for one in self.before}
            self.before += [one for one in partners.of(delivery, but=training) if one.pk not in seen]
        self.units = units_of(training)
        topics = Topic.objects.filter(programme=training.programme_id)
        self.topics = list(topics.exclude(status=Topic.Status.RETIRED))
        initial = {"sent_as": uuid.uuid4(), "unit": self.units[0]}
        super().__init__(data, files, initial=initial if delivery is None else self._told(delivery))
        for name, field in self._fields_of_the_page().items():
            self.add_field(name, field)

    def _fields_of_the_page(self) -> dict[str, forms.Field]:
        required = not self.draft
        fields: dict[str, forms.Field] = {
            "held_on": DateField(
                label="When was it?",
                help_text="For example, 27 3 2026. Of several days, the last.",
                latest=timezone.localdate,
                nhs=_MEDIUM,
                error_messages={
                    "required": "Enter the day of the delivery",
                    "latest": "The day of the delivery must be today or in the past",
                },
            ),
            "unit": RadiosField(
                label="What was it?",
                choices=[(unit, _UNITS[Unit(unit)]) for unit in self.units],
                nhs={**_MEDIUM, "small": True},
                required=required,
            ),
            **self._who(required=required),
            **self._where(required=required),
        }
        if self.topics:
            fields["topic"] = SelectField(
                label="What was it about?",
                choices=[("", "Choose a topic"), *((topic.key, topic.name) for topic in self.topics)],
                required=False,
                nhs=_MEDIUM,
            )
        for sector, label in Sector.choices:
            fields[_PEOPLE + sector] = WholeNumberField(
                label=label,
                required=False,
                min_value=0,
                max_value=MOST_PEOPLE,
                nhs={"width": 4, "optional_word": False},
            )
        return fields | self._how()

    def _who(self, *, required: bool) -> dict[str, forms.Field]:
        fields: dict[str, forms.Field] = {
            "role": RadiosField(
                label="What did you do?",
                choices=_ROLES,
                required=required,
                nhs={
                    **_MEDIUM,
                    "small": True,
                    "reveals": {
                        Role.LED_JOINTLY.value: ("partners", "others") if self.before else ("others",)
                    },
                },
            ),
        }
        if self.before:
            fields["partners"] = CheckboxesField(
                label="You have delivered with",
                choices=[(str(one.pk), one.facilitator.name) for one in self.before],
                required=False,
                nhs={"small": True, "optional_word": False},
            )
        fields["others"] = LongTextField(
            label="Somebody else" if self.before else "With whom?",
            help_text=(
                "The work email address of each facilitator, or the name as it stands in the directory; each on a line "
                "of its own. They get the credit as well, and need not log it."
            ),
            required=False,
            max_characters=1000,
            nhs={"rows": 2, "optional_word": False},
        )
        return fields

    def _where(self, *, required: bool) -> dict[str, forms.Field]:
        return {
            "where": RadiosField(
                label="Where was it?",
                choices=[("online", "Online"), ("place", "In a place")],
                required=required,
                nhs={**_MEDIUM, "small": True, "reveals": {"place": "place"}},
            ),
            "place": LineField(
                label="Name and town", max_length=200, required=False, nhs={"optional_word": False}
            ),
        }

    def _how(self) -> dict[str, forms.Field]:
        return {
            "how_it_went": RadiosField(
                label="How did it go?",
                choices=[
                    ("1", "1 (badly)"),
                    *((str(one), str(one)) for one in (2, 3, 4)),
                    ("5", "5 (very well)"),
                ],
                required=False,
                nhs={**_MEDIUM, "small": True},
            ),
            "notes": LongTextField(
                label="Notes",
                help_text="For yourself and the academy. Please name nobody who took part.",
                required=False,
                max_characters=3000,
                nhs={**_MEDIUM, "rows": 3},
            ),
            "evidence": EvidenceField(
                label="A file, such as a list of sessions or a picture of a flip chart",
                required=False,
                nhs=_MEDIUM,
            ),
        }

    def _told(self, delivery: Delivery) -> dict[str, Any]:
        own = delivery.credits.filter(training=self.training).first()
        return {
            "sent_as": delivery.sent_as,
            "held_on": delivery.held_on,
            "unit": delivery.unit,
            "role": own.role if own else Role.LED,
            "partners": [str(one.pk) for one in partners.of(delivery, but=self.training)],
            "where": "online" if delivery.online else "place",
            "place": delivery.place,
            "topic": delivery.topic.key if delivery.topic else "",
            "how_it_went": str(delivery.how_it_went or ""),
            "notes": delivery.notes,
            **{_PEOPLE + row.sector: row.people for row in delivery.reached.all()},
        }

    def clean(self) -> dict[str, Any]:
        """Find those who are named, and see that somebody was reached."""
        cleaned: dict[str, Any] = super().clean() or {}
        self.others: list[int] = [int(pk) for pk in cleaned.get("partners") or []]
        try:
            named = partners.named(self.training, (cleaned.get("others") or "").splitlines())
        except partners.NotKnown as unknown:
            self.add_error("others", unknown.sentence)
        else:
            self.others += [one.pk for one in named]
        if not self.draft and not self.errors and not any(self._people(cleaned).values()):
            self.add_error(
                _PEOPLE + Sector.values[0], "Enter how many people it reached, in at least one of the boxes"
            )
        return cleaned

    @property
    def people(self) -> list[Any]:
        """The boxes for the people of each sector."""
        return [self[_PEOPLE + sector] for sector in Sector.values]

    @staticmethod
    def _people(cleaned: Mapping[str, Any]) -> dict[str, int]:
        return {sector: cleaned.get(_PEOPLE + sector) or 0 for sector in Sector.values}

    @property
    def given(self) -> Given:
        """What a valid form tells."""
        values = self.cleaned_data
        topics = {topic.key: topic for topic in self.topics}
        return Given(
            values["held_on"],
            unit=values["unit"] or self.units[0],
            role=values["role"] or Role.LED,
            online=values["where"] == "online",
            place=values["place"],
            topic=topics.get(values.get("topic") or ""),
            people=self._people(values),
            how_it_went=int(values["how_it_went"]) if values["how_it_went"] else None,
            notes=values["notes"],
        )

    @property
    def file(self) -> File[Any] | None:
        """The file that was chosen now."""
        return self.cleaned_data.get("evidence") or None


class SameForm(PageForm):
    """Is what somebody logs one of those that are there already?"""

    def __init__(
        self,
        deliveries: Sequence[tuple[Delivery, str]],
        circles: Sequence[Circle],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(data)
        choices = [(f"delivery-{one.pk}", f"It is this one: {words}") for one, words in deliveries]
        choices += [(f"circle-{one.pk}", f"It is the circle “{one.topic.name}”") for one in circles]
        field = RadiosField(
            label="Is this the same?",
            choices=[*choices, ("another", "It is another one: log it as well")],
            nhs={
                **_MEDIUM,
                "hints": {
                    f"circle-{one.pk}": "Its register makes the delivery: nothing is logged now."
                    for one in circles
                },
            },
            error_messages={"required": "Say whether it is the same"},
        )
        self.add_field("same", field)


class TakeBackForm(PageForm):
    """Why a delivery is taken back."""

    reason = LineField(
        label="Why do you take it back?",
        help_text="Such as: logged twice. The academy can read it.",
        max_length=300,
        error_messages={"required": "Say why you take it back"},
    )
