"""What an approver can answer, and how the right person is found, asked and reminded.

An approver's page shows what is asked; an answer is a choice and a typed name, sent as a form. Nobody approves their
own application, however the address is spelled.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.utils import timezone

from applications.domain import announcements, conflicts, nominations
from applications.domain.actors import Actor
from applications.domain.telling import tell_applicant
from applications.domain.workflow import change_state
from applications.models import Application, Approval, Decision, State
from programmes.domain import links, messages
from programmes.domain.addresses import same_person
from programmes.domain.refused import Refused
from programmes.domain.working_days import add_working_days, is_working_day, working_days_between
from programmes.models import Link, Message, NominationAllowance
from programmes.models.parts import ApprovalMethod, Approver

# Reminders go this many working days after the first mail; two never within 48 hours.
CHASE_AFTER = (3, 7, 10)
REST = datetime.timedelta(hours=48)
MORE_TIME_WORKING_DAYS = 5
LINK_LIFETIME = datetime.timedelta(days=90)
# A second wish for a fresh link within this time sends no second mail.
QUIET = datetime.timedelta(minutes=2)


class OwnApproval(Refused):
    """The approver would be the applicant."""


class AlreadyAnswered(Refused):
    """The approval has been answered, passed on or called off."""


def refuse_own_address(application: Application, email: str) -> None:
    """Raise `OwnApproval` where ``email`` is the applicant's own, however it is spelled."""
    if same_person(application.email, email):
        raise OwnApproval(
            "That is your own email address. Nobody can approve their own application: "
            "give the address of the person who approves it."
        )


def _mail(approval: Approval, event: str, *, occasion: str, now: datetime.datetime, **extra: object) -> None:
    application = approval.application
    link = links.mint(
        Link.Opens.APPROVAL, approval.pk, sent_to=approval.email, now=now, lifetime=LINK_LIFETIME
    )
    messages.queue(
        event,
        occasion=occasion,
        to_address=approval.email,
        to_name=approval.name,
        programme=application.programme,
        about=application.about,
        now=now,
        link=link,
        supersedes=False,
        context={
            "applicant": application.name,
            "reference": application.reference,
            "role": approval.get_approver_display().lower(),
            "statement": approval.statement,
            **extra,
        },
    )


def ask(approval: Approval, *, given_by: str, now: datetime.datetime) -> None:
    """Ask an approver by mail; ``given_by`` says who gave us the address (UK GDPR, article 14)."""
    approval.decision = Decision.PENDING
    approval.asked_at = approval.last_mailed_at = now
    approval.save()
    dates = [line for lines in announcements.dates_wanted(approval.application) for line in lines]
    _mail(
        approval,
        "approval_request",
        occasion=f"approval:{approval.pk}:{approval.email}",
        now=now,
        dates="\n".join(dates),
        whose_address=given_by,
    )


def _lock(approval_id: int) -> tuple[Approval, Application, NominationAllowance | None]:
    """Lock the allowance, the application and the approval, in that order."""
    application_id = Approval.objects.values_list("application_id", flat=True).get(pk=approval_id)
    application, allowance = nominations.lock(application_id)
    approval = Approval.objects.select_for_update(of=("self",), no_key=True).get(pk=approval_id)
    approval.application = application
    return approval, application, allowance


def _require_pending(approval: Approval) -> None:
    if approval.decision != Decision.PENDING:
        raise AlreadyAnswered(
            "This request needs no answer any more: it is recorded as "
            f"“{approval.get_decision_display().lower()}”."
        )


def support(approval_id: int, *, name: str, now: datetime.datetime) -> Approval:
    """Record an approver's yes, signed with a typed name; the last one sends the application on to review."""
    with transaction.atomic():
        approval, application, allowance = _lock(approval_id)
        _require_pending(approval)
        refuse_own_address(application, approval.email)
        _decide(approval, Decision.SUPPORTED, name=name, now=now)
        _go_on(approval, application, allowance, Actor.approver(name), now)
        return approval


def decline(approval_id: int, *, name: str, reason: str, now: datetime.datetime) -> Approval:
    """Record an approver's no and its reason, which the applicant reads; it ends the application."""
    if not reason.strip():
        raise Refused("Give a reason: the applicant will read it.")
    with transaction.atomic():
        approval, application, allowance = _lock(approval_id)
        _require_pending(approval)
        _decide(approval, Decision.DECLINED, name=name, reason=reason.strip(), now=now)
        change_state(
            application,
            State.NOT_SUPPORTED,
            action="not_support",
            actor=Actor.approver(name),
            reason=reason,
            now=now,
            context={"role": approval.get_approver_display().lower()},
        )
        nominations.move_up(allowance, now=now)
        return approval


