"""The register of a session: who is expected, what was marked by whom, and who makes up a missed session in it.

Two people can mark at once. What somebody sends is compared with what they saw: only what they changed is written, and
where somebody else changed the same thing meanwhile nothing is overwritten, but both are handed back to be asked about.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q

from applications.domain import nominations
from applications.domain.actors import LONGEST_NAME, Actor
from applications.domain.telling import tell_applicant
from applications.models import Application
from cohorts.domain import attended
from cohorts.domain.preferences import date_line
from cohorts.models import Attendance, Place, Session
from programmes.domain.access import require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import local_date, nhs_date, plural

Person = User | AnonymousUser
Mark = Attendance.Mark
# What somebody can mark; "expected" only says that nobody has.
MARKS = (Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY, Mark.ABSENT, Mark.EXCUSED)
LONGEST_NOTE = 300


@dataclass(frozen=True)
class Marked:
    """What is said of a person: one of `MARKS`, or empty where nothing is, and a note."""

    mark: str = ""
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of a register.

    ``makes_up`` is the session of another day that the person makes up here; ``gone`` says that they were marked, and
    are no longer in the cohort.
    """

    application: Application
    attendance: Attendance | None
    makes_up: Session | None = None
    gone: bool = False

    @property
    def said(self) -> Marked:
        """What has been marked."""
        if self.attendance is None:
            return Marked()
        mark = "" if self.attendance.mark == Mark.EXPECTED else self.attendance.mark
        return Marked(mark, self.attendance.note)


@dataclass(frozen=True)
class Clash:
    """One person of whom two people said different things: nothing was overwritten."""

    application: Application
    theirs: Attendance
    yours: Marked


@dataclass
class Outcome:
    """What came of marking: who was written, and of whom somebody else had said something else meanwhile."""

    written: list[Application] = field(default_factory=list)
    clashes: list[Clash] = field(default_factory=list)


def roster(session: Session) -> list[Entry]:
    """Who is on the register of a session, by name: the people of its cohort, guests, and who was marked and left.

    Two queries, however many there are.
    """
    was_marked = Q(
        status=Place.Status.RELEASED, application__attendances__session__cohort=session.cohort_id
    ) & Q(application__attendances__makes_up=None)
    places = (
        Place.objects.filter(Q(status__in=attended.IN_COHORT) | was_marked, cohort=session.cohort_id)
        .select_related("application__organisation", "application__ics")
        .distinct()
    )
    people: dict[int, tuple[Application, bool]] = {}
    for place in places.order_by("pk"):
        people[place.application_id] = (place.application, place.status not in attended.IN_COHORT)
    rows = {
        row.application_id: row
        for row in session.attendances.select_related(
            "application__organisation", "application__ics", "makes_up__cohort"
        )
    }
    for pk, row in rows.items():
        people.setdefault(pk, (row.application, row.makes_up is None))
    entries = [
        Entry(
            application,
            rows.get(pk),
            makes_up=rows[pk].makes_up if pk in rows else None,
            gone=gone and not (pk in rows and rows[pk].makes_up),
        )
        for pk, (application, gone) in people.items()
    ]
    return sorted(entries, key=lambda entry: (entry.application.name.casefold(), entry.application.pk))


def lock_sessions(*session_ids: int) -> dict[int, Session]:
    """Lock some sessions, in the order of their ids, and read them with their cohorts and programmes.

    After cohorts and before applications: docs/decisions/0005.
    """
    locked = Session.objects.select_for_update(no_key=True).filter(pk__in=session_ids).order_by("pk")
    list(locked.only("pk"))
    rows = Session.objects.filter(pk__in=session_ids).select_related("cohort__programme__academy", "venue")
    return {session.pk: session for session in rows}


def mark(
    session_id: int,
    marks: Mapping[int, Marked],
    *,
    by: str,
    seen: Mapping[int, Marked],
    now: datetime.datetime,
    user: Person | None = None,
    others_present: bool = False,
) -> Outcome:
    """Mark several people at a session, by application; only what differs from what was ``seen`` is written.

    Args:
        session_id: The session.
        marks: What is said of each person.
        by: The name of whoever marks, in words.
        seen: What they saw of each person before they said so; what is not in it was not marked.
        now: The moment.
        user: The member of staff; None for a trainer, who comes by an emailed link.
        others_present: Everyone who was seen, and of whom nobody has said anything, is present.

    Raises:
        Refused: Without a name, before the day of the session, or for a mark that there is not.

    """
    if not by.strip():
        raise Refused("Enter your name: the register says who marked it.")
    with transaction.atomic():
        session = lock_sessions(session_id)[session_id]
        if user is not None:
            require_reviewer(user, session.cohort.programme)
        require_markable(session, now=now)
        outcome = Outcome()
        for entry in roster(session):
            before = seen.get(entry.application.pk, Marked())
            wanted = marks.get(entry.application.pk, before)
            result = _merged(entry.said, before, _checked(wanted))
            if result is None:
                assert entry.attendance is not None
                outcome.clashes.append(Clash(entry.application, entry.attendance, wanted))
                continue
            shown = entry.application.pk in seen
            if others_present and shown and not result.mark and not entry.gone:
                result = Marked(Mark.PRESENT, result.note)
            if result != entry.said:
                _write(session, entry, result, by=by.strip()[:LONGEST_NAME], user=user, now=now)
                outcome.written.append(entry.application)
        return outcome


