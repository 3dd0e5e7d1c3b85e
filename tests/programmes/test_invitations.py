"""Inviting a colleague: who may, whom, once; the link; what taking it up makes."""

import datetime

import pytest
from django.contrib.auth import get_user_model
from django.db import IntegrityError

from programmes.domain import access, invitations, links, outbox
from programmes.domain.refused import Refused
from programmes.models import AcademyMember, Invitation, Link, Message, Role
from tests import factories
from tests.factories import NOW

pytestmark = pytest.mark.django_db
PASSWORD = "three random words here"
LATER = NOW + datetime.timedelta(days=1)


@pytest.fixture
def member():
    return factories.AcademyMemberFactory(role=Role.ADMINISTRATOR)


def invite(member, **values):
    given = {"name": "Casey Colleague", "address": "Casey@Example.org", "role": Role.REVIEWER}
    return invitations.invite(academy=member.academy, by=member.user, now=NOW, **given | values)


def link_of(invitation):
    return Link.objects.filter(opens=Link.Opens.INVITATION, object_id=invitation.pk).latest("pk")


def test_an_invitation_is_mailed_with_a_link_for_seven_days(member, mailoutbox):
    programme = factories.ProgrammeFactory(academy=member.academy, title="Circles")

    invitation = invite(member, programmes=[programme])
    outbox.send_due(NOW)

    link = link_of(invitation)
    mail = mailoutbox[0]
    assert (invitation.address, invitation.expires_at) == (
        "casey@example.org",
        NOW + datetime.timedelta(days=7),
    )
    assert (link.sent_to, link.expires_at) == ("casey@example.org", invitation.expires_at)
    assert mail.subject == f"Your account for {member.academy}"
    assert mail.to == ["Casey Colleague <casey@example.org>"]
    assert links.address_of(link) in mail.body
    assert "Reviewer: decides on applications, for Circles" in mail.body
    assert f"{member.user.get_full_name()} invites you to work for {member.academy}" in mail.body


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.VIEWER])
def test_only_an_administrator_invites(member, role):
    colleague = factories.AcademyMemberFactory(academy=member.academy, role=role)

    with pytest.raises(access.NotAllowed) as refused:
        invite(colleague)

    assert refused.value.sentence == f"Only an administrator of {member.academy} can invite colleagues."
    assert Invitation.objects.count() == 0


def test_who_works_there_or_is_invited_already_is_not_invited_again(member):
    invite(member)

    with pytest.raises(Refused) as invited:
        invite(member, address="CASEY@example.org")
    with pytest.raises(Refused) as works_there:
        invite(member, address=member.user.email)

    assert invited.value.sentence == (
        "casey@example.org has been invited already. Send that invitation again instead."
    )
    assert works_there.value.sentence == (
        f"{member.user.email} works at {member.academy} already. Change their role instead."
    )
    assert Invitation.objects.count() == 1


def test_two_open_invitations_of_one_person_collide_in_the_database(member):
    invitation = invite(member)

    with pytest.raises(IntegrityError):
        factories.InvitationFactory(academy=member.academy, address=invitation.address.upper())


def test_programmes_of_another_academy_or_for_an_administrator_are_refused(member):
    own = factories.ProgrammeFactory(academy=member.academy)

    with pytest.raises(Refused) as another:
        invite(member, programmes=[factories.ProgrammeFactory()])
    with pytest.raises(Refused) as limited:
        invite(member, programmes=[own], role=Role.ADMINISTRATOR)

    assert another.value.sentence == f"Choose only programmes of {member.academy}."
    assert limited.value.sentence == (
        "An administrator has all programmes: choose another role, or no programme."
    )


def test_taking_it_up_makes_an_account_with_the_role(member):
    programme = factories.ProgrammeFactory(academy=member.academy)
    invitation = invite(member, programmes=[programme])

    made = invitations.make_account(invitation, name=" Casey  van Colleague ", password=PASSWORD, now=LATER)

    user = get_user_model().objects.get(username="casey@example.org")
    invitation.refresh_from_db()
    history = made.history.earliest()
    assert (made.academy, made.user, made.role) == (member.academy, user, Role.REVIEWER)
    assert list(made.programmes.all()) == [programme]
    assert (user.first_name, user.last_name, user.email) == ("Casey van", "Colleague", "casey@example.org")
    assert (user.check_password(PASSWORD), user.is_staff, user.is_superuser) == (True, True, False)
    assert (invitation.accepted_at, invitation.accepted_by) == (LATER, user)
    assert history.history_change_reason == f"taking up the invitation of {member.user.get_full_name()}"


