"""From the situation and staff's choices to a proposal: gathered, stored with its hash, and worked out.

A small one is worked out at once. A large one is left waiting for a worker, who says how far it is and can be stopped.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from applications.domain import conflicts
from applications.models import Application
from cohorts.domain.allocating.checking import check
from cohorts.domain.allocating.comparing import first_come_first_served
from cohorts.domain.allocating.problem import (
    Allocation,
    Applicant,
    BadProblem,
    Cancelled,
    Cohort,
    ImpossiblePins,
    Order,
    Problem,
    Progress,
    Run,
    SolverFault,
)
from cohorts.domain.allocating.reading import as_json, input_hash, problem_from
from cohorts.domain.proposals.choices import Chosen, require_possible
from cohorts.domain.proposals.situation import Situation, look
from cohorts.models import Proposal
from programmes.domain.access import require_reviewer
from programmes.domain.refused import Refused
from programmes.models import Programme

logger = logging.getLogger(__name__)

Person = User | AnonymousUser
Clock = Callable[[], datetime.datetime]
# Up to so many candidates are worked out while the page waits.
AT_ONCE = 300
# Seconds for one step of the solver, while a page waits and in a worker; past it, the best found is taken.
SECONDS_AT_ONCE = 10.0
SECONDS_IN_A_WORKER = 300.0
# A worker that has said nothing for so long has died.
SILENCE = datetime.timedelta(minutes=10)
UNDER_WAY = (Proposal.Status.WAITING, Proposal.Status.RUNNING)
STOPPED = (Proposal.Status.FAILED, Proposal.Status.CANCELLED)
OUR_FAULT = (
    "The portal could not work it out. Nothing has been changed. Say for each cohort whether it must run or takes "
    "nobody, which makes it easier, and propose again."
)


def gather(
    programme: Programme, chosen: Mapping[str, Any] | None = None, *, now: datetime.datetime
) -> Problem:
    """The engine's problem: the candidates, those with a place already, the cohorts and the limits.

    ``chosen`` is a mapping as stored with a proposal; what is missing is as the programme has it. Raises `Refused`
    where something cannot be chosen.
    """
    return _problem(look(programme, now=now), Chosen.read(chosen or {}, programme))


def _problem(situation: Situation, chosen: Chosen) -> Problem:
    require_possible(chosen, situation)
    candidates = len(situation.candidates)
    problem = Problem(
        applicants=tuple(
            Applicant(
                id=person.reference,
                ics=situation.systems[person.reference],
                score=situation.scores[person.reference],
                submitted=person.submitted_at or person.created_at,
                ranks=situation.ranks[person.reference],
            )
            for person in situation.everybody
        ),
        cohorts=tuple(
            Cohort(
                id=key,
                name=cohort.name,
                minimum=cohort.minimum,
                maximum=cohort.maximum,
                run=_run(chosen.runs.get(key, Run.AUTO.value), settled=cohort.certain_at is not None),
            )
            for key, cohort in situation.cohorts.items()
        ),
        total=situation.total,
        ics_cap=situation.ics_cap,
        pinned={**chosen.pinned, **situation.seated},
        excluded=frozenset(chosen.excluded),
        spread=chosen.spread,
        order=Order(chosen.order),
        time_limit=SECONDS_AT_ONCE if candidates <= AT_ONCE else SECONDS_IN_A_WORKER,
    )
    try:
        check(problem)
    except ImpossiblePins as impossible:
        raise Refused(str(impossible)) from impossible
    return problem


def as_data(problem: Problem) -> dict[str, Any]:
    """A problem as the engine's JSON has it (docs/allocation.md): what is kept with a proposal."""
    return {
        "applicants": [
            {
                "id": one.id,
                "ics": one.ics,
                "score": one.score,
                "submitted": one.submitted.isoformat(),
                "ranks": list(one.ranks),
            }
            for one in problem.applicants
        ],
        "cohorts": [
            {"id": one.id, "name": one.name, "min": one.minimum, "max": one.maximum, "run": one.run.value}
            for one in problem.cohorts
        ],
        "total": problem.total,
        "ics_cap": problem.ics_cap,
        "pinned": dict(problem.pinned),
        "excluded": sorted(problem.excluded),
        "spread": problem.spread,
        "order": problem.order.value,
        "time_limit": problem.time_limit,
    }


def _run(chosen: str, *, settled: bool) -> Run:
    """What staff chose; a cohort of which people have been told that it runs is not stopped by its minimum."""
    return Run.MUST_RUN if settled and chosen == Run.AUTO else Run(chosen)


def propose(
    programme_id: int,
    *,
    user: Person,
    chosen: Mapping[str, Any] | None = None,
    now: datetime.datetime,
) -> Proposal:
    """Store a proposal for a programme: worked out, or `waiting` for a worker where there are many candidates.

    Raises `Refused`, and stores nothing, where something cannot be chosen or the pins alone break a rule, and
    `ConflictDeclared` where ``user`` declared a conflict of interest on somebody who is pinned or left out.
    """
    programme = Programme.objects.select_related("academy").get(pk=programme_id)
    require_reviewer(user, programme)
    read = Chosen.read(chosen or {}, programme)
    named = Application.objects.filter(programme=programme, reference__in=[*read.pinned, *read.excluded])
    conflicts.require_none(user, named)
    proposal = Proposal(programme=programme, made_by_id=user.pk, made_at=now)
    return _prepare(proposal, read, now=now)


