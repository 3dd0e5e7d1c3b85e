"""Colleagues: invited, limited to programmes, removed, reset and signed out by an administrator."""

import pytest
from django.urls import reverse

from programmes.domain import two_factor
from programmes.models import AcademyMember, Invitation, Message, Role
from tests import factories
from tests.factories import NOW
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import messages_of, text_of
from tests.support.telephone import set_up

INVITE = reverse("admin:programmes_invitation_add")
INVITATIONS = reverse("admin:programmes_invitation_changelist")
CHANGES = reverse("admin:programmes_academymember_changes")


def page_of(member, page="change"):
    return reverse(f"admin:programmes_academymember_{page}", args=[member.pk])


def verb_of(invitation, verb):
    return reverse(f"admin:programmes_invitation_{verb}", args=[invitation.pk])


@pytest.fixture
def viewer(desk):
    return desk.programme.academy.members.get(role=Role.VIEWER)


def given(desk, **values):
    return {
        "academy": desk.programme.academy.pk,
        "name": "Casey Colleague",
        "address": "casey@example.org",
        "role": "reviewer",
        **values,
    }


def test_a_colleague_is_invited_for_one_programme(desk, administrator):
    shown = administrator.get(INVITE)

    response = administrator.post(INVITE, given(desk, programmes=[desk.programme.pk]), follow=True)

    invitation = Invitation.objects.get()
    assert shown.context["form"].fields["academy"].initial == desk.programme.academy
    assert messages_of(response) == ["Casey Colleague is invited. The link in the mail works for seven days."]
    assert (invitation.role, list(invitation.programmes.all())) == ("reviewer", [desk.programme])
    assert invitation.invited_by == desk.staff["administrator"]
    assert "Open until 1pm on 12 October 2026" in text_of(response)
    assert invitation.history.latest().history_user == desk.staff["administrator"]


def test_what_is_missing_or_refused_is_said_and_what_was_typed_is_kept(desk, administrator):
    missing = administrator.post(INVITE, {"academy": "", "name": "", "address": "casey", "role": ""})
    refused = administrator.post(INVITE, given(desk, role="administrator", programmes=[desk.programme.pk]))

    assert missing.context["form"].errors == {
        "academy": ["Choose the academy."],
        "name": ["Enter the name of your colleague."],
        "address": ["Enter an email address in the correct format, like name@example.com."],
        "role": ["Choose the role."],
    }
    assert refused.context["form"].non_field_errors() == [
        "An administrator has all programmes: choose another role, or no programme."
    ]
    assert 'value="Casey Colleague"' in refused.content.decode()
    assert Invitation.objects.count() == 0


def test_an_invitation_is_sent_again_and_withdrawn(desk, administrator):
    administrator.post(INVITE, given(desk))
    invitation = Invitation.objects.get()
    read = text_of(administrator.get(verb_of(invitation, "change")))

    again = administrator.post(verb_of(invitation, "again"), follow=True)
    withdrawn = administrator.post(verb_of(invitation, "withdraw"), follow=True)
    too_late = administrator.get(verb_of(invitation, "again"))

    assert "Send again" in read
    assert messages_of(again) == ["The invitation is on its way to casey@example.org once more."]
    assert Message.objects.filter(about=invitation.about).count() == 2
    assert messages_of(withdrawn) == [
        "The invitation of Casey Colleague is withdrawn: its link opens nothing any more."
    ]
    assert "This invitation has ended. Withdrawn on 1pm on 5 October 2026." in text_of(too_late)
    assert "Send again" not in text_of(withdrawn)


@pytest.mark.parametrize(
    ("values", "stands"),
    [
        ({"accepted_at": NOW}, "Taken up on 1pm on 5 October 2026"),
        ({"expires_at": NOW}, "Not taken up in time: the link ended on 1pm on 5 October 2026"),
    ],
)
def test_the_list_says_where_each_stands(desk, administrator, values, stands):
    factories.InvitationFactory(academy=desk.programme.academy, **values)

    assert stands in text_of(administrator.get(INVITATIONS))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_lists_cost_the_same_however_long(desk, administrator, django_assert_num_queries, rows):
    for _ in range(rows):
        factories.InvitationFactory(academy=desk.programme.academy)
        member = factories.AcademyMemberFactory(academy=desk.programme.academy)
        member.programmes.add(desk.programme)
    administrator.get(INVITATIONS)

    with django_assert_num_queries(5):
        administrator.get(INVITATIONS)
    with django_assert_num_queries(6):
        administrator.get(CHANGES)


def test_who_administers_here_and_reads_there_sees_the_invitations_of_here(desk, administrator):
    elsewhere = factories.AcademyMemberFactory(user=desk.staff["administrator"], role=Role.VIEWER)
    factories.InvitationFactory(academy=elsewhere.academy, name="Of another academy")
    factories.InvitationFactory(academy=desk.programme.academy, name="Of this academy")

    page = text_of(administrator.get(INVITATIONS))

    assert ("Of this academy" in page, "Of another academy" in page) == (True, False)


