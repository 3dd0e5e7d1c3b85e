"""Letters to a selection of applicants: drafted, looked at as one of them gets it, sent once, and kept."""

from __future__ import annotations

from typing import Any

from csp.constants import SELF
from csp.decorators import csp_replace, csp_update
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.clickjacking import xframe_options_sameorigin

from applications.models import Application
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.messages import correspondence_of
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.admin.wordings import FRAME, WordingForm
from programmes.domain import letters, news, own_wording
from programmes.domain.letters import Reader
from programmes.domain.refused import Refused
from programmes.domain.rendering import Rendered
from programmes.domain.wording import plural
from programmes.models import Letter, NewsOptOut, Role

PAGE = "admin:programmes_letter_change"
# As many are listed on a letter's own page; all of them stand in the outbox.
LISTED = 100


class LetterForm(WordingForm):
    """What kind of letter it is, its subject and its text."""

    kind = forms.ChoiceField(
        label="What is it?",
        choices=Letter.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is."},
    )
    field_order = ("kind", "subject", "body")


def readers_of(letter: Letter) -> list[Reader]:
    """The applicants whom a letter was written for, as they are now, in the order of their references."""
    keys = [int(key.removeprefix("application:")) for key in letter.chosen]
    rows = Application.objects.filter(pk__in=keys, programme=letter.programme_id).order_by("reference")
    return [Reader(row.about, row.pk, row.name, row.email, row.reference) for row in rows]


