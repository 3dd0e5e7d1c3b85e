"""Every address of the portal says who may open it, and every address of the staff's site holds to it."""

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.test import RequestFactory
from django.urls import reverse

from programmes.models import Role
from tests.staff.addresses import all_patterns, records, staff_names

PEOPLE = ("outsider", "limited", "viewer", "reviewer", "administrator", "superuser")

# What a look at an address answers, in this order: to an administrator of another academy; to a reviewer of this one
# who is limited to another of its programmes; to a viewer, a reviewer and an administrator of this one; and to the
# superuser. Pick a name where one fits; a row of its own has six answers.
EVERYBODY = (200, 200, 200, 200, 200, 200)
# A record of a programme …
READERS = (404, 404, 200, 200, 200, 200)
REVIEWERS = (404, 404, 403, 200, 200, 200)
ADMINISTRATORS = (404, 404, 403, 403, 200, 200)
NOBODY_OF_THIS = (404, 404, 403, 403, 403, 403)
SUPERUSER_OF_THIS = (404, 404, 403, 403, 403, 200)
# … and a record of the academy itself, which those limited to a programme see as well.
ACADEMY_READERS = (404, 200, 200, 200, 200, 200)
ACADEMY_REVIEWERS = (404, 200, 403, 200, 200, 200)
ACADEMY_ADMINISTRATORS = (404, 403, 403, 403, 200, 200)
ACADEMY_NOBODY = (404, 403, 403, 403, 403, 403)
# Whom an academy invites only its administrators see.
ACADEMY_INVITATIONS = (404, 404, 404, 404, 200, 200)
# Of no record: their own academy is another administrator's to add to; the test of choices says that it ends there.
ANY_ADMINISTRATOR = (200, 403, 403, 403, 200, 200)
ANY_REVIEWER = (200, 200, 403, 200, 200, 200)
SUPERUSER = (403, 403, 403, 403, 403, 200)
NOBODY = (403, 403, 403, 403, 403, 403)

