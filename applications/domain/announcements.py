"""What this app tells the apps on its right; who listens stands in their ``apps.py``."""

from __future__ import annotations

import datetime

from applications.models import Application, StateChange
from programmes.domain.announcements import Announcement
from programmes.models import Message

# After a change of state, inside its transaction: the application, the change, the moment.
state_changed: Announcement[[Application, StateChange, datetime.datetime]] = Announcement()
# Before the mails of a change are queued, the state being the new one already: each subscriber returns the files
# (name, content type and text) that the applicant's mail carries. The last is the mails that were taken back unsent.
files_for_applicant: Announcement[[Application, StateChange, datetime.datetime, list[Message]]] = (
    Announcement()
)
# Before submitting: each subscriber returns a list of sentences that say what is still missing.
missing_before_submission: Announcement[[Application]] = Announcement()
# The dates of the cohorts that an applicant can attend, as lines of text for an approver.
dates_wanted: Announcement[[Application]] = Announcement()
# Where an application stands on the waiting list: its position, or None.
waiting_position: Announcement[[Application]] = Announcement()
