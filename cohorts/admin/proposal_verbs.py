"""The pages of proposals that ask before something is done: apply, undo, cancel, work out again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from applications.models import Application, State
from cohorts import tasks
from cohorts.admin.proposal_pages import crumb, work_out
from cohorts.domain import proposals
from cohorts.domain.places import confirms_directly
from cohorts.domain.proposals.situation import CANDIDATES
from cohorts.models import Proposal
from programmes.admin.pages import NothingToAdd, VerbPage, sent
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.tasks import hint

Status = Proposal.Status


def apply_page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Say in numbers what will happen to whom; then apply."""

    def carry_out(values: dict[str, Any]) -> str:
        now = timezone.now()
        if proposals.is_large(proposal):
            proposals.begin_applying(proposal.pk, user=request.user, now=now)
            hint(tasks.apply_proposal, proposal.pk)
            return "The proposal is being applied."
        applied = proposals.apply(proposal.pk, user=request.user, now=now)
        return f"Applied: {_done_in_words(applied.report)}"

    impossible = ""
    try:
        proposals.require_applicable(proposal, now=timezone.now())
    except Refused as refused:
        impossible = refused.sentence
    return VerbPage(
        title=f"Apply proposal {proposal.pk}",
        button="Apply the proposal",
        form=NothingToAdd(sent(request)),
        back=crumb(proposal),
        carry_out=carry_out,
        explanation=[] if impossible else _what_will_happen(proposal),
        impossible=impossible,
    ).answer(request)


def _done_in_words(report: dict[str, Any]) -> str:
    parts = [
        f"{plural(len(report['placed']), 'person', 'people')} given a place",
        f"{len(report['waitlisted'])} put on the waiting list",
        f"{len(report['skipped'])} skipped",
    ]
    return ", ".join(parts) + "."


def _what_will_happen(proposal: Proposal) -> list[str]:
    plan = proposals.plan_of(proposal)
    rows = Application.objects.filter(programme=proposal.programme_id).values_list(
        "reference", "name", "state"
    )
    now = {reference: (name, state) for reference, name, state in rows}
    gone = [now[who][0] for who in sorted({*plan.to_place, *plan.to_wait}) if now[who][1] not in CANDIDATES]
    placed = sum(now[who][1] in CANDIDATES for who in plan.to_place)
    waits = sum(now[who][1] == State.SHORTLISTED for who in plan.to_wait)
    stays = sum(now[who][1] == State.WAITLISTED for who in plan.to_wait)
    days = plural(proposal.programme.offer_working_days, "working day")
    if confirms_directly(proposal.programme):
        places = f"{_are(placed)} given a place, confirmed at once."
    else:
        places = f"{_are(placed)} offered a place, and {'has' if placed == 1 else 'have'} {days} to answer."
    sentences = [places, f"{_are(waits)} put on the waiting list."]
    if stays:
        sentences.append(
            f"{_are(stays)} on the waiting list already, and {'stays' if stays == 1 else 'stay'} there."
        )
    if left_out := len(proposal.chosen["excluded"]):
        sentences.append(
            f"{_are(left_out)} left out, and {'stays' if left_out == 1 else 'stay'} as they are."
        )
    if gone:
        sentences.append(f"No candidates any more, and skipped: {', '.join(gone)}.")
    sentences += proposal.allocation["warnings"]
    minutes = settings.DECISION_HOLD_MINUTES
    held = f"The mails go out in {plural(minutes, 'minute')}. Until then all can be undone, and nobody hears of it."
    return [
        *sentences,
        held if minutes else "The mails go out at once.",
        "From then on, seats that fall free are offered to the waiting list by themselves.",
    ]


def _are(count: int) -> str:
    return f"{plural(count, 'person', 'people')} {'is' if count == 1 else 'are'}"


def undo_page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Say what will happen; then undo an applied proposal."""

    def carry_out(values: dict[str, Any]) -> str:
        undone = proposals.undo(proposal.pk, user=request.user, now=timezone.now()).report["undone"]
        back = plural(len(undone["back"]), "person", "people")
        said = f"Undone: {back} back to where they were."
        return f"{said} {len(undone['skipped'])} could not be undone." if undone["skipped"] else said

    until = proposals.undo_until(proposal)
    impossible = ""
    if until is None or timezone.now() >= until:
        impossible = "This proposal cannot be undone: it was not applied, or its mails have gone out."
    changed = plural(len(proposal.report.get("placed", [])), "place")
    waiting = plural(len(proposal.report.get("waitlisted", [])), "person", "people")
    return VerbPage(
        title=f"Undo proposal {proposal.pk}",
        button="Undo it",
        form=NothingToAdd(sent(request)),
        back=crumb(proposal),
        carry_out=carry_out,
        explanation=[
            f"{changed} are taken back, and {waiting} leave the waiting list: everybody is where they were before.",
            "No mail has gone out, and none will. Whoever has acted meanwhile stays as they are, and is named.",
        ],
        impossible=impossible,
        ends_something=True,
    ).answer(request)


def cancel_page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Stop a proposal that is being worked out."""

    def carry_out(values: dict[str, Any]) -> str:
        proposals.cancel(proposal.pk, user=request.user)
        return "Cancelled. Nothing has been changed."

    under_way = proposal.status in (Status.WAITING, Status.RUNNING)
    return VerbPage(
        title=f"Cancel proposal {proposal.pk}",
        button="Stop working it out",
        form=NothingToAdd(sent(request)),
        back=crumb(proposal),
        carry_out=carry_out,
        explanation=["Nothing has been changed by it, and nobody has been told anything."],
        impossible="" if under_way else "It is not being worked out any more: there is nothing to cancel.",
    ).answer(request)


def restart_page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Work a proposal out again that failed, was cancelled or has stopped."""

    def carry_out(values: dict[str, Any]) -> str:
        again = proposals.work_out_again(proposal.pk, user=request.user, now=timezone.now())
        work_out(again)
        return "It is worked out again, from how things stand now."

    status = proposal.get_status_display().lower()
    stopped = proposal.status in (Status.FAILED, Status.CANCELLED)
    stopped |= proposal.status in (Status.WAITING, Status.RUNNING) and proposals.has_stopped(
        proposal, now=timezone.now()
    )
    return VerbPage(
        title=f"Work out proposal {proposal.pk} again",
        button="Work it out again",
        form=NothingToAdd(sent(request)),
        back=crumb(proposal),
        carry_out=carry_out,
        explanation=["The same choices are taken, and the candidates as they are now."],
        impossible="" if stopped else f"It is “{status}”: there is nothing to start again.",
    ).answer(request)
