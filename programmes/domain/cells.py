"""Cells of a spreadsheet: what a person typed must never run as a formula in somebody's Excel.

A text that a spreadsheet program could take for a formula gets an apostrophe before it, as people write one by hand;
`as_typed` takes it away again, so that a file that is exported and read again holds the same.
"""

from __future__ import annotations

import datetime
import re
from typing import Any

from django.utils import timezone

# What a cell may hold before the sign and still be calculated: white space, marks of order, zero-width signs.
_BEFORE = "[\\s\x00-\x1f\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff]*"
# The signs themselves, also in their full-width and look-alike forms.
_SIGN = "[=+\\-@\uff1d\uff0b\uff0d\uff20\u2212\ufe62\ufe63\ufe66\ufe6b]"
_FORMULA = re.compile(f"{_BEFORE}{_SIGN}|[\t\r\n]")
_GUARDED = re.compile(f"'+(?:{_BEFORE}{_SIGN}|[\t\r\n])")


def inert(text: str) -> str:
    """A text as it goes into a cell of a CSV file: with an apostrophe before what could be a formula."""
    return f"'{text}" if _FORMULA.match(text) or _GUARDED.match(text) else text


def as_typed(text: str) -> str:
    """What a cell of a CSV file said before `inert`."""
    return text[1:] if _GUARDED.match(text) else text


def plain(value: Any) -> Any:
    """A value as a cell holds it: numbers, dates and times stay what they are, everything else is text.

    Times are those of the clock on the wall, without a time zone: a spreadsheet knows none. Yes and No are words.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, datetime.datetime):
        return timezone.localtime(value).replace(tzinfo=None) if timezone.is_aware(value) else value
    if isinstance(value, int | float | datetime.date):
        return value
    return str(value).replace("\r\n", "\n").replace("\r", "\n")


def csv_text(value: Any) -> str:
    """A value as it stands in a CSV file: dates and times as ISO 8601 writes them, texts inert."""
    value = plain(value)
    if isinstance(value, datetime.date):
        return value.isoformat(*([" "] if isinstance(value, datetime.datetime) else []))
    return inert(value) if isinstance(value, str) else str(value)
