"""Cover requests: who asked, who was asked, what came of it; and what staff can do where nobody is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from applications.admin.forms import DateAndTime
from facilitators.domain.calendar import circle_mails
from facilitators.domain.covering import cover
from facilitators.models import CoverAsked, CoverRequest
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.admin.waiting import Narrowing
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime
from programmes.models import Programme, Role

Answer, State = CoverAsked.Answer, CoverRequest.State
VERBS = ("extend", "put-in", "without", "withdraw")


class CoverProgrammeFilter(Narrowing):
    title = "programme"
    parameter_name = "programme"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(row.pk, row.title) for row in Programme.objects.visible_to(request.user)]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(lead__circle__programme=chosen)


class CoverWhenFilter(Narrowing):
    title = "when the circle is"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ahead", "To come"), ("over", "Begun or over")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        way = "gt" if chosen == "ahead" else "lte"
        return queryset.filter(**{f"lead__circle__starts_at__{way}": timezone.now()})


class AskedInline(admin.TabularInline):
    """Who was asked when, and what they answered."""

    model = CoverAsked
    fields = readonly_fields = ("person", "address", "asked_at", "answer", "answered_at")
    verbose_name_plural = "who was asked"
    extra = 0
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("training__facilitator")

    @admin.display(description="Facilitator")
    def person(self, asked: CoverAsked) -> str:
        return asked.training.facilitator.name

    @admin.display(description="Email address")
    def address(self, asked: CoverAsked) -> str:
        return asked.training.facilitator.email

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ExtendForm(VerbForm):
    find_by = forms.SplitDateTimeField(
        label="Look until",
        widget=DateAndTime,
        error_messages={
            "required": "Enter the date and the time until which somebody is looked for.",
            "invalid_date": "Enter the date as year-month-day, such as 2027-06-14.",
            "invalid_time": "Enter the time as hours and minutes, such as 17:00.",
        },
    )


class PutInForm(VerbForm):
    email = forms.EmailField(
        label="Work email address of the facilitator",
        help_text="As in the register. Only somebody who has agreed to lead the circle.",
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the address of the facilitator who has agreed."},
    )


@admin.register(CoverRequest)
class CoverRequestAdmin(WithHistory, AcademyModelAdmin):
    """Requests change by verbs, which tell those whom it concerns; their pages are to be read."""

    academy_path = "lead__circle__programme__academy"
    access_rule = "viewers of the programme read, reviewers decide; to others it is 404"
    change_form_template = "admin/facilitators/coverrequest/change_form.html"
    list_display = (
        *("asker", "circle", "starts_at", "programme", "state", "asked_at", "find_by"),
        *("asked_count", "cannot_count", "found_name"),
    )
    list_filter = ("state", CoverProgrammeFilter, CoverWhenFilter)
    list_select_related = (
        "lead__circle__programme__academy",
        "lead__circle__topic",
        "lead__training__facilitator",
        "found__facilitator",
    )
    list_per_page = 50
    search_fields = (
        "lead__circle__reference",
        "lead__circle__topic__name",
        "lead__training__facilitator__name",
        "lead__training__facilitator__email",
    )
    search_help_text = "Search by reference or topic of the circle, or by who asked."
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-asked_at", "-pk")
    fields = readonly_fields = (
        *("asker", "asker_address", "reason", "circle_page", "starts_at", "programme", "state"),
        *("asked_at", "find_by", "ended_at", "found_name"),
    )
    inlines = (AskedInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The requests, with how many were asked and how many of them cannot."""
        cannot = Count("asked", filter=Q(asked__answer=Answer.NO))
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.annotate(how_many=Count("asked"), cannot=cannot)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Who asks", ordering="lead__training__facilitator__name")
    def asker(self, request: CoverRequest) -> str:
        return request.lead.training.facilitator.name

    @admin.display(description="Their email address")
    def asker_address(self, request: CoverRequest) -> str:
        return request.lead.training.facilitator.email

    @admin.display(description="Circle", ordering="lead__circle__reference")
    def circle(self, request: CoverRequest) -> str:
        return str(request.lead.circle)

    @admin.display(description="Circle")
    def circle_page(self, request: CoverRequest) -> str:
        address = reverse("admin:facilitators_circle_change", args=[request.lead.circle_id])
        return format_html('<a href="{}">{}</a>', address, request.lead.circle)

    @admin.display(description="Circle begins", ordering="lead__circle__starts_at")
    def starts_at(self, request: CoverRequest) -> Any:
        return request.lead.circle.starts_at

    @admin.display(description="Programme")
    def programme(self, request: CoverRequest) -> str:
        return request.lead.circle.programme.title

    @admin.display(description="Asked", ordering="how_many")
    def asked_count(self, request: Any) -> int:
        return int(request.how_many)

    @admin.display(description="Cannot", ordering="cannot")
    def cannot_count(self, request: Any) -> int:
        return int(request.cannot)

    @admin.display(description="Found")
    def found_name(self, request: CoverRequest) -> str:
        return request.found.facilitator.name if request.found else "–"

    def get_urls(self) -> list[Any]:
        name = "facilitators_coverrequest_verb"
        view = self.admin_site.admin_view(self.verb_view)
        return [path("<int:pk>/do/<slug:verb>/", view, name=name), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A request, with who was asked and what can be done about it."""
        found = self.record_or_404(request, object_id)
        decides = holds(request, Role.REVIEWER, self.academy_of(found)) and not _why_not(found)
        context = {
            "may_decide": decides,
            "may_go_without": decides and not cover.why_not_without(found),
            "circle_address": reverse("admin:facilitators_circle_change", args=[found.lead.circle_id]),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Give it longer, put somebody in, let the others lead it without, or withdraw it."""
        if verb not in VERBS:
            raise Http404("There is nothing of this name to do with a cover request.")
        found = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(found)):
            raise PermissionDenied
        pages = {
            "extend": _extend,
            "put-in": _put_in,
            "without": _without,
            "withdraw": _withdraw,
        }
        return pages[verb](request, found).answer(request)


