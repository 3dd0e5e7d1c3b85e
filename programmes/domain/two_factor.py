"""Two-factor sign-in: a code from an application on the telephone (TOTP), or one of ten recovery codes.

Built on django-otp, which refuses a code that was used and makes every wrong one wait longer than the last. Why so:
docs/decisions/0014-two-factor.md.
"""

from __future__ import annotations

import base64
import datetime
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django_otp.models import Device
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.util import random_hex

from programmes.domain.refused import Refused
from programmes.models import AccountChange, Telephone
from programmes.models.telephones import SEED_LENGTH

NUMBER_OF_CODES = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # without those that are read for one another
_FROM_THE_TELEPHONE = re.compile(r"[0-9]{6}")


class WrongCode(Refused):
    """The code is not one that opens the account now."""


@dataclass(frozen=True)
class Verified:
    """The device that a code was of; ``codes_left`` where it was a recovery code."""

    device: Device
    codes_left: int | None = None


def is_set_up(user: User) -> bool:
    """Whether somebody has a telephone that is confirmed."""
    return bool(Telephone.objects.filter(user=user, confirmed=True).exists())


def codes_left(user: User) -> int:
    """How many recovery codes somebody has not used."""
    return sum(device.token_set.count() for device in StaticDevice.objects.filter(user=user))


def new_seed() -> str:
    """What the secret of one telephone is made from, in hexadecimal; kept nowhere until a code of it was entered."""
    return str(random_hex(SEED_LENGTH // 2))


def shown_secret(seed: str) -> str:
    """The secret as people type it: base 32, in groups of four."""
    letters = base64.b32encode(Telephone(key=seed).bin_key).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def address_of(user: User, seed: str) -> str:
    """The ``otpauth://`` address that the QR code holds."""
    return str(Telephone(user=user, key=seed).config_url)


def set_up(user: User, *, seed: str, code: str, now: datetime.datetime) -> tuple[Device, list[str]]:
    """Confirm a telephone by a code of it; return its device, and new recovery codes to be shown once.

    A telephone that was there before is replaced, and so are its recovery codes. Raises `WrongCode`.
    """
    device = Telephone(user=user, name="Telephone", key=seed, confirmed=True)
    typed = _without_spaces(code)
    generator = _generator(device, now)
    if not _FROM_THE_TELEPHONE.fullmatch(typed) or not generator.verify(int(typed), device.tolerance):
        raise WrongCode(
            "This code does not fit. Check that your telephone’s clock is right, and enter the code it shows now."
        )
    # The same code does not open the account a second time.
    device.last_t = generator.t()
    with transaction.atomic():
        Telephone.objects.filter(user=user).delete()
        device.save()
        AccountChange.objects.create(user=user, kind=AccountChange.Kind.TWO_FACTOR_ON, by=user, at=now)
        return device, _new_codes(user)


def make_codes(user: User, *, now: datetime.datetime) -> list[str]:
    """Ten new recovery codes, to be shown once; those before them stop working."""
    with transaction.atomic():
        AccountChange.objects.create(user=user, kind=AccountChange.Kind.CODES_MADE, by=user, at=now)
        return _new_codes(user)


def verify(user: User, code: str, *, now: datetime.datetime) -> Verified:
    """Check a code from the telephone, or a recovery code, which is used up by it.

    Raises `WrongCode`, with how long to wait after several wrong ones.
    """
    typed = _without_spaces(code)
    recovery = not _FROM_THE_TELEPHONE.fullmatch(typed)
    with transaction.atomic():
        # Locked, so that two pages at once cannot use one code, or one try, twice.
        kind = StaticDevice if recovery else Telephone
        device = kind.objects.select_for_update().filter(user=user, confirmed=True).first()
        if device is not None and not recovery:
            device.made_with = _made_with(device, int(typed), now)
        right = device is not None and device.verify_token(_stored(device, typed) if recovery else typed)
        if right and recovery:
            AccountChange.objects.create(user=user, kind=AccountChange.Kind.CODE_USED, by=user, at=now)
    if device is None or not right:
        raise WrongCode(_why_not(device))
    return Verified(device, codes_left(user) if recovery else None)


def take_off(user: User) -> bool:
    """Remove somebody's telephone and recovery codes; return whether there was anything to remove."""
    removed = [kind.objects.filter(user=user).delete()[0] for kind in (Telephone, StaticDevice)]
    return any(removed)


def _generator(device: Telephone, now: datetime.datetime) -> TOTP:
    generator = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    generator.time = now.timestamp()
    return generator


def _made_with(device: Telephone, code: int, now: datetime.datetime) -> str:
    """The key with which the secret was made that a code is of; the newest where it is of none.

    Nothing is counted here: whether the code opens anything, django-otp says.
    """
    for key in settings.SECOND_STEP_KEYS:
        device.made_with = key
        if _generator(device, now).verify(code, device.tolerance):
            return str(key)
    return str(settings.SECOND_STEP_KEYS[0])


def _why_not(device: Device | None) -> str:
    again = "Each code works once: wait for the next one, or use a recovery code."
    if device is None:
        return f"This code does not fit. {again}"
    _, details = device.verify_is_allowed()
    if details and details["failure_count"] > 3:
        wait = max(1, round((details["locked_until"] - timezone.now()).total_seconds()))
        length = f"{wait} seconds" if wait < 90 else f"{round(wait / 60)} minutes"
        return (
            f"There were several wrong codes. Wait {length}, then enter the code that your telephone shows."
        )
    return f"This code does not fit, or was used before. {again}"


def _without_spaces(code: str) -> str:
    return re.sub(r"[\s-]", "", code).lower()


def _new_codes(user: User) -> list[str]:
    StaticDevice.objects.filter(user=user).delete()
    device = StaticDevice.objects.create(user=user, name="Recovery codes", confirmed=True)
    codes = ["".join(secrets.choice(_LETTERS) for _ in range(10)) for _ in range(NUMBER_OF_CODES)]
    for code in codes:
        device.token_set.create(token=_hashed(code, settings.SECOND_STEP_KEYS[0]))
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def _hashed(code: str, key: str) -> str:
    """What the table keeps of a recovery code: nothing that signs anybody in."""
    digest = hmac.new(key.encode(), f"recovery code {code}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:16]


def _stored(device: StaticDevice, typed: str) -> str:
    """What the table holds of a code, whichever key it was made with."""
    ways = [_hashed(typed, key) for key in settings.SECOND_STEP_KEYS]
    found = device.token_set.filter(token__in=ways).values_list("token", flat=True).first()
    return str(found or ways[0])
