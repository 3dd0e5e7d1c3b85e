"""Two people press the same button: one mail, on PostgreSQL with real locks."""

from functools import partial

import pytest
from django.db import transaction

from programmes.domain import letters, messages, outbox
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW
from tests.support import mails

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def test_two_people_who_send_a_failed_mail_again_at_once_send_it_once():
    message = mails.message("received")
    Message.objects.filter(pk=message.pk).update(status="failed", attempts=6)
    assert message.programme
    users = [scenarios.reviewer_of(message.programme) for _ in range(2)]

    outcomes = at_once([partial(outbox.send_again, message.pk, user=user, now=NOW) for user in users])

    refused = of_kind(outcomes, Refused)
    assert [one.sentence for one in refused] == [
        "This mail has not failed: it is recorded as “waiting to be sent”."
    ]
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)


def test_a_letter_that_two_people_send_at_once_goes_out_once():
    programme = factories.ProgrammeFactory()
    people = [scenarios.submitted(programme) for _ in range(5)]
    Message.objects.all().delete()
    letter = factories.LetterFactory(programme=programme, chosen=[one.about for one in people])
    readers = [letters.Reader(one.about, one.pk, one.name, one.email, one.reference) for one in people]
    users = [scenarios.reviewer_of(programme) for _ in range(2)]

    outcomes = at_once([partial(letters.send, letter.pk, readers, user=user, now=NOW) for user in users])

    assert len(of_kind(outcomes, Refused)) == 1
    assert "Nothing is sent twice." in of_kind(outcomes, Refused)[0].sentence
    assert sorted(Message.objects.values_list("about", flat=True)) == sorted(one.about for one in people)


def test_a_mail_is_either_sent_or_taken_back_and_never_both(mailoutbox):
    message = mails.message("received")
    assert message.programme
    user = scenarios.reviewer_of(message.programme)

    sent, taken = at_once(
        [
            partial(outbox.send, message.pk, now=NOW),
            partial(outbox.take_back, message.pk, user=user, reason="A slip", now=NOW),
        ]
    )

    message.refresh_from_db()
    assert (sent is True) == isinstance(taken, Refused)
    assert (message.status, len(mailoutbox)) == (("sent", 1) if sent is True else ("discarded", 0))


def test_a_later_decision_stops_a_mail_that_is_being_sent_from_being_tried_again():
    message = mails.message("offer")
    Message.objects.filter(pk=message.pk).update(status="sending", attempts=1, leased_until=NOW)
    with transaction.atomic():
        messages.supersede(about="application:1", now=NOW, by="Robin Reviewer")

    sent = outbox.send(message.pk, now=NOW + outbox.LEASE)

    message.refresh_from_db()
    assert (sent, message.status, message.stopped_by) == (False, "superseded", "Robin Reviewer")
