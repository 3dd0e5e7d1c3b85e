"""Beginning an application, and asking for its link again."""

import datetime

import pytest

from applications.domain import starting
from applications.domain.eligibility import judge
from applications.models import Application, State
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import mails

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(minutes=3)


def start(programme, email="sam@example.org", *, now=NOW):
    starting.start(programme, email=email, verdicts=judge(programme, {}), now=now)


def test_start_makes_a_draft_with_a_reference_and_mails_the_link_to_it():
    programme = factories.ProgrammeFactory()

    start(programme, "Sam@Example.org")

    application = Application.objects.get()
    message = Message.objects.get()
    assert (application.state, application.email, application.email_key) == (
        State.DRAFT,
        "Sam@Example.org",
        "sam@example.org",
    )
    assert application.reference.startswith(f"{programme.code}-")
    assert (message.event, message.to_address) == ("continue", "Sam@Example.org")
    assert (message.link.opens, message.link.object_id) == (Link.Opens.APPLICATION, application.pk)
    assert links.open_link(Link.Opens.APPLICATION, links.token_of(message.link), now=NOW) == message.link


def test_start_keeps_the_answers_to_the_criteria_as_they_were_worded():
    criterion = factories.CriterionFactory(statement="Some confidence online")
    factories.CriterionOptionFactory(criterion=criterion, key="some", text="Some")
    verdicts = judge(criterion.programme, {criterion.key: ["some"]})

    starting.start(criterion.programme, email="sam@example.org", verdicts=verdicts, now=NOW)
    criterion.statement = "Much confidence online"
    criterion.save()

    (answer,) = Application.objects.get().criterion_answers.all()
    assert (answer.criterion, answer.statement, answer.met, answer.ways) == (
        criterion,
        "Some confidence online",
        True,
        ["Some"],
    )
    assert str(answer) == "Some confidence online: yes"


def test_start_refuses_whoever_does_not_meet_an_essential_criterion_and_keeps_nothing():
    programme = factories.CriterionFactory().programme

    with pytest.raises(starting.NotEligible):
        start(programme)

    assert not Application.objects.exists()
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"published": False}, "This programme does not take applications."),
        (
            {"opens_at": NOW + datetime.timedelta(hours=1), "closes_at": None},
            "Applications to Calm open at 2pm on 5 October 2026.",
        ),
        (
            {"opens_at": None, "closes_at": NOW},
            "Applications to Calm closed at 1pm on 5 October 2026. What you entered is kept. "
            "If you think there is a mistake, write to calm@example.org.",
        ),
    ],
)
def test_start_refuses_a_programme_that_is_not_open_and_says_why(fields, sentence):
    programme = factories.ProgrammeFactory(title="Calm", contact_email="calm@example.org", **fields)

    with pytest.raises(starting.Closed) as refused:
        start(programme)

    assert refused.value.sentence == sentence


def test_start_a_second_time_mails_the_link_to_the_first_however_the_address_is_cased():
    programme = factories.ProgrammeFactory()
    start(programme, "sam@example.org")

    start(programme, " SAM@example.org ")

    application = Application.objects.get()
    assert mails(application) == ["continue", "link_again"]
    assert mails(application, to="sam@example.org") == ["continue", "link_again"]


def test_start_after_the_first_application_ended_begins_a_new_one():
    programme = factories.ProgrammeFactory()
    first = scenarios.submitted(programme, email="sam@example.org")
    scenarios.withdrawn(first)

    start(programme, "sam@example.org")

    assert Application.objects.live().get().pk != first.pk


def test_start_in_another_programme_is_an_application_of_its_own():
    start(factories.ProgrammeFactory())
    start(factories.ProgrammeFactory())

    assert Application.objects.live().count() == 2


def test_link_again_is_one_mail_in_two_minutes_and_another_later():
    application = factories.ApplicationFactory()

    starting.send_link_again(application, now=NOW)
    starting.send_link_again(application, now=NOW + datetime.timedelta(seconds=119))
    assert mails(application) == ["link_again"]

    starting.send_link_again(application, now=NOW + datetime.timedelta(seconds=120))
    assert mails(application) == ["link_again", "link_again"]


def test_links_to_an_address_are_sent_for_each_live_application_and_for_no_ended_one():
    live = scenarios.submitted(factories.ProgrammeFactory(), email="sam@example.org")
    ended = scenarios.withdrawn(scenarios.submitted(factories.ProgrammeFactory(), email="sam@example.org"))
    before = mails(ended)

    starting.send_links_to("SAM@example.org", now=LATER)

    assert mails(live) == ["continue", "received", "link_again"]
    assert mails(ended) == before


def test_links_to_an_address_are_sent_for_what_an_approver_is_asked():
    programme = factories.ApprovalStepFactory().programme
    application = scenarios.submitted(programme)
    approval = application.approvals.get()

    starting.send_links_to(approval.email.upper(), now=LATER)

    assert mails(application, to=approval.email) == ["approval_request", "approval_chaser"]


def test_links_to_an_unknown_address_are_nothing():
    starting.send_links_to("nobody@example.org", now=NOW)

    assert not Message.objects.exists()
