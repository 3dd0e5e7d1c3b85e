"""The pages on which staff decide what becomes of a cohort: what would happen is read before it does."""

import datetime

import pytest
from django.urls import reverse

from cohorts.domain import asking, go_or_not
from cohorts.models import Cohort, CohortDecision, Place
from tests import factories, scenarios
from tests.cohorts.groups import cohort_at, queued, seated, waiting
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of


def decide(cohort, kind, into=None):
    address = reverse("admin:cohorts_cohort_decide", args=[cohort.pk, kind])
    return f"{address}?into={into.pk}" if into else address


def page_of(cohort):
    return reverse("admin:cohorts_cohort_change", args=[cohort.pk])


@pytest.fixture
def spring(desk):
    """It needs four people, and starts in 60 days."""
    desk.cohort.minimum = 4
    desk.cohort.save()
    return desk.cohort


@pytest.fixture
def summer(desk):
    starts = NOW + datetime.timedelta(days=200)
    return cohort_at(desk.programme, "Summer", starts, minimum=4, maximum=6)


def soon(cohort):
    """Move it so near that staff are asked."""
    starts = NOW + datetime.timedelta(days=20)
    cohort.sessions.update(starts_at=starts, ends_at=starts + datetime.timedelta(hours=3))
    asking.ask(cohort.pk, now=NOW)


# The cohort's page.
def test_the_page_says_that_a_cohort_is_not_certain_and_what_can_be_decided(desk, spring, reviewer):
    seated(spring, 1)

    response = reviewer.get(page_of(spring))

    assert section(response, "stands") == (
        "Does it run? Not certain yet People with a place are told: “This cohort runs if 4 people have confirmed their "
        "places by 20 November 2026. We will email you either way.” "
        "1 of 4 to 20: 1 confirmed, 0 offered "
        "Run it anyway Give it longer Merge into another cohort Roll over to a later cohort Cancel it "
        "No seat is offered to the waiting list now. Nobody is on the waiting list."
    )


def test_the_page_asks_for_a_decision_and_then_shows_it_with_its_reason(desk, spring, reviewer):
    seated(spring, 1)
    soon(spring)
    before = reviewer.get(page_of(spring))
    go_or_not.run_anyway(spring.pk, user=desk.staff["reviewer"], reason="The trainer is booked.", now=NOW)
    after = reviewer.get(page_of(spring))

    asked = (
        "This cohort needs your decision. Spring needs 4 people. 1 has confirmed, and 0 have an offer to answer. "
        "It starts on 25 October 2026, in 20 days. The people in it were told that it is decided by 11 October 2026."
    )
    assert asked in section(before, "stands")
    assert before.context["overview"]["to_decide"] != ""
    assert after.context["overview"]["to_decide"] == ""
    mail = f"Asked by mail to {desk.programme.academy.contact_email} on 5 October 2026: read the mail"
    assert mail in section(after, "stands")
    decided = (
        f"Run anyway 5 October 2026, 13:00, {desk.staff['reviewer'].get_full_name()}, with 1 seat taken "
        "The trainer is booked. 1 person was told that it runs."
    )
    assert decided in section(after, "stands")
    assert "Certain to run" in section(after, "stands")


def test_both_pages_of_a_merge_show_the_decision(desk, spring, summer, reviewer):
    seated(spring, 1)
    go_or_not.merge(spring.pk, summer.pk, user=desk.staff["reviewer"], reason="Too few.", now=NOW)
    CohortDecision.objects.update(decided_by=None)

    gone, there = (section(reviewer.get(page_of(one)), "stands") for one in (spring, summer))

    assert "Cancelled Cancelled on 5 October 2026." in gone
    assert "Merge into another cohort: Summer 5 October 2026, 13:00, by an account that is gone" in gone
    assert "Spring: merge into another cohort, this one" in there


