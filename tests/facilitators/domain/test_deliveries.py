"""Deliveries: logged once, the same told apart from another, corrected, taken back, confirmed, made by a register."""

import datetime
import uuid

import pytest
from django.core.files.base import ContentFile

from facilitators.domain.delivering import deliveries
from facilitators.domain.delivering.delivery_rows import Given
from facilitators.models import Circle, CircleFacilitator, Commitment, Delivery
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories
from tests.facilitators.delivering import DAY, THEN, circle_of, logged, trained
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def tell(training, *, held_on=DAY, now=THEN, others=(), sent_as=None, **values):
    """Log without saying that it is another one."""
    return deliveries.log(
        training.pk, Given(held_on, **values), sent_as=sent_as or uuid.uuid4(), others=others, now=now
    )


def roles(delivery):
    return dict(delivery.credits.values_list("training", "role"))


def done(training):
    return Commitment.objects.get(training=training).done


def pair():
    first = trained()
    return first, trained(programme=first.programme)


# Logging.
def test_a_form_sent_again_is_the_same_delivery():
    training, sent_as = trained(), uuid.uuid4()

    first, second = tell(training, sent_as=sent_as), tell(training, sent_as=sent_as)

    assert first == second
    assert done(training) == 1


def test_who_led_with_others_did_so_jointly():
    first, second = pair()

    assert roles(tell(first, others=[second.pk])) == {first.pk: "led_jointly", second.pk: "led_jointly"}
    assert roles(tell(first, held_on=DAY.replace(day=1))) == {first.pk: "led"}
    assert (done(first), done(second)) == (2, 1)


def test_an_observer_is_credited_alone():
    first, second = pair()

    assert roles(tell(first, others=[second.pk], role="observed")) == {first.pk: "observed"}


@pytest.mark.parametrize("held_on", [datetime.date(2026, 11, 4), datetime.date(2027, 1, 1)])
def test_what_lies_ahead_is_not_logged(held_on):
    with pytest.raises(Refused, match="lies ahead"):
        tell(trained(), held_on=held_on)


def test_who_has_left_logs_what_was_until_then():
    training = trained()
    training.ended_on, training.ended_reason = DAY, "Moved"
    training.save()
    tell(training)

    with pytest.raises(Refused, match="left the programme on 2 November 2026"):
        tell(training, held_on=datetime.date(2026, 11, 3))


def test_somebody_of_another_programme_is_refused():
    training, other = trained(), trained()
    delivery = tell(training)

    with pytest.raises(Refused, match="trained in its programme"):
        tell(training, others=[other.pk])
    with pytest.raises(Refused, match="Nothing was changed"):
        deliveries.correct(delivery.pk, Given(DAY), training_id=training.pk, others=[other.pk], now=THEN)


def test_numbers_that_are_a_slip_are_refused():
    with pytest.raises(Refused, match="at most 5,000 people"):
        tell(trained(), people={"other": 5001})


def test_unknown_sectors_and_nobody_are_no_rows():
    delivery = tell(trained(), people={"other": 2, "hospice": 0, "nowhere": 9})

    assert list(delivery.reached.values_list("sector", "people")) == [("other", 2)]


# The same?
@pytest.mark.parametrize("who", ["self", "with"])
def test_one_on_the_same_day_with_the_same_person_is_asked_about(who):
    first, second = pair()
    there = tell(first, others=[second.pk])

    with pytest.raises(deliveries.LooksTheSame) as asked:
        tell(first if who == "self" else second)

    assert (asked.value.deliveries, asked.value.circles) == ([there], [])
    assert Delivery.objects.count() == 1


def test_another_day_another_person_and_another_programme_are_not_the_same():
    first, second = pair()
    elsewhere = trained(facilitator=first.facilitator)
    tell(first)

    tell(first, held_on=DAY.replace(day=1))
    tell(second)
    tell(elsewhere)

    assert Delivery.objects.count() == 4


def test_one_that_was_taken_back_is_not_asked_about():
    training = trained()
    deliveries.take_back(tell(training).pk, reason="A slip", training_id=training.pk, now=THEN)

    tell(training)

    assert done(training) == 1


