"""A circle's public page with its booking, and the page of a booking behind an emailed link."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from applications.domain import link_requests
from facilitators.domain.calendar import bookings, calendar_of_circles, circle_files, circle_mails
from facilitators.domain.evaluation import answering
from facilitators.forms.booking import BookingForm
from facilitators.models import Booking, Circle
from programmes.domain import links
from programmes.domain.organisations import workplaces
from programmes.domain.refused import Refused
from programmes.forms.sure import SureForm
from programmes.models import IntegratedCareSystem, Link, Organisation
from programmes.views.access import access, public
from programmes.views.afterwards import after_answer
from programmes.views.kept import kept


def _circle_or_404(reference: str, *, with_numbers: bool = True) -> Any:
    rows = Circle.objects.on_calendar().select_related("programme__academy", "topic", "ics")
    shown = calendar_of_circles.with_numbers(rows) if with_numbers else rows
    return get_object_or_404(shown, reference=reference)


def _to_book_from(circle: Circle) -> tuple[list[IntegratedCareSystem], list[Organisation]]:
    """Where somebody who books can work: in all ICSs of today and the circle's own, and what the programme lists."""
    systems, organisations = workplaces(circle.programme, timezone.localdate(), everywhere=True)
    if circle.ics is not None and circle.ics not in systems:
        systems = [*systems, circle.ics]
    return systems, organisations


@public
@require_http_methods(["GET", "HEAD", "POST"])
@kept
def circle(request: HttpRequest, reference: str) -> HttpResponse:
    """Everything about a circle but its joining link, and the form to book it."""
    # How many have a place is for the page that shows it: what is decided is counted under the lock.
    found = _circle_or_404(reference, with_numbers=request.method != "POST")
    now = timezone.now()
    why_not = bookings.why_not_bookable(found, now)
    form = None
    if not why_not or request.method == "POST":
        systems, organisations = _to_book_from(found)
        form = BookingForm(
            request.POST if request.method == "POST" else None, systems=systems, organisations=organisations
        )
        if form.is_valid():
            try:
                asked = bookings.book_evenly(found.pk, form.who, now=now, read_before=found)
            except Refused as refused:
                form.add_error(None, refused.sentence)
            else:
                response = redirect("circle_booked", reference=reference)
                after_answer(response, lambda: link_requests.fulfil_noted(asked))
                return response
    if request.method == "POST":
        found = _circle_or_404(reference)
    return render(
        request, "circles/circle.html", _context(found) | {"form": form, "why_not": why_not}, using="pages"
    )


def _context(found: Any) -> dict[str, Any]:
    return {
        "section": "circles",
        "circle": found,
        "programme": found.programme,
        "when": circle_mails.when(found),
        "where": circle_mails.where(found),
        "free": max(0, found.maximum - found.seated),
        "leads": led_by(found),
    }


def led_by(circle: Circle) -> int:
    """How many lead a circle. Who they are a public page does not say: nobody has agreed to that."""
    return circle.leads.filter(stood_down_at=None).count()


@public
@require_safe
def circle_booked(request: HttpRequest, reference: str) -> HttpResponse:
    """Say that the mail is on its way: the same words whoever booked."""
    context = _context(_circle_or_404(reference)) | {"demo_mailbox": settings.DEMO}
    return render(request, "circles/booked.html", context, using="pages")


def booking_page(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """For a view of ``(request, booking, token)``: opens ``/booking/<token>/…`` by a working link.

    The booking comes with its circle. A dead link is answered 410.
    """

    @access("whoever booked, by emailed link")
    @require_http_methods(["GET", "POST"])
    @functools.wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponseBase:
        found = None
        try:
            link = links.open_link(Link.Opens.BOOKING, token, now=timezone.now())
        except links.LinkDead:
            pass
        else:
            rows = Booking.objects.select_related(
                "circle__programme__academy", "circle__topic", "circle__ics"
            )
            found = rows.filter(pk=link.object_id).first()
        if found is None:
            context = {"token": token, "opens": Link.Opens.BOOKING.value}
            return render(request, "links/dead.html", context, status=410, using="pages")
        return view(request, found, token=token)

    return opened


@booking_page
def booking(request: HttpRequest, found: Booking, *, token: str) -> HttpResponse:
    """How a booking stands; somebody who waits can take a place that fell free in the last hours."""
    now = timezone.now()
    form = SureForm(request.POST if request.method == "POST" else None, sure="I want to take the place")
    if form.is_valid():
        try:
            bookings.take(found.pk, now=now)
        except Refused as refused:
            messages.info(request, refused.sentence)
        else:
            messages.success(request, "You have a place. We have sent you an email with the details.")
        return redirect("booking", token=token)
    circle = found.circle
    can_take = not bookings.why_not_taken(found, now)
    context = {
        "booking": found,
        "circle": circle,
        "programme": circle.programme,
        "token": token,
        "when": circle_mails.when(circle),
        "where": circle_mails.where(circle),
        "over": circle.state != Circle.State.PLANNED or circle.starts_at <= now,
        "position": found.position() if found.state == Booking.State.WAITING else None,
        "can_tell": answering.can_still_tell(found),
        "form": form if can_take else None,
        "can_take": can_take,
    }
    return render(request, "circles/booking.html", context, using="pages")


@booking_page
def booking_cancel(request: HttpRequest, found: Booking, *, token: str) -> HttpResponse:
    """Ask, and then cancel the booking."""
    form = SureForm(request.POST if request.method == "POST" else None, sure="I want to cancel my booking")
    if form.is_valid():
        try:
            bookings.cancel(found.pk, now=timezone.now())
        except Refused as refused:
            messages.info(request, refused.sentence)
        else:
            messages.success(request, "Your booking is cancelled. We have sent you an email about it.")
        return redirect("booking", token=token)
    context = {
        "booking": found,
        "form": form,
        "heading": "Do you want to cancel your booking?",
        "caption": f"{found.circle.topic}, {circle_mails.when(found.circle)}",
        "back_url": reverse("booking", args=[token]),
        "back_text": "Back to your booking",
    }
    return render(request, "circles/booking_cancel.html", context, using="pages")


@booking_page
def booking_calendar(request: HttpRequest, found: Booking, *, token: str) -> HttpResponse:
    """The circle as a calendar file; 404 without a place."""
    if found.state != Booking.State.BOOKED:
        raise Http404
    file = circle_files.of_booking(found, now=timezone.now())
    headers = {"Content-Disposition": f'attachment; filename="{file["name"]}"'}
    return HttpResponse(file["text"], content_type="text/calendar; charset=utf-8", headers=headers)
