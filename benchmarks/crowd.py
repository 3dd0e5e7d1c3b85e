"""Makes a database as large as one wishes, to try and to measure the staff's pages on.

    python -m benchmarks.crowd 100000     # into the database of DATABASE_URL, which is migrated first

Rows are written in bulk, not by the domain's verbs (which take some milliseconds each), but as the verbs would leave
them: ``manage.py check_integrity`` finds nothing wrong.
"""

import datetime
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import Model

    from applications.models import Application, Approval, Review, StateChange
    from cohorts.models import Cohort, Place, Preference, WaitingPlace
    from programmes.models import Academy, ApprovalStep, Message, Organisation, Programme

    Row = TypeVar("Row", bound=Model)

PROGRAMMES = 3
SYSTEMS = 42
ORGANISATIONS = 300
COHORTS = 10
BATCH = 2_000
FIRST_DAY = datetime.datetime(2026, 1, 5, 9, tzinfo=datetime.UTC)
# From one change of state to the next.
STEP = datetime.timedelta(hours=1)
BY_STAFF = ("ask_information", "shortlist", "waitlist", "offer", "turn_down", "attend", "complete")
PLACES = {"offered": "offered", "confirmed": "confirmed", "attended": "attended", "completed": "attended"}
# Of a hundred applications, how many stand where.
STANDS = {
    "draft": 10,
    "awaiting_approval": 15,
    "under_review": 20,
    "more_information": 2,
    "shortlisted": 8,
    "waitlisted": 8,
    "offered": 3,
    "confirmed": 10,
    "attended": 4,
    "unsuccessful": 14,
    "withdrawn": 6,
}
# How each came to stand there: the actions of the workflow, and where each led.
WAYS: dict[str, tuple[tuple[str, str], ...]] = {
    "draft": (),
    "awaiting_approval": (("submit", "awaiting_approval"),),
    "under_review": (("submit", "awaiting_approval"), ("approve", "under_review")),
}
WAYS["more_information"] = (*WAYS["under_review"], ("ask_information", "more_information"))
WAYS["shortlisted"] = (*WAYS["under_review"], ("shortlist", "shortlisted"))
WAYS["waitlisted"] = (*WAYS["shortlisted"], ("waitlist", "waitlisted"))
WAYS["offered"] = (*WAYS["shortlisted"], ("offer", "offered"))
WAYS["confirmed"] = (*WAYS["offered"], ("accept", "confirmed"))
WAYS["attended"] = (*WAYS["confirmed"], ("attend", "attended"))
# Of the crowd of facilitators alone: whoever has completed is in the register.
WAYS["completed"] = (*WAYS["attended"], ("complete", "completed"))
WAYS["unsuccessful"] = (*WAYS["under_review"], ("turn_down", "unsuccessful"))
WAYS["withdrawn"] = (*WAYS["under_review"], ("withdraw", "withdrawn"))


def state_of(number: int) -> str:
    """Return where the application with a number stands: of each hundred, as many as `STANDS` says."""
    # 37 and 100 have no common factor, so each hundred holds every remainder once, well mixed.
    position = number * 37 % 100
    for state, many in STANDS.items():
        if position < many:
            return state
        position -= many
    raise AssertionError("The states must add up to a hundred.")


@dataclass
class Offered:
    """One programme, the cohorts in it, and the next free numbers of its places and of each cohort's seats."""

    programme: "Programme"
    step: "ApprovalStep"
    cohorts: "list[Cohort]"
    places: Iterator[int] = field(default_factory=lambda: count(1))
    seats: list[Iterator[int]] = field(default_factory=lambda: [count(1) for _ in range(COHORTS)])


def make(people: int) -> "User":
    """Make so many applications to three programmes of one academy; return an administrator of it."""
    from programmes.models import Organisation, Role
    from tests import factories

    academy = factories.AcademyFactory()
    user = factories.AcademyMemberFactory(academy=academy, role=Role.ADMINISTRATOR).user
    systems = [factories.IntegratedCareSystemFactory() for _ in range(SYSTEMS)]
    organisations = Organisation.objects.bulk_create(
        factories.OrganisationFactory.build(ics=systems[number % SYSTEMS]) for number in range(ORGANISATIONS)
    )
    offered = [_offered(academy, people) for _ in range(PROGRAMMES)]
    for first in range(0, people, BATCH):
        _batch(range(first, min(first + BATCH, people)), offered, organisations, user)
    return user


