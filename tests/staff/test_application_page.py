"""The page on which an application is reviewed."""

import datetime

import pytest
from django.core.files.base import ContentFile
from django.urls import reverse

from applications.admin.decisions import DECISIONS
from applications.domain import approvals, reviews
from applications.domain.actors import Hand
from applications.domain.transitions import allowed_actions
from applications.models import Answer, Application, State
from cohorts.domain import preferences
from programmes.domain import outbox
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.factories import NOW
from tests.pages.html import Page
from tests.staff.reading import section, text_of


def page_of(application):
    return reverse("admin:applications_application_change", args=[application.pk])


def buttons(response):
    """The decisions for which there is a button."""
    links = Page(response.content.decode()).all("a")
    return [
        link.attributes["href"].split("/")[-2]
        for link in links
        if "/decide/" in link.attributes.get("href", "")
    ]


def test_the_page_says_who_it_is_what_they_said_and_where_it_stands(desk, reviewer):
    criterion = factories.CriterionFactory(programme=desk.programme)
    factories.CriterionOptionFactory(criterion=criterion, text="A coaching qualification")
    factories.QuestionFactory(programme=desk.programme)
    factories.DeclarationFactory(programme=desk.programme)
    factories.ApprovalStepFactory(programme=desk.programme, declared=True)
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    application = scenarios.under_review(
        desk.programme,
        email="sian@example.org",
        name="Siân O’Neill",
        ics=ics,
        now=NOW - datetime.timedelta(days=4),
    )

    response = reviewer.get(page_of(application))

    assert "Waits on Academy since 1 October 2026 (4 days)." in text_of(response)
    assert section(response, "about") == (
        "Applicant Programme Leadership Circles Name Siân O’Neill Job title Team lead "
        "Work email sian@example.org Telephone Not given "
        "Organisation Downs Hospice (typed; not on the list) Match to the list Sector Hospice "
        "ICS Sussex, South East Submitted 1 October 2026, 13:00 Nomination Number 1 of 5 for Sussex"
    )
    assert section(response, "answers") == "Answers Why do you want to take part? My answer."
    assert section(response, "eligibility") == (
        "Eligibility Experience of leading groups Yes A coaching qualification"
    )
    assert section(response, "cohorts") == "Cohorts 1. Spring"
    assert section(response, "declarations") == (
        "Declarations I can attend every session. Agreed 1 October 2026"
    )
    assert section(response, "approvals") == (
        "Approvals Line manager Declared by the applicant "
        "I support this application and will release the applicant. "
        "Declared by the applicant 1 October 2026 by Siân O’Neill."
    )
    states = reviewer.get(page_of(application), {"happened": "states"})
    assert section(states, "history").endswith(
        "Not yet submitted → Under review Siân O’Neill, 1 October 2026, 13:00 "
        "Started sian@example.org, 1 October 2026, 13:00"
    )


def test_cohorts_that_cannot_be_attended_stand_with_their_reason(desk, reviewer):
    summer = factories.CohortFactory(programme=desk.programme, name="Summer")
    application = scenarios.submitted(desk.programme)
    preferences.save_preferences(
        application.pk, ranked=[summer], cannot_attend={desk.cohort: "Leave"}, now=NOW
    )

    response = reviewer.get(page_of(application))

    assert section(response, "cohorts") == "Cohorts 1. Summer Cannot attend Spring: Leave"


def test_a_reserve_position_stands_where_the_nominations_are_used_up(desk, reviewer):
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    applications = [scenarios.submitted(desk.programme, ics=ics) for _ in range(7)]

    response = reviewer.get(page_of(applications[-1]))

    assert "Nomination In reserve for Sussex, position 2" in section(response, "about")


def test_a_place_stands_with_its_seat_and_until_when_it_is_offered(desk, reviewer):
    application = scenarios.offered(desk.programme)

    response = reviewer.get(page_of(application))

    assert section(response, "about").endswith(
        "Place Spring, seat 1: offered, to be answered by 12 October 2026, 23:59"
    )


def test_what_was_asked_and_answered_later_stands_on_the_page(desk, reviewer):
    application = scenarios.more_information(desk.programme)

    asked = section(reviewer.get(page_of(application)), "information")
    reviews.give_information(application.pk, given="About 40.", now=NOW)
    answered = section(reviewer.get(page_of(application)), "information")

    assert asked == "What you asked How many people? Not answered yet"
    assert answered == "What you asked How many people? About 40."


