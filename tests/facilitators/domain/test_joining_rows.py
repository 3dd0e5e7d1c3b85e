"""Two trainings of one person in one programme, joined: what both did counts once."""

import datetime

import pytest

from facilitators.domain import certificates, commitments
from facilitators.domain.community import implementation, learning_sets
from facilitators.domain.community.meetings import When
from facilitators.domain.covering import cover
from facilitators.domain.delivering import deliveries
from facilitators.domain.people import joining, participations
from facilitators.models import (
    Acknowledgement,
    CertificateRenewal,
    Circle,
    CircleFacilitator,
    Commitment,
    CoverAsked,
    CoverRequest,
    Delivery,
    Download,
    EvaluationResponse,
    Guest,
    Participation,
    SetAttendance,
    SetMember,
    Training,
)
from tests import factories, scenarios
from tests.cohorts.seats import programme_with
from tests.facilitators import covering
from tests.facilitators.delivering import THEN, circle_of, logged, trained
from tests.facilitators.handbooks import fetched, published
from tests.facilitators.one_person import HOUR, day, join, refused, the_training
from tests.factories import NOW
from tests.invariants import broken
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db

ONE_DAY = datetime.timedelta(days=1)
SOON = NOW + datetime.timedelta(days=9)


@pytest.fixture(autouse=True)
def _holds(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)
    yield
    assert broken() == []


@pytest.fixture
def user(one):
    return reviewer_of(one.programme)


# Deliveries.
def roles():
    return dict(Delivery.objects.get().credits.values_list("training", "role"))


def test_a_delivery_that_both_are_in_counts_once_and_was_not_led_jointly(one, two):
    logged(one, "2026-07-01", others=[two.pk])

    join(one, two)

    assert roles() == {one.pk: "led"}
    assert (the_training().delivered, Commitment.objects.get().done) == (1, 1)


def test_with_a_third_it_stays_led_jointly(one, two):
    third = trained(programme=one.programme)
    logged(one, "2026-07-01", others=[two.pk, third.pk])

    join(one, two)

    assert roles() == {one.pk: "led_jointly", third.pk: "led_jointly"}


@pytest.mark.parametrize("role", ["led", "led_jointly"])
def test_who_led_by_one_and_observed_by_the_other_has_led(one, two, role):
    delivery = logged(one, "2026-07-01", role="observed")
    delivery.credits.create(training=two, role=role)
    commitments.recount([two.pk], now=THEN)

    join(one, two)

    assert roles() == {one.pk: role}


# Circles and cover.
def test_a_circle_of_the_other_is_led_by_the_kept_one(one, two):
    circle_of(two)

    join(one, two)

    assert CircleFacilitator.objects.get().training == the_training()


def test_a_held_circle_that_both_led_was_led_by_one(one, two):
    circle = circle_of(one, two, state=Circle.State.HELD)
    deliveries.of_circle(circle, people={"other": 6}, by="Fay", now=THEN)

    join(one, two)
    deliveries.of_circle(circle, people={"other": 6}, by="Fay", now=THEN)

    assert roles() == {the_training().pk: "led"}


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(NOW, None, None), (None, NOW, None), (NOW, NOW + HOUR, NOW + HOUR)],
)
def test_who_stood_down_by_one_still_leads_by_the_other(one, two, first, second, kept):
    circle = circle_of(one, two, state=Circle.State.CANCELLED, cancelled_at=NOW, cancelled_reason="Snow")
    circle.leads.filter(training=one).update(stood_down_at=first)
    circle.leads.filter(training=two).update(stood_down_at=second)

    join(one, two)

    assert CircleFacilitator.objects.get().stood_down_at == kept


def covered():
    """A circle of Fay's that Cora takes over."""
    circle = covering.led_circle()
    fay = covering.asker(circle)
    cora = covering.colleague(circle, "Cora", ics=covering.home(circle))
    dan = covering.colleague(circle, "Dan", ics=covering.home(circle))
    for training in (fay, cora, dan):
        Training.objects.filter(pk=training.pk).update(trained_on=day("2026-01-01"))
    request = covering.wanted(circle)
    return circle, fay, cora, dan, request


