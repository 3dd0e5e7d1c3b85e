"""What staff do about mails: send again, take back, one by one and together."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import reviews
from programmes.domain import invitations
from programmes.models import Invitation, Message, Role
from tests import scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of

LIST = reverse("admin:programmes_message_changelist")


def page(name, message):
    return reverse(f"admin:programmes_message_{name}", args=[message.pk])


@pytest.fixture
def decided(desk, settings):
    """An application found suitable a moment ago: its mail is held."""
    settings.DECISION_HOLD_MINUTES = 10
    application = scenarios.under_review(desk.programme, email="sam@example.org")
    return reviews.shortlist(application.pk, user=desk.staff["reviewer"], now=NOW)


@pytest.fixture
def held(decided):
    return Message.objects.get(event="shortlisted")


def test_a_held_mail_is_taken_back_and_the_row_says_who_and_why(desk, reviewer, held):
    shown = text_of(reviewer.get(page("back", held)))

    answer = reviewer.post(page("back", held), {"reason": "The wrong person"}, follow=True)

    held.refresh_from_db()
    assert "Held for 10 more minutes" in shown
    assert "The decision stands: it is not undone with its mail" in shown
    assert messages_of(answer) == ["The mail to sam@example.org is not sent."]
    assert (held.status, held.stopped_by, held.stopped_because, held.stopped_at) == (
        "discarded",
        desk.staff["reviewer"].get_full_name(),
        "The wrong person",
        NOW,
    )
    assert scenarios.Application.objects.get().state == "shortlisted"


def test_taking_back_needs_a_reason_and_keeps_what_was_typed(reviewer, held):
    answer = reviewer.post(page("back", held), {"reason": " "})

    held.refresh_from_db()
    assert "Enter why it is not sent." in text_of(answer)
    assert held.status == "queued"


def test_what_was_sent_is_not_taken_back(reviewer, held):
    Message.objects.filter(pk=held.pk).update(status="sent", sent_at=NOW)

    answer = reviewer.post(page("back", held), {"reason": "Too late"})

    held.refresh_from_db()
    assert "This mail cannot be taken back: sent 5 October 2026 at 13:00." in text_of(answer)
    assert held.status == "sent"


def test_a_superseded_mail_names_the_one_in_its_place(desk, reviewer, decided, held):
    Message.objects.filter(pk=held.pk).update(status="failed", attempts=6)
    reviews.turn_down(
        decided.pk, user=desk.staff["reviewer"], reason="No", now=NOW + datetime.timedelta(hours=1)
    )

    answer = reviewer.get(page("change", held))

    held.refresh_from_db()
    later = Message.objects.get(event="unsuccessful")
    assert (held.status, held.superseded_by) == ("superseded", later)
    assert page("change", later) in answer.content.decode()
    assert "Superseded by a later decision" in text_of(answer)


@pytest.mark.parametrize(
    ("standing", "expected"),
    [("held", ["shortlisted"]), ("queued", ["received"]), ("failed", ["approvals_complete"])],
)
def test_the_list_is_narrowed_to_what_waits_is_held_or_failed(desk, reviewer, held, standing, expected):
    Message.objects.exclude(event__in=["shortlisted", "received"]).delete()
    failed = Message.objects.get(event="received")
    failed.pk, failed.dedupe_key, failed.event, failed.status = None, "x", "approvals_complete", "failed"
    failed.save()

    answer = reviewer.get(LIST, {"status__exact": standing})

    assert [row.event for row in answer.context["cl"].result_list] == expected
    assert [(value, number) for value, _, number in answer.context["unsent"]] == [
        ("queued", 1),
        ("held", 1),
        ("failed", 1),
    ]


@pytest.mark.parametrize(
    ("narrowed", "found"), [({"reader": "staff"}, 0), ({"reader": "applicant"}, 1), ({"programme": "x"}, 1)]
)
def test_the_list_is_narrowed_to_a_reader_and_takes_no_value_that_it_does_not_offer(
    reviewer, held, narrowed, found
):
    Message.objects.exclude(pk=held.pk).delete()

    rows = reviewer.get(LIST, narrowed).context["cl"].result_list

    assert len(rows) == found


def test_the_list_is_narrowed_to_a_programme(desk, reviewer, held):
    rows = reviewer.get(LIST, {"programme": desk.programme.pk}).context["cl"].result_list

    assert {row.programme for row in rows} == {desk.programme}


def test_an_empty_outbox_says_that_everything_has_been_sent(desk, reviewer):
    assert "Everything has been sent." in text_of(reviewer.get(LIST))


def test_mails_that_failed_are_sent_again_together_and_the_others_named(desk, reviewer, held):
    failed = Message.objects.get(event="received")
    Message.objects.filter(pk=failed.pk).update(status="failed", attempts=6)
    chosen = [failed.pk, held.pk]

    asked = reviewer.post(LIST, {"action": "send_again_selected", "_selected_action": chosen})
    url = reverse("admin:programmes_message_bulk", args=["again"])
    report = reviewer.post(url, {"_selected_action": chosen}).context["report"]

    failed.refresh_from_db()
    assert "Send again: 2 mails" in text_of(asked)
    assert str(report) == "1 done, 1 skipped"
    assert [why for _, why in report.skipped] == [
        "This mail has not failed: it is recorded as “waiting to be sent”."
    ]
    assert (failed.status, failed.sent_again_by) == ("queued", desk.staff["reviewer"].get_full_name())


def test_held_mails_are_taken_back_together_with_one_reason(reviewer, held):
    url = reverse("admin:programmes_message_bulk", args=["back"])

    asked = reviewer.post(LIST, {"action": "take_back_selected", "_selected_action": [held.pk]})
    without = reviewer.post(url, {"_selected_action": [held.pk]})
    report = reviewer.post(url, {"_selected_action": [held.pk], "reason": "A slip"}).context["report"]

    held.refresh_from_db()
    assert "Take back: 1 mail" in text_of(asked)
    assert "Enter why it is not sent." in text_of(without)
    assert str(report) == "1 done, 0 skipped"
    assert (held.status, held.stopped_because) == ("discarded", "A slip")


def test_too_many_at_once_are_refused_and_nothing_is_done(reviewer, held, monkeypatch):
    # With the limit of life, hundreds of mails would have to be made.
    monkeypatch.setattr("programmes.admin.outbox_bulk.LIMIT", 0)
    url = reverse("admin:programmes_message_bulk", args=["back"])

    answer = reviewer.post(url, {"_selected_action": [held.pk], "reason": "A slip"})

    held.refresh_from_db()
    assert "Choose at most 0 at once." in text_of(answer)
    assert held.status == "queued"


def test_mails_of_another_academy_are_not_dealt_with(desk, held):
    url = reverse("admin:programmes_message_bulk", args=["back"])

    answer = desk.client("outsider").post(url, {"_selected_action": [held.pk], "reason": "Mine"})
    nonsense = desk.client("reviewer").post(reverse("admin:programmes_message_bulk", args=["nonsense"]))

    held.refresh_from_db()
    assert (answer.status_code, nonsense.status_code) == (404, 404)
    assert held.status == "queued"


def test_a_viewer_deals_with_no_mails(desk, held):
    url = reverse("admin:programmes_message_bulk", args=["back"])

    answer = desk.client("viewer").post(url, {"_selected_action": [held.pk], "reason": "Mine"})

    held.refresh_from_db()
    assert answer.status_code == 403
    assert held.status == "queued"


def test_an_applications_page_shows_all_its_mails_also_those_to_its_approver(desk, reviewer):
    application = scenarios.submitted(desk.programme)

    answer = reviewer.get(reverse("admin:applications_application_change", args=[application.pk]))

    shown = {event.mail.event for event in answer.context["timeline"].events if event.mail}
    assert shown == set(Message.objects.values_list("event", flat=True))


@pytest.fixture
def of_no_programme(desk):
    """The mail of an invitation, which failed: it belongs to no programme."""
    administrator = desk.staff["administrator"]
    invitations.invite(
        academy=desk.programme.academy,
        name="Casey Colleague",
        address="casey@example.org",
        role=Role.REVIEWER,
        by=administrator,
        now=NOW,
    )
    Message.objects.update(status="failed", attempts=6, last_error="550 unknown")
    return Message.objects.get()


def test_the_superuser_finds_and_deals_with_the_mail_of_an_invitation(desk, of_no_programme):
    superuser, mail = desk.client("superuser"), of_no_programme
    kept = Message.objects.get()

    listed = superuser.get(LIST)
    shown = superuser.get(page("change", mail))
    sent = superuser.post(page("again", mail), follow=True)
    mail.refresh_from_db()
    again = (mail.status, mail.sent_again_by)
    answer = superuser.post(page("back", mail), {"reason": "Invited by mistake"}, follow=True)

    mail.refresh_from_db()
    invitation = reverse("admin:programmes_invitation_change", args=[Invitation.objects.get().pk])
    assert list(listed.context["cl"].result_list) == [kept]
    assert listed.context["unsent"] == [("failed", "Failed", 1)]
    assert shown.context["about"] == invitation
    assert "Programme None" in text_of(shown)
    assert messages_of(sent) == ["The mail to casey@example.org is sent again."]
    assert again == ("queued", desk.staff["superuser"].get_full_name())
    assert messages_of(answer) == ["The mail to casey@example.org is not sent."]
    assert (mail.status, mail.stopped_because) == ("discarded", "Invited by mistake")


def test_the_superuser_deals_with_several_mails_of_no_programme(desk, of_no_programme):
    url = reverse("admin:programmes_message_bulk", args=["again"])

    report = desk.client("superuser").post(url, {"_selected_action": [of_no_programme.pk]}).context["report"]

    assert str(report) == "1 done, 0 skipped"


@pytest.mark.parametrize("who", ["administrator", "reviewer", "viewer", "outsider"])
def test_the_mail_of_an_invitation_is_there_for_nobody_else(desk, of_no_programme, who):
    client, mail = desk.client(who), of_no_programme
    bulk = reverse("admin:programmes_message_bulk", args=["back"])

    listed = client.get(LIST).context["cl"].result_list
    answers = [
        client.get(page("change", mail)),
        client.post(page("again", mail)),
        client.post(page("back", mail), {"reason": "Mine"}),
    ]
    if who != "viewer":
        answers.append(client.post(bulk, {"_selected_action": [mail.pk], "reason": "Mine"}))

    mail.refresh_from_db()
    assert list(listed) == []
    assert {answer.status_code for answer in answers} == {404}
    assert mail.status == "failed"
