"""The page of the yield: from people trained to people reached, as a chart, a table and a file."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from cohorts.models import Cohort
from facilitators.domain.yields.counting import NONE, By, Line, Narrowed, Yield, yields
from facilitators.models import Delivery, Training
from programmes.admin.exporting import narrowed_by
from programmes.admin.pages import VerbForm
from programmes.admin.spreadsheets import CONTENT_TYPES, CSV, csv_lines
from programmes.domain import access, exports
from programmes.models import Academy, IntegratedCareSystem, Programme

# What a row says, in the order in which one comes of the other.
MEASURES = {
    "trained": "People trained",
    "active": "Active facilitators",
    "deliveries": "Deliveries",
    "sessions": "Sessions",
    "people": "People reached",
}
# The first is the chart that is shown unasked: whom all of it is for.
_SHOWN_FIRST = ("people", *(one for one in MEASURES if one != "people"))
_MEANS = {
    By.PROGRAMME: "Each row says what came of those trained in the programme.",
    By.ICS: "Each row says what came of the facilitators who work in the ICS.",
    By.COHORT: "Each row says what came of those trained in the cohort.",
    By.YEAR: "Each row says who was trained in the year, and what was delivered in it, by whomever.",
}


class YieldForm(VerbForm):
    """What the rows are, what the chart shows, and what is looked at alone."""

    by = forms.ChoiceField(label="By", choices=By.choices, required=False)
    chart = forms.ChoiceField(
        label="Chart", choices=[(one, MEASURES[one]) for one in _SHOWN_FIRST], required=False
    )
    programme = forms.TypedChoiceField(label="Programme", coerce=int, empty_value=None, required=False)
    ics = forms.TypedChoiceField(label="ICS", coerce=int, empty_value=None, required=False)
    cohort = forms.TypedChoiceField(label="Cohort", coerce=int, empty_value=None, required=False)
    year = forms.TypedChoiceField(label="Year", coerce=int, empty_value=None, required=False)

    def __init__(self, programmes: Collection[int], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        trainings = Training.objects.filter(programme__in=programmes)
        deliveries = Delivery.objects.filter(programme__in=programmes)
        systems = IntegratedCareSystem.objects.filter(pk__in=trainings.values("facilitator__ics"))
        cohorts = Cohort.objects.filter(programme__in=programmes).order_by("programme__title", "pk")
        days = (*trainings.dates("trained_on", "year"), *deliveries.dates("held_on", "year"))
        self._offer("programme", Programme.objects.filter(pk__in=programmes).values_list("pk", "title"))
        self._offer("ics", [*systems.values_list("pk", "name"), (NONE, "Not known")])
        named = cohorts.values_list("pk", "programme__title", "name")
        self._offer("cohort", [*((pk, f"{title}, {name}") for pk, title, name in named), (NONE, "None here")])
        self._offer("year", [(year, str(year)) for year in sorted({day.year for day in days})])

    def _offer(self, name: str, choices: Any) -> None:
        field: Any = self.fields[name]
        field.choices = [("", "All"), *choices]

    @property
    def asked(self) -> dict[str, Any]:
        """What was chosen; whatever is not on offer counts as not chosen."""
        self.is_valid()
        return self.cleaned_data

    @property
    def by_what(self) -> By:
        """What the rows are."""
        return By(self.asked.get("by") or By.PROGRAMME)

    @property
    def measure(self) -> str:
        """What the chart shows."""
        return self.asked.get("chart") or _SHOWN_FIRST[0]

    @property
    def narrowed(self) -> Narrowed:
        """What is looked at alone."""
        return Narrowed(**{name: self.asked.get(name) for name in ("programme", "ics", "cohort", "year")})


class WithYield:
    """Adds the page of the yield to the staff pages of deliveries."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "facilitators_delivery_yield"
        return [
            path("yield/", view(self.yield_view), name=name),
            path("yield/file/", view(self.yield_file_view), name=f"{name}_file"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with the way to what comes of it all."""
        context = {"yield_url": reverse("admin:facilitators_delivery_yield"), **(extra_context or {})}
        return super().changelist_view(request, context)  # type: ignore[misc]

    def _found(self, request: HttpRequest) -> tuple[YieldForm, Yield]:
        if not self.has_view_permission(request):  # type: ignore[attr-defined]
            raise PermissionDenied
        # Read once: with the keys themselves the rows are found by indexes alone.
        programmes = list(access.programmes_visible_to(request.user).values_list("pk", flat=True))
        form = YieldForm(programmes, request.GET)
        today = timezone.localdate()
        return form, yields(programmes, by=form.by_what, narrowed=form.narrowed, today=today)

    def yield_view(self, request: HttpRequest) -> HttpResponse:
        """What came of the training: a chart of one measure, and the table of all."""
        form, found = self._found(request)
        values = [getattr(line, form.measure) for line in found.lines]
        address = reverse("admin:facilitators_delivery_yield_file")
        query = request.GET.urlencode()
        context = {
            **self.admin_site.each_context(request),
            "title": "What came of the training",
            "form": form,
            "by": form.by_what.label,
            "means": _MEANS[form.by_what],
            "measure": MEASURES[form.measure],
            "measures": list(MEASURES.values()),
            "bars": list(zip(found.lines, values, strict=True)),
            "most": max(values, default=0) or 1,
            "rows": [_row(line) for line in found.lines],
            "total": _row(found.total),
            "file_url": f"{address}?{query}" if query else address,
        }
        return TemplateResponse(request, "admin/facilitators/delivery/yield.html", context)

    def yield_file_view(self, request: HttpRequest) -> HttpResponseBase:
        """The table as a CSV file; that it was taken is kept."""
        form, found = self._found(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        columns = (form.by_what.label, *MEASURES.values())
        now = timezone.now()
        assert isinstance(request.user, User)
        exports.record(
            user=request.user,
            list_name="facilitators.yield",
            list_title="what came of the training",
            academies=Academy.objects.visible_to(request.user),
            narrowed_by=narrowed_by(request),
            columns=columns,
            keys=[],
            rows=len(found.lines),
            kind=CSV,
            sensitive=False,
            now=now,
        )
        rows = [columns, *(_row(line) for line in (*found.lines, found.total))]
        name = f"yield-{timezone.localdate(now).isoformat()}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(csv_lines(rows), content_type=CONTENT_TYPES[CSV], headers=headers)


def _row(line: Line) -> Sequence[Any]:
    return (line.name, *(getattr(line, name) for name in MEASURES))
