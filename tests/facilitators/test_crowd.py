"""The crowd of facilitators: as the verbs would leave it, and with queries that do not depend on its size."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from benchmarks import facilitator_crowd, facilitator_pages
from programmes.domain import integrity
from tests.invariants import OF_THE_CLOCK

pytestmark = pytest.mark.django_db

# In both somebody is called “Facilitator 77”, for whom pages search.
FEW, MANY = 80, 180


def crowd(size):
    """So many facilitators, and what PostgreSQL learns of new rows within minutes: without it, it plans for none."""
    world = facilitator_crowd.make(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return world


def lists():
    models = apps.get_app_config("facilitators").get_models()
    return [model for model in models if admin.site.is_registered(model)]


def queries_of_pages(world):
    client = Client()
    client.force_login(world.user)
    return facilitator_pages.queries(client, facilitator_pages.addresses(world))


def queries_of_clocks():
    found = {}
    for what, (find, _) in facilitator_pages.CLOCKS.items():
        with CaptureQueriesContext(connection) as captured:
            due = len(find(timezone.now()))
        found[what] = (len(captured), due)
    return found


def test_the_crowd_breaks_no_rule():
    crowd(FEW)

    assert integrity.broken(timezone.now(), leaving_out=OF_THE_CLOCK) == []


def test_the_crowd_has_ten_deliveries_and_two_circles_for_each_and_something_on_every_list_of_staff():
    crowd(FEW)

    many = {model.__name__: model._default_manager.count() for model in lists()}

    assert (many["Facilitator"], many["Circle"]) == (FEW, 2 * FEW)
    # That of a circle which was not held is missing.
    assert 9 * FEW < many["Delivery"] < 10 * FEW
    assert [name for name, number in many.items() if not number] == []


def test_every_page_takes_the_same_queries_however_many_facilitators():
    few = queries_of_pages(crowd(FEW))

    many = queries_of_pages(crowd(MANY))

    assert many == few
    named = {f"list of {model._meta.verbose_name_plural}" for model in lists()}
    calendar = {"calendar", "calendar by month", "calendar to subscribe to", "directory", "noticeboard"}
    yields = {"yield by programme", "yield by ICS", "yield by cohort", "yield by year", "yield as a file"}
    assert named | calendar | yields <= set(many)


def test_every_clock_finds_its_work_with_the_same_queries_however_much_there_is():
    crowd(FEW)
    few = queries_of_clocks()

    crowd(MANY)
    many = queries_of_clocks()

    assert {what: number for what, (number, _) in many.items()} == {
        what: number for what, (number, _) in few.items()
    }
    more = {what for what, (_, due) in many.items() if due > few[what][1]}
    assert more >= {"reminders of commitments", "how it goes", "circles that were held"}
