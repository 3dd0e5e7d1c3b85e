"""Rows of the outbox for tests."""

import datetime
from typing import Any

from programmes.domain import links, messages
from programmes.domain.mails import MAILS
from programmes.models import Link, Message, Programme
from tests import factories
from tests.factories import NOW

# A value for every placeholder that a caller gives.
VALUES: dict[str, str] = {
    "applicant": "Siân O’Brien",
    "reference": "LSC-7K3QP",
    "waits_on": "We have asked Morgan Jones (line manager) to approve it.",
    "next": "After that the academy reviews it.",
    "whose": "Kent and Medway",
    "position": "2",
    "role": "line manager",
    "approver": "Morgan Jones",
    "reason": "There were more good applications than places.\nPlease try again.",
    "wanted": "When did you lead a group?\nHow many people were in it?",
    "cohort": "Cohort 1",
    "dates": "Sunday 1 November 2026, 9:30am to 1pm (Online)\nMonday 2 November 2026, 9:30am to 1pm (Online)",
    "left": "Cohort 2",
    "certain": "This cohort runs if 8 people have confirmed by 18 October 2026. We will email you either way.",
    "changes": "Day 1: now 10am to 1pm",
    "others": "Active Bystander Programme",
    "trained_on": "2 November 2026",
    "from_on": "1 March 2027",
    "until_on": "31 May 2027",
    "back_on": "1 June 2027",
    "ended_on": "30 June 2027",
    "ago": "3 months",
    "certificate": "LSC-2026-7K3QP",
    "expires_on": "2 November 2028",
    "owed": "Deliver at least 3 sessions: 1 session done, 2 sessions to do until 5 October 2027\nAttend a set: none",
    "numbers": "5 of 20 seats are taken, and 8 are needed.",
    "session": "Day 1",
    "when": "1 November 2026",
    "respond_by": "11:59pm on 12 October 2026",
    "joining": "Day 1: https://meet.example.org/one\nBring **a pen**.",
    "statement": "I support this application.",
    "summary": "Be trained to lead circles for managers.",
    "whose_address": "Siân O’Brien",
    "asked_on": "5 October",
    "by": "Ada Administrator",
    "used": "4 of 5",
    "until": "5pm on 9 November 2026",
    "circle": "Leading a team in hybrid working",
    "where": "Online",
    "said": "The time has changed.",
    "path": "cover/1/",
    "page": "https://portal.example.org/programmes/circles/",
    "resource": "Facilitator handbook",
    "number": "2",
    "notice": "Role plays that worked",
    "notices": "Role plays that worked, by Fay Facilitator (Leadership Support Circles)\nand 3 more",
    "learning_set": "Leicester, spring",
    "gone": "Withdrawn applications of Leadership Support Circles: 3",
    "ahead": "Drafts never submitted of Leadership Support Circles: 2",
    "staff_page": "https://portal.example.org/staff/facilitators/coverrequest/1/change/",
}


def programme(**values: Any) -> Programme:
    """A programme that mails can be about; its closing and its decision lie after `NOW`."""
    return factories.ProgrammeFactory(
        **{
            "title": "Leadership Support Circles",
            "academy__name": "South East Leadership Academy",
            "contact_email": "circles@example.org",
            "notify_by": datetime.date(2026, 11, 20),
            **values,
        }
    )


def link(*, now: datetime.datetime = NOW, sent_to: str = "sian@example.org") -> Link:
    """A working link."""
    return links.mint(Link.Opens.APPLICATION, 1, sent_to=sent_to, now=now)


def message(event: str = "received", *, now: datetime.datetime = NOW, **values: Any) -> Message:
    """A mail that waits in the outbox, with every placeholder it has."""
    placeholders = MAILS[event].placeholders
    context = values.pop("context", {})
    with_link = "link" in placeholders
    to_address = values.pop("to_address", "sian@example.org")
    return messages.queue(
        event,
        occasion=values.pop("occasion", "test"),
        to_address=to_address,
        now=now,
        context={name: VALUES[name] for name in placeholders if name in VALUES} | context,
        link=values.pop("link")
        if "link" in values
        else link(now=now, sent_to=to_address)
        if with_link
        else None,
        **{
            "to_name": "Siân O’Brien",
            "programme": values.pop("programme", None) or programme(),
            "about": "application:1",
            **values,
        },
    )
