"""Notes of staff: the academy's own, with author, time and history."""

import datetime

import pytest

from applications.domain import notes
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(hours=1)


def test_a_note_is_kept_with_author_time_and_history_and_nobody_is_mailed():
    application = scenarios.submitted(factories.ProgrammeFactory())
    user = reviewer_of(application.programme)
    mails = Message.objects.count()

    note = notes.write(application.pk, user=user, text=" Rang us. ", now=NOW)
    notes.correct(note.pk, user=user, text="Rang us twice.", now=LATER)

    note.refresh_from_db()
    assert (note.author, note.text, note.written_at, note.changed_at) == (user, "Rang us twice.", NOW, LATER)
    assert [(row.text, row.history_user) for row in note.history.all()] == [
        ("Rang us twice.", user),
        ("Rang us.", user),
    ]
    assert str(note) == f"Note of {user} on {application.reference}"
    assert Message.objects.count() == mails


def test_an_empty_note_anothers_note_and_a_stranger_are_refused():
    application = scenarios.submitted(factories.ProgrammeFactory())
    note = notes.write(application.pk, user=reviewer_of(application.programme), text="Mine.", now=NOW)
    colleague = reviewer_of(application.programme)

    with pytest.raises(Refused, match="Enter the note"):
        notes.write(application.pk, user=colleague, text=" ", now=NOW)
    with pytest.raises(Refused, match="Enter the note"):
        notes.correct(note.pk, user=note.author, text=" ", now=NOW)
    with pytest.raises(NotAllowed, match="put right by whoever wrote it"):
        notes.correct(note.pk, user=colleague, text="Theirs", now=NOW)
    with pytest.raises(NotAllowed):
        notes.write(application.pk, user=factories.UserFactory(), text="Hello", now=NOW)
