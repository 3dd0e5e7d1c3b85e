"""Somebody withdraws at night; by morning the next person holds an offer, and nobody at the academy did anything."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from applications.models import Application
from cohorts.domain import waiting_list
from tests import factories, scenarios
from tests.browser import steps
from tests.browser.visits import Visitor
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)

NIGHT = NOW.replace(hour=22, minute=40)
MORNING = NOW.replace(hour=6) + datetime.timedelta(days=1)


@pytest.fixture
def clock() -> Iterator[Any]:
    """A clock that the test sets; it goes on by itself."""
    with time_machine.travel(NOW) as clock:
        yield clock


@pytest.mark.parametrize("hinted", [True, False], ids=["asked for at once", "by the clock alone"])
def test_a_withdrawal_at_night_is_an_offer_by_morning(
    clock: Any, visitor: Callable[[str], Visitor], monkeypatch: pytest.MonkeyPatch, hinted: bool
) -> None:
    if not hinted:
        # The hint may be lost: then the clock alone has to do it.
        monkeypatch.setattr(waiting_list.seats_freed, "_subscribers", [])
    # Given a cohort of one seat, which Robin has, and a waiting list: Ali, who cannot attend, then Siân.
    programme = factories.ProgrammeFactory(title="Leadership Circles", offers_onward=True)
    cohort = factories.CohortFactory(programme=programme, name="Spring", maximum=1)
    factories.SessionFactory(cohort=cohort)
    scenarios.confirmed(programme, email="robin@example.org", name="Robin")
    ali = scenarios.waitlisted(programme, email="ali@example.org", name="Ali")
    ali.preferences.update(rank=None, cannot_attend_reason="On leave.")
    scenarios.waitlisted(programme, email="sian@example.org", name="Siân")
    robin, siân = visitor("robin@example.org"), visitor("sian@example.org")
    steps.see_where_it_stands(siân, name="On the waiting list")
    assert siân.reads("Position on the waiting list Number 2 in the queue")

    # When Robin withdraws at night, and the portal's clocks go on until morning,
    clock.move_to(NIGHT)
    robin.open_mailed_link("/my/")
    robin.follow("Withdraw your application")
    robin.page.get_by_label("I want to withdraw my application").check()
    robin.press("Yes, withdraw my application")
    assert robin.reads("Your application is withdrawn.")
    clock.move_to(MORNING)
    call_command("run_jobs", once=True)

    # then Siân has an offer in her mailbox, by nobody's hand, and accepts it.
    assert siân.subjects()[-1].startswith("You are offered a place on Leadership Circles")
    change = Application.objects.get(email="sian@example.org").changes.get(action="offer")
    assert (change.actor, change.actor_user) == ("The portal", None)
    steps.see_where_it_stands(siân, name="Place offered")
    steps.accept_the_offer(siân)
    steps.see_where_it_stands(siân, name="Place confirmed")
    assert siân.page.get_by_text("Keep your calendar up to date by itself").is_visible()
    # Ali, before her on the list, was not asked for dates he cannot attend.
    assert visitor("ali@example.org").subjects()[-1].startswith("You are on the waiting list")
