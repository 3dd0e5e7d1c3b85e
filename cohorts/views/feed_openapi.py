"""The OpenAPI document of the feed; the tests hold every real answer against it."""

from __future__ import annotations

from typing import Any

from applications.models import State
from cohorts.models import Place, Session
from programmes.models import Sector
from programmes.models.programmes import NominationScope

Schema = dict[str, Any]


def _text(description: str, *, nothing: bool = False, **more: Any) -> Schema:
    return {"type": ["string", "null"] if nothing else "string", "description": description, **more}


def _moment(description: str, *, nothing: bool = True) -> Schema:
    return _text(description, nothing=nothing, format="date-time")


def _one_of(choices: Any, description: str, *, nothing: bool = False) -> Schema:
    values = [*choices.values, *([None] if nothing else [])]
    return _text(description, nothing=nothing, enum=values)


def _number(description: str, *, nothing: bool = False) -> Schema:
    return {"type": ["integer", "null"] if nothing else "integer", "description": description, "minimum": 0}


def _yes_no(description: str) -> Schema:
    return {"type": "boolean", "description": description}


def _record(properties: dict[str, Schema]) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _page(name: str) -> Schema:
    rows = {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}}
    return _record({"data": rows, "next": _text("Address of the next page; null on the last.", nothing=True)})


SCHEMAS: dict[str, Schema] = {
    "Programme": _record(
        {
            "code": _text("Short code, as in its references."),
            "title": _text("What the programme is called."),
            "published": _yes_no("Whether the public sees it."),
            "opens_at": _moment("When applications open."),
            "closes_at": _moment("When applications close."),
            "total_places": _number("Places in all its cohorts together.", nothing=True),
            "places_taken": _number("Places offered, confirmed or attended."),
            "nomination_scope": _one_of(NominationScope, "Whose nominations are counted together."),
            "nominations_allowed": _number("How many each of them has.", nothing=True),
        }
    ),
    "Session": _record(
        {
            "title": _text("What the session is called."),
            "kind": _one_of(Session.Kind, "Kind of session."),
            "starts_at": _moment("Start.", nothing=False),
            "ends_at": _moment("End.", nothing=False),
            "online": _yes_no("Whether it is held online."),
            "venue": _text("Where it is held.", nothing=True),
            "optional": _yes_no("Whether people may leave it out."),
            "to_be_confirmed": _yes_no("Whether its date is still to be confirmed."),
        }
    ),
    "Cohort": _record(
        {
            "id": _number("Number of the cohort, as applications name it."),
            "programme": _text("Code of its programme."),
            "name": _text("What the cohort is called."),
            "runs": _yes_no("Whether it takes place."),
            "minimum": _number("People it needs."),
            "maximum": _number("Seats it has."),
            "offered": _number("Seats offered and not yet answered."),
            "confirmed": _number("Seats confirmed."),
            "attended": _number("People who attended."),
            "sessions": {"type": "array", "items": {"$ref": "#/components/schemas/Session"}},
        }
    ),
    "Application": _record(
        {
            "reference": _text("Reference: the only thing that stands for a person."),
            "programme": _text("Code of its programme."),
            "state": _one_of(State, "Where it stands."),
            "state_since": _moment("Since when it stands there.", nothing=False),
            "live": _yes_no("Whether it has not ended."),
            "started_at": _moment("When it was begun.", nothing=False),
            "submitted_at": _moment("When it was submitted."),
            "changed_at": _moment("When it last changed.", nothing=False),
            "ics_code": _text("Code of the Integrated Care System.", nothing=True),
            "ics": _text("Name of the Integrated Care System.", nothing=True),
            "region": _text("NHS region.", nothing=True),
            "organisation": _text("Organisation, where it is on the list.", nothing=True),
            "sector": _one_of(Sector, "Kind of organisation.", nothing=True),
            "nomination_number": _number("Number of its nomination.", nothing=True),
            "first_preference": _number("Number of the cohort preferred.", nothing=True),
            "cohort": _number("Number of the cohort in which it has a place.", nothing=True),
            "place": _one_of(Place.Status, "What became of that place.", nothing=True),
            "respond_by": _moment("Until when an offer is to be answered."),
        }
    ),
    "Funnel": _record(
        {
            "programme": _text("Code of the programme."),
            "started": _number("Applications begun."),
            "submitted": _number("Of these, ever submitted, or have come further."),
            "approved": _number("Of these, ever approved, or have come further."),
            "shortlisted": _number("Of these, ever found suitable, or have come further."),
            "offered": _number("Of these, ever offered a place, or have come further."),
            "confirmed": _number("Of these, ever with a confirmed place, or have come further."),
            "attended": _number("Of these, have ever attended, or have come further."),
            "completed": _number("Of these, have ever completed."),
            "states": _record({state.value: _number(str(state.label)) for state in State}),
            "changed_at": _moment("When any of them last changed."),
        }
    ),
    "Problem": _record(
        {
            "type": _text("Always about:blank."),
            "title": _text("What is wrong."),
            "status": _number("The HTTP status."),
            "detail": _text("What to do."),
        }
    ),
}


def _parameter(name: str, description: str, **schema: Any) -> Schema:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema}


_PROGRAMME = _parameter("programme", "Code of one programme.", type="string")
_PAGED = (
    _parameter("changed_since", "Only what changed at or after a moment.", type="string", format="date-time"),
    _parameter("limit", "Rows on a page.", type="integer", minimum=1, maximum=1000, default=200),
    _parameter("cursor", "Where to go on: taken from “next”.", type="integer", minimum=0),
)
_PROBLEMS = {
    "400": "A parameter is not as it should be.",
    "401": "No key, or one that was never made.",
    "403": "The key has expired or was revoked.",
    "404": "The academy has no such programme.",
    "429": "Too many requests a minute.",
}


def _path(name: str, summary: str, *parameters: Schema) -> Schema:
    def answer(schema: Schema, kind: str, description: str) -> Schema:
        return {"description": description, "content": {kind: {"schema": schema}}}

    problem = {"$ref": "#/components/schemas/Problem"}
    responses = {"200": answer(_page(name), "application/json", summary)} | {
        status: answer(problem, "application/problem+json", text) for status, text in _PROBLEMS.items()
    }
    return {"get": {"summary": summary, "parameters": list(parameters), "responses": responses}}


DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {
        "title": "Cascade feed",
        "version": "1",
        "description": "Figures of one academy, read-only. No names, addresses or answers. A row is matched by its "
        "reference; ask for changed_since with the time of your last reading.",
    },
    "security": [{"key": []}],
    "paths": {
        "/programmes/": _path("Programme", "The programmes of the academy."),
        "/cohorts/": _path("Cohort", "Its cohorts, with their sessions.", _PROGRAMME),
        "/applications/": _path("Application", "Its applications.", _PROGRAMME, *_PAGED),
        "/funnel/": _path(
            "Funnel", "How many applications ever came how far, and stand where now.", _PROGRAMME
        ),
    },
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "A key that the academy has made."}
        },
    },
}
