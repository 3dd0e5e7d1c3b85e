"""What the list of facilitators can be narrowed to. Each filter offers only what the reader's academies have."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from facilitators.domain.people.standing import Standing, standing_is
from facilitators.models import Facilitator, Training
from facilitators.models.people import TrainingQuerySet
from programmes.admin.waiting import Narrowing
from programmes.models import IntegratedCareSystem, Organisation, Programme

PROGRAMME = "programme"


def trainings_for(request: HttpRequest) -> TrainingQuerySet:
    """The trainings that the reader sees of a row of the list, of the programme that is chosen where one is."""
    trainings = Training.objects.visible_to(request.user).filter(facilitator=OuterRef("pk"))
    chosen = request.GET.get(PROGRAMME, "")
    return trainings.filter(programme=int(chosen)) if chosen.isdecimal() and len(chosen) < 19 else trainings


class ProgrammeFilter(Narrowing):
    title = "programme"
    parameter_name = PROGRAMME

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        self.trainings = trainings_for(request)
        return [(row.pk, row.title) for row in Programme.objects.visible_to(request.user)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(Exists(self.trainings))


class StandingFilter(Narrowing):
    """Whoever stands so in one programme at least; in the programme that is chosen where one is."""

    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self.trainings = trainings_for(request)
        return [(one.value, str(one.label)) for one in Standing]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(Exists(self.trainings.filter(standing_is(chosen, timezone.localdate()))))


class SystemFilter(Narrowing):
    title = "ICS"
    parameter_name = "ics"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        used = Facilitator.objects.visible_to(request.user).exclude(ics=None).order_by().values("ics")
        return [(row.pk, row.short_name) for row in IntegratedCareSystem.objects.filter(pk__in=used)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(ics=chosen)


class OrganisationFilter(Narrowing):
    title = "organisation"
    parameter_name = "organisation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        people = Facilitator.objects.visible_to(request.user).exclude(organisation=None)
        used = people.order_by().values("organisation")
        return list(Organisation.objects.filter(pk__in=used).values_list("pk", "name"))

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(organisation=chosen)


class DirectoryFilter(Narrowing):
    title = "in the directory"
    parameter_name = "directory"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Shown"), ("no", "Not shown")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(in_directory_since__isnull=chosen == "no")


FILTERS = (ProgrammeFilter, StandingFilter, SystemFilter, OrganisationFilter, DirectoryFilter)
