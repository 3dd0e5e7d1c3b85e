"""What happens to a mail on its way out, with a real mail server at the other end that takes, refuses or hangs."""

import datetime
import threading
from email.utils import parsedate_to_datetime

import pytest
from django.db import connection

from programmes.domain import access, announcements, links, messages, outbox
from programmes.domain.refused import Refused
from programmes.models import Link, Message
from tests import factories
from tests.factories import NOW
from tests.support import mails, smtp

pytestmark = pytest.mark.django_db

CALENDAR = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:PUBLISH\r\nSUMMARY:Dydd Ŵyl\r\nEND:VCALENDAR\r\n"


@pytest.fixture
def sink(settings):
    """A mail server that takes everything, and to which the portal sends."""
    with smtp.listening() as sink:
        smtp.use(settings, sink)
        yield sink


@pytest.fixture(autouse=True)
def _no_hints(monkeypatch):
    """Nobody is told that mails wait: these tests send them."""
    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [])


@pytest.fixture
def refused(monkeypatch):
    """The mails whose recipient was refused, as the apps on the right hear of them."""
    heard = []
    monkeypatch.setattr(
        announcements.recipient_refused,
        "_subscribers",
        [lambda message, now: heard.append((message.pk, now))],
    )
    return heard


def minutes(number):
    return NOW + datetime.timedelta(minutes=number)


def row(message):
    return Message.objects.get(pk=message.pk)


def test_a_mail_that_is_taken_is_sent_and_recorded_without_its_link(sink):
    message = mails.message("received")

    assert outbox.send(message.pk, now=minutes(1)) is True

    sent = row(message)
    assert (sent.status, sent.attempts, sent.sent_at, sent.leased_until) == ("sent", 1, minutes(1), None)
    assert sent.subject == "We have received your application to Leadership Support Circles (LSC-7K3QP)"
    assert "See where your application stands:\n[link]\n" in sent.sent_text
    assert links.token_of(message.link) not in sent.sent_text
    assert links.address_of(message.link) in sink.mails[0].get_body(("plain",)).get_content()


def test_the_headers_come_from_the_row(sink, settings):
    settings.SITE_URL = "https://portal.example.org:8443"
    settings.DEFAULT_FROM_EMAIL = "Cascade <no-reply@portal.example.org>"
    message = mails.message(
        "received", programme=mails.programme(academy__sender_name='Academi Ŵyn, "South"')
    )

    outbox.send(message.pk, now=minutes(7))

    [mail] = sink.mails
    assert mail["Message-ID"] == f"<message-{message.pk}@portal.example.org>"
    assert parsedate_to_datetime(mail["Date"]) == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["From"].addresses[0].display_name == 'Academi Ŵyn, "South"'
    assert mail["From"].addresses[0].addr_spec == "no-reply@portal.example.org"
    assert mail["Reply-To"].addresses[0].addr_spec == "circles@example.org"
    assert mail["To"].addresses[0].display_name == "Siân O’Brien"
    assert mail["To"].addresses[0].addr_spec == "sian@example.org"
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


def test_a_mail_without_a_programme_comes_from_the_portal(sink):
    message = mails.message("approver_ended", by_staff=False)
    Message.objects.update(programme=None)

    outbox.send(message.pk, now=NOW)

    assert sink.mails[0]["From"].addresses[0].display_name == "Cascade"
    assert sink.mails[0]["Reply-To"] is None


def test_a_calendar_file_says_what_it_is_for_and_arrives_as_it_is(sink):
    file = {"name": "dates.ics", "type": "text/calendar", "text": CALENDAR}
    message = mails.message("confirmed", by_staff=False, attachments=[file])

    outbox.send(message.pk, now=NOW)

    [attached] = sink.mails[0].iter_attachments()
    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "PUBLISH"
    assert attached.get_content_charset() == "utf-8"
    assert attached.get_filename() == "dates.ics"
    assert attached.get_payload(decode=True).decode() == CALENDAR


