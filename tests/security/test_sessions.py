"""The session of somebody of the staff begins at sign-in, and ends with signing out or with the day."""

import datetime

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from tests import factories, scenarios
from tests.factories import NOW

PASSWORD = "a long password of theirs"
COOKIE = settings.SESSION_COOKIE_NAME


@pytest.fixture
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def user(db):
    user = scenarios.reviewer_of(factories.ProgrammeFactory())
    user.set_password(PASSWORD)
    user.save()
    return user


def signed_in(user, client=None):
    client = client or Client()
    client.post("/staff/login/", {"username": user.username, "password": PASSWORD})
    return client


def test_a_session_that_was_there_before_is_not_the_one_of_who_signs_in(user, clock):
    """So that whoever plants one in a browser is not signed in by it later."""
    client = Client()
    planted = client.session
    planted["mine"] = "planted"
    planted.save()
    client.cookies[COOKIE] = planted.session_key

    signed_in(user, client)

    assert client.get("/staff/").status_code == 200
    assert client.cookies[COOKIE].value != planted.session_key
    assert not Session.objects.filter(session_key=planted.session_key).exists()


def test_a_session_that_nobody_made_is_none(user, clock):
    client = Client()
    client.cookies[COOKIE] = "chosen0by0somebody0else0000000000"

    assert client.get("/staff/").status_code == 302
    signed_in(user, client)
    assert client.cookies[COOKIE].value != "chosen0by0somebody0else0000000000"


def test_signing_out_ends_the_session_and_not_only_the_cookie(user, clock):
    client = signed_in(user)
    copied = Client()
    copied.cookies[COOKIE] = client.cookies[COOKIE].value
    before = copied.get("/staff/").status_code

    client.post("/staff/logout/")

    assert (before, copied.get("/staff/").status_code) == (200, 302)


def test_a_session_ends_after_twelve_hours_whatever_was_done(user, clock):
    client = signed_in(user)
    clock.move_to(NOW + datetime.timedelta(hours=11, minutes=59))
    before = client.get("/staff/").status_code
    clock.move_to(NOW + datetime.timedelta(hours=12, seconds=1))

    assert (before, client.get("/staff/").status_code) == (200, 302)


def test_no_session_is_named_in_an_address(user, clock):
    client = signed_in(user)
    key = client.cookies[COOKIE].value

    pages = [
        client.get(address).content.decode() for address in ("/staff/", "/staff/applications/application/")
    ]

    assert [page for page in pages if key in page] == []
