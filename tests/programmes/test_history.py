"""Everything that staff can edit keeps its history: who, when, what it was before."""

import contextlib

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.test import RequestFactory
from django.urls import reverse
from simple_history.models import HistoricalRecords

from applications.models import Answer, Application
from cohorts.domain import preferences
from cohorts.models import Preference
from programmes.admin.parts_history import changes_of_parts
from programmes.domain import catalogue, record
from programmes.models import Criterion, Programme, Question, Region
from tests import factories, scenarios
from tests.factories import NOW

LEADERSHIP = catalogue.SHIPPED / "leadership-support-circles.yaml"
OURS = ("programmes", "applications", "cohorts", "facilitators")
# What staff change by a verb, and no form of the admin's own holds.
BY_A_VERB = {
    "applications.Application",  # matched to an organisation, ranked, merged
    "applications.Approval",  # who is asked is corrected
    "applications.ConflictOfInterest",
    "applications.NotTheSamePerson",
    "applications.StaffNote",
    "cohorts.Attendance",
    "cohorts.PendingDecision",
    "cohorts.WaitingPlace",
    "facilitators.Certificate",
    "programmes.NominationAllowance",
}
# Records that are themselves the history: rows are added, and what they said is never written over. Why each may be.
RECORDS = {
    "applications.StateChange": "one row a change",
    "applications.Review": "one row a review; a later one of the same reviewer takes its place and both are kept",
    "applications.Points": "of a review",
    "applications.Merge": "one row a merge",
    "cohorts.CohortDecision": "one row a decision",
    "cohorts.Place": "one row an offer; what became of it is a change of state",
    "cohorts.Proposal": "one row a proposal, with its input and output",
    "facilitators.CommitmentReminder": "one row a reminder",
    "facilitators.CoverAsked": "one row a facilitator asked, with what they answered, once, and when",
    "facilitators.Download": "one row a holder and version, with when it was fetched first and last, and how often",
    "facilitators.EvaluationResponse": "said once, by the person trained",
    "facilitators.EvaluationAnswer": "said once, by the person trained",
    "facilitators.UndertakingMade": "agreed once, by the person trained",
    "programmes.ExportRecord": "one row an export",
    "programmes.Message": "one row a mail, with what became of it, when and by whom",
}


@contextlib.contextmanager
def request_of(user):
    """A request as the library's middleware keeps it."""
    request = RequestFactory().get("/")
    request.user = user
    HistoricalRecords.context.request = request
    try:
        yield
    finally:
        del HistoricalRecords.context.request


def _name(model):
    return f"{model._meta.app_label}.{model._meta.object_name}"


def _is_history(model):
    return _name(model).split(".")[1].startswith("Historical")


