"""How many rows a list says it has."""

import time

import pytest
from django.urls import reverse

from applications.models import Application
from programmes.domain import crowds, freshness
from tests import factories, scenarios
from tests.scenarios import reviewer_of

LIST = reverse("admin:applications_application_changelist")
# The bound is lowered here, for ten thousand rows take minutes to make.


@pytest.fixture
def three(db):
    programme = factories.ProgrammeFactory()
    return [scenarios.submitted(programme) for _ in range(3)]


@pytest.fixture
def counted(client, three):
    """What the list of a reviewer of the programme says."""
    client.force_login(reviewer_of(three[0].programme))
    return lambda query="": client.get(LIST + query).context["cl"].result_count


@pytest.mark.usefixtures("keeping")
@pytest.mark.parametrize(("exact", "at_once"), [(4, 4), (2, 3)])
def test_up_to_a_bound_a_new_row_counts_at_once_and_beyond_it_after_a_minute(
    monkeypatch, three, counted, exact, at_once
):
    monkeypatch.setattr(crowds, "EXACT", exact)
    assert (counted(), counted("?state=ended")) == (3, 0)

    scenarios.submitted(three[0].programme)

    assert (counted(), counted("?state=ended")) == (at_once, 0)
    seconds = time.monotonic()
    monkeypatch.setattr(freshness.time, "monotonic", lambda: seconds + freshness.SECONDS)
    assert counted() == 4


def test_without_a_shared_memory_every_row_counts_at_once(monkeypatch, three, counted):
    monkeypatch.setattr(crowds, "EXACT", 2)
    assert counted() == 3

    scenarios.submitted(three[0].programme)

    assert counted() == 4


@pytest.mark.usefixtures("keeping")
def test_a_list_that_can_have_no_rows_is_empty_beside_a_long_one(monkeypatch, three, counted):
    monkeypatch.setattr(crowds, "EXACT", 2)

    assert counted() == 3
    Application.objects.update(name_key="", address_key="")
    assert counted("?duplicates=yes") == 0
