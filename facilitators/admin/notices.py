"""The noticeboard for staff: what waits to be read, what is on the board, and what was taken down and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from facilitators.admin.completion import ToBeRead
from facilitators.admin.delivery_filters import ProgrammeFilter
from facilitators.admin.with_verbs import WithVerbs
from facilitators.domain.community import noticeboard
from facilitators.models import Notice
from programmes.admin.base import WithHistory
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, long_text, sent

# The page of a verb that shows what was written, line by line.
_WITH_WORDS = "admin/facilitators/notice_verb.html"


class TakeDownForm(VerbForm):
    reason = long_text(
        "Reason",
        "Whoever wrote it reads it.",
        missing="Enter the reason. Whoever wrote it reads it.",
        limit=noticeboard.REASON_LIMIT,
    )


def _publish(request: HttpRequest, notice: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        noticeboard.publish(notice.pk, user=request.user, now=timezone.now())
        return "It is on the noticeboard."

    return VerbPage(
        title=f"Publish: {notice}",
        button="Put on the noticeboard",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=[
            f"The facilitators of {notice.programme} see it, with the name of {notice.author.facilitator.name}.",
        ],
        impossible=noticeboard.why_not_published(notice),
        template=_WITH_WORDS,
        extra={"notice": notice},
    )


def _take_down(request: HttpRequest, notice: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        noticeboard.take_down(notice.pk, reason=values["reason"], user=request.user, now=timezone.now())
        return f"It is not on the noticeboard. {notice.author.facilitator.name} is told by mail."

    return VerbPage(
        title=f"Do not show: {notice}",
        button="Do not show it",
        form=TakeDownForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=["The replies to a post are not shown either. You can publish it later."],
        impossible=noticeboard.why_not_taken_down(notice),
        template=_WITH_WORDS,
        extra={"notice": notice},
        ends_something=True,
    )


@admin.register(Notice)
class NoticeAdmin(WithHistory, ToBeRead, WithVerbs):
    """Nobody changes what somebody else wrote: it is published, or not."""

    access_rule = "viewers of the programme read, reviewers decide; to others it is 404"
    academy_path = "programme__academy"
    change_form_template = WithVerbs.change_form_template
    list_display = ("__str__", "programme", "author_name", "state", "written_at", "published_at")
    list_filter = (ProgrammeFilter, "state")
    list_select_related = ("programme__academy", "author__facilitator", "reply_to")
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("title", "text", "author__facilitator__name")
    search_help_text = "Search by title, text or name."
    fields = (
        *("programme", "author_name", "reply_to", "title", "text", "state"),
        *("written_at", "published_at", "decided_at", "decided_by", "reason"),
    )
    verbs: ClassVar[Mapping[str, Any]] = {
        "publish": ("Publish", _publish),
        "take-down": ("Do not show", _take_down),
    }

    @admin.display(description="Written by", ordering="author__facilitator__name")
    def author_name(self, notice: Notice) -> str:
        return notice.author.facilitator.name

    def possible(self, record: Any) -> list[str]:
        """What can be decided now."""
        why_not = {
            "publish": noticeboard.why_not_published(record),
            "take-down": noticeboard.why_not_taken_down(record),
        }
        return [verb for verb, reason in why_not.items() if not reason]
