"""Nobody learns from an answer, or from the work it takes, whether an address or a reference is known."""

import datetime
import json
import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from applications.domain import nomination_leads
from applications.models import Application
from facilitators.models import Booking
from programmes.domain import links
from programmes.models import Link, Message
from programmes.views.gate import sign
from tests import factories, scenarios
from tests.factories import NOW
from tests.support.rows import everything_stored

pytestmark = pytest.mark.django_db

# What is asked for is noted, alike for everybody; all else is done afterwards.
NOTED = 'INSERT INTO "applications_linkrequest"'


def asked_of_the_database(address, typed):
    """What a form's view asks before its answer leaves, and the answer; afterwards the rest is done as well."""
    request = RequestFactory().post(address, typed)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        match = resolve(address.partition("?")[0])
        response = match.func(request, *match.args, **match.kwargs)
    for close in response._resource_closers:
        close()
    # What is noted differs by the address that was typed, and not by what there is to it.
    asked = [re.sub(r"VALUES \(.*\)", "VALUES (…)", query["sql"]) for query in queries]
    return asked, (
        response.status_code,
        dict(response.headers),
        response.content,
    )


def test_asking_for_ones_links_is_the_same_work_and_the_same_answer_for_everybody():
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.submitted(programme, email="sam@example.org")
    manager = application.approvals.pending().get().email

    found = {
        address: asked_of_the_database("/link-again/", {"email": address})
        for address in ("nobody@example.org", "sam@example.org", manager)
    }

    assert found["nobody@example.org"] == found["sam@example.org"] == found[manager]
    assert [statement.startswith(NOTED) for statement in found["sam@example.org"][0]] == [True]
    sent = Message.objects.filter(event__in=["link_again", "approval_chaser"])
    assert {mail.to_address for mail in sent} == {"sam@example.org", manager}


def test_starting_is_the_same_work_and_the_same_answer_for_a_known_address():
    programme = factories.ProgrammeFactory()
    with time_machine.travel(NOW, tick=False):
        scenarios.started(programme, "sam@example.org")
        address = f"/programmes/{programme.slug}/start/?{urlencode({'answers': sign(programme, {})})}"

        unknown, known, again = (
            asked_of_the_database(address, {"email": email})
            for email in ("nobody@example.org", "sam@example.org", "sam@example.org")
        )

    assert unknown == known == again
    (noted,) = [statement for statement in known[0] if not statement.startswith("SELECT")]
    assert noted.startswith(NOTED)
    assert {mail.to_address for mail in Message.objects.filter(event="continue")} >= {"nobody@example.org"}
    assert [mail.to_address for mail in Message.objects.filter(event="link_again")] == ["sam@example.org"]


def test_booking_a_circle_is_the_same_work_and_the_same_answer_for_a_known_address():
    """Here something is kept before the answer leaves; for a known address the same is done, and taken back."""
    circle = factories.CircleFactory()
    ics = factories.IntegratedCareSystemFactory()
    typed = {"name": "Sam Smith", "ics": ics.code, "organisation_name": "A hospice", "sector": "charity"}
    address = f"/circles/{circle.reference}/"
    with time_machine.travel(NOW, tick=False):
        first, known, again, unknown = (
            asked_of_the_database(address, typed | {"email": email})
            for email in ("sam@example.org", "sam@example.org", "SAM@example.org", "nobody@example.org")
        )

    assert first[1] == known[1] == again[1] == unknown[1]
    assert shapes(known[0]) == shapes(again[0]) == shapes(unknown[0])
    assert any(statement.startswith("INSERT") for statement in unknown[0])
    assert [booking.email for booking in Booking.objects.order_by("pk")] == [
        "sam@example.org",
        "nobody@example.org",
    ]
    mails = Message.objects.filter(event__startswith="booking_").order_by("pk")
    assert {mail.to_address for mail in mails} == {"sam@example.org", "nobody@example.org"}


def shapes(statements):
    """What was asked of the database without the values; to undo to a point in a transaction touches no row."""
    without = (re.sub(r"'(?:[^']|'')*'|X'[0-9a-f]*'|\bs\d+_x\d+\b|\b\d+\b", "…", one) for one in statements)
    return [one for one in without if not one.startswith("ROLLBACK TO SAVEPOINT")]


@pytest.mark.parametrize("opens", Link.Opens.values)
def test_a_fresh_link_is_the_same_work_and_the_same_answer_whether_or_not_there_was_one(opens):
    application = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")
    link = links.mint(Link.Opens(opens), application.pk, sent_to="sam@example.org", now=NOW)

    known = asked_of_the_database(f"/link-again/{opens}/{links.token_of(link)}/", {})
    unknown = asked_of_the_database(f"/link-again/{opens}/{'x' * 43}/", {})

    assert known == unknown
    assert [statement.startswith(NOTED) for statement in known[0]] == [True]


