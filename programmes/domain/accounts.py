"""What becomes of a staff account: where it is signed in, who works in an academy, and how protection is reset.

Access ends at once: roles are asked for with every page (`access.has_role`), and signing somebody out deletes the
sessions themselves.
"""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.db import transaction
from django_otp.models import Device

from programmes.domain import access, messages, two_factor
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Academy, AcademyMember, AccountChange, Role, SignIn

# Where somebody was signed in is kept so long.
SIGN_INS_KEPT = datetime.timedelta(days=90)
REASON_LIMIT = 500


def signed_in(user: User, *, session_key: str, browser: str, now: datetime.datetime) -> SignIn:
    """Note that somebody signed in with a browser, so that they can be signed out of it; return the row."""
    SignIn.objects.filter(user=user, signed_in_at__lt=now - SIGN_INS_KEPT).delete()
    return SignIn.objects.create(user=user, session_key=session_key, browser=browser[:200], signed_in_at=now)


def signed_out(session_key: str, *, now: datetime.datetime) -> None:
    """Note that a browser was signed out."""
    SignIn.objects.filter(session_key=session_key, ended_at=None).update(ended_at=now)


def open_sign_ins(user: User, *, now: datetime.datetime) -> list[SignIn]:
    """The browsers in which somebody is signed in at ``now``, the latest first."""
    rows = list(user.sign_ins.filter(ended_at=None))
    alive = Session.objects.filter(expire_date__gt=now, session_key__in=[row.session_key for row in rows])
    keys = set(alive.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]


def sign_out_everywhere(
    user: User,
    *,
    by: User | AnonymousUser,
    now: datetime.datetime,
    reason: str = "",
    but_here: str = "",
) -> int:
    """Sign somebody out of every browser, save the session ``but_here``; return of how many.

    Raises `NotAllowed` for somebody else's account that ``by`` does not look after, `Refused` for a reason longer than
    `REASON_LIMIT`.
    """
    assert isinstance(by, User)
    if by.pk != user.pk and not access.may_help(by, user):
        raise access.NotAllowed(f"Your role does not include the account of {named(user)}.")
    with transaction.atomic():
        ended = _end_sessions(user, now=now, but_here=but_here)
        _note(user, AccountChange.Kind.SIGNED_OUT, by=by, reason=reason, now=now)
    return ended


def _end_sessions(user: User, *, now: datetime.datetime, but_here: str = "") -> int:
    here = [row for row in open_sign_ins(user, now=now) if row.session_key != but_here]
    Session.objects.filter(session_key__in=[row.session_key for row in here]).delete()
    SignIn.objects.filter(user=user, ended_at=None).exclude(session_key=but_here).update(ended_at=now)
    return len(here)


def password_changed(user: User, *, session_before: str, session_key: str, now: datetime.datetime) -> None:
    """Note that somebody changed their password: signed in here under a new key, and nowhere else any more.

    Their address is told, in the name of an academy they work in, so that a thief's change is seen.
    """
    with transaction.atomic():
        SignIn.objects.filter(user=user, session_key=session_before).update(session_key=session_key)
        _end_sessions(user, now=now, but_here=session_key)
        note = _note(user, AccountChange.Kind.PASSWORD_CHANGED, by=user, reason="", now=now)
        _tell(note, "password_changed", _an_academy_of(user), {"when": nhs_datetime(now)})


def set_up_telephone(user: User, *, seed: str, code: str, now: datetime.datetime) -> tuple[Device, list[str]]:
    """`two_factor.set_up`, and a word to the owner's address; the same comes back. Raises `two_factor.WrongCode`."""
    with transaction.atomic():
        another = two_factor.is_set_up(user)
        device, codes = two_factor.set_up(user, seed=seed, code=code, now=now)
        telephone = "another telephone, in place of the one before," if another else "a telephone"
        _tell_of_sign_in(user, f"{telephone} was set up for", now)
    return device, codes


def make_codes(user: User, *, now: datetime.datetime) -> list[str]:
    """`two_factor.make_codes`, and a word to the owner's address; the new recovery codes come back."""
    with transaction.atomic():
        codes = two_factor.make_codes(user, now=now)
        _tell_of_sign_in(user, "new recovery codes, in place of those before, were made for", now)
    return codes