def override(
    approval_id: int, *, user: User | AnonymousUser, reason: str, now: datetime.datetime
) -> Approval:
    """Agree in an approver's stead, as staff, with a reason that is kept with the name."""
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        approval, application, allowance = _lock(approval_id)
        conflicts.require_may_decide(user, application)
        _require_pending(approval)
        actor = Actor.staff(user)
        approval.decided_by_id = user.pk
        _decide(approval, Decision.OVERRIDDEN, name=actor.name, reason=reason.strip(), now=now)
        _go_on(approval, application, allowance, actor, now)
        return approval


def _decide(
    approval: Approval, decision: Decision, *, name: str, now: datetime.datetime, reason: str = ""
) -> None:
    approval.decision = decision
    approval.decided_name = name
    approval.decided_at = now
    approval.reason = reason
    approval.save()


def _go_on(
    approval: Approval,
    application: Application,
    allowance: NominationAllowance | None,
    actor: Actor,
    now: datetime.datetime,
) -> None:
    """After a yes: take the nomination where the nominator's yes makes it, then move on or go on waiting."""
    waiting = application.approvals.pending().exists()
    is_nomination = approval.approver == Approver.NOMINATOR and approval.method == ApprovalMethod.EMAILED
    if application.state == State.AWAITING_APPROVAL and allowance is not None and is_nomination:
        if not nominations.take(application, allowance):
            context = nominations.join_reserve(application, allowance, now=now)
            change_state(application, State.RESERVE, action="approve", actor=actor, now=now, context=context)
            return
        application.save()
    if application.state == State.AWAITING_APPROVAL and not waiting:
        change_state(application, State.UNDER_REVIEW, action="approve", actor=actor, now=now)
        return
    tell_applicant(
        application,
        "approval_given",
        occasion=f"approval:{approval.pk}:{approval.decision}",
        now=now,
        context={
            "role": approval.get_approver_display().lower(),
            "approver": approval.name,
            "waits_on": "" if not waiting else "We are still waiting for the others you named.",
        },
    )


def pass_on(approval_id: int, *, passed_by: str, name: str, email: str, now: datetime.datetime) -> Approval:
    """The approver says "not me" and names the right person, who is asked at once; return the new approval.

    Every link to the old request closes. Raises `OwnApproval` where the person named is the applicant.
    """
    with transaction.atomic():
        approval, application, _ = _lock(approval_id)
        _require_pending(approval)
        _refuse_unsuitable(application, approval, email)
        fresh = _replace(approval, name=name, email=email, why=f"{passed_by} named {name} instead.", now=now)
        ask(fresh, given_by=passed_by, now=now)
        tell_applicant(
            application,
            "approval_rerouted",
            occasion=f"approval:{fresh.pk}",
            now=now,
            context={"role": approval.get_approver_display().lower(), "approver": name},
        )
        return fresh


def correct_address(
    approval_id: int, *, corrected_by: str, name: str, email: str, now: datetime.datetime
) -> Approval:
    """Put right who is asked, by the applicant or by staff; the links sent to the old address close."""
    with transaction.atomic():
        approval, application, _ = _lock(approval_id)
        _require_pending(approval)
        _refuse_unsuitable(application, approval, email)
        why = f"{corrected_by} corrected who is asked."
        fresh = _replace(approval, name=name, email=email, why=why, now=now)
        ask(fresh, given_by=application.name, now=now)
        return fresh


def _refuse_unsuitable(application: Application, approval: Approval, email: str) -> None:
    refuse_own_address(application, email)
    if same_person(approval.email, email) and not approval.address_failed:
        raise Refused(
            "That is the address already asked. Give the address of the person who should be asked."
        )


def _replace(approval: Approval, *, name: str, email: str, why: str, now: datetime.datetime) -> Approval:
    links.revoke(Link.Opens.APPROVAL, approval.pk, now=now)
    approval.decision = Decision.REROUTED
    approval.reason = why
    approval.decided_at = now
    approval.save()
    fresh = Approval.objects.create(
        application=approval.application,
        step=approval.step,
        approver=approval.approver,
        method=approval.method,
        statement=approval.statement,
        name=name,
        email=email,
    )
    Approval.objects.filter(pk=approval.pk).update(rerouted_to=fresh)
    return fresh


