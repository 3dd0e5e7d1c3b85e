"""What this app holds on people: see `programmes.domain.privacy.registry`."""

from __future__ import annotations

import datetime

from applications.domain.actors import Actor
from applications.models import (
    AccessNeeds,
    AccessNeedsRead,
    Answer,
    Application,
    Approval,
    BoardEntry,
    ConflictOfInterest,
    CriterionAnswer,
    DeclarationMade,
    LinkRequest,
    Merge,
    NominationLead,
    Nominee,
    Points,
    Review,
    StaffNote,
    State,
    StateChange,
)
from applications.models.applications import ENDED
from programmes.domain.privacy import registry
from programmes.domain.privacy.registry import (
    ADDRESS,
    FILE,
    HAND,
    KEY,
    NAME,
    NAME_KEY,
    NAME_REMOVED,
    SHORT,
    TEXT,
    Derived,
    Held,
    Part,
    Root,
    Table,
    addressed,
    keyed,
    removed_address,
)

# A draft asks nothing of anybody, and a completed training is over.
_OVER = ENDED | {State.DRAFT, State.COMPLETED}


def _going_on(keys: set[int], now: datetime.datetime) -> list[str]:
    rows = Application.objects.filter(pk__in=keys).exclude(state__in=[state.value for state in _OVER])
    return [
        f"{one.reference} is “{one.get_state_display().lower()}”: withdraw it first, so that its place goes on "
        "to somebody else."
        for one in rows.order_by("pk")
    ]


def _asked(keys: set[int], now: datetime.datetime) -> list[str]:
    rows = Approval.objects.pending().filter(pk__in=keys).exclude(application__state=State.DRAFT)
    return [
        f"They are asked to approve {one.application.reference}: agree in their place, or let somebody else be asked, "
        "first."
        for one in rows.select_related("application").order_by("pk")
    ]


def _leading(keys: set[int], now: datetime.datetime) -> list[str]:
    rows = NominationLead.objects.filter(pk__in=keys, revoked_at=None)
    return [
        f"They are a lead for the nominations of {one.allowance.whose}: let them go first."
        for one in rows.select_related("allowance__ics", "allowance__organisation", "allowance__region")
    ]


ROOTS = (
    Root(
        "application",
        Application,
        address="email",
        name="name",
        academy="programme__academy",
        about="application",
        running=_going_on,
    ),
    Root(
        "approver",
        Approval,
        address="email",
        name="name",
        academy="application__programme__academy",
        about="approval",
        running=_asked,
    ),
    Root(
        "lead",
        NominationLead,
        address="email",
        name="name",
        academy="allowance__programme__academy",
        about="nomination_lead",
        running=_leading,
    ),
    Root("nominee", Nominee, address="email", name="name", academy="programme__academy", about="nominee"),
)

DERIVED = (
    Derived("approval", Approval, {"application": "application"}, about="approval"),
    # The approver was asked about this application alone.
    Derived("approver", Approval, {"application": "application"}, of_the_record=True),
    Derived("nominee", Nominee, {"application": "application"}, about="nominee"),
)


def _nominee_address(value: str, row: object) -> str:
    """Who applied and who was named stay one person, though nobody can tell any more who."""
    application = getattr(row, "application_id", None)
    if application:
        return removed_address("application", application)
    return removed_address("nominee", int(getattr(row, "id")))  # noqa: B009  a row of history has another key


_NOMINEE = Held("email address", _nominee_address, names=True)


def _actor(value: str, row: object) -> str:
    """Of staff, and of the portal itself, it stays known what they did."""
    by_staff = getattr(row, "actor_user_id", None) is not None
    return value if not value or by_staff or value == Actor.clock().name else NAME_REMOVED


_ACTOR = Held("who did it", _actor)
_APPLICATION = keyed("application", "application")

