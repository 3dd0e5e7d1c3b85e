"""Reviewing at speed: the queue, the panel, what is kept for the release day, notes, conflicts and merging."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import reviews
from applications.models import Application, ConflictOfInterest, Merge, NotTheSamePerson, Review, State
from cohorts.domain import pending
from cohorts.models import PendingDecision
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, section, text_of

LIST = reverse("admin:applications_application_changelist")


def address(name, *args):
    return reverse(f"admin:applications_application_{name}", args=args)


def page(application, filters="p=0"):
    return f"{address('change', application.pk)}?_changelist_filters={filters}"


def panel(client, application, filters="p=0", **values):
    sent = {"decision": "leave", "when": "now", "notes": "", "reason": "", "cohort": "", **values}
    target = f"{address('panel', application.pk)}?_changelist_filters={filters}"
    return client.post(target, sent, follow=True)


def state_of(application):
    return Application.objects.get(pk=application.pk).state


@pytest.fixture
def three(desk):
    """Three under review, the newest first as the list has them."""
    return [
        scenarios.under_review(desk.programme, name=name, now=NOW - datetime.timedelta(days=days))
        for days, name in enumerate(("Ann", "Bo", "Cy"))
    ]


# The queue.
def test_review_these_opens_the_first_of_the_list_as_it_is_filtered(desk, reviewer, three):
    response = reviewer.get(address("queue"), {"o": "2", "state": "under_review"})
    empty = reviewer.get(address("queue"), {"q": "nobody"})

    assert response.url == page(three[0], "o%3D2%26state%3Dunder_review")
    assert empty.url == f"{LIST}?q=nobody"


@pytest.mark.parametrize(
    "order", ["", "1", "-1", "2", "-2", "3.2", "4", "5", "-5", "6", "7", "-7", "9", "-9.2"]
)
def test_walking_the_queue_visits_the_list_in_its_order(desk, reviewer, three, order):
    trust = factories.OrganisationFactory()
    Application.objects.filter(pk=three[1].pk).update(organisation=trust, ics=None, nomination_number=None)
    scenarios.withdrawn(scenarios.under_review(desk.programme, name="Bo"))
    Application.objects.filter(pk=scenarios.submitted(desk.programme).pk).update(submitted_at=NOW, name="")
    listed = [row.pk for row in reviewer.get(LIST, {"o": order}).context["cl"].result_list]

    walked, places, came_by = [], [], ""
    url = reviewer.get(address("queue"), {"o": order}).url
    while url:
        context = reviewer.get(url).context
        walked.append(context["application"].pk)
        places.append((context["queue"].position, context["queue"].total))
        if len(walked) > 1:
            assert context["queue"].previous == came_by
        came_by = url
        url = context["queue"].next

    assert walked == listed
    assert places == [(number, 5) for number in range(1, 6)]


def test_a_page_that_was_not_opened_from_a_list_has_no_queue(reviewer, three):
    response = reviewer.get(address("change", three[0].pk))

    assert response.context["queue"] is None


def test_what_a_list_cannot_understand_is_as_if_nothing_were_chosen(reviewer, three):
    response = reviewer.get(page(three[1], "no_such__field%3D1"))

    assert (response.context["queue"].position, response.context["queue"].total) == (2, 3)


def test_rows_of_the_list_carry_the_filter(reviewer, three):
    plain, chosen = reviewer.get(LIST), reviewer.get(LIST, {"q": "Bo"})

    assert f"{address('change', three[1].pk)}?_changelist_filters=p%3D0" in plain.content.decode()
    assert f"{address('change', three[1].pk)}?_changelist_filters=q%3DBo" in chosen.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_queue_costs_the_same_however_long_it_is(desk, reviewer, rows, django_assert_num_queries):
    made = [scenarios.submitted(desk.programme, name=name) for name in ("Ann", "Bohdan", "Xu")[:rows]]
    reviewer.get(page(made[0]))

    with django_assert_num_queries(QUERIES_OF_A_PAGE):
        response = reviewer.get(page(made[0]))

    assert response.context["queue"].total == rows


QUERIES_OF_A_PAGE = 49


# The panel.
def test_a_review_and_a_decision_are_sent_at_once_and_the_next_opens(reviewer, desk, three):
    response = panel(
        reviewer, three[0], "state%3Dunder_review", outcome="suitable", score="80", decision="shortlist"
    )

    assert response.redirect_chain == [(page(three[1], "state%3Dunder_review"), 302)]
    assert messages_of(response) == [f"{three[0].reference} Ann: your review is kept, shortlisted."]
    assert state_of(three[0]) == State.SHORTLISTED
    review = Review.objects.get()
    assert (review.outcome, review.score, review.reviewer) == ("suitable", 80, desk.staff["reviewer"])
    assert (response.context["queue"].position, response.context["queue"].total) == (1, 2)


def test_after_the_last_the_list_opens_as_it_was_chosen(reviewer, three):
    response = panel(reviewer, three[2], "state%3Dunder_review", outcome="unsure")

    assert response.redirect_chain == [(f"{LIST}?state=under_review", 302)]


def test_a_decision_from_its_own_page_opens_the_next_as_well(reviewer, three):
    target = f"{address('decide', three[0].pk, 'shortlist')}?_changelist_filters=p%3D0"

    response = reviewer.post(target)

    assert response.url == page(three[1], "p%3D0")


@pytest.mark.parametrize(
    ("values", "state", "said"),
    [
        ({"decision": "turn_down", "reason": "Too many."}, "unsuccessful", "not successful"),
        ({"decision": "ask", "reason": "Where?"}, "more_information", "asked for more information"),
        ({"decision": "waitlist"}, "waitlisted", "put on the waiting list"),
        ({"decision": "offer"}, "offered", "given a place in Spring"),
        ({"outcome": "unsure"}, "under_review", "your review is kept"),
    ],
)
def test_the_panel_does_what_was_chosen(reviewer, three, values, state, said):
    response = panel(reviewer, three[0], **values)

    assert state_of(three[0]) == state
    assert messages_of(response) == [f"{three[0].reference} Ann: {said}."]


@pytest.mark.parametrize(
    ("values", "errors"),
    [
        ({}, {"outcome": ["Choose an outcome, or a decision."]}),
        ({"score": "5"}, {"outcome": ["Choose an outcome: a score or notes belong to one."]}),
        ({"decision": "turn_down"}, {"reason": ["Enter the reason. The applicant reads it."]}),
        ({"decision": "ask"}, {"reason": ["Enter what you need to know. The applicant reads it."]}),
        (
            {"decision": "ask", "reason": "Where?", "when": "later"},
            {"when": ["A question is asked now: it cannot be kept for the release day."]},
        ),
        ({"decision": ""}, {"decision": ["Choose a decision, or “Leave it as it is”."]}),
    ],
)
def test_what_is_missing_is_said_and_what_was_typed_is_kept(reviewer, three, values, errors):
    response = panel(reviewer, three[0], **values)

    assert response.context["panel"].errors == errors
    assert response.context["title"].startswith(three[0].reference)
    assert (state_of(three[0]), Review.objects.count()) == (State.UNDER_REVIEW, 0)


def test_a_decision_that_is_refused_keeps_no_review(reviewer, desk, three):
    cohort = desk.programme.cohorts.get()
    cohort.maximum = 1
    cohort.save()
    scenarios.offered(desk.programme)

    response = panel(reviewer, three[0], outcome="suitable", decision="offer", cohort=str(cohort.pk))

    assert "Spring is full" in text_of(response)
    assert (state_of(three[0]), Review.objects.count()) == (State.UNDER_REVIEW, 0)


def test_looking_at_the_panels_address_leads_to_the_page(reviewer, three):
    response = reviewer.get(f"{address('panel', three[0].pk)}?_changelist_filters=p%3D0")

    assert response.url == page(three[0], "p%3D0")


def test_points_of_the_rubric_are_asked_instead_of_a_score(reviewer, desk, three):
    one = factories.RubricCriterionFactory(programme=desk.programme, text="Motivation", weight=2)
    two = factories.RubricCriterionFactory(programme=desk.programme, text="Reach")

    half = panel(reviewer, three[0], outcome="suitable", **{f"points_{one.pk}": "5"})
    panel(reviewer, three[0], outcome="suitable", **{f"points_{one.pk}": "5", f"points_{two.pk}": "0"})

    assert half.context["panel"].errors == {
        f"points_{two.pk}": ["Enter the points for “Reach”, or none at all."]
    }
    assert reviews.scores(desk.programme) == {three[0].pk: 67}
    assert "Motivation: 5 of 5" in section(reviewer.get(page(three[0])), "reviews")


# For the release day.
def test_a_decision_is_kept_shown_and_cleared(reviewer, three):
    panel(reviewer, three[0], decision="turn_down", reason="Too many.", when="later")

    shown = text_of(reviewer.get(page(three[0])))
    listed = [row.pk for row in reviewer.get(LIST, {"kept": "any"}).context["cl"].result_list]
    reviewer.post(address("clear", three[0].pk))

    assert "Decided, not yet applied: Not successful, by Robin Reviewer" in shown
    assert listed == [three[0].pk]
    assert (PendingDecision.objects.count(), state_of(three[0])) == (0, State.UNDER_REVIEW)


def test_several_are_decided_for_the_release_day_and_applied_together(reviewer, desk, three):
    keys = [row.pk for row in three]
    target = f"{address('bulk', 'keep')}?_changelist_filters=state%3Dunder_review"
    asked = reviewer.post(f"{LIST}?state=under_review", {"action": "keep_selected", "_selected_action": keys})
    without = reviewer.post(target, {"_selected_action": keys, "kind": "turn_down"})
    kept = reviewer.post(target, {"_selected_action": keys, "kind": "shortlist", "reason": ""})
    scenarios.withdrawn(three[2])

    looked = reviewer.get(address("pending", desk.programme.pk))
    seen = [row.seen for row in looked.context["possible"]]
    applied = reviewer.post(
        address("pending", desk.programme.pk), {"seen": [*seen, "nonsense", "1 2026-99-99"]}
    )

    assert asked.context["url"] == target
    assert without.context["form"].errors == {"reason": ["Enter the reason. The applicants read it."]}
    assert kept.context["back"].url == f"{LIST}?state=under_review"
    assert "3 done, 0 done with a warning, 0 skipped." in text_of(kept)
    assert "Shortlist: 3. The applicants have not been told." in text_of(looked)
    assert f"{three[2].reference} is “withdrawn”" in section(looked, "impossible")
    assert "2 applied, 0 left as they were." in text_of(applied)
    assert [state_of(row) for row in three] == ["shortlisted", "shortlisted", "withdrawn"]


def test_what_is_kept_for_several_is_cleared(reviewer, three):
    pending.keep(three[0].pk, user=scenarios.reviewer_of(three[0].programme), kind="shortlist", now=NOW)

    response = reviewer.post(address("bulk", "clear"), {"_selected_action": [row.pk for row in three[:2]]})

    assert "1 done, 0 done with a warning, 1 skipped." in text_of(response)
    assert PendingDecision.objects.count() == 0


def test_the_programmes_with_something_kept_are_listed(desk, reviewer, three):
    empty = text_of(reviewer.get(address("decided")))
    pending.keep(three[0].pk, user=desk.staff["reviewer"], kind="shortlist", now=NOW)

    assert "No decision is kept." in empty
    assert "Leadership Circles: 1 decision" in text_of(reviewer.get(address("decided")))
    assert "Leadership Circles" not in text_of(desk.client("outsider").get(address("decided")))


def test_viewers_read_what_is_kept_and_apply_nothing(desk, three):
    pending.keep(three[0].pk, user=desk.staff["reviewer"], kind="shortlist", now=NOW)
    viewer = desk.client("viewer")

    looked = viewer.get(address("pending", desk.programme.pk))
    answers = [
        viewer.post(
            address("pending", desk.programme.pk), {"seen": looked.context["rows"][0].seen}
        ).status_code,
        viewer.post(address("panel", three[0].pk), {"outcome": "suitable"}).status_code,
        viewer.post(address("note", three[0].pk), {"text": "Hello"}).status_code,
    ]

    assert "Apply together" not in text_of(looked)
    assert answers == [403, 403, 403]
    assert (state_of(three[0]), PendingDecision.objects.count()) == (State.UNDER_REVIEW, 1)


# Notes, conflicts of interest, reviews.
def test_a_note_is_added_and_put_right_by_its_author(desk, reviewer, three):
    reviewer.post(address("note", three[0].pk), {"text": "Rang us."})
    note = three[0].staff_notes.get()
    reviewer.post(address("note_change", three[0].pk, note.pk), {"text": "Rang us twice."})
    others = desk.client("administrator").get(address("note_change", three[0].pk, note.pk))

    assert "Rang us twice. Robin Reviewer" in section(reviewer.get(page(three[0])), "notes")
    assert "A note is put right by whoever wrote it." in text_of(others)


def test_a_conflict_is_declared_hides_the_panel_and_is_lifted(desk, reviewer, three):
    response = reviewer.post(
        f"{address('conflict', three[0].pk)}?_changelist_filters=p%3D0", {"reason": "My sister."}
    )
    conflict = ConflictOfInterest.objects.get()
    mine = reviewer.get(page(three[0]))
    tried = panel(reviewer, three[0], decision="shortlist")
    listed = [row.pk for row in reviewer.get(LIST, {"reviews": "conflict"}).context["cl"].result_list]
    lift = address("conflict_lift", three[0].pk, conflict.pk)
    desk.client("administrator").post(lift, {"reason": "Another person."})

    assert response.url == page(three[1], "p%3D0")
    assert mine.context["panel"] is None
    assert "You declared a conflict of interest on 5 October 2026" in text_of(mine)
    assert tried.context["panel"] is None
    assert listed == [three[0].pk]
    assert "Another person. Lifted 5 October 2026" in section(reviewer.get(page(three[0])), "conflicts")
    assert "lifted already" in text_of(desk.client("administrator").get(lift))


def test_somebody_of_the_applicants_organisation_is_warned(desk, reviewer):
    user = desk.staff["reviewer"]
    user.email = "robin@downs.example.org"
    user.save()
    application = scenarios.under_review(desk.programme, email="sam@downs.example.org")

    assert "You and the applicant both have an address at downs.example.org." in section(
        reviewer.get(page(application)), "panel"
    )


def test_the_list_is_narrowed_by_who_reviewed(desk, reviewer, three):
    mine, colleague = desk.staff["reviewer"], scenarios.reviewer_of(desk.programme)
    reviews.record_review(three[0].pk, user=mine, outcome="suitable", now=NOW)
    reviews.record_review(three[1].pk, user=colleague, outcome="suitable", now=NOW)
    reviews.record_review(three[0].pk, user=colleague, outcome="not_suitable", now=NOW)
    first, second, third = (row.pk for row in three)

    def listed(chosen):
        return [row.pk for row in reviewer.get(LIST, {"reviews": chosen}).context["cl"].result_list]

    found = {chosen: listed(chosen) for chosen in ("nobody", "one", "me", "not_me", "disagree", "conflict")}

    assert found == {
        "nobody": [third],
        "one": [second],
        "me": [first],
        "not_me": [second, third],
        "disagree": [first],
        "conflict": [],
    }
    assert "The reviewers disagree: the outcomes are “suitable” and “not suitable”." in text_of(
        reviewer.get(page(three[0]))
    )


def test_a_review_is_asked_for_where_there_is_something_to_review(desk, reviewer, three):
    draft = scenarios.filled_in(desk.programme)

    offered, not_offered = (section(reviewer.get(page(one)), "reviews") for one in (three[0], draft))
    answer = reviewer.post(
        reverse("admin:applications_application_review", args=[draft.pk]), {"outcome": "suitable"}
    )

    nobody = "Reviews Nobody has reviewed this application yet."
    assert (offered, not_offered) == (f"{nobody} Add a review", nobody)
    assert "It has not been submitted yet: there is nothing to review." in text_of(answer)


def test_others_reviews_are_read_after_ones_own_where_the_programme_wants_it(desk, reviewer, three):
    desk.programme.blind_reviews = True
    desk.programme.save()
    colleague = scenarios.reviewer_of(desk.programme)
    reviews.record_review(three[0].pk, user=colleague, outcome="not_suitable", notes="Secret", now=NOW)

    before = section(reviewer.get(page(three[0])), "reviews")
    panel(reviewer, three[0], outcome="suitable")
    after = section(reviewer.get(page(three[0])), "reviews")

    assert before == "Reviews 1 review, shown after you give yours. Add a review"
    assert "Secret" in after


@pytest.mark.parametrize(("kept", "count"), [("none", 2), ("shortlist", 1), ("offer", 0)])
def test_the_list_is_narrowed_by_what_is_kept(desk, reviewer, three, kept, count):
    pending.keep(three[0].pk, user=desk.staff["reviewer"], kind="shortlist", now=NOW)

    assert len(reviewer.get(LIST, {"kept": kept}).context["cl"].result_list) == count


# One person twice.
@pytest.fixture
def twice(desk):
    question = factories.QuestionFactory(programme=desk.programme, required=False)
    one = scenarios.submitted(desk.programme, email="sam.smith@example.com", name="Sam Smith")
    other = scenarios.submitted(desk.programme, email="samsmith@example.com", name="Samantha Smith")
    other.answers.filter(question=question).update(value="Another answer.")
    return one, other


def test_one_person_twice_is_pointed_out_and_merged_after_a_preview(desk, reviewer, twice):
    kept, other = twice
    answer = kept.answers.get()
    target = address("duplicate", kept.pk, other.pk, "merge")

    hint = section(reviewer.get(page(kept)), "duplicates")
    listed = {row.pk for row in reviewer.get(LIST, {"duplicates": "yes"}).context["cl"].result_list}
    preview = reviewer.get(target)
    missing = reviewer.post(target, {})
    done = reviewer.post(target, {"about-name": "other", f"answer-{answer.pk}": "kept"}, follow=True)

    assert "The same email address." in hint
    assert listed == {kept.pk, other.pk}
    assert list(preview.context["form"].fields) == ["about-name", f"answer-{answer.pk}"]
    assert f"{kept.reference} goes on. {other.reference} ends as withdrawn" in text_of(preview)
    assert missing.context["form"].errors["about-name"] == ["Choose which is kept."]
    assert messages_of(done) == [f"{other.reference} is merged into {kept.reference}. Nobody was mailed."]
    assert (state_of(other), Application.objects.get(pk=kept.pk).name) == ("withdrawn", "Samantha Smith")
    assert Merge.objects.get().kept == kept
    assert "Carried over from" in section(reviewer.get(page(kept)), "merges")
    assert "This may be one person twice" not in text_of(reviewer.get(page(kept)))
    assert list(reviewer.get(LIST, {"duplicates": "yes"}).context["cl"].result_list) == []
    assert f"Merged into {kept.reference}" in text_of(reviewer.get(page(other)))


def test_two_people_are_told_apart(reviewer, twice):
    one, other = twice

    reviewer.post(address("duplicate", one.pk, other.pk, "apart"))

    assert NotTheSamePerson.objects.get().one == one
    assert "This may be one person twice" not in text_of(reviewer.get(page(one)))


def test_what_cannot_be_merged_or_done_says_so(desk, reviewer, twice):
    ended = scenarios.withdrawn(twice[1])

    refused = reviewer.get(address("duplicate", ended.pk, twice[0].pk, "merge"))
    unknown = reviewer.get(address("duplicate", twice[0].pk, ended.pk, "swallow"))

    assert f"{ended.reference} is “withdrawn”: keep one that is in hand." in text_of(refused)
    assert unknown.status_code == 404
    assert state_of(twice[0]) == State.UNDER_REVIEW
