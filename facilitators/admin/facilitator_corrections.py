"""What staff put right about a facilitator: the day of a training, the directory, two entries that are one person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone

from facilitators.admin.facilitator_verbs import PAGE, day_field, line_field
from facilitators.domain.people import directory, joining, register, training_day
from facilitators.models import Facilitator
from programmes.admin.pages import Crumb, VerbForm, VerbPage, sent
from programmes.domain.record import REASON_LIMIT
from programmes.domain.wording import nhs_date


class DayForm(VerbForm):
    """Which day, and why."""

    trained_on = day_field("Last day of the training", "Enter the last day of the training.")
    reason = line_field(
        "Reason", help_text="Kept in the register, and told to the facilitator.", longest=REASON_LIMIT
    )


class TakeOutForm(VerbForm):
    """Why."""

    reason = line_field(
        "Reason", help_text="Kept in the register, and told to the facilitator.", longest=REASON_LIMIT
    )


class OtherForm(VerbForm):
    """Which other entry is the same person."""

    email = forms.EmailField(
        label="Work email address of the other entry",
        help_text="This other entry goes. The one whose page you come from stays.",
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the work email address of the other entry."},
    )


class JoinForm(VerbForm):
    """Why."""

    reason = line_field("Reason", help_text="Kept in the register.", longest=joining.REASON_LIMIT)


class FacilitatorCorrections:
    """The pages of these verbs."""

    admin_site: Any

    def get_urls(self) -> list[Any]:
        def page(address: str, view: Any, name: str) -> Any:
            return path(address, self.admin_site.admin_view(view), name=f"facilitators_facilitator_{name}")

        return [
            page("<int:pk>/training/<int:training>/day/", self.day_view, "day"),
            page("<int:pk>/take-out/", self.take_out_view, "take_out"),
            page("<int:pk>/join/", self.join_view, "join"),
            page("<int:pk>/join/<int:other>/", self.join_with_view, "join_with"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def _person(self, request: HttpRequest, pk: int) -> tuple[Facilitator, Crumb]:
        """Somebody whom the reader may change, and the way back to their page; 404 or 403 to others."""
        person: Facilitator = self.record_or_404(request, str(pk))  # type: ignore[attr-defined]
        if not self.has_change_permission(request, person):  # type: ignore[attr-defined]
            raise PermissionDenied
        return person, Crumb(person.name, reverse(PAGE, args=[pk]))

    def day_view(self, request: HttpRequest, pk: int, training: int) -> HttpResponse:
        """Correct the day of a training."""
        one = self._training(request, pk, training)  # type: ignore[attr-defined]
        person = one.facilitator

        def carry_out(values: dict[str, Any]) -> str:
            training_day.correct(one.pk, **values, user=request.user, now=timezone.now())
            return f"{person.name} was trained in {one.programme} on {nhs_date(values['trained_on'])}."

        return VerbPage(
            title=f"Day of the training of {person.name} in {one.programme}",
            button="Correct the day",
            form=DayForm(sent(request), initial={"trained_on": one.trained_on}),
            back=Crumb(person.name, reverse(PAGE, args=[pk])),
            carry_out=carry_out,
            explanation=[
                "What is owed begins with this day: its last days, the reminders and the standing follow. What was "
                "delivered before it does not count. Certificates stay as they are. They are told.",
            ],
        ).answer(request)

    def take_out_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take somebody out of the directory on their behalf."""
        person, back = self._person(request, pk)

        def carry_out(values: dict[str, Any]) -> str:
            directory.take_out(person.pk, reason=values["reason"], user=request.user, now=timezone.now())
            return f"{person.name} is not shown in the directory any more."

        return VerbPage(
            title=f"Take {person.name} out of the directory",
            button="Take out",
            form=TakeOutForm(sent(request)),
            back=back,
            carry_out=carry_out,
            explanation=["Other facilitators do not find them any more. They are told, and can agree again."],
            impossible=directory.why_not_taken_out(person),
            ends_something=True,
        ).answer(request)

    def join_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Ask for the other entry that is the same person."""
        person, back = self._person(request, pk)
        form = OtherForm(sent(request))
        if request.method == "POST" and form.is_valid():
            found = register.entry_at(form.cleaned_data["email"])
            seen = Facilitator.objects.visible_to(request.user)
            if found is not None and seen.filter(pk=found.pk).exists():
                return HttpResponseRedirect(
                    reverse("admin:facilitators_facilitator_join_with", args=[pk, found.pk])
                )
            form.add_error("email", "Nobody in the register of your programmes has this address.")
        return VerbPage(
            title=f"Join another entry with that of {person.name}",
            button="Continue",
            form=form,
            back=back,
            carry_out=lambda values: "",
            explanation=[
                f"For somebody who is in the register twice. This entry, {person.email}, stays. You see what would "
                "move before anything is changed."
            ],
        ).answer(request)

    def join_with_view(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Show what joining two entries would do, and join them."""
        person, back = self._person(request, pk)
        goes, _ = self._person(request, other)

        def carry_out(values: dict[str, Any]) -> str:
            joining.join(person.pk, goes.pk, reason=values["reason"], user=request.user, now=timezone.now())
            return f"The two entries are one. {goes.email} still leads to {person.name}."

        found = joining.preview(person, goes)
        return VerbPage(
            title=f"Join {goes.name}, {goes.email}, with {person.name}, {person.email}",
            button="Join the two",
            form=JoinForm(sent(request)),
            back=back,
            carry_out=carry_out,
            explanation=[
                f"{person.email} stays and gets a mail. Links that were sent to {goes.email} are closed. This cannot "
                "be undone.",
                *found.trainings,
                f"What moves: {', '.join(found.moved) or 'nothing else'}.",
                *found.look_at,
            ],
            impossible=joining.why_not(person, goes, user=request.user),
            ends_something=True,
        ).answer(request)