TABLES = (
    Table(
        Application,
        what="Applications: name, work address, telephone, job, organisation, ICS; what was asked and given besides",
        why="To decide on the application, and to run the training",
        holds={
            "email": ADDRESS,
            "email_key": KEY,
            "address_key": KEY,
            "name": NAME,
            "name_key": NAME_KEY,
            "job_title": SHORT,
            "phone": SHORT,
            "organisation_name": SHORT,
            "information_wanted": TEXT,
            "information_given": TEXT,
        },
        plain=("reference", "nomination_key"),
        parts=(Part(keyed("application", "id")),),
    ),
    Table(
        Answer,
        what="Answers to the academy’s questions, and the files sent with them",
        why="To decide on the application",
        holds={"value": TEXT, "file": FILE},
        plain=("asked",),
        parts=(Part(_APPLICATION),),
    ),
    # Which of the options on the form were ticked is a figure; nothing in it is typed.
    Table(CriterionAnswer, plain=("statement", "ways"), parts=(Part(_APPLICATION),)),
    Table(DeclarationMade, plain=("statement",), parts=(Part(_APPLICATION),)),
    Table(
        AccessNeeds,
        what="Access and dietary needs, in the applicant’s own words",
        why="So that people can take part; erased soon after the training",
        holds={"adjustments": TEXT, "access": TEXT, "dietary": TEXT},
        parts=(Part(_APPLICATION),),
        goes=True,
    ),
    Table(AccessNeedsRead, mentions=("about",)),
    Table(
        Approval,
        what="Approvals: name and work address of the approver, what they decided and why",
        why="To ask the line manager, sponsor or nominator whom the applicant named",
        holds={"name": NAME, "email": ADDRESS, "decided_name": NAME, "reason": TEXT},
        plain=("statement",),
        parts=(Part(_APPLICATION), Part(keyed("approver", "id"), only=("name", "email", "decided_name"))),
    ),
    Table(
        LinkRequest,
        what="Links that were asked for: for which address, until they are mailed",
        why="So that the link comes also where the portal stopped at that moment",
        holds={"email": ADDRESS},
        plain=("answers", "token_hash"),
        parts=(Part(addressed("email")),),
        goes=True,
    ),
    Table(
        NominationLead,
        what="Leads of an ICS: name and work address",
        why="So that the ICS can put its nominations in order",
        holds={"name": NAME, "email": ADDRESS},
        parts=(Part(keyed("lead", "id")),),
    ),
    Table(
        Nominee,
        what="People whom an ICS has named: name, work address and a note",
        why="To tell them that they can apply",
        holds={"name": NAME, "email": _NOMINEE, "address_key": _NOMINEE, "note": TEXT},
        plain=("nomination_key",),
        parts=(Part(keyed("nominee", "id")),),
    ),
    Table(
        BoardEntry,
        what="What was done and noted on the board of an ICS",
        why="So that the order of the nominations can be explained",
        holds={"text": TEXT, "name": HAND},
        plain=("order",),
        parts=(Part(_APPLICATION, only=("text",)), Part(keyed("lead", "lead"), only=("name",))),
    ),
    Table(
        Review,
        what="Reviews: the outcome, the score, and notes",
        why="To decide on the application, fairly and so that it can be explained",
        holds={"notes": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(Points, plain=("text",), parts=(Part(keyed("application", "review__application")),)),
    Table(
        StateChange,
        what="The record of the application: what happened when, by whose hand and why",
        why="So that every decision can be explained",
        holds={"actor": _ACTOR, "reason": TEXT, "note": TEXT},
        plain=("action",),
        parts=(Part(_APPLICATION),),
    ),
    Table(
        StaffNote,
        what="Notes of staff",
        why="To decide on the application",
        holds={"text": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(
        ConflictOfInterest,
        what="Why a reviewer does not decide on an application",
        why="So that decisions are fair",
        holds={"reason": TEXT, "lifted_reason": TEXT},
        parts=(Part(_APPLICATION),),
    ),
    Table(
        Merge,
        what="What was carried over when two applications of one person were merged",
        why="So that it can be explained",
        holds={"report": TEXT},
        parts=(Part(keyed("application", "kept")), Part(keyed("application", "merged"))),
    ),
)


def register() -> None:
    """Say all of this to the registry."""
    registry.register(*TABLES)
    registry.register_roots(*ROOTS)
    registry.register_derived(*DERIVED)
