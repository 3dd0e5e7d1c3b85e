"""The leads of a nomination board as staff have them: named, let in by a link, let go; and until when they act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from applications.domain import nomination_board as boards
from applications.domain import nomination_leads as leads
from applications.domain import nomination_order, nominations
from applications.forms.nomination_board import BoardForm
from applications.models import NominationLead
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access
from programmes.domain.wording import nhs_date, nhs_datetime
from programmes.models import Role
from programmes.models.programmes import NominationScope

PAGE = "admin:applications_nominationboard_change"
LIST = "admin:applications_nominationboard_changelist"
_WHAT_A_LEAD_SEES = (
    "The lead gets a link by email. It opens the names, organisations and job titles of the people nominated and in "
    "reserve, where their applications stand and who they wait on: no answers, and nobody of another ICS. The lead can "
    "put them in order, swap two, leave a note and confirm the order. You can close the link at any time."
)


class LeadForm(VerbForm):
    """Who puts the nominations of an ICS in order."""

    name = forms.CharField(
        label="Full name",
        max_length=150,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": "Enter the lead's full name."},
    )
    email = forms.EmailField(
        label="Work email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"spellcheck": "false", "class": "vTextField", "autocomplete": "off"}),
        error_messages={
            "required": "Enter the lead's work email address.",
            "invalid": "Enter an email address in the correct format, like name@example.org.",
        },
    )


class FirstLeadForm(LeadForm):
    """The same, and whose nominations."""

    board = forms.ChoiceField(
        label="Whose nominations?", error_messages={"required": "Choose whose nominations they are."}
    )
    field_order = ("board", "name", "email")

    def __init__(self, *args: Any, choices: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        board = self.fields["board"]
        assert isinstance(board, forms.ChoiceField)
        board.choices = [("", "Choose one"), *choices]


class DeadlineForm(VerbForm):
    """Until when leads can change their nominations."""

    open_until = forms.SplitDateTimeField(
        label="Until",
        help_text="Leave it empty for the closing of the programme.",
        required=False,
        widget=AdminSplitDateTime,
        error_messages={
            "invalid_date": "Enter the day in the correct format, like 2027-05-09.",
            "invalid_time": "Enter the time in the correct format, like 17:00.",
        },
    )


class LeadPages(AcademyModelAdmin):
    """The pages about a board's leads, and what every page about a board shares."""

    def board_for(self, request: HttpRequest, pk: int | str, *, least: Role = Role.REVIEWER) -> boards.Board:
        """The board of an address; 403 where the reader's role is less than ``least``."""
        row = self.record_or_404(request, str(pk))
        if not holds(request, least, self.academy_of(row)):
            raise PermissionDenied
        return boards.read(row.pk, now=timezone.now())

    def verb_page(
        self,
        request: HttpRequest,
        board: boards.Board,
        form: forms.Form,
        carry_out: Callable[[dict[str, Any]], str],
        **page: Any,
    ) -> HttpResponse:
        """A page of a board that asks for what one verb needs; one that is out of date shows how it is now."""
        if request.method == "POST" and isinstance(form, BoardForm) and form.is_stale:
            form = form.again(board, nomination_order.Stale())
        allowance = board.allowance
        back = Crumb(f"Nominations of {allowance.whose}", reverse(PAGE, args=[allowance.pk]))
        page["explanation"] = [f"{allowance.whose}, {allowance.programme}.", *page.get("explanation", [])]
        return VerbPage(form=form, back=back, carry_out=carry_out, **page).answer(request)

    def deadline_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Until when the leads of the whole programme can change nominations: for administrators."""
        board = self.board_for(request, pk, least=Role.ADMINISTRATOR)
        programme = board.allowance.programme
        chosen = getattr(programme, "board_deadline", None)

        def carry_out(values: dict[str, Any]) -> str:
            leads.set_deadline(programme.pk, values["open_until"], user=request.user, now=timezone.now())
            until = values["open_until"]
            if until:
                return f"Leads can change nominations until {nhs_datetime(until)}."
            return "Leads can change nominations until the programme closes."

        return self.verb_page(
            request,
            board,
            DeadlineForm(sent(request), initial={"open_until": chosen and chosen.open_until}),
            carry_out,
            title="Set until when leads can make changes",
            button="Set it",
            explanation=["It holds for every ICS of the programme. Reviewers can make changes after it."],
        )

    def lead_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Name a lead, and mail them the link."""
        board = self.board_for(request, pk)
        return self.verb_page(
            request,
            board,
            LeadForm(sent(request)),
            lambda values: _invite(request, pk, values),
            title="Name a lead",
            button="Send the link",
            explanation=[_WHAT_A_LEAD_SEES],
        )

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Name a lead of an ICS from which nobody may have applied yet."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        day = timezone.localdate()
        programmes = access.programmes_with(request.user, Role.REVIEWER).exclude(
            nomination_scope=NominationScope.NONE
        )
        known = {
            f"{programme.pk} {key}": (programme, row)
            for programme in programmes
            for key, row in nominations.possible_allowances(programme, day=day).items()
        }
        grouped: dict[str, list[tuple[str, str]]] = {}
        for key, (programme, row) in sorted(known.items(), key=lambda item: item[1][1].whose):
            grouped.setdefault(programme.title, []).append((key, row.whose))

        def carry_out(values: dict[str, Any]) -> str:
            programme, row = known[values["board"]]
            stored = leads.board_of(programme, row.key, user=request.user, day=day)
            return _invite(request, stored.pk, values)

        return VerbPage(
            title="Name a lead",
            button="Send the link",
            form=FirstLeadForm(sent(request), choices=list(grouped.items())),
            back=Crumb("Nomination boards", reverse(LIST)),
            carry_out=carry_out,
            explanation=[_WHAT_A_LEAD_SEES],
            impossible="" if known else "None of your programmes limits nominations: there is no board.",
        ).answer(request)

    def _lead(self, board: boards.Board, lead: int) -> NominationLead:
        found = board.allowance.leads.filter(pk=lead).first()
        if found is None:
            raise Http404("There is no such lead.")
        return found

    def again_view(self, request: HttpRequest, pk: int, lead: int) -> HttpResponse:
        """Mail a lead a fresh link."""
        board = self.board_for(request, pk)
        one = self._lead(board, lead)

        def carry_out(values: dict[str, Any]) -> str:
            leads.send_again(one.pk, user=request.user, now=timezone.now())
            return f"{one.name} is sent a fresh link, to {one.email}."

        return self.verb_page(
            request,
            board,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"Send the link again: {one.name}",
            button="Send it",
            explanation=[f"It goes to {one.email}. The links sent before go on working."],
            impossible=_gone(one),
        )

    def close_view(self, request: HttpRequest, pk: int, lead: int) -> HttpResponse:
        """Close the links of a lead."""
        board = self.board_for(request, pk)
        one = self._lead(board, lead)

        def carry_out(values: dict[str, Any]) -> str:
            leads.revoke(one.pk, user=request.user, now=timezone.now())
            return f"The links of {one.name} are closed."

        return self.verb_page(
            request,
            board,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"Close the link: {one.name}",
            button="Close the link",
            explanation=[f"{one.name} ({one.email}) is no lead any more. What they did stays on the board."],
            impossible=_gone(one),
            ends_something=True,
        )


def _invite(request: HttpRequest, allowance_id: int, values: dict[str, Any]) -> str:
    lead = leads.invite(
        allowance_id, name=values["name"], email=values["email"], user=request.user, now=timezone.now()
    )
    return f"{lead.name} is sent the link to the nominations of {lead.allowance.whose}."


def _gone(lead: NominationLead) -> str:
    if lead.revoked_at is None:
        return ""
    return f"{lead.name} is no lead any more, since {nhs_date(lead.revoked_at)}. Name a lead again instead."
