"""The list behind a number of the home page: narrowed by the rows that were counted."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from programmes.domain import workload
from programmes.domain.workload import Waiting
from programmes.models import Academy

WAITS, OF_ACADEMY = "waits", "of_academy"


class Narrowing(admin.SimpleListFilter):
    """A filter that takes no value but those it offers: another is as if none were given."""

    def chosen(self) -> str | None:
        """The value chosen, if it is one of those offered."""
        value = self.value()
        return value if value in {str(key) for key, _ in self.lookup_choices} else None

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows that stay on the list."""
        chosen = self.chosen()
        return queryset if chosen is None else self.narrow(queryset, chosen)

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        """The rows for a value that is offered."""
        raise NotImplementedError


class WaitingFilter(Narrowing):
    """What of this list waits on staff."""

    title = "what waits"
    parameter_name = WAITS

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (kind.key, kind.many[:1].upper() + kind.many[1:]) for kind in workload.kinds(model_admin.model)
        ]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        kind = workload.find(chosen)
        assert kind is not None
        return queryset.filter(pk__in=kind.rows(timezone.now()).order_by().values("pk"))


class AcademyFilter(Narrowing):
    """One of the reader's academies: offered where the home page has chosen one, and not otherwise."""

    title = "academy"
    parameter_name = OF_ACADEMY

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        if self.parameter_name not in request.GET:
            return []
        academies = Academy.objects.visible_to(request.user)
        self.path = model_admin.academy_path
        return [(str(pk), name) for pk, name in academies.values_list("pk", "name")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(**{self.path: chosen})


def filters_for(model: type[Model]) -> tuple[type[Narrowing], ...]:
    """The filters that a list of such records has besides its own."""
    return (WaitingFilter, AcademyFilter) if workload.kinds(model) else ()


def address_of(kind: Waiting, academy: Academy | None) -> str:
    """The address of the list that holds exactly the rows of a kind, of one academy or of all the reader's."""
    model = kind.model
    chosen = {WAITS: kind.key, **({OF_ACADEMY: academy.pk} if academy else {})}
    page = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    return f"{page}?{urlencode(chosen)}"
