"""Where a facilitator stands, on the first and the last day of everything that decides it."""

import datetime
import uuid

import pytest

from facilitators.domain import commitments
from facilitators.domain.people import standing
from facilitators.domain.people.standing import Standing
from facilitators.models import Delivery, DeliveryCredit, Pause, Training
from programmes.domain.wording import nhs_date
from programmes.models import Programme
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def trained(
    on: str = "2026-01-10", *, months: int | None = None, until_active: int | None = None
) -> Training:
    programme = factories.ProgrammeFactory(title="Circles")
    if months is not None or until_active is not None:
        factories.FacilitationFactory(
            programme=programme,
            lapses_after_months=months,
            deliveries_until_active=1 if until_active is None else until_active,
        )
    training = factories.TrainingFactory(programme=programme, trained_on=day(on))
    standing.recount([training.pk])
    return fresh(training)


def fresh(training: Training) -> Training:
    return Training.objects.select_related("programme__facilitation").get(pk=training.pk)


def delivered(training: Training, on: str, *, role: str = "led", **values) -> Training:
    delivery = Delivery.objects.create(
        programme=training.programme, held_on=day(on), sent_as=uuid.uuid4(), logged_at=NOW, **values
    )
    DeliveryCredit.objects.create(delivery=delivery, training=training, role=role)
    commitments.recount([training.pk], now=NOW)
    return fresh(training)


def paused(training: Training, first: str, last: str, reason: str = "Parental leave") -> Training:
    Pause.objects.create(training=training, from_on=day(first), until_on=day(last), reason=reason)
    standing.recount([training.pk])
    return fresh(training)


def stands(training: Training, on: str) -> str:
    """The standing, by the words and by the database, which have to be the same."""
    found = standing.on_day(training, day(on)).standing
    annotated = standing.with_standing(Training.objects.filter(pk=training.pk), day(on)).get()
    alike = [
        one
        for one in Standing
        if Training.objects.filter(standing.standing_is(one, day(on)), pk=training.pk).exists()
    ]
    assert (annotated.standing, alike) == (found, [found])
    return found


def test_without_a_delivery_somebody_is_provisional_and_with_one_active():
    training = trained()

    before = standing.on_day(training, day("2026-02-01"))
    training = delivered(training, "2026-02-01")
    after = standing.on_day(training, day("2026-02-01"))

    assert (before.standing, after.standing) == (Standing.PROVISIONAL, Standing.ACTIVE)
    assert before.sentence == "No delivery yet; active from the first delivery on."
    assert (
        after.sentence == "Delivered once so far, last on 1 February 2026; active from the first delivery on."
    )
    assert stands(training, "2026-02-01") == "active"


def test_a_programme_says_how_many_deliveries_make_somebody_active():
    training = trained(until_active=4)

    for number in range(3):
        training = delivered(training, f"2026-02-0{number + 1}")
    third = standing.on_day(training, day("2026-03-01"))
    training = delivered(training, "2026-02-20")

    assert third.standing == Standing.PROVISIONAL
    assert third.sentence == (
        "Delivered 3 times so far, last on 3 February 2026; active from delivery number 4 on."
    )
    assert stands(training, "2026-03-01") == "active"


def test_where_none_is_asked_for_everybody_is_active_since_the_training():
    training = trained(until_active=0)

    found = standing.on_day(training, day("2026-02-01"))

    assert found.standing == Standing.ACTIVE
    assert found.sentence == "No delivery yet; active since the training on 10 January 2026."
    assert stands(training, "2026-02-01") == "active"


@pytest.mark.parametrize(
    ("role", "values", "on"),
    [
        ("observed", {}, "2026-02-01"),
        ("led", {"state": "draft"}, "2026-02-01"),
        ("led", {"state": "taken_back", "taken_back_reason": "A slip."}, "2026-02-01"),
        ("led", {}, "2026-01-09"),
    ],
    ids=["observed", "draft", "taken back", "before the training"],
)
def test_what_is_no_delivery_does_not_count(role, values, on):
    training = delivered(trained(), on, role=role, **values)

    assert (training.delivered, training.last_delivered_on) == (0, None)


def test_a_delivery_on_the_day_of_the_training_counts():
    training = delivered(trained("2026-01-10"), "2026-01-10", role="led_jointly")

    assert (training.delivered, training.last_delivered_on) == (1, day("2026-01-10"))


