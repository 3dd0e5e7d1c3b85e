"""The clock of cover: it looks into every request, and one that fails keeps no other waiting."""

import pytest
import time_machine

from facilitators import tasks
from facilitators.domain.covering import cover_mails
from facilitators.models import CoverRequest
from tests.facilitators import circle_world as world
from tests.facilitators.covering import asker, colleague, home, led_circle, wanted

pytestmark = pytest.mark.django_db


def test_the_clock_stops_looking_when_the_time_is_over():
    circle = led_circle()
    colleague(circle, "Near Neighbour", ics=home(circle))
    request = wanted(circle)

    with time_machine.travel(request.find_by, tick=False):
        done = [tasks.look_for_cover(), tasks.look_for_cover()]

    assert done == [1, 0]
    assert CoverRequest.objects.get().state == "not_found"


def test_one_request_that_fails_keeps_no_other_waiting(monkeypatch, caplog):
    circle = led_circle()
    colleague(circle, "Near Neighbour", ics=home(circle))
    request = wanted(circle)
    other = wanted(world.circle(asker(circle), starts_at=world.STARTS + world.datetime.timedelta(hours=3)))
    told = cover_mails.not_found

    def fails(cover, **rest):
        if cover.pk == request.pk:
            raise RuntimeError("The disk is full")
        told(cover, **rest)

    # One request fails, as when the disk is full: nothing in the domain can be made to.
    monkeypatch.setattr(cover_mails, "not_found", fails)

    with time_machine.travel(other.find_by, tick=False):
        done = tasks.look_for_cover()

    assert done == 1
    assert list(CoverRequest.objects.order_by("pk").values_list("state", flat=True)) == ["open", "not_found"]
    assert [record.getMessage() for record in caplog.records] == [
        f"Cover request {request.pk} could not be looked into."
    ]
