"""Several applications decided together: asked first, then done, warned and skipped, one by one."""

import pytest
from django.urls import reverse

from applications.models import State
from cohorts.domain import pending, places, preferences
from cohorts.models import PendingDecision, Place
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import section, text_of

LIST = reverse("admin:applications_application_changelist")


def choose(client, action, applications, **more):
    """Tick applications on the list and choose an action."""
    keys = [application.pk for application in applications]
    return client.post(LIST, {"action": f"{action}_selected", "_selected_action": keys, **more})


def press(client, action, applications, **values):
    """Press the button of the page that asks."""
    address = reverse("admin:applications_application_bulk", args=[action])
    return client.post(address, {"_selected_action": [row.pk for row in applications], **values})


def states(*applications):
    for application in applications:
        application.refresh_from_db()
    return [application.state for application in applications]


def test_choosing_asks_first_and_changes_nothing(desk, reviewer):
    one, two = scenarios.submitted(desk.programme), scenarios.offered(desk.programme)

    response = choose(reviewer, "shortlist", [one, two])

    assert response.context["title"] == "Shortlist: 2 applications"
    assert f"{one} : Under review {two} : Place offered".replace(" :", ":") in text_of(response)
    assert states(one, two) == [State.UNDER_REVIEW, State.OFFERED]


def test_all_on_every_page_of_the_list_can_be_chosen(desk, reviewer):
    made = [scenarios.submitted(desk.programme) for _ in range(3)]

    response = choose(reviewer, "shortlist", made[:1], select_across="1")

    assert [row.pk for row in response.context["applications"]] == [row.pk for row in made]


def test_shortlisting_reports_what_was_done_and_why_others_were_skipped(desk, reviewer):
    one, two, three = (
        scenarios.submitted(desk.programme),
        scenarios.more_information(desk.programme),
        scenarios.offered(desk.programme),
    )

    response = press(reviewer, "shortlist", [one, two, three])

    assert states(one, two, three) == [State.SHORTLISTED, State.SHORTLISTED, State.OFFERED]
    assert "2 done, 0 done with a warning, 1 skipped." in text_of(response)
    assert section(response, "done") == f"Done {one} {two}"
    assert section(response, "skipped") == (
        f"Skipped {three}: {three.reference} is “place offered”: “shortlist” is not possible from there."
    )