def need_more_time(approval_id: int, *, now: datetime.datetime) -> Approval:
    """The approver asks for time: no reminder for five working days; the applicant sees it on the status page."""
    with transaction.atomic():
        approval, _, _ = _lock(approval_id)
        _require_pending(approval)
        approval.more_time_until = add_working_days(timezone.localdate(now), MORE_TIME_WORKING_DAYS)
        approval.save()
        return approval


def remind(approval_id: int, *, now: datetime.datetime) -> Approval:
    """Send the request again, because the applicant or staff ask for it; at most once in 48 hours."""
    with transaction.atomic():
        approval, _, _ = _lock(approval_id)
        _require_pending(approval)
        if approval.last_mailed_at and now < approval.last_mailed_at + REST:
            again = timezone.localtime(approval.last_mailed_at + REST)
            raise Refused(
                f"{approval.name} was last written to less than 48 hours ago. "
                f"You can send a reminder from {again:%-d %B at %H:%M}."
            )
        _chase(approval, now)
        return approval


def send_fresh_link(approval_id: int, *, now: datetime.datetime) -> None:
    """Mail the request again, with a fresh link, to the address we hold now: the approver asked for it.

    A second wish within two minutes is one mail. Nothing is sent, and nobody is told, where no answer is wanted.
    """
    with transaction.atomic():
        # The application alone is locked: whoever asks changes no nomination.
        application_id = Approval.objects.values_list("application_id", flat=True).get(pk=approval_id)
        application = nominations.lock_application(application_id)
        approval = Approval.objects.get(pk=approval_id)
        approval.application = application
        sent = Message.objects.filter(link__opens=Link.Opens.APPROVAL, link__object_id=approval.pk)
        asked_again = sent.filter(event="approval_chaser", created_at__gt=now - QUIET).exists()
        if approval.decision == Decision.PENDING and not asked_again:
            _mail_again(approval, occasion=f"approval:{approval.pk}:fresh:{now.isoformat()}", now=now)


def due_for_chasing(now: datetime.datetime) -> list[int]:
    """The approvals whose approver is to be reminded now: 3, 7 and 10 working days after the first mail."""
    return [approval.pk for approval in Approval.objects.pending() if _is_due(approval, now)]


def _is_due(approval: Approval, now: datetime.datetime) -> bool:
    """Whether a reminder is due; after an outage the ones missed come one by one, each with its rest."""
    today = timezone.localdate(now)
    if approval.decision != Decision.PENDING or approval.asked_at is None or approval.last_mailed_at is None:
        return False
    if approval.address_failed or approval.waits_for_more_time(today) or not is_working_day(today):
        return False
    if approval.chasers_sent >= len(CHASE_AFTER) or now < approval.last_mailed_at + REST:
        return False
    waited = working_days_between(timezone.localdate(approval.asked_at), today)
    return waited >= CHASE_AFTER[approval.chasers_sent]


def chase(approval_id: int, *, now: datetime.datetime) -> bool:
    """Remind one approver, if it is still due under the lock; return whether a mail was queued."""
    with transaction.atomic():
        approval, _, _ = _lock(approval_id)
        if not _is_due(approval, now):
            return False
        _chase(approval, now)
        return True


def _chase(approval: Approval, now: datetime.datetime) -> None:
    approval.chasers_sent += 1
    approval.last_mailed_at = now
    approval.save()
    _mail_again(approval, occasion=f"approval:{approval.pk}:{approval.chasers_sent}", now=now)


def _mail_again(approval: Approval, *, occasion: str, now: datetime.datetime) -> None:
    asked = timezone.localtime(approval.asked_at or now)
    _mail(approval, "approval_chaser", occasion=occasion, now=now, asked_on=f"{asked:%-d %B}")


def note_address_failed(message: Message, now: datetime.datetime) -> None:
    """A mail to an approver was refused by their mail server: tell the applicant, who can put it right."""
    if message.link is None or message.link.opens != Link.Opens.APPROVAL:
        return
    waiting = Approval.objects.pending().filter(pk=message.link.object_id, address_failed=False)
    if not waiting.exists():
        return
    with transaction.atomic():
        approval, application, _ = _lock(message.link.object_id)
        approval.address_failed = True
        approval.save()
        tell_applicant(
            application,
            "approver_address_failed",
            occasion=f"approval:{approval.pk}",
            now=now,
            context={"role": approval.get_approver_display().lower(), "approver": approval.name},
        )
