"""Every pair of state and action, by the table and by the verbs people use.

What the table does not have is refused and leaves no row changed; what it has writes exactly one `StateChange` and
its mails.
"""

import datetime
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction

from applications.domain import approvals, reviews, submission
from applications.domain.actors import Actor, Hand
from applications.domain.transitions import TABLE, NotAllowedNow, ReasonMissing, Transition
from applications.domain.workflow import change_state
from applications.models import Application, State, StateChange
from cohorts.domain import places
from programmes.domain.refused import Refused
from programmes.models import Message, Programme
from programmes.models.programmes import NominationScope, OfferAnswer
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(hours=1)
PAST_EVERY_DATE = NOW + datetime.timedelta(days=29)
ACTIONS = list(dict.fromkeys(row.action for row in TABLE))


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def programme_of_every_kind(answer: OfferAnswer) -> Programme:
    """With an approver, one nomination an ICS and a cohort."""
    programme = factories.ProgrammeFactory(
        nomination_scope=NominationScope.ICS, nominations_allowed=1, offer_answer=answer
    )
    factories.ApprovalStepFactory(programme=programme)
    factories.SessionFactory(cohort__programme=programme)
    return programme


def in_reserve(programme: Programme) -> Application:
    ics = factories.IntegratedCareSystemFactory()
    scenarios.submitted(programme, ics=ics)
    return scenarios.submitted(programme, ics=ics)


def not_supported(programme: Programme) -> Application:
    application = scenarios.submitted(programme)
    approvals.decline(application.approvals.get().pk, name="Morgan", reason="No", now=NOW)
    return application


def unsuccessful(programme: Programme) -> Application:
    application = scenarios.under_review(programme)
    return reviews.turn_down(application.pk, user=scenarios.reviewer_of(programme), reason="No", now=NOW)


def declined(programme: Programme) -> Application:
    application = scenarios.offered(programme)
    places.decline(application.pk, now=NOW)
    return application


def lapsed(programme: Programme) -> Application:
    application = scenarios.offered(programme)
    application.places.update(respond_by=NOW - datetime.timedelta(minutes=1))
    places.lapse(application.pk, now=NOW)
    return application


def written(state: State) -> Callable[[Programme], Application]:
    """For the states that no verb leads to yet."""

    def write(programme: Programme) -> Application:
        application = scenarios.shortlisted(programme)
        ended = {"nomination_number": None} if state == State.DID_NOT_COMPLETE else {}
        Application.objects.filter(pk=application.pk).update(state=state, **ended)
        return application

    return write


BROUGHT_TO: dict[State, Callable[[Programme], Application]] = {
    State.DRAFT: scenarios.filled_in,
    State.AWAITING_APPROVAL: scenarios.submitted,
    State.RESERVE: in_reserve,
    State.UNDER_REVIEW: scenarios.under_review,
    State.MORE_INFORMATION: scenarios.more_information,
    State.SHORTLISTED: scenarios.shortlisted,
    State.WAITLISTED: scenarios.waitlisted,
    State.OFFERED: scenarios.offered,
    State.CONFIRMED: scenarios.confirmed,
    State.ATTENDED: written(State.ATTENDED),
    State.COMPLETED: written(State.COMPLETED),
    State.NOT_SUPPORTED: not_supported,
    State.UNSUCCESSFUL: unsuccessful,
    State.DECLINED: declined,
    State.LAPSED: lapsed,
    State.WITHDRAWN: lambda programme: scenarios.withdrawn(scenarios.submitted(programme)),
    State.DID_NOT_COMPLETE: written(State.DID_NOT_COMPLETE),
}


@pytest.fixture(params=State, ids=str)
def state(request: pytest.FixtureRequest) -> State:
    return request.param


@pytest.fixture
def application(state: State) -> Application:
    brought = BROUGHT_TO[state](programme_of_every_kind(OfferAnswer.APPLICANT_ACCEPTS))
    found = Application.objects.select_related("programme__academy").get(pk=brought.pk)
    assert found.state == state
    return found


def actor_of(hand: Hand, application: Application, reviewer: Any) -> Actor:
    return {
        Hand.APPLICANT: Actor.applicant(application),
        Hand.APPROVER: Actor.approver("Morgan"),
        Hand.LEAD: Actor.lead("Lee Lead"),
        Hand.STAFF: Actor.staff(reviewer),
        Hand.CLOCK: Actor.clock(),
    }[hand]


