"""Decided now, told later: kept without a word to anybody, then applied together."""

import datetime

import pytest
from django.db.models.signals import pre_save

from applications.domain import reviews
from applications.models import Application, State
from cohorts.domain import pending, places, preferences
from cohorts.domain.pending import ChangedMeanwhile
from cohorts.models import PendingDecision, Place
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import mails, reviewer_of

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(days=3)


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory()
    for name in ("Spring", "Summer"):
        cohort = factories.CohortFactory(programme=programme, name=name, maximum=1)
        factories.SessionFactory(cohort=cohort, starts_at=NOW + datetime.timedelta(days=60))
    return programme


def kept(application, kind, user=None, **more):
    user = user or reviewer_of(application.programme)
    return pending.keep(application.pk, user=user, kind=kind, now=NOW, **more)


def applied(programme, user=None, **seen):
    rows = {row.pk: row.decided_at for row in pending.of_programme(programme)}
    return pending.apply_together(programme, seen=rows, user=user or reviewer_of(programme), now=LATER)


def state_of(application):
    return Application.objects.get(pk=application.pk).state


def test_a_decision_that_is_kept_changes_nothing_and_tells_nobody(programme):
    application = scenarios.under_review(programme)
    user, before = reviewer_of(programme), mails(application)

    decision = kept(application, "turn_down", user, reason=" Too many. ")

    assert (decision.kind, decision.reason, decision.decided_by, decision.decided_at) == (
        "turn_down",
        "Too many.",
        user,
        NOW,
    )
    assert (state_of(application), mails(application)) == (State.UNDER_REVIEW, before)
    assert pending.in_words(decision) == (
        f"Not successful, by {user.get_full_name()} at 1pm on 5 October 2026"
    )
    assert str(decision) == f"Not successful: {application.reference}"


def test_deciding_again_replaces_what_was_kept_and_stays_in_the_history(programme):
    application = scenarios.under_review(programme)
    first, second = reviewer_of(programme), reviewer_of(programme)

    kept(application, "turn_down", first, reason="Too many.")
    kept(application, "shortlist", second, reason="Not read by anybody")

    row = PendingDecision.objects.get()
    assert (row.kind, row.reason, row.decided_by) == ("shortlist", "", second)
    assert [(old.kind, old.history_user) for old in row.history.all()] == [
        ("shortlist", second),
        ("turn_down", first),
    ]


def test_what_is_kept_is_applied_together_and_every_mail_is_due_at_one_moment(programme):
    suitable = scenarios.under_review(programme)
    refused = scenarios.under_review(programme)
    waits = scenarios.under_review(programme)
    seated = scenarios.under_review(programme)
    cohort = programme.cohorts.get(name="Summer")
    decider, applier = reviewer_of(programme), reviewer_of(programme)
    kept(suitable, "shortlist", decider)
    kept(refused, "turn_down", decider, reason="Too many.")
    kept(waits, "waitlist", decider)
    kept(seated, "offer", decider, cohort_id=cohort.pk)

    report = applied(programme, applier)

    assert sorted((row.pk, said) for row, said in report.done) == [
        (suitable.pk, "Shortlist"),
        (refused.pk, "Not successful"),
        (waits.pk, "Put on the waiting list"),
        (seated.pk, "Give a place: Summer"),
    ]
    assert (report.skipped, report.left) == ([], 0)
    assert [state_of(row) for row in (suitable, refused, waits, seated)] == [
        State.SHORTLISTED,
        State.UNSUCCESSFUL,
        State.WAITLISTED,
        State.OFFERED,
    ]
    assert PendingDecision.objects.count() == 0
    queued = Message.objects.filter(created_at=LATER).exclude(status=Message.Status.DISCARDED)
    waiting = queued.filter(status=Message.Status.QUEUED).values_list("event", "not_before")
    assert sorted(event for event, _ in waiting) == ["offer", "shortlisted", "unsuccessful", "waitlisted"]
    assert len({due for _, due in waiting}) == 1


def test_the_record_says_who_had_decided_and_who_applied(programme):
    application = scenarios.under_review(programme)
    decider, applier = reviewer_of(programme), reviewer_of(programme)
    kept(application, "shortlist", decider)

    applied(programme, applier)

    change = application.changes.latest("pk")
    assert change.actor_user == applier
    assert change.note == f"Decided by {decider.get_full_name()} on 5 October 2026 and kept for this day."
    past = PendingDecision.history.order_by("history_date", "history_id")
    assert [(row.history_type, row.history_user) for row in past] == [("+", decider), ("-", applier)]


