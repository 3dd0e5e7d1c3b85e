"""What facilitators fill in about themselves: details, what others see, a pause, leaving, and a search."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from facilitators.domain.people.directory import Details, Wanted
from facilitators.domain.people.pauses import REASON_LIMIT
from facilitators.models import Facilitator
from programmes.forms.base import PageForm
from programmes.forms.compound_fields import DateField
from programmes.forms.fields import (
    CheckboxesField,
    LineField,
    LongTextField,
    PhoneField,
    RadiosField,
    SelectField,
    YesNoField,
)
from programmes.forms.sure import SureForm
from programmes.models import IntegratedCareSystem, Organisation, Programme

UNLISTED = "unlisted"
# How many characters of the model's column a text may have.
_LONGEST_ABOUT = 600
_DELIVERS = [(one.value, one.label) for one in Facilitator.Delivers]


class DetailsForm(PageForm):
    """Where somebody works, and how and where they can deliver. Name and address are for the academy to correct."""

    job_title = LineField(label="Job title", max_length=150, required=False)
    phone = PhoneField(label="Telephone number", max_length=40, required=False, nhs={"width": 20})

    def __init__(
        self,
        facilitator: Facilitator,
        data: Mapping[str, Any] | None = None,
        *,
        systems: Sequence[IntegratedCareSystem],
        organisations: Sequence[Organisation],
    ) -> None:
        super().__init__(data, initial=_initial(facilitator))
        self.fields["job_title"].widget.attrs["autocomplete"] = "organization-title"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
        self.systems = {one.code: one for one in systems}
        self.organisations = {str(one.pk): one for one in organisations}
        self._ask_where()
        self._ask_how()

    def _ask_where(self) -> None:
        systems = [("", "None of these"), *((code, one.short_name) for code, one in self.systems.items())]
        self.add_field(
            "ics", SelectField(label="Integrated Care System (ICS)", choices=systems, required=False)
        )
        listed = [("", "Choose your organisation"), *map(_choice, self.organisations.values())]
        organisation = SelectField(
            label="Organisation",
            choices=listed,
            required=False,
            error_messages={"invalid_choice": "Choose an organisation from the list"},
        )
        self.add_field("organisation", organisation)
        unlisted = CheckboxesField(
            label="Not on the list",
            choices=[(UNLISTED, "My organisation is not listed")],
            required=False,
            nhs={
                "hide_label": True,
                "optional_word": False,
                "reveals": {UNLISTED: ("organisation_name",)},
            },
        )
        self.add_field("unlisted", unlisted)
        name = LineField(
            label="Name of your organisation",
            max_length=200,
            error_messages={"required": "Enter the name of your organisation"},
        )
        name.widget.attrs["autocomplete"] = "organization"
        self.add_field("organisation_name", name)

    def _ask_how(self) -> None:
        delivers = RadiosField(label="How can you deliver?", choices=_DELIVERS)
        self.add_field("delivers", delivers)
        for name, label, longest, hint in (
            ("languages", "Languages besides English", 200, "Such as: Gujarati, British Sign Language."),
            ("places", "Places that you can travel to", 200, "Towns or sites, such as: Leicester, Oakham."),
            ("availability", "When you are free", 300, "Such as: Tuesdays and Thursday mornings."),
        ):
            self.add_field(name, LineField(label=label, help_text=hint, max_length=longest, required=False))
        about = LongTextField(
            label="About you",
            help_text="For other facilitators to read, if you choose to be shown.",
            max_characters=_LONGEST_ABOUT,
            required=False,
            nhs={"rows": 4},
        )
        self.add_field("about", about)

    def clean(self) -> dict[str, Any]:
        """Raise an error where two organisations are given."""
        given = self.cleaned_data
        if given.get("organisation") and UNLISTED in given.get("unlisted", []):
            self.add_error(
                "organisation",
                "You chose an organisation from the list and also said that yours is not listed: keep one of the two",
            )
        return given

    @property
    def details(self) -> Details:
        """What was typed, for the verb; only of a valid form."""
        given = self.cleaned_data
        same = ("job_title", "phone", "languages", "places", "delivers", "availability", "about")
        return Details(
            organisation=self.organisations.get(given["organisation"]),
            organisation_name=given["organisation_name"],
            ics=self.systems.get(given["ics"]),
            **{name: given[name] for name in same},
        )


def _initial(facilitator: Facilitator) -> dict[str, Any]:
    same = ("job_title", "phone", "languages", "places", "delivers", "availability", "about")
    return {
        **{name: getattr(facilitator, name) for name in same},
        "ics": facilitator.ics.code if facilitator.ics else "",
        "organisation": str(facilitator.organisation_id or ""),
        "unlisted": [UNLISTED] if facilitator.organisation_name else [],
        "organisation_name": facilitator.organisation_name,
    }


def _choice(organisation: Organisation) -> tuple[str, str]:
    where = f" ({organisation.ics.short_name})" if organisation.ics else ""
    return str(organisation.pk), f"{organisation.name}{where}"


class ShownForm(PageForm):
    """Whether others see somebody, and of the ways to reach them which."""

    def __init__(self, facilitator: Facilitator, data: Mapping[str, Any] | None = None) -> None:
        ways = [
            name
            for name, ticked in (("email", facilitator.shows_email), ("phone", facilitator.shows_phone))
            if ticked
        ]
        initial = {"shown": facilitator.in_directory_since is not None, "ways": ways}
        super().__init__(data, initial=initial)
        shown = YesNoField(
            label="Do you want other facilitators of your programmes to see you in the directory?",
            nhs={"inline": False, "reveals": {"yes": ("ways",)}},
        )
        self.add_field("shown", shown)
        offered = [("email", f"My email address, {facilitator.email}")]
        if facilitator.phone:
            offered.append(("phone", f"My telephone number, {facilitator.phone}"))
        ways_field = CheckboxesField(
            label="What may they see besides your name, work and details?", choices=offered, required=False
        )
        self.add_field("ways", ways_field)


class PauseForm(PageForm):
    """From when until when, and why."""

    from_on = DateField(label="First day of the pause")
    until_on = DateField(label="Last day of the pause")
    reason = LineField(
        label="Why do you pause?",
        help_text="A few words, such as: parental leave. The academy’s staff can read it.",
        max_length=REASON_LIMIT,
        error_messages={"required": "Enter why you pause, in a few words"},
    )

    def __init__(self, today: datetime.date, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"from_on": today})


class LeaveForm(SureForm):
    """Why, if they want to say, and that it is meant."""

    reason = LineField(
        label="Why are you leaving?",
        help_text="The academy’s staff can read it.",
        max_length=REASON_LIMIT,
        required=False,
    )


class SearchForm(PageForm):
    """What to look for in the directory; nothing is needed."""

    words = LineField(label="Name", max_length=100, required=False, nhs={"optional_word": False})

    def __init__(
        self,
        data: Mapping[str, Any],
        *,
        programmes: Sequence[Programme],
        systems: Sequence[IntegratedCareSystem],
    ) -> None:
        super().__init__(data)
        if len(programmes) > 1:
            titles = [("", "All of yours"), *((str(one.pk), one.title) for one in programmes)]
            self._add_choice("programme", "Programme", titles)
        names = [("", "Any"), *((str(one.pk), one.short_name) for one in systems)]
        self._add_choice("ics", "ICS", names)
        for name, label in (("language", "Language"), ("place", "Place")):
            self.add_field(
                name, LineField(label=label, max_length=100, required=False, nhs={"optional_word": False})
            )
        ways = [("", "Either"), *_DELIVERS[1:]]
        self._add_choice("delivers", "Delivers", ways)

    def _add_choice(self, name: str, label: str, choices: list[tuple[str, str]]) -> None:
        field = SelectField(label=label, choices=choices, required=False, nhs={"optional_word": False})
        self.add_field(name, field)

    @property
    def narrowing(self) -> list[Any]:
        """The fields besides the name."""
        return [self[name] for name in self.fields if name != "words"]

    @property
    def wanted(self) -> Wanted:
        """What to look for; what was mistyped narrows nothing."""
        self.full_clean()
        given = self.cleaned_data
        return Wanted(
            words=given.get("words", ""),
            programme=int(given["programme"]) if given.get("programme") else None,
            ics=int(given["ics"]) if given.get("ics") else None,
            language=given.get("language", ""),
            place=given.get("place", ""),
            delivers=given.get("delivers", ""),
        )
