"""Makes a register of facilitators as large as one wishes, with what they owe, delivered, led and said.

Each facilitator has ten deliveries and two circles, one past and one to come. Rows are written in bulk, not by the
domain's verbs, but as the verbs would leave them: ``manage.py check_integrity`` finds nothing wrong.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.utils import timezone

from applications.models import Application
from benchmarks import crowd
from benchmarks.crowd import Offered, insert
from facilitators.domain import certificate_expiry, commitments, reminders, windows
from facilitators.domain.people import standing
from facilitators.models import (
    Certificate,
    Commitment,
    CommitmentReminder,
    Delivery,
    DeliveryCredit,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationResponse,
    Facilitator,
    Moment,
    Pause,
    Reach,
    Topic,
    Training,
)
from programmes.domain import links
from programmes.models import IntegratedCareSystem, Link, Obligation, Organisation, Programme, Role
from programmes.models.people import canonical, name_key
from tests import factories

PROGRAMMES = 3
COHORTS = 10
TOPICS = 6
SYSTEMS = 42
REGIONS = 7
ORGANISATIONS = 300
DELIVERIES = 10
BATCH = 500
ONE_DAY = datetime.timedelta(days=1)
WHOLE = datetime.timedelta(hours=2)


@dataclass
class Taught(Offered):
    """One programme with its circles, and what it asks of its facilitators and of those who come."""

    topics: list[Topic] = field(default_factory=list)
    obligations: list[Obligation] = field(default_factory=list)
    questions: dict[str, EvaluationQuestion] = field(default_factory=dict)


@dataclass
class World:
    """A crowd: its academy's administrator, what there is to choose from, and its last facilitator."""

    now: datetime.datetime
    user: User
    taught: list[Taught]
    systems: list[IntegratedCareSystem]
    organisations: Sequence[Organisation]
    # The last of all, who has most to look at.
    last: Training | None = None

    @property
    def today(self) -> datetime.date:
        """The day on which everything is told."""
        return timezone.localdate(self.now)


def make(people: int, *, now: datetime.datetime | None = None) -> World:
    """Make a register of so many facilitators of three programmes of one academy."""
    from benchmarks import facilitator_circles, facilitator_community

    world = _world(now or timezone.now(), people)
    for first in range(0, people, BATCH):
        numbers = range(first, min(first + BATCH, people))
        trainings = _register(world, numbers)
        _deliveries(world, numbers, trainings)
        facilitator_circles.make(world, numbers, trainings)
        facilitator_community.make(world, numbers, trainings)
        _owed(world, trainings)
        standing.recount([one.pk for one in trainings])
        world.last = trainings[-1]
    facilitator_community.plan(world)
    return world


def _world(now: datetime.datetime, people: int) -> World:
    academy = factories.AcademyFactory()
    user = factories.AcademyMemberFactory(academy=academy, role=Role.ADMINISTRATOR).user
    regions = [
        factories.RegionFactory(ods_code=f"YR{number}", name=f"Region {number}") for number in range(REGIONS)
    ]
    systems = [
        factories.IntegratedCareSystemFactory(region=regions[number % REGIONS]) for number in range(SYSTEMS)
    ]
    organisations = Organisation.objects.bulk_create(
        factories.OrganisationFactory.build(ics=systems[number % SYSTEMS]) for number in range(ORGANISATIONS)
    )
    taught = [_taught(factories.ProgrammeFactory(academy=academy), people) for _ in range(PROGRAMMES)]
    return World(now, user, taught, systems, organisations)


def _taught(programme: Programme, people: int) -> Taught:
    """What one programme has: cohorts, topics, obligations and questions."""
    cohorts = [factories.CohortFactory(programme=programme, maximum=max(20, people)) for _ in range(COHORTS)]
    for cohort in cohorts:
        factories.SessionFactory(cohort=cohort)
    factories.FacilitationFactory(programme=programme, valid_months=36, lapses_after_months=18)
    obligations = [
        factories.ObligationFactory(programme=programme),
        factories.ObligationFactory(
            programme=programme,
            kind=Obligation.Kind.ATTEND,
            at_least=1,
            window=Obligation.Window.EVERY_YEAR,
            months=None,
            description="Attend one session of the community each year.",
        ),
    ]
    questions = {
        moment.value: factories.EvaluationQuestionFactory(
            programme=programme, moment=moment, kind="rating", text=f"How was it, {moment}?"
        )
        for moment in (Moment.TRAINING, Moment.CIRCLE, Moment.MONTHS_3)
    }
    return Taught(
        programme,
        factories.ApprovalStepFactory(programme=programme),
        cohorts,
        topics=[factories.TopicFactory(programme=programme) for _ in range(TOPICS)],
        obligations=obligations,
        questions=questions,
    )


