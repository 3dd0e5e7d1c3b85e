"""The tests' own way to empty PostgreSQL's tables leaves nothing of a test, and the database as `migrate` makes it."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import IntegrityError, connection, transaction

from cohorts.models import Place
from tests import factories, scenarios
from tests.support.emptying import _tables, empty
from tests.support.rows import everything_stored

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def numbers():
    return {label: number for label, (number, _) in everything_stored().items() if number}


def test_every_row_goes_but_what_belongs_to_the_models():
    made_by_migrate = numbers()
    programme = factories.CohortFactory().programme
    scenarios.confirmed(programme)
    filled = numbers()

    empty("default")

    assert len(filled) > len(made_by_migrate) + 10
    assert numbers() == made_by_migrate
    assert set(made_by_migrate) == {"contenttypes.ContentType", "auth.Permission"}
    assert ContentType.objects.count() == len(apps.get_models())
    assert Permission.objects.exists()


def test_every_table_of_the_portal_is_emptied():
    tables = {connection.ops.quote_name(model._meta.db_table) for model in apps.get_models()}

    assert tables - set(_tables("default")) == {'"django_content_type"', '"auth_permission"'}


def test_the_database_keeps_its_promises_afterwards():
    empty("default")

    with pytest.raises(IntegrityError), transaction.atomic():
        Place.objects.create(
            application_id=1, cohort_id=1, programme_id=1, offered_at=factories.NOW, status="offered"
        )
