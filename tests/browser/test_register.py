"""The trainer's register on a phone, and the way from having attended to the certificate, by phone and by keyboard."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from cohorts.domain import register, trainers
from cohorts.models import Attendance, Session
from facilitators.models import EvaluationQuestion
from programmes.models import Message
from tests import factories, scenarios
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.visits import look_everywhere
from tests.factories import NOW

pytestmark = pytest.mark.django_db(transaction=True)


BEFORE = NOW - datetime.timedelta(days=20)


@pytest.fixture(autouse=True)
def at_noon() -> Iterator[None]:
    """The portal's clock goes on from the scenarios' noon."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def session() -> Any:
    """A session that started an hour ago, with twenty people."""
    session = factories.SessionFactory(cohort__name="Cohort 1", starts_at=NOW - datetime.timedelta(hours=1))
    for number in range(20):
        scenarios.confirmed(session.cohort.programme, name=f"Person {number:02}", now=BEFORE)
    return session


def link_to(session: Any, mailbox: Any) -> str:
    user = scenarios.reviewer_of(session.cohort.programme)
    trainers.send_link(
        session.pk, name="Alex Trainer", email="alex@example.org", user=user, now=timezone.now()
    )
    return str(mailbox.latest("alex@example.org").link("/register/"))


@pytest.mark.parametrize("scripts", [True, False])
def test_a_trainer_marks_twenty_people_on_a_phone(
    open_page: Any, mailbox: Any, axe: Any, session: Any, scripts: bool
) -> None:
    page = open_page(**PHONE, java_script_enabled=scripts)
    page.goto(link_to(session, mailbox))
    page.get_by_label("Your full name").fill("Alex Trainer")
    page.get_by_role("group", name="Person 03").get_by_label("Late").check()
    page.get_by_role("group", name="Person 07").get_by_label("Absent").check()

    with page.expect_navigation():
        page.get_by_role("button", name="Everyone else is present").click()

    expect(page.get_by_text("The register is saved. 20 of 20 people are marked.")).to_be_visible()
    expect(page.get_by_label("Your full name")).to_have_value("Alex Trainer")
    marks = [row.mark for row in Attendance.objects.order_by("application__name")]
    assert (marks[3], marks[7], marks.count("present")) == ("late", "absent", 18)
    if scripts:
        look_everywhere(page, axe)


def test_two_trainers_who_mark_otherwise_are_shown_both(
    open_page: Any, mailbox: Any, axe: Any, session: Any
) -> None:
    link = link_to(session, mailbox)
    pages: list[Page] = [open_page(**PHONE), open_page(**DESKTOP)]
    for page, name, mark in zip(pages, ("Morgan", "Alex"), ("Absent", "Late"), strict=True):
        page.goto(link)
        page.get_by_label("Your full name").fill(name)
        page.get_by_role("group", name="Person 00").get_by_label(mark).check()

    for page in pages:
        with page.expect_navigation():
            page.get_by_role("button", name="Save").click()

    summary = pages[1].locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    assert "Morgan has marked Person 00 meanwhile: absent. You said: late." in summary.inner_text()
    look_everywhere(pages[1], axe)
    summary.get_by_role("link").click()
    assert pages[1].evaluate("document.activeElement.type") == "radio"
    assert Attendance.objects.get().mark == "absent"


def test_a_register_before_its_day_and_one_that_is_closed(phone: Page, mailbox: Any, axe: Any) -> None:
    session = factories.SessionFactory(starts_at=NOW + datetime.timedelta(days=20))
    scenarios.confirmed(session.cohort.programme, now=BEFORE)
    link = link_to(session, mailbox)

    phone.goto(link)
    look_everywhere(phone, axe)
    trainers.revoke_links(
        session.pk, user=scenarios.reviewer_of(session.cohort.programme), now=timezone.now()
    )
    phone.goto(link)

    expect(phone.get_by_role("heading", name="This link no longer works")).to_be_visible()
    look_everywhere(phone, axe)


def test_somebody_who_attended_completes_on_a_phone_and_gets_the_certificate(
    phone: Page, mailbox: Any, axe: Any
) -> None:
    ended = NOW - datetime.timedelta(days=1)
    session = factories.SessionFactory(starts_at=ended - datetime.timedelta(hours=3), ends_at=ended)
    programme = session.cohort.programme
    for kind in EvaluationQuestion.Kind:
        factories.EvaluationQuestionFactory(
            programme=programme,
            kind=kind,
            text=f"How was the {kind.label.lower()}?",
            choices=["Weekly", "Monthly"] if kind == EvaluationQuestion.Kind.CHOICE else [],
        )
    factories.UndertakingFactory(programme=programme)
    application = scenarios.attended(programme, now=BEFORE, email="sam@example.org", name="Sam Applicant")
    assert Message.objects.filter(event="attended").exists()

    phone.goto(mailbox.latest("sam@example.org").link("/my/"))
    look_everywhere(phone, axe)
    phone.get_by_role("button", name="Complete your training").click()
    phone.get_by_label("Your full name").fill("")
    with phone.expect_navigation():
        phone.get_by_role("button", name="Complete the training").click()
    summary = phone.locator(".nhsuk-error-summary")
    expect(summary).to_be_focused()
    look_everywhere(phone, axe)
    phone.get_by_role("group", name="How was the rating").get_by_label("4", exact=True).check()
    phone.get_by_label("How was the text?").fill("Good.")
    phone.get_by_role("group", name="How was the yes or no?").get_by_label("Yes").check()
    phone.get_by_label("Monthly", exact=True).check()
    phone.get_by_label("I will respect the copyright").check()
    phone.get_by_label("Your full name").fill("Sam Applicant")
    with phone.expect_navigation():
        phone.get_by_role("button", name="Complete the training").click()

    look_everywhere(phone, axe)
    with phone.expect_download() as download:
        phone.get_by_role("link", name="Download your certificate").click()
    number = application.certificates.get().number
    assert download.value.suggested_filename == f"certificate-{number}.pdf"
    phone.goto(f"/certificates/{number}/")
    expect(phone.get_by_text("Valid", exact=True)).to_be_visible()
    look_everywhere(phone, axe)


def test_the_staffs_registers_grid_and_closing_at_a_desk(
    open_page: Any, portal: str, axe: Any, session: Any
) -> None:
    cohort = session.cohort
    people = [place.application for place in cohort.places.order_by("pk")]
    marks = {one.pk: register.Marked("absent" if number < 2 else "late") for number, one in enumerate(people)}
    register.mark(session.pk, marks, by="Alex Trainer", seen={}, now=NOW)
    factories.SessionFactory(cohort__programme=cohort.programme, cohort__name="Cohort 2")
    Session.objects.filter(pk=session.pk).update(ends_at=NOW - datetime.timedelta(minutes=5))
    client = Client()
    client.force_login(scenarios.reviewer_of(cohort.programme))
    page = open_page(**DESKTOP)
    cookie = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": cookie, "url": portal}])

    for name, arguments in (
        ("cohorts_session_register", [session.pk]),
        ("cohorts_session_trainer", [session.pk]),
        ("cohorts_cohort_attendance", [cohort.pk]),
        ("cohorts_cohort_make_up", [cohort.pk, people[0].pk]),
        ("cohorts_cohort_close", [cohort.pk]),
    ):
        page.goto(reverse(f"admin:{name}", args=arguments))
        look_everywhere(page, axe)
    with page.expect_navigation():
        page.get_by_role("button", name="Close the register").click()

    expect(page.get_by_text("18 people attended, 2 people did not.")).to_be_visible()
