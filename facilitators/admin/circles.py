"""The calendar of circles as staff have it: read, set up, changed, cancelled, said to go ahead, and marked."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.admin.filters import ProgrammeFilter
from applications.domain.actors import Actor
from facilitators.admin.circle_forms import (
    ProgrammeForm,
    StaffCircleForm,
    programmes_to_set_up_for,
)
from facilitators.domain.calendar import (
    calendar_of_circles,
    circle_asking,
    circle_mails,
    circle_plans,
    circle_series,
    circles,
)
from facilitators.forms.circles import ReasonForm
from facilitators.models import Circle, Topic
from facilitators.views.circle_register import dealt_with
from facilitators.views.leading import preview_of, systems, topics_of
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.admin.waiting import Narrowing
from programmes.domain.access import programmes_visible_to
from programmes.domain.refused import Refused
from programmes.domain.wording import plural
from programmes.models import Role

VERBS = ("change", "cancel", "go-ahead")


class TopicFilter(Narrowing):
    title = "topic"
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        rows = Topic.objects.filter(programme__in=programmes_visible_to(request.user))
        return [(row.pk, f"{row.name} ({row.programme.code})") for row in rows.select_related("programme")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(topic=chosen)


class WhenFilter(Narrowing):
    title = "when"
    parameter_name = "when"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("ahead", "To come"), ("over", "Begun or over")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        now = timezone.now()
        return (
            queryset.filter(starts_at__gt=now) if chosen == "ahead" else queryset.filter(starts_at__lte=now)
        )


@admin.register(Circle)
class CircleAdmin(WithHistory, AcademyModelAdmin):
    """Circles change by verbs, which tell those whom it concerns; their pages are to be read."""

    academy_path = "programme__academy"
    access_rule = "viewers of the programme read, reviewers set up and change; to others it is 404"
    to_add: Role | None = Role.REVIEWER
    change_form_template = "admin/facilitators/circle/change_form.html"
    list_display = (
        *("reference", "topic", "programme", "starts_at", "where", "ics"),
        *("places_taken", "people_waiting", "minimum", "maximum", "state"),
    )
    list_filter = (
        ProgrammeFilter,
        WhenFilter,
        "state",
        TopicFilter,
        "online",
        ("ics", admin.RelatedOnlyFieldListFilter),
    )
    list_select_related = ("topic", "programme__academy", "ics")
    list_per_page = 50
    search_fields = ("reference", "topic__name", "place")
    search_help_text = "Search by reference, topic or place."
    show_facets = admin.ShowFacets.NEVER
    ordering = ("-starts_at", "-pk")
    fields = readonly_fields = (
        *("reference", "topic", "programme", "series", "starts_at", "ends_at", "online", "joining_link"),
        *("place", "postcode", "ics", "only_for_ics", "minimum", "maximum", "details", "state", "led_by"),
        *("asked_at", "goes_ahead_at", "cancelled_at", "cancelled_reason", "created_at", "created_by"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The circles, with how many people have a place and how many wait."""
        return calendar_of_circles.with_numbers(super().get_queryset(request))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="Where")
    def where(self, circle: Circle) -> str:
        return circle_mails.where(circle)

    @admin.display(description="Places taken", ordering="seated")
    def places_taken(self, circle: Any) -> int:
        return int(circle.seated)

    @admin.display(description="Waiting", ordering="waiting")
    def people_waiting(self, circle: Any) -> int:
        return int(circle.waiting)

    @admin.display(description="Led by")
    def led_by(self, circle: Circle) -> str:
        return ", ".join(training.facilitator.name for training in circles.leading(circle))

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/do/<slug:verb>/", view(self.verb_view), name="facilitators_circle_verb"),
            path("<int:pk>/register/", view(self.register_view), name="facilitators_circle_register"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """A circle, with who has booked and what can be done with it."""
        circle = self.record_or_404(request, object_id)
        people = circle.bookings.select_related("organisation", "ics")
        context = {
            "seated": list(people.seated().order_by("seat_number")),
            "waiting": list(people.waiting()),
            "may_change": holds(request, Role.REVIEWER, self.academy_of(circle)),
            "ahead": circle.state == Circle.State.PLANNED and circle.starts_at > timezone.now(),
            "planned": circle.state == Circle.State.PLANNED,
            "public": reverse("circle", args=[circle.reference]),
        }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Choose the programme where there are several; then the form, and what it comes to; then it is set up."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        programmes = {str(one.pk): one for one in programmes_to_set_up_for(request.user)}
        chosen = programmes.get(request.GET.get("programme", ""))
        back = Crumb("Circles", reverse("admin:facilitators_circle_changelist"))
        if chosen is None and len(programmes) == 1:
            chosen = next(iter(programmes.values()))
        if chosen is None:
            form = ProgrammeForm(request.user, request.GET if "programme" in request.GET else None)
            context = {
                **admin.site.each_context(request),
                "title": "Set up a circle",
                "form": form,
                "back": back,
            }
            return TemplateResponse(request, "admin/facilitators/circle/programme.html", context)
        return self._set_up(request, chosen, back)

    def _set_up(self, request: HttpRequest, programme: Any, back: Crumb) -> HttpResponse:
        form = StaffCircleForm(
            sent(request),
            rules=circle_plans.rules_of(programme),
            topics=topics_of(programme),
            systems=systems(),
        )
        preview: dict[str, Any] = {}
        if form.is_valid() and "change" not in request.POST:
            try:
                plans = circle_series.planned(form.plan, *form.comes_round)
                if "confirmed" in request.POST:
                    by = Actor.staff(request.user).name
                    made = circles.create(
                        programme, plans, leads=form.leads, by=by, now=timezone.now(), user=request.user
                    )
                    messages.success(
                        request, f"{plural(len(made), 'circle is', 'circles are')} on the calendar."
                    )
                    return HttpResponseRedirect(back.url)
                circles.require_possible(programme, plans, leads=form.leads, now=timezone.now())
                preview = preview_of(request.POST, plans)
            except Refused as refused:
                form.add_error(None, refused.sentence)
        page = VerbPage(
            title=f"Set up a circle of {programme}",
            button="Put on the calendar" if preview else "Continue",
            form=form,
            back=back,
            carry_out=str,
        )
        context = {
            **admin.site.each_context(request),
            "title": page.title,
            "page": page,
            "form": form,
            **preview,
        }
        template = "admin/facilitators/circle/preview.html" if preview else page.template
        return TemplateResponse(request, template, context)

    def _circle(self, request: HttpRequest, pk: int, *, to_change: bool) -> Circle:
        circle: Circle = self.record_or_404(request, str(pk))
        if to_change and not holds(request, Role.REVIEWER, self.academy_of(circle)):
            raise PermissionDenied
        return circle

    def verb_view(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Change a circle, cancel it, or say that it goes ahead."""
        if verb not in VERBS:
            raise Http404("There is nothing of this name to do with a circle.")
        circle = self._circle(request, pk, to_change=True)
        back = Crumb(str(circle), reverse("admin:facilitators_circle_change", args=[pk]))
        pages = {"change": self._change_page, "cancel": self._cancel_page, "go-ahead": self._go_ahead_page}
        return pages[verb](request, circle, back).answer(request)

    def _change_page(self, request: HttpRequest, circle: Circle, back: Crumb) -> VerbPage:
        form = StaffCircleForm(
            sent(request),
            rules=circle_plans.rules_of(circle.programme),
            topics=topics_of(circle.programme, circle.topic),
            systems=systems(),
            circle=circle,
            leads=circles.leading(circle),
        )

        def carry_out(values: dict[str, Any]) -> str:
            known = circle_plans.warnings([form.plan], leaving_out=circle.pk)
            by = Actor.staff(request.user).name
            circles.change(
                circle.pk, form.plan, leads=form.leads, by=by, now=timezone.now(), user=request.user
            )
            return " ".join(["The circle is changed; everybody whom it concerns is told by mail.", *known])

        return VerbPage(
            title=f"Change {circle}",
            button="Save the changes",
            form=form,
            back=back,
            carry_out=carry_out,
            explanation=["Everybody who booked is told of another time, place or link, once."],
            impossible=_why_not_ahead(circle),
        )

    def _cancel_page(self, request: HttpRequest, circle: Circle, back: Crumb) -> VerbPage:
        def carry_out(values: dict[str, Any]) -> str:
            by = Actor.staff(request.user).name
            circles.cancel(circle.pk, reason=values["reason"], by=by, now=timezone.now(), user=request.user)
            return "The circle is cancelled; everybody who booked is told by mail."

        planned = circle.state == Circle.State.PLANNED
        return VerbPage(
            title=f"Cancel {circle}",
            button="Cancel the circle",
            form=ReasonForm(sent(request)),
            back=back,
            carry_out=carry_out,
            explanation=[
                circle_mails.when(circle),
                "Everybody who has a place or waits is told, with the reason.",
            ],
            impossible="" if planned else f"This circle is “{circle.get_state_display().lower()}” already.",
            ends_something=True,
        )

    def _go_ahead_page(self, request: HttpRequest, circle: Circle, back: Crumb) -> VerbPage:
        def carry_out(values: dict[str, Any]) -> str:
            circles.go_ahead(circle.pk, now=timezone.now(), user=request.user)
            return "The circle goes ahead; nobody is asked about it again."

        return VerbPage(
            title=f"{circle} goes ahead",
            button="It goes ahead",
            form=NothingToAdd(sent(request)),
            back=back,
            carry_out=carry_out,
            explanation=[circle_asking.numbers(circle, circle.bookings.seated().count())],
            impossible=_why_not_ahead(circle),
        )

    def register_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The register, to be read by viewers and marked by reviewers."""
        circle = self._circle(request, pk, to_change=request.method == "POST")
        done, context = dealt_with(request, circle, by=Actor.staff(request.user).name, user=request.user)
        if done:
            messages.success(request, done)
            return HttpResponseRedirect(request.path)
        context |= {
            **admin.site.each_context(request),
            "title": f"Register: {circle}",
            "may_mark": holds(request, Role.REVIEWER, self.academy_of(circle)),
        }
        return TemplateResponse(request, "admin/facilitators/circle/register.html", context)


def _why_not_ahead(circle: Circle) -> str:
    """Why a circle can no longer be changed; empty where it can."""
    try:
        circles.require_ahead(circle, timezone.now())
    except Refused as refused:
        return refused.sentence
    return ""
