"""The register of a circle as a form: came or did not come, for each person, and whoever came without booking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from facilitators.domain.calendar.circle_register import Clash, WalkIn
from facilitators.models import Booking
from programmes.domain.wording import nhs_datetime
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, RadiosField, SelectField
from programmes.models import IntegratedCareSystem, Sector

CAME, DID_NOT = "came", "did-not"
LABELS = {CAME: "Came", DID_NOT: "Did not come"}
_SAID = {True: CAME, False: DID_NOT, None: ""}
_MEANT = {CAME: True, DID_NOT: False, "": None}


class CircleRegisterForm(PageForm):
    """A line for each person on the register; it keeps what stood there when the page was opened."""

    def __init__(self, bookings: Sequence[Booking], data: Mapping[str, Any] | None = None) -> None:
        self.bookings = {booking.pk: booking for booking in bookings}
        super().__init__(data, initial=_values(self.bookings.values()))
        for pk, booking in self.bookings.items():
            mark = RadiosField(
                label=booking.name,
                help_text=about(booking),
                choices=list(LABELS.items()),
                required=False,
                nhs={"inline": True, "optional_word": False},
            )
            self.add_field(f"mark-{pk}", mark)
            self.add_field(f"seen-{pk}", forms.CharField(required=False, widget=forms.HiddenInput))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each person with their fields, for the page."""
        return [
            {"booking": booking, "mark": self[f"mark-{pk}"], "seen": self[f"seen-{pk}"]}
            for pk, booking in self.bookings.items()
        ]

    @property
    def marks(self) -> dict[int, bool]:
        """What a valid form says of each person of whom it says anything."""
        said = {pk: _MEANT[self.cleaned_data[f"mark-{pk}"]] for pk in self.bookings}
        return {pk: came for pk, came in said.items() if came is not None}

    @property
    def seen(self) -> dict[int, bool | None]:
        """What stood on the page that was sent; who was not on it is not in it."""
        return {
            pk: _MEANT.get(self.cleaned_data[f"seen-{pk}"])
            for pk in self.bookings
            if f"seen-{pk}" in self.data
        }


def _values(bookings: Iterable[Booking]) -> dict[str, str]:
    values = {}
    for booking in bookings:
        values[f"mark-{booking.pk}"] = values[f"seen-{booking.pk}"] = _SAID[booking.came]
    return values


def asking_again(bookings: Sequence[Booking], clashes: Iterable[Clash]) -> CircleRegisterForm:
    """The form once more, where two people said different things: nothing is chosen there, and both are named."""
    found = list(clashes)
    data = _values(bookings) | {f"mark-{clash.booking.pk}": "" for clash in found}
    form = CircleRegisterForm(bookings, data)
    form.full_clean()
    for clash in found:
        theirs = LABELS[_SAID[clash.booking.came]].lower()
        form.add_error(
            f"mark-{clash.booking.pk}",
            f"{clash.booking.marked_by} has marked {clash.booking.name} meanwhile: {theirs}. You said: "
            f"{LABELS[_SAID[clash.yours]].lower()}. Theirs is kept unless you choose again.",
        )
    return form


def about(booking: Booking) -> str:
    """Where somebody works, whether they had booked, and who marked them when."""
    said = [booking.works_at or booking.get_sector_display()]
    if booking.state == Booking.State.WALKED_IN:
        said.append("came without booking")
    if booking.came is not None and booking.marked_at:
        mark, when = LABELS[_SAID[booking.came]].lower(), nhs_datetime(booking.marked_at)
        said.append(f"marked “{mark}” at {when} by {booking.marked_by}")
    return ". ".join(filter(None, said))


class WalkInForm(PageForm):
    """Somebody who came without having booked."""

    prefix = "walk-in"
    name = LineField(
        label="Full name", max_length=150, error_messages={"required": "Enter the name of who came"}
    )
    sector = SelectField(
        label="Kind of organisation",
        choices=[("", "Choose what fits best"), *Sector.choices],
        error_messages={"required": "Choose what kind of organisation they work for"},
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, ics: IntegratedCareSystem | None = None
    ) -> None:
        super().__init__(data)
        self.ics = ics
        self.fields["name"].widget.attrs["autocomplete"] = "off"

    @property
    def who(self) -> WalkIn:
        """Who came; only of a valid form."""
        return WalkIn(self.cleaned_data["name"], self.cleaned_data["sector"], self.ics)
