"""Two applications of one person made one: nothing is lost, nobody is mailed, and no limit is broken."""

import datetime

import pytest

from applications.domain import approvals, notes, reviews
from applications.domain.actors import Actor
from applications.models import AccessNeeds, Answer, Application, Approval, Merge, State
from cohorts.domain import merging, pending
from cohorts.domain.merging import CannotMerge
from cohorts.models import PendingDecision
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.models import Link, Message
from tests import factories, invariants, scenarios
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(days=1)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory()


def merged(kept, other, *, take=(), user=None):
    return merging.merge(kept.pk, other.pk, take=take, user=user or reviewer_of(kept.programme), now=LATER)


def fresh(application):
    return Application.objects.get(pk=application.pk)


def count_of_everything():
    return {model: model.objects.count() for model in (Application, Approval, Answer, Message)}


def test_the_other_ends_without_a_mail_and_its_records_are_carried_over(programme):
    factories.ApprovalStepFactory(programme=programme)
    factories.QuestionFactory(programme=programme)
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)
    user = reviewer_of(programme)
    reviews.record_review(other.pk, user=user, outcome="suitable", score=70, now=NOW)
    notes.write(other.pk, user=user, text="Rang us.", now=NOW)
    before, of_other = count_of_everything(), Message.objects.about(other.about).count()

    made = merged(kept, other, user=user)

    assert (fresh(kept).state, fresh(other).state) == (State.AWAITING_APPROVAL, State.WITHDRAWN)
    change = other.changes.latest("pk")
    assert (change.action, change.reason, change.actor_user) == (
        "merge",
        f"Merged into {kept.reference}.",
        user,
    )
    assert count_of_everything() == before
    assert (other.approvals.count(), other.reviews.count(), other.staff_notes.count()) == (0, 0, 0)
    assert (kept.approvals.count(), kept.reviews.count(), kept.staff_notes.count()) == (2, 1, 1)
    assert Message.objects.about(other.about).count() == 0
    assert made.report == (
        f"Carried over from {other.reference}: 1 approval, 1 review, 1 note and {of_other} mails."
    )
    assert str(made) == f"{other.reference} merged into {kept.reference}"
    assert reviews.scores(programme) == {kept.pk: 70}
    assert invariants.broken() == []


def test_of_two_approvals_of_one_step_the_one_that_agrees_counts(programme):
    factories.ApprovalStepFactory(programme=programme)
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)
    asked, answered = kept.approvals.get(), other.approvals.get()
    link = links.newest(Link.Opens.APPROVAL, asked.pk, now=NOW)
    factories.ApprovalStepFactory(programme=programme, approver="sponsor")
    approvals.support(answered.pk, name="Morgan", now=NOW)

    merged(kept, other)

    rows = {row.pk: row.decision for row in kept.approvals.all()}
    link.refresh_from_db()
    assert rows == {asked.pk: "cancelled", answered.pk: "supported"}
    assert link.revoked_at == LATER
    assert fresh(kept).state == State.UNDER_REVIEW


def test_a_step_that_only_the_other_was_asked_for_goes_on_being_asked(programme):
    kept = scenarios.submitted(programme)
    factories.ApprovalStepFactory(programme=programme)
    other = scenarios.submitted(programme)

    merged(kept, other)

    assert [(row.application, row.decision) for row in Approval.objects.all()] == [(kept, "pending")]


def test_what_is_chosen_changes_places_and_what_is_not_stays(programme):
    question = factories.QuestionFactory(programme=programme, required=False)
    kept = scenarios.submitted(programme, name="Sam Smith")
    other = scenarios.submitted(programme, name="Samantha Smith")
    mine, theirs = kept.answers.get(), other.answers.get()
    Answer.objects.filter(pk=theirs.pk).update(value="Their answer.")
    lone = Answer.objects.create(application=other, asked="An old question", value="Old", question=None)
    assert question.pk == mine.question_id

    before = merging.preview(kept, other)
    merged(kept, other, take={"about-name", f"answer-{mine.pk}", f"answer-{lone.pk}"})

    assert [(line.label, line.key, line.differ, line.fills_a_gap) for line in before.lines if line.key] == [
        ("Full name", "about-name", True, False),
        ("Job title", "about-job_title", False, False),
        ("Telephone number", "about-phone", False, False),
        (question.text, f"answer-{mine.pk}", True, False),
        ("An old question", f"answer-{lone.pk}", True, True),
    ]
    assert (fresh(kept).name, fresh(other).name) == ("Samantha Smith", "Sam Smith")
    assert [answer.value for answer in kept.answers.all()] == ["Their answer.", "Old"]
    assert [answer.value for answer in other.answers.all()] == ["My answer."]


def test_answers_that_are_not_taken_stay_where_they_are(programme):
    factories.QuestionFactory(programme=programme)
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)
    Answer.objects.filter(application=kept).delete()
    theirs = other.answers.get()

    merged(kept, other)

    theirs.refresh_from_db()
    assert theirs.application == other


