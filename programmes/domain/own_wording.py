"""A programme's own wording of its mails: what it starts from, what may stand in it, and who changed it when.

Staff write Markdown with named placeholders. There is no template code in it: a line whose placeholders have nothing to
say for a reader is left out (`mail_text.without_silent_lines`), where the shipped mails ask ``{% if %}``.
"""

from __future__ import annotations

import datetime
import difflib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Max
from django.template import Context, Engine
from django.template.base import Template

from programmes.domain.accounts import named
from programmes.domain.mails import MAILS, REWORDABLE, wording_problems
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.rendering import default_wording
from programmes.models import Message, MessageTemplate, Programme

# Of each placeholder: what it stands for, and a sample of it.
_MEANINGS: dict[str, tuple[str, str]] = {
    "name": ("the reader’s name", ""),
    "programme": ("the programme’s title", ""),
    "academy": ("the academy’s name", ""),
    "contact": ("the programme’s contact address", ""),
    "applicant": ("the applicant’s name", "Sam Applicant"),
    "reference": ("the application’s reference", "ABC-7K3QP"),
    "link": ("the reader’s own link; on a line of its own it becomes a button", ""),
    "role": ("the approver’s role, such as line manager", "line manager"),
    "approver": ("the approver’s name", "Morgan Manager"),
    "deadline": ("when applications close", "5pm on 30 November 2026"),
    "decision_by": ("the date by which applicants will have heard", "14 December 2026"),
    "waits_on": (
        "a sentence saying who is to answer",
        "We have asked Morgan Manager (line manager) to approve it.",
    ),
    "next": ("a sentence saying what comes next", "After that the academy reviews it."),
    "whose": ("whose nominations they are, such as an ICS", "Kent and Medway"),
    "position": ("the place in the reserve", "2"),
    "summary": ("what the programme is, in a sentence or two", "A programme for those who lead teams."),
    "page": ("the address of the programme’s page", "https://portal.example.org/programmes/example/"),
    "reason": ("the reason that was given", "There were more good applications than places."),
    "wanted": ("what the academy asks", "How many people were in the group you led?"),
    "cohort": ("the cohort’s name", "Cohort 1"),
    "dates": ("the dates, one a line; after “- ” a list", "1 November 2026, 9:30am to 1pm"),
    "joining": ("how to join, from the sessions", "The link to join follows a week before."),
    "certain": (
        "whether the cohort is sure to run",
        "This cohort runs if 8 people have confirmed by 18 October.",
    ),
    "respond_by": ("until when to answer the offer", "11:59pm on 12 October 2026"),
    "left": ("the cohort that the place was in before", "Cohort 2"),
    "changes": ("what has changed, one a line", "Day 1: now 10am to 1pm"),
    "session": ("the session’s name", "Day 1"),
    "when": ("the session’s date", "1 November 2026"),
    "numbers": ("how many seats are taken and needed", "5 of 20 seats are taken, and 8 are needed."),
    "statement": ("what the approver is asked to agree to", "I support this application."),
    "asked_on": ("when the approver was first asked", "5 October"),
    "whose_address": ("who gave us the approver’s address", "Sam Applicant"),
    "privacy": ("the address of the privacy notice", ""),
    "kept": ("how long the reader’s name and address are kept", "36 months"),
    "gone": ("what was made anonymous, one a line", "Withdrawn applications of Active Bystander: 3"),
    "ahead": ("what is due soon, one a line", "Drafts never submitted of Active Bystander: 2"),
    "others": ("the reader’s other programmes", "Active Bystander"),
    "trained_on": ("the last day of the training", "2 November 2026"),
    "from_on": ("the first day of the pause", "1 March 2027"),
    "until_on": ("the last day of the pause", "31 May 2027"),
    "back_on": ("the first day after the pause", "1 June 2027"),
    "circle": ("what the circle is about", "Leading a team in hybrid working"),
    "where": ("where the circle is held", "Online"),
    "standing": ("whether the reader has a place, or where on the waiting list", "You have a place."),
    "said": ("what has changed, or why it is cancelled", "the time"),
    "by": ("who did it", "Fran Facilitator"),
    "until": ("until when", "5pm on 30 November 2026"),
    "path": ("which page, after the reader’s own link", "cover/1/"),
    "staff_page": (
        "the address of its page for staff",
        "https://portal.example.org/staff/facilitators/coverrequest/1/change/",
    ),
    "ago": ("how long ago the training was", "3 months"),
    "certificate": ("the number of the reader’s certificate", "ABC-2026-7K3QP"),
    "expires_on": ("the last day on which the certificate is valid", "2 November 2028"),
    "resource": ("what it is a new version of", "Facilitator handbook"),
    "number": ("the number of the version", "2"),
    "notice": ("what it is called on the noticeboard", "Role plays that worked"),
    "notices": ("what is new, one a line", "Role plays that worked, by Fran Facilitator (Active Bystander)"),
    "learning_set": ("the name of the action learning set", "Leicester, spring"),
    "former": ("the address of the entry that is there no longer", "fran@example.org"),
    "ended_on": ("the day on which the reader left the programme", "30 June 2027"),
}
_SAMPLE_READERS = {
    "applicant": "Sam Applicant",
    "approver": "Morgan Manager",
    "staff": "Robin Reviewer",
    "facilitator": "Fran Facilitator",
    "participant": "Parveen Participant",
}
_GAP = re.compile(r"\n{3,}")
_ENGINE = Engine()


