import datetime

import icalendar
import pytest
import time_machine
from django.urls import reverse

from programmes.models.parts import Importance
from tests import factories, scenarios
from tests.facilitators.handbooks import draft, published
from tests.factories import NOW
from tests.pages.html import Page

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def open_page(client, name, programme):
    response = client.get(reverse(name, args=[programme.slug]))
    assert response.status_code == 200
    return Page(response.content.decode())


def texts(page, tag, **attributes):
    return [element.text for element in page.all(tag, **attributes)]


def with_parts(count=1, **kwargs):
    """A programme with `count` of each of its parts."""
    programme = factories.ProgrammeFactory(
        title="Listening Well",
        background="How it **began**.",
        offer="Two days.",
        benefits="Better talks.",
        requirements="Experience.",
        time_commitment="Two days.",
        afterwards="Three sessions.",
        selection="The academy scores.",
        next_steps="1. Talk to your manager.",
        notify_by=datetime.date(2026, 11, 20),
        limited=True,
        **kwargs,
    )
    factories.RoleDescriptionFactory(programme=programme)
    for number in range(count):
        criterion = factories.CriterionFactory(programme=programme)
        factories.CriterionOptionFactory(criterion=criterion)
        factories.ObligationFactory(programme=programme)
        factories.ApprovalStepFactory(programme=programme)
        factories.FaqFactory(programme=programme)
        region = factories.RegionFactory(name=f"Region {number}", ods_code=f"Y{number}")
        factories.IntegratedCareSystemFactory(region=region)
        programme.regions.add(region)
        cohort = factories.CohortFactory(programme=programme)
        venue = factories.VenueFactory(academy=programme.academy, notes="Step-free.")
        factories.SessionFactory(cohort=cohort, venue=venue, online=False)
    return programme


def test_programme_page_answers_every_question_of_an_applicant(client):
    programme = with_parts()

    page = open_page(client, "programme", programme)

    assert texts(page, "h1") == [f"{programme.academy} Listening Well"]
    assert texts(page, "title")[0] == "Listening Well - Cascade"
    headings = [heading.text for heading in page.all("h2") if "id" in heading.attributes]
    assert headings == [
        "At a glance Open",
        "What it is about",
        "What you get",
        "Benefits",
        "Who can apply",
        "When and where",
        "How much time it takes",
        "What you take on",
        "Role description",
        "Who decides and how",
        "How to apply",
        "Questions and answers",
        "Contact",
    ]
    assert "began" in texts(page, "strong")


def test_programme_page_contents_lead_to_its_sections(client):
    page = open_page(client, "programme", with_parts())

    targets = [link.attributes["href"] for link in page.all("a", **{"class": "nhsuk-contents-list__link"})]

    assert len(targets) == 12
    assert [target for target in targets if target.removeprefix("#") not in page.ids] == []
    assert sorted(set(page.ids)) == sorted(page.ids)


def test_programme_page_leaves_out_what_an_academy_did_not_write(client):
    page = open_page(client, "programme", factories.ProgrammeFactory(opens_at=None, closes_at=None))

    headings = [heading.text for heading in page.all("h2") if "id" in heading.attributes]
    assert headings == ["At a glance Open", "When and where", "How to apply", "Contact"]
    assert "No dates are set yet." in texts(page, "p")


def test_programme_page_names_facts_and_key_dates(client):
    page = open_page(client, "programme", with_parts(total_places=30))

    facts = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert facts["Apply by"] == "midday on Wednesday 4 November 2026 (30 days left)"
    assert facts["You hear by"] == "Friday 20 November 2026"
    assert facts["Places"] == "30 of 30 places left"
    assert facts["Nominations"] == "5 people from each ICS. See how many are left"
    assert facts["Applications open"] == "1pm on Saturday 5 September 2026"
    assert facts["You hear from us by"] == "Friday 20 November 2026"


def test_programme_page_shows_an_any_of_group_as_at_least_one(client):
    programme = factories.ProgrammeFactory()
    group = factories.CriterionFactory(programme=programme, statement="Experience or a qualification")
    for text in ("2 years of it", "A qualification"):
        factories.CriterionOptionFactory(criterion=group, text=text)
    factories.CriterionFactory(programme=programme, statement="A group", importance=Importance.DESIRABLE)

    page = open_page(client, "programme", programme)

    assert [text for text in texts(page, "li") if text.startswith(("Experience", "2 years", "A "))] == [
        "Experience or a qualification At least one of: 2 years of itA qualification",
        "2 years of it",
        "A qualification",
        "A group",
    ]
    assert {"You need this:", "You can apply without this, but it helps:"} <= set(texts(page, "p"))