def test_a_member_is_limited_to_a_programme_and_the_record_says_so(desk, administrator, viewer):
    shown = administrator.get(page_of(viewer))

    administrator.post(page_of(viewer), as_shown(shown) | {"programmes": [str(desk.programme.pk)]})

    name = viewer.user.get_full_name()
    changes = text_of(administrator.get(CHANGES))
    assert list(viewer.programmes.all()) == [desk.programme]
    assert (
        f"{name} at {desk.programme.academy} is now Viewer: reads; only Leadership Circles. "
        f"By {desk.staff['administrator'].get_full_name()}."
    ) in changes
    assert "Leadership Circles" in text_of(administrator.get(page_of(viewer, "history")))


def test_a_member_is_not_limited_to_another_academys_programme_or_as_administrator(
    desk, administrator, viewer
):
    shown = as_shown(administrator.get(page_of(viewer)))

    elsewhere = administrator.post(
        page_of(viewer), shown | {"programmes": [str(factories.ProgrammeFactory().pk)]}
    )
    limited = administrator.post(
        page_of(viewer), shown | {"programmes": [str(desk.programme.pk)], "role": "administrator"}
    )

    assert errors_of(elsewhere)[0].startswith("Select a valid choice.")
    assert errors_of(limited) == [
        "An administrator has all programmes: choose another role, or no programme."
    ]
    assert viewer.programmes.count() == 0


def test_a_removed_member_has_no_access_and_stays_in_the_record(desk, administrator, viewer):
    theirs = desk.client("viewer")

    administrator.post(page_of(viewer, "delete"), {"post": "yes"})
    refused = theirs.get("/staff/")

    assert refused.headers["Location"].startswith(reverse("admin:login"))
    assert (
        f"{viewer.user.get_full_name()} left {desk.programme.academy}, who was Viewer: reads. "
        f"By {desk.staff['administrator'].get_full_name()}."
    ) in text_of(administrator.get(CHANGES))


def test_the_last_administrator_is_neither_demoted_nor_removed(desk):
    superuser = desk.client("superuser")
    member = desk.programme.academy.members.get(role=Role.ADMINISTRATOR)

    demoted = superuser.post(page_of(member), as_shown(superuser.get(page_of(member))) | {"role": "viewer"})
    removed = superuser.post(page_of(member, "delete"), {"post": "yes"}, follow=True)

    sentence = (
        f"{member.user.get_full_name()} is the only administrator of {desk.programme.academy}. "
        "Make somebody else administrator first."
    )
    assert errors_of(demoted) == [sentence]
    assert messages_of(removed) == [sentence]
    assert AcademyMember.objects.get(pk=member.pk).role == Role.ADMINISTRATOR


def test_a_colleagues_two_factor_is_reset_with_a_reason(desk, administrator, viewer):
    set_up(viewer.user)
    offered = text_of(administrator.get(page_of(viewer)))

    missing = administrator.post(page_of(viewer, "two_factor"), {"reason": ""})
    long = administrator.post(page_of(viewer, "two_factor"), {"reason": "a" * 501})
    done = administrator.post(page_of(viewer, "two_factor"), {"reason": "Lost on the train."}, follow=True)
    again = administrator.get(page_of(viewer, "two_factor"))

    name = viewer.user.get_full_name()
    assert "Reset two-factor sign-in" in offered
    assert missing.context["form"].errors == {"reason": ["Give a reason: it is kept with your name."]}
    assert long.context["form"].errors == {"reason": ["Use at most 500 characters: you used 501."]}
    assert messages_of(done) == [
        f"The two-factor sign-in of {name} is reset. They are signed out, and told by mail."
    ]
    assert two_factor.is_set_up(viewer.user) is False
    assert f"{name} has no two-factor sign-in to reset." in text_of(again)


def test_a_colleague_is_signed_out_everywhere(desk, administrator, viewer):
    theirs = desk.client("viewer")

    done = administrator.post(page_of(viewer, "sign_out"), {"reason": "Telephone stolen."}, follow=True)
    refused = theirs.get("/staff/")

    assert messages_of(done) == [f"{viewer.user.get_full_name()} is signed out everywhere (1 browser)."]
    assert refused.headers["Location"].startswith(reverse("admin:login"))
    assert viewer.user.account_changes.get().reason == "Telephone stolen."


def test_the_list_names_the_last_sign_in_and_what_members_are_limited_to(desk, administrator, viewer):
    viewer.programmes.add(desk.programme)
    desk.client("viewer")

    page = text_of(administrator.get(reverse("admin:programmes_academymember_changelist")))

    assert (
        f"{viewer.user.get_full_name()} {desk.programme.academy} Viewer Leadership Circles 1pm on 5" in page
    )
    assert "(all programmes)" in page
    assert "Never" in page
    assert "Invite a colleague" in page
