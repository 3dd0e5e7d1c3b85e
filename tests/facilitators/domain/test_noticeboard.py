"""The noticeboard: written by facilitators, published by staff, read by facilitators of the programme; and its mail."""

import datetime
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilitators.domain import workload
from facilitators.domain.community import digest, noticeboard, waiting
from facilitators.models import Notice, NoticeMail, Training
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _holds():
    yield
    assert invariants.broken() == []


@pytest.fixture
def fay():
    return factories.TrainingFactory(facilitator__name="Fay Facilitator")


@pytest.fixture
def colleague(fay):
    return factories.TrainingFactory(programme=fay.programme, facilitator__name="Cora Colleague")


@pytest.fixture
def user(fay):
    return reviewer_of(fay.programme)


def written(training, **values):
    said = {"title": "Role plays", "text": "What worked?", "sent_as": uuid.uuid4(), "now": NOW} | values
    return noticeboard.write(training.pk, **said)


def up(notice, user, now=NOW):
    return noticeboard.publish(notice.pk, user=user, now=now)


def board(training):
    return [(one.title, one.answers) for one in noticeboard.posts([training.programme])]


def read_by(training, post):
    found = noticeboard.post(post.pk, training.facilitator)
    return found and [one.text for one in found.shown]


def test_nobody_reads_a_notice_before_staff_publish_it(fay, colleague, user):
    post = written(fay, title="  Role plays ", text=" What worked? ")
    before = board(colleague), read_by(colleague, post), list(noticeboard.written_by(fay.facilitator))

    up(post, user)

    assert before == ([], None, [post])
    assert (board(colleague), read_by(colleague, post)) == ([("Role plays", 0)], [])
    kept = Notice.objects.get()
    assert (kept.text, kept.state, kept.published_at, kept.decided_by) == (
        "What worked?",
        "published",
        NOW,
        user,
    )
    assert list(noticeboard.written_by(fay.facilitator)) == []


def test_replies_are_published_as_well_and_bring_a_post_up(fay, colleague, user):
    older = up(written(fay, title="Older"), user)
    up(written(fay, title="Newer"), user, now=NOW + DAY)
    reply = written(colleague, title="Not kept", text="Mine did", reply_to=older.pk)
    before = board(fay), read_by(fay, older)

    up(reply, user, now=NOW + 2 * DAY)

    assert before == ([("Newer", 0), ("Older", 0)], [])
    assert (board(fay), read_by(fay, older)) == ([("Older", 1), ("Newer", 0)], ["Mine did"])
    assert (reply.title, str(reply)) == ("", "Reply to “Older”")


def test_the_same_sent_twice_is_one_notice(fay):
    key = uuid.uuid4()

    assert written(fay, sent_as=key) == written(fay, sent_as=key)

    assert Notice.objects.count() == 1


@pytest.mark.parametrize("to", ["waiting", "a reply", "elsewhere", "withdrawn"])
def test_a_reply_is_to_a_post_that_is_on_the_board(fay, colleague, user, to):
    post = written(fay)
    if to != "waiting":
        up(post, user)
    if to == "withdrawn":
        noticeboard.withdraw(post.pk, fay.pk, now=NOW)
    if to == "a reply":
        post = up(written(colleague, reply_to=post.pk), user)
    writer = factories.TrainingFactory() if to == "elsewhere" else colleague

    with pytest.raises(Refused, match="no longer on the noticeboard"):
        written(writer, reply_to=post.pk)


def test_who_has_left_neither_writes_nor_reads(fay, colleague, user):
    post = up(written(fay), user)
    Training.objects.filter(pk=colleague.pk).update(ended_on=NOW.date(), ended_reason="A new post")

    with pytest.raises(Refused, match="You have left this programme"):
        written(colleague)

    assert read_by(colleague, post) is None


def test_too_much_is_not_kept_waiting(fay):
    for _ in range(noticeboard.MOST_WAITING):
        written(fay)

    with pytest.raises(Refused, match="still has to read"):
        written(fay)


def test_a_notice_is_taken_down_with_a_reason_that_its_author_reads(fay, colleague, user):
    post = up(written(fay), user)
    reply = up(written(colleague, reply_to=post.pk), user)

    noticeboard.take_down(post.pk, reason=" It names somebody. ", user=user, now=NOW + DAY)

    assert (board(colleague), read_by(colleague, post)) == ([], None)
    mail = Message.objects.get(event="notice_taken_down")
    assert (mail.to_name, mail.context) == (
        "Fay Facilitator",
        {"notice": "Role plays", "reason": "It names somebody.", "path": "noticeboard/"},
    )
    assert list(noticeboard.written_by(fay.facilitator)) == [post]
    assert list(Notice.objects.shown()) == []
    up(post, user, now=NOW + 2 * DAY)
    assert list(Notice.objects.shown().order_by("pk")) == [post, reply]
    kept = Notice.objects.get(pk=post.pk)
    assert (kept.published_at, kept.reason) == (NOW, "")


