"""What every measurement of the served portal begins with: programmes, staff who are signed in, and forms to send."""

import contextlib
import functools
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import environ
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test.utils import override_settings
from django.utils import timezone

from benchmarks.served import bare, client, servers
from scripts.services import REDIS_VARIABLE

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from applications.models import Application
    from programmes.models import Programme

SESSION, CSRF = "__Host-session", "__Host-csrf"
# A form's token is good where it equals the cookie's.
TOKEN = "measuring" + "x" * 23


@dataclass(frozen=True)
class World:
    """The programmes, the environment of the portal's parts, and a folder that goes with the measurement."""

    programmes: "list[Programme]"
    environment: dict[str, str]
    folder: Path

    @contextlib.contextmanager
    def served(self, **values: str) -> Iterator[tuple[servers.Server, servers.Server]]:
        """Serve the portal, with more variables, and the bare project."""
        only_the_database = {"DATABASE_URL": self.environment["DATABASE_URL"]}
        with (
            servers.gunicorn(servers.PORTAL, self.environment | values) as ours,
            servers.gunicorn(servers.BARE, only_the_database) as bare_one,
        ):
            yield ours, bare_one


def database_url() -> str:
    """The address of the measurement's own database, for another process."""
    named = connection.settings_dict
    return f"postgres://{named['USER']}:{named['PASSWORD']}@{named['HOST']}:{named['PORT']}/{named['NAME']}"


@contextlib.contextmanager
def keeping() -> Iterator[str]:
    """This process keeps what the served ones keep, in the same Redis, which begins empty; yields its address."""
    redis = os.environ[REDIS_VARIABLE]
    with override_settings(CACHES={"default": environ.Env.cache_url_config(redis)}, KEEP_PAGES=True):
        # A measurement before this one may have left its own.
        cache.clear()
        yield redis


@contextlib.contextmanager
def world() -> Iterator[World]:
    """The world of a measurement, in which this process sends no mail, and tells the others what it changes."""
    from programmes.domain import announcements, catalogue
    from programmes.domain.organisations import load_integrated_care_systems

    with connection.cursor() as cursor:
        cursor.execute(bare.TABLES)
    with (
        tempfile.TemporaryDirectory(prefix="cascade-served-") as name,
        mock.patch.object(announcements.messages_queued, "_subscribers", []),
        keeping() as redis,
    ):
        load_integrated_care_systems()
        programmes = catalogue.load_for_demo(today=timezone.localdate())
        environment = servers.portal_environment(database_url(), redis, Path(name), key=settings.SECRET_KEY)
        servers.collect_static(environment)
        yield World(programmes, environment, Path(name))


def analyse() -> None:
    """Let PostgreSQL learn of what was just written, as it does by itself within minutes."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def fields(**values: str) -> list[tuple[str, str]]:
    """The fields of a form, with its token."""
    return [("csrfmiddlewaretoken", TOKEN), *values.items()]


def csrf_cookie() -> str:
    """The cookie to the token of `fields`."""
    return f"{CSRF}={TOKEN}"


def staff_cookie(user: "User") -> str:
    """The cookies of somebody who has signed in with a password and a code, and whose session is in the database."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django_otp import DEVICE_ID_SESSION_KEY

    from programmes.domain import accounts
    from programmes.models import Telephone
    from programmes.views import signing_in

    now = timezone.now()
    device = Telephone.objects.create(user=user, name="Telephone", confirmed=True)
    session = SessionStore()
    session.create()
    signed_in = accounts.signed_in(user, session_key=str(session.session_key), browser="", now=now)
    session.update(
        {
            SESSION_KEY: str(user.pk),
            BACKEND_SESSION_KEY: settings.AUTHENTICATION_BACKENDS[-1],
            HASH_SESSION_KEY: user.get_session_auth_hash(),
            DEVICE_ID_SESSION_KEY: device.persistent_id,
            signing_in.SIGN_IN: signed_in.pk,
            signing_in.BEGAN: int(now.timestamp()),
            signing_in.CODE_DUE: False,
        }
    )
    session.save()
    return f"{SESSION}={session.session_key}; {csrf_cookie()}"


def link_to(application: "Application") -> str:
    """The address that an applicant's mail leads to, as a path."""
    from programmes.domain import links
    from programmes.models import Link

    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=timezone.now())
    return f"/my/{links.token_of(link)}/"


def submission_of(home: str) -> bytes:
    """The request that submits the application whose status page is at ``home``."""
    return client.post(f"{home}check/", fields(confirm="yes"), csrf_cookie())


def booking(who: str) -> list[tuple[str, str]]:
    """What somebody sends who books a seat in a circle."""
    given = {"organisation_name": "Downs Hospice", "sector": "hospice", "ics": _some_system()}
    return fields(name=f"Parveen {who}", email=f"{who}@example.org", **given)


@functools.cache
def _some_system() -> str:
    from programmes.models import IntegratedCareSystem

    return IntegratedCareSystem.objects.valid_on(timezone.localdate())[0].code