# The register.
def _register(world: World, numbers: range) -> list[Training]:
    """Facilitators with a link each; every other by an application here, with a certificate."""
    people = insert(_facilitator(world, number) for number in numbers)
    links.mint_for(Link.Opens.FACILITATOR, [(one.pk, one.email) for one in people], now=world.now)
    applied = _applied(
        world, {number: one for number, one in zip(numbers, people, strict=True) if number % 2}
    )
    trainings = insert(
        Training(
            facilitator=one,
            programme=world.taught[number % PROGRAMMES].programme,
            application=applied.get(number),
            trained_on=world.today - datetime.timedelta(days=40 + number * 13 % 660),
            registered_at=world.now - datetime.timedelta(days=39 + number * 13 % 660),
        )
        for number, one in zip(numbers, people, strict=True)
    )
    insert(
        Pause(
            training=one,
            from_on=world.today - 20 * ONE_DAY,
            until_on=world.today + 40 * ONE_DAY,
            reason="Leave",
        )
        for number, one in zip(numbers, trainings, strict=True)
        if number % 20 == 3
    )
    return trainings


def _facilitator(world: World, number: int) -> Facilitator:
    organisation = world.organisations[number % ORGANISATIONS]
    code = world.taught[0].programme.code.lower()
    name, email = f"Fay Facilitator {number}", f"facilitator-{code}-{number}@example.org"
    return Facilitator(
        name=name,
        name_key=name_key(name),
        email=email,
        address_key=canonical(email),
        organisation=organisation,
        ics=organisation.ics if number % 30 else None,
        languages="Gujarati, Polish" if number % 9 == 0 else "",
        places="Leicester" if number % 4 == 0 else "Kent",
        delivers=[Facilitator.Delivers.BOTH, Facilitator.Delivers.ONLINE][number % 7 == 0],
        in_directory_since=None if number % 3 == 0 else world.now - 30 * ONE_DAY,
        shows_email=number % 3 == 1,
        created_at=world.now - datetime.timedelta(days=39 + number * 13 % 660),
    )


def _applied(world: World, people: dict[int, Facilitator]) -> dict[int, Application]:
    """The completed applications of some facilitators, by number, with what belongs to each."""
    made: dict[int, Application] = {}
    for number, one in people.items():
        organisation = world.organisations[number % ORGANISATIONS]
        application = crowd.application(
            number, world.taught[number % PROGRAMMES].programme, organisation, "completed"
        )
        application.email = application.email_key = one.email
        application.address_key, application.name = one.address_key, one.name
        application.name_key = one.name_key
        made[number] = application
    insert(made.values())
    rows = [(one, world.taught[number % PROGRAMMES]) for number, one in made.items()]
    insert(change for one, _ in rows for change in crowd.changes(one, world.user))
    insert(crowd.approval(one, its.step) for one, its in rows)
    insert(crowd.place(one, its, one.pk % COHORTS) for one, its in rows)
    insert(_certificate(one, its, world) for one, its in rows)
    said = insert(
        EvaluationResponse(programme=its.programme, application=one, given_at=one.state_since)
        for one, its in rows
    )
    insert(
        answer(one, its.questions[Moment.TRAINING], one.pk) for one, (_, its) in zip(said, rows, strict=True)
    )
    return made


def _certificate(one: Application, its: Taught, world: World) -> Certificate:
    # From three years ago until today, so that some have expired and some soon do.
    issued = world.now - datetime.timedelta(days=one.pk * 7 % 1095)
    until = certificate_expiry.last_day(its.programme, timezone.localdate(issued))
    return Certificate(
        application=one,
        number=f"{its.programme.code}-{one.pk:08}",
        name=one.name,
        programme=its.programme.title,
        academy=its.programme.academy.name,
        issued_at=issued,
        first_expires_on=until,
        expires_on=until,
    )


def answer(response: EvaluationResponse, question: EvaluationQuestion, number: int) -> EvaluationAnswer:
    """A rating, from 1 to 5 by a number."""
    return EvaluationAnswer(
        response=response,
        question=question,
        asked=question.text,
        kind=question.kind,
        value=str(1 + number % 5),
    )