def ours():
    """Every model of the portal, but for the tables of history themselves and of links between two models."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            if not _is_history(model) and not model._meta.auto_created:
                yield model


def editable():
    """The names of the models that staff can edit: on pages, in parts of pages, and by verbs."""
    found = set(BY_A_VERB)
    for model, model_admin in admin.site._registry.items():
        found |= {_name(model), *(_name(inline.model) for inline in model_admin.inlines)}
    return found


def test_every_model_that_staff_can_edit_keeps_its_history_or_is_a_record_itself():
    without = {
        _name(model)
        for model in ours()
        if _name(model) in editable() and not hasattr(model, "history") and _name(model) not in RECORDS
    }

    assert without == set()


def test_what_is_named_here_is_there():
    names = {_name(model) for model in ours()}

    assert (set(RECORDS) | BY_A_VERB) - names == set()


@pytest.mark.django_db
def test_a_programmes_file_that_is_loaded_keeps_the_history_of_every_part_and_says_that_a_command_did_it():
    call_command("load_integrated_care_systems")
    call_command("load_programme", str(LEADERSHIP))

    for model in (Programme, Criterion, Question):
        assert model.history.count() == model.objects.count() > 0
        assert {row.history_change_reason for row in model.history.all()} == {"The command load_programme"}
    assert {row.history_change_reason for row in Region.history.all()} == {
        "The command load_integrated_care_systems"
    }


@pytest.mark.django_db
def test_a_programmes_file_loaded_without_a_command_is_recorded_as_the_portals_doing():
    call_command("load_integrated_care_systems")
    catalogue.load([LEADERSHIP])

    assert {row.history_change_reason for row in Programme.history.all()} == {record.PORTAL}


@pytest.mark.django_db
def test_cohorts_chosen_in_bulk_keep_their_history():
    programme = factories.ProgrammeFactory()
    cohorts = [factories.CohortFactory(programme=programme) for _ in range(2)]
    one = scenarios.filled_in(programme)
    Preference.history.all().delete()

    preferences.save_preferences(one.pk, ranked=cohorts[::-1], cannot_attend={}, now=NOW)

    rows = Preference.history.values_list("history_type", "cohort", "rank", "history_change_reason")
    assert set(rows) == {
        ("-", cohorts[0].pk, 1, record.PORTAL),
        ("-", cohorts[1].pk, 2, record.PORTAL),
        ("+", cohorts[1].pk, 1, record.PORTAL),
        ("+", cohorts[0].pk, 2, record.PORTAL),
    }


@pytest.mark.django_db
def test_what_an_account_changes_names_the_account_and_no_other_hand():
    user = factories.UserFactory()
    region = factories.RegionFactory()
    record.changed_by(region, user)

    region.save()

    row = region.history.first()
    assert (row.history_user, row.history_change_reason) == (user, None)


@pytest.mark.django_db
def test_what_a_public_page_changes_says_so():
    programme = factories.ProgrammeFactory()
    one = scenarios.filled_in(programme)

    with request_of(AnonymousUser()):
        one.job_title = "Ward manager"
        one.save()
        assert record.by_whom() == record.PUBLIC_PAGE

    assert one.history.first().history_change_reason == record.PUBLIC_PAGE


@pytest.mark.django_db
def test_in_the_request_of_an_account_nothing_is_said_besides_it():
    with request_of(factories.UserFactory()):
        assert record.by_whom() == ""


@pytest.mark.django_db
def test_what_is_erased_takes_its_history_with_it():
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme)
    one = scenarios.filled_in(programme)

    one.delete()

    assert Application.history.count() == 0
    assert Answer.history.count() == 0


@pytest.mark.django_db
def test_a_programmes_history_shows_what_became_of_its_parts():
    programme = factories.ProgrammeFactory()
    question = factories.QuestionFactory(programme=programme, text="Why you?")
    role = factories.RoleDescriptionFactory(programme=programme, text="You train others.")
    factories.QuestionFactory()
    user = factories.UserFactory(first_name="Ada", last_name="Lovelace")
    question.text = "Why do you apply?"
    question.hint = "In 200 words"
    record.changed_by(question, user)
    question.save()
    question.save()
    role.delete()

    changes = changes_of_parts(programme)

    assert [(one.what, one.who) for one in changes] == [
        ("Role description “You train others.” deleted", record.PORTAL),
        ("Question “Why do you apply?” changed", "Ada Lovelace"),
        ("Role description “You train others.” added", record.PORTAL),
        ("Question “Why you?” added", record.PORTAL),
    ]
    assert [(field.name, field.old, field.new) for field in changes[1].fields] == [
        ("Text", "Why you?", "Why do you apply?"),
        ("Hint", "(nothing)", "In 200 words"),
    ]


@pytest.mark.django_db
def test_the_history_page_of_a_programme_shows_its_parts(client):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, text="Why you?")
    client.force_login(factories.UserFactory(is_superuser=True))

    response = client.get(reverse("admin:programmes_programme_history", args=[programme.pk]))

    assert "<td>Question “Why you?” added</td>" in response.content.decode()
