"""Keys of the feed, made and revoked by administrators; and the record of what was exported."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from programmes.admin.base import OfAdministrators, WithHistory
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, sent
from programmes.domain import access, feeds
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date
from programmes.models import Academy, ExportRecord, FeedKey, Role

LIST = "admin:programmes_feedkey_changelist"
PAGE = "admin:programmes_feedkey_change"
_LAST_YEAR = 2100


class KeyForm(VerbForm):
    """Whose figures a key opens, what reads with it, and until when."""

    academy = forms.ModelChoiceField(
        Academy.objects.none(), label="Academy", error_messages={"required": "Choose the academy."}
    )
    name = forms.CharField(
        label="What reads with it",
        help_text="Such as “Power BI of the workforce team”. One key for each, so that each can be revoked alone.",
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        error_messages={"required": "Say what will read with this key."},
    )
    last_day = forms.DateField(
        label="Last day (optional)",
        required=False,
        help_text="As 2027-03-31. Empty: until it is revoked.",
        widget=forms.DateInput(attrs={"class": "vDateField", "autocomplete": "off"}),
        error_messages={"invalid": "Write the day as 2027-03-31."},
    )

    def __init__(self, user: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        academies: Any = self.fields["academy"]
        academies.queryset = access.academies_with(user, Role.ADMINISTRATOR).distinct()
        if academies.queryset.count() == 1:
            academies.initial = academies.queryset.first()

    def clean_last_day(self) -> datetime.date | None:
        """A day that the calendar goes on after: a mistyped year is no day."""
        day: datetime.date | None = self.cleaned_data["last_day"]
        if day is not None and day.year > _LAST_YEAR:
            raise forms.ValidationError(
                f"The year must be {_LAST_YEAR} or earlier. Leave it empty for a key without an end."
            )
        return day

    @property
    def expires_at(self) -> datetime.datetime | None:
        """The end of the last day; only of a valid form."""
        day = self.cleaned_data["last_day"]
        if day is None:
            return None
        after = datetime.datetime.combine(day + datetime.timedelta(days=1), datetime.time())
        return timezone.make_aware(after)


@admin.register(FeedKey)
class FeedKeyAdmin(OfAdministrators, WithHistory):
    """Made and revoked here; never edited, and never shown again."""

    access_rule = "administrators of the key's academy; to others it is 404 or 403"
    change_form_template = "admin/programmes/feedkey/change_form.html"
    list_display = ("name", "academy", "begins_with", "created_at", "created_by", "last_used_at", "status")
    list_select_related = ("academy", "created_by")
    search_fields = ("name", "begins_with")
    fields = (
        "name",
        "academy",
        "begins_with",
        "created_by",
        "created_at",
        "expires_at",
        "last_used_at",
        "status",
    )

    @admin.display(description="Status")
    def status(self, key: FeedKey) -> str:
        if key.revoked_at:
            return f"Revoked on {nhs_date(key.revoked_at)}"
        if key.expires_at and key.expires_at <= timezone.now():
            return f"Expired on {nhs_date(key.expires_at)}"
        return f"Works until {nhs_date(key.expires_at)}" if key.expires_at else "Works"

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return self.fields

    def get_urls(self) -> list[Any]:
        revoke = self.admin_site.admin_view(self.revoke_view)
        return [
            path("<int:pk>/revoke/", revoke, name="programmes_feedkey_revoke"),
            *super().get_urls(),
        ]

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Make a key; the page that answers shows it, once."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        assert isinstance(request.user, User)
        form = KeyForm(request.user, sent(request))
        context: dict[str, Any] = {**self.admin_site.each_context(request), "opts": self.opts}
        if form.is_valid():
            given = form.cleaned_data
            try:
                row, key = feeds.make_key(
                    given["academy"],
                    name=given["name"],
                    user=request.user,
                    expires_at=form.expires_at,
                    now=timezone.now(),
                )
            except Refused as refused:
                form.add_error("last_day", refused.sentence)
            else:
                context |= {"title": "The key is made", "row": row, "key": key}
                answer = TemplateResponse(request, "admin/programmes/feedkey/made.html", context)
                answer.headers["Cache-Control"] = "no-store"
                return answer
        page = VerbPage(
            title="Make a key of the feed",
            button="Make the key",
            form=form,
            back=Crumb("Keys of the feed", reverse(LIST)),
            carry_out=lambda values: "",
            explanation=[
                "With a key a program such as Power BI reads figures of one academy: states, dates and counts, no "
                "names, addresses or answers. The key is shown once.",
            ],
        )
        context |= {"title": page.title, "page": page, "form": form, "media": form.media}
        return TemplateResponse(request, page.template, context)

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Close a key at once."""
        key = self.record_or_404(request, str(pk))
        if not self.has_view_permission(request, key):
            raise PermissionDenied

        def carry_out(values: dict[str, Any]) -> str:
            feeds.revoke_key(key.pk, user=request.user, now=timezone.now())
            return f"The key “{key.name}” does not open the feed any more."

        return VerbPage(
            title=f"Revoke the key “{key.name}”",
            button="Revoke it",
            form=NothingToAdd(sent(request)),
            back=Crumb(key.name, reverse(PAGE, args=[key.pk])),
            carry_out=carry_out,
            explanation=[
                "What reads with it gets nothing from now on. A key cannot be brought back: make another."
            ],
            impossible=feeds.why_not_revoked(key),
            ends_something=True,
        ).answer(request)


@admin.register(ExportRecord)
class ExportRecordAdmin(OfAdministrators):
    """Who exported what: read by administrators, changed by nobody."""

    access_rule = "administrators of an academy whose records were exported; to others it is 404 or 403"
    academy_path = "academies"
    to_add = None
    list_display = ("at", "user", "list_name", "rows", "kind", "sensitive")
    list_filter = ("list_name", "sensitive")
    list_select_related = ("user",)
    date_hierarchy = "at"
    search_fields = ("user__username", "list_name")
    fields = readonly_fields = (
        "at",
        "user",
        "list_name",
        "filter_shown",
        "columns_shown",
        "rows",
        "kind",
        "sensitive",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each record once, however many academies it touches."""
        found = super().get_queryset(request)
        return ExportRecord.objects.filter(pk__in=found.values("pk")).order_by("-at", "-pk")

    def academy_of(self, record: Any) -> Academy | None:
        """None: of which academies it is, the query says already."""
        return None

    def export_academies(self, request: HttpRequest, records: QuerySet[Any]) -> list[Academy]:
        """The academies that the reader administers."""
        return list(access.academies_with(request.user, Role.ADMINISTRATOR).distinct())

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @admin.display(description="Columns")
    def columns_shown(self, record: ExportRecord) -> str:
        return ", ".join(record.columns)

    @admin.display(description="Filter")
    def filter_shown(self, record: ExportRecord) -> str:
        """What it was narrowed by: it may name people, so not where another academy's records were in it."""
        return record.narrowed_by or "None"

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Without the filter where the export held another academy's records too."""
        mine = access.academies_with(request.user, Role.ADMINISTRATOR)
        theirs = obj is not None and obj.academies.exclude(pk__in=mine.values("pk")).exists()
        return tuple(name for name in self.fields if not (theirs and name == "filter_shown"))
