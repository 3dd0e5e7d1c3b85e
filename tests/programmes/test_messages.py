"""A mail is a row in the transaction of its cause: one for each occasion, held where it tells of a decision."""

import datetime

import pytest
from django.db import transaction

from programmes.domain import announcements, messages
from programmes.domain.mails import MAILS, wording_problems
from programmes.models import Message
from tests.factories import NOW
from tests.support import mails

TEN_MINUTES = datetime.timedelta(minutes=10)


@pytest.fixture
def nudged(monkeypatch):
    """The primary keys that the workers were told of, a list for each time."""
    told = []
    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [told.append])
    return told


@pytest.mark.django_db
def test_queue_writes_a_row_that_is_due_at_once():
    message = mails.message(
        "received", about="application:7", attachments=[{"name": "a", "type": "b", "text": "c"}]
    )

    row = Message.objects.get(pk=message.pk)
    assert (row.status, row.not_before, row.created_at) == ("queued", NOW, NOW)
    assert (row.about, row.to_name, row.to_address) == ("application:7", "Siân O’Brien", "sian@example.org")
    assert row.context["reference"] == "LSC-7K3QP"
    assert row.attachments == [{"name": "a", "type": "b", "text": "c"}]


@pytest.mark.django_db
def test_queue_holds_no_token():
    message = mails.message("received")

    assert "http" not in str(message.context)
    assert message.link.token_hash not in str(message.context)


@pytest.mark.django_db
def test_queue_twice_for_one_occasion_is_one_mail():
    programme = mails.programme()

    first = mails.message("received", occasion="change:1", programme=programme, to_address="Sian@example.org")
    again = mails.message("received", occasion="change:1", programme=programme, to_address="sian@EXAMPLE.org")
    other = mails.message("received", occasion="change:2", programme=programme)

    assert again == first
    assert list(Message.objects.order_by("pk")) == [first, other]


@pytest.mark.django_db
def test_queue_tells_long_addresses_apart():
    programme = mails.programme()
    one, other = (f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 40}{end}.org" for end in "xy")

    mails.message("received", programme=programme, to_address=one)
    mails.message("received", programme=programme, to_address=other)
    mails.message("received", programme=programme, to_address=other)

    assert sorted(Message.objects.values_list("to_address", flat=True)) == [one, other]