def test_a_place_without_a_cohort_is_the_best_preference_with_a_seat(programme):
    spring, summer = programme.cohorts.order_by("name")
    places.give(scenarios.shortlisted(programme).pk, spring.pk, user=reviewer_of(programme), now=NOW)
    application = scenarios.under_review(programme)
    preferences.save_preferences(application.pk, ranked=[spring, summer], cannot_attend={}, now=NOW)
    decision = kept(application, "offer")

    words = pending.in_words(decision)
    report = applied(programme)

    assert words.startswith("Give a place in the best of their preferences with a seat, by ")
    assert report.done == [(application, "Give a place: Summer")]
    assert Place.objects.taken().get(application=application).cohort == summer


def test_a_place_that_is_gone_and_one_without_a_preference_are_left_and_named(programme):
    spring = programme.cohorts.get(name="Spring")
    full = scenarios.shortlisted(programme)
    places.give(scenarios.shortlisted(programme).pk, spring.pk, user=reviewer_of(programme), now=NOW)
    without = scenarios.shortlisted(programme)
    without.preferences.all().delete()
    kept(full, "offer", cohort_id=spring.pk)
    kept(without, "offer")

    report = applied(programme)

    assert report.done == []
    assert [why for _, why in report.skipped] == [
        "Spring is full: all 1 seats are offered or confirmed.",
        "Sam Applicant gave no preference: decide again, and choose a cohort.",
    ]
    assert PendingDecision.objects.count() == 2


def test_a_programme_that_confirms_directly_gives_the_place(programme):
    programme.offer_answer = OfferAnswer.CONFIRMED_DIRECTLY
    programme.save()
    application = scenarios.under_review(programme)
    kept(application, "offer")

    applied(programme)

    assert state_of(application) == State.CONFIRMED


def test_what_changed_meanwhile_is_left_and_named(programme):
    gone = scenarios.under_review(programme)
    anew = scenarios.under_review(programme)
    cancelled = scenarios.under_review(programme)
    done = scenarios.under_review(programme)
    summer = programme.cohorts.get(name="Summer")
    for application in (gone, anew, done):
        kept(application, "shortlist")
    kept(cancelled, "offer", cohort_id=summer.pk)
    seen = {row.pk: row.decided_at for row in pending.of_programme(programme)}
    scenarios.withdrawn(gone)
    pending.keep(anew.pk, user=reviewer_of(programme), kind="shortlist", now=LATER)
    summer.runs = False
    summer.save()

    report = pending.apply_together(programme, seen=seen, user=reviewer_of(programme), now=LATER)

    assert report.done == [(done, "Shortlist")]
    assert {row.pk: why for row, why in report.skipped} == {
        gone.pk: f"{gone.reference} is “withdrawn”: “shortlist” is not possible from there.",
        anew.pk: "It was decided anew meanwhile: look at it, and apply it then.",
        cancelled.pk: "Summer does not take place.",
    }
    assert [pending.impossible(row) == "" for row in pending.of_programme(programme)] == [False, True, False]


def test_one_that_somebody_else_applied_at_this_moment_is_named(programme):
    decision = kept(scenarios.under_review(programme), "shortlist")
    pk = decision.pk
    decision.delete()

    # Between the list of what is kept and the lock of one: a moment that no caller can choose.
    with pytest.raises(ChangedMeanwhile, match="applied or cleared by somebody else"):
        pending._apply(pk, decided_at=NOW, user=reviewer_of(programme), now=LATER)


def test_no_more_than_a_pageful_is_applied_at_once(programme, monkeypatch):
    # The rule is the same for one as for two hundred, which would take minutes to make.
    monkeypatch.setattr(pending, "AT_ONCE", 1)
    for _ in range(3):
        kept(scenarios.under_review(programme), "shortlist")

    report = applied(programme)

    assert (len(report.done), report.left, PendingDecision.objects.count()) == (1, 2, 2)


def test_what_is_kept_can_be_cleared(programme):
    application = scenarios.under_review(programme)
    user = reviewer_of(programme)
    kept(application, "shortlist")

    pending.clear(application.pk, user=user)

    assert (PendingDecision.objects.count(), state_of(application)) == (0, State.UNDER_REVIEW)
    assert PendingDecision.history.latest("history_id").history_user == user
    with pytest.raises(ChangedMeanwhile, match="no decision to clear"):
        pending.clear(application.pk, user=user)


