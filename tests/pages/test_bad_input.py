"""Bad input on the forms that strangers can send: a clear sentence, nothing typed lost, nothing stored.

What one page alone has to refuse is tested with that page.
"""

import datetime
from email.utils import getaddresses

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from applications.models import Application, Decision, State
from programmes.domain import links, outbox
from programmes.models import Link
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, read, token_of
from tests.factories import NOW
from tests.pages.filling import about, kept, programme_with_every_step, steps
from tests.support.rows import everything_stored

pytestmark = pytest.mark.django_db

LONG = "Ŵ" * 300
DAY = datetime.timedelta(days=1)
OWN = [
    "sam@example.org",
    "SAM@Example.ORG",
    "s.a.m@example.org",
    "sam+work@example.org",
    " S.A.M+x@example.org ",
]
NOT_OWN = "That is your own email address. Nobody can approve their own application"


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


@pytest.fixture
def draft(programme):
    return scenarios.started(programme, "sam@example.org")


@pytest.fixture
def submitted(programme, ics):
    return scenarios.submitted(programme, email="sam@example.org", ics=ics)


# Too long.
def long_ones(programme, ics):
    """By what is too long: the page and what is typed there."""
    boxes = steps(programme)
    return {
        "name": ("about", about(ics, name=LONG)),
        "job title": ("about", about(ics, job_title=LONG)),
        "organisation": ("about", about(ics, organisation_name=LONG)),
        "answer of a line": ("questions", {"question-why": "Because.", "question-where": LONG + "x"}),
        "approver": ("approvers", {boxes["manager"]: LONG, boxes["address"]: "morgan@example.org"}),
        "approver's address": (
            "approvers",
            {boxes["manager"]: "Morgan", boxes["address"]: "m" * 300 + "@example.org"},
        ),
        "nominator": (
            "declarations",
            {boxes["nominator"]: LONG, boxes["nominated"]: "on", boxes["declared"]: "on"},
        ),
        "reason": ("cohort_choice", {boxes["cohort"]: "cannot", boxes["reason"]: LONG + "x"}),
    }


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("name", "Full name must be 150 characters or fewer: you have entered 300"),
        ("job title", "Job title must be 150 characters or fewer: you have entered 300"),
        ("organisation", "Name of your organisation must be 200 characters or fewer: you have entered 300"),
        ("answer of a line", "Your answer must be 300 characters or fewer: you have entered 301"),
        (
            "approver",
            "The name of your line manager must be 150 characters or fewer: you have entered 300",
        ),
        (
            "approver's address",
            "Work email address must be 254 characters or fewer: you have entered 312",
        ),
        ("nominator", "Name of your nominator must be 150 characters or fewer: you have entered 300"),
        ("reason", "Your answer must be 300 characters or fewer: you have entered 301"),
    ],
)
def test_what_is_too_long_is_refused_with_its_length_and_kept(programme, ics, draft, what, sentence):
    page, typed = long_ones(programme, ics)[what]
    visitor = Visitor(draft)
    before = everything_stored()

    response = visitor.post(page, typed)

    assert errors(response) == [sentence]
    assert {name: kept(response).get(name, "") for name in typed} == typed
    assert everything_stored() == before


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"decision": "support", "full_name": LONG}, "Your full name must be 150 characters or fewer"),
        (
            {
                "decision": "not_me",
                "other_name": LONG,
                "other_email": "alex@example.org",
                "full_name": "Morgan",
            },
            "Full name of the right person must be 150 characters or fewer",
        ),
    ],
)
def test_an_approvers_name_that_is_too_long_is_refused_and_kept(submitted, typed, sentence):
    visitor = Visitor(submitted.approvals.pending().get())
    before = everything_stored()

    response = visitor.post("approve", typed)

    assert errors(response) == [f"{sentence}: you have entered 300"]
    assert kept(response).items() >= typed.items()
    assert everything_stored() == before


# Pasted.
def test_pasted_line_breaks_and_nul_bytes_leave_one_line_and_one_subject(programme, ics, draft):
    boxes = steps(programme)
    visitor = Visitor(draft)
    pasted = "Sam\r\nBcc: everyone@example.org\x00 Ŵyn"

    visitor.post("about", about(ics, name=pasted, organisation_name=pasted))
    visitor.post("questions", {"question-why": "One.\r\n\r\nTwo.\x00", "question-where": pasted})
    visitor.post("cohort_choice", {boxes["cohort"]: "1"})
    visitor.post("approvers", {boxes["manager"]: pasted, boxes["address"]: "morgan\x00@example.org\r\n"})
    visitor.post(
        "declarations", {boxes["nominator"]: pasted, boxes["nominated"]: "on", boxes["declared"]: "on"}
    )
    visitor.post("check", {"confirm": "yes"})
    outbox.send_due()

    line = "Sam Bcc: everyone@example.org Ŵyn"
    application = Application.objects.get(pk=draft.pk)
    approval = application.approvals.pending().get()
    answers = [answer.value for answer in application.answers.all()]
    assert application.state == State.AWAITING_APPROVAL
    assert (application.name, application.organisation_name) == (line, line)
    assert [answer.replace("\r", "") for answer in answers] == ["One.\n\nTwo.", line]
    assert (approval.name, approval.email) == (line, "morgan@example.org")
    assert application.approvals.get(decision=Decision.DECLARED).name == line
    reached = {address for sent in mail.outbox for _, address in getaddresses(sent.recipients())}
    assert reached == {"sam@example.org", "morgan@example.org"}
    assert [sent.subject for sent in mail.outbox if "\n" in sent.subject or "\r" in sent.subject] == []
    assert f"Do you support {line}’s application to Support Circles?" in [
        sent.subject for sent in mail.outbox
    ]