def _offered(academy: "Academy", people: int) -> Offered:
    """Make a programme with a line manager's approval, and cohorts with room for everybody who has a seat."""
    from tests import factories

    programme = factories.ProgrammeFactory(academy=academy)
    step = factories.ApprovalStepFactory(programme=programme)
    cohorts = [
        factories.CohortFactory(programme=programme, maximum=max(20, people // 100)) for _ in range(COHORTS)
    ]
    for cohort in cohorts:
        factories.SessionFactory(cohort=cohort)
    return Offered(programme, step, cohorts)


def _batch(
    numbers: range, offered: Sequence[Offered], organisations: "Sequence[Organisation]", user: "User"
) -> None:
    """Make some of the applications, with all that belongs to them."""
    made = insert(
        application(number, offered[number % PROGRAMMES].programme, organisations[number % ORGANISATIONS])
        for number in numbers
    )
    rows = [
        (one, offered[number % PROGRAMMES], number // PROGRAMMES % COHORTS)
        for number, one in zip(numbers, made, strict=True)
    ]
    submitted = [row for row in rows if row[0].submitted_at]
    insert(change for one, _, _ in rows for change in changes(one, user))
    insert(approval(one, its.step) for one, its, _ in submitted)
    insert(_mail(one) for one, _, _ in submitted)
    insert(_review(one, user) for one, _, _ in submitted if one.pk % 2 and one.state != "awaiting_approval")
    insert(_preference(one, its.cohorts[which]) for one, its, which in rows)
    insert(place(one, its, which) for one, its, which in rows if one.state in PLACES)
    insert(_waiting(one) for one, _, _ in rows if one.state == "waitlisted")


def insert(rows: "Iterable[Row]") -> "list[Row]":
    """Insert rows of one kind; return them with their keys."""
    listed = list(rows)
    return type(listed[0])._default_manager.bulk_create(listed) if listed else []


def application(
    number: int, programme: "Programme", organisation: "Organisation", state: str = ""
) -> "Application":
    """Return an application, not yet stored: one every four minutes, where its number says or in ``state``."""
    from applications.models import Application, State
    from programmes.models.people import canonical, name_key

    state = state or state_of(number)
    began = FIRST_DAY + number * datetime.timedelta(minutes=4)
    email, name = f"person{number}@example.org", f"Sam Applicant {number}"
    one = Application(
        reference=f"{programme.code}-{number:07}",
        programme=programme,
        state_since=began,
        created_at=began,
        submitted_at=began + STEP if WAYS[state] else None,
        email=email,
        email_key=email,
        address_key=canonical(email),
        name=name,
        name_key=name_key(name),
        job_title="Team lead",
        organisation=organisation,
        sector=organisation.sector,
        ics=organisation.ics,
    )
    for steps, (_, after) in enumerate(WAYS[state], 1):
        one.come_to(State(after), began + steps * STEP)
    return one


def changes(one: "Application", user: "User") -> "Iterator[StateChange]":
    """Yield the changes that led to where an application stands."""
    from applications.models import StateChange

    before = "draft"
    for number, (action, after) in enumerate(WAYS[one.state], 1):
        by_staff = action in BY_STAFF
        yield StateChange(
            application=one,
            action=action,
            from_state=before,
            to_state=after,
            actor=str(user) if by_staff else one.name,
            actor_user=user if by_staff else None,
            at=one.created_at + number * STEP,
        )
        before = after


def approval(one: "Application", step: "ApprovalStep") -> "Approval":
    """Return the manager's approval of an application, given unless it still waits for it."""
    from applications.models import Approval

    waits = one.state == "awaiting_approval"
    return Approval(
        application=one,
        step=step,
        approver=step.approver,
        method=step.method,
        statement=step.statement,
        name="Morgan Manager",
        email=f"manager-of-{one.email}",
        decision="pending" if waits else "supported",
        asked_at=one.submitted_at,
        decided_at=None if waits else one.created_at + 2 * STEP,
    )


def _mail(one: "Application") -> "Message":
    from programmes.models import Message

    assert one.submitted_at
    return Message(
        dedupe_key=f"received:{one.reference}:{one.email}",
        event="received",
        programme=one.programme,
        about=one.about,
        to_name=one.name,
        to_address=one.email,
        context={"reference": one.reference, "applicant": one.name},
        status="sent",
        created_at=one.submitted_at,
        not_before=one.submitted_at,
        sent_at=one.submitted_at,
        attempts=1,
        subject="We have your application",
        sent_text="Thank you.",
    )


def _review(one: "Application", user: "User") -> "Review":
    from applications.models import Review

    return Review(
        application=one, reviewer=user, outcome="suitable", score=one.pk % 101, created_at=one.state_since
    )


def _preference(one: "Application", cohort: "Cohort") -> "Preference":
    from cohorts.models import Preference

    return Preference(application=one, cohort=cohort, rank=1)


def place(one: "Application", its: Offered, which: int) -> "Place":
    """Return the place that an application has in one of the programme's cohorts."""
    from cohorts.models import Place

    status = PLACES[one.state]
    return Place(
        application=one,
        cohort=its.cohorts[which],
        programme=its.programme,
        status=status,
        seat_number=None if status == "attended" else next(its.seats[which]),
        programme_number=next(its.places),
        offered_at=one.created_at + 4 * STEP,
        respond_by=one.state_since + datetime.timedelta(days=3650) if status == "offered" else None,
        answered_at=None if status == "offered" else one.state_since,
        in_calendar=status == "confirmed",
    )


def _waiting(one: "Application") -> "WaitingPlace":
    from cohorts.models import WaitingPlace

    return WaitingPlace(application=one, programme=one.programme, joined_at=one.state_since)


def main(people: int) -> None:
    """Migrate the database of the environment, fill it, and say how to sign in."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    user = make(people)
    print(f"{people:,} applications. Sign in at /staff/ as {user.username}, “a long enough password”.")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
