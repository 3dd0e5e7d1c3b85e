"""The leads of an ICS's nomination board: named by the academy, let in by an emailed link, and until when."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nomination_board, nominations
from applications.models import Application, BoardDeadline, NominationLead
from applications.models.applications import SUBMITTED
from programmes.domain import access, links, messages
from programmes.domain.addresses import same_person
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Link, Message, NominationAllowance, Programme

Person = User | AnonymousUser
LINK_LIFETIME = datetime.timedelta(days=90)
# A second wish for a link within this time sends no second mail.
QUIET = datetime.timedelta(minutes=2)


def board_of(programme: Programme, key: str, *, user: Person, day: datetime.date) -> NominationAllowance:
    """The stored allowance of a key, made where nobody has used it yet.

    Raises `Refused` where the programme has no such nominations, `NotAllowed` without the role of reviewer.
    """
    access.require_reviewer(user, programme)
    row = nominations.possible_allowances(programme, day=day).get(key)
    if row is None:
        raise Refused(f"Nominations for {programme} are not counted for that. Choose one of the list.")
    if row.pk is None:
        row, _ = NominationAllowance.objects.get_or_create(
            programme=programme, key=key, defaults={"ics": row.ics, "region": row.region}
        )
    return row


def invite(
    allowance_id: int, *, name: str, email: str, user: Person, now: datetime.datetime
) -> NominationLead:
    """Name a lead of a board and mail them its link.

    Raises `Refused` where the address is a lead's already, or an applicant's on this board: nobody puts their own
    application in order.
    """
    with transaction.atomic():
        allowance = nominations.lock_with_programme(allowance_id)
        access.require_reviewer(user, allowance.programme)
        if allowance.leads.filter(email__iexact=email.strip(), revoked_at=None).exists():
            raise Refused(f"{email} is a lead already. Send the link again instead.")
        applied = Application.objects.filter(
            programme=allowance.programme, nomination_key=allowance.key, state__in=SUBMITTED
        )
        if any(same_person(address, email) for address in applied.values_list("email", flat=True)):
            raise Refused(
                f"{email} has applied: nobody puts their own application in order. Name somebody else."
            )
        lead = NominationLead(
            allowance=allowance, name=name.strip(), email=email.strip(), invited_at=now, last_sent_at=now
        )
        changed_by(lead, user)
        lead.save()
        _mail(lead, now=now)
        return lead


def send_again(lead_id: int, *, user: Person, now: datetime.datetime) -> NominationLead:
    """Mail a lead a fresh link, because staff ask for it; the links sent before go on working.

    Raises `Refused` for a lead whose links were closed, and within two minutes of the last.
    """
    with transaction.atomic():
        lead = _lock(lead_id)
        access.require_reviewer(user, lead.allowance.programme)
        _require_current(lead)
        if not _send(lead, now=now):
            raise Refused(
                f"{lead.name} was sent a link less than 2 minutes ago. Wait a little, then try again."
            )
        return lead


def send_fresh_link(lead_id: int, *, now: datetime.datetime) -> None:
    """Mail a fresh link to the address we hold: the lead asked for it. Nothing where there is no such lead any more."""
    with transaction.atomic():
        lead = _lock(lead_id)
        if lead.revoked_at is None:
            _send(lead, now=now)


def send_links_to(email: str, *, now: datetime.datetime) -> None:
    """Mail a fresh link for each board that an address is a lead of; nothing where there is none."""
    for pk in NominationLead.objects.filter(email__iexact=email.strip(), revoked_at=None).values_list(
        "pk", flat=True
    ):
        send_fresh_link(pk, now=now)


def revoke(lead_id: int, *, user: Person, now: datetime.datetime) -> NominationLead:
    """Close every link of a lead at once; what they did stays on the board with their name."""
    with transaction.atomic():
        lead = _lock(lead_id)
        access.require_reviewer(user, lead.allowance.programme)
        _require_current(lead)
        links.revoke(Link.Opens.BOARD, lead.pk, now=now)
        lead.revoked_at = now
        changed_by(lead, user)
        lead.save()
        return lead


def set_deadline(
    programme_id: int, open_until: datetime.datetime | None, *, user: Person, now: datetime.datetime
) -> BoardDeadline | None:
    """Let leads change the nominations of a programme until then; None for the programme's own closing.

    Raises `NotAllowed` without the role of administrator, `Refused` for a moment that has passed, or before the
    closing: until then people apply.
    """
    with transaction.atomic():
        programme = Programme.objects.select_for_update(no_key=True).get(pk=programme_id)
        if not access.can_administer(user, programme):
            raise access.NotAllowed(
                f"Only an administrator of {programme.academy} can say until when nominations can be changed."
            )
        row = BoardDeadline.objects.filter(programme=programme).first()
        if open_until is None:
            if row is not None:
                changed_by(row, user)
                row.delete()
            return None
        if open_until <= now:
            raise Refused("That moment has passed. Enter a later one, or leave it empty.")
        if programme.closes_at is not None and open_until < programme.closes_at:
            raise Refused(
                f"{programme} takes applications until {nhs_datetime(programme.closes_at)}. Enter a moment after that."
            )
        row = row or BoardDeadline(programme=programme)
        row.open_until = open_until
        changed_by(row, user)
        row.save()
        return row


def _lock(lead_id: int) -> NominationLead:
    """Lock a lead's board and then the lead, so that nobody acts on it at the same moment."""
    allowance_id = NominationLead.objects.values_list("allowance_id", flat=True).get(pk=lead_id)
    allowance = nominations.lock_with_programme(allowance_id)
    lead = NominationLead.objects.select_for_update(no_key=True).get(pk=lead_id)
    lead.allowance = allowance
    return lead


def _require_current(lead: NominationLead) -> None:
    if lead.revoked_at is not None:
        raise Refused(f"{lead.name} is no lead any more. Send a link as to somebody new.")


def _send(lead: NominationLead, *, now: datetime.datetime) -> bool:
    """Mail a link unless one was just sent; return whether it was."""
    last = Message.objects.about(lead.about).filter(created_at__gt=now - QUIET)
    if last.exists():
        return False
    lead.last_sent_at = now
    lead.save()
    _mail(lead, now=now)
    return True


def _mail(lead: NominationLead, *, now: datetime.datetime) -> None:
    board = nomination_board.read(lead.allowance_id, now=now)
    link = links.mint(Link.Opens.BOARD, lead.pk, sent_to=lead.email, now=now, lifetime=LINK_LIFETIME)
    until = "" if board.closed(now) else nhs_datetime(board.closes)
    messages.queue(
        "board_link",
        occasion=f"link:{link.pk}",
        to_address=lead.email,
        to_name=lead.name,
        programme=board.allowance.programme,
        about=lead.about,
        now=now,
        context={
            "whose": board.allowance.whose,
            "used": f"{len(board.nominated)} of {board.allowance.limit}",
            "until": until,
        },
        link=link,
    )