def require_markable(session: Session, *, now: datetime.datetime) -> None:
    """Raise `Refused` before the day of a session: nobody can have come yet."""
    if local_date(now) < local_date(session.starts_at):
        raise Refused(f"{session} is on {nhs_date(session.starts_at)}: it can be marked from that day on.")


def _checked(wanted: Marked) -> Marked:
    if wanted.mark and wanted.mark not in MARKS:
        raise Refused("Choose one of the marks that there are.")
    return Marked(wanted.mark, wanted.note.strip()[:LONGEST_NOTE])


def _merged(stored: Marked, seen: Marked, wanted: Marked) -> Marked | None:
    """What is stored with what somebody changed of it; None where somebody else changed the same thing otherwise."""
    merged = []
    for now_there, was_there, said in (
        (stored.mark, seen.mark, wanted.mark or seen.mark),
        (stored.note, seen.note, wanted.note),
    ):
        if said != was_there and now_there not in (was_there, said):
            return None
        merged.append(now_there if said == was_there else said)
    return Marked(*merged)


def _write(
    session: Session, entry: Entry, said: Marked, *, by: str, user: Person | None, now: datetime.datetime
) -> None:
    row = entry.attendance or Attendance(session=session, application=entry.application)
    row.mark = said.mark or Mark.EXPECTED
    row.note = said.note
    row.marked_by = by
    row.marked_at = now
    changed_by(row, user)
    row.save()


def make_up(application_id: int, *, missed: int, at: int, user: Person, now: datetime.datetime) -> Attendance:
    """Staff let a person make up a session that they missed in another one; they are told, and are on its register.

    Raises `Refused` where the person was not expected at the first or is expected at the second anyway, where there
    is nothing to make up, or where the room is full.
    """
    with transaction.atomic():
        sessions = lock_sessions(missed, at)
        application = nominations.lock_application(application_id)
        require_reviewer(user, application.programme)
        first, second = sessions[missed], sessions[at]
        _require_missed(application, first)
        row = _require_free(application, second) or Attendance(session=second, application=application)
        row.makes_up = first
        row.marked_by = Actor.staff(user).name
        row.marked_at = now
        changed_by(row, user)
        row.save()
        tell_applicant(
            application,
            "make_up",
            occasion=f"make_up:{first.pk}:{second.pk}",
            now=now,
            context={
                "session": str(first),
                "cohort": second.cohort.name,
                "dates": date_line(second),
                "joining": "\n".join(filter(None, [second.joining_link, second.cohort.joining_details])),
            },
        )
        return row


def _require_missed(application: Application, session: Session) -> None:
    cohort = attended.cohort_of(application)
    if cohort is None or session.cohort_id != cohort.pk or session.optional:
        raise Refused(f"{application.name} does not need {session} of {session.cohort}.")
    row = session.attendances.filter(application=application).first()
    if row is not None and attended.counts(row.mark, application.programme):
        raise Refused(f"{application.name} was at {session}: there is nothing to make up.")
    if made := application.attendances.filter(makes_up=session).exclude(mark=Mark.ABSENT).first():
        raise Refused(f"{session} is made up already, on {nhs_date(made.session.starts_at)}.")


def _require_free(application: Application, session: Session) -> Attendance | None:
    """The person's own line in the register of a session in which they can make up another, if there is one."""
    if session.cohort.programme_id != application.programme_id or not session.cohort.runs:
        raise Refused(f"{session} of {session.cohort} is not a session of {application.programme} that runs.")
    entries = [entry for entry in roster(session) if not entry.gone]
    mine = next((entry for entry in entries if entry.application.pk == application.pk), None)
    if mine is not None and (mine.makes_up is not None or not session.optional):
        raise Refused(f"{application.name} is expected at {session} of {session.cohort} anyway.")
    if mine is None and len(entries) >= session.cohort.maximum:
        raise Refused(
            f"{session} of {session.cohort} is full: {plural(len(entries), 'person', 'people')} are expected, and it "
            f"has room for {session.cohort.maximum}."
        )
    return mine.attendance if mine else None
