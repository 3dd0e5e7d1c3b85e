"""Certificates, which staff can revoke, renew or issue anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import path, reverse
from django.utils import timezone

from facilitators.domain import certificate_expiry, certificates
from facilitators.models import Certificate, CertificateRenewal
from programmes.admin.base import AcademyModelAdmin, WithHistory, holds
from programmes.admin.pages import Crumb, VerbForm, VerbPage, long_text, sent
from programmes.domain.wording import nhs_date
from programmes.models import Role


class ToBeRead(AcademyModelAdmin):
    """Records that come about by what people do: staff read them, and change nothing in them by hand."""

    access_rule = "staff of the record's academy read, reviewers decide; another academy's record is 404"
    academy_path = "application__programme__academy"
    list_select_related: ClassVar[tuple[str, ...]] = ("application__programme__academy",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The record's page; of another academy's record not even that it is never changed is said."""
        self.record_or_404(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)


class RevokeForm(VerbForm):
    reason = long_text(
        "Reason", "Kept on the record with your name.", missing="Enter the reason. It is kept with your name."
    )


class RenewForm(VerbForm):
    reason = long_text(
        "Reason",
        "Such as what was refreshed, and when. Kept on the record with your name.",
        missing="Enter the reason. It is kept with your name.",
        limit=300,
    )


class RenewalInline(admin.TabularInline):
    """What made the certificate valid for longer."""

    model = CertificateRenewal
    fields = readonly_fields = ("from_on", "until_on", "reason", "made_by", "made_at")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReplaceForm(RevokeForm):
    """The name that is right."""

    name = forms.CharField(
        label="Name on the new certificate",
        max_length=150,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Enter the name that should stand on the certificate."},
    )
    field_order = ("name", "reason")


@admin.register(Certificate)
class CertificateAdmin(ToBeRead, WithHistory):
    """A certificate is never changed: it is revoked, and issued anew where the name was wrong."""

    change_form_template = "admin/facilitators/certificate/change_form.html"
    list_display = ("number", "name", "programme", "issued_at", "expires_on", "worth")
    search_fields = ("number", "name", "application__reference")
    fields = (
        "number",
        "name",
        "application",
        "programme",
        "academy",
        "dates",
        "attended",
        "issued_at",
        "expires_on",
        "revoked_at",
        "revoked_reason",
    )
    inlines = (RenewalInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("application__programme__academy")

    @admin.display(description="It is")
    def worth(self, certificate: Certificate) -> str:
        return certificate.worth(timezone.localdate()).value

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view
        return [
            path("<int:pk>/file/", view(self.file_view), name="facilitators_certificate_file"),
            path("<int:pk>/revoke/", view(self.revoke_view), name="facilitators_certificate_revoke"),
            path("<int:pk>/renew/", view(self.renew_view), name="facilitators_certificate_renew"),
            path("<int:pk>/again/", view(self.again_view), name="facilitators_certificate_again"),
            path("<int:pk>/replace/", view(self.replace_view), name="facilitators_certificate_replace"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The certificate's page, with what can be done about it."""
        certificate = self.record_or_404(request, object_id)
        decides = holds(request, Role.REVIEWER, self.academy_of(certificate))
        possible = {
            "may_revoke": decides and certificate.valid,
            "may_renew": decides
            and not certificate_expiry.why_not_renewed(certificate, timezone.localdate()),
            "may_issue_again": decides and not certificates.why_not_again(certificate.application),
        }
        return super().change_view(request, object_id, form_url, possible)

    def file_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The certificate as its holder has it."""
        certificate = self.record_or_404(request, str(pk))
        headers = {"Content-Disposition": f'attachment; filename="certificate-{certificate.number}.pdf"'}
        return HttpResponse(certificates.pdf(certificate), content_type="application/pdf", headers=headers)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Declare a certificate not valid."""

        def carry_out(certificate: Certificate, values: dict[str, Any]) -> str:
            certificates.revoke(
                certificate.pk, user=request.user, reason=values["reason"], now=timezone.now()
            )
            return f"{certificate.number} is not valid any more."

        return self._verb(
            request,
            pk,
            "Revoke",
            RevokeForm(sent(request)),
            carry_out,
            "Whoever checks its number is told that it is not valid, and the holder cannot download it any more. "
            "The holder is not told by mail: write to them.",
            impossible=certificates.why_not_revoked(self.record_or_404(request, str(pk))),
        )

    def renew_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Make a certificate valid for another term from today."""

        def carry_out(certificate: Certificate, values: dict[str, Any]) -> str:
            renewed = certificate_expiry.renew(
                certificate.pk, user=request.user, reason=values["reason"], now=timezone.now()
            )
            return f"{renewed.number} is valid until {nhs_date(renewed.expires_on)}."

        return self._verb(
            request,
            pk,
            "Renew",
            RenewForm(sent(request)),
            carry_out,
            "It is valid from today for as long as the programme says. Its number stays; the holder finds the new day "
            "on the certificate, and is not told by mail.",
            impossible=certificate_expiry.why_not_renewed(
                self.record_or_404(request, str(pk)), timezone.localdate()
            ),
            ends_something=False,
        )

    def again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue a certificate to somebody whose last one was revoked."""

        def carry_out(certificate: Certificate, values: dict[str, Any]) -> str:
            new = certificates.issue_again(certificate.application_id, user=request.user, now=timezone.now())
            return f"{new.number} is issued to {new.name}."

        return self._verb(
            request,
            pk,
            "Issue another certificate",
            VerbForm(sent(request)),
            carry_out,
            "The holder finds the new certificate on the page of their application, in the name that stands there. "
            "This one stays revoked.",
            impossible=certificates.why_not_again(self.record_or_404(request, str(pk)).application),
            ends_something=False,
        )

    def replace_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Issue a certificate anew, in another name."""

        def carry_out(certificate: Certificate, values: dict[str, Any]) -> str:
            new = certificates.replace(
                certificate.pk,
                name=values["name"],
                reason=values["reason"],
                user=request.user,
                now=timezone.now(),
            )
            return f"{new.number} is issued to {new.name}; {certificate.number} is not valid any more."

        return self._verb(
            request,
            pk,
            "Issue anew",
            ReplaceForm(sent(request)),
            carry_out,
            "The holder finds the new certificate on the page of their application; the old number is not valid any "
            "more.",
            impossible=certificates.why_not_revoked(self.record_or_404(request, str(pk))),
        )

    def _verb(
        self,
        request: HttpRequest,
        pk: int,
        label: str,
        form: forms.Form,
        carry_out: Callable[[Certificate, dict[str, Any]], str],
        means: str,
        *,
        impossible: str,
        ends_something: bool = True,
    ) -> HttpResponse:
        certificate = self.record_or_404(request, str(pk))
        if not holds(request, Role.REVIEWER, self.academy_of(certificate)):
            raise PermissionDenied
        address = reverse("admin:facilitators_certificate_change", args=[pk])
        return VerbPage(
            title=f"{label}: {certificate.number}",
            button=label,
            form=form,
            back=Crumb(certificate.number, address),
            carry_out=lambda values: carry_out(certificate, values),
            explanation=[f"{certificate.name}, {certificate.programme}.", means],
            impossible=impossible,
            ends_something=ends_something,
        ).answer(request)
