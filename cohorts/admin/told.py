"""What staff read when a change of theirs is told to the people with a seat."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from cohorts.domain.session_changes import Told
from programmes.domain.wording import plural


def say_who_was_told(model_admin: Any, request: HttpRequest, told: Told) -> None:
    """Say how many people are told of a change, and until when it can still be put right."""
    people = sum(told.people.values())
    if not people:
        return
    are = "is" if people == 1 else "are"
    who = f"{plural(people, 'person', 'people')} with a seat {are} told of the change by mail"
    minutes = settings.DECISION_HOLD_MINUTES
    held = f", in {plural(minutes, 'minute')}: what is changed until then replaces it" if minutes else ""
    model_admin.message_user(request, f"{who}{held}.")
