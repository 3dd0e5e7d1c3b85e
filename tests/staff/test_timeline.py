"""The timeline of an application: everything that happened to it, newest first, by kind."""

import datetime

import pytest
import time_machine
from django.http import QueryDict
from django.urls import reverse

from applications.admin.timeline import events, timeline
from applications.domain import approvals, submission
from applications.models import Answer, Application, Approval, ConflictOfInterest, Review, StaffNote
from cohorts.domain import places, preferences
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import section

HOUR = datetime.timedelta(hours=1)


def told(application, kind, reviews=()):
    """What the timeline says of one kind: what, by whom, and the lines; newest first."""
    fresh = Application.objects.get(pk=application.pk)
    found = events(fresh, reviews, now=NOW)
    return [(event.what, event.who, event.lines) for event in found if event.kind == kind]


def test_changes_of_state_stand_newest_first_with_their_reason(desk):
    one = scenarios.submitted(desk.programme, email="sian@example.org", name="Siân O’Neill", now=NOW - HOUR)
    scenarios.withdrawn(one)

    assert told(one, "states") == [
        ("Under review → Withdrawn", "Siân O’Neill", ()),
        ("Not yet submitted → Under review", "Siân O’Neill", ()),
        ("Started", "sian@example.org", ()),
    ]


def test_approvals_are_asked_reminded_corrected_and_answered(desk):
    factories.ApprovalStepFactory(programme=desk.programme)
    one = scenarios.submitted(desk.programme, now=NOW - 4 * HOUR)
    approval = one.approvals.get()
    Approval.objects.filter(pk=approval.pk).update(chasers_sent=2, last_mailed_at=NOW - 3 * HOUR)
    approval.refresh_from_db()
    old = f"{approval.name}, {approval.email}"
    approval.name, approval.email = "Jo Manager", "jo@example.org"
    approval._history_user = desk.staff["reviewer"]
    approval.save()
    approvals.support(approval.pk, name="Jo Manager", now=NOW + HOUR)

    who = desk.staff["reviewer"].get_full_name()
    assert told(one, "approvals") == [
        ("Line manager: Supported", "Jo Manager", ()),
        ("Line manager corrected", who, (f"{old} → Jo Manager, jo@example.org",)),
        ("Line manager reminded, 2 times so far", "", ("Jo Manager, jo@example.org",)),
        ("Line manager asked", "", ("Jo Manager, jo@example.org",)),
    ]


def test_an_approval_overridden_by_staff_names_them_and_their_reason(desk):
    factories.ApprovalStepFactory(programme=desk.programme)
    one = scenarios.submitted(desk.programme)
    user = desk.staff["reviewer"]
    approvals.override(one.approvals.get().pk, user=user, reason="Agreed by telephone.", now=NOW + HOUR)

    first = told(one, "approvals")[0]

    assert first == (
        "Line manager: Agreed by the academy instead",
        user.get_full_name(),
        ("Agreed by telephone.",),
    )


def test_reviews_that_the_reader_may_see_stand_with_notes_and_conflicts(desk):
    one = scenarios.under_review(desk.programme)
    user = desk.staff["reviewer"]
    boss = desk.staff["administrator"]
    review = Review(
        application=one, reviewer=user, outcome="suitable", score=70, notes="Good.", created_at=NOW
    )
    plain = Review(application=one, reviewer=user, outcome="unsure", created_at=NOW)
    StaffNote.objects.create(application=one, author=user, text="Rang her.", written_at=NOW + HOUR)
    ConflictOfInterest.objects.create(
        application=one,
        reviewer=user,
        reason="My cousin",
        declared_at=NOW + 2 * HOUR,
        lifted_at=NOW + 3 * HOUR,
        lifted_by=boss,
        lifted_reason="Another person of that name",
    )
    ConflictOfInterest.objects.create(
        application=one, reviewer=boss, reason="My neighbour", declared_at=NOW + 4 * HOUR
    )

    name, boss_name = user.get_full_name(), boss.get_full_name()
    assert told(one, "reviews", [review, plain]) == [
        ("Conflict of interest declared", boss_name, ("My neighbour",)),
        (f"Conflict of interest of {name} lifted", boss_name, ("Another person of that name",)),
        ("Conflict of interest declared", name, ("My cousin",)),
        ("Note", name, ("Rang her.",)),
        ("Review: Unsure", name, ()),
        ("Review: Suitable, score 70", name, ("Good.",)),
    ]