@pytest.mark.parametrize("swapped", [False, True])
def test_who_gave_cover_to_themselves_leads_the_circle(swapped):
    circle, fay, cora, _, request = covered()
    cover.accept(request.pk, cora.pk, now=NOW)
    kept, other = (cora, fay) if swapped else (fay, cora)

    join(kept, other, now=NOW)

    request.refresh_from_db()
    assert (request.found, request.lead.training) == (kept, kept)
    assert covering.leading(circle) == [kept.facilitator.name]


def test_who_was_found_or_asked_is_so_as_the_kept_one():
    _, _, cora, dan, request = covered()
    cover.accept(request.pk, cora.pk, now=NOW)

    join(dan, cora, now=NOW)

    assert CoverRequest.objects.get().found == dan
    assert dict(CoverAsked.objects.values_list("training", "answer")) == {dan.pk: "yes"}


def test_the_answer_that_says_more_stays():
    _, _, cora, dan, request = covered()
    cover.decline(request.pk, cora.pk, now=NOW)

    join(cora, dan, now=NOW)

    assert list(CoverAsked.objects.values_list("training", "answer")) == [(cora.pk, "no")]


def test_circles_at_one_time_are_refused(one, two):
    circle_of(one, two)

    assert refused(one, two) == (
        "Both lead a circle that is planned for 10am on 2 November 2026, and nobody leads two at once. Choose "
        "somebody else to lead one of the two first, or end the one that is over."
    )
    Circle.objects.all()[0].leads.get(training=two).delete()
    later = circle_of(two, starts_at=THEN, ends_at=THEN + HOUR)
    assert joining.why_not(one.facilitator, two.facilitator, user=reviewer_of(one.programme)) == ""
    later.starts_at = later.starts_at - ONE_DAY - HOUR
    later.save()
    assert refused(one, two).startswith("Both lead a circle")


# What they took part in.
def test_what_staff_noted_of_both_counts_once_and_what_it_renewed_stays():
    programme = programme_with()
    factories.FacilitationFactory(programme=programme, valid_months=12)
    factories.ObligationFactory(programme=programme, key="refresh", kind="refresh", at_least=3)
    application = scenarios.completed(programme)
    two = application.training
    one = trained(programme=programme, trained_on=day("2026-03-01"))
    user = reviewer_of(programme)
    then = application.certificates.get().issued_at + 30 * ONE_DAY
    for training, what in ((one, "A day"), (two, "A day"), (two, "Another")):
        row = training.commitments.get(kind="refresh")
        participations.note(row.pk, held_on=then.date(), what=what, user=user, now=then)

    join(one, two, user=user, now=then)

    assert sorted(Participation.objects.values_list("what", flat=True)) == ["A day", "Another"]
    assert Commitment.objects.get().done == 2
    renewals = CertificateRenewal.objects.order_by("pk").values_list("participation__what", flat=True)
    assert list(renewals) == [None, "Another"]
    assert the_training().application == application


def meeting():
    return When(SOON, SOON + HOUR)


@pytest.fixture
def attending(one, two, user):
    factories.ObligationFactory(programme=one.programme, key="attend", kind="attend", at_least=5)
    ics = factories.IntegratedCareSystemFactory()
    for training in (one, two):
        commitments.begin(training, now=NOW)
        training.facilitator.ics = ics
        training.facilitator.save()
    return ics


@pytest.mark.parametrize("came", [(), (0,), (1,), (0, 1)])
def test_an_implementation_session_is_attended_once(one, two, user, attending, came):
    session = implementation.arrange(one.programme, attending, meeting(), user=user, now=NOW)
    implementation.answer(session.pk, two.pk, comes=True, now=NOW)
    present = [(one, two)[number].pk for number in came]
    implementation.mark(session.pk, present, user=user, now=SOON)

    join(one, two, user=user, now=SOON)

    guest = Guest.objects.get()
    assert (guest.training_id, guest.answer, guest.answered_at, guest.came) == (
        one.pk,
        "yes",
        NOW,
        bool(came),
    )
    assert Commitment.objects.get(key="attend").done == bool(came)


def test_of_a_session_to_come_the_answer_that_says_more_stays(one, two, user, attending):
    session = implementation.arrange(one.programme, attending, meeting(), user=user, now=NOW)
    implementation.answer(session.pk, one.pk, comes=False, now=NOW)

    join(one, two, user=user, now=NOW)

    guest = Guest.objects.get()
    assert (guest.answer, guest.answered_at, guest.came) == ("no", NOW, None)


