"""Whatever is typed, chosen, left out or sent as a file, on any form and at any address: no page fails.

About a minute of `make test`. FUZZ_EXAMPLES in the environment sets how many tries each part makes; more of them, with
another FUZZ_SEED, look further.
"""

from __future__ import annotations

import logging
import os
import re
import time
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import hypothesis
import pytest
from django.contrib import admin
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from hypothesis import strategies as st

from tests.crawl.addresses import PARAMETER, fillings, patterns
from tests.crawl.world import WorldTestCase
from tests.security.shown_forms import Form, forms_of

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))

# Seconds of the processor for one answer, at the very most; a usual page takes a fiftieth of it.
LONGEST = 5.0

NASTY = [
    *(
        "",
        " ",
        "0",
        "-1",
        "1",
        "9" * 40,
        "1e400",
        "NaN",
        "Infinity",
        "²",
        "١٢",
        "1.5",
        "0x10",
        "None",
        "null",
        "[]",
    ),
    *("\x00", "a\x00b", "\r\nBcc: a@example.org", "\u202eevil", "\u200b", "\ufeff", "💥" * 10, "a" * 20_000),
    *(
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "{% load x %}",
        "%s%n%(x)s",
        "' OR 1=1 --",
        "../../etc/passwd",
    ),
    *(
        "0001-01-01 00:00:00+14:00",
        "9999-12-31 23:59:59-12:00",
        "2026-02-30",
        "0000-00-00",
        "9999-12-31",
        "10000-01-01",
        "25:61",
        "24:00",
        "1/2/3",
        "31 2 2026",
    ),
    # What makes a careless expression look again and again from each place.
    *(
        " " * 20_000 + "x",
        "[" * 5_000,
        "<a" * 5_000,
        "*_" * 5_000,
        "a." * 5_000 + "@",
        "> " * 2_000,
        "1" * 20_000,
    ),
    *(
        "a@example.org",
        "a@b",
        "@",
        "a" * 300 + "@example.org",
        "a@example.org\n",
        "http://[::1",
        "https://" + "a" * 3000,
    ),
    *(
        "on",
        "true",
        "__all__",
        "pk",
        "id",
        "-pk",
        "__class__",
        "a__b__c",
        "\\",
        '"',
        "=1+1",
        "\t",
        "a,b",
        "1,2,x",
    ),
]
WORDS = st.one_of(st.sampled_from(NASTY), st.text(max_size=60), st.integers().map(str))
FILES = st.builds(
    lambda name, content: SimpleUploadedFile(name or "x", content),
    st.sampled_from(
        ["a.pdf", "a.docx", "a.odt", "a.xlsx", "a.csv", "a", ".pdf", "a.pdf.exe", "ż" * 80 + ".pdf"]
    ),
    st.one_of(
        st.sampled_from(
            [
                b"",
                b"%PDF-",
                b"PK\x03\x04",
                b"\xff\xfe",
                b"name\n",
                b'a,b\n\x00,"',
                b"\xef\xbb\xbfname,email\nx",
            ]
        ),
        st.binary(max_size=200),
    ),
)
KEYS = [
    "q",
    "p",
    "o",
    "e",
    "all",
    "page",
    "next",
    "answers",
    "again",
    "ics",
    "topic",
    "programme",
    "month",
    "state",
    "_popup",
]


def bounded(examples: int = EXAMPLES):
    """How a part of the run is made: so many tries, the same each time unless told otherwise."""

    def wrap(test: Any) -> Any:
        settings = hypothesis.settings(
            max_examples=examples,
            deadline=None,
            derandomize=not SEED,
            database=None,
            suppress_health_check=list(hypothesis.HealthCheck),
            phases=[hypothesis.Phase.generate],
        )
        return hypothesis.seed(SEED)(settings(test)) if SEED else settings(test)

    return wrap


def typed_into(draw: Any, form: Form) -> dict[str, Any]:
    """What somebody sends of a form: what it shows, with some of it changed, left out, repeated or made up."""
    sent: dict[str, Any] = dict(form.held)
    names = sorted({*form.offered, *form.held})
    for name in draw(st.lists(st.sampled_from(names), max_size=6, unique=True)) if names else []:
        offered = form.offered.get(name) or [""]
        value = draw(st.one_of(st.sampled_from(offered), WORDS, st.lists(WORDS, max_size=3), st.none()))
        if value is None:
            sent.pop(name, None)
        else:
            sent[name] = value
    for name in form.files:
        if draw(st.booleans()):
            sent[name] = draw(FILES)
    if draw(st.integers(0, 9)) == 0:
        sent[draw(st.sampled_from(KEYS))] = draw(WORDS)
    return sent