def _tell_of_sign_in(user: User, what: str, now: datetime.datetime) -> None:
    """Mail that there is something new to sign in with, so that whoever did not do it sees it."""
    note = AccountChange.objects.filter(user=user).select_related("user").latest("pk")
    _tell(note, "sign_in_changed", _an_academy_of(user), {"what": what, "when": nhs_datetime(now)})


def _an_academy_of(user: User) -> Academy | None:
    """The academy in whose name somebody is written to about their account; None for who works in none."""
    return Academy.objects.filter(members__user=user).order_by("pk").first()


def reset_two_factor(
    colleague: User, *, by: User | AnonymousUser, academy: Academy, reason: str, now: datetime.datetime
) -> None:
    """Take the telephone and the recovery codes of a colleague who lost them off the account, and tell them by mail.

    They are signed out everywhere, and set up two-factor sign-in anew when they sign in with their password. Raises
    `NotAllowed` for one's own account or one that ``by`` does not look after, `Refused` without a reason, for one
    longer than `REASON_LIMIT`, or where nothing is set up. ``academy`` is the one in whose name the mail is written.
    """
    assert isinstance(by, User)
    if not access.may_help(by, colleague):
        raise access.NotAllowed(
            f"Your role does not include the account of {named(colleague)}. Nobody resets their own."
        )
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        if not two_factor.take_off(colleague):
            raise Refused(f"{named(colleague)} has no two-factor sign-in to reset.")
        _end_sessions(colleague, now=now)
        note = _note(colleague, AccountChange.Kind.TWO_FACTOR_RESET, by=by, reason=reason, now=now)
        _tell(note, "two_factor_reset", academy, {"by": named(by), "reason": reason.strip()})


def _tell(note: AccountChange, event: str, academy: Academy | None, said: dict[str, object]) -> None:
    """Mail what became of an account to its owner, if an address is known."""
    user = note.user
    if not user.email:
        return
    where = {"academy": academy.name, "contact": academy.contact_email} if academy else {}
    messages.queue(
        event,
        occasion=f"account_change:{note.pk}",
        to_address=user.email,
        to_name=named(user),
        programme=None,
        about=f"account:{user.pk}",
        now=note.at,
        context={"academy": "", "contact": "", **where, **said},
    )


def _note(
    user: User, kind: AccountChange.Kind, *, by: User, reason: str, now: datetime.datetime
) -> AccountChange:
    if len(reason.strip()) > REASON_LIMIT:
        raise Refused(f"Give the reason in at most {REASON_LIMIT} characters: it is kept with the account.")
    return AccountChange.objects.create(user=user, kind=kind, by=by, reason=reason.strip(), at=now)


def named(user: User | AnonymousUser) -> str:
    """What an account is called: the person's name, or the username where none is known."""
    return (user.get_full_name() if isinstance(user, User) else "") or user.get_username()


def require_another_administrator(member: AcademyMember) -> None:
    """Raise `Refused` where ``member`` is the academy's last administrator: to be called in a transaction.

    The academy is locked, so that two administrators cannot remove each other at once.
    """
    academy = Academy.objects.select_for_update(no_key=True).get(pk=member.academy_id)
    others = academy.members.filter(
        role=Role.ADMINISTRATOR, user__is_active=True, user__is_staff=True
    ).exclude(pk=member.pk)
    was = AcademyMember.objects.filter(pk=member.pk, role=Role.ADMINISTRATOR)
    if was.exists() and not others.exists():
        raise Refused(
            f"{named(member.user)} is the only administrator of {academy}. Make somebody else administrator first."
        )


def require_no_academy_left_alone(user: User) -> None:
    """Raise `Refused` where an academy has no administrator once ``user`` is switched off; call it in a transaction.

    The academies are locked in one order, so that two superusers do not wait for each other.
    """
    theirs = AcademyMember.objects.filter(user=user, role=Role.ADMINISTRATOR).select_related("user")
    for member in theirs.order_by("academy_id"):
        require_another_administrator(member)
