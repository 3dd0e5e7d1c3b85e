"""What a privacy notice says from data: how long a programme keeps what (UK GDPR, articles 13 and 14)."""

from __future__ import annotations

from programmes.domain.wording import plural
from programmes.models import Programme


def how_long(programme: Programme) -> list[tuple[str, str]]:
    """How long a programme keeps what it holds on people: in words, what and how long."""
    return [
        (
            "An application that you never submitted",
            f"{plural(programme.keep_drafts_days, 'day')} after you last changed it",
        ),
        (
            "An application that you withdrew",
            f"{plural(programme.keep_withdrawn_months, 'month')} after that",
        ),
        (
            "An application that led to no place",
            f"{plural(programme.keep_unplaced_months, 'month')} after it ended",
        ),
        (
            "An application that led to the training",
            f"{plural(programme.keep_trained_months, 'month')} after the training, and as long as you are in the "
            "register of facilitators",
        ),
        (
            "Your entry in the register of facilitators",
            f"{plural(programme.keep_register_months, 'month')} after you leave, or after it lapses",
        ),
        (
            "Your name and address, if an ICS named you and you never applied",
            f"{plural(programme.keep_nominees_months, 'month')} after you were named",
        ),
        (
            "Your name and address, if you were asked to approve an application",
            "as long as the application",
        ),
        (
            "A booking of a circle",
            f"{plural(programme.keep_bookings_days, 'day')} after the circle",
        ),
        (
            "The text of emails that we sent you",
            f"{plural(programme.keep_mails_months, 'month')} after they were sent",
        ),
    ]
