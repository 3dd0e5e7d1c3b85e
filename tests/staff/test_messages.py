"""The outbox as staff read it."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import reviews
from programmes.domain import links, outbox
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of

LIST = reverse("admin:programmes_message_changelist")


def page_of(message):
    return reverse("admin:programmes_message_change", args=[message.pk])


@pytest.fixture
def receipt(desk):
    scenarios.submitted(desk.programme, email="sam@example.org")
    return Message.objects.get(event="received")


def test_the_list_says_what_went_to_whom_and_what_became_of_it(desk, reviewer, receipt):
    Message.objects.filter(pk=receipt.pk).update(status="failed", last_error="550 no such person")

    rows = text_of(reviewer.get(LIST, {"status__exact": "failed"}))

    application = scenarios.Application.objects.get()
    assert "1 message" in rows
    assert (
        f"5 October 2026, 13:00 Receipt Sam Applicant, sam@example.org {application.reference} LSC "
        "Failed 550 no such person"
    ) in rows


def test_the_list_is_searched_by_reader(desk, reviewer, receipt):
    scenarios.submitted(desk.programme, email="other@example.org")

    found = reviewer.get(LIST, {"q": "sam@"}).context["cl"].result_list

    assert {message.to_address for message in found} == {"sam@example.org"}


def test_a_mail_that_was_sent_is_read_as_it_went_without_its_link(desk, reviewer, receipt):
    outbox.send(receipt.pk, now=NOW)
    receipt.refresh_from_db()

    response = reviewer.get(page_of(receipt))

    assert section(response, "text") == " ".join(f"{receipt.subject} {receipt.sent_text}".split())
    assert "Sent 5 October 2026 at 13:00" in text_of(response)
    assert "/my/" not in response.content.decode()


def test_a_mail_that_waits_is_read_as_it_would_go(desk, reviewer, receipt):
    response = reviewer.get(page_of(receipt))

    assert "Dear Sam Applicant," in section(response, "text")
    assert "[link]" in section(response, "text")
    assert links.address_of(receipt.link) not in response.content.decode()


def test_a_mail_whose_link_cannot_be_made_any_more_says_so(desk, reviewer, receipt, settings):
    settings.LINK_KEYS = ["another key"]

    response = reviewer.get(page_of(receipt))

    assert section(response, "text") == (
        "Receipt This mail cannot be shown or sent: the key of its link is gone."
    )


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"not_before": NOW + datetime.timedelta(minutes=9, seconds=1)}, "Held for 10 more minutes"),
        ({"not_before": NOW + datetime.timedelta(minutes=1)}, "Held for 1 more minute"),
        (
            {"not_before": NOW + datetime.timedelta(minutes=5), "attempts": 2},
            "Tried 2 times, again in 5 minutes",
        ),
        ({}, "Waiting to be sent"),
        ({"status": "discarded"}, "Taken back before it was sent"),
    ],
)
def test_the_status_says_what_happens_next(desk, reviewer, receipt, values, status):
    Message.objects.filter(pk=receipt.pk).update(**values)

    response = reviewer.get(page_of(receipt))

    assert response.context["status"] == status


def test_a_mail_that_failed_is_sent_again(desk, reviewer, receipt, mailoutbox):
    Message.objects.filter(pk=receipt.pk).update(status="failed", attempts=6, last_error="421 busy")

    page = reviewer.get(page_of(receipt))
    again = reverse("admin:programmes_message_again", args=[receipt.pk])
    response = reviewer.post(again, follow=True)
    outbox.send_due(NOW)

    receipt.refresh_from_db()
    assert page.context["may_send_again"] is True
    assert messages_of(response) == ["The mail to sam@example.org is sent again."]
    assert (receipt.status, receipt.attempts) == ("sent", 1)
    assert [mail.to for mail in mailoutbox if "received" in mail.subject] == [
        ["Sam Applicant <sam@example.org>"]
    ]


def test_a_mail_that_did_not_fail_is_not_sent_again(desk, reviewer, receipt):
    again = reverse("admin:programmes_message_again", args=[receipt.pk])

    page = reviewer.get(again)
    reviewer.post(again)

    receipt.refresh_from_db()
    assert "This mail has not failed: waiting to be sent." in text_of(page)
    assert (receipt.status, receipt.attempts) == ("queued", 0)


def test_nothing_is_written_on_a_mails_page(desk, reviewer, receipt):
    answer = reviewer.post(page_of(receipt), {"to_address": "other@example.org"})

    receipt.refresh_from_db()
    assert answer.status_code == 403
    assert receipt.to_address == "sam@example.org"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(desk, reviewer, rows, django_assert_num_queries):
    for _ in range(rows):
        application = scenarios.submitted(desk.programme)
        reviews.shortlist(application.pk, user=desk.staff["reviewer"], now=NOW)
    Message.objects.exclude(event="received").delete()
    reviewer.get(LIST)

    with django_assert_num_queries(7):
        response = reviewer.get(LIST)

    assert len(response.context["cl"].result_list) == rows


def test_mails_of_another_academy_are_not_read(desk, receipt):
    factories.ProgrammeFactory()
    outsider = desk.client("outsider")

    assert list(outsider.get(LIST).context["cl"].result_list) == []
    assert outsider.get(page_of(receipt)).status_code == 404
