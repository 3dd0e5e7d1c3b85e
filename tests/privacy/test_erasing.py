"""Erasing somebody: nothing is left of them anywhere, every figure stays, and what stands against it is said."""

import io

import pytest
from openpyxl import Workbook

from applications.models import NominationLead
from cohorts.models import CohortDecision
from facilitators.models import Facilitator, FormerEntry, Training
from programmes.domain import access, importing, integrity, messages, outbox
from programmes.domain.privacy import erasing, people
from programmes.domain.refused import Refused
from programmes.models import ImportFile, Link, Message, NominationAllowance
from tests import factories, scenarios
from tests.facilitators.delivering import LATER
from tests.factories import NOW
from tests.invariants import OF_THE_CLOCK
from tests.privacy import seeding

pytestmark = pytest.mark.django_db


def broken():
    return integrity.broken(LATER, leaving_out=OF_THE_CLOCK)


def test_nothing_is_left_of_somebody_who_is_erased(django_capture_on_commit_callbacks):
    seeding.person(seeding.programme())
    unwritten = seeding.name_them_everywhere()
    seeded = seeding.traces()

    with django_capture_on_commit_callbacks(execute=True):
        act = erasing.erase(seeding.ADDRESS, reason=f"{seeding.NAME} asked", by="A test", now=NOW)

    assert unwritten == []
    assert len(seeded) > 100
    assert len([trace for trace in seeded if "/media/" in trace]) == 3
    assert seeding.traces() == []
    assert (act.by_words, act.reason) == ("A test", "[removed] asked")


def test_every_figure_stays_when_somebody_is_erased(django_capture_on_commit_callbacks):
    seeding.person(seeding.programme())
    before, wrong = seeding.figures(), broken()

    with django_capture_on_commit_callbacks(execute=True):
        erasing.erase(seeding.ADDRESS, reason="They asked", by="A test", now=NOW)

    after = seeding.figures()
    changed = {label for label in before if before[label] != after[label]}
    # A mail to them that waits is not sent; a file that waits to be imported is gone; the erasure itself is noted.
    assert changed == {"programmes.Message", "programmes.ImportFile", "programmes.PrivacyAct"}
    assert len(after["programmes.Message"]) == len(before["programmes.Message"])
    assert broken() == wrong


def test_erased_again_there_is_nothing_left_to_erase():
    seeding.person(seeding.programme())
    erasing.erase(seeding.ADDRESS, reason="They asked", by="A test", now=NOW)

    with pytest.raises(Refused, match="Nothing is held under this address"):
        erasing.erase(seeding.ADDRESS, reason="They asked", by="A test", now=NOW)


def test_a_reason_is_needed():
    with pytest.raises(Refused, match="Give a reason"):
        erasing.erase("sam@example.org", reason=" ", by="A test", now=NOW)


def test_a_mail_that_waits_is_not_sent_to_who_is_erased():
    draft = scenarios.started(seeding.programme(), seeding.ADDRESS)

    erasing.erase(seeding.ADDRESS, reason="They asked", by="A test", now=NOW)

    mail = Message.objects.get(about=draft.about)
    assert (mail.status, mail.to_address, mail.context) == ("discarded", "removed@removed.invalid", {})
    assert mail.stopped_because == "What was held on the person has gone."
    assert not Link.objects.filter(opens="application", object_id=draft.pk).exists()


def test_what_another_of_the_same_name_is_told_keeps_the_name():
    programme = seeding.programme()
    scenarios.withdrawn(scenarios.submitted(programme, email="one@example.org", name="John Smith"))
    other = scenarios.withdrawn(scenarios.submitted(programme, email="two@example.org", name="John Smith"))
    report = CohortDecision.objects.create(
        cohort=programme.cohorts.get(), kind="extend", reason="John Smith", decided_at=NOW, seats_taken=1
    )

    seen = erasing.preview("one@example.org", now=NOW)
    erasing.erase("one@example.org", reason="Asked", by="A test", now=NOW)

    other.refresh_from_db()
    report.refresh_from_db()
    assert seen.shared_names == ["John Smith"]
    assert (other.name, report.reason) == ("John Smith", "John Smith")


def test_what_still_goes_on_is_ended_first():
    programme = seeding.programme()
    running = scenarios.submitted(programme, email=seeding.ADDRESS, name=seeding.NAME)
    asked = scenarios.submitted(programme, name="Olive Other")
    asked.approvals.update(email=seeding.ADDRESS)
    allowance = NominationAllowance.objects.filter(programme=programme)[0]
    NominationLead.objects.create(
        allowance=allowance, name="Lee", email=seeding.ADDRESS, invited_at=NOW, last_sent_at=NOW
    )
    training = factories.TrainingFactory(programme=programme, facilitator__email=seeding.ADDRESS)
    circle = factories.CircleFactory(topic__programme=programme)
    factories.BookingFactory(circle=circle, email=seeding.ADDRESS)
    factories.InvitationFactory(academy=programme.academy, address=seeding.ADDRESS)
    factories.HoldFactory(academy=programme.academy, address=seeding.ADDRESS)
    factories.UserFactory(email=seeding.ADDRESS, username=seeding.ADDRESS.lower())

    with pytest.raises(Refused) as refused:
        erasing.erase(seeding.ADDRESS.upper(), reason="They asked", by="A test", now=NOW)

    for said in (
        "This is the address of a staff account.",
        f"{programme.academy} keeps it because of a complaint (They complained about the decision)",
        f"{running.reference} is “awaiting approval”: withdraw it first",
        f"They are asked to approve {asked.reference}",
        f"They are a lead for the nominations of {allowance.whose}",
        f"They are a facilitator of {training.programme}: note first that they have left.",
        "They have booked the circle on",
        f"They are invited to work at {programme.academy}: withdraw the invitation first.",
    ):
        assert said in refused.value.sentence


