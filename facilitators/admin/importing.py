"""A list of those trained earlier comes in as a file: sent, looked at line by line, and confirmed."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from facilitators.admin.facilitator_verbs import LIST
from facilitators.domain import trained_earlier
from programmes.admin.base import holds
from programmes.admin.importing import FileForm, keep_readable
from programmes.admin.pages import Crumb, VerbPage, sent
from programmes.admin.spreadsheets import csv_lines
from programmes.domain import importing
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import ImportFile, Role

_NAME = "facilitators_facilitator"
IMPORT = f"admin:{_NAME}_import"
PREVIEW = f"admin:{_NAME}_import_preview"
_EXAMPLE = [
    "Sam Smith",
    "sam.smith@example.org",
    "LSC",
    "2024-11-02",
    "Downs Community Trust",
    "QKS",
    "National programme",
]
_WHAT_IT_IS = (
    "A list of those who were trained earlier or elsewhere. Whoever is in the register of the programme already stays "
    "as they are. Nothing is changed before you have seen what the file would do, and have confirmed it."
)


class WithImportOfTrained:
    """Adds the import to the list of facilitators, for reviewers."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("import/", view(self.import_view), name=f"{_NAME}_import"),
            path("import/template/", view(self.template_view), name=f"{_NAME}_import_template"),
            path("import/<int:pk>/", view(self.preview_view), name=f"{_NAME}_import_preview"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the ways to put people in."""
        ways = {
            "import_url": reverse(IMPORT),
            "import_label": "Import a list",
            "put_in_url": reverse(f"admin:{_NAME}_put_in"),
        }
        context = {**(ways if holds(request, Role.REVIEWER) else {}), **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def _require_reviewer(self, request: HttpRequest) -> User:
        if not holds(request, Role.REVIEWER):
            raise PermissionDenied
        assert isinstance(request.user, User)
        return request.user

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """A file with the names of the columns and one line as an example."""
        self._require_reviewer(request)
        content = b"".join(csv_lines([trained_earlier.COLUMNS, _EXAMPLE]))
        headers = {"Content-Disposition": 'attachment; filename="facilitators.csv"'}
        return HttpResponse(content, content_type="text/csv; charset=utf-8", headers=headers)

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Send a file; it is only looked at."""
        user = self._require_reviewer(request)
        form = FileForm(sent(request), request.FILES or None)
        form.fields["file"].help_text = f"CSV in UTF-8 or XLSX, at most {trained_earlier.MOST_PEOPLE} people."
        if form.is_valid():
            try:
                row = keep_readable(
                    ImportFile.Kind.FACILITATORS,
                    form.cleaned_data["file"],
                    plan=partial(trained_earlier.plan, user=user, now=timezone.now()),
                    user=user,
                )
            except Refused as refused:
                form.add_error("file", refused.sentence)
            else:
                return HttpResponseRedirect(reverse(PREVIEW, args=[row.pk]))
        page = VerbPage(
            title="Import facilitators who were trained earlier",
            button="Look at what would happen",
            form=form,
            back=Crumb("Facilitators", reverse(LIST)),
            carry_out=lambda values: "",
            explanation=[_WHAT_IT_IS],
        )
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "page": page,
            "form": form,
            "columns": ", ".join(trained_earlier.COLUMNS),
            "needed": ", ".join(trained_earlier.REQUIRED),
        }
        return TemplateResponse(request, "admin/facilitators/facilitator/import.html", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the file would do, line by line; and, once that is confirmed, do it."""
        user = self._require_reviewer(request)
        row = ImportFile.objects.filter(pk=pk, sent_by=user, kind=ImportFile.Kind.FACILITATORS).first()
        if row is None:
            raise Http404("There is no such file.")
        problem = ""
        if request.method == "POST":
            try:
                row = trained_earlier.import_trained(
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
                messages.success(request, f"{row.name}: {row.made} made, {row.refused} refused.")
                return HttpResponseRedirect(reverse(LIST))
        return self._preview(request, row, problem, user)

    def _preview(self, request: HttpRequest, row: ImportFile, problem: str, user: User) -> HttpResponse:
        try:
            outcomes = trained_earlier.plan(row, user=user, now=timezone.now())
        except Refused as refused:
            messages.error(request, refused.sentence)
            return HttpResponseRedirect(reverse(IMPORT))
        counted = Counter(one.outcome for one in outcomes)
        context = {
            **self.admin_site.each_context(request),
            "title": f"What {row.name} would do",
            "problem": problem,
            "counted": [(name, counted[name]) for name in ("made", "as before", "refused")],
            "something": counted["made"],
            "write": "write" in request.POST,
            "button": f"Confirm: import {plural(counted['made'], 'facilitator')}",
            # What is wrong comes first.
            "outcomes": sorted(outcomes, key=lambda one: (not one.refused, one.line)),
            "previewed": importing.fingerprint(outcomes),
        }
        return TemplateResponse(request, "admin/facilitators/facilitator/preview.html", context)