# What was delivered.
def _deliveries(world: World, numbers: range, trainings: list[Training]) -> None:
    """All deliveries but that of each one's circle."""
    made = insert(
        _delivery(world, number, which, one)
        for number, one in zip(numbers, trainings, strict=True)
        for which in range(1, DELIVERIES)
    )
    credited: list[DeliveryCredit] = []
    reached: list[Reach] = []
    for index, delivery in enumerate(made):
        place, which = divmod(index, DELIVERIES - 1)
        credited += _credits(delivery, which, trainings, place)
        reached += [
            Reach(delivery=delivery, sector=sector, people=people)
            for sector, people in (("nhs_trust", 5 + index % 13), ("charity", index % 4))
            if people
        ]
    insert(credited)
    insert(reached)


def _delivery(world: World, number: int, which: int, one: Training) -> Delivery:
    state = {0: Delivery.State.DRAFT, 1: Delivery.State.TAKEN_BACK, 2: Delivery.State.LOGGED}.get(
        (number * 7 + which) % 50, Delivery.State.CONFIRMED
    )
    days = (world.today - one.trained_on).days
    confirmed = state == Delivery.State.CONFIRMED
    return Delivery(
        programme_id=one.programme_id,
        sent_as=uuid.uuid4(),
        unit=Obligation.Unit.PROGRAMME if which == 9 else Obligation.Unit.SESSION,
        held_on=one.trained_on + datetime.timedelta(days=(which * 37 + number) % days),
        online=which % 2 == 0,
        ics_id=one.facilitator.ics_id if which % 3 else None,
        state=state,
        logged_by=one.facilitator,
        logged_at=world.now - ONE_DAY,
        confirmed_at=world.now if confirmed else None,
        confirmed_by="Robin Reviewer" if confirmed else "",
        taken_back_reason="Logged twice." if state == Delivery.State.TAKEN_BACK else "",
    )


def _credits(
    delivery: Delivery, which: int, trainings: list[Training], place: int
) -> Iterator[DeliveryCredit]:
    """Who led it: every third with the next of the same programme; and sometimes somebody who observed."""
    role = DeliveryCredit.Role
    own = trainings[place]
    others = [one for one in trainings[place + 1 : place + 7] if one.programme_id == own.programme_id]
    joint = bool(others) and which % 3 == 0
    yield DeliveryCredit(delivery=delivery, training=own, role=role.LED_JOINTLY if joint else role.LED)
    if joint:
        yield DeliveryCredit(delivery=delivery, training=others[0], role=role.LED_JOINTLY)
    if len(others) > 1 and which % 5 == 0:
        yield DeliveryCredit(delivery=delivery, training=others[1], role=role.OBSERVED)


# What is owed.
def _owed(world: World, trainings: list[Training]) -> None:
    """What everybody owes, counted by the portal's own function, with the reminders that were sent."""
    by_programme = {its.programme.pk: its.obligations for its in world.taught}
    rows = insert(
        row
        for one in trainings
        for obligation in by_programme[one.programme_id]
        for row in _windows(world, one, obligation)
    )
    reckoned = commitments.reckon(rows)
    for row in rows:
        found = reckoned[row.pk]
        row.due_on, row.done, row.met_on = found.due_on, found.done, found.met_on
    Commitment.objects.bulk_update(rows, ["due_on", "done", "met_on"], batch_size=200)
    # Of every tenth the reminders of today are still to be sent.
    insert(
        CommitmentReminder(commitment=row, months=months, sent_at=world.now - 2 * ONE_DAY)
        for row in rows
        if row.training_id % 10
        for months in reminders.passed(row, [], world.today)
    )


def _windows(world: World, one: Training, obligation: Obligation) -> Iterator[Commitment]:
    """The windows of one obligation that have begun."""
    spans: list[tuple[datetime.date, datetime.date]]
    if obligation.months:
        spans = [(one.trained_on, windows.months_later(one.trained_on, obligation.months))]
    else:
        years = windows.year_on(one.trained_on, world.today) + 1
        spans = [windows.year_of(one.trained_on, year) for year in range(years)]
    for starts_on, due_on in spans:
        yield Commitment(
            training=one,
            obligation=obligation,
            key=obligation.key,
            kind=obligation.kind,
            at_least=obligation.at_least or 1,
            unit=obligation.unit,
            window=obligation.window,
            description=obligation.description,
            starts_on=starts_on,
            first_due_on=due_on,
            due_on=due_on,
        )
