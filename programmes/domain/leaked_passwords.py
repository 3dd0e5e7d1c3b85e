"""Passwords that have leaked elsewhere, which is what attackers try first.

Asked of a service of the kind of Have I Been Pwned, where ``LEAKED_PASSWORDS_URL`` names one. It learns the first five
of the forty letters of the password's SHA-1, which a thousand other passwords share, and answers with all of these.
"""

from __future__ import annotations

import hashlib
import http.client
import logging
import urllib.request

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.views.decorators.debug import sensitive_variables

logger = logging.getLogger(__name__)

_TOLD = 5
# Whoever chooses a password waits for the answer.
_PATIENCE = 3.0
# A thousand lines, and as many that are there to hide how many there are.
_MOST_BYTES = 500_000


@sensitive_variables()
def has_leaked(password: str) -> bool | None:
    """Whether a password is among those that have leaked; None where the service does not say."""
    digest = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper()
    request = urllib.request.Request(  # noqa: S310  # the settings take https alone
        settings.LEAKED_PASSWORDS_URL + digest[:_TOLD],
        headers={"Add-Padding": "true", "User-Agent": "Cascade"},
    )
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE) as answer:  # noqa: S310
            lines = answer.read(_MOST_BYTES).decode("ascii").split()
        counts = dict(line.split(":") for line in lines)
        return int(counts.get(digest[_TOLD:], "0").replace(",", "")) > 0
    except (OSError, ValueError, http.client.HTTPException) as error:
        # Not with what was asked: its five letters are of a password.
        logger.error("The list of leaked passwords does not answer: %s", type(error).__name__)
        return None


class LeakedPasswordValidator:
    """Refuses a new password that has leaked. Where the service does not say, the others' checks have to do."""

    @sensitive_variables()
    def validate(self, password: str, user: User | None = None) -> None:
        """Raise ValidationError for a password that has leaked."""
        if has_leaked(password):
            raise ValidationError(
                "This password has leaked from another service, so attackers try it: choose another one.",
                code="password_leaked",
            )

    def get_help_text(self) -> str:
        """What is said beside a field in Django's own pages."""
        return "Your password can’t be one that has leaked from another service."
