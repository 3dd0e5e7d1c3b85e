"""What this app holds on people, with what Django and its helpers hold: see `programmes.domain.privacy.registry`."""

from __future__ import annotations

import datetime
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db.models import Model, Q, QuerySet
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from programmes.domain.privacy import registry
from programmes.domain.privacy.people import Person
from programmes.domain.privacy.registry import (
    ADDRESS,
    KEY,
    LIST,
    MAPPING,
    NAME,
    NOWHERE,
    SHORT,
    TEXT,
    Held,
    Part,
    Root,
    Table,
    about,
    addressed,
    keyed,
)
from programmes.models import (
    Academy,
    AccountChange,
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    ExportColumns,
    ExportRecord,
    Faq,
    FeedKey,
    Hold,
    ImportFile,
    IntegratedCareSystem,
    IntegrityReport,
    Invitation,
    Letter,
    Link,
    Message,
    MessageTemplate,
    NewsOptOut,
    NominationAllowance,
    Obligation,
    Organisation,
    PeriodicJob,
    PrivacyAct,
    Programme,
    Question,
    Region,
    RetentionReport,
    RoleDescription,
    RubricCriterion,
    SignIn,
)

_UNSENT = (Message.Status.QUEUED, Message.Status.SENDING, Message.Status.FAILED)
# Of which kind the records are that a link opens, where it opens a person's own.
_OPENED: dict[str, tuple[Link.Opens, ...]] = {
    "application": (Link.Opens.APPLICATION, Link.Opens.CALENDAR),
    "approval": (Link.Opens.APPROVAL,),
    "approver": (Link.Opens.APPROVAL,),
    "lead": (Link.Opens.BOARD,),
    "facilitator": (Link.Opens.FACILITATOR,),
    "booking": (Link.Opens.BOOKING,),
    "invitation": (Link.Opens.INVITATION,),
}


def _links(person: Person) -> Q:
    """The links that open a record of the person's."""
    found = Q(pk__in=[])
    for kind, opens in _OPENED.items():
        found |= Q(opens__in=opens, object_id__in=person.keys_of(kind))
    return found


def _never_sent(rows: QuerySet[Any], now: datetime.datetime) -> None:
    """Mails to somebody whose address goes are not sent any more."""
    rows.filter(status__in=_UNSENT).update(
        status=Message.Status.DISCARDED,
        leased_until=None,
        stopped_at=now,
        stopped_by="The portal",
        stopped_because="What was held on the person has gone.",
    )


def _one_of_a_kind(_: Any, row: Model) -> str:
    return f"removed:{row.pk}"


# So that a mail is not queued twice for one occasion; the address stands in it.
_DEDUPE = Held("occasion and address", _one_of_a_kind, names=True)
_TO = Held("email address", lambda value, _: f"removed@{NOWHERE}" if value else value, names=True)


def _open_invitations(keys: set[int], now: datetime.datetime) -> list[str]:
    rows = Invitation.objects.open().filter(pk__in=keys).select_related("academy").order_by("pk")
    return [f"They are invited to work at {one.academy}: withdraw the invitation first." for one in rows]


ROOTS = (
    Root(
        "invitation",
        Invitation,
        address="address",
        name="name",
        academy="academy",
        about="invitation",
        running=_open_invitations,
    ),
    Root("news", NewsOptOut, address="email", academy="academy"),
    Root("hold", Hold, address="address", academy="academy"),
)

