"""The programme's rule of what counts as attended, and the sentence that states it."""

import datetime

import pytest

from cohorts.domain import attended, register
from cohorts.domain.attended import Outcome
from cohorts.domain.register import Marked
from cohorts.models import Cohort
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, programme_with

pytestmark = pytest.mark.django_db


def cohort_with(**rule: object) -> Cohort:
    return cohort_of(programme_with(**rule))


def marked(cohort: Cohort, *marks: str):
    """The verdict on somebody who was marked so at the sessions, in their order; empty for not marked."""
    person = scenarios.confirmed(cohort.programme)
    for session, said in zip(cohort.sessions.all(), marks, strict=True):
        if said:
            register.mark(session.pk, {person.pk: Marked(said)}, by="Alex", seen={}, now=session.starts_at)
    found = attended.verdict(person)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("marks", "outcome", "sentence"),
    [
        (("present", "present"), "attended", "2 of 2 sessions needed"),
        (("late", "present"), "attended", "2 of 2 sessions needed; came late once, which counts"),
        (("late", "late"), "attended", "2 of 2 sessions needed; came late twice, which counts"),
        (
            ("present", "left_early"),
            "missed",
            "1 of 2 sessions needed; left early once, which does not count",
        ),
        (("absent", "excused"), "missed", "0 of 2 sessions needed; absent once; excused once"),
        (("present", ""), "open", "1 of 2 sessions needed; not marked yet: Day 2"),
        (("", ""), "open", "0 of 2 sessions needed; not marked yet: Day 1 and Day 2"),
        (("absent", ""), "missed", "0 of 2 sessions needed; absent once; not marked yet: Day 2"),
    ],
)
def test_all_sessions_are_needed_where_the_programme_names_no_number(marks, outcome, sentence):
    found = marked(cohort_with(), *marks)

    assert (found.outcome, found.sentence) == (Outcome(outcome), sentence)


def test_a_programme_can_need_fewer_sessions_than_there_are():
    cohort = cohort_with(sessions_needed=1)

    found = marked(cohort, "", "present")

    assert (found.outcome, found.attended, found.sentence) == (
        Outcome.ATTENDED,
        1,
        "1 of 1 session needed; not marked yet: Day 1",
    )


def test_a_programme_cannot_need_more_sessions_than_there_are():
    found = marked(cohort_with(sessions_needed=5), "present", "present")

    assert (found.outcome, found.needed) == (Outcome.ATTENDED, 2)


def test_late_and_left_early_count_as_the_programme_says():
    cohort = cohort_with(late_counts=False, left_early_counts=True)

    found = marked(cohort, "late", "left_early")

    assert (found.outcome, found.sentence) == (
        Outcome.MISSED,
        "1 of 2 sessions needed; came late once, which does not count; left early once, which counts",
    )


def test_many_times_are_counted_in_figures():
    cohort = cohort_with()
    day = cohort.sessions.get(title="Day 2").starts_at
    factories.SessionFactory(cohort=cohort, title="Day 3", starts_at=day + datetime.timedelta(days=1))

    found = marked(cohort, "late", "late", "late")

    assert found.sentence == "3 of 3 sessions needed; came late 3 times, which counts"


def test_optional_sessions_do_not_count():
    cohort = cohort_with(sessions_needed=2)
    day = cohort.sessions.get(title="Day 2").starts_at
    factories.SessionFactory(
        cohort=cohort, title="Extra", optional=True, starts_at=day + datetime.timedelta(days=1)
    )

    found = marked(cohort, "present", "absent", "present")

    assert (found.outcome, found.sentence) == (
        Outcome.MISSED,
        "1 of 2 sessions needed; absent once",
    )


def test_a_session_made_up_counts_for_the_one_that_was_missed():
    cohort = cohort_with()
    person = scenarios.confirmed(cohort.programme)
    user = scenarios.reviewer_of(cohort.programme)
    first, second = cohort.sessions.all()
    again = factories.SessionFactory(
        cohort__programme=cohort.programme, starts_at=first.starts_at + datetime.timedelta(days=28)
    )
    for session, said in ((first, "absent"), (second, "present")):
        register.mark(session.pk, {person.pk: Marked(said)}, by="Alex", seen={}, now=session.starts_at)
    register.make_up(person.pk, missed=first.pk, at=again.pk, user=user, now=second.ends_at)
    found = []

    for said in ("", "absent", "present"):
        if said:
            register.mark(
                again.pk,
                {person.pk: Marked(said)},
                by="Alex",
                seen={person.pk: register.roster(again)[0].said},
                now=again.starts_at,
            )
        verdict = attended.verdict(person)
        assert verdict
        found.append((verdict.outcome, verdict.sentence))

    assert found == [
        (
            Outcome.OPEN,
            "1 of 2 sessions needed; absent once; Day 1 to be made up on 1 December 2026",
        ),
        (Outcome.MISSED, "1 of 2 sessions needed; absent once"),
        (Outcome.ATTENDED, "2 of 2 sessions needed; absent once; Day 1 made up on 1 December 2026"),
    ]
    assert attended.attended(person) is True


def test_nobody_attends_a_cohort_without_sessions():
    cohort = factories.CohortFactory()
    person = scenarios.confirmed(cohort.programme)

    found = attended.verdict(person)

    assert found
    assert (found.outcome, found.sentence) == (Outcome.OPEN, "0 of 0 sessions needed")


def test_someone_without_a_place_has_attended_nothing():
    person = scenarios.shortlisted(factories.ProgrammeFactory())

    assert (attended.verdict(person), attended.attended(person)) == (None, False)
