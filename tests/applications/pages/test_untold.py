"""The minutes in which a decision can be taken back: nobody reads of it, on the status page as in the mail."""

import datetime

import pytest

from applications.domain import reviews
from cohorts.domain import places
from programmes.domain import messages, outbox
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def held(settings):
    settings.DECISION_HOLD_MINUTES = 10


def test_status_tells_of_a_decision_when_its_mail_has_gone(programme, at_noon):
    application = scenarios.under_review(programme)
    visitor = Visitor(application)
    at_noon.shift(datetime.timedelta(hours=1))
    decided = NOW + datetime.timedelta(hours=1)
    user = scenarios.reviewer_of(programme)
    reviews.turn_down(application.pk, user=user, reason="Too many applied.", now=decided)

    before = read(visitor.get("application"))
    at_noon.shift(datetime.timedelta(minutes=11))
    outbox.send_due(decided + datetime.timedelta(minutes=11))
    after = read(visitor.get("application"))

    assert "Being reviewed" in before
    assert "Too many applied." not in before
    assert "Not successful" in after
    assert "Too many applied." in after


def test_status_hides_several_decisions_made_within_the_hold(programme, at_noon):
    application = scenarios.under_review(programme)
    visitor = Visitor(application)
    at_noon.shift(datetime.timedelta(hours=1))
    now = NOW + datetime.timedelta(hours=1)
    user = scenarios.reviewer_of(programme)
    cohort = programme.cohorts.get()
    reviews.shortlist(application.pk, user=user, now=now)
    places.give(application.pk, cohort.pk, user=user, now=now + datetime.timedelta(minutes=1))

    page = read(visitor.get("application"))

    assert "Being reviewed" in page
    assert "Place offered" not in page


def test_status_tells_at_once_where_the_held_mails_were_released(programme, at_noon):
    application = scenarios.under_review(programme)
    visitor = Visitor(application)
    at_noon.shift(datetime.timedelta(hours=1))
    now = NOW + datetime.timedelta(hours=1)
    reviews.shortlist(application.pk, user=scenarios.reviewer_of(programme), now=now)
    messages.release_held(now=now)

    page = read(visitor.get("application"))

    assert "Suitable, waiting for a place" in page


def test_calendar_file_does_not_give_a_held_place_away(programme, at_noon):
    application = scenarios.shortlisted(programme)
    other = factories.CohortFactory(programme=programme)
    factories.SessionFactory(cohort=other, title="Only in the other cohort")
    visitor = Visitor(application)
    at_noon.shift(datetime.timedelta(hours=1))
    now = NOW + datetime.timedelta(hours=1)
    places.give(application.pk, other.pk, user=scenarios.reviewer_of(programme), now=now)

    held = visitor.get("my_calendar").content.decode()
    at_noon.shift(datetime.timedelta(minutes=11))
    outbox.send_due(now + datetime.timedelta(minutes=11))
    told = visitor.get("my_calendar").content.decode()

    assert "Only in the other cohort" not in held
    assert "Only in the other cohort" in told
