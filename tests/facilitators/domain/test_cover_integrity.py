"""Every rule about cover finds what it is there for, and nothing else."""

import datetime

import pytest

from facilitators.domain import workload
from facilitators.domain.calendar import circles
from facilitators.domain.covering import cover
from facilitators.models import Circle, CoverAsked, CoverRequest
from tests import factories, invariants
from tests.facilitators.covering import asker, colleague, home, led_circle, wanted
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def circle(db):
    return led_circle()


@pytest.fixture
def near(circle):
    return colleague(circle, "Near Neighbour", ics=home(circle))


@pytest.fixture
def request_(circle, near):
    return wanted(circle)


@pytest.fixture
def found(request_, near):
    cover.accept(request_.pk, near.pk, now=NOW)
    assert invariants.broken() == []
    return request_


def broken():
    return [sentence.partition(":")[0] for sentence in invariants.broken()]


def test_whoever_was_found_does_not_lead(found, circle):
    circle.leads.filter(stood_down_at=None).update(stood_down_at=NOW - datetime.timedelta(days=1))
    circle.leads.create(training=factories.TrainingFactory(programme=circle.programme), added_at=NOW)

    assert broken() == ["cover-found-leads"]


def test_whoever_was_found_can_be_replaced(found, circle):
    later = NOW + datetime.timedelta(hours=1)
    circles.change(
        circle.pk,
        circles.Plan(**{name: getattr(circle, name) for name in circles.Plan.__dataclass_fields__}),
        leads=[asker(circle).pk],
        by="Staff",
        now=later,
    )

    assert broken() == []


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"state": "held"}, ["circle-held-without-a-delivery", "cover-open-of-a-circle-ahead"]),
        ({"state": "draft"}, ["cover-open-of-a-circle-ahead"]),
        ({"starts_at": NOW - datetime.timedelta(hours=2)}, ["cover-open-of-a-circle-ahead"]),
        ({"starts_at": NOW - datetime.timedelta(minutes=5)}, []),
    ],
)
def test_an_open_request_of_a_circle_that_is_not_ahead(request_, circle, changed, what):
    Circle.objects.filter(pk=circle.pk).update(**changed)

    assert sorted(broken()) == what


@pytest.mark.parametrize(("late", "what"), [(59, []), (60, ["cover-open-of-a-circle-ahead"])])
def test_an_open_request_whose_time_is_over(request_, late, what):
    moment = NOW - datetime.timedelta(minutes=late)
    CoverRequest.objects.update(find_by=moment, asked_at=moment - datetime.timedelta(days=1))

    assert broken() == what


def test_an_open_request_of_somebody_who_does_not_lead(request_, circle):
    circle.leads.update(stood_down_at=NOW)
    circle.leads.create(training=factories.TrainingFactory(programme=circle.programme), added_at=NOW)

    assert broken() == ["cover-open-of-a-circle-ahead"]


@pytest.mark.parametrize("values", [{"ended_at": NOW}, {"state": "withdrawn"}])
def test_ended_without_a_moment_or_open_with_one(request_, values):
    CoverRequest.objects.update(**values)

    assert broken() == ["cover-ended-at"]


def test_found_without_a_yes(found):
    CoverAsked.objects.update(answer="none")

    assert broken() == ["cover-found-accepted"]


def test_a_yes_without_being_found(request_):
    CoverAsked.objects.update(answer="yes")

    assert broken() == ["cover-found-accepted"]


def test_cover_that_is_wanted_waits_on_staff_until_it_is_decided(circle, near):
    kind = next(one for one in workload.WAITING if one.key == "cover-wanted")

    def waiting():
        return [row.pk for row in kind.rows(NOW)]

    request = wanted(circle)
    assert waiting() == [request.pk]
    cover.decline(request.pk, near.pk, now=NOW)
    assert waiting() == [request.pk]
    cover.accept(request.pk, near.pk, now=NOW)
    assert waiting() == []