# Late.
@pytest.mark.parametrize("page", ["about", "questions", "cohort_choice"])
def test_a_form_open_when_the_clock_strikes_keeps_what_was_typed(programme, ics, submitted, clock, page):
    boxes = steps(programme)
    typed = {
        "about": {name: value for name, value in about(ics, name="Sam Later").items() if name != "ics"},
        "questions": {"question-why": "On second thoughts.", "question-where": "In Lewes"},
        "cohort_choice": {boxes["cohort"]: "1"},
    }[page]
    visitor = Visitor(submitted)
    assert visitor.get(page).status_code == 200
    clock.move_to(programme.closes_at)
    before = everything_stored()

    response = visitor.post(page, typed)

    (sentence,) = errors(response)
    assert sentence.startswith("Applications to Support Circles closed at midday on 4 November 2026.")
    assert kept(response).items() >= typed.items()
    assert everything_stored() == before


def test_submitting_when_the_clock_has_struck_keeps_the_draft(programme, ics, clock):
    draft = scenarios.filled_in(programme, ics=ics)
    visitor = Visitor(draft)
    clock.move_to(programme.closes_at)
    before = everything_stored()

    response = visitor.post("check", {"confirm": "yes"})

    assert errors(response) == [
        "Applications to Support Circles closed at midday on 4 November 2026. What you entered is kept. "
        f"If you think there is a mistake, write to {programme.contact_email}."
    ]
    assert everything_stored() == before


# Twice.
def test_pressing_submit_twice_submits_once(programme, ics):
    draft = scenarios.filled_in(programme, ics=ics)
    visitor = Visitor(draft)
    first = visitor.post("check", {"confirm": "yes"})
    before = everything_stored()

    second = visitor.post("check", {"confirm": "yes"})

    assert (first.headers["Location"], second.headers["Location"]) == (visitor.address("submitted"),) * 2
    assert everything_stored() == before
    assert draft.reference in read(visitor.get("submitted"))


def test_answering_again_by_the_reminders_link_shows_what_was_decided(submitted):
    approval = submitted.approvals.pending().get()
    first, second = Visitor(approval), Visitor(approval)
    first.post("approve", {"decision": "support", "full_name": "Morgan Manager"})
    before = everything_stored()

    response = second.post("approve", {"decision": "decline", "reason": "No.", "full_name": "Morgan Manager"})

    assert "Your support is recorded" in read(response)
    assert everything_stored() == before


# One's own approver.
@pytest.mark.parametrize("own", OWN)
@pytest.mark.parametrize("where", ["approvers", "my_approval", "approve"])
def test_nobody_names_their_own_address_however_it_is_spelled(programme, ics, where, own):
    boxes = steps(programme)
    if where == "approvers":
        visitor, parts = Visitor(scenarios.started(programme, "sam@example.org")), {}
        typed, box = {boxes["manager"]: "Sam", boxes["address"]: own}, boxes["address"]
    else:
        application = scenarios.submitted(programme, email="sam@example.org", ics=ics)
        approval = application.approvals.pending().get()
        visitor = Visitor(approval if where == "approve" else application)
        parts = {} if where == "approve" else {"pk": approval.pk}
        box = "other_email" if where == "approve" else "email"
        typed = {"decision": "not_me", "full_name": "Morgan", "other_name": "Sam", "name": "Sam", box: own}
    before = everything_stored()

    response = visitor.post(where, typed, **parts)

    (sentence,) = errors(response)
    assert sentence.startswith(NOT_OWN)
    assert kept(response)[box] == own
    assert everything_stored() == before


# Not an ICS of this programme.
@pytest.mark.parametrize("what", ["never was one", "of another region", "has ended", "not yet"])
def test_an_ics_that_cannot_apply_is_refused_and_the_rest_is_kept(programme, ics, draft, what):
    programme.regions.add(ics.region)
    other = {
        "never was one": lambda: factories.IntegratedCareSystemFactory.build(code="QQQ"),
        "of another region": lambda: factories.IntegratedCareSystemFactory(
            region=factories.RegionFactory(name="London", ods_code="Y56")
        ),
        "has ended": lambda: factories.IntegratedCareSystemFactory(valid_to=NOW.date() - DAY),
        "not yet": lambda: factories.IntegratedCareSystemFactory(valid_from=NOW.date() + DAY),
    }[what]()
    visitor = Visitor(draft)
    typed = about(other)
    before = everything_stored()

    response = visitor.post("about", typed)

    assert errors(response) == ["Choose an ICS from the list: the programme is open to these ICSs only"]
    assert kept(response).items() >= {name: typed[name] for name in typed if name != "ics"}.items()
    assert everything_stored() == before


# Links.
@pytest.mark.parametrize("how", ["altered", "cut short", "expired", "revoked", "of the application"])
def test_an_answer_by_a_dead_link_decides_nothing(submitted, clock, how):
    approval = submitted.approvals.pending().get()
    token = token_of(approval)
    link = links.open_link(Link.Opens.APPROVAL, token, now=NOW)
    if how == "revoked":
        links.revoke(Link.Opens.APPROVAL, approval.pk, now=NOW)
    dead = {
        "altered": ("A" if token[0] != "A" else "B") + token[1:],
        "cut short": token[:-1],
        "of the application": token_of(submitted),
    }.get(how, token)
    clock.move_to(link.expires_at if how == "expired" else NOW)
    before = everything_stored()

    response = Client().post(
        reverse("approve", args=[dead]), {"decision": "support", "full_name": "Morgan Manager"}
    )

    assert response.status_code == 410
    assert "This link no longer works" in read(response)
    assert "Send a fresh link" in read(response)
    assert everything_stored() == before
