"""Codes of a telephone and recovery codes: each once, wrong ones wait, nothing in the table signs anybody in."""

import datetime
import re
from base64 import b32decode

import pytest
import time_machine
from django.utils import timezone
from django_otp.oath import totp
from django_otp.plugins.otp_static.models import StaticToken

from programmes.domain import two_factor
from programmes.models import AccountChange, Telephone
from tests import factories
from tests.factories import NOW
from tests.support.telephone import SEED, code

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def set_up(user):
    return two_factor.set_up(user, seed=SEED, code=code(), now=NOW)


def test_a_telephone_is_set_up_by_its_first_code_and_gives_ten_recovery_codes():
    user = factories.UserFactory()

    device, codes = set_up(user)

    assert two_factor.is_set_up(user) is True
    assert device.user == user
    assert [bool(re.fullmatch(r"[a-z2-9]{5}-[a-z2-9]{5}", one)) for one in codes] == [True] * 10
    assert len(set(codes)) == 10
    assert two_factor.codes_left(user) == 10
    assert [(change.kind, change.by) for change in user.account_changes.all()] == [("two_factor_on", user)]


@pytest.mark.parametrize("typed", ["000000", "12345", "abcdef", "", "1234567", "１２３４５６"])
def test_a_telephone_with_a_wrong_first_code_is_not_set_up(typed):
    user = factories.UserFactory()

    with pytest.raises(two_factor.WrongCode) as wrong:
        two_factor.set_up(user, seed=SEED, code=typed, now=NOW)

    assert wrong.value.sentence.startswith("This code does not fit.")
    assert two_factor.is_set_up(user) is False
    assert Telephone.objects.count() == 0


def test_the_secret_of_the_picture_and_of_the_text_is_the_same():
    user = factories.UserFactory(username="casey@example.org")
    seed = two_factor.new_seed()

    shown = two_factor.shown_secret(seed)
    address = two_factor.address_of(user, seed)

    assert len(b32decode(shown.replace(" ", ""))) == 20
    assert f"secret={shown.replace(' ', '')}" in address
    assert address.startswith("otpauth://totp/Cascade%3Acasey%40example.org?")


def test_the_code_of_setting_up_does_not_open_the_account_again(clock):
    user = factories.UserFactory()
    set_up(user)

    with pytest.raises(two_factor.WrongCode):
        two_factor.verify(user, code(), now=NOW)
    clock.shift(30)
    verified = two_factor.verify(user, code(), now=NOW)

    assert verified.device.user == user
    assert verified.codes_left is None


def test_a_code_opens_the_account_once(clock):
    user = factories.UserFactory()
    set_up(user)
    clock.shift(30)
    two_factor.verify(user, f" {code()[:3]} {code()[3:]}", now=NOW)

    with pytest.raises(two_factor.WrongCode) as wrong:
        two_factor.verify(user, code(), now=NOW)

    assert wrong.value.sentence == (
        "This code does not fit, or was used before. Each code works once: wait for the next one, or use a "
        "recovery code."
    )


def test_many_wrong_codes_make_even_the_right_one_wait(clock):
    user = factories.UserFactory()
    set_up(user)
    for _ in range(8):
        with pytest.raises(two_factor.WrongCode):
            two_factor.verify(user, "000000", now=NOW)
        clock.shift(130)

    for _ in range(2):
        with pytest.raises(two_factor.WrongCode) as wrong:
            two_factor.verify(user, "000000", now=NOW)
    with pytest.raises(two_factor.WrongCode) as right_too_soon:
        two_factor.verify(user, code(), now=NOW)
    clock.shift(datetime.timedelta(minutes=9))
    verified = two_factor.verify(user, code(), now=NOW)

    assert wrong.value.sentence == (
        "There were several wrong codes. Wait 4 minutes, then enter the code that your telephone shows."
    )
    assert right_too_soon.value.sentence == wrong.value.sentence
    assert verified.device.user == user


def test_a_few_wrong_codes_wait_for_seconds(clock):
    user = factories.UserFactory()
    set_up(user)
    for _ in range(4):
        with pytest.raises(two_factor.WrongCode) as wrong:
            two_factor.verify(user, "000000", now=NOW)
        clock.shift(5)

    assert wrong.value.sentence.startswith("There were several wrong codes. Wait 8 seconds, then")


def test_a_recovery_code_works_once_however_it_is_typed():
    user = factories.UserFactory()
    _, codes = set_up(user)

    verified = two_factor.verify(user, codes[0].upper().replace("-", " "), now=NOW)
    with pytest.raises(two_factor.WrongCode):
        two_factor.verify(user, codes[0], now=NOW)

    assert verified.codes_left == 9
    assert user.account_changes.filter(kind=AccountChange.Kind.CODE_USED).count() == 1


