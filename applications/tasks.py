"""Clocks of the applications: each fetches ids and calls one verb."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from applications.domain import approvals, link_requests


@shared_task
def chase_approvers() -> int:
    """Remind the approvers whose answer is due; return how many mails were queued."""
    now = timezone.now()
    return sum(approvals.chase(pk, now=now) for pk in approvals.due_for_chasing(now))


@shared_task
def send_links_asked_for() -> int:
    """Mail the links that were asked for as the portal stopped; return how many there were."""
    return link_requests.fulfil_left(timezone.now())
