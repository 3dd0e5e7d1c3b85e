"""What this app holds on people: see `programmes.domain.privacy.registry`."""

from __future__ import annotations

import datetime

from django.db.models import Model, Q

from applications.models import Application
from facilitators.models import (
    Acknowledgement,
    Booking,
    Certificate,
    CertificateRenewal,
    Circle,
    Commitment,
    CoverRequest,
    Delivery,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Facilitator,
    FormerEntry,
    ImplementationSession,
    LearningSet,
    Notice,
    Participation,
    Pause,
    Resource,
    ResourceVersion,
    Series,
    SetMeeting,
    Topic,
    Training,
    Undertaking,
    UndertakingMade,
)
from programmes.domain.privacy import registry
from programmes.domain.privacy.people import Person
from programmes.domain.privacy.registry import (
    ADDRESS,
    FILE,
    KEY,
    NAME,
    NAME_KEY,
    REMOVED,
    SHORT,
    TEXT,
    Derived,
    Held,
    Part,
    Root,
    Table,
    keyed,
)
from programmes.domain.wording import nhs_date


def _still_facilitating(keys: set[int], now: datetime.datetime) -> list[str]:
    rows = Training.objects.going_on().filter(facilitator__in=keys).select_related("programme").order_by("pk")
    return [f"They are a facilitator of {one.programme}: note first that they have left." for one in rows]


def _booked(keys: set[int], now: datetime.datetime) -> list[str]:
    there = (Booking.State.BOOKED, Booking.State.WAITING)
    rows = Booking.objects.filter(pk__in=keys, state__in=there, circle__starts_at__gt=now)
    return [
        f"They have booked the circle on {nhs_date(one.circle.starts_at)}: cancel the booking first."
        for one in rows.select_related("circle").order_by("pk")
    ]


ROOTS = (
    Root(
        "facilitator",
        Facilitator,
        address="email",
        name="name",
        academy="trainings__programme__academy",
        about="facilitator",
        running=_still_facilitating,
    ),
    Root(
        "former",
        FormerEntry,
        address="email",
        name="name",
        academy="facilitator__trainings__programme__academy",
    ),
    Root(
        "booking",
        Booking,
        address="email",
        name="name",
        academy="circle__programme__academy",
        about="booking",
        running=_booked,
    ),
)

DERIVED = (
    Derived(
        "facilitator",
        Facilitator,
        {"trainings__application": "application", "trainings__also_by": "application"},
        of_the_whole_person=True,
    ),
    Derived(
        "application",
        Application,
        {"training__facilitator": "facilitator", "also_trains__facilitator": "facilitator"},
        of_the_whole_person=True,
    ),
    Derived("facilitator", Facilitator, {"former_entries": "former"}, of_the_whole_person=True),
    Derived("former", FormerEntry, {"facilitator": "facilitator"}),
    Derived("training", Training, {"facilitator": "facilitator"}),
    Derived("commitment", Commitment, {"training": "training"}, about="commitment"),
)


def _typed(value: str, row: Model) -> str:
    """What was typed goes; a mark, a choice, a yes or a no stays, as a figure."""
    return REMOVED if value and getattr(row, "kind", "") == EvaluationQuestion.Kind.LONG_TEXT else value


def _evaluations(person: Person) -> Q:
    found = Q(pk__in=[])
    for kind in ("application", "booking", "training"):
        found |= Q(**{f"response__{kind}__in": person.keys_of(kind)})
    return found


_APPLICATION = keyed("application", "application")
_TRAINING = keyed("training", "training")

