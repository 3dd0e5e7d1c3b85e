"""Problems and allocations as JSON, for analysts and tests (docs/allocation.md)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from cohorts.domain.allocating.problem import Allocation, Applicant, BadProblem, Cohort, Order, Problem, Run

REQUIRED = ("applicants", "cohorts", "total")
OPTIONAL = ("ics_cap", "pinned", "excluded", "spread", "time_limit", "order")


def read(text: str) -> Problem:
    """Return the problem that a JSON text states. Raises `BadProblem`, naming the field."""
    try:
        stated = json.loads(text)
    except ValueError as error:
        raise BadProblem(f"This is not JSON: {error}.") from error
    return problem_from(fields(stated, "the problem", REQUIRED, OPTIONAL))


def problem_from(stated: dict[str, Any]) -> Problem:
    """Return the problem that a JSON object states. Raises `BadProblem`."""
    pinned = a(dict, stated.get("pinned", {}), "pinned")
    cap, limit = stated.get("ics_cap"), stated.get("time_limit")
    return Problem(
        applicants=tuple(
            applicant_from(one, f"applicants[{number}]")
            for number, one in enumerate(a(list, stated["applicants"], "applicants"))
        ),
        cohorts=tuple(
            cohort_from(one, f"cohorts[{number}]")
            for number, one in enumerate(a(list, stated["cohorts"], "cohorts"))
        ),
        total=a(int, stated["total"], "total"),
        ics_cap=None if cap is None else a(int, cap, "ics_cap"),
        pinned={person: reference(cohort, f"pinned[{person}]") for person, cohort in pinned.items()},
        excluded=frozenset(references(stated.get("excluded", []), "excluded")),
        spread=a(bool, stated.get("spread", False), "spread"),
        order=one_of(Order, stated.get("order", Order.PLACED_FIRST), "order"),
        time_limit=None if limit is None else seconds(limit),
    )


def applicant_from(stated: object, where: str) -> Applicant:
    """Return the applicant that a JSON object states. Raises `BadProblem`."""
    one = fields(stated, where, ("id", "ics", "score", "submitted", "ranks"), ())
    return Applicant(
        id=reference(one["id"], f"{where}.id"),
        ics=reference(one["ics"], f"{where}.ics"),
        score=a(int, one["score"], f"{where}.score"),
        submitted=moment(one["submitted"], f"{where}.submitted"),
        ranks=references(one["ranks"], f"{where}.ranks"),
    )


def cohort_from(stated: object, where: str) -> Cohort:
    """Return the cohort that a JSON object states. Raises `BadProblem`."""
    one = fields(stated, where, ("id", "min", "max"), ("run", "name"))
    return Cohort(
        id=reference(one["id"], f"{where}.id"),
        minimum=a(int, one["min"], f"{where}.min"),
        maximum=a(int, one["max"], f"{where}.max"),
        run=one_of(Run, one.get("run", Run.AUTO), f"{where}.run"),
        name=a(str, one.get("name", ""), f"{where}.name"),
    )


Kind = TypeVar("Kind")
Choice = TypeVar("Choice", bound=StrEnum)

NAMES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    int: "a whole number",
    bool: "true or false",
    str: "text",
}


def a(kind: type[Kind], value: object, where: str) -> Kind:
    """Return a value that is of a kind. Raises `BadProblem` for another; true is no number."""
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise BadProblem(f"{where}: {json.dumps(value)} is not {NAMES[kind]}.")
    return value


def fields(stated: object, where: str, required: Iterable[str], optional: Iterable[str]) -> dict[str, Any]:
    """Return an object that has the fields it must have, and none that nobody reads. Raises `BadProblem`."""
    found = a(dict, stated, where)
    if missing := [name for name in required if name not in found]:
        raise BadProblem(f"{where}: {missing[0]} is missing.")
    if strange := sorted(found.keys() - {*required, *optional}):
        raise BadProblem(
            f"{where}: there is no field {strange[0]}. Known: {', '.join([*required, *optional])}."
        )
    return found


def reference(value: object, where: str) -> str:
    """Return a reference, which is text; a whole number is taken as its digits. Raises `BadProblem`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not a(str, value, where):
        raise BadProblem(f"{where}: the reference is empty.")
    return str(value)


def references(value: object, where: str) -> tuple[str, ...]:
    """Return a list of references. Raises `BadProblem`."""
    return tuple(reference(one, f"{where}[{number}]") for number, one in enumerate(a(list, value, where)))


def one_of(kind: type[Choice], value: object, where: str) -> Choice:
    """Return one of a few words. Raises `BadProblem`."""
    try:
        return kind(str(value))
    except ValueError:
        raise BadProblem(f"{where}: {json.dumps(value)} is not one of {', '.join(kind)}.") from None


def moment(value: object, where: str) -> datetime:
    """Return an ISO time; without a zone it is taken as UTC. Raises `BadProblem`."""
    try:
        found = datetime.fromisoformat(a(str, value, where))
    except ValueError as error:
        raise BadProblem(
            f"{where}: {json.dumps(value)} is not a time such as 2026-05-09T12:00:00Z."
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds(value: object) -> float:
    """Return a time limit. Raises `BadProblem`."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise BadProblem(f"time_limit: {json.dumps(value)} is not a number of seconds.")
    return float(value)


def as_json(allocation: Allocation) -> dict[str, Any]:
    """Return an allocation as the command prints it."""
    return {
        "assignment": allocation.assignment,
        "objective": asdict(allocation.objective),
        "reasons": {
            person: [{"code": one.code, "text": one.text} for one in found]
            for person, found in allocation.reasons.items()
        },
        "proven": allocation.proven,
        "bound": allocation.bound,
        "warnings": allocation.warnings,
    }


def input_hash(problem: Problem) -> str:
    """Return the SHA-256 of a problem, in hexadecimal: the same for the same question in whatever order.

    What cohorts are called is no part of it; the time limit is, since an answer may hang on it.
    """
    stated = asdict(
        replace(
            problem,
            applicants=tuple(sorted(problem.applicants, key=lambda one: one.id)),
            cohorts=tuple(replace(one, name="") for one in sorted(problem.cohorts, key=lambda one: one.id)),
            pinned=dict(problem.pinned),
            excluded=frozenset(),
        )
    )
    stated["excluded"] = sorted(problem.excluded)
    for one in stated["applicants"]:
        one["submitted"] = one["submitted"].astimezone(UTC).isoformat()
    return hashlib.sha256(json.dumps(stated, sort_keys=True).encode()).hexdigest()
