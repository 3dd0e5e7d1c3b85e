"""What every answer says to the browser: what it may load, keep, frame, send on and use."""

import os
import re
import runpy
from pathlib import Path
from urllib.parse import urlencode

import pytest
from csp.decorators import csp_update
from csp.exceptions import CSPNonceError
from csp.middleware import CSPMiddleware
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from applications.models import Application
from config.middleware import PolicyMiddleware
from programmes.models import Link
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor

ROOT = Path(__file__).resolve().parents[2]
POLICY = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "'nonce-…'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'", "https://assets.nhs.uk"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "manifest-src": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
    "object-src": ["'none'"],
}


@pytest.fixture
def for_real(monkeypatch):
    """The settings as an instance on the internet has them."""
    names = {"HTTPS", "HSTS_SECONDS", "PROXY_COUNT", "CLAMD_URL"} & set(os.environ)
    for name in names:
        monkeypatch.delenv(name)
    for name, value in {"SECRET_KEY": "k" * 50, "DEBUG": "0", "DEMO": "0", "ENV_FILE": os.devnull}.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config" / "settings.py"))


@pytest.fixture
def https(for_real, settings):
    """The portal as it is on the internet, behind HTTPS."""
    for name, value in for_real.items():
        if name.startswith(("SECURE_", "SESSION_COOKIE_", "CSRF_COOKIE_")):
            setattr(settings, name, value)
    return Client(headers={"host": "testserver"})


@pytest.fixture
def pages(db):
    """An answer of every kind: public, behind a link, dead, not found, of staff, a file, JSON and a redirect."""
    programme = factories.ProgrammeFactory()
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))
    staff = Client()
    staff.force_login(scenarios.administrator_of(programme))
    return {
        "home": Client().get("/"),
        "form": Client().get("/link-again/"),
        "own page": visitor.get("application"),
        "dead link": Client().get(f"/my/{'x' * 43}/"),
        "not found": Client().get("/nowhere/"),
        "sign-in": Client().get("/staff/login/"),
        "staff": staff.get("/staff/"),
        "list": staff.get(reverse("admin:applications_application_changelist")),
        "sent on": Client().get("/staff/"),
        "JSON": Client().get("/feed/v1/programmes/"),
        "health": Client().get("/healthz"),
        "head": Client().head(visitor.address("application")),
    }


def policy_of(response):
    text = re.sub(r"nonce-[\w+/=-]+", "nonce-…", response.headers["Content-Security-Policy"])
    return {name: values for name, *values in (one.split() for one in text.split("; "))}


def test_every_answer_carries_the_strict_policy_and_its_fellows(pages):
    for name, response in pages.items():
        found = policy_of(response)
        # A page that runs nothing of its own has asked for no nonce.
        found["script-src"] = (
            POLICY["script-src"] if found["script-src"] == ["'self'"] else found["script-src"]
        )
        assert found == POLICY, name
        assert response.headers["X-Frame-Options"] == "DENY", name
        assert response.headers["X-Content-Type-Options"] == "nosniff", name
        assert response.headers["Referrer-Policy"] == "strict-origin", name
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        for feature in ("camera", "microphone", "geolocation", "payment", "usb", "display-capture"):
            assert f"{feature}=()" in response.headers["Permissions-Policy"], name


def test_no_page_holds_a_script_or_a_style_that_the_policy_would_have_to_allow(pages):
    for name, response in pages.items():
        html = response.content.decode()
        nonce = re.search(r"'nonce-([^']+)'", response.headers["Content-Security-Policy"])
        inline = [tag for tag in re.findall(r"<script\b[^>]*>", html) if "src=" not in tag]
        runs = [tag for tag in inline if "application/json" not in tag and "application/ld+json" not in tag]
        assert [tag for tag in runs if not nonce or f'nonce="{nonce[1]}"' not in tag] == [], name
        assert re.findall(r"<style\b|<[a-z][^<>]*\s(?:style|on[a-z]+)=\"", html) == [], name
        assert re.findall(r'(?:src|href|action)="\s*javascript:', html, re.IGNORECASE) == [], name


def test_a_nonce_is_used_once(db):
    found = {Client().get("/").headers["Content-Security-Policy"] for _ in range(5)}

    assert len(found) == 5
    assert all("'nonce-" in policy for policy in found)


def test_personal_pages_are_kept_by_no_browser_and_found_by_no_search(pages):
    private = ("form", "own page", "dead link", "sign-in", "staff", "list", "sent on", "head")

    assert {name: pages[name].headers.get("Cache-Control") for name in private} == dict.fromkeys(
        private, "no-store"
    )
    assert {name: pages[name].headers.get("X-Robots-Tag") for name in private} == dict.fromkeys(
        private, "noindex"
    )
    assert pages["JSON"].headers["Cache-Control"] == "no-store"


# On the internet.
def test_browsers_are_told_to_come_by_https_alone(https, db):
    plain = https.get("/link-again/")
    safe = https.get("/link-again/", secure=True)

    assert (plain.status_code, plain.headers["Location"]) == (301, "https://testserver/link-again/")
    assert safe.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_cookies_are_for_this_host_over_https_and_out_of_reach_of_other_sites(https, for_real, db):
    user = scenarios.administrator_of(factories.ProgrammeFactory())
    user.set_password("a long password of theirs")
    user.save()
    page = https.get("/staff/login/", secure=True)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())[1]
    typed = {
        "username": user.username,
        "password": "a long password of theirs",
        "csrfmiddlewaretoken": token,
    }
    https.post("/staff/login/", typed, secure=True, headers={"referer": "https://testserver/staff/login/"})

    found = {name: https.cookies[name] for name in ("__Host-session", "__Host-csrf")}
    assert set(https.cookies) == set(found)
    for cookie in found.values():
        assert (cookie["secure"], cookie["path"], cookie["domain"]) == (True, "/", "")
        assert cookie["samesite"] == "Lax"
    # Our own script of the staff's pages reads the other, to keep its reader signed in.
    assert found["__Host-session"]["httponly"] is True
    assert int(found["__Host-session"]["max-age"]) <= 12 * 60 * 60
    assert for_real["SESSION_COOKIE_AGE"] == 12 * 60 * 60


