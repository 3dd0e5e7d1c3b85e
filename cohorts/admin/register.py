"""The register of a session as staff have it: marked, printed as a sheet to sign, and sent to its trainer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.domain.actors import Actor
from cohorts.domain import register, trainers
from cohorts.forms.register import RegisterForm, asking_again
from cohorts.models import Session
from cohorts.views.register import counted
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date, nhs_datetime, plural
from programmes.models import Role


class TrainerForm(VerbForm):
    """Who holds the session."""

    name = forms.CharField(
        label="Full name",
        max_length=150,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": "Enter the trainer's full name."},
    )
    email = forms.EmailField(
        label="Work email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"spellcheck": "false", "class": "vTextField", "autocomplete": "off"}),
        error_messages={
            "required": "Enter the trainer's work email address.",
            "invalid": "Enter an email address in the correct format, like name@example.org.",
        },
    )


class WithRegister(AcademyModelAdmin):
    """Adds the register's pages to those of a session."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/register/", view(self.register_view), name="cohorts_session_register"),
            path("<int:pk>/register/trainer/", view(self.trainer_view), name="cohorts_session_trainer"),
            path("<int:pk>/register/links/", view(self.links_view), name="cohorts_session_links"),
            *super().get_urls(),
        ]

    def _session(self, request: HttpRequest, pk: int, *, to_change: bool) -> Session:
        session: Session = self.record_or_404(request, str(pk))
        if to_change and not holds(request, Role.REVIEWER, self.academy_of(session)):
            raise PermissionDenied
        return session

    def register_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The register, to be read by viewers and marked by reviewers."""
        session = self._session(request, pk, to_change=request.method == "POST")
        now = timezone.now()
        entries = register.roster(session)
        form = RegisterForm(entries, sent(request), ask_name=False)
        if form.is_valid() and request.method == "POST":
            try:
                outcome = register.mark(
                    session.pk,
                    form.marks,
                    by=Actor.staff(request.user).name,
                    seen=form.seen,
                    now=now,
                    user=request.user,
                    others_present="everyone" in request.POST,
                )
            except Refused as refused:
                form.add_error(None, refused.sentence)
            else:
                entries = register.roster(session)
                if not outcome.clashes:
                    messages.success(request, f"The register is saved. {counted(entries)}")
                    return HttpResponseRedirect(register_address(session))
                form = asking_again(entries, outcome.clashes, ask_name=False)
        may_mark = holds(request, Role.REVIEWER, self.academy_of(session))
        context = {
            **admin.site.each_context(request),
            "title": f"Register: {session}",
            "session": session,
            "cohort": session.cohort,
            "when": nhs_date(session.starts_at, weekday=True),
            "form": form,
            "entries": entries,
            "counted": counted(entries),
            "unmarked": sum(1 for entry in entries if not entry.said.mark and not entry.gone),
            "why_not": _why_not(session),
            "may_mark": may_mark,
            "links": [
                (link.sent_to, nhs_datetime(link.created_at), nhs_datetime(link.expires_at))
                for link in trainers.working_links(session, now=now)
            ],
        }
        return TemplateResponse(request, "admin/cohorts/session/register.html", context)

    def trainer_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mail somebody a link to this register."""
        session = self._session(request, pk, to_change=True)

        def carry_out(values: dict[str, Any]) -> str:
            link = trainers.send_link(
                session.pk,
                name=values["name"],
                email=values["email"],
                user=request.user,
                now=timezone.now(),
            )
            return f"{values['name']} is sent a link. It works until {nhs_datetime(link.expires_at)}."

        over = timezone.now() >= trainers.works_until(session)
        return VerbPage(
            title=f"Send the register: {session}",
            button="Send the link",
            form=TrainerForm(sent(request)),
            back=Crumb(f"Register: {session}", register_address(session)),
            carry_out=carry_out,
            explanation=[
                f"{session} of {session.cohort}, {nhs_date(session.starts_at, weekday=True)}.",
                "The trainer gets a link to this register by email. It opens the names and organisations of the people "
                "expected, on a phone too, and lets the trainer mark them. It works until the end of the day after the "
                "session, and you can close it before.",
            ],
            impossible="The session is over for more than a day: mark the register yourself." if over else "",
        ).answer(request)

    def links_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close every link to this register."""
        session = self._session(request, pk, to_change=True)
        open_now = trainers.working_links(session, now=timezone.now())

        def carry_out(values: dict[str, Any]) -> str:
            closed = trainers.revoke_links(session.pk, user=request.user, now=timezone.now())
            return f"{plural(closed, 'link')} to this register closed."

        return VerbPage(
            title=f"Close the links to the register: {session}",
            button="Close the links",
            form=NothingToAdd(sent(request)),
            back=Crumb(f"Register: {session}", register_address(session)),
            carry_out=carry_out,
            explanation=[
                f"{plural(len(open_now), 'link')} will stop working at once: "
                f"{', '.join(link.sent_to for link in open_now)}. What has been marked stays."
            ],
            impossible="" if open_now else "No link to this register works now.",
            ends_something=True,
        ).answer(request)


def register_address(session: Session) -> str:
    """Where a session's register is."""
    return reverse("admin:cohorts_session_register", args=[session.pk])


def _why_not(session: Session) -> str:
    try:
        register.require_markable(session, now=timezone.now())
    except Refused as refused:
        return refused.sentence
    return ""
