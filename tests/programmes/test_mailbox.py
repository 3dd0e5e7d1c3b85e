"""The mailbox of the demo: every mail with its live links, and no such page on a real server."""

import datetime
import re

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from programmes.domain import links, outbox
from programmes.models import Message
from programmes.views import mailbox
from tests.factories import NOW
from tests.support import mails

pytestmark = pytest.mark.django_db

FILE = {
    "name": "dates.ics",
    "type": "text/calendar",
    "text": "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n",
}
LIST = "/dev/mailbox/"


@pytest.fixture(autouse=True)
def _demo(settings):
    settings.DEBUG = True
    with time_machine.travel(NOW, tick=False):
        yield


def pages_of(message):
    return [
        LIST,
        f"{LIST}{message.pk}/",
        f"{LIST}{message.pk}/html/",
        f"{LIST}{message.pk}/attachments/1/",
    ]


def lines_of(client, query=""):
    """The subjects and standings in the list."""
    page = client.get(LIST + query).content.decode()
    subjects = re.findall(r'<a href="/dev/mailbox/\d+/">([^<]*)</a>', page)
    standings = re.findall(r'<strong class="nhsuk-tag[^"]*"\s*>\s*([^<]*?)\s*</', page)
    return list(zip(subjects, standings, strict=True))


def test_the_addresses_are_those_that_others_link_to():
    assert reverse("mailbox") == LIST
    assert reverse("mailbox_message", args=[3]) == "/dev/mailbox/3/"
    assert reverse("mailbox_html", args=[3]) == "/dev/mailbox/3/html/"


def test_without_debug_there_is_no_mailbox(client, settings):
    message = mails.message("confirmed", attachments=[FILE])
    settings.DEBUG = False

    for path in pages_of(message):
        for send in (client.get, client.head, client.post):
            response = send(path)
            assert response.status_code == 404
            assert b"Leadership Support Circles" not in response.content
    assert Message.objects.get().not_before > NOW


def test_every_page_says_who_may_open_it():
    views = (mailbox.mailbox, mailbox.mailbox_message, mailbox.mailbox_html, mailbox.mailbox_attachment)

    assert {view.access_rule for view in views} == {"anyone, only where DEBUG is on"}


def test_no_page_is_stored_and_looking_changes_nothing(client):
    message = mails.message("confirmed", attachments=[FILE])
    before = list(Message.objects.values())

    for path in pages_of(message):
        for send in (client.get, client.head):
            response = send(path)
            assert (response.status_code, response["Cache-Control"]) == (200, "no-store")

    assert list(Message.objects.values()) == before


def test_an_empty_mailbox_says_so(client):
    page = client.get(LIST).content.decode()

    assert "No email has been sent yet." in page
    assert "Send held emails now" not in page


def test_the_list_has_the_newest_first_with_its_standing(client):
    programme = mails.programme()
    earlier = NOW - datetime.timedelta(hours=1)
    sent = mails.message("received", programme=programme, now=earlier)
    outbox.send(sent.pk, now=earlier)
    mails.message("offer", programme=programme, now=NOW - datetime.timedelta(minutes=3, seconds=30))
    tried = mails.message("continue", programme=programme, now=earlier + datetime.timedelta(minutes=1))
    Message.objects.filter(pk=tried.pk).update(attempts=1, not_before=NOW + datetime.timedelta(minutes=1))
    mails.message("declined", programme=programme)
    failed = mails.message("lapsed", programme=programme, now=earlier + datetime.timedelta(minutes=2))
    Message.objects.filter(pk=failed.pk).update(status="failed")

    assert lines_of(client) == [
        ("You have declined the place on Leadership Support Circles (LSC-7K3QP)", "Waiting to be sent"),
        ("You are offered a place on Leadership Support Circles (LSC-7K3QP)", "Held: goes in 7 minutes"),
        ("The offer of a place on Leadership Support Circles has ended (LSC-7K3QP)", "Failed"),
        ("Continue your application to Leadership Support Circles", "Tried again: goes in 1 minute"),
        ("We have received your application to Leadership Support Circles (LSC-7K3QP)", "Sent"),
    ]


def test_mails_are_found_by_address(client):
    programme = mails.programme()
    mails.message("received", programme=programme, to_address="sian@example.org")
    mails.message("declined", programme=programme, to_address="morgan@example.org")

    found = lines_of(client, "?to=+MORGAN%00@")

    assert found == [
        ("You have declined the place on Leadership Support Circles (LSC-7K3QP)", "Waiting to be sent")
    ]
    assert "There are no emails to “&lt;nobody&gt;”." in client.get(LIST, {"to": "<nobody>"}).content.decode()


