"""The second step of signing in, as somebody meets it on the pages."""

import re

import pytest
from django.urls import reverse

from programmes.domain import two_factor
from tests import factories
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of
from tests.support.telephone import code_of, set_up

LOGIN = reverse("admin:login")
STEP = reverse("admin:two_factor")
SET_UP = reverse("admin:two_factor_set_up")
VENUES = reverse("admin:cohorts_venue_changelist")
PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def required(settings):
    settings.STAFF_TWO_FACTOR = "required"


@pytest.fixture
def viewer(desk):
    return desk.staff["viewer"]


def sign_in(client, user, wanted=VENUES):
    given = {"username": user.get_username(), "password": PASSWORD, "next": wanted}
    return client.post(LOGIN, given, follow=True)


def shown_key(response):
    """The secret that the page shows, and the same as the form sends it back."""
    page = response.content.decode()
    shown = re.search(r'second-step__key">([A-Z2-7 ]+)<', page)
    sealed = re.search(r'name="seed" value="([^"]+)"', page)
    assert shown and sealed
    return shown[1], sealed[1]


def test_the_password_alone_leads_to_setting_up_a_telephone(viewer, client):
    response = sign_in(client, viewer)

    assert response.redirect_chain[-1][0] == f"{SET_UP}?next=%2Fstaff%2Fcohorts%2Fvenue%2F"
    assert "Set up two-factor sign-in" in text_of(response)
    assert "You are signed in as" in text_of(response)
    assert b'src="data:image/svg+xml' in response.content
    assert two_factor.is_set_up(viewer) is False


def test_looking_at_the_page_keeps_nothing(viewer, client):
    sign_in(client, viewer)

    first, second = shown_key(client.get(SET_UP)), shown_key(client.get(SET_UP))

    assert first[0] != second[0]
    assert two_factor.is_set_up(viewer) is False


def test_the_first_code_opens_the_site_and_shows_the_recovery_codes_once(viewer, client):
    shown, sealed = shown_key(sign_in(client, viewer))

    given = {"code": code_of(shown), "seed": sealed, "next": VENUES}
    codes = client.post(SET_UP, given)
    onward = client.get(VENUES)

    listed = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", codes.content.decode())
    assert len(listed) == 10
    assert f'href="{VENUES}"' in codes.content.decode()
    assert 'download="cascade-recovery-codes.txt"' in codes.content.decode()
    assert onward.context["title"] == "Select venue to view"
    assert two_factor.codes_left(viewer) == 10


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"code": ""}, "Enter the code."),
        ({"code": "000000"}, "This code does not fit."),
        ({"code": "000000", "seed": "made-up"}, "This took longer than an hour."),
    ],
)
def test_a_wrong_first_code_keeps_the_key(viewer, client, given, error):
    shown, sealed = shown_key(sign_in(client, viewer))

    response = client.post(SET_UP, {"seed": sealed, "code": "", **given})

    assert error in text_of(response)
    assert "<title>Error: Set up" in response.content.decode()
    assert (shown_key(response)[0] == shown) is ("seed" not in given)
    assert two_factor.is_set_up(viewer) is False


def test_a_key_that_was_shown_to_somebody_else_is_not_taken(desk, viewer, client):
    shown, sealed = shown_key(sign_in(client, desk.staff["reviewer"]))
    client.post(reverse("admin:logout"))
    sign_in(client, viewer)

    response = client.post(SET_UP, {"seed": sealed, "code": code_of(shown)})

    assert "This took longer than an hour." in text_of(response)
    assert two_factor.is_set_up(viewer) is False


def test_the_code_of_the_telephone_opens_the_page_that_was_wanted(viewer, client):
    set_up(viewer)
    asked = sign_in(client, viewer)

    wrong = client.post(STEP, {"code": "000000", "next": VENUES})
    again = client.post(STEP, {"code": "", "next": VENUES})
    refused = client.get(VENUES)

    assert asked.redirect_chain[-1][0] == f"{STEP}?next=%2Fstaff%2Fcohorts%2Fvenue%2F"
    assert "This code does not fit, or was used before." in text_of(wrong)
    assert "Enter the code." in text_of(again)
    assert refused.headers["Location"].startswith(STEP)


def test_a_recovery_code_opens_the_site_and_says_how_many_are_left(viewer, client):
    codes = set_up(viewer)
    sign_in(client, viewer)

    response = client.post(STEP, {"code": codes[0], "next": VENUES}, follow=True)

    assert response.request["PATH_INFO"] == VENUES
    assert messages_of(response) == [
        "You have 9 recovery codes left. If your telephone is lost, set up another one under “Your account”."
    ]


def test_the_last_recovery_codes_are_counted_in_words(viewer, client):
    codes = set_up(viewer)
    for one in codes[2:]:
        two_factor.verify(viewer, one, now=NOW)
    sign_in(client, viewer)

    response = client.post(STEP, {"code": codes[0]}, follow=True)

    assert messages_of(response)[0].startswith("You have 1 recovery code left.")


def test_a_verified_telephone_opens_and_somewhere_else_is_not_led_to(viewer, client):
    codes = set_up(viewer)
    sign_in(client, viewer)

    response = client.post(STEP, {"code": codes[0], "next": "https://elsewhere.example.org/staff/"})
    again = client.get(STEP)
    login = client.get(LOGIN)

    assert response.headers["Location"] == "/staff/"
    assert again.headers["Location"] == "/staff/"
    assert login.headers["Location"] == "/staff/"


def test_somebody_with_a_telephone_does_not_set_up_another_by_the_password_alone(viewer, client):
    set_up(viewer)
    sign_in(client, viewer)

    shown = client.get(SET_UP)
    sent = client.post(SET_UP, {"code": "000000", "seed": "x"})
    login = client.get(LOGIN)

    assert shown.headers["Location"] == STEP
    assert sent.headers["Location"] == STEP
    assert login.headers["Location"] == f"{STEP}?next="


def test_nobody_unknown_and_nobody_without_a_role_comes_to_the_second_step(desk, client):
    unknown = client.get(STEP)
    client.force_login(factories.UserFactory())
    without_a_role = client.get(STEP)

    assert unknown.headers["Location"] == f"{LOGIN}?next={STEP}"
    assert without_a_role.headers["Location"] == f"{LOGIN}?next={STEP}"


def test_where_it_is_optional_only_who_set_it_up_is_asked(desk, client, settings):
    settings.STAFF_TWO_FACTOR = "optional"
    codes = set_up(desk.staff["viewer"])

    reviewer = desk.client("reviewer").get(VENUES)
    asked = sign_in(client, desk.staff["viewer"])
    opened = client.post(STEP, {"code": codes[0], "next": VENUES}, follow=True)

    assert reviewer.context["title"] == "Select venue to view"
    assert asked.redirect_chain[-1][0].startswith(STEP)
    assert opened.request["PATH_INFO"] == VENUES
