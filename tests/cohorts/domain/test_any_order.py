"""Whatever people and clocks do, in whatever order: refused or done, and every rule holds after every step."""

import datetime
import os
from collections.abc import Callable

import hypothesis.strategies as st
import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from applications.domain import approvals, nominations, reviews, submission
from applications.domain.workflow import Actor
from applications.models import Application, Approval
from cohorts.domain import capacity, go_or_not, moving, offers, places, waiting_list
from cohorts.models import Place
from programmes.domain.refused import Refused
from programmes.models.programmes import NominationScope, OfferAnswer
from tests import factories, invariants, scenarios
from tests.factories import NOW

PEOPLE = st.integers(0, 5)
YES_OR_NO = st.booleans()


class AnyOrder(RuleBasedStateMachine):
    """Six people of two systems with two nominations each, for two cohorts of two and three places in total."""

    def __init__(self) -> None:
        super().__init__()
        self.undone = transaction.atomic()
        self.undone.__enter__()
        self.now = NOW

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undone.__exit__(None, None, None)

    @initialize(directly=YES_OR_NO, by_nominator=YES_OR_NO, manager=YES_OR_NO, onward=YES_OR_NO)
    def set_up(self, directly: bool, by_nominator: bool, manager: bool, onward: bool) -> None:
        self.programme = factories.ProgrammeFactory(
            nomination_scope=NominationScope.ICS,
            nominations_allowed=2,
            total_places=3,
            offers_onward=onward,
            offer_answer=OfferAnswer.CONFIRMED_DIRECTLY if directly else OfferAnswer.APPLICANT_ACCEPTS,
        )
        if manager:
            factories.ApprovalStepFactory(programme=self.programme)
        if by_nominator:
            factories.ApprovalStepFactory(programme=self.programme, nominator=True)
        self.cohorts = [
            factories.CohortFactory(programme=self.programme, minimum=minimum, maximum=2)
            for minimum in (2, 0)
        ]
        for weeks, cohort in zip((3, 9), self.cohorts, strict=True):
            starts = NOW + datetime.timedelta(weeks=weeks)
            factories.SessionFactory(cohort=cohort, starts_at=starts)
        systems = [factories.IntegratedCareSystemFactory() for _ in range(2)]
        self.people = [scenarios.filled_in(self.programme, ics=systems[n % 2]).pk for n in range(6)]
        self.reviewer = scenarios.reviewer_of(self.programme)
        self.administrator = scenarios.administrator_of(self.programme)
        # People press on from where a journey usually is by now.
        for pk in self.people:
            self.try_to(lambda pk=pk: submission.submit(pk, now=self.now))

    def try_to(self, verb: Callable[[], object]) -> None:
        """Do it, or be refused without a trace; a minute later, or some days."""
        self.now += datetime.timedelta(minutes=1)
        before = Application.objects.order_by("pk").values_list("pk", "state", "nomination_number")
        rows = list(before)
        try:
            with transaction.atomic():
                verb()
        except Refused:
            assert list(before.all()) == rows

    def said(self) -> dict[str, object]:
        return {"user": self.reviewer, "now": self.now}

    @rule(person=PEOPLE, yes=st.sampled_from(["yes", "yes", "yes", "no", "instead"]))
    def an_approver_answers(self, person: int, yes: str) -> None:
        for approval in Approval.objects.filter(application=self.people[person]).order_by("-pk")[:1]:
            answer = {
                "yes": lambda pk: approvals.support(pk, name="Morgan", now=self.now),
                "no": lambda pk: approvals.decline(pk, name="Morgan", reason="No", now=self.now),
                "instead": lambda pk: approvals.override(pk, reason="Rang", **self.said()),
            }[yes]
            self.try_to(lambda pk=approval.pk, answer=answer: answer(pk))

    @rule()
    def every_approver_says_yes(self) -> None:
        for approval in Approval.objects.pending():
            self.try_to(lambda pk=approval.pk: approvals.support(pk, name="Morgan", now=self.now))

    @rule(person=PEOPLE)
    def staff_shortlist(self, person: int) -> None:
        self.try_to(lambda: reviews.shortlist(self.people[person], **self.said()))

    @rule()
    def staff_shortlist_everyone(self) -> None:
        for pk in self.people:
            self.try_to(lambda pk=pk: reviews.shortlist(pk, **self.said()))

    @rule(person=PEOPLE)
    def staff_put_on_the_waiting_list(self, person: int) -> None:
        self.try_to(lambda: reviews.put_on_waiting_list(self.people[person], **self.said()))

    @rule(person=PEOPLE, answered=YES_OR_NO)
    def staff_ask(self, person: int, answered: bool) -> None:
        pk = self.people[person]
        self.try_to(lambda: reviews.ask_for_information(pk, wanted="What?", **self.said()))
        if answered:
            self.try_to(lambda: reviews.give_information(pk, given="That.", now=self.now))

    @rule(person=PEOPLE)
    def staff_turn_down(self, person: int) -> None:
        self.try_to(lambda: reviews.turn_down(self.people[person], reason="No", **self.said()))

    @rule(person=PEOPLE)
    def staff_reopen(self, person: int) -> None:
        self.try_to(lambda: reviews.reopen(self.people[person], reason="Yes", **self.said()))

    @rule(person=PEOPLE)
    def somebody_withdraws(self, person: int) -> None:
        application = Application.objects.get(pk=self.people[person])
        self.try_to(lambda: scenarios.withdrawn(application, now=self.now))

    @rule(person=PEOPLE)
    def staff_withdraw_somebody(self, person: int) -> None:
        actor = Actor.staff(self.reviewer)
        self.try_to(lambda: reviews.withdraw(self.people[person], actor=actor, now=self.now))

    @rule(person=PEOPLE, cohort=st.integers(0, 1))
    def staff_give_a_place(self, person: int, cohort: int) -> None:
        where = self.cohorts[cohort].pk
        self.try_to(lambda: places.give(self.people[person], where, **self.said()))

    @rule(person=PEOPLE, yes=YES_OR_NO)
    def an_offer_is_answered(self, person: int, yes: bool) -> None:
        verb = places.accept if yes else places.decline
        self.try_to(lambda: verb(self.people[person], now=self.now))

    @rule(person=PEOPLE)
    def staff_take_a_place_back(self, person: int) -> None:
        self.try_to(lambda: places.take_back(self.people[person], reason="Room", **self.said()))

    @rule(person=PEOPLE)
    def an_applicant_asks_for_another_date(self, person: int) -> None:
        self.try_to(lambda: places.ask_other_date(self.people[person], reason="Leave", now=self.now))

    @rule(person=PEOPLE)
    def staff_offer_a_place_again(self, person: int) -> None:
        self.try_to(lambda: offers.offer_again(self.people[person], **self.said()))

    @rule(person=PEOPLE, days=st.integers(-1, 9))
    def staff_extend_an_offer(self, person: int, days: int) -> None:
        until = self.now + datetime.timedelta(days=days)
        self.try_to(lambda: offers.extend(self.people[person], until=until, **self.said()))

    @rule(person=PEOPLE, cohort=st.integers(0, 1))
    def staff_move_somebody(self, person: int, cohort: int) -> None:
        where = self.cohorts[cohort].pk
        self.try_to(lambda: moving.move(self.people[person], where, **self.said()))

    @rule(person=PEOPLE, position=st.integers(0, 4))
    def staff_reorder_the_waiting_list(self, person: int, position: int) -> None:
        self.try_to(lambda: waiting_list.move_to(self.people[person], position, reason="Fair", **self.said()))

    @rule(cohort=st.integers(0, 1), maximum=st.integers(1, 4))
    def an_administrator_sets_a_maximum(self, cohort: int, maximum: int) -> None:
        def set_maximum() -> None:
            locked = capacity.lock(self.programme.pk, self.cohorts[cohort].pk)
            capacity.require_maximum(locked, maximum)
            locked.minimum = min(locked.minimum, maximum)
            locked.maximum = maximum
            locked.save()

        self.try_to(set_maximum)

    @rule()
    def the_portal_sweeps(self) -> None:
        self.try_to(lambda: waiting_list.offer_freed_seats(self.programme.pk, now=self.now))
        for pk in go_or_not.to_settle():
            self.try_to(lambda pk=pk: go_or_not.settle(pk, now=self.now))
        assert self.seats_that_somebody_waits_for() == []
        assert go_or_not.to_settle() == []

    def seats_that_somebody_waits_for(self) -> list[str]:
        """Whoever waits for a seat that is free and could be offered to them: said anew, from the rows."""
        programme = type(self.programme).objects.get(pk=self.programme.pk)
        held = Place.objects.filter(programme=programme)
        if not programme.offers_onward or held.exclude(programme_number=None).count() >= 3:
            return []
        found = []
        for waiting in Application.objects.filter(programme=programme, state="waitlisted"):
            for cohort in programme.cohorts.filter(runs=True):
                free = held.filter(cohort=cohort).exclude(seat_number=None).count() < cohort.maximum
                wanted = waiting.preferences.filter(cohort=cohort, rank__isnull=False).exists()
                in_time = cohort.starts_at - self.now >= datetime.timedelta(days=4)
                if free and wanted and in_time:
                    found.append(f"{waiting} waits, and {cohort} has a seat")
        return found

    @rule(days=st.integers(1, 4))
    def days_go_by(self, days: int) -> None:
        self.now += datetime.timedelta(days=days)
        for pk in offers.to_remind_of(self.now):
            self.try_to(lambda pk=pk: offers.remind(pk, now=self.now))
        for pk in offers.past_their_date(self.now):
            self.try_to(lambda pk=pk: places.lapse(pk, now=self.now))
        for pk in approvals.due_for_chasing(self.now):
            self.try_to(lambda pk=pk: approvals.chase(pk, now=self.now))

    @rule(allowed=st.integers(0, 4))
    def an_administrator_allows_an_ics_another_number(self, allowed: int) -> None:
        for allowance in self.programme.allowances.all()[:1]:
            self.try_to(
                lambda allowance=allowance: nominations.set_allowance(
                    allowance, allowed, user=self.administrator, reason="Because", now=self.now
                )
            )

    @invariant()
    def every_rule_holds(self) -> None:
        assert invariants.broken() == []


@pytest.mark.django_db
def test_verbs_in_any_order_keep_every_rule():
    run_state_machine_as_test(
        AnyOrder,
        settings=settings(
            max_examples=int(os.environ.get("ANY_ORDER_EXAMPLES", "8")),
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
        ),
    )
