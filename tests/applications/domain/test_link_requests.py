"""Links asked for: the wish is kept until its mail is queued, and is done once, whoever finds it."""

import datetime

import pytest
import time_machine

from applications.domain import link_requests, starting
from applications.models import Application, LinkRequest, NominationLead
from applications.tasks import send_links_asked_for
from programmes.domain import announcements, links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MINUTE = datetime.timedelta(minutes=1)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory()


def lead_of(programme, email):
    allowance = factories.NominationAllowanceFactory(programme=programme)
    return NominationLead.objects.create(
        allowance=allowance, name="Lee Lead", email=email, invited_at=NOW, last_sent_at=NOW
    )


def told():
    return list(Message.objects.order_by("pk").values_list("event", "to_address"))


def test_a_wish_to_begin_is_fulfilled_once(programme):
    criterion = factories.CriterionFactory(programme=programme, key="online", statement="Confident online")
    request = link_requests.to_start(programme, email="Sam@example.org", answers={"online": True}, now=NOW)

    done = [link_requests.fulfil(request.pk), link_requests.fulfil(request.pk)]
    # Somebody who read the wish before finds it done.
    done.append(link_requests.fulfil_noted(request))

    application = Application.objects.get()
    assert done == [True, False, False]
    assert (application.email, application.created_at) == ("Sam@example.org", NOW)
    assert [(one.criterion, one.met) for one in application.criterion_answers.all()] == [(criterion, True)]
    assert told() == [("continue", "Sam@example.org")]
    assert LinkRequest.objects.count() == 0


def test_a_wish_left_undone_is_found_by_the_clock_though_the_programme_has_closed_since(programme):
    programme.closes_at = NOW + MINUTE
    programme.save()
    link_requests.to_start(programme, email="sam@example.org", answers={}, now=NOW)

    with time_machine.travel(NOW + 2 * MINUTE, tick=False):
        done = [send_links_asked_for(), send_links_asked_for()]

    assert done == [1, 0]
    assert told() == [("continue", "sam@example.org")]


def test_a_wish_that_the_criteria_no_longer_allow_is_dropped_and_logged(programme, caplog):
    request = link_requests.to_start(programme, email="sam@example.org", answers={}, now=NOW)
    factories.CriterionFactory(programme=programme, key="online")

    assert link_requests.fulfil(request.pk) is True

    assert (Application.objects.count(), LinkRequest.objects.count(), told()) == (0, 0, [])
    assert "A link that was asked for is not sent: NotEligible" in caplog.messages
    assert "sam@example.org" not in caplog.text


def test_a_wish_for_all_links_reaches_applications_and_boards_and_nobody_unknown(programme):
    scenarios.started(programme, "sam@example.org")
    lead_of(programme, "sam@example.org")
    Message.objects.all().delete()
    for address in ("SAM@example.org", "nobody@example.org"):
        link_requests.for_all(address, now=NOW + 5 * MINUTE)

    assert link_requests.fulfil_left(NOW + 6 * MINUTE) == 2

    assert sorted(event for event, _ in told()) == ["board_link", "link_again"]
    assert {address for _, address in told()} == {"sam@example.org"}


def test_a_wish_for_a_fresh_link_keeps_no_link(programme):
    application = scenarios.started(programme, "sam@example.org")
    old = links.mint(Link.Opens.APPLICATION, application.pk, sent_to="sam@example.org", now=NOW)
    token = links.token_of(old)
    Message.objects.all().delete()

    request = link_requests.for_fresh(Link.Opens.APPLICATION, token, now=NOW + 5 * MINUTE)

    assert [value for value in vars(request).values() if value == token] == []
    assert link_requests.fulfil(request.pk) is True
    assert told() == [("link_again", "sam@example.org")]


@pytest.mark.parametrize("opens", [Link.Opens.APPLICATION, Link.Opens.NEWS])
def test_a_wish_in_place_of_a_link_that_never_was_is_done_by_doing_nothing(opens):
    request = link_requests.for_fresh(opens, "x" * 43, now=NOW)

    assert (link_requests.fulfil(request.pk), told(), LinkRequest.objects.count()) == (True, [], 0)


def test_a_wish_for_a_fresh_link_to_a_board_reaches_its_lead(programme):
    lead = lead_of(programme, "lee@example.org")
    old = links.mint(Link.Opens.BOARD, lead.pk, sent_to=lead.email, now=NOW)

    request = link_requests.for_fresh(Link.Opens.BOARD, links.token_of(old), now=NOW + 5 * MINUTE)

    assert link_requests.fulfil(request.pk) is True
    assert told() == [("board_link", "lee@example.org")]


def test_a_wish_for_a_fresh_link_to_what_another_app_keeps_is_announced_to_it(programme, monkeypatch):
    link = links.mint(Link.Opens.NEWS, programme.academy_id, sent_to="sam@example.org", now=NOW)
    heard = []
    # In place of the app that keeps it, which answers by a mail of its own.
    monkeypatch.setattr(
        announcements.fresh_link_asked_for, "_subscribers", [lambda *what: heard.append(what)]
    )

    link_requests.fulfil(link_requests.for_fresh(Link.Opens.NEWS, links.token_of(link), now=NOW).pk)

    assert heard == [(link, NOW)]


def test_one_that_fails_holds_up_no_other_and_is_given_up_after_a_day(programme, monkeypatch, caplog):
    # Nothing that somebody asks for makes the verb fail: a fault in it is staged.
    def broken(email, *, now):
        raise RuntimeError("A fault of ours")

    monkeypatch.setattr(starting, "send_links_to", broken)
    link_requests.for_all("sam@example.org", now=NOW)
    link_requests.to_start(programme, email="ada@example.org", answers={}, now=NOW)

    first = link_requests.fulfil_left(NOW + MINUTE)
    left = LinkRequest.objects.count()
    link_requests.fulfil_left(NOW + datetime.timedelta(days=1, minutes=1))

    assert (first, left) == (1, 1)
    assert told() == [("continue", "ada@example.org")]
    assert LinkRequest.objects.count() == 0
    assert caplog.messages.count("A link that was asked for could not be sent; it is tried again.") == 2
    assert caplog.messages[-1] == "1 links that were asked for have been given up after a day."


def test_a_wish_says_what_it_is_and_not_whose(programme):
    request = link_requests.for_all("sam@example.org", now=NOW)

    assert str(request) == f"All links of an address, asked for on {NOW:%d %B %Y}"
