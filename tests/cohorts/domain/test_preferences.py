"""Which cohorts an applicant can attend, best first, and which they cannot, and why."""

import datetime

import pytest
from django.db import IntegrityError, transaction

from applications.domain import starting
from cohorts.domain import preferences
from cohorts.models import Preference
from programmes.domain.refused import Refused
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return factories.ApplicationFactory()


@pytest.fixture
def cohorts(application):
    return [factories.CohortFactory(programme=application.programme, name=f"Cohort {n}") for n in (1, 2, 3)]


def kept(application):
    return [
        (row.cohort.name, row.rank, row.cannot_attend_reason)
        for row in application.preferences.select_related("cohort").order_by("pk")
    ]


def test_preferences_are_kept_in_order_with_the_reasons_for_the_rest(application, cohorts):
    one, two, three = cohorts

    preferences.save_preferences(
        application.pk, ranked=[three, one], cannot_attend={two: "On leave"}, now=NOW
    )

    assert kept(application) == [("Cohort 3", 1, ""), ("Cohort 1", 2, ""), ("Cohort 2", None, "On leave")]
    assert [str(row) for row in application.preferences.order_by("pk")] == [
        "Cohort 3: 1",
        "Cohort 1: 2",
        "Cohort 2: cannot attend",
    ]


def test_preferences_are_replaced_as_a_whole(application, cohorts):
    one, two, three = cohorts
    preferences.save_preferences(application.pk, ranked=[one, two], cannot_attend={three: "Away"}, now=NOW)

    preferences.save_preferences(application.pk, ranked=[three, one], cannot_attend={}, now=NOW)

    assert kept(application) == [("Cohort 3", 1, ""), ("Cohort 1", 2, "")]


def test_preferences_that_are_given_again_are_no_change(application, cohorts):
    one, two, _ = cohorts
    given = {"ranked": [one], "cannot_attend": {two: "Away"}}
    preferences.save_preferences(application.pk, **given, now=NOW)
    rows = list(application.preferences.values_list("pk", flat=True))
    application.refresh_from_db()
    changed_at = application.changed_at

    preferences.save_preferences(application.pk, **given, now=NOW + datetime.timedelta(hours=1))

    assert list(application.preferences.values_list("pk", flat=True)) == rows
    assert Preference.history.count() == 2
    application.refresh_from_db()
    assert application.changed_at == changed_at


def test_a_cohort_is_named_once_and_one_can_be_attended(application, cohorts):
    one, two, _ = cohorts

    for ranked, cannot in (([one, one], {}), ([one], {one: "Away"})):
        with pytest.raises(Refused) as refused:
            preferences.save_preferences(application.pk, ranked=ranked, cannot_attend=cannot, now=NOW)
        assert refused.value.sentence.startswith("Give each cohort once")
    with pytest.raises(Refused) as refused:
        preferences.save_preferences(application.pk, ranked=[], cannot_attend={two: "Away"}, now=NOW)
    assert refused.value.sentence.startswith("Choose at least one cohort")
    assert kept(application) == []


def test_preferences_change_until_the_deadline():
    programme = factories.CohortFactory().programme
    application = scenarios.submitted(programme)
    cohort = programme.cohorts.get()

    with pytest.raises(starting.Closed):
        preferences.save_preferences(
            application.pk, ranked=[cohort], cannot_attend={}, now=programme.closes_at
        )


def test_the_schema_has_each_rank_and_each_cohort_once():
    preference = factories.PreferenceFactory()

    for fields in ({"cohort": preference.cohort, "rank": 2}, {"rank": 1}, {"rank": 0}):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.PreferenceFactory(application=preference.application, **fields)


def test_missing_asks_only_where_there_is_a_cohort_to_choose(application):
    assert preferences.missing(application) == []

    cohort = factories.CohortFactory(programme=application.programme)
    assert preferences.missing(application) == ["Say which cohorts you can attend."]

    preferences.save_preferences(application.pk, ranked=[cohort], cannot_attend={}, now=NOW)
    assert preferences.missing(application) == []


def test_missing_asks_again_where_the_cohort_chosen_does_not_take_place_any_more(application, cohorts):
    preferences.save_preferences(application.pk, ranked=cohorts[:1], cannot_attend={}, now=NOW)
    cohorts[0].runs = False
    cohorts[0].save()

    assert preferences.missing(application) == ["Say which cohorts you can attend."]


def test_cohorts_on_offer_stand_by_date_and_those_without_dates_last(application, cohorts):
    one, two, three = cohorts
    factories.CohortFactory(programme=application.programme, runs=False)
    factories.SessionFactory(cohort=two, starts_at=NOW + datetime.timedelta(days=90))
    factories.SessionFactory(cohort=three, starts_at=NOW + datetime.timedelta(days=30))
    another = factories.CohortFactory(programme=application.programme)

    assert preferences.cohorts_on_offer(application, now=NOW) == [three, two, one, another]


def test_a_cohort_that_has_started_is_neither_on_offer_nor_taken(application, cohorts):
    one, two, three = cohorts
    factories.SessionFactory(cohort=one, starts_at=NOW)
    factories.SessionFactory(cohort=two, starts_at=NOW + datetime.timedelta(minutes=1))

    with pytest.raises(Refused, match="has started already"):
        preferences.save_preferences(application.pk, ranked=[one], cannot_attend={}, now=NOW)

    assert preferences.cohorts_on_offer(application, now=NOW) == [two, three]


def test_date_lines_say_when_where_and_what_is_optional():
    cohort = factories.CohortFactory()
    venue = factories.VenueFactory(name="Guildhall", address="1 High Street, Lewes", postcode="BN7 2XX")
    starts = datetime.datetime(2026, 11, 3, 9, 30, tzinfo=datetime.UTC)
    factories.SessionFactory(
        starts_at=starts, ends_at=starts + datetime.timedelta(hours=7), cohort=cohort, venue=venue
    )
    factories.SessionFactory(
        starts_at=starts + datetime.timedelta(days=1),
        ends_at=starts + datetime.timedelta(days=1, hours=1),
        cohort=cohort,
        online=False,
        optional=True,
    )

    assert preferences.date_lines(cohort) == [
        "Tuesday 3 November 2026, 9:30am to 4:30pm (Guildhall, 1 High Street, Lewes, BN7 2XX)",
        "Wednesday 4 November 2026, 9:30am to 10:30am (To be confirmed), optional",
    ]


def test_dates_wanted_are_those_of_the_cohorts_ranked_best_first(application, cohorts):
    one, two, three = cohorts
    for cohort in cohorts:
        factories.SessionFactory(cohort=cohort, joining_link="https://meet.example.org/secret")
    preferences.save_preferences(application.pk, ranked=[two, one], cannot_attend={three: "Away"}, now=NOW)

    assert preferences.dates_wanted(application) == [
        "Cohort 2: Friday 4 December 2026, midday to 3pm (Online)",
        "Cohort 1: Friday 4 December 2026, midday to 3pm (Online)",
    ]
