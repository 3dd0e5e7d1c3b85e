"""Whatever people and clocks do, in whatever order: refused or done, and every rule holds after every step."""

import datetime
import inspect
import os
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

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
from applications.domain.actors import Actor
from applications.domain.transitions import find_transition
from applications.models import Application, Approval, State, StateChange
from cohorts.domain import capacity, go_or_not, moving, offers, places, proposals, waiting_list
from cohorts.models import Place, Proposal
from programmes.domain.refused import Refused
from programmes.models import Message
from programmes.models.programmes import NominationScope, OfferAnswer
from tests import factories, invariants, scenarios
from tests.factories import NOW

# They only undo another mail, and are spared where nobody has read that one.
MAY_BE_SPARED = {"reopened", "offer_taken_back", "undone"}
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

    @initialize(
        directly=YES_OR_NO, by_nominator=YES_OR_NO, manager=YES_OR_NO, onward=YES_OR_NO, far=YES_OR_NO
    )
    def set_up(self, directly: bool, by_nominator: bool, manager: bool, onward: bool, far: bool) -> None:
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
        # Half of the time the academy has decided already, and the places are what is left to give.
        if far:
            self.every_approver_says_yes()
            self.staff_shortlist_everyone()

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

    @rule(pinned=st.booleans(), left_out=st.booleans(), applied=st.sampled_from([True, True, False]))
    def staff_propose_and_apply(self, pinned: bool, left_out: bool, applied: bool) -> None:
        waiting = Application.objects.filter(pk__in=self.people, state__in=["shortlisted", "waitlisted"])
        names = list(waiting.order_by("pk").values_list("reference", flat=True))
        chosen = {
            "pinned": {names[0]: self.cohorts[1].key} if pinned and names else {},
            "excluded": {names[-1]: "Asked to wait"} if left_out and len(names) > 1 else {},
        }

        def propose() -> None:
            found = proposals.propose(self.programme.pk, chosen=chosen, **self.said())
            assert found.status == "ready", found.problem_in_words
            if applied:
                proposals.apply(found.pk, **self.said())

        self.try_to(propose)

    @rule()
    def staff_apply_an_old_proposal(self) -> None:
        for proposal in Proposal.objects.filter(status="ready").order_by("-pk")[:1]:
            self.try_to(lambda pk=proposal.pk: proposals.apply(pk, **self.said()))

    @rule()
    def staff_undo_what_they_applied(self) -> None:
        for proposal in Proposal.objects.filter(status="applied").order_by("-pk")[:1]:
            self.try_to(lambda pk=proposal.pk: proposals.undo(pk, **self.said()))

    @rule(choice=st.sampled_from(["merge", "roll_over", "cancel", "run_anyway", "extend"]))
    def staff_decide_about_the_first_cohort(self, choice: str) -> None:
        first, second = (cohort.pk for cohort in self.cohorts)
        said = {"reason": "Too few", **self.said()}
        verbs = {
            "merge": lambda: go_or_not.merge(first, second, **said),
            "roll_over": lambda: go_or_not.roll_over(first, second, **said),
            "cancel": lambda: go_or_not.cancel(first, **said),
            "run_anyway": lambda: go_or_not.run_anyway(first, **said),
            "extend": lambda: go_or_not.extend(
                first, until=(self.now + datetime.timedelta(days=9)).date(), **said
            ),
        }
        self.try_to(verbs[choice])

    @rule()
    def the_portal_sweeps(self) -> None:
        self.try_to(lambda: waiting_list.offer_freed_seats(self.programme.pk, now=self.now))
        for pk in go_or_not.to_settle():
            self.try_to(lambda pk=pk: go_or_not.settle(pk, now=self.now))
        assert self.seats_that_somebody_waits_for() == []
        # What is left has reached its minimum by a decision whose mail is still held.
        later = self.now + datetime.timedelta(minutes=11)
        assert all(go_or_not.settle(pk, now=later) for pk in go_or_not.to_settle())

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
                # One that needs several people and has none is filled by a proposal.
                begun = cohort.minimum < 2 or cohort.certain_at or cohort.places.taken().exists()
                if free and wanted and in_time and begun:
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

    @invariant()
    def every_change_is_told_once(self) -> None:
        """Each change of state queues one mail to its applicant; one that undoes an unread one is spared."""
        queued = Counter(
            Message.objects.filter(about__startswith="application:", dedupe_key__contains=":change:")
            .exclude(event__startswith="approver")
            .values_list("about", "dedupe_key")
        )
        assert set(queued.values()) <= {1}
        for change in StateChange.objects.all():
            row = find_transition(change.from_state, change.action, State(change.to_state))
            about = f"application:{change.application_id}"
            told = sum(f":change:{change.pk}:" in key for _, key in queued if _ == about)
            spared = bool(change.note) and row.mail in MAY_BE_SPARED
            assert told == 1 or (spared and told == 0), (change, told)


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


