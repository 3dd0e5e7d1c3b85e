"""The applications of a list one after another: where one stands in the filter and order chosen, and its neighbours.

However long the list is, no more of it is read than one row to each side: they are found by the values by which the
list is ordered. What was chosen travels in the address, as Django's own lists hand it to their rows.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import Any

from django.contrib.admin.exceptions import DisallowedModelAdminLookup
from django.contrib.admin.options import IncorrectLookupParameters
from django.db import connection
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from applications.models import Application

LIST = "admin:applications_application_changelist"
PAGE = "admin:applications_application_change"
CARRIED = "_changelist_filters"
# Which page of the list somebody was on does not matter to its order.
_OF_THE_PAGE = ("p", "all", "e")
# What a list without any filter hands on, so that its rows are a queue as well.
NOTHING_CHOSEN = "p=0"


@dataclass(frozen=True)
class Queue:
    """A list as somebody works through it, from one application: addresses are empty at its ends."""

    filters: str
    total: int
    position: int | None
    previous: str
    next: str

    @property
    def list_url(self) -> str:
        """The list, as it was chosen."""
        return list_url(self.filters)


def list_url(filters: str) -> str:
    """The address of the list with what was chosen."""
    return f"{reverse(LIST)}?{filters}" if filters else reverse(LIST)


def page_url(pk: int, filters: str | None, name: str = PAGE, *more: object) -> str:
    """The address of an application's page, or of another that takes its key, within a list; None: within none."""
    url = reverse(name, args=[pk, *more])
    return url if filters is None else f"{url}?{urlencode({CARRIED: filters or NOTHING_CHOSEN})}"


def filters_of(request: HttpRequest) -> str | None:
    """What was chosen in the list that a page was opened from; None where it was opened from elsewhere."""
    if CARRIED not in request.GET:
        return None
    chosen = QueryDict(request.GET[CARRIED], mutable=True)
    for name in _OF_THE_PAGE:
        chosen.pop(name, None)
    return chosen.urlencode()


def listed(model_admin: Any, request: HttpRequest, filters: str) -> QuerySet[Application]:
    """The applications of a list in its order; what cannot be understood is as if nothing were chosen."""
    asked = copy.copy(request)
    asked.method = "GET"
    try:
        asked.GET = QueryDict(filters)
        rows: QuerySet[Application] = model_admin.get_changelist_instance(asked).queryset
    except (IncorrectLookupParameters, DisallowedModelAdminLookup):
        asked.GET = QueryDict()
        rows = model_admin.get_changelist_instance(asked).queryset
    return rows


def queue_of(model_admin: Any, request: HttpRequest, application: Application) -> Queue | None:
    """Where an application stands in the list that its page was opened from; None where there was no list."""
    filters = filters_of(request)
    if filters is None:
        return None
    rows = listed(model_admin, request, filters)
    before, after = _beyond(rows, application, forward=False), _beyond(rows, application, forward=True)
    there = rows.filter(pk=application.pk).exists()
    count = rows.filter(before).count()
    return Queue(
        filters=filters,
        total=rows.count(),
        position=count + 1 if there else None,
        previous=_first(rows.filter(before).reverse(), filters),
        next=_first(rows.filter(after), filters),
    )


def next_url(model_admin: Any, request: HttpRequest, application: Application) -> str | None:
    """The page of the application after this one, or the list at its end; None where there is no queue.

    Asked before a decision is carried out: after it the application may no longer be on the list.
    """
    filters = filters_of(request)
    if filters is None:
        return None
    rows = listed(model_admin, request, filters)
    after = _first(rows.filter(_beyond(rows, application, forward=True)), filters)
    return after or list_url(filters)


def first_url(model_admin: Any, request: HttpRequest, filters: str) -> str:
    """The page of the first application of a list; the list itself where it is empty."""
    return _first(listed(model_admin, request, filters), filters) or list_url(filters)


def _first(rows: QuerySet[Application], filters: str) -> str:
    pk = rows.values_list("pk", flat=True)[:1]
    return next((page_url(one, filters) for one in pk), "")


def _beyond(rows: QuerySet[Application], application: Application, *, forward: bool) -> Q:
    """The rows after (or before) an application in the order of a list, told by the values it is ordered by."""
    order = [part for name in rows.query.order_by for part in _spelled_out(str(name))]
    names = [name.removeprefix("-") for name in order]
    values = Application.objects.filter(pk=application.pk).values_list(*names).get()
    found = Q(pk__in=[])
    same = Q()
    for ordered_by, name, value in zip(order, names, values, strict=True):
        upwards = ordered_by.startswith("-") != forward
        found |= same & _further(name, value, upwards=upwards)
        same &= Q(**{f"{name}__isnull": True}) if value is None else Q(**{name: value})
    return found


def _spelled_out(ordered_by: str) -> list[str]:
    """What a list that is ordered by a related record is ordered by in truth: by what orders those records."""
    name = ordered_by.removeprefix("-")
    related = None if name == "pk" or "__" in name else Application._meta.get_field(name).related_model
    if related is None:
        return [ordered_by]
    assert not isinstance(related, str)
    turned = ordered_by.startswith("-")
    return [
        f"{'-' if part.startswith('-') != turned else ''}{name}__{part.removeprefix('-')}"
        for part in map(str, related._meta.ordering or ["pk"])
    ]


def _further(name: str, value: Any, *, upwards: bool) -> Q:
    """The rows whose value is greater (or less) than this one, as the database orders what is empty."""
    empty_comes_first = connection.features.order_by_nulls_first
    empty = Q(**{f"{name}__isnull": True})
    if value is None:
        return ~empty if upwards == empty_comes_first else Q(pk__in=[])
    further = Q(**{f"{name}__{'gt' if upwards else 'lt'}": value})
    may_be_empty = name.partition("__")[0] in _MAY_BE_EMPTY
    return further | empty if may_be_empty and upwards != empty_comes_first else further


_MAY_BE_EMPTY = ("submitted_at", "organisation", "nomination_number", "ics")
