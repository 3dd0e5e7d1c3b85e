"""Proposals: what is gathered, what can be chosen, and how they are worked out."""

import datetime

import pytest

from applications.domain import reviews
from applications.domain.actors import Actor
from cohorts.domain import places, proposals
from cohorts.domain.allocation import Run
from cohorts.domain.proposals import working_out
from cohorts.models import Place, Proposal
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import NominationAllowance
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.cohorts.proposing import (
    LATER,
    MINUTE,
    assignment,
    cohort_of,
    person,
    programme_with,
    proposed,
    rivals,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db
Status = Proposal.Status


def gathered(programme, **chosen):
    return proposals.gather(programme, chosen, now=LATER)


# What is gathered.
def test_gather_takes_the_shortlisted_and_the_waiting_with_their_score_and_wishes():
    programme = programme_with(2, 3)
    ann = person(programme, "Ann", 2, 1, score=4)
    bob = scenarios.waitlisted(programme, name="Bob")
    scenarios.under_review(programme, name="Cat")
    scenarios.withdrawn(scenarios.submitted(programme, name="Dan"))

    problem = gathered(programme)

    assert {(one.id, one.score, one.ranks, one.submitted) for one in problem.applicants} == {
        (ann.reference, 4, ("date-2", "date-1"), NOW),
        (bob.reference, 0, ("date-1", "date-2"), NOW),
    }
    assert [(one.id, one.name, one.minimum, one.maximum, one.run) for one in problem.cohorts] == [
        ("date-1", "Date 1", 0, 2, Run.AUTO),
        ("date-2", "Date 2", 0, 3, Run.AUTO),
    ]
    assert (problem.total, problem.ics_cap, dict(problem.pinned), problem.excluded) == (
        5,
        None,
        {},
        frozenset(),
    )


def test_gather_pins_whoever_has_a_place_and_whom_staff_pinned():
    programme = programme_with(2, 2, total_places=3)
    sits = scenarios.offered(programme, name="Ann")
    bob, cat = person(programme, "Bob", 1), person(programme, "Cat")

    problem = gathered(programme, pinned={bob.reference: "date-2"}, excluded={cat.reference: "Moved away."})

    assert problem.pinned == {sits.reference: "date-1", bob.reference: "date-2"}
    assert problem.excluded == {cat.reference}
    assert problem.total == 3


def test_gather_leaves_out_cohorts_that_started_or_do_not_run_and_counts_their_places():
    programme = programme_with(2, 2, 2, total_places=5)
    person(programme, "Ann", 1, 2, 3)
    scenarios.offered(programme, name="Bob")
    Place.objects.filter(application__name="Bob").update(status=Place.Status.CONFIRMED)
    attended = scenarios.offered(programme, name="Cat")
    Place.objects.filter(application=attended).update(status=Place.Status.ATTENDED, seat_number=None)
    cohort_of(programme, 1).sessions.update(starts_at=LATER - MINUTE)
    programme.cohorts.filter(key="date-3").update(runs=False)

    problem = gathered(programme)

    assert [one.id for one in problem.cohorts] == ["date-2"]
    assert [(one.ranks) for one in problem.applicants] == [("date-2",)]
    assert (problem.total, problem.pinned) == (3, {})


def test_gather_counts_the_ics_of_the_nomination_and_people_without_one_for_themselves():
    programme = programme_with(9, limited=True)
    nominated_for, corrected_to = factories.IntegratedCareSystemFactory.create_batch(2)
    ann = person(programme, "Ann", ics=nominated_for)
    bob = person(programme, "Bob")
    programme.applications.filter(pk=ann.pk).update(ics=corrected_to)
    programme.applications.filter(pk=bob.pk).update(ics=None, nomination_key="", nomination_number=None)

    problem = gathered(programme)

    assert {one.id: one.ics for one in problem.applicants} == {
        ann.reference: f"{nominated_for.short_name} ({nominated_for.code})",
        bob.reference: f"No ICS: {bob.reference}",
    }
    assert problem.ics_cap == 5


def test_gather_takes_the_ics_as_given_where_nominations_are_not_limited_and_the_highest_number_where_they_are():
    programme = programme_with(9)
    ann = person(programme, "Ann")
    open_problem = gathered(programme)
    limited = programme_with(9, limited=True)
    person(limited, "Bob")
    NominationAllowance.objects.filter(programme=limited).update(allowed=7, reason="Asked for.")

    problem = gathered(limited)

    assert [one.ics for one in open_problem.applicants] == [f"{ann.ics.short_name} ({ann.ics.code})"]
    assert (open_problem.ics_cap, problem.ics_cap) == (None, 7)


def test_gather_has_no_limit_on_ics_where_organisations_nominate():
    programme = programme_with(9, nomination_scope=NominationScope.ORGANISATION, nominations_allowed=2)
    person(programme, "Ann")

    assert gathered(programme).ics_cap is None


def test_gather_lets_a_cohort_run_that_its_people_were_told_runs():
    programme = programme_with(9, 9, minima=[5, 5])
    programme.cohorts.filter(key="date-1").update(certain_at=NOW)
    person(programme, "Ann")

    settled, closed = gathered(programme), gathered(programme, runs={"date-1": "closed"})

    assert [one.run for one in settled.cohorts] == [Run.MUST_RUN, Run.AUTO]
    assert [one.run for one in closed.cohorts] == [Run.CLOSED, Run.AUTO]


def test_gather_reads_as_much_for_one_as_for_many(django_assert_num_queries):
    programme = programme_with(9, 9, limited=True)
    person(programme, "Ann")
    with django_assert_num_queries(8):
        gathered(programme)
    for name in ("Bob", "Cat", "Dan"):
        person(programme, name)

    with django_assert_num_queries(8):
        gathered(programme)


# What can be chosen.
def refused(programme, **chosen):
    with pytest.raises(Refused) as refusal:
        proposed(programme, **chosen)
    assert not Proposal.objects.exists()
    return refusal.value.sentence


def test_propose_needs_somebody_to_place_and_a_cohort_to_place_them_in():
    programme = programme_with(1)
    nobody = refused(programme)
    person(programme, "Ann")
    programme.cohorts.update(runs=False)

    nowhere = refused(programme)

    assert nobody == "Nobody is shortlisted or on the waiting list: there is nobody to place yet."
    assert nowhere == (
        "No cohort can take anyone: each has started, or does not take place. Add a cohort first."
    )


def test_propose_needs_a_reviewer():
    programme = programme_with(1)
    person(programme, "Ann")

    with pytest.raises(NotAllowed):
        proposals.propose(programme.pk, user=factories.UserFactory(), now=LATER)


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (
            {"runs": {"date-9": "auto"}},
            "“date-9” is no cohort that can take people now. Reload the page, and choose again.",
        ),
        (
            {"runs": {"date-2": "perhaps"}},
            "Choose for Date 2 whether it may run, must run, or takes nobody.",
        ),
        (
            {"runs": {"date-1": "closed"}},
            "Date 1 cannot be closed: 1 person has a seat in it. Move them, or take the seats back, first.",
        ),
        (
            {"order": "eldest_first"},
            "Choose which comes first: as many people as possible, or the highest scores.",
        ),
        (
            {"order": "score_first", "order_reason": " "},
            "Say why the highest scores come before as many people as possible: the published order is the other "
            "way round, and your reason is kept with the proposal.",
        ),
        (
            {"pinned": {"Ann": "date-9"}},
            "Ann is pinned to a cohort that cannot take people now. Choose another cohort.",
        ),
        (
            {"pinned": {"Ann": "date-2"}, "runs": {"date-2": "closed"}},
            "Ann is pinned to Date 2, which you have closed. Change one of the two.",
        ),
        ({"pinned": {"Ann": "date-3"}}, "Ann cannot attend Date 3: On leave."),
        (
            {"pinned": {"Ann": "date-1"}, "excluded": {"Ann": "Asked to wait."}},
            "Ann is both pinned and left out. Choose one of the two.",
        ),
        ({"excluded": {"Ann": "  "}}, "Say why Ann is left out: the reason is kept."),
        (
            {"pinned": {"Sid": "date-1"}},
            "{Sid} has a seat already. Move the person on the page of their application, or take the seat back first.",
        ),
        (
            {"excluded": {"Wyn": "Gone."}},
            "{Wyn} is neither shortlisted nor on the waiting list any more. Choose without them.",
        ),
        ({"pinned": {"Ann": "date-1"}}, "2 people are pinned to Date 1, which has 1 seats."),
    ],
)
def test_propose_says_what_cannot_be_chosen(chosen, sentence):
    programme = programme_with(1, 1, 1)
    scenarios.offered(programme, name="Sid")
    person(programme, "Ann", 1, 2, cannot=[3])
    scenarios.withdrawn(person(programme, "Wyn"))
    who = dict(programme.applications.values_list("name", "reference"))
    for part in ("pinned", "excluded"):
        if part in chosen:
            chosen = chosen | {part: {who[name]: value for name, value in chosen[part].items()}}

    assert refused(programme, **chosen) == sentence.format(**who)


