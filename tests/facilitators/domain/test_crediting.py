"""Who is credited with a delivery, put right by staff: counts, history, and a circle's leads with it."""

import datetime

import pytest

from facilitators.domain.delivering import crediting, deliveries
from facilitators.domain.yields import counting
from facilitators.models import Circle, CircleFacilitator, Commitment, Training
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories
from tests.facilitators.delivering import DAY, THEN, circle_of, logged, trained
from tests.invariants import broken
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


def pair():
    first = trained()
    return first, trained(programme=first.programme)


def credit(delivery, changes, *, reason="Named by the ICS", user=None):
    return crediting.credit(
        delivery.pk, changes, reason=reason, user=user or reviewer_of(delivery.programme), now=THEN
    )


def refused(delivery, changes, **values):
    with pytest.raises(Refused) as found:
        credit(delivery, changes, **values)
    return found.value.sentence


def roles(delivery):
    return dict(delivery.credits.values_list("training", "role"))


def counted(*trainings):
    """What each has done of the commitment, and how often they delivered."""
    return [
        (Commitment.objects.get(training=one).done, Training.objects.get(pk=one.pk).delivered)
        for one in trainings
    ]


def test_somebody_is_added_and_both_led_it_jointly():
    first, second = pair()
    delivery = logged(first, str(DAY), now=THEN, people={"other": 7})
    before = counted(first, second)

    credit(delivery, {second.pk: "led"})

    assert (before, counted(first, second)) == ([(1, 1), (0, 0)], [(1, 1), (1, 1)])
    assert roles(delivery) == {first.pk: "led_jointly", second.pk: "led_jointly"}
    assert broken() == []


def test_somebody_is_taken_out_and_another_only_observed():
    first, second = pair()
    third = trained(programme=first.programme)
    delivery = logged(first, str(DAY), others=[second.pk, third.pk], now=THEN)

    credit(delivery, {first.pk: None, second.pk: "observed", third.pk: "led"})

    assert roles(delivery) == {second.pk: "observed", third.pk: "led"}
    assert counted(first, second, third) == [(0, 0), (0, 0), (1, 1)]
    assert broken() == []


def test_the_history_says_who_changed_it_and_why():
    first, second = pair()
    delivery = logged(first, str(DAY), others=[second.pk], now=THEN)
    user = reviewer_of(first.programme)
    taken = delivery.credits.get(training=second)

    credit(delivery, {second.pk: None}, reason=" Was ill ", user=user)

    told = taken.history.model.objects.filter(id=taken.pk).first()
    assert (told.history_type, told.history_user, told.history_change_reason) == ("-", user, "Was ill")
    # Who stays as they were gets no new row.
    assert delivery.credits.get().history.count() == 1


def test_the_yield_counts_it_at_once():
    first, second = pair()
    delivery = logged(first, str(DAY), now=THEN)

    def of(training):
        found = counting.yields(
            [first.programme_id],
            by=counting.By.ICS,
            narrowed=counting.Narrowed(ics=training.facilitator.ics_id),
            today=THEN.date(),
        )
        return found.total.deliveries

    first.facilitator.ics = factories.IntegratedCareSystemFactory()
    first.facilitator.save()
    second.facilitator.ics = factories.IntegratedCareSystemFactory()
    second.facilitator.save()
    before = (of(first), of(second))

    credit(delivery, {first.pk: None, second.pk: "led"})

    assert (before, (of(first), of(second))) == ((1, 0), (0, 1))


def test_somebody_stays_credited():
    first, second = pair()
    delivery = logged(first, str(DAY), now=THEN)

    assert refused(delivery, {first.pk: None, second.pk: None}) == (
        "Somebody must be credited with a delivery. Take the delivery back if nobody held it."
    )
    assert roles(delivery) == {first.pk: "led"}


def test_only_who_could_have_held_it_is_added():
    first, _ = pair()
    delivery = logged(first, str(DAY), now=THEN)
    other = trained()
    late = trained(programme=first.programme, trained_on=DAY + datetime.timedelta(days=1), now=THEN)
    gone = trained(programme=first.programme)
    Training.objects.filter(pk=gone.pk).update(
        ended_on=DAY - datetime.timedelta(days=1), ended_reason="Moved"
    )

    assert refused(delivery, {other.pk: "led"}) == (
        f"{other.facilitator.name} is not trained in {first.programme}. Nothing was changed."
    )
    assert refused(delivery, {late.pk: "led"}) == (
        f"{late.facilitator.name} was trained on 3 November 2026, after this delivery. Nothing was changed."
    )
    assert refused(delivery, {gone.pk: "led"}) == (
        f"{gone.facilitator.name} left the programme on 1 November 2026, before this delivery. "
        "Nothing was changed."
    )
    assert roles(delivery) == {first.pk: "led"}