def test_it_is_taken_up_once(member):
    invitation = invite(member)
    invitations.make_account(invitation, name="Casey", password=PASSWORD, now=LATER)

    with pytest.raises(invitations.NotOpen) as refused:
        invitations.make_account(invitation, name="Eve", password=PASSWORD, now=LATER)

    assert refused.value.sentence == "This invitation has been taken up."
    assert AcademyMember.objects.filter(academy=member.academy).count() == 2


def test_an_address_with_an_account_gets_no_second_one(member):
    invitation = invite(member)
    factories.UserFactory(email="CASEY@example.org")

    with pytest.raises(Refused) as refused:
        invitations.make_account(invitation, name="Casey", password=PASSWORD, now=LATER)

    assert refused.value.sentence == (
        "This address has an account by now. Open the link again, and sign in with it."
    )


def test_the_owner_of_an_account_joins_another_academy(member):
    user = factories.AcademyMemberFactory(user__email="casey@example.org").user
    invitation = invite(member, role=Role.VIEWER)

    joined = invitations.join(invitation, user=user, now=LATER)

    assert (joined.academy, joined.user, joined.role) == (member.academy, user, Role.VIEWER)
    assert user.academy_memberships.count() == 2


def test_somebody_elses_account_does_not_join(member):
    factories.UserFactory(email="casey@example.org")
    invitation = invite(member)

    with pytest.raises(access.NotAllowed) as refused:
        invitations.join(invitation, user=factories.UserFactory(), now=LATER)

    assert refused.value.sentence == ("This invitation is for casey@example.org. Sign in with that account.")


def test_who_became_a_member_meanwhile_keeps_that_role(member):
    user = factories.UserFactory(email="casey@example.org")
    invitation = invite(member)
    factories.AcademyMemberFactory(academy=member.academy, user=user, role=Role.VIEWER)

    joined = invitations.join(invitation, user=user, now=LATER)

    invitation.refresh_from_db()
    assert joined.role == Role.VIEWER
    assert invitation.accepted_by == user


def test_sending_again_closes_the_link_before(member):
    invitation = invite(member)
    first = link_of(invitation)

    invitations.send_again(invitation, by=member.user, now=LATER)

    first.refresh_from_db()
    invitation.refresh_from_db()
    assert first.revoked_at == LATER
    assert link_of(invitation).expires_at == invitation.expires_at == LATER + datetime.timedelta(days=7)
    assert Message.objects.filter(about=invitation.about).count() == 2


def test_withdrawing_closes_the_link_and_the_mail_is_not_sent(member, mailoutbox):
    invitation = invite(member)

    invitations.withdraw(invitation, by=member.user, now=NOW)
    outbox.send_due(NOW)
    with pytest.raises(invitations.NotOpen) as refused:
        invitations.send_again(invitation, by=member.user, now=LATER)

    assert mailoutbox == []
    assert link_of(invitation).revoked_at == NOW
    assert refused.value.sentence == "This invitation was withdrawn."


@pytest.mark.parametrize("verb", [invitations.send_again, invitations.withdraw])
def test_only_an_administrator_of_the_academy_sends_again_or_withdraws(member, verb):
    invitation = invite(member)
    outsider = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR).user

    with pytest.raises(access.NotAllowed):
        verb(invitation, by=outsider, now=LATER)

    invitation.refresh_from_db()
    assert invitation.withdrawn_at is None
    assert invitation.expires_at == NOW + datetime.timedelta(days=7)


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_staff": False}])
def test_who_has_an_account_that_is_switched_off_is_not_invited(member, values):
    earlier = invite(member, address="robin@example.org")
    factories.UserFactory(username="robin@example.org", email="robin@example.org", **values)
    factories.UserFactory(username="casey@example.org", email="casey@example.org", **values)

    with pytest.raises(Refused) as refused:
        invite(member, address="Casey@example.org")
    with pytest.raises(Refused) as again:
        invitations.send_again(earlier, by=member.user, now=LATER)

    assert refused.value.sentence == (
        "casey@example.org has an account that is switched off. "
        "Ask whoever looks after the portal to switch it on."
    )
    assert again.value.sentence.startswith("robin@example.org has an account that is switched off.")
    assert list(Invitation.objects.all()) == [earlier]
