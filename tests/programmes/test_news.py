"""Saying that one wants no more news of an academy: by the link in the mail, or by a press in the mail program."""

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from programmes.domain import letters, links, news, outbox
from programmes.models import Link, Message, NewsOptOut
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import text_of


@pytest.fixture
def mail(db):
    """News that waits to be sent."""
    programme = factories.ProgrammeFactory()
    application = scenarios.submitted(programme, email="Sam@example.org")
    Message.objects.all().delete()
    letter = factories.LetterFactory(programme=programme, kind="news", chosen=[application.about])
    reader = letters.Reader(
        application.about, application.pk, application.name, application.email, application.reference
    )
    letters.send(letter.pk, [reader], user=scenarios.reviewer_of(programme), now=NOW)
    return Message.objects.get()


def address(mail):
    return reverse("news_choice", args=[links.token_of(mail.unsubscribe)])


@pytest.fixture(autouse=True)
def noon():
    """The pages' clock stands where the mails' does."""
    with time_machine.travel(NOW, tick=False):
        yield


def test_news_carries_the_way_out_in_its_text_and_its_headers(mail, mailoutbox):
    outbox.send_due(NOW)

    sent = mailoutbox[0]
    mail.refresh_from_db()
    assert sent.extra_headers["List-Unsubscribe"] == f"<http://testserver{address(mail)}>"
    assert sent.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"If you want no more news: http://testserver{address(mail)}" in sent.body
    assert "If you want no more news: [link]" in mail.sent_text
    assert links.token_of(mail.unsubscribe) not in mail.sent_text


def test_looking_at_the_page_changes_nothing_and_its_button_does(client, mail):
    shown = text_of(client.get(address(mail)))
    before = NewsOptOut.objects.count()

    after = text_of(client.post(address(mail), {"choice": "none"}, follow=True))

    assert "sends news to Sam@example.org" in shown
    assert before == 0
    assert "does not send news to Sam@example.org." in after
    assert NewsOptOut.objects.get().email_key == "sam@example.org"


def test_somebody_can_change_their_mind(client, mail):
    client.post(address(mail), {"choice": "none"})

    shown = text_of(client.post(address(mail), {"choice": "news"}, follow=True))

    assert "sends news to Sam@example.org" in shown
    assert NewsOptOut.objects.count() == 0
    assert NewsOptOut.history.count() == 2


def test_a_mail_program_unsubscribes_with_one_press(mail):
    strict = Client(enforce_csrf_checks=True)

    first = strict.post(address(mail), {"List-Unsubscribe": "One-Click"})
    second = strict.post(address(mail), {"List-Unsubscribe": "One-Click"})

    assert (first.status_code, first.content.decode()) == (200, "You get no more news.")
    assert second.content.decode() == "You get no more news."
    assert NewsOptOut.objects.count() == 1


def test_a_gateway_that_only_looks_at_the_headers_opens_nothing(client, mail):
    answer = client.head(address(mail))

    assert (answer.status_code, NewsOptOut.objects.count()) == (405, 0)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("dead", ["revoked", "no academy", "nonsense"])
def test_a_link_that_opens_nothing_says_so(client, mail, dead):
    path = address(mail)
    if dead == "revoked":
        Link.objects.update(revoked_at=NOW)
    elif dead == "no academy":
        Link.objects.update(object_id=987654)
    else:
        path = reverse("news_choice", args=["x" * 43])

    answer = client.post(path, {"choice": "none"})

    assert answer.status_code == 404
    assert "This link no longer works" in text_of(answer)
    assert NewsOptOut.objects.count() == 0


def test_news_that_waits_is_not_sent_to_who_has_opted_out_meanwhile(mail, mailoutbox):
    news.opt_out(mail.unsubscribe, now=NOW)

    outbox.send_due(NOW)

    mail.refresh_from_db()
    assert mailoutbox == []
    assert (mail.status, mail.stopped_because) == ("discarded", "They asked not to get news.")


def test_an_empty_form_stops_no_news(client, mail):
    answer = client.post(address(mail))

    assert answer.headers["Location"] == address(mail)
    assert NewsOptOut.objects.count() == 0
