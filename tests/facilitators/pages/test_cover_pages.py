"""Cover on the facilitators' own pages: asked for in one step, answered by link, decided where nobody is found."""

import datetime
import re
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilitators.domain.calendar import circles
from facilitators.domain.covering import cover
from facilitators.domain.people import register
from facilitators.models import CoverRequest
from programmes.domain import links, rendering
from programmes.models import Message
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import fresh, plan
from tests.facilitators.covering import asked, asker, colleague, home, leading, led_circle, wanted
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def circle(db):
    return led_circle()


@pytest.fixture
def near(circle):
    return colleague(circle, "Near Neighbour", ics=home(circle))


def door(training):
    return f"/facilitator/{links.token_of(register.link_for(training.facilitator, now=NOW))}/"


def page_of(circle, training=None):
    return f"{door(training or asker(circle))}circles/{circle.reference}/cover/"


def text_of(response):
    body = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def buttons(response):
    body = response.content.decode().partition("<main")[2]
    found = re.findall(r"<button[^>]*>(.*?)</button>", body, re.DOTALL)
    return [re.sub(r"<[^>]+>", "", one).strip() for one in found]


def with_colleague(circle, name="Cora Colead"):
    co_lead = colleague(circle, name, ics=None)
    fay = asker(circle)
    circles.change(circle.pk, plan(fay), leads=[fay.pk, co_lead.pk], by="Staff", now=NOW)
    return co_lead


# Whoever asks.
def test_cover_is_asked_for_in_one_step(client, circle, near):
    page = page_of(circle)

    looked = client.get(page)
    response = client.post(page, {"do": "ask", "reason": "A funeral", "sure": "on"}, follow=True)

    assert CoverRequest.objects.get().reason == "A funeral"
    assert asked(CoverRequest.objects.get()) == {"Near Neighbour": "none"}
    assert buttons(looked) == ["Ask for cover"]
    assert "If nobody is found by 9am on 1 November 2026" in text_of(looked)
    assert "Others are asked whether they can lead the circle." in response.content.decode()
    assert "You asked for cover. 1 facilitator was asked so far." in text_of(response)
    assert buttons(response) == ["I can come after all"]


def test_a_circle_that_one_leads_has_the_way_to_ask(client, circle):
    response = client.get(f"{door(asker(circle))}circles/{circle.reference}/")

    assert f"circles/{circle.reference}/cover/" in response.content.decode()


def test_with_nobody_to_ask_the_page_says_so_and_what_can_be_done(client, circle):
    response = client.post(page_of(circle), {"do": "ask", "reason": "", "sure": "on"}, follow=True)

    assert "There is nobody whom we could ask." in response.content.decode()
    assert "Nobody was found to lead the circle instead of you." in text_of(response)
    for way in ("change", "cancel"):
        assert f"circles/{circle.reference}/{way}/" in response.content.decode()


def test_whoever_asked_can_come_after_all(client, circle, near):
    request = wanted(circle)
    page = page_of(circle)

    response = client.post(page, {"do": "withdraw", "request": request.pk, "sure": "on"}, follow=True)

    assert fresh(request).state == "withdrawn"
    assert "You lead the circle after all." in response.content.decode()
    assert buttons(response) == ["Ask for cover"]


def test_a_reason_that_is_too_long_is_kept_in_the_form(client, circle, near):
    response = client.post(page_of(circle), {"do": "ask", "reason": "x" * 301, "sure": "on"})

    assert CoverRequest.objects.count() == 0
    assert "x" * 301 in response.content.decode()


def test_asking_twice_is_said_kindly(client, circle, near):
    wanted(circle)

    response = client.post(page_of(circle), {"do": "ask", "reason": "", "sure": "on"}, follow=True)

    assert "You have asked for cover for this circle already." in response.content.decode()
    assert CoverRequest.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{}, {"do": "dance"}, {"do": "withdraw"}, {"do": "without", "request": "9" * 30}]
)
def test_what_means_nothing_is_not_there(client, circle, near, sent):
    request = wanted(circle)

    response = client.post(page_of(circle), sent)

    assert (response.status_code, fresh(request).state) == (404, "open")


def test_nobody_goes_on_without_themselves(client, circle, near):
    with_colleague(circle)
    request = wanted(circle)

    response = client.post(page_of(circle), {"do": "without", "request": request.pk})

    assert (response.status_code, fresh(request).state) == (404, "open")


def test_a_circle_that_has_begun_is_not_asked_about(client, circle):
    with time_machine.travel(circle.starts_at, tick=False):
        response = client.get(page_of(circle))

    assert "nobody is looked for" in text_of(response)
    assert buttons(response) == []


def test_somebody_elses_circle_is_not_there(client, circle, near):
    assert client.get(page_of(circle, near)).status_code == 404


# The others who lead it.
def test_a_co_lead_goes_on_without_once_nobody_was_found(client, circle):
    co_lead = with_colleague(circle)
    request = wanted(circle)
    page = page_of(circle, co_lead)

    looked = client.get(page)
    response = client.post(page, {"do": "without", "request": request.pk, "sure": "on"}, follow=True)

    assert "Fay Facilitator cannot come Nobody was found to lead it instead." in text_of(looked)
    assert buttons(looked) == ["Lead it without Fay Facilitator", "Ask for cover"]
    assert leading(circle) == ["Cora Colead"]
    assert "The circle is led without your colleague" in response.content.decode()


