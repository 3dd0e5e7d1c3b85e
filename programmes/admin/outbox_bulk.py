"""Several mails at once: what is about to happen, then done and skipped, one by one."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, long_text
from programmes.domain import outbox
from programmes.domain.access import Person
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Message

# More at once would keep a page waiting too long.
LIMIT = 500


class TakeBackForm(VerbForm):
    """Why mails are not sent after all."""

    reason = long_text(
        "Why is it not sent?",
        "Kept with the mail, with your name. The reader does not see it.",
        missing="Enter why it is not sent.",
    )


@dataclass(frozen=True)
class Together:
    """What can be done with several mails: its button, what it means, what it asks, and what it does with each."""

    button: str
    means: str
    form: type[forms.Form]
    each: Callable[[Message, dict[str, Any], Person, datetime.datetime], Message]


@dataclass
class Report:
    """What became of each mail: done, or skipped and why."""

    done: list[Message] = field(default_factory=list)
    skipped: list[tuple[Message, str]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{len(self.done)} done, {len(self.skipped)} skipped"


ACTIONS = {
    "again": Together(
        "Send again",
        "Each is tried once more, from the start.",
        NothingToAdd,
        lambda message, values, user, now: outbox.send_again(message.pk, user=user, now=now),
    ),
    "back": Together(
        "Take back",
        "None of them is sent. What they tell of stands: a decision is undone on the application’s page.",
        TakeBackForm,
        lambda message, values, user, now: outbox.take_back(
            message.pk, user=user, reason=values["reason"], now=now
        ),
    ),
}


def carry_out(
    action: Together,
    values: dict[str, Any],
    messages: Sequence[Message],
    user: Person,
    now: datetime.datetime,
) -> Report:
    """Do it with each, in a transaction of its own: one that is refused is skipped, and the others go on."""
    report = Report()
    for message in messages:
        try:
            action.each(message, values, user, now)
        except Refused as refused:
            report.skipped.append((message, refused.sentence))
        else:
            report.done.append(message)
    return report


def bulk_page(
    request: HttpRequest,
    name: str,
    messages: Sequence[Message],
    *,
    url: str,
    back: Crumb,
    confirmed: bool,
    now: datetime.datetime,
) -> HttpResponse:
    """Ask before (``confirmed`` is false), or carry out and report."""
    action = ACTIONS[name]
    form = action.form(request.POST if confirmed else None)
    context: dict[str, Any] = {
        **admin.site.each_context(request),
        "title": f"{action.button}: {plural(len(messages), 'mail')}",
        "action": action,
        "mails": messages,
        "number": len(messages),
        "form": form,
        "url": url,
        "back": back,
        "too_many": f"Choose at most {LIMIT} at once." if len(messages) > LIMIT else "",
    }
    if confirmed and not context["too_many"] and form.is_valid():
        context["report"] = carry_out(action, form.cleaned_data, messages, request.user, now)
        return TemplateResponse(request, "admin/programmes/message/bulk_report.html", context)
    return TemplateResponse(request, "admin/programmes/message/bulk.html", context)
