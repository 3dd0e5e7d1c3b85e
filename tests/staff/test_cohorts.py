"""Setting up cohorts, their sessions and venues."""

import pytest
from django.urls import reverse

from cohorts.domain import go_or_not, preferences
from cohorts.models import Cohort, Venue
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import messages_of, section, text_of

LIST = reverse("admin:cohorts_cohort_changelist")
ADD = reverse("admin:cohorts_cohort_add")


def page_of(cohort):
    return reverse("admin:cohorts_cohort_change", args=[cohort.pk])


def counted(response):
    row = response.context["overview"]["demand"]
    return row.wanted, row.first, row.waiting, row.cannot


def save(client, cohort, **changed):
    shown = as_shown(client.get(page_of(cohort))) | changed
    return client.post(
        page_of(cohort), {key: value for key, value in shown.items() if value is not None}, follow=True
    )


def test_the_page_shows_who_has_which_seat_and_who_would_like_to_come(desk, administrator):
    summer = factories.CohortFactory(programme=desk.programme, name="Summer")
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    scenarios.confirmed(desk.programme, name="Anna", ics=ics)
    scenarios.offered(desk.programme, name="Bela", ics=ics)
    application = scenarios.submitted(desk.programme)
    preferences.save_preferences(application.pk, ranked=[summer], cannot_attend={desk.cohort: "x"}, now=NOW)

    response = administrator.get(page_of(desk.cohort))

    assert section(response, "people") == (
        "2 of 20 seats taken Seat Name Organisation ICS Place "
        "1 Anna Downs Hospice Sussex Confirmed "
        "2 Bela Downs Hospice Sussex Offered until 12 October, 23:59"
    )
    assert section(response, "wanted") == (
        "Who would like to come Can attend it 2 First choice 2 Can attend it and have no seat 0 "
        "Cannot attend it 1 x (1) Demand for all dates and places"
    )


def test_an_empty_cohort_says_so(desk, administrator):
    response = administrator.get(page_of(desk.cohort))

    assert section(response, "people") == "0 of 20 seats taken Nobody has a seat yet."
    assert counted(response) == (0, 0, 0, 0)


def test_the_list_shows_seats_and_first_preferences(desk, administrator):
    scenarios.offered(desk.programme)
    scenarios.submitted(desk.programme)

    rows = text_of(administrator.get(LIST))

    assert "Spring Leadership Circles 4 December 2026 1 of 20 2" in rows


def test_a_cohort_is_added_with_its_sessions(desk, administrator):
    shown = as_shown(administrator.get(ADD))
    given = {
        "programme": desk.programme.pk,
        "name": "Summer school",
        "minimum": "8",
        "maximum": "12",
        "runs": "on",
        "sessions-TOTAL_FORMS": "1",
        "sessions-0-title": "Day 1",
        "sessions-0-kind": "training",
        "sessions-0-starts_at_0": "2027-06-14",
        "sessions-0-starts_at_1": "09:30",
        "sessions-0-ends_at_0": "2027-06-14",
        "sessions-0-ends_at_1": "13:00",
        "sessions-0-online": "on",
    }

    administrator.post(ADD, shown | given)

    cohort = Cohort.objects.get(name="Summer school")
    session = cohort.sessions.get()
    assert (cohort.key[:13], session.key[:5]) == ("summer-school", "day-1")
    assert (cohort.maximum, session.starts_at.isoformat()) == (12, "2027-06-14T08:30:00+00:00")


def test_a_page_saved_as_it_was_shown_counts_no_change_of_a_session(desk, administrator):
    response = save(administrator, desk.cohort)

    assert desk.cohort.sessions.get().sequence == 0
    assert [message.split(" was ")[1] for message in messages_of(response)] == ["changed successfully."]


@pytest.mark.parametrize(
    ("changed", "counted"),
    [
        ({"sessions-0-starts_at_1": "10:00:00"}, 1),
        ({"sessions-0-ends_at_1": "17:00:00"}, 1),
        ({"sessions-0-online": None}, 1),
        ({"sessions-0-joining_link": "https://meet.example.org/1"}, 1),
        ({"sessions-0-optional": "on"}, 0),
        ({"sessions-0-title": "First day"}, 0),
    ],
)
def test_a_change_of_time_or_place_is_counted_for_calendars(desk, administrator, changed, counted):
    response = save(administrator, desk.cohort, **changed)

    assert [message.split(" was ")[1] for message in messages_of(response)] == ["changed successfully."]
    assert desk.cohort.sessions.get().sequence == counted


def test_a_session_moved_on_its_own_page_is_counted_and_kept_in_its_history(desk, administrator):
    session = desk.cohort.sessions.get()
    venue = factories.VenueFactory(academy=desk.programme.academy, name="Guildhall")
    address = reverse("admin:cohorts_session_change", args=[session.pk])

    administrator.post(address, as_shown(administrator.get(address)) | {"venue": venue.pk})

    session.refresh_from_db()
    history = administrator.get(reverse("admin:cohorts_session_history", args=[session.pk]))
    assert (session.venue, session.sequence) == (venue, 1)
    assert "Sequence: 0 → 1 Venue: (nothing) → Guildhall, BN7 2XX" in text_of(history)


