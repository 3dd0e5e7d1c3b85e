"""Where somebody is signed in, how that is ended, and who resets whose two-factor sign-in."""

import datetime

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from programmes.domain import access, accounts, outbox, two_factor
from programmes.domain.refused import Refused
from programmes.models import AccountChange, Role, SignIn
from tests import factories
from tests.factories import NOW
from tests.support.telephone import code, set_up

pytestmark = pytest.mark.django_db


def browser_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def member():
    return factories.AcademyMemberFactory(role=Role.ADMINISTRATOR)


@pytest.fixture
def colleague(member):
    return factories.AcademyMemberFactory(academy=member.academy, role=Role.REVIEWER).user


def test_signing_in_and_out_is_noted():
    user = factories.UserFactory()
    client = browser_of(user)

    during = user.sign_ins.get()
    key = client.session.session_key
    client.logout()

    after = user.sign_ins.get()
    assert (during.session_key, during.ended_at) == (key, None)
    assert after.ended_at is not None


def test_sign_ins_are_kept_for_ninety_days():
    user = factories.UserFactory()
    for days in (91, 89):
        accounts.signed_in(
            user, session_key="x" * 32, browser="Firefox", now=NOW - datetime.timedelta(days=days)
        )

    accounts.signed_in(user, session_key="y" * 32, browser="z" * 300, now=NOW)

    assert [(row.signed_in_at, len(row.browser)) for row in user.sign_ins.all()] == [
        (NOW, 200),
        (NOW - datetime.timedelta(days=89), 7),
    ]


def test_signing_out_everywhere_ends_every_session_but_this_one():
    user = factories.UserFactory()
    here, _there = browser_of(user), browser_of(user)
    key = here.session.session_key

    ended = accounts.sign_out_everywhere(user, by=user, now=NOW, but_here=key)

    assert ended == 1
    assert list(Session.objects.values_list("session_key", flat=True)) == [key]
    assert SignIn.objects.filter(ended_at=None).get().session_key == key
    assert user.account_changes.get().kind == AccountChange.Kind.SIGNED_OUT


def test_an_administrator_signs_a_colleague_out(member, colleague):
    browser_of(colleague)

    ended = accounts.sign_out_everywhere(colleague, by=member.user, reason="Has left.", now=NOW)

    change = colleague.account_changes.get()
    assert ended == 1
    assert Session.objects.count() == 0
    assert (change.by, change.reason) == (member.user, "Has left.")


def test_nobody_else_signs_a_colleague_out(colleague):
    outsider = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR).user
    browser_of(colleague)

    with pytest.raises(access.NotAllowed) as refused:
        accounts.sign_out_everywhere(colleague, by=outsider, now=NOW)

    assert refused.value.sentence == f"Your role does not include the account of {colleague.get_full_name()}."
    assert Session.objects.count() == 1


def test_a_reset_takes_the_telephone_off_and_tells_the_colleague(member, colleague, mailoutbox):
    set_up(colleague)
    browser_of(colleague)

    accounts.reset_two_factor(
        colleague, by=member.user, academy=member.academy, reason=" Lost on the train. ", now=NOW
    )
    outbox.send_due(NOW)

    change = colleague.account_changes.filter(kind=AccountChange.Kind.TWO_FACTOR_RESET).get()
    assert two_factor.is_set_up(colleague) is False
    assert Session.objects.count() == 0
    assert (change.by, change.reason) == (member.user, "Lost on the train.")
    assert [mail.subject for mail in mailoutbox] == ["Your two-factor sign-in was reset"]
    assert f"{member.user.get_full_name()} of {member.academy} has reset" in mailoutbox[0].body
    assert "Lost on the train." in mailoutbox[0].body


@pytest.mark.parametrize(
    ("works", "whom"), [(True, "{0.contact_email}"), (False, "tell whoever runs the portal")]
)
def test_a_changed_password_is_told_to_its_owner(member, mailoutbox, works, whom):
    user = member.user if works else factories.UserFactory(is_superuser=True)

    accounts.password_changed(user, session_before="before", session_key="after", now=NOW)
    outbox.send_due(NOW)

    (mail,) = mailoutbox
    assert (mail.subject, mail.to) == (
        "Your password was changed",
        [f"{user.get_full_name()} <{user.email}>"],
    )
    assert whom.format(member.academy) in mail.body


def test_a_first_telephone_is_told_to_its_owner(colleague, mailoutbox):
    seed, now = two_factor.new_seed(), timezone.now()

    device, codes = accounts.set_up_telephone(colleague, seed=seed, code=code(seed), now=now)
    outbox.send_due(now)

    assert (device.key, len(codes)) == (seed, 10)
    (mail,) = mailoutbox
    assert mail.subject == "How you sign in was changed"
    assert "a telephone was set up for your Cascade account" in mail.body


def test_a_wrong_first_code_is_told_to_nobody(colleague, mailoutbox):
    with pytest.raises(two_factor.WrongCode):
        accounts.set_up_telephone(colleague, seed=two_factor.new_seed(), code="no", now=NOW)
    outbox.send_due(NOW)

    assert (mailoutbox, two_factor.is_set_up(colleague)) == ([], False)