def test_what_cannot_be_decided_is_refused(fay, colleague, user):
    post = up(written(fay), user)
    reply = written(colleague, reply_to=post.pk)
    with pytest.raises(Refused, match="on the noticeboard already"):
        up(post, user)
    with pytest.raises(Refused, match="Enter the reason"):
        noticeboard.take_down(post.pk, reason=" ", user=user, now=NOW)

    noticeboard.withdraw(post.pk, fay.pk, now=NOW)

    with pytest.raises(Refused, match="withdrawn"):
        up(post, user)
    with pytest.raises(Refused, match="What it replies to"):
        up(reply, user)
    with pytest.raises(Refused, match="not on the noticeboard any more"):
        noticeboard.take_down(post.pk, reason="Late", user=user, now=NOW)
    with pytest.raises(Refused, match="not on the noticeboard any more"):
        noticeboard.withdraw(post.pk, fay.pk, now=NOW)
    with pytest.raises(Refused, match="not on the noticeboard any more"):
        noticeboard.withdraw(reply.pk, fay.pk, now=NOW)


def test_a_viewer_decides_nothing(fay):
    post = written(fay)
    viewer = factories.AcademyMemberFactory(academy=fay.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        up(post, viewer)

    assert Notice.objects.get().state == "waiting"


def test_what_is_to_be_read_waits_on_staff(fay, colleague, user):
    [kind] = waiting.WAITING
    post = written(fay)
    first = list(kind.rows(NOW))
    up(post, user)
    reply = written(colleague, reply_to=post.pk)
    second = list(kind.rows(NOW))

    noticeboard.take_down(post.pk, reason="It names somebody", user=user, now=NOW)

    assert (first, second, list(kind.rows(NOW))) == ([post], [reply], [])
    assert kind.key not in [one.key for one in workload.WAITING]


def test_the_number_of_queries_stays(fay, colleague, user):
    post = up(written(fay), user)
    up(written(colleague, reply_to=post.pk), user)

    with CaptureQueriesContext(connection) as few:
        names = [one.author.facilitator.name for one in noticeboard.posts([fay.programme])]
        read_by(fay, post)
    for _ in range(3):
        up(written(fay), user)
        up(written(colleague, reply_to=post.pk), user)
    with CaptureQueriesContext(connection) as many:
        more = [one.author.facilitator.name for one in noticeboard.posts([fay.programme])]
        read_by(fay, post)

    assert (len(names), len(more)) == (1, 4)
    assert (len(few), len(many)) == (3, 3)


# The mail.
def mailed(now):
    return [digest.send(pk, now=now) for pk in digest.to_mail(now)]


def mails():
    return [
        (mail.to_name, mail.context["notices"])
        for mail in Message.objects.filter(event="noticeboard_digest").order_by("pk")
    ]


def test_the_mail_comes_once_a_week_and_only_with_something_new(fay, colleague, user):
    first = up(written(fay), user, now=NOW + DAY)
    sent = [mailed(NOW + DAY + datetime.timedelta(hours=1))]
    up(written(fay, title="Second"), user, now=NOW + 2 * DAY)
    up(written(fay, text="A reply", reply_to=first.pk), user, now=NOW + 3 * DAY)
    for days in (2, 7, 8, 15):
        sent.append(mailed(NOW + days * DAY))

    assert sent == [[True], [], [], [True], []]
    assert mails() == [
        ("Cora Colleague", f"Role plays, by Fay Facilitator ({fay.programme})"),
        (
            "Cora Colleague",
            f"Second, by Fay Facilitator ({fay.programme})\n"
            f"Reply to “Role plays”, by Fay Facilitator ({fay.programme})",
        ),
    ]


def test_nobody_hears_of_what_was_written_before_they_came_or_elsewhere(fay, colleague, user):
    up(written(fay), user, now=NOW + DAY)
    factories.TrainingFactory(programme=fay.programme, registered_at=NOW + 2 * DAY)
    factories.TrainingFactory(registered_at=NOW)
    Training.objects.filter(pk=colleague.pk).update(ended_on=NOW.date(), ended_reason="A new post")

    assert mailed(NOW + 3 * DAY) == []


def test_who_does_not_want_the_mail_gets_none_and_nothing_is_made_up_for(fay, colleague, user):
    whom = colleague.facilitator
    wanted = [digest.wants(whom)]
    digest.want(whom.pk, wanted=False, now=NOW)
    digest.want(whom.pk, wanted=False, now=NOW)
    wanted.append(digest.wants(whom))
    up(written(fay), user, now=NOW + DAY)
    none = mailed(NOW + 2 * DAY), digest.send(whom.pk, now=NOW + 2 * DAY)

    digest.want(whom.pk, wanted=True, now=NOW + 9 * DAY)

    assert wanted == [True, False]
    assert none == ([], False)
    assert mailed(NOW + 20 * DAY) == []
    up(written(fay, title="Second"), user, now=NOW + 10 * DAY)
    assert mailed(NOW + 20 * DAY) == [True]
    assert NoticeMail.objects.get().sent_at == NOW + 20 * DAY


def test_of_very_much_the_first_are_named_and_the_others_counted(fay, colleague, user):
    for number in range(12):
        up(written(fay, title=f"Post {number}"), user, now=NOW + DAY)

    mailed(NOW + 2 * DAY)

    lines = mails()[0][1].splitlines()
    assert len(lines) == digest.NAMED + 1
    assert lines[-1] == "and 2 more"
