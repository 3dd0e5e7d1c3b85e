"""A trainer's link to the register of one session."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from cohorts.domain import trainers
from cohorts.models import Session
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")


@pytest.fixture
def session() -> Session:
    return cohort_of(programme_with()).sessions.get(title="Day 1")


def send(session: Session, **kwargs: object) -> Link:
    kwargs = {"user": scenarios.reviewer_of(session.cohort.programme), "now": NOW, **kwargs}
    return trainers.send_link(session.pk, name="Alex Trainer", email="alex@example.org", **kwargs)


def test_a_trainer_is_mailed_a_link_that_works_until_the_end_of_the_day_after(session):
    link = send(session)

    assert link.expires_at == datetime.datetime(2026, 11, 5, tzinfo=LONDON)
    mail = Message.objects.get()
    assert (mail.event, mail.to_name, mail.to_address, mail.link, mail.context) == (
        "register_link",
        "Alex Trainer",
        "alex@example.org",
        link,
        {"cohort": "Cohort 1", "session": "Day 1", "when": "Tuesday 3 November 2026"},
    )
    assert links.address_of(link).endswith(f"/register/{links.token_of(link)}/")


def test_a_link_is_not_sent_when_it_would_not_work(session):
    with pytest.raises(Refused) as refused:
        send(session, now=datetime.datetime(2026, 11, 5, tzinfo=LONDON))

    assert refused.value.sentence == (
        "Day 1 was on 3 November 2026: a trainer's link works until the end of the day after. "
        "Mark the register yourself."
    )
    assert Link.objects.count() == 0


def test_staff_close_all_links_of_a_session_and_of_no_other(session):
    first, second = send(session), send(session)
    other = send(session.cohort.sessions.get(title="Day 2"))
    user = scenarios.reviewer_of(session.cohort.programme)
    assert trainers.working_links(session, now=NOW) == [first, second]

    closed = trainers.revoke_links(session.pk, user=user, now=NOW)

    assert closed == 2
    assert trainers.working_links(session, now=NOW) == []
    assert list(Link.objects.working(NOW).filter(opens="register")) == [other]


def test_staff_of_another_academy_neither_send_nor_close_links(session):
    stranger = scenarios.reviewer_of(factories.ProgrammeFactory())
    link = send(session)

    with pytest.raises(NotAllowed):
        send(session, user=stranger)
    with pytest.raises(NotAllowed):
        trainers.revoke_links(session.pk, user=stranger, now=NOW)

    assert trainers.working_links(session, now=NOW) == [link]
