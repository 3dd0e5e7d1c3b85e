"""The nomination boards as staff have them: the list, each board, its leads and their links, and until when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import PermissionDenied
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.filters import ProgrammeFilter
from applications.domain import nomination_board as boards
from applications.domain import nomination_leads as leads
from applications.domain import nominations
from applications.forms.nomination_board import BoardForm, ConfirmForm, NoteForm, OrderForm, SwapForm
from applications.models import Application, BoardEntry, NominationBoard, NominationLead, State
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime
from programmes.models import Role
from programmes.models.programmes import NominationScope

PAGE = "admin:applications_nominationboard_change"
LIST = "admin:applications_nominationboard_changelist"


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


def _counted(applications: QuerySet[Application]) -> Coalesce:
    """How many of some applications count under the allowance of a row."""
    rows = applications.filter(programme=OuterRef("programme"), nomination_key=OuterRef("key"))
    counts = rows.order_by().values("nomination_key").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counts), 0)


@admin.register(NominationBoard)
class NominationBoardAdmin(AcademyModelAdmin):
    """Reviewers act on a board, viewers read it; nothing on it is deleted."""

    academy_path = "programme__academy"
    to_add = Role.REVIEWER
    to_change = Role.REVIEWER
    list_display = ("whose", "programme", "used_shown", "waiting", "leads_shown", "confirmed_shown")
    list_filter = (ProgrammeFilter,)
    show_facets = admin.ShowFacets.NEVER
    list_select_related = ("programme", "ics", "organisation", "region")
    search_fields = ("ics__name", "organisation__name", "region__name", "programme__title")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The boards of the reader's programmes, with their counts: no query for each row."""
        confirmed = BoardEntry.objects.filter(
            allowance=OuterRef("pk"), kind=BoardEntry.Kind.CONFIRMED
        ).order_by("-at", "-pk")
        return (
            super()
            .get_queryset(request)
            .annotate(
                used=_counted(Application.objects.nominated()),
                waiting_count=_counted(Application.objects.filter(state=State.RESERVE)),
                lead_count=Count("leads", filter=Q(leads__revoked_at=None)),
                confirmed_at=Subquery(confirmed.values("at")[:1]),
                confirmed_by=Subquery(confirmed.values("name")[:1]),
            )
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Whose", ordering="key")
    def whose(self, board: Any) -> str:
        return str(board.whose)

    @admin.display(description="Nominations used", ordering="used")
    def used_shown(self, board: Any) -> str:
        return f"{board.used} of {board.limit}"

    @admin.display(description="In reserve", ordering="waiting_count")
    def waiting(self, board: Any) -> int:
        return int(board.waiting_count)

    @admin.display(description="Leads", ordering="lead_count")
    def leads_shown(self, board: Any) -> int:
        return int(board.lead_count)

    @admin.display(description="Last confirmed", ordering="confirmed_at", empty_value="Never")
    def confirmed_shown(self, board: Any) -> str | None:
        return f"{nhs_date(board.confirmed_at)}, {board.confirmed_by}" if board.confirmed_at else None

    def get_urls(self) -> list[Any]:
        view, name = self.admin_site.admin_view, "applications_nominationboard"
        return [
            path("<int:pk>/swap/", view(self.swap_view), name=f"{name}_swap"),
            path("<int:pk>/note/", view(self.note_view), name=f"{name}_note"),
            path("<int:pk>/confirm/", view(self.confirm_view), name=f"{name}_confirm"),
            path("<int:pk>/deadline/", view(self.deadline_view), name=f"{name}_deadline"),
            path("<int:pk>/leads/", view(self.lead_view), name=f"{name}_lead"),
            path("<int:pk>/leads/<int:lead>/again/", view(self.again_view), name=f"{name}_lead_again"),
            path("<int:pk>/leads/<int:lead>/close/", view(self.close_view), name=f"{name}_lead_close"),
            *super().get_urls(),
        ]

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """What was done stands on the board itself."""
        self.record_or_404(request, object_id)
        return HttpResponseRedirect(reverse(PAGE, args=[object_id]))

    def _board(self, request: HttpRequest, pk: int | str, *, least: Role = Role.REVIEWER) -> boards.Board:
        """The board of an address; 403 where the reader's role is less than ``least``."""
        row = self.record_or_404(request, str(pk))
        if not holds(request, least, self.academy_of(row)):
            raise PermissionDenied
        return boards.read(row.pk, now=timezone.now())

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The board: read by viewers, put in order by reviewers."""
        posted = request.method == "POST"
        board = self._board(request, object_id, least=Role.REVIEWER if posted else Role.VIEWER)
        form: BoardForm = OrderForm(board, sent(request), ask_name=False)
        if posted and form.is_stale:
            form = form.again(board, boards.Stale())
        elif posted and form.is_valid():
            assert isinstance(form, OrderForm)
            try:
                entry = boards.rank(
                    board.allowance.pk,
                    form.wanted,
                    by=boards.By.staff(request.user),
                    seen=form.cleaned_data["seen"],
                    now=timezone.now(),
                )
            except Refused as refused:
                board = self._board(request, object_id)
                form = form.again(board, refused)
            else:
                said = f"The order is saved. {entry.text}" if entry else "The order is as it was."
                messages.success(request, said)
                return HttpResponseRedirect(reverse(PAGE, args=[object_id]))
        return self._show(request, board, form)

    def _show(self, request: HttpRequest, board: boards.Board, form: BoardForm) -> HttpResponse:
        assert isinstance(form, OrderForm)
        allowance = board.allowance
        now = timezone.now()
        academy = self.academy_of(allowance)
        context = {
            **admin.site.each_context(request),
            "title": f"Nominations of {allowance.whose}",
            "board": board,
            "allowance": allowance,
            "programme": allowance.programme,
            "form": form,
            "used": boards.used_in_words(board),
            "closes": nhs_datetime(board.closes),
            "closed": board.closed(now),
            "may_act": holds(request, Role.REVIEWER, academy),
            "may_set_up": holds(request, Role.ADMINISTRATOR, academy),
            "nominated": form.lines(board.nominated),
            "reserve": form.lines(board.reserve),
            "leads": allowance.leads.order_by("revoked_at", "pk"),
            "nominator_confirms": nominations.confirmed_by_nominator(allowance.programme),
        }
        return TemplateResponse(request, "admin/applications/nominationboard/board.html", context)

    def _verb(
        self,
        request: HttpRequest,
        board: boards.Board,
        form: forms.Form,
        carry_out: Callable[[dict[str, Any]], str],
        **page: Any,
    ) -> HttpResponse:
        """A page of a board that asks for what one verb needs; one that is out of date shows how it is now."""
        if request.method == "POST" and isinstance(form, BoardForm) and form.is_stale:
            form = form.again(board, boards.Stale())
        allowance = board.allowance
        back = Crumb(f"Nominations of {allowance.whose}", reverse(PAGE, args=[allowance.pk]))
        page["explanation"] = [f"{allowance.whose}, {allowance.programme}.", *page.get("explanation", [])]
        return VerbPage(form=form, back=back, carry_out=carry_out, **page).answer(request)

    def swap_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put somebody in reserve, and nominate somebody of the reserve instead."""
        board = self._board(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            leaving, joining = boards.swap(
                pk,
                put=int(values["put"]),
                take=int(values["take"]),
                by=boards.By.staff(request.user),
                seen=values["seen"],
                now=timezone.now(),
            )
            return f"{joining.name} is nominated, {leaving.name} is in reserve. Both are written to."

        fixed = [f"{one.application.name}: {one.fixed}" for one in board.nominated if one.fixed]
        possible = board.reserve and len(fixed) < len(board.nominated)
        return self._verb(
            request,
            board,
            SwapForm(board, sent(request), ask_name=False),
            carry_out,
            title="Swap two people",
            button="Swap them",
            explanation=["The two change places in one step, and both are written to.", *fixed],
            impossible="" if possible else "There is nobody in reserve, or nobody who can be put there.",
        )

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Leave a note for colleagues and the leads."""
        board = self._board(request, pk)
        form = NoteForm(board, sent(request), ask_name=False)

        def carry_out(values: dict[str, Any]) -> str:
            by = boards.By.staff(request.user)
            boards.add_note(pk, values["text"], by=by, now=timezone.now(), about=form.about)
            return "The note is kept."

        return self._verb(
            request,
            board,
            form,
            carry_out,
            title="Leave a note",
            button="Keep the note",
            explanation=["The leads read it on their page, and your colleagues here."],
        )

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm the order for a lead, who said so by telephone for instance."""
        board = self._board(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            boards.confirm(pk, by=boards.By.staff(request.user), seen=values["seen"], now=timezone.now())
            return "The order is confirmed, with your name."

        order = ", ".join(one.application.name for one in board.nominated)
        reserve = ", ".join(one.application.name for one in board.reserve) or "nobody"
        return self._verb(
            request,
            board,
            ConfirmForm(board, sent(request), ask_name=False),
            carry_out,
            title="Confirm the order",
            button="Confirm the order",
            explanation=[f"Nominated: {order}.", f"In reserve: {reserve}.", "It is kept with your name."],
            impossible="" if board.nominated else "Nobody is nominated yet: there is no order to confirm.",
        )

    def deadline_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Until when the leads of the whole programme can change nominations: for administrators."""
        board = self._board(request, pk, least=Role.ADMINISTRATOR)
        programme = board.allowance.programme
        chosen = getattr(programme, "board_deadline", None)

        def carry_out(values: dict[str, Any]) -> str:
            leads.set_deadline(programme.pk, values["open_until"], user=request.user, now=timezone.now())
            until = values["open_until"]
            if until:
                return f"Leads can change nominations until {nhs_datetime(until)}."
            return "Leads can change nominations until the programme closes."

        return self._verb(
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
        board = self._board(request, pk)
        return self._verb(
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
        board = self._board(request, pk)
        one = self._lead(board, lead)

        def carry_out(values: dict[str, Any]) -> str:
            leads.send_again(one.pk, user=request.user, now=timezone.now())
            return f"{one.name} is sent a fresh link, to {one.email}."

        return self._verb(
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
        board = self._board(request, pk)
        one = self._lead(board, lead)

        def carry_out(values: dict[str, Any]) -> str:
            leads.revoke(one.pk, user=request.user, now=timezone.now())
            return f"The links of {one.name} are closed."

        return self._verb(
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


_WHAT_A_LEAD_SEES = (
    "The lead gets a link by email. It opens the names, organisations and job titles of the people nominated and in "
    "reserve, where their applications stand and who they wait on: no answers, and nobody of another ICS. The lead can "
    "put them in order, swap two, leave a note and confirm the order. You can close the link at any time."
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
