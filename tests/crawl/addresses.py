"""Every address of the project, filled with real objects."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver

from applications.admin.bulk import ACTIONS as TOGETHER
from applications.admin.decisions import DECISIONS
from applications.models import Answer, Application, Approval
from cohorts.admin.choices import CHOICES
from cohorts.admin.waiting import VERBS
from cohorts.domain.plans import INTO_ANOTHER
from facilitators.models import Certificate
from programmes.domain import links
from programmes.models import Link, Message
from programmes.views.gate import sign
from tests.crawl.world import World

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)")


@dataclass(frozen=True)
class Pattern:
    """One address as it is declared: its text, and the names of what has to be filled in."""

    text: str
    name: str | None

    @property
    def parameters(self) -> list[str]:
        return [found[1] or found[2] for found in PARAMETER.finditer(self.text)]

    def filled(self, values: dict[str, Any]) -> str:
        text = PARAMETER.sub(lambda found: str(values[found[1] or found[2]]), self.text)
        return "/" + re.sub(r"[\^$]|\\(?=\W)", "", text) + values.get("query", "")


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[Pattern]:
    """Every address that the project answers."""
    for entry in (resolver or get_resolver()).url_patterns:
        text = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Pattern(text, entry.name)
        else:
            yield from patterns(entry, text)


def fillings(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What the parameters of an address can stand for, each time a whole set; none where that is not known here."""
    if not pattern.parameters:
        return [{}]
    for start, fill in _BY_START.items():
        if pattern.text.startswith(start) and (found := fill(pattern, world)):
            return found
    return []


def _programmes(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    found = []
    for programme in (world.offering, world.confirming):
        # Who has passed the gate comes with what they answered, in the address.
        answered = {
            one.key: [way.key for way in one.options.all()] or True for one in programme.criteria.all()
        }
        query = f"?answers={sign(programme, answered)}" if pattern.name == "start" else ""
        found.append({"slug": programme.slug, "query": query})
    return found


def _mails(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    newest = {mail.event: mail for mail in Message.objects.order_by("pk")}
    return [
        {"pk": mail.pk, "number": 1}
        for mail in newest.values()
        if mail.attachments or "number" not in pattern.parameters
    ]


def _links(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [
        {"opens": opens, "token": token}
        for opens, tokens in (
            (Link.Opens.APPLICATION.value, world.my_tokens),
            (Link.Opens.APPROVAL.value, world.approve_tokens),
            (Link.Opens.REGISTER.value, world.register_tokens),
        )
        for token in tokens.values()
    ]


def _my(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    if "approvals/" in pattern.text:
        asked = Approval.objects.pending().get(application=world.asks)
        return [{"token": world.my_tokens["awaiting_approval"], "pk": asked.pk}]
    if "files/" in pattern.text:
        answer = Answer.objects.exclude(file="").get()
        return [{"token": world.my_tokens["under_review"], "pk": answer.pk}]
    return [{"token": token} for token in world.my_tokens.values()]


def _register(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"token": token} for token in world.register_tokens.values()]


def _calendars(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    staff = pattern.text.startswith("calendar/staff/")
    opens = Link.Opens.STAFF_CALENDAR if staff else Link.Opens.CALENDAR
    tokens = [links.token_of(link) for link in Link.objects.filter(opens=opens).order_by("pk")]
    return [{"token": token} for token in [*tokens, "x" * 43]]


def _programmes_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What can be done with a waiting list; the rest as for every model."""
    if "application" in pattern.parameters:
        waiting = Application.objects.get(programme=world.offering, state="waitlisted")
        return [{"pk": world.offering.pk, "application": waiting.pk}]
    if "verb" in pattern.parameters:
        return [{"pk": world.offering.pk, "verb": verb} for verb in VERBS]
    return _of_a_model(pattern, world)


def _certificates(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"number": number} for number in (Certificate.objects.get().number, "LSC-2026-NONE2")]


def _approve(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"token": token} for token in world.approve_tokens.values()]


def _applications(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    ours = Application.objects.filter(programme=world.offering)
    one_of_each = {application.state: application.pk for application in ours}
    if "together/" in pattern.text:
        return [{"action": action} for action in TOGETHER]
    if "/decide/" in pattern.text:
        return [{"pk": pk, "action": action} for pk in one_of_each.values() for action in DECISIONS]
    if "/approvals/" in pattern.text:
        found = Approval.objects.filter(application__in=ours, method="emailed").exclude(decision="not_asked")
        one_each = {approval.decision: approval for approval in found}.values()
        return [
            {"pk": approval.application_id, "approval": approval.pk, "action": action}
            for approval in one_each
            for action in ("override", "address", "remind")
        ]
    if "/file/" in pattern.text:
        return [
            {"pk": answer.application_id, "answer": answer.pk} for answer in Answer.objects.exclude(file="")
        ]
    return [{"pk": pk, "object_id": pk} for pk in one_of_each.values()]


def _cohorts(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """Each choice about a cohort, also into another one; the rest as for every model."""
    if pattern.parameters == ["programme"]:
        return [{"programme": world.offering.pk}]
    first, second = world.offering.cohorts.order_by("pk")[:2]
    if "/decide/" in pattern.text:
        found: list[dict[str, Any]] = [{"pk": first.pk, "kind": kind} for kind in CHOICES]
        return [
            *found,
            *({"pk": first.pk, "kind": kind, "query": f"?into={second.pk}"} for kind in INTO_ANOTHER),
        ]
    if "application" in pattern.parameters:
        return [{"pk": first.pk, "application": Certificate.objects.get().application_id}]
    return _of_a_model(pattern, world)


def _of_a_model(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """The first records of the model whose staff pages these are; those of the crawled academy first."""
    app_label, model_name = pattern.text.split("/")[1:3]
    for model in admin.site._registry:
        if (model._meta.app_label, model._meta.model_name) == (app_label, model_name):
            keys = model._default_manager.order_by("pk").values_list("pk", flat=True)[:2]
            return [{"object_id": key, "pk": key, "id": key} for key in keys]
    return []


def _rest_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    if pattern.parameters == ["url"]:
        return [{"url": "no/such/page"}]
    if pattern.parameters == ["app_label"]:
        return [
            {"app_label": label}
            for label in sorted({model._meta.app_label for model in admin.site._registry})
        ]
    return []


# By how an address begins; the first that knows it is taken.
_BY_START = {
    "programmes/": _programmes,
    "dev/mailbox/": _mails,
    "link-again/": _links,
    "my/": _my,
    "approve/": _approve,
    "register/": _register,
    "certificates/": _certificates,
    "calendar/": _calendars,
    "staff/programmes/programme/": _programmes_of_staff,
    "staff/applications/application/": _applications,
    "staff/cohorts/cohort/": _cohorts,
    "staff/": lambda pattern, world: _rest_of_staff(pattern, world) or _of_a_model(pattern, world),
}
