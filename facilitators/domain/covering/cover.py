"""Cover: a facilitator who cannot come to a circle, and the first of those asked who can.

Those nearest are asked at once, their neighbours after half the time, everybody else after three quarters of it
(`cover_people`); sooner where all who were asked have said that they cannot. When the time is over, or nobody is left
to be asked, the academy and those who lead the circle decide. Whoever booked hears nothing of all this.

Locks are taken in one order: the circle, the request, the training of whoever is to lead (docs/decisions/0005).
"""

from __future__ import annotations

import datetime
from collections.abc import Collection

from django.db import transaction

from facilitators.domain.calendar import seats
from facilitators.domain.covering import cover_mails, cover_people
from facilitators.domain.people import standing
from facilitators.models import Circle, CircleFacilitator, CoverAsked, CoverRequest, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.addresses import canonical
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime

State, Answer = CoverRequest.State, CoverAsked.Answer
# By so long before the circle somebody should be found; where it is nearer, within half the time that is left.
DECIDE_BEFORE = datetime.timedelta(hours=48)
# So many are asked at a time: a mail to everybody in a large programme would help nobody.
MOST_AT_A_TIME = 50
REASON_LIMIT = 300
_LIVE = (State.OPEN, State.NOT_FOUND)


def find_by(circle: Circle, now: datetime.datetime) -> datetime.datetime:
    """Until when somebody is looked for: 48 hours before the circle, or for half the time left if that is later."""
    return max(circle.starts_at - DECIDE_BEFORE, now + (circle.starts_at - now) / 2)


def ask(circle_id: int, training_id: int, *, reason: str, now: datetime.datetime) -> CoverRequest:
    """Ask for cover as somebody who leads a circle; those nearest are asked at once.

    Raises `Refused` where the circle is not planned or has begun, where ``training_id`` does not lead it, or has asked
    for cover already.
    """
    with transaction.atomic():
        circle = seats.lock(circle_id)
        _require_ahead(circle, now)
        lead = CircleFacilitator.objects.filter(
            circle=circle, training=training_id, stood_down_at=None
        ).first()
        if lead is None:
            raise Refused("You do not lead this circle any more.")
        if lead.cover_requests.filter(state__in=_LIVE).exists():
            raise Refused("You have asked for cover for this circle already.")
        cover = CoverRequest.objects.create(
            lead=lead, reason=reason.strip()[:REASON_LIMIT], asked_at=now, find_by=find_by(circle, now)
        )
        _ask_more(_read(cover.pk, circle), now=now)
        return CoverRequest.objects.get(pk=cover.pk)


def accept(request_id: int, training_id: int, *, now: datetime.datetime) -> str:
    """Say yes as somebody who was asked: the first leads the circle, whoever comes later is thanked.

    Returns the answer that is kept, ``yes`` or ``too_late``. An answer of an hour ago that was no can become yes, and
    nobody is too late as long as nobody else was found. Raises `Refused` where it is no longer wanted, or they cannot.
    """
    with transaction.atomic():
        cover = _lock(request_id)
        asked = _asked_row(cover, training_id)
        if asked.answer in (Answer.YES, Answer.TOO_LATE):
            return asked.answer
        if cover.state == State.FOUND:
            _keep(asked, Answer.TOO_LATE, now)
            return asked.answer
        require_wanted(cover, now)
        _hand_over(cover, training_id, by=asked.training.facilitator.name, user=None, now=now)
        return Answer.YES


def decline(request_id: int, training_id: int, *, now: datetime.datetime) -> None:
    """Say no as somebody who was asked; once all have, the next are asked at once. Too late is no fault."""
    with transaction.atomic():
        cover = _lock(request_id)
        asked = _asked_row(cover, training_id)
        if asked.answer == Answer.YES:
            raise Refused("You lead this circle now. If you cannot come after all, ask for cover yourself.")
        if asked.answer == Answer.NONE:
            _keep(asked, Answer.NO, now)
            if cover.state == State.OPEN:
                _ask_more(cover, now=now)


