"""Who has booked which circle: read by staff, and cancelled for somebody who asks for it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.searching import SearchedOnce
from applications.domain.actors import Actor
from facilitators.domain.calendar import bookings
from facilitators.models import Booking
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.admin.waiting import Narrowing
from programmes.models import Programme, Role


class ProgrammeOfCircleFilter(Narrowing):
    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(row.pk, row.title) for row in Programme.objects.visible_to(request.user)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(circle__programme=chosen)


@admin.register(Booking)
class BookingAdmin(SearchedOnce, WithHistory, AcademyModelAdmin):
    """People book by the public page; what they said is not edited by hand."""

    academy_path = "circle__programme__academy"
    access_rule = "viewers of the programme read, reviewers cancel; to others it is 404"
    change_form_template = "admin/facilitators/booking/change_form.html"
    list_display = (
        "name",
        "email",
        "works_at",
        "sector",
        "ics",
        "circle_named",
        "starts",
        "state",
        "came",
        "booked_at",
    )
    list_filter = (ProgrammeOfCircleFilter, "state", "came", "sector")
    list_select_related = ("circle__topic", "organisation", "ics")
    list_per_page = 50
    search_fields = ("name", "email", "circle__reference")
    search_help_text = "Search by name, email address or the reference of a circle."
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-pk",)
    fields = readonly_fields = (
        *(
            "name",
            "email",
            "works_at",
            "sector",
            "ics",
            "circle",
            "state",
            "seat_number",
            "booked_at",
            "seated_at",
        ),
        *("cancelled_at", "cancelled_by", "reminded_at", "came", "marked_at", "marked_by"),
    )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Organisation")
    def works_at(self, booking: Booking) -> str:
        return booking.works_at

    @admin.display(description="Circle", ordering="circle__topic__name")
    def circle_named(self, booking: Booking) -> str:
        return str(booking.circle)

    @admin.display(description="Begins", ordering="circle__starts_at")
    def starts(self, booking: Booking) -> Any:
        return booking.circle.starts_at

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        cancel = path("<int:pk>/cancel/", view(self.cancel_view), name="facilitators_booking_cancel")
        return [cancel, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The booking, with the way to cancel it."""
        booking = self.record_or_404(request, object_id)
        may = booking.state in bookings.LIVE and holds(request, Role.REVIEWER, self.academy_of(booking))
        return super().change_view(request, object_id, form_url, {"may_cancel": may, **(extra_context or {})})

    def cancel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Cancel a booking for somebody; they are told, and whoever waits longest moves up."""
        booking = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(booking)):
            raise PermissionDenied

        def carry_out(values: dict[str, Any]) -> str:
            by = Actor.staff(request.user).name
            bookings.cancel(booking.pk, now=timezone.now(), by=by, user=request.user)
            return f"The booking of {booking.name} is cancelled."

        return VerbPage(
            title=f"Cancel the booking of {booking.name}",
            button="Cancel the booking",
            form=NothingToAdd(sent(request)),
            back=Crumb(booking.name, reverse("admin:facilitators_booking_change", args=[pk])),
            carry_out=carry_out,
            explanation=[
                f"{booking.circle}.",
                "The person is told by mail. Whoever waits longest has the place then.",
            ],
            impossible="" if booking.state in bookings.LIVE else "This booking is cancelled already.",
            ends_something=True,
        ).answer(request)
