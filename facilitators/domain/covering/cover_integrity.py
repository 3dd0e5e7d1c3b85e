"""What must be true of cover requests."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from facilitators.models import Circle, CircleFacilitator, CoverAsked, CoverRequest
from programmes.domain.integrity import Breach, Rule

State = CoverRequest.State
# The clock looks every minute; a request that is late by so much is not waiting for it any more.
_LATE = datetime.timedelta(hours=1)


def _breach(cover: CoverRequest, wrong: str, what_to_do: str) -> Breach:
    circle = cover.lead.circle
    return Breach(
        f"Cover for {circle}",
        f"The cover request for {circle} {wrong}",
        what_to_do,
        circle.programme.academy_id,
        f"coverrequest:{cover.pk}",
    )


def _requests(**narrowed: Any) -> QuerySet[CoverRequest]:
    rows = CoverRequest.objects.filter(**narrowed).select_related(
        "lead__circle__programme", "lead__circle__topic"
    )
    return rows.order_by("pk")


def _found_does_not_lead(now: datetime.datetime) -> Iterator[Breach]:
    """Whoever was found leads the circle, unless they have handed it over in turn."""
    leads = CircleFacilitator.objects.filter(
        Q(stood_down_at=None) | Q(stood_down_at__gte=OuterRef("ended_at")),
        circle=OuterRef("lead__circle"),
        training=OuterRef("found"),
    )
    for cover in _requests(state=State.FOUND).filter(~Exists(leads)):
        yield _breach(
            cover,
            "names somebody who does not lead the circle.",
            "Change the circle, and choose who leads it.",
        )


def _open_for_no_circle_ahead(now: datetime.datetime) -> Iterator[Breach]:
    late = Q(find_by__lte=now - _LATE) | Q(lead__circle__starts_at__lte=now - _LATE)
    gone = ~Q(lead__circle__state=Circle.State.PLANNED) | Q(lead__stood_down_at__isnull=False)
    for cover in _requests(state=State.OPEN).filter(late | gone):
        yield _breach(
            cover,
            "is open, and there is nobody to be found any more: its time is over, or its circle is.",
            "Withdraw the request. Where many are late, see whether the portal’s clock runs.",
        )


def _ended_without_a_moment(now: datetime.datetime) -> Iterator[Breach]:
    wrong = Q(state=State.OPEN, ended_at__isnull=False) | (~Q(state=State.OPEN) & Q(ended_at=None))
    for cover in _requests().filter(wrong):
        yield _breach(
            cover, "is open with an end, or ended without one.", "Tell whoever looks after the portal."
        )


def _found_is_not_who_accepted(now: datetime.datetime) -> Iterator[Breach]:
    accepted = CoverAsked.objects.filter(request=OuterRef("pk"), answer=CoverAsked.Answer.YES)
    same = accepted.filter(training=OuterRef("found"))
    wrong = Q(~Exists(same), state=State.FOUND) | (Q(Exists(accepted)) & ~Q(state=State.FOUND))
    for cover in _requests().filter(wrong):
        yield _breach(
            cover,
            "does not name the one who accepted.",
            "Look at who leads the circle, and write to those concerned.",
        )


RULES = (
    Rule("cover-found-leads", "Whoever was found by a cover request leads the circle.", _found_does_not_lead),
    Rule(
        "cover-open-of-a-circle-ahead",
        "Somebody is looked for only for a planned circle ahead.",
        _open_for_no_circle_ahead,
    ),
    Rule("cover-ended-at", "A cover request that has ended says when.", _ended_without_a_moment),
    Rule(
        "cover-found-accepted",
        "Whoever was found is the one who accepted.",
        _found_is_not_who_accepted,
    ),
)
