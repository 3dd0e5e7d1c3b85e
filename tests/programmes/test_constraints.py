"""What the schema itself refuses, where a comparison with null would let a row through."""

import pytest
from django.db import IntegrityError, transaction

from programmes.models import Obligation
from programmes.models.programmes import NominationScope
from tests import factories

pytestmark = pytest.mark.django_db


def test_a_limit_on_nominations_has_a_number():
    with pytest.raises(IntegrityError, match="programme_nomination_limit_has_a_number"), transaction.atomic():
        factories.ProgrammeFactory(nomination_scope=NominationScope.ICS, nominations_allowed=None)


def test_an_obligation_within_months_says_how_many():
    with pytest.raises(IntegrityError, match="obligation_window_has_months"), transaction.atomic():
        factories.ObligationFactory(window=Obligation.Window.WITHIN_MONTHS, months=None)


def test_an_obligation_names_a_meeting_only_where_something_is_to_be_attended():
    with pytest.raises(IntegrityError, match="obligation_attends_where_it_is"), transaction.atomic():
        factories.ObligationFactory(kind="deliver", attends="implementation")


@pytest.mark.parametrize("number", ["seat_number", "programme_number"])
def test_a_taken_place_has_its_numbers(number):
    with pytest.raises(IntegrityError, match="seat_number_while_taken"), transaction.atomic():
        factories.PlaceFactory(**{"seat_number": 1, "programme_number": 1, number: None})
