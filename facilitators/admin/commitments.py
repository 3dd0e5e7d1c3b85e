"""What facilitators owe: the list, a page for each, and what staff can do about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from facilitators.admin.completion import ToBeRead
from facilitators.admin.delivery_filters import MonthFilter, ProgrammeFilter, StandsFilter, SystemFilter
from facilitators.domain import commitments, owed
from facilitators.domain.people import participations
from facilitators.models import Commitment, CommitmentReminder, Pause
from programmes.admin.base import WithHistory, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, long_text, sent
from programmes.domain.wording import nhs_date, plural
from programmes.models import Role


class WaiveForm(VerbForm):
    reason = long_text(
        "Reason",
        "Kept with your name. The facilitator reads it on their page.",
        missing="Enter the reason. The facilitator reads it.",
        limit=300,
    )


class NoteForm(VerbForm):
    """What somebody took part in."""

    held_on = forms.DateField(
        label="Day",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"required": "Enter the day.", "invalid": "Enter the day as in 2027-03-27."},
    )
    what = forms.CharField(
        label="What",
        help_text="Such as: action learning set in Leicester. The facilitator can read it.",
        max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter what it was."},
    )


class ReminderInline(admin.TabularInline):
    """Which reminders were sent."""

    model = CommitmentReminder
    fields = readonly_fields = ("months", "sent_at")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Commitment)
class CommitmentAdmin(ToBeRead, WithHistory):
    """A commitment comes about by the training, and its numbers by what was delivered."""

    academy_path = "training__programme__academy"
    ics_path = "training__facilitator__ics"
    change_form_template = "admin/facilitators/commitment/change_form.html"
    list_display = (
        "facilitator",
        "programme",
        "description",
        "ics",
        "stands",
        "how_many",
        "due_on",
        "met_on",
    )
    list_filter = (ProgrammeFilter, SystemFilter, StandsFilter, MonthFilter)
    list_select_related = ("training__programme__academy", "training__facilitator__ics")
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("training__facilitator__name", "training__facilitator__email", "description")
    search_help_text = "Search by name, email address or what is owed."
    fields = (
        "facilitator",
        "programme",
        "description",
        "in_words",
        "starts_on",
        "first_due_on",
        "due_on",
        "done",
        "met_on",
        "waived_on",
        "waived_reason",
    )
    inlines = (ReminderInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with whether its facilitator pauses today."""
        today = timezone.localdate()
        pauses = Pause.objects.filter(training=OuterRef("training"), from_on__lte=today, until_on__gte=today)
        rows = super().get_queryset(request).annotate(paused=Exists(pauses))
        return rows.select_related("training__programme__academy", "training__facilitator__ics")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    # Columns.
    @admin.display(description="Facilitator", ordering="training__facilitator__name")
    def facilitator(self, commitment: Commitment) -> str:
        return commitment.training.facilitator.name

    @admin.display(description="Programme", ordering="training__programme__title")
    def programme(self, commitment: Commitment) -> str:
        return commitment.training.programme.title

    @admin.display(description="ICS", ordering="training__facilitator__ics__name")
    def ics(self, commitment: Commitment) -> str:
        ics = commitment.training.facilitator.ics
        return ics.short_name if ics else "–"

    @admin.display(description="State")
    def stands(self, commitment: Commitment) -> str:
        return str(self._how(commitment).label)

    @admin.display(description="Done")
    def how_many(self, commitment: Commitment) -> str:
        return f"{commitment.done} of {owed.quantity(commitment)}"

    @admin.display(description="In words")
    def in_words(self, commitment: Commitment) -> str:
        return owed.sentence(commitment, self._how(commitment))

    @staticmethod
    def _how(commitment: Commitment) -> owed.Stands:
        paused = bool(getattr(commitment, "paused", False))
        return owed.stands(commitment, today=timezone.localdate(), paused=paused)

    # Verbs.
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/waive/", view(self.waive_view), name="facilitators_commitment_waive"),
            path("<int:pk>/note/", view(self.note_view), name="facilitators_commitment_note"),
            path("<int:pk>/note/<int:noted>/", view(self.forget_view), name="facilitators_commitment_forget"),
            path("<int:pk>/ask-again/", view(self.ask_again_view), name="facilitators_commitment_ask_again"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A commitment's page, with what can be done about it."""
        commitment = self.record_or_404(request, object_id)
        decides = holds(request, Role.REVIEWER, self.academy_of(commitment))
        possible = {
            "may_waive": decides and not commitments.why_not_waived(commitment),
            "may_note": decides and not participations.why_not_noted(commitment),
            "noted": participations.noted_for(commitment).select_related("noted_by"),
            "may_ask_again": decides and commitment.waived_on is not None,
        }
        return super().change_view(request, object_id, form_url, possible)

    def _locked_out(self, request: HttpRequest, pk: int) -> Commitment:
        commitment: Commitment = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(commitment)):
            raise PermissionDenied
        return commitment

    def waive_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Let somebody off, with a reason."""
        commitment = self._locked_out(request, pk)
        left = plural(owed.left(commitment), "is", "are")

        def carry_out(values: dict[str, Any]) -> str:
            commitments.waive(pk, user=request.user, reason=values["reason"], now=timezone.now())
            return f"Waived for {commitment.training.facilitator.name}."

        return VerbPage(
            title=f"Waive: {commitment.description}",
            button="Waive it",
            form=WaiveForm(sent(request)),
            back=Crumb(str(commitment), reverse("admin:facilitators_commitment_change", args=[pk])),
            carry_out=carry_out,
            explanation=[
                f"{commitment.training.facilitator.name}, {commitment.training.programme}: {left} still owed.",
                "It is then no longer owed, and no reminder is sent. You can take this back.",
            ],
            impossible=commitments.why_not_waived(commitment),
            ends_something=True,
        ).answer(request)

    def ask_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take it back that a commitment was waived."""
        commitment = self._locked_out(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            commitments.ask_again(pk, user=request.user, now=timezone.now())
            return f"{commitment.training.facilitator.name} owes it again."

        return VerbPage(
            title=f"Owed again: {commitment.description}",
            button="It is owed again",
            form=NothingToAdd(sent(request)),
            back=Crumb(str(commitment), reverse("admin:facilitators_commitment_change", args=[pk])),
            carry_out=carry_out,
            explanation=[f"Waived: {commitment.waived_reason}"],
            impossible="" if commitment.waived_on else "This commitment is not waived.",
        ).answer(request)

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Note what somebody attended, evaluated or refreshed."""
        commitment = self._locked_out(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            participations.note(pk, **values, user=request.user, now=timezone.now())
            return f"Noted for {commitment.training.facilitator.name}."

        return VerbPage(
            title=f"Note: {commitment.description}",
            button="Note it",
            form=NoteForm(sent(request)),
            back=Crumb(str(commitment), reverse("admin:facilitators_commitment_change", args=[pk])),
            carry_out=carry_out,
            explanation=[
                f"{commitment.training.facilitator.name} took part in something that counts towards this."
            ],
            impossible=participations.why_not_noted(commitment),
        ).answer(request)

    def forget_view(self, request: HttpRequest, pk: int, noted: int) -> HttpResponse:
        """Take back what was noted."""
        commitment = self._locked_out(request, pk)
        found = get_object_or_404(participations.noted_for(commitment), pk=noted)

        def carry_out(values: dict[str, Any]) -> str:
            participations.forget(found.pk, user=request.user, now=timezone.now())
            return "Taken back. It does not count any more."

        return VerbPage(
            title=f"Take back: {found.what}",
            button="Take back",
            form=NothingToAdd(sent(request)),
            back=Crumb(str(commitment), reverse("admin:facilitators_commitment_change", args=[pk])),
            carry_out=carry_out,
            explanation=[f"{commitment.training.facilitator.name}, {nhs_date(found.held_on)}."],
            ends_something=True,
        ).answer(request)