@pytest.mark.parametrize(
    ("changed", "tag", "runs"),
    [
        ({"minimum": 0}, "Certain to run", "It has no minimum."),
        (
            {"certain_at": NOW},
            "Certain to run",
            "People have been told that it runs, from 5 October 2026 on.",
        ),
        ({"runs": False}, "Does not take place", ""),
    ],
)
def test_the_page_says_whether_it_runs(desk, spring, reviewer, changed, tag, runs):
    Cohort.objects.filter(pk=spring.pk).update(**changed)

    found = reviewer.get(page_of(spring)).context["overview"]

    assert (found["tag"][0], found["runs"]) == (tag, runs)


def test_the_page_of_a_cohort_that_is_over_says_so(desk, spring, reviewer):
    day = datetime.timedelta(days=1)
    spring.sessions.update(starts_at=NOW - 2 * day, ends_at=NOW - day)

    found = reviewer.get(page_of(spring)).context["overview"]

    assert (found["tag"][0], found["choices"]) == ("Over", [])


def test_a_seat_that_will_be_offered_is_said(desk, spring, reviewer):
    desk.programme.offers_onward = True
    desk.programme.save()
    seated(spring, 1)
    waiting(desk.programme, ranked=[spring])

    found = section(reviewer.get(page_of(spring)), "stands")

    assert found.endswith("Free seats are offered to the waiting list, one by one.")


def test_a_viewer_reads_and_has_no_buttons(desk, spring):
    found = desk.client("viewer").get(page_of(spring)).context["overview"]

    assert found["choices"] == []


# Deciding.
def test_running_anyway_from_the_page(desk, spring, reviewer):
    seated(spring, 2)

    page = reviewer.get(decide(spring, "run_anyway"))
    response = reviewer.post(decide(spring, "run_anyway"), {"reason": "Booked."}, follow=True)

    assert (
        "2 people confirmed get a mail that it goes ahead, with an updated calendar file, at once."
        in text_of(page)
    )
    assert response.redirect_chain == [(page_of(spring), 302)]
    assert messages_of(response) == ["Spring: decided. 2 people were told that it runs."]
    assert len(queued("cohort_runs")) == 2


def test_running_anyway_where_people_know_already_tells_nobody(desk, spring, reviewer):
    people = seated(spring, 4)
    go_or_not.settle(spring.pk, now=NOW)
    scenarios.withdrawn(people[0])

    page = reviewer.get(decide(spring, "run_anyway"))

    assert page.context["hears"] == ["Nobody has to be told: its people know already that it runs."]


def test_giving_it_longer_from_the_page_keeps_what_was_typed_when_it_is_refused(desk, spring, reviewer):
    seated(spring, 1)
    sent = {"reason": "More are coming.", "until": "2026-12-04"}

    page = reviewer.get(decide(spring, "extend"))
    refused = reviewer.post(decide(spring, "extend"), sent)
    response = reviewer.post(decide(spring, "extend"), sent | {"until": "2026-11-25"}, follow=True)

    assert page.context["hears"] == [
        "It is to be decided by 20 November 2026 now.",
        "1 person confirmed gets a mail with the new day, at once.",
    ]
    assert refused.context["form"].non_field_errors() == [
        "Spring starts on 4 December 2026: choose an earlier day."
    ]
    assert refused.context["form"]["reason"].value() == "More are coming."
    assert messages_of(response) == ["Spring: decided. 1 person was told the new day."]
    assert "Give it longer, until 25 November 2026" in section(response, "stands")


def test_giving_longer_a_cohort_without_dates_is_not_possible(desk, spring, reviewer):
    spring.sessions.all().delete()

    page = reviewer.get(decide(spring, "extend"))

    assert page.context["page"].impossible == "Spring has no dates yet: there is nothing to put off."


