"""Whether what was read or made earlier is still true: public pages, and what programmes are made of.

Every write to the database, whoever makes it and however, passes one place in Django (``execute_wrappers``). What it
may change is out of date as soon as it is committed. That is said in Redis, to all processes of all hosts; without
Redis nothing is kept. For showing only: what is decided is read under its lock.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import re
import secrets
import time
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from typing import Any, Generic, TypeVar, cast

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# What can be out of date: the pages that anyone may open, and what programmes are made of.
PAGES, PROGRAMMES = "fresh:pages", "fresh:programmes"
_WRITES = re.compile(r'(?:INSERT INTO|UPDATE|DELETE FROM|TRUNCATE) "(\w+)"')
# What no public page reads, and people write to all day. A table that is not named here makes every page anew;
# tests/crawl/test_crawl.py opens the public pages, and fails where one of them reads one of these.
UNSEEN = frozenset(
    """
    applications_accessneeds applications_answer applications_application applications_approval
    applications_criterionanswer applications_linkrequest
    applications_declarationmade applications_review applications_statechange
    axes_accessattempt axes_accessattemptexpiration axes_accessfailurelog axes_accesslog
    cohorts_preference cohorts_waitingplace
    django_admin_log django_session otp_static_staticdevice otp_static_statictoken otp_totp_totpdevice
    programmes_ineligiblecount programmes_link programmes_message programmes_periodicjob
    programmes_integrityreport
    """.split()
)
# What programmes are made of, and who sees which, is the app's own, and these. Staff change little of it, and seldom.
_BESIDES = frozenset("cohorts_cohort cohorts_session cohorts_venue auth_user".split())
# The app's own, but made as people apply: a row for each ICS that nominates.
_MADE_BY_APPLYING = frozenset({"programmes_nominationallowance"})

# For how long a process believes itself, should a change not have been told.
SECONDS = 60.0

# What the request in hand has been told.
_told: ContextVar[dict[str, str] | None] = ContextVar("which versions are true", default=None)

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")
Execute = Callable[[str, Any, bool, dict[str, Any]], Any]


def watch(connection: BaseDatabaseWrapper, **_: Any) -> None:
    """Look at what a connection executes from now on; the receiver of Django's ``connection_created``."""
    if notice not in connection.execute_wrappers:
        connection.execute_wrappers.append(notice)


def notice(execute: Execute, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """Execute; after a write to what may be kept, say so, once a transaction, when it is committed."""
    result = execute(sql, params, many, context)
    if sql[:1] in "IUDT" and settings.KEEP_PAGES:
        connection = context["connection"]
        for out_of_date in _whom_it_concerns(sql):
            if all(waits[1] is not out_of_date for waits in connection.run_on_commit):
                transaction.on_commit(out_of_date, using=connection.alias)
    return result


def _whom_it_concerns(sql: str) -> list[Callable[[], None]]:
    found = _WRITES.match(sql)
    table = found[1] if found else ""
    if not table or table in UNSEEN or "_historical" in table:
        return []
    of_programmes = table.startswith("programmes_") and table not in _MADE_BY_APPLYING
    return [_pages, _programmes] if table in _BESIDES or of_programmes else [_pages]


def version(of: str) -> str:
    """Which version of something is true now, for all processes; empty where nothing is kept, or it cannot be known.

    What was made under another version is out of date.
    """
    if not settings.KEEP_PAGES:
        return ""
    told = _told.get()
    if told is not None and of in told:
        return told[of]
    try:
        now_true = str(cache.get(of) or first(of))
    except RedisError:
        logger.warning("Redis does not answer: nothing that was kept is used.")
        now_true = ""
    if told is not None:
        told[of] = now_true
    return now_true


@contextlib.contextmanager
def asked_once() -> Iterator[None]:
    """Around a request: each `version` is asked for once, and what the request itself changes is known to it."""
    token = _told.set({})
    try:
        yield
    finally:
        _told.reset(token)


def first(of: str) -> str:
    """Begin with a version, where Redis has none; whoever comes at the same moment gets the same."""
    cache.add(of, secrets.token_hex(8), timeout=None)
    return str(cache.get(of))


def changed(what: str) -> None:
    """What was made so far of something is out of date."""
    if told := _told.get():
        told.pop(what, None)
    try:
        cache.set(what, secrets.token_hex(8), timeout=None)
    except RedisError:
        logger.warning("Redis does not answer: what is kept may be a minute old when it does again.")


class Kept(Generic[Key, Value]):
    """What a process keeps of something it read, while that is fresh, and never past a minute. Nobody writes to it."""

    def __init__(self, of: str, *, most: int = 1_000) -> None:
        self._of, self._most = of, most
        self._found: dict[Key, tuple[str, float, Value]] = {}

    def get(
        self, key: Key, read: Callable[[], Value], *, if_: Callable[[Value], bool] = lambda _: True
    ) -> Value:
        """What is kept under a key, else what ``read()`` gives; where nothing may be kept, always the latter.

        What was read is kept if ``if_`` says so of it.
        """
        now_true = version(self._of)
        if not now_true:
            return read()
        kept = self._kept(key, now_true)
        if kept:
            return kept[0]
        value = read()
        if if_(value):
            if len(self._found) >= self._most:
                self._found.clear()
            self._found[key] = (now_true, time.monotonic() + SECONDS, value)
        return value

    def __len__(self) -> int:
        return len(self._found)

    def has(self, key: Key) -> bool:
        """Whether something is kept under a key, and still good."""
        return bool(self._kept(key, version(self._of)))

    def _kept(self, key: Key, now_true: str) -> tuple[Value] | None:
        before, until, value = self._found.get(key, ("", 0.0, None))
        return (cast(Value, value),) if now_true and before == now_true and time.monotonic() < until else None


# Called when a transaction is committed; told apart by what they are.
_pages: Callable[[], None] = functools.partial(changed, PAGES)
_programmes: Callable[[], None] = functools.partial(changed, PROGRAMMES)
