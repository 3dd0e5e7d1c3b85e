"""Every address of the portal."""

from django.contrib import admin
from django.urls import include, path

from applications.views import moved
from config import health, views

urlpatterns = [
    path("", include("programmes.urls")),
    path("", include("applications.urls")),
    path("", include("cohorts.urls")),
    path("", include("facilitators.urls")),
    # After every page of an application: what stood under another name before an upgrade.
    path("my/<str:token>/<slug:step>/", moved.moved, name="moved"),
    path("staff/", admin.site.urls),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics_page, name="metrics"),
]

handler400 = views.bad_request
handler403 = views.permission_denied
handler404 = views.page_not_found
handler500 = views.server_error
