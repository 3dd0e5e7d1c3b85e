"""What staff can do about an approval that waits."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import approvals
from applications.models import Decision, State
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of


@pytest.fixture
def approval(desk):
    factories.ApprovalStepFactory(programme=desk.programme)
    now = NOW - datetime.timedelta(days=5)
    return scenarios.submitted(desk.programme, email="sam@example.org", now=now).approvals.get()


def address(approval, action):
    return reverse(
        "admin:applications_application_approval", args=[approval.application_id, approval.pk, action]
    )


def test_agreeing_in_the_approvers_stead_is_recorded_with_name_and_reason(desk, reviewer, approval):
    response = reviewer.post(address(approval, "override"), {"reason": "She rang and agreed."}, follow=True)

    approval.refresh_from_db()
    assert messages_of(response) == ["Recorded: agreed in the stead of Morgan Line manager."]
    assert (approval.decision, approval.reason) == (Decision.OVERRIDDEN, "She rang and agreed.")
    assert approval.decided_by == desk.staff["reviewer"]
    assert approval.application.state == State.UNDER_REVIEW
    assert "Agreed by the academy instead 5 October 2026 by Robin Reviewer" in text_of(response)


def test_agreeing_without_a_reason_is_refused(reviewer, approval):
    response = reviewer.post(address(approval, "override"), {"reason": " "})

    approval.refresh_from_db()
    assert response.context["form"].errors == {
        "reason": ["Enter the reason. It is kept with your name."],
    }
    assert approval.decision == Decision.PENDING


def test_a_corrected_address_is_asked_at_once(reviewer, approval):
    given = {"name": "Róisín O’Brien", "email": "roisin@example.org"}

    page = reviewer.get(address(approval, "address"))
    response = reviewer.post(address(approval, "address"), given, follow=True)

    fresh = approval.application.approvals.pending().get()
    assert page.context["form"]["email"].value() == approval.email
    assert messages_of(response) == ["Róisín O’Brien is asked now, at roisin@example.org."]
    assert (fresh.name, fresh.email) == ("Róisín O’Brien", "roisin@example.org")
    assert Message.objects.filter(event="approval_request", to_address="roisin@example.org").count() == 1


@pytest.mark.parametrize(
    ("email", "error"),
    [
        (
            "Sam+boss@Example.org",
            "That is your own email address. Nobody can approve their own application: "
            "give the address of the person who approves it.",
        ),
        ("nonsense", None),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused_and_kept_in_its_field(reviewer, approval, email, error):
    response = reviewer.post(address(approval, "address"), {"name": "Sam", "email": email})

    form = response.context["form"]
    expected = (
        {"__all__": [error]}
        if error
        else {"email": ["Enter an email address in the correct format, like name@example.org."]}
    )
    assert form.errors == expected
    assert form["email"].value() == email
    assert approval.application.approvals.count() == 1


def test_a_reminder_goes_out_once_in_48_hours(reviewer, approval):
    first = reviewer.post(address(approval, "remind"), follow=True)
    second = reviewer.post(address(approval, "remind"), follow=True)

    assert messages_of(first) == ["Morgan Line manager is reminded."]
    assert second.context["form"].non_field_errors() == [
        "Morgan Line manager was last written to less than 48 hours ago. "
        "You can send a reminder from 7 October at 13:00."
    ]
    assert Message.objects.filter(event="approval_chaser").count() == 1


@pytest.mark.parametrize("action", ["override", "address", "remind"])
def test_an_approval_that_was_answered_needs_nothing(reviewer, approval, action):
    approvals.support(approval.pk, name="Morgan", now=NOW)

    page = reviewer.get(address(approval, action))
    response = reviewer.post(
        address(approval, action), {"reason": "x", "name": "x", "email": "x@example.org"}
    )

    sentence = "This approval waits for no answer: it is recorded as “supported”."
    assert sentence in text_of(page)
    assert sentence in text_of(response)
    assert approval.application.approvals.get().decision == Decision.SUPPORTED


def test_an_approval_of_another_application_does_not_exist(desk, reviewer, approval):
    other = scenarios.submitted(desk.programme)
    addresses = [
        reverse("admin:applications_application_approval", args=[other.pk, approval.pk, "override"]),
        address(approval, "approve"),
    ]

    answers = [reviewer.post(one, {"reason": "x"}).status_code for one in addresses]

    approval.refresh_from_db()
    assert answers == [404, 404]
    assert approval.decision == Decision.PENDING