def test_another_text_is_attached_without_a_method(sink):
    message = mails.message("declined", attachments=[{"name": "a.csv", "type": "text/csv", "text": "a,b\n"}])

    outbox.send(message.pk, now=NOW)

    [attached] = sink.mails[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_param("method")) == ("text/csv", None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Sam\r\nBcc: everyone@example.org", "Sam Bcc: everyone@example.org"),
        ('Sam "<evil@example.org>," O’Neil\x07', 'Sam "<evil@example.org>," O’Neil'),
        ("Ŵ" * 150, "Ŵ" * 150),
        ("", ""),
    ],
)
def test_a_name_is_a_name_and_nothing_else(name, read, sink):
    message = mails.message("received", to_name=name)

    assert outbox.send(message.pk, now=NOW) is True

    [mail] = sink.mails
    assert [(address.display_name, address.addr_spec) for address in mail["To"].addresses] == [
        (read, "sian@example.org")
    ]
    assert mail["Bcc"] is None


def test_an_address_in_another_alphabet_is_written_for_mail_servers(sink):
    message = mails.message("received", to_address="sian@ŵyn.example.org")

    outbox.send(message.pk, now=NOW)

    assert sink.mails[0]["To"].addresses[0].addr_spec == "sian@xn--yn-9ua.example.org"


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"RCPT": "421 busy"}, "SMTPRecipientsRefused"),
        ({"RCPT": "451 greylisted"}, "SMTPRecipientsRefused"),
        ({"MAIL": "451 later"}, "SMTPSenderRefused"),
        ({"MAIL": "550 not you"}, "SMTPSenderRefused"),
        ({"DATA": "421 busy"}, "SMTPDataError"),
        ({"END": "451 later"}, "SMTPDataError"),
        ({"END": "554 looks like spam"}, "SMTPDataError"),
    ],
)
def test_what_is_not_taken_now_is_tried_again(answers, reason, settings, refused):
    message = mails.message("received")

    with smtp.listening(answers) as sink:
        smtp.use(settings, sink)
        assert outbox.send(message.pk, now=NOW) is False

    waiting = row(message)
    assert (waiting.status, waiting.attempts, waiting.not_before) == ("queued", 1, minutes(1))
    assert waiting.leased_until is None
    assert waiting.last_error.startswith(f"{reason}: ")
    assert refused == []


def test_a_server_that_hangs_is_not_waited_for(settings):
    message = mails.message("received")

    with smtp.listening(silent=True) as sink:
        smtp.use(settings, sink, timeout=0.2)
        assert outbox.send(message.pk, now=NOW) is False

    assert (row(message).status, row(message).not_before) == ("queued", minutes(1))
    assert row(message).last_error == "SMTPServerDisconnected: Connection unexpectedly closed: timed out"


def test_a_server_that_is_not_there_is_tried_again(settings):
    with smtp.listening() as gone:
        smtp.use(settings, gone)
    message = mails.message("received")

    assert outbox.send(message.pk, now=NOW) is False

    assert row(message).last_error.startswith("ConnectionRefusedError: ")


def test_patience_ends_after_six_tries(settings, refused):
    message = mails.message("received")
    waits, now = [], NOW

    with smtp.listening({"RCPT": "451 later"}) as sink:
        smtp.use(settings, sink)
        while row(message).status == "queued":
            now = row(message).not_before
            assert outbox.send_due(now - datetime.timedelta(seconds=1)) == 0
            assert outbox.send_due(now) == 0
            waits.append(int((row(message).not_before - now).total_seconds() / 60))

    assert waits == [1, 5, 15, 60, 240, 0]
    assert (row(message).status, row(message).attempts) == ("failed", 6)
    assert refused == []
    assert outbox.due(minutes(10_000)) == []


def test_a_refused_recipient_fails_at_once_and_is_announced(settings, refused):
    message = mails.message("approval_request")

    with smtp.listening({"RCPT": "550 5.1.1 no such user"}) as sink:
        smtp.use(settings, sink)
        assert outbox.send(message.pk, now=NOW) is False

    failed = row(message)
    assert (failed.status, failed.attempts, failed.leased_until) == ("failed", 1, None)
    assert "no such user" in failed.last_error
    assert refused == [(message.pk, NOW)]


