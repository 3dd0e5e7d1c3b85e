"""A programme copied, and a key of the feed revoked, by several people at one moment."""

from functools import partial

import pytest

from programmes.domain import feeds, own_wording, rounds
from programmes.domain.refused import Refused
from programmes.models import FeedKey, MessageTemplate, Programme, Role
from tests import factories, invariants
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def administrator():
    return factories.AcademyMemberFactory(role=Role.ADMINISTRATOR)


def test_a_programme_copied_twice_at_once_is_copied_once_and_the_others_are_told(administrator):
    programme = factories.ProgrammeFactory(academy=administrator.academy)
    names = {"title": "Circles 2027", "slug": "circles-2027", "code": "LSCB"}
    copy = partial(rounds.copy, programme.pk, **names, days=364, user=administrator.user, now=NOW)

    outcomes = at_once([copy] * 4)

    (new,) = of_kind(outcomes, Programme)
    assert [refused.sentence for refused in of_kind(outcomes, Refused)] == [
        "Another programme has the title “Circles 2027” already. Choose another one."
    ] * 3
    assert set(Programme.objects.all()) == {programme, new}
    assert invariants.broken() == []


def test_a_key_revoked_several_times_at_once_is_revoked_once(administrator):
    key = factories.FeedKeyFactory(academy=administrator.academy)

    outcomes = at_once([partial(feeds.revoke_key, key.pk, user=administrator.user, now=NOW)] * 4)

    assert of_kind(outcomes, FeedKey) == [key]
    assert [refused.sentence for refused in of_kind(outcomes, Refused)] == [
        "This key was revoked on 5 October 2026 already."
    ] * 3
    assert key.history.filter(history_type="~").count() == 1


def test_a_wording_taken_back_several_times_at_once_is_taken_back_once(administrator):
    programme = factories.ProgrammeFactory(academy=administrator.academy)
    wording = factories.MessageTemplateFactory(programme=programme)

    outcomes = at_once(
        [partial(own_wording.back_to_default, programme, wording.event, user=administrator.user)] * 4
    )

    assert sorted(outcomes) == [False, False, False, True]
    assert MessageTemplate.objects.count() == 0
    assert MessageTemplate.history.filter(history_type="-").count() == 1
