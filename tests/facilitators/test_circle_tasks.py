"""The clocks of circles: each asks or reminds once."""

import datetime

import pytest
import time_machine

from facilitators import tasks
from programmes.models import Message
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import STARTS, book

pytestmark = pytest.mark.django_db


def test_the_clocks_ask_leads_and_remind_people_once():
    circle = world.circle(world.lead())
    book(circle, 1, 2)

    with time_machine.travel(STARTS - datetime.timedelta(hours=20), tick=False):
        counts = [tasks.ask_about_circles(), tasks.remind_of_circles()]
        again = [tasks.ask_about_circles(), tasks.remind_of_circles()]

    assert (counts, again) == ([1, 2], [0, 0])
    assert Message.objects.filter(event="circle_under_minimum").count() == 1
    assert Message.objects.filter(event="booking_reminder").count() == 2
