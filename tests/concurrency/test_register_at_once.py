"""Two people mark the same register at one moment, and two members of staff close the same cohort."""

import datetime
from functools import partial

import pytest

from applications.models import Application, State
from cohorts.domain import closing, places, register
from cohorts.domain.closing import Choice, Instead
from cohorts.domain.register import Marked
from cohorts.models import Attendance, Session
from programmes.domain.refused import Refused
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 8


@pytest.fixture
def session() -> Session:
    return factories.SessionFactory(starts_at=NOW - datetime.timedelta(hours=5))


def people_of(session: Session, count: int = PEOPLE) -> list[Application]:
    before = NOW - datetime.timedelta(days=20)
    found = []
    for _ in range(count):
        application = scenarios.shortlisted(session.cohort.programme, now=before)
        user = scenarios.reviewer_of(session.cohort.programme)
        places.give(application.pk, session.cohort_id, user=user, now=before)
        places.accept(application.pk, now=before)
        found.append(application)
    return found


def test_ten_people_who_mark_everyone_alike_write_each_mark_once(session):
    people = people_of(session)
    marks = {person.pk: Marked("present") for person in people}
    seen = {person.pk: Marked() for person in people}

    outcomes = at_once(
        [
            partial(register.mark, session.pk, marks, by=f"Trainer {number}", seen=seen, now=NOW)
            for number in range(10)
        ]
    )

    assert sorted(len(outcome.written) for outcome in outcomes) == [0] * 9 + [PEOPLE]
    assert [outcome.clashes for outcome in outcomes] == [[]] * 10
    assert Attendance.objects.filter(mark="present").count() == PEOPLE
    assert Attendance.history.count() == PEOPLE


def test_of_two_who_mark_otherwise_one_is_asked_and_nothing_is_overwritten(session):
    people = people_of(session)
    seen = {person.pk: Marked() for person in people}

    late, absent = at_once(
        [
            partial(
                register.mark,
                session.pk,
                {person.pk: Marked(mark) for person in people},
                by=mark,
                seen=seen,
                now=NOW,
            )
            for mark in ("late", "absent")
        ]
    )

    first, second = (late, absent) if late.written else (absent, late)
    assert (len(first.written), len(first.clashes)) == (PEOPLE, 0)
    assert (len(second.written), len(second.clashes)) == (0, PEOPLE)
    kept = {(row.mark, row.marked_by) for row in Attendance.objects.all()}
    assert kept == {("late", "late")} or kept == {("absent", "absent")}


def test_two_who_mark_different_people_both_write(session):
    people = people_of(session)
    seen = {person.pk: Marked() for person in people}

    outcomes = at_once(
        [
            partial(
                register.mark,
                session.pk,
                {person.pk: Marked("present")},
                by="Trainer",
                seen=seen,
                now=NOW,
            )
            for person in people
        ]
    )

    assert [len(outcome.written) for outcome in outcomes] == [1] * PEOPLE
    assert Attendance.objects.count() == PEOPLE


def test_the_last_chair_for_a_guest_is_given_once(session):
    programme = session.cohort.programme
    people = people_of(session)
    user = scenarios.reviewer_of(programme)
    again = factories.SessionFactory(
        cohort__programme=programme, cohort__maximum=1, starts_at=NOW + datetime.timedelta(days=30)
    )

    outcomes = at_once(
        [
            partial(register.make_up, person.pk, missed=session.pk, at=again.pk, user=user, now=NOW)
            for person in people
        ]
    )

    assert len(of_kind(outcomes, Attendance)) == 1
    assert len(of_kind(outcomes, Refused)) == PEOPLE - 1
    assert len(register.roster(again)) == 1


def test_a_cohort_closed_by_five_at_once_is_closed_once(session):
    cohort = session.cohort
    people = people_of(session)
    later = factories.SessionFactory(
        cohort__programme=cohort.programme, starts_at=NOW + datetime.timedelta(days=60)
    ).cohort
    half = PEOPLE // 2
    marks = {
        person.pk: Marked("present" if number < half else "absent") for number, person in enumerate(people)
    }
    register.mark(session.pk, marks, by="Trainer", seen={}, now=NOW)
    user = scenarios.reviewer_of(cohort.programme)
    choices = {person.pk: Choice(Instead.OFFER, later.pk) for person in people[half:]}
    seen = [person.pk for person in people[:half]]

    outcomes = at_once(
        [partial(closing.close, cohort.pk, seen=seen, choices=choices, user=user, now=NOW)] * 5
    )

    assert len(of_kind(outcomes, closing.Closed)) == 1
    assert len(of_kind(outcomes, Refused)) == 4
    assert Application.objects.filter(state=State.ATTENDED).count() == half
    assert later.places.filter(status="offered").count() == PEOPLE - half
    assert invariants.broken() == []