def _why_not(found: CoverRequest) -> str:
    """Why nothing is to be decided any more; empty where there is."""
    try:
        cover.require_wanted(found, timezone.now())
    except Refused as refused:
        return refused.sentence
    return ""


def _page(
    found: CoverRequest,
    title: str,
    form: forms.Form,
    means: str,
    carry_out: Callable[[dict[str, Any]], str],
    *,
    impossible: str = "",
    ends_something: bool = False,
) -> VerbPage:
    circle = found.lead.circle
    asker = found.lead.training.facilitator.name
    back = Crumb(str(found), reverse("admin:facilitators_coverrequest_change", args=[found.pk]))
    return VerbPage(
        title=f"{title}: {circle}",
        button=title,
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[f"{asker} cannot lead {circle}, {circle_mails.when(circle)}.", means],
        impossible=_why_not(found) or impossible,
        ends_something=ends_something,
    )


def _extend(request: HttpRequest, found: CoverRequest) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        made = cover.extend(found.pk, find_by=values["find_by"], user=request.user, now=timezone.now())
        return f"Somebody is looked for until {nhs_datetime(made.find_by)}."

    return _page(
        found,
        "Set until when to look",
        ExtendForm(sent(request), initial={"find_by": found.find_by}),
        "Those who were asked can still say yes, and others are asked as the time goes by. Then you are asked again.",
        carry_out,
    )


def _put_in(request: HttpRequest, found: CoverRequest) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        made = cover.put_in(found.pk, values["email"], user=request.user, now=timezone.now())
        return f"{made.found.facilitator.name if made.found else 'Somebody'} leads the circle."

    return _page(
        found,
        "Put somebody in",
        PutInForm(sent(request)),
        "Everybody whom it concerns is told by mail: whoever leads it now or did, the other leads, and those asked.",
        carry_out,
    )


def _without(request: HttpRequest, found: CoverRequest) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        cover.go_on_without(found.pk, by=None, user=request.user, now=timezone.now())
        return "The others lead the circle without. Everybody whom it concerns is told by mail."

    return _page(
        found,
        "Let the others lead it",
        NothingToAdd(sent(request)),
        "The others who lead it are told by mail, and so are whoever asked and those who were asked.",
        carry_out,
        impossible=cover.why_not_without(found),
        ends_something=True,
    )


def _withdraw(request: HttpRequest, found: CoverRequest) -> VerbPage:
    def carry_out(values: dict[str, Any]) -> str:
        cover.withdraw(found.pk, user=request.user, now=timezone.now())
        return "Nobody is looked for any more. Whoever asked and those who were asked are told by mail."

    return _page(
        found,
        "Withdraw the request",
        NothingToAdd(sent(request)),
        "Whoever asked leads the circle after all. They and those who were asked are told by mail.",
        carry_out,
        ends_something=True,
    )
