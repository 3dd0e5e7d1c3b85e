"""A telephone for tests: set up for somebody, and the code that it shows now."""

from typing import Any

from django.utils import timezone
from django_otp.oath import totp

from programmes.domain import two_factor

SECRET = "3132333435363738393031323334353637383930"


def code(secret: str = SECRET, steps: int = 0) -> str:
    """What the telephone shows now, or some half minutes from now."""
    return f"{totp(bytes.fromhex(secret), drift=steps):06}"


def set_up(user: Any) -> list[str]:
    """Set up somebody's telephone; return the recovery codes."""
    _, codes = two_factor.set_up(user, secret=SECRET, code=code(), now=timezone.now())
    return codes
