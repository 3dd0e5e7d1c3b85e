"""Addresses of the pages that anyone may open."""

from django.urls import path

from programmes.views import gate, home, information, invitation, mailbox, news, programmes

urlpatterns = [
    path("", home.home, name="home"),
    path("programmes/<slug:slug>/", programmes.programme, name="programme"),
    path("programmes/<slug:slug>/dates.ics", programmes.programme_calendar, name="programme_calendar"),
    path("programmes/<slug:slug>/nominations/", programmes.nominations, name="nominations"),
    path("programmes/<slug:slug>/eligibility/", gate.eligibility, name="eligibility"),
    path("programmes/<slug:slug>/start/", gate.start, name="start"),
    path("programmes/<slug:slug>/check-your-email/", gate.check_email, name="check_email"),
    path("accessibility/", information.accessibility, name="accessibility"),
    path("accessibility/<slug:academy>/", information.accessibility_of, name="accessibility_of"),
    path("privacy/", information.privacy, name="privacy"),
    path("privacy/<slug:academy>/", information.privacy_of, name="privacy_of"),
    path("invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("news/<str:token>/", news.news_choice, name="news_choice"),
    # Only where DEBUG is on.
    path("dev/mailbox/", mailbox.mailbox, name="mailbox"),
    path("dev/mailbox/<int:pk>/", mailbox.mailbox_message, name="mailbox_message"),
    path("dev/mailbox/<int:pk>/html/", mailbox.mailbox_html, name="mailbox_html"),
    path(
        "dev/mailbox/<int:pk>/attachments/<int:number>/",
        mailbox.mailbox_attachment,
        name="mailbox_attachment",
    ),
]
