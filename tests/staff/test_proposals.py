"""The pages of proposals: made, read, compared, applied, undone, and looked at while they are at work."""

import datetime

import pytest
import time_machine
from django.urls import reverse

from applications.domain import reviews
from applications.domain.actors import Actor
from applications.models import State
from cohorts.admin import proposal_form, proposal_pages
from cohorts.domain import proposals
from cohorts.domain.proposals import applying, working_out
from cohorts.models import Proposal
from programmes.models import Programme
from programmes.models.programmes import OfferAnswer
from tests import factories, scenarios
from tests.cohorts.proposing import (
    MINUTE,
    assignment,
    mails_have_gone,
    person,
    programme_with,
    rivals,
    seats,
    states,
)
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of

Status = Proposal.Status
ADD = reverse("admin:cohorts_proposal_add")
LIST = reverse("admin:cohorts_proposal_changelist")


@pytest.fixture(autouse=True)
def later(noon, settings):
    """The mails of the shortlisting have gone; those of decisions are held for ten minutes."""
    settings.DECISION_HOLD_MINUTES = 10
    with time_machine.travel(NOW + datetime.timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def programme(desk) -> Programme:
    """The desk's academy gives places in two dates of one seat; Ann, Bob and Cat ask, by score."""
    programme = programme_with(1, 1, academy=desk.programme.academy, title="Listening Well", limited=True)
    for name, score in (("Ann", 3), ("Bob", 2), ("Cat", 1)):
        person(programme, name, score=score)
    mails_have_gone()
    return programme


def reference(programme, name):
    return programme.applications.get(name=name).reference


def address(verb, proposal):
    return reverse(f"admin:cohorts_proposal_{verb}", args=[proposal.pk])


def form_of(programme, base=None):
    return f"{ADD}?programme={programme.pk}" + (f"&from={base.pk}" if base else "")


SETTINGS = {"run_date-1": "auto", "run_date-2": "auto", "order": "placed_first"}


def press(client, programme, base=None, **values):
    """Send the form as a browser does."""
    return client.post(form_of(programme, base), {**SETTINGS, "do": "propose", **values})


def proposed(client, programme, base=None, **values) -> Proposal:
    response = press(client, programme, base, **values)
    assert response.status_code == 302, text_of(response)
    proposal = Proposal.objects.latest("pk")
    assert response.url == address("change", proposal)
    return proposal


# Making one.
def test_the_programmes_page_leads_to_its_proposals_and_to_a_new_one(reviewer, programme):
    page = reviewer.get(reverse("admin:programmes_programme_change", args=[programme.pk])).content.decode()
    found = reviewer.get(f"{LIST}?programme={programme.pk}")

    assert f'href="{LIST}?programme={programme.pk}">Give the places: proposals</a>' in page
    assert f'href="{form_of(programme)}" class="addlink">' in found.content.decode()


def test_without_a_programme_one_is_chosen_first(desk, reviewer, programme):
    elsewhere = factories.ProgrammeFactory()

    page = text_of(reviewer.get(ADD))

    assert "choose a programme" in page
    assert "Listening Well" in page
    assert elsewhere.title not in page


@pytest.mark.parametrize("wanted", ["0", "nonsense", "9" * 30])
def test_a_programme_that_is_not_there_is_a_page_that_is_not_there(reviewer, wanted):
    assert reviewer.get(f"{ADD}?programme={wanted}").status_code == 404
    assert reviewer.get(f"{LIST}?programme={wanted}").status_code == 200


def test_a_proposal_is_for_reviewers_of_that_academy(desk, programme):
    elsewhere = factories.ProgrammeFactory()
    factories.AcademyMemberFactory(academy=elsewhere.academy, user=desk.staff["reviewer"], role="viewer")
    reviewer = desk.client("reviewer")

    answers = [
        desk.client("viewer").get(form_of(programme)).status_code,
        desk.client("outsider").get(form_of(programme)).status_code,
        reviewer.get(form_of(elsewhere)).status_code,
        reviewer.get(form_of(programme)).status_code,
    ]

    assert answers == [403, 404, 403, 200]


def test_where_nobody_can_be_placed_the_form_says_so(desk, reviewer):
    page = reviewer.get(form_of(desk.programme))
    sent = press(reviewer, desk.programme)

    assert "Nobody is shortlisted or on the waiting list: there is nobody to place yet." in text_of(page)
    assert "Nobody is shortlisted" in text_of(sent)
    assert not Proposal.objects.exists()


def test_the_form_shows_cohorts_and_people_with_their_wishes(reviewer, programme):
    response = reviewer.get(form_of(programme))

    assert section(response, "settings").startswith(
        "Which cohorts run Date 1 Takes up to 1 people, starts 11 December 2026. 0 offered or confirmed already."
    )
    assert section(response, "wishes").count("Can attend: Date 1 then Date 2") == 3
    assert f"Ann {reference(programme, 'Ann')}, score 3" in section(response, "wishes")


def test_propose_leads_to_the_result(desk, reviewer, programme):
    proposal = proposed(reviewer, programme)

    response = reviewer.get(address("change", proposal))

    assert proposal.made_by == desk.staff["reviewer"]
    assert section(response, "figures").startswith(
        "2 of 3 people have a place Proven: under these rules nothing better exists. "
        "As many people as possible first; 2 places in all."
    )
    assert "People placed 2 2" in section(response, "figures")
    assert "Preferences met 1 1st and 1 2nd 1 1st and 1 2nd" in section(response, "figures")
    assert section(response, "cohorts") == (
        "Cohorts Date 1 1 of up to 1. Full. Ann score 3, 1st preference "
        "Date 2 1 of up to 1. Full. Bob score 2, 2nd preference"
    )
    assert section(response, "unplaced").startswith(
        f"1 without a place, and why Cat score 1, {reference(programme, 'Cat')} "
        "All 2 places of the programme are given. Date 1 and Date 2 are full"
    )
    assert "1 of 5" in section(response, "systems")
    assert proposal.problem_hash in section(response, "kept")


def test_pins_and_people_left_out_are_kept_and_shown(reviewer, programme):
    ann, cat = reference(programme, "Ann"), reference(programme, "Cat")

    proposal = proposed(
        reviewer,
        programme,
        **{f"wish-{ann}": "out", f"why-{ann}": "Asked for next year.", f"wish-{cat}": "date-1"},
    )

    response = reviewer.get(address("change", proposal))
    assert assignment(proposal) == {"Bob": "date-2", "Cat": "date-1"}
    assert "Cat score 1, 1st preference, pinned by you" in section(response, "cohorts")
    assert section(response, "left-out") == "Left out by staff Ann Asked for next year."
    assert "Pinned 1 person Left out 1 person" in section(response, "chosen")


def test_proposing_again_starts_from_what_was_chosen(reviewer, programme):
    ann, bob = reference(programme, "Ann"), reference(programme, "Bob")
    first = proposed(
        reviewer,
        programme,
        spread="on",
        **{"run_date-2": "closed", f"wish-{bob}": "date-1", f"wish-{ann}": "out", f"why-{ann}": "Later."},
    )

    page = reviewer.get(form_of(programme, first)).content.decode()

    assert '<option value="date-1" selected>Pin to Date 1</option>' in page
    assert '<option value="out" selected>Leave out</option>' in page
    assert 'value="Later."' in page
    assert '<option value="closed" selected>Takes nobody</option>' in page
    assert "Now: Date 1, 1st preference" in page
    assert "Now: Left out" in page
    assert "Now: No place. " in page
    assert "You start from" in page


def test_wishes_for_people_who_are_no_candidates_any_more_are_dropped(reviewer, programme):
    ann, bob = (programme.applications.get(name=name) for name in ("Ann", "Bob"))
    first = proposed(
        reviewer,
        programme,
        **{
            f"wish-{bob.reference}": "date-1",
            f"wish-{ann.reference}": "out",
            f"why-{ann.reference}": "Later.",
        },
    )
    for one in (ann, bob):
        reviews.withdraw(one.pk, actor=Actor.applicant(one), now=NOW + datetime.timedelta(hours=1))

    response = reviewer.get(form_of(programme, first))

    assert [row.application.name for row in response.context["people"].rows] == ["Cat"]
    assert response.context["people"].others == []


def test_a_proposal_of_another_programme_is_no_start(desk, reviewer, programme):
    person(desk.programme, "Zoe")
    elsewhere = proposals.propose(desk.programme.pk, user=desk.staff["reviewer"], now=NOW)

    pages = [reviewer.get(f"{form_of(programme)}&from={start}") for start in (elsewhere.pk, "x", "9" * 30)]

    assert [page.context["base"] for page in pages] == [None, None, None]


def test_what_cannot_be_chosen_is_told_with_what_was_typed_kept(reviewer, programme):
    ann = reference(programme, "Ann")

    response = press(reviewer, programme, **{f"wish-{ann}": "out", "order": "score_first"})

    assert not Proposal.objects.exists()
    assert "Say why the highest scores come before as many people as possible" in text_of(response)
    assert '<option value="out" selected>' in response.content.decode()
    assert response.content.decode().count("<title>Error: ") == 1


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("order", "Choose what comes first."), ("run_date-1", "Choose whether Date 1 runs.")],
)
def test_a_setting_that_is_missing_is_told(reviewer, programme, missing, sentence):
    response = press(reviewer, programme, **{missing: ""})

    assert sentence in text_of(response)
    assert not Proposal.objects.exists()


