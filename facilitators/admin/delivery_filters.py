"""What the lists of commitments and deliveries can be narrowed to: only what the reader's academies have is offered."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from facilitators.domain import owed
from facilitators.models import Commitment, Delivery
from programmes.admin.waiting import Narrowing
from programmes.domain.wording import MONTHS
from programmes.models import IntegratedCareSystem, Programme


class ProgrammeFilter(Narrowing):
    """The path to the programme is the list's own."""

    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.path = model_admin.academy_path.removesuffix("__academy")
        return [(str(row.pk), row.title) for row in Programme.objects.visible_to(request.user)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(**{self.path: chosen})


class SystemFilter(Narrowing):
    """Of a delivery its own ICS, of a commitment that of its facilitator."""

    title = "ICS"
    parameter_name = "ics"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.path = model_admin.ics_path
        rows = model_admin.get_queryset(request).order_by().values(self.path)
        return [(str(row.pk), row.short_name) for row in IntegratedCareSystem.objects.filter(pk__in=rows)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(**{self.path: chosen})


class StandsFilter(Narrowing):
    """How a commitment stands today."""

    title = "state"
    parameter_name = "stands"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.value, str(one.label)) for one in owed.Stands]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(owed.standing_as(owed.Stands(chosen), today=timezone.localdate()))


class DeliveryStateFilter(Narrowing):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.value, str(one.label)) for one in Delivery.State]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(state=chosen)


class MonthFilter(Narrowing):
    """The month in which a delivery was held, or a commitment is due."""

    title = "month"
    parameter_name = "month"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.path = "due_on" if model_admin.model is Commitment else "held_on"
        rows = model_admin.model.objects.visible_to(request.user).filter(**{f"{self.path}__isnull": False})
        months: list[datetime.date] = list(rows.dates(self.path, "month", order="DESC"))
        return [(f"{one:%Y-%m}", f"{MONTHS[one.month - 1]} {one.year}") for one in months]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        year, month = chosen.split("-")
        return queryset.filter(**{f"{self.path}__year": year, f"{self.path}__month": month})
