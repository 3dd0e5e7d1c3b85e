"""Personal data, for administrators: holds, what the retention took and will take, and one person's data."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.base import OfAdministrators, WithHistory, holds
from programmes.admin.pages import Crumb, VerbForm, VerbPage, long_text, sent
from programmes.domain import access
from programmes.domain.privacy import erasing, exporting, holding, people, reporting
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_datetime, plural
from programmes.models import Academy, Hold, Role

_LIST = "admin:programmes_hold_changelist"
_PERSON = "admin:programmes_hold_person"
_BAD_ADDRESS = "Enter an email address in the correct format, like name@example.com."


def _address(label: str, help_text: str) -> forms.EmailField:
    return forms.EmailField(
        label=label,
        help_text=help_text,
        max_length=254,
        widget=forms.EmailInput(attrs={"class": "vTextField", "autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the email address.", "invalid": _BAD_ADDRESS},
    )


def _reason(help_text: str) -> forms.CharField:
    return long_text("Reason", help_text, missing="Give a reason.", limit=500)


class PutHoldForm(VerbForm):
    """On whom a hold is put, and why."""

    academy = forms.ModelChoiceField(
        Academy.objects.none(), error_messages={"required": "Choose the academy."}
    )
    address = _address("Email address", "Everything that the academy holds under it is kept.")
    kind = forms.ChoiceField(
        label="Because of",
        choices=Hold.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what it is because of."},
    )
    reason = _reason("Such as a reference of the complaint. It is kept with the hold.")

    def __init__(self, academies: QuerySet[Academy], data: Any = None) -> None:
        super().__init__(data)
        chosen = self.fields["academy"]
        assert isinstance(chosen, forms.ModelChoiceField)
        chosen.queryset = academies
        if academies.count() == 1:
            chosen.initial = academies.get()


class LiftForm(VerbForm):
    """Why a hold is lifted."""

    reason = _reason("What was due meanwhile goes with the next night.")


class FindForm(VerbForm):
    """Whom an administrator asks about."""

    address = _address("Email address", "As the person uses it with the academy.")


class EraseForm(FindForm):
    """The same person, with the reason, and the address typed once more."""

    address = forms.EmailField(widget=forms.HiddenInput)
    reason = _reason("It is kept with your name and the date, and without the person’s.")
    typed = _address("The person’s email address once more", "So that nobody else is erased by mistake.")

    def clean(self) -> dict[str, Any] | None:
        """Refuse another address than the one that was looked up."""
        given = super().clean() or {}
        typed = people.plain_address(given.get("typed", ""))
        if typed and typed != people.plain_address(given.get("address", "")):
            self.add_error("typed", "This is another address than the one you looked up.")
        return given


@admin.register(Hold)
class HoldAdmin(WithHistory, OfAdministrators):
    """Holds of an academy, for its administrators; beside them the retention, and what is held on one person."""

    access_rule = "administrators of the hold's academy; another academy's hold is 404"
    change_list_template = "admin/programmes/hold/change_list.html"
    change_form_template = "admin/programmes/hold/change_form.html"
    list_display = ("address", "academy", "kind", "reason", "stands")
    list_select_related = ("academy",)
    list_filter = ("kind",)
    search_fields = ("address", "reason")
    fields = ("academy", "address", "kind", "reason", "put_by", "put_at", "stands", "lifted_reason")
    readonly_fields = fields

    @admin.display(description="Where it stands")
    def stands(self, hold: Hold) -> str:
        return f"Lifted on {nhs_datetime(hold.lifted_at)}" if hold.lifted_at else "Stands"

    def get_urls(self) -> list[Any]:
        wrap = self.admin_site.admin_view
        own = [
            path("retention/", wrap(self.retention_view), name="programmes_hold_retention"),
            path("person/", wrap(self.person_view), name="programmes_hold_person"),
            path("<int:pk>/lift/", wrap(self.lift_view), name="programmes_hold_lift"),
        ]
        return [*own, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Put a hold."""
        academies = self._administered(request)

        def carry_out(given: dict[str, Any]) -> str:
            hold = holding.put(**given, by=request.user, now=timezone.now())
            return f"There is a hold on {hold.address}: neither retention nor erasure touches what is held."

        return VerbPage(
            title="Put a hold",
            button="Put the hold",
            form=PutHoldForm(academies, sent(request)),
            back=Crumb("Personal data and holds", reverse(_LIST)),
            carry_out=carry_out,
            explanation=(
                "While there is a complaint or a legal claim, what concerns it is kept, though its time is over.",
            ),
        ).answer(request)

    def lift_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Lift a hold."""
        hold = self.record_or_404(request, str(pk))

        def carry_out(given: dict[str, Any]) -> str:
            holding.lift(hold.pk, reason=given["reason"], by=request.user, now=timezone.now())
            return f"The hold on {hold.address} is lifted."

        return VerbPage(
            title=f"Lift the hold on {hold.address}",
            button="Lift the hold",
            form=LiftForm(sent(request)),
            back=Crumb(hold.address, reverse("admin:programmes_hold_change", args=[hold.pk])),
            carry_out=carry_out,
            impossible="This hold was lifted already." if hold.lifted_at else "",
        ).answer(request)

    def retention_view(self, request: HttpRequest) -> HttpResponse:
        """What each of the last nights took away, and what is due in the next 30 days."""
        self._administered(request)
        programmes = list(access.programmes_with(request.user, Role.ADMINISTRATOR).order_by("title"))
        everything = access.is_superuser(request.user)
        reports = [
            (
                report,
                [
                    *reporting.rows_of(report, programmes),
                    *(reporting.of_no_programme(report) if everything else []),
                ],
            )
            for report in reporting.last_reports()
        ]
        context = {
            **admin.site.each_context(request),
            "title": "How long it is kept",
            "reports": reports,
            "ahead": reporting.ahead(programmes, timezone.now()),
            "stuck": reporting.never_ended(programmes, timezone.now()),
        }
        return TemplateResponse(request, "admin/programmes/hold/retention.html", context)

    def person_view(self, request: HttpRequest) -> HttpResponse:
        """What is held on one person: looked up, handed out, or erased. The address is never part of the page's own."""
        self._administered(request)
        doing = request.POST.get("do", "")
        find = FindForm(sent(request) if doing else None)
        if not doing or not find.is_valid():
            return self._person_page(request, find)
        address = find.cleaned_data["address"]
        try:
            erasing.require_may_see(people.find(address), request.user)
            if doing == "export":
                return self._download(request, address)
            erase = EraseForm(sent(request) if doing == "erase" else None, initial={"address": address})
            if doing == "erase" and erase.is_valid():
                return self._erased(request, address, erase.cleaned_data["reason"])
        except Refused as refused:
            find.add_error(None, refused.sentence)
            return self._person_page(request, find)
        return self._person_page(request, find, address=address, erase=erase)

    def _person_page(self, request: HttpRequest, find: forms.Form, **found: Any) -> HttpResponse:
        address = found.get("address", "")
        preview = erasing.preview(address, now=timezone.now()) if address else None
        erase = found.get("erase")
        context = {
            **admin.site.each_context(request),
            "title": "What is held on one person",
            # Whose errors stand above the page.
            "form": erase if erase is not None and erase.errors else find,
            "find": find,
            "erase": erase,
            "preview": preview,
            "acts": erasing.acts_of(request.user),
        }
        return TemplateResponse(request, "admin/programmes/hold/person.html", context)

    def _download(self, request: HttpRequest, address: str) -> HttpResponse:
        packed = exporting.export(address, by=self._user(request), now=timezone.now())
        response = HttpResponse(packed, content_type="application/zip")
        response["Content-Disposition"] = 'attachment; filename="person.zip"'
        response["Cache-Control"] = "no-store"
        return response

    def _erased(self, request: HttpRequest, address: str, reason: str) -> HttpResponse:
        act = erasing.erase(address, reason=reason, by=self._user(request), now=timezone.now())
        rows = plural(sum(act.counts.values()), "row")
        messages.success(request, f"Everything held on this person is erased: {rows}. Figures stay.")
        return HttpResponseRedirect(reverse(_PERSON))

    @staticmethod
    def _user(request: HttpRequest) -> Any:
        return request.user

    @staticmethod
    def _administered(request: HttpRequest) -> Any:
        """The academies that the reader administers; nobody else gets here."""
        if not holds(request, Role.ADMINISTRATOR):
            raise PermissionDenied
        return access.academies_with(request.user, Role.ADMINISTRATOR)
