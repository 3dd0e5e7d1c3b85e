"""Who has attended enough: the programme's rule, applied to what the register says.

The rule is the programme's: how many sessions are needed (all that are not optional, where it names no number), and
whether coming late or leaving early counts. An optional session never counts; a session made up elsewhere counts for
the one that was missed.
"""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from applications.models import Application
from cohorts.models import Attendance, Cohort, Place, Session
from programmes.domain.wording import join_words, nhs_date, plural
from programmes.models import Programme

Mark = Attendance.Mark
# The places whose people belong to a cohort: before its register is closed, and after.
IN_COHORT = (Place.Status.CONFIRMED, Place.Status.ATTENDED)


class Outcome(enum.Enum):
    """What the register says of one person."""

    ATTENDED = "attended"
    MISSED = "missed"
    OPEN = "open"


@dataclass(frozen=True)
class Verdict:
    """Whether a person has attended enough; ``sentence`` states the rule and the count.

    ``sessions`` are those attended. Open: what is not marked yet, or is still to be made up, can decide it either way.
    """

    outcome: Outcome
    needed: int
    sessions: tuple[Session, ...]
    sentence: str

    @property
    def attended(self) -> int:
        """How many of the sessions that count were attended."""
        return len(self.sessions)


def needed_sessions(cohort: Cohort) -> list[Session]:
    """The sessions of a cohort that count, by date: those that are not optional. Reads prefetched sessions."""
    return [session for session in cohort.sessions.all() if not session.optional]


def counts(mark: str, programme: Programme) -> bool:
    """Whether a mark counts as having attended the session."""
    return (
        mark == Mark.PRESENT
        or (mark == Mark.LATE and programme.late_counts)
        or (mark == Mark.LEFT_EARLY and programme.left_early_counts)
    )


def judge(programme: Programme, sessions: Sequence[Session], rows: Iterable[Attendance]) -> Verdict:
    """What the rows of one person say of the sessions that count.

    Args:
        programme: Whose rule holds.
        sessions: What counts, as `needed_sessions` gives it.
        rows: Everything marked of the person, in this cohort or elsewhere, each with its session.

    """
    found = list(rows)
    own = {row.session_id: row for row in found}
    attended: list[Session] = []
    unmarked: list[str] = []
    to_make_up: list[str] = []
    made_up: list[str] = []
    for session in sessions:
        mine = own.get(session.pk)
        others = [row for row in found if row.makes_up_id == session.pk]
        making_up = next((row for row in others if counts(row.mark, programme)), None)
        ahead = next((row for row in others if row.mark == Mark.EXPECTED), None)
        if mine is not None and counts(mine.mark, programme):
            attended.append(session)
        elif making_up is not None:
            attended.append(session)
            made_up.append(f"{session} made up on {nhs_date(making_up.session.starts_at)}")
        elif ahead is not None:
            to_make_up.append(f"{session} to be made up on {nhs_date(ahead.session.starts_at)}")
        elif mine is None or mine.mark == Mark.EXPECTED:
            unmarked.append(str(session))
    needed = min(programme.sessions_needed or len(sessions), len(sessions))
    said = [
        f"{len(attended)} of {plural(needed, 'session')} needed",
        *_in_words(Counter(own[one.pk].mark for one in sessions if one.pk in own), programme),
        *made_up,
        *to_make_up,
        *([f"not marked yet: {join_words(unmarked)}"] if unmarked else []),
    ]
    outcome = _outcome(needed, len(attended), len(unmarked) + len(to_make_up))
    return Verdict(outcome, needed, tuple(attended), "; ".join(said))


def _outcome(needed: int, attended: int, undecided: int) -> Outcome:
    if needed and attended >= needed:
        return Outcome.ATTENDED
    return Outcome.OPEN if attended + undecided >= needed else Outcome.MISSED


def _in_words(marks: Counter[str], programme: Programme) -> list[str]:
    """How often each thing happened that somebody would ask about, and whether it counts."""
    said = []
    for mark, words, counted in (
        (Mark.LATE, "came late", programme.late_counts),
        (Mark.LEFT_EARLY, "left early", programme.left_early_counts),
    ):
        if marks[mark]:
            said.append(f"{words} {_times(marks[mark])}, which {'counts' if counted else 'does not count'}")
    for mark, words in ((Mark.ABSENT, "absent"), (Mark.EXCUSED, "excused")):
        if marks[mark]:
            said.append(f"{words} {_times(marks[mark])}")
    return said


def _times(count: int) -> str:
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def verdicts(cohort: Cohort, application_ids: Iterable[int]) -> dict[int, Verdict]:
    """What the register says of some people of a cohort, by application; one query with the sessions prefetched."""
    ids = list(application_ids)
    rows: dict[int, list[Attendance]] = {pk: [] for pk in ids}
    for row in Attendance.objects.filter(application__in=ids).select_related("session"):
        rows[row.application_id].append(row)
    sessions = needed_sessions(cohort)
    return {pk: judge(cohort.programme, sessions, rows[pk]) for pk in ids}


def cohort_of(application: Application) -> Cohort | None:
    """The cohort in which an application has a confirmed place, or had one that was attended; None without one."""
    places = application.places.filter(status__in=IN_COHORT).select_related("cohort__programme")
    place = places.order_by("-pk").first()
    return place.cohort if place else None


def verdict(application: Application) -> Verdict | None:
    """What the register says of one person, in the cohort they are in; None for someone in no cohort."""
    cohort = cohort_of(application)
    return verdicts(cohort, [application.pk])[application.pk] if cohort else None


def attended(application: Application) -> bool:
    """Whether a person has attended what the programme needs."""
    found = verdict(application)
    return found is not None and found.outcome == Outcome.ATTENDED