def test_the_table_holds_no_recovery_code():
    user = factories.UserFactory()

    _, codes = set_up(user)

    kept = set(StaticToken.objects.values_list("token", flat=True))
    assert kept & {one.replace("-", "") for one in codes} == set()
    assert {len(one) for one in kept} == {16}


def test_the_table_holds_no_secret_of_a_telephone(settings):
    """Who has stolen it, and makes codes of what stands there, with a key of their own or with none."""
    user = factories.UserFactory()
    set_up(user)
    right = code()

    kept = Telephone.objects.get().key
    settings.SECOND_STEP_KEYS = ["what a thief tries"]

    assert kept == SEED
    assert right not in {code(), f"{totp(bytes.fromhex(kept)):06}", f"{totp(bytes.fromhex(kept)[:20]):06}"}


def test_telephones_and_recovery_codes_outlive_a_change_of_the_key(settings, clock):
    user = factories.UserFactory()
    _, codes = set_up(user)
    clock.shift(30)
    shown = code()

    settings.SECOND_STEP_KEYS = ["a newer key", *settings.SECOND_STEP_KEYS]
    by_recovery_code = two_factor.verify(user, codes[3], now=NOW)
    by_telephone = two_factor.verify(user, shown, now=timezone.now())

    assert by_recovery_code.codes_left == 9
    assert by_telephone.device.user == user


def test_without_the_key_they_were_made_with_they_open_nothing(settings, clock):
    user = factories.UserFactory()
    _, codes = set_up(user)
    clock.shift(30)
    shown = code()

    settings.SECOND_STEP_KEYS = ["a newer key"]

    for typed in (shown, codes[3]):
        with pytest.raises(two_factor.WrongCode):
            two_factor.verify(user, typed, now=timezone.now())


def test_what_is_set_up_after_a_change_of_the_key_needs_the_new_one_alone(settings, clock):
    user = factories.UserFactory()
    settings.SECOND_STEP_KEYS = ["a newer key", *settings.SECOND_STEP_KEYS]
    _, codes = set_up(user)
    clock.shift(30)

    settings.SECOND_STEP_KEYS = ["a newer key"]

    assert two_factor.verify(user, code(), now=timezone.now()).device.user == user
    assert two_factor.verify(user, codes[0], now=timezone.now()).codes_left == 9


def test_a_telephone_that_was_set_up_before_seeds_were_kept_opens_the_account(clock):
    user = factories.UserFactory()
    secret = "3132333435363738393031323334353637383930"
    Telephone.objects.create(user=user, name="Telephone", key=secret, confirmed=True)

    verified = two_factor.verify(user, f"{totp(bytes.fromhex(secret)):06}", now=NOW)

    assert verified.device.user == user


def test_new_recovery_codes_end_the_old_ones():
    user = factories.UserFactory()
    _, old = set_up(user)

    new = two_factor.make_codes(user, now=NOW)
    with pytest.raises(two_factor.WrongCode):
        two_factor.verify(user, old[0], now=NOW)

    assert two_factor.codes_left(user) == 10
    assert set(new) & set(old) == set()


def test_somebody_elses_codes_open_nothing(clock):
    user, another = factories.UserFactory(), factories.UserFactory()
    _, codes = set_up(user)
    clock.shift(30)

    for typed in (code(), codes[0]):
        with pytest.raises(two_factor.WrongCode) as wrong:
            two_factor.verify(another, typed, now=NOW)

    assert wrong.value.sentence.startswith("This code does not fit. Each code works once")
    assert two_factor.codes_left(user) == 10


def test_another_telephone_replaces_the_one_before():
    user = factories.UserFactory()
    set_up(user)
    seed = two_factor.new_seed()

    two_factor.set_up(user, seed=seed, code=code(seed), now=NOW)

    assert [device.key for device in Telephone.objects.all()] == [seed]
    assert two_factor.codes_left(user) == 10


def test_taking_off_says_whether_there_was_anything():
    user = factories.UserFactory()
    set_up(user)

    taken = [two_factor.take_off(user), two_factor.take_off(user)]

    assert taken == [True, False]
    assert (two_factor.is_set_up(user), two_factor.codes_left(user)) == (False, 0)


def test_a_code_is_compared_with_the_moment_that_is_given(clock):
    user = factories.UserFactory()
    typed = code()
    clock.shift(datetime.timedelta(hours=1))

    device, _ = two_factor.set_up(user, seed=SEED, code=typed, now=NOW)

    assert device.user == user
