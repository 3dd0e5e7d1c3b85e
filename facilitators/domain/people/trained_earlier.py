"""Those trained earlier and elsewhere come in as a file: previewed line by line, then done as previewed.

How files are read, kept and applied: programmes/domain/importing.py. A person who is in the programme's register
already stays as they are: what they or the academy have put right since is not overwritten by an old list.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from facilitators.domain.people import register
from facilitators.models import Training
from programmes.domain import importing
from programmes.domain.access import NotAllowed, Person, can_review, programmes_with
from programmes.domain.addresses import canonical
from programmes.domain.importing import AS_BEFORE, MADE, REFUSED, Line, Outcome
from programmes.domain.wording import local_date
from programmes.models import ImportFile, IntegratedCareSystem, Organisation, Programme, Role

COLUMNS = ("name", "email", "programme", "trained_on", "organisation", "ics", "trained_by")
REQUIRED = ("name", "email", "programme", "trained_on")
# Each person is begun with all that they owe: more at once would outlast the request.
MOST_PEOPLE = 500
_LONGEST = {"name": 150, "email": 254, "organisation": 200, "trained_by": 200}
# A training before that is a slip of the keys.
_EARLIEST = datetime.date(1990, 1, 1)
_DAY = "A day like 2024-11-02 or 02/11/2024 is needed"


@dataclass
class _Known:
    """What a file is compared with, by what it may be called; and the lines seen, by programme and person."""

    programmes: Mapping[str, Programme]
    systems: Mapping[str, IntegratedCareSystem]
    organisations: Mapping[str, list[Organisation]]
    trained: set[tuple[int, str]]
    today: datetime.date
    seen: dict[tuple[int, str], int] = field(default_factory=dict)


def plan(row: ImportFile, *, user: Person, now: datetime.datetime) -> list[Outcome]:
    """What a list of those trained earlier would do, line by line. Raises `BadFile`.

    Programmes are those that ``user`` reviews for: to a file of theirs there are no others.
    """
    lines = importing.lines_of(row.name, importing.content_of(row), COLUMNS, REQUIRED)
    if len(lines) > MOST_PEOPLE:
        raise importing.BadFile(
            f"The file has {len(lines):,} people, and at most {MOST_PEOPLE} can be put in at once. Split it into "
            "several files."
        )
    known = _known(user, today=local_date(now))
    return [_line(line, known) for line in lines]


def _known(user: Person, *, today: datetime.date) -> _Known:
    programmes = {one.code.casefold(): one for one in programmes_with(user, Role.REVIEWER)}
    systems: dict[str, IntegratedCareSystem] = {}
    for system in IntegratedCareSystem.objects.order_by("-valid_from"):
        for name in (system.code, system.name, system.short_name):
            systems.setdefault(name.casefold(), system)
    organisations: dict[str, list[Organisation]] = {}
    for one in Organisation.objects.all():
        for called in {one.name.casefold(), one.ods_code.casefold()} - {""}:
            organisations.setdefault(called, []).append(one)
    trained = Training.objects.filter(programme__in=programmes.values())
    keys = set(trained.values_list("programme", "facilitator__address_key"))
    keys |= set(trained.values_list("programme", "facilitator__former_entries__address_key"))
    return _Known(programmes, systems, organisations, keys, today)


def _line(line: Line, known: _Known) -> Outcome:
    cells = {column: " ".join(cell.split()) for column, cell in line.cells.items()}
    cells["email"] = "".join(cells["email"].split())
    what = (cells["name"] or cells["email"]).replace("\0", "")
    if unstorable := importing.unstorable_column(line):
        return Outcome(line.number, what, REFUSED, unstorable, importing.UNSTORABLE)
    if fault := _fault(cells, known):
        return Outcome(line.number, what, REFUSED, *fault)
    programme = known.programmes[cells["programme"].casefold()]
    key = (programme.pk, canonical(cells["email"]))
    if key in known.seen:
        reason = f"This person stands on line {known.seen[key]} already, for the same programme."
        return Outcome(line.number, what, REFUSED, "email", reason)
    known.seen[key] = line.number
    if key in known.trained:
        return Outcome(line.number, what, AS_BEFORE)
    system = known.systems.get(cells["ics"].casefold())
    organisation = _organisation(cells["organisation"], system, known)
    values: dict[str, Any] = {
        "programme": programme.pk,
        "name": cells["name"],
        "email": cells["email"],
        "trained_on": _day(cells["trained_on"]),
        "trained_by": cells["trained_by"],
        "organisation": organisation.pk if organisation else None,
        "organisation_name": "" if organisation else cells["organisation"],
        "ics": system.pk if system else None,
    }
    return Outcome(line.number, what, MADE, values=values)


def _fault(cells: Mapping[str, str], known: _Known) -> tuple[str, str] | None:
    """The column and the rule that a line breaks by itself."""
    for column, longest in _LONGEST.items():
        if len(cells[column]) > longest:
            return column, f"At most {longest} characters can be kept."
    if not cells["name"]:
        return "name", "A name is needed."
    try:
        validate_email(cells["email"])
    except ValidationError:
        return "email", "A work email address in the correct format is needed, like name@example.org."
    if cells["programme"].casefold() not in known.programmes:
        return "programme", f"Use the code of a programme of yours: {_codes(known)}."
    day = _day(cells["trained_on"])
    if day is None:
        return "trained_on", f"{_DAY}."
    if not _EARLIEST <= day <= known.today:
        return "trained_on", f"{_DAY}, between 1990 and today."
    if cells["ics"] and cells["ics"].casefold() not in known.systems:
        return "ics", "No ICS has this code or name. Leave it empty if it is not known."
    return None


def _codes(known: _Known) -> str:
    return ", ".join(sorted(one.code for one in known.programmes.values()))


def _day(text: str) -> datetime.date | None:
    """A day as lists have it: 2024-11-02, 02/11/2024 or, as spreadsheets give it, with a time behind it."""
    written = text.removesuffix(" 00:00:00")
    for form in ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d %B %Y"):
        try:
            return datetime.datetime.strptime(written, form).date()  # noqa: DTZ007  a day has no time zone
        except ValueError:
            continue
    return None


def _organisation(name: str, system: IntegratedCareSystem | None, known: _Known) -> Organisation | None:
    """The listed organisation of a name or an ODS code: the one of the ICS, or the only one; else it stays as typed."""
    found = known.organisations.get(name.casefold(), [])
    near = [one for one in found if system is not None and one.ics_id == system.pk]
    if len(near) == 1:
        return near[0]
    return found[0] if len(found) == 1 else None


def import_trained(
    row_id: int, *, previewed: str, write: bool, user: Person, now: datetime.datetime
) -> ImportFile:
    """Put the people of a previewed file in the register, all or nothing; with ``write`` each new one gets their link.

    Raises `NotAllowed` without the role of reviewer, `BadFile`, and `ChangedMeanwhile`.
    """
    if not can_review(user):
        raise NotAllowed("Your role does not include changes of the register of facilitators.")
    with transaction.atomic():
        mine = programmes_with(user, Role.REVIEWER)
        # Two who import at once do it one after the other: docs/decisions/0005.
        keys = list(mine.order_by("pk").values_list("pk", flat=True))
        locked = Programme.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
        programmes = {one.pk: one for one in locked}

        def carry_out(outcome: Outcome, row: ImportFile) -> None:
            values = dict(outcome.values)
            programme = programmes[values.pop("programme")]
            if (pk := values.pop("organisation")) is not None:
                values["organisation"] = Organisation.objects.get(pk=pk)
            if (pk := values.pop("ics")) is not None:
                values["ics"] = IntegratedCareSystem.objects.get(pk=pk)
            whom = register.Trained(**values)
            register.register_earlier(programme, whom, write=write, user=user, now=now)

        return importing.apply_file(
            row_id,
            previewed=previewed,
            plan=partial(plan, user=user, now=now),
            carry_out=carry_out,
            now=now,
        )
