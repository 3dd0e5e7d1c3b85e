"""What goes by retention besides the records that people are known by: the text of mails, logs, files, old sessions."""

from __future__ import annotations

import datetime
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.contrib.sessions.models import Session
from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from programmes.domain import importing
from programmes.domain.privacy import people, registry, retention
from programmes.domain.privacy.registry import NAME_REMOVED, REMOVED
from programmes.domain.privacy.retention import At, Outcome
from programmes.models import Hold, Invitation, Message, NewsOptOut, SignIn

_OVER = (Message.Status.SENT, Message.Status.FAILED, Message.Status.DISCARDED, Message.Status.SUPERSEDED)


def _mails(at: At) -> QuerySet[Message]:
    """Mails with a text, of a programme or of none; but for those to, and about, whom a hold is on."""
    rows = Message.objects.filter(programme=at.programme, status__in=_OVER, created_at__lt=at.before)
    with_text = ~Q(context={}) | ~Q(attachments=[]) | ~Q(sent_text__in=["", REMOVED])
    held = Q(pk__in=[])
    for hold in Hold.objects.standing().order_by("pk"):
        person = people.find(hold.address)
        held |= Q(to_address__iexact=hold.address) | Q(about__in=sorted(person.about))
    return rows.filter(with_text).exclude(held)


def _without_text(keys: list[int], _now: datetime.datetime) -> None:
    """What was said goes; that it was said, when and to which address stays as long as the person's record."""
    rows = Message.objects.filter(pk__in=keys)
    rows.update(context={}, attachments=[], last_error="")
    rows.exclude(sent_text="").update(sent_text=REMOVED)
    rows.exclude(subject="").update(subject=REMOVED)


def _invitations(at: At) -> QuerySet[Invitation]:
    over = Q(withdrawn_at__lt=at.before) | Q(expires_at__lt=at.before)
    return Invitation.objects.filter(over, accepted_at=None).exclude(name=NAME_REMOVED)


def _lifted_holds(at: At) -> QuerySet[Hold]:
    return Hold.objects.filter(lifted_at__lt=at.before).exclude(reason=REMOVED)


def _opt_outs(at: At) -> QuerySet[NewsOptOut]:
    """Addresses that get no news, once nobody is known by them any more: there is no news to send there."""
    rows = NewsOptOut.objects.filter(at__lt=at.before)
    for root in registry.roots():
        if root.kind != "news":
            known = root.model._default_manager.annotate(lower=Lower(root.address))
            rows = rows.exclude(email_key__in=known.values("lower"))
    return rows


def _delete(model: type[Any]) -> Any:
    def carry_out(keys: list[int], _now: datetime.datetime) -> None:
        model._default_manager.filter(pk__in=keys).delete()

    return carry_out


def _log(model: type[Any], when: str) -> Any:
    return lambda at: model._default_manager.filter(**{f"{when}__lt": at.before})


def throw_away(now: datetime.datetime) -> int:
    """Throw away sessions that are over, and files that nobody confirmed; return how many of the two."""
    ended = Session.objects.filter(expire_date__lt=now).delete()[0]
    return ended + importing.throw_away(now)


OUTCOMES = (
    Outcome("mail", "Text of mails", "keep_mails_months", _mails, carry_out=_without_text),
    Outcome("other_mail", "Text of mails of no programme", "", _mails, carry_out=_without_text),
    # After those below, by which the address may be known.
    Outcome("news", "Addresses that get no news, and are known by nothing else", "", _opt_outs, "news"),
    Outcome("invitation", "Invitations of staff that were not taken up", "", _invitations, "invitation"),
    Outcome("hold", "Holds that were lifted", "", _lifted_holds, "hold"),
    Outcome(
        "sign_in",
        "Where staff were signed in",
        "",
        lambda at: SignIn.objects.filter(ended_at__lt=at.before),
        carry_out=_delete(SignIn),
    ),
    *(
        Outcome(
            model.__name__.lower(),
            "Log of signing in",
            "",
            _log(model, "attempt_time"),
            carry_out=_delete(model),
        )
        for model in (AccessAttempt, AccessFailureLog, AccessLog)
    ),
)


def register() -> None:
    """Let these be looked at each night."""
    retention.register(*OUTCOMES)
