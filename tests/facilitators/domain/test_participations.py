"""What staff note that somebody took part in."""

import datetime

import pytest

from facilitators.domain.community import meetings
from facilitators.domain.people import participations
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


# Which meeting is to be attended.
def test_a_meeting_counts_for_what_asks_for_it_and_for_what_asks_for_anything():
    programme = factories.ProgrammeFactory()
    for attends in ("implementation", "action_learning", ""):
        factories.ObligationFactory(
            programme=programme, key=f"attend-{attends}", kind="attend", at_least=5, attends=attends
        )
    training = trained(programme=programme)
    user = reviewer_of(programme)

    def done():
        return {row.attends: row.done for row in training.commitments.all()}

    meetings.note_who_came(
        {training.pk: True}, source="implementation:1", held_on=DAY, what="A session", user=user, now=THEN
    )
    of_a_meeting = done()
    of_a_set = training.commitments.get(attends="action_learning")
    by_hand = participations.note(of_a_set.pk, held_on=DAY, what="A set elsewhere", user=user, now=THEN)
    of_any = training.commitments.get(attends="")
    participations.note(of_any.pk, held_on=DAY, what="A conference", user=user, now=THEN)

    assert of_a_meeting == {"implementation": 1, "action_learning": 0, "": 1}
    assert done() == {"implementation": 1, "action_learning": 1, "": 3}
    assert list(participations.noted_for(of_a_set)) == [by_hand]
    assert participations.noted_for(of_any).count() == 3
