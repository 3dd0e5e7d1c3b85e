"""The steps of an application: which a programme has, how far each has come, and which is next."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponseRedirect

from applications.domain import definition, submission
from applications.models import Application, State
from cohorts.domain import access_needs
from programmes.models import Programme
from programmes.models.parts import ApprovalMethod
from programmes.views.addresses import behind_link

COMPLETED, INCOMPLETE, NOT_STARTED, OPTIONAL = "Completed", "Incomplete", "Not yet started", "Optional"

# By the step that `submission.missing` names: the page's address name, and its title.
PAGES = {
    "about": ("about", "About you and your organisation"),
    "questions": ("questions", "Your experience and plans"),
    "cohorts": ("cohort_choice", "Dates you can attend"),
    "needs": ("access_needs", "What you need to take part"),
    "approvers": ("approvers", "People who approve your application"),
    "declarations": ("declarations", "Declarations"),
}

# What `steps_of` reads beside an application.
BESIDE = (*submission.GIVEN, "access_needs")
# In the address of a step: where to go when it has been saved.
_THEN, _CHECK = "then", "check"


@dataclass(frozen=True)
class Step:
    """One step: what is still missing in it, and whether anything of it has been given."""

    key: str
    begun: bool
    missing: list[str] = field(default_factory=list)

    @property
    def title(self) -> str:
        """What the step is called."""
        return PAGES[self.key][1]

    @property
    def status(self) -> str:
        """How far it has come, in words."""
        if self.missing:
            return INCOMPLETE if self.begun else NOT_STARTED
        return COMPLETED if self.begun else OPTIONAL


def steps_of(application: Application) -> list[Step]:
    """The steps that the programme has, in order; the same number of queries however much has been given."""
    keys = asked_by(definition.hand_over(application).programme)
    submission.read_given(application)
    given = {approval.method for approval in application.approvals.all() if approval.is_current}
    begun = {
        "about": bool(application.name),
        "questions": any(answer.value not in ("", None, []) for answer in application.answers.all()),
        "cohorts": bool(application.preferences.all()),
        "needs": "needs" in keys and access_needs.of(application) is not None,
        "approvers": ApprovalMethod.EMAILED in given,
        "declarations": ApprovalMethod.DECLARED in given or bool(application.declarations.all()),
    }
    lacking: dict[str, list[str]] = {}
    for item in submission.missing(application):
        lacking.setdefault(item.step, []).append(item.sentence)
    return [Step(key, begun[key], lacking.get(key, [])) for key in keys]


def asked_by(programme: Programme) -> list[str]:
    """The keys of the steps that a programme has, in order."""
    definition.read_parts(programme, *definition.PARTS)
    approvals = {step.method for step in programme.approval_steps.all()}
    asks = {
        "about": True,
        "questions": bool(programme.questions.all()),
        "cohorts": any(cohort.runs for cohort in programme.cohorts.all()),
        "needs": access_needs.asked_by(programme),
        "approvers": ApprovalMethod.EMAILED in approvals,
        "declarations": ApprovalMethod.DECLARED in approvals or bool(programme.declarations.all()),
    }
    return [key for key in PAGES if asks[key]]


def address_of(key: str, *, token: str, then_check: bool = False) -> str:
    """The address of a step's page; ``then_check`` of one that leads to the check when it is saved."""
    address = behind_link(PAGES[key][0], token)
    return f"{address}?{_THEN}={_CHECK}" if then_check else address


def after(request: HttpRequest, application: Application, key: str, *, token: str) -> HttpResponseRedirect:
    """Where to go when a step has been saved: on, to the check after the last, or back to the status page.

    Whoever came from the check, or has given all the rest, goes to the check: the address of the step says so.
    """
    if application.state != State.DRAFT:
        return HttpResponseRedirect(behind_link("application", token))
    keys = asked_by(definition.of(application))
    following = keys[keys.index(key) + 1 :] if key in keys else []
    if following and request.GET.get(_THEN) != _CHECK:
        return HttpResponseRedirect(behind_link(PAGES[following[0]][0], token))
    return HttpResponseRedirect(behind_link("check", token))
