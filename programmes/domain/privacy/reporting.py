"""What staff see of the retention: what went last night, what is due in the next 30 days, and one mail about it."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from programmes.domain import messages
from programmes.domain.announcements import Announcement
from programmes.domain.privacy import retention
from programmes.domain.wording import plural
from programmes.models import Academy, Programme, RetentionReport

REPORTS_SHOWN = 7
# How many records of a programme at a moment still go on though nothing has happened to them for long.
going_on_for_long: Announcement[[Programme, datetime.datetime]] = Announcement()
_PAGE = "/staff/programmes/hold/retention/"


@dataclass(frozen=True)
class Row:
    """One line of a report: the programme (empty for what is of none), what went or is due, how many, and why."""

    programme: str
    outcome: str
    number: int
    held: int
    why: str = ""

    @property
    def said(self) -> str:
        """The line in words."""
        of = f" of {self.programme}" if self.programme else ""
        kept = f" ({self.held} more kept by a hold)" if self.held else ""
        return f"{self.outcome}{of}: {self.number}{kept}"


def rows_of(report: RetentionReport, programmes: Iterable[Programme]) -> list[Row]:
    """What a run did in some programmes."""
    titles = {programme.pk: programme.title for programme in programmes}
    return [
        Row(titles[one["programme"]], retention.label_of(one["outcome"]), one["gone"], one["held"])
        for one in report.counts
        if one["programme"] in titles and (one["gone"] or one["held"])
    ]


def of_no_programme(report: RetentionReport) -> list[Row]:
    """What a run did besides: invitations, logs and the like."""
    return [
        Row("", retention.label_of(one["outcome"]), one["gone"], one["held"])
        for one in report.counts
        if one["programme"] is None
    ]


def ahead(programmes: Iterable[Programme], now: datetime.datetime) -> list[Row]:
    """What is due within 30 days of ``now`` in some programmes, and why."""
    return [
        Row(
            count.programme.title if count.programme else "",
            count.outcome.label,
            len(count.due),
            len(count.held),
            count.why,
        )
        for count in retention.due(now + retention.AHEAD, programmes=programmes)
    ]


def never_ended(programmes: Iterable[Programme], now: datetime.datetime) -> list[tuple[str, int]]:
    """By programme, how many records go on though nothing has happened for long: nothing of them is ever due."""
    found = []
    for programme in programmes:
        if number := sum(going_on_for_long(programme, now)):
            found.append((programme.title, number))
    return found


def last_reports() -> list[RetentionReport]:
    """The last runs, newest first."""
    return list(RetentionReport.objects.all()[:REPORTS_SHOWN])


def run_and_tell(now: datetime.datetime, *, started_by: str) -> RetentionReport:
    """Make anonymous what is due, and tell each academy of whose records some went: by one mail a day."""
    report = retention.run(now, started_by=started_by)
    by_academy: dict[int, list[Programme]] = defaultdict(list)
    for programme in Programme.objects.order_by("title"):
        by_academy[programme.academy_id].append(programme)
    for academy in Academy.objects.order_by("pk"):
        programmes = by_academy[academy.pk]
        gone = [row for row in rows_of(report, programmes) if row.number]
        if gone:
            _tell(academy, gone, ahead(programmes, now), now)
    return report


def _tell(academy: Academy, gone: list[Row], soon: list[Row], now: datetime.datetime) -> None:
    with transaction.atomic():
        messages.queue(
            "retention_report",
            occasion=f"retention:{academy.pk}:{now.date().isoformat()}",
            to_address=academy.contact_email,
            to_name=academy.name,
            programme=None,
            about="",
            now=now,
            context={
                "academy": academy.name,
                "contact": academy.contact_email,
                "gone": "\n".join(row.said for row in gone),
                "ahead": "\n".join(row.said for row in soon),
                "staff_page": settings.SITE_URL + _PAGE,
            },
        )


def summary(report: RetentionReport) -> str:
    """What a run did, in one line."""
    gone = sum(one["gone"] for one in report.counts)
    held = sum(one["held"] for one in report.counts)
    return f"{plural(gone, 'record')} made anonymous, {held} kept by a hold, in {report.seconds:.1f} s."
