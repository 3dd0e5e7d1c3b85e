"""The nomination board of an ICS: who is nominated and who is in reserve, in the order that its leads give them.

How that order is changed: applications/domain/nomination_order.py.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, Prefetch

from applications.domain import status
from applications.domain.transitions import find_transition
from applications.models import Application, Approval, BoardEntry, NominationLead, Nominee, State
from applications.models.applications import SUBMITTED, ApplicationQuerySet
from programmes.domain.addresses import same_person
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import NominationAllowance, Programme

Kind = BoardEntry.Kind
PUT_IN_RESERVE = "put_in_reserve"
# What was done about the order; a note, or a name on the list of those who have not applied, changes none.
_OF_THE_ORDER = (Kind.RANKED, Kind.SWAPPED, Kind.CONFIRMED)


@dataclass(frozen=True)
class Candidate:
    """One person on a board: their place in their list, where they stand as they know it, and who that waits on.

    ``fixed`` is why they cannot be put in reserve; empty where they can.
    """

    application: Application
    place: int
    stands: str
    waits_on: str
    fixed: str = ""


@dataclass(frozen=True)
class Board:
    """The nominations of one ICS for one programme.

    ``order`` names this very order; ``closes`` is until when leads can change it, None for no end.
    """

    allowance: NominationAllowance
    nominated: tuple[Candidate, ...]
    reserve: tuple[Candidate, ...]
    # Where a nominator confirms: those who have not had the nominator's yes, and do not count yet.
    unconfirmed: tuple[Candidate, ...]
    # Whom the ICS names, and who has not applied: none of them counts.
    named: tuple[Nominee, ...]
    # What was done, and the notes, newest first.
    entries: tuple[BoardEntry, ...]
    closes: datetime.datetime | None
    order: str

    @property
    def people(self) -> tuple[Candidate, ...]:
        """Everyone on it."""
        return (*self.nominated, *self.reserve, *self.unconfirmed)

    @property
    def confirmation(self) -> BoardEntry | None:
        """The last time that the order was confirmed."""
        return next((entry for entry in self.entries if entry.kind == Kind.CONFIRMED), None)

    @property
    def is_confirmed(self) -> bool:
        """Whether nothing has changed since the order was confirmed, by a lead or by itself."""
        last = next((entry for entry in self.entries if entry.kind in _OF_THE_ORDER), None)
        return last is not None and last.kind == Kind.CONFIRMED and last.order == self.order

    @property
    def notes(self) -> list[BoardEntry]:
        """The notes, newest first."""
        return [entry for entry in self.entries if entry.kind == Kind.NOTE]

    @property
    def done(self) -> list[BoardEntry]:
        """What was changed and confirmed, newest first."""
        return [entry for entry in self.entries if entry.kind != Kind.NOTE]

    def closed(self, now: datetime.datetime) -> bool:
        """Whether leads can only read it."""
        return self.closes is not None and now >= self.closes


def closing_of(programme: Programme) -> datetime.datetime | None:
    """Until when leads can change nominations: what the academy has set, else the closing; None for no end."""
    chosen = getattr(programme, "board_deadline", None)
    return chosen.open_until if chosen else programme.closes_at


def read(allowance_id: int, *, now: datetime.datetime) -> Board:
    """The board of an allowance as it is now. The number of queries does not depend on the people on it."""
    allowance = NominationAllowance.objects.select_related(
        "programme__academy", "programme__board_deadline", "ics", "organisation", "region"
    ).get(pk=allowance_id)
    applications = list(
        _counted(allowance)
        .select_related("organisation")
        .prefetch_related(Prefetch("approvals", queryset=Approval.objects.pending(), to_attr="asked"))
    )
    hidden = status.untold_of_many(applications, now)
    for application in applications:
        application.programme = allowance.programme
    by_list: dict[str, list[Application]] = {"nominated": [], "reserve": [], "unconfirmed": []}
    for application in applications:
        by_list[_list_of(application)].append(application)
    told = {pk: State(changes[-1].from_state) for pk, changes in hidden.items()}
    lists = {
        name: tuple(
            _candidate(application, place, told.get(application.pk))
            for place, application in enumerate(rows, 1)
        )
        for name, rows in by_list.items()
    }
    return Board(
        allowance=allowance,
        entries=tuple(allowance.board_entries.select_related("application").order_by("-at", "-pk")),
        closes=closing_of(allowance.programme),
        order=_order(allowance, lists["nominated"], lists["reserve"]),
        named=tuple(
            Nominee.objects.waiting().filter(programme=allowance.programme_id, nomination_key=allowance.key)
        ),
        **lists,
    )


def _counted(allowance: NominationAllowance) -> ApplicationQuerySet:
    """Everyone in hand who counts, or waits to be counted, under an allowance: in rank order, else as they came.

    Somebody who is turned down leaves the board at once, because their nomination is free.
    """
    return Application.objects.filter(
        programme=allowance.programme_id, nomination_key=allowance.key, state__in=SUBMITTED
    ).order_by(F("nomination_rank").asc(nulls_last=True), F("reserve_since").asc(), "submitted_at", "pk")


def _list_of(application: Application) -> str:
    if application.nomination_number is not None:
        return "nominated"
    return "reserve" if application.state == State.RESERVE else "unconfirmed"


def _candidate(application: Application, place: int, told: State | None) -> Candidate:
    """A person as the leads read of them: never of a decision that the applicant has not heard."""
    fixed = ""
    if find_transition(application.state, PUT_IN_RESERVE) is None:
        label = status.PUBLIC_NAMES[State(application.state)].lower()
        fixed = (
            "The academy is about to write to this person."
            if told is not None
            else f"The academy has gone on with this nomination: “{label}”."
        )
    state = told or State(application.state)
    asked: list[Approval] = application.asked  # type: ignore[attr-defined]
    return Candidate(
        application,
        place,
        status.PUBLIC_NAMES[state],
        status.waits_on(application, state, asked, applicant="the applicant"),
        fixed,
    )


def _order(
    allowance: NominationAllowance, nominated: Sequence[Candidate], reserve: Sequence[Candidate]
) -> str:
    """A short name of an order, the same for the same people in the same places."""
    lists = [[candidate.application.pk for candidate in each] for each in (nominated, reserve)]
    return hashlib.sha256(f"{allowance.pk}:{lists}".encode()).hexdigest()[:32]


def why_read_only(board: Board, lead: NominationLead, *, now: datetime.datetime) -> str:
    """Why a lead can read a board and not change it now; empty where it can be changed."""
    programme = board.allowance.programme
    if board.closes is not None and board.closed(now):
        return (
            f"Nominations could be changed until {nhs_datetime(board.closes)}. They stand as below. Write to "
            f"{programme.contact_email} if something has to change."
        )
    if any(same_person(one.application.email, lead.email) for one in board.people):
        return (
            "You have applied yourself, so you can read this page and not change it. Write to "
            f"{programme.contact_email} to say who else in {board.allowance.whose} can."
        )
    return ""


def used_in_words(board: Board) -> str:
    """ "4 of 5 nominations used"."""
    return f"{len(board.nominated)} of {plural(board.allowance.limit or 0, 'nomination')} used"
