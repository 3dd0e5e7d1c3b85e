"""How many would like to come, and whether those who wait would fill another cohort."""

import datetime

import pytest

from cohorts.domain import demand, places
from cohorts.models import Preference
from tests import factories, scenarios
from tests.cohorts.groups import LONDON, cohort_at, seated, waiting
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LATER = datetime.datetime(2027, 1, 18, 9, 30, tzinfo=LONDON)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory()


def wants(programme, cohort, count=1, *, state="waitlisted", rank=1):
    """People in a state, written down at once: what they said is all that is looked at."""
    for _ in range(count):
        application = factories.ApplicationFactory(
            programme=programme, state=state, submitted_at=NOW if state != "draft" else None
        )
        Preference.objects.create(application=application, cohort=cohort, rank=rank)
    return application


def filled(cohort):
    """Every seat of it taken."""
    for number in range(1, cohort.maximum + 1):
        one = wants(cohort.programme, cohort, state="confirmed")
        factories.PlaceFactory(application=one, cohort=cohort, status="confirmed", seat_number=number)


def counted(row):
    return row.wanted, row.first, row.waiting, row.cannot


def test_each_cohort_counts_wanted_first_choice_waiting_and_who_cannot_and_why(programme):
    spring, summer = cohort_at(programme, "Spring"), cohort_at(programme, "Summer", LATER)
    seated(spring, 1, ranked=[spring, summer])
    waiting(programme, ranked=[summer], cannot={spring: "On leave."})
    waiting(programme, ranked=[summer, spring], shortlisted=True)
    waiting(programme, ranked=[summer], cannot={spring: "on leave"})
    waiting(programme, ranked=[summer], cannot={spring: ""})
    scenarios.withdrawn(waiting(programme, ranked=[spring]))
    wants(programme, spring, state="draft")

    found = demand.of_programme(programme, now=NOW)

    assert [(row.cohort, counted(row)) for row in found.cohorts] == [
        (spring, (2, 1, 1, 3)),
        (summer, (5, 4, 4, 0)),
    ]
    assert found.cohorts[0].reasons == (("On leave", 2), ("No reason given", 1))
    assert counted(demand.of_cohort(spring)) == (2, 1, 1, 3)


def test_those_waiting_for_a_date_in_a_place_are_set_against_those_needed(programme):
    full = cohort_at(programme, "Full", town="Leicester", minimum=12, maximum=12)
    off = cohort_at(programme, "Off", town="leicester", minimum=15, runs=False)
    over = cohort_at(programme, "Over", NOW - datetime.timedelta(days=1), town="Leicester", minimum=20)
    filled(full)
    wants(programme, full, 8)
    wants(programme, off, 5, state="shortlisted")
    wants(programme, over, 4)

    (row,) = demand.of_programme(programme, now=NOW).locations

    assert (row.location, row.cohorts, row.waiting, row.needed) == ("Leicester", (over, full, off), 17, 12)
    assert row.sentence == "17 people wait for a date in Leicester; 12 are needed."
    assert (row.wanted, row.first) == (29, 29)


def test_who_could_take_a_free_seat_there_does_not_wait_for_another_date(programme):
    full = cohort_at(programme, "Full", town="Leicester", minimum=1, maximum=1)
    free = cohort_at(programme, "Free", town="Leicester", minimum=2)
    seated(full, 1)
    wants(programme, full)
    both = wants(programme, full)
    Preference.objects.create(application=both, cohort=free, rank=2)

    (row,) = demand.of_programme(programme, now=NOW).locations

    assert (row.waiting, row.needed) == (1, 1)
    assert row.sentence == "1 person waits for a date in Leicester; 1 is needed."


def test_who_could_take_a_free_seat_elsewhere_is_said(programme):
    full = cohort_at(programme, "Full", minimum=2, maximum=2)
    free = cohort_at(programme, "Free", LATER, town="Derby", minimum=2)
    seated(full, 2, ranked=[full])
    wants(programme, full)
    both = wants(programme, full)
    Preference.objects.create(application=both, cohort=free, rank=2)

    derby, online = demand.of_programme(programme, now=NOW).locations

    assert (derby.location, derby.waiting, derby.sentence) == ("Derby", 0, "")
    assert online.sentence == (
        "2 people wait for a date online; 2 are needed. 1 of them could take a free seat elsewhere."
    )


def test_a_place_not_known_yet_comes_last_and_one_without_a_minimum_is_not_filled(programme):
    unknown = factories.CohortFactory(programme=programme, minimum=1, runs=False)
    open_to_all = cohort_at(programme, "Open", town="York", runs=False)
    wants(programme, unknown)
    wants(programme, open_to_all)

    york, nowhere = demand.of_programme(programme, now=NOW).locations

    assert (york.location, york.waiting, york.needed, york.sentence) == ("York", 1, None, "")
    assert nowhere.sentence == "1 person waits for a date; 1 is needed."


def test_the_largest_demand_is_said_first_then_what_stands_in_the_way(programme):
    programme.total_places = 1
    programme.save()
    derby = cohort_at(programme, "Derby", town="Derby", minimum=1)
    york = cohort_at(programme, "York", town="York", minimum=1)
    seated(derby, 1, ranked=[derby])
    wants(programme, derby)
    wants(programme, york, 2)
    wants(programme, york, rank=None)

    found = demand.of_programme(programme, now=NOW)

    assert found.sentences == [
        "2 people wait for a date in York; 1 is needed.",
        "1 person waits for a date in Derby; 1 is needed.",
        "Every place of the programme is used: another cohort needs a larger total as well.",
        "1 person waits and can attend none of the dates there are.",
    ]


def test_several_who_can_attend_no_date_are_counted_and_a_total_with_room_is_not_mentioned(programme):
    programme.total_places = 10
    programme.save()
    cohort = cohort_at(programme, "York", minimum=1)
    people = seated(cohort, 2, confirmed=False)
    for one in people:
        places.ask_other_date(one.pk, reason="Too far", now=NOW)

    found = demand.of_programme(programme, now=NOW)

    assert (found.no_date, found.places_used_up) == (2, False)
    assert found.sentences == ["2 people wait and can attend none of the dates there are."]


def test_a_programme_without_cohorts_has_no_demand(programme):
    found = demand.of_programme(programme, now=NOW)

    assert (found.cohorts, found.locations, found.sentences) == ((), (), [])


@pytest.mark.parametrize("rows", [1, 3])
def test_demand_costs_the_same_however_many_there_are(programme, rows, django_assert_num_queries):
    programme.total_places = 10
    for number in range(rows):
        cohort = cohort_at(programme, f"York {number}", town="York")
        wants(programme, cohort, rows)

    with django_assert_num_queries(7):
        demand.of_programme(programme, now=NOW)
    with django_assert_num_queries(1):
        demand.of_cohort(cohort)
