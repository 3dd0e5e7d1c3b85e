"""A list that comes in as a file: sent, looked at line by line, and confirmed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.pages import Crumb, VerbForm, VerbPage, sent
from programmes.admin.spreadsheets import csv_lines
from programmes.domain import importing, uploads
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import ImportFile, Programme


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
    uploads.scan(file)
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


@dataclass(frozen=True)
class ListWords:
    """What the pages of one import say."""

    title: str
    explanation: str
    columns: str
    person: tuple[str, str]
    heading: str = "Person"
    # What the box "write to those who are new" means; without it nobody is written to.
    writing: str = ""
    way: str = "Import a list"


class ImportPages:
    """Adds to the page of a list the ways to take in a file: send it, see what it would do, confirm it.

    What differs from list to list stands in the few methods that begin with ``list_`` or raise here.
    """

    admin_site: Any
    opts: Any
    import_kind: ImportFile.Kind
    import_words: ListWords
    import_outcomes: Sequence[str] = ("made", "changed", "as before", "refused")

    def may_import(self, request: HttpRequest) -> bool:
        """Whether the reader may."""
        raise NotImplementedError

    def plan(self, row: ImportFile, user: User) -> list[importing.Outcome]:
        """What a file would do, line by line. Raises `Refused`."""
        raise NotImplementedError

    def take_in(self, row: ImportFile, *, previewed: str, write: bool, user: User) -> ImportFile:
        """Do what was previewed. Raises `Refused`."""
        raise NotImplementedError

    def template(self, request: HttpRequest) -> tuple[str, list[Sequence[object]]]:
        """The name of the file to fill in, and its lines: the columns and an example."""
        raise NotImplementedError

    def files(self, request: HttpRequest) -> QuerySet[ImportFile]:
        """The files that the reader sent."""
        return ImportFile.objects.filter(sent_by=self.importer(request), kind=self.import_kind)

    def import_form(self, request: HttpRequest) -> FileForm:
        """The form that takes the file."""
        return FileForm(sent(request), request.FILES or None)

    def refused_field(self, refused: Refused) -> str:
        """The field at which a file that is refused says why."""
        return "file"

    def import_templates(self, request: HttpRequest) -> list[tuple[str, str]]:
        """The templates there are: what each is called beside others, and the end of its address."""
        return [("", "")]

    def import_impossible(self, request: HttpRequest) -> str:
        """Why nothing can be imported, in a sentence; empty where it can."""
        return ""

    def import_beside(self, row: ImportFile, outcomes: list[importing.Outcome]) -> dict[str, Any]:
        """What else a preview shows: ``programme`` and sentences in ``over``."""
        return {}

    def _name(self, verb: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{verb}"

    def _address(self, verb: str, *args: object) -> str:
        return reverse(f"admin:{self._name(verb)}", args=args)

    @property
    def _back(self) -> Crumb:
        return Crumb(str(self.opts.verbose_name_plural).capitalize(), self._address("changelist"))

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, verb: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=self._name(verb))

        return [
            page("import/", self.import_view, "import"),
            page("import/template/", self.template_view, "import_template"),
            page("import/<int:pk>/", self.preview_view, "import_preview"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to the import."""
        way = {"import_url": self._address("import"), "import_label": self.import_words.way}
        may = self.may_import(request)
        return super().changelist_view(request, {**(way if may else {}), **(extra_context or {})})  # type: ignore[misc]

    def importer(self, request: HttpRequest) -> User:
        """The reader, who may import; raises `PermissionDenied`."""
        if not self.may_import(request):
            raise PermissionDenied
        assert isinstance(request.user, User)
        return request.user

    def template_view(self, request: HttpRequest) -> HttpResponse:
        """A file with the names of the columns and one line as an example."""
        self.importer(request)
        name, lines = self.template(request)
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return HttpResponse(
            b"".join(csv_lines(lines)), content_type="text/csv; charset=utf-8", headers=headers
        )

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Send a file; it is only looked at."""
        user = self.importer(request)
        form = self.import_form(request)
        if form.is_valid():
            try:
                row = keep_readable(
                    self.import_kind,
                    form.cleaned_data["file"],
                    plan=lambda row: self.plan(row, user),
                    user=user,
                    programme=form.cleaned_data.get("programme"),
                )
            except Refused as refused:
                form.add_error(self.refused_field(refused), refused.sentence)
            else:
                return HttpResponseRedirect(self._address("import_preview", row.pk))
        page = VerbPage(
            title=self.import_words.title,
            button="Look at what would happen",
            form=form,
            back=self._back,
            carry_out=lambda values: "",
            explanation=[
                *filter(None, [self.import_words.explanation]),
                "Nothing is changed before you have seen what the file would do, and have confirmed it.",
            ],
            impossible=self.import_impossible(request),
        )
        template = self._address("import_template")
        context = {
            **self.admin_site.each_context(request),
            "title": page.title,
            "page": page,
            "form": form,
            "columns": self.import_words.columns,
            "templates": [(said, template + end) for said, end in self.import_templates(request)],
        }
        return TemplateResponse(request, "admin/import_list.html", context)

    def preview_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the file would do, line by line; and, once that is confirmed, do it."""
        user = self.importer(request)
        row = self.files(request).filter(pk=pk).first()
        if row is None:
            raise Http404("There is no such file.")
        problem = ""
        if request.method == "POST":
            previewed = request.POST.get("previewed", "")
            try:
                row = self.take_in(row, previewed=previewed, write="write" in request.POST, user=user)
            except importing.ChangedMeanwhile as refused:
                problem = refused.sentence
            except Refused as refused:
                messages.error(request, refused.sentence)
                return HttpResponseRedirect(self._back.url)
            else:
                done = {"made": row.made, "changed": row.changed, "refused": row.refused}
                said = ", ".join(
                    f"{count} {name}" for name, count in done.items() if name in self.import_outcomes
                )
                messages.success(request, f"{row.name}: {said}.")
                return HttpResponseRedirect(self._back.url)
        return self._preview(request, row, problem, user)

    def _preview(self, request: HttpRequest, row: ImportFile, problem: str, user: User) -> HttpResponse:
        try:
            outcomes = self.plan(row, user)
        except Refused as refused:
            messages.error(request, refused.sentence)
            return HttpResponseRedirect(self._address("import"))
        counted = Counter(one.outcome for one in outcomes)
        something = counted["made"] + counted["changed"]
        context = {
            **self.admin_site.each_context(request),
            "title": f"What {row.name} would do",
            "problem": problem,
            "counted": [(name, counted[name]) for name in self.import_outcomes],
            "something": something,
            "words": self.import_words,
            "back": self._back,
            "import_url": self._address("import"),
            # Only those who are new are written to.
            "writing": self.import_words.writing if counted["made"] else "",
            "write": "write" in request.POST,
            "button": f"Confirm: import {plural(something, *self.import_words.person)}",
            # What is wrong comes first.
            "outcomes": sorted(outcomes, key=lambda one: (not one.refused, one.line)),
            "previewed": importing.fingerprint(outcomes),
            **self.import_beside(row, outcomes),
        }
        return TemplateResponse(request, "admin/import_preview.html", context)
