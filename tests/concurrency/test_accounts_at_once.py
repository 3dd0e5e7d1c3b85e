"""Invitations taken up, and administrators removed, by two people at one moment."""

from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from programmes.domain import invitations
from programmes.domain.refused import Refused
from programmes.models import Academy, AcademyMember, Role
from tests import factories, invariants
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def academy() -> Academy:
    return factories.AcademyFactory()


def test_an_invitation_taken_up_twice_at_once_makes_one_account(academy):
    invitation = factories.InvitationFactory(academy=academy)
    take_up = partial(
        invitations.make_account, invitation, name="Casey Jones", password="long-enough-password", now=NOW
    )

    outcomes = at_once([take_up] * 4)

    (member,) = of_kind(outcomes, AcademyMember)
    refusals = of_kind(outcomes, invitations.NotOpen)
    assert [error.sentence for error in refusals] == ["This invitation has been taken up."] * 3
    assert list(invitations.accounts_at(invitation.address)) == [member.user]
    assert list(academy.members.filter(user=member.user)) == [member]
    assert invariants.broken() == []


def test_the_invitations_of_two_academies_taken_up_at_once_make_one_account(academy):
    address = "casey@example.org"
    invited = [
        factories.InvitationFactory(academy=where, address=address)
        for where in (academy, factories.AcademyFactory())
    ]

    outcomes = at_once(
        [
            partial(invitations.make_account, one, name="Casey", password="long-enough-password", now=NOW)
            for one in invited
        ]
    )

    (member,) = of_kind(outcomes, AcademyMember)
    (refused,) = of_kind(outcomes, Refused)
    assert refused.sentence == (
        "This address has an account by now. Open the link again, and sign in with it."
    )
    assert list(User.objects.filter(email=address)) == [member.user]
    assert AcademyMember.objects.filter(user=member.user).count() == 1
    assert invariants.broken() == []


def test_an_invitation_agreed_to_twice_at_once_makes_one_member(academy):
    user = factories.UserFactory(is_staff=True)
    invitation = factories.InvitationFactory(academy=academy, address=user.email)

    outcomes = at_once([partial(invitations.join, invitation, user=user, now=NOW)] * 4)

    (member,) = of_kind(outcomes, AcademyMember)
    refusals = of_kind(outcomes, invitations.NotOpen)
    assert [error.sentence for error in refusals] == ["This invitation has been taken up."] * 3
    assert list(academy.members.filter(user=user)) == [member]
    assert invariants.broken() == []


@pytest.mark.parametrize(
    ("step", "sent"),
    [("delete", {"post": "yes"}), ("change", {"role": Role.REVIEWER.value})],
    ids=["removed", "demoted"],
)
def test_of_two_administrators_who_end_each_others_role_at_once_one_stays(academy, step, sent):
    members = factories.AcademyMemberFactory.create_batch(2, academy=academy, role=Role.ADMINISTRATOR)

    def end_the_role_of(member: AcademyMember, by: AcademyMember) -> Any:
        client = Client()
        client.force_login(by.user)
        address = reverse(f"admin:programmes_academymember_{step}", args=[member.pk])
        return partial(client.post, address, sent)

    first, second = members
    outcomes = at_once([end_the_role_of(first, second), end_the_role_of(second, first)])

    (stays,) = academy.members.filter(role=Role.ADMINISTRATOR)
    (ended,) = [member for member in members if member != stays]
    assert [outcome.status_code for outcome in outcomes if outcome.status_code >= 500] == []
    assert AcademyMember.objects.filter(pk=ended.pk).exists() == (step == "change")
    assert invariants.broken() == []
