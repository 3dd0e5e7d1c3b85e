"""What is worked out over very many rows once a minute, where there is a Redis: figures of pages, never a decision."""

import datetime
import re
import time

import pytest
import time_machine
from django.urls import reverse

from applications.domain import duplicates
from applications.models import Application
from cohorts.domain import capacity, demand, waiting_list
from cohorts.domain.on_offer import on_offer
from programmes.domain import crowds, freshness
from programmes.models import Programme
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import reviewer_of
from tests.staff.reading import text_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("keeping")]

HOME = reverse("admin:index")


@pytest.fixture
def a_minute_later(monkeypatch):
    """Called, lets a minute pass for what is kept: by the clock that no change of the hour moves, nor time_machine."""

    def pass_it():
        seconds = time.monotonic() + freshness.SECONDS
        monkeypatch.setattr(freshness.time, "monotonic", lambda: seconds)

    return pass_it


@pytest.fixture(params=[3, 2], ids=["few", "many"])
def many(request, monkeypatch):
    """Whether the three applications that each test begins with are many: ten thousand would take minutes to make.

    `benchmarks/crowd_pages.py` has as many as that, and the bound as it is.
    """
    monkeypatch.setattr(crowds, "EXACT", request.param)
    return request.param < 3


def test_home_says_when_it_was_counted_if_not_now(client, many, a_minute_later):
    programme = factories.ProgrammeFactory()
    for _ in range(3):
        scenarios.under_review(programme)
    client.force_login(reviewer_of(programme))
    first = text_of(client.get(HOME))
    fourth = scenarios.under_review(programme)

    with time_machine.travel(NOW + datetime.timedelta(seconds=30), tick=False):
        second = text_of(client.get(HOME))
    a_minute_later()
    third = text_of(client.get(HOME))

    assert "3 applications to review" in first and "Counted at" not in first
    assert f"{3 if many else 4} applications to review" in second
    assert ("Counted at 1pm on 5 October 2026." in second) == many
    assert "4 applications to review" in third and "Counted at" not in third
    assert fourth.reference in second, "what was done last is never kept"


def test_a_position_is_that_of_a_minute_ago_and_who_has_just_joined_is_last(many, a_minute_later):
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme)
    factories.SessionFactory(cohort=cohort)
    one, two, three = (scenarios.waitlisted(programme) for _ in range(3))
    assert [waiting_list.position_of(each) for each in (one, two, three)] == [1, 2, 3]

    four = scenarios.waitlisted(programme)
    user = reviewer_of(programme)
    waiting_list.move_to(four.pk, 1, user=user, reason="First asked", now=NOW)

    before = [waiting_list.position_of(each) for each in (one, two, three, four)]
    a_minute_later()
    after = [waiting_list.position_of(each) for each in (one, two, three, four)]

    assert before == ([1, 2, 3, 4] if many else [2, 3, 4, 1])
    assert after == [2, 3, 4, 1]


def test_who_is_next_is_read_for_the_decision_whatever_is_kept(many):
    programme = factories.ProgrammeFactory()
    factories.SessionFactory(cohort=factories.CohortFactory(programme=programme))
    one, two, three = (scenarios.waitlisted(programme) for _ in range(3))
    assert waiting_list.position_of(one) == 1

    waiting_list.move_to(three.pk, 1, user=reviewer_of(programme), reason="First asked", now=NOW)

    assert [each.application for each in waiting_list.queue(programme)] == [three, one, two]


def test_what_stands_twice_is_looked_for_once_a_minute(many, a_minute_later):
    programme = factories.ProgrammeFactory()
    first, _, _ = (_named(scenarios.submitted(programme), name) for name in "ABC")
    assert _seeming(programme) == []
    again = _named(scenarios.submitted(programme), "A")

    before = _seeming(programme)
    a_minute_later()

    assert before == ([] if many else [first.pk, again.pk])
    assert _seeming(programme) == [first.pk, again.pk]


def _named(application, name):
    application.name = name
    application.save()
    return application


def _seeming(programme):
    found = duplicates.seeming(Application.objects.all(), programmes=[programme.pk])
    return sorted(found.values_list("pk", flat=True))


def test_first_preferences_are_counted_once_a_minute(many, a_minute_later):
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme)
    factories.SessionFactory(cohort=cohort)
    for _ in range(3):
        scenarios.submitted(programme)
    assert demand.first_preferences([cohort.pk]) == {cohort.pk: 3}
    scenarios.submitted(programme)

    before = demand.first_preferences([cohort.pk])
    a_minute_later()

    assert before == {cohort.pk: 3 if many else 4}
    assert demand.first_preferences([cohort.pk]) == {cohort.pk: 4}


def test_places_taken_are_counted_once_a_minute(client, many, a_minute_later):
    programme = factories.ProgrammeFactory(total_places=30)
    cohort = factories.CohortFactory(programme=programme, minimum=1, maximum=20)
    factories.SessionFactory(cohort=cohort)
    for _ in range(3):
        scenarios.confirmed(programme)
    client.force_login(reviewer_of(programme))
    assert _left_and_listed(client, programme) == (27, 17, "3 of 30")
    scenarios.confirmed(programme)

    before = _left_and_listed(client, programme)
    a_minute_later()

    assert before == ((27, 17, "3 of 30") if many else (26, 16, "4 of 30"))
    assert _left_and_listed(client, programme) == (26, 16, "4 of 30")
    assert capacity.free_seats(programme)[cohort.pk] == 16, "counted for the decision"


def _left_and_listed(client, programme):
    """The places left, the seats left, and what the staff's list says."""
    (offer,) = on_offer(Programme.objects.filter(pk=programme.pk))
    listed = text_of(client.get(reverse("admin:programmes_programme_changelist")))
    return offer.places_left, offer.cohorts[0].seats_left, re.findall(r"\d+ of 30", listed)[0]
