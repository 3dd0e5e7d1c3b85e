"""Who is signed in, as one query finds it with every page: the account, its roles and its telephones."""

import pytest
from django.test import Client
from django.urls import reverse

from config.signed_in import SignedInBackend
from programmes.domain import access, two_factor
from programmes.models import Role
from tests import factories
from tests.support.telephone import code, set_up

VENUES = reverse("admin:cohorts_venue_changelist")
STEP = reverse("admin:two_factor")


@pytest.fixture
def required(settings):
    settings.STAFF_TWO_FACTOR = "required"


def found(user):
    return SignedInBackend().get_user(user.pk)


def signed_in_with(user, entered):
    client = Client()
    client.force_login(user)
    # As by a password: a code is still to be entered.
    session = client.session
    session["two_factor_due"] = True
    session.save()
    assert client.post(STEP, {"code": entered, "next": VENUES}).status_code == 302
    return client


def test_the_roles_are_those_that_are_asked_for_alone(desk, django_assert_num_queries):
    user = desk.staff["reviewer"]
    second = factories.AcademyMemberFactory(user=user, role=Role.VIEWER)
    second.programmes.set(factories.ProgrammeFactory.create_batch(2, academy=second.academy))
    set_up(user)
    user.totpdevice_set.create(name="Another", confirmed=False)

    with django_assert_num_queries(1):
        here = found(user)
        telephones = {(one.pk, one.user_id, one.confirmed) for one in here.telephones}

    assert here == user
    assert here.roles_held == access.roles_of(user)
    assert here.roles_held.limited == {second.academy_id: set(second.programmes.values_list("pk", flat=True))}
    assert telephones == set(user.totpdevice_set.values_list("pk", "user_id", "confirmed"))
    assert {one[2] for one in telephones} == {True, False}


def test_somebody_with_no_role_and_no_telephone_has_none(db):
    here = found(factories.UserFactory())

    assert here.roles_held == access.Roles({})
    assert here.telephones == []


def test_an_account_that_is_gone_or_switched_off_is_nobodys(desk):
    user = desk.staff["viewer"]
    user.is_active = False
    user.save()

    assert found(user) is None
    assert SignedInBackend().get_user(user.pk + 1_000_000) is None


def test_a_role_that_is_taken_away_ends_with_the_next_page(desk):
    user = desk.staff["administrator"]
    client = desk.client("administrator")
    before = client.get(VENUES).status_code

    user.academy_memberships.all().delete()

    assert (before, client.get(VENUES).status_code) == (200, 302)


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("by", ["telephone", "recovery code"])
def test_what_somebody_signed_in_with_holds_until_it_is_taken_off(desk, by):
    user = desk.staff["viewer"]
    codes = set_up(user)
    client = signed_in_with(user, code(steps=1) if by == "telephone" else codes[0])
    before = client.get(VENUES).status_code

    two_factor.take_off(user)
    after = client.get(VENUES)

    assert (before, after.status_code) == (200, 302)
    assert after.url.startswith(STEP)


@pytest.mark.usefixtures("required")
@pytest.mark.parametrize("change", ["somebody else's", "not confirmed"])
def test_a_telephone_counts_for_its_owner_alone_and_once_it_is_confirmed(desk, change):
    user, another = desk.staff["viewer"], desk.staff["reviewer"]
    set_up(user)
    client = signed_in_with(user, code(steps=1))
    assert client.get(VENUES).status_code == 200
    set_up(another)

    changed = {"user": another} if change == "somebody else's" else {"confirmed": False}
    user.totpdevice_set.update(**changed)

    assert client.get(VENUES).status_code == 302