def withdraw(request_id: int, *, user: Person | None, now: datetime.datetime) -> CoverRequest:
    """Whoever asked can come after all, or staff note that; those who were asked are told.

    Raises `Refused` where somebody was found, or it was withdrawn already; `NotAllowed` for staff without the role.
    """
    with transaction.atomic():
        cover = _lock(request_id, user)
        _require_live(cover)
        _end(cover, State.WITHDRAWN, user=user, now=now)
        cover_mails.over(cover, _asked_people(cover), said=cover_mails.NOT_NEEDED, now=now)
        if user is not None:
            cover_mails.over(cover, [cover.lead.training], said=cover_mails.NOT_NEEDED, now=now)
        return cover


def extend(
    request_id: int, *, find_by: datetime.datetime, user: Person, now: datetime.datetime
) -> CoverRequest:
    """Staff set until when somebody is looked for; one for which nobody was found is looked into again.

    Raises `Refused` for a moment that is not between now and the circle, and where nobody is left to wait for.
    """
    with transaction.atomic():
        cover = _lock(request_id, user)
        require_wanted(cover, now)
        if not now < find_by < cover.lead.circle.starts_at:
            raise Refused("Choose a time from now on, and before the circle begins.")
        cover.state, cover.ended_at, cover.find_by = State.OPEN, None, find_by
        changed_by(cover, user)
        cover.save()
        _ask_more(cover, now=now, gives_up=False)
        if not cover.asked.filter(answer=Answer.NONE).exists():
            raise Refused("Everybody who can be asked has said that they cannot. Put somebody in instead.")
        return cover


def put_in(request_id: int, email: str, *, user: Person, now: datetime.datetime) -> CoverRequest:
    """Staff put in somebody who has agreed to lead the circle, by their address in the register.

    Raises `Refused` where the address is nobody's who is trained in the programme, who leads the circle already or
    another one at that time; `NotAllowed` without the role.
    """
    with transaction.atomic():
        cover = _lock(request_id, user)
        require_wanted(cover, now)
        programme = cover.lead.circle.programme
        training = (
            Training.objects.going_on()
            .filter(programme=programme, facilitator__address_key=canonical(email))
            .first()
        )
        if training is None:
            raise Refused(f"Nobody with this address is a facilitator of {programme}. Check the address.")
        CoverAsked.objects.get_or_create(request=cover, training=training, defaults={"asked_at": now})
        _hand_over(cover, training.pk, by=programme.academy.name, user=user, now=now)
        return cover


def why_not_without(cover: CoverRequest) -> str:
    """Why a circle cannot be led without whoever asked for cover; empty where it can."""
    circle = cover.lead.circle
    rest = circle.leads.filter(stood_down_at=None).exclude(pk=cover.lead_id).count()
    least = standing.rules_of(circle.programme).facilitators_at_least
    if rest >= least:
        return ""
    if rest == 0:
        return "Nobody else leads this circle."
    return f"A circle of this programme has at least {least} facilitators."


def go_on_without(
    request_id: int, *, by: Training | None, user: Person | None, now: datetime.datetime
) -> CoverRequest:
    """Let the others lead a circle without whoever asked for cover, who is told.

    ``by`` is the training of the lead who decides, ``user`` the member of staff. Raises `Refused` where too few would
    be left, or somebody was found meanwhile.
    """
    with transaction.atomic():
        cover = _lock(request_id, user)
        require_wanted(cover, now)
        if why_not := why_not_without(cover):
            raise Refused(why_not)
        _stand_down(cover, user=user, now=now)
        _end(cover, State.WITHDRAWN, user=user, now=now)
        people = [*_asked_people(cover), cover.lead.training, *_co_leads(cover)]
        said = f"{cover.lead.training.facilitator.name} does not come, and the others lead it without."
        cover_mails.over(cover, [one for one in people if one != by], said=said, now=now)
        return cover


# What the clock does.
def to_look_into() -> list[int]:
    """The requests for which somebody is looked for."""
    return list(CoverRequest.objects.filter(state=State.OPEN).order_by("pk").values_list("pk", flat=True))


def look_into(request_id: int, *, now: datetime.datetime) -> bool:
    """Ask the next people where it is time for them, and stop looking where that time is over.

    Returns whether anything was done. What an outage left out is caught up: of several steps missed, the last.
    """
    with transaction.atomic():
        cover = _lock(request_id)
        return cover.state == State.OPEN and _ask_more(cover, now=now)