def test_mails_to_the_applicant_and_the_approvers_stand_with_what_became_of_them(desk):
    factories.ApprovalStepFactory(programme=desk.programme)
    one = scenarios.submitted(desk.programme, email="sam@example.org")
    Message.objects.filter(event="approval_request").update(status="failed", last_error="550 no such user")
    Message.objects.about(one.about).filter(event="continue").update(status="sent", sent_at=NOW, to_name="")

    found = [event for event in events(one, [], now=NOW) if event.kind == "mails"]

    assert {(event.what, event.tone, event.lines) for event in found} == {
        ("Mail: The link to start, or to come back", "well", ("To sam@example.org",)),
        ("Mail: Receipt", "theirs", ("To Sam Applicant, sam@example.org",)),
        (
            "Mail: Please answer",
            "failed",
            (f"To Morgan Line manager, {one.approvals.get().email}", "550 no such user"),
        ),
    }


def test_edits_of_a_draft_are_nobodys_business(desk):
    one = scenarios.filled_in(desk.programme)

    assert told(one, "edits") == []


def test_edits_after_the_submission_say_what_was_and_what_is_by_whom(desk):
    factories.QuestionFactory(programme=desk.programme)
    one = scenarios.submitted(desk.programme)
    one.job_title = "Ward manager"
    one.phone = "01632 960001"
    one._history_user = desk.staff["reviewer"]
    one._history_date = NOW + HOUR
    one.save()
    answer = one.answers.get()
    answer.value = "x" * 400
    answer._history_date = NOW + 2 * HOUR
    answer.save()
    answer._history_date = NOW + 3 * HOUR
    answer.save()

    assert told(one, "edits") == [
        ("Answer changed", "The portal", (answer.asked, f"My answer. → {'x' * 300}…")),
        (
            "Details changed",
            desk.staff["reviewer"].get_full_name(),
            ("Job title: Team lead → Ward manager", "Telephone: (nothing) → 01632 960001"),
        ),
    ]


def test_an_answer_given_for_the_first_time_after_the_submission_had_nothing_before(desk):
    one = scenarios.submitted(desk.programme)
    question = factories.QuestionFactory(programme=desk.programme)
    submission.save_answers(one.pk, {question: "Twelve"}, now=NOW)
    Answer.history.filter(question=question).update(history_date=NOW + HOUR)

    assert told(one, "edits") == [("Answer changed", "The portal", (question.text, "(nothing) → Twelve"))]


def test_what_the_applicants_own_page_changes_is_the_applicants_doing(desk):
    one = scenarios.submitted(desk.programme, name="Siân O’Neill")
    one.job_title = "Ward manager"
    one._history_date = NOW + HOUR
    one._change_reason = "Somebody, by a public page or an emailed link"
    one.save()

    ((_, who, _),) = told(one, "edits")

    assert who == "Siân O’Neill"


def test_each_choice_of_cohorts_after_the_submission_is_one_event(desk):
    other = factories.CohortFactory(programme=desk.programme, name="Autumn")
    one = scenarios.submitted(desk.programme)
    for hours, ranked in ((1, [other]), (2, [desk.cohort, other])):
        with time_machine.travel(NOW + hours * HOUR, tick=False):
            cannot = {} if desk.cohort in ranked else {desk.cohort: "Leave"}
            preferences.save_preferences(one.pk, ranked=ranked, cannot_attend=cannot, now=NOW)

    assert told(one, "edits") == [
        ("Choice of cohorts changed", "The portal", ("1. Spring", "2. Autumn")),
        ("Choice of cohorts changed", "The portal", ("1. Autumn", "Cannot attend Spring")),
    ]


def test_nominations_are_taken_and_freed(desk):
    one = scenarios.submitted(desk.programme, now=NOW)
    Application.history.update(history_date=NOW)
    scenarios.withdrawn(one, now=NOW + HOUR)

    assert [what for what, _, _ in told(one, "nominations")] == ["Nomination 1 freed", "Nomination 1 taken"]


