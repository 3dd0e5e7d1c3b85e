"""How the portal writes dates, times and numbers, on pages and in mails alike.

The style is that of the NHS digital service manual: "1 December 2026", "9:30am", "midday", "9:30am to 1pm".
Times are those of England (``TIME_ZONE``), whatever the time zone of the value.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.utils import timezone

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def local_date(value: datetime.date) -> datetime.date:
    """The date in England of a date or a moment."""
    if not isinstance(value, datetime.datetime):
        return value
    return timezone.localtime(value).date() if timezone.is_aware(value) else value.date()


def _local_time(value: datetime.time | datetime.datetime) -> datetime.time:
    if not isinstance(value, datetime.datetime):
        return value
    return timezone.localtime(value).time() if timezone.is_aware(value) else value.time()


def nhs_date(value: datetime.date | None, *, weekday: bool = False) -> str:
    """ "1 December 2026", or "Tuesday 1 December 2026" with ``weekday``; nothing for None."""
    if value is None:
        return ""
    day = local_date(value)
    written = f"{day.day} {MONTHS[day.month - 1]} {day.year}"
    return f"{WEEKDAYS[day.weekday()]} {written}" if weekday else written


def nhs_time(value: datetime.time | datetime.datetime | None) -> str:
    """ "9:30am", "5pm", "midday", "midnight"; nothing for None."""
    if value is None:
        return ""
    time = _local_time(value)
    if (time.hour, time.minute) == (0, 0):
        return "midnight"
    if (time.hour, time.minute) == (12, 0):
        return "midday"
    minutes = f":{time.minute:02}" if time.minute else ""
    return f"{(time.hour - 1) % 12 + 1}{minutes}{'am' if time.hour < 12 else 'pm'}"


def nhs_datetime(value: datetime.datetime | None, *, weekday: bool = False) -> str:
    """ "5pm on 9 May 2027"; nothing for None."""
    if value is None:
        return ""
    return f"{nhs_time(value)} on {nhs_date(value, weekday=weekday)}"


def time_range(
    starts: datetime.time | datetime.datetime | None, ends: datetime.time | datetime.datetime | None
) -> str:
    """ "9:30am to 1pm"; one time alone when the other is None."""
    return " to ".join(nhs_time(value) for value in (starts, ends) if value is not None)


def join_words(words: Iterable[str], *, last: str = "and") -> str:
    """ "a", "a and b", "a, b and c"."""
    listed = list(words)
    if len(listed) < 2:
        return "".join(listed)
    return f"{', '.join(listed[:-1])} {last} {listed[-1]}"


def nhs_dates(values: Iterable[datetime.date], *, weekday: bool = False) -> str:
    """Several days in one phrase, each year and month said once.

    "1 and 2 November 2026", "30 November and 1 December 2026", "31 December 2026 and 1 January 2027". With
    ``weekday``, "Monday 1 and Tuesday 2 November 2026". The order is that of the calendar; a day is said once.
    """
    days = sorted({local_date(value) for value in values})
    years: list[str] = []
    for year, of_year in groupby(days, key=lambda day: day.year):
        months: list[str] = []
        for month, of_month in groupby(of_year, key=lambda day: day.month):
            named = [f"{WEEKDAYS[day.weekday()]} {day.day}" if weekday else str(day.day) for day in of_month]
            months.append(f"{join_words(named)} {MONTHS[month - 1]}")
        years.append(f"{join_words(months)} {year}")
    return join_words(years)


def plural(count: int, singular: str, plural: str | None = None) -> str:
    """ "1 place", "3 places", "1,200 places", "2 people" (with ``plural`` given)."""
    return f"{count:,} {singular if count == 1 else plural or singular + 's'}"


def count_words(text: str) -> int:
    """Words as the page's own counter counts them: runs of anything but spaces."""
    return len(text.split())


def ordinal(number: int) -> str:
    """ "1st", "2nd", "3rd", "11th"."""
    endings: Sequence[str] = ("th", "st", "nd", "rd")
    last = number % 10
    return f"{number}{endings[last] if last < 4 and number % 100 not in (11, 12, 13) else 'th'}"
