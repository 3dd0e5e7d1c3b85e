"""A list that comes in as a file: sent, looked at line by line, and confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.pages import Crumb, VerbForm, VerbPage
from programmes.admin.spreadsheets import csv_lines
from programmes.domain import access, importing
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import ImportFile, Programme

LIST = "admin:programmes_organisation_changelist"
_EXAMPLE = ["Downs Community Trust", "NHS trust or foundation trust", "QKS", "RXX"]


class FileForm(VerbForm):
    """The file."""

    file = forms.FileField(
        label="The file",
        help_text=f"CSV in UTF-8 or XLSX, at most {importing.MOST_ROWS:,} rows and "
        f"{importing.MOST_BYTES // 1024 // 1024} MB.",
        error_messages={"required": "Choose the file.", "empty": "The file is empty."},
    )


def keep_readable(
    kind: ImportFile.Kind,
    file: Any,
    *,
    plan: Callable[[ImportFile], object],
    user: User,
    programme: Programme | None = None,
) -> ImportFile:
    """Keep a file that was sent until it is confirmed; raises `Refused`, and keeps nothing, where no ``plan`` comes."""
    if file.size > importing.MOST_BYTES:
        raise importing.BadFile(
            f"The file is larger than {importing.MOST_BYTES // 1024 // 1024} MB. Split it into several files."
        )
    row = importing.keep_file(
        kind, name=file.name, content=file.read(), user=user, now=timezone.now(), programme=programme
    )
    try:
        plan(row)
    except Refused:
        row.content.delete(save=False)
        row.delete()
        raise
    return row


class WithImport:
    """Adds the import of a list to the page of organisations, for administrators."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"programmes_organisation_{name}")

        return [
            page("import/", self.import_view, "import"),
            page("import/template/", self.template_view, "import_template"),
            page("import/<int:pk>/", self.preview_view, "import_preview"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to the import."""
        may = access.can_administer(request.user)
        url = reverse("admin:programmes_organisation_import") if may else ""
        return super().changelist_view(request, {"import_url": url, **(extra_context or {})})  # type: ignore[misc]

    def _require_administrator(self, request: HttpRequest) -> User:
        if not access.can_administer(request.user):
            raise PermissionDenied
        assert isinstance(request.user, User)
        return request.user

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """A file with the names of the columns and one line as an example."""
        self._require_administrator(request)
        content = b"".join(csv_lines([importing.ORGANISATION_COLUMNS, _EXAMPLE]))
        headers = {"Content-Disposition": 'attachment; filename="organisations.csv"'}
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Send a file; it is only looked at."""
        user = self._require_administrator(request)
        form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
        if form.is_valid():
            try:
                row = keep_readable(
                    ImportFile.Kind.ORGANISATIONS,
                    form.cleaned_data["file"],
                    plan=importing.plan_organisations,
                    user=user,
                )
            except Refused as refused:
                form.add_error("file", refused.sentence)
            else:
                return HttpResponseRedirect(
                    reverse("admin:programmes_organisation_import_preview", args=[row.pk])
                )
        page = VerbPage(
            title="Import organisations",
            button="Look at what would happen",
            form=form,
            back=Crumb("Organisations", reverse(LIST)),
            carry_out=lambda values: "",
            explanation=[
                "Nothing is changed before you have seen what the file would do, and have confirmed it."
            ],
        )
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "page": page,
            "form": form,
            "columns": ", ".join(importing.ORGANISATION_COLUMNS),
        }
        return TemplateResponse(request, "admin/programmes/organisation/import.html", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the file would do, line by line; and, once that is confirmed, do it."""
        user = self._require_administrator(request)
        row = ImportFile.objects.filter(pk=pk, sent_by=user, kind=ImportFile.Kind.ORGANISATIONS).first()
        if row is None:
            raise Http404("There is no such file.")
        problem = ""
        if request.method == "POST":
            try:
                row = importing.import_organisations(
                    row.pk, previewed=request.POST.get("previewed", ""), user=user, now=timezone.now()
                )
            except importing.ChangedMeanwhile as refused:
                problem = refused.sentence
            except Refused as refused:
                messages.error(request, refused.sentence)
                return HttpResponseRedirect(reverse(LIST))
            else:
                messages.success(
                    request, f"{row.name}: {row.made} made, {row.changed} changed, {row.refused} refused."
                )
                return HttpResponseRedirect(reverse(LIST))
        try:
            outcomes = importing.plan_organisations(row)
        except Refused as refused:
            messages.error(request, refused.sentence)
            return HttpResponseRedirect(reverse("admin:programmes_organisation_import"))
        counted = Counter(one.outcome for one in outcomes)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What {row.name} would do",
            "problem": problem,
            "counted": [(name, counted[name]) for name in ("made", "changed", "as before", "refused")],
            "something": counted["made"] + counted["changed"],
            "button": f"Import {plural(counted['made'] + counted['changed'], 'organisation')}",
            # What is wrong comes first.
            "outcomes": sorted(outcomes, key=lambda one: (not one.refused, one.line)),
            "previewed": importing.fingerprint(outcomes),
        }
        return TemplateResponse(request, "admin/programmes/organisation/preview.html", context)
