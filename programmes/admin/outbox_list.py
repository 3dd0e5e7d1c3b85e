"""What the outbox can be narrowed to, and what is counted above it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from programmes.admin.waiting import Narrowing
from programmes.domain import access
from programmes.domain.mails import MAILS
from programmes.models import Message
from programmes.models.messages import held_at

Status = Message.Status
HELD = "held"
# As they are asked for in the address; those that still wait are told apart by the hold.
STANDINGS = (
    (Status.QUEUED.value, "Waiting to be sent"),
    (HELD, "Held"),
    (Status.SENDING.value, "Being sent"),
    (Status.SENT.value, "Sent"),
    (Status.FAILED.value, "Failed"),
    (Status.DISCARDED.value, "Taken back"),
    (Status.SUPERSEDED.value, "Superseded"),
)


class StandingFilter(Narrowing):
    """What has become of a mail."""

    title = "status"
    parameter_name = "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(STANDINGS)

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        held = held_at(timezone.now())
        if chosen == HELD:
            return queryset.filter(held)
        return queryset.filter(status=chosen).exclude(held)


class ProgrammeFilter(Narrowing):
    """Of which programme it is, among those that the reader sees."""

    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return list(access.programmes_visible_to(request.user).order_by("title").values_list("pk", "title"))

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(programme=chosen)


class ReaderFilter(Narrowing):
    """Whom a mail is for."""

    title = "reader"
    parameter_name = "reader"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("applicant", "Applicants"),
            ("approver", "Approvers"),
            ("staff", "Staff"),
            ("facilitator", "Facilitators"),
            ("participant", "People who book circles"),
        ]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(event__in=[mail.event for mail in MAILS.values() if mail.reader == chosen])


def counts(messages: QuerySet[Any]) -> list[tuple[str, str, int]]:
    """Of what has not been sent how much there is: the filter's value, its name and the number; one query."""
    held = held_at(timezone.now())
    found = messages.exclude(status=Status.SENT).aggregate(
        held=Count("pk", filter=held),
        queued=Count("pk", filter=Q(status=Status.QUEUED) & ~held),
        sending=Count("pk", filter=Q(status=Status.SENDING)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
    )
    return [(value, label, found[value]) for value, label in STANDINGS if found.get(value)]
