"""Two gunicorns, two Celery workers and two beats on one PostgreSQL and Redis: whether they are one portal."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from functools import partial

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from benchmarks import Figure
from benchmarks.served import client, journey, mails, servers, world
from tests import factories
from tests.support import smtp

SERVED = True
MAILS = int(os.environ.get("MAILS", "200"))
A_MINUTE = 10
PASSWORD = "a long enough password"


def measure() -> Iterator[Figure]:
    """Yield what was done through one part and what another made of it; raises RuntimeError where they differ."""
    with world.world() as here, smtp.listening() as sink, ExitStack() as parts:
        environment = here.environment | {
            "EMAIL_URL": f"smtp://127.0.0.1:{sink.port}",
            "FEED_REQUESTS_A_MINUTE": str(A_MINUTE),
        }
        one = parts.enter_context(servers.gunicorn(servers.PORTAL, environment))
        with servers.gunicorn(servers.PORTAL, environment) as two:
            yield from _sessions(here, one, two)
            yield from _changes(here, one, two)
            yield from _limits(here, one, two)
        yield _after_the_end(here, one)
        yield from _mails(here, environment, sink)


def _expect(told: bool, what: str) -> float:
    if not told:
        raise RuntimeError(f"Not so: {what}.")
    return 1


def _sessions(here: world.World, one: servers.Server, two: servers.Server) -> Iterator[Figure]:
    """The password to one, the code to the other, and pages from both."""
    from django_otp.oath import totp

    from programmes.domain import two_factor
    from programmes.models import Telephone

    user = _administrator(here)
    device = Telephone.objects.create(user=user, name="Telephone", key=two_factor.new_seed(), confirmed=True)
    first, second = (journey.Browser(partial(client.ask, server.port)) for server in (one, two))
    path, page = first.get(reverse("admin:login"))
    held = list(journey.form_of(page.body).held.items())
    path, page = first.post(path, [*held, ("username", user.username), ("password", PASSWORD)])
    # One person has one set of cookies, whoever answers.
    second.cookies = first.cookies
    held = list(journey.form_of(page.body).held.items())
    path, page = second.post(path, [*held, ("code", f"{totp(device.bin_key):06}")])
    first.cookies = second.cookies
    where = [browser.get(reverse("admin:index"))[0] for browser in (first, second)]
    came = where == [reverse("admin:index")] * 2
    yield Figure(
        "password to one, code to the other, pages from both", _expect(came, f"led to {where}"), "as one"
    )
    _signed_in[here.folder.name] = first.cookies


# The cookies of who signed in, by the measurement.
_signed_in: dict[str, dict[str, str]] = {}


def _administrator(here: world.World) -> User:
    from programmes.models import Role

    member = factories.AcademyMemberFactory(academy=here.programmes[0].academy, role=Role.ADMINISTRATOR)
    # As the portal keeps it; this process would keep it in a way that is quick, and that the portal does not know.
    member.user.password = PBKDF2PasswordHasher().encode(PASSWORD, "measuring")
    member.user.save()
    return member.user


def _changes(here: world.World, one: servers.Server, two: servers.Server) -> Iterator[Figure]:
    """Staff change a programme's title through one; the other shows it. Somebody books through one; so there."""
    programme = here.programmes[0]
    staff = journey.Browser(partial(client.ask, one.port), dict(_signed_in[here.folder.name]))
    public = f"/programmes/{programme.slug}/"
    # Both have shown it, and may have kept it.
    for server in (one, two, one, two):
        client.ask(server.port, client.get(public))
    path, page = staff.get(reverse("admin:programmes_programme_step", args=[programme.pk, "about"]))
    changed = [
        (name, "A title that was changed" if name == "title" else value)
        for name, value in journey.form_of(page.body).as_it_stands()
    ]
    staff.post(path, changed)
    seen = [
        b"A title that was changed" in client.ask(server.port, client.get(public)).body
        for server in (two, one)
    ]
    yield Figure(
        "a title changed through one is read from the other", _expect(all(seen), f"read: {seen}"), "as one"
    )
    topic = factories.TopicFactory(programme=programme)
    circle = factories.CircleFactory(topic=topic, starts_at=timezone.now() + timedelta(days=9), maximum=7)
    path = reverse("circle", args=[circle.reference])
    free = [b"7 places are free" in client.ask(server.port, client.get(path)).body for server in (one, two)]
    client.ask(one.port, client.post(path, world.booking("booker"), world.csrf_cookie()))
    free += [b"6 places are free" in client.ask(server.port, client.get(path)).body for server in (two, one)]
    yield Figure(
        "a seat booked through one is gone from the other", _expect(all(free), f"free: {free}"), "as one"
    )


def _limits(here: world.World, one: servers.Server, two: servers.Server) -> Iterator[Figure]:
    """A program asks both in turns: they count together."""
    from programmes.domain import feeds

    academy = here.programmes[0].academy
    _, key = feeds.make_key(
        academy, name="Power BI", user=_administrator(here), expires_at=None, now=timezone.now()
    )
    # The minute must not end in between.
    time.sleep(max(0.0, 15 - (60 - time.time() % 60)) if time.time() % 60 > 45 else 0)
    asked = client.get(reverse("feed_programmes")).replace(
        b"\r\n\r\n", f"\r\nAuthorization: Bearer {key}\r\n\r\n".encode()
    )
    answers = [client.ask((one, two)[number % 2].port, asked).status for number in range(A_MINUTE + 2)]
    right = answers == [200] * A_MINUTE + [429] * 2
    yield Figure(
        "requests let through by both of the limit of one",
        answers.count(200),
        "",
        f"of {len(answers)} in turns; the limit is {A_MINUTE}" + ("" if right else f"; WRONG: {answers}"),
    )


def _after_the_end(here: world.World, one: servers.Server) -> Figure:
    """The other has been stopped."""
    staff = journey.Browser(partial(client.ask, one.port), dict(_signed_in[here.folder.name]))
    path, _ = staff.get(reverse("admin:index"))
    came = path == reverse("admin:index")
    return Figure("signed in still when the other has ended", _expect(came, f"led to {path}"), "as one")


def _mails(here: world.World, environment: dict[str, str], sink: smtp.Sink) -> Iterator[Figure]:
    """Two workers and two beats, mails that are nudged and swept at once."""
    from programmes.models import Message

    Message.objects.all().delete()
    mails.queue(here.programmes[0], MAILS, now=timezone.now())
    with ExitStack() as parts:
        for number in range(2):
            parts.enter_context(servers.celery_worker(environment))
            folder = here.folder / str(number)
            folder.mkdir()
            parts.enter_context(servers.beat(environment, folder))
        # The nudges come once, and the sweeps of two clocks beside them.
        mails.nudge(environment["REDIS_URL"])
        spent = mails.wait_for(sink, MAILS)
        # Whoever would send one again does it within two sweeps.
        time.sleep(32)
    arrived = sink.arrived()
    twice = sum(number > 1 for number in arrived.values())
    lost = MAILS - len(arrived)
    yield Figure(f"{MAILS} mails by two workers and two beats", spent, "s", f"{lost} lost, {twice} twice")
