"""A programme's own wording of its mails: every mail that it sends, what it says, and who changed that when."""

from __future__ import annotations

from typing import Any

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace, csp_update
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin

from applications.models import Application, State
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access, own_wording
from programmes.domain.mails import REWORDABLE
from programmes.domain.own_wording import CannotBeWorded, Person
from programmes.domain.rendering import Rendered, preview
from programmes.models import Message, MessageTemplate, Programme, Role

MAIL = "admin:programmes_messagetemplate_mail"
# A mail carries its styles in its elements; nothing else is allowed in its frame, and no script.
FRAME = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "img-src": ["data:"],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": [],
}
_READERS = {
    "applicant": "To applicants",
    "approver": "To approvers",
    "staff": "To staff",
    "facilitator": "To facilitators",
    "participant": "To those who book circles",
}
# What was typed and is looked at before it is kept, by the mail that it is of.
_LOOKED_AT = "wordings_looked_at"


class WordingForm(VerbForm):
    """Subject and text of a mail."""

    subject = forms.CharField(
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter a subject."},
    )
    body = forms.CharField(
        label="Text",
        help_text="Markdown: an empty line begins a paragraph, “- ” a list, “## ” a heading, [words](address) a link.",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 20, "class": "vLargeTextField", "spellcheck": "true"}),
        error_messages={"required": "Enter a text."},
    )

    def __init__(self, *args: Any, event: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._event = event

    def clean(self) -> dict[str, Any]:
        """Refuse what no mail can be made of; what was typed stays in the boxes."""
        cleaned = super().clean() or {}
        if {"subject", "body"} <= cleaned.keys():
            try:
                own_wording.checked(self._event, cleaned["subject"], cleaned["body"])
            except CannotBeWorded as refused:
                for problem in refused.problems:
                    self.add_error("body", problem)
        return cleaned


@admin.register(MessageTemplate)
class WordingAdmin(AcademyModelAdmin):
    """Administrators of the academy reword, everybody else of it reads. Wordings are reached by programme and mail."""

    academy_path = "programme__academy"
    access_rule = "viewers of the academy read, its administrators reword; to others it is 404"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(
                f"of/<int:programme>/{address}",
                self.admin_site.admin_view(view),
                name=f"programmes_messagetemplate_{name}",
            )

        return [
            page("", self.mails_view, "mails"),
            page("<slug:event>/", self.mail_view, "mail"),
            page("<slug:event>/look/", self.look_view, "look"),
            page("<slug:event>/changes/", self.changes_view, "changes"),
            page("<slug:event>/back/", self.back_view, "back"),
            *super().get_urls(),
        ]

    # The addresses that every model has.
    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The reader's programmes, each with how many of its mails are reworded."""
        programmes = access.programmes_visible_to(request.user).select_related("academy")
        context = {
            **self.admin_site.each_context(request),
            "title": "Wording of mails",
            "opts": self.opts,
            "programmes": programmes.annotate(reworded=Count("message_templates")).order_by("title"),
            "mails": len(REWORDABLE),
        }
        return TemplateResponse(request, "admin/programmes/wording/programmes.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A wording's page is that of its programme's mail."""
        wording = self.record_or_404(request, object_id)
        if request.method not in ("GET", "HEAD"):
            raise PermissionDenied
        return HttpResponseRedirect(reverse(MAIL, args=[wording.programme_id, wording.event]))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The changes stand on a page of their own."""
        wording = self.record_or_404(request, object_id)
        return HttpResponseRedirect(
            reverse("admin:programmes_messagetemplate_changes", args=[wording.programme_id, wording.event])
        )

    # One programme.
    def _programme(self, request: HttpRequest, key: int, event: str = "") -> Programme:
        rows = access.programmes_visible_to(request.user).select_related("academy")
        found = rows.filter(pk=key).first()
        if found is None or (event and event not in REWORDABLE):
            raise Http404("There is no such mail of a programme.")
        return found

    def _may_change(self, request: HttpRequest, programme: Programme) -> bool:
        return holds(request, Role.ADMINISTRATOR, programme.academy)

    def mails_view(self, request: HttpRequest, programme: int) -> HttpResponse:
        """Every mail of a programme, by who reads it."""
        found = self._programme(request, programme)
        own = {row.event: row for row in found.message_templates.all()}
        groups = [
            (
                heading,
                [
                    (mail, own.get(mail.event), mail.purpose[:1].upper() + mail.purpose[1:])
                    for mail in REWORDABLE.values()
                    if mail.reader == reader
                ],
            )
            for reader, heading in _READERS.items()
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": f"Mails of {found.title}",
            "opts": self.opts,
            "programme": found,
            "groups": groups,
            "reworded": len(own),
            "may_change": self._may_change(request, found),
        }
        return TemplateResponse(request, "admin/programmes/wording/mails.html", context)

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def mail_view(self, request: HttpRequest, programme: int, event: str) -> HttpResponse:
        """What a mail says: to be read, and by administrators to be changed, looked at first and then kept."""
        found = self._programme(request, programme, event)
        own = own_wording.own(found, event)
        subject, body = (own.subject, own.body) if own else own_wording.starting_wording(event)
        if request.method == "POST" and not self._may_change(request, found):
            raise PermissionDenied
        form = WordingForm(sent(request), event=event, initial={"subject": subject, "body": body})
        key = f"{found.pk}/{event}"
        looked_at: tuple[str, str] | None = None
        if request.method == "POST" and form.is_valid():
            typed = form.cleaned_data["subject"], form.cleaned_data["body"]
            if "look" not in request.POST:
                own_wording.reword(found, event, subject=typed[0], body=typed[1], user=request.user)
                request.session[_LOOKED_AT] = {}
                messages.success(request, "The wording is kept. Mails that wait to be sent take it too.")
                return HttpResponseRedirect(request.path)
            looked_at = own_wording.checked(event, *typed)
            request.session[_LOOKED_AT] = {key: looked_at}
        shown, whose = _preview(found, event, looked_at)
        context = {
            **self.admin_site.each_context(request),
            "title": f"{REWORDABLE[event].purpose[:1].upper()}{REWORDABLE[event].purpose[1:]}",
            "opts": self.opts,
            "programme": found,
            "mail": REWORDABLE[event],
            "own": own,
            "form": form,
            "may_change": self._may_change(request, found),
            "placeholders": own_wording.placeholders(event),
            "shown": shown,
            "whose": whose,
            "looked_at": looked_at is not None,
            "look_url": reverse("admin:programmes_messagetemplate_look", args=[found.pk, event])
            + ("?typed=1" if looked_at else ""),
            "waiting": found.messages.filter(event=event, status=Message.Status.QUEUED).count(),
        }
        return TemplateResponse(request, "admin/programmes/wording/mail.html", context)

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace(FRAME))
    def look_view(self, request: HttpRequest, programme: int, event: str) -> HttpResponse:
        """The HTML part of a mail for its frame: as it is worded now, or as it was typed and is looked at."""
        found = self._programme(request, programme, event)
        typed = request.session.get(_LOOKED_AT, {}).get(f"{found.pk}/{event}")
        shown, _ = _preview(found, event, tuple(typed) if typed and "typed" in request.GET else None)
        return HttpResponse(shown.html)

    def changes_view(self, request: HttpRequest, programme: int, event: str) -> HttpResponse:
        """Who changed a wording when, and what."""
        found = self._programme(request, programme, event)
        context = {
            **self.admin_site.each_context(request),
            "title": f"Changes: {REWORDABLE[event].purpose}",
            "opts": self.opts,
            "programme": found,
            "mail": REWORDABLE[event],
            "changes": own_wording.changes(found, event),
        }
        return TemplateResponse(request, "admin/programmes/wording/changes.html", context)

    def back_view(self, request: HttpRequest, programme: int, event: str) -> HttpResponse:
        """Send a mail as it is shipped again."""
        found = self._programme(request, programme, event)
        if not self._may_change(request, found):
            raise PermissionDenied
        own = own_wording.own(found, event)

        def carry_out(values: dict[str, Any]) -> str:
            own_wording.back_to_default(found, event, user=request.user)
            return "The mail goes as shipped again. Your wording stays in its history."

        return VerbPage(
            title="Back to the wording as shipped",
            button="Back to the wording as shipped",
            form=NothingToAdd(sent(request)),
            back=Crumb(REWORDABLE[event].purpose, reverse(MAIL, args=[found.pk, event])),
            carry_out=carry_out,
            explanation=["Your own wording is taken away; it stays in the history of this mail."],
            impossible="" if own else "This mail goes as shipped already.",
        ).answer(request)


def _preview(programme: Programme, event: str, typed: tuple[str, str] | None) -> tuple[Rendered, str]:
    """A mail with the values of a real record, in the wording typed or the one that holds; and whose values."""
    message, whose = own_wording.sample(programme, event, person=_newest(programme), now=timezone.now())
    own = own_wording.own(programme, event)
    if typed is not None:
        words = (*typed, False)
    elif own is not None:
        words = (own.subject, own.body, False)
    else:
        words = own_wording.as_shipped(event)
    return preview(message, words), whose


def _newest(programme: Programme) -> Person | None:
    """The newest application of a programme that was submitted, as a sample of who reads its mails."""
    rows = Application.objects.filter(programme=programme).exclude(state=State.DRAFT)
    application = rows.order_by("-submitted_at", "-pk").first()
    if application is None:
        return None
    return Person(application.name or application.email, application.email, application.reference)
