"""The yield is what the rows say: counted plainly here, one by one, and compared."""

import datetime
import random
from collections import defaultdict

import pytest

from facilitators.domain.people import standing
from facilitators.domain.yields.counting import NONE, By, Line, Narrowed, yields
from facilitators.models import Delivery, Reach, Training
from programmes.models import Programme
from tests import factories, scenarios
from tests.cohorts.seats import programme_with
from tests.facilitators import circle_world
from tests.facilitators.delivering import logged
from tests.facilitators.evaluating import held
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TODAY = datetime.date(2028, 6, 1)


def counted(programmes=None, *, by=By.PROGRAMME, today=TODAY, **narrowed):
    keys = (
        [one.pk for one in programmes] if programmes else list(Programme.objects.values_list("pk", flat=True))
    )
    return yields(keys, by=by, narrowed=Narrowed(**narrowed), today=today)


def numbers(line):
    return (line.trained, line.active, line.deliveries, line.sessions, line.people)


def table(found):
    return {line.name: numbers(line) for line in found.lines}


# By hand.
@pytest.fixture
def two():
    """Two of one programme from two ICSs, of whom the first has led alone and both together, in two years."""
    kent, sussex = (factories.IntegratedCareSystemFactory(name=name) for name in ("Kent", "Sussex"))
    programme = factories.ProgrammeFactory(title="Circles", code="CIR")
    first, second = (
        factories.TrainingFactory(
            programme=programme, facilitator__ics=ics, trained_on=datetime.date(2026, 10, 1)
        )
        for ics in (kent, sussex)
    )
    logged(first, "2026-10-01", people={"nhs_trust": 10, "charity": 5})
    logged(first, "2027-02-01", people={"nhs_trust": 7}, others=[second.pk])
    return first, second


def test_a_delivery_of_two_counts_once_in_the_total_and_in_the_row_of_each(two):
    by_ics = counted(by=By.ICS)

    assert table(by_ics) == {"Kent": (1, 1, 2, 2, 22), "Sussex": (1, 1, 1, 1, 7)}
    assert by_ics.total == Line(NONE, "Total", 2, 2, 2, 2, 22)


def test_by_programme_and_by_year(two):
    assert table(counted()) == {"Circles (CIR)": (2, 2, 2, 2, 22)}
    assert table(counted(by=By.YEAR)) == {"2026": (2, 2, 1, 1, 15), "2027": (0, 0, 1, 1, 7)}


def test_two_of_one_ics_who_led_together_have_one_delivery_there(two):
    first, second = two
    second.facilitator.ics = first.facilitator.ics
    second.facilitator.save()

    assert table(counted(by=By.ICS)) == {"Kent": (2, 2, 2, 2, 22)}


def test_what_is_looked_at_alone(two):
    first, second = two
    sussex = second.facilitator.ics_id

    assert numbers(counted(ics=sussex).total) == (1, 1, 1, 1, 7)
    assert numbers(counted(year=2027).total) == (0, 0, 1, 1, 7)
    assert numbers(counted(programme=first.programme_id, ics=NONE).total) == (0, 0, 0, 0, 0)
    assert numbers(counted([factories.ProgrammeFactory()]).total) == (0, 0, 0, 0, 0)


def test_what_does_not_count_is_not_counted(two):
    first, second = two
    before = counted().total
    logged(first, "2027-03-01", draft=True, people={"nhs_trust": 9})
    logged(first, "2026-09-30", people={"nhs_trust": 9})
    observed = logged(second, "2027-04-01", people={"nhs_trust": 9})
    observed.credits.update(role="observed")
    back = logged(second, "2027-05-01", people={"nhs_trust": 9})
    Delivery.objects.filter(pk=back.pk).update(state="taken_back", taken_back_reason="By mistake.")

    assert counted().total == before


def test_a_whole_programme_is_a_delivery_and_no_session(two):
    first, _ = two
    logged(first, "2027-06-01", unit="programme", people={"nhs_trust": 3})

    assert numbers(counted().total) == (2, 2, 3, 2, 25)


def test_people_are_active_on_the_day_and_each_counts_once(two):
    first, second = two
    other = factories.TrainingFactory(facilitator=first.facilitator, programme__title="Other")
    factories.PauseFactory(training=second, from_on=TODAY, until_on=TODAY)

    found = counted()

    assert (found.total.trained, found.total.active) == (2, 1)
    assert [line.trained for line in found.lines] == [2, 1]
    assert (other.facilitator, counted(today=TODAY + datetime.timedelta(days=1)).total.active) == (
        first.facilitator,
        2,
    )


def test_by_cohort_of_those_trained_here_and_of_the_others():
    programme = programme_with()
    here = scenarios.completed(programme, name="Sam").training
    factories.TrainingFactory(programme=programme)
    cohort = programme.cohorts.order_by("pk")[0]
    logged(here, here.trained_on.isoformat(), people={"nhs_trust": 8})

    found = counted(by=By.COHORT)

    assert table(found) == {
        f"{programme.title}, {cohort.name}": (1, 1, 1, 1, 8),
        "Trained in no cohort here": (1, 0, 0, 0, 0),
    }
    assert numbers(counted(cohort=cohort.pk).total) == (1, 1, 1, 1, 8)
    assert numbers(counted(cohort=NONE).total) == (1, 0, 0, 0, 0)