def test_propose_counts_the_seats_in_a_cohort_that_cannot_be_closed():
    programme = programme_with(3)
    scenarios.offered(programme)
    scenarios.offered(programme)
    person(programme, "Ann")

    assert refused(programme, runs={"date-1": "closed"}).startswith(
        "Date 1 cannot be closed: 2 people have seats in it."
    )


# Worked out at once.
def test_propose_stores_input_hash_solver_who_and_when_with_the_result():
    programme = programme_with(1, 1, spread=True)
    ann, bob = person(programme, "Ann", 1, 2, score=1), person(programme, "Bob", 1, score=1, now=NOW + MINUTE)
    user = scenarios.reviewer_of(programme)

    proposal = proposals.propose(programme.pk, user=user, now=LATER)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.made_by, proposal.made_at, proposal.solved_at) == (
        Status.READY,
        user,
        LATER,
        LATER,
    )
    assert assignment(proposal) == {"Ann": "date-2", "Bob": "date-1"}
    assert (len(proposal.problem_hash), proposal.solver[:5]) == (64, "HiGHS")
    assert proposal.problem["spread"] is True
    assert {one["id"] for one in proposal.problem["applicants"]} == {ann.reference, bob.reference}
    assert proposal.chosen == {
        "runs": {},
        "pinned": {},
        "excluded": {},
        "spread": True,
        "order": "placed_first",
        "order_reason": "",
    }
    assert proposal.allocation["proven"] is True
    # Ann was first to submit, and takes the date that Bob needs.
    assert proposal.first_come["objective"]["placed"] == 1
    assert proposal.other_order == {}