# Leafing through the people.
def test_turning_pages_and_narrowing_keeps_every_wish(reviewer, programme, monkeypatch):
    monkeypatch.setattr(proposal_form, "PEOPLE_A_PAGE", 1)
    ann, bob, cat = (reference(programme, name) for name in ("Ann", "Bob", "Cat"))

    first = reviewer.get(form_of(programme))
    second = press(reviewer, programme, do="page-2", **{f"wish-{ann}": "out", f"why-{ann}": "Later."})
    sent = {**dict(second.context["people"].others), f"wish-{bob}": "date-2"}
    third = press(reviewer, programme, do="page-3", **sent)
    found = press(reviewer, programme, do="page-1", find="bob", **sent)
    wished = press(reviewer, programme, do="page-9", show="wished", **sent)

    def seen(response):
        people = response.context["people"]
        return [row.application.name for row in people.rows], people.page, people.pages, people.turns

    assert seen(first) == (["Ann"], 1, 3, [(2, "Next page")])
    assert seen(second) == (["Bob"], 2, 3, [(1, "Previous page"), (3, "Next page")])
    assert seen(third) == (["Cat"], 3, 3, [(2, "Previous page")])
    assert third.context["people"].others == [
        (f"wish-{bob}", "date-2"),
        (f"wish-{ann}", "out"),
        (f"why-{ann}", "Later."),
    ]
    assert seen(found) == (["Bob"], 1, 1, [])
    assert seen(wished) == (["Bob"], 2, 2, [(1, "Previous page")])
    proposal = proposed(reviewer, programme, **dict(third.context["people"].others), **{f"wish-{cat}": ""})
    assert assignment(proposal) == {"Bob": "date-2", "Cat": "date-1"}


