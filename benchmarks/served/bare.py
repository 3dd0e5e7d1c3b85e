"""What the portal is compared with: Django, one table, and nothing else: no sessions, no middleware, no forms.

``/page`` makes one indexed SELECT and renders 20 kB with Jinja2; ``/insert`` stores one row; ``/claim`` takes the
last place by a row lock. Served by the same gunicorn, on the same PostgreSQL.
"""

import os
from typing import TYPE_CHECKING, Any

import environ
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import path

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

TABLES = """
    CREATE TABLE bare_thing (id serial PRIMARY KEY, slug varchar(50) UNIQUE NOT NULL, title varchar(200) NOT NULL);
    CREATE TABLE bare_row (id serial PRIMARY KEY, name varchar(200) NOT NULL, email varchar(254) NOT NULL);
    CREATE TABLE bare_place (id serial PRIMARY KEY, remaining integer NOT NULL);
    INSERT INTO bare_thing (slug, title)
        SELECT 'thing-' || number, 'The thing with the number ' || number FROM generate_series(1, 1000) AS number;
    INSERT INTO bare_place (remaining) VALUES (1);
"""
# Of some 20 kB, most of it in a loop, as pages are.
LINES = 150
TEMPLATE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{{ thing.title }}</title></head><body>
<h1>{{ thing.title }}</h1><ul>
{% for number in range(lines) %}<li class="item item--{{ loop.index }}"><a href="/thing/{{ thing.slug }}/{{ number }}/">
{{ thing.title }}: a line of text that says what stands behind {{ number }}</a></li>
{% endfor %}</ul></body></html>"""


def configure() -> None:
    """Give Django the least that it needs."""
    settings.configure(
        DEBUG=False,
        SECRET_KEY="only for measuring",  # it keeps nothing
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF="benchmarks.served.bare",
        DATABASES={"default": environ.Env.db_url_config(os.environ["DATABASE_URL"]) | {"CONN_MAX_AGE": 60}},
        MIDDLEWARE=[],
        USE_TZ=True,
    )


if not settings.configured:
    configure()

from django.db import connection, transaction  # noqa: E402  # once there are settings
from django.http import HttpResponse  # noqa: E402
from jinja2 import Environment  # noqa: E402

_page = Environment(autoescape=True).from_string(TEMPLATE)


def _one(sql: str, *values: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()


def page(request: "HttpRequest") -> "HttpResponse":
    """One indexed SELECT, and 20 kB."""
    found = _one("SELECT slug, title FROM bare_thing WHERE slug = %s", request.GET.get("slug", "thing-7"))
    return HttpResponse(_page.render(thing={"slug": found[0], "title": found[1]}, lines=LINES))


def insert(request: "HttpRequest") -> "HttpResponse":
    """One INSERT, committed."""
    with transaction.atomic():
        _one(
            "INSERT INTO bare_row (name, email) VALUES (%s, %s) RETURNING id",
            request.POST["name"],
            request.POST["email"],
        )
    return HttpResponse("Stored.")


def claim(request: "HttpRequest") -> "HttpResponse":
    """Lock the row, look whether there is one left, take it: 200 for the winner, 409 for the others."""
    with transaction.atomic():
        (remaining,) = _one("SELECT remaining FROM bare_place WHERE id = 1 FOR UPDATE")
        if not remaining:
            return HttpResponse("None left.", status=409)
        _one("UPDATE bare_place SET remaining = remaining - 1 WHERE id = 1 RETURNING id")
    return HttpResponse("Yours.")


def healthz(request: "HttpRequest") -> "HttpResponse":
    """Whether it answers."""
    return HttpResponse("ok")


urlpatterns = [path("page", page), path("insert", insert), path("claim", claim), path("healthz", healthz)]
application = get_wsgi_application()
