"""The Active Bystander Programme, from the programme's page by the line manager's yes to the confirmed place."""

import datetime
from collections.abc import Callable

import pytest
from django.utils import timezone

from programmes.domain import catalogue
from programmes.domain.wording import nhs_date
from programmes.models import Academy, Role
from tests import factories
from tests.browser import steps
from tests.browser.visits import Visitor

pytestmark = pytest.mark.django_db(transaction=True)

TITLE = "Active Bystander Programme"
APPLICANT, NAME = "d.oconnor@example.org", "Dara O'Connor"
MANAGER, MANAGERS_NAME = "llyr.evans@example.org", "Llŷr Evans"
YES = [
    "Do you work in health, social care, the emergency services or a charity?",
    "Have you read the role description and do you understand what you would take on?",
    "Can you attend both days, from start to finish?",
    "Does your line manager agree that you apply?",
    "Does a local sponsor of the programme agree that you apply?",
    "Do you know the subject of the programme, or have you delivered training?",
    "Do you want to help promote civility and respect in your own system?",
]
NO = "Do you belong to a group that designs, runs or steers the programme, or are you in touch with one?"
ANSWERS = {
    "Why do you want to become an Active Bystander trainer?": "Because silence is an answer as well.",
    "What experience do you have of delivering training, or of the subject of this programme?": "Inductions.",
    "Tell us about a time when you challenged behaviour at work, or wish you had. What did you learn?": (
        "A colleague was talked over. I asked her to go on."
    ),
    "How will you run at least 3 programmes in your first 12 months?": "One each term, with a colleague.",
    "Where do you plan to run the programme?": ["In my team or department", "Across my organisation"],
    "What is your link to the people who plan or run the programme locally?": ["I have no link yet"],
    "Have you taken part in an Active Bystander group yourself?": ["Yes"],
    "When could you run your first programme?": ["Within 3 months of the training"],
}


@pytest.fixture
def academy(settings, portal) -> Academy:
    """Given: the shipped programmes, open today; decisions are held for 10 minutes; a reviewer."""
    settings.DECISION_HOLD_MINUTES = 10
    catalogue.load_for_demo(today=timezone.localdate())
    academy = Academy.objects.get(slug="llr-academy")
    factories.AcademyMemberFactory(
        academy=academy, role=Role.REVIEWER, user__username="reviewer", user__password=steps.PASSWORD
    )
    return academy


def test_from_the_programmes_page_by_the_line_managers_yes_to_a_confirmed_place(
    academy: Academy, visitor: Callable[[str], Visitor]
) -> None:
    dara, llŷr, robin = visitor(APPLICANT), visitor(MANAGER), visitor("reviewer@example.org")

    # When somebody applies,
    steps.find_the_programme(dara, TITLE)
    steps.check_that_i_can_apply(dara, YES, {NO: ["No"]})
    steps.ask_for_the_link(dara)
    steps.continue_by_the_mailed_link(dara, "About you and your organisation")
    steps.say_who_i_am(
        dara,
        NAME,
        ics="Leicester, Leicestershire and Rutland",
        organisation="Carers’ Line Rutland",
        sector="Charity or community organisation",
    )
    steps.answer_the_questions(dara, ANSWERS)
    steps.choose_dates(
        dara, {"Train the trainer pilot: can you attend?": "Yes, I can attend all of these dates"}
    )
    steps.say_what_i_need(dara, "No")
    steps.name_my_line_manager(dara, MANAGERS_NAME, MANAGER)
    steps.agree_to_everything(dara, {"Name of your sponsor": "Sam Sponsor"})
    reference = steps.check_and_submit(
        dara, expected=[NAME, "Carers’ Line Rutland", MANAGERS_NAME, MANAGER, "Sam Sponsor"]
    )
    # then there is a receipt that says who is asked, and the line manager is.
    assert dara.subjects()[1:] == [f"We have received your application to {TITLE} ({reference})"]
    assert (
        f"We have asked {MANAGERS_NAME} (line manager) to approve it." in dara.mailbox.latest(APPLICANT).text
    )
    steps.see_where_it_stands(dara, name="Waiting for approval", waits_on=f"{MANAGERS_NAME} (line manager)")
    assert llŷr.subjects() == [f"Do you support {NAME}’s application to {TITLE}?"]

    # When the line manager reads what is asked and supports it,
    steps.read_what_is_asked(
        llŷr,
        expected=[
            f"{NAME} asks for your approval",
            "I agree that this person applies, attends both days of the training",
            "Train the trainer pilot (15 hours)",
            "Run at least 3 Active Bystander programmes in the first 12 months.",
            "You run the Active Bystander Programme for colleagues",
            f"{NAME} gave us your name and email address",
        ],
    )
    steps.support_it(llŷr, MANAGERS_NAME)
    # then the application goes on to the academy.
    assert len(dara.subjects()) == 3
    steps.see_where_it_stands(dara, name="Being reviewed", waits_on=academy.name)

    # When the reviewer shortlists it and gives a place,
    steps.sign_in(robin, "reviewer")
    steps.find_the_application(robin, reference)
    steps.shortlist_it(robin, reference)
    steps.offer_a_place(robin, "Train the trainer pilot: their 1st preference", button="Give a place")
    # then nobody hears of it for 10 minutes, and after them both hear of the place.
    assert (len(dara.subjects()), len(llŷr.subjects())) == (3, 1)
    steps.ten_minutes_pass()
    assert dara.subjects()[3:] == [f"Your place on {TITLE} is confirmed ({reference})"]
    assert llŷr.subjects()[1:] == [f"{NAME} has a place on {TITLE}"]

    # and the calendar file has the dates that the pages show.
    confirmed = dara.mailbox.latest(APPLICANT)
    (name, file), *others = confirmed.attachments.items()
    assert (name, others) == ("active-bystander-pilot.ics", [])
    sessions = steps.sessions_in(file)
    assert steps.hours_of(sessions) == [("Monday", "09:00", "16:30"), ("Tuesday", "09:00", "16:30")]
    first, second = (starts.date() for starts, _ in sessions)
    assert second == first + datetime.timedelta(days=1)
    steps.see_where_it_stands(dara, name="Place confirmed")
    for day in (first, second):
        assert nhs_date(day) in confirmed.text
        assert nhs_date(day) in llŷr.mailbox.latest(MANAGER).text
        assert dara.reads(nhs_date(day))
