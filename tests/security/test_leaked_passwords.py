"""New passwords of staff are compared with those that have leaked; whoever compares them learns none."""

import hashlib
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.exceptions import ImproperlyConfigured, ValidationError

from programmes.domain.leaked_passwords import LeakedPasswordValidator, has_leaked
from tests.programmes.test_invitation_page import GIVEN, address, clock, errors_on, invitation, member
from tests.running.test_monitoring import reported
from tests.running.test_start import settings_with

__all__ = ["address", "clock", "invitation", "member", "reported"]

VALIDATOR = "programmes.domain.leaked_passwords.LeakedPasswordValidator"
LEAKED, PADDING, SAFE = "a password that leaked", "one that hides the number", "three random words here"


def rest_of(password):
    return hashlib.sha1(password.encode()).hexdigest().upper()[5:]


@pytest.fixture
def service(settings):
    """A service that knows one password; returns what it was asked, and how it is to answer."""
    asked = []
    answer = {"status": 200, "body": f"{'0' * 35}:3\r\n{rest_of(PADDING)}:0\r\n{rest_of(LEAKED)}:1,204"}

    class Knows(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append((self.path, dict(self.headers)))
            self.send_response(answer["status"])
            self.end_headers()
            self.wfile.write(answer["body"].encode())

        def log_message(self, *args):
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Knows)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings.LEAKED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}/range/"
    settings.AUTH_PASSWORD_VALIDATORS = [*settings.AUTH_PASSWORD_VALIDATORS, {"NAME": VALIDATOR}]
    yield asked, answer
    server.shutdown()
    thread.join()
    server.server_close()


def test_it_is_told_five_letters_of_a_hash_and_nothing_of_whom(service):
    asked, _ = service

    found = [has_leaked(LEAKED), has_leaked(PADDING), has_leaked(SAFE)]

    assert found == [True, False, False]
    for (path, headers), password in zip(asked, (LEAKED, PADDING, SAFE), strict=True):
        assert path == f"/range/{hashlib.sha1(password.encode()).hexdigest()[:5].upper()}"
        # Without it the length of an encrypted answer would say which five letters they were.
        assert headers.pop("Add-Padding") == "true"
        assert headers.keys() == {"Host", "Accept-Encoding", "User-Agent", "Connection"}


def test_nothing_goes_along_where_errors_are_reported(service, reported):
    asked, _ = service

    has_leaked(SAFE)

    assert asked[0][1].keys() == {"Host", "Accept-Encoding", "User-Agent", "Connection", "Add-Padding"}


@pytest.mark.django_db
def test_a_leaked_password_is_refused_and_another_taken(client, service, address):
    refused = client.post(address, GIVEN | {"password": LEAKED, "again": LEAKED})
    made = get_user_model().objects.filter(username="casey@example.org")

    assert errors_on(refused) == [
        "This password has leaked from another service, so attackers try it: choose another one."
    ]
    assert made.exists() is False

    client.post(address, GIVEN | {"password": SAFE, "again": SAFE})

    assert made.get().check_password(SAFE)


@pytest.mark.parametrize(
    "broken", [{"status": 503}, {"status": 429}, {"body": "<html>not a list</html>"}, {"body": "é:1"}]
)
def test_a_service_that_does_not_say_stops_nobody_and_is_in_the_log(service, caplog, broken):
    _, answer = service
    answer.update(broken)

    LeakedPasswordValidator().validate(LEAKED)

    assert has_leaked(LEAKED) is None
    assert {record.levelno for record in caplog.records} == {logging.ERROR}
    assert "The list of leaked passwords does not answer" in caplog.text
    digest = hashlib.sha1(LEAKED.encode()).hexdigest().upper()
    assert not any(told in caplog.text for told in (LEAKED, digest[:5], digest[5:]))


def test_a_service_that_is_away_stops_nobody(settings, caplog):
    # Nobody listens at port 1.
    settings.LEAKED_PASSWORDS_URL = "http://127.0.0.1:1/range/"

    LeakedPasswordValidator().validate(LEAKED)

    assert "does not answer: URLError" in caplog.text


@pytest.mark.parametrize(("url", "compared"), [(None, False), ("https://list.example.org/range/", True)])
def test_passwords_are_compared_where_a_service_is_named(monkeypatch, url, compared):
    settings = settings_with(monkeypatch, LEAKED_PASSWORDS_URL=url)

    assert ({"NAME": VALIDATOR} in settings["AUTH_PASSWORD_VALIDATORS"]) is compared


def test_a_leaked_password_is_refused_by_its_sentence(service):
    with pytest.raises(ValidationError, match="This password has leaked from another service") as refused:
        LeakedPasswordValidator().validate(LEAKED)

    assert refused.value.code == "password_leaked"
    assert password_validators_help_texts()[-1] == (
        "Your password can’t be one that has leaked from another service."
    )


@pytest.mark.parametrize("given", ["http://list.example.org/range/", "https://list.example.org/range"])
def test_an_address_that_would_tell_more_or_lead_elsewhere_is_refused_at_the_start(monkeypatch, given):
    with pytest.raises(
        ImproperlyConfigured, match="LEAKED_PASSWORDS_URL must begin with https:// and end with /"
    ):
        settings_with(monkeypatch, LEAKED_PASSWORDS_URL=given)