def rows_from(state: State, action: str, hand: Hand) -> list[Transition]:
    return [row for row in TABLE if row.action == action and state in row.sources and hand in row.hands]


def told(application: Application, change: StateChange) -> list[tuple[str, str]]:
    """The mails that a change caused: event and address, in the order they were queued."""
    rows = Message.objects.about(application.about).filter(dedupe_key__contains=f":change:{change.pk}:")
    return list(rows.order_by("pk").values_list("event", "to_address"))


def to_be_told(row: Transition, application: Application) -> list[tuple[str, str]]:
    """The mails that a row of the table promises."""
    to_applicant = [(row.mail, application.email)] if row.mail else []
    if not row.approvers_hear:
        return to_applicant
    asked = application.approvals.filter(decision__in=["pending", "supported", "overridden"])
    return to_applicant + [(row.approvers_hear, one.email) for one in asked]


# By the table.


def test_what_the_table_does_not_have_is_refused_to_every_hand_and_changes_nothing(state, application):
    reviewer = scenarios.reviewer_of(application.programme)
    before = invariants.rows()
    let_through = []

    for action in ACTIONS:
        for hand in Hand:
            ends = {row.to for row in rows_from(state, action, hand)}
            for to in set(State) - ends:
                actor = actor_of(hand, application, reviewer)
                try:
                    change_state(application, to, action=action, actor=actor, reason="Because", now=LATER)
                except NotAllowedNow:
                    continue
                let_through.append((action, hand, to))

    assert let_through == []
    assert application.state == state
    assert invariants.rows() == before


def test_what_the_table_has_writes_one_change_and_its_mails(state, application):
    reviewer = scenarios.reviewer_of(application.programme)
    for row in (row for row in TABLE if state in row.sources):
        for hand in row.hands:
            actor = actor_of(hand, application, reviewer)
            with undone():
                moved = Application.objects.get(pk=application.pk)
                moved.submitted_at, moved.reserve_since = NOW, NOW
                promised = to_be_told(row, moved)
                changes = StateChange.objects.count()

                change = change_state(
                    moved, row.to, action=row.action, actor=actor, reason="Because", now=LATER
                )

                assert StateChange.objects.count() == changes + 1
                assert (change.application_id, change.action, change.from_state, change.to_state) == (
                    moved.pk,
                    row.action,
                    state,
                    row.to,
                )
                assert (change.actor, change.reason, change.at) == (actor.name, "Because", LATER)
                stored = Application.objects.get(pk=moved.pk)
                assert (stored.state, stored.state_since) == (row.to, LATER)
                assert told(moved, change) == promised


def test_what_needs_a_reason_is_refused_without_one_and_changes_nothing(state, application):
    reviewer = scenarios.reviewer_of(application.programme)
    before = invariants.rows()

    for row in (row for row in TABLE if state in row.sources and row.reason_needed):
        for hand in row.hands:
            for reason in ("", " \n\t"):
                actor = actor_of(hand, application, reviewer)
                with pytest.raises(ReasonMissing):
                    change_state(
                        application, row.to, action=row.action, actor=actor, reason=reason, now=LATER
                    )

    assert application.state == state
    assert invariants.rows() == before


# By the verbs.


