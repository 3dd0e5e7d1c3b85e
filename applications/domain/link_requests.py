"""Links that somebody asked for: noted before the page says that the mail is on its way, done after it has left.

So the page takes as long for an address nobody knows as for a known one, and what it promised is kept: the note goes
in the transaction that queues the mail. Where the portal stops in between, the clock finds the note.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Mapping, Sequence

from django.db import transaction

from applications.domain import approvals, nomination_leads, starting
from applications.domain.eligibility import judge
from applications.models import Application, LinkRequest, NominationLead
from programmes.domain import announcements, links
from programmes.domain.prepared import Prepared
from programmes.domain.refused import Refused
from programmes.models import Link, Programme

logger = logging.getLogger(__name__)

# What could not be done for so long is given up: an address is not kept for longer.
GIVEN_UP_AFTER = datetime.timedelta(days=1)


def to_start(
    programme: Programme,
    *,
    email: str,
    answers: Mapping[str, bool | Sequence[str]],
    now: datetime.datetime,
) -> LinkRequest:
    """Note that somebody who met the criteria by these ``answers`` wants to begin an application."""
    return LinkRequest.objects.create(
        kind=LinkRequest.Kind.START, programme=programme, email=email, answers=dict(answers), asked_at=now
    )


def for_all(email: str, *, now: datetime.datetime) -> LinkRequest:
    """Note that somebody wants every link of an address."""
    return LinkRequest.objects.create(kind=LinkRequest.Kind.ALL, email=email, asked_at=now)


def for_fresh(opens: Link.Opens, token: str, *, now: datetime.datetime) -> LinkRequest:
    """Note that somebody wants a fresh link in place of an old one, of which only the fingerprint is kept."""
    return LinkRequest.objects.create(
        kind=LinkRequest.Kind.FRESH, opens=opens, token_hash=links.fingerprint(token), asked_at=now
    )


def for_holder(link: Link, *, now: datetime.datetime) -> LinkRequest:
    """Note that whoever has what a link opens is to have it once more."""
    return LinkRequest.objects.create(
        kind=LinkRequest.Kind.FRESH, opens=link.opens, token_hash=link.token_hash, asked_at=now
    )


def fulfil(request_id: int) -> bool:
    """Queue the mails that were asked for, as of the moment of asking; return whether this was still to be done."""
    return any(fulfil_noted(request) for request in _noted(key=request_id))


_noted = Prepared(lambda key: LinkRequest.objects.select_related("programme").filter(pk=key), key=-1)


def fulfil_noted(request: LinkRequest) -> bool:
    """As `fulfil`, of a wish that is at hand; return whether this was still to be done.

    Two that try at once do it once. What nobody may have any more (`Refused`) is left undone, and logged.
    """
    with transaction.atomic():
        # Whoever deletes the row does what it asks; where that fails, the row is there again.
        if not LinkRequest.objects.filter(pk=request.pk).delete()[0]:
            return False
        try:
            with transaction.atomic():
                _do(request)
        except Refused as refused:
            logger.warning("A link that was asked for is not sent: %s", type(refused).__name__)
    return True


def fulfil_left(now: datetime.datetime) -> int:
    """Do what was left undone; return how many there were. One that fails holds up no other, and is tried for a day."""
    done = 0
    for pk in LinkRequest.objects.values_list("pk", flat=True):
        try:
            done += fulfil(pk)
        except Exception:
            logger.exception("A link that was asked for could not be sent; it is tried again.")
    given_up, _ = LinkRequest.objects.filter(asked_at__lt=now - GIVEN_UP_AFTER).delete()
    if given_up:
        logger.error("%d links that were asked for have been given up after a day.", given_up)
    return done


def _do(request: LinkRequest) -> None:
    now = request.asked_at
    if request.programme is not None:
        verdicts = judge(request.programme, request.answers)
        starting.start(request.programme, email=request.email, verdicts=verdicts, now=now)
    elif request.kind == LinkRequest.Kind.ALL:
        starting.send_links_to(request.email, now=now)
        nomination_leads.send_links_to(request.email, now=now)
        announcements.links_asked_for(request.email, now)
    else:
        link = links.with_fingerprint(Link.Opens(request.opens), request.token_hash)
        if link is not None:
            _send_fresh(link, now)


def _send_fresh(link: Link, now: datetime.datetime) -> None:
    """Mail a fresh link to the address we hold now for what an old link opened."""
    if link.opens == Link.Opens.APPROVAL:
        approvals.send_fresh_link(link.object_id, now=now)
    elif link.opens == Link.Opens.APPLICATION:
        for application in Application.objects.filter(pk=link.object_id).select_related("programme"):
            starting.send_link_again(application, now=now)
    elif link.opens == Link.Opens.BOARD:
        for lead in NominationLead.objects.filter(pk=link.object_id):
            nomination_leads.send_fresh_link(lead.pk, now=now)
    else:
        announcements.fresh_link_asked_for(link, now)
