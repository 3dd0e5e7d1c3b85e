"""The demo's sample people: at every stage, and by nothing but the portal's own verbs."""

import datetime
from collections import Counter

import pytest
from django.core.management import CommandError, call_command

from applications.domain.workflow import TABLE
from applications.models import Application, State
from cohorts.models import Place
from programmes.management import samples
from programmes.models import Message, Programme

REACHABLE = {row.to for row in TABLE} | {State.DRAFT}


@pytest.fixture(scope="module")
def _filled(django_db_setup, django_db_blocker):
    """The samples take seconds to make: once for all tests here, and taken back afterwards."""
    from django.db import connection, transaction

    with django_db_blocker.unblock():
        atomic = transaction.atomic()
        atomic.__enter__()
        samples.make(datetime.datetime(2026, 11, 18, 10, 30, tzinfo=datetime.UTC))
        yield
        transaction.set_rollback(True)
        atomic.__exit__(None, None, None)
        connection.close()


pytestmark = [pytest.mark.usefixtures("_filled", "db")]


def test_samples_stand_at_every_stage_that_verbs_reach():
    states = Counter(Application.objects.values_list("state", flat=True))

    assert sum(states.values()) == 60
    assert set(states) == REACHABLE


def test_samples_keep_the_caps():
    nominated = Counter(Application.objects.nominated().values_list("programme__code", "nomination_key"))
    places = Counter(Place.objects.taken().values_list("programme__code", flat=True))

    assert max(nominated.values()) == 5
    assert places["LSC"] <= 30


def test_samples_have_a_change_of_state_for_each_step():
    for application in Application.objects.exclude(state=State.DRAFT):
        last = application.changes.last()
        assert last is not None
        assert last.to_state == application.state


def test_samples_leave_only_held_mails_unsent():
    statuses = Counter(Message.objects.values_list("status", flat=True))

    assert statuses["failed"] == 0
    assert statuses["queued"] == Message.objects.filter(event="unsuccessful", status="queued").count() + (
        Message.objects.filter(event="approver_ended", status="queued").count()
    )
    assert statuses["queued"] > 0


def test_samples_are_open_on_the_day(settings):
    now = datetime.datetime(2026, 11, 18, 10, 30, tzinfo=datetime.UTC)

    assert Programme.objects.open_at(now).count() == 2
    assert all(
        cohort.starts_at > now
        for programme in Programme.objects.all()
        for cohort in programme.cohorts.prefetch_related("sessions")
    )


def test_sign_ins_name_each_role_of_each_academy():
    assert Counter(one.role for one in samples.sign_ins()) == {
        "Administrator": 2,
        "Reviewer": 2,
        "Viewer": 2,
    }


def test_demo_refuses_outside_the_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="Set DEMO=1"):
        call_command("demo", "--no-server")


def test_demo_keeps_what_was_entered(settings, capsys):
    settings.DEMO = True
    Programme.objects.filter(code="LSC").update(title="Renamed by a visitor")

    call_command("demo", "--no-server", "--port", "8123")

    printed = capsys.readouterr().out
    assert "Keeping what was entered" in printed
    assert "http://localhost:8123/dev/mailbox/" in printed
    assert samples.PASSWORD in printed
    assert Programme.objects.filter(title="Renamed by a visitor").exists()
