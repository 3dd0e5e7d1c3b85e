"""A colleague is invited to work in an academy: by mail, with a link that works once and for seven days.

The link makes an account for an address that has none. Where there is one, its owner signs in and agrees: nobody is
added to an academy without knowing, and a link alone never signs anybody in.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Q, QuerySet

from programmes.domain import access, links, messages, record
from programmes.domain.accounts import named
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Academy, AcademyMember, Invitation, Link, Programme, Role

LIFETIME = datetime.timedelta(days=7)
_WHAT = "invite colleagues"


class NotOpen(Refused):
    """The invitation was taken up, was withdrawn, or is too old."""


def invite(
    *,
    academy: Academy,
    name: str,
    address: str,
    role: Role,
    by: User | AnonymousUser,
    now: datetime.datetime,
    programmes: Iterable[Programme] = (),
) -> Invitation:
    """Invite somebody to work in ``academy``, on all its programmes or on some; the mail is queued.

    Raises `NotAllowed` unless ``by`` is an administrator there, `Refused` for somebody who works there or is invited
    already or has an account that is switched off, and where the programmes do not fit the academy or the role.
    """
    access.require_administrator(by, academy, _WHAT)
    chosen = list(programmes)
    require_programmes_that_fit(academy, role, chosen)
    address = address.strip().casefold()
    with transaction.atomic():
        # Locked, so that two administrators cannot invite the same person at once.
        Academy.objects.select_for_update(no_key=True).get(pk=academy.pk)
        if AcademyMember.objects.filter(academy=academy, user__in=accounts_at(address)).exists():
            raise Refused(f"{address} works at {academy} already. Change their role instead.")
        _require_a_way_in(address)
        if academy.invitations.open().filter(address__iexact=address).exists():
            raise Refused(f"{address} has been invited already. Send that invitation again instead.")
        assert isinstance(by, User)
        invitation = Invitation.objects.create(
            academy=academy,
            name=name.strip(),
            address=address,
            role=role,
            invited_by=by,
            invited_at=now,
            expires_at=now + LIFETIME,
        )
        invitation.programmes.set(chosen)
        _send(invitation, by=by, now=now)
    return invitation


def _require_a_way_in(address: str) -> None:
    """Raise `Refused` where an address has an account with which its owner cannot sign in: the link opens nothing."""
    there = accounts_at(address)
    if there.exists() and not there.filter(is_active=True, is_staff=True).exists():
        raise Refused(
            f"{address} has an account that is switched off. Ask whoever looks after the portal to switch it on."
        )


def require_programmes_that_fit(academy: Academy, role: str, programmes: Iterable[Programme]) -> None:
    """Raise `Refused` where programmes are another academy's, or somebody limited to some would administer all."""
    chosen = list(programmes)
    if any(programme.academy_id != academy.pk for programme in chosen):
        raise Refused(f"Choose only programmes of {academy}.")
    if chosen and role == Role.ADMINISTRATOR:
        raise Refused("An administrator has all programmes: choose another role, or no programme.")


def _send(invitation: Invitation, *, by: User, now: datetime.datetime) -> None:
    links.revoke(Link.Opens.INVITATION, invitation.pk, now=now)
    link = links.mint(
        Link.Opens.INVITATION, invitation.pk, sent_to=invitation.address, now=now, lifetime=LIFETIME
    )
    academy = invitation.academy
    messages.queue(
        "invitation",
        occasion=f"link:{link.pk}",
        to_address=invitation.address,
        to_name=invitation.name,
        programme=None,
        about=invitation.about,
        now=now,
        link=link,
        context={
            "academy": academy.name,
            "contact": academy.contact_email,
            "by": named(by),
            "role": role_in_words(invitation),
            "until": nhs_datetime(invitation.expires_at),
        },
    )


def role_in_words(invitation: Invitation) -> str:
    """ "Reviewer: decides on applications, for Circles", as the mail and the page say it."""
    titles = [programme.title for programme in invitation.programmes.order_by("title")]
    return invitation.get_role_display() + (f", for {', '.join(titles)}" if titles else "")


