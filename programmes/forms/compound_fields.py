"""Fields of several boxes: a date in three, and an order of preference in one list for each thing ranked.

Their errors carry ``params["boxes"]``: the boxes to mark, the first of which the error summary links to.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from programmes.domain.wording import MONTHS, join_words, nhs_date, ordinal
from programmes.forms.fields import Presented

DATE_BOXES = ("day", "month", "year")


class DateBoxes(forms.MultiWidget):
    """Day, month and year, in the data as ``<name>_day``, ``<name>_month``, ``<name>_year``."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({box: forms.TextInput() for box in DATE_BOXES}, attrs)

    def decompress(self, value: datetime.date | None) -> list[Any]:
        """What stands in the boxes for a date."""
        return [value.day, value.month, value.year] if value else [None, None, None]


class DateField(Presented):
    """A date in three boxes; the month may be a number or a name.

    ``earliest`` and ``latest`` are the first and the last day accepted: a date, or a function that returns one.
    """

    widget = DateBoxes
    default_error_messages = {
        "incomplete": "{subject} must include a %(missing)s",
        "invalid": "{subject} must be a real date",
        "year": "Year must include 4 numbers, like 2026",
        "earliest": "{subject} must be the same as or after %(limit)s",
        "latest": "{subject} must be the same as or before %(limit)s",
    }

    def __init__(
        self,
        *,
        earliest: datetime.date | Callable[[], datetime.date] | None = None,
        latest: datetime.date | Callable[[], datetime.date] | None = None,
        **options: Any,
    ) -> None:
        self.earliest = earliest
        self.latest = latest
        super().__init__(**options)

    def to_python(self, value: Any) -> datetime.date | None:
        """The date, or None for three empty boxes. Raises ValidationError naming the box that is wrong."""
        if value is None or isinstance(value, datetime.date):
            return value
        boxes = {
            box: str(part if part is not None else "").strip()
            for box, part in zip(DATE_BOXES, value, strict=True)
        }
        missing = [box for box, part in boxes.items() if not part]
        if len(missing) == len(DATE_BOXES):
            return None
        if missing:
            raise self._error("incomplete", missing, missing=" and ".join(missing))
        numbers = {box: self._number(box, part) for box, part in boxes.items()}
        wrong = [box for box, number in numbers.items() if number is None]
        if not wrong and not 1 <= (numbers["month"] or 0) <= 12:
            wrong = ["month"]
        if not wrong and not 1 <= (numbers["day"] or 0) <= 31:
            wrong = ["day"]
        if wrong:
            raise self._error("invalid", wrong)
        if len(boxes["year"]) != 4:
            raise self._error("year", ["year"])
        try:
            return datetime.date(numbers["year"] or 0, numbers["month"] or 0, numbers["day"] or 0)
        except ValueError:
            raise self._error("invalid", list(DATE_BOXES)) from None

    def validate(self, value: datetime.date | None) -> None:
        """Raise ValidationError when the date is missing, too early or too late."""
        super().validate(value)
        if value is None:
            return
        earliest = self.earliest() if callable(self.earliest) else self.earliest
        latest = self.latest() if callable(self.latest) else self.latest
        if earliest and value < earliest:
            raise self._error("earliest", list(DATE_BOXES), limit=nhs_date(earliest))
        if latest and value > latest:
            raise self._error("latest", list(DATE_BOXES), limit=nhs_date(latest))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the boxes say another date than ``initial``."""
        try:
            return bool(self.to_python(initial) != self.to_python(data))
        except ValidationError:
            return True

    @staticmethod
    def _number(box: str, part: str) -> int | None:
        if part.isascii() and part.isdigit() and len(part) <= 6:
            return int(part)
        if box == "month" and len(part) >= 3:
            named = [month for month in MONTHS if month.lower().startswith(part.lower())]
            return MONTHS.index(named[0]) + 1 if named else None
        return None

    def _error(self, code: str, boxes: list[str], **params: Any) -> ValidationError:
        return ValidationError(self.error_messages[code], code=code, params={"boxes": boxes, **params})


CANNOT = "cannot"


class RankSelects(forms.MultiWidget):
    """One list of places in the order ("1st choice" …) for each thing ranked, in the data as ``<name>_<thing>``."""

    def __init__(self, things: Sequence[str], options: Sequence[tuple[str, str]]) -> None:
        self.things = list(things)
        super().__init__({thing: forms.Select(choices=options) for thing in things})

    def decompress(self, value: Sequence[str] | None) -> list[str]:
        """What is chosen in each list for an order of things; those left out cannot be taken."""
        if value is None:
            return ["" for _ in self.things]
        return [str(value.index(thing) + 1) if thing in value else CANNOT for thing in self.things]


class RankField(Presented):
    """An order of preference over ``things`` (value and label), without a script: a list beside each.

    Cleans to the values in the order preferred, without those that cannot be taken. ``cannot`` is the answer that
    says so; None where everything has to be ranked. ``may_refuse_all`` accepts "cannot" for every one.
    """

    default_error_messages = {
        "incomplete": "Choose a place in your order of preference, or “%(cannot)s”, for %(things)s",
        "unranked": "Choose a place in your order of preference for %(things)s",
        "twice": "You chose %(rank)s for %(things)s: give each its own place",
        "none": "Choose at least one that you can take",
    }

    def __init__(
        self,
        *,
        things: Sequence[tuple[str, str]],
        cannot: str | None = "I cannot attend",
        may_refuse_all: bool = False,
        **options: Any,
    ) -> None:
        self.things = [(str(value), label) for value, label in things]
        self.cannot = cannot
        self.may_refuse_all = may_refuse_all
        ranks = [(str(rank), self.rank_name(rank)) for rank in range(1, len(self.things) + 1)]
        refusal = [(CANNOT, cannot)] if cannot else []
        self.ranks = [("", "Choose"), *ranks, *refusal]
        options["widget"] = RankSelects([value for value, _ in self.things], self.ranks)
        super().__init__(**options)

    def rank_name(self, rank: int) -> str:
        """ "1st choice"; where there is nothing to choose between, "I can attend"."""
        return "I can attend" if len(self.things) == 1 else f"{ordinal(rank)} choice"

    def clean(self, value: Any) -> list[str]:
        """The values in the order preferred. Raises ValidationError naming the lists that are empty or agree."""
        known = {rank for rank, _ in self.ranks}
        given = [part if part in known else "" for part in value or [""] * len(self.things)]
        if not any(given):
            if self.required:
                raise self._error("required", range(len(given)))
            return []
        self._check_each_has_its_own(given)
        chosen = sorted(
            (int(rank), thing)
            for rank, (thing, _) in zip(given, self.things, strict=True)
            if rank and rank != CANNOT
        )
        if not chosen and not self.may_refuse_all:
            raise self._error("none", range(len(given)))
        return [thing for _, thing in chosen]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether the lists say another order than ``initial``."""
        return bool(self.widget.decompress(initial) != data)

    def _check_each_has_its_own(self, given: list[str]) -> None:
        empty = [index for index, rank in enumerate(given) if not rank]
        if empty:
            code = "incomplete" if self.cannot else "unranked"
            raise self._error(code, empty, cannot=self.cannot)
        ranks = Counter(rank for rank in given if rank != CANNOT)
        for rank, uses in ranks.items():
            if uses > 1:
                same = [index for index, other in enumerate(given) if other == rank]
                raise self._error("twice", same, rank=self.rank_name(int(rank)))

    def _error(self, code: str, boxes: Sequence[int], **params: Any) -> ValidationError:
        labels = join_words([self.things[index][1] for index in boxes])
        return ValidationError(
            self.error_messages[code],
            code=code,
            params={"boxes": list(boxes), "things": labels, **params},
        )