def test_turning_a_page_calls_nothing_wrong_and_keeps_the_settings(reviewer, programme):
    kept = press(reviewer, programme, do="page-1", **{"order": "score_first", "run_date-1": "must_run"})
    broken = reviewer.post(form_of(programme), {"do": "nonsense"})

    assert kept.context["form"]["order"].value() == "score_first"
    assert kept.context["form"]["run_date-1"].value() == "must_run"
    assert broken.context["form"].errors == {}
    assert broken.context["people"].page == 1
    assert not Proposal.objects.exists()


def test_people_can_be_narrowed_to_where_the_last_proposal_put_them(reviewer, programme):
    first = proposed(reviewer, programme)
    late = person(programme, "Dan")

    def names(show):
        response = press(reviewer, programme, first, do="page-1", show=show)
        return [row.application.name for row in response.context["people"].rows]

    assert names("unplaced") == ["Cat", late.name]
    assert names("date-2") == ["Bob"]
    assert names("") == ["Ann", "Bob", "Cat", "Dan"]


# Reading.
def test_the_list_says_who_when_how_many_and_what_became_of_it(desk, reviewer, programme):
    one, two = proposed(reviewer, programme), proposed(reviewer, programme)
    Proposal.objects.filter(pk=one.pk).update(made_by=None, status=Status.CANCELLED, allocation={})

    page = text_of(reviewer.get(LIST))

    who = desk.staff["reviewer"].get_full_name()
    assert f"Proposal {two.pk} Listening Well 2pm on 5 October 2026 {who} 2 1 Ready" in page
    assert f"Proposal {one.pk} Listening Well 2pm on 5 October 2026 – – – Cancelled" in page


def test_the_list_asks_as_much_for_one_as_for_three(reviewer, programme, django_assert_num_queries):
    proposed(reviewer, programme)
    reviewer.get(LIST)
    with django_assert_num_queries(6):
        reviewer.get(LIST)
    proposed(reviewer, programme)
    proposed(reviewer, programme)

    with django_assert_num_queries(6):
        reviewer.get(LIST)


