"""Action learning sets: members, dates over some months, and who came."""

import datetime

import pytest

from facilitators.domain.community import learning_sets
from facilitators.domain.community.meetings import When
from facilitators.models import LearningSet, Participation, SetMeeting
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants
from tests.facilitators.delivering import trained
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
STARTS = datetime.datetime(2026, 11, 3, 10, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _holds():
    yield
    assert invariants.broken() == []


def facilitator(name, **values):
    person = factories.FacilitatorFactory(name=name, email=f"{name.split()[0].lower()}@example.org")
    return trained(kind="attend", at_least=1, facilitator=person, **values)


@pytest.fixture
def fay():
    return facilitator("Fay Facilitator")


@pytest.fixture
def cora(fay):
    return facilitator("Cora Colleague", programme=fay.programme)


@pytest.fixture
def user(fay):
    return reviewer_of(fay.programme)


@pytest.fixture
def learning_set(fay, cora, user):
    made = learning_sets.set_up(fay.programme, name=" Leicester ", about="Bring a case.", user=user)
    learning_sets.put_in(made.pk, ["fay@example.org", "CORA@example.org"], user=user, now=NOW)
    return made


def on(starts_at, **values):
    return When(starts_at, starts_at + datetime.timedelta(hours=2), **values)


def dates(learning_set, user, *days):
    return learning_sets.add_dates(
        learning_set.pk, [on(STARTS + day * DAY) for day in days], user=user, now=NOW
    )


def told():
    return [
        (mail.to_name, mail.context["said"], len(mail.context["dates"].splitlines()))
        for mail in Message.objects.filter(event="learning_set_dates").order_by("pk")
    ]


def test_members_are_told_of_the_dates_in_one_mail_with_a_calendar_file(learning_set, user):
    dates(learning_set, user, 0, 30, 60)

    assert told() == [
        ("Cora Colleague", "There are new dates.", 3),
        ("Fay Facilitator", "There are new dates.", 3),
    ]
    [file] = Message.objects.filter(event="learning_set_dates")[0].attachments
    assert file["text"].count("BEGIN:VEVENT") == 3
    assert learning_set.name == "Leicester"


def test_who_comes_later_is_told_of_the_dates_ahead_once(learning_set, fay, user):
    dates(learning_set, user, 0, 30)
    facilitator("Nell New", programme=fay.programme)
    people = ["nell@example.org", "fay@example.org"]

    new = learning_sets.put_in(learning_set.pk, people, user=user, now=STARTS + DAY)

    assert [one.training.facilitator.name for one in new] == ["Nell New"]
    assert told()[2:] == [("Nell New", "You are in this action learning set.", 1)]


def test_who_left_the_set_can_come_back(learning_set, fay, user):
    learning_sets.let_go(learning_set.pk, fay.pk, user=user, now=NOW)
    with pytest.raises(Refused, match="not in the set any more"):
        learning_sets.let_go(learning_set.pk, fay.pk, user=user, now=NOW)

    new = learning_sets.put_in(learning_set.pk, ["fay@example.org"], user=user, now=NOW)

    assert [one.training for one in new] == [fay]
    assert learning_set.members.filter(left_at=None).count() == 2


def test_an_address_that_is_nobodys_puts_nobody_in(fay, user):
    made = learning_sets.set_up(fay.programme, name="Rutland", user=user)

    with pytest.raises(Refused, match="Nobody with the address elsewhere"):
        learning_sets.put_in(made.pk, ["fay@example.org", "elsewhere@example.org"], user=user, now=NOW)

    assert not made.members.exists()


def test_a_name_is_given_once(learning_set, user):
    with pytest.raises(Refused, match="called “Leicester”"):
        learning_sets.set_up(learning_set.programme, name="Leicester", user=user)

    assert LearningSet.objects.count() == 1


def test_two_dates_at_one_time_are_refused(learning_set, user):
    dates(learning_set, user, 0)

    with pytest.raises(Refused, match="at this time already"):
        dates(learning_set, user, 30, 0)

    assert SetMeeting.objects.count() == 1


def test_dates_that_span_less_than_three_months_are_pointed_out(learning_set, user):
    none = learning_sets.warning(learning_set)
    [first] = dates(learning_set, user, 0)
    one = learning_sets.warning(learning_set)
    dates(learning_set, user, 89)
    enough = learning_sets.warning(learning_set)

    learning_sets.cancel_date(first.pk, reason="Snow", user=user, now=NOW)

    assert (none, enough) == ("", "")
    assert one == learning_sets.warning(learning_set)
    assert one.startswith("The dates span less than 3 months.")


def test_a_date_is_cancelled_with_a_reason_that_members_read(learning_set, user):
    [meeting] = dates(learning_set, user, 0)
    with pytest.raises(Refused, match="Enter the reason"):
        learning_sets.cancel_date(meeting.pk, reason="", user=user, now=NOW)

    learning_sets.cancel_date(meeting.pk, reason="Snow", user=user, now=NOW)

    assert told()[2:] == [
        ("Cora Colleague", "This date is cancelled: Snow", 1),
        ("Fay Facilitator", "This date is cancelled: Snow", 1),
    ]
    assert "METHOD:CANCEL" in Message.objects.order_by("pk").last().attachments[0]["text"]
    with pytest.raises(Refused, match="This date is cancelled"):
        learning_sets.mark(meeting.pk, [], user=user, now=STARTS)
    with pytest.raises(Refused, match="This date is cancelled"):
        learning_sets.cancel_date(meeting.pk, reason="Snow", user=user, now=NOW)


def test_who_came_has_it_counted_also_after_they_left_the_set(learning_set, fay, cora, user):
    [meeting] = dates(learning_set, user, 0)

    first = learning_sets.mark(meeting.pk, [fay.pk, cora.pk], user=user, now=STARTS)
    learning_sets.let_go(learning_set.pk, fay.pk, user=user, now=STARTS)
    second = learning_sets.mark(meeting.pk, [fay.pk], user=user, now=STARTS)

    assert (first, second) == (2, 1)
    noted = Participation.objects.get()
    assert (noted.training, noted.kind, noted.source, noted.what) == (
        fay,
        "attend",
        f"action_learning:{meeting.pk}",
        "Action learning set: Leicester",
    )
    assert [one.commitments.get().met_on for one in (fay, cora)] == [STARTS.date(), None]
    assert {one.training_id: one.came for one in meeting.attendance.all()} == {fay.pk: True, cora.pk: False}


# Another time or place.
def calendar_lines(mail):
    [file] = mail.attachments
    lines = file["text"].replace("\r\n ", "").split("\r\n")
    return {line.split(":")[0].split(";")[0]: line.partition(":")[2] for line in lines}


def test_a_moved_date_is_told_with_a_calendar_file_that_replaces_the_old_one(learning_set, user):
    [meeting] = dates(learning_set, user, 0)
    old = calendar_lines(Message.objects.get(event="learning_set_dates", to_name="Fay Facilitator"))

    moved = learning_sets.move_date(meeting.pk, on(STARTS + DAY), user=user, now=NOW)

    said = "The date of Tuesday 3 November 2026, 10am to midday has another time or place."
    mail = Message.objects.order_by("pk").last()
    new = calendar_lines(mail)
    assert told()[2:] == [("Cora Colleague", said, 1), ("Fay Facilitator", said, 1)]
    assert mail.context["dates"].startswith("Wednesday 4 November 2026")
    assert (new["UID"], old["SEQUENCE"], new["SEQUENCE"]) == (old["UID"], "0", "1")
    assert (old["DTSTART"], new["DTSTART"]) == ("20261103T100000", "20261104T100000")
    assert (moved.starts_at, meeting.history.first().history_user) == (STARTS + DAY, user)


def test_a_date_that_stays_as_it_is_is_told_to_nobody(learning_set, user):
    [meeting] = dates(learning_set, user, 0)

    same = learning_sets.move_date(meeting.pk, on(STARTS), user=user, now=NOW)

    assert (same.sequence, len(told())) == (0, 2)


def test_a_date_is_not_moved_once_it_is_marked_or_begun_or_to_a_time_that_is_taken(learning_set, fay, user):
    first, _ = dates(learning_set, user, 0, 30)
    said = []

    def refused(starts_at, now=NOW):
        with pytest.raises(Refused) as found:
            learning_sets.move_date(first.pk, on(starts_at), user=user, now=now)
        said.append(found.value.sentence)

    refused(STARTS + 30 * DAY)
    refused(NOW)
    refused(STARTS + DAY, now=STARTS)
    learning_sets.mark(first.pk, [fay.pk], user=user, now=STARTS - datetime.timedelta(hours=1))
    refused(STARTS + DAY)

    assert said == [
        "The set has a date at this time already. Choose another time.",
        "Choose a day and a time that lie ahead.",
        "This date has begun, or is over.",
        "Who came to this date is noted already: it cannot be moved any more.",
    ]
    assert SetMeeting.objects.get(pk=first.pk).starts_at == STARTS


def test_staff_of_another_academy_move_nothing(learning_set, user):
    [meeting] = dates(learning_set, user, 0)

    with pytest.raises(NotAllowed):
        learning_sets.move_date(
            meeting.pk, on(STARTS + DAY), user=reviewer_of(factories.ProgrammeFactory()), now=NOW
        )
