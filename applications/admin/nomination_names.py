"""Those whom ICSs name before they apply, as staff have them: a list that comes in, and each one told or taken off."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.nomination_leads import LIST, LeadPages
from applications.domain import nomination_board as boards
from applications.domain import nomination_import, nomination_names
from applications.models import Nominee
from programmes.admin.base import holds
from programmes.admin.importing import FileForm, keep_readable
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.admin.spreadsheets import csv_lines
from programmes.domain import access, importing
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime, plural
from programmes.models import ImportFile, Programme, Role
from programmes.models.programmes import NominationScope, ProgrammeQuerySet

IMPORT = "admin:applications_nominationboard_import"
PREVIEW = "admin:applications_nominationboard_import_preview"
# One line of the template, by what a programme counts nominations by.
_EXAMPLES = {
    NominationScope.ICS: "QKS",
    NominationScope.ORGANISATION: "Downs Community Trust",
    NominationScope.REGION: "South East",
}
_WHAT_IT_IS = (
    "A list of the people whom an ICS (or an organisation, or a region) names for a programme. Nobody is nominated "
    "by it: that takes an application. Nothing is changed before you have seen what the file would do, and have "
    "confirmed it."
)


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


class NomineePages(LeadPages):
    """The pages about those who are named and have not applied."""

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "applications_nominationboard"
        return [
            path("import/", view(self.import_view), name=f"{name}_import"),
            path("import/template/", view(self.template_view), name=f"{name}_import_template"),
            path("import/<int:pk>/", view(self.preview_view), name=f"{name}_import_preview"),
            path("<int:pk>/named/<int:nominee>/tell/", view(self.tell_view), name=f"{name}_tell"),
            path("<int:pk>/named/<int:nominee>/remove/", view(self.remove_view), name=f"{name}_remove"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to the import."""
        way = {"import_url": reverse(IMPORT), "import_label": "Import a list"}
        may = holds(request, Role.REVIEWER)
        return super().changelist_view(request, {**(way if may else {}), **(extra_context or {})})

    def _require_reviewer(self, request: HttpRequest) -> User:
        if not holds(request, Role.REVIEWER):
            raise PermissionDenied
        assert isinstance(request.user, User)
        return request.user

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """A file with the names of the columns and one line as an example, by ``?scope=``."""
        self._require_reviewer(request)
        asked = request.GET.get("scope")
        scope = NominationScope(asked) if asked in _EXAMPLES else NominationScope.ICS
        example = [_EXAMPLES[scope], "Sam Smith", "sam.smith@example.org", 1, "Leads the team"]
        content = b"".join(csv_lines([nomination_import.columns_of(scope), example]))
        headers = {"Content-Disposition": f'attachment; filename="nominees-{scope}.csv"'}
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Send a file; it is only looked at."""
        user = self._require_reviewer(request)
        programmes = _programmes(request)
        form = ListForm(sent(request), request.FILES or None, programmes=programmes)
        if form.is_valid():
            try:
                row = keep_readable(
                    ImportFile.Kind.NOMINEES,
                    form.cleaned_data["file"],
                    plan=partial(nomination_import.plan_nominees, now=timezone.now()),
                    user=user,
                    programme=form.cleaned_data["programme"],
                )
            except nomination_names.NotTaking as refused:
                form.add_error("programme", refused.sentence)
            except Refused as refused:
                form.add_error("file", refused.sentence)
            else:
                return HttpResponseRedirect(reverse(PREVIEW, args=[row.pk]))
        scopes = sorted(set(programmes.values_list("nomination_scope", flat=True)))
        page = VerbPage(
            title="Import a list of nominees",
            button="Look at what would happen",
            form=form,
            back=Crumb("Nomination boards", reverse(LIST)),
            carry_out=lambda values: "",
            explanation=[_WHAT_IT_IS],
            impossible="" if scopes else "None of your programmes limits nominations: nobody can be named.",
        )
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "page": page,
            "form": form,
            "templates": [(scope, ", ".join(nomination_import.columns_of(scope))) for scope in scopes],
        }
        return TemplateResponse(request, "admin/applications/nominationboard/import.html", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the file would do, line by line; and, once that is confirmed, do it."""
        user = self._require_reviewer(request)
        files = ImportFile.objects.select_related("programme__academy")
        row = files.filter(
            pk=pk, sent_by=user, kind=ImportFile.Kind.NOMINEES, programme__in=_programmes(request)
        ).first()
        if row is None:
            raise Http404("There is no such file.")
        problem = ""
        if request.method == "POST":
            try:
                row = nomination_import.import_nominees(
                    row.pk,
                    previewed=request.POST.get("previewed", ""),
                    write="write" in request.POST,
                    user=user,
                    now=timezone.now(),
                )
            except importing.ChangedMeanwhile as refused:
                problem = refused.sentence
            except Refused as refused:
                messages.error(request, refused.sentence)
                return HttpResponseRedirect(reverse(LIST))
            else:
                said = f"{row.name}: {row.made} made, {row.changed} changed, {row.refused} refused."
                messages.success(request, said)
                return HttpResponseRedirect(reverse(LIST))
        return self._preview(request, row, problem)

    def _preview(self, request: HttpRequest, row: ImportFile, problem: str) -> HttpResponse:
        try:
            outcomes = nomination_import.plan_nominees(row, now=timezone.now())
        except Refused as refused:
            messages.error(request, refused.sentence)
            return HttpResponseRedirect(reverse(IMPORT))
        assert row.programme is not None
        counted = Counter(one.outcome for one in outcomes)
        something = counted["made"] + counted["changed"]
        context = {
            **self.admin_site.each_context(request),
            "title": f"What {row.name} would do",
            "problem": problem,
            "programme": row.programme,
            "counted": [(name, counted[name]) for name in ("made", "changed", "as before", "refused")],
            "something": something,
            "new": counted["made"],
            "write": "write" in request.POST,
            "over": nomination_import.over_limit(row.programme, outcomes),
            "button": f"Confirm: import {plural(something, 'person', 'people')}",
            # What is wrong comes first.
            "outcomes": sorted(outcomes, key=lambda one: (not one.refused, one.line)),
            "previewed": importing.fingerprint(outcomes),
        }
        return TemplateResponse(request, "admin/applications/nominationboard/preview.html", context)

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
