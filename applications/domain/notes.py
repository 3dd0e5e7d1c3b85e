"""Notes of staff on an application, apart from reviews: for the academy only, and never sent to anybody."""

from __future__ import annotations

import datetime

from django.contrib.auth.models import User
from django.db import transaction

from applications.models import Application, StaffNote
from programmes.domain import access
from programmes.domain.access import Person
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused


def write(application_id: int, *, user: Person, text: str, now: datetime.datetime) -> StaffNote:
    """Keep a note with its author's name; raises `Refused` for an empty one."""
    if not text.strip():
        raise Refused("Enter the note.")
    application = Application.objects.select_related("programme__academy").get(pk=application_id)
    access.require_reviewer(user, application.programme)
    assert isinstance(user, User)  # nobody else holds a role
    note = StaffNote(application=application, author=user, text=text.strip(), written_at=now)
    changed_by(note, user)
    note.save()
    return note


def correct(note_id: int, *, user: Person, text: str, now: datetime.datetime) -> StaffNote:
    """Put one's own note right; what it said before stays in its history. Raises `NotAllowed` for another's."""
    if not text.strip():
        raise Refused("Enter the note.")
    with transaction.atomic():
        note = StaffNote.objects.select_for_update(of=("self",)).get(pk=note_id)
        access.require_reviewer(user, note.application.programme)
        if note.author_id != user.pk:
            raise access.NotAllowed("A note is put right by whoever wrote it. Write one of your own instead.")
        note.text = text.strip()
        note.changed_at = now
        changed_by(note, user)
        note.save()
        return note