# What becomes of the circle.
def follow(circle: Circle, changes: Collection[str], *, now: datetime.datetime) -> None:
    """A locked circle was changed or cancelled: what was asked for it as it stood is asked no more.

    ``changes`` are what is different for those who come, in the words of `circles.change`. Whoever asked is told, and
    asks anew where the new time does not suit either.
    """
    moved = bool(set(changes) - {"the link to join"})
    rows = CoverRequest.objects.select_for_update(no_key=True).filter(
        lead__in=circle.leads.all(), state__in=_LIVE
    )
    for pk in [row.pk for row in rows.order_by("pk")]:
        cover = _read(pk, circle)
        cancelled = circle.state == Circle.State.CANCELLED
        ended = cover.state == State.OPEN and (cancelled or cover.lead.stood_down_at is not None)
        if not (ended or (moved and cover.lead.stood_down_at is None)):
            continue
        _end(cover, State.WITHDRAWN, user=None, now=now)
        said = cover_mails.MOVED if moved else cover_mails.NOT_NEEDED
        if cancelled:
            # Those who lead it are told by whoever cancels it.
            said = cover_mails.CANCELLED
        else:
            again = cover_mails.ASK_AGAIN if moved else said
            cover_mails.over(cover, [cover.lead.training], said=again, now=now)
        cover_mails.over(cover, _asked_people(cover), said=said, now=now)


# Reading and locking.
def _lock(request_id: int, user: Person | None = None) -> CoverRequest:
    """Lock the circle of a request, then the request; staff need the role of reviewer. Raises DoesNotExist."""
    circle_id = CoverRequest.objects.values_list("lead__circle", flat=True).get(pk=request_id)
    circle = seats.lock(circle_id)
    if user is not None:
        require_reviewer(user, circle.programme)
    CoverRequest.objects.select_for_update(no_key=True).only("pk").get(pk=request_id)
    return _read(request_id, circle)


def _read(request_id: int, circle: Circle) -> CoverRequest:
    """A request with its circle and whoever asks."""
    rows = CoverRequest.objects.select_related(
        "lead__training__facilitator__ics", "lead__training__programme__academy", "found__facilitator"
    )
    cover = rows.get(pk=request_id)
    cover.lead.circle = circle
    return cover


def _asked_row(cover: CoverRequest, training_id: int) -> CoverAsked:
    row = cover.asked.select_related("training__facilitator").filter(training=training_id).first()
    if row is None:
        raise Refused("You were not asked to lead this circle.")
    return row


def _asked_people(cover: CoverRequest, *, but: int | None = None) -> list[Training]:
    rows = Training.objects.filter(cover_asked__request=cover).select_related("facilitator")
    return [one for one in rows.order_by("cover_asked__pk") if one.pk != but]


def _co_leads(cover: CoverRequest, *, but: int | None = None) -> list[Training]:
    """Those who lead the circle besides whoever asked."""
    rows = Training.objects.filter(circles__circle=cover.lead.circle, circles__stood_down_at=None)
    others = rows.exclude(pk__in=[pk for pk in (cover.lead.training_id, but) if pk is not None])
    return list(others.select_related("facilitator").order_by("circles__pk"))


# Conditions.
def _require_ahead(circle: Circle, now: datetime.datetime) -> None:
    if circle.state != Circle.State.PLANNED:
        raise Refused(f"This circle is “{circle.get_state_display().lower()}”: nobody is looked for.")
    if circle.starts_at <= now:
        raise Refused("This circle has begun: nobody is looked for any more.")


def _require_live(cover: CoverRequest) -> None:
    if cover.state == State.FOUND:
        assert cover.found is not None
        raise Refused(f"Somebody was found already: {cover.found.facilitator.name} leads this circle.")
    if cover.state == State.WITHDRAWN:
        raise Refused("Nobody is looked for any more: the request was withdrawn.")


def require_wanted(cover: CoverRequest, now: datetime.datetime) -> None:
    """Raise `Refused` where nobody is looked for any more, nor anything to be decided about it."""
    _require_live(cover)
    _require_ahead(cover.lead.circle, now)
    if cover.lead.stood_down_at is not None:
        raise Refused("Nobody is looked for any more: others lead this circle now.")


# What happens to a locked request.
def _wave(cover: CoverRequest, moment: datetime.datetime) -> int:
    """How far out it is asked at a moment: the nearest, from half the time on neighbours, from three quarters all."""
    part = (moment - cover.asked_at) / (cover.find_by - cover.asked_at)
    return (part >= 0.5) + (part >= 0.75)


