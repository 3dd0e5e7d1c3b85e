"""Every address of the portal says who may open it, and every address of the staff's site holds to it."""

import pytest
from django.conf import settings
from django.urls import reverse

from tests.staff.addresses import all_patterns, records, staff_names

PEOPLE = ("outsider", "viewer", "reviewer", "administrator", "superuser")

# What a look at an address answers: to an administrator of another academy, a viewer, a reviewer and an
# administrator of this one, and the superuser.
EVERYBODY = (200, 200, 200, 200, 200)
READERS = (404, 200, 200, 200, 200)
REVIEWERS = (404, 403, 200, 200, 200)
ADMINISTRATORS = (404, 403, 403, 200, 200)
# Their own academy is another administrator's to add to; the test of choices says that it ends there.
ANY_ADMINISTRATOR = (200, 403, 403, 200, 200)
ANY_REVIEWER = (200, 403, 200, 200, 200)
SUPERUSER = (403, 403, 403, 403, 200)
SUPERUSER_OF_THIS = (404, 403, 403, 403, 200)
NOBODY = (403, 403, 403, 403, 403)
NOBODY_OF_THIS = (404, 403, 403, 403, 403)

# After the name of a model: list, add, read, history, delete.
MODELS = {
    "applications_application": (EVERYBODY, NOBODY, READERS, (404, 302, 302, 302, 302), NOBODY_OF_THIS),
    "auth_user": (SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER, NOBODY),
    "cohorts_cohort": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, ADMINISTRATORS),
    "cohorts_proposal": (EVERYBODY, ANY_REVIEWER, READERS, (404, 302, 302, 302, 302), NOBODY_OF_THIS),
    "cohorts_session": (EVERYBODY, NOBODY, READERS, READERS, SUPERUSER_OF_THIS),
    "cohorts_venue": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, ADMINISTRATORS),
    "facilitators_certificate": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_evaluationresponse": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "programmes_academy": (EVERYBODY, SUPERUSER, READERS, READERS, NOBODY_OF_THIS),
    "programmes_academymember": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, ADMINISTRATORS),
    "programmes_criterion": (EVERYBODY, NOBODY, READERS, READERS, SUPERUSER_OF_THIS),
    "programmes_integratedcaresystem": (EVERYBODY, SUPERUSER, EVERYBODY, EVERYBODY, NOBODY),
    "programmes_message": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "programmes_organisation": (EVERYBODY, ANY_ADMINISTRATOR, EVERYBODY, EVERYBODY, SUPERUSER),
    "programmes_programme": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, NOBODY_OF_THIS),
    "programmes_region": (EVERYBODY, SUPERUSER, EVERYBODY, EVERYBODY, NOBODY),
}
OTHERS = {
    "index": EVERYBODY,
    "app_list": EVERYBODY,
    "jsi18n": EVERYBODY,
    "login": (302, 302, 302, 302, 302),
    "logout": (405, 405, 405, 405, 405),
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    # Without a field to complete there is nothing to look for.
    "autocomplete": NOBODY,
    "auth_user_password_change": SUPERUSER,
    "applications_application_bulk": (302, 403, 302, 302, 302),
    "applications_application_decide": REVIEWERS,
    "applications_application_review": REVIEWERS,
    "applications_application_approval": REVIEWERS,
    "applications_application_match": REVIEWERS,
    "applications_application_file": READERS,
    "cohorts_cohort_copy": ADMINISTRATORS,
    "cohorts_cohort_decide": REVIEWERS,
    "cohorts_cohort_demand": READERS,
    "cohorts_cohort_attendance": READERS,
    "cohorts_cohort_close": REVIEWERS,
    "cohorts_cohort_complete": REVIEWERS,
    "cohorts_cohort_make_up": REVIEWERS,
    "cohorts_cohort_put_right": REVIEWERS,
    "cohorts_proposal_apply": REVIEWERS,
    "cohorts_proposal_cancel": REVIEWERS,
    "cohorts_proposal_compare": READERS,
    "cohorts_proposal_restart": REVIEWERS,
    "cohorts_proposal_undo": REVIEWERS,
    "cohorts_session_links": REVIEWERS,
    "cohorts_session_register": READERS,
    "cohorts_session_trainer": REVIEWERS,
    "facilitators_certificate_again": REVIEWERS,
    "facilitators_certificate_file": READERS,
    "facilitators_certificate_replace": REVIEWERS,
    "facilitators_certificate_revoke": REVIEWERS,
    "programmes_message_again": REVIEWERS,
    "programmes_programme_allowance": ADMINISTRATORS,
    "programmes_programme_waiting": READERS,
    "programmes_programme_waiting_move": REVIEWERS,
    "programmes_programme_waiting_verb": REVIEWERS,
    # The calendar of whoever looks: everybody's own.
    "calendar": EVERYBODY,
}


def table() -> dict[str, tuple[int, ...]]:
    """The answers by the address's name."""
    steps = ("changelist", "add", "change", "history", "delete")
    by_model = {
        f"{model}_{step}": answer
        for model, answers in MODELS.items()
        for step, answer in zip(steps, answers, strict=True)
    }
    return by_model | OTHERS