def test_programme_page_shows_sessions_with_time_place_and_seats(client):
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme, name="Autumn", minimum=8, maximum=9)
    venue = factories.VenueFactory(
        name="Guildhall", address="1 High Street", postcode="BN7 2XX", notes="Step-free."
    )
    factories.SessionFactory(cohort=cohort, title="Day 1", venue=venue, online=False)
    factories.SessionFactory(
        cohort=cohort, title="Watch one", starts_at=NOW + 70 * DAY, optional=True, to_be_confirmed=True
    )

    page = open_page(client, "programme", programme)

    assert texts(page, "h3")[0] == "Autumn 9 seats left"
    assert texts(page, "td") == [
        "Session Day 1",
        "When Friday 4 December 2026, midday to 3pm",
        "Where Guildhall, 1 High Street, BN7 2XX",
        "Session Watch one Optional",
        "When Monday 14 December 2026, midday to 3pm (to be confirmed)",
        "Where Online",
    ]
    assert "8 to 9 people." in texts(page, "p")
    assert texts(page, "details") == ["About Guildhall Step-free."]


def test_programme_page_says_who_has_to_agree_and_how(client):
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme, statement="I support it.")
    factories.ApprovalStepFactory(
        programme=programme, nominator=True, declared=True, statement="I am nominated."
    )

    page = open_page(client, "programme", programme)

    rows = dict(zip(texts(page, "dt"), texts(page, "dd"), strict=True))
    assert rows["Line manager"].startswith("You give us their name and work email address.")
    assert rows["Line manager"].endswith("“I support it.”")
    assert (
        rows["Nominator"]
        == "Arrange this before you apply. In your application you confirm: “I am nominated.”"
    )


@pytest.mark.parametrize(
    ("window", "shown"),
    [
        ("within_months", "When Within 12 months of the training"),
        ("every_year", "When Every year"),
        ("once", "When Once"),
        ("standing", "When As long as you are a facilitator"),
    ],
)
def test_programme_page_says_what_is_owed_afterwards(client, window, shown):
    obligation = factories.ObligationFactory(window=window)

    page = open_page(client, "programme", obligation.programme)

    assert texts(page, "td") == ["What Deliver at least 3 sessions in 12 months.", shown]


def test_programme_page_asks_to_check_eligibility_while_it_is_open(client):
    programme = factories.ProgrammeFactory()

    page = open_page(client, "programme", programme)

    starts = [link for link in page.all("a") if link.text == "Check if you can apply"]
    assert [link.attributes["href"] for link in starts] == [reverse("eligibility", args=[programme.slug])] * 2


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"opens_at": NOW + DAY}, "Applications open at 1pm on Tuesday 6 October 2026."),
        ({"closes_at": NOW}, "Applications closed at 1pm on Monday 5 October 2026."),
    ],
)
def test_programme_page_says_why_nobody_can_apply_now(client, dates, sentence):
    page = open_page(client, "programme", factories.ProgrammeFactory(**dates))

    assert texts(page, "p").count(sentence) == 2
    assert "Check if you can apply" not in texts(page, "a")


def test_programme_page_says_that_a_full_programme_has_a_waiting_list(client):
    cohort = factories.CohortFactory(maximum=1)
    application = factories.ApplicationFactory(programme=cohort.programme)
    factories.PlaceFactory(application=application, cohort=cohort, seat_number=1)

    page = open_page(client, "programme", cohort.programme)

    assert texts(page, "h3")[0] == f"{cohort.name} Full"
    assert "Up to 1 person. People found suitable now go on the waiting list." in texts(page, "p")
    assert [text[:31] for text in texts(page, "p") if text.startswith("All places")] == [
        "All places are taken at the mom"
    ] * 2


def test_programme_page_of_a_past_cohort_offers_no_seats(client):
    session = factories.SessionFactory(starts_at=NOW - DAY)

    page = open_page(client, "programme", session.cohort.programme)

    assert texts(page, "h3")[0] == f"{session.cohort.name} Has taken place"


def test_programme_page_never_shows_joining_links_or_details(client):
    cohort = factories.CohortFactory(joining_details="Code 4711")
    factories.SessionFactory(cohort=cohort, joining_link="https://meet.example.org/secret")

    body = client.get(reverse("programme", args=[cohort.programme.slug])).content.decode()

    assert "4711" not in body
    assert "meet.example.org" not in body


