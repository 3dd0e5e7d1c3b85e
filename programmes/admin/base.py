"""What every staff page shares: who may open it, whose records it shows, and what may be chosen on it.

Roles decide (`programmes.domain.access`), not Django's model permissions. A record of another academy does not exist
for a member of staff: lists, pages, history, actions, choices and search all start from ``visible_to(user)``.
"""

from __future__ import annotations

from typing import Any, NoReturn

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ChangeList
from django.db.models import Field, Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import DeletedObject
from simple_history.template_utils import HistoricalRecordContextHelper

from programmes.admin.counting import QuickPaginator
from programmes.admin.exporting import WithExport
from programmes.admin.lists import QuickRows
from programmes.admin.parts_history import changes_of_parts
from programmes.admin.waiting import filters_for
from programmes.domain import access
from programmes.models import Academy, Role


def roles_held(request: HttpRequest) -> access.Roles:
    """The reader's roles; read once a request, with the account itself where a session was opened."""
    reader: Any = request.user
    known: access.Roles | None = getattr(reader, "roles_held", None)
    if known is None:
        known = reader.roles_held = access.roles_of(reader)
    return known


def holds(request: HttpRequest, role: Role, academy: Academy | None = None) -> bool:
    """Whether the reader holds ``role`` in ``academy`` (in any, without one)."""
    return roles_held(request).hold(role, academy)


def programmes_seen(request: HttpRequest) -> list[int]:
    """The keys of the programmes that the reader may see; found once a request."""
    held = roles_held(request)
    known: tuple[access.Roles, list[int]] | None = request.__dict__.get("_programmes_seen")
    if known is None or known[0] is not held:
        known = request.__dict__["_programmes_seen"] = (held, access.programmes_of(held))
    return known[1]


class ChoicesOfOwnAcademies:
    """Foreign keys and many-to-many fields offer only what belongs to academies that the reader sets up."""

    admin_site: Any

    def get_field_queryset(
        self, db: str | None, db_field: Field[Any, Any], request: HttpRequest
    ) -> QuerySet[Any] | None:
        """The rows that may be chosen."""
        model = db_field.remote_field.model  # type: ignore[union-attr]
        if self.admin_site.is_registered(model):
            related = self.admin_site.get_model_admin(model)
            if isinstance(related, AcademyModelAdmin):
                return related.choices(request)
        return super().get_field_queryset(db, db_field, request)  # type: ignore[misc]


class StaffModelAdmin(WithExport, ChoicesOfOwnAcademies, QuickRows, admin.ModelAdmin):
    """Records that every academy shares, such as organisations.

    ``to_view``, ``to_add``, ``to_change`` and ``to_delete`` are the least role for it, in any academy; None leaves it
    to the portal's superuser.
    """

    access_rule = "staff, by role"
    paginator = QuickPaginator
    to_view: Role | None = Role.VIEWER
    to_add: Role | None = Role.ADMINISTRATOR
    to_change: Role | None = Role.ADMINISTRATOR
    to_delete: Role | None = None

    def academy_of(self, record: Any) -> Academy | None:
        """The academy whose record it is; None where every academy shares it."""
        return None

    def _allows(self, request: HttpRequest, role: Role | None, record: Model | None) -> bool:
        if role is None:
            return bool(request.user.is_active and request.user.is_superuser)
        return holds(request, role, self.academy_of(record) if record is not None else None)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, self.to_view, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self._allows(request, self.to_add, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, self.to_change, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._allows(request, self.to_delete, obj)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._allows(request, self.to_view, None)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """The actions of the list; records are deleted one by one, on their own pages, or not at all."""
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)
        return actions

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The list as it is asked for; a moment beyond the calendar is a wrong wish: the whole list is shown."""
        try:
            return super().get_changelist_instance(request)
        except OverflowError as beyond:
            raise IncorrectLookupParameters(str(beyond)) from beyond

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any], *rest: Any, **named: Any) -> Any:
        """Do an action with what is ticked; what is no number of a record counts as not ticked, and is no error."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        numbers = [one for one in ticked if one.isascii() and one.isdecimal() and len(one) < 19]
        if numbers != ticked:
            sent = request.POST.copy()
            sent.setlist(ACTION_CHECKBOX_NAME, numbers)
            request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset, *rest, **named)

    def record_or_404(self, request: HttpRequest, object_id: str) -> Any:
        """The record that an address names; 404 where it does not exist, or is another academy's."""
        record = self.get_object(request, object_id)
        if record is None:
            raise Http404(f"There is no such {self.opts.verbose_name}.")
        return record

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Ask before deleting; of another academy's record not even that it is never deleted is said."""
        self.record_or_404(request, object_id)
        return super().delete_view(request, object_id, extra_context)

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> NoReturn:
        # Django sends on to the first page; a record that is not there, or not yours, is a page that is not there.
        raise Http404(f"There is no such {opts.verbose_name}.")


