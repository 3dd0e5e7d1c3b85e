"""Who is signed in: the account, the telephone of its second step, and its roles, read at once with every page."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.db.models import F
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.middleware import OTPMiddleware

from programmes.domain import access
from programmes.models import Telephone

# What is read of each membership, and of each telephone. What its secret is made from stays where it is.
_MEMBERSHIP = {
    "in_academy": F("academy_memberships__academy"),
    "in_role": F("academy_memberships__role"),
    "in_programme": F("academy_memberships__programmes"),
}
_TELEPHONE = {
    "telephone": F("totpdevice__pk"),
    "telephone_of": F("totpdevice__user_id"),
    "telephone_confirmed": F("totpdevice__confirmed"),
}


@functools.cache
def _question() -> str:
    """An account with each of its memberships and telephones, by its key: made once, and asked with every page."""
    return str(User.objects.filter(pk=0).annotate(**_MEMBERSHIP, **_TELEPHONE).query.sql_with_params()[0])


class SignedInBackend(ModelBackend):
    """Django's own, which lets somebody in by their password; with the account come its roles and telephones."""

    def get_user(self, user_id: int) -> User | None:
        """The account of a session, as it is now; None where it is gone or switched off."""
        rows = list(User.objects.raw(_question(), [user_id]))
        if not rows or not self.user_can_authenticate(rows[0]):
            return None
        user = rows[0]
        read = [row.__dict__ for row in rows]
        memberships = {tuple(row[name] for name in _MEMBERSHIP) for row in read}
        telephones = {tuple(row[name] for name in _TELEPHONE) for row in read}
        given: Any = user
        given.roles_held = access.roles_from(user, (one for one in memberships if one[0] is not None))
        given.telephones = [
            Telephone.from_db(user._state.db, ["id", "user_id", "confirmed"], one)  # noqa: SLF001
            for one in telephones
            if one[0] is not None
        ]
        return user


class TelephoneMiddleware(OTPMiddleware):
    """Takes the telephone with which somebody signed in from what was read with their account.

    Whether it is theirs, and confirmed, `OTPMiddleware` asks as of any other device.
    """

    def _verify_user_sync(self, request: Any, user: Any) -> Any:
        self._init_user_fields(user)
        if user.is_authenticated:
            signed_in_by = request.session.get(DEVICE_ID_SESSION_KEY)
            device = next((one for one in user.telephones if one.persistent_id == signed_in_by), None)
            if device is None and signed_in_by:
                # A recovery code, or a telephone that was taken off.
                device = self._device_from_persistent_id(signed_in_by)
            user.otp_device = self._finalize_device(request, user, device)
        return user