@admin.register(Letter)
class LetterAdmin(AcademyModelAdmin, WithHistory):
    """Begun from the list of applications. Reviewers write and send, viewers read."""

    academy_path = "programme__academy"
    access_rule = "viewers of the programme's academy read, its reviewers write and send; to others it is 404"
    list_display = ("subject", "programme", "kind", "standing", "people", "written_by")
    list_filter = ("kind",)
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    search_fields = ("subject", "body")

    class Media:
        css = {"all": ("staff-review.css", "staff-messages.css")}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows = super().get_queryset(request).select_related("programme__academy", "written_by", "sent_by")
        return rows.annotate(mails=Count("messages"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Status")
    def standing(self, letter: Letter) -> str:
        return f"Sent {timezone.localtime(letter.sent_at):%-d %B %Y, %H:%M}" if letter.sent_at else "Draft"

    @admin.display(description="People")
    def people(self, letter: Any) -> int:
        return int(letter.mails) if letter.sent_at else len(letter.chosen)

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(
                f"<int:pk>/{address}/", self.admin_site.admin_view(view), name=f"programmes_letter_{name}"
            )

        return [
            page("look", self.look_view, "look"),
            page("send", self.send_view, "send"),
            page("throw-away", self.throw_away_view, "throw_away"),
            *super().get_urls(),
        ]

    def _may_write(self, request: HttpRequest, letter: Letter) -> bool:
        return holds(request, Role.REVIEWER, self.academy_of(letter))

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list; Django's own heading would ask to select something."""
        return super().changelist_view(request, {"title": "Letters", **(extra_context or {})})

    @method_decorator(csp_update({"frame-src": [SELF]}))
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A draft, to go on with; or a letter that was sent, with what became of each mail."""
        letter: Letter = self.record_or_404(request, object_id)
        may_write = self._may_write(request, letter) and letter.sent_at is None
        if request.method == "POST" and not self._may_write(request, letter):
            raise PermissionDenied
        form = LetterForm(
            sent(request),
            event=letters.event_of(letter),
            initial={"kind": letter.kind, "subject": letter.subject, "body": letter.body},
        )
        if request.method == "POST" and form.is_valid():
            try:
                letters.change(letter.pk, user=request.user, **form.cleaned_data)
            except Refused as refused:
                form.add_error(None, refused.sentence)
            else:
                messages.success(request, "The draft is kept. Nothing has been sent.")
                return HttpResponseRedirect(f"{request.path}#preview")
        return TemplateResponse(
            request,
            "admin/programmes/letter/change_form.html",
            {
                **self.admin_site.each_context(request),
                "title": f"Letter to applicants of {letter.programme}",
                "opts": self.opts,
                "letter": letter,
                "form": form,
                "may_write": may_write,
                "placeholders": own_wording.placeholders(letters.event_of(letter)),
                **(self._sent(letter) if letter.sent_at else self._draft(request, letter)),
            },
        )

    def _draft(self, request: HttpRequest, letter: Letter) -> dict[str, Any]:
        found = letters.sort_out(letter, readers_of(letter))
        reader = _shown_to(request, found)
        return {
            "readers": found,
            "listed": found.to[:LISTED],
            "unlisted": max(0, len(found.to) - LISTED),
            "shown": _show(letter, reader) if reader else None,
            "whose": f"Shown as {reader.name or reader.address} gets it." if reader else "",
            "look_url": reverse("admin:programmes_letter_look", args=[letter.pk])
            + (f"?as={reader.application}" if reader else ""),
        }

    @staticmethod
    def _sent(letter: Letter) -> dict[str, Any]:
        rows = letter.messages.order_by("pk")
        by_status = rows.order_by().values_list("status").annotate(count=Count("pk"))
        names = dict(rows.model.Status.choices)
        return {
            "mails": correspondence_of(rows[:LISTED], timezone.now()),
            "counts": [(names[status], count) for status, count in by_status],
            "outbox": f"{reverse('admin:programmes_message_changelist')}?letter={letter.pk}",
        }

    @method_decorator(xframe_options_sameorigin)
    @method_decorator(csp_replace(FRAME))
    def look_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The HTML part of a letter, for the frame on its page."""
        letter = self.record_or_404(request, str(pk))
        reader = _shown_to(request, letters.sort_out(letter, readers_of(letter)))
        if reader is None:
            raise Http404("Nobody is left to write to.")
        return HttpResponse(_show(letter, reader).html)

    def send_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say how many get it, and send it to them."""
        letter = self._to_write(request, pk)
        readers = readers_of(letter)
        found = letters.sort_out(letter, readers)

        def carry_out(values: dict[str, Any]) -> str:
            gets = letters.send(letter.pk, readers, user=request.user, now=timezone.now())
            return f"The letter goes to {plural(len(gets.to), 'person', 'people')}."

        impossible = ""
        if letter.sent_at:
            impossible = "This letter has been sent already. Nothing is sent twice."
        elif not found.to:
            impossible = "Nobody is left to write to: everybody chosen is left out."
        return VerbPage(
            title="Send the letter",
            button=f"Send to {plural(len(found.to), 'person', 'people')}",
            form=NothingToAdd(sent(request)),
            back=Crumb("Letter", reverse(PAGE, args=[letter.pk])),
            carry_out=carry_out,
            explanation=[
                f"“{letter.subject}”. {letter.get_kind_display()}.",
                f"{found}.",
                "Each gets a mail of their own. What was sent cannot be taken back.",
            ],
            impossible=impossible,
        ).answer(request)

    def throw_away_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Delete a draft."""
        letter = self._to_write(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            letters.throw_away(letter.pk, user=request.user)
            return "The draft is thrown away. Nothing was sent."

        return VerbPage(
            title="Throw the draft away",
            button="Throw away",
            form=NothingToAdd(sent(request)),
            back=Crumb("Letters", reverse("admin:programmes_letter_changelist")),
            carry_out=carry_out,
            explanation=[f"“{letter.subject}” has not been sent to anybody."],
            impossible="This letter has been sent: it is kept." if letter.sent_at else "",
            ends_something=True,
        ).answer(request)

    def _to_write(self, request: HttpRequest, pk: int) -> Letter:
        letter: Letter = self.record_or_404(request, str(pk))
        if not self._may_write(request, letter):
            raise PermissionDenied
        return letter


def _shown_to(request: HttpRequest, found: letters.Readers) -> Reader | None:
    """Of those who get a letter the one asked for, or else the first."""
    asked = request.GET.get("as", "")
    return next(
        (reader for reader in found.to if str(reader.application) == asked), next(iter(found.to), None)
    )


def _show(letter: Letter, reader: Reader) -> Rendered:
    return letters.show(letter, reader, now=timezone.now())


class OptOutForm(forms.ModelForm):
    """An address that somebody asked to get no news at, by telephone or by mail."""

    class Meta:
        model = NewsOptOut
        fields = ("academy", "email")

    def clean(self) -> dict[str, Any] | None:
        """One address is kept once for an academy."""
        cleaned = super().clean() or {}
        if {"academy", "email"} <= cleaned.keys() and news.opted_out(cleaned["academy"], [cleaned["email"]]):
            self.add_error("email", "This address gets no news already.")
        return cleaned


@admin.register(NewsOptOut)
class NewsOptOutAdmin(AcademyModelAdmin, WithHistory):
    """Who asked for no news: most by the link in a mail. Only they themselves can change their mind, by that link."""

    access_rule = "viewers of the academy read, its administrators add; to others it is 404"
    form = OptOutForm
    list_display = ("email", "academy", "at")
    list_select_related = ("academy",)
    search_fields = ("email",)
    show_facets = admin.ShowFacets.NEVER

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """To be read; of another academy's not even that nothing is changed here is said."""
        self.record_or_404(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)
