"""Searching deliveries and bookings among very many: what is found, and each row once."""

import pytest
from django.test import Client
from django.urls import reverse

from facilitators.models import DeliveryCredit
from programmes.models import Role
from tests import factories
from tests.facilitators import circle_world
from tests.facilitators.delivering import logged, trained

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory()
    factories.FacilitationFactory(programme=programme)
    return programme


def found(programme, model, words):
    """The rows that staff of a programme find, in the order of the list."""
    client = Client()
    client.force_login(factories.AcademyMemberFactory(academy=programme.academy, role=Role.VIEWER).user)
    address = reverse(f"admin:facilitators_{model}_changelist")
    answer = client.get(address, {"q": words})
    return list(answer.context["cl"].result_list)


def test_deliveries_are_found_by_whoever_is_credited_and_by_their_place_each_once(programme):
    ann, ben = (
        trained(programme=programme, facilitator=factories.FacilitatorFactory(name=name, email=email))
        for name, email in (("Ann Smithson", "ann@example.org"), ("Ben Smithson", "benjamin@example.org"))
    )
    here = logged(ann, "2026-11-02", place="Leicester")
    both = logged(ben, "2026-11-03")
    DeliveryCredit.objects.create(delivery=both, training=ann, role="led_jointly")
    elsewhere = logged(trained(facilitator=factories.FacilitatorFactory(name="Ann Other")), "2026-11-02")

    assert found(programme, "delivery", "smithson") == [both, here]
    assert found(programme, "delivery", "BENJAMIN@") == [both]
    assert found(programme, "delivery", "leicest") == [here]
    assert found(programme, "delivery", "smithson leicester") == [here]
    assert found(programme, "delivery", "nobody") == []
    assert elsewhere not in found(programme, "delivery", "ann")
    assert len(found(programme, "delivery", "")) == 2


def test_bookings_are_found_by_name_address_and_the_reference_of_the_circle(programme):
    lead = factories.TrainingFactory(programme=programme)
    factories.TopicFactory(programme=programme)
    first, second = (
        circle_world.circle(lead, starts_at=circle_world.STARTS.replace(day=day)) for day in (3, 4)
    )
    [one, two], [three] = circle_world.book(first, 1, 2), circle_world.book(second, 13)

    assert found(programme, "booking", "person 01") == [one]
    assert found(programme, "booking", "PERSON2@") == [two]
    assert found(programme, "booking", first.reference.lower()) == [two, one]
    assert found(programme, "booking", f"{second.reference} example.org") == [three]
    assert found(factories.ProgrammeFactory(), "booking", "person") == []