def test_reviews_stand_with_their_score_notes_and_reviewer(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    user = desk.staff["reviewer"]
    reviews.record_review(application.pk, user=user, outcome="suitable", score=70, notes="Good.", now=NOW)

    response = reviewer.get(page_of(application))

    assert section(response, "reviews") == (
        f"Reviews Suitable, score 70 Good. {user.get_full_name()}, 5 October 2026, 13:00 Add a review"
    )


def test_what_applicants_type_is_shown_and_never_run(desk, reviewer):
    typed = '<script>alert("x")</script> =1+1 {{ csrf_token }}'
    factories.QuestionFactory(programme=desk.programme)
    application = scenarios.submitted(desk.programme, name=typed)
    application.answers.update(value=typed)

    response = reviewer.get(page_of(application))

    assert "<script>alert" not in response.content.decode()
    assert section(response, "answers").endswith(typed)


def test_mails_stand_with_what_became_of_each(desk, reviewer, settings):
    settings.DECISION_HOLD_MINUTES = 10
    application = scenarios.submitted(desk.programme)
    outbox.send_due(NOW)
    reviews.shortlist(application.pk, user=desk.staff["reviewer"], now=NOW)
    Message.objects.filter(event="received").update(status="failed", last_error="550 no such person")

    mails = section(reviewer.get(page_of(application), {"happened": "mails"}), "history")

    assert mails.startswith(
        "History Everything (7) States (3) Mails (3) Nominations (1) "
        "Mail: Suitable, no place yet Held for 10 more minutes To "
    )
    assert "Mail: Receipt Failed To " in mails
    assert "550 no such person" in mails
    assert "Mail: The link to start, or to come back Sent 5 October 2026 at 13:00 To " in mails
    assert "Continue your application" in mails
    assert "/my/" not in mails


STATES = ["started", "submitted", "more_information", "shortlisted", "waitlisted", "offered", "confirmed"]


@pytest.mark.parametrize("scenario", STATES)
@pytest.mark.parametrize("directly", [False, True])
def test_there_is_a_button_for_each_decision_that_is_possible_and_for_no_other(desk, scenario, directly):
    if directly and scenario == "confirmed":
        scenario = "offered"
    desk.programme.offer_answer = (
        OfferAnswer.CONFIRMED_DIRECTLY if directly else OfferAnswer.APPLICANT_ACCEPTS
    )
    desk.programme.save()
    make = getattr(scenarios, scenario)
    application = make(desk.programme, "sam@example.org") if scenario == "started" else make(desk.programme)
    way = {"offer", "give_place"} - {"give_place" if directly else "offer"}
    possible = {row.action for row in allowed_actions(application, Hand.STAFF)} - way - {"approve"}
    # An offer that stays an offer, for longer: no step of the workflow.
    possible |= {"extend"} if application.state == "offered" else set()

    shown = {who: buttons(desk.client(who).get(page_of(application))) for who in ("viewer", "reviewer")}

    assert shown["viewer"] == []
    assert shown["reviewer"] == [action for action in DECISIONS if action in possible]


def test_an_application_that_has_ended_can_be_reopened(desk, reviewer):
    application = scenarios.withdrawn(scenarios.submitted(desk.programme))

    assert buttons(reviewer.get(page_of(application))) == ["reopen"]


def test_an_approval_that_waits_can_be_helped_along_by_those_who_decide(desk):
    factories.ApprovalStepFactory(programme=desk.programme)
    application = scenarios.submitted(desk.programme)
    approval = application.approvals.get()
    approvals.need_more_time(approval.pk, now=NOW)
    type(approval).objects.update(address_failed=True, chasers_sent=1)

    seen = {
        who: section(desk.client(who).get(page_of(application)), "approvals")
        for who in ("viewer", "reviewer")
    }

    assert seen["viewer"] == (
        "Approvals Line manager Waiting for an answer "
        "I support this application and will release the applicant. "
        f"Morgan Line manager, {approval.email} Mail to this address was refused. "
        "Asked 5 October 2026, reminded 1 time; asked for time until 12 October 2026."
    )
    assert seen["reviewer"] == (
        f"{seen['viewer']} Send a reminder to Morgan Line manager "
        "Correct who is asked instead of Morgan Line manager "
        "Agree in the approver’s stead (Morgan Line manager)"
    )


def test_a_file_is_sent_to_be_saved_under_its_own_name(desk, reviewer):
    question = factories.QuestionFactory(programme=desk.programme, kind="file", required=False)
    application = scenarios.submitted(desk.programme)
    answer = Answer.objects.create(
        application=application,
        question=question,
        asked=question.text,
        value="Brief “neu”.html",
        file=ContentFile(b"<script>", name="x"),
    )

    page = reviewer.get(page_of(application))
    response = reviewer.get(reverse("admin:applications_application_file", args=[application.pk, answer.pk]))

    assert section(page, "answers") == "Answers Why do you want to take part? Download Brief “neu”.html"
    assert b"".join(response.streaming_content) == b"<script>"
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"].startswith("attachment; filename")


def test_an_answer_without_a_file_has_none_to_save(desk, reviewer):
    factories.QuestionFactory(programme=desk.programme)
    application = scenarios.submitted(desk.programme)
    address = reverse(
        "admin:applications_application_file", args=[application.pk, application.answers.get().pk]
    )

    assert reviewer.get(address).status_code == 404
    assert application.answers.exclude(file="").count() == 0


def test_the_history_address_leads_to_the_history_on_the_page(desk, reviewer):
    application = scenarios.submitted(desk.programme)

    response = reviewer.get(reverse("admin:applications_application_history", args=[application.pk]))

    assert response.headers["Location"] == f"{page_of(application)}#history"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_costs_the_same_however_much_is_on_it(desk, reviewer, rows, django_assert_num_queries):
    for _ in range(rows):
        factories.ApprovalStepFactory(programme=desk.programme)
        factories.QuestionFactory(programme=desk.programme)
        factories.CriterionFactory(programme=desk.programme)
        factories.DeclarationFactory(programme=desk.programme)
    for _ in range(rows - 1):
        factories.CohortFactory(programme=desk.programme)
    application = scenarios.submitted(desk.programme)
    for _ in range(rows):
        user = factories.AcademyMemberFactory(academy=desk.programme.academy).user
        reviews.record_review(application.pk, user=user, outcome="suitable", now=NOW)
    reviewer.get(page_of(application))

    with django_assert_num_queries(38):
        response = reviewer.get(page_of(application))

    assert len(response.context["approvals"]) == rows
    assert Application.objects.get().state == State.AWAITING_APPROVAL