def test_the_script_of_staff_pages_reads_the_cookie_by_its_name(https, db):
    https.force_login(scenarios.administrator_of(factories.ProgrammeFactory()))

    page = https.get("/staff/", secure=True).content.decode()

    assert 'data-cookie="__Host-csrf"' in page
    assert "cookie(own.dataset.cookie)" in (ROOT / "static" / "staff-idle.js").read_text()


def test_only_what_a_trusted_proxy_says_makes_a_request_a_safe_one(for_real, monkeypatch):
    assert "SECURE_PROXY_SSL_HEADER" not in for_real

    monkeypatch.setenv("PROXY_COUNT", "1")
    behind_one = runpy.run_path(str(ROOT / "config" / "settings.py"))

    assert behind_one["SECURE_PROXY_SSL_HEADER"] == ("HTTP_X_FORWARDED_PROTO", "https")


# The host.
@pytest.mark.parametrize("host", ["evil.example.org", "testserver.evil.example.org", "testserver@evil", ""])
def test_another_host_is_not_answered(db, host):
    response = Client(raise_request_exception=False).get("/", headers={"host": host or " "})

    assert response.status_code == 400


def test_a_mail_names_the_portal_whatever_host_was_asked(db, settings):
    settings.ALLOWED_HOSTS = ["*"]
    application = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")

    Client().post(
        "/link-again/",
        {"email": "sam@example.org"},
        headers={"host": "evil.example.org", "x-forwarded-host": "evil.example.org"},
    )

    from programmes.domain import rendering
    from programmes.models import Message

    mail = Message.objects.filter(event="link_again").get()
    assert Application.objects.filter(pk=application.pk).exists()
    assert Link.objects.filter(pk=mail.link_id).exists()
    assert "http://testserver/my/" in rendering.render(mail).text
    assert "evil" not in rendering.render(mail).text + rendering.render(mail).html


# Where one is sent on.
ELSEWHERE = [
    "https://evil.example.org/",
    "//evil.example.org/",
    "/\\evil.example.org",
    "\\\\evil.example.org",
    "https:evil.example.org",
    "javascript:alert(1)",
    "/\t/evil.example.org",
    "/staff/@evil.example.org//..//evil",
    "http://testserver@evil.example.org/",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_sent_on_to_another_site(db, settings, wanted):
    settings.STAFF_TWO_FACTOR = "required"
    user = scenarios.administrator_of(factories.ProgrammeFactory())
    user.set_password("a long password of theirs")
    user.save()
    client = Client()
    query = urlencode({"next": wanted})
    found = [
        client.post(
            f"/staff/login/?{query}",
            {"username": user.username, "password": "a long password of theirs", "next": wanted},
        ),
        client.get(f"/staff/login/?{query}"),
        client.get(f"/staff/two-factor/?{query}"),
    ]
    settings.STAFF_TWO_FACTOR = "optional"
    found += [
        client.get(f"/staff/two-factor/?{query}"),
        client.post(f"/staff/two-factor/?{query}", {"next": wanted}),
        client.get(f"/staff/account/?{query}"),
        Client().get(f"/staff/?{query}"),
    ]

    places = [response.headers.get("Location", "/") for response in found]
    assert [place for place in places if not place.startswith("/") or place[1:2] in ("/", "\\", "\t")] == []


@pytest.mark.parametrize("name", ["next", "url", "redirect", "return", "back", "to"])
def test_no_public_page_takes_an_address_to_go_on_to(db, name):
    programme = factories.ProgrammeFactory()
    query = urlencode({name: "https://evil.example.org/"})
    asked = ["/", "/link-again/", f"/programmes/{programme.slug}/", f"/programmes/{programme.slug}/start/"]

    for address in asked:
        for response in (
            Client().get(f"{address}?{query}"),
            Client().post(f"{address}?{query}", {name: "//evil"}),
        ):
            assert "evil" not in response.headers.get("Location", "")
            assert 'href="https://evil' not in response.content.decode()


@pytest.mark.parametrize("asks", [False, True])
def test_the_policy_is_the_librarys_own_whoever_works_it_out(rf, asks):
    """It is worked out once a process, and the library has the nonce before it and nothing after it."""
    found = []
    for middleware in (CSPMiddleware, PolicyMiddleware):
        request = rf.get("/")

        def answer(request):
            return HttpResponse(f"{request.csp_nonce}" if asks else "")

        header = middleware(answer)(request).headers["Content-Security-Policy"]
        nonce = getattr(request, "_csp_nonce", "")
        found.append({part.replace(nonce, "…") if asks else part for part in header.split("; ")})
        if asks:
            assert f"'nonce-{nonce}'" in header
            assert str(request.csp_nonce) == nonce
        else:
            with pytest.raises(CSPNonceError):
                str(request.csp_nonce)

    assert found[0] == found[1]


def test_a_page_with_a_policy_of_its_own_keeps_it(rf):
    def answer(request):
        return csp_update({"frame-src": ["'self'"]})(lambda request: HttpResponse())(request)

    assert "frame-src 'self'" in PolicyMiddleware(answer)(rf.get("/")).headers["Content-Security-Policy"]
    own = PolicyMiddleware(lambda request: HttpResponse(headers={"Content-Security-Policy": "sandbox"}))
    assert own(rf.get("/")).headers["Content-Security-Policy"] == "sandbox"