def test_a_circle_whose_register_is_to_come_is_asked_about():
    first, second = pair()
    circle = circle_of(first)
    CircleFacilitator.objects.create(circle=circle, training=second, added_at=NOW, stood_down_at=NOW)

    with pytest.raises(deliveries.LooksTheSame) as asked:
        tell(first)

    assert (asked.value.deliveries, asked.value.circles) == ([], [circle])
    # Who stood down leads nothing; who observes somewhere is not asked.
    tell(second)
    tell(first, role="observed")


def test_a_circle_that_was_held_or_cancelled_is_not_asked_about():
    training = trained()
    circle_of(training, state=Circle.State.CANCELLED, cancelled_at=NOW, cancelled_reason="Ill")

    tell(training)

    assert done(training) == 1


def test_what_is_the_same_is_credited_together():
    first, second = pair()
    there = tell(first)

    deliveries.same_as(there.pk, second.pk, role="led", others=[first.pk], now=THEN)

    assert roles(there) == {first.pk: "led_jointly", second.pk: "led_jointly"}
    assert (done(first), done(second)) == (1, 1)


def test_who_observed_what_is_there_observed_it():
    first, second = pair()
    there = tell(first, others=[second.pk])
    third = trained(programme=first.programme)

    with pytest.raises(Refused, match="cannot be taken for yours"):
        deliveries.same_as(there.pk, third.pk, role="led", now=THEN)
    deliveries.same_as(there.pk, second.pk, role="observed", now=THEN)

    assert roles(there) == {first.pk: "led_jointly", second.pk: "led_jointly"}


def test_what_does_not_count_is_not_the_same():
    training = trained()
    there = tell(training)
    deliveries.take_back(there.pk, reason="A slip", training_id=training.pk, now=THEN)

    with pytest.raises(Refused, match="cannot be taken for yours"):
        deliveries.same_as(there.pk, training.pk, role="led", now=THEN)


def test_what_is_told_again_is_what_was_told():
    training = trained()
    given = Given(
        DAY, unit="day", role="led_jointly", place="Lewes", people={"other": 2}, how_it_went=3, notes="Good"
    )
    delivery = deliveries.log(training.pk, given, sent_as=uuid.uuid4(), now=THEN)

    assert deliveries.told(delivery, training) == given
    assert deliveries.told(delivery, trained()).role == "led"


# Correcting.
def test_a_correction_counts_anew_for_everybody():
    first, second = pair()
    delivery = tell(first, others=[second.pk], people={"other": 2, "hospice": 1})

    given = Given(DAY, people={"other": 3})
    deliveries.correct(delivery.pk, given, training_id=first.pk, others=[], now=THEN)

    assert roles(delivery) == {first.pk: "led"}
    assert list(delivery.reached.values_list("sector", "people")) == [("other", 3)]
    assert (done(first), done(second)) == (1, 0)
    assert {row.history_type for row in delivery.reached.model.history.filter(sector="hospice")} == {"+", "-"}


def test_a_correction_keeps_those_who_observed():
    first, second = pair()
    delivery = tell(first)
    deliveries.DeliveryCredit.objects.create(delivery=delivery, training=second, role="observed")

    deliveries.correct(delivery.pk, Given(DAY), training_id=first.pk, others=[], now=THEN)

    assert roles(delivery) == {first.pk: "led", second.pk: "observed"}


def test_who_only_observed_what_another_logged_cannot_change_it():
    first, second = pair()
    delivery = tell(first)
    deliveries.DeliveryCredit.objects.create(delivery=delivery, training=second, role="observed")

    for change in (
        lambda: deliveries.correct(delivery.pk, Given(DAY), training_id=second.pk, now=THEN),
        lambda: deliveries.take_back(delivery.pk, reason="No", training_id=second.pk, now=THEN),
    ):
        with pytest.raises(Refused, match="Only those who led"):
            change()


