"""A crowd that is copied by SQL is as the verbs would leave it, like the crowd that it is copied from."""

import pytest

from applications.models import Application
from benchmarks import crowd, crowd_copies
from cohorts.models import Place
from programmes.models import Message
from tests.invariants import broken

pytestmark = [pytest.mark.postgres, pytest.mark.django_db]


def test_a_crowd_copied_twice_breaks_no_rule_and_is_as_many_people():
    user = crowd.make(100)
    seats, mails = Place.objects.count(), Message.objects.count()

    crowd_copies.multiply(user, 3)
    crowd_copies.multiply(user, 2, before=1)

    assert broken() == []
    assert Application.objects.values("email_key").distinct().count() == 600
    assert (Place.objects.count(), Message.objects.count()) == (6 * seats, 6 * mails)


def test_an_academy_copied_twice_breaks_no_rule_and_leaves_the_first_as_it_was():
    user = crowd.make(100)
    seats, mails = Place.objects.count(), Message.objects.count()

    crowd_copies.spread(user, 3)
    crowd_copies.spread(user, 5, 3)

    assert broken() == []
    assert Application.objects.values("email_key").distinct().count() == 500
    assert Application.objects.visible_to(user).count() == 100
    assert (Place.objects.count(), Message.objects.count()) == (5 * seats, 5 * mails)


@pytest.mark.parametrize(("times", "before"), [(1, 0), (11, 0), (2, 2)])
def test_what_a_letter_cannot_name_is_refused(times, before):
    with pytest.raises(ValueError, match="one letter"):
        crowd_copies.multiply(crowd.make(100), times, before=before)