def test_a_reviewer_of_both_is_counted_once_and_conflicts_and_preferences_go_along(programme):
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)
    user, colleague = reviewer_of(programme), reviewer_of(programme)
    for application, outcome, score in ((kept, "unsure", 40), (other, "suitable", 90)):
        reviews.record_review(application.pk, user=user, outcome=outcome, score=score, now=NOW)
        factories.ConflictOfInterestFactory(application=application, reviewer=colleague)
    lone = factories.ConflictOfInterestFactory(application=other)
    cohort = factories.CohortFactory(programme=programme)
    factories.PreferenceFactory(application=other, cohort=cohort, rank=1)

    merged(kept, other)

    assert [(row.outcome, row.latest) for row in kept.reviews.all()] == [
        ("unsure", True),
        ("suitable", False),
    ]
    assert reviews.scores(programme) == {kept.pk: 40}
    assert kept.conflicts.count() == 2
    lone.refresh_from_db()
    assert lone.application == kept
    assert [row.cohort for row in kept.preferences.all()] == [cohort]


@pytest.mark.parametrize(("own", "said"), [("", "Vegan"), ("Halal", "Halal")])
def test_what_somebody_needs_goes_along_where_the_one_kept_says_nothing_of_it(programme, own, said):
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)
    factories.AccessNeedsFactory(application=other, dietary="Vegan")
    if own:
        factories.AccessNeedsFactory(application=kept, dietary=own)

    shown = str(merging.preview(kept, other))
    made = merged(kept, other)

    assert AccessNeeds.objects.get(application=kept).dietary == said
    assert AccessNeeds.objects.filter(application=other).exists() is bool(own)
    assert [words for words in ("Vegan", "Halal", "need") if words in shown + made.report] == []


def test_the_nomination_of_the_other_goes_to_the_next_in_reserve():
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=2)
    ics = factories.IntegratedCareSystemFactory()
    kept, other, reserve = (scenarios.submitted(programme, ics=ics) for _ in range(3))
    elsewhere = scenarios.submitted(programme)

    merged(kept, other)

    assert [fresh(one).nomination_number for one in (kept, other, reserve, elsewhere)] == [1, None, 2, 1]
    assert fresh(reserve).state == State.UNDER_REVIEW
    assert invariants.broken() == []


def test_one_that_ended_before_is_merged_as_it_is_and_what_was_kept_for_it_is_cleared(programme):
    kept = scenarios.submitted(programme)
    other = scenarios.submitted(programme)
    pending.keep(other.pk, user=reviewer_of(programme), kind="shortlist", now=NOW)
    scenarios.withdrawn(other)
    changes = other.changes.count()

    merged(kept, other)

    assert (other.changes.count(), PendingDecision.objects.count()) == (changes, 0)
    assert Merge.objects.get().merged == other


@pytest.mark.parametrize(("allowed", "state"), [(2, State.UNDER_REVIEW), (1, State.RESERVE)])
def test_agreement_carried_over_takes_a_nomination_only_while_there_is_one(allowed, state):
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=allowed)
    factories.ApprovalStepFactory(programme=programme, nominator=True)
    ics = factories.IntegratedCareSystemFactory()
    other = scenarios.under_review(programme, ics=ics)
    scenarios.withdrawn(other)
    scenarios.under_review(programme, ics=ics)
    kept = scenarios.submitted(programme, ics=ics)

    merged(kept, other)

    assert (fresh(kept).state, fresh(kept).nomination_number) == (
        state,
        2 if state == State.UNDER_REVIEW else None,
    )
    assert invariants.broken() == []


def test_what_cannot_be_merged_is_refused_and_says_which_to_keep():
    programme = factories.ProgrammeFactory(limited=True, nominations_allowed=1)
    factories.CohortFactory(programme=programme)
    ics = factories.IntegratedCareSystemFactory()
    nominated, reserve = (scenarios.submitted(programme, ics=ics) for _ in range(2))
    ended = scenarios.withdrawn(scenarios.submitted(programme))
    offered = scenarios.offered(programme)
    foreign = scenarios.submitted(factories.ProgrammeFactory())
    done = scenarios.submitted(programme)
    merged(nominated, done)

    found = [
        merging.why_not(one, other)
        for one, other in (
            (nominated, nominated),
            (nominated, foreign),
            (ended, nominated),
            (nominated, offered),
            (reserve, nominated),
            (nominated, fresh(done)),
            (nominated, reserve),
        )
    ]

    assert found == [
        "Only two applications to the same programme can be merged.",
        "Only two applications to the same programme can be merged.",
        f"{ended.reference} is “withdrawn”: keep one that is in hand.",
        f"{offered.reference} is “place offered”: keep that one, and merge this into it.",
        f"{nominated.reference} holds a nomination and {reserve.reference} does not: "
        f"keep {nominated.reference}.",
        f"{done.reference} was merged already.",
        "",
    ]
    with pytest.raises(CannotMerge):
        merging.preview(ended, nominated)
    with pytest.raises(CannotMerge):
        merged(ended, nominated)


def test_merging_needs_the_role(programme):
    kept, other = scenarios.submitted(programme), scenarios.submitted(programme)

    with pytest.raises(NotAllowed):
        merged(kept, other, user=factories.UserFactory())

    assert fresh(other).state == State.UNDER_REVIEW
    assert Actor.staff(reviewer_of(programme)).user is not None