def test_a_merge_asks_into_which_cohort_with_what_each_would_mean(desk, spring, summer, reviewer):
    seated(spring, 2, ranked=[spring, summer])
    seated(spring, 1, ranked=[spring], cannot={summer: "On leave"})
    full = cohort_at(desk.programme, "Tiny", NOW + datetime.timedelta(days=90), maximum=1)
    seated(full, 1, ranked=[full])

    response = reviewer.get(decide(spring, "merge"))
    sent = reviewer.post(decide(spring, "merge"), {"reason": "Too few."})

    assert section(response, f"into-{summer.pk}") == (
        "Summer Starts on 23 April 2027, Online. 2 of 3 people can come; 2 of 6 seats taken afterwards. "
        "2 of 4 to 6: 2 confirmed, 0 offered See who would move to Summer"
    )
    assert section(response, f"into-{full.pk}").endswith("None of the people of Spring can come to Tiny.")
    assert sent.templates[0].name == "admin/cohorts/cohort/which_one.html"
    assert Place.objects.taken().filter(cohort=spring).count() == 3


def test_without_another_cohort_the_page_leads_to_a_copy(desk, spring, reviewer):
    seated(spring, 1)

    found = {kind: text_of(reviewer.get(decide(spring, kind))) for kind in ("merge", "roll_over")}

    nobody = "There is no other cohort to take the people: none that runs, has dates and has not started"
    assert f"{nobody}. Copy this cohort to later dates first" in found["merge"]
    assert f"{nobody}, later than this one. Copy this cohort" in found["roll_over"]


def test_a_merge_shows_who_comes_and_who_cannot_and_then_does_it(desk, spring, summer, reviewer, settings):
    settings.DECISION_HOLD_MINUTES = 10
    seated(spring, 1, ranked=[spring, summer], name="Anna")
    (cannot,) = seated(spring, 1, ranked=[spring], cannot={summer: "On leave"}, name="Bela")
    seated(summer, 3, ranked=[summer])

    page = reviewer.get(decide(spring, "merge", summer))
    empty = reviewer.post(decide(spring, "merge", summer), {"reason": ""})
    response = reviewer.post(decide(spring, "merge", summer), {"reason": "Too few."}, follow=True)

    text = text_of(page)
    assert "Summer afterwards 4 of 4 to 6: 4 confirmed, 0 offered" in text
    assert "It reaches its minimum of 4 by this, and is certain to run." in text
    assert "confirmed, their 2nd preference" in text
    assert f"Bela ({cannot.reference}): confirmed, cannot attend Summer: On leave" in text
    assert page.context["hears"][-1] == (
        "The mails to those who come along go out in 10 minutes, the others at once."
    )
    assert page.context["title"] == "Merge into another cohort: Spring, into Summer"
    assert empty.context["form"].errors == {"reason": ["Enter the reason. The people of the cohort read it."]}
    assert messages_of(response) == [
        "Spring: decided. 1 person came to Summer (1 confirmed), which then had 4 of 6 seats taken. "
        "Summer reached its minimum of 4 by it. "
        f"On the waiting list now: Bela ({cannot.reference}), cannot attend Summer: On leave."
    ]
    assert len(queued("cohort_runs")) == 3


def test_rolling_over_and_cancelling_from_the_page(desk, spring, summer, reviewer):
    seated(spring, 1, ranked=[spring, summer])
    rolled = reviewer.post(decide(spring, "roll_over", summer), {"reason": "Too few."}, follow=True)
    shown = reviewer.get(decide(summer, "cancel"))
    cancelled = reviewer.post(decide(summer, "cancel"), {"reason": "The venue is closed."}, follow=True)

    assert messages_of(rolled)[0].startswith("Spring: decided. 1 person came to Summer")
    assert shown.context["hears"][-1] == "The mails go out at once."
    assert messages_of(cancelled)[0].startswith("Summer: decided. On the waiting list now: Sam Applicant")
    assert Place.objects.taken().count() == 0


def test_cancelling_an_empty_cohort_says_that_nobody_is_told(desk, spring, reviewer):
    page = reviewer.get(decide(spring, "cancel"))

    assert page.context["hears"] == ["Nobody has to be told: no one has a seat in it."]


