"""“Your account”: what stands there, new recovery codes, signing out everywhere else, the password."""

import re

import pytest
from django.core import signing
from django.test import Client
from django.urls import reverse

from programmes.admin.account import browser_in_words
from programmes.domain import outbox, two_factor
from programmes.models import Role, Telephone
from tests import factories
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of
from tests.support.telephone import code, set_up

ACCOUNT = reverse("admin:account")
CODES = reverse("admin:account_codes")
SET_UP = reverse("admin:two_factor_set_up")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
PASSWORD = "a long enough password"


def signed_in(user, agent=FIREFOX):
    client = Client(headers={"user-agent": agent})
    given = {"username": user.get_username(), "password": PASSWORD, "next": "/staff/"}
    client.post(reverse("admin:login"), given)
    return client


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge on Mac"),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_is_named_in_words(agent, words):
    assert browser_in_words(agent) == words


def test_it_says_who_somebody_is_and_where_they_work(desk):
    user = desk.staff["viewer"]
    elsewhere = factories.AcademyMemberFactory(user=user, role=Role.REVIEWER, academy__name="Zenith Academy")
    elsewhere.programmes.add(factories.ProgrammeFactory(academy=elsewhere.academy, title="Circles"))

    page = signed_in(user).get(ACCOUNT)

    who = section(page, "who")
    assert user.get_full_name() in who
    assert "Last sign-in 5 October 2026, 13:00" in who
    assert f"{desk.programme.academy}: Viewer: reads" in who
    assert "Zenith Academy: Reviewer: decides on applications; only Circles" in who
    assert section(page, "protection").endswith("Two-factor sign-in is not set up. Set it up")


def test_it_lists_the_browsers_and_signs_out_of_the_others(desk):
    user = desk.staff["viewer"]
    there = signed_in(user, "Mozilla/5.0 (Linux; Android 15) Chrome/130.0")
    here = signed_in(user)

    before = section(here.get(ACCOUNT), "sign-ins")
    answer = here.post(reverse("admin:account_sign_out"), follow=True)
    thrown_out = there.get(ACCOUNT)

    assert "Firefox on Windows, since 5 October 2026, 13:00 (this one)" in before
    assert "Chrome on Android, since 5 October 2026, 13:00" in before
    assert messages_of(answer) == [
        "You have been signed out of 1 other browser. Here you are still signed in."
    ]
    assert "Chrome on Android" not in section(answer, "sign-ins")
    assert "Signed out everywhere" in section(answer, "changes")
    assert thrown_out.headers["Location"].startswith(reverse("admin:login"))


def test_signing_out_with_no_other_browser_says_so(desk):
    answer = signed_in(desk.staff["viewer"]).post(reverse("admin:account_sign_out"), follow=True)

    assert messages_of(answer)[0].startswith("You have been signed out of 0 other browsers.")


def test_looking_at_the_addresses_of_verbs_does_nothing(desk):
    client = desk.client("reviewer")

    out = client.get(reverse("admin:account_sign_out"))

    assert out.headers["Location"] == ACCOUNT
    assert desk.staff["reviewer"].account_changes.count() == 0


@pytest.fixture
def telephone(desk):
    """Somebody who came in by a recovery code, and the ten that they had."""
    user = desk.staff["viewer"]
    codes = set_up(user)
    client = signed_in(user)
    client.post(reverse("admin:two_factor"), {"code": codes[0]})
    return client, codes


def test_new_recovery_codes_are_shown_once_and_end_the_old_ones(telephone, mailoutbox):
    client, codes = telephone

    asked = client.get(CODES)
    shown = client.post(CODES, {"password": PASSWORD})
    account = client.get(ACCOUNT)
    outbox.send_due(NOW)

    assert "Those that you have now then stop working." in text_of(asked)
    assert [mail.subject for mail in mailoutbox] == ["How you sign in was changed"]
    assert (
        "new recovery codes, in place of those before, were made for your Cascade account"
        in mailoutbox[0].body
    )
    new = re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", shown.content.decode())
    assert len(new) == 10
    assert set(new) & set(codes) == set()
    assert "10 recovery codes left." in section(account, "protection")


