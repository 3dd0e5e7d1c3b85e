"""What stands on a cohort's page. The number of queries does not depend on its people or its sessions."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import Q

from cohorts.admin.fill import Fill
from cohorts.domain import asking, certainty, demand, plans, waiting_list
from cohorts.models import Cohort, CohortDecision, Place
from programmes.domain.wording import nhs_date

# What the buttons say, in their order.
LABELS: dict[str, str] = {
    CohortDecision.Kind.RUN_ANYWAY: "Run it anyway",
    CohortDecision.Kind.EXTEND: "Give it longer",
    CohortDecision.Kind.MERGE: "Merge into another cohort",
    CohortDecision.Kind.ROLL_OVER: "Roll over to a later cohort",
    CohortDecision.Kind.CANCEL: "Cancel it",
}


def overview(cohort: Cohort, *, may_decide: bool, now: datetime.datetime) -> dict[str, Any]:
    """The seats and the people in them, whether it runs, what was asked and decided, and who would like to come."""
    places = list(
        Place.objects.taken()
        .filter(cohort=cohort)
        .select_related("application__ics", "application__organisation")
    )
    confirmed = sum(place.status == Place.Status.CONFIRMED for place in places)
    fill = Fill(confirmed, len(places) - confirmed, cohort.minimum, cohort.maximum)
    decisions = CohortDecision.objects.filter(Q(cohort=cohort) | Q(into=cohort))
    decided = list(decisions.select_related("cohort", "into", "decided_by").order_by("-pk"))
    asked = list(asking.asked_by_mail(cohort).reverse())
    return {
        "places": places,
        "fill": fill,
        "tag": _tag(cohort, now),
        "runs": _runs(cohort, now),
        "to_decide": _to_decide(cohort, fill, now),
        "asked": asked,
        "decisions": decided,
        "why_nobody": waiting_list.why_nobody(cohort, now=now),
        "demand": demand.of_cohort(cohort),
        "choices": _choices(cohort, now) if may_decide else [],
    }


def _tag(cohort: Cohort, now: datetime.datetime) -> tuple[str, str]:
    """Whether it runs, in two words, and the colour of the tag."""
    if not cohort.runs:
        return ("Cancelled" if cohort.cancelled_at else "Does not take place"), "failed"
    if cohort.ends_at is not None and cohort.ends_at <= now:
        return "Over", "draft"
    return ("Certain to run", "well") if cohort.certain else ("Not certain yet", "ours")


def _runs(cohort: Cohort, now: datetime.datetime) -> str:
    """What its people are told of whether it runs."""
    if not cohort.runs:
        return f"Cancelled on {nhs_date(cohort.cancelled_at)}." if cohort.cancelled_at else ""
    if cohort.minimum == 0:
        return "It has no minimum."
    if cohort.certain_at:
        return f"People have been told that it runs, from {nhs_date(cohort.certain_at)} on."
    return f"People with a place are told: “{certainty.in_words(cohort, now=now)}”"


def _to_decide(cohort: Cohort, fill: Fill, now: datetime.datetime) -> str:
    """What staff are asked now, in words; empty where there is nothing to decide."""
    under = cohort.runs and fill.taken < cohort.minimum
    if not under or asking.day_due(cohort, now=now) is None or plans.decided_to_run(cohort):
        return ""
    return asking.numbers_in_words(cohort, now=now)


def _choices(cohort: Cohort, now: datetime.datetime) -> list[tuple[str, str]]:
    """Of each choice that is possible now its name and its label."""
    return [(kind, label) for kind, label in LABELS.items() if not plans.impossible(cohort, kind, now=now)]
