"""A date of an action learning set that staff move."""

import datetime

import time_machine
from django.urls import reverse

from facilitators.domain.community import learning_sets
from facilitators.domain.community.meetings import When
from tests import factories
from tests.factories import NOW
from tests.staff.reading import text_of

HOUR = datetime.timedelta(hours=1)


def test_a_date_of_a_set_is_moved(desk, reviewer):
    learning_set = factories.LearningSetFactory(programme=desk.programme)
    when = When(NOW + HOUR, NOW + 2 * HOUR)
    [meeting] = learning_sets.add_dates(learning_set.pk, [when], user=desk.staff["reviewer"], now=NOW)
    address = reverse("admin:facilitators_learningset_date", args=[learning_set.pk, meeting.pk, "move-date"])
    date = {"day": "2026-11-03", "starts": "10:00", "ends": "12:00", "how": "online"}

    with time_machine.travel(NOW, tick=False):
        links = text_of(
            reviewer.get(reverse("admin:facilitators_learningset_change", args=[learning_set.pk]))
        )
        wrong = text_of(reviewer.post(address, {**date, "day": "2026-10-01"}))
        said = text_of(reviewer.post(address, date, follow=True))
    meeting.refresh_from_db()
    with time_machine.travel(meeting.starts_at, tick=False):
        over = text_of(desk.client("reviewer").get(address))

    assert "Move: Monday 5 October 2026, 2pm to 3pm" in links
    assert "Choose a day and a time that lie ahead." in wrong
    assert "the members are told by mail." in said
    assert (meeting.starts_at.date(), meeting.sequence) == (datetime.date(2026, 11, 3), 1)
    assert "This date has begun, or is over." in over