def test_the_same_input_has_the_same_hash_and_the_same_answer():
    programme = programme_with(1, 1)
    person(programme, "Ann"), person(programme, "Bob")

    one, other = proposed(programme), proposed(programme, now=LATER + MINUTE)

    assert one.problem_hash == other.problem_hash
    assert one.allocation == other.allocation


def test_the_other_order_is_kept_where_it_differs():
    programme = rivals()

    placed_first = proposed(programme)
    score_first = proposed(programme, order="score_first", order_reason="The board asked for it.")

    assert assignment(placed_first) == dict.fromkeys(["Ann", "Bob", "Cat", "Dan"], "date-2")
    assert assignment(score_first) == dict.fromkeys(["High", "Ann", "Bob"], "date-1")
    assert placed_first.other_order == score_first.allocation
    assert score_first.other_order == placed_first.allocation
    assert (score_first.chosen["order_reason"], score_first.problem["order"]) == (
        "The board asked for it.",
        "score_first",
    )


# Worked out by a worker.
@pytest.fixture
def large(monkeypatch):
    """A programme of which proposals are large from two candidates on."""
    monkeypatch.setattr(working_out, "AT_ONCE", 1)
    programme = programme_with(1, 1)
    person(programme, "Ann", score=2), person(programme, "Bob", score=1)
    return programme


def test_a_large_proposal_waits_for_a_worker_who_works_it_out_once(large):
    proposal = proposed(large)
    assert (proposal.status, proposal.allocation, proposals.waiting()) == (Status.WAITING, {}, [proposal.pk])

    outcomes = [proposals.solve(proposal.pk, clock=lambda: LATER + MINUTE) for _ in range(2)]

    proposal.refresh_from_db()
    assert outcomes == [True, False]
    assert (proposal.status, proposal.solved_at) == (Status.READY, LATER + MINUTE)
    assert assignment(proposal) == {"Ann": "date-1", "Bob": "date-2"}
    assert proposal.steps_done <= proposal.steps
    assert proposal.step[:1].isupper()
    assert proposals.waiting() == []


