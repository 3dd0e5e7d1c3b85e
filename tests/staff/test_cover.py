"""Cover requests as staff have them: found from the home page, read, and decided."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilitators.domain.covering import cover
from facilitators.models import CoverRequest
from programmes.domain.workload import find
from tests import factories
from tests.facilitators import circle_world as world
from tests.facilitators.circle_world import fresh
from tests.facilitators.covering import asked, colleague, leading, wanted
from tests.factories import NOW

LIST = "admin:facilitators_coverrequest_changelist"


@pytest.fixture
def circle(desk):
    factories.FacilitationFactory(programme=desk.programme)
    factories.TopicFactory(programme=desk.programme, name="Hybrid working")
    desk.programme.published = True
    desk.programme.save()
    ics = factories.IntegratedCareSystemFactory(name="Home")
    return world.circle(colleague(desk.cohort, "Fay Facilitator", ics=ics))


@pytest.fixture
def near(circle):
    return colleague(circle, "Near Neighbour", ics=circle.leads.get().training.facilitator.ics)


@pytest.fixture
def request_(circle, near):
    return wanted(circle, reason="A funeral")


def verb(request, name):
    return reverse("admin:facilitators_coverrequest_verb", args=[request.pk, name])


def text_of(response):
    return " ".join(response.content.decode().split())


def test_the_home_page_leads_to_what_is_wanted(desk, request_):
    home = text_of(desk.client("viewer").get(reverse("admin:index")))
    kind = find("cover-wanted")

    response = desk.client("viewer").get(reverse(LIST), {"waits": "cover-wanted"})

    assert kind.one in home
    assert [row.pk for row in response.context["cl"].result_list] == [request_.pk]


def test_the_page_says_who_asked_why_and_who_was_asked(desk, request_, circle):
    response = desk.client("viewer").get(
        reverse("admin:facilitators_coverrequest_change", args=[request_.pk])
    )

    page = text_of(response)
    for shown in ("A funeral", "Fay Facilitator", "near@example.org", "Not answered", circle.reference):
        assert shown in page
    assert "Put somebody in" not in page


def test_a_reviewer_puts_somebody_in(desk, reviewer, request_, circle):
    far = colleague(circle, "Far Away", ics=None)

    response = reviewer.post(verb(request_, "put-in"), {"email": "far@example.org"}, follow=True)

    assert leading(circle) == ["Far Away"]
    assert asked(request_) == {"Near Neighbour": "none", "Far Away": "yes"}
    assert "Far Away leads the circle." in text_of(response)
    assert far.circles.get().history.first().history_user == desk.staff["reviewer"]
    assert "Put somebody in</a>" not in text_of(response)


def test_an_address_of_nobody_is_said_above_the_form(reviewer, request_):
    response = reviewer.post(verb(request_, "put-in"), {"email": "nobody@example.org"})

    assert "Nobody with this address is a facilitator of Leadership Circles." in text_of(response)
    assert 'value="nobody@example.org"' in text_of(response)


def test_a_reviewer_sets_until_when_to_look(reviewer, request_, circle):
    response = reviewer.post(
        verb(request_, "extend"), {"find_by_0": "2026-11-02", "find_by_1": "17:00"}, follow=True
    )

    assert fresh(request_).find_by == datetime.datetime(2026, 11, 2, 17, tzinfo=datetime.UTC)
    assert "Somebody is looked for until 5pm on 2 November 2026." in text_of(response)


def test_a_time_after_the_circle_is_refused_and_kept(reviewer, request_):
    response = reviewer.post(verb(request_, "extend"), {"find_by_0": "2026-11-04", "find_by_1": "17:00"})

    assert "before the circle begins" in text_of(response)
    assert 'value="2026-11-04"' in text_of(response)


def test_a_reviewer_withdraws(reviewer, request_):
    response = reviewer.post(verb(request_, "withdraw"), follow=True)

    assert fresh(request_).state == "withdrawn"
    assert "Nobody is looked for any more." in text_of(response)


def test_the_others_lead_it_without_where_there_are_others(reviewer, request_, circle):
    alone = text_of(reviewer.get(verb(request_, "without")))
    circle.leads.create(training=colleague(circle, "Cora Colead", ics=None), added_at=NOW)

    page = text_of(reviewer.get(reverse("admin:facilitators_coverrequest_change", args=[request_.pk])))
    reviewer.post(verb(request_, "without"))

    assert "Nobody else leads this circle." in alone
    assert "Let the others lead it" in page
    assert leading(circle) == ["Cora Colead"]


@pytest.mark.parametrize("name", ["extend", "put-in", "without", "withdraw"])
def test_nothing_is_done_about_what_was_found(reviewer, request_, near, name):
    cover.accept(request_.pk, near.pk, now=NOW)

    response = reviewer.get(verb(request_, name))

    assert "Somebody was found already: Near Neighbour leads this circle." in text_of(response)


def test_another_verb_is_not_there(reviewer, request_):
    assert reviewer.get(verb(request_, "dance")).status_code == 404


def test_the_list_is_narrowed_by_programme_state_and_when(desk, reviewer, request_, circle):
    own = [request_.pk]
    for narrowed, found in (
        ({"programme": desk.programme.pk}, own),
        ({"programme": factories.ProgrammeFactory(academy=desk.programme.academy).pk}, []),
        ({"state__exact": "open"}, own),
        ({"state__exact": "found"}, []),
        ({"when": "ahead"}, own),
        ({"when": "over"}, []),
        ({"q": circle.reference}, own),
    ):
        response = reviewer.get(reverse(LIST), narrowed)

        assert [row.pk for row in response.context["cl"].result_list] == found


def test_the_list_asks_as_often_however_many_there_are(reviewer, request_, circle):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            reviewer.get(reverse(LIST))
        return len(captured)

    queries()
    before = queries()
    for hours in (3, 6):
        other = world.circle(
            circle.leads.get().training, starts_at=world.STARTS + datetime.timedelta(hours=hours)
        )
        wanted(other)

    assert CoverRequest.objects.count() == 3
    assert queries() == before
