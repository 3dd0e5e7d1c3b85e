"""The last changes: who did what to which record, joined from the record of states and the history of the rest."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from applications.models import StateChange
from cohorts.models import Cohort, Session, Venue, WaitingPlace
from facilitators.models import Certificate
from programmes.domain.accounts import named
from programmes.models import (
    Academy,
    AcademyMember,
    MessageTemplate,
    NominationAllowance,
    Programme,
)
from programmes.models.academies import AcademyQuerySet

SHOWN = 20
# Further back the pages of the records themselves tell more.
RECENT = datetime.timedelta(days=30)
_DID = {"+": "added", "~": "changed", "-": "deleted"}


@dataclass(frozen=True)
class Change:
    """One change: when, by whom, what it was, and the page of the record; without one for what is gone."""

    at: datetime.datetime
    who: str
    what: str
    record: str
    url: str


@dataclass(frozen=True)
class Source:
    """A model whose history is read: whose records, what they are called, and which page they have."""

    model: type[Model]
    whose: str
    name: Callable[[Any], str]
    page: str = ""
    page_of: str = "id"
    related: tuple[str, ...] = ()
    by_academy: bool = False


_SOURCES = (
    Source(Programme, "id", lambda row: row.title, "programmes_programme"),
    Source(Cohort, "programme", lambda row: row.name, "cohorts_cohort"),
    Source(Session, "cohort__programme", lambda row: row.title, "cohorts_session"),
    Source(Venue, "academy", lambda row: row.name, "cohorts_venue", by_academy=True),
    Source(Academy, "id", lambda row: row.name, "programmes_academy", by_academy=True),
    Source(
        AcademyMember,
        "academy",
        lambda row: named(row.user) if row.user else "somebody",
        "programmes_academymember",
        related=("user",),
        by_academy=True,
    ),
    Source(
        MessageTemplate,
        "programme",
        lambda row: f"“{row.event}” of {row.programme}",
        "programmes_programme",
        page_of="programme_id",
        related=("programme",),
    ),
    Source(
        NominationAllowance,
        "programme",
        lambda row: f"{row.key.partition(':')[2]} of {row.programme}",
        "programmes_programme",
        page_of="programme_id",
        related=("programme",),
    ),
    Source(
        Certificate,
        "application__programme",
        lambda row: f"{row.number}, {row.name}",
        "facilitators_certificate",
    ),
    Source(
        WaitingPlace,
        "programme",
        lambda row: f"of {row.application.reference}",
        "applications_application",
        page_of="application_id",
        related=("application",),
    ),
)


def last_changes(
    programmes: Collection[int], academies: AcademyQuerySet, *, now: datetime.datetime
) -> list[Change]:
    """The last changes that accounts made to the records of some programmes and academies, newest first.

    With every change of an application's state, whoever made it. One query for each kind of record.
    """
    found = [*_of_states(programmes, now)]
    for source in _SOURCES:
        found.extend(_of_records(source, programmes, academies, now))
    return sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN]


def _of_states(programmes: Collection[int], now: datetime.datetime) -> Iterator[Change]:
    rows = StateChange.objects.filter(at__gt=now - RECENT, application__programme__in=programmes)
    for change in rows.select_related("application").order_by("-at", "-pk")[:SHOWN]:
        yield Change(
            change.at,
            change.actor,
            f"{change.get_from_state_display()} → {change.get_to_state_display()}",
            str(change.application),
            reverse("admin:applications_application_change", args=[change.application_id]),
        )


def _of_records(
    source: Source, programmes: Collection[int], academies: AcademyQuerySet, now: datetime.datetime
) -> Iterator[Change]:
    history: QuerySet[Any] = source.model.history.all()  # type: ignore[attr-defined]
    rows = history.filter(history_date__gt=now - RECENT, history_user__isnull=False)
    rows = rows.filter(**{f"{source.whose}__in": academies if source.by_academy else programmes})
    kind = source.model._meta.verbose_name
    for row in rows.select_related("history_user", *source.related).order_by("-history_date")[:SHOWN]:
        gone = row.history_type == "-"
        url = "" if gone else reverse(f"admin:{source.page}_change", args=[getattr(row, source.page_of)])
        yield Change(
            row.history_date,
            named(row.history_user),
            f"{kind} {_DID[row.history_type]}",
            source.name(row),
            url,
        )
