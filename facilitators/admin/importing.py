"""A list of those trained earlier comes in as a file: sent, looked at line by line, and confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from facilitators.domain.people import trained_earlier
from programmes.admin.base import holds
from programmes.admin.importing import FileForm, ImportPages, ListWords
from programmes.domain import importing
from programmes.models import ImportFile, Role

_EXAMPLE = [
    "Sam Smith",
    "sam.smith@example.org",
    "LSC",
    "2024-11-02",
    "Downs Community Trust",
    "QKS",
    "National programme",
]


class ImportOfTrained(ImportPages):
    """Adds the import to the list of facilitators, for reviewers."""

    import_kind = ImportFile.Kind.FACILITATORS
    import_outcomes = ("made", "as before", "refused")
    import_words = ListWords(
        title="Import facilitators who were trained earlier",
        explanation="A list of those who were trained earlier or elsewhere. Whoever is in the register of the "
        "programme already stays as they are.",
        columns=f"The first line of the file names the columns: {', '.join(trained_earlier.COLUMNS)}. Needed are "
        f"{', '.join(trained_earlier.REQUIRED)}. A programme is given by its code, an ICS or an organisation by code "
        "or by name.",
        person=("facilitator", "facilitators"),
        writing="Each gets a mail with the link to their page. You can send it later from the page of each.",
    )

    def may_import(self, request: HttpRequest) -> bool:
        """Reviewers may."""
        return holds(request, Role.REVIEWER)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to put in one person beside the import."""
        way = {"put_in_url": reverse("admin:facilitators_facilitator_put_in")}
        may = self.may_import(request)
        return super().changelist_view(request, {**(way if may else {}), **(extra_context or {})})

    def template(self, request: HttpRequest) -> tuple[str, list[Sequence[object]]]:
        """The columns, and one line."""
        return "facilitators.csv", [trained_earlier.COLUMNS, _EXAMPLE]

    def import_form(self, request: HttpRequest) -> FileForm:
        """A file of fewer lines than others: each becomes a person."""
        form = super().import_form(request)
        form.fields["file"].help_text = f"CSV in UTF-8 or XLSX, at most {trained_earlier.MOST_PEOPLE} people."
        return form

    def plan(self, row: ImportFile, user: User) -> list[importing.Outcome]:
        """Who would be put in."""
        return trained_earlier.plan(row, user=user, now=timezone.now())

    def take_in(self, row: ImportFile, *, previewed: str, write: bool, user: User) -> ImportFile:
        """Put them in."""
        return trained_earlier.import_trained(
            row.pk, previewed=previewed, write=write, user=user, now=timezone.now()
        )
