"""Staff who open no page for half an hour are signed out, come back where they were, and keep what they had typed."""

import datetime

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from programmes.models import SignIn
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of

LOGIN = reverse("admin:login")
VENUES = reverse("admin:cohorts_venue_changelist") + "?q=hall"
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def clock(settings, noon):
    settings.STAFF_IDLE_MINUTES = 30
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def minutes(number):
    return datetime.timedelta(minutes=number)


def sign_in(client, user, wanted="/staff/"):
    given = {"username": user.get_username(), "password": PASSWORD, "next": wanted}
    return client.post(LOGIN, given, follow=True)


def test_who_opens_a_page_now_and_then_stays_signed_in(desk, clock):
    client = desk.client("viewer")

    titles = []
    for _ in range(4):
        clock.shift(minutes(29))
        titles.append(client.get(VENUES).context["title"])

    assert titles == ["Select venue to view"] * 4


def test_who_was_away_is_signed_out_and_comes_back_where_they_were(desk, clock):
    client = desk.client("viewer")
    client.get(VENUES)
    clock.shift(minutes(31))

    away = client.get(VENUES, follow=True)
    back = sign_in(client, desk.staff["viewer"], VENUES)

    assert away.redirect_chain == [(f"{LOGIN}?next=%2Fstaff%2Fcohorts%2Fvenue%2F%3Fq%3Dhall", 302)]
    assert messages_of(away) == [
        "You were signed out after 30 minutes without a page opened. Sign in to go on where you were."
    ]
    assert back.redirect_chain[-1][0] == VENUES
    assert SignIn.objects.filter(user=desk.staff["viewer"], ended_at=None).count() == 1


def test_a_form_that_comes_too_late_changes_nothing_and_shows_what_was_typed(desk, clock):
    client = desk.client("administrator")
    clock.shift(minutes(31))
    given = {
        "name": "The Old Town Hall",
        "postcode": "BN7",
        "address_0": "1 High Street <b>",
        "old_password": "my secret word",
        "csrfmiddlewaretoken": "a token",
    }

    response = client.post(reverse("admin:cohorts_venue_add"), given)

    page = text_of(response)
    assert response.status_code == 403
    assert "what you sent was not carried out: nothing has changed." in page
    assert "Name The Old Town Hall" in page
    assert "Address 0 1 High Street <b>" in page
    assert "my secret word" not in page
    assert "BN7" not in page
    assert desk.programme.academy.venues.count() == 0
    assert f'{LOGIN}?next=%2Fstaff%2Fcohorts%2Fvenue%2Fadd%2F"' in response.content.decode()


def test_a_late_form_without_a_text_says_only_that_nothing_changed(desk, clock):
    client = desk.client("administrator")
    clock.shift(minutes(31))

    page = text_of(client.post(reverse("admin:cohorts_venue_add"), {"name": "Hall"}))

    assert "nothing has changed." in page
    assert "Copy it before you go on" not in page


def test_the_cookie_of_another_session_or_a_forged_one_does_not_count(desk, clock):
    busy, idle = desk.client("viewer"), desk.client("reviewer")
    clock.shift(minutes(20))
    busy.get(VENUES)
    clock.shift(minutes(15))

    idle.cookies["staff_seen"] = busy.cookies["staff_seen"].value
    borrowed = idle.get(VENUES)
    forger = desk.client("administrator")
    clock.shift(minutes(31))
    forger.cookies["staff_seen"] = "made-up"
    forged = forger.get(VENUES)

    assert borrowed.headers["Location"].startswith(LOGIN)
    assert forged.headers["Location"].startswith(LOGIN)


def test_the_cookie_is_written_once_a_minute_and_no_table_is(desk, clock, django_assert_num_queries):
    client = desk.client("viewer")
    first = client.get(VENUES)
    before = list(Session.objects.values_list("session_data", flat=True))
    clock.shift(30)
    second = client.get(VENUES)
    clock.shift(31)
    third = client.get(VENUES)

    assert ["staff_seen" in response.cookies for response in (first, second, third)] == [True, False, True]
    assert first.cookies["staff_seen"]["path"] == "/staff/"
    assert first.cookies["staff_seen"]["httponly"] is True
    assert list(Session.objects.values_list("session_data", flat=True)) == before


def test_saying_that_one_is_still_there_counts(desk, clock):
    client = desk.client("viewer")
    clock.shift(minutes(29))
    answer = client.post(reverse("admin:account_still_here"))
    clock.shift(minutes(29))

    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(VENUES).context["title"] == "Select venue to view"


def test_every_staff_page_warns_before(desk):
    page = desk.client("viewer").get(VENUES).content.decode()

    assert 'data-minutes="30" data-still-here="/staff/account/still-here/"' in page


def test_the_public_pages_sign_nobody_out(desk, clock):
    client = desk.client("viewer")
    clock.shift(minutes(60))

    home = client.get("/")

    assert "staff_seen" not in home.cookies
    assert client.session.get("_auth_user_id") == str(desk.staff["viewer"].pk)


def test_an_old_session_does_not_stand_in_the_way_of_signing_in(desk, clock):
    client = desk.client("viewer")
    clock.shift(minutes(60))

    response = sign_in(client, desk.staff["viewer"])

    assert response.context["user"] == desk.staff["viewer"]


def test_a_session_of_somebody_else_is_replaced_with_its_own_record(desk):
    client = Client()
    sign_in(client, desk.staff["viewer"])

    sign_in(client, desk.staff["reviewer"])

    row = desk.staff["reviewer"].sign_ins.get()
    assert row.session_key == client.session.session_key
