"""Who took what out of the portal: written down for every export, with the columns for the next one."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence

from django.contrib.auth.models import User
from django.db import transaction

from programmes.models import Academy, ExportColumns, ExportRecord


def columns_of(user: User, list_name: str) -> list[str]:
    """The keys of the columns that somebody chose the last time; none the first time."""
    found = ExportColumns.objects.filter(user=user, list_name=list_name).first()
    return list(found.columns) if found else []


def record(
    *,
    user: User,
    list_name: str,
    list_title: str,
    academies: Iterable[Academy],
    narrowed_by: str,
    columns: Sequence[str],
    keys: Sequence[str],
    rows: int,
    kind: str,
    sensitive: bool,
    now: datetime.datetime,
) -> ExportRecord:
    """Write down that ``user`` exports a list, and remember the ``keys`` of the columns for the next time.

    ``columns`` are what the columns are called, ``rows`` how many records the file has, ``sensitive`` whether access
    needs are in it.
    """
    with transaction.atomic():
        ExportColumns.objects.update_or_create(
            user=user, list_name=list_name, defaults={"columns": list(keys)}
        )
        made = ExportRecord.objects.create(
            user=user,
            at=now,
            list_name=list_title,
            narrowed_by=narrowed_by,
            columns=list(columns),
            rows=rows,
            kind=kind,
            sensitive=sensitive,
        )
        made.academies.set(academies)
        return made
