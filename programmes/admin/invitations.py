"""Invitations of colleagues: sent, sent again and withdrawn by the academy's administrators."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import CharField, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.base import OfAdministrators, WithHistory
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access, invitations
from programmes.domain.wording import nhs_datetime
from programmes.models import Academy, Invitation, Message, Programme, Role


class InviteForm(VerbForm):
    """Who is invited, where, and as what."""

    academy = forms.ModelChoiceField(
        Academy.objects.none(), error_messages={"required": "Choose the academy."}
    )
    name = forms.CharField(
        max_length=150,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={"required": "Enter the name of your colleague."},
    )
    address = forms.EmailField(
        label="Work address",
        max_length=150,
        help_text="The invitation goes there. The address becomes their username.",
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        error_messages={
            "required": "Enter the work address of your colleague.",
            "invalid": "Enter an email address in the correct format, like name@example.com.",
        },
    )
    role = forms.ChoiceField(
        choices=Role.choices,
        initial=Role.REVIEWER,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose the role."},
    )
    programmes = forms.ModelMultipleChoiceField(
        Programme.objects.none(),
        label="Only these programmes",
        required=False,
        help_text="Choose none for all programmes of the academy. An administrator always has all of them.",
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, academies: QuerySet[Academy], data: Any = None) -> None:
        super().__init__(data)
        chosen = self.fields["academy"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = academies
        if academies.count() == 1:
            chosen.initial = academies.get()
        programmes = self.fields["programmes"]
        assert isinstance(programmes, forms.ModelMultipleChoiceField)
        programmes.queryset = Programme.objects.filter(academy__in=academies).order_by("title")


@admin.register(Invitation)
class InvitationAdmin(WithHistory, OfAdministrators):
    """The invitations of an academy, for its administrators alone: addresses of people who may never come.

    Nobody writes on an invitation: it is sent again, or withdrawn and made anew.
    """

    change_form_template = "admin/programmes/invitation/change_form.html"
    list_display = ("name", "address", "academy", "role", "stands", "mail")
    list_select_related = ("academy",)
    search_fields = ("name", "address")
    fields = (
        "academy",
        "name",
        "address",
        "role",
        "programmes",
        "invited_by",
        "invited_at",
        "stands",
        "mail",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the status of the newest mail of each."""
        mails = Message.objects.filter(
            about=Concat(Value("invitation:"), Cast(OuterRef("pk"), CharField()))
        ).order_by("-pk")
        return super().get_queryset(request).annotate(mail_status=Subquery(mails.values("status")[:1]))

    @admin.display(description="Where it stands")
    def stands(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return f"Taken up on {nhs_datetime(invitation.accepted_at)}"
        if invitation.withdrawn_at:
            return f"Withdrawn on {nhs_datetime(invitation.withdrawn_at)}"
        if invitation.expires_at <= timezone.now():
            return f"Not taken up in time: the link ended on {nhs_datetime(invitation.expires_at)}"
        return f"Open until {nhs_datetime(invitation.expires_at)}"

    @admin.display(description="Mail")
    def mail(self, invitation: Any) -> str:
        return Message.Status(invitation.mail_status).label if invitation.mail_status else "None"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("<int:pk>/again/", wrap(self.again_view), name="programmes_invitation_again"),
            path("<int:pk>/withdraw/", wrap(self.withdraw_view), name="programmes_invitation_withdraw"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Invite a colleague."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        academies = access.academies_with(request.user, Role.ADMINISTRATOR)

        def carry_out(given: dict[str, Any]) -> str:
            invitation = invitations.invite(
                academy=given["academy"],
                name=given["name"],
                address=given["address"],
                role=Role(given["role"]),
                programmes=given["programmes"],
                by=request.user,
                now=timezone.now(),
            )
            return f"{invitation.name} is invited. The link in the mail works for seven days."

        return VerbPage(
            title="Invite a colleague",
            button="Send the invitation",
            form=InviteForm(academies, sent(request)),
            back=Crumb("Invitations", reverse("admin:programmes_invitation_changelist")),
            carry_out=carry_out,
        ).answer(request)

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Send the mail once more, with a new link."""
        invitation = self.record_or_404(request, str(pk))

        def carry_out(_given: dict[str, Any]) -> str:
            invitations.send_again(invitation, by=request.user, now=timezone.now())
            return f"The invitation is on its way to {invitation.address} once more."

        return VerbPage(
            title=f"Send the invitation of {invitation.name} again",
            button="Send again",
            form=NothingToAdd(sent(request)),
            back=self._crumb(invitation),
            carry_out=carry_out,
            explanation=("The new link works for seven days; the one before stops working.",),
            impossible=self._ended(invitation),
        ).answer(request)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take an invitation back."""
        invitation = self.record_or_404(request, str(pk))

        def carry_out(_given: dict[str, Any]) -> str:
            invitations.withdraw(invitation, by=request.user, now=timezone.now())
            return f"The invitation of {invitation.name} is withdrawn: its link opens nothing any more."

        return VerbPage(
            title=f"Withdraw the invitation of {invitation.name}",
            button="Withdraw the invitation",
            form=NothingToAdd(sent(request)),
            back=self._crumb(invitation),
            carry_out=carry_out,
            explanation=("They are not told: the link in their mail simply opens nothing any more.",),
            impossible=self._ended(invitation),
            ends_something=True,
        ).answer(request)

    def _ended(self, invitation: Invitation) -> str:
        open_still = invitation.accepted_at is None and invitation.withdrawn_at is None
        return "" if open_still else f"This invitation has ended. {self.stands(invitation)}."

    @staticmethod
    def _crumb(invitation: Invitation) -> Crumb:
        return Crumb(invitation.name, reverse("admin:programmes_invitation_change", args=[invitation.pk]))