class CannotBeWorded(Refused):
    """A wording that no mail can be made of; ``problems`` has a sentence for each fault."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = list(problems)


@dataclass(frozen=True)
class Person:
    """Somebody who applied, as a sample mail names them."""

    name: str
    address: str
    reference: str


@dataclass(frozen=True)
class Line:
    """One line of a difference: "+" put in, "-" taken out, " " as before."""

    mark: str
    text: str


@dataclass(frozen=True)
class Change:
    """One change of a wording: when, by whom, and its difference from the one before."""

    at: datetime.datetime
    who: str
    what: str
    lines: list[Line] = field(default_factory=list)


def placeholders(event: str) -> list[tuple[str, str]]:
    """What may stand in a mail: each placeholder, and in words what it stands for."""
    names = MAILS[event].placeholders
    return [(f"{{{{ {name} }}}}", _MEANINGS.get(name, (name.replace("_", " "), ""))[0]) for name in names]


def starting_wording(event: str) -> tuple[str, str]:
    """Subject and Markdown from which staff start: the shipped mail with all that it can say, and no template code."""
    subject, body = default_wording(event)
    names = Context({name: f"{{{{ {name} }}}}" for name in MAILS[event].placeholders}, autoescape=False)
    plain = [str(Template(text, engine=_ENGINE).render(names)) for text in (subject, body)]
    return plain[0], _GAP.sub("\n\n", plain[1])


def as_shipped(event: str) -> tuple[str, str, bool]:
    """Subject and Markdown of a mail as it is shipped, as `rendering.preview` takes them."""
    return (*default_wording(event), True)


def own(programme: Programme, event: str) -> MessageTemplate | None:
    """The programme's own wording of a mail; None where it goes as shipped."""
    return programme.message_templates.filter(event=event).first()


def checked(event: str, subject: str, body: str) -> tuple[str, str]:
    """A wording as it is kept. Raises `CannotBeWorded` where no mail can be made of it."""
    subject, body = subject.strip(), body.replace("\r\n", "\n").strip() + "\n"
    if problems := wording_problems(event, subject, body):
        raise CannotBeWorded(problems)
    return subject, body


