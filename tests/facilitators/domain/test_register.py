"""Who comes into the register, and by which link they get to their page."""

import datetime

import pytest

from applications.models import Application
from cohorts.models import Attendance
from facilitators.domain import completion
from facilitators.domain.people import pauses, register
from facilitators.models import Commitment, Facilitator, Training
from programmes.domain import announcements, links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from tests import factories, invariants, scenarios
from tests.cohorts.seats import programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(hours=1)


def mails_to(facilitator: Facilitator) -> list[str]:
    return list(Message.objects.about(facilitator.about_key).order_by("pk").values_list("event", flat=True))


def whom(**values) -> register.Trained:
    return register.Trained(
        **{
            "name": "Sam Smith",
            "email": "sam.smith@example.org",
            "trained_on": datetime.date(2024, 11, 2),
            **values,
        }
    )


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Circles")


@pytest.fixture
def reviewer(programme):
    return scenarios.reviewer_of(programme)


def test_whoever_completes_is_in_the_register_with_what_the_application_says():
    programme = programme_with()
    organisation = factories.OrganisationFactory()
    attended = scenarios.attended(programme, name="Sam Smith")
    Application.objects.filter(pk=attended.pk).update(
        organisation=organisation, job_title="Lead", phone="01632 960 001"
    )
    factories.ObligationFactory(programme=programme)

    completion.complete(
        attended.pk, answers={}, undertakings=[], name="Dr Sam Smith", now=attended.state_since
    )

    training = Training.objects.get()
    person = training.facilitator
    assert (training.application_id, training.programme) == (attended.pk, programme)
    assert (person.name, person.email, person.ics) == ("Sam Smith", attended.email, attended.ics)
    assert (person.job_title, person.phone, person.organisation) == ("Lead", "01632 960 001", organisation)
    assert person.in_directory_since is None
    assert mails_to(person) == ["facilitator_registered"]
    assert Commitment.objects.filter(training=training).count() == 1
    assert invariants.broken() == []


def test_staff_who_complete_everyone_put_everyone_in():
    programme = programme_with()
    for name in ("Sam", "Alex"):
        scenarios.attended(programme, name=name)

    completion.complete_everyone(programme.pk, user=scenarios.reviewer_of(programme), now=NOW)

    names = Facilitator.objects.order_by("name").values_list("name", flat=True)
    assert list(names) == ["Alex", "Sam"]
    assert Message.objects.filter(event="facilitator_registered").count() == 2


def test_the_day_of_the_training_is_that_of_the_last_session_attended(programme):
    application = factories.ApplicationFactory(programme=programme, state="completed", submitted_at=NOW)
    cohort = factories.CohortFactory(programme=programme)
    for days, mark in ((20, "present"), (10, "late"), (5, "absent")):
        session = factories.SessionFactory(cohort=cohort, starts_at=NOW - datetime.timedelta(days=days))
        Attendance.objects.create(session=session, application=application, mark=mark, marked_at=NOW)

    training = register.register(application, now=NOW)

    assert training.trained_on == (NOW - datetime.timedelta(days=10)).date()


def test_without_a_session_the_training_was_today(programme):
    application = factories.ApplicationFactory(programme=programme, state="completed", submitted_at=NOW)

    assert register.register(application, now=NOW).trained_on == NOW.date()


def test_once_in_the_register_is_once(programme):
    application = factories.ApplicationFactory(programme=programme, state="completed", submitted_at=NOW)

    first, second = (register.register(application, now=moment) for moment in (NOW, LATER))

    assert first == second
    assert mails_to(first.facilitator) == ["facilitator_registered"]


