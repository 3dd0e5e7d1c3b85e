"""The link of an invitation, as whoever gets it meets it."""

import datetime
import html
import re

import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.urls import reverse

from programmes.domain import invitations, links
from programmes.models import AcademyMember, Link, Role
from tests import factories
from tests.factories import NOW
from tests.staff.reading import text_of

pytestmark = pytest.mark.django_db
PASSWORD = "three random words here"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def member():
    return factories.AcademyMemberFactory(role=Role.ADMINISTRATOR, academy__name="Downs Academy")


@pytest.fixture
def invitation(member):
    return invitations.invite(
        academy=member.academy,
        name="Casey Colleague",
        address="casey@example.org",
        role=Role.REVIEWER,
        by=member.user,
        now=NOW,
    )


@pytest.fixture
def address(invitation):
    link = Link.objects.get(opens=Link.Opens.INVITATION, object_id=invitation.pk)
    return reverse("invitation", args=[links.token_of(link)])


def errors_on(response):
    """What the summary of errors says."""
    summary = response.content.decode().partition("nhsuk-error-summary__list")[2].partition("</ul>")[0]
    items = re.findall(r"<li>(.*?)</li>", summary, re.DOTALL)
    return [" ".join(html.unescape(re.sub(r"<[^>]+>", "", item)).split()) for item in items]


GIVEN = {"full_name": "Casey Colleague", "password": PASSWORD, "again": PASSWORD}


def test_opening_it_shows_the_role_and_changes_nothing(client, address, member):
    page = client.get(address)
    head = client.head(address)

    assert "Make your account" in text_of(page)
    assert "Your role: Reviewer: decides on applications." in text_of(page)
    assert "casey@example.org" in text_of(page)
    assert page.headers["Cache-Control"] == "no-store"
    assert head.status_code == 405
    assert get_user_model().objects.filter(username="casey@example.org").exists() is False
    assert "sessionid" not in client.cookies


def test_a_password_makes_the_account_and_signs_nobody_in(client, address, member):
    done = client.post(address, GIVEN, follow=True)
    again = client.post(address, GIVEN | {"password": "another long password"})

    user = get_user_model().objects.get(username="casey@example.org")
    assert "You can sign in now" in text_of(done)
    assert "_auth_user_id" not in client.session
    assert AcademyMember.objects.get(user=user).academy == member.academy
    assert "You can sign in now" in text_of(again)
    assert user.check_password(PASSWORD) is True


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({"password": ""}, ["Enter password"]),
        ({"again": ""}, ["Enter the password again"]),
        (
            {"again": "three random words there"},
            ["The two passwords are not the same: enter both again"],
        ),
        (
            {"password": "password", "again": "password"},
            ["This password is too short. It must contain at least 12 characters."],
        ),
        ({"full_name": ""}, ["Enter your full name"]),
    ],
)
def test_what_is_missing_or_too_weak_is_said(client, address, values, errors):
    response = client.post(address, GIVEN | values)

    assert errors_on(response) == errors
    assert "<title>Error: " in response.content.decode()
    assert PASSWORD not in response.content.decode()
    assert get_user_model().objects.filter(username="casey@example.org").exists() is False


def test_a_password_like_the_address_is_refused(client, address):
    response = client.post(address, GIVEN | {"password": "casey@example", "again": "casey@example"})

    assert errors_on(response) == ["The password is too similar to the username."]


@pytest.mark.parametrize("gone", ["expired", "withdrawn", "replaced", "never made"])
def test_a_dead_link_says_whom_to_ask(client, address, invitation, member, clock, gone):
    if gone == "expired":
        clock.shift(datetime.timedelta(days=7, minutes=1))
    elif gone == "withdrawn":
        invitations.withdraw(invitation, by=member.user, now=NOW)
    elif gone == "replaced":
        invitations.send_again(invitation, by=member.user, now=NOW)
    else:
        address = reverse("invitation", args=["x" * 43])

    response = client.get(address)

    assert response.status_code == 410
    assert "ask the colleague who invited you to send the invitation again" in text_of(response)


def test_a_link_of_an_invitation_that_is_gone_is_dead(client, address, invitation):
    invitation.delete()

    assert "This link no longer works" in text_of(client.get(address))


def test_who_has_an_account_signs_in_with_it_and_agrees(client, address, member):
    user = factories.UserFactory(email="casey@example.org")

    asked = client.get(address)
    unknown = client.post(address)
    client.force_login(user)
    offered = client.get(address)
    joined = client.post(address, follow=True)

    assert "has an account already. Sign in with it" in text_of(asked)
    assert f'href="{reverse("admin:login")}?next=' in asked.content.decode()
    assert AcademyMember.objects.filter(user=user).count() == 1
    assert "Sign in" in text_of(unknown)
    assert "Join Downs Academy" in text_of(offered)
    assert "You can sign in now" in text_of(joined)
    assert AcademyMember.objects.get(user=user).role == Role.REVIEWER


def test_somebody_else_who_is_signed_in_is_told_so(client, address, member):
    factories.UserFactory(email="casey@example.org")
    client.force_login(member.user)

    page = text_of(client.post(address))

    assert f"You are signed in as {member.user.username}, and the invitation is for somebody else." in page
    assert AcademyMember.objects.count() == 1


def test_an_account_that_is_switched_off_while_signed_in_does_not_join(client, address):
    user = factories.UserFactory(email="casey@example.org", is_staff=False)
    client.force_login(user)

    response = client.post(address)

    assert errors_on(response) == ["This invitation is for casey@example.org. Sign in with that account."]
    assert user.academy_memberships.count() == 0