def test_the_pages_ask_as_much_for_three_people_as_for_six(reviewer, programme, django_assert_num_queries):
    few = proposed(reviewer, programme)
    reviewer.get(address("change", few))
    with django_assert_num_queries(16):
        reviewer.get(address("change", few))
    with django_assert_num_queries(11):
        reviewer.get(form_of(programme))
    with django_assert_num_queries(7):
        reviewer.get(address("apply", few))
    for name in ("Dan", "Eve", "Fay"):
        person(programme, name)
    many = proposed(reviewer, programme)
    Proposal.objects.filter(pk=few.pk).delete()

    with django_assert_num_queries(16):
        reviewer.get(address("change", many))
    with django_assert_num_queries(11):
        reviewer.get(form_of(programme))
    with django_assert_num_queries(7):
        reviewer.get(address("apply", many))


def test_a_viewer_reads_and_cannot_decide(desk, reviewer, programme):
    proposal = proposed(reviewer, programme)

    page = desk.client("viewer").get(address("change", proposal)).content.decode()

    assert "2 of 3 people have a place" in page
    assert "Apply this proposal" not in page
    assert "Propose again" not in page


def test_a_form_sent_to_a_proposals_page_is_refused_and_its_history_is_the_page(reviewer, programme):
    proposal = proposed(reviewer, programme)

    refused = reviewer.post(address("change", proposal), {"status": "applied"})
    history = reviewer.get(address("history", proposal))

    assert refused.status_code == 403
    assert history.url == address("change", proposal)


def test_with_many_people_their_names_stand_in_the_list_alone(reviewer, programme, monkeypatch):
    monkeypatch.setattr(proposal_pages, "NAMES_IN_COLUMNS", 1)
    person(programme, "Dan")
    proposal = proposed(reviewer, programme)

    response = reviewer.get(address("change", proposal))

    assert section(response, "cohorts") == "Cohorts Date 1 1 of up to 1. Full. Date 2 1 of up to 1. Full."
    assert "Now: Date 1, 1st preference" in section(response, "wishes")
    assert section(response, "unplaced").startswith("2 without a place, and why Cat score 1")
    assert section(response, "unplaced").endswith(
        "1 more stand in the list of people, with their reasons: show those “Without a place”."
    )


@pytest.mark.parametrize(
    ("order", "gains", "heading"),
    [
        ("placed_first", "High", "As many as possible first, or the highest scores first?"),
        ("score_first", "Cat", "The highest scores first, or as many as possible first?"),
    ],
)
def test_both_orders_are_shown_where_they_differ(desk, reviewer, order, gains, heading):
    programme = rivals()
    desk.staff["reviewer"].academy_memberships.create(academy=programme.academy, role="reviewer")
    proposal = proposed(reviewer, programme, order=order, order_reason="The board asked for it.")

    orders = section(reviewer.get(address("change", proposal)), "orders")

    assert orders.startswith(heading)
    assert f"{gains} (score {9 if gains == 'High' else 1}) gains a place" in orders
    assert "loses the place" in orders
    assert "has another date" in orders
    assert "The board asked for it." in orders


# Side by side.
def test_two_proposals_side_by_side_say_what_differs_for_whom(reviewer, programme):
    ann = reference(programme, "Ann")
    one = proposed(reviewer, programme)
    two = proposed(reviewer, programme, **{f"wish-{ann}": "out", f"why-{ann}": "Later."})

    response = reviewer.get(address("compare", one), {"with": two.pk})

    assert section(response, "differences") == (
        f"3 people differ Name Score Proposal {one.pk} Proposal {two.pk} "
        "Ann 3 Date 1 (1st preference) Left out "
        "Bob 2 Date 2 (2nd preference) Date 1 (1st preference) "
        "Cat 1 No place Date 2 (2nd preference)"
    )
    assert section(response, f"proposal-{two.pk}").startswith(f"Proposal {two.pk} Placed 2 Preferences met")


def test_two_that_agree_say_so_and_somebody_new_is_no_candidate_of_the_older(reviewer, programme):
    one, same = proposed(reviewer, programme), proposed(reviewer, programme)
    person(programme, "Zed", score=1)
    newer = proposed(reviewer, programme)

    agreed = reviewer.get(address("compare", one), {"with": same.pk})
    grown = reviewer.get(address("compare", one), {"with": newer.pk})

    assert section(agreed, "differences") == "0 people differ Everybody has the same in both."
    assert "1 person differs" in section(grown, "differences")
    assert "Zed 1 Not a candidate No place" in section(grown, "differences")