class AcademyModelAdmin(StaffModelAdmin):
    """Records that belong to an academy; ``academy_path`` leads from the record to it, as in a query.

    Where the path goes through a programme (``programme__academy``), a member who is limited to some programmes sees
    the records of those alone. A model that is itself a programme says so by ``programme_path = "pk"``.
    """

    access_rule = "staff of the record's academy, by role; another academy's record is 404"
    academy_path = "academy"
    programme_path = ""
    # Whether the reader's programmes are read first, and the records found by their keys: given the question instead,
    # PostgreSQL reads the records of every academy where there are many.
    found_by_keys = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """The records of the reader's academies and programmes."""
        return super().get_queryset(request).filter(**self.visible(request))

    def visible(self, request: HttpRequest) -> dict[str, Any]:
        """What the reader's records are found by, as a filter."""
        through, found, _ = self.academy_path.rpartition("__academy")
        if path := self.programme_path or (through if found else ""):
            if self.found_by_keys:
                return {f"{path}__in": programmes_seen(request)}
            return {f"{path}__in": access.programmes_visible_to(request.user)}
        return {f"{self.academy_path}__in": Academy.objects.visible_to(request.user)}

    def get_list_filter(self, request: HttpRequest) -> Any:
        """The list's own filters, and what of it waits on staff: the home page leads there."""
        return (*super().get_list_filter(request), *filters_for(self.model))

    def choices(self, request: HttpRequest) -> QuerySet[Any]:
        """The records of the academies that the reader sets up: what may be chosen in a form."""
        academies = access.academies_with(request.user, Role.ADMINISTRATOR)
        return self.model._default_manager.filter(**{f"{self.academy_path}__in": academies})

    def academy_of(self, record: Any) -> Academy | None:
        for name in self.academy_path.split("__"):
            record = getattr(record, name)
        return record if isinstance(record, Academy) else None


class OfAdministrators(AcademyModelAdmin):
    """Records for an academy's administrators alone, which nobody edits or deletes: to anybody else there are none."""

    to_view: Role | None = Role.ADMINISTRATOR
    show_facets = admin.ShowFacets.NEVER

    def visible(self, request: HttpRequest) -> dict[str, Any]:
        """The records of the academies that the reader administers."""
        return {f"{self.academy_path}__in": access.academies_with(request.user, Role.ADMINISTRATOR)}

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The record's page; of another's record not even that it is never changed is said."""
        self.record_or_404(request, object_id)
        return super().change_view(request, object_id, form_url, extra_context)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ChangesInWords(HistoricalRecordContextHelper):
    """Says "(nothing)" where a field was or is empty."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """What a value of a change is called."""
        if value in (None, "") or (isinstance(value, DeletedObject) and value.pk is None):
            return "(nothing)"
        return super().prepare_delta_change_value(change, value)


class WithHistory(SimpleHistoryAdmin):
    """Shows who changed what and when. An old version is read there, not put back over the rules of today."""

    def get_urls(self) -> list[Any]:
        return [url for url in super().get_urls() if not str(url.name).endswith("_simple_history")]

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The changes of a record that the reader may see: of one that was deleted nothing is shown."""
        record = self.record_or_404(request, object_id)
        parts = {"parts": changes_of_parts(record)}
        return super().history_view(request, object_id, {**parts, **(extra_context or {})})

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: Any
    ) -> ChangesInWords:
        return ChangesInWords(self.model, historical_record)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class PartInline(ChoicesOfOwnAcademies, admin.options.InlineModelAdmin):
    """Parts of a record: who may change the record may change its parts."""

    template = "admin/edit_inline/stacked.html"
    extra = 0

    def _whole(self) -> Any:
        return self.admin_site.get_model_admin(self.parent_model)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return bool(self._whole().has_view_permission(request, obj))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_write(request, obj)

    def _may_write(self, request: HttpRequest, obj: Any) -> bool:
        whole = self._whole()
        if obj is None:
            return bool(whole.has_add_permission(request))
        return bool(whole.has_change_permission(request, obj))
