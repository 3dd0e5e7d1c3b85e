"""Who an application waits on and since when, as staff read it; no query where approvals are prefetched."""

from __future__ import annotations

import datetime
import functools
from dataclasses import dataclass

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from applications.models import Application, Decision, State
from programmes.domain.wording import join_words, plural

# On whom each state waits. Ends wait on nobody; who is asked to approve is read from the approvals.
_WAITS_ON = {
    State.DRAFT: "Applicant",
    State.RESERVE: "A free nomination",
    State.UNDER_REVIEW: "Academy",
    State.MORE_INFORMATION: "Applicant",
    State.SHORTLISTED: "Academy",
    State.WAITLISTED: "A free seat",
    State.OFFERED: "Applicant",
    State.CONFIRMED: "The training",
    State.ATTENDED: "Academy",
}
# Colours of the tag: on the academy's desk, with somebody else, well, ended.
_TONES = {
    State.UNDER_REVIEW: "ours",
    State.SHORTLISTED: "ours",
    State.ATTENDED: "ours",
    State.AWAITING_APPROVAL: "theirs",
    State.MORE_INFORMATION: "theirs",
    State.OFFERED: "theirs",
    State.RESERVE: "held",
    State.WAITLISTED: "held",
    State.CONFIRMED: "well",
    State.COMPLETED: "well",
    State.DRAFT: "draft",
}


@dataclass(frozen=True)
class Wait:
    """``who`` an application waits on (empty where on nobody), ``since`` when, and how many ``days`` that is."""

    who: str
    since: datetime.datetime
    days: int

    @property
    def for_days(self) -> str:
        """The days in words."""
        return "today" if self.days == 0 else plural(self.days, "day")


def wait_of(application: Application, now: datetime.datetime) -> Wait:
    """Who an application waits on at ``now``. Reads its approvals, prefetched on lists."""
    state = State(application.state)
    who, since = _WAITS_ON.get(state, ""), application.state_since
    if state == State.AWAITING_APPROVAL:
        pending = [one for one in application.approvals.all() if one.decision == Decision.PENDING]
        who = join_words(dict.fromkeys(one.get_approver_display() for one in pending))
        since = min((one.asked_at for one in pending if one.asked_at), default=since)
    days = timezone.localdate(now) - timezone.localdate(since)
    return Wait(who, since, days.days)


def state_tag(application: Application) -> SafeString:
    """The state as a tag: its colour repeats what its words say."""
    return _tag(State(application.state))


@functools.cache
def _tag(state: State) -> SafeString:
    return format_html('<span class="tag tag--{}">{}</span>', _TONES.get(state, "ended"), state.label)
