"""Implementation sessions for staff: set up, changed, registered, what was agreed; and the page of the ICS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from facilitators.admin.delivery_filters import ProgrammeFilter, SystemFilter
from facilitators.admin.ics_pages import IcsPages, page_of_ics
from facilitators.admin.meeting_forms import AgreedForm, ArrangeForm, CameForm, CancelForm, MeetingForm
from facilitators.admin.set_up import Rows, SetUp
from facilitators.domain.community import implementation, meetings
from facilitators.models import Guest, ImplementationSession
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.domain.access import programmes_with
from programmes.domain.wording import plural
from programmes.models import IntegratedCareSystem, Role


class GuestInline(Rows):
    model = Guest
    fields = readonly_fields = ("person", "answer", "answered_at", "came")
    verbose_name_plural = "who is invited"


# What reviewers do with an implementation session.
def _change(request: HttpRequest, session: Any, back: Crumb) -> VerbPage:
    form = MeetingForm(sent(request), meeting=session)

    def carry_out(values: dict[str, Any]) -> str:
        implementation.change(session.pk, form.when, user=request.user, now=timezone.now())
        return "Saved. Where the time or the place is another one, everybody invited is told, and asked anew."

    return VerbPage(
        title=f"Change: {session}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=["Everybody who is invited is told of another time or place, and asked anew."],
        impossible=implementation.why_not_moved(session, timezone.now()),
    )


def _invite(request: HttpRequest, session: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        new = implementation.invite_new(session.pk, user=request.user, now=timezone.now())
        return f"{plural(len(new), 'facilitator is', 'facilitators are')} invited."

    return VerbPage(
        title=f"Invite those who are new: {session}",
        button="Invite them",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=[f"Those facilitators of {session.ics.short_name} who are not invited yet get the mail."],
        impossible=meetings.why_not_ahead(session, timezone.now()),
    )


def _cancel(request: HttpRequest, session: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        reason = values["reason"]
        implementation.cancel(session.pk, reason=reason, user=request.user, now=timezone.now())
        return "It is cancelled. Everybody who was invited is told by mail."

    return VerbPage(
        title=f"Cancel: {session}",
        button="Cancel the session",
        form=CancelForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=["Everybody who is invited is told, with the reason."],
        impossible=meetings.why_not_ahead(session, timezone.now()),
        ends_something=True,
    )


def _register(request: HttpRequest, session: Any, back: Crumb) -> VerbPage:
    guests = list(session.guests.select_related("training__facilitator"))
    form = CameForm(
        [(one.training_id, one.training.facilitator.name) for one in guests],
        [one.training_id for one in guests if one.came],
        sent(request),
    )

    def carry_out(values: dict[str, Any]) -> str:
        came = implementation.mark(session.pk, values["came"], user=request.user, now=timezone.now())
        return f"{plural(came, 'person', 'people')} came. It counts for what they owe to attend."

    return VerbPage(
        title=f"Register: {session}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        impossible=meetings.why_not_marked(session, timezone.now()),
    )


def _agree(request: HttpRequest, session: Any, back: Crumb) -> VerbPage:
    names = ("delivery_model", "agreed_calendar")
    form = AgreedForm(sent(request), initial={name: getattr(session, name) for name in names})

    def carry_out(values: dict[str, Any]) -> str:
        implementation.agree(session.pk, **values, user=request.user)
        return f"Saved. It stands on the page of {session.ics.short_name}."

    return VerbPage(
        title=f"What was agreed: {session}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=["The facilitators of the ICS read it on their own pages."],
    )


@admin.register(ImplementationSession)
class ImplementationSessionAdmin(IcsPages, SetUp):
    """The session in which an ICS plans; its page leads to that of the ICS."""

    ics_path = "ics"
    list_display = ("__str__", "starts_at", "invited", "coming", "came", "cancelled_at")
    list_filter = (ProgrammeFilter, SystemFilter)
    list_select_related = ("programme__academy", "ics")
    search_fields = ("ics__name", "programme__title")
    search_help_text = "Search by ICS or programme."
    fields = (
        *("programme", "ics", "starts_at", "ends_at", "online", "joining_link", "place"),
        *("delivery_model", "agreed_calendar", "cancelled_at", "cancelled_reason"),
    )
    inlines = (GuestInline,)
    verbs: ClassVar[Mapping[str, Any]] = {
        "change": ("Change", _change),
        "invite": ("Invite those who are new", _invite),
        "register": ("Register", _register),
        "agree": ("What was agreed", _agree),
        "cancel": ("Cancel", _cancel),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with how many are invited, come and came."""
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                invited_count=Count("guests"),
                yes_count=Count("guests", filter=Q(guests__answer=Guest.Answer.YES)),
                came_count=Count("guests", filter=Q(guests__came=True)),
            )
        )
        return rows.select_related("programme__academy", "ics")

    @admin.display(description="Invited", ordering="invited_count")
    def invited(self, session: Any) -> int:
        return int(session.invited_count)

    @admin.display(description="Come", ordering="yes_count")
    def coming(self, session: Any) -> int:
        return int(session.yes_count)

    @admin.display(description="Came", ordering="came_count")
    def came(self, session: Any) -> int:
        return int(session.came_count)

    def possible(self, record: Any) -> list[str]:
        """What can still be changed, and what can be noted by now."""
        now = timezone.now()
        ahead = not meetings.why_not_ahead(record, now)
        shown = {
            "change": not implementation.why_not_moved(record, now),
            "invite": ahead,
            "register": not meetings.why_not_marked(record, now),
            "agree": True,
            "cancel": ahead,
        }
        return [verb for verb, is_shown in shown.items() if is_shown]

    def links(self, request: HttpRequest, record: Any) -> list[Crumb]:
        """The page of the ICS."""
        return [Crumb("Page of the ICS", page_of_ics(record.programme_id, record.ics_id))]

    def set_up(self, request: HttpRequest) -> VerbPage:
        """Set one up, and invite the facilitators of the ICS."""
        systems = IntegratedCareSystem.objects.valid_on(timezone.localdate())
        form = ArrangeForm(programmes_with(request.user, Role.REVIEWER), systems, sent(request))

        def carry_out(values: dict[str, Any]) -> str:
            made = implementation.arrange(
                values["programme"], values["ics"], form.when, user=request.user, now=timezone.now()
            )
            return f"{plural(made.guests.count(), 'facilitator is', 'facilitators are')} invited by mail."

        return VerbPage(
            title="Set up an implementation session",
            button="Set up and invite",
            form=form,
            back=Crumb(
                "Implementation sessions", reverse("admin:facilitators_implementationsession_changelist")
            ),
            carry_out=carry_out,
            explanation=[
                "Every facilitator of the ICS in this programme is invited by mail, with a calendar file."
            ],
        )
