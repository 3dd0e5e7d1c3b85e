import datetime

import pytest

from applications.domain import approvals
from applications.models import Application, Approval
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, read, token_of
from tests.factories import NOW

pytestmark = pytest.mark.django_db

ANSWER = "If we know the address, and there is something to open, we have sent a fresh link to it."


@pytest.fixture
def application():
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    return scenarios.submitted(programme, email="sam@example.org")


def mails(event):
    return list(Message.objects.filter(event=event).values_list("to_address", flat=True))


def test_link_again_sends_a_link_and_answers_the_same_for_everybody(client, application):
    known = client.post("/link-again/", {"email": "SAM@example.org"}, follow=True)
    unknown = client.post("/link-again/", {"email": "nobody@example.org"}, follow=True)

    assert ANSWER in read(known)
    assert read(known) == read(unknown)
    assert mails("link_again") == ["sam@example.org"]


def test_link_again_serves_approvers_too(client, application):
    approver = application.approvals.get()

    client.post("/link-again/", {"email": approver.email.upper()})

    assert mails("approval_chaser") == [approver.email]


def test_link_again_is_one_mail_in_two_minutes(client, application, at_noon):
    client.post("/link-again/", {"email": "sam@example.org"})
    client.post("/link-again/", {"email": "sam@example.org"})
    at_noon.shift(180)
    client.post("/link-again/", {"email": "sam@example.org"})

    assert mails("link_again") == ["sam@example.org"] * 2


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter your work email address"),
        ("sam", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_link_again_wants_an_address(client, typed, error):
    assert errors(client.post("/link-again/", {"email": typed})) == [error]


def test_link_again_is_shown(client):
    assert "Work email address" in read(client.get("/link-again/"))


@pytest.mark.parametrize("how", ["expired", "altered", "revoked", "gone"])
def test_a_dead_link_says_so_and_offers_a_fresh_one(application, how, at_noon):
    visitor = Visitor(application)
    if how == "expired":
        at_noon.shift(links.LIFETIME + datetime.timedelta(seconds=1))
    elif how == "altered":
        visitor.token = ("A" if visitor.token[0] != "A" else "B") + visitor.token[1:]
    elif how == "revoked":
        links.revoke(Link.Opens.APPLICATION, application.pk, now=NOW)
    else:
        Application.objects.filter(pk=application.pk).delete()

    response = visitor.get("application")

    assert response.status_code == 410
    assert "This link no longer works" in read(response)
    assert f'action="/link-again/application/{visitor.token}/"' in response.content.decode()


def test_a_fresh_link_goes_to_the_address_we_hold_now(client, application):
    token = token_of(application)
    links.revoke(Link.Opens.APPLICATION, application.pk, now=NOW)
    Application.objects.filter(pk=application.pk).update(email="new@example.org")

    response = client.post(f"/link-again/application/{token}/", follow=True)

    assert ANSWER in read(response)
    assert mails("link_again") == ["new@example.org"]


def test_a_fresh_link_for_an_approver_replaces_a_dead_one(client, application, at_noon):
    approver = application.approvals.get()
    visitor = Visitor(approver)
    at_noon.shift(links.LIFETIME + datetime.timedelta(seconds=1))
    assert visitor.get("approve").status_code == 410

    for _ in range(2):
        client.post(f"/link-again/approval/{visitor.token}/")

    assert mails("approval_chaser") == [approver.email]
    link = Message.objects.get(event="approval_chaser").link
    assert client.get(links.address_of(link)).status_code == 200


def test_no_fresh_link_goes_where_no_answer_is_wanted(client, application):
    approver = application.approvals.get()
    token = token_of(approver)
    approvals.pass_on(approver.pk, passed_by="Morgan", name="Alex", email="alex@example.org", now=NOW)

    response = client.post(f"/link-again/approval/{token}/", follow=True)

    assert ANSWER in read(response)
    assert mails("approval_chaser") == []


@pytest.mark.parametrize("path", ["application/nonsense", "approval/nonsense", "sausage/nonsense"])
def test_a_fresh_link_for_nothing_answers_the_same(client, path):
    response = client.post(f"/link-again/{path}/", follow=True)

    assert ANSWER in read(response)
    assert not Message.objects.exists()


def test_a_fresh_link_is_never_sent_by_looking(client, application):
    assert client.get(f"/link-again/application/{token_of(application)}/").status_code == 405
    assert mails("link_again") == []


def test_an_approvers_link_to_what_is_gone_is_dead(application):
    visitor = Visitor(application.approvals.get())
    Approval.objects.all().delete()

    assert visitor.get("approve").status_code == 410
