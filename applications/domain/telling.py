"""Mails about an application: to its applicant, and to the approvers who hear what came of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence

from applications.models import Application, Decision
from programmes.domain import links, messages
from programmes.domain.mails import MAILS
from programmes.models import Link, Message
from programmes.models.parts import ApprovalMethod


def _known(event: str, values: Mapping[str, object]) -> dict[str, object]:
    """The values that a mail has placeholders for: one context serves the applicant's and the approver's mail."""
    return {key: value for key, value in values.items() if key in MAILS[event].placeholders}


def tell_applicant(
    application: Application,
    event: str,
    *,
    occasion: str,
    now: datetime.datetime,
    context: Mapping[str, object] | None = None,
    attachments: Sequence[Mapping[str, str]] = (),
    by_staff: bool = True,
    supersedes: bool = True,
) -> Message:
    """Queue a mail to the applicant, with a link to the application; it is held where staff decided.

    ``supersedes`` as for `messages.queue`.
    """
    values = {"applicant": application.name, "reference": application.reference, **(context or {})}
    return messages.queue(
        event,
        occasion=occasion,
        to_address=application.email,
        to_name=application.name,
        programme=application.programme,
        about=application.about,
        now=now,
        context=_known(event, values),
        link=links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=now),
        attachments=attachments,
        by_staff=by_staff,
        supersedes=supersedes,
    )


def tell_approvers(
    application: Application,
    event: str,
    *,
    occasion: str,
    now: datetime.datetime,
    context: Mapping[str, object],
    by_staff: bool,
    supersedes: bool = True,
) -> None:
    """Tell everyone who was asked by mail, and has neither passed it on nor said no, what came of it."""
    asked = application.approvals.filter(
        method=ApprovalMethod.EMAILED,
        decision__in=[Decision.PENDING, Decision.SUPPORTED, Decision.OVERRIDDEN],
        address_failed=False,
    )
    for approval in asked:
        values = {
            "applicant": application.name,
            "reference": application.reference,
            "role": approval.get_approver_display().lower(),
            **context,
        }
        messages.queue(
            event,
            occasion=occasion,
            to_address=approval.email,
            to_name=approval.name,
            programme=application.programme,
            about=application.about,
            now=now,
            context=_known(event, values),
            by_staff=by_staff,
            supersedes=supersedes,
        )