def test_programme_page_names_whom_to_ask(client):
    programme = factories.ProgrammeFactory(
        contact_name="The team", contact_email="team@example.org", academy__contact_phone="01632 960 001"
    )

    page = open_page(client, "programme", programme)

    assert texts(page, "p")[-2].startswith("The team Email: team@example.org Telephone: 01632 960 001")
    assert page.all("a", href="mailto:team@example.org") != []


@pytest.mark.parametrize(
    "name", ["programme", "nominations", "programme_calendar", "eligibility", "start", "check_email"]
)
def test_pages_of_an_unpublished_programme_are_not_found(client, name):
    programme = with_parts()
    programme.published = False
    programme.save()

    assert client.get(reverse(name, args=[programme.slug])).status_code == 404
    assert client.get(reverse(name, args=["no-such-programme"])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_programme_page_asks_the_same_queries_for_one_part_and_for_three(
    client, count, django_assert_num_queries
):
    programme = with_parts(count)

    # One of them asks whether anything can be fetched by everyone: the page leads there only then.
    with django_assert_num_queries(14):
        page = open_page(client, "programme", programme)

    assert len(page.all("table")) == count + 1


def test_the_page_leads_to_materials_once_some_are_open_to_everyone(client, settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    programme = with_parts()
    address = reverse("open_materials", args=[programme.slug])

    def leads():
        return [
            link
            for link in open_page(client, "programme", programme).all("a")
            if link.attributes.get("href") == address
        ]

    resource = factories.ResourceFactory(programme=programme, open_to="everyone")
    draft(resource)
    before = leads()
    published(resource)
    open_to_all = leads()
    resource.open_to = "facilitators"
    resource.save()
    of_facilitators = leads()
    resource.open_to, resource.offered = "everyone", False
    resource.save()

    assert [len(one) for one in (before, open_to_all, of_facilitators, leads())] == [0, 1, 0, 0]
    assert "open to everyone" in open_to_all[0].text


def test_nominations_page_lists_every_ics_with_used_left_and_reserve(client):
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=1)
    downs = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    factories.IntegratedCareSystemFactory(name="NHS Weald Integrated Care Board")
    scenarios.submitted(programme, ics=downs)
    scenarios.submitted(programme, ics=downs)

    page = open_page(client, "nominations", programme)

    assert texts(page, "th", scope="row") == ["Downs", "Weald"]
    assert texts(page, "td") == [
        "Used 1 of 1",
        "In reserve 1",
        "Left None left",
        "Used 0 of 1",
        "In reserve 0",
        "Left 1 left",
    ]
    assert texts(page, "h1") == [f"{programme.title} Nominations left"]


def test_nominations_page_without_a_complete_list_states_the_rule_alone(client):
    programme = factories.ProgrammeFactory(nomination_scope="organisation", nominations_allowed=2)

    page = open_page(client, "nominations", programme)

    assert texts(page, "table") == []
    assert "Each organisation can have 2 people nominated at one time." in texts(page, "p")


def test_nominations_page_of_a_programme_without_limit_is_not_found(client):
    assert client.get(reverse("nominations", args=[factories.ProgrammeFactory().slug])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_nominations_page_asks_the_same_queries_for_one_ics_and_for_three(
    client, count, django_assert_num_queries
):
    programme = factories.ProgrammeFactory(limited=True)
    for _ in range(count):
        factories.NominationAllowanceFactory(programme=programme)

    with django_assert_num_queries(5):
        page = open_page(client, "nominations", programme)

    assert len(page.all("th", scope="row")) == count


def test_calendar_file_holds_every_session_of_the_cohorts_that_run(client):
    programme = factories.ProgrammeFactory(slug="listening-well", title="Listening Well")
    cohort = factories.CohortFactory(programme=programme, name="Cohort 1")
    factories.SessionFactory(cohort=cohort, title="Day 1", joining_link="https://meet.example.org/secret")
    cancelled = factories.CohortFactory(programme=programme, runs=False)
    factories.SessionFactory(cohort=cancelled)

    response = client.get(reverse("programme_calendar", args=["listening-well"]))

    events = icalendar.Calendar.from_ical(response.content).walk("VEVENT")
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["Content-Disposition"] == 'attachment; filename="listening-well.ics"'
    assert [str(event["SUMMARY"]) for event in events] == ["Listening Well: Day 1 (Cohort 1)"]
    assert b"meet.example.org" not in response.content


def test_calendar_file_without_dates_is_not_found(client):
    cohort = factories.CohortFactory()

    page = open_page(client, "programme", cohort.programme)

    assert client.get(reverse("programme_calendar", args=[cohort.programme.slug])).status_code == 404
    assert "The dates are not settled yet." in texts(page, "p")
