"""The nomination boards as staff have them: the list, and each board with what is done on it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.filters import ProgrammeFilter
from applications.admin.nomination_leads import PAGE
from applications.admin.nomination_names import NomineePages
from applications.domain import nomination_board as boards
from applications.domain import nomination_order, nominations
from applications.forms.nomination_board import BoardForm, ConfirmForm, NoteForm, OrderForm, SwapForm
from applications.models import Application, BoardEntry, NominationBoard, State
from programmes.admin.base import holds
from programmes.admin.pages import sent
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime
from programmes.models import Role


def _counted(applications: QuerySet[Application]) -> Coalesce:
    """How many of some applications count under the allowance of a row."""
    rows = applications.filter(programme=OuterRef("programme"), nomination_key=OuterRef("key"))
    counts = rows.order_by().values("nomination_key").annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counts), 0)


@admin.register(NominationBoard)
class NominationBoardAdmin(NomineePages):
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

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The board: read by viewers, put in order by reviewers."""
        posted = request.method == "POST"
        board = self.board_for(request, object_id, least=Role.REVIEWER if posted else Role.VIEWER)
        form: BoardForm = OrderForm(board, sent(request), ask_name=False)
        if posted and form.is_stale:
            form = form.again(board, nomination_order.Stale())
        elif posted and form.is_valid():
            assert isinstance(form, OrderForm)
            try:
                entry = nomination_order.rank(
                    board.allowance.pk,
                    form.wanted,
                    by=nomination_order.By.staff(request.user),
                    seen=form.cleaned_data["seen"],
                    now=timezone.now(),
                )
            except Refused as refused:
                board = self.board_for(request, object_id)
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

    def swap_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Put somebody in reserve, and nominate somebody of the reserve instead."""
        board = self.board_for(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            leaving, joining = nomination_order.swap(
                pk,
                put=int(values["put"]),
                take=int(values["take"]),
                by=nomination_order.By.staff(request.user),
                seen=values["seen"],
                now=timezone.now(),
            )
            return f"{joining.name} is nominated, {leaving.name} is in reserve. Both are written to."

        fixed = [f"{one.application.name}: {one.fixed}" for one in board.nominated if one.fixed]
        possible = board.reserve and len(fixed) < len(board.nominated)
        return self.verb_page(
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
        board = self.board_for(request, pk)
        form = NoteForm(board, sent(request), ask_name=False)

        def carry_out(values: dict[str, Any]) -> str:
            by = nomination_order.By.staff(request.user)
            nomination_order.add_note(pk, values["text"], by=by, now=timezone.now(), about=form.about)
            return "The note is kept."

        return self.verb_page(
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
        board = self.board_for(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            nomination_order.confirm(
                pk, by=nomination_order.By.staff(request.user), seen=values["seen"], now=timezone.now()
            )
            return "The order is confirmed, with your name."

        order = ", ".join(one.application.name for one in board.nominated)
        reserve = ", ".join(one.application.name for one in board.reserve) or "nobody"
        return self.verb_page(
            request,
            board,
            ConfirmForm(board, sent(request), ask_name=False),
            carry_out,
            title="Confirm the order",
            button="Confirm the order",
            explanation=[f"Nominated: {order}.", f"In reserve: {reserve}.", "It is kept with your name."],
            impossible="" if board.nominated else "Nobody is nominated yet: there is no order to confirm.",
        )