def address(name: str, known: dict) -> str:
    """An address of the staff's site, with what names a record of the desk's academy."""
    application = known["application"].pk
    special = {
        "programmes_programme_waiting_move": [known["programme"].pk, known["waitlisted"].pk],
        "programmes_programme_waiting_verb": [known["programme"].pk, "switch"],
        "app_list": ["programmes"],
        "applications_application_bulk": ["shortlist"],
        "applications_application_decide": [application, "shortlist"],
        "applications_application_approval": [application, known["approval"].pk, "remind"],
        "applications_application_file": [application, known["answer"].pk],
        "cohorts_cohort_decide": [known["cohort"].pk, "cancel"],
        "cohorts_cohort_make_up": [known["session"].cohort_id, known["certificate"].application_id],
        "cohorts_cohort_put_right": [known["session"].cohort_id, known["certificate"].application_id],
        "cohorts_cohort_demand": [known["programme"].pk],
    }
    model = name.split("_")[1] if name.count("_") > 1 else ""
    bare = name not in special and (not model or name.endswith(("_changelist", "_add")))
    if name in ("password_change", "password_change_done"):
        bare = True
    return reverse(f"admin:{name}", args=[] if bare else special.get(name) or [known[model].pk])


def rule_of(view) -> str:
    """The rule written on a view, or on what it belongs to."""
    for owner in (view, getattr(view, "model_admin", None), getattr(view, "admin_site", None)):
        if rule := getattr(owner, "access_rule", None):
            return rule
    return ""


def test_every_address_of_the_portal_states_who_may_open_it():
    patterns = [
        (route, entry) for route, entry in all_patterns() if not route.startswith(settings.STATIC_URL)
    ]

    without = [route for route, entry in patterns if not rule_of(entry.callback)]

    assert without == []
    assert len(patterns) > 100


def test_the_table_below_holds_every_address_of_the_staffs_site():
    assert set(table()) == staff_names()


@pytest.mark.parametrize("who", PEOPLE)
def test_each_address_answers_each_person_by_role(desk, who):
    known = records(desk)
    client = desk.client(who)
    expected = {name: answers[PEOPLE.index(who)] for name, answers in table().items()}

    found = {name: client.get(address(name, known)).status_code for name in expected}

    assert found == expected


def test_each_address_asks_somebody_unknown_to_sign_in(desk):
    known = records(desk)
    client = desk.client("anonymous")

    found = {name: client.get(address(name, known)) for name in table() if name != "login"}

    login = reverse("admin:login")
    assert {
        name for name, answer in found.items() if not answer.headers.get("Location", "").startswith(login)
    } == {"logout"}
    assert found["logout"].headers["Location"] == reverse("admin:index")


@pytest.mark.parametrize("who", ["no role", "not staff", "switched off"])
def test_an_account_without_a_role_does_not_get_in(desk, client, who):
    user = desk.staff["reviewer"]
    if who == "no role":
        user.academy_memberships.all().delete()
    user.is_staff = who != "not staff"
    user.is_active = who != "switched off"
    user.save()
    client.force_login(user)

    response = client.get(reverse("admin:index"))

    assert response.headers["Location"] == f"{reverse('admin:login')}?next=/staff/"


def test_a_form_sent_by_somebody_of_another_academy_changes_nothing(desk):
    known = records(desk)
    client = desk.client("outsider")
    before = known["application"].state, desk.programme.title
    names = [name for name, answers in table().items() if answers[0] == 404]

    found = {name: client.post(address(name, known), {"title": "Theirs"}).status_code for name in names}

    assert set(found.values()) == {404}
    known["application"].refresh_from_db()
    desk.programme.refresh_from_db()
    assert (known["application"].state, desk.programme.title) == before


def test_lists_hold_no_record_of_another_academy(desk):
    known = records(desk)
    client = desk.client("outsider")
    lists = [name for name, record in known.items() if name not in SHARED]

    found = {}
    for name in lists:
        model = f"{known[name]._meta.app_label}_{name}"
        if model in MODELS:
            response = client.get(reverse(f"admin:{model}_changelist"))
            found[name] = [row.pk for row in response.context["cl"].result_list if row == known[name]]

    assert list(found.values()) == [[]] * 12
    assert sorted(found) == [
        "academy",
        "academymember",
        "application",
        "certificate",
        "cohort",
        "criterion",
        "evaluationresponse",
        "message",
        "programme",
        "proposal",
        "session",
        "venue",
    ]


SHARED = {"organisation", "integratedcaresystem", "region", "user"}


def test_forms_offer_nothing_of_an_academy_that_the_person_does_not_set_up(desk):
    records(desk)
    viewer_here = desk.staff["viewer"]
    elsewhere = desk.staff["outsider"].academy_memberships.get().academy
    elsewhere.members.create(user=viewer_here, role="administrator")
    client = desk.client("viewer")

    programme = client.get(reverse("admin:programmes_programme_add")).context["adminform"].form
    cohort = client.get(reverse("admin:cohorts_cohort_add")).context["adminform"].form
    member = client.get(reverse("admin:programmes_academymember_add")).context["adminform"].form

    assert list(programme.fields["academy"].queryset) == [elsewhere]
    assert list(cohort.fields["programme"].queryset) == []
    assert list(member.fields["academy"].queryset) == [elsewhere]


def test_a_record_cannot_be_added_to_another_academy_by_hand(desk):
    client = desk.client("outsider")
    given = {"academy": desk.programme.academy.pk, "name": "Hall", "address": "1 Street", "postcode": "BN7"}

    response = client.post(reverse("admin:cohorts_venue_add"), given)

    assert response.context["errors"] == [
        ["Select a valid choice. That choice is not one of the available choices."]
    ]
    assert desk.programme.academy.venues.count() == 0


def test_completing_a_field_finds_nothing_of_another_academy(desk):
    question = {
        "app_label": "cohorts",
        "model_name": "cohort",
        "field_name": "programme",
        "term": desk.programme.title,
    }

    own = desk.client("viewer").get(reverse("admin:autocomplete"), question).json()
    others = desk.client("outsider").get(reverse("admin:autocomplete"), question).json()

    assert [row["text"] for row in own["results"]] == [desk.programme.title]
    assert others["results"] == []