def test_deciding_at_once_replaces_what_was_kept(programme):
    application = scenarios.under_review(programme)
    kept(application, "turn_down", reason="Too many.")

    cohort = pending.decide(application.pk, user=reviewer_of(programme), kind="offer", now=NOW)

    assert cohort == programme.cohorts.get(name="Spring")
    assert (state_of(application), PendingDecision.objects.count()) == (State.OFFERED, 0)
    assert mails(application)[-1] == "offer"


@pytest.mark.parametrize("kind", ["shortlist", "waitlist", "turn_down"])
def test_deciding_at_once_does_what_the_verb_does(programme, kind):
    application = scenarios.under_review(programme)

    pending.decide(application.pk, user=reviewer_of(programme), kind=kind, reason="Too many.", now=NOW)

    ends = {"shortlist": "shortlisted", "waitlist": "waitlisted", "turn_down": "unsuccessful"}
    assert state_of(application) == ends[kind]


def test_what_lacks_something_or_is_not_possible_is_refused(programme):
    application, ended = (
        scenarios.under_review(programme),
        scenarios.withdrawn(scenarios.submitted(programme)),
    )
    elsewhere = factories.CohortFactory()
    off = factories.CohortFactory(programme=programme, runs=False)
    spring = programme.cohorts.get(name="Spring")
    summer = programme.cohorts.get(name="Summer")
    preferences.save_preferences(application.pk, ranked=[summer], cannot_attend={spring: "Away"}, now=NOW)

    for more, said in (
        ({"kind": "turn_down", "reason": " "}, "Enter the reason. The applicant reads it."),
        ({"kind": "offer", "cohort_id": elsewhere.pk}, "Choose a cohort of this programme that takes place."),
        ({"kind": "offer", "cohort_id": off.pk}, "Choose a cohort of this programme that takes place."),
        ({"kind": "offer", "cohort_id": spring.pk}, "Sam Applicant cannot attend Spring: Away"),
    ):
        with pytest.raises(Refused) as refused:
            kept(application, **more)
        assert refused.value.sentence == said
    with pytest.raises(Refused, match="is not possible from there"):
        kept(ended, "shortlist")
    assert PendingDecision.objects.count() == 0


def test_the_kinds_that_are_possible_follow_the_workflow(programme):
    made = {
        "under_review": scenarios.under_review(programme),
        "shortlisted": scenarios.shortlisted(programme),
        "waitlisted": scenarios.waitlisted(programme),
        "offered": scenarios.offered(programme),
    }

    found = {name: [kind.value for kind in pending.possible(row)] for name, row in made.items()}

    assert found == {
        "under_review": ["shortlist", "waitlist", "offer", "turn_down"],
        "shortlisted": ["waitlist", "offer", "turn_down"],
        "waitlisted": ["offer", "turn_down"],
        "offered": [],
    }


def test_keeping_clearing_and_applying_need_the_role(programme):
    application = scenarios.under_review(programme)
    stranger = reviewer_of(factories.ProgrammeFactory())
    with pytest.raises(NotAllowed):
        kept(application, "shortlist", stranger)
    kept(application, "shortlist")

    with pytest.raises(NotAllowed):
        pending.clear(application.pk, user=stranger)
    with pytest.raises(NotAllowed):
        applied(programme, stranger)
    assert reviews.scores(programme) == {}


def test_somebody_shortlisted_is_put_on_the_waiting_list_directly(programme):
    application = scenarios.shortlisted(programme)
    kept(application, "waitlist")

    applied(programme)

    assert state_of(application) == State.WAITLISTED
    assert application.changes.filter(action="shortlist").count() == 1


def test_the_second_who_keeps_the_first_decision_of_an_application_is_told_to_look_again(programme):
    application = scenarios.under_review(programme)
    first, second = reviewer_of(programme), reviewer_of(programme)

    def another_was_quicker(instance, **_):
        PendingDecision.objects.bulk_create(
            [
                PendingDecision(
                    application=application,
                    kind="shortlist",
                    decided_by=first,
                    decided_at=instance.decided_at,
                )
            ]
        )

    pre_save.connect(another_was_quicker, sender=PendingDecision)
    try:
        with pytest.raises(ChangedMeanwhile, match="Look at it, and decide again"):
            kept(application, "turn_down", user=second, reason="Too many.")
    finally:
        pre_save.disconnect(another_was_quicker, sender=PendingDecision)

    assert PendingDecision.objects.count() == 0
