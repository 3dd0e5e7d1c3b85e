"""Two entries of the register that are one person, joined: what moves, what counts once, and what is refused."""

import datetime

import pytest

from facilitators.domain import commitments
from facilitators.domain.people import joining, register
from facilitators.models import (
    Commitment,
    Facilitator,
    FormerEntry,
    NoticeMail,
    Training,
)
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.cohorts.seats import programme_with
from tests.facilitators.delivering import THEN, logged, trained
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


# The entry itself.
def test_a_training_in_another_programme_moves_as_it_is(one, user):
    other = trained(trained_on=day("2026-05-01"))
    user.academy_memberships.create(academy=other.programme.academy, role="reviewer")
    delivery = logged(other, "2026-07-01")

    kept = join(one, other, user=user)

    assert set(kept.trainings.values_list("pk", "trained_on")) == {
        (one.pk, day("2026-03-01")),
        (other.pk, day("2026-05-01")),
    }
    assert Facilitator.objects.get() == kept
    delivery.refresh_from_db()
    assert delivery.logged_by == kept
    assert Commitment.objects.get(training=other).done == 1


def test_the_history_says_who_joined_what_and_why(one, two, user):
    kept = join(one, two, user=user, reason=" Changed trusts ")

    told, former = kept.history.first(), FormerEntry.objects.get()
    words = "Joined with Samantha Smith, samantha@example.net: Changed trusts"
    assert (told.history_user, told.history_change_reason) == (user, words)
    gone = Facilitator.history.filter(id=two.facilitator_id).first()
    assert (gone.history_type, gone.history_user) == ("-", user)
    assert (former.facilitator, former.name, former.email, former.reason) == (
        kept,
        "Samantha Smith",
        "samantha@example.net",
        "Changed trusts",
    )
    assert (former.joined_by, former.joined_at) == (user, THEN)
    assert str(former) == "Samantha Smith, samantha@example.net"


def test_what_the_kept_entry_does_not_say_is_taken_over_and_nothing_is_shown_that_was_not(one, two):
    Facilitator.objects.filter(pk=one.facilitator_id).update(job_title="Nurse", organisation_name="Trust")
    Facilitator.objects.filter(pk=two.facilitator_id).update(
        job_title="Lead",
        phone="01632 960 001",
        organisation_name="Council",
        in_directory_since=NOW,
        shows_phone=True,
    )

    kept = join(one, two)

    assert (kept.job_title, kept.phone, kept.organisation_name) == ("Nurse", "01632 960 001", "Trust")
    assert (kept.in_directory_since, kept.shows_phone) == (None, False)


def test_where_somebody_works_is_taken_over_as_a_whole(one, two):
    two.facilitator.organisation = factories.OrganisationFactory()
    two.facilitator.save()

    assert join(one, two).organisation == two.facilitator.organisation


def test_links_of_the_other_are_closed_and_the_person_is_told_at_the_kept_address(one, two):
    link = register.link_for(two.facilitator, now=NOW)
    register.tell_of_entry(two.facilitator, "facilitator_link", now=NOW)

    kept = join(one, two)

    link.refresh_from_db()
    mails = Message.objects.about(kept.about_key)
    assert link.revoked_at == THEN
    assert [(mail.event, mail.to_address) for mail in mails.order_by("pk")] == [
        ("facilitator_link", "samantha@example.net"),
        ("facilitator_joined", "sam@example.org"),
    ]
    # Whoever still has it can ask for a fresh one, which goes to the address that is kept.
    register.send_fresh_link(link, THEN + HOUR)
    assert Message.objects.order_by("pk").last().to_address == "sam@example.org"
    with pytest.raises(links.LinkDead):
        links.open_link(Link.Opens.FACILITATOR, links.token_of(link), now=THEN)


def test_the_address_that_went_still_leads_to_the_person(one, two, user):
    kept = join(one, two, user=user)
    whom = register.Trained("Samantha Smith", "Samantha@example.net", day("2026-01-01"))

    with pytest.raises(Refused) as again:
        register.register_earlier(one.programme, whom, write=False, user=user, now=THEN)
    other = trained()
    other.facilitator.email = "samantha@example.net"
    with pytest.raises(Refused) as taken:
        register.correct(other.facilitator, user=reviewer_of(other.programme), now=THEN)

    assert register.entry_at("samantha@example.net") == kept
    assert "is in the register of" in again.value.sentence
    assert "This is the address of Sam Smith" in taken.value.sentence
    # They themselves can have it back.
    kept.email = "samantha@example.net"
    register.correct(kept, user=user, now=THEN)
    assert register.entry_at("samantha@example.net") == kept


def test_what_was_joined_before_goes_along(one, two, user):
    third = trained(programme=one.programme)
    join(two, third, user=user)

    kept = join(one, two, user=user)

    assert kept.former_entries.count() == 2
    assert register.entry_at(third.facilitator.email) == kept


