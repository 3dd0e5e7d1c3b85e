"""A search through very many records that reads them once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.text import smart_split, unescape_string_literal

# Beyond so many nobody reads what was found, and their keys would be a burden to the next query.
MOST_KEYS = 1_000


class SearchedOnce(admin.ModelAdmin):
    """For lists whose search looks for a part of a word in many columns, which reads many rows or all of them.

    The rows are found by their queryset's ``mentioning(word)``; ``search_fields`` only says that there is a search.
    """

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """What a search finds, by its keys: Django would search once to count it, and again to show a page of it."""
        found: Any = queryset
        for word in words_of(search_term):
            found = found.mentioning(word)
        if found is queryset:
            return queryset, False
        keys = list(found.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
        return (found if len(keys) > MOST_KEYS else queryset.filter(pk__in=keys)), False


def words_of(search_term: str) -> Iterator[str]:
    """The words of a search, as Django has them: what stands in quotation marks is one."""
    for word in smart_split(search_term):
        quoted = len(word) > 1 and word[0] == word[-1] and word[0] in "\"'"
        yield unescape_string_literal(word) if quoted else word
