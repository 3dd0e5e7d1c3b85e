"""The pages of proposals: the form, the progress, the result, two side by side, and those that ask before they act."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from cohorts import tasks
from cohorts.admin.proposal_form import SettingsForm, people_form, wishes_sent, wishes_still_possible
from cohorts.domain import proposals
from cohorts.domain.proposals import Chosen, result
from cohorts.domain.proposals.choices import require_possible
from cohorts.domain.proposals.result import ORDER_IN_WORDS, RUNS_IN_WORDS
from cohorts.models import Proposal
from programmes.admin.pages import Crumb, sent
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime, nhs_time, plural
from programmes.models import Programme
from programmes.tasks import hint

Status = Proposal.Status
# Seconds after which the page of one that is being worked out is looked at again.
REFRESH = 3
# With more people than this, names stand in the list of the people alone, not in the columns as well.
NAMES_IN_COLUMNS = 300


def name_of(user: Any) -> str:
    """Who it was; a dash for an account that is gone."""
    return (user.get_full_name() or user.get_username()) if user else "–"


def address(proposal: Proposal) -> str:
    """The address of a proposal's page."""
    return reverse("admin:cohorts_proposal_change", args=[proposal.pk])


def address_of_form(programme: Programme, base: Proposal | None = None) -> str:
    """The address of the form for a proposal, starting from another one if there is one."""
    start = f"{reverse('admin:cohorts_proposal_add')}?programme={programme.pk}"
    return f"{start}&from={base.pk}" if base else start


def crumb(proposal: Proposal) -> Crumb:
    """The way back to a proposal."""
    return Crumb(f"Proposal {proposal.pk}", address(proposal))


def _context(request: HttpRequest, programme: Programme, title: str) -> dict[str, Any]:
    return {
        **admin.site.each_context(request),
        "title": title,
        "programme": programme,
        "programme_url": reverse("admin:programmes_programme_change", args=[programme.pk]),
        "list_url": f"{reverse('admin:cohorts_proposal_changelist')}?programme={programme.pk}",
        "form_url": address_of_form(programme),
    }


# Making one.
def form_page(request: HttpRequest, programme: Programme, *, base: Proposal | None) -> HttpResponse:
    """Ask what is to hold, and propose; leafing through the people and narrowing them keeps what was chosen."""
    now = timezone.now()
    situation = proposals.look(programme, now=now)
    chosen = Chosen.read(base.chosen if base else {}, programme)
    impossible = ""
    try:
        require_possible(Chosen.read({}, programme), situation)
    except Refused as refused:
        impossible = refused.sentence
    proposing = request.method == "POST" and request.POST.get("do") == "propose"
    form = SettingsForm(sent(request), situation=situation, chosen=chosen)
    if request.method == "POST":
        wishes = wishes_sent(request.POST, situation)
    else:
        wishes = wishes_still_possible(chosen, situation)
    if proposing and not impossible and form.is_valid():
        try:
            proposal = proposals.propose(
                programme.pk, user=request.user, chosen={**form.choices(), **wishes}, now=now
            )
        except Refused as refused:
            form.add_error(None, refused.sentence)
        else:
            work_out(proposal)
            return HttpResponseRedirect(address(proposal))
    page = request.POST.get("do", "").removeprefix("page-")
    people = people_form(
        situation,
        wishes,
        placed={one.reference: one for one in result.read(base).people} if base and base.allocation else {},
        find=request.POST.get("find", "").strip(),
        show=request.POST.get("show", ""),
        page=int(page) if page.isdecimal() and len(page) < 9 else 1,
    )
    context = {
        **_context(request, programme, f"Propose who gets which date: {programme.title}"),
        # Turning a page is no attempt to send: nothing is called wrong then.
        "form": form
        if proposing
        else SettingsForm(None, situation=situation, chosen=chosen)
        if form.errors
        else form,
        "people": people,
        "base": base,
        "impossible": impossible,
        "form_url": address_of_form(programme, base),
    }
    return TemplateResponse(request, "admin/cohorts/proposal/form.html", context)


def work_out(proposal: Proposal) -> None:
    """Ask a worker for what is not worked out yet."""
    if proposal.status == Status.WAITING:
        hint(tasks.solve_proposal, proposal.pk)


# Reading one.
def proposal_page(request: HttpRequest, proposal: Proposal, *, may_decide: bool) -> HttpResponse:
    """How far a proposal is, why it failed, or what it says."""
    now = timezone.now()
    context = {
        **_context(request, proposal.programme, f"Proposal {proposal.pk}: {proposal.programme.title}"),
        "proposal": proposal,
        "made_by": name_of(proposal.made_by),
        "made_at": nhs_datetime(proposal.made_at),
        "may_decide": may_decide,
        "chosen": _chosen_in_words(proposal),
    }
    if proposal.status in (Status.READY, Status.APPLIED, Status.UNDONE):
        context |= _result_context(proposal, may_decide=may_decide)
        return TemplateResponse(request, "admin/cohorts/proposal/result.html", context)
    stopped = proposals.has_stopped(proposal, now=now)
    under_way = proposal.status in (Status.WAITING, Status.RUNNING, Status.APPLYING)
    context |= {"stopped": stopped, "under_way": under_way and not stopped, "refresh": REFRESH}
    response = TemplateResponse(request, "admin/cohorts/proposal/progress.html", context)
    if context["under_way"]:
        response.headers["Refresh"] = str(REFRESH)
    return response


