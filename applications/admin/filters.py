"""What the list of applications can be narrowed to. Each filter offers only what the reader's academies have."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest

from applications.domain import duplicates, reviews
from applications.models import Application, ConflictOfInterest, Review, State
from applications.models.applications import ENDED, SUBMITTED
from cohorts.models import Cohort, PendingDecision
from programmes.admin.base import programmes_seen
from programmes.admin.waiting import Narrowing
from programmes.domain import freshness
from programmes.models import IntegratedCareSystem, Programme

Choices = list[tuple[Any, str]]


class Kept(Narrowing):
    """A filter whose choices are kept for a minute, for each reader: they are the same on page after page.

    A choice that came up since is found where it is asked for, as by a link from the home page.
    """

    _kept: freshness.Kept[tuple[type[Narrowing], Any], Choices] = freshness.Kept(freshness.PROGRAMMES)

    def lookups(self, request: HttpRequest, model_admin: Any) -> Choices:
        kept = self._kept.get((type(self), request.user.pk), lambda: self.offered(request))
        asked = self.value()
        return kept if asked is None or asked in {str(key) for key, _ in kept} else self.offered(request)

    def offered(self, request: HttpRequest) -> Choices:
        """What the reader can choose, as it is now."""
        raise NotImplementedError


class ProgrammeFilter(Kept):
    title = "programme"
    parameter_name = "programme"

    def offered(self, request: HttpRequest) -> Choices:
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


class StateFilter(Kept):
    """Drafts are nobody's business until they are submitted: the list leaves them out unless they are asked for."""

    title = "state"
    parameter_name = "state"

    def offered(self, request: HttpRequest) -> Choices:
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


def _systems_used(request: HttpRequest) -> list[IntegratedCareSystem]:
    """The systems of which the reader sees an application, by name, with their regions; looked for once a request.

    One application is looked for in each, by an index. Asked for those "in" or "existing", or by the reader's
    academies, PostgreSQL would read every application there is.
    """
    if "_systems_used" not in request.__dict__:
        seen = programmes_seen(request)
        of_it = Application.objects.filter(programme__in=seen, ics=OuterRef("pk")).order_by()
        systems = IntegratedCareSystem.objects.annotate(one=Subquery(of_it.values("pk")[:1]))
        found = systems.filter(one__isnull=False).select_related("region")
        request.__dict__["_systems_used"] = list(found)
    used: list[IntegratedCareSystem] = request.__dict__["_systems_used"]
    return used


class SystemFilter(Kept):
    title = "ICS"
    parameter_name = "ics"

    def offered(self, request: HttpRequest) -> Choices:
        return [(row.pk, row.short_name) for row in _systems_used(request)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(ics=chosen)


class RegionFilter(Kept):
    title = "region"
    parameter_name = "region"

    def offered(self, request: HttpRequest) -> Choices:
        regions = {system.region.pk: system.region.name for system in _systems_used(request)}
        return sorted(regions.items(), key=lambda region: region[1])

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(ics__region=chosen)


class FirstPreferenceFilter(Kept):
    title = "first preference"
    parameter_name = "first_preference"

    def offered(self, request: HttpRequest) -> Choices:
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
            return queryset.filter(reviews.in_dispute())
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
        self._request = request
        return [("yes", "May be one person twice")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return duplicates.seeming(queryset, programmes=programmes_seen(self._request))
