"""A prepared query finds what Django's own finds, for whatever values it is asked with."""

import datetime

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from applications.models import Application
from programmes.domain import together
from programmes.domain.prepared import Prepared
from programmes.models import Region
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LONG_AGO = datetime.datetime(1948, 7, 5, tzinfo=datetime.UTC)


def rows(email, since):
    return (
        together.with_rows(Application.objects, ["approvals"])
        .select_related("programme__academy", "ics")
        .filter(Q(email=email) | Q(name=email), state_since__gte=since)
        .exclude(state="confirmed")
        .order_by("pk")
    )


def everything(found):
    parts = [(one, one.programme, one.programme.academy, one.ics) for one in found]
    return [
        {name: value for name, value in part.__dict__.items() if name != "_state"} if part else None
        for row in parts
        for part in row
    ]


def test_it_finds_what_django_finds(django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    ics = factories.IntegratedCareSystemFactory()
    for email in ("sam@example.org", "kim@example.org"):
        scenarios.submitted(programme, email=email, ics=ics)
    scenarios.started(programme, "lee@example.org")
    prepared = Prepared(rows, email="an address", since=LONG_AGO)

    for email in ("sam@example.org", "kim@example.org", "lee@example.org", "nobody@example.org"):
        for since in (NOW - datetime.timedelta(days=1), NOW + datetime.timedelta(days=1)):
            with django_assert_num_queries(1):
                found = prepared(email=email, since=since)
            assert [one._state.adding for one in found] == [False] * len(found)
            assert everything(found) == everything(rows(email, since))
    assert len(prepared(email="sam@example.org", since=LONG_AGO)) == 1


def test_it_finds_single_values_and_the_first_of_them(django_assert_num_queries):
    names = Prepared(
        lambda after: Region.objects.filter(name__gt=after).order_by("-name").values_list("name", flat=True),
        after="a name",
    )
    for name in ("North", "South"):
        factories.RegionFactory(name=name, ods_code=name)

    for _ in range(3):
        with django_assert_num_queries(3):
            assert names(after="M") == ["South", "North"]
            assert names.first(after="M") == names.get(after="M") == "South"
    assert names.first(after="Z") is None
    with pytest.raises(Region.DoesNotExist):
        names.get(after="Z")


def test_its_sql_is_made_once():
    made = []
    prepared = Prepared(
        lambda email, since: made.append(1) or rows(email, since), email="an address", since=NOW
    )

    for email in ("a@example.org", "b@example.org"):
        prepared(email=email, since=NOW)

    assert made == [1]


def test_a_value_that_is_missing_unknown_or_not_in_the_query_is_an_error():
    prepared = Prepared(rows, email="an address", since=LONG_AGO)
    forgetful = Prepared(lambda pk, other: Application.objects.filter(pk=pk), pk=-1, other="nowhere")

    with pytest.raises(TypeError, match="is asked with email, since"):
        prepared(email="sam@example.org")
    with pytest.raises(TypeError, match="is asked with email, since"):
        prepared(email="sam@example.org", since=NOW, pk=1)
    with pytest.raises(TypeError, match="does not stand in its SQL"):
        forgetful(pk=1, other="x")


@pytest.mark.postgres
def test_postgresql_plans_it_once_for_a_connection_that_asks_again():
    prepared = Prepared(rows, email="an address", since=LONG_AGO)
    with CaptureQueriesContext(connection) as asked:
        for email in ("sam@example.org", "kim@example.org", "lee@example.org"):
            prepared(email=email, since=NOW)
    assert [one["sql"].split()[0] for one in asked] == ["SELECT", "EXECUTE", "EXECUTE"]
    assert asked[1]["sql"].split()[1] == asked[2]["sql"].split()[1]


def planned(prepared, **values):
    """Ask until PostgreSQL has a plan: whoever asks once has no use for one."""
    for _ in range(2):
        prepared(**values)
    with CaptureQueriesContext(connection) as asked:
        prepared(**values)
    assert asked[0]["sql"].startswith("EXECUTE")
    return prepared


@pytest.mark.postgres
def test_where_no_plans_are_kept_it_is_asked_in_its_own_words(settings):
    settings.KEEP_PLANS = False
    pooled = Prepared(rows, email="an address", since=LONG_AGO)

    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            pooled(email="sam@example.org", since=NOW)

    assert {one["sql"].split()[0] for one in asked} == {"SELECT"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_another_connection_is_given_a_plan_of_its_own():
    prepared = planned(Prepared(rows, email="an address", since=LONG_AGO), email="sam@example.org", since=NOW)

    connection.close()

    assert prepared(email="sam@example.org", since=NOW) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_found_broken_is_replaced_before_the_plan_is_looked_for(monkeypatch):
    prepared = planned(Prepared(rows, email="an address", since=LONG_AGO), email="sam@example.org", since=NOW)
    # As in use (CONN_HEALTH_CHECKS), at the beginning of a request; the tests' own settings leave it off.
    monkeypatch.setattr(connections["default"], "health_check_enabled", True)
    monkeypatch.setattr(connections["default"], "health_check_done", False)
    # As if PostgreSQL had been restarted since the last request.
    connection.connection.close()

    assert prepared(email="sam@example.org", since=NOW) == []


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_a_migration_changes_is_planned_anew():
    """A column that takes more than it did: PostgreSQL refuses the plan that it had."""
    prepared = Prepared(lambda key: Region.objects.filter(pk=key), key=-1)
    region = factories.RegionFactory()
    longest = Region._meta.get_field("name").max_length

    def widen(by):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE programmes_region ALTER COLUMN name TYPE varchar({longest + by})")

    planned(prepared, key=region.pk)
    try:
        widen(5)
        assert prepared(key=region.pk) == [region]
        planned(prepared, key=region.pk)
        widen(6)
        with transaction.atomic(), pytest.raises(OperationalError, match="changed by a migration"):
            prepared(key=region.pk)
        assert prepared(key=region.pk) == [region]
    finally:
        widen(0)


@pytest.mark.django_db(transaction=True)
def test_what_locks_does_so_in_a_transaction_alone():
    prepared = Prepared(lambda key: Application.objects.select_for_update().filter(pk=key), key=-1)

    with transaction.atomic():
        assert prepared(key=1) == []
    with pytest.raises(transaction.TransactionManagementError):
        prepared(key=1)
