"""Nobody learns from an answer, or from the work it takes, whether an address or a reference is known."""

import json
import re

import pytest
from django.contrib.auth.hashers import check_password
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import resolve

from applications.models import Application
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


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
    return [query["sql"] for query in queries], (
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
    assert found["sam@example.org"][0] == []
    sent = Message.objects.filter(event__in=["link_again", "approval_chaser"])
    assert {mail.to_address for mail in sent} == {"sam@example.org", manager}


@pytest.mark.parametrize("opens", Link.Opens.values)
def test_a_fresh_link_is_the_same_work_and_the_same_answer_whether_or_not_there_was_one(opens):
    application = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")
    link = links.mint(Link.Opens(opens), application.pk, sent_to="sam@example.org", now=NOW)

    known = asked_of_the_database(f"/link-again/{opens}/{links.token_of(link)}/", {})
    unknown = asked_of_the_database(f"/link-again/{opens}/{'x' * 43}/", {})

    assert known == unknown
    assert known[0] == []


def test_what_fails_after_the_answer_is_logged_and_spoils_nothing(monkeypatch, caplog):
    def broken(email, **options):
        raise RuntimeError("The database went away.")

    monkeypatch.setattr("applications.domain.submission.send_links_to", broken)

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
