"""The table, the filters and the actions of a list, written straight from its records and choices.

The HTML is Django's own (tests/staff/test_rows.py compares the two). Django works out anew for each cell what is the
same for its whole column, and renders a template for each filter: that was half of a list's time.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Hashable, Iterator
from html import escape as plainly_escaped
from typing import Any

from django.contrib.admin import DateFieldListFilter
from django.contrib.admin.templatetags.admin_list import result_headers
from django.contrib.admin.utils import display_for_field, display_for_value, lookup_field
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist
from django.db import models
from django.urls import NoReverseMatch
from django.utils import formats
from django.utils.encoding import iri_to_uri
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeData, SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext

from programmes.admin.waiting import Narrowing

# What a record shows in a column, and whether its cell keeps to one line.
Shown = Callable[[Any], tuple[Any, bool]]
_MOMENTS = (datetime.date, datetime.time)
_KEEPS_TO_ONE_LINE = (models.DateField, models.TimeField, models.ForeignKey)
# A process keeps so many headings and filters that it has written: they are the same for page after page.
_MOST = 200
_written: dict[Hashable, SafeString] = {}


def table(changelist: ChangeList) -> SafeString:
    """The table of a list that is not edited in place and not picked from."""
    columns = list(_columns(changelist))
    linked = any(column.linked for column in columns)
    rows = []
    for record in changelist.result_list:
        url = _url(changelist, record) if linked else None
        rows.append(f"<tr>{''.join([column.cell(record, url) for column in columns])}</tr>")
    if not rows:
        return SafeString("")
    lines = "\n".join(rows)
    return SafeString(
        '<div class="results">\n<table id="result_list">\n'
        f"<thead>\n<tr>{_headings(changelist)}</tr>\n</thead>\n<tbody>\n{lines}\n</tbody>\n</table>\n</div>\n"
    )


def _url(changelist: ChangeList, record: Any) -> str | None:
    try:
        return conditional_escape(changelist.url_for_result(record))
    except NoReverseMatch:
        return None


class _Column:
    """One column: the parts of its cells that are the same in each row, and what is shown between them."""

    def __init__(self, shown: Shown, *, empty: Any, tag: str, name: str, linked: bool) -> None:
        self._shown, self._empty, self.linked = shown, empty, linked
        self._begins, self._ends = f'<{tag} class="{name}">', f"</{tag}>"
        self._begins_on_one_line = f'<{tag} class="{name} nowrap">'

    def cell(self, record: Any, url: str | None) -> str:
        """The cell of a record, with the way to its page if the column leads there."""
        try:
            shown, on_one_line = self._shown(record)
        except ObjectDoesNotExist:
            shown, on_one_line = self._empty, False
        # Nearly every cell holds plain text, which Django looks at three times before it escapes it.
        html: str = plainly_escaped(shown) if type(shown) is str else conditional_escape(shown)
        if self.linked and url is not None:
            html = f'<a href="{url}">{html}</a>'
        return f"{self._begins_on_one_line if on_one_line else self._begins}{html}{self._ends}"


def _columns(changelist: ChangeList) -> Iterator[_Column]:
    first = True
    empty = changelist.model_admin.get_empty_value_display()
    for index, name in enumerate(changelist.list_display):
        called = getattr(name, "__name__", "") if callable(name) else name
        called = f"lambda{index}" if called == "<lambda>" else called
        links = changelist.list_display_links
        linked = links is not None and ((first and not links) or name in links)
        yield _Column(
            _shown_in(changelist, name, linked=linked, empty=empty),
            empty=empty,
            tag="th" if linked and first else "td",
            name="action-checkbox" if called == "action_checkbox" else f"field-{called}",
            linked=linked,
        )
        first = first and not linked


def _shown_in(changelist: ChangeList, name: Any, *, linked: bool, empty: Any) -> Shown:
    """How a column is read: a field of the record, a function of the admin or of its own, or anything else."""
    if isinstance(name, str):
        try:
            field = changelist.lookup_opts.get_field(name)
        except FieldDoesNotExist:
            pass
        else:
            if isinstance(field, models.Field) and field.name == name and not field.auto_created:
                return _of_field(field, linked=linked, empty=empty)
            return _as_django_does(changelist, name, linked=linked, empty=empty)
    asked = name if callable(name) else None
    if asked is None and name != "__str__":
        asked = getattr(changelist.model_admin, name, None)
    if asked is None:
        return _as_django_does(changelist, name, linked=linked, empty=empty)
    return _of_function(asked, empty=empty)


def _of_field(field: models.Field[Any, Any], *, linked: bool, empty: Any) -> Shown:
    on_one_line = isinstance(field, _KEEPS_TO_ONE_LINE)
    name = field.name
    if isinstance(field.remote_field, models.ManyToOneRel):

        def related(record: Any) -> tuple[Any, bool]:
            found = getattr(record, name)
            return (empty if found is None else found), on_one_line

        return related

    named = dict(field.flatchoices) if field.flatchoices and isinstance(field, models.CharField) else None

    def shown(record: Any) -> tuple[Any, bool]:
        value = _tidy(getattr(record, name))
        if named is not None:
            return named.get(value, empty), on_one_line
        return display_for_field(value, field, empty, avoid_link=linked), on_one_line

    return shown


def _of_function(asked: Callable[[Any], Any], *, empty: Any) -> Shown:
    empty = getattr(asked, "empty_value_display", empty)
    boolean = getattr(asked, "boolean", False)

    def shown(record: Any) -> tuple[Any, bool]:
        value = asked(record)
        if not boolean and isinstance(value, str):
            return (value if value.strip() else empty), False
        return display_for_value(value, empty, boolean), isinstance(value, _MOMENTS)

    return shown


def _as_django_does(changelist: ChangeList, name: str, *, linked: bool, empty: Any) -> Shown:
    """A property or method of the record, a path to another record, a column of the database: asked for each cell."""

    def shown(record: Any) -> tuple[Any, bool]:
        field, asked, value = lookup_field(name, record, changelist.model_admin)
        value = _tidy(value)
        empty_here = getattr(asked, "empty_value_display", empty)
        if field is not None and not field.auto_created:
            return display_for_field(value, field, empty_here, avoid_link=linked), isinstance(
                field, _KEEPS_TO_ONE_LINE
            )
        its_own = asked.fget if isinstance(asked, property) else asked
        boolean = getattr(its_own, "boolean", False)
        return display_for_value(value, empty_here, boolean), isinstance(value, _MOMENTS)

    return shown


def _tidy(value: Any) -> Any:
    return "" if isinstance(value, str) and not value.strip() else value


def _headings(changelist: ChangeList) -> str:
    """The headings, with the ways to order the list."""
    ordered = tuple(changelist.get_ordering_field_columns().items())
    columns = (tuple(map(str, changelist.list_display)), str(changelist.sortable_by))
    key = ("headings", type(changelist.model_admin), columns, ordered, _asked(changelist))
    return _once(
        changelist, key, lambda: "".join(_heading(*ordered_by) for ordered_by in _each_heading(changelist))
    )


def _each_heading(changelist: ChangeList) -> list[tuple[dict[str, Any], bool]]:
    headings = list(result_headers(changelist))
    several = sum(bool(one["sortable"] and one["sorted"]) for one in headings) > 1
    return [(one, several) for one in headings]


def _heading(heading: dict[str, Any], several: bool) -> str:
    given = heading["text"]
    text = str(capfirst(str(given)))
    if not isinstance(given, SafeData):
        text = escape(text)
    sorting = ""
    if heading["sortable"]:
        text = f'<a href="{escape(heading["url_primary"])}">{text}</a>'
        if heading["sort_priority"] > 0:
            sorting = _sorting(heading, several)
    else:
        text = f"<span>{text}</span>"
    return (
        f'\n<th scope="col"{heading["class_attrib"]}>{sorting}<div class="text">{text}</div>'
        '<div class="clear"></div></th>'
    )


def _sorting(heading: dict[str, Any], several: bool) -> str:
    priority, number = "", heading["sort_priority"]
    if several:
        said = escape(gettext("Sorting priority: %(priority_number)s") % {"priority_number": number})
        priority = f'<span class="sortpriority" title="{said}">{number}</span>'
    turned = "ascending" if heading["ascending"] else "descending"
    return (
        f'<div class="sortoptions"><a class="sortremove" href="{escape(heading["url_remove"])}" '
        f'title="{escape(gettext("Remove from sorting"))}"></a>{priority}'
        f'<a href="{escape(heading["url_toggle"])}" class="toggle {turned}" '
        f'title="{escape(gettext("Toggle sorting"))}"></a></div>'
    )


def filter_box(changelist: ChangeList, spec: Any) -> SafeString:
    """A filter with its choices; only of those that Django's own template shows."""
    key: Hashable = None
    if isinstance(spec, Narrowing):
        key = (tuple(spec.lookup_choices), spec.value())
    elif type(spec) is DateFieldListFilter:
        key = (str(spec.links), str(spec.date_params))
    if key is None or changelist.add_facets:
        return _box(changelist, spec)
    key = (type(spec), str(spec.title), key, _asked(changelist))
    return _once(changelist, key, lambda: _box(changelist, spec))