# After the name of a model: list, add, read, history, delete.
MODELS = {
    "applications_application": (EVERYBODY, NOBODY, READERS, (404, 404, 302, 302, 302, 302), NOBODY_OF_THIS),
    "applications_nominationboard": (
        EVERYBODY,
        ANY_REVIEWER,
        READERS,
        (404, 404, 302, 302, 302, 302),
        NOBODY_OF_THIS,
    ),
    "auth_user": (SUPERUSER, SUPERUSER, SUPERUSER, SUPERUSER, NOBODY),
    "cohorts_cohort": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, ADMINISTRATORS),
    "cohorts_place": (
        EVERYBODY,
        NOBODY,
        (404, 404, 302, 302, 302, 302),
        (404, 404, 302, 302, 302, 302),
        NOBODY_OF_THIS,
    ),
    "cohorts_proposal": (EVERYBODY, ANY_REVIEWER, READERS, (404, 404, 302, 302, 302, 302), NOBODY_OF_THIS),
    "cohorts_session": (EVERYBODY, NOBODY, READERS, READERS, SUPERUSER_OF_THIS),
    "cohorts_venue": (EVERYBODY, ANY_ADMINISTRATOR, ACADEMY_READERS, ACADEMY_READERS, ACADEMY_ADMINISTRATORS),
    "facilitators_booking": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_circle": (EVERYBODY, ANY_REVIEWER, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_coverrequest": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_download": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_implementationsession": (EVERYBODY, ANY_REVIEWER, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_learningset": (EVERYBODY, ANY_REVIEWER, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_notice": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_resource": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_topic": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, ADMINISTRATORS),
    "facilitators_certificate": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_commitment": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_delivery": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "facilitators_facilitator": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    # Read one by one by reviewers alone; the results are everybody's.
    "facilitators_evaluationresponse": (
        ANY_REVIEWER,
        NOBODY,
        (404, 404, 404, 200, 200, 200),
        (404, 404, 404, 200, 200, 200),
        (404, 404, 404, 403, 403, 403),
    ),
    "programmes_academy": (EVERYBODY, SUPERUSER, ACADEMY_READERS, ACADEMY_READERS, ACADEMY_NOBODY),
    "programmes_academymember": (
        EVERYBODY,
        SUPERUSER,
        ACADEMY_READERS,
        ACADEMY_READERS,
        ACADEMY_ADMINISTRATORS,
    ),
    "programmes_invitation": (
        ANY_ADMINISTRATOR,
        ANY_ADMINISTRATOR,
        ACADEMY_INVITATIONS,
        ACADEMY_INVITATIONS,
        (404, 404, 404, 404, 403, 403),
    ),
    # Exports and keys of the feed only administrators see.
    "programmes_exportrecord": (
        ANY_ADMINISTRATOR,
        NOBODY,
        ACADEMY_INVITATIONS,
        ACADEMY_INVITATIONS,
        (404, 404, 404, 404, 403, 403),
    ),
    "programmes_feedkey": (
        ANY_ADMINISTRATOR,
        ANY_ADMINISTRATOR,
        ACADEMY_INVITATIONS,
        ACADEMY_INVITATIONS,
        (404, 404, 404, 404, 403, 403),
    ),
    "programmes_hold": (
        ANY_ADMINISTRATOR,
        ANY_ADMINISTRATOR,
        ACADEMY_INVITATIONS,
        ACADEMY_INVITATIONS,
        (404, 404, 404, 404, 403, 403),
    ),
    "programmes_criterion": (EVERYBODY, NOBODY, READERS, READERS, SUPERUSER_OF_THIS),
    "programmes_integratedcaresystem": (EVERYBODY, SUPERUSER, EVERYBODY, EVERYBODY, NOBODY),
    "programmes_letter": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "programmes_message": (EVERYBODY, NOBODY, READERS, READERS, NOBODY_OF_THIS),
    "programmes_messagetemplate": (
        EVERYBODY,
        NOBODY,
        (404, 404, 302, 302, 302, 302),
        (404, 404, 302, 302, 302, 302),
        NOBODY_OF_THIS,
    ),
    "programmes_newsoptout": (
        EVERYBODY,
        ANY_ADMINISTRATOR,
        ACADEMY_READERS,
        ACADEMY_READERS,
        (404, 403, 403, 403, 403, 200),
    ),
    "programmes_organisation": (EVERYBODY, ANY_ADMINISTRATOR, EVERYBODY, EVERYBODY, SUPERUSER),
    "programmes_programme": (EVERYBODY, ANY_ADMINISTRATOR, READERS, READERS, NOBODY_OF_THIS),
    "programmes_region": (EVERYBODY, SUPERUSER, EVERYBODY, EVERYBODY, NOBODY),
}
OTHERS = {
    "index": EVERYBODY,
    "app_list": EVERYBODY,
    "jsi18n": EVERYBODY,
    "login": (302, 302, 302, 302, 302, 302),
    "logout": (405, 405, 405, 405, 405, 405),
    "password_change": EVERYBODY,
    "password_change_done": EVERYBODY,
    # Without a field to complete there is nothing to look for.
    "autocomplete": NOBODY,
    "auth_user_password_change": SUPERUSER,
    "applications_application_bulk": (302, 302, 403, 302, 302, 302),
    "applications_application_decide": REVIEWERS,
    "applications_application_review": REVIEWERS,
    "applications_application_approval": REVIEWERS,
    "applications_application_needs": ADMINISTRATORS,
    "applications_application_pack": (302, 302, 302, 302, 302, 302),
    "applications_application_match": REVIEWERS,
    "applications_application_file": READERS,
    "applications_application_queue": (302, 302, 302, 302, 302, 302),
    "applications_application_decided": EVERYBODY,
    "applications_application_pending": READERS,
    "applications_application_panel": (404, 404, 403, 302, 302, 302),
    "applications_application_note": REVIEWERS,
    "applications_application_note_change": REVIEWERS,
    "applications_application_conflict": REVIEWERS,
    "applications_application_conflict_lift": ADMINISTRATORS,
    "applications_application_clear": REVIEWERS,
    "applications_application_duplicate": REVIEWERS,
    "applications_nominationboard_confirm": REVIEWERS,
    "applications_nominationboard_deadline": ADMINISTRATORS,
    "applications_nominationboard_import": ANY_REVIEWER,
    "applications_nominationboard_import_template": ANY_REVIEWER,
    "applications_nominationboard_import_preview": (404, 404, 403, 404, 404, 404),
    "applications_nominationboard_lead": REVIEWERS,
    "applications_nominationboard_lead_again": REVIEWERS,
    "applications_nominationboard_lead_close": REVIEWERS,
    "applications_nominationboard_note": REVIEWERS,
    "applications_nominationboard_remove": REVIEWERS,
    "applications_nominationboard_swap": REVIEWERS,
    "applications_nominationboard_tell": REVIEWERS,
    "cohorts_cohort_copy": ADMINISTRATORS,
    "cohorts_cohort_needs": REVIEWERS,
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
    "facilitators_booking_cancel": REVIEWERS,
    "facilitators_circle_register": READERS,
    "facilitators_circle_verb": REVIEWERS,
    "facilitators_coverrequest_verb": REVIEWERS,
    "facilitators_implementationsession_ics": READERS,
    "facilitators_implementationsession_ics_list": EVERYBODY,
    "facilitators_implementationsession_verb": REVIEWERS,
    "facilitators_learningset_date": REVIEWERS,
    "facilitators_learningset_verb": REVIEWERS,
    "facilitators_notice_verb": REVIEWERS,
    "facilitators_resource_file": READERS,
    "facilitators_resource_verb": REVIEWERS,
    "facilitators_certificate_again": REVIEWERS,
    "facilitators_certificate_file": READERS,
    "facilitators_certificate_renew": REVIEWERS,
    "facilitators_certificate_replace": REVIEWERS,
    "facilitators_delivery_yield": EVERYBODY,
    # Taking a file along is written down: it is sent for, and not looked at.
    "facilitators_delivery_yield_file": (405, 405, 405, 405, 405, 405),
    "facilitators_evaluationresponse_results": READERS,
    "facilitators_evaluationresponse_results_file": (404, 404, 405, 405, 405, 405),
    "facilitators_certificate_revoke": REVIEWERS,
    "facilitators_commitment_ask_again": REVIEWERS,
    "facilitators_facilitator_day": REVIEWERS,
    "facilitators_facilitator_end": REVIEWERS,
    "facilitators_facilitator_end_pause": REVIEWERS,
    "facilitators_facilitator_import": ANY_REVIEWER,
    "facilitators_facilitator_import_template": ANY_REVIEWER,
    "facilitators_facilitator_import_preview": (404, 404, 403, 404, 404, 404),
    "facilitators_facilitator_join": REVIEWERS,
    "facilitators_facilitator_join_with": REVIEWERS,
    "facilitators_facilitator_link": REVIEWERS,
    "facilitators_facilitator_pause": REVIEWERS,
    "facilitators_facilitator_put_back": REVIEWERS,
    "facilitators_facilitator_put_in": ANY_REVIEWER,
    "facilitators_facilitator_take_out": REVIEWERS,
    "facilitators_commitment_forget": REVIEWERS,
    "facilitators_commitment_note": REVIEWERS,
    "facilitators_commitment_waive": REVIEWERS,
    "facilitators_delivery_confirm": REVIEWERS,
    "facilitators_delivery_correct": REVIEWERS,
    "facilitators_delivery_credited": REVIEWERS,
    "facilitators_delivery_file": READERS,
    "facilitators_delivery_take_back": REVIEWERS,
    "programmes_feedkey_revoke": ACADEMY_INVITATIONS,
    "programmes_organisation_import": ANY_ADMINISTRATOR,
    "programmes_organisation_import_template": ANY_ADMINISTRATOR,
    # A file that was sent is seen by whoever sent it.
    "programmes_organisation_import_preview": (404, 403, 403, 403, 404, 404),
    "programmes_message_again": REVIEWERS,
    "programmes_message_back": REVIEWERS,
    "programmes_message_bulk": (302, 302, 403, 302, 302, 302),
    "programmes_messagetemplate_mails": READERS,
    "programmes_messagetemplate_mail": READERS,
    "programmes_messagetemplate_look": READERS,
    "programmes_messagetemplate_changes": READERS,
    "programmes_messagetemplate_back": ADMINISTRATORS,
    "programmes_letter_look": READERS,
    "programmes_letter_send": REVIEWERS,
    "programmes_letter_throw_away": REVIEWERS,
    "programmes_programme_allowance": ADMINISTRATORS,
    "programmes_programme_close": ADMINISTRATORS,
    "programmes_programme_copy": ADMINISTRATORS,
    "programmes_programme_file": READERS,
    "programmes_programme_open": ADMINISTRATORS,
    "programmes_programme_preview": READERS,
    "programmes_programme_step": READERS,
    "programmes_programme_take_down": ADMINISTRATORS,
    "programmes_programme_waiting": READERS,
    "programmes_programme_waiting_move": REVIEWERS,
    "programmes_programme_waiting_verb": REVIEWERS,
    # The calendar and the account of whoever looks: everybody's own.
    "calendar": EVERYBODY,
    "account": EVERYBODY,
    "account_codes": (302, 302, 302, 302, 302, 302),
    "account_sign_out": (302, 302, 302, 302, 302, 302),
    "account_still_here": (405, 405, 405, 405, 405, 405),
    # Whoever needs no code is sent on.
    "two_factor": (302, 302, 302, 302, 302, 302),
    "two_factor_set_up": EVERYBODY,
    "programmes_academymember_changes": ANY_ADMINISTRATOR,
    "programmes_academymember_sign_out": ACADEMY_ADMINISTRATORS,
    "programmes_academymember_two_factor": ACADEMY_ADMINISTRATORS,
    "programmes_hold_lift": ACADEMY_INVITATIONS,
    "programmes_hold_person": ANY_ADMINISTRATOR,
    "programmes_hold_retention": ANY_ADMINISTRATOR,
    "programmes_invitation_again": ACADEMY_INVITATIONS,
    "programmes_invitation_withdraw": ACADEMY_INVITATIONS,
}