def test_a_nomination_with_another_number_says_both(desk):
    one = scenarios.submitted(desk.programme, now=NOW)
    one.nomination_number = 4
    one._history_date = NOW + HOUR
    one.save()

    assert told(one, "nominations")[0][0] == "Nomination 1 → 4"


def test_places_are_given_answered_and_freed_and_attendance_is_marked(desk):
    one = scenarios.confirmed(desk.programme)
    session = desk.cohort.sessions.get()
    scenarios.marked_everywhere(one, desk.cohort, "late")
    one.attendances.update(note="Train", marked_at=NOW + 2 * HOUR)
    one.places.update(answered_at=NOW + HOUR, respond_by=NOW + 10 * HOUR)

    assert told(one, "places") == [
        (f"{session}: came late", "Alex Trainer", ("Train",)),
        ("Place in Spring confirmed", "", ()),
        ("Place in Spring given", "", ("To be answered by 11pm on 5 October 2026",)),
    ]


def test_a_place_taken_back_is_freed_with_its_reason(desk):
    one = scenarios.offered(desk.programme)
    one.places.update(respond_by=None)
    places.take_back(one.pk, user=desk.staff["reviewer"], reason="A mistake", now=NOW + HOUR)

    assert told(one, "places") == [
        ("Place in Spring freed", "", ("A mistake",)),
        ("Place in Spring given", "", ()),
    ]


def test_the_kinds_above_it_count_what_there_is_and_keep_the_rest_of_the_address(desk):
    one = scenarios.submitted(desk.programme)
    query = QueryDict("_changelist_filters=state%3Ddraft&happened=states")

    shown = timeline(one, [], query=query, now=NOW)

    assert [(tab.name, tab.count, tab.chosen) for tab in shown.tabs][:2] == [
        ("Everything", len(events(one, [], now=NOW)), False),
        ("States", 2, True),
    ]
    assert shown.tabs[0].url == "?_changelist_filters=state%3Ddraft#history"
    assert shown.tabs[1].url == "?_changelist_filters=state%3Ddraft&happened=states#history"
    assert [event.kind for event in shown.events] == ["states", "states"]


def test_a_kind_that_there_is_not_shows_everything(desk, reviewer):
    one = scenarios.submitted(desk.programme)
    page = reverse("admin:applications_application_change", args=[one.pk])

    response = reviewer.get(page, {"happened": "weather"})

    assert len(response.context["timeline"].events) == len(events(one, [], now=NOW))


def test_the_page_shows_the_kind_that_its_address_names(desk, reviewer):
    one = scenarios.submitted(desk.programme, email="sian@example.org", name="Siân O’Neill")
    page = reverse("admin:applications_application_change", args=[one.pk])

    said = section(reviewer.get(page, {"happened": "states"}), "history")

    assert said.endswith(
        "Not yet submitted → Under review Siân O’Neill, 5 October 2026, 13:00 "
        "Started sian@example.org, 5 October 2026, 13:00"
    )


def test_a_kind_of_which_there_is_nothing_says_so(desk, reviewer):
    one = scenarios.submitted(desk.programme)
    page = reverse("admin:applications_application_change", args=[one.pk])

    said = section(reviewer.get(page, {"happened": "places"}), "history")

    assert said.endswith("Nothing of this kind has happened.")


@pytest.mark.parametrize("rows", [1, 3])
def test_the_timeline_asks_as_much_of_the_database_however_much_happened(
    desk, rows, django_assert_num_queries
):
    one = scenarios.confirmed(desk.programme)
    scenarios.marked_everywhere(one, desk.cohort)
    for number in range(rows):
        StaffNote.objects.create(
            application=one, author=desk.staff["reviewer"], text="Note", written_at=NOW + number * HOUR
        )
        question = factories.QuestionFactory(programme=desk.programme, kind="date")
        one.answers.create(question=question, asked="When?", value="2026-10-01")
        one.job_title = f"Job {number}"
        one.save()
    fresh = Application.objects.get(pk=one.pk)

    with django_assert_num_queries(10):
        events(fresh, [], now=NOW)
