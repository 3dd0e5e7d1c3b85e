"""What people do on their way from a programme's page to a confirmed place, each step named as they would say it.

Everything is pressed, typed and read on the pages, or taken from the mails; nothing looks into the database.
"""

import datetime
from collections.abc import Mapping, Sequence

import icalendar
from django.utils import timezone

from programmes.domain import outbox
from programmes.management.samples import PASSWORD
from tests.browser.visits import Visitor

# What the academy reads after a decision.
HELD = "The mail goes out in 10 minutes: a decision that is changed until then reaches nobody."
# What is written of one session: the day of the week, from, to.
Hours = tuple[str, str, str]


# The applicant.
def find_the_programme(visitor: Visitor, title: str) -> None:
    visitor.go("/")
    visitor.follow(title)
    assert visitor.page.locator("h1").inner_text().endswith(title)


def check_that_i_can_apply(
    visitor: Visitor, yes: Sequence[str], several: Mapping[str, Sequence[str]]
) -> None:
    visitor.follow("Check if you can apply")
    for question in yes:
        visitor.choose(question, "Yes")
    for question, answers in several.items():
        visitor.choose(question, *answers)
    visitor.press("Continue")
    assert visitor.reads("You meet the requirements of this programme.")


def ask_for_the_link(visitor: Visitor) -> None:
    visitor.write("Work email address", visitor.address)
    visitor.press("Send me the link")
    assert visitor.reads("We have sent a link to the address you gave.")


def continue_by_the_mailed_link(visitor: Visitor, first_step: str) -> None:
    visitor.open_mailed_link("/my/")
    assert visitor.reads("You have completed 0 of")
    visitor.follow(first_step)


def say_who_i_am(visitor: Visitor, name: str, *, ics: str, organisation: str, sector: str) -> None:
    visitor.write("Full name", name)
    visitor.write("Job title", "Health and wellbeing lead")
    visitor.page.get_by_label("Integrated Care System (ICS)").select_option(label=ics)
    unlisted = visitor.page.get_by_label("My organisation is not listed")
    if unlisted.count():
        unlisted.check()
    visitor.write("Name of your organisation", organisation)
    visitor.page.get_by_label("Kind of organisation").select_option(label=sector)
    visitor.press("Save and continue")


def answer_the_questions(visitor: Visitor, answers: Mapping[str, str | list[str]]) -> None:
    """``answers`` by the words of the question: what is typed, or in a list what is ticked."""
    for question, answer in answers.items():
        if isinstance(answer, list):
            visitor.choose(question, *answer)
        else:
            visitor.write(question, answer)
    visitor.press("Save and continue")


def choose_dates(visitor: Visitor, choices: Mapping[str, str]) -> None:
    for cohort, choice in choices.items():
        visitor.choose(cohort, choice)
    visitor.press("Save and continue")


def say_what_i_need(visitor: Visitor, answer: str) -> None:
    """Where the training is face to face: whether anything is needed to take part."""
    visitor.choose("Is there anything you need in order to take part?", answer)
    visitor.press("Save and continue")


def name_my_line_manager(visitor: Visitor, name: str, address: str) -> None:
    visitor.group("Your line manager").get_by_label("Full name").fill(name)
    visitor.group("Your line manager").get_by_label("Work email address").fill(address)
    visitor.press("Save and continue")


def agree_to_everything(visitor: Visitor, named: Mapping[str, str]) -> None:
    """Tick every box; ``named`` says who gave an approval that is declared."""
    for box in visitor.page.get_by_role("checkbox").all():
        box.check()
    for label, name in named.items():
        visitor.page.get_by_label(label).fill(name)
    visitor.press("Save and continue")


def check_and_submit(visitor: Visitor, *, expected: Sequence[str]) -> str:
    """Read everything over, submit, and return the reference."""
    for text in expected:
        assert visitor.reads(text), f"“{text}” is not on the page to check"
    visitor.press("Submit your application")
    assert visitor.reads("Application submitted")
    reference = visitor.page.locator("main strong").first.inner_text()
    assert visitor.reads(f"We have emailed a receipt to {visitor.address}.")
    return reference


def see_where_it_stands(visitor: Visitor, *, name: str, waits_on: str = "") -> None:
    """Open the status page by the newest mail."""
    visitor.open_mailed_link("/my/")
    assert visitor.reads(f"Where it stands {name}")
    if waits_on:
        assert visitor.reads(f"It waits on {waits_on}")


def accept_the_offer(visitor: Visitor) -> None:
    visitor.open_mailed_link("/my/")
    visitor.follow("Answer the offer")
    visitor.choose("Do you take the place?", "Yes, I accept the place")
    visitor.press("Send your answer")
    assert visitor.reads("You have accepted the place.")


# The line manager.
def read_what_is_asked(visitor: Visitor, *, expected: Sequence[str]) -> None:
    visitor.open_mailed_link("/approve/")
    visitor.page.get_by_text("Read the role description", exact=True).click()
    for text in expected:
        assert visitor.reads(text), f"“{text}” is not on the approver's page"


def support_it(visitor: Visitor, name: str) -> None:
    visitor.choose("What is your answer?", "I support this application")
    visitor.write("Your full name", name)
    visitor.press("Send your answer")
    assert visitor.reads("Your support is recorded")


# The academy.
def sign_in(visitor: Visitor, username: str) -> None:
    visitor.go("/staff/")
    visitor.write("Username:", username)
    visitor.write("Password:", PASSWORD)
    visitor.press("Sign in")


def find_the_application(visitor: Visitor, reference: str) -> None:
    visitor.leave(visitor.page.locator(".model-application").get_by_role("link", name="Applications"))
    visitor.page.get_by_role("textbox", name="Search").fill(reference)
    visitor.press("Search")
    visitor.follow(reference)
    assert reference in visitor.page.locator("h1").inner_text()


def shortlist_it(visitor: Visitor, reference: str) -> None:
    """Shortlist the last of a list: the list follows, and from it the way back to the application."""
    visitor.follow("Shortlist")
    visitor.press("Shortlist")
    assert visitor.page.locator(".messagelist").inner_text().endswith(HELD)
    visitor.follow(reference)


def offer_a_place(visitor: Visitor, cohort: str, *, button: str) -> None:
    visitor.follow(button)
    visitor.page.get_by_role("radio", name=cohort).check()
    visitor.press(button)
    assert visitor.page.locator(".messagelist").inner_text().endswith(HELD)


# The clock.
def ten_minutes_pass() -> None:
    """The mails of decisions are sent."""
    outbox.send_due(now=timezone.now() + datetime.timedelta(minutes=11))


# What the mails hold.
def sessions_in(attachment: str) -> list[tuple[datetime.datetime, datetime.datetime]]:
    """From when to when each event of a calendar file lasts, as a calendar reads it."""
    calendar = icalendar.Calendar.from_ical(attachment)
    assert calendar["METHOD"] == "PUBLISH"
    assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/London"]
    return [(event.decoded("DTSTART"), event.decoded("DTEND")) for event in calendar.walk("VEVENT")]


def hours_of(sessions: Sequence[tuple[datetime.datetime, datetime.datetime]]) -> list[Hours]:
    """The day of the week and the hours of each session, on an English clock."""
    return [(f"{starts:%A}", f"{starts:%H:%M}", f"{ends:%H:%M}") for starts, ends in sessions]