# What ends the name of an address that names no record, although it stands among those of a model.
BARE = ("_changelist", "_add", "_export", "_changes")


def table() -> dict[str, tuple[int, ...]]:
    """The answers by the address's name."""
    steps = ("changelist", "add", "change", "history", "delete")
    by_model = {
        f"{model}_{step}": answer
        for model, answers in MODELS.items()
        for step, answer in zip(steps, answers, strict=True)
    }
    # Who may read a list may take it along.
    exports = {f"{model}_export": answers[0] for model, answers in MODELS.items()}
    return by_model | exports | OTHERS


def address(name: str, known: dict) -> str:
    """An address of the staff's site, with what names a record of the desk's academy."""
    application = known["application"].pk
    special = {
        "programmes_programme_waiting_move": [known["programme"].pk, known["waitlisted"].pk],
        "programmes_programme_waiting_verb": [known["programme"].pk, "switch"],
        "programmes_programme_preview": [known["programme"].pk, "mails"],
        "programmes_programme_step": [known["programme"].pk, "about"],
        "app_list": ["programmes"],
        "programmes_message_bulk": ["again"],
        "programmes_messagetemplate_mails": [known["programme"].pk],
        **{
            f"programmes_messagetemplate_{step}": [known["programme"].pk, known["wording"].event]
            for step in ("mail", "look", "changes", "back")
        },
        **{
            f"programmes_messagetemplate_{step}": [known["wording"].pk]
            for step in ("change", "history", "delete")
        },
        "applications_application_bulk": ["shortlist"],
        "applications_application_decide": [application, "shortlist"],
        "applications_application_approval": [application, known["approval"].pk, "remind"],
        "applications_application_file": [application, known["answer"].pk],
        "applications_application_pack": [],
        "programmes_organisation_import": [],
        "programmes_organisation_import_template": [],
        "programmes_organisation_import_preview": [1],
        "applications_application_queue": [],
        "applications_application_decided": [],
        "applications_application_pending": [known["programme"].pk],
        "applications_application_note_change": [application, known["staffnote"].pk],
        "applications_application_conflict_lift": [application, known["conflict"].pk],
        "applications_application_duplicate": [application, known["waitlisted"].pk, "merge"],
        "facilitators_facilitator_import": [],
        "facilitators_facilitator_import_template": [],
        "facilitators_facilitator_import_preview": [1],
        "facilitators_facilitator_put_in": [],
        **{
            f"facilitators_facilitator_{verb}": [known["facilitator"].pk, known["pause"].training_id]
            for verb in ("day", "pause", "end", "put_back")
        },
        "facilitators_facilitator_join_with": [known["facilitator"].pk, known["facilitator"].pk],
        "facilitators_facilitator_end_pause": [known["facilitator"].pk, known["pause"].pk],
        "applications_nominationboard_import": [],
        "applications_nominationboard_import_template": [],
        "applications_nominationboard_import_preview": [1],
        **{
            f"applications_nominationboard_{verb}": [known["nominationboard"].pk, known["nominee"].pk]
            for verb in ("tell", "remove")
        },
        "applications_nominationboard_lead_again": [known["nominationboard"].pk, known["nominationlead"].pk],
        "applications_nominationboard_lead_close": [known["nominationboard"].pk, known["nominationlead"].pk],
        "programmes_hold_person": [],
        "programmes_hold_retention": [],
        "facilitators_delivery_yield": [],
        "facilitators_delivery_yield_file": [],
        "facilitators_evaluationresponse_results": [known["programme"].pk],
        "facilitators_evaluationresponse_results_file": [known["programme"].pk],
        "facilitators_commitment_forget": [known["commitment"].pk, known["participation"].pk],
        "cohorts_cohort_decide": [known["cohort"].pk, "cancel"],
        "cohorts_cohort_make_up": [known["session"].cohort_id, known["certificate"].application_id],
        "cohorts_cohort_put_right": [known["session"].cohort_id, known["certificate"].application_id],
        "cohorts_cohort_demand": [known["programme"].pk],
        "facilitators_circle_verb": [known["circle"].pk, "change"],
        "facilitators_coverrequest_verb": [known["coverrequest"].pk, "put-in"],
        "facilitators_implementationsession_ics": [
            known["implementationsession"].programme_id,
            known["implementationsession"].ics_id,
        ],
        "facilitators_implementationsession_ics_list": [],
        "facilitators_implementationsession_verb": [known["implementationsession"].pk, "agree"],
        "facilitators_learningset_date": [
            known["learningset"].pk,
            known["learningset"].meetings.get().pk,
            "register",
        ],
        "facilitators_learningset_verb": [known["learningset"].pk, "put-in"],
        "facilitators_notice_verb": [known["notice"].pk, "publish"],
        "facilitators_resource_file": [known["resource"].pk, 1],
        "facilitators_resource_verb": [known["resource"].pk, "new-version"],
    }
    if name in special:
        return reverse(f"admin:{name}", args=special[name])
    model = name.split("_")[1] if name.count("_") > 1 else ""
    of_a_record = model in known and not name.endswith(BARE)
    return reverse(f"admin:{name}", args=[known[model].pk] if of_a_record else [])


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