@pytest.mark.parametrize("wanted", ["", "0", "nonsense"])
def test_beside_nothing_one_is_chosen(reviewer, programme, wanted):
    alone = proposed(reviewer, programme)
    nothing = text_of(reviewer.get(address("compare", alone), {"with": wanted}))
    other = proposed(reviewer, programme)

    page = reviewer.get(address("compare", alone), {"with": wanted})

    assert "There is no other proposal that is worked out." in nothing
    assert [key for key, _ in page.context["others"]] == [other.pk]
    assert "both" not in page.context


# Applying and undoing.
def test_apply_says_first_what_will_happen_and_then_does_it(reviewer, programme):
    scenarios.waitlisted(programme, name="Wyn")
    mails_have_gone()
    ann = reference(programme, "Ann")
    proposal = proposed(reviewer, programme, **{f"wish-{ann}": "out", f"why-{ann}": "Later."})

    asked = text_of(reviewer.get(address("apply", proposal)))
    assert states(programme)["Bob"] == State.SHORTLISTED
    response = reviewer.post(address("apply", proposal), follow=True)

    assert (
        "2 people are offered a place, and have 5 working days to answer. "
        "0 people are put on the waiting list. "
        "1 person is on the waiting list already, and stays there. "
        "1 person is left out, and stays as they are. "
        "The mails go out in 10 minutes. Until then all can be undone, and nobody hears of it. "
        "From then on, seats that fall free are offered to the waiting list by themselves."
    ) in asked
    assert messages_of(response) == ["Applied: 2 people given a place, 0 put on the waiting list, 0 skipped."]
    assert seats(programme) == {"Bob": "date-1", "Cat": "date-2"}
    assert "until then you can undo all of it" in section(response, "report")
    assert "Given a place: 2 Bob Date 1 Cat Date 2" in section(response, "report")


def test_apply_says_that_places_are_confirmed_at_once_and_who_is_no_candidate_any_more(
    reviewer, programme, settings
):
    settings.DECISION_HOLD_MINUTES = 0
    Programme.objects.filter(pk=programme.pk).update(offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)
    proposal = proposed(reviewer, programme)
    bob = programme.applications.get(name="Bob")
    scenarios.withdrawn(bob)

    asked = text_of(reviewer.get(address("apply", proposal)))
    response = reviewer.post(address("apply", proposal), follow=True)

    assert (
        "1 person is given a place, confirmed at once. 1 person is put on the waiting list. "
        "No candidates any more, and skipped: Bob. The mails go out at once."
    ) in asked
    assert section(response, "report") == (
        "What was done Skipped, and why: 1 Bob Bob is “withdrawn” by now. "
        "Given a place: 1 Ann Date 1 Put on the waiting list: 1 Cat"
    )
    assert "Undo it" not in text_of(response)


def test_applying_twice_is_told_and_does_nothing(reviewer, programme):
    proposal = proposed(reviewer, programme)
    reviewer.post(address("apply", proposal))

    again = reviewer.post(address("apply", proposal))

    assert "It was applied already" in text_of(again)
    assert len(seats(programme)) == 2


def test_undo_puts_everybody_back_within_ten_minutes(reviewer, programme):
    before = states(programme)
    proposal = proposed(reviewer, programme)
    reviewer.post(address("apply", proposal))

    asked = text_of(reviewer.get(address("undo", proposal)))
    response = reviewer.post(address("undo", proposal), follow=True)

    assert "2 places are taken back, and 1 person leave the waiting list" in asked
    assert messages_of(response) == ["Undone: 3 people back to where they were."]
    assert (states(programme), seats(programme)) == (before, {})
    assert "Back to where they were: 3 Ann Bob Cat" in section(response, "report")


def test_undo_names_whom_it_left_and_is_impossible_after_ten_minutes(reviewer, programme):
    proposal = proposed(reviewer, programme)
    too_early = text_of(reviewer.get(address("undo", proposal)))
    reviewer.post(address("apply", proposal))
    scenarios.withdrawn(programme.applications.get(name="Ann"), now=NOW + datetime.timedelta(hours=1))
    response = reviewer.post(address("undo", proposal), follow=True)
    second = proposed(reviewer, programme)
    reviewer.post(address("apply", second))

    with time_machine.travel(NOW + datetime.timedelta(hours=1) + 10 * MINUTE, tick=False):
        too_late = text_of(reviewer.get(address("undo", second)))
        page = text_of(reviewer.get(address("change", second)))

    assert messages_of(response)[-1:] == ["Undone: 2 people back to where they were. 1 could not be undone."]
    assert "Not undone, and why: 1 Ann Ann is “withdrawn” by now." in section(response, "report")
    assert "cannot be undone" in too_early
    assert "cannot be undone" in too_late
    assert "Undo it" not in page


