"""The register of facilitators: everybody trained, where they stand, and what staff can put right."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from facilitators.admin.facilitator_corrections import FacilitatorCorrections
from facilitators.admin.facilitator_list import FILTERS
from facilitators.admin.facilitator_verbs import FacilitatorVerbs
from facilitators.admin.importing import ImportOfTrained
from facilitators.domain.people import register, standing
from facilitators.models import Facilitator, Pause, Training
from programmes.admin.base import AcademyModelAdmin, WithHistory
from programmes.admin.messages import correspondence_of
from programmes.domain import access
from programmes.models import Message, Role

_OWN = ("name", "email", "job_title", "organisation", "organisation_name", "ics", "phone")
_WORK = ("delivers", "languages", "places", "availability", "about")
_SHOWN = ("in_directory_since", "shows_email", "shows_phone")
# So many mails stand on somebody's page, the newest first; the outbox has them all.
_MAILS = 50


@dataclass(frozen=True)
class Row:
    """One training on a facilitator's page: where they stand, the pauses, and whether the reader may change it."""

    training: Training
    stands: standing.Stands
    pauses: list[tuple[Pause, bool]]
    may_change: bool

    @property
    def has_left(self) -> bool:
        """Whether there is nothing to pause or end any more."""
        return self.training.ended_on is not None


class FacilitatorForm(forms.ModelForm):
    """What staff correct."""

    class Meta:
        model = Facilitator
        fields = (*_OWN, *_WORK)

    def clean_email(self) -> str:
        """Raise an error where the address is another person's in the register."""
        email: str = self.cleaned_data["email"]
        if other := register.entry_at(email, but=self.instance):
            raise forms.ValidationError(
                f"This is the address of {other.name} in the register: a person is one entry."
            )
        return email


@admin.register(Facilitator)
class FacilitatorAdmin(
    ImportOfTrained, FacilitatorVerbs, FacilitatorCorrections, AcademyModelAdmin, WithHistory
):
    """One row a person, however many programmes they were trained in: those of the reader's programmes."""

    access_rule = (
        "staff of an academy in one of whose programmes they were trained, by role; others’ people are 404"
    )
    academy_path = "trainings__programme__academy"
    to_change = Role.REVIEWER
    form = FacilitatorForm
    change_form_template = "admin/facilitators/facilitator/change_form.html"
    list_display = ("name", "email", "works_at", "ics", "stands", "is_shown")
    list_filter = FILTERS
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("name", "email", "organisation__name", "organisation_name")
    search_help_text = "Search by name, email address or organisation."
    readonly_fields = _SHOWN
    fieldsets = (
        (None, {"fields": _OWN}),
        ("How and where they deliver", {"fields": _WORK}),
        ("In the directory, as they chose themselves", {"fields": _SHOWN}),
    )

    # Who sees whom.
    def visible(self, request: HttpRequest) -> dict[str, Any]:
        """Those trained in a programme that the reader sees."""
        return {"pk__in": Facilitator.objects.visible_to(request.user).order_by().values("pk")}

    def choices(self, request: HttpRequest) -> QuerySet[Any]:
        """Those trained in a programme that the reader sees."""
        return Facilitator.objects.visible_to(request.user)

    def _allows(self, request: HttpRequest, role: Role | None, record: Model | None) -> bool:
        """By the role in one of the programmes that somebody was trained in."""
        if record is None or role is None:
            return super()._allows(request, role, record)
        programmes = access.programmes_with(request.user, role)
        return Training.objects.filter(facilitator=record.pk, programme__in=programmes).exists()

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody by a bare form: people are put in with their training."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: whoever goes has left, and what they delivered stays counted."""
        return False

    # The list.
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the trainings that the reader sees, each knowing its standing."""
        seen = Training.objects.visible_to(request.user).select_related("programme")
        trainings = standing.with_standing(seen, timezone.localdate()).order_by("programme__title")
        rows = super().get_queryset(request).select_related("organisation", "ics")
        return rows.prefetch_related(Prefetch("trainings", trainings, "seen"))

    @admin.display(description="Organisation", ordering="organisation__name")
    def works_at(self, facilitator: Facilitator) -> str:
        return facilitator.works_at or "–"

    @admin.display(description="Programmes and standing")
    def stands(self, facilitator: Facilitator) -> str:
        words = {one.value: str(one.label).lower() for one in standing.Standing}
        return "; ".join(f"{one.programme}: {words[one.standing]}" for one in facilitator.seen)  # type: ignore[attr-defined]

    @admin.display(description="In the directory", boolean=True, ordering="in_directory_since")
    def is_shown(self, facilitator: Facilitator) -> bool:
        return facilitator.in_directory_since is not None

    # The page.
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Somebody's page: where they stand, pauses, mails, and what can be done."""
        facilitator = self.record_or_404(request, object_id)
        now = timezone.now()
        own = access.programmes_visible_to(request.user)
        mails = Message.objects.about(facilitator.about_key).filter(programme__in=own)
        newest = mails.select_related("programme", "superseded_by").order_by("-pk")[:_MAILS]
        context = {
            "rows": self._rows(request, facilitator, timezone.localdate(now)),
            "mails": correspondence_of(newest, now),
            "former": facilitator.former_entries.select_related("joined_by"),
            "may_write": self.has_change_permission(request, facilitator),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def _rows(self, request: HttpRequest, facilitator: Facilitator, today: datetime.date) -> list[Row]:
        mine = set(access.programmes_with(request.user, Role.REVIEWER).values_list("pk", flat=True))
        trainings = facilitator.trainings.visible_to(request.user).order_by("programme__title")
        return [
            Row(
                training,
                standing.on_day(training, today),
                [(pause, pause.until_on >= today) for pause in training.pauses.all()],
                training.programme_id in mine,
            )
            for training in trainings.select_related(
                "programme__facilitation", "application"
            ).prefetch_related("pauses")
        ]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Correct the entry; a new address gets a link."""
        register.correct(obj, user=request.user, now=timezone.now())
