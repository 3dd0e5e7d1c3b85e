"""A program that opens the pages of a mail and presses what it finds there decides nothing, on any page behind a link.

Every address behind an emailed link is tried, in every state that the crawl's world knows of it, and those that this
world does not reach besides. What a press may do is written down below; all else has to leave every row as it was.
"""

from __future__ import annotations

import datetime

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from applications.models import AccessNeeds
from cohorts.domain import access_needs
from facilitators.models import Booking
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.applications.pages.visits import errors
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import WorldTestCase
from tests.facilitators.covering import asked, colleague, home, led_circle, wanted
from tests.factories import NOW
from tests.security.pressing import buttons
from tests.support.rows import everything_stored

# What a bare press may do, page by page. Nothing of it is a decision: links go to the reader's own address, and forms
# of several boxes keep what they show, as it was typed before.
SENDS_A_LINK = {"Send me the link again", "Send a fresh link"}
KEEPS_WHAT_IT_SHOWS = {
    "Save",
    "Save and continue",
    "Save and come back later",
    "Save changes",
    "Save as a draft",
}
# RFC 8058 wants this to be one press; the next takes it back.
STOPS_NEWS = {"Stop getting news"}
# The second step of two: the page shows everything, and is led to from the page that a mail opens. It can be withdrawn,
# and changed until the deadline. An empty form does not submit.
SUBMITS = {"Submit your application"}
# What is fetched is noted, as in any list of downloads; the copyright was agreed to before.
FETCHES = ("Download ",)
MAY = SENDS_A_LINK | KEEPS_WHAT_IT_SHOWS | STOPS_NEWS | SUBMITS


def may(words: str) -> bool:
    return words in MAY or words.startswith(FETCHES)


@pytest.mark.either
class PressedTests(WorldTestCase):
    def addresses(self):
        return [
            pattern.filled(values)
            for pattern in patterns()
            if "<str:token>" in pattern.text
            for values in fillings(pattern, self.world)
        ]

    def test_a_form_with_nothing_in_it_changes_nothing_at_any_address_of_a_link(self):
        """Also where it has the token of a form: what is looked at here comes after that."""
        addresses = [address for address in self.addresses() if not address.startswith("/link-again/")]
        before = everything_stored()

        for address in addresses:
            Client().post(address)

        after = everything_stored()
        # That a file was fetched is noted; nothing is decided by it.
        assert [table for table in after if after[table] != before[table]] == ["facilitators.Download"]
        assert len(addresses) > 250

    def test_pressing_every_button_of_every_page_behind_a_link_decides_nothing(self):
        did, number = {}, 0
        addresses = self.addresses()
        before = everything_stored()
        for address in addresses:
            page = Client().get(address)
            if page.status_code != 200 or "html" not in page.headers["Content-Type"]:
                continue
            for words, where, sent in buttons(page.content.decode(), address):
                number += 1
                if may(words):
                    continue
                with transaction.atomic():
                    Client().post(where, sent)
                    if everything_stored() != before:
                        did[words] = address
                    transaction.set_rollback(True)

        assert did == {}
        assert number > 120


def pressed(address):
    """Send an empty form to a page, and press each of its buttons; return the words on them."""
    found = list(buttons(Client().get(address).content.decode(), address))
    for where, sent in [(address, {}), *((where, sent) for _, where, sent in found)]:
        Client().post(where, sent)
    return [words for words, _, _ in found]


def page_of(opens, key, rest=""):
    token = links.token_of(links.mint(opens, key, sent_to="a@example.org", now=NOW))
    return f"/{opens.value}/{token}/{rest}"


@pytest.fixture
def at_noon(db):
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_a_free_place_in_a_circle_is_not_taken_by_a_press(at_noon):
    circle = factories.CircleFactory(minimum=1, starts_at=NOW + datetime.timedelta(hours=1))
    booking = factories.BookingFactory(circle=circle, state="waiting", seat_number=None, seated_at=None)
    address = page_of(Link.Opens.BOOKING, booking.pk)
    before = everything_stored()

    assert pressed(address) == ["Take the place"]
    assert everything_stored() == before
    Client().post(address, {"sure": "on"})
    assert Booking.objects.get().state == "booked"


def test_a_colleague_is_not_left_out_of_a_circle_by_a_press(at_noon):
    circle = led_circle()
    co_lead = colleague(circle, "Cora Colead", ics=None)
    circle.leads.create(training=co_lead, added_at=NOW)
    wanted(circle)
    address = page_of(Link.Opens.FACILITATOR, co_lead.facilitator_id, f"circles/{circle.reference}/cover/")
    before = everything_stored()

    assert pressed(address) == ["Lead it without Fay Facilitator", "Ask for cover"]
    assert everything_stored() == before


def test_what_somebody_needs_is_not_erased_by_a_press(at_noon):
    application = scenarios.submitted(factories.ProgrammeFactory(asks_access_needs="always"))
    access_needs.say(application.pk, access_needs.Needs(access="A step-free way in"), now=NOW)
    token = links.token_of(
        links.mint(Link.Opens.APPLICATION, application.pk, sent_to="sam@example.org", now=NOW)
    )

    assert pressed(f"/my/{token}/needs/") == ["Save changes", "Erase it"]
    assert AccessNeeds.objects.get().access == "A step-free way in"


@pytest.mark.parametrize("page", ["withdraw/", "calendar/"])
def test_who_forgets_the_tick_is_told_what_to_do_and_keeps_what_was_typed(at_noon, page):
    programme = factories.ProgrammeFactory()
    factories.SessionFactory(cohort=factories.CohortFactory(programme=programme))
    application = scenarios.confirmed(programme)
    token = links.token_of(
        links.mint(Link.Opens.APPLICATION, application.pk, sent_to="sam@example.org", now=NOW)
    )

    answer = Client().post(f"/my/{token}/{page}", {"reason": "I am moving away."})

    (error,) = errors(answer)
    assert error.startswith("Tick the box if that is what you want: “I want ")
    assert ("I am moving away." in answer.content.decode()) == (page == "withdraw/")
    application.refresh_from_db()
    assert application.state == "confirmed"


def test_who_forgets_to_choose_whether_they_lead_a_circle_is_told_so(at_noon):
    circle = led_circle()
    near = colleague(circle, "Near Neighbour", ics=home(circle))
    request = wanted(circle)
    address = page_of(Link.Opens.FACILITATOR, near.facilitator_id, f"cover/{request.pk}/")

    assert errors(Client().post(address)) == ["Choose whether you can lead the circle"]


def test_a_box_that_was_forgotten_is_named_beside_its_button(at_noon):
    circle = led_circle()
    near = colleague(circle, "Near Neighbour", ics=home(circle))
    request = wanted(circle)
    asker = circle.leads.get().training.facilitator_id
    address = page_of(Link.Opens.FACILITATOR, asker, f"circles/{circle.reference}/cover/")

    answer = Client().post(address, {"do": "withdraw", "request": request.pk})

    assert errors(answer) == ["Tick the box if that is what you want: “I can come after all”"]
    assert f'href="#id_withdraw_{request.pk}_sure"' in answer.content.decode()
    assert f'id="id_withdraw_{request.pk}_sure"' in answer.content.decode()
    assert asked(request) == {near.facilitator.name: "none"}
