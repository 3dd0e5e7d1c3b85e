"""The forms of a nomination board, for its leads (who type their name) and for staff (who are signed in)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

from django import forms

from applications.domain.nomination_board import Board, Candidate
from applications.domain.nomination_order import LONGEST_NOTE
from programmes.domain.refused import Refused
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, LongTextField, RadiosField, SelectField, WholeNumberField

NAME_MISSING = "Enter your full name: it is kept with what you change"


class BoardForm(PageForm):
    """What each of them has: the order that was shown, and the name of a lead."""

    name_help = "It is kept with what you change, for the academy and the other leads."

    def __init__(
        self, board: Board, data: Mapping[str, Any] | None = None, *, ask_name: bool, name: str = ""
    ) -> None:
        super().__init__(data, initial={"full_name": name, "seen": board.order})
        self.board = board
        self.ask()
        self.add_field("seen", forms.CharField(required=False, widget=forms.HiddenInput))
        if ask_name:
            field = LineField(
                label="Your full name",
                help_text=self.name_help,
                max_length=150,
                error_messages={"required": NAME_MISSING},
                nhs={"label_size": "m"},
            )
            field.widget.attrs |= {"autocomplete": "name", "spellcheck": "false"}
            self.add_field("full_name", field)

    def ask(self) -> None:
        """Add the fields of this form, before the name."""

    @property
    def name(self) -> str:
        """The name that was typed; empty for staff."""
        return str(self.cleaned_data.get("full_name", ""))

    @property
    def is_stale(self) -> bool:
        """Whether the page that was sent showed another order than there is now."""
        return bool(self.data.get("seen") != self.board.order)

    def again(self, board: Board, refused: Refused) -> Self:
        """The form once more, saying why: as it was typed, or where the board has changed with what is there now."""
        form = self
        if board.order != self.board.order or self.is_stale:
            places = {f"rank-{one.application.pk}": one.place for one in (*board.nominated, *board.reserve)}
            data = {"full_name": self.data.get("full_name", ""), "seen": board.order, **places}
            form = type(self)(board, data, ask_name="full_name" in self.fields)
            form.full_clean()
            form.errors.clear()
        form.add_error(None, refused.sentence)
        return form


class OrderForm(BoardForm):
    """A number for each person; or one pressed button that moves somebody up or down, without the numbers."""

    def __init__(self, board: Board, data: Mapping[str, Any] | None = None, **options: Any) -> None:
        self.move = str(data.get("move", "")) if data is not None else ""
        if data is not None and self.move:
            places = {f"rank-{one.application.pk}": one.place for one in (*board.nominated, *board.reserve)}
            data = {**places, **{name: data.get(name) for name in ("seen", "full_name", "move")}}
        super().__init__(board, data, **options)

    def ask(self) -> None:
        """Add a number for each person."""
        for word, candidates in (
            ("among the nominated", self.board.nominated),
            ("in reserve", self.board.reserve),
        ):
            for one in candidates:
                field = WholeNumberField(
                    label=f"Place of {one.application.name} {word}",
                    initial=one.place,
                    error_messages={
                        "required": f"Enter the place of {one.application.name}, such as {one.place}",
                        "invalid": f"Enter the place of {one.application.name} as a number, such as {one.place}",
                    },
                    nhs={"hide_label": True, "width": 2},
                )
                field.widget.attrs["autocomplete"] = "off"
                self.add_field(f"rank-{one.application.pk}", field)

    @property
    def wanted(self) -> dict[int, int]:
        """The place that each person is to have; those that were not on the page that was sent are left out."""
        way, _, pk = self.move.partition("-")
        if self.move:
            steps = {"up": -1, "down": 1}
            people = {str(one.application.pk): one for one in (*self.board.nominated, *self.board.reserve)}
            if way not in steps or pk not in people:
                return {}
            return {people[pk].application.pk: people[pk].place + steps[way]}
        return {
            int(name.removeprefix("rank-")): place
            for name, place in self.cleaned_data.items()
            if name.startswith("rank-")
        }

    def lines(self, candidates: Sequence[Candidate]) -> list[dict[str, Any]]:
        """Each of some people with their number, and whether they can move up and down."""
        return [
            {
                "candidate": one,
                "rank": self[f"rank-{one.application.pk}"],
                "up": one.place > 1,
                "down": one.place < len(candidates),
            }
            for one in candidates
        ]


class SwapForm(BoardForm):
    """Who goes into reserve, and who is nominated instead."""

    def ask(self) -> None:
        """Add the two choices, without a default."""
        can_go = [one for one in self.board.nominated if not one.fixed]
        for name, label, candidates, missing in (
            ("put", "Who goes into reserve?", can_go, "Choose who goes into reserve"),
            ("take", "Who is nominated instead?", self.board.reserve, "Choose who is nominated instead"),
        ):
            field = RadiosField(
                label=label,
                choices=[
                    (str(one.application.pk), f"{one.place}. {one.application.name}") for one in candidates
                ],
                error_messages={"required": missing, "invalid_choice": missing},
                nhs={
                    "label_size": "m",
                    "hints": {str(one.application.pk): about(one) for one in candidates},
                },
            )
            self.add_field(name, field)


class NoteForm(BoardForm):
    """A note, about one person or about all; whatever the order is."""

    name_help = "It is kept with the note."
    is_stale = False

    def ask(self) -> None:
        """Add whom the note is about, and its text."""
        self.add_field(
            "about",
            SelectField(
                label="Who is it about?",
                choices=[
                    ("", "All of them"),
                    *((str(one.application.pk), one.application.name) for one in self.board.people),
                ],
                required=False,
                error_messages={"invalid_choice": "Choose one of the list"},
                nhs={"optional_word": False},
            ),
        )
        self.add_field(
            "text",
            LongTextField(
                label="Your note",
                help_text="Nothing about health, please. A person can ask to read what is written about them.",
                max_characters=LONGEST_NOTE,
                error_messages={"required": "Enter a note"},
                nhs={"label_size": "m"},
            ),
        )

    @property
    def about(self) -> int | None:
        """The application that the note is about; None for all."""
        return int(self.cleaned_data["about"]) if self.cleaned_data["about"] else None


class ConfirmForm(BoardForm):
    """A typed name, and nothing that was filled in before."""

    name_help = "Typing your name confirms the order. It is kept with it."


def about(one: Candidate) -> str:
    """Where somebody works, as what, and where the application stands."""
    return ". ".join(
        filter(None, [one.application.job_title, one.application.organisation_as_given, one.stands])
    )