@pytest.mark.parametrize("opens", ["application", "approval", "board", "facilitator", "booking"])
def test_asking_for_a_fresh_link_a_hundred_times_leaves_one_mail_and_touches_nothing_else(opens):
    """However dead the link is, and whatever it opened."""
    made = something_opened_by(opens)
    link = links.mint(Link.Opens(opens), made.pk, sent_to="sam@example.org", now=NOW)
    Link.objects.update(revoked_at=NOW)
    before = everything_stored()

    with time_machine.travel(NOW + datetime.timedelta(minutes=10), tick=False):
        for _ in range(100):
            Client().post(f"/link-again/{opens}/{links.token_of(link)}/")

    after = everything_stored()
    grown = {table: after[table][0] - before[table][0] for table in after if after[table] != before[table]}
    # When a lead of a board was last written to is kept with the lead.
    kept = (
        {"applications.NominationLead": 0, "applications.HistoricalNominationLead": 1}
        if opens == "board"
        else {}
    )
    assert grown == {"programmes.Message": 1, "programmes.Link": 1} | kept


def something_opened_by(opens):
    if opens == "facilitator":
        return factories.TrainingFactory().facilitator
    if opens == "booking":
        return factories.BookingFactory()
    programme = factories.ProgrammeFactory(limited=True)
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.submitted(programme)
    if opens == "application":
        return application
    if opens == "approval":
        return application.approvals.pending().get()
    user, allowance = scenarios.reviewer_of(programme), programme.allowances.get()
    return nomination_leads.invite(allowance.pk, name="Lee", email="lee@example.org", user=user, now=NOW)


def test_an_old_link_to_a_request_that_is_answered_leaves_nothing_behind():
    application = scenarios.submitted(factories.ProgrammeFactory(limited=True))
    declined = factories.ApprovalFactory(application=application, decision="declined", reason="No time.")
    link = links.mint(Link.Opens.APPROVAL, declined.pk, sent_to="m@example.org", now=NOW)
    application.programme.allowances.all().delete()
    before = everything_stored()

    Client().post(f"/link-again/approval/{links.token_of(link)}/")

    assert everything_stored() == before


def test_what_fails_after_the_answer_is_logged_and_spoils_nothing(monkeypatch, caplog):
    def broken(email, **options):
        raise RuntimeError("The database went away.")

    monkeypatch.setattr("applications.domain.starting.send_links_to", broken)

    response = Client().post("/link-again/", {"email": "sam@example.org"})

    assert response.headers["Location"] == "/link-again/sent/"
    assert "What was to be done after an answer has failed." in caplog.messages


def test_signing_in_hashes_a_password_whether_or_not_the_name_is_known(monkeypatch, settings):
    user = scenarios.reviewer_of(factories.ProgrammeFactory())
    user.set_password("a long password of theirs")
    user.save()
    hashed = []
    from django.contrib.auth.hashers import MD5PasswordHasher

    original = MD5PasswordHasher.encode
    monkeypatch.setattr(
        MD5PasswordHasher, "encode", lambda *given: (hashed.append(given[1]), original(*given))[1]
    )

    pages = {}
    for name in (user.username, "nobody"):
        hashed.clear()
        page = Client().post("/staff/login/", {"username": name, "password": "wrong"}).content.decode()
        pages[name] = (len(hashed), _plain(page.replace(name, "…")))

    assert pages[user.username] == pages["nobody"]
    assert pages["nobody"][0] == 1
    assert check_password("a long password of theirs", user.password)


def _plain(page):
    """A page without what differs from one time to the next."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"', "", page)


def test_references_in_an_address_open_nothing():
    application = scenarios.submitted(factories.ProgrammeFactory())
    reference = application.reference
    tried = [
        f"/my/{reference}/",
        f"/approve/{reference}/",
        f"/facilitator/{application.pk}/",
        f"/booking/{reference}/",
    ]

    statuses = {address: Client().get(address).status_code for address in tried}
    shown = [Client().get(address).content.decode() for address in tried]

    assert set(statuses.values()) == {410}
    assert [page for page in shown if application.name in page or application.email in page] == []


def test_records_of_others_and_records_that_are_not_there_look_alike_to_staff():
    """One that is another academy's is no more there than one that never was."""
    theirs = scenarios.submitted(factories.ProgrammeFactory())
    client = Client()
    client.force_login(scenarios.reviewer_of(factories.ProgrammeFactory()))
    nobodys = Application.objects.order_by("-pk")[0].pk + 1000

    found = [client.get(f"/staff/applications/application/{pk}/change/") for pk in (theirs.pk, nobodys)]

    assert [response.status_code for response in found] == [404, 404]
    assert _plain(found[0].content.decode()) == _plain(found[1].content.decode())


def test_an_unknown_key_of_the_feed_is_told_no_more_than_none():
    with_key = Client().get("/feed/v1/programmes/", headers={"Authorization": "Bearer cascade_wrong"})
    without = Client().get("/feed/v1/programmes/")

    assert json.loads(with_key.content) == json.loads(without.content)
    assert with_key.status_code == without.status_code == 401
