"""What the feed says of one academy: figures and states, never a name, an address or an answer.

Rows are plain data, ready to be written as JSON. Organisations that were typed are left out, because people type their
own names there; access needs are part of nothing here.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from typing import Any

from django.db.models import Count, Max, Prefetch, Q

from applications.domain import figures
from applications.models import Application, State
from applications.models.applications import LIVE, Step
from cohorts.models import Cohort, Place, Preference
from programmes.models import Academy, Programme
from programmes.models.programmes import ProgrammeQuerySet

Row = dict[str, Any]


def _time(moment: datetime.datetime | None) -> str | None:
    return moment.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z") if moment else None


def programmes_of(academy: Academy, code: str = "") -> ProgrammeQuerySet:
    """The programmes of an academy, or the one with a code."""
    rows = Programme.objects.filter(academy=academy).order_by("code")
    return rows.filter(code=code) if code else rows


def programmes(academy: Academy) -> list[Row]:
    """Every programme: its dates, its limits, and the seats that are taken."""
    return [
        {
            "code": one.code,
            "title": one.title,
            "published": one.published,
            "opens_at": _time(one.opens_at),
            "closes_at": _time(one.closes_at),
            "total_places": one.total_places,
            "places_taken": getattr(one, "places_taken", 0),
            "nomination_scope": one.nomination_scope,
            "nominations_allowed": one.nominations_allowed,
        }
        for one in programmes_of(academy).with_places_taken()
    ]


def cohorts(academy: Academy, code: str = "") -> list[Row]:
    """Every cohort with its sessions, its limits, and the seats offered and confirmed."""
    rows = (
        Cohort.objects.filter(programme__in=programmes_of(academy, code))
        .select_related("programme")
        .annotate(
            offered=Count("places", filter=Q(places__status=Place.Status.OFFERED), distinct=True),
            confirmed=Count("places", filter=Q(places__status=Place.Status.CONFIRMED), distinct=True),
            attended=Count("places", filter=Q(places__status=Place.Status.ATTENDED), distinct=True),
        )
        .prefetch_related("sessions__venue")
        .order_by("pk")
    )
    return [
        {
            "id": one.pk,
            "programme": one.programme.code,
            "name": one.name,
            "runs": one.runs,
            "minimum": one.minimum,
            "maximum": one.maximum,
            "offered": getattr(one, "offered", 0),
            "confirmed": getattr(one, "confirmed", 0),
            "attended": getattr(one, "attended", 0),
            "sessions": [
                {
                    "title": session.title,
                    "kind": session.kind,
                    "starts_at": _time(session.starts_at),
                    "ends_at": _time(session.ends_at),
                    "online": session.online,
                    "venue": session.venue.name if session.venue else None,
                    "optional": session.optional,
                    "to_be_confirmed": session.to_be_confirmed,
                }
                for session in one.sessions.all()
            ],
        }
        for one in rows
    ]


def applications(
    academy: Academy,
    *,
    code: str = "",
    changed_since: datetime.datetime | None = None,
    after: int = 0,
    limit: int,
) -> tuple[list[Row], int | None]:
    """At most ``limit`` applications after a key, and the key to go on from; None where these are the last.

    ``changed_since`` leaves out what has not changed at or after a moment, places and preferences included.
    """
    rows = Application.objects.filter(programme__in=programmes_of(academy, code), pk__gt=after)
    if changed_since is not None:
        rows = rows.filter(Q(changed_at__gte=changed_since) | Q(state_since__gte=changed_since))
    held = Place.objects.counted().select_related("cohort")
    preferred = Preference.objects.filter(rank=1).select_related("cohort")
    found = list(
        rows.select_related("programme", "ics__region", "organisation")
        .prefetch_related(
            Prefetch("places", held, to_attr="held"), Prefetch("preferences", preferred, to_attr="first")
        )
        .order_by("pk")[: limit + 1]
    )
    more = found[limit - 1].pk if len(found) > limit else None
    return [_application(one) for one in found[:limit]], more


def _application(one: Any) -> Row:
    place = one.held[0] if one.held else None
    first = one.first[0] if one.first else None
    return {
        "reference": one.reference,
        "programme": one.programme.code,
        "state": one.state,
        "state_since": _time(one.state_since),
        "live": one.state in LIVE,
        "started_at": _time(one.created_at),
        "submitted_at": _time(one.submitted_at),
        "changed_at": _time(max(one.changed_at, one.state_since)),
        "ics_code": one.ics.code if one.ics else None,
        "ics": one.ics.short_name if one.ics else None,
        "region": one.ics.region.name if one.ics else None,
        "organisation": one.organisation.name if one.organisation else None,
        "sector": one.sector or None,
        "nomination_number": one.nomination_number,
        "first_preference": first.cohort_id if first else None,
        "cohort": place.cohort_id if place else None,
        "place": place.status if place else None,
        "respond_by": _time(place.respond_by) if place else None,
    }


def funnel(academy: Academy, code: str = "") -> list[Row]:
    """For each programme how many applications ever came to each step, as on the staff's home page.

    And how many stand in each state now.
    """
    wanted = list(programmes_of(academy, code))
    counted = (
        Application.objects.filter(programme__in=wanted)
        .order_by()
        .values_list("programme", "state")
        .annotate(how_many=Count("pk"), newest=Max("changed_at"))
    )
    states: defaultdict[int, dict[str, int]] = defaultdict(dict)
    changed: defaultdict[int, list[datetime.datetime]] = defaultdict(list)
    for programme, state, how_many, newest in counted:
        states[programme][state] = how_many
        changed[programme].append(newest)
    reached = figures.funnel([one.pk for one in wanted])
    return [
        {
            "programme": one.code,
            **{step.name.lower(): 0 for step in Step},
            **{at.step.name.lower(): at.count for at in reached.get(one.pk, [])},
            "states": {state.value: states[one.pk].get(state.value, 0) for state in State},
            "changed_at": _time(max(changed[one.pk], default=None)),
        }
        for one in wanted
    ]