def test_who_left_later_is_added():
    first, second = pair()
    delivery = logged(first, str(DAY), now=THEN)
    Training.objects.filter(pk=second.pk).update(ended_on=DAY, ended_reason="Moved")

    credit(delivery, {second.pk: "observed"})

    assert roles(delivery) == {first.pk: "led", second.pk: "observed"}


def test_drafts_and_what_was_taken_back_stay_as_they_are():
    first, second = pair()
    draft = logged(first, str(DAY), now=THEN, draft=True)
    gone = logged(first, str(DAY), now=THEN)
    deliveries.take_back(gone.pk, reason="A slip", training_id=first.pk, now=THEN)

    assert refused(draft, {second.pk: "led"}) == "This is a draft: only its facilitator sees it."
    assert refused(gone, {second.pk: "led"}) == "This delivery was taken back."
    assert refused(logged(first, str(DAY), now=THEN), {second.pk: "led"}, reason=" ") == (
        "Give a reason: it is kept with your name."
    )


def test_staff_of_another_academy_change_nothing():
    first, second = pair()
    delivery = logged(first, str(DAY), now=THEN)

    with pytest.raises(NotAllowed):
        credit(delivery, {second.pk: "led"}, user=reviewer_of(factories.ProgrammeFactory()))

    assert roles(delivery) == {first.pk: "led"}


# Of a circle's register.
def of_a_circle(*leads):
    circle = circle_of(*leads, state=Circle.State.HELD)
    return circle, deliveries.of_circle(circle, people={"other": 6}, by="Fay", now=THEN)


def test_the_leads_of_a_circle_change_with_its_delivery_and_stay_so_when_the_register_is_corrected():
    first, second = pair()
    third = trained(programme=first.programme)
    circle, delivery = of_a_circle(first, second)
    gone = circle.leads.get(training=first)

    credit(delivery, {first.pk: None, second.pk: "led_jointly", third.pk: "observed"})
    said = roles(delivery)
    deliveries.of_circle(circle, people={"other": 7}, by="Fay", now=THEN)

    assert said == roles(delivery) == {second.pk: "led", third.pk: "observed"}
    assert counted(first, second, third) == [(0, 0), (1, 1), (0, 0)]
    assert CircleFacilitator.objects.get(pk=gone.pk).stood_down_at == THEN
    assert gone.history.first().history_change_reason == "Named by the ICS"
    assert broken() == []


def test_somebody_is_added_to_a_circle_that_was_held_and_one_who_stood_down_comes_back():
    first, second = pair()
    third = trained(programme=first.programme)
    circle, delivery = of_a_circle(first, second)
    credit(delivery, {second.pk: None})

    credit(delivery, {second.pk: "led", third.pk: "led"})
    deliveries.of_circle(circle, people={"other": 7}, by="Fay", now=THEN)

    assert roles(delivery) == dict.fromkeys((first.pk, second.pk, third.pk), "led_jointly")
    assert circle.leads.filter(stood_down_at=None).count() == 3
    assert broken() == []


def test_somebody_must_have_led_a_circle():
    first, second = pair()
    circle, delivery = of_a_circle(first)

    assert refused(delivery, {first.pk: "observed", second.pk: "observed"}) == (
        "Somebody must have led a circle that was held. Choose who led it."
    )
    assert circle.leads.get().stood_down_at is None


def test_somebody_is_found_by_their_address():
    training = trained(facilitator=factories.FacilitatorFactory(email="sam.smith@example.org"))

    assert crediting.trained_at(training.programme, "SamSmith+x@example.org") == training
    with pytest.raises(Refused) as found:
        crediting.trained_at(factories.ProgrammeFactory(title="Circles"), "sam.smith@example.org")
    assert found.value.sentence == (
        "Nobody with the address sam.smith@example.org is a facilitator of Circles. Check the address."
    )