def test_a_colleague_without_an_address_is_reset_without_a_mail(member, colleague, mailoutbox):
    set_up(colleague)
    colleague.email = ""

    accounts.reset_two_factor(colleague, by=member.user, academy=member.academy, reason="Lost.", now=NOW)
    outbox.send_due(NOW)

    assert two_factor.is_set_up(colleague) is False
    assert mailoutbox == []


def test_a_reset_needs_a_reason_and_something_to_reset(member, colleague):
    given = {"by": member.user, "academy": member.academy, "now": NOW}

    with pytest.raises(Refused) as nothing:
        accounts.reset_two_factor(colleague, reason="Lost.", **given)
    with pytest.raises(Refused) as reason:
        accounts.reset_two_factor(colleague, reason=" ", **given)

    assert nothing.value.sentence == f"{colleague.get_full_name()} has no two-factor sign-in to reset."
    assert reason.value.sentence == "Give a reason: it is kept with your name."
    assert colleague.account_changes.count() == 0


def test_who_helps_whom(member, colleague):
    superuser, second = factories.UserFactory(is_superuser=True), factories.UserFactory(is_superuser=True)
    outsider = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR).user
    factories.AcademyMemberFactory(academy=member.academy, user=second, role=Role.VIEWER)
    switched_off = factories.UserFactory(is_superuser=True, is_active=False)

    found = {
        "administrator, colleague": access.may_help(member.user, colleague),
        "administrator, self": access.may_help(member.user, member.user),
        "colleague, administrator": access.may_help(colleague, member.user),
        "outsider, colleague": access.may_help(outsider, colleague),
        "superuser, colleague": access.may_help(superuser, colleague),
        "administrator, superuser": access.may_help(member.user, second),
        "superuser, superuser": access.may_help(superuser, second),
        "switched off, colleague": access.may_help(switched_off, colleague),
    }

    assert found == {
        "administrator, colleague": True,
        "administrator, self": False,
        "colleague, administrator": False,
        "outsider, colleague": False,
        "superuser, colleague": True,
        "administrator, superuser": False,
        "superuser, superuser": True,
        "switched off, colleague": False,
    }


def test_nobody_resets_their_own(member):
    set_up(member.user)

    with pytest.raises(access.NotAllowed) as refused:
        accounts.reset_two_factor(
            member.user, by=member.user, academy=member.academy, reason="Lost.", now=NOW
        )

    assert refused.value.sentence.endswith("Nobody resets their own.")
    assert two_factor.is_set_up(member.user) is True


def test_the_last_administrator_stays(member, colleague):
    reviewer = colleague.academy_memberships.get()

    with pytest.raises(Refused) as refused:
        accounts.require_another_administrator(member)
    accounts.require_another_administrator(reviewer)
    factories.AcademyMemberFactory(academy=member.academy, role=Role.ADMINISTRATOR)
    accounts.require_another_administrator(member)

    assert refused.value.sentence == (
        f"{member.user.get_full_name()} is the only administrator of {member.academy}. "
        "Make somebody else administrator first."
    )


def test_an_account_without_a_name_is_called_by_its_username():
    user = factories.UserFactory(username="casey", first_name="", last_name="")

    assert accounts.named(user) == "casey"


def test_a_reason_is_kept_whole_or_refused(member, colleague):
    browser_of(colleague)

    accounts.sign_out_everywhere(colleague, by=member.user, reason="a" * 500, now=NOW)
    set_up(colleague)
    with pytest.raises(Refused) as refused:
        accounts.reset_two_factor(
            colleague, by=member.user, academy=member.academy, reason="a" * 501, now=NOW
        )

    kept = colleague.account_changes.get(kind=AccountChange.Kind.SIGNED_OUT)
    assert kept.reason == "a" * 500
    assert refused.value.sentence == (
        "Give the reason in at most 500 characters: it is kept with the account."
    )
    assert two_factor.is_set_up(colleague) is True


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_staff": False}])
def test_an_administrator_who_cannot_sign_in_is_no_other_administrator(member, values):
    factories.AcademyMemberFactory(
        academy=member.academy, role=Role.ADMINISTRATOR, user=factories.UserFactory(**values)
    )

    with pytest.raises(Refused) as refused:
        accounts.require_another_administrator(member)

    assert "is the only administrator of" in refused.value.sentence


def test_an_account_is_not_switched_off_while_an_academy_has_no_other_administrator(member):
    other = factories.AcademyMemberFactory(user=member.user, role=Role.ADMINISTRATOR)
    factories.AcademyMemberFactory(academy=member.academy, role=Role.ADMINISTRATOR)

    with pytest.raises(Refused) as refused:
        accounts.require_no_academy_left_alone(member.user)
    factories.AcademyMemberFactory(academy=other.academy, role=Role.ADMINISTRATOR)
    accounts.require_no_academy_left_alone(member.user)

    assert refused.value.sentence == (
        f"{member.user.get_full_name()} is the only administrator of {other.academy}. "
        "Make somebody else administrator first."
    )
