"""Leadership Support Circles, from the programme's page to the confirmed place, as shipped and in a real browser."""

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

TITLE = "Leadership Support Circles"
APPLICANT, NAME = "sian.oneill@example.org", "Siân O’Neill-Ŵyn"
WAYS = "Which of these do you have?"
YES = [
    "Do you know current thinking and good practice in leadership and wellbeing?",
    "Do you feel reasonably confident about facilitating a group online?",
    "Have you supported people or groups in very stressful and sensitive situations?",
]
ANSWERS = {
    "What groups have you facilitated, and what did you learn about yourself as a facilitator?": (
        "A peer group of ward managers, once a month.\n\nI learnt to wait."
    ),
    "Describe a time when a group or a person you supported was in distress. What did you do?": (
        "I stopped the meeting and stayed with them."
    ),
    "Why do you want to facilitate Leadership Support Circles?": "Our managers have nowhere to talk.",
    "How will you and others run circles together across your ICS?": "With 2 colleagues from other trusts.",
    "With whom in your organisation have you discussed what this will take?": [
        "Health and wellbeing (HWB) lead",
        "Organisational development (OD) lead",
    ],
    "Have you facilitated or taken part in a Leadership Support Circle before?": ["No"],
    "About how many circles could you lead in a year, with a colleague?": "6",
    "In which languages other than English could you lead a circle? (optional)": "Cymraeg",
}


@pytest.fixture
def academy(settings, portal) -> Academy:
    """Given: the shipped programmes, open today; decisions are held for 10 minutes; a reviewer."""
    settings.DECISION_HOLD_MINUTES = 10
    catalogue.load_for_demo(today=timezone.localdate())
    academy = Academy.objects.get(slug="south-east-leadership-academy")
    factories.AcademyMemberFactory(
        academy=academy, role=Role.REVIEWER, user__username="reviewer", user__password=steps.PASSWORD
    )
    return academy


def test_from_the_programmes_page_to_a_confirmed_place(
    academy: Academy, visitor: Callable[[str], Visitor]
) -> None:
    siân, robin = visitor(APPLICANT), visitor("reviewer@example.org")

    # When she applies,
    steps.find_the_programme(siân, TITLE)
    steps.check_that_i_can_apply(
        siân, YES, {WAYS: ["A qualification in coaching", "A qualification in facilitation"]}
    )
    steps.ask_for_the_link(siân)
    steps.continue_by_the_mailed_link(siân, "About you and your organisation")
    steps.say_who_i_am(siân, NAME, ics="Surrey and Sussex", organisation="Hospis y Downs", sector="Hospice")
    steps.answer_the_questions(siân, ANSWERS)
    steps.choose_dates(siân, {"Cohort 1": "2nd choice", "Cohort 2": "1st choice"})
    steps.agree_to_everything(siân, {"Name of your nominator": "Ngozi Nominator"})
    reference = steps.check_and_submit(
        siân, expected=[NAME, "Hospis y Downs", "Surrey and Sussex", "Cymraeg", "Ngozi Nominator"]
    )
    # then she has a receipt with her reference, and reads that the academy is next.
    assert siân.subjects() == [
        f"Continue your application to {TITLE}",
        f"We have received your application to {TITLE} ({reference})",
    ]
    steps.see_where_it_stands(siân, name="Being reviewed", waits_on=academy.name)

    # When the reviewer finds her suitable and offers her the cohort she prefers,
    steps.sign_in(robin, "reviewer")
    steps.find_the_application(robin, reference)
    steps.shortlist_it(robin, reference)
    steps.offer_a_place(robin, "Cohort 2: their 1st preference", button="Offer a place")
    # then nobody hears of it for 10 minutes, and after them she hears of the offer alone.
    assert len(siân.subjects()) == 2
    steps.ten_minutes_pass()
    assert siân.subjects()[2:] == [f"You are offered a place on {TITLE} ({reference})"]

    # When she accepts by the link in that mail,
    steps.accept_the_offer(siân)
    # then her place is confirmed, with the dates as a calendar file.
    assert siân.subjects()[3:] == [f"Your place on {TITLE} is confirmed ({reference})"]
    confirmed = siân.mailbox.latest(APPLICANT)
    (name, file), *others = confirmed.attachments.items()
    assert (name, others) == ("leadership-support-circles-cohort-2.ics", [])
    sessions = steps.sessions_in(file)
    assert steps.hours_of(sessions) == [("Tuesday", "13:30", "17:00"), ("Wednesday", "13:30", "17:00")]
    first, second = (starts.date() for starts, _ in sessions)
    assert second == first + datetime.timedelta(days=1)
    for day in (first, second):
        assert nhs_date(day) in confirmed.text
        assert siân.reads(nhs_date(day))
    steps.see_where_it_stands(siân, name="Place confirmed")
