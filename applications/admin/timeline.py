"""What happened to an application, newest first: states, approvals, reviews, notes, mails, edits, places, attendance.

It is joined from the records that the verbs keep, in a fixed number of queries. What a reader may not see is left out
by the page: it hands over the reviews.
"""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.http import QueryDict
from django.urls import reverse

from applications.models import Answer, Application, Approval, ConflictOfInterest, Review, StaffNote
from cohorts.models import Attendance, Place, Preference
from programmes.admin.messages import describe, purpose_of
from programmes.domain.record import PUBLIC_PAGE
from programmes.domain.wording import nhs_datetime
from programmes.models import Message

# In an address the name of a kind, and on the page what it is called.
KINDS = {
    "states": "States",
    "approvals": "Approvals",
    "reviews": "Reviews and notes",
    "mails": "Mails",
    "edits": "Edits",
    "places": "Places and attendance",
    "nominations": "Nominations",
}
PARAMETER = "happened"
_DETAILS = {
    "email": "Work email",
    "name": "Full name",
    "job_title": "Job title",
    "phone": "Telephone",
    "organisation": "Organisation",
    "organisation_name": "Organisation as typed",
    "sector": "Sector",
    "ics": "ICS",
}
# Of an answer that was changed, how much of it is shown: the whole stands on the page.
_LONGEST = 300
# Rows of one saving are written within so long.
_AT_ONCE = datetime.timedelta(seconds=2)


@dataclass(frozen=True)
class Event:
    """One thing that happened: when, of which kind, what, by whom, and more about it in lines."""

    at: datetime.datetime
    kind: str
    what: str
    who: str = ""
    lines: tuple[str, ...] = ()
    quiet: str = ""
    url: str = ""
    tone: str = ""
    status: str = ""
    mail: Message | None = None


@dataclass(frozen=True)
class Tab:
    """One choice above the timeline: a kind, how many there are of it, and its address."""

    name: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True)
class Timeline:
    """What the page shows: the choices, and the events of the one that was chosen."""

    tabs: Sequence[Tab]
    events: Sequence[Event]


def timeline(
    application: Application, reviews: Iterable[Review], *, query: QueryDict, now: datetime.datetime
) -> Timeline:
    """The timeline of an application, narrowed to the kind that the address names, if it names one."""
    happened = events(application, reviews, now=now)
    chosen = query.get(PARAMETER, "")
    chosen = chosen if chosen in KINDS else ""
    counts: defaultdict[str, int] = defaultdict(int)
    for event in happened:
        counts[event.kind] += 1
    tabs = [Tab("Everything", len(happened), _address(query, ""), not chosen)]
    tabs += [
        Tab(name, counts[kind], _address(query, kind), kind == chosen)
        for kind, name in KINDS.items()
        if counts[kind] or kind == chosen
    ]
    return Timeline(tabs, [event for event in happened if not chosen or event.kind == chosen])


def _address(query: QueryDict, kind: str) -> str:
    """The page's own address with another kind chosen; whatever else stands in it stays."""
    others = [(key, value) for key, values in query.lists() if key != PARAMETER for value in values]
    return f"?{urlencode([*others, *([(PARAMETER, kind)] if kind else [])])}#history"


def events(application: Application, reviews: Iterable[Review], *, now: datetime.datetime) -> list[Event]:
    """Everything that happened to an application, newest first; of two at one moment the later recorded first."""
    approvals = list(application.approvals.all())
    happened = [
        Event(application.created_at, "states", "Started", application.email),
        *_states(application),
        *_approvals(approvals),
        *_reviews(reviews),
        *_notes(application),
        *_conflicts(application),
        *_mails(application, approvals, now),
        *_details(application),
        *_answers(application),
        *_preferences(application),
        *_places(application),
        *_attendance(application),
    ]
    return sorted(happened, key=lambda event: event.at)[::-1]


def _name(user: User | None) -> str:
    return (user.get_full_name() or user.get_username()) if user else ""


