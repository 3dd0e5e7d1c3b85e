"""Addresses of an applicant's pages about cohorts and places."""

from django.urls import path

from cohorts.views import access_needs, calendars, choice, feed, offers, register

urlpatterns = [
    path("register/<str:token>/", register.register, name="register"),
    path("my/<str:token>/cohorts/", choice.cohort_choice, name="cohort_choice"),
    path("my/<str:token>/needs/", access_needs.needs, name="access_needs"),
    path("my/<str:token>/offer/", offers.offer, name="offer"),
    path("my/<str:token>/dates.ics", offers.my_calendar, name="my_calendar"),
    path("my/<str:token>/calendar/", calendars.new_address, name="new_calendar_address"),
    path("calendar/<str:token>.ics", calendars.applicant_calendar, name="applicant_calendar"),
    path("calendar/staff/<str:token>.ics", calendars.staff_calendar, name="staff_calendar"),
    path("feed/v1/openapi.json", feed.openapi, name="feed_openapi"),
    path("feed/v1/programmes/", feed.programmes, name="feed_programmes"),
    path("feed/v1/cohorts/", feed.cohorts, name="feed_cohorts"),
    path("feed/v1/applications/", feed.applications, name="feed_applications"),
    path("feed/v1/funnel/", feed.funnel, name="feed_funnel"),
    path("feed/v1/<path:rest>", feed.nothing, name="feed_nothing"),
]
