"""Emailed links: not guessed, not replayed, closed when they should be, and never pressed by a mail gateway."""

import datetime
import hashlib
import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import transaction
from django.test import Client

from applications.domain import approvals
from programmes.domain import links, outbox, rendering
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, token_of
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import WorldTestCase
from tests.factories import NOW
from tests.security.pressing import buttons, choices
from tests.support.rows import everything_stored

# The pages that a link in a mail opens.
FIRST_PAGES = (
    *("my/<str:token>/", "approve/<str:token>/", "board/<str:token>/", "register/<str:token>/"),
    *("invitation/<str:token>/", "news/<str:token>/", "facilitator/<str:token>/", "booking/<str:token>/"),
)
# What pressing a button alone may do: to send the reader's own link to the reader once more, and to stop news, which
# RFC 8058 wants to be one press, and which the next press takes back.
HARMLESS = {"Send me the link again", "Send a fresh link", "Stop getting news"}


@pytest.fixture
def at_noon():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def submitted(db, at_noon):
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    return scenarios.submitted(programme, email="sam@example.org")


# Guessing.
@pytest.mark.django_db
def test_a_token_is_of_256_bits_and_stands_in_no_table():
    rows = [links.mint(Link.Opens.NEWS, 1, sent_to="a@example.org", now=NOW) for _ in range(200)]
    tokens = {links.token_of(row) for row in rows}

    assert len(tokens) == 200
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{43}", token) for token in tokens)
    for row, token in zip(rows, map(links.token_of, rows), strict=True):
        assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
        assert token not in repr([getattr(row, field.name) for field in row._meta.fields])


@pytest.mark.django_db
def test_what_is_stored_makes_no_token_without_the_key(settings):
    row = links.mint(Link.Opens.NEWS, 1, sent_to="a@example.org", now=NOW)
    settings.LINK_KEYS = ["another key"]

    with pytest.raises(links.LinkDead):
        links.token_of(row)


@pytest.mark.parametrize(
    "how", ["next letter", "shorter", "longer", "other case", "spaces", "nul", "very long"]
)
def test_a_token_that_is_nearly_right_opens_nothing(submitted, how):
    token = token_of(submitted)
    tried = {
        "next letter": token[:-1] + ("A" if token[-1] != "A" else "B"),
        "shorter": token[:-1],
        "longer": token + "=",
        "other case": token.swapcase(),
        "spaces": f"{token}%20",
        "nul": f"{token}%00",
        "very long": token * 100,
    }[how]

    response = Client().get(f"/my/{tried}/")

    assert response.status_code in (404, 410)
    assert submitted.name not in response.content.decode()


# What a link opens.
@pytest.mark.django_db
def test_a_link_of_one_kind_opens_no_other(at_noon):
    """Although the number of what they open is the same."""
    opened = {
        str(opens): links.token_of(links.mint(opens, 1, sent_to="a@example.org", now=NOW))
        for opens in Link.Opens
    }
    starts = {
        pattern.text: pattern
        for pattern in patterns()
        if "<str:token>" in pattern.text and "link-again" not in pattern.text
    }
    kinds = {
        "my": "application",
        "approve": "approval",
        "calendar": "calendar",
    }

    found = []
    for text, pattern in starts.items():
        own = (
            "staff_calendar"
            if text.startswith("calendar/staff")
            else kinds.get(text.split("/")[0], text.split("/")[0])
        )
        for opens, token in opened.items():
            if opens == own:
                continue
            given = dict.fromkeys(pattern.parameters, 1) | {"token": token, "reference": "X", "slug": "x"}
            for method in ("get", "post"):
                status = getattr(Client(), method)(pattern.filled(given)).status_code
                found += [(method, text, opens, status)] if status not in (404, 405, 410) else []

    assert found == []
    assert len(starts) > 50


def test_a_link_signs_nobody_in(submitted):
    visitor = Visitor(submitted)

    visitor.get("application")

    assert "sessionid" not in visitor.client.cookies
    assert visitor.client.get("/staff/").status_code == 302


# Replayed, forwarded, replaced.
def test_an_answer_sent_twice_is_the_first_answer(submitted):
    approval = submitted.approvals.pending().get()
    visitor = Visitor(approval)
    answer = {"decision": "support", "full_name": "Morgan Manager"}
    visitor.post("approve", answer)
    before = everything_stored()

    for changed in (answer, answer | {"decision": "decline", "reason": "No."}):
        Client().post(visitor.address("approve"), changed)

    assert everything_stored() == before


def test_a_link_that_was_forwarded_can_be_closed_and_a_fresh_one_goes_to_the_address_we_hold(submitted):
    """Whoever has the link has what it opens; closing it is one call, and asking again mails the applicant alone."""
    forwarded = Visitor(submitted)
    assert forwarded.get("application").status_code == 200

    links.revoke(Link.Opens.APPLICATION, submitted.pk, now=NOW)
    closed = forwarded.get("application")
    forwarded.client.post(f"/link-again/application/{forwarded.token}/")

    assert closed.status_code == 410
    assert submitted.name not in closed.content.decode()
    assert [mail.to_address for mail in Message.objects.filter(event="link_again")] == ["sam@example.org"]