def test_the_same_person_in_two_programmes_is_one_entry_and_is_told_of_the_second_as_such(programme):
    other = factories.ProgrammeFactory(title="Bystanders")
    one = factories.ApplicationFactory(
        programme=programme, state="completed", submitted_at=NOW, email="sam.smith@example.org", name="Sam"
    )
    two = factories.ApplicationFactory(
        programme=other,
        state="completed",
        submitted_at=NOW,
        email="Sam.Smith+nhs@example.org",
        name="Samantha",
        phone="01632 960 001",
        job_title="Lead",
    )
    first = register.register(one, now=NOW).facilitator
    Facilitator.objects.update(job_title="Head", organisation_name="Downs Trust")

    register.register(two, now=LATER)

    person = Facilitator.objects.get()
    assert (person.pk, person.name, person.email) == (first.pk, "Sam", "sam.smith@example.org")
    # Only what was not known yet is taken over.
    assert (person.job_title, person.phone, person.organisation_name) == (
        "Head",
        "01632 960 001",
        "Downs Trust",
    )
    assert person.trainings.count() == 2
    told = Message.objects.about(person.about_key).order_by("pk").values_list("context", flat=True)
    assert [context["others"] for context in told] == ["", "Circles"]


def test_who_was_trained_earlier_and_left_goes_on_with_the_day_that_is_there(programme, reviewer):
    training = register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW)
    pauses.leave(training.pk, reason="Moved", user=reviewer, now=NOW)
    application = factories.ApplicationFactory(
        programme=programme, state="completed", submitted_at=NOW, email="samsmith@example.org"
    )

    again = register.register(application, now=LATER)

    again.refresh_from_db()
    assert (again.pk, again.application, again.ended_on) == (training.pk, application, None)
    assert again.trained_on == datetime.date(2024, 11, 2)
    assert mails_to(again.facilitator) == ["facilitator_left", "facilitator_registered"]


def test_a_second_completed_application_of_the_same_person_adds_nothing(programme):
    applications = [
        factories.ApplicationFactory(programme=programme, state="completed", submitted_at=NOW, email=address)
        for address in ("sam@example.org", "s.am@example.org")
    ]

    trainings = {register.register(application, now=NOW).pk for application in applications}

    assert len(trainings) == 1
    assert Training.objects.get().application == applications[0]
    assert Message.objects.filter(event="facilitator_registered").count() == 1


def test_staff_put_somebody_in_who_was_trained_earlier(programme, reviewer):
    ics = factories.IntegratedCareSystemFactory()

    training = register.register_earlier(
        programme, whom(trained_by="National", ics=ics), write=True, user=reviewer, now=NOW
    )

    assert (training.trained_on, training.trained_by) == (datetime.date(2024, 11, 2), "National")
    assert training.facilitator.ics == ics
    message = Message.objects.about(training.facilitator.about_key).get()
    assert (message.event, message.context["trained_on"]) == (
        "facilitator_trained_earlier",
        "2 November 2024",
    )
    assert message.link.sent_to == "sam.smith@example.org"


def test_nobody_is_put_in_twice_or_before_they_are_trained_or_by_a_viewer(programme, reviewer):
    register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW)
    viewer = factories.AcademyMemberFactory(academy=programme.academy, role="viewer").user

    with pytest.raises(Refused) as twice:
        register.register_earlier(programme, whom(), write=True, user=reviewer, now=NOW)
    with pytest.raises(Refused) as ahead:
        register.register_earlier(
            programme,
            whom(trained_on=NOW.date() + datetime.timedelta(days=1)),
            write=True,
            user=reviewer,
            now=NOW,
        )
    with pytest.raises(NotAllowed):
        register.register_earlier(programme, whom(), write=True, user=viewer, now=NOW)

    assert twice.value.sentence == (
        "Sam Smith is in the register of Circles already, by this address. Correct the entry instead."
    )
    assert ahead.value.sentence == (
        "The day of the training lies ahead. Put people in once they are trained."
    )
    assert Message.objects.count() == 0


def test_a_completed_application_without_a_training_is_joined_with_it_by_hand(programme, reviewer):
    application = factories.ApplicationFactory(
        programme=programme, state="completed", submitted_at=NOW, email="sam.smith@example.org"
    )

    training = register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW)

    assert Training.objects.get(pk=training.pk).application == application