TABLES = (
    Table(
        Message,
        what="Mails: to whom, and what was said",
        why="So that mails are sent once, and academies can see what was said",
        holds={
            "to_name": NAME,
            "to_address": _TO,
            "dedupe_key": _DEDUPE,
            "context": MAPPING,
            "attachments": LIST,
            "last_error": SHORT,
            "subject": TEXT,
            "sent_text": TEXT,
        },
        mentions=("stopped_by", "stopped_because", "sent_again_by"),
        plain=("event", "about"),
        # Mails about somebody to somebody else are not theirs to be handed.
        parts=(Part(addressed("to_address")), Part(about("about"), exported=False)),
        settle=_never_sent,
    ),
    Table(
        Link,
        what="Emailed links: to which address, and until when they work; never the link itself",
        why="So that people without an account can open what is theirs",
        holds={"sent_to": ADDRESS},
        plain=("token_hash", "random"),
        parts=(Part(addressed("sent_to")), Part(_links, exported=False)),
        goes=True,
    ),
    Table(
        Invitation,
        what="Invitations of staff: name and work address",
        why="So that colleagues can be given access",
        holds={"name": NAME, "address": ADDRESS},
        parts=(Part(keyed("invitation", "id")),),
    ),
    Table(
        NewsOptOut,
        what="Addresses that get no news",
        why="So that nobody is sent news who does not want any",
        holds={"email": ADDRESS, "email_key": KEY},
        parts=(Part(keyed("news", "id")),),
        goes=True,
    ),
    Table(
        Hold,
        what="Holds: whose data is kept longer, and why",
        why="So that nothing goes while there is a complaint or a claim",
        holds={"address": ADDRESS, "reason": TEXT, "lifted_reason": TEXT},
        parts=(Part(keyed("hold", "id")),),
    ),
    # What others wrote, and what the portal noted: people may be named in it.
    Table(Letter, mentions=("subject", "body", "left_out"), plain=("chosen",)),
    Table(ExportRecord, mentions=("narrowed_by",), plain=("list_name", "columns", "kind")),
    Table(IntegrityReport, mentions=("findings", "started_by")),
    Table(PeriodicJob, plain=("task",)),
    Table(NominationAllowance, mentions=("reason",), plain=("key",)),
    Table(AccountChange, mentions=("reason",)),
    Table(PrivacyAct, mentions=("reason", "by_words"), plain=("counts",)),
    # The log of the staff's pages.
    Table(
        apps.get_model("admin", "LogEntry"), mentions=("object_repr", "change_message"), plain=("object_id",)
    ),
    # A file to be imported is searched whole: `programmes.domain.privacy.erasing`.
    Table(ImportFile, mentions=("name",), plain=("content", "sha256")),
    # What the academies publish, and what only the portal reads.
    Table(
        Academy,
        plain=(
            "slug",
            "name",
            "contact_email",
            "contact_phone",
            "sender_name",
            "accessibility_text",
            "privacy_text",
        ),
    ),
    Table(
        Programme,
        plain=(
            *("slug", "code", "title", "summary", "contact_name", "contact_email", "background", "offer"),
            *("benefits", "requirements", "time_commitment", "afterwards", "selection", "next_steps"),
            "not_eligible_advice",
        ),
    ),
    Table(MessageTemplate, plain=("event", "subject", "body")),
    Table(RoleDescription, plain=("text",)),
    Table(Criterion, plain=("key", "statement", "question", "hint", "advice")),
    Table(CriterionOption, plain=("key", "text")),
    Table(Declaration, plain=("key", "statement")),
    Table(ApprovalStep, plain=("key", "statement", "guidance")),
    Table(Faq, plain=("key", "question", "answer")),
    Table(Obligation, plain=("key", "one_of", "description")),
    Table(Question, plain=("key", "text", "hint", "options")),
    Table(RubricCriterion, plain=("key", "text", "guidance")),
    Table(Region, plain=("name", "ods_code")),
    Table(IntegratedCareSystem, plain=("code", "name", "ons_code")),
    Table(Organisation, plain=("name", "ods_code")),
    Table(ExportColumns, plain=("list_name", "columns")),
    Table(RetentionReport, plain=("started_by", "counts")),
    Table(FeedKey, plain=("name", "begins_with", "key_hash")),
    # Of staff: an account is no record of this kind, and is not erased here.
    Table(SignIn, plain=("session_key", "browser")),
    Table(User, plain=("password", "username", "first_name", "last_name", "email")),
    Table(Group, plain=("name",)),
    Table(Permission, plain=("name", "codename")),
    Table(ContentType, plain=("app_label", "model")),
    Table(Session, plain=("session_key", "session_data")),
    Table(TOTPDevice, plain=("name", "key")),
    Table(StaticDevice, plain=("name",)),
    Table(StaticToken, plain=("token",)),
    # Who tried to sign in: anybody can type an address there.
    Table(
        AccessAttempt,
        what="Attempts to sign in as staff: what was typed as username, and from where",
        why="So that passwords cannot be guessed",
        holds={"username": ADDRESS},
        mentions=("get_data", "post_data"),
        plain=("user_agent", "ip_address", "http_accept", "path_info"),
        parts=(Part(addressed("username")),),
        goes=True,
    ),
    Table(
        AccessFailureLog,
        holds={"username": ADDRESS},
        plain=("user_agent", "ip_address", "http_accept", "path_info"),
        parts=(Part(addressed("username"), exported=False),),
        goes=True,
    ),
    Table(
        AccessLog,
        holds={"username": ADDRESS},
        plain=("user_agent", "ip_address", "http_accept", "path_info", "session_hash"),
        parts=(Part(addressed("username"), exported=False),),
        goes=True,
    ),
)


def register() -> None:
    """Say all of this to the registry."""
    registry.register(*TABLES)
    registry.register_roots(*ROOTS)