def test_a_second_press_skips_all_and_does_nothing_twice(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    press(reviewer, "shortlist", [application])

    response = press(reviewer, "shortlist", [application])

    assert "0 done, 0 done with a warning, 1 skipped." in text_of(response)
    assert application.changes.filter(action="shortlist").count() == 1


def test_a_mail_taken_back_by_the_next_decision_is_a_warning(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    press(reviewer, "shortlist", [application])

    response = press(reviewer, "offer", [application], cohort="preferred")

    assert states(application) == [State.OFFERED]
    assert section(response, "warned") == (
        f"Done, with something to know {application}: "
        f"Mails taken back before they were sent: “shortlisted” to {application.email}."
    )


@pytest.fixture
def cohorts(desk):
    """Two cohorts of one seat each, and one without limits to speak of in another programme."""
    desk.cohort.maximum = 1
    desk.cohort.save()
    other = factories.ProgrammeFactory(academy=desk.programme.academy, title="Bystander")
    return {
        "spring": desk.cohort,
        "summer": factories.CohortFactory(programme=desk.programme, name="Summer", maximum=1),
        "elsewhere": factories.CohortFactory(programme=other, name="Autumn"),
    }


def with_preferences(desk, reviewer, *ranked, cannot=()):
    """Shortlisted long enough ago that its mail has gone, with cohorts in this order."""
    application = scenarios.submitted(desk.programme)
    cannot_attend = dict.fromkeys(cannot, "On leave.")
    preferences.save_preferences(application.pk, ranked=ranked, cannot_attend=cannot_attend, now=NOW)
    press(reviewer, "shortlist", [application])
    scenarios.Message.objects.filter(status="queued").update(status="sent")
    application.refresh_from_db()
    return application


def seats():
    return [(place.application, place.cohort) for place in Place.objects.taken().order_by("pk")]


def test_places_go_to_the_best_preference_with_a_seat_in_the_order_of_submission(desk, reviewer, cohorts):
    spring, summer = cohorts["spring"], cohorts["summer"]
    first, second, third = (with_preferences(desk, reviewer, spring, summer) for _ in range(3))

    response = press(reviewer, "offer", [third, first, second], cohort="preferred")

    assert seats() == [(first, spring), (second, summer)]
    assert states(first, second, third) == [State.OFFERED, State.OFFERED, State.SHORTLISTED]
    assert section(response, "done") == f"Done {first}"
    assert section(response, "warned") == (
        f"Done, with something to know {second}: Summer is their 2nd preference."
    )
    assert section(response, "skipped") == (
        f"Skipped {third}: Spring is full: all 1 seats are offered or confirmed."
    )


def test_a_chosen_cohort_is_offered_to_all_with_a_warning_where_it_is_not_their_first(
    desk, reviewer, cohorts
):
    spring, summer = cohorts["spring"], cohorts["summer"]
    summer.maximum = 5
    summer.save()
    likes, second, silent, cannot = (
        with_preferences(desk, reviewer, summer),
        with_preferences(desk, reviewer, spring, summer),
        with_preferences(desk, reviewer, spring),
        with_preferences(desk, reviewer, spring, cannot=[summer]),
    )

    response = press(reviewer, "offer", [likes, second, silent, cannot], cohort=summer.pk)

    assert seats() == [(likes, summer), (second, summer), (silent, summer)]
    assert section(response, "done") == f"Done {likes}"
    assert section(response, "warned") == (
        f"Done, with something to know {second}: Summer is their 2nd preference. "
        f"{silent}: Summer is none of their preferences."
    )
    assert section(response, "skipped") == f"Skipped {cannot}: {cannot.name} cannot attend Summer: On leave."


def test_a_cohort_of_another_programme_is_skipped_in_words(desk, reviewer, cohorts):
    here = with_preferences(desk, reviewer, cohorts["spring"])
    there = scenarios.shortlisted(cohorts["elsewhere"].programme)

    response = press(reviewer, "offer", [here, there], cohort=cohorts["elsewhere"].pk)

    assert seats() == [(there, cohorts["elsewhere"])]
    assert section(response, "skipped") == (
        f"Skipped {here}: Autumn belongs to Bystander, not to Leadership Circles."
    )


def test_without_a_preference_a_person_must_choose(desk, reviewer):
    application = scenarios.shortlisted(desk.programme)
    application.preferences.all().delete()

    response = press(reviewer, "offer", [application], cohort="preferred")

    assert seats() == []
    assert section(response, "skipped") == (
        f"Skipped {application}: Sam Applicant gave no preference. "
        "Choose a cohort for them on the application’s page."
    )


def test_an_offer_takes_the_place_of_a_decision_that_was_kept(desk, reviewer):
    application = scenarios.shortlisted(desk.programme)
    pending.keep(application.pk, user=desk.staff["reviewer"], kind="turn_down", reason="Too many.", now=NOW)

    press(reviewer, "offer", [application], cohort="preferred")

    assert seats() == [(application, desk.cohort)]
    assert PendingDecision.objects.count() == 0


def test_somebody_who_is_not_shortlisted_is_offered_nothing_together_with_others(desk, reviewer):
    application = scenarios.submitted(desk.programme)

    response = press(reviewer, "offer", [application], cohort=desk.cohort.pk)

    assert states(application) == [State.UNDER_REVIEW]
    assert section(response, "skipped") == (
        f"Skipped {application}: {application.reference} is “under review”: "
        "“offer a place” is not possible from there."
    )


@pytest.mark.parametrize("cohort", ["", "999999", "nonsense"])
def test_a_cohort_must_be_chosen_before_places_are_offered(desk, reviewer, cohort):
    application = scenarios.shortlisted(desk.programme)

    response = press(reviewer, "offer", [application], cohort=cohort)

    assert list(response.context["form"].errors) == ["cohort"]
    assert states(application) == [State.SHORTLISTED]


def test_the_seats_left_stand_beside_each_cohort(desk, reviewer, cohorts):
    application = with_preferences(desk, reviewer, cohorts["spring"])
    places.give(application.pk, cohorts["spring"].pk, user=desk.staff["reviewer"], now=NOW)

    form = choose(reviewer, "offer", [application]).context["form"]

    assert form.fields["cohort"].choices == [
        ("preferred", "For each the best of their own preferences that has a seat left"),
        (str(cohorts["spring"].pk), "Leadership Circles, Spring: 0 seats of 1 left"),
        (str(cohorts["summer"].pk), "Leadership Circles, Summer: 1 seat of 1 left"),
    ]


def test_another_academys_application_does_not_exist_for_an_action(desk, reviewer):
    own = scenarios.submitted(desk.programme)
    foreign = scenarios.submitted(factories.ProgrammeFactory())

    answers = [
        choose(reviewer, "shortlist", [own, foreign]).status_code,
        press(reviewer, "shortlist", [own, foreign]).status_code,
        press(desk.client("outsider"), "shortlist", [own]).status_code,
    ]

    assert answers == [404, 404, 404]
    assert states(own, foreign) == [State.UNDER_REVIEW, State.UNDER_REVIEW]


def test_a_reviewer_who_only_reads_in_another_academy_decides_nothing_there(desk, reviewer):
    programme = factories.ProgrammeFactory()
    factories.AcademyMemberFactory(academy=programme.academy, user=desk.staff["reviewer"], role="viewer")
    application = scenarios.submitted(programme)

    response = press(reviewer, "shortlist", [application])

    assert states(application) == [State.UNDER_REVIEW]
    assert section(response, "skipped").endswith(
        f"Your role at {programme.academy} does not include decisions on applications."
    )


def test_a_viewer_decides_on_none_together(desk):
    application = scenarios.submitted(desk.programme)
    viewer = desk.client("viewer")

    choose(viewer, "shortlist", [application])
    answer = press(viewer, "shortlist", [application])

    assert answer.status_code == 403
    assert states(application) == [State.UNDER_REVIEW]


def test_more_than_a_hundred_are_not_decided_together(desk, reviewer, monkeypatch):
    monkeypatch.setattr("applications.admin.bulk.LIMIT", 1)
    made = [scenarios.submitted(desk.programme) for _ in range(2)]

    response = press(reviewer, "shortlist", made)

    assert "Choose at most 1 at once. You chose 2; nothing has been changed." in text_of(response)
    assert states(*made) == [State.UNDER_REVIEW, State.UNDER_REVIEW]


def test_an_action_that_there_is_not_does_not_exist(desk, reviewer):
    application = scenarios.submitted(desk.programme)

    assert press(reviewer, "confirm", [application]).status_code == 404
    assert states(application) == [State.UNDER_REVIEW]


@pytest.mark.parametrize("rows", [1, 3])
def test_asking_costs_the_same_however_many_were_chosen(desk, reviewer, rows, django_assert_num_queries):
    made = [scenarios.shortlisted(desk.programme) for _ in range(rows)]
    choose(reviewer, "offer", made)

    with django_assert_num_queries(16):
        response = choose(reviewer, "offer", made)

    assert len(response.context["applications"]) == rows