def reword(
    programme: Programme, event: str, *, subject: str, body: str, user: User | AnonymousUser
) -> MessageTemplate:
    """Keep a programme's own wording of a mail; its history says who changed it. Raises `CannotBeWorded`.

    Mails that wait take it too: they are rendered when they are sent.
    """
    subject, body = checked(event, subject, body)
    with transaction.atomic():
        _lock(programme)
        wording = own(programme, event) or MessageTemplate(programme=programme, event=event)
        wording.subject, wording.body = subject, body
        changed_by(wording, user)
        wording.save()
    return wording


def back_to_default(programme: Programme, event: str, *, user: User | AnonymousUser) -> bool:
    """Send a mail as it is shipped again; whether it had been reworded. What was written stays in its history."""
    with transaction.atomic():
        _lock(programme)
        wording = own(programme, event)
        if wording is None:
            return False
        changed_by(wording, user)
        wording.delete()
    return True


def _lock(programme: Programme) -> None:
    """Of several who reword one programme's mails at a moment, one goes first."""
    Programme.objects.select_for_update(of=("self",), no_key=True).get(pk=programme.pk)


def newest(programme: Programme, events: Collection[str] = REWORDABLE.keys()) -> dict[str, Message]:
    """Of each kind of mail the newest of a programme, where there is one; one query."""
    rows = programme.messages.filter(event__in=events).order_by().values("event")
    last = rows.annotate(last=Max("pk")).values("last")
    return {message.event: message for message in Message.objects.filter(pk__in=last)}


def sample(
    programme: Programme,
    event: str,
    *,
    person: Person | None,
    now: datetime.datetime,
    written: Mapping[str, Message] | None = None,
) -> tuple[Message, str]:
    """A mail to preview a wording with, which is not kept, and in words whose values it shows.

    Those of the newest such mail of the programme (``written``, where they were read for all kinds at once); else of
    ``person``, with samples for the rest.
    """
    found = (newest(programme, [event]) if written is None else written).get(event)
    if found is not None:
        shown, context = found, found.context
        whose = f"Shown with the newest such mail, to {found.to_name or found.to_address}."
    else:
        context = {
            name: _MEANINGS[name][1]
            for name in MAILS[event].placeholders
            if name in _MEANINGS and _MEANINGS[name][1]
        }
        shown = Message(to_name=_SAMPLE_READERS[MAILS[event].reader], to_address="sample@example.org")
        whose = "No such mail has been written yet: shown with samples."
        if person is not None:
            context |= {"applicant": person.name, "reference": person.reference}
            if MAILS[event].reader == "applicant":
                shown = Message(to_name=person.name, to_address=person.address)
            whose = f"No such mail has been written yet: shown with {person.reference}, {person.name}, and samples."
    known = {name: value for name, value in context.items() if name in MAILS[event].placeholders}
    return (
        Message(
            event=event,
            programme=programme,
            to_name=shown.to_name,
            to_address=shown.to_address,
            context=known,
            created_at=now,
        ),
        whose,
    )


def changes(programme: Programme, event: str) -> list[Change]:
    """Every change of a mail's wording, newest first, each with what it put in and took out."""
    rows = MessageTemplate.history.filter(programme=programme, event=event).select_related("history_user")
    before = starting_wording(event)
    found = []
    for row in rows.order_by("history_date", "history_id"):
        after = starting_wording(event) if row.history_type == "-" else (row.subject, row.body)
        user = row.history_user
        who = named(user) if user else row.history_change_reason or "The portal"
        what = "Back to the wording as shipped" if row.history_type == "-" else "Reworded"
        found.append(Change(row.history_date, who, what, difference(before, after)))
        before = after
    return found[::-1]


def difference(before: tuple[str, str], after: tuple[str, str]) -> list[Line]:
    """The lines of two wordings, subject first, each marked as put in, taken out or as before."""
    one, other = ([f"Subject: {subject}", *body.splitlines()] for subject, body in (before, after))
    return [Line(text[0], text[2:]) for text in difflib.ndiff(one, other) if text[0] in "+- "]
