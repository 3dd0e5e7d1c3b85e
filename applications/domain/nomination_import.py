"""A list of those whom ICSs name for a programme comes in as a file: previewed line by line, then done as previewed.

How files are read, kept and applied: programmes/domain/importing.py. Naming more people than can be nominated is
no fault: whoever applies later is in reserve.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from applications.domain import nomination_names, nominations
from applications.domain.nomination_names import Person
from applications.models import Application, Nominee
from applications.models.applications import SUBMITTED
from programmes.domain import access, importing
from programmes.domain.addresses import canonical
from programmes.domain.importing import AS_BEFORE, CHANGED, MADE, REFUSED, Line, Outcome
from programmes.domain.record import changed_by
from programmes.domain.wording import join_words
from programmes.models import ImportFile, NominationAllowance, Organisation, Programme
from programmes.models.programmes import NominationScope

# After the column that says whose nominees they are, which is called as the programme counts: ics, for instance.
COLUMNS = ("name", "email", "rank", "note")
REQUIRED = ("name", "email")
LONGEST_NAME = 150
LONGEST_ADDRESS = 254
LONGEST_NOTE = 300
LAST_RANK = 9999


def columns_of(scope: str) -> tuple[str, ...]:
    """The columns of a list for a programme that counts nominations by ``scope``."""
    return (scope, *COLUMNS)


@dataclass
class _Known:
    """What a file is compared with: the boards by their names, those named and those who have applied by address."""

    boards: Mapping[str, set[str]]
    whose: Mapping[str, str]
    nominees: Mapping[str, Nominee]
    applied: Mapping[str, Application]
    seen: dict[str, int] = field(default_factory=dict)


def boards_of(programme: Programme, *, day: datetime.date) -> dict[str, NominationAllowance]:
    """Everyone who can name people for a programme, by key; those who have not yet are not stored.

    Of organisations every one on the list can, and those that applicants typed.
    """
    known = nominations.possible_allowances(programme, day=day)
    if programme.nomination_scope != NominationScope.ORGANISATION:
        return known
    listed = {f"organisation:{one.pk}": one for one in Organisation.objects.all()}
    return {
        key: NominationAllowance(programme=programme, key=key, organisation=one)
        for key, one in listed.items()
    } | known


def _names_of(board: NominationAllowance) -> set[str]:
    """What a file can call whoever nominates: by code or by name."""
    whose = board.ics or board.organisation or board.region
    known = [str(getattr(whose, name, "")) for name in ("code", "ods_code", "name")]
    return {name.casefold() for name in [board.whose, *known] if name}


def plan_nominees(row: ImportFile, *, now: datetime.datetime) -> list[Outcome]:
    """What a list of nominees would do, line by line. Raises `BadFile`, and `NotTaking` for a closed programme.

    A person is the same by their address, however it is spelled.
    """
    assert row.programme is not None
    programme = row.programme
    nomination_names.require_taking(programme, now)
    scope = programme.nomination_scope
    lines = importing.lines_of(row.name, importing.content_of(row), columns_of(scope), (scope, *REQUIRED))
    known = _known(programme, day=timezone.localdate(now))
    return _without_shared_ranks([_line(line, scope, known) for line in lines], known)


def _known(programme: Programme, *, day: datetime.date) -> _Known:
    boards = boards_of(programme, day=day)
    by_name: dict[str, set[str]] = {}
    for board in boards.values():
        for name in _names_of(board):
            by_name.setdefault(name, set()).add(board.key)
    applied = Application.objects.filter(programme=programme, state__in=SUBMITTED).only(
        "reference", "state", "address_key"
    )
    return _Known(
        by_name,
        {board.key: board.whose for board in boards.values()},
        {nominee.address_key: nominee for nominee in programme.nominees.all()},
        {application.address_key: application for application in applied},
    )


def _line(line: Line, scope: str, known: _Known) -> Outcome:
    """What becomes of one line, whatever rank it gives."""
    cells = {column: " ".join(cell.split()) for column, cell in line.cells.items()}
    what = (cells["name"] or cells["email"]).replace("\0", "")
    if unstorable := importing.unstorable_column(line):
        return Outcome(line.number, what, REFUSED, unstorable, importing.UNSTORABLE)
    column, reason = _fault(cells, scope, known) or ("", "")
    email = "".join(cells["email"].split())
    address = canonical(email)
    if not reason:
        (key,) = known.boards[cells[scope].casefold()]
        column, reason = _standing_elsewhere(address, key, line, known) or ("", "")
    if reason:
        return Outcome(line.number, what, REFUSED, column, reason)
    known.seen[address] = line.number
    rank = int(_whole(cells["rank"])) if cells["rank"] else None
    values = {"key": key, "name": cells["name"], "email": email, "rank": rank, "note": cells["note"]}
    return _outcome(line.number, values, known.nominees.get(address))


def _whole(rank: str) -> str:
    """A number as a spreadsheet may have written it: 2.0 is 2."""
    return rank.removesuffix(".0")


def _fault(cells: Mapping[str, str], scope: str, known: _Known) -> tuple[str, str] | None:
    """The column and the rule that a line breaks by itself."""
    label = scope.replace("ics", "ICS")
    boards = known.boards.get(cells[scope].casefold(), set())
    if not boards:
        return scope, f"No {label} of this programme has this code or name."
    if len(boards) > 1:
        return scope, f"More than one {label} is called so. Use its code."
    if not 0 < len(cells["name"]) <= LONGEST_NAME:
        return "name", f"A name of at most {LONGEST_NAME} characters is needed."
    if not _is_an_address("".join(cells["email"].split())):
        return "email", "A work email address in the correct format is needed, like name@example.org."
    rank = _whole(cells["rank"])
    if rank and not (rank.isascii() and rank.isdigit() and 1 <= int(rank) <= LAST_RANK):
        return "rank", f"A whole number from 1 to {LAST_RANK:,} is needed, or nothing."
    if len(cells["note"]) > LONGEST_NOTE:
        return "note", f"A note has at most {LONGEST_NOTE} characters."
    return None


def _is_an_address(email: str) -> bool:
    """Whether the gate would take an address: in the correct format, and not too long."""
    try:
        validate_email(email)
    except ValidationError:
        return False
    return len(email) <= LONGEST_ADDRESS


def _standing_elsewhere(address: str, key: str, line: Line, known: _Known) -> tuple[str, str] | None:
    """Why a person cannot be named here: they stand in the file, have applied, or another names them."""
    if address in known.seen:
        return "email", f"This person stands on line {known.seen[address]} already."
    applied = known.applied.get(address)
    if applied is not None:
        state = applied.get_state_display().lower()
        return "email", f"This person has applied already: {applied.reference}, {state}."
    nominee = known.nominees.get(address)
    if nominee is not None and nominee.removed_at is None and nominee.nomination_key != key:
        whose = known.whose.get(nominee.nomination_key, nominee.nomination_key)
        return "email", f"{whose} has named this person already. Remove them from its board first."
    return None


def _outcome(number: int, values: dict[str, Any], kept: Nominee | None) -> Outcome:
    """What becomes of a line that can stand; an empty rank or note leaves what is there."""
    if kept is None:
        return Outcome(number, values["name"], MADE, values=values)
    values["pk"] = kept.pk
    if kept.removed_at is not None:
        return Outcome(number, values["name"], MADE, values=values)
    values["rank"] = values["rank"] or kept.rank
    values["note"] = values["note"] or kept.note
    if values["email"].casefold() == kept.email.casefold():
        values["email"] = kept.email
    as_before = all(values[name] == getattr(kept, name) for name in COLUMNS)
    return Outcome(number, values["name"], AS_BEFORE if as_before else CHANGED, values=values)


def _without_shared_ranks(outcomes: Sequence[Outcome], known: _Known) -> list[Outcome]:
    """Refuse whoever would share a rank with somebody else of the same ICS, on the file or named before.

    A line that is refused leaves its person with the rank they had, which another on the file may want: then once more.
    What was refused stays so, so that this ends.
    """
    refused: dict[int, Outcome] = {}
    while True:
        before = len(refused)
        standing = [one for one in outcomes if not one.refused and one.line not in refused]
        in_file = {one.values["pk"] for one in standing if "pk" in one.values}
        taken = {
            (nominee.nomination_key, nominee.rank): f"{nominee.name}’s"
            for nominee in known.nominees.values()
            if nominee.pk not in in_file and nominee.removed_at is None and nominee.application_id is None
        }
        for one in standing:
            rank = one.values["rank"]
            place = (one.values["key"], rank)
            if rank is not None and place in taken:
                reason = f"Rank {rank} is {taken[place]} already. Give each a rank of their own."
                refused[one.line] = replace(one, outcome=REFUSED, column="rank", reason=reason)
            else:
                taken[place] = f"that of line {one.line}"
        if len(refused) == before:
            return [refused.get(one.line, one) for one in outcomes]


def over_limit(programme: Programme, outcomes: Sequence[Outcome]) -> list[str]:
    """For each ICS on a file that would name more than it can nominate, a sentence that says by how many."""
    named = Counter(one.values["key"] for one in outcomes if not one.refused)
    on_file = {one.values["pk"] for one in outcomes if not one.refused and "pk" in one.values}
    for nominee in programme.nominees.waiting().exclude(pk__in=on_file):
        if nominee.nomination_key in named:
            named[nominee.nomination_key] += 1
    boards = boards_of(programme, day=timezone.localdate())
    counted = nominations.counted_by_key(Application.objects.filter(programme=programme, state__in=SUBMITTED))
    sentences = []
    for key in sorted(named, key=lambda key: boards[key].whose):
        in_hand = sum(counted.get((programme.pk, key), (0, 0)))
        allowed = boards[key].limit or 0
        over = named[key] + in_hand - allowed
        if over > 0:
            sentences.append(
                f"{boards[key].whose}: {over} more than the limit of {allowed} are named or have applied. "
                "Whoever applies later is in reserve."
            )
    return sentences


def import_nominees(
    row_id: int, *, previewed: str, write: bool, user: Person, now: datetime.datetime
) -> ImportFile:
    """Name the people of a previewed file, all or nothing; with ``write`` those who are new are told, each once.

    Raises `NotAllowed` without the role of reviewer, `NotTaking`, `BadFile`, and `ChangedMeanwhile`.
    """
    with transaction.atomic():
        row = ImportFile.objects.select_related("programme__academy").get(pk=row_id)
        assert row.programme is not None
        access.require_reviewer(user, row.programme)
        # Two who import at once do it one after the other, and nobody applies in between: docs/decisions/0005.
        programme = Programme.objects.select_for_update(no_key=True).get(pk=row.programme.pk)
        boards = boards_of(programme, day=timezone.localdate(now))
        for key in sorted({one.values["key"] for one in plan_nominees(row, now=now) if not one.refused}):
            _stored(boards[key])
        nominations.lock_allowances(programme.pk)
        done: dict[str, list[str]] = {}

        def carry_out(outcome: Outcome, row: ImportFile) -> None:
            nominee, is_told_now = _keep(outcome, programme, row, user=user, now=now, write=write)
            if is_told_now:
                nomination_names.tell(nominee, boards[nominee.nomination_key].whose, now=now)
            done.setdefault(nominee.nomination_key, []).append(nominee.name)

        row = importing.apply_file(
            row_id,
            previewed=previewed,
            plan=partial(plan_nominees, now=now),
            carry_out=carry_out,
            now=now,
        )
        for key, names in done.items():
            text = f"Named, or changed, from the file {row.name}: {join_words(names)}."
            nomination_names.note(_stored(boards[key]), text, user=user, now=now)
        return row


def _stored(board: NominationAllowance) -> NominationAllowance:
    """The row of a board that may not have been used yet."""
    whose = {"ics": board.ics, "organisation": board.organisation, "region": board.region}
    rows = NominationAllowance.objects
    return rows.get_or_create(programme=board.programme, key=board.key, defaults=whose)[0]


def _keep(
    outcome: Outcome,
    programme: Programme,
    row: ImportFile,
    *,
    user: Person,
    now: datetime.datetime,
    write: bool,
) -> tuple[Nominee, bool]:
    """Keep one person of a file, and return whether they are to be told now.

    Somebody who was taken off is on the list again, and is not told again of the same ICS.
    """
    values = outcome.values
    nominee = Nominee.objects.get(pk=values["pk"]) if "pk" in values else Nominee()
    if outcome.outcome == MADE:
        if nominee.nomination_key != values["key"]:
            nominee.told_at = None
        nominee.programme, nominee.nomination_key = programme, values["key"]
        nominee.removed_at, nominee.added_at, nominee.added_by_id = None, now, user.pk
    for name in COLUMNS:
        setattr(nominee, name, values[name])
    is_told_now = write and outcome.outcome == MADE and nominee.told_at is None
    nominee.told_at = now if is_told_now else nominee.told_at
    changed_by(nominee, user)
    nominee._change_reason = f"Imported from {row.name}"[:100]  # type: ignore[attr-defined]
    nominee.save()
    return nominee, is_told_now