@pytest.mark.parametrize("whose", ["kept", "other"])
def test_who_wanted_no_mails_of_the_noticeboard_by_one_wants_none(one, two, whose):
    person = (one if whose == "kept" else two).facilitator
    NoticeMail.objects.create(facilitator=person, wanted=False)

    kept = join(one, two)

    assert (NoticeMail.objects.get().facilitator, NoticeMail.objects.get().wanted) == (kept, False)


# Two trainings in one programme.
@pytest.mark.parametrize("swapped", [False, True])
def test_of_two_trainings_in_one_programme_there_is_one_by_the_earlier_day(one, two, swapped):
    logged(one, "2026-07-01")
    logged(two, "2026-08-01")
    two.pauses.create(from_on=day("2026-09-01"), until_on=day("2026-09-30"), reason="Away")
    Training.objects.filter(pk=one.pk).update(registered_at=NOW + HOUR, trained_by="")
    Training.objects.filter(pk=two.pk).update(registered_at=NOW, trained_by="National")

    kept = join(two, one) if swapped else join(one, two)

    training, commitment = the_training(), Commitment.objects.get()
    assert (training.facilitator, training.trained_on) == (kept, day("2026-03-01"))
    assert (training.trained_by, training.registered_at) == ("National", NOW)
    assert (training.delivered, commitment.done) == (2, 2)
    assert (commitment.first_due_on, commitment.due_on) == (day("2027-03-01"), day("2027-03-31"))


def test_what_only_the_later_training_owes_is_owed_from_the_earlier_day(one, two):
    factories.ObligationFactory(programme=one.programme, key="attend", kind="attend", window="every_year")
    commitments.begin(two, now=NOW)

    join(one, two)

    rows = Commitment.objects.order_by("key").values_list("key", "starts_on")
    assert list(rows) == [("attend", day("2026-03-01")), ("deliver", day("2026-03-01"))]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [(None, None, None), ("2026-07-01", None, None), ("2026-07-01", "2026-08-01", "2026-08-01")],
)
def test_who_goes_on_by_one_of_the_two_goes_on(one, two, first, second, kept):
    for training, ended in ((one, first), (two, second)):
        Training.objects.filter(pk=training.pk).update(
            ended_on=ended, ended_reason=f"Left {ended}" if ended else ""
        )

    join(one, two)

    training = the_training()
    assert (training.ended_on, training.ended_reason) == ((day(kept), f"Left {kept}") if kept else (None, ""))


# The preview, and what is refused.
def test_the_preview_says_what_would_move(one, two):
    factories.NoticeFactory(author=two)
    logged(one, "2026-07-01", others=[two.pk])
    logged(one, "2026-08-01")
    logged(two, "2026-08-01")
    other = trained(trained_on=day("2026-05-01"), facilitator=two.facilitator)

    found = joining.preview(one.facilitator, two.facilitator)

    assert sorted(found.trainings) == sorted(
        [
            f"{one.programme}: one training from two, on the earlier day, 1 March 2026.",
            f"{other.programme}: trained on 1 May 2026, as before.",
        ]
    )
    assert found.moved == ["2 deliveries", "1 notice"]
    assert found.look_at == [
        "1 delivery names both: the person is credited once.",
        "On 1 August 2026 each is in a delivery of their own. Look whether it is the same one.",
    ]


def test_the_preview_says_that_both_completed():
    programme = programme_with()
    first, second = (scenarios.completed(programme, name=name).training for name in ("Sam", "Alex"))

    found = joining.preview(first.facilitator, second.facilitator)

    assert found.look_at == ["Both completed an application. Certificates that were issued stay as they are."]


def test_what_cannot_be_joined_is_refused(one, two, user):
    elsewhere = trained(facilitator=two.facilitator)
    said = [
        refused(one, two, user=user, reason=" "),
        refused(one, one, user=user),
        refused(one, two, user=user),
    ]
    elsewhere.delete()
    join(one, two, user=user)

    assert said == [
        "Give a reason: it is kept in the register.",
        "This is the same entry.",
        "Samantha Smith is trained in a programme that is not yours to review as well. Ask whoever looks after the "
        "portal to join the two.",
    ]
    assert refused(one, two, user=user) == (
        "One of the two is not in the register any more. It may have been joined already."
    )


def test_staff_of_another_academy_join_nobody(one, two):
    with pytest.raises(NotAllowed):
        join(one, two, user=reviewer_of(factories.ProgrammeFactory()))

    assert Facilitator.objects.count() == 2


def test_everything_that_hangs_on_a_training_or_an_entry_is_moved():
    """A new record that names a training or an entry needs its place in `joining`, or it would go with the other."""

    def names(model):
        return {
            relation.related_model.__name__
            for relation in model._meta.related_objects
            if not relation.related_model.__name__.startswith("Historical")
        }

    assert names(Training) == {
        "Acknowledgement",
        "CircleFacilitator",
        "Commitment",
        "CoverAsked",
        "CoverRequest",
        "DeliveryCredit",
        "Download",
        "EvaluationResponse",
        "Guest",
        "Notice",
        "Participation",
        "Pause",
        "SetAttendance",
        "SetMember",
    }
    assert names(Facilitator) == {"Delivery", "FormerEntry", "NoticeMail", "Training"}
