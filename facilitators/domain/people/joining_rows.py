"""What hangs on a training, moved to another training of the same person in the same programme.

Where both have a row for the same thing, such as a delivery, one row stays, and says what the two said together.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

from facilitators.models import (
    Acknowledgement,
    CertificateRenewal,
    CircleFacilitator,
    CoverAsked,
    DeliveryCredit,
    Download,
    EvaluationResponse,
    Guest,
    Participation,
    SetAttendance,
    SetMember,
    Training,
)
from programmes.domain.access import Person
from programmes.domain.record import changed_because

Role, Asked, Invited = DeliveryCredit.Role, CoverAsked.Answer, Guest.Answer
# Of two that differ, the one that says more.
_ROLES = (Role.OBSERVED, Role.LED, Role.LED_JOINTLY)
_COVERS = (Asked.NONE, Asked.NO, Asked.TOO_LATE, Asked.YES)
_ANSWERS = (Invited.NONE, Invited.NO, Invited.YES)


@dataclass(frozen=True)
class Hand:
    """Who joins, and why: named in the history of every row."""

    user: Person
    reason: str

    def save(self, row: Model) -> None:
        """Save a row in this hand."""
        changed_because(row, self.reason, self.user)
        row.save()

    def delete(self, row: Model) -> None:
        """Delete a row in this hand."""
        changed_because(row, self.reason, self.user)
        row.delete()


def move(kept: Training, other: Training, hand: Hand) -> None:
    """Move everything of one locked training to another one of the same programme, on which less is to be changed.

    Of what is owed, only that of which ``kept`` has nothing is moved. The caller moves its window, and counts anew.
    """
    _circles(kept, other, hand)
    owed = set(kept.commitments.values_list("key", flat=True))
    for commitment in other.commitments.order_by("pk"):
        if commitment.key in owed:
            hand.delete(commitment)
        else:
            _give(commitment, "training", kept, hand)
    for noted in other.participations.order_by("pk"):
        _participation(noted, kept, hand)
    for model, meets, blend in _MEET:
        for row in model._default_manager.filter(training=other).order_by("pk"):
            twin = model._default_manager.filter(training=kept, **{meets: getattr(row, meets)}).first()
            if twin is None:
                _give(row, "training", kept, hand)
            else:
                blend(twin, row)
                hand.delete(row)
                hand.save(twin)
    for pause in other.pauses.all():
        _give(pause, "training", kept, hand)
    for notice in other.notices.all():
        _give(notice, "author", kept, hand)
    for cover in other.covers.all():
        _give(cover, "found", kept, hand)


def _give(row: Any, name: str, kept: Training, hand: Hand) -> None:
    setattr(row, name, kept)
    hand.save(row)


def _participation(noted: Participation, kept: Training, hand: Hand) -> None:
    """Move what was noted. What a meeting notes is known by its source; what staff noted, by what it says."""
    names = ("source",) if noted.source else ("source", "kind", "unit", "attends", "held_on", "what")
    if not kept.participations.filter(**{name: getattr(noted, name) for name in names}).exists():
        _give(noted, "training", kept, hand)
        return
    # What it renewed stays renewed.
    for renewal in CertificateRenewal.objects.filter(participation=noted):
        renewal.participation = None
        hand.save(renewal)
    hand.delete(noted)


# What two rows of the same thing say together: written on the first of the two.
def _credit(one: Any, two: Any) -> None:
    both_led = Role.OBSERVED not in (one.role, two.role)
    one.role = max(one.role, two.role, key=_ROLES.index)
    others = one.delivery.credits.exclude(role=Role.OBSERVED).exclude(pk__in=[one.pk, two.pk])
    if both_led and not others.exists():
        # Jointly with nobody but themselves.
        one.role = Role.LED


def _guest(one: Any, two: Any) -> None:
    one.answer = max(one.answer, two.answer, key=_ANSWERS.index)
    one.answered_at = _earliest(one.answered_at, two.answered_at)
    one.came = _came(one.came, two.came)


def _attendance(one: Any, two: Any) -> None:
    one.came = one.came or two.came


def _member(one: Any, two: Any) -> None:
    one.added_at = min(one.added_at, two.added_at)
    one.left_at = _latest(one.left_at, two.left_at)


def _asked(one: Any, two: Any) -> None:
    if _COVERS.index(two.answer) > _COVERS.index(one.answer):
        one.answer, one.answered_at = two.answer, two.answered_at


def _agreed(one: Any, two: Any) -> None:
    if two.made_at < one.made_at:
        one.wording, one.typed_name, one.made_at = two.wording, two.typed_name, two.made_at


def _held(one: Any, two: Any) -> None:
    one.first_at, one.last_at = min(one.first_at, two.first_at), max(one.last_at, two.last_at)
    one.times += two.times


def _said(one: Any, two: Any) -> None:
    """Of two evaluations at one moment that which was given first."""
    if two.given_at and (one.given_at is None or two.given_at < one.given_at):
        one.answers.all().delete()
        two.answers.update(response=one)
        one.asked_at, one.given_at = two.asked_at, two.given_at


def _came(one: bool | None, two: bool | None) -> bool | None:
    return None if one is None and two is None else bool(one or two)


def _latest(one: Any, two: Any) -> Any:
    """When both are over; None while one is not."""
    return max(one, two) if one is not None and two is not None else None


def _earliest(one: Any, two: Any) -> Any:
    return min((at for at in (one, two) if at is not None), default=None)


# What both can have a row of, by what the two rows are of, and what they say together.
_MEET: tuple[tuple[type[Any], str, Callable[[Any, Any], None]], ...] = (
    (DeliveryCredit, "delivery", _credit),
    (Guest, "session", _guest),
    (SetMember, "learning_set", _member),
    (SetAttendance, "meeting", _attendance),
    (CoverAsked, "request", _asked),
    (Acknowledgement, "version", _agreed),
    (Download, "version", _held),
    (EvaluationResponse, "moment", _said),
)


def _circles(kept: Training, other: Training, hand: Hand) -> None:
    """Who leads: with the requests for cover of each; of a circle that both led, one leads."""
    there = {row.circle_id: row for row in CircleFacilitator.objects.filter(training=kept)}
    for row in CircleFacilitator.objects.filter(training=other).order_by("pk"):
        twin = there.get(row.circle_id)
        if twin is None:
            row.training = kept
            hand.save(row)
            continue
        for cover in row.cover_requests.all():
            cover.lead = twin
            hand.save(cover)
        twin.added_at = min(twin.added_at, row.added_at)
        twin.stood_down_at = _latest(twin.stood_down_at, row.stood_down_at)
        hand.delete(row)
        hand.save(twin)
