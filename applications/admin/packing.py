"""A PDF pack of chosen applications, for a panel."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.pages import Crumb, VerbForm
from programmes.domain import exports
from programmes.domain.wording import plural
from programmes.models import Academy


class PackForm(VerbForm):
    """What stands in the pack besides the applications themselves."""

    with_reviews = forms.BooleanField(label="With the reviews given so far", required=False)


def pack_page(request: HttpRequest, context: dict[str, Any], chosen: Any, *, confirmed: bool) -> HttpResponse:
    """Ask what stands in the pack; once that is answered, the pack."""
    # What draws PDF is large: it is loaded by whoever needs it.
    from cohorts.domain import pack

    form = PackForm(request.POST if confirmed else None)
    count = chosen.count()
    too_many = f"A pack holds at most {pack.LIMIT} applications." if count > pack.LIMIT else ""
    if form.is_valid() and not too_many:
        return _file(request, chosen, with_reviews=form.cleaned_data["with_reviews"])
    context |= {
        "title": "A pack for a panel",
        "form": form,
        "too_many": too_many,
        "what": plural(count, "application"),
        "chosen": [] if too_many else list(chosen.values_list("pk", flat=True)),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "url": reverse("admin:applications_application_pack"),
        "back": Crumb("Applications", reverse("admin:applications_application_changelist")),
    }
    return TemplateResponse(request, "admin/applications/application/pack.html", context)


def _file(request: HttpRequest, chosen: Any, *, with_reviews: bool) -> HttpResponse:
    from cohorts.domain import pack

    assert isinstance(request.user, User)
    now = timezone.now()
    academies = list(Academy.objects.filter(programmes__in=chosen.order_by().values("programme")).distinct())
    content = pack.panel_pack(
        chosen,
        academies=[academy.name for academy in academies],
        with_reviews=with_reviews,
        user=request.user,
        now=now,
    )
    exports.record(
        user=request.user,
        list_name="applications.pack",
        list_title="applications",
        academies=academies,
        narrowed_by="",
        columns=["Pack for a panel, with reviews" if with_reviews else "Pack for a panel"],
        keys=[],
        rows=chosen.count(),
        kind="pdf",
        sensitive=False,
        now=now,
    )
    name = f"panel-pack-{timezone.localdate(now).isoformat()}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)


class WithPack:
    """Adds the pack to what can be done with selected applications, for whoever may read them."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        own = path("pack/", self.admin_site.admin_view(self.pack_view), name="applications_application_pack")
        return [own, *super().get_urls()]  # type: ignore[misc]

    @admin.action(description="Make a PDF pack of the selected applications", permissions=["view"])
    def pack_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponse:
        """Ask what stands in the pack."""
        across = request.POST.get("select_across") == "1"
        chosen = queryset if across else self._named(request)  # type: ignore[attr-defined]
        return pack_page(request, self.admin_site.each_context(request), chosen, confirmed=False)

    def pack_view(self, request: HttpRequest) -> HttpResponse:
        """The pack that was asked for on the page before."""
        if request.method != "POST":
            return HttpResponseRedirect(reverse("admin:applications_application_changelist"))
        chosen = self._named(request)  # type: ignore[attr-defined]
        return pack_page(request, self.admin_site.each_context(request), chosen, confirmed=True)
