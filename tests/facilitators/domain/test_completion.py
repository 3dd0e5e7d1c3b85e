"""From having attended to having completed."""

import pytest

from applications.domain.transitions import NotAllowedNow, ReasonMissing
from applications.models import Application, State
from cohorts.models import Place
from facilitators.domain import completion
from facilitators.models import Certificate, EvaluationAnswer, EvaluationResponse, UndertakingMade
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Programme
from tests import factories, invariants, scenarios
from tests.cohorts.seats import fresh, programme_with
from tests.scenarios import mails

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme() -> Programme:
    programme = programme_with()
    for kind, required in (("rating", True), ("long_text", False), ("yes_no", True)):
        factories.EvaluationQuestionFactory(
            programme=programme, key=kind, kind=kind, required=required, text=f"About {kind}?"
        )
    for statement in ("I respect copyright.", "I give cover."):
        factories.UndertakingFactory(programme=programme, statement=statement)
    return programme


@pytest.fixture
def attended(programme) -> Application:
    return scenarios.attended(programme, name="Sam Applicant")


def complete(
    application: Application, *, name: str = "Dr Sam Applicant", all_agreed: bool = True, **answers: str
):
    programme = application.programme
    given = {"rating": "5", "long_text": " Very good. ", "yes_no": "yes", **answers}
    agreed = list(programme.undertakings.values_list("pk", flat=True))
    return completion.complete(
        application.pk,
        answers={one.pk: given[one.key] for one in programme.evaluation_questions.all()},
        undertakings=agreed if all_agreed else agreed[:1],
        name=name,
        now=application.state_since,
    )


def test_what_is_missing_is_said_to_who_attended_and_to_nobody_else(attended):
    bare = scenarios.attended(programme_with(), name="Bare")

    assert completion.missing(attended) == [
        "Tell us what you thought of the training: 3 questions.",
        "Agree to what comes next: 2 undertakings.",
    ]
    assert completion.missing(bare) == ["Say how your name should stand on your certificate."]
    assert completion.missing(scenarios.shortlisted(attended.programme)) == []


def test_completing_keeps_the_answers_and_undertakings_in_the_words_of_the_day(attended):
    certificate = complete(attended)
    attended.programme.evaluation_questions.update(text="Other words?")
    attended.programme.undertakings.all().delete()

    assert [(one.asked, one.kind, one.value) for one in EvaluationAnswer.objects.all()] == [
        ("About rating?", "rating", "5"),
        ("About long_text?", "long_text", "Very good."),
        ("About yes_no?", "yes_no", "yes"),
    ]
    assert [(one.statement, one.name) for one in UndertakingMade.objects.all()] == [
        ("I respect copyright.", "Dr Sam Applicant"),
        ("I give cover.", "Dr Sam Applicant"),
    ]
    assert certificate.name == "Dr Sam Applicant"
    assert fresh(attended).state == State.COMPLETED
    assert mails(attended)[-1] == "completed"
    assert Place.objects.get().status == "attended"
    assert invariants.broken() == []


def test_approvers_hear_that_somebody_has_completed(programme):
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.completed(programme)

    assert mails(application)[-2:] == ["completed", "approver_completed"]


def test_an_answer_that_need_not_be_given_is_left_out(attended):
    complete(attended, long_text="")

    assert list(EvaluationAnswer.objects.values_list("asked", flat=True)) == [
        "About rating?",
        "About yes_no?",
    ]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"rating": ""}, "Answer the question “About rating?”."),
        ({"rating": "6"}, "Choose one of the answers to “About rating?”."),
        ({"yes_no": "maybe"}, "Choose one of the answers to “About yes_no?”."),
        ({"all_agreed": False}, "To complete the training, agree to this: “I give cover.”"),
        ({"name": " "}, "Enter your name as it should stand on your certificate."),
    ],
)
def test_completing_is_refused_while_something_is_missing_and_nothing_is_kept(attended, given, sentence):
    with pytest.raises(Refused) as refused:
        complete(attended, **given)

    assert refused.value.sentence == sentence
    assert fresh(attended).state == State.ATTENDED
    assert (EvaluationResponse.objects.count(), UndertakingMade.objects.count()) == (0, 0)


def test_nobody_completes_twice_or_before_they_attended(attended):
    complete(attended)
    waiting = scenarios.shortlisted(attended.programme)

    for application in (attended, waiting):
        with pytest.raises(NotAllowedNow):
            complete(application)

    assert Certificate.objects.count() == 1


def test_a_programme_that_asks_nothing_is_completed_by_one_press():
    application = scenarios.attended(programme_with(), name="Sam")

    certificate = completion.complete(
        application.pk, answers={}, undertakings=[], name="Sam", now=application.state_since
    )

    assert (certificate.name, EvaluationResponse.objects.count()) == ("Sam", 0)


def test_staff_complete_for_somebody_with_a_reason(attended):
    user = scenarios.reviewer_of(attended.programme)
    now = attended.state_since

    with pytest.raises(ReasonMissing):
        completion.complete_for(attended.pk, user=user, reason=" ", now=now)
    certificate = completion.complete_for(attended.pk, user=user, reason="Agreed by telephone.", now=now)

    assert certificate.name == "Sam Applicant"
    assert fresh(attended).state == State.COMPLETED
    assert attended.changes.last().reason == "Agreed by telephone."
    assert UndertakingMade.objects.count() == 0


def test_staff_complete_everyone_at_once_where_the_programme_asks_nothing():
    programme = programme_with()
    people = [scenarios.confirmed(programme, name=f"Person {number}") for number in range(2)]
    for person in people:
        scenarios.marked_everywhere(person, programme.cohorts.get())
    scenarios.closed(programme.cohorts.get())
    waiting = scenarios.shortlisted(programme)
    user = scenarios.reviewer_of(programme)
    # Nobody is judged by it: a conflict of interest with one of them stops nothing.
    factories.ConflictOfInterestFactory(application=people[0], reviewer=user)

    certificates = completion.complete_everyone(programme.pk, user=user, now=fresh(people[0]).state_since)

    assert [certificate.name for certificate in certificates] == ["Person 0", "Person 1"]
    assert {fresh(person).state for person in people} == {State.COMPLETED}
    assert fresh(waiting).state == State.SHORTLISTED


def test_staff_do_not_complete_everyone_where_each_is_asked(attended):
    user = scenarios.reviewer_of(attended.programme)

    with pytest.raises(Refused) as refused:
        completion.complete_everyone(attended.programme.pk, user=user, now=attended.state_since)

    assert refused.value.sentence == (
        "Calm Conversations asks everyone for an evaluation or undertakings: they complete it themselves."
    )


def test_staff_record_that_somebody_did_not_complete(attended):
    user = scenarios.reviewer_of(attended.programme)

    completion.did_not_complete(attended.pk, user=user, reason="Left the NHS.", now=attended.state_since)

    assert fresh(attended).state == State.DID_NOT_COMPLETE
    assert Place.objects.get().status == "released"
    assert mails(attended)[-1] == "did_not_complete"
    assert invariants.broken() == []


def test_staff_of_another_academy_complete_nobody(attended):
    stranger = scenarios.reviewer_of(factories.ProgrammeFactory())
    given = {"user": stranger, "reason": "Because.", "now": attended.state_since}

    for verb in (completion.complete_for, completion.did_not_complete):
        with pytest.raises(NotAllowed):
            verb(attended.pk, **given)
    with pytest.raises(NotAllowed):
        completion.complete_everyone(attended.programme_id, user=stranger, now=attended.state_since)

    assert fresh(attended).state == State.ATTENDED
