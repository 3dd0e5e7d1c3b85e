import datetime

import pytest
import time_machine
from django.urls import reverse

from tests import factories
from tests.factories import NOW
from tests.pages.html import Page

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _now():
    with time_machine.travel(NOW, tick=False):
        yield


def home(client):
    response = client.get(reverse("home"))
    assert response.status_code == 200
    return Page(response.content.decode())


def texts(page, tag, **attributes):
    return [element.text for element in page.all(tag, **attributes)]


def programme_with_dates(**kwargs):
    programme = factories.ProgrammeFactory(**kwargs)
    cohort = factories.CohortFactory(programme=programme, maximum=3)
    venue = factories.VenueFactory(academy=programme.academy, name="Guildhall", postcode="BN7 2XX")
    factories.SessionFactory(cohort=cohort, venue=venue, online=False)
    return programme


def test_home_shows_what_decides_whether_to_read_on(client):
    programme = programme_with_dates(title="Listening Well", total_places=30)
    cohort = programme.cohorts.get()
    application = factories.ApplicationFactory(programme=programme)
    factories.PlaceFactory(application=application, cohort=cohort, seat_number=1)

    page = home(client)

    assert page.one("a", **{"class": "nhsuk-card__link"}).attributes["href"] == reverse(
        "programme", args=[programme.slug]
    )
    assert texts(page, "dt") == ["Apply by", "Dates", "Where", "Places"]
    assert texts(page, "dd") == [
        "midday on Wednesday 4 November 2026 (30 days left)",
        "Friday 4 December 2026, midday to 3pm 2 seats left",
        "Guildhall, BN7 2XX",
        "29 of 30 places left",
    ]


def test_home_names_the_cohorts_where_there_are_several(client):
    programme = factories.ProgrammeFactory()
    for name in ("Cohort 1", "Cohort 2"):
        cohort = factories.CohortFactory(programme=programme, name=name)
        factories.SessionFactory(cohort=cohort)
        factories.SessionFactory(cohort=cohort, starts_at=NOW + 61 * DAY)

    page = home(client)

    assert texts(page, "dd")[1] == (
        "Cohort 1: Friday 4 and Saturday 5 December 2026, midday to 3pm 20 seats left "
        "Cohort 2: Friday 4 and Saturday 5 December 2026, midday to 3pm 20 seats left"
    )


def test_home_says_that_a_programme_without_deadline_has_none(client):
    factories.ProgrammeFactory(closes_at=None)

    assert texts(home(client), "dd") == ["No deadline: open until the places are given"]


def test_home_puts_the_next_to_close_first(client):
    factories.ProgrammeFactory(title="Without deadline", closes_at=None)
    factories.ProgrammeFactory(title="Late", closes_at=NOW + 20 * DAY)
    factories.ProgrammeFactory(title="Early", closes_at=NOW + 2 * DAY)

    assert texts(home(client), "h3") == ["Early", "Late", "Without deadline"]


def test_home_separates_open_later_and_closed(client):
    factories.ProgrammeFactory(title="Open")
    factories.ProgrammeFactory(title="Later", opens_at=NOW + 2 * DAY)
    factories.ProgrammeFactory(title="Just closed", opens_at=None, closes_at=NOW - DAY)
    factories.ProgrammeFactory(title="Closed before", opens_at=None, closes_at=NOW - 2 * DAY)
    factories.ProgrammeFactory(title="Closed long ago", opens_at=None, closes_at=NOW - 200 * DAY)
    factories.ProgrammeFactory(title="Unpublished", published=False)

    page = home(client)

    assert texts(page, "h2") == [
        "Open for applications",
        "Opening soon",
        "If you have started an application",
        "How applying works",
        "Recently closed",
        "Support links",
    ]
    assert texts(page, "h3") == ["Open", "Later"]
    assert [text.partition(",")[0] for text in texts(page, "li") if "closed on" in text] == [
        "Just closed",
        "Closed before",
    ]
    assert not [text for text in texts(page, "a") if text in ("Closed long ago", "Unpublished")]


def test_home_without_programmes_says_so_and_offers_the_link_again(client):
    page = home(client)

    assert [text for text in texts(page, "p") if text.startswith("No programme")] == [
        "No programme takes applications at the moment. Come back later: new programmes appear here."
    ]
    buttons = [
        link.attributes["href"]
        for link in page.all("a")
        if "nhsuk-button" in link.attributes.get("class", "")
    ]
    assert buttons == [reverse("link_again")]


def test_home_says_where_the_next_to_open_is(client):
    factories.ProgrammeFactory(opens_at=NOW + DAY)

    assert [text for text in texts(home(client), "p") if text.startswith("No programme")] == [
        "No programme takes applications at the moment. The next to open is listed below."
    ]


def test_home_says_full_and_taken_places(client):
    programme = programme_with_dates(total_places=1)
    application = factories.ApplicationFactory(programme=programme)
    factories.PlaceFactory(application=application, cohort=programme.cohorts.get(), seat_number=1)

    assert texts(home(client), "dd")[1::2] == [
        "Friday 4 December 2026, midday to 3pm Full",
        "0 of 1 place left",
    ]


def test_home_escapes_what_staff_wrote(client):
    factories.ProgrammeFactory(title="Tea & <b>talk</b>", summary="Llŷr’s “circle” <script>alert(1)</script>")

    response = client.get(reverse("home"))

    assert "Tea &amp; &lt;b&gt;talk&lt;/b&gt;" in response.content.decode()
    assert "<script>alert" not in response.content.decode()


def test_home_sets_no_cookie_and_has_one_heading(client):
    factories.ProgrammeFactory()

    response = client.get(reverse("home"))
    page = Page(response.content.decode())

    assert dict(response.cookies) == {}
    assert texts(page, "h1") == ["Train-the-trainer programmes"]
    assert sorted(set(page.ids)) == sorted(page.ids)


@pytest.mark.parametrize("count", [1, 3])
def test_home_asks_five_queries_however_many_programmes(client, count, django_assert_num_queries):
    for _ in range(count):
        programme_with_dates()

    with django_assert_num_queries(5):
        page = home(client)

    assert len(page.all("h3")) == count


def test_home_answers_head_and_refuses_post(client):
    assert client.head(reverse("home")).content == b""
    assert client.post(reverse("home")).status_code == 405