@pytest.mark.parametrize("into", ["999999", "x", "9" * 30])
def test_a_choice_or_a_cohort_that_does_not_exist_is_not_found(desk, spring, reviewer, into):
    seated(spring, 1)

    found = [
        reviewer.get(f"{decide(spring, 'merge')}?into={into}").status_code,
        reviewer.get(decide(spring, "sell")).status_code,
    ]

    assert found == [404, 404]


def test_a_cohort_that_cannot_receive_has_no_button(desk, spring, summer, reviewer):
    seated(summer, 1, ranked=[summer])

    page = reviewer.get(decide(summer, "roll_over", spring))

    assert page.context["page"].impossible == "Spring is not later than Summer. Merge them instead."


# Copies.
def test_a_cohort_is_copied_to_later_days(desk, spring, administrator):
    address = reverse("admin:cohorts_cohort_copy", args=[spring.pk])
    sent = {"name": "Autumn", "first_day": "2026-10-05"}

    page = administrator.get(address)
    refused = administrator.post(address, sent)
    response = administrator.post(address, sent | {"first_day": "2027-06-14"}, follow=True)

    assert "The new cohort has the same 1 session, venues, numbers and joining details." in text_of(page)
    assert refused.context["form"].non_field_errors() == ["Choose a first day after today."]
    assert messages_of(response) == ["Autumn is there: check its sessions and add its joining links."]
    assert [f"{one.starts_at:%d %m %Y}" for one in Cohort.objects.get(name="Autumn").sessions.all()] == [
        "14 06 2027"
    ]


def test_a_cohort_without_sessions_has_nothing_to_copy(desk, administrator):
    empty = factories.CohortFactory(programme=desk.programme, name="Empty")

    page = administrator.get(reverse("admin:cohorts_cohort_copy", args=[empty.pk]))

    assert page.context["page"].impossible == "Empty has no sessions to copy. Add them first."


# Demand.
def demand_of(desk):
    return reverse("admin:cohorts_cohort_demand", args=[desk.programme.pk])


def test_the_demand_page_shows_cohorts_and_places_with_what_is_to_be_known(desk, spring, summer, reviewer):
    Cohort.objects.filter(pk=spring.pk).update(minimum=1, maximum=1)
    seated(spring, 1, ranked=[spring])
    waiting(desk.programme, ranked=[spring], cannot={summer: "On leave"})
    Cohort.objects.filter(pk=summer.pk).update(runs=False)

    response = reviewer.get(demand_of(desk))

    assert "1 person waits for a date online; 1 is needed." in text_of(response)
    assert "Spring 4 December 2026, Online 2, for 1 seat 2 1 0" in section(response, "cohorts")
    assert "Summer (does not take place)" in section(response, "cohorts")
    assert section(response, "cohorts").endswith("0, for 6 seats 0 0 1 On leave (1)")
    assert section(response, "locations").endswith("Online 2 2 1 1")


def test_the_demand_of_a_programme_without_cohorts_says_so(desk, reviewer):
    empty = factories.ProgrammeFactory(academy=desk.programme.academy)

    response = reviewer.get(reverse("admin:cohorts_cohort_demand", args=[empty.pk]))

    assert "There is no cohort yet." in text_of(response)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_pages_cost_the_same_however_much_is_there(
    desk, spring, summer, reviewer, rows, django_assert_num_queries
):
    for number in range(rows):
        cohort_at(desk.programme, f"Later {number}", NOW + datetime.timedelta(days=300))
    seated(spring, rows)
    waiting(desk.programme)
    reviewer.get(page_of(spring))

    with django_assert_num_queries(8):
        demand = reviewer.get(demand_of(desk))
    with django_assert_num_queries(14):
        which = reviewer.get(decide(spring, "merge"))
    with django_assert_num_queries(14):
        merge = reviewer.get(decide(spring, "merge", summer))
    with django_assert_num_queries(10):
        cancel = reviewer.get(decide(spring, "cancel"))

    assert len(demand.context["demand"].cohorts) == rows + 2
    assert len(which.context["rows"]) == rows + 1
    assert [len(merge.context["plan"].come), len(cancel.context["plan"].stay)] == [rows, rows]
