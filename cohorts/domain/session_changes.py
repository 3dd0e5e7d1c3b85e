"""Staff change when or where a cohort meets: everyone with a seat in it hears of that once, with what is different.

People with a confirmed place get the changes, the dates as they are now, and the file that brings their calendar up to
date; their approvers get the dates. Someone who has not answered an offer is mailed as well, and not only shown it on
the page: whether they can come is what they are deciding. The mails are held like those of decisions. A second change
within the hold takes the place of the first, and a change that is put back reaches nobody.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import transaction

from applications.domain import nominations
from applications.domain.telling import tell_applicant, tell_approvers
from cohorts.domain import calendar, capacity, places, subscriptions
from cohorts.models import Cohort, Place, Session
from programmes.domain import messages
from programmes.domain.mails import MAILS
from programmes.domain.wording import nhs_date, time_range
from programmes.models import Message

_OUR_MAILS = ("dates_changed", "offer_dates_changed", "approver_dates_changed")


@dataclass(frozen=True)
class Seen:
    """A session as it was at one moment; ``where`` in words, and the rest as it is stored."""

    pk: int
    title: str
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    where: str
    joining_link: str
    optional: bool
    to_be_confirmed: bool
    sequence: int

    @classmethod
    def of(cls, session: Session) -> Seen:
        """As the session is now."""
        return cls(
            pk=session.pk,
            title=session.title,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            where=session.where,
            joining_link=session.joining_link,
            optional=session.optional,
            to_be_confirmed=session.to_be_confirmed,
            sequence=session.sequence,
        )

    @classmethod
    def stored(cls, row: Mapping[str, Any]) -> Seen:
        """As it was kept with the cohort."""
        moments = {name: datetime.datetime.fromisoformat(row[name]) for name in ("starts_at", "ends_at")}
        return cls(**{**row, **moments})

    def to_store(self) -> dict[str, Any]:
        """What can be kept as JSON."""
        moments = {"starts_at": self.starts_at.isoformat(), "ends_at": self.ends_at.isoformat()}
        return {**vars(self), **moments}

    def to_take_out(self) -> Session:
        """A session that is gone, as far as calendars need to know it: it is never saved."""
        return Session(
            pk=self.pk,
            title=self.title,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            sequence=self.sequence + 1,
        )


@dataclass
class Told:
    """How many people were told of changes, by the primary key of their cohort."""

    people: dict[int, int] = field(default_factory=dict)


@contextmanager
def watched(cohort_ids: Iterable[int], *, now: datetime.datetime) -> Iterator[Told]:
    """Lock some cohorts while the block changes their sessions or venues, and tell their people what is different.

    All in one transaction. What is handed to the block says, after it, how many were told.
    """
    told = Told()
    with transaction.atomic():
        cohorts = _lock(cohort_ids)
        before = {cohort.pk: _seen(cohort) for cohort in cohorts}
        yield told
        for cohort in cohorts:
            told.people[cohort.pk] = tell_changes(cohort.pk, before[cohort.pk], now=now)


def _lock(cohort_ids: Iterable[int]) -> list[Cohort]:
    rows = Cohort.objects.filter(pk__in=set(cohort_ids)).order_by("programme_id", "pk")
    by_programme: dict[int, list[int]] = {}
    for programme_id, pk in rows.values_list("programme_id", "pk"):
        by_programme.setdefault(programme_id, []).append(pk)
    return [
        cohort
        for programme_id, pks in by_programme.items()
        for cohort in capacity.lock_cohorts(capacity.lock_programme(programme_id), pks).values()
    ]


def _seen(cohort: Cohort) -> list[Seen]:
    return [
        Seen.of(session) for session in cohort.sessions.select_related("venue").order_by("starts_at", "pk")
    ]


def tell_changes(cohort_id: int, before: Sequence[Seen], *, now: datetime.datetime) -> int:
    """Tell the people of a cohort what is different from ``before``, by mail; return how many were told.

    Where mails of an earlier change are still held, what they said is taken into account, and they are taken back.
    """
    programme_id = Cohort.objects.values_list("programme_id", flat=True).get(pk=cohort_id)
    with transaction.atomic():
        cohort = capacity.lock(programme_id, cohort_id)
        after = _seen(cohort)
        if not _Changes(before, after, now).any:
            return 0
        kept = cohort.untold_changes or {"until": "", "count": 0}
        held = kept["until"] > now.isoformat()
        first = [Seen.stored(row) for row in kept["sessions"]] if held else before
        changes = _Changes(first, after, now)
        count = kept["count"] + 1 if held else 1
        until = now + datetime.timedelta(minutes=settings.DECISION_HOLD_MINUTES)
        untold = {
            "until": until.isoformat(),
            "count": count,
            "sessions": [one.to_store() for one in first],
        }
        # Not a change of the cohort that its history would show.
        Cohort.objects.filter(pk=cohort.pk).update(untold_changes=untold)
        occasion = f"cohort:{cohort.pk}:sessions:{now.isoformat()}:{count}"
        seated = cohort.places.taken().order_by("application_id").values_list("application_id", flat=True)
        return sum(_tell(pk, cohort, changes, occasion=occasion, now=now) for pk in list(seated))


def _tell(
    application_id: int, cohort: Cohort, changes: _Changes, *, occasion: str, now: datetime.datetime
) -> bool:
    """Tell one person; whether there was something to tell, to somebody who still has a seat."""
    application = nominations.lock_application(application_id)
    place = application.places.taken().filter(cohort=cohort).first()
    messages.supersede(about=application.about, now=now, events=_OUR_MAILS)
    if place is None or not changes.any:
        return False
    place.cohort = cohort
    place.application = application
    context = places.place_context(place, now=now)
    already = _bring_up_to_date(place, context, now=now)
    if place.status == Place.Status.CONFIRMED:
        subscriptions.keep_address(application, now=now)
        if "applicant" not in already:
            files = [calendar.publish(place, now=now)]
            if changes.gone:
                files.append(calendar.take_out_sessions(place, changes.gone, now=now))
            said = {**context, "changes": "\n".join(changes.lines(placed=True))}
            tell_applicant(
                application, "dates_changed", occasion=occasion, now=now, context=said, attachments=files
            )
        if "approver" not in already and changes.lines(placed=False):
            tell_approvers(
                application,
                "approver_dates_changed",
                occasion=occasion,
                now=now,
                context=context,
                by_staff=True,
            )
        return True
    # A joining link is nothing to somebody who has not accepted.
    lines = changes.lines(placed=False)
    if lines and "applicant" not in already:
        said = {**context, "changes": "\n".join(lines)}
        tell_applicant(application, "offer_dates_changed", occasion=occasion, now=now, context=said)
    return bool(lines)


def _bring_up_to_date(place: Place, context: Mapping[str, object], *, now: datetime.datetime) -> set[str]:
    """Put the new dates into mails about the person that are still held; return whose readers need no other mail."""
    readers = set()
    for message in (
        Message.objects.select_for_update().held(now).about(place.application.about).order_by("pk")
    ):
        if "dates" not in message.context:
            continue
        readers.add(MAILS[message.event].reader)
        message.context |= {name: value for name, value in context.items() if name in message.context}
        if any("METHOD:PUBLISH" in file["text"] for file in message.attachments):
            others = [file for file in message.attachments if "METHOD:PUBLISH" not in file["text"]]
            message.attachments = [*others, calendar.publish(place, now=now)]
        message.save(update_fields=["context", "attachments"])
    return readers


class _Changes:
    """What is different between two looks at a cohort's sessions, as far as it is not over."""

    def __init__(self, before: Sequence[Seen], after: Sequence[Seen], now: datetime.datetime) -> None:
        was = {one.pk: one for one in before}
        self._pairs = [(was.pop(one.pk, None), one) for one in after]
        self._pairs = [(old, new) for old, new in self._pairs if _is_ahead(old, new, now=now)]
        self._gone = [one for one in was.values() if _is_ahead(one, now=now)]

    @property
    def any(self) -> bool:
        """Whether anybody with a place would be told something."""
        return bool(self.lines(placed=True))

    @property
    def gone(self) -> list[Session]:
        """The sessions that no longer take place."""
        return [one.to_take_out() for one in self._gone]

    def lines(self, *, placed: bool) -> list[str]:
        """Each change as a line; links and what is said of them only for people with a place."""
        said = [(new.title, _parts(old, new, placed=placed)) for old, new in self._pairs]
        return [
            *(f"{title}: {'; '.join(parts)}" for title, parts in said if parts),
            *(f"{one.title}: no longer takes place (it was on {_when(one)})" for one in self._gone),
        ]


def _is_ahead(*looks: Seen | None, now: datetime.datetime) -> bool:
    return any(one is not None and one.ends_at > now for one in looks)


def _when(one: Seen) -> str:
    return f"{nhs_date(one.starts_at, weekday=True)}, {time_range(one.starts_at, one.ends_at)}"


def _parts(old: Seen | None, new: Seen, *, placed: bool) -> list[str]:
    if old is None:
        return [f"new, {_when(new)} ({new.where})"]
    parts = []
    if (old.starts_at, old.ends_at) != (new.starts_at, new.ends_at):
        parts.append(f"now {_when(new)}, instead of {_when(old)}")
    if old.where != new.where:
        parts.append(f"now in this place: {new.where}, instead of {old.where}")
    if old.joining_link != new.joining_link and placed:
        parts.append(
            "the joining link is a new one" if new.joining_link else "there is no joining link any more"
        )
    if old.optional != new.optional:
        parts.append("now optional" if new.optional else "no longer optional: please come to it")
    if old.to_be_confirmed != new.to_be_confirmed:
        parts.append("still to be confirmed" if new.to_be_confirmed else "now settled")
    return parts
