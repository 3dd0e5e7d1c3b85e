"""The first page of the staff: what waits, how programmes stand, what was done last, and what the check found."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.domain import reviews
from applications.models import Application, Approval, Review
from cohorts.domain import places
from cohorts.models import PendingDecision, Place, Session
from programmes.domain import integrity, workload
from programmes.models import Message, Organisation, Role
from tests import factories, scenarios
from tests.facilitators.delivering import logged, trained
from tests.factories import NOW
from tests.staff.reading import section, text_of

HOME = reverse("admin:index")
LONG_AGO = NOW - datetime.timedelta(days=40)


def busy_academy():
    """An academy in which something of every kind waits on its staff."""
    programme = factories.ProgrammeFactory(limited=True)
    cohort = factories.CohortFactory(programme=programme, minimum=12, maximum=20)
    factories.SessionFactory(cohort=cohort, starts_at=NOW + datetime.timedelta(days=60))
    second = factories.CohortFactory(programme=programme, minimum=12, maximum=20)
    factories.SessionFactory(cohort=second, starts_at=NOW + datetime.timedelta(days=90))
    later = {"now": NOW - datetime.timedelta(days=2)}
    scenarios.confirmed(programme)
    scenarios.under_review(programme, **later)
    _in_dispute(programme)
    _answered(programme)
    scenarios.shortlisted(programme, **later)
    _kept(programme)
    _stuck(programme)
    _unreachable(programme)
    _circles(programme)
    _offer_ending(programme)
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(6):
        scenarios.submitted(programme, ics=ics, **later)
    scenarios.waitlisted(programme, **later)
    Message.objects.filter(pk=Message.objects.filter(programme=programme)[0].pk).update(status="failed")
    _over(programme.academy)
    _delivering(programme.academy)
    _cover_wanted(programme.academy)
    factories.NoticeFactory(author__programme__academy=programme.academy)
    return programme


def _cover_wanted(academy):
    """A circle whose lead cannot come, and nobody could be asked."""
    programme = factories.ProgrammeFactory(academy=academy)
    training = factories.TrainingFactory(programme=programme)
    circle = factories.CircleFactory(topic__programme=programme, minimum=1)
    lead = circle.leads.create(training=training, added_at=NOW)
    factories.CoverRequestFactory(lead=lead)


def _delivering(academy):
    """Somebody who owes something since yesterday, and has logged another thing."""
    programme = factories.ProgrammeFactory(academy=academy)
    factories.ObligationFactory(programme=programme)
    year_ago = NOW.date() - datetime.timedelta(days=366)
    logged(trained(programme=programme, trained_on=year_ago), year_ago.isoformat())


def _circles(programme):
    """One with too few bookings, and one whose register nobody has finished."""
    factories.CircleFactory(topic__programme=programme, asked_at=NOW)
    factories.CircleFactory(topic__programme=programme, starts_at=LONG_AGO)


def _in_dispute(programme):
    one = scenarios.under_review(programme)
    for outcome in ("suitable", "not_suitable"):
        user = scenarios.reviewer_of(programme)
        Review.objects.create(application=one, reviewer=user, outcome=outcome, created_at=NOW)


def _answered(programme):
    one = scenarios.more_information(programme)
    reviews.give_information(one.pk, given="Twelve.", now=NOW)


def _kept(programme):
    one = scenarios.under_review(programme)
    user = scenarios.reviewer_of(programme)
    PendingDecision.objects.create(application=one, kind="shortlist", decided_by=user, decided_at=NOW)


def _step(programme):
    return programme.approval_steps.first() or factories.ApprovalStepFactory(programme=programme)


def _stuck(programme):
    other = factories.ProgrammeFactory(academy=programme.academy)
    _step(other)
    scenarios.submitted(other, now=LONG_AGO + datetime.timedelta(days=15))


def _unreachable(programme):
    other = factories.ProgrammeFactory(academy=programme.academy)
    _step(other)
    one = scenarios.submitted(other)
    Approval.objects.filter(application=one).update(address_failed=True)


def _offer_ending(programme):
    one = scenarios.offered(programme)
    Place.objects.filter(application=one).update(respond_by=NOW + datetime.timedelta(hours=20))


def _over(academy):
    """A cohort whose sessions are past, with somebody who was not marked, and one who has attended another."""
    for _ in range(2):
        programme = factories.ProgrammeFactory(academy=academy)
        cohort = factories.CohortFactory(programme=programme)
        session = factories.SessionFactory(cohort=cohort, starts_at=NOW + datetime.timedelta(days=1))
        scenarios.confirmed(programme)
    scenarios.marked_everywhere(Application.objects.get(programme=programme), cohort)
    scenarios.closed(cohort, now=session.ends_at + datetime.timedelta(hours=1))
    Session.objects.filter(
        cohort__programme__academy=academy, starts_at__lt=NOW + datetime.timedelta(days=2)
    ).update(starts_at=NOW - datetime.timedelta(days=3), ends_at=NOW - datetime.timedelta(days=3, hours=-2))


def items_of(response):
    """What waits, by academy: the count and the address of each kind that is shown."""
    return {desk.academy.pk: list(desk.items) for desk in response.context["desks"]}


@pytest.mark.django_db
def test_each_number_leads_to_exactly_that_many_rows(desk):
    academies = [busy_academy().academy for _ in range(2)]
    client = desk.client("superuser")

    shown = items_of(client.get(HOME))

    for academy in academies:
        counts = {item.url: item.count for item in shown[academy.pk]}
        behind = {url: client.get(url).context_data["cl"].result_count for url in counts}
        assert behind == counts
        assert len(counts) == len(workload.kinds())
    assert shown[desk.programme.academy_id] == []


@pytest.mark.django_db
def test_somebody_of_one_academy_reads_the_numbers_of_that_one(desk):
    busy = busy_academy()
    busy_academy()
    user = factories.AcademyMemberFactory(academy=busy.academy, role=Role.VIEWER).user
    desk.staff["busy"] = user
    client = desk.client("busy")

    shown = items_of(client.get(HOME))

    assert list(shown) == [busy.academy_id]
    counts = {item.url: item.count for item in shown[busy.academy_id]}
    assert {url: client.get(url).context_data["cl"].result_count for url in counts} == counts


def test_a_reviewer_who_is_limited_to_another_programme_is_told_nothing_of_this_one(desk):
    scenarios.under_review(desk.programme)

    response = desk.client("limited").get(HOME)

    assert items_of(response) == {desk.programme.academy_id: []}
    assert desk.programme.title not in text_of(response)


def test_what_waits_says_since_when_and_until_when(desk, reviewer):
    scenarios.under_review(desk.programme, now=NOW - datetime.timedelta(days=9))
    scenarios.under_review(desk.programme, now=NOW - datetime.timedelta(days=1))
    one = scenarios.offered(desk.programme)
    Place.objects.filter(application=one).update(respond_by=NOW + datetime.timedelta(hours=20))

    (items,) = items_of(reviewer.get(HOME)).values()

    assert [(item.count, item.name, item.when) for item in items] == [
        (2, "applications to review", "the first for 9 days"),
        (1, "offer that ends within 48 hours", "9am on 6 October 2026"),
        (3, "typed organisations to match to the list", "the first for 9 days"),
    ]


def test_a_cohort_under_its_minimum_waits_only_while_its_programme_is_published(desk, reviewer):
    desk.cohort.minimum = 12
    desk.cohort.save()
    (before,) = items_of(reviewer.get(HOME)).values()
    desk.programme.published = False
    desk.programme.save()

    (after,) = items_of(reviewer.get(HOME)).values()

    assert [item.name for item in before] == ["cohort under its minimum"]
    assert after == []


def test_where_nothing_waits_one_line_says_so(desk, reviewer):
    response = reviewer.get(HOME)

    (items,) = items_of(response).values()
    assert items == []
    assert text_of(response).count("Nothing waits on you.") == 1
    assert "Nobody has applied yet." in text_of(response)


def test_an_approver_who_asked_for_time_is_not_stuck(desk, reviewer):
    factories.ApprovalStepFactory(programme=desk.programme)
    one = scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=20))
    Organisation.objects.all().delete()
    Approval.objects.filter(application=one).update(more_time_until=NOW.date())

    (items,) = items_of(reviewer.get(HOME)).values()

    assert [item.name for item in items] == ["typed organisation to match to the list"]


def test_the_funnel_counts_whoever_ever_came_so_far(desk, reviewer):
    scenarios.started(desk.programme, "draft@example.org")
    scenarios.submitted(desk.programme)
    gone = scenarios.confirmed(desk.programme)
    scenarios.withdrawn(gone)

    response = reviewer.get(HOME)

    (desk_shown,) = response.context["desks"]
    (standing,) = desk_shown.programmes
    assert [(one.step.label, one.count, one.of_hundred) for one in standing.funnel] == [
        ("Started", 3, 100),
        ("Submitted", 2, 67),
        ("Approved", 2, 67),
        ("Found suitable", 1, 33),
        ("Given a place", 1, 33),
        ("Confirmed", 1, 33),
        ("Attended", 0, 0),
        ("Completed", 0, 0),
    ]


def test_places_seats_and_nominations_stand_against_their_limits(desk, reviewer):
    desk.programme.total_places = 30
    desk.programme.save()
    desk.cohort.minimum = 12
    desk.cohort.save()
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    scenarios.confirmed(desk.programme, ics=ics)
    for _ in range(5):
        scenarios.submitted(desk.programme, ics=ics)

    response = reviewer.get(HOME)

    (standing,) = response.context["desks"][0].programmes
    assert [(full.name, full.words, full.length) for full in standing.limits] == [
        ("Places", "1 of 30 given", 30),
        ("Spring", "1 of 20 taken, 1 confirmed; 11 fewer than its minimum of 12", 20),
    ]
    assert [(full.name, full.words) for full in standing.nominations] == [
        ("Sussex", "5 of 5 used, 1 in reserve")
    ]


@pytest.mark.parametrize(
    ("opens", "closes", "said"),
    [
        (-30, 30, "Open until midday on 4 November 2026"),
        (-30, None, "Open"),
        (5, 30, "Opens 1pm on 10 October 2026"),
        (-30, -5, "Closed 30 September 2026"),
    ],
)
def test_a_programme_says_whether_it_is_open(desk, reviewer, opens, closes, said):
    desk.programme.opens_at = NOW + datetime.timedelta(days=opens)
    desk.programme.closes_at = None if closes is None else NOW + datetime.timedelta(days=closes)
    desk.programme.save()

    (standing,) = reviewer.get(HOME).context["desks"][0].programmes

    assert standing.when == said


def test_a_programme_that_closed_long_ago_is_not_shown(desk, reviewer):
    desk.programme.opens_at = NOW - datetime.timedelta(days=600)
    desk.programme.closes_at = NOW - datetime.timedelta(days=300)
    desk.programme.save()
    Session.objects.all().delete()

    assert list(reviewer.get(HOME).context["desks"][0].programmes) == []


def test_the_days_to_a_decision_are_those_within_which_half_and_nine_of_ten_were_decided(desk, reviewer):
    for days in (1, 2, 3, 30):
        one = scenarios.under_review(desk.programme, now=NOW - datetime.timedelta(days=days))
        reviews.shortlist(one.pk, user=scenarios.reviewer_of(desk.programme), now=NOW)
    undone = Application.objects.latest("pk")
    places.give(undone.pk, desk.cohort.pk, user=scenarios.reviewer_of(desk.programme), now=NOW)

    response = reviewer.get(HOME)

    days = response.context["days"]
    assert (days.decided, days.median, days.nine_of_ten) == (4, 2, 30)
    assert section(response, "days") == (
        "From submission to decision Of the 4 applications decided in the last 12 months, half were decided within "
        "2 days and nine of ten within 30 days."
    )


def test_the_last_changes_say_who_did_what_to_which_record(desk):
    one = scenarios.under_review(desk.programme, name="Siân O’Neill", now=NOW - datetime.timedelta(hours=1))
    administrator = desk.client("administrator")
    who = desk.staff["administrator"].get_full_name()
    desk.cohort.maximum = 18
    desk.cohort._history_user = desk.staff["administrator"]
    desk.cohort.save()

    response = administrator.get(HOME)

    changes = response.context["changes"]
    assert [(change.who, change.what, change.record) for change in changes] == [
        (who, "cohort changed", "Spring"),
        ("Siân O’Neill", "Not yet submitted → Under review", str(one)),
    ]
    assert changes[0].url == reverse("admin:cohorts_cohort_change", args=[desk.cohort.pk])


def test_a_change_to_another_academys_record_is_not_among_the_last_changes(desk, reviewer):
    other = factories.CohortFactory()
    other._history_user = desk.staff["superuser"]
    other.save()

    response = reviewer.get(HOME)

    assert response.context["changes"] == []
    assert "Nothing has been changed in the last 30 days." in text_of(response)


def test_a_change_to_an_organisation_that_all_academies_share_is_not_among_the_last_changes(desk, reviewer):
    organisation = factories.OrganisationFactory.build(ics=None)
    organisation._history_user = desk.staff["outsider"]
    organisation.save()

    response = reviewer.get(HOME)

    assert organisation.history.get().history_user == desk.staff["outsider"]
    assert response.context["changes"] == []


def test_a_record_that_was_deleted_has_no_page(desk, reviewer):
    venue = factories.VenueFactory(academy=desk.programme.academy, name="Guildhall")
    venue._history_user = desk.staff["administrator"]
    venue.delete()

    (change,) = reviewer.get(HOME).context["changes"]

    assert (change.what, change.record, change.url) == ("venue deleted", "Guildhall", "")


def _breach(desk):
    one = scenarios.under_review(desk.programme)
    Application.objects.filter(pk=one.pk).update(furthest=7)
    integrity.check(NOW, started_by="A test")
    return one


def test_administrators_read_what_the_last_check_found_among_their_records(desk):
    one = _breach(desk)

    said = section(desk.client("administrator").get(HOME), "check")

    assert said == (
        "Check of the records The last check, at 1pm on 5 October 2026, found what cannot be: "
        f"{one.reference} counts as having come further, or been decided earlier, than its record says. "
        "Tell whoever looks after the portal, with the reference; change nothing by hand."
    )


def test_an_administrator_of_another_academy_reads_that_all_is_well(desk):
    _breach(desk)

    said = section(desk.client("outsider").get(HOME), "check")

    assert said == (
        "Check of the records All is well: the last check, at 1pm on 5 October 2026, found nothing that cannot be."
    )


def test_before_the_first_check_that_is_said(desk):
    said = section(desk.client("superuser").get(HOME), "check")

    assert said == "Check of the records The daily check has not run yet."


def test_who_administers_nothing_reads_nothing_of_the_check(desk, reviewer):
    _breach(desk)

    assert reviewer.get(HOME).context["check"] is None


@pytest.mark.django_db
def test_the_page_asks_as_much_of_the_database_however_much_there_is(desk):
    def queries(client):
        with CaptureQueriesContext(connection) as captured:
            client.get(HOME)
        return len(captured)

    busy_academy()
    client = desk.client("superuser")
    client.get(HOME)
    one = queries(client)
    for _ in range(2):
        busy_academy()

    assert queries(client) == one


@pytest.mark.parametrize("value", ["nothing", "", "to-mark"])
def test_a_list_is_not_narrowed_by_what_it_does_not_know(desk, reviewer, value):
    scenarios.under_review(desk.programme)
    page = reverse("admin:applications_application_changelist")

    response = reviewer.get(page, {"waits": value, "of_academy": "x"})

    assert response.context["cl"].result_count == 1
