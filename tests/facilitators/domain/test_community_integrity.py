"""Every rule about the community finds what it is there for, and nothing else."""

import pytest

from facilitators.domain.community import implementation, learning_sets
from facilitators.domain.community.meetings import When
from facilitators.models import Guest, Notice, SetAttendance
from tests import factories
from tests.factories import NOW
from tests.invariants import broken
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
HOUR = factories.datetime.timedelta(hours=1)
WHEN = When(NOW + HOUR, NOW + 2 * HOUR)


def rules():
    return [one.partition(":")[0] for one in broken()]


@pytest.fixture
def fay():
    ics = factories.IntegratedCareSystemFactory()
    return factories.TrainingFactory(facilitator__name="Fay Facilitator", facilitator__ics=ics)


def test_a_notice_of_another_programme(fay):
    post = factories.NoticeFactory(author=fay)
    reply = factories.NoticeFactory(author=fay, reply_to=post, title="")
    assert rules() == []

    Notice.objects.filter(pk=post.pk).update(programme=factories.ProgrammeFactory())
    both = rules()
    Notice.objects.filter(pk=post.pk).update(programme=fay.programme)
    factories.NoticeFactory(author=fay, reply_to=reply, title="")

    assert both == ["notice-of-another-programme"] * 2
    assert rules() == ["notice-of-another-programme"]


@pytest.mark.parametrize(("came", "says"), [([True], None), ([True], False), ([], True)])
def test_what_the_register_of_a_session_says_is_counted(fay, came, says):
    user = reviewer_of(fay.programme)
    session = implementation.arrange(fay.programme, fay.facilitator.ics, WHEN, user=user, now=NOW)
    implementation.mark(session.pk, [fay.pk] if came else [], user=user, now=NOW + HOUR)
    assert rules() == []

    Guest.objects.update(came=says)

    assert rules() == ["implementation-counts"]


@pytest.mark.parametrize("came", [True, False])
def test_what_the_register_of_a_set_says_is_counted(fay, came):
    user = reviewer_of(fay.programme)
    learning_set = learning_sets.set_up(fay.programme, name="Leicester", user=user)
    learning_sets.put_in(learning_set.pk, [fay.facilitator.email], user=user, now=NOW)
    [meeting] = learning_sets.add_dates(learning_set.pk, [WHEN], user=user, now=NOW)
    learning_sets.mark(meeting.pk, [fay.pk] if came else [], user=user, now=NOW + HOUR)
    assert rules() == []

    SetAttendance.objects.update(came=not came)

    assert rules() == ["action-learning-counts"]