def test_one_mail_that_cannot_be_put_back_does_not_stop_the_others(settings, monkeypatch, caplog):
    def broken(message, now):
        raise RuntimeError("no")

    monkeypatch.setattr(announcements.recipient_refused, "_subscribers", [broken])
    programme = mails.programme()
    bad = mails.message("received", programme=programme, to_address="bad@example.org")
    good = mails.message("received", programme=programme, to_address="good@example.org")

    with smtp.listening({"RCPT TO:<bad@": "550 no"}) as sink:
        smtp.use(settings, sink)
        assert outbox.send_due(NOW) == 1

    assert (row(bad).status, row(good).status) == ("sending", "sent")
    assert f"Mail {bad.pk} could not be dealt with." in caplog.text


def test_a_mail_whose_link_cannot_be_made_waits_and_says_why(sink, settings):
    message = mails.message("received")
    settings.LINK_KEYS = ["another"]

    assert outbox.send(message.pk, now=NOW) is False

    assert row(message).status == "queued"
    assert row(message).last_error == "LinkDead: This link was made with a key that is no longer in use."
    assert sink.mails == []


def test_a_mail_whose_link_was_closed_is_not_sent(sink):
    message = mails.message("approval_request")
    links.revoke(Link.Opens.APPLICATION, 1, now=NOW)

    assert outbox.send(message.pk, now=NOW) is False

    assert (row(message).status, row(message).attempts) == ("discarded", 0)
    assert (row(message).stopped_by, row(message).stopped_because) == (
        "The portal",
        "Its link was closed before it could be sent.",
    )
    assert sink.mails == []


def test_a_held_mail_waits(sink, settings):
    settings.DECISION_HOLD_MINUTES = 10
    message = mails.message("offer")

    assert outbox.send_due(minutes(9)) == 0
    assert outbox.send(message.pk, now=minutes(9)) is False
    assert outbox.send_due(minutes(10)) == 1


@pytest.mark.parametrize("status", ["sent", "failed", "discarded"])
def test_what_is_over_is_not_sent_again(status, sink):
    message = mails.message("received")
    Message.objects.update(status=status)

    assert outbox.send(message.pk, now=minutes(9999)) is False
    assert outbox.due(minutes(9999)) == []


def test_send_of_a_row_that_is_gone_does_nothing(sink):
    assert outbox.send(987654321) is False


def reviewer_of(message, **values):
    """Somebody who reviews for the programme of a mail."""
    member = factories.AcademyMemberFactory(
        academy=message.programme.academy, user=factories.UserFactory(**values)
    )
    return member.user


def test_a_mail_that_failed_can_be_sent_again_by_the_sweep(sink, django_capture_on_commit_callbacks):
    message = mails.message("received")
    Message.objects.update(status="failed", attempts=6)
    user = reviewer_of(message, first_name="Robin", last_name="Reviewer")

    with django_capture_on_commit_callbacks() as hints:
        again = outbox.send_again(message.pk, user=user, now=minutes(500))

    assert (again.sent_again_by, again.sent_again_at) == ("Robin Reviewer", minutes(500))
    assert (again.status, again.attempts, again.not_before) == ("queued", 0, minutes(500))
    assert hints == []
    assert outbox.send(message.pk, now=minutes(500)) is True


def test_a_mail_that_was_sent_is_not_sent_again():
    message = mails.message("received")
    Message.objects.update(status="sent")

    with pytest.raises(Refused) as refused:
        outbox.send_again(message.pk, user=reviewer_of(message), now=NOW)

    assert refused.value.sentence == "This mail has not failed: it is recorded as “sent”."


def test_what_is_due_goes_oldest_first(sink):
    programme = mails.programme()
    second = mails.message("received", programme=programme, now=minutes(2))
    first = mails.message("continue", programme=programme, now=minutes(1))
    mails.message("declined", programme=programme, now=minutes(30))

    assert outbox.due(minutes(5)) == [first.pk, second.pk]
    assert outbox.send_due(minutes(5)) == 2


def test_a_sweep_stops_in_good_time(sink):
    programme = mails.programme()
    mails.message("received", programme=programme)
    mails.message("continue", programme=programme)

    assert outbox.send_due(NOW, seconds=-1) == 0
    assert outbox.send_due(NOW) == 2


def test_a_sweep_without_a_moment_takes_the_present_one(sink):
    mails.message("received")

    assert outbox.send_due() == 1


