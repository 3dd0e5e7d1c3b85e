"""Those whom ICSs name before they apply, as staff have them: a list that comes in, and each one told or taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.utils import timezone

from applications.admin.nomination_leads import LeadPages
from applications.domain import nomination_board as boards
from applications.domain import nomination_import, nomination_names
from applications.models import Nominee
from programmes.admin.base import holds
from programmes.admin.importing import FileForm, ImportPages, ListWords
from programmes.admin.pages import NothingToAdd, sent
from programmes.domain import access, importing
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime
from programmes.models import ImportFile, Programme, Role
from programmes.models.programmes import NominationScope, ProgrammeQuerySet

# One line of the template, by what a programme counts nominations by.
_EXAMPLES = {
    NominationScope.ICS: "QKS",
    NominationScope.ORGANISATION: "Downs Community Trust",
    NominationScope.REGION: "South East",
}


class ListForm(FileForm):
    """The file, and the programme that it is for."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        label="Programme",
        empty_label="Choose one",
        error_messages={"required": "Choose the programme that the list is for."},
    )
    field_order = ("programme", "file")

    def __init__(self, *args: Any, programmes: ProgrammeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["programme"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = programmes


def _programmes(request: HttpRequest) -> ProgrammeQuerySet:
    """The programmes for which the reader can take in a list."""
    programmes = access.programmes_with(request.user, Role.REVIEWER)
    return programmes.exclude(nomination_scope=NominationScope.NONE)


def _scopes(request: HttpRequest) -> list[NominationScope]:
    """By what those programmes count nominations."""
    return sorted(
        {NominationScope(one) for one in _programmes(request).values_list("nomination_scope", flat=True)}
    )


class NomineePages(ImportPages, LeadPages):
    """The pages about those who are named and have not applied."""

    import_kind = ImportFile.Kind.NOMINEES
    import_words = ListWords(
        title="Import a list of nominees",
        explanation="A list of the people whom an ICS (or an organisation, or a region) names for a programme. Nobody "
        "is nominated by it: that takes an application.",
        columns="The first line of the file names the columns. Rank and note can stay empty; whoever nominates is "
        "given by code or by name.",
        person=("person", "people"),
        writing="Each gets a mail with the way to the programme’s page, once. You can write to them from the board "
        "later.",
    )

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "applications_nominationboard"
        return [
            path("<int:pk>/named/<int:nominee>/tell/", view(self.tell_view), name=f"{name}_tell"),
            path("<int:pk>/named/<int:nominee>/remove/", view(self.remove_view), name=f"{name}_remove"),
            *super().get_urls(),
        ]

    def may_import(self, request: HttpRequest) -> bool:
        """Reviewers may, for the programmes of their academies."""
        return holds(request, Role.REVIEWER)

    def import_form(self, request: HttpRequest) -> FileForm:
        """The file, and its programme."""
        return ListForm(sent(request), request.FILES or None, programmes=_programmes(request))

    def refused_field(self, refused: Refused) -> str:
        """A programme that takes no names says so itself."""
        return "programme" if isinstance(refused, nomination_names.NotTaking) else "file"

    def files(self, request: HttpRequest) -> QuerySet[ImportFile]:
        """Those for programmes that the reader may still take in lists for."""
        rows = super().files(request).filter(programme__in=_programmes(request))
        return rows.select_related("programme__academy")

    def import_templates(self, request: HttpRequest) -> list[tuple[str, str]]:
        """One for each way in which the reader's programmes count nominations, with its columns."""
        return [(", ".join(nomination_import.columns_of(one)), f"?scope={one}") for one in _scopes(request)]

    def import_impossible(self, request: HttpRequest) -> str:
        """Without a programme that counts nominations, nobody can be named."""
        return "" if _scopes(request) else "None of your programmes limits nominations: nobody can be named."

    def template(self, request: HttpRequest) -> tuple[str, list[Sequence[object]]]:
        """The columns, and one line, by ``?scope=``."""
        asked = request.GET.get("scope")
        scope = NominationScope(asked) if asked in _EXAMPLES else NominationScope.ICS
        example = [_EXAMPLES[scope], "Sam Smith", "sam.smith@example.org", 1, "Leads the team"]
        return f"nominees-{scope}.csv", [nomination_import.columns_of(scope), example]

    def plan(self, row: ImportFile, user: User) -> list[importing.Outcome]:
        """Who would be named."""
        return nomination_import.plan_nominees(row, now=timezone.now())

    def take_in(self, row: ImportFile, *, previewed: str, write: bool, user: User) -> ImportFile:
        """Name them."""
        return nomination_import.import_nominees(
            row.pk, previewed=previewed, write=write, user=user, now=timezone.now()
        )

    def import_beside(self, row: ImportFile, outcomes: list[importing.Outcome]) -> dict[str, Any]:
        """The programme, and who would name more people than it can nominate."""
        assert row.programme is not None
        return {"programme": row.programme, "over": nomination_import.over_limit(row.programme, outcomes)}

    def _nominee(self, board: boards.Board, nominee: int) -> Nominee:
        allowance = board.allowance
        rows = Nominee.objects.filter(programme=allowance.programme, nomination_key=allowance.key)
        found = rows.filter(pk=nominee).first()
        if found is None:
            raise Http404("There is nobody so named on this board.")
        return found

    def tell_view(self, request: HttpRequest, pk: int, nominee: int) -> HttpResponse:
        """Write to somebody that they are named, once more or for the first time."""
        board = self.board_for(request, pk)
        one = self._nominee(board, nominee)

        def carry_out(values: dict[str, Any]) -> str:
            nomination_names.tell_again(one.pk, user=request.user, now=timezone.now())
            return f"{one.name} is written to, at {one.email}."

        told = f"Last written to at {nhs_datetime(one.told_at)}." if one.told_at else "Not written to yet."
        return self.verb_page(
            request,
            board,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"Write to {one.name}",
            button="Write",
            explanation=[f"The mail goes to {one.email}, with the way to the programme’s page.", told],
            impossible=_settled(one),
        )

    def remove_view(self, request: HttpRequest, pk: int, nominee: int) -> HttpResponse:
        """Take somebody off the list of those named."""
        board = self.board_for(request, pk)
        one = self._nominee(board, nominee)

        def carry_out(values: dict[str, Any]) -> str:
            nomination_names.remove(one.pk, user=request.user, now=timezone.now())
            return f"{one.name} is not on the list any more."

        return self.verb_page(
            request,
            board,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"Remove {one.name}",
            button="Remove",
            explanation=[
                f"{one.name} ({one.email}) is taken off the list of those named. They can still apply, and are not "
                "written to. It is kept on the board with your name."
            ],
            impossible=_settled(one),
            ends_something=True,
        )


def _settled(nominee: Nominee) -> str:
    """Why nothing can be done about somebody any more; empty where it can."""
    if nominee.application_id is not None:
        return f"{nominee.name} has applied: what becomes of it is on the board."
    if nominee.removed_at is not None:
        return f"{nominee.name} was taken off the list on {nhs_date(nominee.removed_at)}."
    return ""