def test_a_role_that_is_taken_away_is_gone_with_the_next_page(desk, administrator):
    lists = (
        reverse("admin:applications_application_changelist"),
        reverse("admin:programmes_invitation_changelist"),
    )
    assert [administrator.get(one).status_code for one in lists] == [200, 200]
    memberships = desk.staff["administrator"].academy_memberships

    memberships.update(role=Role.VIEWER)
    as_viewer = [administrator.get(one).status_code for one in lists]
    memberships.all().delete()
    as_nobody = [administrator.get(one).status_code for one in lists]

    assert as_viewer == [200, 403]
    assert as_nobody == [302, 302]


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

    assert [name for name, rows in found.items() if rows] == []
    assert sorted(found) == [
        "academy",
        "academymember",
        "application",
        "booking",
        "certificate",
        "circle",
        "cohort",
        "commitment",
        "coverrequest",
        "criterion",
        "delivery",
        "download",
        "evaluationresponse",
        "exportrecord",
        "facilitator",
        "feedkey",
        "hold",
        "implementationsession",
        "invitation",
        "learningset",
        "letter",
        "message",
        "newsoptout",
        "nominationboard",
        "notice",
        "place",
        "programme",
        "proposal",
        "resource",
        "session",
        "topic",
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
    invitation = client.get(reverse("admin:programmes_invitation_add")).context["form"]

    assert list(programme.fields["academy"].queryset) == [elsewhere]
    assert list(cohort.fields["programme"].queryset) == []
    assert list(invitation.fields["academy"].queryset) == [elsewhere]
    assert list(invitation.fields["programmes"].queryset) == []


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


# Which action of which list is offered to whom, in the order of the people. One that is not offered does nothing.
FOR_REVIEWERS = (True, True, False, True, True, True)
FOR_READERS = (True, True, True, True, True, True)
FOR_ADMINISTRATORS = (True, False, False, False, True, True)
FOR_THE_SUPERUSER = (False, False, False, False, False, True)
ACTIONS: dict[str, dict[str, tuple[bool, ...]]] = {
    "applications_application": {
        "shortlist_selected": FOR_REVIEWERS,
        "offer_selected": FOR_REVIEWERS,
        "keep_selected": FOR_REVIEWERS,
        "clear_selected": FOR_REVIEWERS,
        "pack_selected": FOR_READERS,
        "write_to_selected": FOR_REVIEWERS,
    },
    "facilitators_delivery": {"confirm_selected": FOR_REVIEWERS},
    "programmes_message": {
        "send_again_selected": FOR_REVIEWERS,
        "take_back_selected": FOR_REVIEWERS,
    },
}

# Who may read a list may take what is selected along.
for _model, _answers in MODELS.items():
    ACTIONS.setdefault(_model, {})["export_selected"] = tuple(answer == 200 for answer in _answers[0])


@pytest.mark.parametrize("who", PEOPLE)
def test_each_action_is_offered_to_each_person_by_role(desk, who):
    client = desk.client(who)
    request = RequestFactory().get("/staff/")
    request.user = desk.staff[who]
    admins = {
        f"{model._meta.app_label}_{model._meta.model_name}": one for model, one in site._registry.items()
    }

    found = {
        (name, action): True
        for name, one in admins.items()
        if client.get(reverse(f"admin:{name}_changelist")).status_code == 200
        for action in one.get_actions(request)
    }

    assert found == {
        (name, action): True
        for name, actions in ACTIONS.items()
        for action, answers in actions.items()
        if answers[PEOPLE.index(who)]
    }


@pytest.mark.parametrize("who", ["outsider", "limited"])
def test_an_action_on_a_record_that_is_not_ones_own_finds_nothing_selected(desk, who):
    known = records(desk)
    client = desk.client(who)

    found = {}
    for name, actions in ACTIONS.items():
        record = known.get(name.partition("_")[2])
        for action, answers in actions.items():
            # What all may read, and so export, has a test of its own: tests/in_and_out.
            if action != "export_selected" and answers[PEOPLE.index(who)] and record is not None:
                sent = {"action": action, "_selected_action": [record.pk]}
                response = client.post(reverse(f"admin:{name}_changelist"), sent)
                found[action] = (response.status_code, "_selected_action" in str(response.content))

    assert {action for action, answer in found.items() if answer[0] == 200 and answer[1]} == set()
    assert set(found) >= {"shortlist_selected", "offer_selected"}


def test_nothing_but_the_second_step_opens_before_it_is_done(desk, settings):
    settings.STAFF_TWO_FACTOR = "required"
    known = records(desk)
    client = desk.client("superuser")
    step = reverse("admin:two_factor")
    open_to_all = {"login", "logout", "two_factor", "two_factor_set_up"}

    found = {name: client.get(address(name, known)) for name in table() if name not in open_to_all}

    assert {
        name for name, answer in found.items() if not answer.headers.get("Location", "").startswith(step)
    } == set()
    assert client.get(step).headers["Location"] == f"{reverse('admin:two_factor_set_up')}?next=%2Fstaff%2F"