def _by(row: Any, application: Application) -> str:
    """Who changed a record, as its history has it; a public page of an application is its applicant's."""
    if row.history_user is not None:
        return _name(row.history_user)
    if row.history_change_reason in (PUBLIC_PAGE, None, ""):
        return application.name or application.email
    return str(row.history_change_reason)


def _states(application: Application) -> Iterator[Event]:
    for change in application.changes.all():
        yield Event(
            change.at,
            "states",
            f"{change.get_from_state_display()} → {change.get_to_state_display()}",
            change.actor,
            (change.reason,) if change.reason else (),
            change.note,
        )


def _approvals(approvals: Sequence[Approval]) -> Iterator[Event]:
    for one in approvals:
        who = f"{one.name}, {one.email}" if one.email else one.name
        role = one.get_approver_display()
        if one.asked_at:
            yield Event(one.asked_at, "approvals", f"{role} asked", lines=(who,))
        if one.chasers_sent and one.last_mailed_at:
            times = "once" if one.chasers_sent == 1 else f"{one.chasers_sent} times"
            yield Event(one.last_mailed_at, "approvals", f"{role} reminded, {times} so far", lines=(who,))
        if one.decided_at:
            by = one.decided_name or _name(one.decided_by)
            reason = (one.reason,) if one.reason else ()
            yield Event(one.decided_at, "approvals", f"{role}: {one.get_decision_display()}", by, reason)
    yield from _people_asked(approvals)


def _people_asked(approvals: Sequence[Approval]) -> Iterator[Event]:
    """Whose name or address was corrected after they had been asked."""
    asked = {one.pk: one for one in approvals if one.asked_at}
    rows = Approval.history.filter(id__in=asked).select_related("history_user")
    for before, after in _pairs(rows.order_by("history_date", "history_id")):
        if before is None or before.asked_at is None:
            continue
        said = (f"{before.name}, {before.email}", f"{after.name}, {after.email}")
        if said[0] != said[1]:
            role = asked[after.id].get_approver_display()
            who = _name(after.history_user) or str(after.history_change_reason or "")
            yield Event(
                after.history_date, "approvals", f"{role} corrected", who, (f"{said[0]} → {said[1]}",)
            )


def _reviews(reviews: Iterable[Review]) -> Iterator[Event]:
    for review in reviews:
        score = f", score {review.score}" if review.score is not None else ""
        yield Event(
            review.created_at,
            "reviews",
            f"Review: {review.get_outcome_display()}{score}",
            _name(review.reviewer),
            (review.notes,) if review.notes else (),
        )


def _notes(application: Application) -> Iterator[Event]:
    for note in StaffNote.objects.filter(application=application).select_related("author"):
        yield Event(note.written_at, "reviews", "Note", _name(note.author), (note.text,))


def _conflicts(application: Application) -> Iterator[Event]:
    rows = ConflictOfInterest.objects.filter(application=application)
    for one in rows.select_related("reviewer", "lifted_by"):
        yield Event(
            one.declared_at, "reviews", "Conflict of interest declared", _name(one.reviewer), (one.reason,)
        )
        if one.lifted_at:
            yield Event(
                one.lifted_at,
                "reviews",
                f"Conflict of interest of {_name(one.reviewer)} lifted",
                _name(one.lifted_by),
                (one.lifted_reason,),
            )


def _mails(
    application: Application, approvals: Sequence[Approval], now: datetime.datetime
) -> Iterator[Event]:
    keys = [application.about, *(one.about for one in approvals)]
    for message in Message.objects.about(*keys).select_related("superseded_by").order_by("created_at", "pk"):
        status, tone = describe(message, now)
        to = f"{message.to_name}, {message.to_address}" if message.to_name else message.to_address
        yield Event(
            message.sent_at or message.created_at,
            "mails",
            f"Mail: {purpose_of(message)}",
            lines=(f"To {to}", *([message.last_error] if message.last_error else [])),
            url=reverse("admin:programmes_message_change", args=[message.pk]),
            tone=tone,
            status=status,
            mail=message,
        )


