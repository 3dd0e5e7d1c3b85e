"""Who is on a register, what is marked in it, and what happens where two people mark the same."""

import datetime

import pytest

from applications.domain import reviews
from applications.domain.actors import Actor
from applications.models import Application
from cohorts.domain import register
from cohorts.domain.register import Marked
from cohorts.models import Attendance, Cohort, Session
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, scenarios
from tests.cohorts.seats import cohort_of, programme_with

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def cohort() -> Cohort:
    return cohort_of(programme_with())


@pytest.fixture
def session(cohort: Cohort) -> Session:
    return cohort.sessions.get(title="Day 1")


def confirmed(cohort: Cohort, name: str = "Sam Applicant") -> Application:
    return scenarios.confirmed(cohort.programme, name=name)


def mark(session: Session, person: Application, said: str, *, by: str = "Alex Trainer", **kwargs: object):
    kwargs = {"seen": {}, "now": session.starts_at, **kwargs}
    marks = {person.pk: Marked(said) if isinstance(said, str) else said}
    return register.mark(session.pk, marks, by=by, **kwargs)


def stored(session: Session) -> list[tuple[str, str, str, str]]:
    rows = Attendance.objects.filter(session=session).select_related("application").order_by("pk")
    return [(row.application.name, row.mark, row.note, row.marked_by) for row in rows]


def test_the_register_holds_the_people_of_the_cohort_by_name(cohort, session):
    confirmed(cohort, "Toni")
    confirmed(cohort, "Ali")
    scenarios.offered(cohort.programme, name="Only Offered")

    entries = register.roster(session)

    assert [entry.application.name for entry in entries] == ["Ali", "Toni"]
    assert [entry.said for entry in entries] == [Marked(), Marked()]


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_takes_the_same_queries_however_many_people(
    cohort, session, count, django_assert_num_queries
):
    for number in range(count):
        mark(session, confirmed(cohort, f"Person {number}"), "present")

    with django_assert_num_queries(2):
        found = [(entry.application.organisation_as_given, entry.said) for entry in register.roster(session)]

    assert found == [("Downs Hospice", Marked("present"))] * count


def test_several_people_are_marked_at_once_with_notes(cohort, session):
    ali, toni = confirmed(cohort, "Ali"), confirmed(cohort, "Toni")
    marks = {ali.pk: Marked("late", " Train "), toni.pk: Marked("absent")}

    outcome = register.mark(session.pk, marks, by=" Alex Trainer ", seen={}, now=session.starts_at)

    assert [person.name for person in outcome.written] == ["Ali", "Toni"]
    assert outcome.clashes == []
    assert stored(session) == [
        ("Ali", "late", "Train", "Alex Trainer"),
        ("Toni", "absent", "", "Alex Trainer"),
    ]


def test_only_what_differs_from_what_was_seen_is_written(cohort, session):
    ali, toni = confirmed(cohort, "Ali"), confirmed(cohort, "Toni")
    mark(session, ali, "present", by="Morgan")

    outcome = register.mark(
        session.pk,
        {ali.pk: Marked("present"), toni.pk: Marked("late")},
        by="Alex",
        seen={ali.pk: Marked("present"), toni.pk: Marked()},
        now=session.starts_at + HOUR,
    )

    assert [person.name for person in outcome.written] == ["Toni"]
    assert stored(session) == [("Ali", "present", "", "Morgan"), ("Toni", "late", "", "Alex")]


def test_what_somebody_else_marked_meanwhile_is_not_overwritten_but_handed_back(cohort, session):
    ali, toni = confirmed(cohort, "Ali"), confirmed(cohort, "Toni")
    mark(session, ali, "absent", by="Morgan")

    outcome = register.mark(
        session.pk,
        {ali.pk: Marked("late"), toni.pk: Marked("present")},
        by="Alex",
        seen={ali.pk: Marked(), toni.pk: Marked()},
        now=session.starts_at,
        others_present=True,
    )

    assert [(clash.application.name, clash.theirs.mark, clash.yours) for clash in outcome.clashes] == [
        ("Ali", "absent", Marked("late"))
    ]
    assert stored(session) == [("Ali", "absent", "", "Morgan"), ("Toni", "present", "", "Alex")]


def test_the_same_mark_by_two_people_is_no_clash(cohort, session):
    ali = confirmed(cohort, "Ali")
    mark(session, ali, "late", by="Morgan")

    outcome = mark(session, ali, "late", by="Alex", seen={ali.pk: Marked()})

    assert (outcome.written, outcome.clashes) == ([], [])
    assert stored(session) == [("Ali", "late", "", "Morgan")]


