"""One form with every kind of field, its pages, and pages that fail: for the tests of look and layout."""

import datetime

from django.contrib import admin
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.forms import TextInput
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from config import health, views
from programmes.forms.base import PageForm
from programmes.forms.compound_fields import DateField, RankField
from programmes.forms.fields import (
    CheckboxesField,
    EmailField,
    LineField,
    LongTextField,
    PhoneField,
    RadiosField,
    SelectField,
    TickField,
    UploadField,
    WholeNumberField,
    YesNoField,
)


class Sampler(PageForm):
    name = LineField(
        label="Full name", max_length=60, nhs={"width": 30}, widget=TextInput({"autocomplete": "name"})
    )
    email = EmailField(label="Email address", help_text="We write to you here")
    phone = PhoneField(label="Telephone number", required=False, nhs={"width": 20})
    why = LongTextField(label="Why do you want to be a facilitator?", max_words=5)
    notes = LongTextField(label="Anything else", required=False, max_characters=50, nhs={"rows": 3})
    access = LongTextField(label="Access needs", required=False)
    ics = SelectField(label="Your ICS", choices=[("", "Choose"), ("QNQ", "Frimley"), ("QRL", "Hampshire")])
    cohort = RadiosField(
        label="Which cohort do you prefer?",
        choices=[("1", "Cohort 1"), ("2", "Cohort 2"), ("none", "I cannot attend either")],
        nhs={
            "hints": {"1": "1 and 2 November"},
            "divider": {"none": "or"},
            "reveals": {"none": "reason"},
        },
    )
    reason = LineField(label="Reason")
    online = YesNoField(label="Have you facilitated online?")
    experience = CheckboxesField(
        label="Qualifications",
        help_text="Select all that apply",
        choices=[("coach", "Coaching"), ("mentor", "Mentoring"), ("none", "None of these")],
        exclusive="none",
        nhs={"divider": {"none": "or"}, "small": True},
    )
    start = DateField(
        label="Start date",
        help_text="For example, 31 3 2027",
        earliest=datetime.date(2026, 1, 1),
        latest=lambda: datetime.date(2027, 12, 31),
    )
    years = WholeNumberField(
        label="Years of practice", min_value=0, max_value=60, nhs={"width": 2, "suffix": "years"}
    )
    certificate = UploadField(
        label="Certificate", required=False, extensions=["pdf", "docx"], max_megabytes=1
    )
    order = RankField(
        label="Order of cohorts",
        things=[("7", "Cohort 1"), ("8", "Cohort 2")],
        nhs={"hints": {"7": "Online"}},
    )
    agree = TickField(label="I have discussed this")


GOOD = {
    "name": "Siân O’Neill",
    "email": "sian@example.org",
    "why": "To help people",
    "ics": "QNQ",
    "cohort": "1",
    "online": "yes",
    "experience": ["coach", "mentor"],
    "start_day": "31",
    "start_month": "March",
    "start_year": "2027",
    "years": "3",
    "order_7": "2",
    "order_8": "1",
    "agree": "on",
}


def sampler(request: HttpRequest) -> HttpResponse:
    form = Sampler(request.POST or None, request.FILES or None)
    form.is_valid()
    context = {"form": form, "heading": "About you", "caption": "Apply", "back_url": "/"}
    return render(request, "layout/form_page.html", context)


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "layout/base.html", {"heading": "Programmes"})


def fails(request: HttpRequest, how: str) -> HttpResponse:
    raise {
        "400": SuspiciousOperation(),
        "403": PermissionDenied(),
        "404": Http404(),
        "413": RequestDataTooBig(),
        "500": ZeroDivisionError(),
        "503": OperationalError(),
    }[how]


def own_404(request: HttpRequest) -> HttpResponse:
    return HttpResponse("This link has expired.", status=404)


urlpatterns = [
    path("", home, name="home"),
    path("link/", home, name="link_again"),
    path("circles/", home, name="circles"),
    path("accessibility/", home, name="accessibility"),
    path("privacy/", home, name="privacy"),
    path("sampler/", sampler),
    path("my/fails/<how>/", fails),
    path("fails/<how>/", fails),
    path("my/expired/", own_404),
    path("my/page/", home),
    path("healthz", health.healthz),
    path("staff/", admin.site.urls),
]
handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