def test_a_long_mailbox_has_pages_that_keep_the_address(client):
    programme = mails.programme()
    for number in range(51):
        mails.message("received", programme=programme, occasion=str(number))

    assert len(lines_of(client)) == 50
    assert len(lines_of(client, "?page=2&to=sian")) == 1
    assert 'href="?page=2&amp;to=sian"' in client.get(LIST, {"to": "sian"}).content.decode()
    assert 'href="?page=1"' in client.get(LIST, {"page": "2"}).content.decode()
    assert len(lines_of(client, "?page=nonsense")) == 50


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_costs_the_same_queries_however_long(client, number, django_assert_num_queries):
    for occasion in range(number):
        mails.message(
            "received", occasion=str(occasion), programme=mails.programme(academy__name=f"A {occasion}")
        )

    with django_assert_num_queries(4):
        assert len(lines_of(client)) == number


def test_held_mails_can_be_sent_now(client):
    message = mails.message("offer")
    assert "Send held emails now" in client.get(LIST).content.decode()

    response = client.post(f"{LIST}?to=sian", follow=True)

    assert response.redirect_chain == [(f"{LIST}?to=sian", 302)]
    assert "1 email sent." in response.content.decode()
    assert Message.objects.get(pk=message.pk).status == "sent"
    assert [sent.subject for sent in mail.outbox] == [
        "You are offered a place on Leadership Support Circles (LSC-7K3QP)"
    ]


def test_held_mails_are_not_sent_by_another_site():
    mails.message("offer")

    assert Client(enforce_csrf_checks=True).post(LIST).status_code == 403
    assert Message.objects.get().status == "queued"


def test_a_mail_shows_its_text_with_live_links(client):
    message = mails.message("received", to_name="<script>alert(1)</script>")
    address = links.address_of(message.link)

    page = client.get(f"{LIST}{message.pk}/").content.decode()

    assert f'<a href="{address}" rel="noopener">{address}</a>' in page
    assert "Dear &lt;script&gt;alert(1)&lt;/script&gt;," in page
    assert "<script>alert" not in page
    assert f'src="/dev/mailbox/{message.pk}/html/"' in page


def test_a_mail_shows_what_went_wrong(client):
    message = mails.message("received")
    Message.objects.update(status="failed", last_error="SMTPRecipientsRefused: no such <user>")

    page = client.get(f"{LIST}{message.pk}/").content.decode()

    assert "SMTPRecipientsRefused: no such &lt;user&gt;" in page


def test_a_mail_whose_key_is_gone_shows_what_was_kept(client, settings):
    message = mails.message("received")
    outbox.send(message.pk, now=NOW)
    settings.LINK_KEYS = ["another"]

    page = client.get(f"{LIST}{message.pk}/").content.decode()

    assert "The key that its link was made with is no longer in use" in page
    assert "Thank you for applying to Leadership Support Circles." in page
    assert "[link]" in page


def test_the_html_part_is_served_for_a_frame_that_can_do_nothing(client):
    message = mails.message("received")

    response = client.get(f"{LIST}{message.pk}/html/")

    policy = dict(part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'none'"
    assert policy["style-src"] == "'unsafe-inline'"
    assert policy["frame-ancestors"] == "'self'"
    assert policy["sandbox"] == "allow-top-navigation-by-user-activation"
    assert response["X-Frame-Options"] == "SAMEORIGIN"
    assert '<head><base target="_top">' in response.content.decode()
    assert links.address_of(message.link) in response.content.decode()


def test_only_the_page_of_a_mail_may_hold_a_frame(client):
    message = mails.message("received")

    assert "frame-src 'self'" in client.get(f"{LIST}{message.pk}/")["Content-Security-Policy"]
    assert "frame-src" not in client.get(LIST)["Content-Security-Policy"]
    assert "unsafe-inline" not in client.get(f"{LIST}{message.pk}/")["Content-Security-Policy"]


def test_what_is_attached_can_be_downloaded(client):
    message = mails.message("confirmed", attachments=[FILE])
    path = f"{LIST}{message.pk}/attachments/1/"

    page = client.get(f"{LIST}{message.pk}/").content.decode()
    response = client.get(path)

    assert f'<a href="{path}" download>dates.ics</a>' in page
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert response["Content-Disposition"] == 'attachment; filename="dates.ics"'
    assert response.content.decode() == FILE["text"]


@pytest.mark.parametrize(
    "path", ["99/", "99/html/", "99/attachments/1/", "{pk}/attachments/2/", "{pk}/attachments/0/"]
)
def test_what_is_not_there_is_not_found(client, path):
    message = mails.message("confirmed", attachments=[FILE])

    response = client.get(LIST + path.format(pk=message.pk))

    assert response.status_code == 404
    assert b"BEGIN:VCALENDAR" not in response.content
