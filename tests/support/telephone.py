"""A telephone for tests: set up for somebody, and the code that it shows now."""

from base64 import b32decode
from typing import Any

from django.utils import timezone
from django_otp.oath import totp

from programmes.domain import two_factor

SEED = "31" * 32


def code_of(shown: str, steps: int = 0) -> str:
    """What a telephone shows that was told the key as the page shows it: now, or some half minutes from now."""
    return f"{totp(b32decode(shown.replace(' ', '')), drift=steps):06}"


def code(seed: str = SEED, steps: int = 0) -> str:
    """What the telephone shows whose page was made from a seed."""
    return code_of(two_factor.shown_secret(seed), steps)


def set_up(user: Any) -> list[str]:
    """Set up somebody's telephone; return the recovery codes."""
    _, codes = two_factor.set_up(user, seed=SEED, code=code(), now=timezone.now())
    return codes