@pytest.mark.parametrize(
    ("trained_on", "months", "last_day"),
    [
        ("2026-01-10", 12, "2027-01-10"),
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2027-02-28", 12, "2028-02-28"),
        ("2027-11-30", 3, "2028-02-29"),
        ("2026-12-31", 2, "2027-02-28"),
    ],
)
def test_somebody_lapses_the_day_after_the_last_one(trained_on, months, last_day):
    training = trained(trained_on, months=months)

    after = standing.on_day(training, day(last_day) + DAY)

    assert stands(training, last_day) == "provisional"
    assert stands(training, str(day(last_day) + DAY)) == "lapsed"
    assert f"No delivery since {nhs_date(day(trained_on))}, the day of the training" in after.sentence


def test_a_delivery_moves_the_day_and_ends_a_lapse():
    training = trained("2025-01-10", months=12)
    lapsed = standing.on_day(training, day("2026-02-01"))

    training = delivered(training, "2026-02-01")

    assert lapsed.sentence == (
        "No delivery since 10 January 2025, the day of the training: without one in 12 months a facilitator lapses, "
        "which was on 11 January 2026. A delivery ends that."
    )
    assert standing.on_day(training, day("2026-02-01")).sentence == (
        "Delivered once so far, last on 1 February 2026; active from the first delivery on. Lapses without another "
        "delivery by 1 February 2027."
    )
    assert stands(training, "2027-02-02") == "lapsed"
    assert "No delivery since 1 February 2026:" in standing.on_day(training, day("2027-02-02")).sentence


def test_both_days_of_a_pause_are_part_of_it():
    training = paused(trained(), "2026-03-01", "2026-03-31")

    found = standing.on_day(training, day("2026-03-01"))

    assert [stands(training, f"2026-{on}") for on in ("02-28", "03-01", "03-31", "04-01")] == [
        "provisional",
        "paused",
        "paused",
        "provisional",
    ]
    assert found.sentence == (
        "Pauses from 1 March 2026 until 31 March 2026: Parental leave. What is due later moves by as many days."
    )
    assert standing.on_day(training, day("2026-02-01")).sentence == (
        "No delivery yet; active from the first delivery on. A pause begins on 1 March 2026."
    )


def test_a_pause_of_a_leap_day_is_of_that_day():
    training = paused(trained("2028-01-10"), "2028-02-29", "2028-02-29")

    assert [stands(training, f"2028-{on}") for on in ("02-28", "02-29", "03-01")] == [
        "provisional",
        "paused",
        "provisional",
    ]


def test_pauses_that_follow_each_other_are_said_as_one():
    training = paused(trained(), "2026-02-01", "2026-02-02")
    training = paused(training, "2026-03-01", "2026-03-31")
    training = paused(training, "2026-03-20", "2026-04-10", "Still away!")
    training = paused(training, "2026-04-11", "2026-04-30")

    found = standing.on_day(training, day("2026-03-25"))

    assert "until 30 April 2026" in found.sentence


def test_sixty_days_of_pause_move_the_lapse_by_sixty_days_and_a_day_in_two_counts_once():
    training = trained("2026-01-10", months=12)
    alone = training.lapses_on

    training = paused(training, "2026-03-01", "2026-04-29")
    moved = training.lapses_on
    training = paused(training, "2026-04-01", "2026-04-29")

    assert (moved - alone).days == 60
    assert training.lapses_on == moved


def test_a_pause_comes_before_a_lapse_and_leaving_before_both():
    training = paused(trained("2025-01-10", months=6), "2026-03-01", "2026-03-31")

    during = stands(training, "2026-03-10")
    Training.objects.filter(pk=training.pk).update(ended_on=day("2026-03-10"), ended_reason="Moved away")
    training = fresh(training)

    assert during == "paused"
    assert [stands(training, on) for on in ("2026-03-09", "2026-03-10", "2026-04-01")] == [
        "paused",
        "left",
        "left",
    ]
    assert standing.on_day(training, day("2026-03-10")).sentence == "Left on 10 March 2026: Moved away"


def test_a_lapse_that_never_comes_is_none():
    training = trained("2026-01-10", months=12 * 9000)

    assert training.lapses_on is None


def test_a_changed_rule_holds_for_those_trained_already():
    training = trained("2026-01-10", months=12)
    rules = training.programme.facilitation
    rules.lapses_after_months = 6
    rules.save()

    standing.recount_programme(training.programme_id)

    assert fresh(training).lapses_on == day("2026-07-11")


def test_many_are_counted_with_the_same_queries(django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    several = [factories.TrainingFactory(programme=programme) for _ in range(3)]
    rows = list(Training.objects.select_related("programme__facilitation"))

    with django_assert_num_queries(2):
        standing.reckon(rows[:1])
    with django_assert_num_queries(2):
        standing.reckon(rows)

    assert len(several) == len(rows)


def test_without_a_row_the_defaults_hold():
    programme = Programme.objects.get(pk=factories.ProgrammeFactory().pk)

    assert standing.rules_of(programme).deliveries_until_active == 1
