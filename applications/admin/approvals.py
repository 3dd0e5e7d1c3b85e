"""What staff can do about an approval: agree in the approver's stead, put the address right, send a reminder."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from applications.admin.forms import AddressForm, KeptReasonForm
from applications.domain import approvals
from applications.domain.actors import Actor
from applications.models import Application, Approval, Decision
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent

_FORMS: dict[str, tuple[str, str, type[VerbForm]]] = {
    "override": (
        "Agree in the approver’s stead",
        "Do this when the approver agreed in another way, such as by telephone.",
        KeptReasonForm,
    ),
    "address": (
        "Correct who is asked",
        "The new person is asked by mail at once. The links sent to the old address close.",
        AddressForm,
    ),
    "remind": (
        "Send a reminder",
        "The request goes out again at once. Nobody is written to twice within 48 hours.",
        NothingToAdd,
    ),
}


def approval_page(
    request: HttpRequest, application: Application, approval_id: int, action: str, *, back: Crumb
) -> HttpResponse:
    """Ask for what one of these needs, and carry it out. 404 for an approval of another application."""
    approval = application.approvals.filter(pk=approval_id).first()
    if approval is None or action not in _FORMS:
        raise Http404("There is no such approval.")
    label, means, form_class = _FORMS[action]
    initial = {"name": approval.name, "email": approval.email} if action == "address" else None
    role = approval.get_approver_display()
    settled = approval.decision != Decision.PENDING
    return VerbPage(
        title=f"{label}: {application.reference}",
        button=label,
        form=form_class(sent(request), initial=initial),
        back=back,
        carry_out=lambda values: _carry_out(request.user, approval, action, values),
        explanation=[
            f"{role} of {application.name}: {approval.name}, {approval.email}",
            f"Asked to agree: {approval.statement}",
            means,
        ],
        impossible=(
            f"This approval waits for no answer: it is recorded as “{approval.get_decision_display().lower()}”."
            if settled
            else ""
        ),
    ).answer(request)


def _carry_out(user: Any, approval: Approval, action: str, values: dict[str, Any]) -> str:
    now = timezone.now()
    if action == "override":
        approvals.override(approval.pk, user=user, reason=values["reason"], now=now)
        return f"Recorded: agreed in the stead of {approval.name}."
    if action == "address":
        by = Actor.staff(user).name
        approvals.correct_address(
            approval.pk, corrected_by=by, name=values["name"], email=values["email"], now=now
        )
        return f"{values['name']} is asked now, at {values['email']}."
    approvals.remind(approval.pk, now=now)
    return f"{approval.name} is reminded."
