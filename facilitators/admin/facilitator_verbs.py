"""What staff do about a facilitator: put somebody in, send the link again, pause, end a pause, end, put back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from facilitators.domain.people import pauses, register
from facilitators.models import Facilitator, Pause, Training
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.models import IntegratedCareSystem, Organisation, Programme, Role
from programmes.models.programmes import ProgrammeQuerySet

LIST = "admin:facilitators_facilitator_changelist"
PAGE = "admin:facilitators_facilitator_change"
_DAY = "Such as 2027-03-01 or 01/03/2027."
_REASON = "Kept in the register, and told to the facilitator."


def line_field(
    label: str, *, help_text: str = "", required: bool = True, longest: int = 150
) -> forms.CharField:
    """A field for one line; without anything typed it asks for what its label says."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=longest,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": f"Enter the {label.lower()}."},
    )


def day_field(label: str, missing: str) -> forms.DateField:
    """A field for a day; ``missing`` is said where none is typed."""
    return forms.DateField(
        label=label,
        help_text=_DAY,
        input_formats=["%Y-%m-%d", "%d/%m/%Y"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": missing, "invalid": f"This is not a day. {_DAY}"},
    )


class RegisterForm(VerbForm):
    """Somebody who was trained earlier, and in what."""

    programme = forms.ModelChoiceField(
        Programme.objects.none(),
        label="Programme",
        empty_label="Choose one",
        error_messages={"required": "Choose the programme."},
    )
    name = line_field("Full name")
    email = forms.EmailField(
        label="Work email address",
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the work email address."},
    )
    trained_on = day_field("Last day of the training", "Enter the last day of the training.")
    trained_by = line_field(
        "Trained by", help_text="Where it was not trained here.", required=False, longest=200
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.all(),
        label="Organisation",
        required=False,
        empty_label="Not listed, or not known",
    )
    organisation_name = line_field(
        "Name of the organisation", help_text="Where it is not listed.", required=False, longest=200
    )
    ics = forms.ModelChoiceField(
        IntegratedCareSystem.objects.all(), label="ICS", required=False, empty_label="Not known"
    )
    write = forms.BooleanField(
        label="Write to them, with the link to their page", required=False, initial=True
    )

    def __init__(self, *args: Any, programmes: ProgrammeQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["programme"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = programmes


class PauseForm(VerbForm):
    """From when until when, and why."""

    from_on = day_field("First day", "Enter the first day.")
    until_on = day_field("Last day", "Enter the last day.")
    reason = line_field("Reason", help_text=_REASON, longest=pauses.REASON_LIMIT)


class EndForm(VerbForm):
    """Why."""

    reason = line_field("Reason", help_text=_REASON, longest=pauses.REASON_LIMIT)


class FacilitatorVerbs:
    """The pages of these verbs."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"facilitators_facilitator_{name}")

        return [
            page("put-in/", self.put_in_view, "put_in"),
            page("<int:pk>/link/", self.link_view, "link"),
            page("<int:pk>/training/<int:training>/pause/", self.pause_view, "pause"),
            page("<int:pk>/pause/<int:pause>/end/", self.end_pause_view, "end_pause"),
            page("<int:pk>/training/<int:training>/end/", self.end_view, "end"),
            page("<int:pk>/training/<int:training>/put-back/", self.put_back_view, "put_back"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def _training(self, request: HttpRequest, pk: int, training: int) -> Training:
        """A training that the reader may change; 404 for one that they do not see, 403 without the role."""
        self.record_or_404(request, str(pk))  # type: ignore[attr-defined]
        rows = Training.objects.visible_to(request.user).filter(facilitator=pk)
        found = rows.select_related("programme__academy", "facilitator").filter(pk=training).first()
        if found is None:
            raise Http404("There is no such training.")
        if not access.can_review(request.user, found.programme):
            raise PermissionDenied
        return found

    def _page(
        self,
        request: HttpRequest,
        training: Training,
        form: forms.Form,
        carry_out: Callable[[dict[str, Any]], str],
        **said: Any,
    ) -> HttpResponse:
        person = training.facilitator
        back = Crumb(person.name, reverse(PAGE, args=[person.pk]))
        return VerbPage(form=form, back=back, carry_out=carry_out, **said).answer(request)

    def put_in_view(self, request: HttpRequest) -> HttpResponse:
        """Put somebody in the register who was trained earlier or elsewhere."""
        programmes = access.programmes_with(request.user, Role.REVIEWER)
        if not access.can_review(request.user):
            raise PermissionDenied
        form = RegisterForm(sent(request), programmes=programmes)

        def carry_out(values: dict[str, Any]) -> str:
            programme, write = values.pop("programme"), values.pop("write")
            if values["organisation"] and values["organisation_name"]:
                raise Refused("Choose the organisation from the list or type its name, and not both.")
            training = register.register_earlier(
                programme, register.Trained(**values), write=write, user=request.user, now=timezone.now()
            )
            return f"{training.facilitator.name} is in the register of {programme}."

        return VerbPage(
            title="Put somebody in the register",
            button="Put in the register",
            form=form,
            back=Crumb("Facilitators", reverse(LIST)),
            carry_out=carry_out,
            explanation=[
                "For those who were trained earlier or elsewhere. Whoever completes an application here is put in by "
                "itself. Somebody who is in the register for another programme keeps the one entry."
            ],
            impossible="" if programmes.exists() else "There is no programme of yours to put somebody in.",
        ).answer(request)

    def link_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Mail somebody their link again."""
        person: Facilitator = self.record_or_404(request, str(pk))  # type: ignore[attr-defined]
        if not self.has_change_permission(request, person):  # type: ignore[attr-defined]
            raise PermissionDenied

        def carry_out(values: dict[str, Any]) -> str:
            register.send_again(person.pk, user=request.user, now=timezone.now())
            return f"{person.name} is sent a link, at {person.email}."

        return VerbPage(
            title=f"Send {person.name} the link again",
            button="Send the link",
            form=NothingToAdd(sent(request)),
            back=Crumb(person.name, reverse(PAGE, args=[pk])),
            carry_out=carry_out,
            explanation=[
                f"It goes to {person.email}. The links sent before go on working; to close them, correct the address."
            ],
        ).answer(request)

    def pause_view(self, request: HttpRequest, pk: int, training: int) -> HttpResponse:
        """Note a pause of any length."""
        one = self._training(request, pk, training)

        def carry_out(values: dict[str, Any]) -> str:
            row = pauses.pause(one.pk, **values, user=request.user, now=timezone.now())
            return (
                f"{one.facilitator.name} pauses from {nhs_date(row.from_on)} until {nhs_date(row.until_on)}."
            )

        return self._page(
            request,
            one,
            PauseForm(sent(request)),
            carry_out,
            title=f"Pause of {one.facilitator.name} in {one.programme}",
            button="Note the pause",
            explanation=["Both days are part of it. What is due later moves by as many days. They are told."],
            impossible=_left(one),
        )

    def end_pause_view(self, request: HttpRequest, pk: int, pause: int) -> HttpResponse:
        """End a pause from today on, or take it back where it has not begun."""
        row = Pause.objects.filter(pk=pause, training__facilitator=pk).first()
        one = self._training(request, pk, row.training_id if row else 0)
        assert row is not None
        over = row.until_on < timezone.localdate()

        def carry_out(values: dict[str, Any]) -> str:
            pauses.end_pause(row.pk, user=request.user, now=timezone.now())
            return f"The pause of {one.facilitator.name} is ended."

        return self._page(
            request,
            one,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"End the pause of {one.facilitator.name} in {one.programme}",
            button="End the pause",
            explanation=[
                f"From {nhs_date(row.from_on)} until {nhs_date(row.until_on)}: {row.reason}",
                "From today on it does not count, and what is due moves back. They are told.",
            ],
            impossible=_left(one) or ("This pause has ended already." if over else ""),
            ends_something=True,
        )

    def end_view(self, request: HttpRequest, pk: int, training: int) -> HttpResponse:
        """Note that somebody has left a programme."""
        one = self._training(request, pk, training)

        def carry_out(values: dict[str, Any]) -> str:
            pauses.leave(one.pk, reason=values["reason"], user=request.user, now=timezone.now())
            return f"{one.facilitator.name} is no longer a facilitator of {one.programme}."

        return self._page(
            request,
            one,
            EndForm(sent(request)),
            carry_out,
            title=f"End the work of {one.facilitator.name} in {one.programme}",
            button="End it",
            explanation=[
                "From today on they owe nothing, and others of the programme do not find them. What was delivered "
                "stays counted. They are told, with the reason. You can put them back."
            ],
            impossible=_left(one),
            ends_something=True,
        )

    def put_back_view(self, request: HttpRequest, pk: int, training: int) -> HttpResponse:
        """Put somebody who has left back."""
        one = self._training(request, pk, training)

        def carry_out(values: dict[str, Any]) -> str:
            pauses.put_back(one.pk, user=request.user, now=timezone.now())
            return f"{one.facilitator.name} is a facilitator of {one.programme} again."

        here = f"{one.facilitator.name} has not left {one.programme}."
        return self._page(
            request,
            one,
            NothingToAdd(sent(request)),
            carry_out,
            title=f"Put {one.facilitator.name} back in {one.programme}",
            button="Put back",
            explanation=[
                "They go on where they were: what they owe is due by the dates that are there. They are told."
            ],
            impossible="" if _left(one) else here,
        )


def _left(training: Training) -> str:
    """That somebody has left, as a sentence; empty where they have not."""
    if training.ended_on is None:
        return ""
    return f"{training.facilitator.name} left {training.programme} on {nhs_date(training.ended_on)}."