def send_again(invitation: Invitation, *, by: User | AnonymousUser, now: datetime.datetime) -> None:
    """Send the mail once more, with a new link that works for seven days; the link before it is closed.

    Raises `NotAllowed` unless ``by`` is an administrator there, `NotOpen` for an invitation that has ended,
    `Refused` where the address has an account that is switched off.
    """
    access.require_administrator(by, invitation.academy, _WHAT)
    with transaction.atomic():
        invitation = _lock(invitation.pk)
        _require_a_way_in(invitation.address)
        invitation.expires_at = now + LIFETIME
        invitation.save(update_fields=["expires_at"])
        assert isinstance(by, User)
        _send(invitation, by=by, now=now)


def withdraw(invitation: Invitation, *, by: User | AnonymousUser, now: datetime.datetime) -> None:
    """Take an invitation back: its link is closed, and its mail is not sent where it was not yet.

    Raises `NotAllowed` unless ``by`` is an administrator there, `NotOpen` for an invitation that has ended.
    """
    access.require_administrator(by, invitation.academy, _WHAT)
    with transaction.atomic():
        invitation = _lock(invitation.pk)
        invitation.withdrawn_at = now
        invitation.save(update_fields=["withdrawn_at"])
        links.revoke(Link.Opens.INVITATION, invitation.pk, now=now)


def _lock(pk: int) -> Invitation:
    """The invitation, locked. Raises `NotOpen` where it was taken up or withdrawn."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("academy").get(pk=pk)
    if invitation.accepted_at is not None:
        raise NotOpen("This invitation has been taken up.")
    if invitation.withdrawn_at is not None:
        raise NotOpen("This invitation was withdrawn.")
    return invitation


def accounts_at(address: str) -> QuerySet[User]:
    """The accounts that belong to an address, by their username or by their mail."""
    return User.objects.filter(Q(username__iexact=address) | Q(email__iexact=address))


def make_account(
    invitation: Invitation, *, name: str, password: str, now: datetime.datetime
) -> AcademyMember:
    """Take an invitation up with a new account, whose username is the address; return the membership.

    ``password`` has been found good enough. Raises `NotOpen` for an invitation that has ended, `Refused` where the
    address has an account by now.
    """
    with transaction.atomic():
        # Locked with every other invitation of the address, so that two of them do not make two accounts.
        list(Invitation.objects.select_for_update().filter(address=invitation.address).order_by("pk"))
        invitation = _lock(invitation.pk)
        if accounts_at(invitation.address).exists():
            raise Refused("This address has an account by now. Open the link again, and sign in with it.")
        first, _, last = " ".join(name.split()).rpartition(" ")
        user = User.objects.create_user(
            invitation.address,
            invitation.address,
            password,
            first_name=first[:150],
            last_name=last[:150],
            is_staff=True,
        )
        return _take_up(invitation, user, now=now)


def join(invitation: Invitation, *, user: User, now: datetime.datetime) -> AcademyMember:
    """Take an invitation up with the account that its address has, by its owner, who is signed in.

    Raises `NotOpen` for an invitation that has ended, `NotAllowed` for somebody else's account.
    """
    if not accounts_at(invitation.address).filter(pk=user.pk, is_active=True, is_staff=True).exists():
        raise access.NotAllowed(f"This invitation is for {invitation.address}. Sign in with that account.")
    with transaction.atomic():
        return _take_up(_lock(invitation.pk), user, now=now)


def _take_up(invitation: Invitation, user: User, *, now: datetime.datetime) -> AcademyMember:
    member = AcademyMember.objects.filter(academy=invitation.academy, user=user).first()
    if member is None:
        member = AcademyMember(academy=invitation.academy, user=user, role=invitation.role)
        with record.recorded_as(f"taking up the invitation of {named(invitation.invited_by)}"):
            member.save()
            member.programmes.set(invitation.programmes.all())
    invitation.accepted_at = now
    invitation.accepted_by = user
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    return member