@pytest.mark.django_db
def test_queue_of_an_unknown_mail_or_placeholder_is_the_callers_fault():
    with pytest.raises(KeyError, match="nonsense"):
        mails.message("nonsense")
    with pytest.raises(KeyError, match="salary"):
        mails.message("received", context={"salary": "1"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    "event", ["unsuccessful", "offer", "confirmed", "approver_confirmed", "approver_ended"]
)
def test_the_mail_of_a_decision_by_staff_is_held(event, settings):
    settings.DECISION_HOLD_MINUTES = 10

    assert mails.message(event).not_before == NOW + TEN_MINUTES
    assert list(Message.objects.held(NOW)) == [Message.objects.get()]


@pytest.mark.django_db
@pytest.mark.parametrize("event", ["confirmed", "approver_ended"])
def test_what_the_applicant_decided_is_told_at_once(event):
    assert mails.message(event, by_staff=False).not_before == NOW


@pytest.mark.django_db
def test_a_later_decision_supersedes_every_unsent_mail_of_an_earlier_one_and_nothing_else(settings):
    settings.DECISION_HOLD_MINUTES = 10
    programme = mails.programme()
    held, failed, tried, sent = (
        mails.message("offer", programme=programme, occasion=occasion) for occasion in "abcd"
    )
    for message, values in (
        (failed, {"status": "failed", "attempts": 6}),
        (tried, {"attempts": 1}),
        (sent, {"status": "sent", "attempts": 1}),
    ):
        Message.objects.filter(pk=message.pk).update(**values)
    elsewhere = mails.message("offer", programme=programme, about="application:2")
    no_decision = mails.message("received", programme=programme)

    found = messages.supersede(about="application:1", now=NOW, by="Robin Reviewer")
    later = mails.message("unsuccessful", programme=programme)

    rows = {row.pk: row for row in Message.objects.order_by("pk")}
    assert found == [held, failed, tried]
    assert {pk: row.status for pk, row in rows.items()} == {
        held.pk: "superseded",
        failed.pk: "superseded",
        tried.pk: "superseded",
        sent.pk: "sent",
        elsewhere.pk: "queued",
        no_decision.pk: "queued",
        later.pk: "queued",
    }
    assert [row.superseded_by for row in rows.values()] == [later, later, later, None, None, None, None]
    assert (rows[held.pk].stopped_by, rows[held.pk].stopped_at) == ("Robin Reviewer", NOW)
    assert rows[held.pk].stopped_because == "A later decision was made."


@pytest.mark.django_db
def test_a_mail_that_is_being_sent_is_told_to_stop_and_not_pulled_away():
    message = mails.message("offer")
    Message.objects.filter(pk=message.pk).update(status="sending", attempts=1)

    messages.supersede(about="application:1", now=NOW, by="Robin Reviewer")

    message.refresh_from_db()
    assert (message.status, message.stopped_at) == ("sending", NOW)


@pytest.mark.django_db
def test_some_mails_are_superseded_only_while_they_are_held(settings):
    settings.DECISION_HOLD_MINUTES = 10
    programme = mails.programme()
    changed = mails.message("dates_changed", programme=programme)
    offer = mails.message("offer", programme=programme)

    too_late = messages.supersede(about="application:1", now=NOW + TEN_MINUTES, events=["dates_changed"])
    in_time = messages.supersede(about="application:1", now=NOW, events=["dates_changed"])

    offer.refresh_from_db()
    assert (too_late, in_time) == ([], [changed])
    assert offer.status == "queued"


@pytest.mark.django_db
def test_mails_still_meant_are_neither_taken_back_nor_superseded():
    programme = mails.programme()
    for status in Message.Status:
        row = mails.message("offer", programme=programme, occasion=status)
        Message.objects.filter(pk=row.pk).update(status=status)

    found = set(Message.objects.still_meant().values_list("status", flat=True))

    assert found == {"queued", "sending", "sent", "failed"}


@pytest.mark.django_db
def test_release_held_makes_held_mails_due():
    message = mails.message("offer")

    assert messages.release_held(now=NOW) == 1
    message.refresh_from_db()
    assert message.not_before == NOW


@pytest.mark.django_db(transaction=True)
def test_a_transaction_nudges_once_after_it_is_committed(nudged):
    programme = mails.programme()

    with transaction.atomic():
        first = mails.message("received", programme=programme)
        second = mails.message("continue", programme=programme)
        assert nudged == []

    assert nudged == [[first.pk, second.pk]]


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_fails_nudges_nobody_and_leaves_no_row(nudged):
    programme = mails.programme()

    with transaction.atomic():
        mails.message("received", programme=programme)
        transaction.set_rollback(True)

    assert nudged == []
    assert Message.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_nudge_is_not_lost_with_an_inner_transaction(nudged):
    programme = mails.programme()

    with transaction.atomic():
        with transaction.atomic():
            mails.message("continue", programme=programme)
            transaction.set_rollback(True)
        kept = mails.message("received", programme=programme)

    assert nudged == [[kept.pk]]


@pytest.mark.django_db(transaction=True)
def test_an_inner_transaction_joins_the_nudge_of_the_outer(nudged):
    programme = mails.programme()

    with transaction.atomic():
        transaction.on_commit(lambda: None)
        outer = mails.message("received", programme=programme)
        with transaction.atomic():
            inner = mails.message("continue", programme=programme)

    assert nudged == [[outer.pk, inner.pk]]


@pytest.mark.django_db(transaction=True)
def test_a_held_mail_nudges_nobody(nudged):
    mails.message("offer")

    assert nudged == []


@pytest.mark.django_db(transaction=True)
def test_a_nudge_that_raises_does_not_reach_the_caller(monkeypatch, caplog):
    def broken(pks):
        raise RuntimeError("no broker")

    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [broken])

    message = mails.message("received")

    assert Message.objects.get() == message
    assert [record.getMessage() for record in caplog.records] == [
        "Error calling nudge in on_commit() (no broker)."
    ]


@pytest.mark.parametrize("event", list(MAILS))
def test_every_mail_says_who_reads_it_and_what_for(event):
    mail = MAILS[event]

    assert mail.event == event
    assert mail.reader in ("applicant", "approver", "staff", "facilitator", "participant")
    assert mail.purpose
    assert len(set(mail.placeholders)) == len(mail.placeholders)


def test_wording_that_can_be_used_has_no_problems():
    assert wording_problems("received", "Thank you, {{ name }}", "{{reference}}\n\n[Go on]({{ link }})") == []


def test_wording_of_an_unknown_mail_names_the_mails():
    problems = wording_problems("salary", "", "")

    assert len(problems) == 1
    assert problems[0].startswith(
        "There is no mail called “salary”. The mails are: approval_chaser, approval_given"
    )


def test_an_unknown_placeholder_is_refused_with_the_known_ones():
    problems = wording_problems("approver_ended", "Hello", "{{ salary }}")

    assert problems == [
        "“{{ salary }}” is not known. This mail knows the placeholders {{ academy }}, {{ applicant }}, "
        "{{ contact }}, {{ name }}, {{ programme }}, {{ reference }}, {{ role }}."
    ]


@pytest.mark.parametrize(
    "code", ["{% load i18n %}", "{{ name|safe }}", "{# secret #}", "{{ name", "{{ a.b }}"]
)
def test_template_code_is_refused(code):
    problems = wording_problems("received", "Hello", f"Dear {code}")

    assert len(problems) == 1
    assert "cannot be used" in problems[0]


def test_a_subject_is_one_line_without_a_link():
    assert wording_problems("received", "a\nb {{ link }}", "c") == [
        "“{{ link }}” cannot stand in the subject: subjects are kept, and links are not.",
        "The subject must be one line.",
    ]