def _ask_more(cover: CoverRequest, *, now: datetime.datetime, gives_up: bool = True) -> bool:
    """Ask those whose turn it is; give up where the time is over or nobody is left. Whether anything was done."""
    over = now >= cover.find_by or now >= cover.lead.circle.starts_at
    waits_on = cover.asked.filter(answer=Answer.NONE).exists()
    if not over:
        last = cover.asked.order_by("-asked_at").values_list("asked_at", flat=True).first()
        due = last is None or not waits_on or _wave(cover, now) > _wave(cover, last)
        if due and _ask_next(cover, now=now):
            return True
        if waits_on or not gives_up:
            return False
    _end(cover, State.NOT_FOUND, user=None, now=now)
    if cover.lead.circle.state == Circle.State.PLANNED and now < cover.lead.circle.ends_at:
        cover_mails.not_found(cover, co_leads=_co_leads(cover), alone=not why_not_without(cover), now=now)
    return True


def _ask_next(cover: CoverRequest, *, now: datetime.datetime) -> bool:
    """Ask those in reach who have not been asked; without any, those further out. Whether there was anybody."""
    found = cover_people.candidates(cover, now=now)
    for ring in range(_wave(cover, now), cover_people.ELSEWHERE + 1):
        people = list(found.filter(ring__lte=ring)[:MOST_AT_A_TIME])
        if people:
            CoverAsked.objects.bulk_create(
                CoverAsked(request=cover, training=person, asked_at=now) for person in people
            )
            cover_mails.ask(cover, people, now=now)
            return True
    return False


def _hand_over(
    cover: CoverRequest, training_id: int, *, by: str, user: Person | None, now: datetime.datetime
) -> None:
    """The training leads the circle of a locked request in place of whoever asked; everybody is told."""
    late = cover.state == State.NOT_FOUND
    circle = cover.lead.circle
    new = _lock_training(circle, training_id)
    # Their row and the request are written before anybody is told; without the locks above the second of two would
    # collide here, on the one yes that a request can have.
    asked = cover.asked.get(training=new)
    others = _asked_people(cover, but=new.pk)
    _keep(asked, Answer.YES, now)
    cover.found = new
    _end(cover, State.FOUND, user=user, now=now)
    co_leads = _co_leads(cover, but=new.pk)
    _stand_down(cover, user=user, now=now)
    row = CircleFacilitator.objects.filter(circle=circle, training=new).first()
    row = row or CircleFacilitator(circle=circle, training=new, added_at=now)
    row.stood_down_at = None
    changed_by(row, user)
    row.save()
    cover_mails.found(cover, new, others=others, co_leads=co_leads, by=by, now=now)
    if late:
        cover_mails.found_late(cover, new, now=now)


def _lock_training(circle: Circle, training_id: int) -> Training:
    """Lock whoever is to lead. Raises `Refused` where they have left, lead the circle, or another one at that time."""
    Training.objects.select_for_update(no_key=True).only("pk").get(pk=training_id)
    new = Training.objects.select_related("facilitator", "programme__academy").get(pk=training_id)
    name = new.facilitator.name
    if new.ended_on is not None:
        raise Refused(f"{name} has left {circle.programme}.")
    if circle.leads.filter(training=new, stood_down_at=None).exists():
        raise Refused(f"{name} leads this circle already.")
    then = cover_people.busy(circle, travel=datetime.timedelta(0)).filter(
        training__facilitator=new.facilitator_id
    )
    for other in then.select_related("circle__topic").order_by("pk")[:1]:
        raise Refused(
            f"{name} leads another circle at that time: {other.circle.topic.name}, "
            f"{nhs_datetime(other.circle.starts_at)}."
        )
    return new


def _stand_down(cover: CoverRequest, *, user: Person | None, now: datetime.datetime) -> None:
    cover.lead.stood_down_at = now
    changed_by(cover.lead, user)
    cover.lead.save()


def _keep(asked: CoverAsked, answer: str, now: datetime.datetime) -> None:
    asked.answer, asked.answered_at = answer, now
    asked.save()


def _end(cover: CoverRequest, state: str, *, user: Person | None, now: datetime.datetime) -> None:
    cover.state, cover.ended_at = state, now
    changed_by(cover, user)
    cover.save()
