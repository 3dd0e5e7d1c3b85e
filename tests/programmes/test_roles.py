"""Who on the staff may do what."""

import pytest
from django.contrib.auth.models import AnonymousUser

from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.models import Programme, Role
from tests import factories

pytestmark = pytest.mark.django_db


def rights(user, academy):
    found = (
        access.can_view(user, academy),
        access.can_review(user, academy),
        access.can_administer(user, academy),
    )
    if not isinstance(academy, Programme):
        # What a page reads once says the same.
        held = access.roles_of(user)
        assert (
            held.hold(Role.VIEWER, academy),
            held.hold(Role.REVIEWER, academy),
            held.hold(Role.ADMINISTRATOR, academy),
        ) == found
    return found


@pytest.mark.parametrize(
    ("role", "expected"),
    [
        (Role.VIEWER, (True, False, False)),
        (Role.REVIEWER, (True, True, False)),
        (Role.ADMINISTRATOR, (True, True, True)),
    ],
)
def test_each_role_includes_those_below_it_and_ends_at_its_academy(role, expected):
    member = factories.AcademyMemberFactory(role=role)
    another = factories.AcademyFactory()

    assert rights(member.user, member.academy) == expected
    assert rights(member.user, None) == expected
    assert rights(member.user, another) == (False, False, False)


def test_one_person_can_have_a_role_in_each_of_two_academies():
    member = factories.AcademyMemberFactory(role=Role.VIEWER)
    second = factories.AcademyMemberFactory(user=member.user, role=Role.ADMINISTRATOR)

    assert rights(member.user, member.academy) == (True, False, False)
    assert rights(member.user, second.academy) == (True, True, True)
    assert rights(member.user, None) == (True, True, True)


def test_the_portals_superuser_may_do_everything():
    assert rights(factories.UserFactory(is_superuser=True), factories.AcademyFactory()) == (True, True, True)


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_an_account_that_is_switched_off_or_not_staff_may_do_nothing(change):
    member = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR, user=factories.UserFactory(**change))
    superuser = factories.UserFactory(is_superuser=True, **change)

    assert rights(member.user, member.academy) == (False, False, False)
    assert rights(superuser, member.academy) == (False, False, False)


def test_a_visitor_may_do_nothing():
    assert rights(AnonymousUser(), None) == (False, False, False)


def test_a_decision_needs_a_reviewer():
    reviewer = factories.AcademyMemberFactory(role=Role.REVIEWER)
    viewer = factories.AcademyMemberFactory(role=Role.VIEWER, academy=reviewer.academy)

    programme = factories.ProgrammeFactory(academy=reviewer.academy)

    access.require_reviewer(reviewer.user, programme)
    with pytest.raises(access.NotAllowed) as refused:
        access.require_reviewer(viewer.user, programme)

    assert isinstance(refused.value, Refused)
    assert refused.value.sentence == (
        f"Your role at {reviewer.academy} does not include decisions on applications."
    )
    assert str(refused.value) == refused.value.sentence


def test_the_academies_of_a_role_are_those_where_it_is_held_or_more():
    viewer = factories.AcademyMemberFactory(role=Role.VIEWER)
    reviewing = factories.AcademyMemberFactory(user=viewer.user, role=Role.REVIEWER).academy
    administered = factories.AcademyMemberFactory(user=viewer.user, role=Role.ADMINISTRATOR).academy
    superuser = factories.UserFactory(is_superuser=True)

    assert set(access.academies_with(viewer.user, Role.VIEWER)) == {viewer.academy, reviewing, administered}
    assert set(access.academies_with(viewer.user, Role.REVIEWER)) == {reviewing, administered}
    assert set(access.academies_with(viewer.user, Role.ADMINISTRATOR)) == {administered}
    assert set(access.academies_with(superuser, Role.ADMINISTRATOR)) == {
        viewer.academy,
        reviewing,
        administered,
    }
    assert list(access.academies_with(AnonymousUser(), Role.VIEWER)) == []


@pytest.mark.parametrize(
    ("role", "expected"),
    [(Role.VIEWER, 0), (Role.REVIEWER, 0), (Role.ADMINISTRATOR, 1)],
)
def test_academies_with_a_role_are_those_in_which_it_is_held(role, expected):
    factories.AcademyFactory()
    member = factories.AcademyMemberFactory(role=role)

    assert access.academies_with(member.user, Role.VIEWER).count() == 1
    assert access.academies_with(member.user, Role.ADMINISTRATOR).count() == expected


def test_the_superuser_holds_every_role_in_every_academy_and_nobody_unknown_holds_any():
    factories.AcademyFactory()
    superuser = factories.UserFactory(is_superuser=True)

    assert access.academies_with(superuser, Role.ADMINISTRATOR).count() == 1
    assert access.academies_with(AnonymousUser(), Role.VIEWER).count() == 0


def limited_reviewer():
    """A reviewer of one of the two programmes of an academy; the member, that programme and the other one."""
    member = factories.AcademyMemberFactory(role=Role.REVIEWER)
    own, other = (factories.ProgrammeFactory(academy=member.academy) for _ in range(2))
    member.programmes.add(own)
    return member, own, other


def test_a_limited_reviewer_decides_on_their_programmes_alone():
    member, own, other = limited_reviewer()
    elsewhere = factories.ProgrammeFactory()

    assert rights(member.user, own) == (True, True, False)
    assert rights(member.user, other) == (False, False, False)
    assert rights(member.user, elsewhere) == (False, False, False)
    assert rights(member.user, member.academy) == (True, True, False)
    access.require_reviewer(member.user, own)
    with pytest.raises(access.NotAllowed) as refused:
        access.require_reviewer(member.user, other)
    assert refused.value.sentence == (
        f"Your role at {member.academy} is for other programmes: it does not include {other}."
    )


def test_a_limited_reviewer_sees_their_programmes_alone_and_the_others_all():
    member, own, other = limited_reviewer()
    unlimited = factories.AcademyMemberFactory(academy=member.academy, role=Role.VIEWER).user
    elsewhere = factories.ProgrammeFactory()
    superuser = factories.UserFactory(is_superuser=True)

    def seen(user):
        found = access.programmes_visible_to(user)
        # What a page finds by the roles it has read is the same.
        assert access.programmes_of(access.roles_of(user)) == sorted(one.pk for one in found)
        return set(found)

    assert seen(member.user) == {own}
    assert seen(unlimited) == {own, other}
    assert seen(superuser) == {own, other, elsewhere}
    assert seen(AnonymousUser()) == set()
    assert set(access.programmes_with(member.user, Role.REVIEWER)) == {own}
    assert set(access.programmes_with(unlimited, Role.REVIEWER)) == set()


def test_a_programme_of_two_limited_members_is_listed_once():
    member, own, _other = limited_reviewer()
    factories.AcademyMemberFactory(academy=member.academy, role=Role.VIEWER).programmes.add(own)

    assert list(access.programmes_visible_to(member.user)) == [own]


def test_the_programmes_of_several_academies_are_those_of_each_role():
    member, own, other = limited_reviewer()
    second = factories.AcademyMemberFactory(user=member.user, role=Role.VIEWER)
    theirs = factories.ProgrammeFactory.create_batch(2, academy=second.academy)
    factories.ProgrammeFactory()

    assert access.programmes_of(access.roles_of(member.user)) == sorted([own.pk, *(one.pk for one in theirs)])

    member.programmes.add(other)
    second.delete()

    assert access.programmes_of(access.roles_of(member.user)) == sorted([own.pk, other.pk])
