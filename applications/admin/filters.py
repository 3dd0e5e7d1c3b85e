"""What the list of applications can be narrowed to. Each filter offers only what the reader's academies have."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.http import HttpRequest

from applications.domain import duplicates, reviews
from applications.models import Application, ConflictOfInterest, Review, State
from applications.models.applications import ENDED, SUBMITTED
from cohorts.models import Cohort, PendingDecision
from programmes.admin.waiting import Narrowing
from programmes.models import IntegratedCareSystem, Programme, Region


class ProgrammeFilter(Narrowing):
    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(row.pk, row.title) for row in Programme.objects.visible_to(request.user)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(programme=chosen)


# Besides the states themselves.
_GROUPS = {
    "in_hand": ("Submitted and not ended", SUBMITTED),
    "ours": (
        "Waiting for the academy",
        {State.UNDER_REVIEW, State.SHORTLISTED},
    ),
    "ended": ("Ended", ENDED),
}


class StateFilter(Narrowing):
    """Drafts are nobody's business until they are submitted: the list leaves them out unless they are asked for."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        # Whether there is one of each, by an index: to list the states of all would read every application.
        of_it = Application.objects.filter(programme=OuterRef("pk"))
        there_is = {f"is_{state.value}": Exists(of_it.filter(state=state)) for state in State}
        programmes = Programme.objects.visible_to(request.user).order_by().annotate(**there_is)
        found = programmes.values(*there_is)
        there = {state for state in State if any(row[f"is_{state.value}"] for row in found)}
        return [(key, name) for key, (name, _) in _GROUPS.items()] + [
            (state.value, str(state.label)) for state in State if state in there
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        chosen = self.chosen()
        if chosen is None:
            return queryset.exclude(state=State.DRAFT)
        return queryset.filter(state__in=_GROUPS[chosen][1] if chosen in _GROUPS else {chosen})

    def choices(self, changelist: Any) -> Any:
        """Say of the first choice what it leaves out."""
        first, *others = super().choices(changelist)
        return [{**first, "display": "All but drafts"}, *others]


class SystemFilter(Narrowing):
    title = "ICS"
    parameter_name = "ics"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        used = Application.objects.visible_to(request.user).exclude(ics=None).values("ics")
        return [(row.pk, row.short_name) for row in IntegratedCareSystem.objects.filter(pk__in=used)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(ics=chosen)


class RegionFilter(Narrowing):
    title = "region"
    parameter_name = "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        used = Application.objects.visible_to(request.user).exclude(ics=None).values("ics__region")
        return [(row.pk, row.name) for row in Region.objects.filter(pk__in=used)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(ics__region=chosen)


class FirstPreferenceFilter(Narrowing):
    title = "first preference"
    parameter_name = "first_preference"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        cohorts = Cohort.objects.visible_to(request.user).select_related("programme")
        return [(row.pk, f"{row.name} ({row.programme.code})") for row in cohorts]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(preferences__cohort=chosen, preferences__rank=1)


class OrganisationFilter(Narrowing):
    title = "organisation"
    parameter_name = "organisation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("typed", "Not on the list, to be matched"), ("listed", "On the list")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        if chosen == "listed":
            return queryset.filter(organisation__isnull=False)
        return queryset.filter(organisation=None).exclude(organisation_name="")


class ReviewFilter(Narrowing):
    title = "reviews"
    parameter_name = "reviews"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        self._user = request.user
        return [
            ("nobody", "Reviewed by nobody"),
            ("one", "Reviewed by one"),
            ("not_me", "Not reviewed by me"),
            ("me", "Reviewed by me"),
            ("disagree", "Reviewers disagree"),
            ("conflict", "My conflict of interest"),
        ]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        there = Review.objects.filter(latest=True, application=OuterRef("pk"))
        if chosen == "disagree":
            return queryset.filter(pk__in=reviews.in_dispute())
        if chosen == "conflict":
            own = ConflictOfInterest.objects.filter(reviewer=self._user.pk, lifted_at__isnull=True)
            return queryset.filter(pk__in=own.values("application"))
        if chosen == "one":
            one = (
                Review.objects.filter(latest=True).order_by().values("application").annotate(said=Count("pk"))
            )
            return queryset.filter(pk__in=one.filter(said=1).values("application"))
        by_me = there.filter(reviewer=self._user.pk)
        found = {"nobody": ~Exists(there), "not_me": ~Exists(by_me), "me": Exists(by_me)}
        return queryset.filter(found[chosen])


class PendingFilter(Narrowing):
    title = "decisions kept"
    parameter_name = "kept"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = PendingDecision.Kind
        return [
            ("any", "Decided, not yet applied"),
            *((kind.value, f"Kept: {kind.label.lower()}") for kind in kinds),
            ("none", "Nothing kept"),
        ]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        if chosen in ("any", "none"):
            return queryset.filter(pending_decision__isnull=chosen == "none")
        return queryset.filter(pending_decision__kind=chosen)


class DuplicateFilter(Narrowing):
    title = "possible duplicates"
    parameter_name = "duplicates"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "May be one person twice")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return duplicates.seeming(queryset)
