"""Academies, who works in them, and accounts."""

import pytest
from django.contrib.auth import get_user_model
from django.urls import reverse

from programmes.models import Academy, AcademyMember, IntegratedCareSystem, Role
from tests import factories
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import text_of

ADD = reverse("admin:programmes_academymember_add")
LIST = reverse("admin:programmes_academymember_changelist")


def page_of(member):
    return reverse("admin:programmes_academymember_change", args=[member.pk])


def test_a_member_is_added_by_the_username_of_their_account(desk):
    user = factories.UserFactory(username="newcomer")
    given = {"academy": desk.programme.academy.pk, "username": "newcomer", "role": "viewer"}

    desk.client("superuser").post(ADD, given)

    assert AcademyMember.objects.values_list("academy", "role").get(user=user) == (
        desk.programme.academy.pk,
        "viewer",
    )


@pytest.mark.parametrize(
    ("username", "error"),
    [
        ("", "Enter the username of the account."),
        (
            "nobody",
            "No staff account has this username. Check it, or invite the person.",
        ),
        ("applicant", "No staff account has this username."),
        ("reviewer", "This person is in the academy already. Change their role instead."),
    ],
)
def test_a_member_who_cannot_be_added_is_refused_in_words(desk, username, error):
    factories.UserFactory(username="applicant", is_staff=False)
    if username == "reviewer":
        username = desk.staff["reviewer"].username
    given = {"academy": desk.programme.academy.pk, "username": username, "role": "viewer"}

    response = desk.client("superuser").post(ADD, given)

    assert [one[: len(error)] for one in errors_of(response)] == [error]
    assert AcademyMember.objects.count() == 4


def test_a_members_role_is_changed_and_they_are_removed(desk, administrator):
    member = desk.programme.academy.members.get(role=Role.VIEWER)

    administrator.post(page_of(member), as_shown(administrator.get(page_of(member))) | {"role": "reviewer"})
    member.refresh_from_db()
    role = member.role
    administrator.post(reverse("admin:programmes_academymember_delete", args=[member.pk]), {"post": "yes"})

    assert role == Role.REVIEWER
    assert AcademyMember.objects.filter(pk=member.pk).count() == 0


def test_nobody_changes_or_removes_themselves(desk, administrator):
    own = desk.programme.academy.members.get(role=Role.ADMINISTRATOR)

    answers = [
        administrator.post(page_of(own), {"role": "viewer"}).status_code,
        administrator.post(
            reverse("admin:programmes_academymember_delete", args=[own.pk]), {"post": "yes"}
        ).status_code,
    ]

    own.refresh_from_db()
    assert answers == [403, 403]
    assert own.role == Role.ADMINISTRATOR


def test_the_superuser_may_change_any_member(desk):
    superuser = desk.client("superuser")
    own = factories.AcademyMemberFactory(academy=desk.programme.academy, user=desk.staff["superuser"])

    superuser.post(page_of(own), as_shown(superuser.get(page_of(own))) | {"role": "viewer"})

    own.refresh_from_db()
    assert own.role == Role.VIEWER


def test_an_administrator_words_the_academys_texts_and_not_its_address(desk, administrator):
    academy = desk.programme.academy
    address = reverse("admin:programmes_academy_change", args=[academy.pk])
    shown = as_shown(administrator.get(address))

    administrator.post(address, shown | {"privacy_text": "We keep it a year.", "slug": "other"})

    before = academy.slug
    academy.refresh_from_db()
    assert (academy.privacy_text, academy.slug) == ("We keep it a year.", before)
    assert academy.history.first().history_user == desk.staff["administrator"]


