"""Several who accept to cover at one moment: one leads, the others are thanked; and what holds without the lock."""

from functools import partial

import pytest
from django.db import IntegrityError

from facilitators.domain.covering import cover
from facilitators.models import Circle, CoverRequest
from tests import invariants
from tests.concurrency.crowd import at_once, everyone_counts_before_anyone_writes, of_kind
from tests.facilitators.covering import asked, colleague, home, leading, led_circle, told, wanted
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def circle():
    return led_circle()


def people(circle, count):
    return [colleague(circle, f"P{number} Person", ics=home(circle)) for number in range(count)]


@pytest.mark.parametrize("count", [2, 12])
def test_of_those_who_accept_at_once_one_leads_and_the_others_are_thanked(circle, count):
    crowd = people(circle, count)
    request = wanted(circle)

    outcomes = at_once([partial(cover.accept, request.pk, one.pk, now=NOW) for one in crowd])

    assert sorted(outcomes) == ["too_late"] * (count - 1) + ["yes"]
    assert sorted(asked(request).values()) == sorted(outcomes)
    [leads] = leading(circle)
    assert CoverRequest.objects.get().found.facilitator.name == leads
    assert sorted(name for _, name in told("cover_over")) == sorted(
        one.facilitator.name for one in crowd if one.facilitator.name != leads
    )
    assert invariants.broken() == []


def test_without_the_locks_all_but_one_collide_and_one_leads(circle, monkeypatch):
    crowd = people(circle, 4)
    request = wanted(circle)

    def unlocked(request_id, user=None):
        found = CoverRequest.objects.select_related("lead__training__facilitator__ics").get(pk=request_id)
        found.lead.circle = Circle.objects.select_related("programme__academy", "topic", "ics").get(
            pk=circle.pk
        )
        return found

    # The locks are taken out, to see that the schema holds without them.
    monkeypatch.setattr(cover, "_lock", unlocked)
    with everyone_counts_before_anyone_writes(monkeypatch, cover, "_lock_training", 4):
        outcomes = at_once([partial(cover.accept, request.pk, one.pk, now=NOW) for one in crowd])

    assert len(of_kind(outcomes, IntegrityError)) == 3
    assert [one for one in outcomes if not isinstance(one, Exception)] == ["yes"]
    assert len(leading(circle)) == 1
    assert invariants.broken() == []


def test_an_acceptance_and_the_end_of_the_time_at_once_agree(circle):
    [one] = people(circle, 1)
    request = wanted(circle)
    over = request.find_by

    outcomes = at_once(
        [
            partial(cover.accept, request.pk, one.pk, now=over),
            partial(cover.look_into, request.pk, now=over),
            partial(cover.look_into, request.pk, now=over),
        ]
    )

    # A late yes is taken as well.
    assert outcomes[0] == "yes"
    assert leading(circle) == [one.facilitator.name]
    assert len(told("cover_not_found_staff")) == len(told("cover_found_late")) <= 1
    assert invariants.broken() == []


def test_nobody_accepts_two_circles_of_one_time(circle):
    [one] = people(circle, 1)
    other = led_circle(first=colleague(circle, "Oda Other", ics=home(circle)))
    requests = [wanted(circle), wanted(other)]

    outcomes = at_once([partial(cover.accept, each.pk, one.pk, now=NOW) for each in requests])

    assert len(of_kind(outcomes, Exception)) == 1
    assert [leading(circle), leading(other)].count([one.facilitator.name]) == 1
    assert invariants.broken() == []