def test_a_proposal_cancelled_at_work_stops_at_the_next_step(large):
    proposal = proposed(large)
    user = scenarios.reviewer_of(large)
    ticks = iter([LATER, None])

    def clock():
        moment = next(ticks)
        if moment is None:
            proposals.cancel(proposal.pk, user=user)
            moment = LATER
        return moment

    # The clock is asked before each step: at the second time the row is taken from under the worker.
    assert proposals.solve(proposal.pk, clock=clock) is False

    proposal.refresh_from_db()
    assert (proposal.status, proposal.allocation) == (Status.CANCELLED, {})


def test_a_proposal_can_be_cancelled_while_it_waits_and_not_once_it_is_ready(large):
    waiting, ready = proposed(large), proposed(large)
    user = scenarios.reviewer_of(large)
    proposals.solve(ready.pk)

    cancelled = proposals.cancel(waiting.pk, user=user)

    assert cancelled.status == Status.CANCELLED
    assert proposals.solve(waiting.pk) is False
    with pytest.raises(Refused, match="not being worked out any more"):
        proposals.cancel(ready.pk, user=user)


def test_a_fault_of_ours_is_told_in_words_and_can_be_tried_again(large):
    proposal = proposed(large)
    Proposal.objects.filter(pk=proposal.pk).update(problem={"total": "many", "applicants": [], "cohorts": []})

    assert proposals.solve(proposal.pk) is False

    proposal.refresh_from_db()
    assert (proposal.status, proposal.problem_in_words) == (Status.FAILED, working_out.OUR_FAULT)
    again = proposals.work_out_again(proposal.pk, user=scenarios.reviewer_of(large), now=LATER)
    assert (again.pk, again.status, again.problem_in_words) == (proposal.pk, Status.WAITING, "")
    assert proposals.solve(proposal.pk) is True


@pytest.mark.parametrize("status", [Status.WAITING, Status.RUNNING])
def test_a_worker_that_says_nothing_for_ten_minutes_has_died_and_another_takes_over(large, status):
    proposal = proposed(large)
    Proposal.objects.filter(pk=proposal.pk).update(status=status)
    proposal.refresh_from_db()
    user = scenarios.reviewer_of(large)
    in_time, too_long = LATER + 10 * MINUTE, LATER + 11 * MINUTE

    assert not proposals.has_stopped(proposal, now=in_time)
    with pytest.raises(Refused, match="there is nothing to start again"):
        proposals.work_out_again(proposal.pk, user=user, now=in_time)
    assert proposals.has_stopped(proposal, now=too_long)
    proposals.work_out_again(proposal.pk, user=user, now=too_long)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.step_at) == (Status.WAITING, too_long)
    assert not proposals.has_stopped(proposal, now=too_long)


def test_a_worker_that_comes_back_to_life_writes_nothing_over_another_input(large):
    proposal = proposed(large)
    user = scenarios.reviewer_of(large)
    moments = iter([LATER])

    def clock():
        try:
            return next(moments)
        except StopIteration:
            # While it slept somebody withdrew, and the proposal was started again.
            gone = large.applications.get(name="Bob")
            if gone.state != "withdrawn":
                reviews.withdraw(gone.pk, actor=Actor.applicant(gone), now=LATER)
                Proposal.objects.filter(pk=proposal.pk).update(status=Status.CANCELLED)
                proposals.work_out_again(proposal.pk, user=user, now=LATER)
            return LATER

    assert proposals.solve(proposal.pk, clock=clock) is False

    proposal.refresh_from_db()
    assert (proposal.status, assignment(proposal)) == (Status.READY, {"Ann": "date-1"})


def test_seats_taken_meanwhile_are_no_candidates_any_more():
    programme = programme_with(1, 1)
    ann = person(programme, "Ann", 1)
    person(programme, "Bob", 1, 2)
    places.give(ann.pk, cohort_of(programme, 1).pk, user=scenarios.reviewer_of(programme), now=LATER)

    proposal = proposed(programme, now=LATER + datetime.timedelta(hours=1))

    assert assignment(proposal) == {"Ann": "date-1", "Bob": "date-2"}
    assert proposal.problem["pinned"] == {ann.reference: "date-1"}