def test_a_mark_and_a_note_by_two_people_are_both_kept(cohort, session):
    ali = confirmed(cohort, "Ali")
    mark(session, ali, "late", by="Morgan")

    mark(session, ali, Marked("", "Parking was full"), by="Alex", seen={ali.pk: Marked()})

    assert stored(session) == [("Ali", "late", "Parking was full", "Alex")]


def test_a_note_that_two_people_changed_is_handed_back(cohort, session):
    ali = confirmed(cohort, "Ali")
    mark(session, ali, Marked("late", "By train"), by="Morgan")

    outcome = mark(session, ali, Marked("late", "By car"), by="Alex", seen={ali.pk: Marked("late", "")})

    assert [clash.theirs.note for clash in outcome.clashes] == ["By train"]


def test_who_is_not_named_stays_as_they_are(cohort, session):
    ali = confirmed(cohort, "Ali")
    mark(session, ali, Marked("late", "By train"))

    outcome = register.mark(
        session.pk, {}, by="Alex", seen={ali.pk: Marked("late", "By train")}, now=session.starts_at
    )

    assert outcome.written == []


def test_everyone_else_who_was_seen_is_present_in_one_press(cohort, session):
    ali, toni, kim = (confirmed(cohort, name) for name in ("Ali", "Toni", "Kim"))
    confirmed(cohort, "Joined since")
    mark(session, ali, "absent")
    seen = {ali.pk: Marked("absent"), toni.pk: Marked(), kim.pk: Marked()}

    register.mark(
        session.pk, {kim.pk: Marked("late")}, by="Alex", seen=seen, now=session.starts_at, others_present=True
    )

    assert {name: said for name, said, _, _ in stored(session)} == {
        "Ali": "absent",
        "Kim": "late",
        "Toni": "present",
    }


def test_a_correction_keeps_what_was_marked_before_and_by_whom(cohort, session):
    ali = confirmed(cohort, "Ali")
    user = scenarios.reviewer_of(cohort.programme)
    mark(session, ali, "absent", by="Alex Trainer")

    mark(session, ali, "late", by="Robin", user=user, seen={ali.pk: Marked("absent")})

    row = Attendance.objects.get()
    assert [(past.mark, past.marked_by, past.history_user) for past in row.history.all()] == [
        ("late", "Robin", user),
        ("absent", "Alex Trainer", None),
    ]


def test_someone_who_was_marked_and_left_the_cohort_stays_on_its_registers(cohort, session):
    ali = confirmed(cohort, "Ali")
    toni = confirmed(cohort, "Toni")
    mark(session, ali, "present")
    for person in (ali, toni):
        reviews.withdraw(person.pk, actor=Actor.applicant(person), now=session.ends_at)

    other = cohort.sessions.get(title="Day 2")
    found = [(entry.application.name, entry.gone) for entry in register.roster(other)]

    assert [(entry.application.name, entry.gone) for entry in register.roster(session)] == [("Ali", True)]
    assert found == [("Ali", True)]


@pytest.mark.parametrize(
    ("said", "by", "hours", "sentence"),
    [
        ("present", " ", 0, "Enter your name: the register says who marked it."),
        ("expected", "Alex", 0, "Choose one of the marks that there are."),
        (
            "present",
            "Alex",
            -24,
            "Day 1 is on 3 November 2026: it can be marked from that day on.",
        ),
    ],
)
def test_marking_is_refused_without_a_name_a_known_mark_or_before_the_day(
    cohort, session, said, by, hours, sentence
):
    ali = confirmed(cohort, "Ali")

    with pytest.raises(Refused) as refused:
        mark(session, ali, said, by=by, now=session.starts_at + hours * HOUR)

    assert refused.value.sentence == sentence
    assert stored(session) == []


def test_staff_of_another_academy_cannot_mark(cohort, session):
    ali = confirmed(cohort, "Ali")
    stranger = scenarios.reviewer_of(factories.ProgrammeFactory())

    with pytest.raises(NotAllowed):
        mark(session, ali, "present", user=stranger)

    assert stored(session) == []


# Making up.