@pytest.mark.parametrize("came", [0, 1])
def test_a_date_of_a_set_is_attended_once_and_membership_is_one(one, two, user, attending, came):
    made = learning_sets.set_up(one.programme, name="Leicester", user=user)
    emails = [one.facilitator.email, two.facilitator.email]
    learning_sets.put_in(made.pk, emails, user=user, now=NOW)
    [date] = learning_sets.add_dates(made.pk, [meeting()], user=user, now=NOW)
    learning_sets.mark(date.pk, [(one, two)[came].pk], user=user, now=SOON)
    learning_sets.let_go(made.pk, one.pk, user=user, now=SOON)

    join(one, two, user=user, now=SOON)

    assert SetMember.objects.get().left_at is None
    assert SetAttendance.objects.get().came
    assert Commitment.objects.get(key="attend").done == 1


# Handbooks, notices and evaluations.
@pytest.mark.parametrize("swapped", [False, True])
def test_a_handbook_is_held_and_agreed_to_once_since_the_first_time(one, two, swapped):
    resource = factories.ResourceFactory(programme=one.programme, acknowledgement="I respect it.")
    version = published(resource, now=NOW)
    first, second = (two, one) if swapped else (one, two)
    for training, at in ((first, NOW), (second, NOW + HOUR)):
        Acknowledgement.objects.create(
            version=version, training=training, wording="I respect it.", typed_name=str(at), made_at=at
        )
        fetched(version, training, now=at)

    join(one, two)

    agreed, held = Acknowledgement.objects.get(), Download.objects.get()
    assert (agreed.training, agreed.made_at, agreed.typed_name) == (one, NOW, str(NOW))
    assert (held.training, held.first_at, held.last_at, held.times) == (one, NOW, NOW + HOUR, 2)


def test_what_they_wrote_is_theirs(one, two):
    notice = factories.NoticeFactory(author=two)

    join(one, two)

    notice.refresh_from_db()
    assert notice.author == one


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        (NOW, None, "first"),
        (None, NOW, "second"),
        (NOW, NOW + HOUR, "first"),
        (NOW + HOUR, NOW, "second"),
    ],
)
def test_of_two_evaluations_at_a_moment_the_first_given_stays(one, two, first, second, kept):
    for training, given_at, says in ((one, first, "first"), (two, second, "second")):
        response = EvaluationResponse.objects.create(
            programme=one.programme, moment="months_3", training=training, asked_at=NOW, given_at=given_at
        )
        if given_at:
            response.answers.create(asked="How?", kind="long_text", value=says)

    join(one, two)

    response = EvaluationResponse.objects.get()
    assert (response.training, response.given_at) == (one, NOW)
    assert [answer.value for answer in response.answers.all()] == [kept]


# Applications and certificates.
def test_of_two_applications_the_one_whose_certificate_is_valid_for_longest_is_named():
    programme = programme_with()
    revoked, valid = (scenarios.completed(programme, name=name) for name in ("Sam", "Samantha"))
    user = reviewer_of(programme)
    certificates.revoke(revoked.certificates.get().pk, user=user, reason="Wrong.", now=NOW)

    join(revoked.training, valid.training, user=user, now=valid.state_since)

    assert the_training().application == valid
    assert certificates.current(valid) is not None


def test_a_certificate_that_expires_is_worth_less_than_one_that_does_not():
    programme = programme_with()
    first = scenarios.completed(programme, name="Sam")
    factories.FacilitationFactory(programme=programme, valid_months=12)
    second = scenarios.completed(programme, name="Samantha")

    join(second.training, first.training, now=second.state_since)

    assert the_training().application == first


def test_the_other_application_is_kept_with_the_training_also_in_a_second_join():
    programme = programme_with()
    first, second, third = (scenarios.completed(programme, name=name) for name in ("Sam", "Sami", "Samir"))
    user = reviewer_of(programme)

    join(second.training, third.training, user=user, now=third.state_since)
    join(first.training, second.training, user=user, now=third.state_since)

    assert the_training().application == first
    assert set(the_training().also_by.all()) == {second, third}
