"""How the nominations of an ICS are put in order: by its leads, who come by an emailed link, or by staff.

What is changed is checked under the locks of docs/decisions/0005 (programme, allowance, applications by id), and
against the order that was seen: a page that is out of date changes nothing. A swap hands the number of one nomination
on, so that there is never one more, and none lost.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor
from applications.domain.nomination_board import PUT_IN_RESERVE, Board, Candidate, read, why_read_only
from applications.domain.workflow import change_state
from applications.models import Application, BoardEntry, NominationLead, State
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, ordinal
from programmes.models import NominationAllowance

Kind = BoardEntry.Kind
LONGEST_NOTE = 2000
TAKE_UP = "take_up"


class Stale(Refused):
    """The board is not as it was when the page was shown; nothing was changed."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else has changed this page meanwhile, or somebody has moved up or withdrawn. Nothing was "
            "changed by you. Below is how it is now: look at it, and try again."
        )


class ReadOnly(Refused):
    """Whoever acts may read the board, and not change it now."""


@dataclass(frozen=True)
class By:
    """Who acts on a board: a lead, by the link they were sent and the name they typed, or one of the staff."""

    actor: Actor
    lead: NominationLead | None = None

    @classmethod
    def link_of(cls, lead: NominationLead, *, name: str) -> By:
        """A lead; raises `Refused` without a name."""
        if not name.strip():
            raise Refused("Enter your full name: it is kept with what you change.")
        return cls(Actor.lead(name.strip()), lead)

    @classmethod
    def staff(cls, user: User | AnonymousUser) -> By:
        """A member of the academy's staff."""
        return cls(Actor.staff(user))


def _locked(allowance_id: int, *, by: By, seen: str | None, now: datetime.datetime) -> Board:
    """Lock a board in the order of docs/decisions/0005, and read it; raise `Refused` where ``by`` may not change it.

    ``seen`` is the order that was shown; None where it does not matter.
    """
    allowance = nominations.lock_with_programme(allowance_id)
    _lock_people(allowance)
    board = read(allowance_id, now=now)
    _require_allowed(board, by, now)
    if seen is not None and seen != board.order:
        raise Stale
    return board


def _lock_people(allowance: NominationAllowance) -> None:
    """Lock everybody who counts under an allowance, by primary key."""
    rows = Application.objects.filter(programme=allowance.programme_id, nomination_key=allowance.key)
    list(rows.select_for_update(no_key=True).order_by("pk").values_list("pk", flat=True))


def _require_allowed(board: Board, by: By, now: datetime.datetime) -> None:
    programme = board.allowance.programme
    if by.lead is None:
        user = by.actor.user or AnonymousUser()
        access.require_reviewer(user, programme)
        conflicts.require_none(user, [one.application for one in board.people])
        return
    lead = NominationLead.objects.get(pk=by.lead.pk)
    if lead.revoked_at is not None or lead.allowance_id != board.allowance.pk:
        raise ReadOnly(f"Your link no longer works. Write to {programme.contact_email} if it should.")
    if why := why_read_only(board, lead, now=now):
        raise ReadOnly(why)


def reordered(current: Sequence[int], wanted: Mapping[int, int]) -> list[int]:
    """``current`` with each of ``wanted`` at its place (from 1); the others keep their order around them.

    Only those count whose place is another than now. Raises `Refused` for a place that there is not, or two at one.
    """
    moved = {pk: place for place, pk in enumerate(current, 1) if pk in wanted and wanted[pk] != place}
    places: dict[int, int] = {}
    for pk in moved:
        place = wanted[pk]
        if not 1 <= place <= len(current):
            raise Refused(f"There is no place {place}: choose a number from 1 to {len(current)}.")
        if place in places:
            raise Refused(f"Two people cannot both be number {place}. Give each a number of their own.")
        places[place] = pk
    others = iter([pk for pk in current if pk not in moved])
    return [places[place] if place in places else next(others) for place in range(1, len(current) + 1)]


def rank(
    allowance_id: int, wanted: Mapping[int, int], *, by: By, seen: str, now: datetime.datetime
) -> BoardEntry | None:
    """Give people other places among the nominated or in the reserve; return what was noted, None for no change.

    Args:
        allowance_id: Whose board.
        wanted: The place, from 1, by the application; who is not named keeps the order among the rest.
        by: Who does it.
        seen: The ``order`` of the board that was shown.
        now: The moment.

    Raises:
        Refused: For a place that there is not, an order that is out of date, or a board that ``by`` may not change.

    """
    with transaction.atomic():
        board = _locked(allowance_id, by=by, seen=seen, now=now)
        said = []
        for name, candidates in (("nominated", board.nominated), ("in reserve", board.reserve)):
            before = [candidate.application.pk for candidate in candidates]
            after = reordered(before, wanted)
            if after != before:
                _write_ranks(after)
                said += _moves(name, candidates, after, wanted)
        if not said:
            return None
        return _note(board, Kind.RANKED, f"{join_words(said)}.", by=by, now=now)


