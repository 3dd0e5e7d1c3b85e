"""Two entries of the register that are one person, joined by staff: one goes on with everything of both.

Where both are trained in one programme there is one training from then on, by the earlier day. Nothing counts twice:
of a delivery, a meeting or a date that both are in, they are in it once. The address of the entry that goes still
leads to the person. Locks are taken in the order of the entries, circles, meetings and trainings.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q

from applications.models import Application
from facilitators.domain import commitments
from facilitators.domain.people import joining_rows, register, training_day
from facilitators.domain.people.joining_rows import Hand
from facilitators.models import (
    Acknowledgement,
    Circle,
    CircleFacilitator,
    CoverAsked,
    Delivery,
    DeliveryCredit,
    Download,
    EvaluationResponse,
    Facilitator,
    FormerEntry,
    Guest,
    ImplementationSession,
    LearningSet,
    Notice,
    NoticeMail,
    Participation,
    Pause,
    SetMember,
    Training,
)
from programmes.domain import links
from programmes.domain.access import Person, programmes_with
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, nhs_datetime, plural
from programmes.models import Link, Message, Role

REASON_LIMIT = 300
# Taken over where the entry that stays says nothing; what others see of it stays as the person chose for it.
_FILLED = ("phone", "job_title", "ics", "languages", "places", "availability", "about")
_COUNTED: tuple[tuple[type[Any], str, str, str], ...] = (
    (DeliveryCredit, "training", "delivery", "deliveries"),
    (CircleFacilitator, "training", "circle", "circles"),
    (Participation, "training", "thing that they took part in", "things that they took part in"),
    (Pause, "training", "pause", "pauses"),
    (CoverAsked, "training", "request to give cover", "requests to give cover"),
    (Guest, "training", "implementation session", "implementation sessions"),
    (SetMember, "training", "action learning set", "action learning sets"),
    (Acknowledgement, "training", "agreement to copyright", "agreements to copyright"),
    (Download, "training", "version of a handbook", "versions of handbooks"),
    (Notice, "author", "notice", "notices"),
    (EvaluationResponse, "training", "evaluation", "evaluations"),
)


@dataclass(frozen=True)
class Preview:
    """What a join would do, each in a sentence: what becomes of the trainings, what moves, and what to look at."""

    trainings: list[str]
    moved: list[str]
    look_at: list[str]


def why_not(kept: Facilitator, other: Facilitator, *, user: Person) -> str:
    """Why two entries cannot be joined, as a sentence; empty where they can."""
    if kept.pk == other.pk:
        return "This is the same entry."
    own = programmes_with(user, Role.REVIEWER)
    if other.trainings.exclude(programme__in=own).exists():
        return (
            f"{other.name} is trained in a programme that is not yours to review as well. Ask whoever looks after the "
            "portal to join the two."
        )
    if clash := _clash(kept, other):
        return (
            f"Both lead a circle that is planned for {nhs_datetime(clash.starts_at)}, and nobody leads two at once. "
            "Choose somebody else to lead one of the two first, or end the one that is over."
        )
    return ""


def _clash(kept: Facilitator, other: Facilitator) -> Circle | None:
    """A circle not held yet that the two lead together, or of which the one leads another at that time."""
    of_one, of_other = (
        list(
            Circle.objects.filter(
                leads__in=CircleFacilitator.objects.filter(training__facilitator=one, stood_down_at=None),
                state__in=[Circle.State.DRAFT, Circle.State.PLANNED],
            ).order_by("starts_at", "pk")
        )
        for one in (kept, other)
    )
    for one in of_one:
        for two in of_other:
            if one.starts_at < two.ends_at and two.starts_at < one.ends_at:
                return one
    return None


def preview(kept: Facilitator, other: Facilitator) -> Preview:
    """What joining two entries would move."""
    own = {one.programme_id: one for one in kept.trainings.all()}
    trainings, look_at = [], []
    for training in other.trainings.select_related("programme").order_by("programme__title"):
        there = own.get(training.programme_id)
        if there is None:
            trainings.append(f"{training.programme}: trained on {nhs_date(training.trained_on)}, as before.")
            continue
        day = min(training.trained_on, there.trained_on)
        trainings.append(f"{training.programme}: one training from two, on the earlier day, {nhs_date(day)}.")
        look_at += _look_at(training, there)
    moved = [
        plural(count, *words)
        for model, path, *words in _COUNTED
        if (count := model._default_manager.filter(**{f"{path}__facilitator": other.pk}).count())
    ]
    return Preview(trainings, moved, look_at)


def _look_at(one: Training, two: Training) -> list[str]:
    """What staff should know of two trainings in one programme, before they become one."""
    counted = Delivery.objects.counted()
    of_one, of_two = (counted.filter(credits__training=training) for training in (one, two))
    both = of_one.filter(pk__in=of_two.values("pk")).count()
    days = set(of_one.exclude(pk__in=of_two.values("pk")).values_list("held_on", flat=True))
    days &= set(of_two.exclude(pk__in=of_one.values("pk")).values_list("held_on", flat=True))
    found = []
    if both:
        found.append(
            f"{plural(both, 'delivery names', 'deliveries name')} both: the person is credited once."
        )
    found += [
        f"On {nhs_date(day)} each is in a delivery of their own. Look whether it is the same one."
        for day in sorted(days)
    ]
    if one.application_id and two.application_id:
        found.append("Both completed an application. Certificates that were issued stay as they are.")
    return found


# Joining.
def join(kept_id: int, other_id: int, *, reason: str, user: Person, now: datetime.datetime) -> Facilitator:
    """Staff join an entry, ``other_id``, with another one that is the same person, and goes on with everything.

    The links of the entry that goes are closed, and the person is told at the address of the one that stays. The
    history says who joined what, and why; `FormerEntry` keeps what the other was called.

    Raises `Refused` without a reason, where one of the two was joined already, where it is also trained in a programme
    that ``user`` does not review, and where both lead planned circles at one time; `NotAllowed` without the role.
    """
    if not reason.strip():
        raise Refused("Give a reason: it is kept in the register.")
    with transaction.atomic():
        found = {
            one.pk: one
            for one in Facilitator.objects.select_for_update(no_key=True)
            .filter(pk__in=[kept_id, other_id])
            .order_by("pk")
        }
        if kept_id not in found or other_id not in found:
            raise Refused("One of the two is not in the register any more. It may have been joined already.")
        kept, other = found[kept_id], found[other_id]
        for one in (kept, other):
            register.require_reviewer_of(one, user)
        _lock_what_hangs_on(kept, other)
        if impossible := why_not(kept, other, user=user):
            raise Refused(impossible)
        words = f"Joined with {other.name}, {other.email}: {reason.strip()}"
        hand = Hand(user, words)
        touched = [
            _join_training(training, kept, hand, now=now) for training in other.trainings.order_by("pk")
        ]
        _keep_former(kept, other.name, other.email, reason, user, now)
        _join_entry(kept, other, hand, now=now)
        commitments.recount(touched, now=now)
        register.tell_of_entry(kept, "facilitator_joined", now=now, context={"former": other.email})
        return kept


def _lock_what_hangs_on(kept: Facilitator, other: Facilitator) -> None:
    """Lock what others change under a lock of its own, and then the trainings of both."""
    own = list(Training.objects.filter(facilitator__in=[kept.pk, other.pk]).values_list("pk", flat=True))
    of_circles = (
        Q(leads__training__in=own)
        | Q(leads__cover_requests__asked__training__in=own)
        | Q(leads__cover_requests__found__in=own)
    )
    for model, whose in (
        (Circle, of_circles),
        (ImplementationSession, Q(guests__training__in=own)),
        (LearningSet, Q(members__training__in=own) | Q(meetings__attendance__training__in=own)),
    ):
        keys = list(model._default_manager.filter(whose).values_list("pk", flat=True))
        rows = model._default_manager.select_for_update(no_key=True).filter(pk__in=keys)
        list(rows.order_by("pk").values_list("pk", flat=True))
    list(commitments.lock_trainings(own))


def _join_training(training: Training, kept: Facilitator, hand: Hand, *, now: datetime.datetime) -> int:
    """Give a training to the entry that stays; return the key of the training that there is then."""
    there = kept.trainings.filter(programme=training.programme_id).first()
    if there is None:
        training.facilitator = kept
        hand.save(training)
        return training.pk
    # The earlier day holds, and what is owed by it.
    first, second = (training, there) if training.trained_on < there.trained_on else (there, training)
    joining_rows.move(first, second, hand)
    applications = [one.application for one in (first, second) if one.application is not None]
    others = [*first.also_by.all(), *second.also_by.all()]
    ended = [one for one in (first, second) if one.ended_on is not None]
    hand.delete(second)
    first.facilitator = kept
    first.application = max(applications, key=_valid_until, default=None)
    first.trained_by = first.trained_by or second.trained_by
    first.registered_at = min(first.registered_at, second.registered_at)
    last = max(ended, key=lambda one: str(one.ended_on)) if len(ended) == 2 else None
    first.ended_on, first.ended_reason = (last.ended_on, last.ended_reason) if last else (None, "")
    hand.save(first)
    first.also_by.set([one for one in (*applications, *others) if one != first.application])
    training_day.move_windows(first, reason=hand.reason, user=hand.user, today=local_date(now))
    return first.pk


def _valid_until(application: Application) -> datetime.date:
    """Until when the certificate of an application is valid; the first of all days where there is none."""
    certificate = application.certificates.valid().first()
    if certificate is None:
        return datetime.date.min
    return certificate.expires_on or datetime.date.max


def _keep_former(
    kept: Facilitator, name: str, email: str, reason: str, user: Person, now: datetime.datetime
) -> None:
    """Keep what an entry was called, and let its address lead to the one that stays."""
    FormerEntry.objects.create(
        facilitator=kept,
        name=name,
        email=email,
        reason=reason.strip()[:REASON_LIMIT],
        joined_at=now,
        joined_by=user if isinstance(user, User) else None,
    )


def _join_entry(kept: Facilitator, other: Facilitator, hand: Hand, *, now: datetime.datetime) -> None:
    """What hangs on the entry itself; then it goes."""
    for delivery in other.logged.all():
        delivery.logged_by = kept
        hand.save(delivery)
    other.former_entries.update(facilitator=kept)
    mails = [one for one in NoticeMail.objects.filter(facilitator__in=[kept, other]) if not one.wanted]
    if mails:
        # Whoever wanted none by one of the two wants none.
        NoticeMail.objects.update_or_create(facilitator=kept, defaults={"wanted": False})
    Message.objects.about(other.about_key).update(about=kept.about_key)
    links.revoke(Link.Opens.FACILITATOR, other.pk, now=now)
    links.pass_on(Link.Opens.FACILITATOR, other.pk, to=kept.pk)
    hand.delete(other)
    for name in _FILLED:
        if not getattr(kept, name):
            setattr(kept, name, getattr(other, name))
    if not kept.works_at:
        kept.organisation, kept.organisation_name = other.organisation, other.organisation_name
    hand.save(kept)