def test_somebody_without_an_ics_stands_last():
    factories.TrainingFactory()
    factories.TrainingFactory(facilitator__ics=factories.IntegratedCareSystemFactory(name="Zeal"))

    assert [line.name for line in counted(by=By.ICS).lines] == ["Zeal", "ICS not known"]


# A circle.
def test_the_register_of_a_circle_adds_exactly_itself():
    before = counted()
    circle = held(4, came=3)

    after = counted(today=circle.starts_at.date())

    assert before.total == Line(NONE, "Total")
    assert numbers(after.total) == (1, 1, 1, 1, 3)
    assert circle_world.fresh(circle).delivery.reached.get().people == 3


# Against the rows.
@pytest.fixture
def crowd():
    """Three programmes, twelve trainings of nine people, sixty deliveries of all kinds."""
    dice = random.Random(5)
    systems = [None, *(factories.IntegratedCareSystemFactory() for _ in range(3))]
    people = [factories.FacilitatorFactory(ics=dice.choice(systems)) for _ in range(9)]
    trainings = []
    for _ in range(3):
        programme = factories.ProgrammeFactory()
        for person in dice.sample(people, 4):
            day = datetime.date(2026, 1, 1) + datetime.timedelta(days=dice.randrange(500))
            trainings.append(
                factories.TrainingFactory(programme=programme, facilitator=person, trained_on=day)
            )
    for number in range(60):
        programme = dice.choice(trainings).programme
        delivery = Delivery.objects.create(
            programme=programme,
            sent_as=f"00000000-0000-4000-8000-{number:012}",
            held_on=datetime.date(2026, 3, 1) + datetime.timedelta(days=dice.randrange(700)),
            unit=dice.choice(["session", "session", "programme"]),
            state=dice.choice(["logged", "confirmed", "confirmed", "draft", "taken_back"]),
            confirmed_at=NOW,
            taken_back_reason="So.",
            logged_at=NOW,
        )
        for sector in dice.sample(["nhs_trust", "charity", "other"], dice.randrange(3)):
            Reach.objects.create(delivery=delivery, sector=sector, people=dice.randrange(30))
        own = [one for one in trainings if one.programme == programme]
        for training in dice.sample(own, dice.randrange(1, 4)):
            delivery.credits.create(
                training=training, role=dice.choice(["led", "led_jointly", "led_jointly", "observed"])
            )
    standing.recount([one.pk for one in trainings])
    return trainings


def told_of(training, year):
    """What a row of a training, or of a delivery credited to it, belongs to."""
    ics = training.facilitator.ics_id or NONE
    return {"programme": training.programme_id, "ics": ics, "cohort": NONE, "year": year}


def counts_plainly(delivery, credit):
    led = delivery.state in ("logged", "confirmed") and credit.role != "observed"
    return led and delivery.held_on >= credit.training.trained_on


def plainly(by, **narrowed):
    """The same from the rows, one by one."""
    trained, active, led = defaultdict(set), defaultdict(set), defaultdict(set)

    def put(into, known, what):
        if all(known[name] == value for name, value in narrowed.items()):
            into[known[by]].add(what)
            into["total"].add(what)

    for training in Training.objects.all():
        known = told_of(training, training.trained_on.year)
        put(trained, known, training.facilitator_id)
        if standing.on_day(training, TODAY).standing == standing.Standing.ACTIVE:
            put(active, known, training.facilitator_id)
    for delivery in Delivery.objects.all():
        for credit in delivery.credits.all():
            if counts_plainly(delivery, credit):
                put(led, told_of(credit.training, delivery.held_on.year), delivery)
    lines = {}
    for key in {*trained, *led, "total"}:
        people = sum(row.people for one in led[key] for row in one.reached.all())
        sessions = sum(one.unit == "session" for one in led[key])
        lines[key] = (len(trained[key]), len(active[key]), len(led[key]), sessions, people)
    total = lines.pop("total")
    return lines, total


@pytest.mark.parametrize("by", list(By))
@pytest.mark.parametrize("alone", [None, "programme", "ics", "year"])
def test_the_yield_is_what_the_rows_say(crowd, by, alone):
    values = {"programme": crowd[0].programme_id, "ics": crowd[0].facilitator.ics_id or NONE, "year": 2027}
    narrowed = {alone: values[alone]} if alone else {}

    found = counted(by=by, **narrowed)
    lines, total = plainly(by, **narrowed)

    assert ({line.key: numbers(line) for line in found.lines}, numbers(found.total)) == (lines, total)
    assert total[2] > 0


@pytest.mark.parametrize("by", list(By))
def test_it_takes_five_queries_at_most_however_many_rows(crowd, by, django_assert_max_num_queries):
    keys = list(Programme.objects.values_list("pk", flat=True))

    with django_assert_max_num_queries(5):
        yields(keys, by=by, narrowed=Narrowed(), today=TODAY)