@pytest.fixture
def later(cohort: Cohort) -> Session:
    """The same day of another cohort, a month later."""
    other = factories.CohortFactory(programme=cohort.programme, name="Cohort 2", maximum=2)
    first = cohort.sessions.get(title="Day 1")
    return factories.SessionFactory(
        cohort=other,
        title="Day 1 again",
        starts_at=first.starts_at + datetime.timedelta(days=28),
        joining_link="https://meet.example.org/again",
    )


def make_up(person: Application, missed: Session, at: Session, **kwargs: object) -> Attendance:
    kwargs = {"user": scenarios.reviewer_of(person.programme), "now": missed.ends_at, **kwargs}
    return register.make_up(person.pk, missed=missed.pk, at=at.pk, **kwargs)


def test_a_missed_session_is_made_up_in_another_and_the_guest_is_told_and_expected(cohort, session, later):
    ali = confirmed(cohort, "Ali")
    mark(session, ali, "absent")

    make_up(ali, session, later)

    assert [
        (entry.application.name, entry.makes_up, entry.said, entry.gone) for entry in register.roster(later)
    ] == [("Ali", session, Marked(), False)]
    mail = Message.objects.get(event="make_up")
    assert (mail.to_address, mail.context["cohort"], mail.context["dates"], mail.context["joining"]) == (
        ali.email,
        "Cohort 2",
        "Tuesday 1 December 2026, 9:30am to 12:30pm (Online)",
        "https://meet.example.org/again",
    )


def test_an_optional_session_of_the_same_cohort_can_make_up_for_another(cohort, session):
    ali = confirmed(cohort, "Ali")
    extra = factories.SessionFactory(
        cohort=cohort, title="Extra", optional=True, starts_at=session.starts_at + 72 * HOUR
    )
    mark(extra, ali, "present")

    row = make_up(ali, session, extra)

    assert (row.mark, row.makes_up) == ("present", session)


def test_a_session_can_be_made_up_again_by_who_did_not_come_the_first_time(cohort, session, later):
    ali = confirmed(cohort, "Ali")
    make_up(ali, session, later)
    mark(later, ali, "absent")
    third = factories.SessionFactory(
        cohort__programme=cohort.programme, title="Day 1 once more", starts_at=later.starts_at + 72 * HOUR
    )

    make_up(ali, session, third)

    assert [entry.application for entry in register.roster(third)] == [ali]


def test_making_up_is_refused_with_the_reason(cohort, session, later):
    ali = confirmed(cohort, "Ali")
    day_2 = cohort.sessions.get(title="Day 2")
    foreign = factories.SessionFactory(title="Elsewhere", cohort__name="Foreign")
    off = factories.SessionFactory(
        cohort__programme=cohort.programme, cohort__name="Off", cohort__runs=False, title="Called off"
    )
    mark(day_2, ali, "present", now=day_2.starts_at)
    said = {}

    for missed, at in (
        (later, session),
        (day_2, later),
        (session, day_2),
        (session, foreign),
        (session, off),
    ):
        with pytest.raises(Refused) as refused:
            make_up(ali, missed, at)
        said[missed.title, at.title] = refused.value.sentence

    programme = cohort.programme.title
    assert said == {
        ("Day 1 again", "Day 1"): "Ali does not need Day 1 again of Cohort 2.",
        ("Day 2", "Day 1 again"): "Ali was at Day 2: there is nothing to make up.",
        ("Day 1", "Day 2"): "Ali is expected at Day 2 of Cohort 1 anyway.",
        ("Day 1", "Elsewhere"): f"Elsewhere of Foreign is not a session of {programme} that runs.",
        ("Day 1", "Called off"): f"Called off of Off is not a session of {programme} that runs.",
    }


def test_making_up_twice_or_in_a_full_room_is_refused(cohort, session, later):
    ali, toni, kim = (confirmed(cohort, name) for name in ("Ali", "Toni", "Kim"))
    make_up(ali, session, later)
    make_up(toni, session, later)

    with pytest.raises(Refused) as twice:
        make_up(ali, session, later)
    with pytest.raises(Refused) as full:
        make_up(kim, session, later)

    assert twice.value.sentence == "Day 1 is made up already, on 1 December 2026."
    assert full.value.sentence == (
        "Day 1 again of Cohort 2 is full: 2 people are expected, and it has room for 2."
    )


def test_someone_without_a_place_makes_nothing_up(cohort, session, later):
    person = scenarios.shortlisted(cohort.programme, name="Ali")

    with pytest.raises(Refused) as refused:
        make_up(person, session, later)

    assert refused.value.sentence == "Ali does not need Day 1 of Cohort 1."