# Edits, from the history of the rows.
def _pairs(rows: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """Each row of some records' histories, oldest first, with the one before it; None for the first of each."""
    last: dict[int, Any] = {}
    for row in rows:
        yield last.get(row.id), row
        last[row.id] = row


def _details(application: Application) -> Iterator[Event]:
    """What of the applicant's details was changed since the submission, and the nomination whenever it changed."""
    rows = application.history.select_related("history_user", "organisation", "ics")
    for before, after in _pairs(rows.order_by("history_date", "history_id")):
        if before is None:
            continue
        if before.nomination_number != after.nomination_number:
            yield Event(
                after.history_date,
                "nominations",
                _nomination(before.nomination_number, after.nomination_number),
                _name(after.history_user),
            )
        lines = tuple(_differences(before, after))
        if before.submitted_at and lines:
            yield Event(after.history_date, "edits", "Details changed", _by(after, application), lines)


def _nomination(before: int | None, after: int | None) -> str:
    if after is None:
        return f"Nomination {before} freed"
    return f"Nomination {after} taken" if before is None else f"Nomination {before} → {after}"


def _differences(before: Any, after: Any) -> Iterator[str]:
    for field, label in _DETAILS.items():
        was, now_is = getattr(before, field), getattr(after, field)
        if was != now_is:
            yield f"{label}: {was or '(nothing)'} → {now_is or '(nothing)'}"


def _answers(application: Application) -> Iterator[Event]:
    """The answers that were given or changed after the submission."""
    if application.submitted_at is None:
        return
    rows = Answer.history.filter(application_id=application.pk)
    history = rows.select_related("history_user", "question").order_by("history_date", "history_id")
    for before, after in _pairs(history):
        if after.history_date <= application.submitted_at or (before and before.value == after.value):
            continue
        was = _shown(before) if before else ""
        lines = (after.asked, f"{was or '(nothing)'} → {_shown(after) or '(nothing)'}")
        yield Event(after.history_date, "edits", "Answer changed", _by(after, application), lines)


def _shown(row: Any) -> str:
    text = Answer(asked=row.asked, value=row.value, question=row.question).shown
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _preferences(application: Application) -> Iterator[Event]:
    """The choices of cohorts made after the submission: each time the whole of them."""
    if application.submitted_at is None:
        return
    rows = Preference.history.filter(
        application_id=application.pk, history_type="+", history_date__gt=application.submitted_at
    )
    chosen: list[Any] = []
    for row in rows.select_related("history_user", "cohort").order_by("history_date", "history_id"):
        if chosen and row.history_date - chosen[0].history_date > _AT_ONCE:
            yield _choice(chosen, application)
            chosen = []
        chosen.append(row)
    if chosen:
        yield _choice(chosen, application)


def _choice(rows: Sequence[Any], application: Application) -> Event:
    lines = tuple(f"{row.rank}. {row.cohort}" if row.rank else f"Cannot attend {row.cohort}" for row in rows)
    first = rows[0]
    return Event(first.history_date, "edits", "Choice of cohorts changed", _by(first, application), lines)


# Places and attendance.
_ENDED = {Place.Status.DECLINED: "declined", Place.Status.LAPSED: "lapsed", Place.Status.RELEASED: "freed"}


def _places(application: Application) -> Iterator[Event]:
    rows = Place.objects.filter(application=application).select_related("cohort").order_by("pk")
    for place in rows:
        until = f"To be answered by {nhs_datetime(place.respond_by)}" if place.respond_by else ""
        yield Event(
            place.offered_at, "places", f"Place in {place.cohort} given", lines=(until,) if until else ()
        )
        if place.answered_at:
            became = _ENDED.get(Place.Status(place.status), "confirmed")
            reason = (place.reason,) if place.reason else ()
            yield Event(place.answered_at, "places", f"Place in {place.cohort} {became}", lines=reason)


def _attendance(application: Application) -> Iterator[Event]:
    rows = Attendance.objects.filter(application=application).select_related("session").order_by("pk")
    for row in rows:
        note = (row.note,) if row.note else ()
        what = f"{row.session}: {row.get_mark_display().lower()}"
        yield Event(row.marked_at, "places", what, row.marked_by, note)
