"""What the outbox can be narrowed to, and what is counted above it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from programmes.domain import access
from programmes.domain.messages import MAILS
from programmes.models import Message

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


class Narrowing(admin.SimpleListFilter):
    """A filter that takes no value but those it offers: another is as if none were given."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        known = {str(key) for key, _ in self.lookup_choices}
        return self.narrow(queryset, value) if value in known else queryset

    def narrow(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """The rows for a value that is offered."""
        raise NotImplementedError


class StandingFilter(Narrowing):
    """What has become of a mail."""

    title = "status"
    parameter_name = "status__exact"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(STANDINGS)

    def narrow(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        held = Q(status=Status.QUEUED, not_before__gt=timezone.now(), attempts=0)
        if value == HELD:
            return queryset.filter(held)
        return queryset.filter(status=value).exclude(held)


class ProgrammeFilter(Narrowing):
    """Of which programme it is, among those that the reader sees."""

    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return list(access.programmes_visible_to(request.user).order_by("title").values_list("pk", "title"))

    def narrow(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset.filter(programme=value)


class ReaderFilter(Narrowing):
    """Whom a mail is for."""

    title = "reader"
    parameter_name = "reader"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("applicant", "Applicants"), ("approver", "Approvers"), ("staff", "Staff")]

    def narrow(self, queryset: QuerySet[Any], value: Any) -> QuerySet[Any]:
        return queryset.filter(event__in=[mail.event for mail in MAILS.values() if mail.reader == value])


def counts(messages: QuerySet[Any]) -> list[tuple[str, str, int]]:
    """Of what has not been sent how much there is: the filter's value, its name and the number; one query."""
    held = Q(status=Status.QUEUED, not_before__gt=timezone.now(), attempts=0)
    found = messages.exclude(status=Status.SENT).aggregate(
        held=Count("pk", filter=held),
        queued=Count("pk", filter=Q(status=Status.QUEUED) & ~held),
        sending=Count("pk", filter=Q(status=Status.SENDING)),
        failed=Count("pk", filter=Q(status=Status.FAILED)),
    )
    return [(value, label, found[value]) for value, label in STANDINGS if found.get(value)]