def _box(changelist: ChangeList, spec: Any) -> SafeString:
    title = escape(spec.title)
    choices = "\n".join(map(_choice, spec.choices(changelist)))
    said = gettext(" By %(filter_title)s ") % {"filter_title": title}
    return SafeString(
        f'<details data-filter-title="{title}" open>\n<summary>{said}</summary>\n<ul>\n{choices}\n</ul>\n</details>\n'
    )


def _choice(choice: dict[str, Any]) -> str:
    display = choice["display"]
    said = conditional_escape(display if isinstance(display, str) else formats.localize(display))
    begins = '<li class="selected">' if choice["selected"] else "<li>"
    return f'{begins}<a href="{escape(iri_to_uri(choice["query_string"]))}">{said}</a></li>'


def action_fields(form: Any) -> SafeString:
    """The choice of what is done with the ticked rows."""
    choices = tuple((str(value), str(label)) for value, label in form.fields["action"].choices)
    return _kept(("actions", type(form), choices), lambda: "".join(map(_field, form)))


def _field(field: Any) -> str:
    return f"<label>{conditional_escape(field.label)} {field}</label>" if field.label else str(field)


def _asked(changelist: ChangeList) -> Hashable:
    """What a list was asked for, which all its links repeat."""
    return tuple(sorted((name, tuple(values)) for name, values in changelist.filter_params.items()))


def _once(changelist: ChangeList, key: Hashable, write: Callable[[], str]) -> SafeString:
    """What is written for a key, which holds all that it is made of; what somebody searched for is not kept."""
    return SafeString(write()) if changelist.query else _kept(key, write)


def _kept(key: Hashable, write: Callable[[], str]) -> SafeString:
    found = _written.get(key)
    if found is None:
        if len(_written) >= _MOST:
            _written.clear()
        found = _written[key] = SafeString(write())
    return found