@pytest.mark.parametrize(("days", "possible"), [(30, True), (31, False)])
def test_a_facilitator_corrects_within_30_days(days, possible):
    training = trained()
    delivery = tell(training)
    later = THEN + datetime.timedelta(days=days)

    why_not = deliveries.why_not_corrected(delivery, training, now=later)

    assert (why_not == "") is possible
    assert deliveries.why_not_corrected(delivery, None, now=later) == ""


def test_staff_correct_with_a_reason_even_what_is_confirmed():
    training = trained()
    user = reviewer_of(training.programme)
    delivery = tell(training)
    deliveries.confirm([delivery.pk], user=user, now=THEN)

    with pytest.raises(Refused, match="Give a reason"):
        deliveries.correct(delivery.pk, Given(DAY), user=user, now=THEN)
    with pytest.raises(NotAllowed):
        deliveries.correct(delivery.pk, Given(DAY), user=factories.UserFactory(), reason="A slip", now=THEN)
    with pytest.raises(Refused, match="confirmed this delivery"):
        deliveries.correct(delivery.pk, Given(DAY), training_id=training.pk, now=THEN)
    deliveries.correct(delivery.pk, Given(DAY, place="Hove"), user=user, reason="A slip", now=THEN)

    delivery.refresh_from_db()
    assert (delivery.place, delivery.state) == ("Hove", "confirmed")
    last = delivery.history.first()
    assert (last.history_user, last.history_change_reason) == (user, "Corrected by staff: A slip")


def test_what_a_register_made_is_corrected_by_the_register():
    training = trained()
    circle = circle_of(training, state=Circle.State.HELD)
    delivery = deliveries.of_circle(circle, people={"other": 7}, by="Fay", now=THEN)

    assert deliveries.why_not_corrected(delivery, None, now=THEN) == (
        "This delivery comes from the register of its circle: correct the register."
    )


def test_a_file_takes_the_place_of_the_one_before(django_capture_on_commit_callbacks):
    training = trained()
    given = Given(DAY)
    values = {"training_id": training.pk, "now": THEN}
    with django_capture_on_commit_callbacks(execute=True):
        file = ContentFile(b"one", name="one.pdf")
        delivery = deliveries.log(training.pk, given, sent_as=uuid.uuid4(), evidence=file, now=THEN)
    old = delivery.evidence.name
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.correct(delivery.pk, given, evidence=ContentFile(b"two", name="two.pdf"), **values)
        deliveries.correct(delivery.pk, given, **values)

    delivery.refresh_from_db()
    assert (delivery.evidence_name, delivery.evidence.read()) == ("two.pdf", b"two")
    assert not delivery.evidence.storage.exists(old)


# Taking back, throwing away, confirming.
def test_taking_back_needs_a_reason_and_is_done_once():
    training = trained()
    delivery = tell(training)

    with pytest.raises(Refused, match="Give a reason"):
        deliveries.take_back(delivery.pk, reason=" ", training_id=training.pk, now=THEN)
    user = reviewer_of(training.programme)
    deliveries.take_back(delivery.pk, reason="Twice", user=user, now=THEN)
    with pytest.raises(Refused, match="was taken back"):
        deliveries.take_back(delivery.pk, reason="Twice", user=user, now=THEN)

    delivery.refresh_from_db()
    assert (delivery.state, delivery.taken_back_reason) == ("taken_back", "Twice")


def test_only_a_draft_of_ones_own_is_thrown_away(django_capture_on_commit_callbacks):
    first, second = pair()
    file = ContentFile(b"one", name="one.pdf")
    draft = logged(first, "2026-11-02", draft=True, others=[second.pk], evidence=file)
    counted = tell(first)

    for pk, training in ((draft.pk, second), (counted.pk, first)):
        with pytest.raises(Refused, match="Only a draft"):
            deliveries.throw_away(pk, training_id=training.pk)
    with django_capture_on_commit_callbacks(execute=True):
        deliveries.throw_away(draft.pk, training_id=first.pk)

    assert list(Delivery.objects.all()) == [counted]
    assert not draft.evidence.storage.exists(draft.evidence.name)


def test_a_draft_without_a_file_is_thrown_away():
    training = trained()

    deliveries.throw_away(logged(training, "2026-11-02", draft=True).pk, training_id=training.pk)

    assert not Delivery.objects.exists()