TABLES = (
    Table(
        Facilitator,
        what="The register of facilitators: name, work address, telephone, job, languages, places, availability",
        why="To support facilitators, and to count what they deliver",
        holds={
            "name": NAME,
            "email": ADDRESS,
            "address_key": KEY,
            "name_key": NAME_KEY,
            "phone": SHORT,
            "job_title": SHORT,
            "organisation_name": SHORT,
            "languages": SHORT,
            "places": SHORT,
            "availability": SHORT,
            "about": SHORT,
        },
        parts=(Part(keyed("facilitator", "id")),),
    ),
    Table(
        FormerEntry,
        what="Entries that were joined with another one of the same person: name and work address",
        why="So that the person is found by either address",
        holds={"name": NAME, "email": ADDRESS, "address_key": KEY, "reason": TEXT},
        parts=(Part(keyed("former", "id")),),
    ),
    Table(
        Training,
        what="Who is trained in which programme, since when, and why it ended",
        why="To know who is a facilitator of what",
        holds={"ended_reason": TEXT},
        mentions=("trained_by",),
        parts=(Part(keyed("training", "id")),),
    ),
    Table(
        Pause,
        what="Times in which a facilitator owes nothing, and why",
        why="So that nobody is reminded meanwhile",
        holds={"reason": TEXT},
        parts=(Part(_TRAINING),),
    ),
    Table(
        Commitment,
        what="What a facilitator owes and has done",
        why="To support facilitators, and to count what they deliver",
        holds={"waived_reason": TEXT},
        plain=("key", "one_of", "description"),
        parts=(Part(_TRAINING),),
    ),
    Table(
        Delivery,
        what="Sessions that were delivered: notes and evidence of who logged them",
        why="To count what is delivered",
        holds={"notes": TEXT, "evidence": FILE, "evidence_name": SHORT},
        mentions=("place", "confirmed_by", "taken_back_reason"),
        parts=(Part(keyed("facilitator", "logged_by")),),
    ),
    Table(
        Participation,
        what="What a facilitator attended or refreshed",
        why="To know what of a commitment is met",
        mentions=("what",),
        plain=("source",),
        parts=(Part(_TRAINING),),
    ),
    Table(
        CoverRequest,
        what="Why a facilitator cannot lead a circle",
        why="To find somebody who can",
        holds={"reason": TEXT},
        parts=(Part(keyed("training", "lead__training")),),
    ),
    Table(
        Notice,
        what="What facilitators wrote on the noticeboard",
        why="So that facilitators can help each other",
        holds={"title": TEXT, "text": TEXT, "reason": TEXT},
        parts=(Part(keyed("training", "author")),),
    ),
    Table(
        Certificate,
        what="Certificates: name, programme, dates",
        why="So that it can be checked that a certificate is real",
        holds={"name": NAME, "revoked_reason": TEXT},
        plain=("number", "programme", "academy", "dates", "attended"),
        parts=(Part(_APPLICATION),),
    ),
    Table(
        CertificateRenewal,
        mentions=("reason",),
        parts=(Part(keyed("application", "certificate__application")),),
    ),
    Table(
        UndertakingMade,
        what="What somebody agreed to do once trained, with the name they typed",
        why="So that it is known what was agreed",
        holds={"name": NAME},
        plain=("statement",),
        parts=(Part(_APPLICATION),),
    ),
    Table(
        Acknowledgement,
        what="That somebody agreed to the copyright of a handbook, with the name they typed",
        why="So that copyright can be protected",
        holds={"typed_name": NAME},
        plain=("wording",),
        parts=(Part(_TRAINING),),
    ),
    Table(EvaluationResponse, parts=(Part(_APPLICATION), Part(keyed("booking", "booking")), Part(_TRAINING))),
    Table(
        EvaluationAnswer,
        what="What somebody thought of a training or a circle",
        why="To make it better",
        holds={"value": Held("answer", _typed)},
        plain=("asked",),
        parts=(Part(_evaluations),),
    ),
    Table(
        Booking,
        what="Bookings of circles: name, work address, organisation, ICS",
        why="To run the circle",
        holds={"name": NAME, "email": ADDRESS, "address_key": KEY, "organisation_name": SHORT},
        mentions=("cancelled_by", "marked_by"),
        parts=(Part(keyed("booking", "id")),),
    ),
    # What others wrote: people may be named in it.
    Table(
        Circle,
        mentions=("joining_link", "place", "details", "cancelled_reason", "created_by"),
        plain=("reference", "postcode"),
    ),
    Table(Series, mentions=("name",)),
    Table(LearningSet, mentions=("name", "about")),
    Table(SetMeeting, mentions=("joining_link", "place", "cancelled_reason")),
    Table(
        ImplementationSession,
        mentions=("joining_link", "place", "cancelled_reason", "delivery_model", "agreed_calendar"),
    ),
    Table(ResourceVersion, mentions=("note", "file_name"), plain=("file", "wording")),
    Table(Resource, plain=("key", "title", "summary", "acknowledgement")),
    Table(Topic, plain=("key", "name", "summary")),
    Table(Undertaking, plain=("key", "statement")),
    Table(EvaluationQuestion, plain=("key", "text", "hint", "lowest", "highest", "choices")),
)


def register() -> None:
    """Say all of this to the registry."""
    registry.register(*TABLES)
    registry.register_roots(*ROOTS)
    registry.register_derived(*DERIVED)
