"""Who attended a cohort: people by sessions with the verdict, making up, closing, and putting right."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from applications.models import Application, State
from cohorts.domain import attended, closing, register
from cohorts.domain.attended import Outcome, Verdict
from cohorts.domain.closing import Choice, Instead
from cohorts.domain.preferences import date_line
from cohorts.forms.register import LABELS
from cohorts.models import Attendance, Cohort, Place, Session
from facilitators.domain import completion
from programmes.admin.base import AcademyModelAdmin, holds
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, long_text, sent
from programmes.domain.wording import nhs_date, plural
from programmes.models import Role

_TAGS = {Outcome.ATTENDED: "well", Outcome.MISSED: "failed", Outcome.OPEN: "draft"}
_NAMES = {Outcome.ATTENDED: "Attended", Outcome.MISSED: "Not attended", Outcome.OPEN: "Open"}


@dataclass(frozen=True)
class Row:
    """One person of a cohort: a word for each session, and what the register says."""

    application: Application
    cells: tuple[str, ...]
    verdict: Verdict
    gone: bool

    @property
    def tag(self) -> str:
        """The colour of the verdict; the word says the same."""
        return _TAGS[self.verdict.outcome]

    @property
    def name_of_verdict(self) -> str:
        """The verdict in a word or two."""
        return _NAMES[self.verdict.outcome]


def rows_of(cohort: Cohort, sessions: list[Session]) -> list[Row]:
    """The grid of a cohort, by name; three queries, however many people there are."""
    marked = Q(status=Place.Status.RELEASED, application__attendances__session__cohort=cohort) & Q(
        application__attendances__makes_up=None
    )
    places = Place.objects.filter(Q(status__in=attended.IN_COHORT) | marked, cohort=cohort)
    people: dict[int, tuple[Application, bool]] = {}
    for place in places.select_related("application__organisation").distinct().order_by("pk"):
        people[place.application_id] = (place.application, place.status not in attended.IN_COHORT)
    verdicts = attended.verdicts(cohort, people)
    said: dict[tuple[int, int], str] = {}
    found = Attendance.objects.filter(
        Q(session__in=sessions) | Q(makes_up__in=sessions), application__in=people
    )
    for row in found.select_related("session"):
        word = "" if row.mark == Attendance.Mark.EXPECTED else LABELS[Attendance.Mark(row.mark)]
        if row.makes_up_id is not None:
            key, word = (
                (row.application_id, row.makes_up_id),
                f"made up {nhs_date(row.session.starts_at)}: {word}",
            )
            said[key] = ". ".join(filter(None, [said.get(key, ""), word.removesuffix(": ") or word]))
        else:
            key = (row.application_id, row.session_id)
            said[key] = ". ".join(filter(None, [word, said.get(key, "")]))
    rows = [
        Row(one, tuple(said.get((pk, session.pk), "") for session in sessions), verdicts[pk], gone)
        for pk, (one, gone) in people.items()
    ]
    return sorted(rows, key=lambda row: (row.application.name.casefold(), row.application.pk))


class MakeUpForm(VerbForm):
    """Which session was missed, and in which it is made up."""

    missed = forms.ChoiceField(
        label="Session missed",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the session missed."},
    )
    at = forms.ChoiceField(
        label="Made up in",
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the session in which it is made up."},
    )

    def __init__(self, *args: Any, cohort: Cohort, others: list[Session], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["missed"].choices = [  # type: ignore[attr-defined]
            (one.pk, f"{one}: {date_line(one)}") for one in attended.needed_sessions(cohort)
        ]
        self.fields["at"].choices = [  # type: ignore[attr-defined]
            (one.pk, f"{one} of {one.cohort}: {date_line(one)}") for one in others
        ]


class PutRightForm(VerbForm):
    reason = long_text(
        "Reason", "Kept on the record with your name.", missing="Enter the reason. It is kept with your name."
    )


class CloseForm(VerbForm):
    """For each person who did not attend: the next cohort, the waiting list, or the end with a reason."""

    def __init__(self, data: Any, *, found: closing.Preview) -> None:
        super().__init__(data)
        self.missed = found.missed
        for one in found.missed:
            pk, name = one.application.pk, one.application.name
            offers = [
                (
                    f"{Instead.OFFER}-{cohort.pk}",
                    f"Offer a place in {cohort}, which starts on {nhs_date(cohort.starts_at)}",
                )
                for cohort in one.cohorts
            ]
            self.fields[f"instead-{pk}"] = forms.ChoiceField(
                label="What they get instead",
                widget=forms.RadioSelect,
                choices=[
                    *offers,
                    (Instead.WAIT, "Put them on the waiting list"),
                    (Instead.END, "Record that they did not complete the training"),
                ],
                initial=f"{Instead.OFFER}-{one.suggested.pk}" if one.suggested else Instead.WAIT,
                error_messages={
                    "required": f"Choose what {name} gets instead.",
                    "invalid_choice": f"What you chose for {name} is not possible any more. Choose again.",
                },
            )
            self.fields[f"reason-{pk}"] = forms.CharField(
                label="Reason, where they did not complete the training",
                help_text="They read it in the mail.",
                required=False,
                max_length=1000,
                widget=forms.TextInput(attrs={"class": "vTextField"}),
            )

    def clean(self) -> dict[str, Any]:
        """A reason where it ends."""
        cleaned = super().clean() or {}
        for one in self.missed:
            pk = one.application.pk
            if cleaned.get(f"instead-{pk}") == Instead.END and not cleaned.get(f"reason-{pk}", "").strip():
                self.add_error(
                    f"reason-{pk}",
                    f"Enter why {one.application.name} did not complete the training. They read it.",
                )
        return cleaned

    @property
    def people(self) -> list[tuple[closing.Judged, Any, Any]]:
        """Each person with the two fields."""
        return [
            (one, self[f"instead-{one.application.pk}"], self[f"reason-{one.application.pk}"])
            for one in self.missed
        ]

    def choices_made(self, values: dict[str, Any]) -> dict[int, Choice]:
        """What was chosen, by application."""
        made = {}
        for one in self.missed:
            pk = one.application.pk
            instead, _, cohort_id = values[f"instead-{pk}"].partition("-")
            made[pk] = Choice(
                Instead(instead), int(cohort_id) if cohort_id else None, values[f"reason-{pk}"].strip()
            )
        return made


class WithAttendance(AcademyModelAdmin):
    """Adds the pages on attendance to those of a cohort."""

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        person = "<int:pk>/attendance/<int:application>"
        return [
            path("<int:pk>/attendance/", view(self.attendance_view), name="cohorts_cohort_attendance"),
            path(f"{person}/make-up/", view(self.make_up_view), name="cohorts_cohort_make_up"),
            path(f"{person}/put-right/", view(self.put_right_view), name="cohorts_cohort_put_right"),
            path("<int:pk>/close/", view(self.close_view), name="cohorts_cohort_close"),
            path("<int:pk>/complete/", view(self.complete_view), name="cohorts_cohort_complete"),
            *super().get_urls(),
        ]

    def _cohort(self, request: HttpRequest, pk: int, *, to_change: bool = True) -> Cohort:
        cohort: Cohort = self.record_or_404(request, str(pk))
        if to_change and not holds(request, Role.REVIEWER, self.academy_of(cohort)):
            raise PermissionDenied
        return cohort

    @staticmethod
    def _back(cohort: Cohort) -> Crumb:
        address = reverse("admin:cohorts_cohort_attendance", args=[cohort.pk])
        return Crumb(f"Attendance: {cohort}", address)

    def attendance_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The grid, for viewers too."""
        cohort = self._cohort(request, pk, to_change=False)
        sessions = list(cohort.sessions.select_related("venue"))
        found = closing.preview(cohort, now=timezone.now())
        done = Application.objects.filter(
            places__cohort=cohort, places__status=Place.Status.ATTENDED, state=State.ATTENDED
        )
        context = {
            **admin.site.each_context(request),
            "title": f"Attendance: {cohort}",
            "cohort": cohort,
            "rule": rule_in_words(cohort),
            "sessions": sessions,
            "rows": rows_of(cohort, sessions),
            "after_all": {one.application.pk for one in found.after_all},
            "to_close": len(found.attended) + len(found.missed),
            "closed_on": nhs_date(cohort.closed_at),
            "why_not": closing.why_not_yet(cohort, now=timezone.now()),
            "may_decide": holds(request, Role.REVIEWER, self.academy_of(cohort)),
            "to_complete": done.distinct().count() if completion.asks_nothing(cohort.programme) else 0,
        }
        return TemplateResponse(request, "admin/cohorts/cohort/attendance.html", context)

    def close_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What closing will do, to whom; then it is done."""
        cohort = self._cohort(request, pk)
        now = timezone.now()
        found = closing.preview(cohort, now=now)
        form = CloseForm(sent(request), found=found)
        seen = sorted(one.application.pk for one in found.attended)

        def carry_out(values: dict[str, Any]) -> str:
            as_seen = request.POST.get("seen", "").split(",")
            done = closing.close(
                cohort.pk,
                seen=[int(one) for one in as_seen if one.isdecimal()],
                choices=form.choices_made(values),
                user=request.user,
                now=now,
            )
            return (
                f"{cohort} is closed: {plural(len(done.attended), 'person', 'people')} attended, "
                f"{plural(len(done.missed), 'person', 'people')} did not."
            )

        nobody = "" if found.attended or found.missed else "There is nobody of whom the register says enough."
        return VerbPage(
            title=f"Close the register: {cohort}",
            button="Close the register",
            form=form,
            back=self._back(cohort),
            carry_out=carry_out,
            impossible=closing.why_not_yet(cohort, now=now) or nobody,
            template="admin/cohorts/cohort/close.html",
            extra={"found": found, "seen": ",".join(map(str, seen)), "rule": rule_in_words(cohort)},
        ).answer(request)

    def _person(self, cohort: Cohort, pk: int) -> Application:
        person = Application.objects.filter(pk=pk, places__cohort=cohort).first()
        if person is None:
            raise Http404("There is no such person in this cohort.")
        return person

    def make_up_view(self, request: HttpRequest, pk: int, application: int) -> HttpResponse:
        """Let somebody make up a session in another one."""
        cohort = self._cohort(request, pk)
        person = self._person(cohort, application)
        others = other_sessions(cohort, now=timezone.now())

        def carry_out(values: dict[str, Any]) -> str:
            row = register.make_up(
                person.pk,
                missed=int(values["missed"]),
                at=int(values["at"]),
                user=request.user,
                now=timezone.now(),
            )
            return f"{person.name} is expected at {row.session} of {row.session.cohort}, and is told so."

        return VerbPage(
            title=f"Make up a session: {person.name}",
            button="Let them make it up",
            form=MakeUpForm(sent(request), cohort=cohort, others=others),
            back=self._back(cohort),
            carry_out=carry_out,
            explanation=[
                "The person is put on the register of the other session, and gets a mail with its date. "
                "When they are marked there, it counts as if they had been at the session they missed."
            ],
            impossible="" if others else "There is no other session in which one could be made up.",
        ).answer(request)

    def put_right_view(self, request: HttpRequest, pk: int, application: int) -> HttpResponse:
        """Somebody was taken to have missed the cohort, and attended it after all."""
        cohort = self._cohort(request, pk)
        person = self._person(cohort, application)
        said = attended.verdicts(cohort, [person.pk])[person.pk]

        def carry_out(values: dict[str, Any]) -> str:
            closing.put_right(
                person.pk, cohort.pk, user=request.user, reason=values["reason"], now=timezone.now()
            )
            return f"{person.name} has attended {cohort}, and is told what is left to complete."

        return VerbPage(
            title=f"Attended after all: {person.name}",
            button="Record that they attended",
            form=PutRightForm(sent(request)),
            back=self._back(cohort),
            carry_out=carry_out,
            explanation=[
                f"{person.name} is “{person.get_state_display().lower()}”. By the register: {said.sentence}.",
                "They are told that they have attended, and what is left to complete. A place that they were offered, "
                "or have, in another cohort is free at once.",
            ],
            impossible=""
            if said.outcome == Outcome.ATTENDED
            else f"By the register, {person.name} has not attended: {said.sentence}. Correct the register first.",
        ).answer(request)

    def complete_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Complete everyone who attended the programme, where nothing else is asked of them."""
        cohort = self._cohort(request, pk)
        waiting = Application.objects.filter(programme=cohort.programme, state=State.ATTENDED).count()

        def carry_out(values: dict[str, Any]) -> str:
            done = completion.complete_everyone(cohort.programme_id, user=request.user, now=timezone.now())
            return f"{plural(len(done), 'person has', 'people have')} completed {cohort.programme}."

        asks = not completion.asks_nothing(cohort.programme)
        return VerbPage(
            title=f"Complete everyone: {cohort.programme}",
            button="Complete the training of everyone who attended",
            form=NothingToAdd(sent(request)),
            back=self._back(cohort),
            carry_out=carry_out,
            explanation=[
                f"{cohort.programme} asks neither for an evaluation nor for undertakings. "
                f"{plural(waiting, 'person', 'people')} who attended will have completed it, in this cohort and in "
                "others, and can download a certificate in the name of their application."
            ],
            impossible="Everyone is asked for an evaluation or undertakings: they complete it themselves."
            if asks
            else ""
            if waiting
            else "Nobody who attended waits to be completed.",
        ).answer(request)


def other_sessions(cohort: Cohort, *, now: datetime.datetime) -> list[Session]:
    """The sessions in which one of this cohort can be made up: of other cohorts that run, and optional ones."""
    rows = Session.objects.filter(
        Q(optional=True) | ~Q(cohort=cohort), cohort__programme=cohort.programme_id, cohort__runs=True
    )
    recent = rows.filter(ends_at__gt=now - datetime.timedelta(days=60))
    return list(recent.select_related("cohort", "venue").order_by("starts_at", "pk"))


def rule_in_words(cohort: Cohort) -> str:
    """The programme's rule of what counts as attended."""
    programme = cohort.programme
    needed = programme.sessions_needed
    which = "Every session that is not optional is" if needed is None else f"{plural(needed, 'session')} are"
    return (
        f"{which} needed. Coming late {'counts' if programme.late_counts else 'does not count'}, leaving early "
        f"{'counts' if programme.left_early_counts else 'does not count'}."
    )
