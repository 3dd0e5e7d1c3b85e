"""Rubric, the latest review of each reviewer, disagreement, and reviews that are read after one's own."""

import pytest

from applications.domain import reviews, rubric
from applications.models import Application
from programmes.domain.refused import Refused
from programmes.models import Role
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return scenarios.under_review(factories.ProgrammeFactory())


def reviewed(application, user, outcome="suitable", **more):
    return reviews.record_review(application.pk, user=user, outcome=outcome, now=NOW, **more)


def test_points_make_a_weighted_score_and_are_kept_as_the_rubric_read(application):
    once = factories.RubricCriterionFactory(programme=application.programme, maximum=5)
    thrice = factories.RubricCriterionFactory(
        programme=application.programme, text="Motivation", weight=3, maximum=10
    )
    user = reviewer_of(application.programme)

    review = reviewed(application, user, points={once.pk: 5, thrice.pk: 5})
    thrice.delete()

    # 1 × 5/5 and 3 × 5/10, of 4.
    assert review.score == 63
    assert [str(row) for row in review.points.all()] == [f"{once.text}: 5 of 5", "Motivation: 5 of 10"]
    assert reviews.scores(application.programme) == {application.pk: 63}
    assert str(once) == once.text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Give points for “First” and “Second”, or for none."),
        ({"First": 1}, "Give points for “Second”, or for none."),
        ({"First": 6, "Second": 1}, "“First” takes 0 to 5 points."),
        ({"First": 1, "Second": -1}, "“Second” takes 0 to 5 points."),
    ],
)
def test_points_that_do_not_fit_the_rubric_are_refused(given, said):
    programme = factories.ProgrammeFactory()
    made = {
        text: factories.RubricCriterionFactory(programme=programme, text=text) for text in ("First", "Second")
    }

    with pytest.raises(Refused) as refused:
        rubric.score(list(made.values()), {made[text].pk: points for text, points in given.items()})

    assert refused.value.sentence == said


def test_what_a_reviewer_said_last_counts_and_what_they_said_before_stays(application):
    user = reviewer_of(application.programme)

    first = reviewed(application, user, "not_suitable", score=10)
    second = reviewed(application, user, "suitable", score=90)
    first.refresh_from_db()

    assert (first.latest, second.latest) == (False, True)
    found = reviews.opinions(application, user=user)
    assert (found.shown, found.hidden, found.disagreement) == ([first, second], 0, "")


def test_a_later_review_without_a_score_leaves_none_of_that_reviewer(application):
    user, colleague = reviewer_of(application.programme), reviewer_of(application.programme)
    reviewed(application, user, score=10)
    reviewed(application, colleague, score=80)

    reviewed(application, user)
    of_colleague = reviews.scores(application.programme)
    reviewed(application, colleague)

    assert of_colleague == {application.pk: 80}
    assert reviews.scores(application.programme) == {}


def test_a_draft_is_not_reviewed():
    draft = scenarios.filled_in(factories.ProgrammeFactory())

    with pytest.raises(Refused) as refused:
        reviewed(draft, reviewer_of(draft.programme))

    assert refused.value.sentence == "It has not been submitted yet: there is nothing to review."
    assert draft.reviews.count() == 0


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (("suitable", 70), ("suitable", 50), ""),
        (("suitable", None), ("suitable", 0), ""),
        (
            ("suitable", None),
            ("unsure", None),
            "The reviewers disagree: the outcomes are “suitable” and “unsure”.",
        ),
        (("suitable", 71), ("suitable", 50), "The reviewers disagree: the scores are from 50 to 71."),
        (
            ("suitable", 90),
            ("not_suitable", 10),
            "The reviewers disagree: the outcomes are “suitable” and “not suitable” and "
            "the scores are from 10 to 90.",
        ),
    ],
)
def test_reviewers_disagree_where_outcomes_differ_or_scores_are_far_apart(application, one, other, said):
    for outcome, score in (one, other):
        reviewed(application, reviewer_of(application.programme), outcome, score=score)

    found = reviews.opinions(application, user=reviewer_of(application.programme))

    assert found.disagreement == said
    assert list(Application.objects.filter(reviews.in_dispute())) == ([application] if said else [])


def test_a_reviewer_reads_the_others_after_giving_their_own_where_the_programme_wants_it(application):
    application.programme.blind_reviews = True
    application.programme.save()
    reviewer, viewer = (
        reviewer_of(application.programme),
        factories.AcademyMemberFactory(academy=application.programme.academy, role=Role.VIEWER).user,
    )
    theirs = reviewed(application, reviewer_of(application.programme), "unsure")

    before = reviews.opinions(application, user=reviewer)
    of_viewer = reviews.opinions(application, user=viewer)
    own = reviewed(application, reviewer, "suitable")
    after = reviews.opinions(application, user=reviewer)

    assert (before.shown, before.hidden, before.disagreement) == ([], 1, "")
    assert of_viewer.shown == [theirs]
    assert (after.shown, after.hidden) == ([theirs, own], 0)
    assert after.disagreement == "The reviewers disagree: the outcomes are “unsure” and “suitable”."
