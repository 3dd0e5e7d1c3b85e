"""The outbox: what was mailed to whom, what waits, what failed, and what staff can still do about it."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from programmes.admin import outbox_bulk, outbox_list
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, page_of, sent
from programmes.domain import access, outbox
from programmes.domain.links import LinkDead, token_of
from programmes.domain.mails import MAILS
from programmes.domain.rendering import preview, wording
from programmes.domain.wording import plural
from programmes.models import Academy, Message, Role

LIST = "admin:programmes_message_changelist"
PAGE = "admin:programmes_message_change"
Status = Message.Status


@dataclass(frozen=True)
class Posted:
    """One mail as it stands among others: what it is for, what has become of it, and the colour of its tag."""

    message: Message
    purpose: str
    status: str
    tone: str


def correspondence_of(rows: Iterable[Message], now: datetime.datetime) -> list[Posted]:
    """Some mails as they stand."""
    return [Posted(row, purpose_of(row), *describe(row, now)) for row in rows]


def purpose_of(message: Message) -> str:
    """What a mail is for, as a heading."""
    mail = MAILS.get(message.event)
    purpose = mail.purpose if mail else message.event
    if message.event in ("letter", "news"):
        purpose = message.event
    return purpose[:1].upper() + purpose[1:]


def describe(message: Message, now: datetime.datetime) -> tuple[str, str]:
    """What has become of a mail, in words, and the colour of its tag."""
    if message.status == Status.QUEUED and message.not_before > now:
        minutes = -(-(message.not_before - now) // datetime.timedelta(minutes=1))
        if message.attempts:
            return f"Tried {plural(message.attempts, 'time')}, again in {plural(minutes, 'minute')}", "theirs"
        return f"Held for {plural(minutes, 'more minute')}", "held"
    tones = {"sent": "well", "failed": "failed", "discarded": "ended", "superseded": "ended"}
    status = message.get_status_display()
    if message.status == Status.SENT and message.sent_at:
        sent = timezone.localtime(message.sent_at)
        status = f"Sent {sent:%-d %B %Y at %H:%M}"
    return status, tones.get(message.status, "theirs")


def text_of_mail(message: Message) -> tuple[str, str]:
    """Subject and text of a mail as it went, or as it would go now; no link in it opens anything."""
    if message.sent_text:
        return message.subject, message.sent_text
    try:
        if message.link:
            token_of(message.link)
    except LinkDead:
        return purpose_of(message), "This mail cannot be shown or sent: the key of its link is gone."
    shown = preview(message, wording(message))
    return shown.subject, shown.record


@admin.register(Message)
class MessageAdmin(AcademyModelAdmin):
    """Mails are written by the portal alone. One that waits can be taken back, one that failed sent again."""

    academy_path = "programme__academy"
    found_by_keys = True
    access_rule = (
        "viewers of the academy read, its reviewers send again and take back; to others it is 404. "
        "Mails of no programme, such as an invitation, are the superuser's"
    )
    list_display = ("written", "what", "to", "reference", "programme_code", "status_shown", "why")
    list_display_links = ("written", "what")
    list_filter = (
        outbox_list.StandingFilter,
        outbox_list.ProgrammeFilter,
        outbox_list.ReaderFilter,
        # Not a hierarchy of dates: that reads every row of the list, twice.
        ("created_at", admin.DateFieldListFilter),
    )
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    list_per_page = 50
    search_fields = ("to_address", "to_name", "event", "subject")
    search_help_text = "Search by who it is to, or by subject."
    ordering = ("-created_at", "-pk")
    actions = ("send_again_selected", "take_back_selected")

    class Media:
        css = {"all": ("staff-review.css", "staff-messages.css")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("programme__academy", "link", "letter")

    def visible(self, request: HttpRequest) -> dict[str, Any]:
        """The mails of the reader's programmes; to the portal's superuser also those of no programme."""
        return {} if access.is_superuser(request.user) else super().visible(request)

    def academy_of(self, record: Message) -> Academy | None:
        return record.programme.academy if record.programme else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader may deal with a mail (with any at all, without one)."""
        return holds(request, Role.REVIEWER, self.academy_of(obj) if obj is not None else None)

    # Columns.
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
        name = str(message.context.get("reference", "–"))
        page = page_of(message.about)
        return format_html('<a href="{}">{}</a>', page, name) if page and name != "–" else name

    @admin.display(description="Programme", ordering="programme__code")
    def programme_code(self, message: Message) -> str:
        return message.programme.code if message.programme else "–"

    @admin.display(description="Status", ordering="status")
    def status_shown(self, message: Message) -> SafeString:
        status, tone = describe(message, timezone.now())
        return format_html('<span class="tag tag--{}">{}</span>', tone, status)

    @admin.display(description="Why")
    def why(self, message: Message) -> str:
        return message.stopped_because or message.last_error

    # Addresses.
    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"programmes_message_{name}")

        return [
            page("together/<str:action>/", self.bulk_view, "bulk"),
            page("<int:pk>/again/", self.send_again_view, "again"),
            page("<int:pk>/take-back/", self.take_back_view, "back"),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list, with how much of it has not been sent."""
        waiting = outbox_list.counts(self.get_queryset(request)) if self.has_view_permission(request) else []
        context = {"title": "Messages", "unsent": waiting, **(extra_context or {})}
        return super().changelist_view(request, context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """One mail as its reader gets it, with the word “[link]” where their own link stands."""
        message = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        status, tone = describe(message, timezone.now())
        subject, text = text_of_mail(message)
        may = self.has_review_permission(request, message)
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
                "about": page_of(message.about),
                "supersedes": message.supersedes.all(),
                "may_send_again": may and message.status == Status.FAILED,
                "may_take_back": may and message.status in (Status.QUEUED, Status.FAILED),
            },
        )

    def _to_deal_with(self, request: HttpRequest, pk: int) -> Message:
        message: Message = self.record_or_404(request, str(pk))
        if not self.has_review_permission(request, message):
            raise PermissionDenied
        return message

    def send_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put a mail that failed back into the queue."""
        message = self._to_deal_with(request, pk)
        failed = message.status == Status.FAILED

        def carry_out(values: dict[str, Any]) -> str:
            outbox.send_again(message.pk, user=request.user, now=timezone.now())
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

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Stop a mail that has not been sent."""
        message = self._to_deal_with(request, pk)
        possible = message.status in (Status.QUEUED, Status.FAILED)
        status, _ = describe(message, timezone.now())

        def carry_out(values: dict[str, Any]) -> str:
            outbox.take_back(message.pk, user=request.user, now=timezone.now(), **values)
            return f"The mail to {message.to_address} is not sent."

        return VerbPage(
            title="Take the mail back",
            button="Take back",
            form=outbox_bulk.TakeBackForm(sent(request)),
            back=Crumb(self.what(message), reverse(PAGE, args=[message.pk])),
            carry_out=carry_out,
            explanation=[f"To {self.to(message)}. {status}.", *_what_stands(message)],
            impossible=""
            if possible
            else f"This mail cannot be taken back: {status[:1].lower()}{status[1:]}.",
            ends_something=True,
            template="admin/programmes/message/take_back.html",
            extra={"about": page_of(message.about)},
        ).answer(request)

    # Several at once.
    @admin.action(description="Send the selected mails that failed again", permissions=["review"])
    def send_again_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._bulk(request, "again", queryset, confirmed=False)

    @admin.action(description="Take the selected mails back", permissions=["review"])
    def take_back_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        return self._bulk(request, "back", queryset, confirmed=False)

    def bulk_view(self, request: HttpRequest, action: str) -> HttpResponse:
        """Carry out what was asked on the page before, and report."""
        if action not in outbox_bulk.ACTIONS:
            raise Http404(f"There is no action called “{action}”.")
        if not self.has_review_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseRedirect(reverse(LIST))
        keys = {
            key for key in request.POST.getlist(ACTION_CHECKBOX_NAME) if key.isdecimal() and len(key) < 19
        }
        named = self.get_queryset(request).filter(pk__in=keys)
        if named.count() != len(keys):
            raise Http404("Some of these mails do not exist.")
        return self._bulk(request, action, named, confirmed=True)

    def _bulk(
        self, request: HttpRequest, action: str, queryset: QuerySet[Any], *, confirmed: bool
    ) -> HttpResponse:
        chosen = list(queryset.order_by("created_at", "pk")[: outbox_bulk.LIMIT + 1])
        if not all(self.has_review_permission(request, message) for message in chosen):
            raise PermissionDenied
        return outbox_bulk.bulk_page(
            request,
            action,
            chosen,
            url=reverse("admin:programmes_message_bulk", args=[action]),
            back=Crumb("Messages", reverse(LIST)),
            confirmed=confirmed,
            now=timezone.now(),
        )


def _what_stands(message: Message) -> list[str]:
    """What taking a mail back leaves as it is."""
    mail = MAILS.get(message.event)
    if mail is None or not mail.held:
        return ["What it tells of stands; its reader does not hear of it from us."]
    return [
        "It tells of a decision. The decision stands: it is not undone with its mail, and the applicant sees it on the "
        "page of their application.",
        "To undo the decision, do so on the application’s page instead: its mail is then not sent either.",
    ]