def test_only_who_administers_everything_that_is_held_may_erase():
    first, second = seeding.programme(), factories.ProgrammeFactory()
    scenarios.withdrawn(scenarios.submitted(first, email="sam@example.org"))
    mine, other = scenarios.administrator_of(first), scenarios.administrator_of(second)
    superuser = factories.UserFactory(is_superuser=True)

    def answer(user):
        try:
            erasing.require_may_see(people.find("sam@example.org"), user)
        except access.NotAllowed as refused:
            return refused.sentence
        return "yes"

    alone = [answer(mine), answer(other), answer(scenarios.reviewer_of(first)), answer(superuser)]
    factories.NewsOptOutFactory(academy=second.academy, email="Sam@example.org")
    both = [answer(mine), answer(other), answer(superuser)]

    assert alone == ["yes", erasing.NOTHING_HELD, erasing.NOTHING_HELD, "yes"]
    assert both == [erasing._ELSEWHERE, erasing._ELSEWHERE, "yes"]


def test_what_the_administrator_did_is_kept_with_their_name():
    programme = seeding.programme()
    scenarios.withdrawn(scenarios.submitted(programme, email="sam@example.org"))
    user = scenarios.administrator_of(programme)

    act = erasing.erase("sam@example.org", reason="Asked by letter", by=user, now=NOW)

    assert (act.by, act.reason, act.counts["applications.Application"]) == (user, "Asked by letter", 1)
    assert erasing.acts_of(user) == [act]
    assert erasing.acts_of(scenarios.administrator_of(programme)) == []
    assert erasing.acts_of(factories.UserFactory(is_superuser=True)) == [act]


def test_a_person_under_two_addresses_is_found_by_either():
    done = scenarios.completed(seeding.programme(), email="sam@example.org")
    Facilitator.objects.update(email="sam.smith@example.net")

    training = Training.objects.get()
    FormerEntry.objects.create(
        facilitator=training.facilitator, name="Sam", email="sms@example.com", reason="Same", joined_at=NOW
    )

    by_third = people.find("sms@example.com")
    by_first, by_second = people.find("sam@example.org"), people.find("Sam.Smith@example.net ")

    assert by_first.keys == by_second.keys == by_third.keys
    assert by_second.keys["application"] == {done.pk}
    assert by_second.addresses == {"sam@example.org", "sam.smith@example.net", "sms@example.com"}


def test_addresses_that_look_alike_are_named_and_not_touched():
    programme = seeding.programme()
    for address in ("sam.smith@example.org", "samsmith+nhs@example.org", "sal@example.org"):
        scenarios.started(programme, address)

    assert erasing.preview("samsmith@example.org", now=NOW).like_it == [
        "sam.smith@example.org",
        "samsmith+nhs@example.org",
    ]


@pytest.mark.parametrize("name", ["list.csv", "list.xlsx"])
def test_a_file_that_waits_and_names_somebody_else_stays(name):
    user = factories.UserFactory()
    for content in (b"name,email\nOlive Other,olive@example.org\n", b"sam@example.org in no list"):
        importing.keep_file(ImportFile.Kind.NOMINEES, name=name, content=content, user=user, now=NOW)
    gone = importing.keep_file(ImportFile.Kind.NOMINEES, name=name, content=b"x", user=user, now=NOW)
    gone.content.storage.delete(gone.content.name)
    factories.NewsOptOutFactory(email="sam@example.org")

    erasing.erase("sam@example.org", reason="They asked", by="A test", now=NOW)

    assert ImportFile.objects.count() == 2


def test_a_list_in_a_workbook_that_names_them_is_thrown_away():
    book = Workbook()
    book.active.append(["name", "email"])
    book.active.append(["Sam Smith", "SAM@example.org"])
    content = io.BytesIO()
    book.save(content)
    importing.keep_file(
        ImportFile.Kind.NOMINEES,
        name="list.xlsx",
        content=content.getvalue(),
        user=factories.UserFactory(),
        now=NOW,
    )
    factories.NewsOptOutFactory(email="sam@example.org")

    act = erasing.erase("sam@example.org", reason="They asked", by="A test", now=NOW)

    assert ImportFile.objects.count() == 0
    assert act.counts["programmes.ImportFile"] == 1


def test_nothing_is_sent_to_somebody_who_was_erased():
    gone = scenarios.withdrawn(scenarios.submitted(seeding.programme(), email="sam@example.org"))
    erasing.erase("sam@example.org", reason="They asked", by="A test", now=NOW)
    gone.refresh_from_db()
    mail = messages.queue(
        "withdrawn",
        occasion="late",
        to_address=gone.email,
        to_name=gone.name,
        programme=gone.programme,
        about=gone.about,
        now=NOW,
        context={"reason": ""},
    )

    sent = outbox.send(mail.pk, now=NOW)

    mail.refresh_from_db()
    assert (sent, mail.status) == (False, "discarded")
    assert mail.stopped_because == "What was held on the person has gone, and their address with it."