def _moves(
    name: str, candidates: Sequence[Candidate], after: Sequence[int], wanted: Mapping[int, int]
) -> list[str]:
    """What moved because somebody wanted it, in words."""
    said = []
    for candidate in candidates:
        place = after.index(candidate.application.pk) + 1
        if place != candidate.place and candidate.application.pk in wanted:
            moved = f"{ordinal(candidate.place)} to {ordinal(place)} of those {name}"
            said.append(f"{candidate.application.name} from {moved}")
    return said


def _write_ranks(order: Sequence[int]) -> None:
    """Keep an order; what is kept of who did it is the board's entry."""
    rows = Application.objects.in_bulk(order)
    for place, pk in enumerate(order, 1):
        rows[pk].nomination_rank = place
    Application.objects.bulk_update(rows.values(), ["nomination_rank"])


def swap(
    allowance_id: int, *, put: int, take: int, by: By, seen: str, now: datetime.datetime
) -> tuple[Application, Application]:
    """Put a nominated person in reserve and nominate one of the reserve, in one step; they change places.

    Args:
        allowance_id: Whose board.
        put: The application that goes into reserve: one on which the academy has not gone on (workflow's table).
        take: The application that is nominated instead; it takes over the number of the nomination.
        by: Who does it.
        seen: The ``order`` of the board that was shown.
        now: The moment.

    Returns:
        The application put in reserve, and the one nominated.

    Raises:
        Refused: Where the workflow has no such step, the order is out of date, or ``by`` may not change the board.

    """
    with transaction.atomic():
        board = _locked(allowance_id, by=by, seen=seen, now=now)
        goes = next((one for one in board.nominated if one.application.pk == put), None)
        comes = next((one for one in board.reserve if one.application.pk == take), None)
        if goes is None or comes is None:
            raise Refused("Choose one person who is nominated, and one who is in reserve.")
        if goes.fixed:
            raise Refused(f"{goes.application.name} cannot be put in reserve any more. {goes.fixed}")
        leaving, joining = (nominations.lock_application(pk) for pk in (put, take))
        number = leaving.nomination_number
        whose = board.allowance.whose
        nominations.join_reserve(leaving, board.allowance, now=now)
        told = {"whose": whose, "position": comes.place}
        change_state(leaving, State.RESERVE, action=PUT_IN_RESERVE, actor=by.actor, now=now, context=told)
        joining.nomination_number = number
        to = State.AWAITING_APPROVAL if joining.approvals.pending().exists() else State.UNDER_REVIEW
        told = {"whose": whose, "next": nominations.next_after_nomination(to)}
        change_state(joining, to, action=TAKE_UP, actor=by.actor, now=now, context=told)
        exchanged = {put: take, take: put}
        for candidates in (board.nominated, board.reserve):
            _write_ranks([exchanged.get(one.application.pk, one.application.pk) for one in candidates])
        _note(
            board,
            Kind.SWAPPED,
            f"{leaving.name} put in reserve, {joining.name} nominated instead.",
            by=by,
            now=now,
        )
        return leaving, joining


def add_note(
    allowance_id: int, text: str, *, by: By, now: datetime.datetime, about: int | None = None
) -> BoardEntry:
    """Leave a note for the academy and the leads of this ICS, about one person on the board or about the whole of it.

    Raises `Refused` for an empty one, a person who is not on the board, or a board that ``by`` may not change.
    """
    if not text.strip():
        raise Refused("Enter a note.")
    with transaction.atomic():
        board = _locked(allowance_id, by=by, seen=None, now=now)
        if about is not None and about not in {one.application.pk for one in board.people}:
            raise Refused(
                "This person is not on the page any more. Nothing was kept: leave a note about all."
            )
        return _note(board, Kind.NOTE, text.strip()[:LONGEST_NOTE], by=by, now=now, about=about)


def confirm(allowance_id: int, *, by: By, seen: str, now: datetime.datetime) -> BoardEntry:
    """Confirm the order, of the nominated and of the reserve; any later change makes it unconfirmed again.

    Confirming what is confirmed already changes nothing. It says nothing for those who still want a nominator's yes:
    that is given by the nominator's own link. Raises `Refused` where nobody is nominated, the order is out of date, or
    ``by`` may not change the board.
    """
    with transaction.atomic():
        board = _locked(allowance_id, by=by, seen=seen, now=now)
        if not board.nominated:
            raise Refused("Nobody is nominated yet: there is no order to confirm.")
        if board.is_confirmed and board.confirmation is not None:
            return board.confirmation
        counts = [f"{len(board.nominated)} nominated", f"{len(board.reserve)} in reserve"]
        return _note(
            board,
            Kind.CONFIRMED,
            f"Order confirmed: {join_words(counts)}.",
            by=by,
            now=now,
            order=board.order,
        )


def _note(
    board: Board,
    kind: BoardEntry.Kind,
    text: str,
    *,
    by: By,
    now: datetime.datetime,
    about: int | None = None,
    order: str = "",
) -> BoardEntry:
    return BoardEntry.objects.create(
        allowance=board.allowance,
        kind=kind,
        text=text,
        application_id=about,
        order=order,
        name=by.actor.name,
        lead=by.lead,
        user_id=by.actor.user.pk if by.actor.user else None,
        at=now,
    )