def _chosen_in_words(proposal: Proposal) -> list[tuple[str, str]]:
    """What was chosen for a proposal, as names and values."""
    chosen = proposal.chosen
    names = {one["id"]: one["name"] for one in proposal.problem["cohorts"]}
    rows = [("First", ORDER_IN_WORDS[chosen["order"]])]
    if chosen["order_reason"]:
        rows.append(("Why", chosen["order_reason"]))
    rows += [(names[key], RUNS_IN_WORDS[run]) for key, run in chosen["runs"].items()]
    rows.append(("Spread over ICSs", "Yes" if chosen["spread"] else "No"))
    rows.append(("Pinned", plural(len(chosen["pinned"]), "person", "people")))
    rows.append(("Left out", plural(len(chosen["excluded"]), "person", "people")))
    return rows


def _result_context(proposal: Proposal, *, may_decide: bool) -> dict[str, Any]:
    read = result.read(proposal)
    now = timezone.now()
    known = {one.reference: one for one in read.people}
    until = proposals.undo_until(proposal)
    context: dict[str, Any] = {
        "result": read,
        "names": len(read.people) <= NAMES_IN_COLUMNS,
        "unplaced": read.unplaced[:NAMES_IN_COLUMNS],
        "more_unplaced": max(0, len(read.unplaced) - NAMES_IN_COLUMNS),
        "table": [(label, *_numbers(label, read)) for label in _COMPARED],
        "order_in_words": ORDER_IN_WORDS[proposal.problem["order"]],
        "order_differences": result.order_differences(proposal),
        "report": _report(proposal, known) if proposal.report else None,
        "solved_at": nhs_datetime(proposal.solved_at),
        "undo_until": nhs_time(until) if until and now < until else "",
        "applied_by": name_of(proposal.applied_by),
        "applied_at": nhs_datetime(proposal.applied_at),
        "form_url": address_of_form(proposal.programme, proposal),
        "others": Proposal.objects.filter(programme=proposal.programme_id).exclude(pk=proposal.pk).exists(),
    }
    if may_decide:
        situation = proposals.look(proposal.programme, now=now)
        chosen = Chosen.read(proposal.chosen, proposal.programme)
        context["form"] = SettingsForm(None, situation=situation, chosen=chosen)
        context["people"] = people_form(situation, wishes_still_possible(chosen, situation), placed=known)
    return context


_COMPARED = ("People placed", "Preferences met", "Cohorts that run")


def _numbers(label: str, read: result.Result) -> list[str]:
    figures = [read.figures, read.first_come, *([read.other_order] if read.other_order else [])]
    if label == "People placed":
        return [str(one.placed) for one in figures]
    if label == "Preferences met":
        return [result.preferences_in_words(one) for one in figures]
    return [str(one.running) for one in figures]


def _report(proposal: Proposal, known: dict[str, result.Person]) -> dict[str, Any]:
    """What was done, with names: sections of a heading and the people under it."""
    report = proposal.report
    undone = report.get("undone", {})

    def people(references: Sequence[str]) -> list[tuple[result.Person, str]]:
        return [(known[one], known[one].cohort_name) for one in references]

    def why(skipped: dict[str, str]) -> list[tuple[result.Person, str]]:
        return [(known[one], reason) for one, reason in skipped.items()]

    sections = [
        ("skipped", "Skipped, and why", why(report["skipped"]), True),
        ("placed", "Given a place", people(report["placed"]), False),
        (
            "waitlisted",
            "Put on the waiting list",
            [(one, "") for one, _ in people(report["waitlisted"])],
            False,
        ),
    ]
    if undone:
        sections = [
            ("not-undone", "Not undone, and why", why(undone["skipped"]), True),
            ("undone", "Back to where they were", [(one, "") for one, _ in people(undone["back"])], False),
            *sections,
        ]
    return {"sections": [section for section in sections if section[2]], "short": report["short"]}


def compare_page(request: HttpRequest, proposal: Proposal) -> HttpResponse:
    """Two proposals of a programme side by side: numbers, and what differs, person by person."""
    others = Proposal.objects.filter(programme=proposal.programme_id, solved_at__isnull=False)
    others = others.exclude(pk=proposal.pk).select_related("made_by")
    wanted = request.GET.get("with", "")
    other = next((one for one in others if str(one.pk) == wanted), None)
    context = {
        **_context(request, proposal.programme, f"Proposal {proposal.pk} beside another"),
        "proposal": proposal,
        "others": [
            (one.pk, f"Proposal {one.pk}, {nhs_datetime(one.made_at)}, {name_of(one.made_by)}")
            for one in others
        ],
        "wanted": other.pk if other else None,
        "back": crumb(proposal),
    }
    if other is not None and proposal.allocation:
        both = [(one, result.Figures.of(one.allocation)) for one in (proposal, other)]
        context["both"] = [
            (one, figures, result.preferences_in_words(figures), _chosen_in_words(one))
            for one, figures in both
        ]
        context["differences"] = result.differences(proposal, other)
        context["other"] = other
    return TemplateResponse(request, "admin/cohorts/proposal/compare.html", context)