# At work.
def stored(programme, **values) -> Proposal:
    """A large proposal, as a worker has left it."""
    proposal = proposals.propose(
        programme.pk, user=scenarios.reviewer_of(programme), now=NOW + datetime.timedelta(hours=1)
    )
    Proposal.objects.filter(pk=proposal.pk).update(**values)
    return proposal


def test_one_at_work_says_how_far_it_is_and_looks_again(reviewer, programme):
    proposal = stored(
        programme, status=Status.RUNNING, step="Meeting preference 1", steps_done=3, steps=8, allocation={}
    )

    response = reviewer.get(address("change", proposal))

    assert response.headers["Refresh"] == "3"
    assert "Meeting preference 1: step 3 of 8." in text_of(response)
    assert '<progress aria-label="How far it is" max="8" value="3">' in response.content.decode()
    assert address("cancel", proposal) in response.content.decode()


def test_one_at_work_can_be_cancelled(reviewer, programme):
    proposal = stored(programme, status=Status.RUNNING, allocation={})

    asked = text_of(reviewer.get(address("cancel", proposal)))
    response = reviewer.post(address("cancel", proposal), follow=True)

    assert "Nothing has been changed by it" in asked
    assert messages_of(response) == ["Cancelled. Nothing has been changed."]
    assert "Refresh" not in response.headers
    assert "It was cancelled before it was worked out." in text_of(response)
    assert "there is nothing to cancel" in text_of(reviewer.get(address("cancel", proposal)))


def test_one_that_failed_says_why_and_can_be_worked_out_again(reviewer, programme):
    proposal = stored(programme, status=Status.FAILED, problem_in_words=working_out.OUR_FAULT, allocation={})

    failed = text_of(reviewer.get(address("change", proposal)))
    asked = text_of(reviewer.get(address("restart", proposal)))
    response = reviewer.post(address("restart", proposal), follow=True)

    assert working_out.OUR_FAULT in failed
    assert "the candidates as they are now" in asked
    assert messages_of(response) == ["It is worked out again, from how things stand now."]
    assert "2 of 3 people have a place" in text_of(response)
    assert "there is nothing to start again" in text_of(reviewer.get(address("restart", proposal)))


def test_one_whose_worker_died_says_so(reviewer, programme):
    long_ago = NOW - datetime.timedelta(hours=1)
    solving = stored(programme, status=Status.RUNNING, step_at=long_ago, allocation={})
    giving = stored(programme, status=Status.APPLYING, step_at=long_ago)

    pages = [reviewer.get(address("change", one)) for one in (solving, giving)]

    assert all("nothing has been heard of it for 10 minutes" in text_of(page) for page in pages)
    assert [page.headers.get("Refresh") for page in pages] == [None, None]
    assert "Work it out again" in text_of(pages[0])
    assert "Apply it again" in text_of(pages[1])
    assert "the candidates as they are now" in text_of(reviewer.get(address("restart", solving)))


def test_one_being_applied_says_so(reviewer, programme):
    proposal = stored(programme, status=Status.APPLYING)

    response = reviewer.get(address("change", proposal))

    assert "The proposal is being applied." in text_of(response)
    assert response.headers["Refresh"] == "3"


def test_a_large_one_is_worked_out_and_applied_by_a_worker(reviewer, programme, monkeypatch):
    monkeypatch.setattr(working_out, "AT_ONCE", 1)
    monkeypatch.setattr(applying, "AT_ONCE", 1)
    proposal = proposed(reviewer, programme)
    worked_out = proposal.status

    response = reviewer.post(address("apply", proposal), follow=True)

    assert worked_out == Status.READY
    assert messages_of(response) == ["The proposal is being applied."]
    assert len(seats(programme)) == 2
    assert "What was done" in text_of(response)


def test_one_handed_back_by_a_worker_says_why(reviewer, programme):
    proposal = stored(programme, problem_in_words="Proposal 1 was applied after this one was made.")

    page = text_of(reviewer.get(address("change", proposal)))

    assert "Proposal 1 was applied after this one was made." in page
