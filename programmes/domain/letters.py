"""Letters: what staff write to a selection of applicants. Drafted, looked at, then sent to each of them once.

Two kinds: about their application, which everybody chosen gets, and news, which those who opted out of the academy's
news do not get and which carries the way to do so (`programmes.domain.news`).
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from django.db import transaction

from programmes.domain import links, messages, news
from programmes.domain.access import Person, require_reviewer
from programmes.domain.accounts import named
from programmes.domain.mails import PLACEHOLDER
from programmes.domain.own_wording import checked, own, starting_wording
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.rendering import Rendered, preview
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import Letter, Link, Message, Programme

# More than any programme of today has; beyond it one press of a button would keep the outbox for too long.
LIMIT = 2000
NO_NEWS = "has asked not to get news"
TWICE = "has the same address as somebody else chosen, who gets it"


@dataclass(frozen=True)
class Reader:
    """Somebody who may be written to: the key of their application and its number, and how they are named."""

    about: str
    application: int
    name: str
    address: str
    reference: str


@dataclass
class Readers:
    """Who gets a letter, and who of those chosen does not, and why."""

    to: list[Reader] = field(default_factory=list)
    left_out: list[tuple[Reader, str]] = field(default_factory=list)

    def __str__(self) -> str:
        no_news = sum(why == NO_NEWS for _, why in self.left_out)
        twice = len(self.left_out) - no_news
        said = [plural(len(self.to), "person", "people")]
        if no_news:
            have, are = ("has", "is") if no_news == 1 else ("have", "are")
            said.append(f"{no_news} {have} asked not to get news and {are} left out")
        if twice:
            said.append(f"{plural(twice, 'address', 'addresses')} twice: one mail goes there")
        return "; ".join(said)


def event_of(letter: Letter) -> str:
    """The mail that a letter is sent as."""
    return "news" if letter.kind == Letter.Kind.NEWS else "letter"


def write(programme: Programme, chosen: Sequence[str], *, user: Person, now: datetime.datetime) -> Letter:
    """Begin a letter to the applications with the keys ``chosen``, from the programme's own wording or the shipped one.

    Raises `Refused` for nobody or for more than `LIMIT`, and for somebody who does not review for the programme.
    """
    require_reviewer(user, programme)
    if not chosen:
        raise Refused("Nobody is chosen. Choose at least one application in the list.")
    if len(chosen) > LIMIT:
        raise Refused(f"Choose at most {LIMIT:,} at once; you chose {len(chosen):,}. Narrow the list first.")
    letter = Letter(
        programme=programme, chosen=list(chosen), written_by_id=user.pk, created_at=now, **_start(programme)
    )
    changed_by(letter, user)
    letter.save()
    return letter


def _start(programme: Programme) -> dict[str, str]:
    kept = own(programme, "letter")
    subject, body = (kept.subject, kept.body) if kept else starting_wording("letter")
    return {"subject": subject, "body": body}


def change(letter_id: int, *, kind: str, subject: str, body: str, user: Person) -> Letter:
    """Keep a draft as it is typed. Raises `CannotBeWorded`, and `Refused` for a letter that was sent meanwhile."""
    subject, body = checked("news" if kind == Letter.Kind.NEWS else "letter", subject, body)
    with transaction.atomic():
        letter = _unsent(letter_id, user)
        letter.kind, letter.subject, letter.body = kind, subject, body
        changed_by(letter, user)
        letter.save()
    return letter


def throw_away(letter_id: int, *, user: Person) -> None:
    """Delete a draft; its history keeps what it said. Raises `Refused` for a letter that was sent."""
    with transaction.atomic():
        letter = _unsent(letter_id, user)
        changed_by(letter, user)
        letter.delete()


def _unsent(letter_id: int, user: Person) -> Letter:
    """A draft, locked. Raises `Refused` where it has been sent."""
    rows = Letter.objects.select_for_update(of=("self",)).select_related("programme__academy", "sent_by")
    letter = rows.filter(pk=letter_id).first()
    if letter is None:
        raise Refused("This draft is gone: somebody has thrown it away.")
    require_reviewer(user, letter.programme)
    if letter.sent_at:
        by = f" by {named(letter.sent_by)}" if letter.sent_by else ""
        raise Refused(f"This letter was sent{by} at {nhs_datetime(letter.sent_at)}. Nothing is sent twice.")
    return letter


def sort_out(letter: Letter, readers: Sequence[Reader]) -> Readers:
    """Who of ``readers`` gets the letter: each address once, and news only those who have not opted out."""
    found = Readers()
    seen: set[str] = set()
    is_news = letter.kind == Letter.Kind.NEWS
    no_news = (
        news.opted_out(letter.programme.academy, [reader.address for reader in readers]) if is_news else set()
    )
    for reader in readers:
        key = news.key_of(reader.address)
        if key in no_news:
            found.left_out.append((reader, NO_NEWS))
        elif key in seen:
            found.left_out.append((reader, TWICE))
        else:
            seen.add(key)
            found.to.append(reader)
    return found


def show(letter: Letter, reader: Reader, *, now: datetime.datetime) -> Rendered:
    """The letter as one reader would get it; no link in it opens anything."""
    message = _message(letter, reader, now)
    return preview(message, (letter.subject, letter.body, False))


def send(letter_id: int, readers: Sequence[Reader], *, user: Person, now: datetime.datetime) -> Readers:
    """Queue a letter for each of ``readers`` who gets it, once: whoever presses second is told that it was sent.

    No worker is told: the sweep sends within 15 seconds, so that nobody's page waits for two thousand mails.
    Raises `Refused` then, where nobody is left to write to, and for somebody who does not review for the programme.
    """
    with transaction.atomic():
        letter = _unsent(letter_id, user)
        found = sort_out(letter, readers)
        if not found.to:
            raise Refused("Nobody is left to write to: everybody chosen is left out.")
        _queue(letter, found.to, now)
        letter.sent_at = now
        letter.sent_by_id = user.pk
        letter.left_out = [{**asdict(reader), "why": why} for reader, why in found.left_out]
        changed_by(letter, user)
        letter.save()
    return found


def _queue(letter: Letter, readers: Sequence[Reader], now: datetime.datetime) -> None:
    """Insert the rows of the outbox, all at once."""
    rows = [_message(letter, reader, now) for reader in readers]
    if "link" in PLACEHOLDER.findall(letter.body):
        theirs = [(reader.application, reader.address) for reader in readers]
        for row, link in zip(rows, links.mint_for(Link.Opens.APPLICATION, theirs, now=now), strict=True):
            row.link = link
    if letter.kind == Letter.Kind.NEWS:
        academy = letter.programme.academy_id
        ways_out = [(academy, reader.address) for reader in readers]
        for row, link in zip(rows, links.mint_for(Link.Opens.NEWS, ways_out, now=now), strict=True):
            row.unsubscribe = link
    Message.objects.bulk_create(rows, batch_size=200)


def _message(letter: Letter, reader: Reader, now: datetime.datetime) -> Message:
    event = event_of(letter)
    return Message(
        dedupe_key=messages.dedupe_key(event, f"letter:{letter.pk}", reader.address),
        event=event,
        programme=letter.programme,
        letter=letter,
        about=reader.about,
        to_name=reader.name,
        to_address=reader.address,
        context={"applicant": reader.name, "reference": reader.reference},
        created_at=now,
        not_before=now,
    )
