"""The staff's register, the grid of attendance, closing, making up and putting right."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from applications.models import State
from cohorts.domain import closing, register, trainers
from cohorts.domain.register import Marked
from cohorts.models import Attendance
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.cohorts.seats import fresh
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def signed_in_for_long(settings):
    """Who signed in before the training is still signed in after it."""
    settings.SESSION_COOKIE_AGE = 400 * 24 * 60 * 60


@pytest.fixture
def session(desk):
    return desk.cohort.sessions.get()


@pytest.fixture
def after(session):
    """The clock stands an hour after the only session."""
    with time_machine.travel(session.ends_at + datetime.timedelta(hours=1), tick=False) as clock:
        yield clock


def confirmed(desk, name="Ali", mark=""):
    application = scenarios.confirmed(desk.programme, name=name)
    if mark:
        scenarios.marked_everywhere(application, desk.cohort, mark)
    return application


def page(name, *arguments):
    return reverse(f"admin:cohorts_{name}", args=[getattr(one, "pk", one) for one in arguments])


# The register.


def test_a_reviewer_marks_people_by_their_own_name(desk, session, reviewer, after):
    ali, toni = confirmed(desk), confirmed(desk, "Toni")
    sent = {f"mark-{ali.pk}": "late", f"note-{ali.pk}": "Bus", f"seen-{ali.pk}": "|", f"seen-{toni.pk}": "|"}

    response = reviewer.post(page("session_register", session), sent | {"everyone": "1"}, follow=True)

    assert messages_of(response) == ["The register is saved. 2 of 2 people are marked."]
    by = desk.staff["reviewer"].get_full_name()
    assert [
        (row.application.name, row.mark, row.note, row.marked_by) for row in Attendance.objects.all()
    ] == [
        ("Ali", "late", "Bus", by),
        ("Toni", "present", "", by),
    ]
    assert f"Marked late at 4pm by {by}" in text_of(response)


def test_the_sheet_to_sign_names_who_is_expected(desk, session, reviewer):
    confirmed(desk)

    response = reviewer.get(page("session_register", session))

    assert "Name Organisation Signature Ali Downs Hospice" in text_of(response)
    assert "Spring is on" not in text_of(response)
    assert "it can be marked from that day on." in text_of(response)


def test_an_empty_register_says_why(session, reviewer):
    assert "Nobody is expected: nobody has a confirmed place" in text_of(
        reviewer.get(page("session_register", session))
    )


def test_a_viewer_reads_the_register_and_cannot_mark(desk, session, after):
    ali = confirmed(desk, mark="absent")
    viewer = desk.client("viewer")

    shown = viewer.get(page("session_register", session))
    sent = viewer.post(page("session_register", session), {f"mark-{ali.pk}": "present"})

    assert "Ali. Downs Hospice. Marked absent at" in text_of(shown)
    assert sent.status_code == 403
    assert Attendance.objects.get().mark == "absent"


def test_what_the_trainer_marked_meanwhile_is_asked_about(desk, session, reviewer, after):
    ali = confirmed(desk, mark="absent")

    response = reviewer.post(
        page("session_register", session), {f"mark-{ali.pk}": "late", f"seen-{ali.pk}": "|"}
    )

    assert (
        "Alex Trainer has marked Ali meanwhile: absent. You said: late. Theirs is kept unless you choose again."
        in text_of(response)
    )
    assert Attendance.objects.get().mark == "absent"


def test_a_register_sent_before_its_day_says_so(desk, session, reviewer):
    ali = confirmed(desk)

    response = reviewer.post(
        page("session_register", session), {f"mark-{ali.pk}": "late", f"seen-{ali.pk}": "|"}
    )

    assert "There is a problem. Day 1 is on 4 December 2026" in text_of(response)


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_takes_the_same_queries_however_many_people(
    desk, session, reviewer, after, count, django_assert_num_queries
):
    for number in range(count):
        confirmed(desk, f"Person {number}", "present")

    with django_assert_num_queries(10):
        reviewer.get(page("session_register", session))


def test_a_trainer_is_sent_a_link_which_staff_close(desk, session, reviewer):
    given = {"name": "Alex Trainer", "email": "alex@example.org"}

    sent = reviewer.post(page("session_trainer", session), given, follow=True)
    closed = reviewer.post(page("session_links", session), follow=True)

    assert messages_of(sent) == ["Alex Trainer is sent a link. It works until midnight on 6 December 2026."]
    assert "alex@example.org: sent at 1pm on 5 October 2026" in section(sent, "trainers")
    assert Message.objects.get(event="register_link").to_address == "alex@example.org"
    assert messages_of(closed) == ["1 link to this register closed."]
    assert "No link to this register works now." in section(closed, "trainers")
    assert "No link to this register works now." in text_of(reviewer.get(page("session_links", session)))


def test_a_link_is_not_sent_when_the_session_is_long_over(session, reviewer):
    with time_machine.travel(trainers.works_until(session), tick=False):
        response = reviewer.get(page("session_trainer", session))

    assert "The session is over for more than a day: mark the register yourself." in text_of(response)
    assert Link.objects.filter(opens="register").count() == 0


# The grid.


def test_the_grid_shows_each_person_and_session_with_the_verdict(desk, session, reviewer, after):
    confirmed(desk, "Ali", "late")
    confirmed(desk, "Kim", "absent")
    confirmed(desk, "Lee")
    scenarios.withdrawn(confirmed(desk, "Toni", "present"))

    response = reviewer.get(page("cohort_attendance", desk.cohort))

    assert (
        "Every session that is not optional is needed. Coming late counts, leaving early does not count."
        in (text_of(response))
    )
    assert section(response, "grid").split("By the rule Change ")[1] == (
        "Ali Late Attended 1 of 1 session needed; came late once, which counts "
        "Kim Absent Not attended 0 of 1 session needed; absent once Make up a session: Kim "
        "Lee not marked Open 0 of 1 session needed; not marked yet: Day 1 Make up a session: Lee "
        "Toni no longer in this cohort Present Attended 1 of 1 session needed"
    )
    assert "Close the register: 2 to decide" in text_of(response)


def test_the_grid_says_the_programmes_own_rule(desk, reviewer):
    desk.programme.sessions_needed = 2
    desk.programme.late_counts = False
    desk.programme.left_early_counts = True
    desk.programme.save()

    response = reviewer.get(page("cohort_attendance", desk.cohort))

    assert "2 sessions are needed. Coming late does not count, leaving early counts." in text_of(response)
    assert "Spring can be closed once it is over, on 4 December 2026." in text_of(response)


@pytest.mark.parametrize("count", [1, 3])
def test_the_grid_takes_the_same_queries_however_many_people(
    desk, reviewer, after, count, django_assert_num_queries
):
    for number in range(count):
        confirmed(desk, f"Came {number}", "present")
        confirmed(desk, f"Missed {number}", "absent")

    with django_assert_num_queries(18):
        reviewer.get(page("cohort_attendance", desk.cohort))


# Making up.


def test_somebody_makes_up_a_session_in_another_cohort(desk, session, reviewer, after):
    ali = confirmed(desk, mark="absent")
    again = factories.SessionFactory(
        cohort__programme=desk.programme, cohort__name="Summer", starts_at=session.starts_at + 20 * DAY
    )
    address = page("cohort_make_up", desk.cohort, ali)

    done = reviewer.post(address, {"missed": session.pk, "at": again.pk}, follow=True)
    refused = reviewer.post(address, {"missed": session.pk, "at": again.pk})
    missing = reviewer.post(address)

    assert messages_of(done) == ["Ali is expected at Day 1 of Summer, and is told so."]
    assert "made up 24 December 2026" in section(done, "grid")
    assert "Day 1 is made up already, on 24 December 2026." in text_of(refused)
    assert "Choose the session missed. Choose the session in which it is made up." in text_of(missing)


def test_without_another_session_there_is_nothing_to_make_up_in(desk, reviewer, after):
    ali = confirmed(desk, mark="absent")

    response = reviewer.get(page("cohort_make_up", desk.cohort, ali))

    assert "There is no other session in which one could be made up." in text_of(response)


def test_people_of_other_cohorts_are_not_there(desk, reviewer):
    stranger = scenarios.shortlisted(desk.programme)

    for name in ("cohort_make_up", "cohort_put_right"):
        assert reviewer.get(page(name, desk.cohort, stranger)).status_code == 404


# Closing.


def test_closing_says_what_will_happen_to_whom_and_does_it(desk, session, reviewer, after):
    ali, kim, lee = (
        confirmed(desk, "Ali", "present"),
        confirmed(desk, "Kim", "absent"),
        confirmed(desk, "Lee"),
    )
    summer = factories.CohortFactory(programme=desk.programme, name="Summer")
    factories.SessionFactory(cohort=summer, starts_at=session.starts_at + 60 * DAY)
    address = page("cohort_close", desk.cohort)

    shown = reviewer.get(address)
    response = reviewer.post(
        address,
        {"seen": str(ali.pk), f"instead-{kim.pk}": f"offer-{summer.pk}", f"reason-{kim.pk}": ""},
        follow=True,
    )

    words = text_of(shown)
    assert "1 attended Each is told so" in words
    assert "Ali: 1 of 1 session needed" in words
    assert "Kim 0 of 1 session needed; absent once" in words
    assert "Offer a place in Summer, which starts on 2 February 2027" in words
    assert f'value="offer-{summer.pk}" id="id_instead-{kim.pk}_0" checked' in shown.content.decode().replace(
        "required ", ""
    )
    assert "1 not decided yet" in words
    assert messages_of(response) == ["Spring is closed: 1 person attended, 1 person did not."]
    assert [fresh(one).state for one in (ali, kim, lee)] == [State.ATTENDED, State.OFFERED, State.CONFIRMED]


def test_it_ends_only_with_a_reason(desk, reviewer, after):
    kim = confirmed(desk, "Kim", "absent")
    address = page("cohort_close", desk.cohort)
    chosen = {"seen": "", f"instead-{kim.pk}": "end"}

    without = reviewer.post(address, chosen | {f"reason-{kim.pk}": " "})
    reviewer.post(address, chosen | {f"reason-{kim.pk}": "Left the NHS."})

    assert "Enter why Kim did not complete the training. They read it." in text_of(without)
    assert fresh(kim).state == State.DID_NOT_COMPLETE
    assert kim.changes.last().reason == "Left the NHS."


def test_a_register_that_changed_meanwhile_is_shown_again_and_then_closed(desk, reviewer, after):
    ali = confirmed(desk, "Ali", "present")
    address = page("cohort_close", desk.cohort)

    refused = reviewer.post(address, {"seen": ""})
    seen = refused.content.decode().partition('name="seen" value="')[2].partition('"')[0]
    closed = reviewer.post(address, {"seen": seen}, follow=True)

    assert "was changed while you looked at this page. Nothing has been done" in text_of(refused)
    assert messages_of(closed) == ["Spring is closed: 1 person attended, 0 people did not."]
    assert fresh(ali).state == State.ATTENDED
    assert "The register was closed on 4 December 2026" in text_of(closed)


def test_closing_is_not_possible_before_the_end_or_with_nobody_to_decide(desk, reviewer, session):
    early = reviewer.get(page("cohort_close", desk.cohort))
    with time_machine.travel(session.ends_at + DAY, tick=False):
        nobody = reviewer.get(page("cohort_close", desk.cohort))

    assert "Spring can be closed once it is over, on 4 December 2026." in text_of(early)
    assert "There is nobody of whom the register says enough." in text_of(nobody)


def test_somebody_wrongly_taken_to_have_missed_is_put_right_from_the_grid(desk, session, reviewer, after):
    kim = confirmed(desk, "Kim", "absent")
    scenarios.closed(desk.cohort, now=session.ends_at)
    address = page("cohort_put_right", desk.cohort, kim)
    before = text_of(reviewer.get(address))
    register.mark(
        session.pk, {kim.pk: Marked("present")}, by="R", seen={kim.pk: Marked("absent")}, now=session.ends_at
    )

    grid = section(reviewer.get(page("cohort_attendance", desk.cohort)), "grid")
    response = reviewer.post(address, {"reason": "Wrong line."}, follow=True)

    assert "By the register, Kim has not attended" in before
    assert "Attended after all: Kim" in grid
    assert messages_of(response) == ["Kim has attended Spring, and is told what is left to complete."]
    assert fresh(kim).state == State.ATTENDED
    assert closing.preview(desk.cohort, now=NOW).after_all == []


# Completing everyone.


def test_everyone_is_completed_by_one_press_where_nothing_is_asked(desk, session, reviewer, after):
    ali = confirmed(desk, "Ali", "present")
    address = page("cohort_complete", desk.cohort)
    nobody = text_of(reviewer.get(address))
    scenarios.closed(desk.cohort, now=session.ends_at)

    grid = text_of(reviewer.get(page("cohort_attendance", desk.cohort)))
    response = reviewer.post(address, follow=True)

    assert "Nobody who attended waits to be completed." in nobody
    assert "Complete everyone who attended" in grid
    assert messages_of(response) == ["1 person has completed Leadership Circles."]
    assert fresh(ali).state == State.COMPLETED


def test_everyone_completes_by_themselves_where_something_is_asked(desk, reviewer):
    factories.UndertakingFactory(programme=desk.programme)

    response = reviewer.get(page("cohort_complete", desk.cohort))

    assert "Everyone is asked for an evaluation or undertakings: they complete it themselves." in text_of(
        response
    )
