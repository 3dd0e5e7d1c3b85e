"""Who is credited with a delivery, on the staff's page for it."""

import datetime

import pytest
from django.urls import reverse

from facilitators.models import Circle, Training
from tests import factories
from tests.facilitators.delivering import circle_of, logged, trained
from tests.staff.reading import messages_of, text_of

HELD = "2026-10-01"


def at(name, delivery):
    return reverse(f"admin:facilitators_delivery_{name}", args=[delivery.pk])


@pytest.fixture
def training(desk):
    factories.ObligationFactory(programme=desk.programme, key="deliver")
    return another(desk, name="Fay Facilitator")


def another(desk, **person):
    return trained(
        programme=desk.programme,
        trained_on=datetime.date(2026, 9, 1),
        facilitator=factories.FacilitatorFactory(**person),
    )


def roles(delivery):
    return dict(delivery.credits.values_list("training__facilitator__name", "role"))


def test_who_is_credited_is_changed_with_a_reason(desk, reviewer, training):
    other = another(desk, name="Alex Added", email="alex@example.org")
    delivery = logged(training, HELD)
    page = at("credited", delivery)
    assert f'href="{page}"' in reviewer.get(at("change", delivery)).content.decode()
    shown = {f"role_{training.pk}": "led", "email": "alex@example.org", "role": "led", "reason": ""}

    without = reviewer.post(page, shown)
    response = reviewer.post(page, {**shown, "reason": "Named later"}, follow=True)

    assert "Enter the reason. It is kept with your name." in text_of(without)
    assert messages_of(response) == ["Saved. What is owed is counted anew."]
    assert roles(delivery) == {"Fay Facilitator": "led_jointly", "Alex Added": "led_jointly"}
    assert Training.objects.get(pk=other.pk).delivered == 1


def test_somebody_is_taken_out_and_somebody_stays(desk, reviewer, training):
    other = another(desk, name="Alex Added")
    delivery = logged(training, HELD, others=[other.pk])
    form = {f"role_{training.pk}": "led", f"role_{other.pk}": "out", "role": "led", "reason": "Was ill"}

    nobody = reviewer.post(at("credited", delivery), {**form, f"role_{training.pk}": "out"})
    reviewer.post(at("credited", delivery), form)

    assert "Somebody must be credited with a delivery." in text_of(nobody)
    assert roles(delivery) == {"Fay Facilitator": "led"}


def test_an_address_that_is_nobodys_changes_nothing(reviewer, training):
    delivery = logged(training, HELD)
    form = {f"role_{training.pk}": "observed", "email": "who@example.org", "role": "led", "reason": "A slip"}

    response = reviewer.post(at("credited", delivery), form)

    assert "Nobody with the address who@example.org is a facilitator of Leadership Circles." in text_of(
        response
    )
    assert roles(delivery) == {"Fay Facilitator": "led"}


def test_of_a_circle_the_page_says_that_the_leads_change(desk, reviewer, training):
    delivery = logged(training, HELD)
    delivery.circle = circle_of(training, state=Circle.State.HELD)
    delivery.save()

    assert "Who led the circle changes with it" in text_of(reviewer.get(at("credited", delivery)))


def test_what_was_taken_back_stays_as_it_is(desk, reviewer, training):
    delivery = logged(training, HELD)
    delivery.state, delivery.taken_back_reason = "taken_back", "A slip"
    delivery.save()

    assert "This delivery was taken back." in text_of(reviewer.get(at("credited", delivery)))
    assert at("credited", delivery) not in reviewer.get(at("change", delivery)).content.decode()
