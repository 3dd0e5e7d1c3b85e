"""What was delivered: the list, a page for each, and confirming, correcting and taking back by staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.searching import SearchedOnce
from facilitators.admin.completion import ToBeRead
from facilitators.admin.crediting import credited_page
from facilitators.admin.delivery_filters import (
    DeliveryStateFilter,
    MonthFilter,
    ProgrammeFilter,
    SystemFilter,
)
from facilitators.admin.yields import WithYield
from facilitators.domain.delivering import crediting, deliveries
from facilitators.domain.delivering.delivery_rows import Given
from facilitators.models import Delivery, DeliveryCredit, Reach
from facilitators.views.deliveries import file_of
from programmes.admin.base import WithHistory, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, long_text, sent
from programmes.domain.access import programmes_with
from programmes.domain.wording import join_words, plural
from programmes.models import Obligation, Role, Sector

_LONGEST = 300


class ReasonForm(VerbForm):
    reason = long_text(
        "Reason",
        "Kept with your name.",
        missing="Enter the reason. It is kept with your name.",
        limit=_LONGEST,
    )


class CorrectForm(ReasonForm):
    """What was delivered, as it was; who is credited stays as it is."""

    held_on = forms.DateField(
        label="Day",
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={
            "required": "Enter the day of the delivery.",
            "invalid": "Enter the day as in 2027-03-27.",
        },
    )
    unit = forms.ChoiceField(label="What", choices=Obligation.Unit.choices)
    online = forms.BooleanField(label="Online", required=False)
    place = forms.CharField(label="Place", max_length=200, required=False)

    def __init__(self, delivery: Delivery, data: Any = None) -> None:
        reached = dict(delivery.reached.values_list("sector", "people"))
        initial = {name: getattr(delivery, name) for name in ("held_on", "unit", "online", "place")}
        super().__init__(data, initial={**initial, **{f"people_{key}": n for key, n in reached.items()}})
        for sector, label in Sector.choices:
            self.fields[f"people_{sector}"] = forms.IntegerField(
                label=f"People: {label}",
                required=False,
                min_value=0,
                max_value=deliveries.MOST_PEOPLE,
                error_messages={
                    "invalid": f"Enter how many people of “{label}” came, as a number.",
                    "min_value": "Enter 0 or more.",
                    "max_value": "Enter %(limit_value)s or fewer.",
                },
            )
        self.order_fields([*(name for name in self.fields if name != "reason"), "reason"])

    def given(self, delivery: Delivery) -> Given:
        """What a valid form says, and of the rest what the delivery says."""
        values = self.cleaned_data
        return Given(
            values["held_on"],
            unit=values["unit"],
            online=values["online"],
            place=values["place"],
            topic=delivery.topic,
            people={sector: values[f"people_{sector}"] or 0 for sector in Sector.values},
            how_it_went=delivery.how_it_went,
            notes=delivery.notes,
        )


class _Rows(admin.TabularInline):
    """Read on the delivery's page, and changed by its verbs alone."""

    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CreditInline(_Rows):
    model = DeliveryCredit
    fields = readonly_fields = ("who", "role")
    verbose_name_plural = "credited"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("training__facilitator")

    @admin.display(description="Facilitator")
    def who(self, credit: DeliveryCredit) -> str:
        return credit.training.facilitator.name


class ReachInline(_Rows):
    model = Reach
    fields = readonly_fields = ("sector", "people")


@admin.action(description="Confirm the selected deliveries")
def confirm_selected(model_admin: Any, request: HttpRequest, rows: QuerySet[Any]) -> None:
    """Confirm those that are logged, of the programmes in which the reader decides; say how many were left."""
    own = rows.filter(programme__in=programmes_with(request.user, Role.REVIEWER))
    keys = list(own.values_list("pk", flat=True))
    total = rows.count()
    done = len(deliveries.confirm(keys, user=request.user, now=timezone.now()))
    left = f" {plural(total - done, 'other')} left as they are." if total > done else ""
    messages.success(request, f"{plural(done, 'delivery', 'deliveries')} confirmed.{left}")