def test_a_co_lead_reads_that_others_are_asked(client, circle, near):
    co_lead = with_colleague(circle)
    circle.programme.facilitation.facilitators_at_least = 2
    circle.programme.facilitation.save()
    wanted(circle, reason="A private matter")

    response = client.get(page_of(circle, co_lead))

    assert "Others are asked whether they can lead it instead" in text_of(response)
    assert (
        "The circle cannot be led without Fay Facilitator. A circle of this programme has at least 2"
        in text_of(response)
    )
    assert "A private matter" not in response.content.decode()
    assert buttons(response) == ["Ask for cover"]


# Those who are asked.
def test_the_link_of_the_mail_opens_the_question(client, circle, near):
    wanted(circle, reason="A private matter")
    mail = rendering.render(Message.objects.get(event="cover_wanted"))
    address = re.search(r"http\S+/cover/\d+/", mail.text)[0]

    response = client.get("/" + address.partition("//")[2].partition("/")[2])

    assert "Cover for Fay Facilitator Can you lead this circle?" in text_of(response)
    assert "When Tuesday 3 November 2026, 9am to 11am" in text_of(response)
    assert "A private matter" not in response.content.decode()
    assert buttons(response) == ["Send your answer"]
    assert asked(CoverRequest.objects.get()) == {"Near Neighbour": "none"}


def test_yes_leads_to_the_circle(client, circle, near):
    request = wanted(circle)
    page = f"{door(near)}cover/{request.pk}/"

    response = client.post(page, {"answer": "yes"}, follow=True)

    assert leading(circle) == ["Near Neighbour"]
    assert "Thank you. You lead this circle." in response.content.decode()
    assert response.redirect_chain[0][0].endswith(f"circles/{circle.reference}/")
    assert "You lead this circle. Open the circle" in text_of(client.get(page))
    assert buttons(client.get(page)) == []


def test_the_second_yes_is_thanked(client, circle, near):
    other = colleague(circle, "Nell Near", ics=home(circle))
    request = wanted(circle)
    cover.accept(request.pk, near.pk, now=NOW)

    response = client.post(f"{door(other)}cover/{request.pk}/", {"answer": "yes"}, follow=True)

    assert "Thank you. Somebody else was a little sooner, and leads the circle." in response.content.decode()
    assert "Somebody else leads this circle now." in text_of(response)
    assert leading(circle) == ["Near Neighbour"]


def test_no_can_be_changed_to_yes(client, circle, near):
    colleague(circle, "Nell Near", ics=home(circle))
    request = wanted(circle)

    response = client.post(f"{door(near)}cover/{request.pk}/", {"answer": "no"}, follow=True)

    assert "Thank you for telling us." in response.content.decode()
    assert "You said that you cannot." in text_of(response)
    assert buttons(response) == ["Send your answer"]


@pytest.mark.parametrize("sent", [{}, {"answer": "maybe"}])
def test_without_an_answer_nothing_is_kept(client, circle, near, sent):
    request = wanted(circle)

    response = client.post(f"{door(near)}cover/{request.pk}/", sent, follow=True)

    assert "Choose whether you can lead the circle" in text_of(response)
    assert asked(request) == {"Near Neighbour": "none"}


def test_a_withdrawn_request_asks_nothing(client, circle, near):
    request = wanted(circle)
    cover.withdraw(request.pk, user=None, now=NOW)
    page = f"{door(near)}cover/{request.pk}/"

    response = client.post(page, {"answer": "yes"}, follow=True)

    assert "the request was withdrawn" in response.content.decode()
    assert "Nobody is looked for any more. There is nothing more for you to do." in text_of(response)
    assert buttons(response) == []


def test_who_was_not_asked_sees_nothing(client, circle, near):
    request = wanted(circle)
    other = colleague(circle, "Nell Near", ics=None)

    assert client.get(f"{door(other)}cover/{request.pk}/").status_code == 404


def test_the_facilitators_page_shows_cover_wanted_and_asked_for(client, circle, near):
    request = wanted(circle)

    theirs, own = client.get(door(near)), client.get(door(asker(circle)))
    cover.withdraw(request.pk, user=None, now=NOW)
    after = client.get(door(near))

    assert "Can you lead one of these? Hybrid working , Tuesday 3 November 2026" in text_of(theirs)
    assert "You asked for cover Hybrid working , Tuesday 3 November 2026, 9am to 11am Looking" in text_of(own)
    assert "Can you lead one of these?" not in text_of(after)


def test_the_facilitators_page_asks_as_often_however_many_are_wanted(client, circle, near):
    page = door(near)

    def queries():
        with CaptureQueriesContext(connection) as captured:
            client.get(page)
        return len(captured)

    wanted(circle)
    queries()
    before = queries()
    for hours in (3, 6):
        starts = world.STARTS + datetime.timedelta(hours=hours)
        wanted(world.circle(asker(circle), starts_at=starts))

    assert queries() == before
