"""The register of a session as a form: for each person a mark without default, a note, and what was seen before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from cohorts.domain.register import LONGEST_NOTE, MARKS, Clash, Entry, Marked
from cohorts.models import Attendance
from programmes.domain.wording import local_date, nhs_datetime, nhs_time
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, RadiosField

LABELS = {
    Attendance.Mark.PRESENT: "Present",
    Attendance.Mark.LATE: "Late",
    Attendance.Mark.LEFT_EARLY: "Left early",
    Attendance.Mark.ABSENT: "Absent",
    Attendance.Mark.EXCUSED: "Excused",
}
NAME_MISSING = "Enter your full name: the register says who marked it"


class RegisterForm(PageForm):
    """A line for each entry of a register; ``ask_name`` for whoever comes by a link, and not signed in."""

    def __init__(
        self,
        entries: Sequence[Entry],
        data: Mapping[str, Any] | None = None,
        *,
        ask_name: bool,
        name: str = "",
    ) -> None:
        self.entries = {entry.application.pk: entry for entry in entries}
        initial: dict[str, Any] = {"full_name": name}
        for pk, entry in self.entries.items():
            initial |= _values(pk, entry.said)
        super().__init__(data, initial=initial)
        for pk, entry in self.entries.items():
            self._ask(pk, entry)
        if ask_name:
            field = LineField(
                label="Your full name",
                help_text="It is kept with what you mark.",
                max_length=150,
                error_messages={"required": NAME_MISSING},
                nhs={"label_size": "m"},
            )
            field.widget.attrs |= {"autocomplete": "name", "spellcheck": "false"}
            self.add_field("full_name", field)

    def _ask(self, pk: int, entry: Entry) -> None:
        mark = RadiosField(
            label=entry.application.name,
            help_text=about(entry),
            choices=[(mark.value, LABELS[mark]) for mark in MARKS],
            required=False,
            nhs={"inline": True, "optional_word": False},
        )
        note = LineField(
            label=f"Note about {entry.application.name}",
            help_text="Nothing about health, please.",
            max_length=LONGEST_NOTE,
            required=False,
            nhs={"optional_word": False},
        )
        note.widget.attrs["autocomplete"] = "off"
        self.add_field(f"mark-{pk}", mark)
        self.add_field(f"note-{pk}", note)
        self.add_field(f"seen-{pk}", forms.CharField(required=False, strip=False, widget=forms.HiddenInput))

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Each entry with its fields, for the page."""
        return [
            {
                "entry": entry,
                "about": about(entry),
                "mark": self[f"mark-{pk}"],
                "note": self[f"note-{pk}"],
                "seen": self[f"seen-{pk}"],
            }
            for pk, entry in self.entries.items()
        ]

    @property
    def marks(self) -> dict[int, Marked]:
        """What a valid form says of those who stood on the page that was sent."""
        return {
            pk: Marked(self.cleaned_data[f"mark-{pk}"], self.cleaned_data[f"note-{pk}"]) for pk in self.seen
        }

    @property
    def seen(self) -> dict[int, Marked]:
        """What stood on the page that was sent, before anything was changed."""
        return {
            pk: Marked(*self.cleaned_data[f"seen-{pk}"].split("|", 1))
            for pk in self.entries
            if "|" in self.cleaned_data.get(f"seen-{pk}", "")
        }


def _values(pk: int, said: Marked) -> dict[str, str]:
    return {f"mark-{pk}": said.mark, f"note-{pk}": said.note, f"seen-{pk}": f"{said.mark}|{said.note}"}


def about(entry: Entry) -> str:
    """Where somebody works, whether they are a guest, and who marked them when."""
    said = [entry.application.organisation_as_given]
    if entry.makes_up is not None:
        said.append(f"makes up {entry.makes_up} of {entry.makes_up.cohort}")
    if entry.gone:
        said.append("no longer in this cohort")
    if entry.attendance is not None and entry.said.mark:
        said.append(marked_by(entry.attendance))
    return ". ".join(filter(None, said))


def marked_by(row: Attendance) -> str:
    """ "Marked present at 9:32am by Morgan Jones"; with the day, where that is not the session's."""
    same_day = local_date(row.marked_at) == local_date(row.session.starts_at)
    when = f"at {nhs_time(row.marked_at)}" if same_day else f"at {nhs_datetime(row.marked_at)}"
    return f"Marked {LABELS[Attendance.Mark(row.mark)].lower()} {when} by {row.marked_by}"


def asking_again(
    entries: Sequence[Entry], clashes: Iterable[Clash], *, ask_name: bool, name: str = ""
) -> RegisterForm:
    """The form once more, where two people said different things: nothing is chosen there, and both are named."""
    data: dict[str, Any] = {"full_name": name}
    for entry in entries:
        data |= _values(entry.application.pk, entry.said)
    found = list(clashes)
    for clash in found:
        data[f"mark-{clash.application.pk}"] = ""
    form = RegisterForm(entries, data, ask_name=ask_name)
    form.full_clean()
    for clash in found:
        form.add_error(f"mark-{clash.application.pk}", in_words(clash))
    return form


def in_words(clash: Clash) -> str:
    """What two people said of one person, for whoever came second."""
    theirs = clash.theirs
    said = _in_words(Marked("" if theirs.mark == Attendance.Mark.EXPECTED else theirs.mark, theirs.note))
    return (
        f"{theirs.marked_by} has marked {clash.application.name} meanwhile: {said}. "
        f"You said: {_in_words(clash.yours)}. Theirs is kept unless you choose again."
    )


def _in_words(said: Marked) -> str:
    mark = LABELS[Attendance.Mark(said.mark)].lower() if said.mark else "no mark"
    return f"{mark} (“{said.note}”)" if said.note else mark