def test_only_the_academys_own_venues_are_offered(desk, administrator):
    own = factories.VenueFactory(academy=desk.programme.academy)
    factories.VenueFactory()

    formset = administrator.get(page_of(desk.cohort)).context["inline_admin_formsets"][0].formset

    assert list(formset.forms[0].fields["venue"].queryset) == [own]


def test_the_maximum_is_not_lowered_below_the_seats_taken(desk, administrator):
    for _ in range(2):
        scenarios.offered(desk.programme)

    response = save(administrator, desk.cohort, maximum="1", name="Kept")
    allowed = save(administrator, desk.cohort, maximum="2")

    assert errors_of(response) == ["Spring has 2 seats taken: its maximum cannot be 1."]
    assert response.context["adminform"].form["name"].value() == "Kept"
    assert [message.split(" was ")[1] for message in messages_of(allowed)] == ["changed successfully."]


def test_a_cohort_with_people_in_it_is_not_switched_off(desk, administrator):
    scenarios.offered(desk.programme)

    response = save(administrator, desk.cohort, runs=None)

    desk.cohort.refresh_from_db()
    assert errors_of(response) == [
        "Spring has 1 seat taken. Take it back first: "
        "the person is then told, and can be offered another cohort."
    ]
    assert desk.cohort.runs is True


def test_an_empty_cohort_is_switched_off(desk, administrator):
    save(administrator, desk.cohort, runs=None)

    desk.cohort.refresh_from_db()
    assert desk.cohort.runs is False


def test_a_cancelled_cohort_that_takes_place_after_all_is_not_cancelled_any_more(desk, administrator):
    user = desk.staff["reviewer"]
    go_or_not.cancel(desk.cohort.pk, user=user, reason="The venue is closed.", now=NOW)
    before = administrator.get(page_of(desk.cohort)).context["overview"]["tag"][0]

    save(administrator, desk.cohort, runs="on")

    desk.cohort.refresh_from_db()
    assert (before, desk.cohort.runs, desk.cohort.cancelled_at) == ("Cancelled", True, None)


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"minimum": "21"}, "Enter 20 or less: the maximum is 20."),
        ({"maximum": "0", "minimum": "0"}, "Enter 1 or more."),
        ({"sessions-0-ends_at_0": "2020-01-01"}, "The end must be after the start."),
    ],
)
def test_numbers_and_times_that_cannot_be_are_refused(desk, administrator, changed, error):
    before = Cohort.objects.values().get(pk=desk.cohort.pk)

    response = save(administrator, desk.cohort, **changed)

    assert errors_of(response) == [error]
    assert Cohort.objects.values().get(pk=desk.cohort.pk) == before


def test_a_cohort_that_somebody_chose_is_not_deleted(desk, administrator):
    scenarios.submitted(desk.programme)
    unused = factories.CohortFactory(programme=desk.programme)

    answers = {
        cohort.name: administrator.post(
            reverse("admin:cohorts_cohort_delete", args=[cohort.pk]), {"post": "yes"}
        ).status_code
        for cohort in (desk.cohort, unused)
    }

    assert answers == {desk.cohort.name: 403, unused.name: 302}
    assert list(Cohort.objects.all()) == [desk.cohort]


def test_a_venue_is_added_to_the_academy_and_cannot_go_while_a_session_is_there(desk, administrator):
    academy = desk.programme.academy
    given = {"academy": academy.pk, "name": "Guildhall", "address": "1 High Street", "postcode": "BN7 2XX"}
    administrator.post(reverse("admin:cohorts_venue_add"), given)
    venue = Venue.objects.get()
    desk.cohort.sessions.update(venue=venue)

    page = administrator.get(reverse("admin:cohorts_venue_delete", args=[venue.pk]))
    administrator.post(reverse("admin:cohorts_venue_delete", args=[venue.pk]), {"post": "yes"})

    assert page.context["protected"] != []
    assert list(academy.venues.all()) == [venue]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_and_the_page_cost_the_same_however_much_is_there(
    desk, administrator, rows, django_assert_num_queries
):
    for number in range(rows - 1):
        factories.CohortFactory(programme=desk.programme)
        factories.SessionFactory(cohort=desk.cohort, title=f"Day {number + 2}")
    for _ in range(rows):
        scenarios.offered(desk.programme)
        factories.VenueFactory(academy=desk.programme.academy)
    administrator.get(page_of(desk.cohort))

    with django_assert_num_queries(7):
        listed = administrator.get(LIST)
    with django_assert_num_queries(5):
        venues = administrator.get(reverse("admin:cohorts_venue_changelist"))
    with django_assert_num_queries(6):
        sessions = administrator.get(reverse("admin:cohorts_session_changelist"))
    with django_assert_num_queries(25):
        page = administrator.get(page_of(desk.cohort))

    assert [len(one.context["cl"].result_list) for one in (listed, venues, sessions)] == [rows] * 3
    assert len(page.context["overview"]["places"]) == rows
