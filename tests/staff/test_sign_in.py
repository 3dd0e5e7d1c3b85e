"""Signing in to the staff's site."""

import pytest
from django.contrib.admin import site
from django.test import RequestFactory
from django.urls import reverse

from config.staff import demo_logins
from tests.staff.reading import text_of

LOGIN = reverse("admin:login")
PASSWORD = "a long enough password"


def sign_in(client, user, password=PASSWORD):
    return client.post(LOGIN, {"username": user.get_username(), "password": password, "next": "/staff/"})


def test_the_right_password_opens_the_site(desk, client):
    response = sign_in(client, desk.staff["viewer"])

    assert response.headers["Location"] == "/staff/"
    assert client.get("/staff/").context["user"] == desk.staff["viewer"]


def test_a_wrong_password_is_refused_without_saying_which_was_wrong(desk, client):
    response = sign_in(client, desk.staff["viewer"], "wrong")

    assert b"<title>Error: Sign in" in response.content
    assert "_auth_user_id" not in client.session
    assert "Please enter the correct username and password" in text_of(response)


def test_the_eleventh_wrong_password_finds_the_door_closed_even_to_the_right_one(desk, client):
    viewer = desk.staff["viewer"]
    tries = [sign_in(client, viewer, "wrong") for _ in range(10)]

    eleventh = sign_in(client, viewer, "wrong")
    right = sign_in(client, viewer)
    another = sign_in(client, desk.staff["reviewer"])

    assert [response.status_code for response in tries[:9]] == [200] * 9
    assert eleventh.status_code == 429
    assert text_of(eleventh).startswith("Skip to main content Cascade for academy staff")
    assert "Sign-in is closed for a while" in text_of(eleventh)
    assert "Wait 15 minutes without trying" in text_of(eleventh)
    assert right.status_code == 429
    assert another.headers["Location"] == "/staff/"


def test_nine_wrong_passwords_are_forgotten_after_the_right_one(desk, client):
    viewer = desk.staff["viewer"]
    for _ in range(9):
        sign_in(client, viewer, "wrong")

    sign_in(client, viewer)
    again = [sign_in(client, viewer, "wrong").status_code for _ in range(9)]

    assert again == [200] * 9


def test_nothing_of_the_site_is_kept_by_browsers_or_found_by_search(desk):
    response = desk.client("viewer").get("/staff/")

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"


def test_the_demo_names_its_logins_and_nothing_else_does(desk, client, settings):
    before = client.get(LOGIN).context["demo_logins"]

    settings.DEMO = True
    shown = client.get(LOGIN).context["demo_logins"]

    assert before == []
    assert shown == demo_logins()
    assert [login["username"] for login in shown][:2] == [
        desk.staff["administrator"].username,
        desk.staff["reviewer"].username,
    ]
    assert shown[0]["what"] == f"Administrator, {desk.programme.academy}"


@pytest.mark.parametrize(
    ("who", "parts"),
    [
        ("viewer", ["Applications", "Cohorts", "Completed training", "Programmes"]),
        (
            "superuser",
            [
                "Applications",
                "Cohorts",
                "Completed training",
                "Programmes",
                "Authentication and Authorisation",
            ],
        ),
    ],
)
def test_the_first_page_holds_the_parts_in_the_order_of_a_working_day(desk, who, parts):
    request = RequestFactory().get("/staff/")
    request.user = desk.staff[who]

    found = [app["name"] for app in site.get_app_list(request)]

    assert [name.replace("z", "s") for name in found] == [name.replace("z", "s") for name in parts]