def test_a_correction_is_kept_with_who_made_it_and_a_new_address_gets_a_new_link(programme, reviewer):
    person = register.register_earlier(programme, whom(), write=True, user=reviewer, now=NOW).facilitator
    old = links.newest(Link.Opens.FACILITATOR, person.pk, now=NOW)
    person.name, person.email = "Samantha Smith", "samantha@example.org"

    register.correct(person, user=reviewer, now=LATER)

    person.refresh_from_db()
    assert (person.name, person.address_key) == ("Samantha Smith", "samantha@example.org")
    assert person.history.first().history_user == reviewer
    with pytest.raises(links.LinkDead):
        links.open_link(Link.Opens.FACILITATOR, links.token_of(old), now=LATER)
    assert links.newest(Link.Opens.FACILITATOR, person.pk, now=LATER).sent_to == "samantha@example.org"
    assert mails_to(person) == ["facilitator_trained_earlier", "facilitator_link"]


def test_a_corrected_name_alone_leaves_the_links(programme, reviewer):
    person = register.register_earlier(programme, whom(), write=True, user=reviewer, now=NOW).facilitator
    person.name = "Samantha Smith"

    register.correct(person, user=reviewer, now=LATER)

    assert mails_to(person) == ["facilitator_trained_earlier"]
    assert Link.objects.working(LATER).count() == 1


def test_an_address_of_somebody_else_is_refused_however_it_is_spelled(programme, reviewer):
    register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW)
    other = register.register_earlier(
        programme, whom(name="Alex", email="alex@example.org"), write=False, user=reviewer, now=NOW
    ).facilitator
    other.email = "SamSmith@example.org"

    with pytest.raises(Refused) as refused:
        register.correct(other, user=reviewer, now=NOW)

    assert refused.value.sentence == (
        "This is the address of Sam Smith in the register: a person is one entry."
    )


def test_staff_of_another_academy_correct_nobody_and_send_no_link(programme, reviewer):
    person = register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW).facilitator
    outsider = factories.AcademyMemberFactory(role="administrator").user

    for change in (register.correct, lambda one, **said: register.send_again(one.pk, **said)):
        with pytest.raises(NotAllowed):
            change(person, user=outsider, now=NOW)

    assert Message.objects.count() == 0


def test_a_link_is_sent_again_and_not_twice_within_two_minutes(programme, reviewer):
    person = register.register_earlier(programme, whom(), write=False, user=reviewer, now=NOW).facilitator

    register.send_again(person.pk, user=reviewer, now=NOW)
    with pytest.raises(Refused) as refused:
        register.send_again(person.pk, user=reviewer, now=NOW + datetime.timedelta(seconds=90))

    assert refused.value.sentence == (
        "Sam Smith was sent a link less than 2 minutes ago. Wait a little, then try again."
    )
    assert mails_to(person) == ["facilitator_link"]


def test_whoever_asks_for_their_link_by_address_or_by_an_old_one_gets_one(programme, reviewer):
    person = register.register_earlier(programme, whom(), write=True, user=reviewer, now=NOW).facilitator
    old = links.newest(Link.Opens.FACILITATOR, person.pk, now=NOW)

    announcements.links_asked_for("Sam.Smith@EXAMPLE.org", LATER)
    announcements.links_asked_for("nobody@example.org", LATER)
    announcements.fresh_link_asked_for(
        links.mint(Link.Opens.NEWS, 1, sent_to="x@example.org", now=NOW), LATER
    )
    announcements.fresh_link_asked_for(old, LATER)
    announcements.fresh_link_asked_for(old, LATER + datetime.timedelta(hours=1))

    assert mails_to(person) == ["facilitator_trained_earlier", "facilitator_link", "facilitator_link"]


def test_an_entry_without_a_training_is_sent_nothing():
    person = factories.FacilitatorFactory()

    register.send_links_to(person.email, NOW)

    assert Message.objects.count() == 0
