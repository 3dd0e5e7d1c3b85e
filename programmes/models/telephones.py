"""The telephone of somebody's second step at sign-in, whose secret no table holds."""

from __future__ import annotations

import hashlib
import hmac

from django.conf import settings
from django_otp.plugins.otp_totp.models import TOTPDevice

# In hexadecimal, as `key` holds it.
SEED_LENGTH = 64
# What authenticator applications expect (RFC 4226, section 4: at least 16 bytes, and 20 are better).
_SECRET_BYTES = 20


class Telephone(TOTPDevice):  # type: ignore[misc]
    """A telephone with an authenticator application.

    ``key`` is a seed, from which the secret is made with the first of ``SECOND_STEP_KEYS``, or with ``made_with``.
    Who has the table alone has no secret. A telephone that was set up before seeds were kept has its secret there.
    """

    made_with: str = ""

    class Meta:
        proxy = True
        default_permissions = ()

    @property
    def bin_key(self) -> bytes:
        """The secret, as the telephone has it."""
        if len(self.key) != SEED_LENGTH:
            return bytes.fromhex(self.key)
        key = self.made_with or settings.SECOND_STEP_KEYS[0]
        made = hmac.new(key.encode(), f"telephone {self.key}".encode(), hashlib.sha256)
        return made.digest()[:_SECRET_BYTES]