def work_out_again(proposal_id: int, *, user: Person, now: datetime.datetime) -> Proposal:
    """Work out once more one that failed, was cancelled or has stopped, from how the programme stands now."""
    proposal = Proposal.objects.select_related("programme__academy").get(pk=proposal_id)
    require_reviewer(user, proposal.programme)
    if proposal.status not in STOPPED and not (
        proposal.status in UNDER_WAY and has_stopped(proposal, now=now)
    ):
        raise Refused(
            f"This proposal is “{proposal.get_status_display().lower()}”: there is nothing to start again."
        )
    return _prepare(proposal, Chosen.read(proposal.chosen, proposal.programme), now=now)


def allocate(problem: Problem, *, progress: Progress) -> Allocation:
    """Work it out. The solver, and what it brings, is loaded by whoever is the first to need it."""
    from cohorts.domain import allocation

    return allocation.allocate(problem, progress=progress)


def solver_version() -> str:
    """The solver's name and version."""
    from cohorts.domain import allocation

    return allocation.solver_version()


def _prepare(proposal: Proposal, chosen: Chosen, *, now: datetime.datetime) -> Proposal:
    situation = look(proposal.programme, now=now)
    problem = _problem(situation, chosen)
    proposal.chosen = chosen.as_stored()
    proposal.problem = as_data(problem)
    proposal.problem_hash = input_hash(problem)
    proposal.solver = solver_version()
    proposal.status = Proposal.Status.WAITING
    proposal.step_at = now
    proposal.step, proposal.steps_done, proposal.steps, proposal.problem_in_words = "", 0, 0, ""
    proposal.save()
    if len(situation.candidates) <= AT_ONCE:
        solve(proposal.pk, clock=lambda: now)
        proposal.refresh_from_db()
    return proposal


def solve(proposal_id: int, *, clock: Clock = timezone.now) -> bool:
    """Work a waiting proposal out, step by step; return whether it is ready. For a worker.

    Only one worker takes it. Cancelled by staff it stops at the next step; what goes wrong is kept in words.
    """
    taken = Proposal.objects.filter(pk=proposal_id, status=Proposal.Status.WAITING)
    if not taken.update(status=Proposal.Status.RUNNING, step="Starting", step_at=clock()):
        return False
    proposal = Proposal.objects.get(pk=proposal_id)
    # Started again meanwhile, it may have another input: then this worker is not the one that is waited for.
    mine = Proposal.objects.filter(
        pk=proposal_id, status=Proposal.Status.RUNNING, problem_hash=proposal.problem_hash
    )

    def progress(step: str, done: int, steps: int) -> bool:
        words = step[:1].upper() + step[1:120]
        return bool(mine.update(step=words, steps_done=done, steps=steps, step_at=clock()))

    try:
        _fill_in(proposal, problem_from(proposal.problem), progress=progress)
    except Cancelled:
        return False
    except (BadProblem, ImpossiblePins, SolverFault):
        logger.exception("Proposal %s could not be worked out.", proposal_id)
        mine.update(status=Proposal.Status.FAILED, problem_in_words=OUR_FAULT)
        return False
    return bool(
        mine.update(
            status=Proposal.Status.READY,
            allocation=proposal.allocation,
            first_come=proposal.first_come,
            other_order=proposal.other_order,
            solved_at=clock(),
        )
    )


def _fill_in(proposal: Proposal, problem: Problem, *, progress: Progress) -> None:
    """Work out the allocation, what first come, first served gives, and the other order where that differs."""

    def part(number: int) -> Progress:
        return lambda step, done, steps: progress(step, number * steps + done, 2 * steps)

    allocation = allocate(problem, progress=part(0))
    other = Order.SCORE_FIRST if problem.order is Order.PLACED_FIRST else Order.PLACED_FIRST
    otherwise = allocate(replace(problem, order=other), progress=part(1))
    proposal.allocation = as_json(allocation)
    proposal.first_come = as_json(first_come_first_served(problem))
    differs = otherwise.assignment != allocation.assignment
    proposal.other_order = as_json(otherwise) if differs else {}


def cancel(proposal_id: int, *, user: Person) -> Proposal:
    """Stop one that is waiting or being worked out. Raises `Refused` where it is neither."""
    proposal = Proposal.objects.select_related("programme__academy").get(pk=proposal_id)
    require_reviewer(user, proposal.programme)
    under_way = Proposal.objects.filter(pk=proposal_id, status__in=UNDER_WAY)
    if not under_way.update(status=Proposal.Status.CANCELLED):
        raise Refused("It is not being worked out any more: there is nothing to cancel.")
    proposal.refresh_from_db()
    return proposal


def has_stopped(proposal: Proposal, *, now: datetime.datetime) -> bool:
    """Whether a worker should be at it and has said nothing for ten minutes."""
    under_way = proposal.status in (*UNDER_WAY, Proposal.Status.APPLYING)
    return under_way and proposal.step_at is not None and now - proposal.step_at > SILENCE


def waiting() -> list[int]:
    """The proposals that wait for a worker, in their order."""
    rows = Proposal.objects.filter(status=Proposal.Status.WAITING).order_by("pk")
    return list(rows.values_list("pk", flat=True))
