"""Addresses of an applicant's pages about cohorts and places."""

from django.urls import path

from cohorts.views import choice, offers

urlpatterns = [
    path("my/<str:token>/cohorts/", choice.cohort_choice, name="cohort_choice"),
    path("my/<str:token>/offer/", offers.offer, name="offer"),
    path("my/<str:token>/dates.ics", offers.my_calendar, name="my_calendar"),
]
