"""Letters, HTML and formulas that people type: they arrive as typed, on pages and in mails, and are never run."""

import html
import re

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Application, Approval, State
from programmes.domain import outbox
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor
from tests.factories import NOW
from tests.pages.filling import about, programme_with_every_step, steps

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '=HYPERLINK("https://example.org","Read")',
    "{{ 7 * 191 }} {% now 'Y' %}",
]
RAW = re.compile(r"<script>alert|<img src=x|\b1337\b")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory()


@pytest.fixture
def programme():
    return programme_with_every_step()


def test_apostrophes_and_welsh_letters_arrive_in_mails_as_typed(programme, ics):
    application = scenarios.filled_in(programme, email="sian@example.org", name="Siân O'Brien-Ŵyn", ics=ics)
    Approval.objects.filter(application=application, email__contains="manager").update(name="Llŷr D’Arcy")
    Visitor(application).post("check", {"confirm": "yes"})
    outbox.send_due()

    receipt, request = mail.outbox[-2:]
    assert receipt.body.startswith("Dear Siân O'Brien-Ŵyn,")
    assert "We have asked Llŷr D’Arcy (line manager) to approve it." in receipt.body
    assert request.subject == "Do you support Siân O'Brien-Ŵyn’s application to Support Circles?"
    assert request.body.startswith("Dear Llŷr D’Arcy,")
    for sent in (receipt, request):
        (page, _), *_ = sent.alternatives
        assert "Siân O'Brien-Ŵyn" in html.unescape(page)
        assert "&amp;#" not in page
        assert "&#" not in sent.body


@pytest.fixture
def hostile(programme, ics):
    """An application of which every word is hostile, on its way to its line manager."""
    boxes = steps(programme)
    everything = " ".join(HOSTILE)
    application = scenarios.started(programme, "sam@example.org")
    visitor = Visitor(application)
    short = everything[:150]
    visitor.post("about", about(ics, name=short, job_title=short, organisation_name=everything[:200]))
    visitor.post("questions", {"question-why": everything, "question-where": everything})
    visitor.post("cohort_choice", {boxes["cohort"]: "1"})
    visitor.post("approvers", {boxes["manager"]: short, boxes["address"]: "morgan@example.org"})
    visitor.post(
        "declarations", {boxes["nominator"]: short, boxes["nominated"]: "on", boxes["declared"]: "on"}
    )
    return application, visitor


def test_html_and_formulas_are_shown_as_typed_and_never_run(programme, hostile):
    application, visitor = hostile
    administrator = scenarios.administrator_of(programme)
    staff = Client()
    staff.force_login(administrator)
    pages = {
        "check": visitor.get("check"),
        "about": visitor.get("about"),
        "questions": visitor.get("questions"),
    }
    visitor.post("check", {"confirm": "yes"})
    approver = Visitor(application.approvals.pending().get())
    pages |= {
        "status": visitor.get("application"),
        "correction": visitor.get("my_approval", pk=application.approvals.pending().get().pk),
        "approver": approver.get("approve"),
    }
    approver.post("approve", {"decision": "support", "full_name": HOSTILE[0]})
    pages |= {"decided": approver.get("approve"), "history": visitor.get("application")}
    for name, args in {
        "applications_application_changelist": [],
        "applications_application_change": [application.pk],
        "applications_application_decide": [application.pk, "turn_down"],
        "applications_application_match": [application.pk],
        "programmes_programme_change": [programme.pk],
        "programmes_programme_step": [programme.pk, "questions"],
        "programmes_programme_preview": [programme.pk, "mails"],
        "programmes_message_changelist": [],
    }.items():
        pages[name] = staff.get(reverse(f"admin:{name}", args=args))

    assert Application.objects.get(pk=application.pk).state == State.UNDER_REVIEW
    assert {name: page.status_code for name, page in pages.items()} == dict.fromkeys(pages, 200)
    assert {name: RAW.findall(page.content.decode()) for name, page in pages.items()} == {
        name: [] for name in pages
    }
    for name in ("check", "approver", "applications_application_change"):
        assert HOSTILE[0] in html.unescape(pages[name].content.decode())


def test_html_and_formulas_in_mails_are_shown_as_typed(hostile):
    _, visitor = hostile
    visitor.post("check", {"confirm": "yes"})
    outbox.send_due()

    receipt, request = mail.outbox[-2:]
    assert request.subject.startswith(f"Do you support {HOSTILE[0]} {HOSTILE[1]}")
    for sent in (receipt, request):
        (page, _), *_ = sent.alternatives
        assert HOSTILE[0] in sent.body
        assert RAW.findall(page) == []
        assert HOSTILE[0] in html.unescape(page)
