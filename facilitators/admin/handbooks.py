"""Handbooks and other materials: what there is, its versions, and who holds which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Max, OuterRef, Q, QuerySet, Subquery
from django.http import FileResponse, Http404, HttpRequest
from django.urls import path, reverse
from django.utils import timezone

from applications.forms.questions import MAX_MEGABYTES, EvidenceField
from facilitators.admin.completion import ToBeRead
from facilitators.admin.delivery_filters import ProgrammeFilter
from facilitators.admin.with_verbs import WithVerbs
from facilitators.domain.handbook import publishing
from facilitators.models import Acknowledgement, Download, Resource, ResourceVersion, Training
from facilitators.views.materials import file_of
from programmes.admin.base import WithHistory
from programmes.admin.pages import Crumb, NothingToAdd, VerbForm, VerbPage, long_text, sent
from programmes.admin.waiting import Narrowing
from programmes.domain.wording import plural


class VersionForm(VerbForm):
    """The file of the next version, and what is new in it."""

    file = EvidenceField(
        label="File",
        help_text=f"A document or a picture of up to {MAX_MEGABYTES} MB.",
        error_messages={"required": "Choose the file of the new version."},
    )
    note = long_text(
        "What is new (optional)",
        "Those who hold an older version read it in their mail.",
        required=False,
        limit=1000,
    )


class PublishForm(NothingToAdd):
    """The list of people that was looked at."""

    seen = forms.CharField(widget=forms.HiddenInput)


class VersionInline(admin.TabularInline):
    """The versions, to be read; they change by what reviewers do above."""

    model = ResourceVersion
    fields = readonly_fields = ("number", "file_name", "note", "published_at", "published_by")
    extra = 0
    can_delete = False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ResourceForm(forms.ModelForm):
    """What is agreed to is asked of facilitators alone."""

    class Meta:
        model = Resource
        fields = (
            "programme",
            "title",
            "key",
            "summary",
            "open_to",
            "acknowledgement",
            "offered",
            "position",
        )

    def clean(self) -> dict[str, Any] | None:
        """Refuse words to be agreed to in front of what is open to others than facilitators."""
        cleaned = super().clean() or {}
        if cleaned.get("acknowledgement") and cleaned.get("open_to") != Resource.OpenTo.FACILITATORS:
            self.add_error(
                "acknowledgement",
                "Only facilitators are asked to agree. Leave this empty, or open it to facilitators.",
            )
        return cleaned


# What reviewers do.
def _new_version(request: HttpRequest, resource: Any, back: Crumb) -> VerbPage:
    form = VersionForm(sent(request), request.FILES if request.method == "POST" else None)

    def carry_out(values: dict[str, Any]) -> str:
        made = publishing.draft(resource.pk, values["file"], note=values["note"], user=request.user)
        return f"Version {made.number} is a draft. Look at it, and at whom it concerns, then publish it."

    return VerbPage(
        title=f"New version: {resource}",
        button="Keep as a draft",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[
            "Nobody sees it before you publish it. A draft that is there already is replaced.",
        ],
        template="admin/facilitators/verb_with_file.html",
    )


def _publish(request: HttpRequest, resource: Any, back: Crumb) -> VerbPage:
    draft = resource.versions.filter(published_at=None).first()
    people = list(publishing.to_tell(draft, now=timezone.now())) if draft else []
    form = PublishForm(sent(request), initial={"seen": publishing.fingerprint(people)})

    def carry_out(values: dict[str, Any]) -> str:
        assert draft is not None
        # Where the list has changed since, the page comes again with the list of now.
        form.data = {"seen": publishing.fingerprint(people)}
        told = publishing.publish(draft.pk, seen=values["seen"], user=request.user, now=timezone.now())
        told_in_words = plural(len(told), "facilitator is", "facilitators are")
        return f"Version {draft.number} is published. {told_in_words} told by mail."

    who = plural(len(people), "facilitator is told", "facilitators are told")
    return VerbPage(
        title=f"Publish version {draft.number}: {resource}" if draft else f"Publish: {resource}",
        button="Publish",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=[
            f"{who} by mail: those who hold an older version and still have sessions to come.",
            "Everybody else finds it on their page.",
        ],
        impossible="" if draft else "There is no draft to publish. Upload a new version first.",
        template="admin/facilitators/publish_version.html",
        extra={"people": people},
    )


def _throw_away(request: HttpRequest, resource: Any, back: Crumb) -> VerbPage:
    draft = resource.versions.filter(published_at=None).first()

    def carry_out(values: dict[str, Any]) -> str:
        assert draft is not None
        publishing.throw_away(draft.pk, user=request.user)
        return "The draft is thrown away."

    return VerbPage(
        title=f"Throw the draft away: {resource}",
        button="Throw away",
        form=NothingToAdd(sent(request)),
        back=back,
        carry_out=carry_out,
        impossible="" if draft else "There is no draft.",
        ends_something=True,
    )


@admin.register(Resource)
class ResourceAdmin(WithHistory, WithVerbs):
    """Administrators say what there is; reviewers publish versions. What somebody holds is not deleted."""

    access_rule = (
        "viewers of the programme read, reviewers publish, administrators change; to others it is 404"
    )
    academy_path = "programme__academy"
    form = ResourceForm
    list_display = ("title", "programme", "open_to", "newest", "offered")
    list_filter = (ProgrammeFilter, "open_to", "offered")
    list_select_related = ("programme__academy",)
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("title",)
    search_help_text = "Search by title."
    inlines = (VersionInline,)
    verbs: ClassVar[Mapping[str, Any]] = {
        "new-version": ("New version", _new_version),
        "publish": ("Publish the draft", _publish),
        "throw-away": ("Throw the draft away", _throw_away),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with the number of its newest version, and that of its draft."""
        published = Q(versions__published_at__isnull=False)
        draft = ResourceVersion.objects.filter(resource=OuterRef("pk"), published_at=None)
        rows = (
            super()
            .get_queryset(request)
            .annotate(
                newest_number=Max("versions__number", filter=published),
                draft_number=Subquery(draft.values("number")[:1]),
            )
        )
        return rows.select_related("programme__academy")

    @admin.display(description="Version", ordering="newest_number", empty_value="–")
    def newest(self, resource: Any) -> int | None:
        return None if resource.newest_number is None else int(resource.newest_number)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Of which programme it is stays as it is: facilitators hold it."""
        return ("programme",) if obj else ()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """The key follows the title while it is new."""
        return {} if obj else {"key": ("title",)}

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def possible(self, record: Any) -> list[str]:
        """There is something to publish or to throw away where there is a draft."""
        draft = record.versions.filter(published_at=None).exists()
        return ["publish", "new-version", "throw-away"] if draft else ["new-version"]

    def links(self, request: HttpRequest, record: Any) -> list[Crumb]:
        """The files, who holds them, and where everybody finds it."""
        found = [
            Crumb(
                f"Version {one.number}{'' if one.published_at else ' (draft)'}",
                reverse("admin:facilitators_resource_file", args=[record.pk, one.number]),
            )
            for one in record.versions.order_by("-number")[:3]
        ]
        holders = reverse("admin:facilitators_download_changelist")
        found.append(Crumb("Who holds it", f"{holders}?resource={record.pk}"))
        if record.open_to == Resource.OpenTo.EVERYONE:
            found.append(Crumb("Public page", reverse("open_materials", args=[record.programme.slug])))
        return found

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.file_view)
        own = path("<int:pk>/versions/<int:number>/", view, name="facilitators_resource_file")
        return [own, *super().get_urls()]

    def file_view(self, request: HttpRequest, pk: int, number: int) -> FileResponse:
        """The file of a version, for staff to look at."""
        version = self.record_or_404(request, str(pk)).versions.filter(number=number).first()
        if version is None:
            raise Http404("There is no such version.")
        return file_of(version)


class ResourceFilter(Narrowing):
    title = "what"
    parameter_name = "resource"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        rows = Resource.objects.filter(**ResourceAdmin(Resource, model_admin.admin_site).visible(request))
        return [(str(row.pk), f"{row.title} ({row.programme})") for row in rows.select_related("programme")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        return queryset.filter(version__resource=chosen)


class SessionsToComeFilter(Narrowing):
    """Holders who lead a planned circle ahead, or still owe something to deliver."""

    title = "still has sessions to come"
    parameter_name = "to_come"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Yes")]

    def narrow(self, queryset: QuerySet[Any], chosen: str) -> QuerySet[Any]:
        going_on = Training.objects.going_on()
        with_sessions = publishing.with_sessions_to_come(going_on, now=timezone.now())
        return queryset.filter(training__in=with_sessions)


@admin.register(Download)
class DownloadAdmin(ToBeRead):
    """Who holds which version, and by what words they agreed to its copyright."""

    academy_path = "version__resource__programme__academy"
    list_display = (
        "who",
        "address",
        "what",
        "number",
        "first_at",
        "last_at",
        "times",
        "agreed_as",
        "agreed_at",
    )
    list_filter = (ProgrammeFilter, ResourceFilter, SessionsToComeFilter)
    list_select_related: ClassVar[tuple[str, ...]] = (
        "version__resource__programme__academy",
        "training__facilitator",
        "application",
    )
    show_facets = admin.ShowFacets.NEVER
    search_fields = ("training__facilitator__name", "training__facilitator__email", "application__name")
    search_help_text = "Search by name or email address."
    fields = ("who", "address", "what", "number", "first_at", "last_at", "times", "agreed_as", "agreed_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Each with the name and the moment by which its words were agreed to."""
        agreed = Acknowledgement.objects.filter(
            training=OuterRef("training"),
            version__resource=OuterRef("version__resource"),
            wording=OuterRef("version__wording"),
        ).order_by("pk")
        rows = super().get_queryset(request).select_related(*self.list_select_related)
        return rows.annotate(
            signed=Subquery(agreed.values("typed_name")[:1]), signed_at=Subquery(agreed.values("made_at")[:1])
        )

    @admin.display(description="Who")
    def who(self, download: Download) -> str:
        return download.holder

    @admin.display(description="Email address")
    def address(self, download: Download) -> str:
        if download.training is not None:
            return download.training.facilitator.email
        return download.application.email if download.application is not None else ""

    @admin.display(description="What", ordering="version__resource__title")
    def what(self, download: Download) -> str:
        return download.version.resource.title

    @admin.display(description="Version", ordering="version__number")
    def number(self, download: Download) -> int:
        return download.version.number

    @admin.display(description="Agreed as", empty_value="–")
    def agreed_as(self, download: Any) -> str | None:
        return None if download.signed is None else str(download.signed)

    @admin.display(description="Agreed at", empty_value="–")
    def agreed_at(self, download: Any) -> Any:
        return download.signed_at
