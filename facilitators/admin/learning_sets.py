"""Action learning sets for staff: their members, their dates, and the register of each date."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Min, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from facilitators.admin.delivery_filters import ProgrammeFilter
from facilitators.admin.meeting_forms import CameForm, CancelForm, LeaveForm, MeetingForm, PeopleForm, SetForm
from facilitators.admin.set_up import Rows, SetUp
from facilitators.domain.community import learning_sets, meetings
from facilitators.models import LearningSet, SetMember
from programmes.admin.base import holds
from programmes.admin.pages import Crumb, VerbPage, sent
from programmes.domain.access import programmes_with
from programmes.domain.wording import plural
from programmes.models import Role


class MemberInline(Rows):
    model = SetMember
    fields = readonly_fields = ("person", "added_at", "left_at")
    verbose_name_plural = "members"


# What reviewers do with an action learning set.
def _put_in(request: HttpRequest, learning_set: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        new = learning_sets.put_in(learning_set.pk, values["emails"], user=request.user, now=timezone.now())
        return f"{plural(len(new), 'facilitator is', 'facilitators are')} in the set now."

    return VerbPage(
        title=f"Put facilitators in: {learning_set}",
        button="Put in",
        form=PeopleForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=["They are told by mail of the dates ahead."],
    )


def _let_go(request: HttpRequest, learning_set: Any, back: Crumb) -> VerbPage:
    people = learning_set.members.filter(left_at=None).select_related("training__facilitator")
    form = LeaveForm([(one.training_id, one.training.facilitator.name) for one in people], sent(request))

    def carry_out(values: dict[str, Any]) -> str:
        learning_sets.let_go(learning_set.pk, values["training"], user=request.user, now=timezone.now())
        return "Saved. What they attended stays counted."

    return VerbPage(
        title=f"Somebody leaves: {learning_set}",
        button="They leave the set",
        form=form,
        back=back,
        carry_out=carry_out,
        impossible="" if people else "Nobody is in the set.",
        ends_something=True,
    )


def _add_date(request: HttpRequest, learning_set: Any, back: Crumb) -> VerbPage:
    form = MeetingForm(sent(request))

    def carry_out(values: dict[str, Any]) -> str:
        learning_sets.add_dates(learning_set.pk, [form.when], user=request.user, now=timezone.now())
        return f"The members are told by mail. {learning_sets.warning(learning_set)}".strip()

    return VerbPage(
        title=f"Add a date: {learning_set}",
        button="Add the date",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=["Its members are told by mail, with a calendar file."],
    )


def _register(request: HttpRequest, meeting: Any, back: Crumb) -> VerbPage:
    marked = {one.training_id: one for one in meeting.attendance.select_related("training__facilitator")}
    members = meeting.learning_set.members.filter(left_at=None).select_related("training__facilitator")
    people = {one.training_id: one.training.facilitator.name for one in [*marked.values(), *members]}
    came = [pk for pk, one in marked.items() if one.came]
    form = CameForm(sorted(people.items(), key=lambda one: one[1]), came, sent(request))

    def carry_out(values: dict[str, Any]) -> str:
        count = learning_sets.mark(meeting.pk, values["came"], user=request.user, now=timezone.now())
        return f"{plural(count, 'person', 'people')} came. It counts for what they owe to attend."

    return VerbPage(
        title=f"Register: {meeting.learning_set}, {meetings.when_of(meeting)}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        impossible=meetings.why_not_marked(meeting, timezone.now()),
    )


def _move_date(request: HttpRequest, meeting: Any, back: Crumb) -> VerbPage:
    form = MeetingForm(sent(request), meeting=meeting)

    def carry_out(values: dict[str, Any]) -> str:
        learning_sets.move_date(meeting.pk, form.when, user=request.user, now=timezone.now())
        said = "Saved. Where the time or the place is another one, the members are told by mail."
        return f"{said} {learning_sets.warning(meeting.learning_set)}".strip()

    return VerbPage(
        title=f"Move: {meeting.learning_set}, {meetings.when_of(meeting)}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=["The members are told, with a calendar file that replaces the one that they have."],
        impossible=learning_sets.why_not_moved(meeting, timezone.now()),
    )


def _cancel_date(request: HttpRequest, meeting: Any, back: Crumb) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        reason = values["reason"]
        learning_sets.cancel_date(meeting.pk, reason=reason, user=request.user, now=timezone.now())
        return "The date is cancelled. The members are told by mail."

    return VerbPage(
        title=f"Cancel: {meeting.learning_set}, {meetings.when_of(meeting)}",
        button="Cancel the date",
        form=CancelForm(sent(request)),
        back=back,
        carry_out=carry_out,
        explanation=["The members are told, with the reason."],
        impossible=meetings.why_not_ahead(meeting, timezone.now()),
        ends_something=True,
    )


# What can be done with a date: what the link says, and its page.
_OF_A_DATE: Mapping[str, tuple[str, Callable[..., VerbPage]]] = {
    "register": ("Register", _register),
    "move-date": ("Move", _move_date),
    "cancel-date": ("Cancel", _cancel_date),
}


def _possible(meeting: Any, now: datetime.datetime) -> list[str]:
    """What makes sense for a date now: it is marked from its day on, and cancelled before; moved until it begins."""
    verbs = ["cancel-date" if meetings.why_not_marked(meeting, now) else "register"]
    return verbs if learning_sets.why_not_moved(meeting, now) else ["move-date", *verbs]


@admin.register(LearningSet)
class LearningSetAdmin(SetUp):
    """Sets, their members and dates; each date has its register."""

    list_display = ("name", "programme", "members_now", "dates", "first_at")
    list_filter = (ProgrammeFilter,)
    list_select_related = ("programme__academy",)
    search_fields = ("name",)
    search_help_text = "Search by name."
    fields = ("programme", "name", "about")
    inlines = (MemberInline,)
    change_form_template = "admin/facilitators/learningset/change_form.html"
    verbs: ClassVar[Mapping[str, Any]] = {
        "put-in": ("Put facilitators in", _put_in),
        "let-go": ("Somebody leaves", _let_go),
        "add-date": ("Add a date", _add_date),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with how many are in it, and its dates."""
        held = Q(meetings__cancelled_at=None)
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                member_count=Count("members", filter=Q(members__left_at=None), distinct=True),
                date_count=Count("meetings", filter=held, distinct=True),
                first=Min("meetings__starts_at", filter=held),
            )
        )
        return rows.select_related("programme__academy")

    @admin.display(description="Members", ordering="member_count")
    def members_now(self, learning_set: Any) -> int:
        return int(learning_set.member_count)

    @admin.display(description="Dates", ordering="date_count")
    def dates(self, learning_set: Any) -> int:
        return int(learning_set.date_count)

    @admin.display(description="First date", ordering="first", empty_value="–")
    def first_at(self, learning_set: Any) -> Any:
        return learning_set.first

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The set's page, with its dates."""
        dates = self.dates_of(request, self.record_or_404(request, object_id))
        return super().change_view(request, object_id, form_url, {"dates": dates, **(extra_context or {})})

    def dates_of(self, request: HttpRequest, record: Any) -> list[dict[str, Any]]:
        """Each date, with who came, and what reviewers can do: move or cancel it, and from its day on its register."""
        now, may_change = timezone.now(), holds(request, Role.REVIEWER, self.academy_of(record))
        found = []
        for one in record.meetings.prefetch_related("attendance").order_by("starts_at"):
            verbs = _possible(one, now) if may_change and one.cancelled_at is None else []
            address = {verb: [record.pk, one.pk, verb] for verb in verbs}
            marked = list(one.attendance.all())
            found.append(
                {
                    "when": meetings.when_of(one),
                    "where": meetings.where_of(one),
                    "meeting": one,
                    "came": sum(row.came for row in marked) if marked else None,
                    "links": [
                        Crumb(
                            _OF_A_DATE[verb][0],
                            reverse("admin:facilitators_learningset_date", args=address[verb]),
                        )
                        for verb in verbs
                    ],
                }
            )
        return found

    def set_up(self, request: HttpRequest) -> VerbPage:
        """Set one up; members and dates come after."""
        form = SetForm(programmes_with(request.user, Role.REVIEWER), sent(request))

        def carry_out(values: dict[str, Any]) -> str:
            made = learning_sets.set_up(**values, user=request.user)
            return f"{made} is set up. Put its members in, then add its dates."

        return VerbPage(
            title="Set up an action learning set",
            button="Set up",
            form=form,
            back=Crumb("Action learning sets", reverse("admin:facilitators_learningset_changelist")),
            carry_out=carry_out,
        )

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.date_view)
        route = "<int:pk>/dates/<int:date>/<slug:verb>/"
        return [path(route, view, name="facilitators_learningset_date"), *super().get_urls()]

    def date_view(self, request: HttpRequest, pk: int, date: int, verb: str) -> HttpResponse:
        """The register of a date, or moving or cancelling it."""
        learning_set = self.reviewed_or_404(request, pk)
        meeting = get_object_or_404(learning_set.meetings.select_related("learning_set"), pk=date)
        if verb not in _OF_A_DATE:
            raise Http404("There is nothing of this name to do with a date.")
        return _OF_A_DATE[verb][1](request, meeting, self.page(learning_set)).answer(request)
