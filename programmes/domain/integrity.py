"""The check for impossible states: what must be true of the rows, whatever happened.

Each app has a file of rules (``<app>/domain/integrity.py``) and registers them in its ``apps.py``. A rule says what
must hold, and finds the rows of which it does not. What the schema itself refuses needs no rule: docs/integrity.md.
"""

from __future__ import annotations

import datetime
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass

from django.db.models import Model

from programmes.domain.outbox import LEASE
from programmes.domain.wording import nhs_datetime
from programmes.models import IntegrityReport, Link, Message

# A rule that is broken for thousands of rows is one fault: so many are named, and the rest counted.
NAMED = 100
KEPT = datetime.timedelta(days=60)
# The sweep runs every 15 seconds; a mail that is late by so much is not waiting for it any more.
LATE = datetime.timedelta(hours=1)


@dataclass(frozen=True)
class Breach:
    """One record of which a rule does not hold: what it is called, what is wrong, and what to do about it.

    ``academy`` is whose record it is; None where that cannot be known. ``about`` is the record's key, such as
    ``application:12``, for a link to its page.
    """

    record: str
    sentence: str
    what_to_do: str
    academy: int | None = None
    about: str = ""


@dataclass(frozen=True)
class Rule:
    """One thing that must be true of the rows: its name, what it promises, and how its breaches are found."""

    name: str
    promise: str
    breaches: Callable[[datetime.datetime], Iterable[Breach]]


_rules: dict[str, Rule] = {}
# What the keys under which mails and links are kept stand for, such as "application".
_holders: dict[str, type[Model]] = {}
_links: dict[Link.Opens, type[Model]] = {}


def register(*rules: Rule) -> None:
    """Let rules be checked; a rule of the same name takes the place of the one before."""
    _rules.update({rule.name: rule for rule in rules})


def register_holders(
    mails: dict[str, type[Model]], links: dict[Link.Opens, type[Model]] | None = None
) -> None:
    """Say which records mails are about, by the first word of their key, and which records links open."""
    _holders.update(mails)
    _links.update(links or {})


def rules() -> list[Rule]:
    """Every rule, in the order in which the apps registered them."""
    return list(_rules.values())


def breaches_of(rule: Rule, now: datetime.datetime) -> list[Breach]:
    """The breaches of one rule: the first `NAMED` by name, and one more that counts the others."""
    found = list(rule.breaches(now))
    if len(found) <= NAMED:
        return found
    rest = len(found) - NAMED
    more = Breach(
        f"{rest} more",
        f"The same is true of {rest} more records.",
        "Run the check again once these are mended.",
    )
    return [*found[:NAMED], more]


def broken(now: datetime.datetime, *, leaving_out: Collection[str] = ()) -> list[str]:
    """Every breach at ``now`` as a sentence that begins with the rule's name; none when all is well."""
    return [
        f"{rule.name}: {breach.sentence}"
        for rule in rules()
        if rule.name not in leaving_out
        for breach in rule.breaches(now)
    ]


def check(now: datetime.datetime, *, started_by: str) -> IntegrityReport:
    """Check every rule, keep the report, let reports older than `KEPT` go, and return it."""
    began = time.monotonic()
    findings = [
        {"rule": rule.name, "promise": rule.promise, **asdict(breach)}
        for rule in rules()
        for breach in breaches_of(rule, now)
    ]
    report = IntegrityReport.objects.create(
        started_at=now,
        seconds=time.monotonic() - began,
        started_by=started_by[:150],
        rules=len(_rules),
        findings=findings,
    )
    IntegrityReport.objects.filter(started_at__lt=now - KEPT).delete()
    return report


# The rules of this app.
def _mails_about_nothing(now: datetime.datetime) -> Iterator[Breach]:
    """In Python, because a key is a text: two lists of some hundred thousand are compared in well under a second."""
    about = Message.objects.order_by().exclude(about="").values_list("about", "programme__academy").distinct()
    there: dict[str, set[str]] = {}
    for key, academy in about.iterator():
        kind, _, number = key.partition(":")
        if kind not in _holders:
            continue
        if kind not in there:
            there[kind] = {str(pk) for pk in _holders[kind]._default_manager.values_list("pk", flat=True)}
        if number not in there[kind]:
            yield Breach(
                key,
                f"There are mails about {key.replace(':', ' ')}, and there is no such record.",
                "Find out who deleted the record; its mails can then be deleted as well.",
                academy,
            )


def _links_to_nothing(now: datetime.datetime) -> Iterator[Breach]:
    for opens, model in _links.items():
        there = model._default_manager.values("pk")
        for link in Link.objects.filter(opens=opens).exclude(object_id__in=there).order_by("pk"):
            yield Breach(
                str(link),
                f"The emailed link {link.pk}, sent to {link.sent_to}, opens {opens.label.lower()}, "
                "which is not there.",
                "Find out who deleted the record; the link opens nothing and can be deleted.",
            )


def _mails_late(now: datetime.datetime) -> Iterator[Breach]:
    rows = Message.objects.filter(status=Message.Status.QUEUED, not_before__lt=now - LATE)
    for message in rows.select_related("programme").order_by("not_before"):
        yield _mail(
            message,
            f"The mail “{message.event}” to {message.to_address} should have gone at "
            f"{nhs_datetime(message.not_before)}.",
            "See that the job worker runs: docs/running.md, “The clocks”.",
        )


def _mails_stuck(now: datetime.datetime) -> Iterator[Breach]:
    rows = Message.objects.filter(status=Message.Status.SENDING, leased_until__lt=now - LEASE)
    for message in rows.select_related("programme").order_by("leased_until"):
        yield _mail(
            message,
            f"The mail “{message.event}” to {message.to_address} is “being sent”, and nobody is sending it.",
            "See that the job worker runs: it takes such a mail up again by itself.",
        )


def _mails_sent_without_a_time(now: datetime.datetime) -> Iterator[Breach]:
    rows = Message.objects.filter(status=Message.Status.SENT, sent_at=None)
    for message in rows.select_related("programme").order_by("pk"):
        yield _mail(
            message,
            f"The mail “{message.event}” to {message.to_address} counts as sent, and there is no time.",
            "Ask the mail server whether it went, and tell whoever looks after the portal.",
        )


def _mail(message: Message, sentence: str, what_to_do: str) -> Breach:
    academy = message.programme.academy_id if message.programme else None
    return Breach(str(message), sentence, what_to_do, academy, f"message:{message.pk}")


RULES = (
    Rule("mail-about-nothing", "Every mail is about a record that is there.", _mails_about_nothing),
    Rule("link-to-nothing", "Every emailed link opens a record that is there.", _links_to_nothing),
    Rule("mail-late", "A mail that is due is sent within the hour, or has failed.", _mails_late),
    Rule("mail-stuck", "A mail is “being sent” only while somebody sends it.", _mails_stuck),
    Rule("mail-sent-when", "A mail that was sent says when.", _mails_sent_without_a_time),
)