def test_a_mail_in_somebodys_hands_is_left_to_them(sink):
    message = mails.message("received")
    assert outbox._claim(message.pk, NOW).attempts == 1

    assert outbox.send(message.pk, now=NOW + outbox.LEASE) is False
    assert row(message).attempts == 1


def test_a_sender_killed_in_the_middle_is_taken_over_with_the_same_message_id(sink):
    message = mails.message("received")
    killed = outbox._claim(message.pk, NOW)
    outbox._deliver(killed, outbox.render(killed))
    later = NOW + outbox.LEASE + datetime.timedelta(seconds=1)

    assert outbox.due(later) == [message.pk]
    assert outbox.send(message.pk, now=later) is True

    first, second = sink.mails
    assert first["Message-ID"] == second["Message-ID"]
    assert first["Date"] == second["Date"]
    assert (row(message).status, row(message).attempts) == ("sent", 2)


def test_a_slow_sender_cannot_overwrite_a_later_one(sink):
    message = mails.message("received")
    slow = outbox._claim(message.pk, NOW)
    outbox.send(message.pk, now=NOW + outbox.LEASE + datetime.timedelta(seconds=1))

    outbox._not_sent(slow, TimeoutError("at last"), NOW)

    assert (row(message).status, row(message).last_error) == ("sent", "")


def test_a_slow_sender_cannot_fail_what_a_later_one_holds(refused):
    message = mails.message("received")
    slow = outbox._claim(message.pk, NOW)
    later = outbox._claim(message.pk, NOW + outbox.LEASE + datetime.timedelta(seconds=1))

    outbox._not_sent(slow, outbox.smtplib.SMTPRecipientsRefused({"a": (550, b"no")}), NOW)

    assert (row(message).status, row(message).attempts) == ("sending", later.attempts)
    assert refused == []


def test_a_mail_that_stops_every_sender_fails_in_the_end(sink):
    message = mails.message("received")
    now = NOW
    for _ in range(6):
        outbox._claim(message.pk, now)
        now += outbox.LEASE + datetime.timedelta(seconds=1)

    assert outbox.send(message.pk, now=now) is False

    assert row(message).status == "failed"
    assert row(message).last_error.startswith("SenderStopped: ")
    assert sink.mails == []


def _at_once(number, work):
    """Run ``work`` in several threads that start together, each with a connection of its own."""
    start = threading.Barrier(number)

    def run():
        try:
            start.wait()
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _sixty_mails():
    programme = mails.programme()
    for number in range(60):
        mails.message("received", programme=programme, to_address=f"sian{number}@example.org")


@pytest.mark.django_db(transaction=True)
def test_two_senders_at_once_send_each_mail_once(sink):
    _sixty_mails()

    _at_once(2, lambda: outbox.send_due(NOW))

    assert sorted(mail["To"].addresses[0].addr_spec for mail in sink.mails) == sorted(
        f"sian{number}@example.org" for number in range(60)
    )
    assert set(Message.objects.values_list("status", "attempts")) == {("sent", 1)}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_without_the_claim_two_senders_send_twice(sink, monkeypatch):
    """The negative control: what the lock and the lease are for."""
    _sixty_mails()
    monkeypatch.setattr(
        outbox, "_claim", lambda pk, now: Message.objects.filter(pk=pk, status="queued").first()
    )

    _at_once(2, lambda: outbox.send_due(NOW))

    assert len(sink.mails) > 60


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_row_that_is_being_claimed_is_passed_by(sink):
    message = mails.message("received")
    claimed, go_on = threading.Event(), threading.Event()

    def claim_slowly():
        with outbox.transaction.atomic():
            Message.objects.select_for_update().get(pk=message.pk)
            claimed.set()
            go_on.wait(10)

    thread = threading.Thread(target=lambda: (claim_slowly(), connection.close()))
    thread.start()
    claimed.wait(10)
    try:
        assert outbox.send(message.pk, now=NOW) is False
    finally:
        go_on.set()
        thread.join()

    assert outbox.send(message.pk, now=NOW) is True


def test_a_link_that_another_object_has_is_no_hindrance(sink):
    message = mails.message("received")
    links.revoke(Link.Opens.APPROVAL, message.link.object_id, now=NOW)

    assert outbox.send(message.pk, now=NOW) is True


