"""What staff note that somebody took part in."""

import datetime

import pytest

from facilitators.domain import participations
from facilitators.models import Commitment, Participation
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories
from tests.facilitators.delivering import DAY, THEN, trained
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def commitment():
    return trained(kind="attend", at_least=1).commitments.get()


def noted(commitment, **values):
    user = values.pop("user", None) or reviewer_of(commitment.training.programme)
    return participations.note(
        commitment.pk, **{"held_on": DAY, "what": " A set ", **values}, user=user, now=THEN
    )


def test_what_is_noted_counts_on_its_day_and_can_be_taken_back(commitment):
    user = reviewer_of(commitment.training.programme)

    one = noted(commitment, user=user)

    assert (one.kind, one.unit, one.what, one.noted_by) == ("attend", "session", "A set", user)
    assert list(participations.noted_for(commitment)) == [one]
    commitment.refresh_from_db()
    assert (commitment.done, commitment.met_on) == (1, DAY)
    participations.forget(one.pk, user=user, now=THEN)
    commitment.refresh_from_db()
    assert (commitment.done, commitment.met_on) == (0, None)
    assert Participation.history.first().history_user == user


def test_what_cannot_be_noted_is_not(commitment):
    noted(commitment)

    with pytest.raises(Refused, match="noted already"):
        noted(commitment)
    with pytest.raises(Refused, match="lies ahead"):
        noted(commitment, held_on=THEN.date() + datetime.timedelta(days=1))
    with pytest.raises(NotAllowed):
        noted(commitment, user=factories.UserFactory())
    with pytest.raises(Refused, match="about deliveries"):
        noted(trained().commitments.get())
    assert Commitment.objects.get(pk=commitment.pk).done == 1


def test_what_the_portal_noted_is_not_taken_back_by_hand(commitment):
    one = noted(commitment)
    Participation.objects.update(source="action_learning:1")

    with pytest.raises(Refused, match="correct it where it comes from"):
        participations.forget(one.pk, user=reviewer_of(commitment.training.programme), now=THEN)
