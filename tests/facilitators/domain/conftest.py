"""Somebody who is in the register twice, for whom the two entries are to be joined."""

import pytest

from tests import factories
from tests.facilitators.delivering import trained
from tests.facilitators.one_person import day


@pytest.fixture
def one():
    """Sam, who owes 3 sessions in 12 months."""
    sam = factories.FacilitatorFactory(name="Sam Smith", email="sam@example.org")
    return trained(trained_on=day("2026-03-01"), facilitator=sam)


@pytest.fixture
def two(one):
    """Sam again, by another address, trained later."""
    sam = factories.FacilitatorFactory(name="Samantha Smith", email="samantha@example.net")
    return trained(programme=one.programme, trained_on=day("2026-06-01"), facilitator=sam)