def verbs(application: Application) -> dict[tuple[str, Hand], Callable[[], object]]:
    """What people and clocks can call, by the action and the hand it is done by; a nomination moves up by itself."""
    pk, approval = application.pk, application.approvals.order_by("pk")[0].pk
    cohort = application.programme.cohorts.get().pk
    directly = application.programme.offer_answer == OfferAnswer.CONFIRMED_DIRECTLY
    reviewer = scenarios.reviewer_of(application.programme)
    by_staff = {"user": reviewer, "now": LATER}
    because = {**by_staff, "reason": "Because"}
    applicant = Actor.applicant(application)
    return {
        ("submit", Hand.APPLICANT): lambda: submission.submit(pk, now=LATER),
        ("approve", Hand.APPROVER): lambda: approvals.support(approval, name="Morgan", now=LATER),
        ("approve", Hand.STAFF): lambda: approvals.override(approval, **because),
        ("not_support", Hand.APPROVER): lambda: approvals.decline(
            approval, name="Morgan", reason="Because", now=LATER
        ),
        ("ask_information", Hand.STAFF): lambda: reviews.ask_for_information(pk, wanted="What?", **by_staff),
        ("give_information", Hand.APPLICANT): lambda: reviews.give_information(pk, given="That.", now=LATER),
        ("shortlist", Hand.STAFF): lambda: reviews.shortlist(pk, **by_staff),
        ("waitlist", Hand.STAFF): lambda: reviews.put_on_waiting_list(pk, **by_staff),
        ("turn_down", Hand.STAFF): lambda: reviews.turn_down(pk, **because),
        ("give_place" if directly else "offer", Hand.STAFF): lambda: places.give(pk, cohort, **by_staff),
        ("accept", Hand.APPLICANT): lambda: places.accept(pk, now=LATER),
        ("decline", Hand.APPLICANT): lambda: places.decline(pk, now=LATER),
        ("take_back_offer", Hand.STAFF): lambda: places.take_back(pk, **because),
        ("withdraw", Hand.APPLICANT): lambda: reviews.withdraw(pk, actor=applicant, now=LATER),
        ("withdraw", Hand.STAFF): lambda: reviews.withdraw(
            pk, actor=Actor.staff(reviewer), reason="Because", now=LATER
        ),
        ("reopen", Hand.STAFF): lambda: reviews.reopen(pk, **because),
    }


# Support in reserve is heard, and changes no state.
HEARD_WITHOUT_A_CHANGE = (State.RESERVE, "approve")
# Reached by verbs, so that every rule holds before and after.
NORMAL = set(State) - {State.ATTENDED, State.COMPLETED, State.DID_NOT_COMPLETE}


def require_done(
    state: State, action: str, hand: Hand, application: Application, verb: Callable[[], object]
) -> None:
    promised = {row.to: to_be_told(row, application) for row in rows_from(state, action, hand)}
    before = list(application.changes.values_list("pk", flat=True))
    with undone():
        verb()
        changes = application.changes.exclude(pk__in=before)
        done = [(change.action, change.from_state) for change in changes]
        assert done == ([(action, state)] if promised else [])
        for change in changes:
            expected = promised[State(change.to_state)]
            # Who has just said no is not told of it.
            assert told(application, change) == (expected[:1] if action == "not_support" else expected)
            assert Application.objects.get(pk=application.pk).state == change.to_state
        if state in NORMAL:
            assert invariants.broken() == []


def walk_every_verb(state: State, application: Application) -> None:
    every = verbs(application)
    to_be_done = {
        (action, hand): verb
        for (action, hand), verb in every.items()
        if rows_from(state, action, hand) or (state, action) == HEARD_WITHOUT_A_CHANGE
    }
    before = invariants.rows()
    for key in every.keys() - to_be_done.keys():
        with pytest.raises(Refused):
            every[key]()
    assert invariants.rows() == before
    for (action, hand), verb in to_be_done.items():
        require_done(state, action, hand, application, verb)


def test_each_verb_does_what_the_table_has_and_is_refused_otherwise(state, application):
    walk_every_verb(state, application)


@pytest.mark.parametrize("state", [State.UNDER_REVIEW, State.SHORTLISTED, State.WAITLISTED, State.CONFIRMED])
def test_each_verb_does_so_where_the_academy_confirms_places_directly(state):
    programme = programme_of_every_kind(OfferAnswer.CONFIRMED_DIRECTLY)
    # Confirmed without an answer of the applicant.
    brought = (scenarios.offered if state == State.CONFIRMED else BROUGHT_TO[state])(programme)

    walk_every_verb(state, Application.objects.get(pk=brought.pk))


@pytest.mark.parametrize("state", [state for state in State if state != State.DRAFT], ids=str)
def test_lapsing_is_for_the_clock_and_for_offers_past_their_date_alone(state, application):
    before = invariants.rows()

    place = places.lapse(application.pk, now=PAST_EVERY_DATE)

    if state == State.OFFERED:
        change = application.changes.last()
        assert (change.action, change.actor, change.to_state) == ("lapse", "The portal", State.LAPSED)
        assert [event for event, _ in told(application, change)] == ["lapsed", "approver_ended"]
    else:
        assert place is None
        assert invariants.rows() == before