# What happens in a long walk, and how often: most of all what a term brings once the places are given.
OFTEN = {
    "staff_propose_and_apply": 5,
    "the_portal_sweeps": 6,
    "an_offer_is_answered": 8,
    "days_go_by": 3,
    "staff_put_on_the_waiting_list": 3,
    "staff_give_a_place": 3,
    "staff_move_somebody": 4,
    "staff_shortlist_everyone": 4,
    "staff_undo_what_they_applied": 2,
    "staff_apply_an_old_proposal": 1,
    "staff_decide_about_the_first_cohort": 2,
    "an_applicant_asks_for_another_date": 3,
    "staff_offer_a_place_again": 2,
    "staff_extend_an_offer": 1,
    "staff_reorder_the_waiting_list": 2,
    "staff_take_a_place_back": 3,
    "an_administrator_sets_a_maximum": 4,
    "an_administrator_allows_an_ics_another_number": 1,
    "staff_reopen": 4,
    "somebody_withdraws": 2,
}


# Looking whether every rule holds takes ten times as long as a step, and what is broken stays so.
LOOKED_AT = 3


def walk(seed: int, steps: int) -> Counter[str]:
    """Take so many steps, each a verb with what comes to hand; return how often each action changed a state."""
    chance = random.Random(seed)
    machine = AnyOrder()
    given: dict[str, Callable[[], Any]] = {
        "person": lambda: chance.randrange(6),
        "cohort": lambda: chance.randrange(2),
        "days": lambda: chance.randrange(1, 5),
        "position": lambda: chance.randrange(5),
        "maximum": lambda: chance.randrange(1, 5),
        "allowed": lambda: chance.randrange(5),
        "choice": lambda: chance.choice(["merge", "roll_over", "cancel", "run_anyway", "extend"]),
        **dict.fromkeys(("yes", "pinned", "left_out"), lambda: chance.random() < 0.5),
        "applied": lambda: chance.random() < 0.8,
    }
    try:
        machine.set_up(*(chance.random() < 0.5 for _ in range(3)), onward=chance.random() < 0.7, far=True)
        for number, name in enumerate(chance.choices(list(OFTEN), list(OFTEN.values()), k=steps), start=1):
            verb = getattr(machine, name)
            verb(**{wanted: given[wanted]() for wanted in inspect.signature(verb).parameters})
            if number % LOOKED_AT == 0:
                machine.every_rule_holds()
                machine.every_change_is_told_once()
        return Counter(StateChange.objects.values_list("action", flat=True))
    finally:
        machine.teardown()


@pytest.mark.either
@pytest.mark.django_db
def test_long_walks_reach_every_action_and_keep_every_rule():
    walks = int(os.environ.get("LONG_WALKS", "10"))

    taken = sum((walk(seed, steps=60) for seed in range(walks)), Counter())

    wanted = "offer give_place accept decline lapse waitlist undo move roll_over cancel_cohort take_back_offer".split()
    wanted += "ask_other_date offer_again withdraw reopen shortlist".split()
    assert {action: taken[action] for action in wanted if not taken[action]} == {}
