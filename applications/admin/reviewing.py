"""The addresses of reviewing at speed, beside those of the list and the page: `applications.admin.applications`."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils import timezone

from applications.admin import pending as pending_pages
from applications.admin.duplicates import duplicate_page
from applications.admin.forms import KeptReasonForm, NoteForm
from applications.admin.panel import PanelForm, carry_out
from applications.admin.queue import LIST, filters_of, first_url, next_url, page_url
from applications.domain import conflicts, notes
from applications.models import Application
from cohorts.domain import pending
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbPage, sent
from programmes.domain.refused import Refused
from programmes.models import Programme, Role


class ReviewingPages(AcademyModelAdmin):
    """Queue, panel, notes, conflicts of interest, decisions that are kept, and duplicates."""

    def reviewing_urls(self) -> list[Any]:
        """Their addresses; named after the application's."""

        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"applications_application_{name}")

        return [
            page("queue/", self.queue_view, "queue"),
            page("decided/", self.decided_view, "decided"),
            page("decided/<int:programme>/", self.pending_view, "pending"),
            page("<int:pk>/panel/", self.panel_view, "panel"),
            page("<int:pk>/note/", self.note_view, "note"),
            page("<int:pk>/note/<int:note>/", self.note_change_view, "note_change"),
            page("<int:pk>/conflict/", self.conflict_view, "conflict"),
            page("<int:pk>/conflict/<int:conflict>/lift/", self.conflict_lift_view, "conflict_lift"),
            page("<int:pk>/kept/clear/", self.clear_view, "clear"),
            page("<int:pk>/same/<int:other>/<str:action>/", self.duplicate_view, "duplicate"),
        ]

    # What the page of an application lends.
    def to_decide(self, request: HttpRequest, pk: int) -> Application:
        """The application that an address names, for someone who may decide on it; else 404, or 403."""
        application: Application = self.record_or_404(request, str(pk))
        if not self.has_review_permission(request, application):
            raise PermissionDenied
        return application

    def has_review_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whether the reader may decide on an application (on any at all, without one)."""
        return holds(request, Role.REVIEWER, self.academy_of(obj) if obj is not None else None)

    def crumb(self, request: HttpRequest, application: Application) -> Crumb:
        """The way back to an application, within the list that it was opened from."""
        return Crumb(str(application), page_url(application.pk, filters_of(request)))

    def onward(self, request: HttpRequest, response: HttpResponse, next_page: str | None) -> HttpResponse:
        """After something was done from a queue: the next application, instead of the one before."""
        done = isinstance(response, HttpResponseRedirect) and next_page is not None
        return HttpResponseRedirect(next_page or "") if done else response

    # The views.
    def queue_view(self, request: HttpRequest) -> HttpResponse:
        """Begin with the first application of the list as it is filtered and ordered."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(first_url(self, request, request.GET.urlencode()))

    def panel_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Keep a review and carry out a decision, and open the next application of the queue."""
        application = self.to_decide(request, pk)
        here = page_url(application.pk, filters_of(request))
        if request.method != "POST":
            return HttpResponseRedirect(here)
        form = PanelForm(request.POST, application=application)
        following = next_url(self, request, application)
        if form.is_valid():
            try:
                said = carry_out(application, form.cleaned_data, request.user, timezone.now())
            except Refused as refused:
                form.add_error(None, refused.sentence)
            else:
                messages.success(request, said)
                return HttpResponseRedirect(following or here)
        return self.show(request, application, panel=form)

    def show(self, request: HttpRequest, application: Application, panel: PanelForm) -> HttpResponse:
        """The page of an application, with a panel in which something is wrong."""
        raise NotImplementedError

    def note_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a note."""
        application = self.to_decide(request, pk)

        def write(values: dict[str, Any]) -> str:
            notes.write(application.pk, user=request.user, text=values["text"], now=timezone.now())
            return "Your note is kept."

        return VerbPage(
            title=f"Add a note: {application.reference}",
            button="Add the note",
            form=NoteForm(sent(request)),
            back=self.crumb(request, application),
            carry_out=write,
        ).answer(request)

    def note_change_view(self, request: HttpRequest, pk: int, note: int) -> HttpResponse:
        """Put one's own note right."""
        application = self.to_decide(request, pk)
        found = get_object_or_404(application.staff_notes, pk=note)

        def correct(values: dict[str, Any]) -> str:
            notes.correct(found.pk, user=request.user, text=values["text"], now=timezone.now())
            return "Your note is put right. What it said before stays in its history."

        own = found.author_id == request.user.pk
        return VerbPage(
            title=f"Correct your note: {application.reference}",
            button="Save the note",
            form=NoteForm(sent(request), initial={"text": found.text}),
            back=self.crumb(request, application),
            carry_out=correct,
            impossible="" if own else "A note is put right by whoever wrote it.",
        ).answer(request)

    def conflict_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Declare a conflict of interest."""
        application = self.to_decide(request, pk)
        following = next_url(self, request, application)

        def declare(values: dict[str, Any]) -> str:
            conflicts.declare(application.pk, user=request.user, now=timezone.now(), **values)
            return f"Your conflict of interest on {application.reference} is recorded. A colleague decides instead."

        response = VerbPage(
            title=f"Declare a conflict of interest: {application.reference}",
            button="Declare it",
            form=KeptReasonForm(sent(request)),
            back=self.crumb(request, application),
            carry_out=declare,
            explanation=[
                "Do this where you know the applicant, work with them, or gain by the decision. You then cannot "
                "review the application or decide on it, until an administrator lifts it."
            ],
        ).answer(request)
        return self.onward(request, response, following)

    def conflict_lift_view(self, request: HttpRequest, pk: int, conflict: int) -> HttpResponse:
        """Lift somebody else's conflict of interest."""
        application: Application = self.record_or_404(request, str(pk))
        if not holds(request, Role.ADMINISTRATOR, application.programme.academy):
            raise PermissionDenied
        found = get_object_or_404(application.conflicts.select_related("reviewer"), pk=conflict)

        def lift(values: dict[str, Any]) -> str:
            conflicts.lift(found.pk, user=request.user, now=timezone.now(), **values)
            return "The conflict of interest is lifted."

        who = found.reviewer.get_full_name() or found.reviewer.get_username()
        return VerbPage(
            title=f"Lift a conflict of interest: {application.reference}",
            button="Lift it",
            form=KeptReasonForm(sent(request)),
            back=self.crumb(request, application),
            carry_out=lift,
            explanation=[f"{who} declared: {found.reason}", f"{who} can then review and decide again."],
            impossible="This conflict of interest was lifted already." if found.lifted_at else "",
        ).answer(request)

    def clear_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take back a decision that is kept for the release day."""
        application = self.to_decide(request, pk)
        kept = pending.of_programme(application.programme).filter(application=application).first()

        def clear(values: dict[str, Any]) -> str:
            pending.clear(application.pk, user=request.user)
            return "The decision is cleared. The application is as it was, and nobody heard of it."

        return VerbPage(
            title=f"Clear the decision: {application.reference}",
            button="Clear it",
            form=NothingToAdd(sent(request)),
            back=self.crumb(request, application),
            carry_out=clear,
            explanation=[pending.in_words(kept)] if kept else (),
            impossible="" if kept else f"No decision is kept for {application.reference}.",
        ).answer(request)

    def duplicate_view(self, request: HttpRequest, pk: int, other: int, action: str) -> HttpResponse:
        """Merge two applications, or say that they are not one person's."""
        kept, found = self.to_decide(request, pk), self.to_decide(request, other)
        return duplicate_page(request, kept, found, action, back=self.crumb(request, kept))

    def decided_view(self, request: HttpRequest) -> HttpResponse:
        """The programmes for which decisions are kept."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return pending_pages.overview_page(request, back=Crumb("Applications", reverse(LIST)))

    def pending_view(self, request: HttpRequest, programme: int) -> HttpResponse:
        """What is kept for a programme, and applying it."""
        found = (
            Programme.objects.visible_to(request.user).select_related("academy").filter(pk=programme).first()
        )
        if found is None:
            raise Http404("There is no such programme.")
        may_decide = holds(request, Role.REVIEWER, found.academy)
        if request.method == "POST" and not may_decide:
            raise PermissionDenied
        back = Crumb("Decided, not yet applied", reverse("admin:applications_application_decided"))
        return pending_pages.pending_page(request, found, may_decide=may_decide, back=back)
