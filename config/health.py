"""Whether the portal is well: asked by load balancers, containers and alarms, and answered without a page."""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from config import files, metrics
from programmes.domain import jobs, outbox
from programmes.views.access import public

logger = logging.getLogger(__name__)

# The sweep runs every 15 seconds. So long after it was due, a mail is not waiting for the sweep any more ...
MAIL_SECONDS = 900
# ... and no clock rings, or no worker hears it.
BEAT_SECONDS = 300
BROKER_SECONDS = 1.0
# What pages need; the others are what happens after a page.
FOR_PAGES = ("database", "migrations")
NO_STORE = {"Cache-Control": "no-store"}

Check = dict[str, Any]
# What was once up to date stays so for this process: its code does not change.
_up_to_date = False


def _database(now: datetime.datetime) -> Check:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return {"ok": True, "says": "answers"}


def _migrations(now: datetime.datetime) -> Check:
    global _up_to_date  # noqa: PLW0603
    if not _up_to_date:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            return {"ok": False, "says": "to be applied: run manage.py migrate", "missing": missing}
        _up_to_date = True
    return {"ok": True, "says": "applied"}


def _broker(now: datetime.datetime) -> Check:
    if not settings.REDIS_URL:
        return {"ok": True, "says": "not configured: jobs run inside pages"}
    import redis

    try:
        asked = redis.Redis.from_url(
            settings.REDIS_URL, socket_connect_timeout=BROKER_SECONDS, socket_timeout=BROKER_SECONDS
        )
        with asked:
            asked.ping()
    except (redis.RedisError, OSError) as error:
        return {"ok": False, "says": f"does not answer ({type(error).__name__})"}
    return {"ok": True, "says": "answers"}


def _outbox(now: datetime.datetime) -> Check:
    number, since = outbox.overdue(now)
    seconds = int((now - since).total_seconds()) if since else 0
    says = "nothing waits" if since is None else "the oldest mail waits for so many seconds"
    return {"ok": seconds <= MAIL_SECONDS, "says": says, "overdue": number, "seconds": seconds}


def _beat(now: datetime.datetime) -> Check:
    last = jobs.last_beat()
    if last is None:
        return {"ok": False, "says": "no job has run yet"}
    seconds = int((now - last).total_seconds())
    return {
        "ok": seconds <= BEAT_SECONDS,
        "says": "the last job ended so many seconds ago",
        "seconds": seconds,
    }


def _files(now: datetime.datetime) -> Check:
    free = files.free_bytes(settings.MEDIA_ROOT)
    says = "so many megabytes are free where files are kept"
    return {"ok": free >= files.kept_free(), "says": says, "free": free // files.MEGABYTE}


CHECKS: dict[str, Callable[[datetime.datetime], Check]] = {
    "database": _database,
    "migrations": _migrations,
    "broker": _broker,
    "outbox": _outbox,
    "beat": _beat,
    "files": _files,
}
# Asked also while the database is away.
WITHOUT_DATABASE = ("broker", "files")


def look(now: datetime.datetime, names: tuple[str, ...] = tuple(CHECKS)) -> dict[str, Check]:
    """Each of these checks by its name: whether it is ``ok``, and what it ``says``. None raises."""
    found: dict[str, Check] = {}
    database_answers = True
    for name in names:
        try:
            if database_answers or name in WITHOUT_DATABASE:
                found[name] = CHECKS[name](now)
            else:
                found[name] = {"ok": False, "says": "not asked: it needs the database"}
        except (DatabaseError, InterfaceError) as error:
            logger.warning("The check “%s” found no database (%s).", name, type(error).__name__)
            found[name] = {"ok": False, "says": f"the database does not answer ({type(error).__name__})"}
            database_answers = database_answers and name != "database"
    return found


@public
def healthz(request: HttpRequest) -> JsonResponse:
    """200 as long as this process answers at all; it asks nothing and nobody."""
    return JsonResponse({"status": "ok"}, headers=NO_STORE)


@public
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every check is well, 503 when one is not; with ``?for=pages`` those alone that pages need."""
    checks = look(timezone.now(), FOR_PAGES if request.GET.get("for") == "pages" else tuple(CHECKS))
    ready = all(check["ok"] for check in checks.values())
    answer = {"status": "ready" if ready else "not ready", "checks": checks}
    return JsonResponse(answer, status=200 if ready else 503, headers=NO_STORE)


@public
def metrics_page(request: HttpRequest) -> HttpResponse:
    """The figures, for who sends METRICS_TOKEN as a bearer's token; without the setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token, settings.METRICS_TOKEN):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer", **NO_STORE})
    return HttpResponse(
        metrics.page(), content_type="text/plain; version=0.0.4; charset=utf-8", headers=NO_STORE
    )
