"""The pages of proposals are accessible by day and by night, and fit a telephone, whatever the proposal has come to."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page

from cohorts.domain import proposals
from cohorts.models import Proposal
from tests import scenarios
from tests.browser.visits import look_everywhere
from tests.cohorts.proposing import rivals

pytestmark = pytest.mark.django_db(transaction=True)
Status = Proposal.Status


def test_every_page_of_a_proposal(page: Page, axe: Callable[..., None], portal: str, settings: Any) -> None:
    settings.DECISION_HOLD_MINUTES = 10
    programme = rivals()
    user = scenarios.reviewer_of(programme)
    dan = programme.applications.get(name="Dan").reference
    ready, running, failed, stopped, applied = (
        proposals.propose(
            programme.pk,
            user=user,
            chosen={"excluded": {dan: "Later."}} if number == 1 else None,
            now=timezone.now(),
        )
        for number in range(5)
    )
    Proposal.objects.filter(pk=running.pk).update(
        status=Status.RUNNING, step="Placing", steps_done=2, steps=7
    )
    Proposal.objects.filter(pk=failed.pk).update(status=Status.FAILED, problem_in_words="It was too hard.")
    Proposal.objects.filter(pk=stopped.pk).update(status=Status.APPLYING, step_at=None)
    client = Client()
    client.force_login(user)
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": portal}])

    def of(verb: str, proposal: Proposal) -> str:
        return reverse(f"admin:cohorts_proposal_{verb}", args=[proposal.pk])

    add = reverse("admin:cohorts_proposal_add")
    addresses = [
        reverse("admin:cohorts_proposal_changelist"),
        add,
        f"{add}?programme={programme.pk}&from={ready.pk}",
        *(of("change", one) for one in (ready, running, failed, stopped)),
        of("apply", ready),
        of("cancel", running),
        of("restart", failed),
        f"{of('compare', ready)}?with={applied.pk}",
    ]
    for address in addresses:
        page.goto(address)
        look_everywhere(page, axe)
    proposals.apply(applied.pk, user=user, now=timezone.now())
    for address in (of("change", applied), of("undo", applied)):
        page.goto(address)
        look_everywhere(page, axe)

    # An error leads to what is wrong.
    page.goto(f"{add}?programme={programme.pk}")
    page.get_by_label("The highest scores, then as many people as possible").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Propose", exact=True).click()
    assert page.title().startswith("Error: ")
    look_everywhere(page, axe)