# A day without a time zone is taken as London's, with a warning for programmers.
@pytest.mark.filterwarnings("ignore:.*received a naive datetime:RuntimeWarning")
@pytest.mark.either
class FuzzTests(WorldTestCase):
    def setUp(self):
        super().setUp()
        logging.disable(logging.CRITICAL)
        self.visitor = Client(raise_request_exception=False)
        self.staff = Client(raise_request_exception=False)
        self.staff.force_login(self.world.administrator)
        self.program = Client(
            raise_request_exception=False, headers={"Authorization": f"Bearer {self.world.feed_key}"}
        )

    def addresses(self, *starts: str) -> list[str]:
        return [
            pattern.filled(values)
            for pattern in patterns()
            if pattern.text.startswith(starts) and "logout" not in pattern.text
            for values in fillings(pattern, self.world)[:4]
        ]

    def forms(self, client: Client, addresses: list[str]) -> list[Form]:
        """Each kind of form once: several pages show the same."""
        found: dict[Any, Form] = {}
        for address in addresses:
            response = client.get(address)
            if "html" not in response.headers.get("Content-Type", ""):
                continue
            for form in forms_of(response.content.decode(), address):
                if "logout" not in form.action:
                    kind = (
                        re.sub(r"[A-Za-z0-9_-]{43}|\d+", "", form.action),
                        *sorted(form.offered),
                        *form.files,
                    )
                    found.setdefault(kind, form)
        return list(found.values())

    def tried(self, client: Client, method: str, address: str, sent: Any = None) -> None:
        kept = transaction.savepoint()
        begun = time.process_time()
        response = getattr(client, method)(address, sent or {})
        took = time.process_time() - begun
        for close in response._resource_closers:
            close()
        transaction.savepoint_rollback(kept)
        assert response.status_code < 500, (method, address, sent, response.status_code)
        assert took < LONGEST, (method, address, sent, took)

    def post_to(self, client: Client, forms: list[Form], examples: int) -> None:
        @bounded(examples)
        @hypothesis.given(st.data())
        def post(data: st.DataObject) -> None:
            form = data.draw(st.sampled_from(forms))
            self.tried(client, "post", form.action, typed_into(data.draw, form))

        post()

    def test_no_form_of_a_visitor_fails(self):
        forms = self.forms(
            self.visitor, self.addresses("programmes/", "link-again/", "circles/", "certificates/")
        )

        assert len(forms) >= 4
        self.post_to(self.visitor, forms, EXAMPLES)

    def test_no_form_behind_an_emailed_link_fails(self):
        starts = (
            "my/",
            "approve/",
            "board/",
            "register/",
            "news/",
            "invitation/",
            "facilitator/",
            "booking/",
        )
        forms = self.forms(self.visitor, self.addresses(*starts))

        assert len(forms) >= 25
        self.post_to(self.visitor, forms, 3 * EXAMPLES)

    def test_no_form_of_staff_fails(self):
        forms = self.forms(self.staff, self.addresses("staff/"))

        assert len(forms) >= 60
        self.post_to(self.staff, forms, 3 * EXAMPLES)

    def test_no_list_of_staff_fails_whatever_it_is_asked_for(self):
        lists = [
            f"/staff/{model._meta.app_label}/{model._meta.model_name}/" for model in admin.site._registry
        ]
        keys = {}
        for address in lists:
            page = self.staff.get(address).content.decode()
            links = re.findall(r'href="\?([^"]*)"', page)
            keys[address] = sorted(
                {name for link in links for name, _ in parse_qsl(link.replace("&amp;", "&"))} | set(KEYS)
            )

        @bounded(EXAMPLES)
        @hypothesis.given(st.data())
        def ask(data: st.DataObject) -> None:
            address = data.draw(st.sampled_from(lists))
            wanted = data.draw(st.dictionaries(st.sampled_from(keys[address]), WORDS, min_size=1, max_size=3))
            self.tried(self.staff, "get", f"{address}?{urlencode(wanted)}")

        ask()

    def test_the_feed_answers_whatever_it_is_asked_for(self):
        names = ["programme", "cursor", "after", "limit", "changed_since", "page", "format"]

        @bounded(EXAMPLES)
        @hypothesis.given(st.data())
        def ask(data: st.DataObject) -> None:
            address = data.draw(
                st.sampled_from(
                    ["programmes/", "cohorts/", "applications/", "funnel/", "openapi.json", "x/y"]
                )
            )
            wanted = data.draw(st.dictionaries(st.sampled_from(names), WORDS, max_size=4))
            self.tried(self.program, "get", f"/feed/v1/{address}?{urlencode(wanted)}")

        ask()

    def test_no_address_fails_whatever_stands_in_it(self):
        texts = [pattern for pattern in patterns() if pattern.parameters]

        @bounded(2 * EXAMPLES)
        @hypothesis.given(st.data())
        def ask(data: st.DataObject) -> None:
            pattern = data.draw(st.sampled_from(texts))

            def part(found: re.Match[str]) -> str:
                if found[0].startswith("<int:"):
                    return str(data.draw(st.sampled_from([0, 1, 2, 2**31, 2**63, 10**30])))
                return quote(data.draw(WORDS), safe="") or "x"

            path = "/" + re.sub(r"[\^$]|\\(?=\W)", "", PARAMETER.sub(part, pattern.text))
            client = self.staff if path.startswith("/staff/") else self.visitor
            self.tried(client, data.draw(st.sampled_from(["get", "post"])), path)

        ask()

    def test_no_public_page_fails_whatever_it_is_asked_for(self):
        pages = [
            urlsplit(address).path for address in self.addresses("programmes/", "circles/", "certificates/")
        ]
        pages += ["/", "/link-again/", "/accessibility/", "/privacy/"]

        @bounded(EXAMPLES)
        @hypothesis.given(st.data())
        def ask(data: st.DataObject) -> None:
            wanted = data.draw(st.dictionaries(st.sampled_from(KEYS), WORDS, max_size=4))
            self.tried(self.visitor, "get", f"{data.draw(st.sampled_from(pages))}?{urlencode(wanted)}")

        ask()
