"""The demo's sample people: at every stage, and by nothing but the portal's own verbs."""

import datetime
from collections import Counter

import pytest
from django.core.management import CommandError, call_command
from django.db.models import Count
from django.test import TestCase, override_settings

from applications.domain.transitions import TABLE
from applications.models import Application, State
from cohorts.models import Place
from facilitators.models import Booking, Circle
from programmes.management import samples
from programmes.models import Message, Programme
from tests import invariants

NOON = datetime.datetime(2026, 11, 18, 12, 30, tzinfo=datetime.UTC)
REACHABLE = {row.to for row in TABLE} | {State.DRAFT}


class SamplesTests(TestCase):
    """A class, since the samples take seconds: they are made once, and taken back after the last test."""

    @classmethod
    def setUpTestData(cls):
        samples.make(NOON)

    def test_samples_stand_at_every_stage_that_verbs_reach(self):
        states = Counter(Application.objects.values_list("state", flat=True))

        assert sum(states.values()) == 68
        assert set(states) == REACHABLE

    def test_samples_break_no_rule(self):
        nominated = Counter(Application.objects.nominated().values_list("programme__code", "nomination_key"))
        places = Counter(Place.objects.taken().values_list("programme__code", flat=True))

        assert invariants.broken() == []
        assert max(nominated.values()) == 5
        assert places == {"LSC": 8, "ABP": 7}

    def test_samples_leave_only_held_mails_unsent(self):
        waiting = Message.objects.exclude(status__in=[Message.Status.SENT, Message.Status.DISCARDED])

        assert {message.event for message in waiting} == {"unsuccessful", "approver_ended"}
        assert {message.status for message in waiting} == {Message.Status.QUEUED}
        assert min(message.not_before for message in waiting) > NOON

    def test_samples_have_circles_ahead_full_and_held(self):
        rows = Circle.objects.order_by("starts_at").annotate(people=Count("bookings"))

        assert [(circle.state, circle.people) for circle in rows] == [
            ("held", 8),
            ("planned", 0),
            ("planned", 8),
            ("planned", 0),
            ("planned", 0),
        ]
        assert Booking.objects.filter(state="waiting").count() == 2

    def test_samples_are_open_on_the_day(self):
        programmes = Programme.objects.open_at(NOON).prefetch_related("cohorts__sessions")

        assert programmes.count() == 2
        assert (
            min(cohort.starts_at for one in programmes for cohort in one.cohorts.filter(closed_at=None))
            > NOON
        )

    def test_sign_ins_name_each_role_of_each_academy(self):
        roles = Counter(one.role for one in samples.sign_ins())

        assert roles == {"Administrator": 2, "Reviewer": 2, "Viewer": 2}

    @pytest.fixture(autouse=True)
    def _captured(self, capsys):
        self.printed = lambda: capsys.readouterr().out

    @override_settings(DEMO=True)
    def test_demo_keeps_what_was_entered(self):
        Programme.objects.filter(code="LSC").update(title="Renamed by a visitor")

        call_command("demo", "--no-server", "--port", "8123")

        printed = self.printed()
        assert "Keeping what was entered" in printed
        assert "http://localhost:8123/dev/mailbox/" in printed
        assert samples.PASSWORD in printed
        assert Programme.objects.filter(title="Renamed by a visitor").exists()


def test_demo_refuses_outside_the_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="Set DEMO=1"):
        call_command("demo", "--no-server")
