"""Deciding on one application: what is asked, what it does, and what is refused with nothing typed lost."""

import pytest
from django.urls import reverse

from applications.models import State
from cohorts.domain import places, preferences
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of


def decide(client, application, action, **values):
    address = reverse("admin:applications_application_decide", args=[application.pk, action])
    return client.post(address, values, follow=True)


def ask(client, application, action):
    return client.get(reverse("admin:applications_application_decide", args=[application.pk, action]))


def state_of(application):
    application.refresh_from_db()
    return application.state


@pytest.mark.parametrize(
    ("scenario", "action", "values", "to", "said"),
    [
        (
            "under_review",
            "shortlist",
            {},
            State.SHORTLISTED,
            "Sam Applicant is shortlisted. The mail goes out in 10 minutes: "
            "a decision that is changed until then reaches nobody.",
        ),
        (
            "under_review",
            "ask_information",
            {"wanted": "How many?"},
            State.MORE_INFORMATION,
            "Sam Applicant is asked for more information. The mail goes out at once.",
        ),
        (
            "under_review",
            "turn_down",
            {"reason": "Too few places."},
            State.UNSUCCESSFUL,
            "Sam Applicant is not successful. The mail goes out in 10 minutes: "
            "a decision that is changed until then reaches nobody.",
        ),
        (
            "shortlisted",
            "waitlist",
            {},
            State.WAITLISTED,
            "Sam Applicant is put on the waiting list. The mail goes out in 10 minutes: "
            "a decision that is changed until then reaches nobody.",
        ),
        (
            "offered",
            "take_back_offer",
            {"reason": "The dates moved."},
            State.SHORTLISTED,
            "Sam Applicant is shortlisted again, and the seat is free. The mail goes out in 10 minutes: "
            "a decision that is changed until then reaches nobody.",
        ),
        (
            "confirmed",
            "withdraw",
            {"reason": ""},
            State.WITHDRAWN,
            "Sam Applicant is withdrawn. The mail goes out at once.",
        ),
    ],
)
def test_a_decision_is_carried_out_and_said(desk, reviewer, scenario, action, values, to, said):
    application = getattr(scenarios, scenario)(desk.programme)

    response = decide(reviewer, application, action, **values)

    assert state_of(application) == to
    assert messages_of(response) == [said]
    change = application.changes.last()
    assert (change.action, change.actor_user, change.reason) == (
        action,
        desk.staff["reviewer"],
        next(iter(values.values()), ""),
    )


def test_a_withdrawn_application_is_reopened_with_a_reason(desk, reviewer):
    application = scenarios.withdrawn(scenarios.submitted(desk.programme))

    decide(reviewer, application, "reopen", reason="They rang.")

    assert state_of(application) == State.UNDER_REVIEW
    assert application.changes.last().reason == "They rang."


def test_a_place_is_offered_in_a_cohort_with_a_seat_their_first_choice_first(desk, reviewer):
    summer = factories.CohortFactory(programme=desk.programme, name="Summer", maximum=1)
    autumn = factories.CohortFactory(programme=desk.programme, name="Autumn", maximum=4)
    winter = factories.CohortFactory(programme=desk.programme, name="Winter")
    taken = scenarios.shortlisted(desk.programme)
    places.give(taken.pk, summer.pk, user=desk.staff["reviewer"], now=NOW)
    application = scenarios.submitted(desk.programme)
    preferences.save_preferences(
        application.pk, ranked=[autumn, summer], cannot_attend={winter: "On leave."}, now=NOW
    )
    decide(reviewer, application, "shortlist")

    form = ask(reviewer, application, "offer").context["form"]
    response = decide(reviewer, application, "offer", cohort=autumn.pk)

    assert form.fields["cohort"].choices == [
        (autumn.pk, "Autumn: their 1st preference, 4 seats of 4 left"),
        (desk.cohort.pk, "Spring: they said nothing about it, 20 seats of 20 left"),
    ]
    assert form.fields["cohort"].help_text == (
        "Not possible: Summer: no seat left of 1. Winter: cannot attend. On leave."
    )
    assert state_of(application) == State.OFFERED
    assert places.current_place(application).cohort == autumn
    assert messages_of(response)[0].startswith("Sam Applicant is offered a place. ")


def test_a_place_is_given_at_once_where_the_programme_confirms_directly(desk, reviewer):
    desk.programme.offer_answer = OfferAnswer.CONFIRMED_DIRECTLY
    desk.programme.save()
    application = scenarios.shortlisted(desk.programme)

    response = decide(reviewer, application, "give_place", cohort=desk.cohort.pk)

    assert state_of(application) == State.CONFIRMED
    assert messages_of(response)[0].startswith("Sam Applicant is given a place. ")
    assert text_of(ask(reviewer, scenarios.shortlisted(desk.programme), "offer")).endswith(
        "Offers of Leadership Circles are not made in this way. Back to "
        f"{scenarios.Application.objects.latest('pk')}"
    )


def test_a_full_cohort_leaves_nothing_to_offer_and_no_button(desk, reviewer):
    desk.cohort.maximum = 1
    desk.cohort.save()
    scenarios.offered(desk.programme)
    application = scenarios.shortlisted(desk.programme)

    page = ask(reviewer, application, "offer")
    response = decide(reviewer, application, "offer", cohort=desk.cohort.pk)

    assert "No cohort has a seat for this applicant. Spring: no seat left of 1." in text_of(page)
    assert b'<button type="submit" class="button default' not in page.content
    assert state_of(application) == State.SHORTLISTED
    assert "No cohort has a seat for this applicant." in text_of(response)


