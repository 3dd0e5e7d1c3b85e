"""The staff's lists as Django makes them, without what it works out anew for each of their rows."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from html import escape
from typing import Any

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.safestring import SafeString

# Stands in an address where the key of a record will.
_A_KEY = "a-key-of-a-record"


class StaffChangeList(ChangeList):
    """A list whose rows carry what it was narrowed by in their addresses.

    Django adds that to each address by taking it apart and looking for its view: a fifth of a list's time.
    """

    def __init__(self, request: HttpRequest, *given: Any, **named: Any) -> None:
        super().__init__(request, *given, **named)
        self._carried = f"?{self.preserved_filters}" if self.preserved_filters else ""
        self.preserved_filters = ""

    # The rows of the page as a query, and as they were read.
    _page: Any = None
    _records: Any = None

    @functools.cached_property
    def _around_key(self) -> tuple[str, str]:
        """What stands before and after a record's key in the address of its page; raises NoReverseMatch."""
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        before, _, after = reverse(
            name, args=(_A_KEY,), current_app=self.model_admin.admin_site.name
        ).partition(_A_KEY)
        return before, after

    @property
    def result_list(self) -> Any:
        """The records of the page, read when they are first shown."""
        if self._records is None:
            shown_by: Any = self.model_admin
            self._records = shown_by.shown(self._page)
        return self._records

    @result_list.setter
    def result_list(self, rows: QuerySet[Any]) -> None:
        self._page, self._records = rows, None

    def url_for_result(self, result: Any) -> str:
        """The address of a row's page, with what leads back to the list as it is."""
        key = getattr(result, self.pk_attname)
        if type(key) is not int:
            return f"{super().url_for_result(result)}{self._carried}"
        before, after = self._around_key
        return f"{before}{key}{after}{self._carried}"


class QuickRows:
    """For an admin: its lists are `StaffChangeList`, and their boxes to tick are written without a form."""

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        """The class of the list."""
        return StaffChangeList

    def shown(self, rows: QuerySet[Any]) -> Sequence[Any] | QuerySet[Any]:
        """The records of one page of the list, with what its columns show and no more."""
        return rows

    def action_checkbox(self, record: Any) -> SafeString:
        """The box before a row, as Django writes it."""
        return SafeString(
            f'<input type="checkbox" name="{ACTION_CHECKBOX_NAME}" value="{escape(str(record.pk))}" '
            f'class="action-select" aria-label="Select this object for an action - {escape(str(record))}">'
        )