def test_a_changed_address_closes_every_link_to_the_old_one(submitted):
    approval = submitted.approvals.pending().get()
    old = [Visitor(approval), Visitor(approval)]

    fresh = approvals.correct_address(
        approval.pk, corrected_by="Sam", name="Morgan Manager", email="right@example.org", now=NOW
    )

    assert [visitor.get("approve").status_code for visitor in old] == [410, 410]
    working = Link.objects.working(NOW).filter(
        opens=Link.Opens.APPROVAL, object_id__in=[approval.pk, fresh.pk]
    )
    assert {link.sent_to for link in working} == {"right@example.org"}


def test_passing_a_request_on_closes_every_link_to_the_person_before(submitted):
    approval = submitted.approvals.pending().get()
    old = Visitor(approval)

    old.post(
        "approve",
        {
            "decision": "not_me",
            "full_name": "Morgan",
            "other_name": "Alex",
            "other_email": "alex@example.org",
        },
    )

    assert old.get("approve").status_code == 410


def test_a_link_ends_with_its_time(submitted, at_noon):
    visitor = Visitor(submitted)
    link = links.find(Link.Opens.APPLICATION, visitor.token)
    at_noon.move_to(link.expires_at - datetime.timedelta(seconds=1))
    before = visitor.get("application").status_code
    at_noon.move_to(link.expires_at)

    assert (before, visitor.get("application").status_code) == (200, 410)


# Where tokens could get out.
def test_no_page_behind_a_link_sends_its_reader_or_its_address_elsewhere(submitted):
    pages = [
        Visitor(submitted).get("application"),
        Visitor(submitted.approvals.pending().get()).get("approve"),
    ]

    for page in pages:
        html = page.content.decode()
        loaded = re.findall(
            r'<(?:script|img|iframe|link|source|form)\b[^>]*(?:src|href|action)="([^"]+)"', html
        )
        elsewhere = {urlsplit(one).netloc for one in loaded} - {"", "testserver"}
        assert elsewhere == set()
        assert page.headers["Referrer-Policy"] == "strict-origin"


def test_no_row_holds_the_address_of_a_link_once_its_mail_is_sent(submitted):
    outbox.send_due()
    sent = Message.objects.filter(link__isnull=False)
    tokens = [links.token_of(mail.link) for mail in sent]

    stored = repr([list(Message.objects.values_list()), list(Link.objects.values_list())])

    assert len(tokens) >= 2
    assert [token for token in tokens if token in stored] == []
    assert all(links.token_of(mail.link) in rendering.render(mail).text for mail in sent)


# Gateways.
def test_a_bare_choice_answers_nothing(submitted):
    visitor = Visitor(submitted.approvals.pending().get())
    page = visitor.get("approve").content.decode()
    before = everything_stored()

    found = [visitor.post("approve", {name: value}).status_code for name, value in choices(page)]

    assert (len(found), set(found)) == (4, {200})
    assert everything_stored() == before
    assert "checked" not in page


@pytest.mark.either
class GatewayTests(WorldTestCase):
    def first_pages(self):
        return [
            pattern.filled(values)
            for pattern in patterns()
            if pattern.text in FIRST_PAGES
            for values in fillings(pattern, self.world)
        ]

    def test_pressing_every_button_of_the_page_that_a_mail_opens_changes_nothing(self):
        pressed, did = 0, set()
        addresses = self.first_pages()
        before = everything_stored()
        for address in addresses:
            page = Client().get(address).content.decode()
            for words, where, sent in buttons(page, address):
                pressed += 1
                kept = transaction.savepoint()
                Client().post(where, sent)
                if everything_stored() != before:
                    did.add(words)
                    transaction.savepoint_rollback(kept)
                else:
                    transaction.savepoint_commit(kept)

        assert did <= HARMLESS
        assert pressed > 10

    def test_an_empty_form_sent_to_any_address_of_a_link_is_refused(self):
        """As by a program that opens no page first: it has no token of a form."""
        addresses = [
            pattern.filled(values)
            for pattern in patterns()
            if "<str:token>" in pattern.text
            for values in fillings(pattern, self.world)[:3]
        ]
        before = everything_stored()

        found = {address: Client(enforce_csrf_checks=True).post(address).status_code for address in addresses}

        assert everything_stored() == before
        allowed = {address for address, status in found.items() if status not in (403, 405)}
        # A mail program unsubscribes without opening the page; an empty form chooses nothing there.
        assert {address.split("/")[1] for address in allowed} <= {"news"}
        assert len(found) > 100