def test_the_superuser_makes_academies_and_accounts(desk):
    superuser = desk.client("superuser")
    academy = {"name": "New Academy", "slug": "new", "contact_email": "new@example.org", "sender_name": "New"}
    account = {
        "username": "newcomer",
        "usable_password": "true",
        "password1": "a long enough password",
        "password2": "a long enough password",
        "is_staff": "on",
    }

    superuser.post(reverse("admin:programmes_academy_add"), academy)
    superuser.post(reverse("admin:auth_user_add"), account)

    user = get_user_model().objects.get(username="newcomer")
    assert Academy.objects.filter(slug="new").count() == 1
    assert user.is_staff is True
    assert user.check_password("a long enough password") is True
    assert user.password != "a long enough password"


def test_an_account_is_made_for_staff_unless_it_is_said_otherwise(desk):
    form = desk.client("superuser").get(reverse("admin:auth_user_add")).context["adminform"].form

    assert form.initial == {"is_staff": True}


def test_the_superuser_sets_a_password_for_somebody(desk):
    user = desk.staff["viewer"]
    address = reverse("admin:auth_user_password_change", args=[user.pk])
    given = {"usable_password": "true", "password1": "another long one", "password2": "another long one"}

    desk.client("superuser").post(address, given)

    user.refresh_from_db()
    assert user.check_password("another long one") is True


def test_a_system_is_edited_by_the_superuser_alone(desk, administrator):
    ics = factories.IntegratedCareSystemFactory(code="QNX")
    address = reverse("admin:programmes_integratedcaresystem_change", args=[ics.pk])
    superuser = desk.client("superuser")

    refused = administrator.post(address, {"name": "Mine"})
    superuser.post(address, as_shown(superuser.get(address)) | {"valid_to": "2027-03-31"})

    assert refused.status_code == 403
    assert str(IntegratedCareSystem.objects.get(pk=ics.pk).valid_to) == "2027-03-31"


def test_the_history_of_a_record_says_who_and_nothing_of_one_that_is_gone(desk, administrator):
    venue = factories.VenueFactory(academy=desk.programme.academy)
    address = reverse("admin:cohorts_venue_history", args=[venue.pk])

    seen = text_of(administrator.get(address))
    venue.delete()
    gone = administrator.get(address)

    assert "5 October 2026, 13:00 The portal Created" in seen
    assert gone.status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_however_long(desk, rows, django_assert_num_queries):
    superuser = desk.client("superuser")
    AcademyMember.objects.exclude(user=desk.staff["viewer"]).delete()
    for _ in range(rows - 1):
        factories.AcademyMemberFactory(academy=desk.programme.academy)
    for _ in range(rows):
        factories.OrganisationFactory()
    superuser.get(LIST)
    counts = {
        "programmes_academymember": 6,
        "programmes_academy": 5,
        "programmes_organisation": 6,
        "programmes_integratedcaresystem": 6,
        "programmes_region": 5,
        "programmes_criterion": 5,
        "auth_user": 5,
    }

    for name, count in counts.items():
        with django_assert_num_queries(count):
            superuser.get(reverse(f"admin:{name}_changelist"))

    assert superuser.get(LIST).context["cl"].result_count == rows


@pytest.mark.parametrize("off", ["is_active", "is_staff"])
def test_an_account_is_not_switched_off_while_an_academy_has_no_other_administrator(desk, off):
    superuser, user = desk.client("superuser"), desk.staff["administrator"]
    page = reverse("admin:auth_user_change", args=[user.pk])
    given = as_shown(superuser.get(page))
    del given[off]

    refused = superuser.post(page, given)
    user.refresh_from_db()
    still = getattr(user, off)
    factories.AcademyMemberFactory(academy=desk.programme.academy, role=Role.ADMINISTRATOR)
    superuser.post(page, given)
    again = superuser.post(page, {**given, "last_name": "Renamed"})

    user.refresh_from_db()
    assert errors_of(refused) == [
        f"{user.first_name} {refused.context['original'].last_name} is the only administrator of "
        f"{desk.programme.academy}. Make somebody else administrator first."
    ]
    assert still is True
    assert (getattr(user, off), user.last_name, again.status_code) == (False, "Renamed", 302)