@pytest.mark.parametrize(
    ("password", "error"), [("", "Enter your password."), ("not this one", "This is not your password.")]
)
def test_recovery_codes_are_not_made_without_the_password(telephone, mailoutbox, password, error):
    client, _ = telephone

    answer = client.post(CODES, {"password": password})
    outbox.send_due(NOW)

    assert error in text_of(answer)
    assert "<title>Error: Make new recovery codes" in answer.content.decode()
    assert "<code>" not in answer.content.decode()
    assert "9 recovery codes left." in section(client.get(ACCOUNT), "protection")
    assert mailoutbox == []


def test_passwords_cannot_be_tried_one_after_the_other(telephone, settings):
    client, _ = telephone
    settings.AXES_FAILURE_LIMIT = 3

    answers = [client.post(CODES, {"password": f"a guess {number}"}).status_code for number in range(3)]
    right = client.post(CODES, {"password": PASSWORD})

    assert answers == [200, 200, 429]
    assert (right.status_code, "<code>" in right.content.decode()) == (429, False)


def test_another_telephone_asks_for_the_password_and_is_told_to_its_owner(telephone, mailoutbox):
    client, _ = telephone
    page = client.get(SET_UP).content.decode()
    sealed = re.search(r'name="seed" value="([^"]+)"', page)[1]
    _, seed = signing.loads(sealed, salt="cascade.two-factor.seed")
    given = {"seed": sealed, "code": code(seed)}

    without = client.post(SET_UP, given)
    wrong = client.post(SET_UP, given | {"password": "not this one"})
    before = Telephone.objects.get().key
    done = client.post(SET_UP, given | {"password": PASSWORD})
    outbox.send_due(NOW)

    assert 'type="password"' in page
    assert ("Enter your password." in text_of(without), "This is not your password." in text_of(wrong)) == (
        True,
        True,
    )
    assert (before == seed, Telephone.objects.get().key == seed) == (False, True)
    assert "Keep your recovery codes" in text_of(done)
    (mail,) = mailoutbox
    assert "another telephone, in place of the one before, was set up for your" in mail.body


def test_codes_without_a_telephone_are_not_made(desk):
    client = desk.client("viewer")

    answer = client.post(CODES, {"password": PASSWORD})

    assert answer.headers["Location"] == ACCOUNT
    assert two_factor.codes_left(desk.staff["viewer"]) == 0


def test_another_password_signs_out_of_the_other_browsers(desk):
    user = desk.staff["viewer"]
    there, here = signed_in(user), signed_in(user)
    given = {
        "old_password": PASSWORD,
        "new_password1": "another long password",
        "new_password2": "another long password",
    }

    wrong = here.post(reverse("admin:password_change"), given | {"old_password": "no"})
    here.post(reverse("admin:password_change"), given)
    account = here.get(ACCOUNT)

    assert "Your old password was entered incorrectly" in text_of(wrong)
    assert section(account, "sign-ins").count("Firefox on Windows") == 1
    assert "(this one)" in section(account, "sign-ins")
    assert "Password changed" in section(account, "changes")
    assert there.get(ACCOUNT).headers["Location"].startswith(reverse("admin:login"))


def test_a_reset_by_a_colleague_is_named_with_its_reason(desk):
    user = desk.staff["viewer"]
    user.account_changes.create(
        kind="two_factor_reset",
        by=desk.staff["administrator"],
        reason="Lost on the train.",
        at=user.date_joined,
    )

    changes = section(desk.client("viewer").get(ACCOUNT), "changes")

    name = desk.staff["administrator"].get_full_name()
    assert f"Two-factor sign-in reset, by {name} (“Lost on the train.”)" in changes
