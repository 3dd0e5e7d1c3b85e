"""The outbox, to be read: what was mailed to whom, what waits, what failed."""

from __future__ import annotations

import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.domain import outbox
from programmes.domain.links import LinkDead
from programmes.domain.messages import MAILS
from programmes.domain.rendering import render
from programmes.domain.wording import plural
from programmes.models import Message, Role

PAGE = "admin:programmes_message_change"


def purpose_of(message: Message) -> str:
    """What a mail is for, as a heading."""
    mail = MAILS.get(message.event)
    purpose = mail.purpose if mail else message.event
    return purpose[:1].upper() + purpose[1:]


def describe(message: Message, now: datetime.datetime) -> tuple[str, str]:
    """What has become of a mail, in words, and the colour of its tag."""
    if message.status == Message.Status.QUEUED and message.not_before > now:
        minutes = -(-(message.not_before - now) // datetime.timedelta(minutes=1))
        if message.attempts:
            return f"Tried {plural(message.attempts, 'time')}, again in {plural(minutes, 'minute')}", "theirs"
        return f"Held for {plural(minutes, 'more minute')}", "held"
    tones = {"sent": "well", "failed": "failed", "discarded": "ended"}
    status = message.get_status_display()
    if message.status == Message.Status.SENT and message.sent_at:
        sent = timezone.localtime(message.sent_at)
        status = f"Sent {sent:%-d %B %Y at %H:%M}"
    return status, tones.get(message.status, "theirs")


def _as_it_would_be(message: Message) -> tuple[str, str]:
    """Subject and text of a mail that has not been sent; the reader's own link is not in it."""
    try:
        preview = render(message)
    except LinkDead:
        return purpose_of(message), "This mail cannot be shown or sent: the key of its link is gone."
    return preview.subject, preview.record


@admin.register(Message)
class MessageAdmin(AcademyModelAdmin):
    """Mails are written by the portal alone. One that failed can be sent again."""

    academy_path = "programme__academy"
    access_rule = "viewers of the academy read, its reviewers send again; to others it is 404"
    list_display = ("written", "what", "to", "reference", "status_shown", "last_error")
    list_display_links = ("written", "what")
    list_filter = ("status",)
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    search_fields = ("to_address", "to_name", "event", "subject")
    search_help_text = "Search by who it is to, or by subject."
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")

    class Media:
        css = {"all": ("staff-review.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("programme__academy", "link")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Written", ordering="created_at")
    def written(self, message: Message) -> str:
        return f"{timezone.localtime(message.created_at):%-d %B %Y, %H:%M}"

    @admin.display(description="Mail", ordering="event")
    def what(self, message: Message) -> str:
        return purpose_of(message)

    @admin.display(description="To", ordering="to_address")
    def to(self, message: Message) -> str:
        return f"{message.to_name}, {message.to_address}" if message.to_name else message.to_address

    @admin.display(description="About")
    def reference(self, message: Message) -> str:
        return str(message.context.get("reference", "–"))

    @admin.display(description="Status", ordering="status")
    def status_shown(self, message: Message) -> SafeString:
        status, tone = describe(message, timezone.now())
        return format_html('<span class="tag tag--{}">{}</span>', tone, status)

    def get_urls(self) -> list[Any]:
        again = self.admin_site.admin_view(self.send_again_view)
        return [path("<int:pk>/again/", again, name="programmes_message_again"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One mail as its reader gets it, with the word “[link]” where their own link stands."""
        message = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        status, tone = describe(message, timezone.now())
        subject, text = message.subject, message.sent_text
        if not text:
            subject, text = _as_it_would_be(message)
        may = holds(request, Role.REVIEWER, self.academy_of(message))
        return TemplateResponse(
            request,
            "admin/programmes/message/change_form.html",
            {
                **self.admin_site.each_context(request),
                "title": self.what(message),
                "opts": self.opts,
                "message": message,
                "status": status,
                "tone": tone,
                "mail_subject": subject,
                "mail_text": text,
                "about": self._about(message),
                "may_send_again": may and message.status == Message.Status.FAILED,
            },
        )

    @staticmethod
    def _about(message: Message) -> str:
        kind, _, key = message.about.partition(":")
        return reverse("admin:applications_application_change", args=[key]) if kind == "application" else ""

    def send_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a mail that failed back into the queue."""
        message = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(message)):
            raise PermissionDenied
        failed = message.status == Message.Status.FAILED

        def carry_out(values: dict[str, Any]) -> str:
            outbox.send_again(message.pk, now=timezone.now())
            return f"The mail to {message.to_address} is sent again."

        return VerbPage(
            title="Send the mail again",
            button="Send again",
            form=NothingToAdd(sent(request)),
            back=Crumb(self.what(message), reverse(PAGE, args=[message.pk])),
            carry_out=carry_out,
            explanation=[
                f"To {self.to(message)}",
                f"It failed: {message.last_error}",
                "If the address is wrong, correct it on the application’s page instead: a new mail then goes there.",
            ],
            impossible="" if failed else f"This mail has not failed: {message.get_status_display().lower()}.",
        ).answer(request)
