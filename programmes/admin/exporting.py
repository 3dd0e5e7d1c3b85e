"""Every list of the staff's site can be taken along as CSV or XLSX: as it is filtered, searched and ordered.

Who may read a list may export it, with what they see on it. Who took what is kept as an `ExportRecord`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import label_for_field, lookup_field
from django.contrib.auth.models import User
from django.core.exceptions import FieldDoesNotExist, PermissionDenied
from django.db.models import Model, QuerySet
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.html import strip_tags

from programmes.admin.pages import VerbForm, sent
from programmes.admin.spreadsheets import (
    CONTENT_TYPES,
    CSV,
    MOST_ROWS,
    XLSX,
    Column,
    ListResource,
    csv_lines,
    xlsx_file,
)
from programmes.domain import exports
from programmes.models import Academy


class ExportForm(VerbForm):
    """Which columns, and what kind of file."""

    columns = forms.MultipleChoiceField(
        label="Columns",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one column."},
    )
    kind = forms.ChoiceField(
        label="Kind of file",
        choices=[(XLSX, "Excel (XLSX)"), (CSV, "CSV, for other programs")],
        widget=forms.RadioSelect,
        initial=XLSX,
        error_messages={"required": "Choose the kind of file."},
    )

    def __init__(self, columns: Sequence[Column], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        columns_field: Any = self.fields["columns"]
        columns_field.choices = [(column.key, column.title) for column in columns]


class WithExport:
    """Adds "Export" to a list, and to what can be done with selected rows.

    What can be exported are the columns of the list, unless ``export_columns`` gives others.
    """

    opts: Any
    model: type[Model]
    admin_site: Any

    def export_columns(self, request: HttpRequest, records: QuerySet[Any]) -> list[Column]:
        """The columns that the reader may export of these records."""
        shown = [name for name in self.get_list_display(request) if name != "action_checkbox"]  # type: ignore[attr-defined]
        return [Column(name, self._export_title(name), self._export_value(name)) for name in shown]

    def export_records(self, records: QuerySet[Any], columns: Sequence[Column]) -> QuerySet[Any]:
        """The records with what the columns need read along with them."""
        return records

    def export_academies(self, request: HttpRequest, records: QuerySet[Any]) -> list[Academy]:
        """The academies whose records are exported; for what all academies share, those of the reader."""
        academies = Academy.objects.visible_to(request.user)
        if path_to := getattr(self, "academy_path", ""):
            inside = records.order_by().values_list(path_to, flat=True).distinct()
            academies = academies.filter(pk__in=list(inside))
        return list(academies.distinct())

    def _export_title(self, name: str) -> str:
        owner: Any = self
        title = force_str(label_for_field(name, self.model, model_admin=owner))
        return title[:1].upper() + title[1:]

    def _export_value(self, name: str) -> Any:
        owner: Any = self
        try:
            choices = getattr(self.opts.get_field(name), "flatchoices", None)
        except FieldDoesNotExist:
            choices = None

        def value(record: Any) -> Any:
            found = lookup_field(name, record, owner)[2]
            if choices:
                return dict(choices).get(found, found)
            return _told(found) if isinstance(found, str) else found

        return value

    # Addresses.
    def get_urls(self) -> list[Any]:
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        own = path("export/", self.admin_site.admin_view(self.export_view), name=name)
        return [own, *super().get_urls()]  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to its export."""
        context = {"export_url": self._export_url(request), **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions of the list, and the export of what is selected."""
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        if self.has_view_permission(request):  # type: ignore[attr-defined]
            description = f"Export the selected {self.opts.verbose_name_plural}"
            actions["export_selected"] = (_export_selected, "export_selected", description)
        return actions

    def _export_url(self, request: HttpRequest) -> str:
        address = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")
        query = request.GET.copy()
        query.pop("p", None)
        return f"{address}?{query.urlencode()}" if query else address

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        """Choose the columns; a form that is sent is answered with the file."""
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        return self._export_list(request, choosing=request.method != "POST")

    def _export_list(self, request: HttpRequest, *, choosing: bool) -> HttpResponseBase:
        selected = _selected(request)
        everything = request.POST.get("select_across") == "1"
        try:
            changes: Any = self.get_changelist_instance(_without_page(request))  # type: ignore[attr-defined]
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self._exported_list_url())
        records = changes.queryset
        if selected and not everything:
            # Those that a filter has hidden meanwhile are kept; those of another academy do not exist.
            own = self.get_queryset(request).filter(pk__in=selected)  # type: ignore[attr-defined]
            records = changes.apply_select_related(own).order_by(*changes.queryset.query.order_by)
            if records.count() != len(selected):
                raise Http404("Some of these records do not exist.")
        columns = self.export_columns(request, records)
        assert isinstance(request.user, User)
        ticked = exports.columns_of(request.user, self.opts.label_lower) or [
            column.key for column in columns if column.ticked
        ]
        form = ExportForm(columns, None if choosing else sent(request), initial={"columns": ticked})
        if form.is_valid():
            return self._export_file(request, records, columns, form.cleaned_data)
        return self._export_page(request, form, records, selected if not everything else [])

    def _exported_list_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def _export_page(
        self, request: HttpRequest, form: ExportForm, records: QuerySet[Any], selected: Sequence[str]
    ) -> HttpResponse:
        count = records.count()
        names = self.opts.verbose_name if count == 1 else self.opts.verbose_name_plural
        too_many = f" An Excel sheet holds {MOST_ROWS:,} rows: choose CSV." if count > MOST_ROWS else ""
        context = {
            **admin.site.each_context(request),
            "title": f"Export {self.opts.verbose_name_plural}",
            "opts": self.opts,
            "form": form,
            "what": f"{count:,} {names}.{too_many}",
            "narrowed_by": "" if selected else narrowed_by(request),
            "selected": selected,
            "checkbox_name": ACTION_CHECKBOX_NAME,
            "export_url": self._export_url(request),
            "list_url": self._export_url(request).replace("export/", "", 1),
        }
        return TemplateResponse(request, "admin/export.html", context)

    def _export_file(
        self,
        request: HttpRequest,
        records: QuerySet[Any],
        columns: Sequence[Column],
        chosen: dict[str, Any],
    ) -> HttpResponseBase:
        assert isinstance(request.user, User)
        taken = [column for column in columns if column.key in chosen["columns"]]
        kind = chosen["kind"]
        now = timezone.now()
        exports.record(
            user=request.user,
            list_name=self.opts.label_lower,
            list_title=str(self.opts.verbose_name_plural),
            academies=self.export_academies(request, records),
            narrowed_by=narrowed_by(request),
            columns=[column.title for column in taken],
            keys=[column.key for column in taken if not column.sensitive],
            rows=records.count(),
            kind=kind,
            sensitive=any(column.sensitive for column in taken),
            now=now,
        )
        rows = ListResource(taken).rows(self.export_records(records, taken))
        words = re.sub(r"[^a-z]+", "-", str(self.opts.verbose_name_plural).lower())
        name = f"{words}-{timezone.localdate(now).isoformat()}.{kind}"
        if kind == XLSX:
            file = xlsx_file(rows, title=str(self.opts.verbose_name_plural).capitalize())
            return FileResponse(file, as_attachment=True, filename=name, content_type=CONTENT_TYPES[XLSX])
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(csv_lines(rows), content_type=CONTENT_TYPES[CSV], headers=headers)


def _export_selected(model_admin: Any, request: HttpRequest, records: QuerySet[Any]) -> HttpResponseBase:
    """The action of a list: choose the columns for the rows that are selected."""
    answer: HttpResponseBase = model_admin._export_list(request, choosing=True)  # noqa: SLF001
    return answer


def _selected(request: HttpRequest) -> list[str]:
    keys = request.POST.getlist(ACTION_CHECKBOX_NAME)
    return sorted({key for key in keys if key.isdecimal() and len(key) < 19}, key=int)


def _without_page(request: HttpRequest) -> HttpRequest:
    """The request of the list, at its first page: an export has all pages."""
    query: Any = request.GET.copy()
    query.pop("p", None)
    request.GET = query
    return request


def narrowed_by(request: HttpRequest) -> str:
    """What a list is narrowed and ordered by, as it stands in its address, in a form that can be read."""
    parts = [f"{key}={value}" for key, values in request.GET.lists() for value in values]
    return "; ".join(parts)


def _told(text: str) -> str:
    """A column's text without its mark-up: "–" stands for nothing."""
    plain = strip_tags(text) if hasattr(text, "__html__") else text
    return "" if plain == "–" else " ".join(plain.split()) if hasattr(text, "__html__") else plain
