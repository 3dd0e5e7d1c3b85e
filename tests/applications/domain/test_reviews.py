"""What staff decide, and what an applicant can do about an application in hand."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from applications.domain import reviews, submission
from applications.domain.actors import Actor
from applications.domain.transitions import ReasonMissing
from applications.models import Application, Review, State
from cohorts.domain import places
from cohorts.models import Place
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import AcademyMember, Message, Role
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.factories import NOW
from tests.scenarios import mails, reviewer_of

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(days=1)


def fresh(application):
    return Application.objects.get(pk=application.pk)


def limited_to(allowed):
    return factories.ProgrammeFactory(nomination_scope=NominationScope.ICS, nominations_allowed=allowed)


def test_a_review_is_kept_and_decides_nothing():
    application = scenarios.submitted(factories.ProgrammeFactory())
    reviewer = reviewer_of(application.programme)

    review = reviews.record_review(
        application.pk, user=reviewer, outcome="suitable", score=4, notes="Clear.", now=NOW
    )

    assert (review.reviewer, review.outcome, review.score, review.notes) == (
        reviewer,
        Review.Outcome.SUITABLE,
        4,
        "Clear.",
    )
    assert str(review) == f"Suitable: {reviewer}"
    assert fresh(application).state == State.UNDER_REVIEW


def test_asking_for_information_and_the_answer_are_kept_and_bring_it_back_to_review():
    application = scenarios.submitted(factories.ProgrammeFactory())
    reviewer = reviewer_of(application.programme)

    reviews.ask_for_information(application.pk, user=reviewer, wanted=" How many people? ", now=NOW)
    asked = fresh(application)
    reviews.give_information(application.pk, given=" Twelve. ", now=LATER)
    answered = fresh(application)

    assert (asked.state, asked.information_wanted) == (State.MORE_INFORMATION, "How many people?")
    assert Message.objects.get(event="more_information").context["wanted"] == "How many people?"
    assert (answered.state, answered.information_given) == (State.UNDER_REVIEW, "Twelve.")
    assert mails(application) == ["continue", "received", "more_information", "information_received"]

    reviews.ask_for_information(application.pk, user=reviewer, wanted="Where?", now=LATER)
    assert fresh(application).information_given == ""


def test_asking_for_information_needs_words_and_so_does_the_answer():
    application = scenarios.submitted(factories.ProgrammeFactory())

    with pytest.raises(ReasonMissing):
        reviews.ask_for_information(
            application.pk, user=reviewer_of(application.programme), wanted="  ", now=NOW
        )
    with pytest.raises(Refused) as refused:
        reviews.give_information(application.pk, given=" ", now=NOW)

    assert refused.value.sentence == "Enter your answer."
    assert fresh(application).state == State.UNDER_REVIEW


def test_turning_down_tells_the_reason():
    application = scenarios.submitted(factories.ProgrammeFactory())

    reviews.turn_down(application.pk, user=reviewer_of(application.programme), reason="Too many", now=NOW)

    assert fresh(application).state == State.UNSUCCESSFUL
    assert Message.objects.get(event="unsuccessful").context["reason"] == "Too many"


# Who may.


@pytest.fixture
def verbs():
    """Every verb of staff, on one application, by name."""
    application = scenarios.offered(factories.CohortFactory().programme)
    pk, cohort = application.pk, application.programme.cohorts.get().pk
    said = {"now": NOW, "reason": "Because"}
    return application, {
        "record_review": lambda user: reviews.record_review(pk, user=user, outcome="suitable", now=NOW),
        "shortlist": lambda user: reviews.shortlist(pk, user=user, now=NOW),
        "put_on_waiting_list": lambda user: reviews.put_on_waiting_list(pk, user=user, now=NOW),
        "turn_down": lambda user: reviews.turn_down(pk, user=user, **said),
        "ask": lambda user: reviews.ask_for_information(pk, user=user, wanted="What?", now=NOW),
        "withdraw": lambda user: reviews.withdraw(pk, actor=Actor.staff(user), **said),
        "reopen": lambda user: reviews.reopen(pk, user=user, **said),
        "give": lambda user: places.give(pk, cohort, user=user, now=NOW),
        "take_back": lambda user: places.take_back(pk, user=user, **said),
    }


def test_no_verb_of_staff_is_for_viewers_strangers_accounts_switched_off_or_nobody(verbs):
    application, each = verbs
    viewer = factories.AcademyMemberFactory(academy=application.programme.academy, role=Role.VIEWER).user
    stranger = reviewer_of(factories.ProgrammeFactory())
    switched_off = reviewer_of(application.programme)
    switched_off.is_active = False
    before = invariants.rows()

    for user in (viewer, stranger, switched_off, AnonymousUser()):
        for verb in each.values():
            with pytest.raises(NotAllowed):
                verb(user)

    assert invariants.rows() == before


def test_a_refusal_for_want_of_a_role_names_the_academy():
    application = scenarios.submitted(factories.ProgrammeFactory(academy__name="Coastal Academy"))

    with pytest.raises(NotAllowed) as refused:
        reviews.shortlist(application.pk, user=factories.UserFactory(), now=NOW)

    assert refused.value.sentence == (
        "Your role at Coastal Academy does not include decisions on applications."
    )


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.ADMINISTRATOR])
def test_reviewers_and_administrators_decide(role):
    application = scenarios.submitted(factories.ProgrammeFactory())
    user = factories.AcademyMemberFactory(academy=application.programme.academy, role=role).user

    assert reviews.shortlist(application.pk, user=user, now=NOW).state == State.SHORTLISTED
    assert AcademyMember.objects.get(user=user).role == role


# Withdrawing.


def test_withdrawing_frees_the_seat_and_the_nomination_at_once():
    programme = limited_to(1)
    cohort = factories.CohortFactory(programme=programme, maximum=1)
    ics = factories.IntegratedCareSystemFactory()
    placed = scenarios.confirmed(programme, ics=ics)
    waiting = scenarios.submitted(programme, ics=ics)

    scenarios.withdrawn(placed, now=LATER)

    placed, waiting = fresh(placed), fresh(waiting)
    place = placed.places.get()
    assert (placed.state, placed.nomination_number) == (State.WITHDRAWN, None)
    assert (place.status, place.seat_number, place.programme_number, place.answered_at) == (
        Place.Status.RELEASED,
        None,
        None,
        LATER,
    )
    assert (waiting.state, waiting.nomination_number) == (State.UNDER_REVIEW, 1)
    reviews.shortlist(waiting.pk, user=reviewer_of(programme), now=LATER)
    place = places.give(waiting.pk, cohort.pk, user=reviewer_of(programme), now=LATER)
    assert (place.seat_number, place.programme_number) == (1, 1)
    assert invariants.broken() == []


def test_withdrawing_on_someones_behalf_keeps_who_did_it_and_why():
    application = scenarios.submitted(factories.ProgrammeFactory())
    reviewer = reviewer_of(application.programme)

    reviews.withdraw(application.pk, actor=Actor.staff(reviewer), reason="Rang us", now=LATER)

    change = application.changes.last()
    assert (change.actor_user, change.reason) == (reviewer, "Rang us")
    assert Message.objects.get(event="withdrawn").context["reason"] == "Rang us"


def test_withdrawing_a_draft_leaves_the_address_free_for_another():
    programme = factories.ProgrammeFactory()
    draft = scenarios.started(programme, "sam@example.org")

    scenarios.withdrawn(draft)

    assert fresh(draft).state == State.WITHDRAWN
    assert scenarios.started(programme, "sam@example.org").pk != draft.pk


# Reopening.


def test_reopening_needs_a_nomination_again_and_takes_the_lowest_free_one():
    programme = limited_to(2)
    ics = factories.IntegratedCareSystemFactory()
    first, second = (scenarios.submitted(programme, ics=ics) for _ in range(2))
    for application in (second, first):
        scenarios.withdrawn(application)

    reviews.reopen(second.pk, user=reviewer_of(programme), reason="A misunderstanding", now=LATER)

    second = fresh(second)
    assert (second.state, second.nomination_number) == (State.UNDER_REVIEW, 1)
    assert mails(second)[-2:] == ["withdrawn", "reopened"]
    assert Message.objects.get(event="reopened").context["reason"] == "A misunderstanding"


def test_reopening_without_a_nomination_left_goes_to_the_end_of_the_reserve():
    programme = limited_to(1)
    ics = factories.IntegratedCareSystemFactory()
    ended, nominated, _ = (scenarios.submitted(programme, ics=ics) for _ in range(3))
    scenarios.withdrawn(ended)
    assert fresh(nominated).nomination_number == 1

    reviews.reopen(ended.pk, user=reviewer_of(programme), reason="A misunderstanding", now=LATER)

    ended = fresh(ended)
    assert (ended.state, ended.nomination_number, ended.reserve_since) == (State.RESERVE, None, LATER)
    context = Message.objects.get(about=ended.about, event="reopened_in_reserve").context
    assert (context["whose"], context["position"], context["reason"]) == (
        ics.short_name,
        2,
        "A misunderstanding",
    )
    assert invariants.broken() == []


def test_reopening_needs_no_nomination_where_there_is_no_limit():
    application = scenarios.withdrawn(scenarios.submitted(factories.ProgrammeFactory()))

    reviews.reopen(application.pk, user=reviewer_of(application.programme), reason="Back", now=LATER)

    assert (fresh(application).state, fresh(application).nomination_number) == (State.UNDER_REVIEW, None)


def test_reopening_is_refused_where_the_person_has_another_application_in_hand():
    programme = factories.ProgrammeFactory()
    ended = scenarios.withdrawn(scenarios.submitted(programme, email="sam@example.org"))
    other = scenarios.submitted(programme, email="Sam@example.org")

    with pytest.raises(Refused) as refused:
        reviews.reopen(ended.pk, user=reviewer_of(programme), reason="Back", now=LATER)

    assert refused.value.sentence == (
        f"This person has another application in hand, {other.reference}. Decide on that one."
    )


def test_reopening_is_refused_for_what_was_never_submitted():
    draft = scenarios.withdrawn(scenarios.started(factories.ProgrammeFactory(), "sam@example.org"))

    with pytest.raises(Refused) as refused:
        reviews.reopen(draft.pk, user=reviewer_of(draft.programme), reason="Back", now=LATER)

    assert refused.value.sentence == (
        f"{draft.reference} was withdrawn before it was submitted: there is nothing to review."
    )


def test_a_reopened_application_cannot_be_submitted_again():
    application = scenarios.withdrawn(scenarios.submitted(factories.ProgrammeFactory()))
    reviews.reopen(application.pk, user=reviewer_of(application.programme), reason="Back", now=LATER)

    with pytest.raises(Refused):
        submission.submit(application.pk, now=LATER)
