"""Addresses of completing the training, of checking a certificate, and of what facilitators do afterwards."""

from django.urls import path

from facilitators.views import (
    booking,
    calendar,
    certificates,
    circle_register,
    completion,
    cover,
    deliveries,
    details,
    directory,
    home,
    leading,
)

_CIRCLE = "facilitator/<str:token>/circles/<str:reference>/"
_DELIVERIES = "facilitator/<str:token>/deliveries/"

urlpatterns = [
    path("my/<str:token>/complete/", completion.complete, name="complete"),
    path("my/<str:token>/certificate.pdf", completion.my_certificate, name="my_certificate"),
    path("certificates/<str:number>/", certificates.check, name="certificate"),
    path("facilitator/<str:token>/", home.home, name="facilitator"),
    path("facilitator/<str:token>/details/", details.details, name="facilitator_details"),
    path("facilitator/<str:token>/shown/", details.shown, name="facilitator_shown"),
    path("facilitator/<str:token>/directory/", directory.directory, name="facilitator_directory"),
    path("facilitator/<str:token>/pause/<int:training>/", details.pause, name="facilitator_pause"),
    path("facilitator/<str:token>/pauses/<int:pause>/end/", details.end_pause, name="facilitator_end_pause"),
    path("facilitator/<str:token>/leave/<int:training>/", details.leave, name="facilitator_leave"),
    path(_DELIVERIES, deliveries.mine, name="facilitator_deliveries"),
    path(f"{_DELIVERIES}log/", deliveries.log, name="facilitator_log"),
    path(f"{_DELIVERIES}<int:pk>/", deliveries.one, name="facilitator_delivery"),
    path(f"{_DELIVERIES}<int:pk>/change/", deliveries.change, name="facilitator_delivery_change"),
    path(f"{_DELIVERIES}<int:pk>/same/", deliveries.same, name="facilitator_delivery_same"),
    path(f"{_DELIVERIES}<int:pk>/take-back/", deliveries.take_back, name="facilitator_delivery_take_back"),
    path(f"{_DELIVERIES}<int:pk>/file/", deliveries.evidence, name="facilitator_delivery_file"),
    path("facilitator/<str:token>/set-up/<slug:slug>/", leading.new_circle, name="new_circle"),
    path(_CIRCLE, leading.led_circle, name="led_circle"),
    path(f"{_CIRCLE}change/", leading.change_circle, name="change_circle"),
    path(f"{_CIRCLE}cancel/", leading.cancel_circle, name="cancel_circle"),
    path(f"{_CIRCLE}go-ahead/", leading.circle_goes_ahead, name="circle_goes_ahead"),
    path(f"{_CIRCLE}cover/", cover.circle_cover, name="circle_cover"),
    path("facilitator/<str:token>/cover/<int:pk>/", cover.covering, name="covering"),
    path(f"{_CIRCLE}register/", circle_register.circle_register, name="circle_register"),
    path("circles/", calendar.circles, name="circles"),
    path("circles/calendar.ics", calendar.circles_calendar, name="circles_calendar"),
    path("circles/<str:reference>/", booking.circle, name="circle"),
    path("circles/<str:reference>/booked/", booking.circle_booked, name="circle_booked"),
    path("booking/<str:token>/", booking.booking, name="booking"),
    path("booking/<str:token>/cancel/", booking.booking_cancel, name="booking_cancel"),
    path("booking/<str:token>/circle.ics", booking.booking_calendar, name="booking_calendar"),
]