def test_staff_confirm_what_is_logged_and_leave_the_rest():
    training = trained()
    user = reviewer_of(training.programme)
    one, back = tell(training), logged(training, "2026-11-01", now=THEN)
    deliveries.take_back(back.pk, reason="A slip", training_id=training.pk, now=THEN)

    assert deliveries.confirm([one.pk, back.pk], user=user, now=THEN) == [one]

    one.refresh_from_db()
    assert (one.state, one.confirmed_at, one.confirmed_by) == ("confirmed", THEN, user.get_full_name())
    assert deliveries.confirm([one.pk], user=user, now=THEN) == []
    with pytest.raises(NotAllowed):
        deliveries.confirm([one.pk], user=factories.UserFactory(), now=THEN)


# By a register.
def test_a_register_makes_one_delivery_credited_to_its_leads():
    first, second = pair()
    circle = circle_of(first, second, state=Circle.State.HELD, online=False, place="Hove")

    delivery = deliveries.of_circle(circle, people={"other": 7}, by="Fay’s register", now=THEN)
    again = deliveries.of_circle(circle, people={"other": 8}, by="Fay’s register", now=THEN)

    assert again == delivery
    delivery.refresh_from_db()
    assert (delivery.state, delivery.confirmed_by, delivery.held_on, delivery.place, delivery.topic) == (
        "confirmed",
        "Fay’s register",
        DAY,
        "Hove",
        circle.topic,
    )
    assert roles(delivery) == {first.pk: "led_jointly", second.pk: "led_jointly"}
    assert list(delivery.reached.values_list("people", flat=True)) == [8]
    assert (done(first), done(second)) == (1, 1)


def test_who_stood_down_loses_the_credit_and_an_observer_keeps_it():
    first, second = pair()
    circle = circle_of(first, second, state=Circle.State.HELD)
    observer = trained(programme=first.programme)
    delivery = deliveries.of_circle(circle, people={}, by="Fay", now=THEN)
    deliveries.DeliveryCredit.objects.create(delivery=delivery, training=observer, role="observed")
    circle.leads.filter(training=second).update(stood_down_at=NOW)

    deliveries.of_circle(circle, people={}, by="Fay", now=THEN)

    assert roles(delivery) == {first.pk: "led", observer.pk: "observed"}
    assert (done(first), done(second)) == (1, 0)


def test_what_staff_took_back_stays_taken_back():
    training = trained()
    circle = circle_of(training, state=Circle.State.HELD)
    delivery = deliveries.of_circle(circle, people={}, by="Fay", now=THEN)
    Delivery.objects.update(state="taken_back", taken_back_reason="A test")

    deliveries.of_circle(circle, people={"other": 9}, by="Fay", now=THEN)

    delivery.refresh_from_db()
    assert (delivery.state, done(training)) == ("taken_back", 0)


def test_what_a_lead_logged_by_hand_becomes_the_registers_delivery():
    first, second = pair()
    by_hand = tell(first, people={"other": 5}, notes="Good", others=[second.pk])
    circle = circle_of(first, state=Circle.State.HELD)

    delivery = deliveries.of_circle(circle, people={"other": 6}, by="Fay", now=THEN)

    assert (delivery, delivery.notes) == (by_hand, "Good")
    assert Delivery.objects.count() == 1
    assert (done(first), done(second)) == (1, 0)


@pytest.mark.parametrize("why", ["said so", "whole programme", "two of them"])
def test_what_is_another_one_stays_beside_the_registers(why):
    training = trained()
    if why == "said so":
        logged(training, "2026-11-02", now=THEN)
    elif why == "whole programme":
        tell(training, unit="programme")
    else:
        tell(training)
        logged(training, "2026-11-02", now=THEN)
        Delivery.objects.update(said_to_differ=False)
    before = Delivery.objects.count()

    deliveries.of_circle(circle_of(training, state=Circle.State.HELD), people={}, by="Fay", now=THEN)

    assert Delivery.objects.count() == before + 1
