"""Who the applicant is, where they work, and from which ICS they apply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from applications.domain.submission import AboutYou
from applications.models import Application
from programmes.forms.base import PageForm
from programmes.forms.fields import CheckboxesField, LineField, PhoneField, SelectField
from programmes.models import IntegratedCareSystem, Organisation, Sector

UNLISTED = "unlisted"


class AboutForm(PageForm):
    """Name, role, ICS and organisation.

    The organisation is chosen from the list, or ticked as not listed and typed with its kind: one of the two. Where
    the list is empty it is typed. Once the application is submitted its ICS is fixed, and not asked.
    """

    name = LineField(label="Full name", max_length=150, error_messages={"required": "Enter your full name"})
    job_title = LineField(
        label="Job title", max_length=150, error_messages={"required": "Enter your job title"}
    )
    phone = PhoneField(label="Telephone number", max_length=40, required=False, nhs={"width": 20})

    def __init__(
        self,
        application: Application,
        data: Mapping[str, Any] | None = None,
        *,
        systems: Sequence[IntegratedCareSystem],
        organisations: Sequence[Organisation],
        ics_is_fixed: bool,
    ) -> None:
        super().__init__(data, initial=_initial(application))
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["job_title"].widget.attrs["autocomplete"] = "organization-title"
        self.fields["phone"].widget.attrs["autocomplete"] = "tel"
        self.application = application
        self.systems = {system.code: system for system in systems}
        self.organisations = {str(organisation.pk): organisation for organisation in organisations}
        if not ics_is_fixed:
            self._ask_ics()
        self._ask_organisation()

    def _ask_ics(self) -> None:
        choices = [
            ("", "Choose your ICS"),
            *((code, system.short_name) for code, system in self.systems.items()),
        ]
        field = SelectField(
            label="Integrated Care System (ICS)",
            help_text="The ICS in which you work. Choose the one that your organisation belongs to.",
            choices=choices,
            error_messages={
                "required": "Choose your ICS",
                "invalid_choice": "Choose an ICS from the list: the programme is open to these ICSs only",
            },
        )
        self.add_field("ics", field)

    def _ask_organisation(self) -> None:
        if self.organisations:
            choices = [("", "Choose your organisation"), *map(_choice, self.organisations.values())]
            organisation = SelectField(
                label="Organisation",
                choices=choices,
                required=False,
                nhs={"optional_word": False},
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
                    "reveals": {UNLISTED: ("organisation_name", "sector")},
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
        sector = SelectField(
            label="Kind of organisation",
            choices=[("", "Choose what fits best"), *Sector.choices],
            error_messages={"required": "Choose what kind of organisation it is"},
        )
        self.add_field("sector", sector)

    def clean(self) -> dict[str, Any]:
        """Raise an error on the field where no organisation is given, or two."""
        given = self.cleaned_data
        if "organisation" not in self.fields or {"organisation", "organisation_name", "sector"} & set(
            self.errors
        ):
            return given
        ticked = UNLISTED in given.get("unlisted", [])
        if given["organisation"] and ticked:
            self.add_error(
                "organisation",
                "You chose an organisation from the list and also said that yours is not listed: keep one of the two",
            )
        elif not given["organisation"] and not ticked:
            self.add_error(
                "organisation",
                "Choose your organisation, or tick “My organisation is not listed” and enter its name",
            )
        return given

    @property
    def about(self) -> AboutYou:
        """What was typed, for the verb; only of a valid form."""
        given = self.cleaned_data
        ics = self.systems[given["ics"]] if "ics" in self.fields else self.application.ics
        assert ics is not None
        return AboutYou(
            name=given["name"],
            job_title=given["job_title"],
            phone=given["phone"],
            organisation=self.organisations.get(given.get("organisation", "")),
            organisation_name=given["organisation_name"],
            sector=given["sector"],
            ics=ics,
        )


def _initial(application: Application) -> dict[str, Any]:
    return {
        "name": application.name,
        "job_title": application.job_title,
        "phone": application.phone,
        "ics": application.ics.code if application.ics else "",
        "organisation": str(application.organisation_id or ""),
        "unlisted": [UNLISTED] if application.organisation_name else [],
        "organisation_name": application.organisation_name,
        "sector": "" if application.organisation_id else application.sector,
    }


def _choice(organisation: Organisation) -> tuple[str, str]:
    where = f" ({organisation.ics.short_name})" if organisation.ics else ""
    return str(organisation.pk), f"{organisation.name}{where}"
