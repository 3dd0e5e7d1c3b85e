"""The keys of a programme's file, apart from those that other apps add, and the rules between them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import yaml

from programmes.domain.mails import REWORDABLE, wording_problems
from programmes.domain.programme_file.faults import Fault, Spot
from programmes.domain.programme_file.fields import (
    Check,
    Choice,
    Entry,
    Key,
    Line,
    ListOf,
    Mapping,
    Number,
    keys_of,
    markdown,
    of,
    scalar,
    suggestion,
)
from programmes.models import (
    Academy,
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    Faq,
    MessageTemplate,
    Obligation,
    Programme,
    Question,
    Region,
    RoleDescription,
    RubricCriterion,
)
from programmes.models.parts import PartOfProgramme
from programmes.models.privacy import MOST, Keeping
from programmes.models.programmes import NominationScope

CHOICE_KINDS = (Question.Kind.CHOICE, Question.Kind.CHOICES)
TEXT_KINDS = (Question.Kind.TEXT, Question.Kind.LONG_TEXT)


def region(node: yaml.Node, spot: Spot) -> Region | None:
    """A region, by its name in the list of Integrated Care Systems."""
    right = "Write the name of a region of NHS England, such as South East."
    text = scalar(node, spot, right)
    if text is None:
        return None
    known = {found.name: found for found in Region.objects.all()}
    if text not in known:
        spot.refuse(f"No region is called “{text}”.", suggestion(text, known, right))
    return known.get(text)


def _check_dates(entry: Entry) -> Iterator[Fault]:
    opens, closes = entry["opens"], entry["closes"]
    if opens and closes and closes <= opens:
        yield entry.fault("closes", "Applications close before they open.", "Give a time after “opens”.")


def _check_open_until_full(entry: Entry) -> Iterator[Fault]:
    if entry["closes"] and entry["open_until_full"]:
        wrong = "There is a deadline, and there is none."
        yield entry.fault("open_until_full", wrong, "Leave out this key, or “closes”.")


def _check_notify_by(entry: Entry) -> Iterator[Fault]:
    closes, notify_by = entry["closes"], entry["notify_by"]
    if closes and notify_by and notify_by < closes.date():
        yield entry.fault("notify_by", "Applicants would hear before the deadline.", "Give a later date.")


def _check_nominations(entry: Entry) -> Iterator[Fault]:
    limited = entry["nomination_scope"] != NominationScope.NONE
    if limited and entry["nominations_allowed"] is None:
        yield entry.fault(
            "nomination_scope",
            "Nominations are limited, but not to how many.",
            "Add “nominations_allowed”, a whole number from 1 up.",
        )
    if not limited and entry["nominations_allowed"] is not None:
        yield entry.fault(
            "nominations_allowed",
            "A number is given, but not whose nominations it limits.",
            "Add “nomination_scope”: ics, organisation or region.",
        )


def _check_question_options(entry: Entry) -> Iterator[Fault]:
    kind, options = entry["kind"], entry["options"]
    if kind in CHOICE_KINDS and not options:
        yield entry.fault("options", f"A question of the kind {kind} needs options.", "Add two or more.")
    if kind not in CHOICE_KINDS and options:
        right = "Leave them out, or make the kind choice or choices."
        yield entry.fault("options", f"A question of the kind {kind} has no options.", right)


def _check_question_limits(entry: Entry) -> Iterator[Fault]:
    kind, least, most = entry["kind"], entry["least"], entry["most"]
    if kind not in TEXT_KINDS and entry["max_words"] is not None:
        yield entry.fault(
            "max_words", f"A question of the kind {kind} has no words to count.", "Leave it out."
        )
    for name in ("least", "most"):
        if kind != Question.Kind.NUMBER and entry[name] is not None:
            yield entry.fault(name, f"A question of the kind {kind} has no such limit.", "Leave it out.")
    if least is not None and most is not None and least > most:
        yield entry.fault("most", f"{most} is below “least”, {least}.", "Give a higher number.")


def _check_window(entry: Entry) -> Iterator[Fault]:
    within_months = entry["window"] == Obligation.Window.WITHIN_MONTHS
    if within_months and entry["months"] is None:
        yield entry.fault(
            "months", "The number of months is missing.", "Add “months”, a whole number from 1 up."
        )
    if not within_months and entry["months"] is not None:
        right = "Leave it out, or make the window within_months."
        yield entry.fault("months", f"The window {entry['window']} has no months.", right)


def _check_amount(entry: Entry) -> Iterator[Fault]:
    least, most = entry["at_least"], entry["at_most"]
    if least is not None and most is not None and least > most:
        yield entry.fault(
            "at_most", f"{most} is below “at_least”, {least}.", "Give a number that is not below it."
        )


def _check_attends(entry: Entry) -> Iterator[Fault]:
    if entry["attends"] and entry["kind"] != Obligation.Kind.ATTEND:
        right = "Leave it out, or make the kind attend."
        yield entry.fault("attends", f"The kind {entry['kind']} names no meeting.", right)


def wording(text: str) -> str:
    """The Markdown of a mail as it is kept: with one line end after it."""
    return text.strip() + "\n"


def body_of_mail(node: yaml.Node, spot: Spot) -> str | None:
    """The Markdown of a mail."""
    text = markdown(node, spot)
    return text and wording(text)


def _check_wording(entry: Entry) -> Iterator[Fault]:
    for problem in wording_problems(entry["key"], entry["subject"], entry["body"]):
        yield entry.fault("body", problem, "Change the wording.")


ACADEMY = Mapping(
    keys_of(
        Academy,
        "slug",
        "name",
        "contact_email",
        "contact_phone",
        "sender_name",
        "accessibility_text",
        "privacy_text",
    )
)
OPTION = Mapping(keys_of(CriterionOption, "key", "text"))
CRITERION = Mapping(
    (
        *keys_of(Criterion, "key", "statement", "question", "hint", "importance", "advice"),
        # An any-of group of one is no group.
        Key("options", ListOf(OPTION, least=2), default=()),
    )
)
QUESTION = Mapping(
    (
        *keys_of(Question, "key", "kind", "text", "hint", "required"),
        of(Question, "options", read=ListOf(Line(200), least=2)),
        of(Question, "max_words", read=Number(1)),
        *keys_of(Question, "least", "most"),
    ),
    (
        Check(("kind", "options"), _check_question_options),
        Check(("kind", "max_words", "least", "most"), _check_question_limits),
    ),
)
DECLARATION = Mapping(keys_of(Declaration, "key", "statement"))
APPROVAL = Mapping(keys_of(ApprovalStep, "key", "approver", "method", "statement", "guidance"))
FAQ = Mapping(keys_of(Faq, "key", "question", "answer"))
OBLIGATION = Mapping(
    (
        *keys_of(Obligation, "key", "kind", "at_least", "at_most", "unit", "window"),
        of(Obligation, "months", read=Number(1)),
        of(Obligation, "people_at_least", read=Number(1)),
        of(Obligation, "one_of"),
        of(Obligation, "attends"),
        of(Obligation, "description"),
    ),
    (
        Check(("window", "months"), _check_window),
        Check(("at_least", "at_most"), _check_amount),
        Check(("kind", "attends"), _check_attends),
    ),
)
RUBRIC = Mapping(
    (
        *keys_of(RubricCriterion, "key", "text", "guidance"),
        of(RubricCriterion, "weight", read=Number(1, 100)),
        of(RubricCriterion, "maximum", read=Number(1, 100)),
    )
)
MAIL = Mapping(
    (
        of(MessageTemplate, "event", name="key", read=Choice(tuple(sorted(REWORDABLE)))),
        of(MessageTemplate, "subject"),
        of(MessageTemplate, "body", read=body_of_mail),
    ),
    (Check(("key", "subject", "body"), _check_wording),),
)

# Lists of parts: by their key in the file, what one of them says, and the model that keeps it.
PARTS: dict[str, tuple[Mapping, type[PartOfProgramme]]] = {
    "questions": (QUESTION, Question),
    "declarations": (DECLARATION, Declaration),
    "approvals": (APPROVAL, ApprovalStep),
    "rubric": (RUBRIC, RubricCriterion),
    "obligations": (OBLIGATION, Obligation),
    "faqs": (FAQ, Faq),
}

# The keys that are columns of the programme itself: under the column's name, and under one of their own.
COLUMNS = (
    "slug",
    "code",
    "title",
    "summary",
    "published",
    "contact_name",
    "contact_email",
    "background",
    "offer",
    "benefits",
    "requirements",
    "time_commitment",
    "afterwards",
    "selection",
    "next_steps",
    "not_eligible_advice",
    "open_until_full",
    "notify_by",
    "total_places",
    "nomination_scope",
    "nominations_allowed",
    "approvals_needed",
    "blind_reviews",
    "asks_access_needs",
    "offer_answer",
    "offer_working_days",
    "spread",
    "last_offer_days",
    "sessions_needed",
    "late_counts",
    "left_early_counts",
    *(field.name for field in Keeping._meta.fields),
)
RENAMED = {"opens": "opens_at", "closes": "closes_at"}
_OTHER_READERS: dict[str, Any] = {
    "code": Line(6, Programme._meta.get_field("code").run_validators, "Write two to six capital letters."),
    "total_places": Number(1),
    "nominations_allowed": Number(1),
    "offer_working_days": Number(1),
    "sessions_needed": Number(1),
    **{field.name: Number(1, MOST[field.name.rpartition("_")[2]]) for field in Keeping._meta.fields},
}

KEYS = (
    Key("academy", ACADEMY, required=True),
    *(of(Programme, column, read=_OTHER_READERS.get(column)) for column in COLUMNS),
    *(of(Programme, column, name=name) for name, column in RENAMED.items()),
    Key("regions", ListOf(region), default=()),
    of(RoleDescription, "text", name="role_description"),
    Key("criteria", ListOf(CRITERION, least=1), required=True),
    *(Key(name, ListOf(mapping), default=()) for name, (mapping, _) in PARTS.items()),
    # Left out, the programme's own wording stays as it is.
    Key("mails", ListOf(MAIL)),
)
CHECKS = (
    Check(("opens", "closes"), _check_dates),
    Check(("closes", "open_until_full"), _check_open_until_full),
    Check(("closes", "notify_by"), _check_notify_by),
    Check(("nomination_scope", "nominations_allowed"), _check_nominations),
)
