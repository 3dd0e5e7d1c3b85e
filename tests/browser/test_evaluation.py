"""What people thought of a circle, from the mail to the page of the results; and how facilitators get on."""

import datetime
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from facilitators import tasks
from facilitators.domain import windows
from facilitators.domain.evaluation import answering
from facilitators.models import Booking, Circle, EvaluationResponse, Moment
from programmes.domain import outbox
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.test_circles import press
from tests.facilitators.evaluating import SOON, held, question
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db(transaction=True)

RATED, AGAIN, HEARD = "How was it?", "Would you come again?", "How did you hear of it?"
WRITTEN = "What should be different?"


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The portal's clock goes on from an hour after the circle, until it is moved."""
    with time_machine.travel(SOON) as traveller:
        yield traveller


@pytest.fixture
def circle() -> Circle:
    """A circle to which six of seven came; a rating, two choices and a text are asked about it."""
    made = held(7, came=6)
    for kind, text, required in (
        ("yes_no", AGAIN, True),
        ("choice", HEARD, False),
        ("long_text", WRITTEN, False),
    ):
        question(made.programme, Moment.CIRCLE, kind, text=text, required=required)
    return made


def tell(booking: Booking, rating: str) -> None:
    """Somebody answers at once, in their own words."""
    values = {RATED: rating, AGAIN: "yes", HEARD: "Weekly", WRITTEN: f"Written by {booking.name}"}
    questions = answering.questions_of(booking.circle.programme, Moment.CIRCLE)
    answers = {one.pk: values[one.text] for one in questions}
    answering.answer_of_circle(booking.pk, answers=answers, now=SOON)


def answer(page: Page, *, rating: str, again: str, written: str) -> None:
    # The first and the last rating say what they mean as well.
    page.get_by_role("group", name=RATED).get_by_role("radio", name=re.compile(rf"^{rating}\b")).check()
    page.get_by_role("group", name=AGAIN).get_by_label(again, exact=True).check()
    page.get_by_label(WRITTEN).fill(written)
    press(page, "Send")


def part(page: Page, heading: str) -> str:
    """What the results say under a heading, up to the next one."""
    read = """heading => {
        const found = [...document.querySelectorAll('main h2, main h3')].find(one => one.innerText === heading);
        let words = "";
        for (let one = found?.nextElementSibling; one && !/^H[23]$/.test(one.tagName); one = one.nextElementSibling)
            words += " " + one.innerText;
        return words;
    }"""
    return " ".join(page.evaluate(read, heading).split())


def test_what_participants_thought_is_shown_from_five_answers_on(
    open_page: Callable[..., Page],
    staff_page: Callable[..., Page],
    mailbox: Any,
    look: Callable[[Page], None],
    circle: Circle,
    scripts: bool,
) -> None:
    # The six who came are asked, each by their own link; the seventh is not.
    tasks.ask_about_held_circles.delay()
    outbox.send_due()
    asked = [one.to for one in mailbox if one.subject == f"What did you think of it? {circle.topic}"]
    assert sorted(asked) == [f"person{number}@example.org" for number in range(1, 7)]
    first, second, third, *_ = circle.bookings.order_by("pk")
    for booking, rating in ((first, "5"), (second, "4"), (third, "4")):
        tell(booking, rating)

    # The fourth forgets an answer, is told so, and answers on a phone.
    phone = open_page(**PHONE, java_script_enabled=scripts)
    phone.goto(mailbox.latest("person4@example.org").link("/feedback/"))
    expect(phone.get_by_role("heading", level=1)).to_contain_text("What you thought of the circle")
    look(phone)
    press(phone, "Send")
    assert phone.title().startswith("Error: ")
    if scripts:
        expect(phone.locator(".nhsuk-error-summary")).to_be_focused()
    look(phone)
    answer(phone, rating="4", again="No", written="More time to talk")
    expect(phone.get_by_text("Thank you. What you told us is kept.")).to_be_visible()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Your booking")
    look(phone)

    # Staff see nothing of four answers.
    desk = staff_page(reviewer_of(circle.programme), java_script_enabled=scripts)
    address = f"/staff/facilitators/evaluationresponse/results/{circle.programme.pk}/"
    desk.goto(address)
    look(desk)
    assert part(desk, "After a circle").endswith("November 2026 6 hidden – All 6 hidden –")
    assert part(desk, RATED) == part(desk, AGAIN) == "Hidden: fewer than 5 answers."
    expect(desk.get_by_text("More time to talk")).to_have_count(0)

    # With the fifth they do.
    phone.goto(mailbox.latest("person5@example.org").link("/feedback/"))
    answer(phone, rating="5", again="Yes", written="Nothing, thank you")
    desk.goto(address)
    look(desk)
    assert part(desk, "After a circle").endswith("November 2026 6 5 83% All 6 5 83%")
    assert part(desk, RATED).endswith("November 2026 5 4.4 4: 60%, 5: 40% All 5 4.4 4: 60%, 5: 40%")
    assert part(desk, AGAIN).endswith("November 2026 5 No: 20%, Yes: 80% All 5 No: 20%, Yes: 80%")
    # Three answered this one: the others left it out.
    assert part(desk, HEARD) == "Hidden: fewer than 5 answers."
    assert part(desk, WRITTEN).startswith("More time to talk Nothing, thank you Written by Person 01")

    # Nobody tells us twice.
    phone.goto(mailbox.latest("person4@example.org").link("/feedback/"))
    expect(phone.get_by_text("You have told us already.")).to_be_visible()


def test_a_facilitator_says_how_it_goes_three_months_on(
    open_page: Callable[..., Page], mailbox: Any, look: Callable[[Page], None], clock: Any, scripts: bool
) -> None:
    fay = factories.TrainingFactory(facilitator__email="fay@example.org")
    for kind, text in (("rating", RATED), ("yes_no", AGAIN), ("long_text", WRITTEN)):
        question(fay.programme, Moment.MONTHS_3, kind, text=text, required=kind != "long_text")
    day = windows.months_later(fay.trained_on, 3)
    clock.move_to(datetime.datetime.combine(day, NOW.time(), tzinfo=datetime.UTC))
    tasks.ask_how_it_goes.delay()
    outbox.send_due()

    phone = open_page(**PHONE, java_script_enabled=scripts)
    phone.goto(mailbox.latest("fay@example.org").link("/facilitator/"))
    expect(phone.get_by_role("heading", level=1)).to_contain_text("3 months after the training")
    look(phone)
    answer(phone, rating="3", again="Yes", written="A quiet room")

    expect(phone.get_by_text("Thank you. What you told us is kept.")).to_be_visible()
    given = EvaluationResponse.objects.given().get(training=fay)
    assert list(given.answers.order_by("pk").values_list("value", flat=True)) == ["3", "yes", "A quiet room"]