@admin.register(Delivery)
class DeliveryAdmin(SearchedOnce, WithYield, ToBeRead, WithHistory):
    """A delivery is logged by a facilitator, or made by a circle's register; staff confirm it and put it right."""

    academy_path = "programme__academy"
    ics_path = "ics"
    change_form_template = "admin/facilitators/delivery/change_form.html"
    change_list_template = "admin/facilitators/delivery/change_list.html"
    list_display = ("held_on", "programme", "unit", "topic", "who", "ics", "people", "state", "logged_at")
    list_filter = (ProgrammeFilter, SystemFilter, DeliveryStateFilter, MonthFilter)
    list_select_related = ("programme__academy", "topic", "ics")
    list_per_page = 50
    show_facets = admin.ShowFacets.NEVER
    actions = (confirm_selected,)
    search_fields = ("credits__training__facilitator__name", "credits__training__facilitator__email", "place")
    search_help_text = "Search by facilitator or place."
    fields = (
        "programme",
        "held_on",
        "unit",
        "topic",
        "online",
        "place",
        "ics",
        "people",
        "how_it_went",
        "notes",
        "state",
        "logged_by",
        "logged_at",
        "confirmed_at",
        "confirmed_by",
        "circle",
        "taken_back_reason",
    )
    inlines = (CreditInline, ReachInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with those credited and the people it reached; drafts are their facilitator's own."""
        rows = super().get_queryset(request).exclude(state=Delivery.State.DRAFT)
        rows = rows.select_related("programme__academy", "topic", "ics", "circle__topic", "logged_by")
        return rows.prefetch_related("credits__training__facilitator", "reached")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        if not holds(request, Role.REVIEWER):
            actions.pop("confirm_selected", None)
        return actions

    # Columns.
    @admin.display(description="Credited")
    def who(self, delivery: Delivery) -> str:
        return join_words(credit.training.facilitator.name for credit in delivery.credits.all())

    @admin.display(description="People reached")
    def people(self, delivery: Delivery) -> int:
        return sum(row.people for row in delivery.reached.all())

    # Verbs.
    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/file/", view(self.file_view), name="facilitators_delivery_file"),
            path("<int:pk>/confirm/", view(self.confirm_view), name="facilitators_delivery_confirm"),
            path("<int:pk>/correct/", view(self.correct_view), name="facilitators_delivery_correct"),
            path("<int:pk>/credited/", view(self.credited_view), name="facilitators_delivery_credited"),
            path("<int:pk>/take-back/", view(self.take_back_view), name="facilitators_delivery_take_back"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A delivery's page, with what can be done about it."""
        delivery = self.record_or_404(request, object_id)
        decides = holds(request, Role.REVIEWER, self.academy_of(delivery))
        possible = {
            "may_confirm": decides and delivery.state == Delivery.State.LOGGED,
            "may_correct": decides and not self._why_not(delivery),
            "may_credit": decides and not crediting.why_not_credited_otherwise(delivery),
        }
        return super().change_view(request, object_id, form_url, possible)

    def file_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file of a delivery, to be saved."""
        return file_of(self.record_or_404(request, str(pk)))

    def confirm_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Confirm one delivery."""
        delivery = self._decided(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            deliveries.confirm([pk], user=request.user, now=timezone.now())
            return "The delivery is confirmed."

        logged = delivery.state == Delivery.State.LOGGED
        return self._page(
            delivery,
            "Confirm",
            NothingToAdd(sent(request)),
            carry_out,
            ["Its facilitators cannot change it any more. You can still correct it, or take it back."],
            impossible="" if logged else f"This delivery is “{delivery.get_state_display().lower()}”.",
        ).answer(request)

    def correct_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Correct a delivery, with a reason."""
        delivery = self._decided(request, pk)
        form = CorrectForm(delivery, sent(request))

        def carry_out(values: dict[str, Any]) -> str:
            deliveries.correct(
                pk,
                form.given(delivery),
                user=request.user,
                reason=values["reason"],
                now=timezone.now(),
            )
            return "The delivery is corrected."

        means = ["What is owed is counted anew. Who is credited is changed on a page of its own."]
        return self._page(
            delivery, "Correct", form, carry_out, means, impossible=self._why_not(delivery)
        ).answer(request)

    def credited_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change who is credited with a delivery, with a reason."""
        delivery = self._decided(request, pk)
        back = Crumb(str(delivery), reverse("admin:facilitators_delivery_change", args=[pk]))
        return credited_page(delivery, sent(request), user=request.user, back=back).answer(request)

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take a delivery back, with a reason."""
        delivery = self._decided(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            deliveries.take_back(pk, user=request.user, reason=values["reason"], now=timezone.now())
            return "The delivery is taken back. It does not count any more."

        means = ["It does not count any more for anybody who is credited in it. It stays on the list."]
        return self._page(
            delivery,
            "Take back",
            ReasonForm(sent(request)),
            carry_out,
            means,
            impossible=self._why_not(delivery),
            ends_something=True,
        ).answer(request)

    @staticmethod
    def _why_not(delivery: Delivery) -> str:
        return deliveries.why_not_corrected(delivery, None, now=timezone.now())

    def _decided(self, request: HttpRequest, pk: int) -> Delivery:
        delivery: Delivery = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(delivery)):
            raise PermissionDenied
        return delivery

    @staticmethod
    def _page(
        delivery: Delivery,
        label: str,
        form: forms.Form,
        carry_out: Any,
        means: list[str],
        *,
        impossible: str,
        ends_something: bool = False,
    ) -> VerbPage:
        return VerbPage(
            title=f"{label}: {delivery}",
            button=label,
            form=form,
            back=Crumb(str(delivery), reverse("admin:facilitators_delivery_change", args=[delivery.pk])),
            carry_out=carry_out,
            explanation=means,
            impossible=impossible,
            ends_something=ends_something,
        )
