"""What a form does not ask cannot be sent along: not a state, not an academy, not anybody's rights."""

from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.db import models
from django.test import Client
from django.urls import reverse

from applications.models import Application, State
from facilitators.models import Booking
from programmes.domain import invitations, links
from programmes.models import AcademyMember, Link, Role
from programmes.views.gate import sign
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor
from tests.factories import NOW
from tests.pages.filling import about
from tests.staff.addresses import records
from tests.staff.forms import as_shown

RIGHTS = {"is_superuser": "on", "is_staff": "on", "is_active": "on", "groups": "1", "user_permissions": "1"}
# What nobody who fills in an application may say of it.
FORGED = {
    "state": "confirmed",
    "programme": "999",
    "programme_id": "999",
    "email": "other@example.org",
    "reference": "FORGED-1",
    "nomination_key": "ics:XXX",
    "reserve_position": "1",
    "submitted_at": "2026-01-01",
    "id": "999",
    "pk": "999",
    "decision": "support",
    "academy": "999",
    **RIGHTS,
}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


def row_of(record: Any) -> dict[str, Any]:
    return type(record)._base_manager.filter(pk=record.pk).values().get()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["about", "questions", "approvers", "declarations", "cohort_choice", "check", "information"]
)
def test_an_applicant_can_say_nothing_of_the_application_but_what_is_asked(page):
    ics = factories.IntegratedCareSystemFactory()
    application = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")
    before = row_of(application)

    Visitor(application).post(page, about(ics) | FORGED)

    asked = {
        "name",
        "job_title",
        "phone",
        "ics_id",
        "organisation_id",
        "organisation_name",
        "name_key",
        "sector",
        "changed_at",
    }
    after = row_of(application)
    differs = {name for name in before if before[name] != after[name]}
    assert differs <= (asked if page == "about" else set())
    assert (page != "about") or "name" in differs
    assert Application.objects.count() == 1


@pytest.mark.django_db
def test_whoever_starts_begins_with_a_draft_of_the_programme_they_asked_for():
    programme = factories.ProgrammeFactory()
    other = factories.ProgrammeFactory()
    forged = FORGED | {"programme": str(other.pk), "email": "sam@example.org"}

    Client().post(f"/programmes/{programme.slug}/start/?answers={sign(programme, {})}", forged)

    application = Application.objects.get()
    assert (application.state, application.programme, application.email) == (
        State.DRAFT,
        programme,
        "sam@example.org",
    )
    assert not application.reference.startswith("FORGED")


@pytest.mark.django_db
def test_an_answer_is_given_by_whom_it_was_asked_of_and_for_nothing_else():
    programme = factories.ProgrammeFactory()
    factories.ApprovalStepFactory(programme=programme)
    application, other = (scenarios.submitted(programme, email=f"{name}@example.org") for name in ("a", "b"))
    approval, others = application.approvals.pending().get(), other.approvals.pending().get()
    forged = {"approval": others.pk, "application": other.pk, "pk": others.pk, "email": "x@example.org"}

    Visitor(approval).post("approve", {"decision": "support", "full_name": "Morgan", **forged})

    others.refresh_from_db()
    other.refresh_from_db()
    approval.refresh_from_db()
    assert (others.decision, other.state) == ("pending", State.AWAITING_APPROVAL)
    assert (approval.decision, approval.email) == ("supported", approval.email)
    assert approval.email != "x@example.org"


@pytest.mark.django_db
def test_whoever_books_gets_the_next_place_of_this_circle():
    circle = factories.CircleFactory(starts_at=NOW.replace(day=28))
    other = factories.CircleFactory(starts_at=NOW.replace(day=29))
    ics = factories.IntegratedCareSystemFactory()
    typed = {
        "name": "Sam Somebody",
        "email": "sam@example.org",
        "ics": ics.code,
        "organisation_name": "Downs Hospice",
        "sector": "hospice",
    }

    Client().post(
        f"/circles/{circle.reference}/",
        {**typed, "circle": other.pk, "seat_number": "99", "state": "attended", "came": "on", "pk": "1"},
    )

    booking = Booking.objects.get()
    assert (booking.circle, booking.state, booking.seat_number, booking.came) == (circle, "booked", 1, None)


@pytest.mark.django_db
def test_whoever_is_invited_gets_the_role_they_were_invited_to_and_no_other():
    member = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR)
    invitation = invitations.invite(
        academy=member.academy,
        name="Casey",
        address="casey@example.org",
        role=Role.VIEWER,
        by=member.user,
        now=NOW,
    )
    link = Link.objects.get(opens=Link.Opens.INVITATION, object_id=invitation.pk)
    password = "three random words here"
    given = {"full_name": "Casey Colleague", "password": password, "again": password}

    Client().post(
        reverse("invitation", args=[links.token_of(link)]),
        {
            **given,
            **RIGHTS,
            "role": "administrator",
            "academy": "999",
            "username": "root",
            "email": "root@example.org",
        },
    )

    user = get_user_model().objects.get(email="casey@example.org")
    assert (user.is_superuser, user.groups.count(), user.user_permissions.count()) == (False, 0, 0)
    joined = AcademyMember.objects.get(user=user)
    assert (joined.role, joined.academy) == (Role.VIEWER, member.academy)


def forged_values(model: type[models.Model], asked: set[str]) -> dict[str, Any]:
    """For every column that a form does not hold: another value, by every name that it could be called."""
    forged: dict[str, Any] = {}
    for column in model._meta.concrete_fields:
        if column.name in asked:
            continue
        value = "forged"
        if column.is_relation:
            value = str(
                column.related_model._base_manager.order_by("-pk").values_list("pk", flat=True).first() or 1
            )
        elif isinstance(column, models.BooleanField):
            value = "on"
        elif isinstance(column, models.IntegerField | models.AutoField):
            value = "4242"
        elif isinstance(column, models.DateTimeField):
            value = "2020-01-01 00:00"
        elif column.choices:
            value = str(column.choices[-1][0])
        forged |= {column.name: value, column.attname: value}
        if isinstance(column, models.DateTimeField):
            forged |= {f"{column.name}_0": "2020-01-01", f"{column.name}_1": "00:00"}
    return forged


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["administrator", "reviewer"])
def test_staff_change_nothing_that_the_page_of_a_record_does_not_ask(desk, who):
    known = records(desk)
    client = desk.client(who)
    saved, changed = [], {}
    for model in admin.site._registry:
        record = known.get(model._meta.model_name)
        if record is None:
            continue
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[record.pk])
        page = client.get(address)
        if page.status_code != 200 or not getattr(page, "context", None) or "adminform" not in page.context:
            continue
        sent = as_shown(page)
        before = row_of(record)
        forged = forged_values(model, set(page.context["adminform"].form.fields))

        answer = client.post(address, {**forged, **RIGHTS, **sent})

        after = row_of(record)
        columns = {column.attname for column in model._meta.concrete_fields if column.name in forged}
        saved += [model._meta.model_name] if answer.status_code == 302 else []
        differs = {name for name in columns if before[name] != after[name]}
        if differs:
            changed[model._meta.model_name] = differs

    assert changed == {}
    # So that nothing was left as it was because the form was refused.
    assert len(saved) >= (5 if who == "administrator" else 1), saved