def test_a_seat_taken_between_looking_and_pressing_is_refused_in_words(desk, reviewer, monkeypatch):
    desk.programme.total_places = 1
    desk.programme.save()
    scenarios.offered(desk.programme)
    application = scenarios.shortlisted(desk.programme)

    response = decide(reviewer, application, "offer", cohort=desk.cohort.pk)

    assert state_of(application) == State.SHORTLISTED
    assert response.context["form"].non_field_errors() == [
        "Leadership Circles is full: all 1 places are offered, confirmed or attended."
    ]
    assert response.context["form"]["cohort"].value() == str(desk.cohort.pk)
    assert b"<title>Error: Offer a place" in response.content


@pytest.mark.parametrize(
    ("action", "field", "error"),
    [
        ("turn_down", "reason", "Enter the reason. The applicant reads it."),
        ("ask_information", "wanted", "Enter what you need to know. The applicant reads it."),
    ],
)
@pytest.mark.parametrize("typed", ["", "   \n "])
def test_a_decision_that_needs_words_is_refused_without_them(desk, reviewer, action, field, error, typed):
    application = scenarios.under_review(desk.programme)

    response = decide(reviewer, application, action, **{field: typed})

    assert response.context["form"].errors == {field: [error]}
    assert state_of(application) == State.UNDER_REVIEW
    assert f'<a href="#id_{field}">{error}</a>' in response.content.decode()


@pytest.mark.parametrize("typed", ["a\0b", "x" * 5001])
def test_what_cannot_be_kept_is_refused_and_stays_in_its_field(desk, reviewer, typed):
    application = scenarios.under_review(desk.programme)

    response = decide(reviewer, application, "turn_down", reason=typed)

    assert list(response.context["form"].errors) == ["reason"]
    assert response.context["form"]["reason"].value() == typed
    assert state_of(application) == State.UNDER_REVIEW


def test_a_reason_keeps_its_letters_and_is_never_run(desk, reviewer):
    application = scenarios.under_review(desk.programme)
    typed = "Dŵr <b>O’Neill</b> =1+1 {{ link }}"

    response = decide(reviewer, application, "turn_down", reason=typed)

    assert application.changes.last().reason == typed
    assert typed in text_of(response)
    assert "<b>O’Neill" not in response.content.decode()


@pytest.mark.parametrize("action", ["shortlist", "offer", "take_back_offer", "reopen"])
def test_a_decision_that_the_state_does_not_allow_has_no_button_and_says_why(desk, reviewer, action):
    application = scenarios.submitted(desk.programme)
    application = scenarios.more_information(desk.programme) if action != "shortlist" else application
    state = application.state
    if action == "shortlist":
        decide(reviewer, application, "shortlist")
        state = State.SHORTLISTED

    page = ask(reviewer, application, action)
    response = decide(reviewer, application, action, reason="Why not", cohort=desk.cohort.pk)

    assert f"{application.reference} is “{State(state).label.lower()}”:" in text_of(page)
    assert b'<button type="submit" class="button default' not in page.content
    assert f"{application.reference} is “{State(state).label.lower()}”:" in text_of(response)
    assert state_of(application) == state


def test_a_decision_that_is_not_the_staffs_does_not_exist(desk, reviewer):
    application = scenarios.offered(desk.programme)

    assert ask(reviewer, application, "accept").status_code == 404
    assert state_of(application) == State.OFFERED


def test_a_viewer_decides_nothing(desk):
    application = scenarios.under_review(desk.programme)

    response = decide(desk.client("viewer"), application, "shortlist")

    assert response.status_code == 403
    assert state_of(application) == State.UNDER_REVIEW


def test_looking_at_the_pages_of_decisions_changes_nothing(desk, reviewer):
    application = scenarios.under_review(desk.programme)
    before = (Message.objects.count(), application.changes.count())

    for action in ("shortlist", "turn_down", "ask_information", "withdraw"):
        assert ask(reviewer, application, action).context["page"].impossible == ""

    assert (Message.objects.count(), application.changes.count()) == before
    assert state_of(application) == State.UNDER_REVIEW


def test_a_review_is_kept_and_decides_nothing(desk, reviewer):
    application = scenarios.under_review(desk.programme)
    address = reverse("admin:applications_application_review", args=[application.pk])
    given = {"outcome": "unsure", "score": "40", "notes": "Ask more."}

    response = reviewer.post(address, given, follow=True)

    review = application.reviews.get()
    assert messages_of(response) == ["Your review is kept."]
    assert (review.outcome, review.score, review.notes) == ("unsure", 40, "Ask more.")
    assert review.reviewer == desk.staff["reviewer"]
    assert state_of(application) == State.UNDER_REVIEW


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, {"outcome": ["Choose an outcome."]}),
        ({"outcome": "unsure", "score": "101"}, {"score": ["The score must be 100 or less."]}),
        ({"outcome": "unsure", "score": "-1"}, {"score": ["The score must be 0 or more."]}),
        (
            {"outcome": "unsure", "score": "good"},
            {"score": ["Enter the score as a whole number, such as 70."]},
        ),
    ],
)
def test_a_review_that_is_not_clear_is_refused_in_words(desk, reviewer, given, errors):
    application = scenarios.under_review(desk.programme)
    address = reverse("admin:applications_application_review", args=[application.pk])

    response = reviewer.post(address, {**given, "notes": "Typed at length."})

    assert response.context["form"].errors == errors
    assert response.context["form"]["notes"].value() == "Typed at length."
    assert application.reviews.count() == 0
