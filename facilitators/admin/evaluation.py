"""What people said: of the training one by one, and everything together on a page for each programme."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from facilitators.admin.completion import ToBeRead
from facilitators.domain.evaluation import results
from facilitators.domain.evaluation.hiding import FEWEST
from facilitators.models import EvaluationAnswer, EvaluationResponse, Moment
from programmes.admin.pages import Crumb
from programmes.admin.spreadsheets import CONTENT_TYPES, CSV, csv_lines
from programmes.domain import access, exports
from programmes.models import Programme, Role

HIDDEN = f"fewer than {FEWEST}, or hidden so that they cannot be worked out"
COLUMNS = ("When", "Question", "Group", "Asked", "Answered", "Mean", "Answer", "Times")


class AnswerInline(admin.StackedInline):
    """The answers, in the words of the day."""

    model = EvaluationAnswer
    fields = readonly_fields = ("asked", "value")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EvaluationResponse)
class EvaluationResponseAdmin(ToBeRead):
    """What people thought of the training, one by one, for reviewers; what is said without a name is not here."""

    access_rule = "reviewers of the record's programme read; to everybody else it is 404"
    academy_path = "programme__academy"
    to_view = Role.REVIEWER
    search_fields = ("application__reference", "programme__title")
    list_display = ("application", "programme", "given_at")
    list_select_related: ClassVar[tuple[str, ...]] = ("application__programme", "programme__academy")
    fields = ("application", "given_at")
    inlines = (AnswerInline,)

    def visible(self, request: HttpRequest) -> dict[str, Any]:
        """The evaluations of the programmes that the reader reviews."""
        return {"programme__in": access.programmes_with(request.user, Role.REVIEWER)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those of the training, which are given with a name."""
        return super().get_queryset(request).filter(moment=Moment.TRAINING, given_at__isnull=False)

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        name = "facilitators_evaluationresponse_results"
        return [
            path("results/<int:programme>/", view(self.results_view), name=name),
            path("results/<int:programme>/file/", view(self.file_view), name=f"{name}_file"),
            *super().get_urls(),
        ]

    def results_view(self, request: HttpRequest, programme: int) -> HttpResponse:
        """What came of a programme's evaluations: to be read by all of its staff, texts by reviewers."""
        found = _programme_or_404(request, programme)
        reviews = access.can_review(request.user, found)
        texts = results.texts_of(found) if reviews else {}
        parts = [
            {
                "part": part,
                "texts": [(asked, said) for (when, asked), said in texts.items() if when == part.moment],
            }
            for part in results.results_of(found)
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Evaluation: {found.title}",
            "programme": found,
            "parts": parts,
            "reviews": reviews,
            "fewest": FEWEST,
            "back": Crumb(found.title, reverse("admin:programmes_programme_change", args=[found.pk])),
        }
        return TemplateResponse(request, "admin/facilitators/evaluationresponse/results.html", context)

    def file_view(self, request: HttpRequest, programme: int) -> HttpResponseBase:
        """The same as a CSV file, without the texts; that it was taken is kept."""
        found = _programme_or_404(request, programme)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        rows = list(_rows(results.results_of(found)))
        now = timezone.now()
        assert isinstance(request.user, User)
        exports.record(
            user=request.user,
            list_name="facilitators.evaluation_results",
            list_title=f"results of the evaluation of {found.title}",
            academies=[found.academy],
            narrowed_by="",
            columns=COLUMNS,
            keys=[],
            rows=len(rows),
            kind=CSV,
            sensitive=False,
            now=now,
        )
        words = re.sub(r"[^a-z0-9]+", "-", found.code.lower())
        name = f"evaluation-{words}-{timezone.localdate(now).isoformat()}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        lines = csv_lines([COLUMNS, *rows])
        return StreamingHttpResponse(lines, content_type=CONTENT_TYPES[CSV], headers=headers)


def _programme_or_404(request: HttpRequest, key: int) -> Programme:
    rows = access.programmes_visible_to(request.user).select_related("academy")
    found = rows.filter(pk=key).first()
    if found is None:
        raise Http404("There is no such programme.")
    return found


def _rows(parts: list[results.Part]) -> Iterator[tuple[Any, ...]]:
    """The results as rows of a table: what is hidden says so."""
    for part in parts:
        when = part.moment.label
        for rate in (*part.rates, part.total):
            answered = HIDDEN if rate.answered is None else rate.answered
            yield (when, "", rate.name, rate.asked, answered, "", "", "")
        for asked in part.questions:
            for name, figures in (*asked.groups, ("All", asked.total)):
                if figures is None:
                    yield (when, asked.text, name, "", HIDDEN, "", "", "")
                    continue
                mean = "" if figures.mean is None else figures.mean
                for value, times in figures.shares:
                    yield (when, asked.text, name, "", figures.answers, mean, value, times)