def test_own_wording_is_sent(sink):
    programme = mails.programme()
    factories.MessageTemplateFactory(
        programme=programme, event="received", subject="Diolch {{ name }}", body="Ŵ"
    )
    message = mails.message("received", programme=programme)

    outbox.send(message.pk, now=NOW)

    assert sink.mails[0]["Subject"] == "Diolch Siân O’Brien"
    assert sink.mails[0].get_body(("plain",)).get_content().startswith("Ŵ\n\n--\n")


def test_a_mail_that_a_later_decision_stopped_while_its_sender_died_is_not_tried_again(sink):
    message = mails.message("offer")
    Message.objects.update(status="sending", attempts=1, leased_until=NOW)
    messages.supersede(about="application:1", now=NOW, by="Robin Reviewer")

    assert outbox.send(message.pk, now=minutes(1)) is False

    assert (row(message).status, row(message).stopped_by) == ("superseded", "Robin Reviewer")
    assert sink.mails == []


@pytest.mark.parametrize("answer", ["450 later", "550 no"])
def test_a_mail_that_a_later_decision_stopped_while_it_was_refused_is_superseded(
    settings, monkeypatch, answer
):
    message = mails.message("offer")
    deliver = outbox._deliver

    # The moment between the claim and the answer of the mail server, which cannot be met otherwise.
    def stopped_meanwhile(*args):
        messages.supersede(about="application:1", now=NOW, by="Robin Reviewer")
        deliver(*args)

    monkeypatch.setattr(outbox, "_deliver", stopped_meanwhile)

    with smtp.listening({"RCPT TO:": answer}) as refusing:
        smtp.use(settings, refusing)
        assert outbox.send(message.pk, now=minutes(10)) is False

    assert (row(message).status, row(message).stopped_by) == ("superseded", "Robin Reviewer")


@pytest.mark.parametrize(
    ("status", "reason", "sentence"),
    [
        ("queued", " ", "Give a reason: it is kept with the mail."),
        ("sent", "A slip.", "This mail cannot be taken back any more: it is recorded as “sent”."),
    ],
)
def test_a_mail_is_not_taken_back_without_a_reason_or_once_it_was_sent(status, reason, sentence):
    message = mails.message("received")
    Message.objects.update(status=status)

    with pytest.raises(Refused) as refusal:
        outbox.take_back(message.pk, user=reviewer_of(message), reason=reason, now=NOW)

    assert refusal.value.sentence == sentence
    assert row(message).status == status


def tries_of(message, user):
    """What both verbs of staff say to somebody who may not deal with a mail."""
    sentences = []
    for verb in (
        lambda: outbox.send_again(message.pk, user=user, now=NOW),
        lambda: outbox.take_back(message.pk, user=user, reason="A slip.", now=NOW),
    ):
        with pytest.raises(access.NotAllowed) as refused:
            verb()
        sentences.append(refused.value.sentence)
    return sentences


def test_who_does_not_review_for_the_programme_deals_with_none_of_its_mails():
    message = mails.message("received")
    Message.objects.update(status="failed")

    said = tries_of(message, factories.AcademyMemberFactory(role="administrator").user)

    academy = message.programme.academy
    assert said == [f"Your role at {academy} does not include decisions on applications."] * 2
    assert row(message).status == "failed"


def test_a_mail_of_no_programme_is_dealt_with_by_the_superuser_alone(sink):
    message = mails.message("two_factor_reset")
    Message.objects.update(status="failed", programme=None)

    said = tries_of(message, factories.AcademyMemberFactory(role="administrator").user)
    outbox.send_again(message.pk, user=factories.UserFactory(is_superuser=True), now=NOW)

    assert said == ["Only the portal’s superuser deals with mails that are of no programme."] * 2
    assert row(message).status == "queued"


def test_a_long_name_of_staff_is_kept_as_far_as_the_row_holds_it():
    message = mails.message("received")
    user = reviewer_of(message, first_name="R" * 150, last_name="S" * 150)

    taken = outbox.take_back(message.pk, user=user, reason="A slip.", now=NOW)

    assert taken.stopped_by == "R" * 150
