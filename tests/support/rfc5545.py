"""A strict reader of calendar files: every breach of RFC 5545 that a calendar program could stumble over."""

import datetime
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import icalendar

_LINE = re.compile(r"^([A-Za-z0-9-]+)((?:;[A-Za-z0-9-]+=(?:\"[^\"]*\"|[^\";:,]*))*):(.*)$", re.DOTALL)
_LOCAL = re.compile(r"^\d{8}T\d{6}$")
_UTC = re.compile(r"^\d{8}T\d{6}Z$")
_ONCE = ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "SEQUENCE", "STATUS")
_STATES = ("TENTATIVE", "CONFIRMED", "CANCELLED")


def breaches(file: str) -> list[str]:
    """What is wrong with a calendar file, as sentences; none when all is well."""
    return [*_bytes(file.encode()), *_structure(file)]


def _bytes(raw: bytes) -> Iterator[str]:
    if not raw.endswith(b"\r\n"):
        yield "the last line does not end with CRLF"
    if b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""):
        yield "a line ends with something other than CRLF"
    for line in raw.split(b"\r\n"):
        if len(line) > 75:
            yield f"a line has {len(line)} octets"
        try:
            line.decode()
        except UnicodeDecodeError:
            yield f"a fold splits a character: {line!r}"


@dataclass
class _Read:
    """What stands in a file: how often each property, and of each event its properties."""

    calendar: Counter[str] = field(default_factory=Counter)
    method: str = ""
    zones: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    counted: list[Counter[str]] = field(default_factory=list)
    events: list[dict[str, tuple[str, str]]] = field(default_factory=list)

    def note(self, inside: list[str], name: str, parameters: str, value: str) -> None:
        if inside == ["VCALENDAR"]:
            self.calendar[name] += 1
            self.method = value if name == "METHOD" else self.method
        elif inside == ["VCALENDAR", "VTIMEZONE"] and name == "TZID":
            self.zones.add(value)
        elif inside == ["VCALENDAR", "VEVENT"]:
            self.counted[-1][name] += 1
            self.events[-1][name] = (parameters, value)
            if "TZID=" in parameters:
                self.used.add(parameters.partition("TZID=")[2].partition(";")[0])


def _structure(file: str) -> Iterator[str]:
    lines = file.replace("\r\n ", "").replace("\r\n\t", "").removesuffix("\r\n").split("\r\n")
    inside: list[str] = []
    read = _Read()
    for line in lines:
        found = _LINE.match(line)
        if not found:
            yield f"not a content line: {line!r}"
            continue
        name, parameters, value = found[1].upper(), found[2], found[3]
        if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", value):
            yield f"{name} holds a control character"
        if name == "BEGIN":
            inside.append(value)
            if value == "VEVENT":
                read.counted.append(Counter())
                read.events.append({})
        elif name == "END":
            if not inside or inside.pop() != value:
                yield f"END:{value} ends nothing"
        else:
            read.note(inside, name, parameters, value)
    if inside:
        yield f"{inside} is not ended"
    yield from _calendar(read)
    icalendar.Calendar.from_ical(file)


def _calendar(read: _Read) -> Iterator[str]:
    for name in ("VERSION", "PRODID", "METHOD", "CALSCALE"):
        if read.calendar[name] != 1:
            yield f"{name} stands {read.calendar[name]} times in the calendar"
    if read.method not in ("PUBLISH", "CANCEL"):
        yield f"the method is {read.method}"
    if read.zones != read.used:
        yield f"time zones {sorted(read.zones)} are defined, {sorted(read.used)} are used"
    for counted, event in zip(read.counted, read.events, strict=True):
        yield from _event(counted, event, read.method)
    uids = Counter(event["UID"][1] for event in read.events if "UID" in event)
    yield from (f"{uid} stands twice" for uid, count in uids.items() if count > 1)


def _event(counted: Counter[str], event: dict[str, tuple[str, str]], method: str) -> Iterator[str]:
    missing = [name for name in _ONCE if counted[name] != 1]
    if missing:
        yield f"{missing} do not stand once in an event"
        return
    if not _UTC.match(event["DTSTAMP"][1]):
        yield f"DTSTAMP is not in UTC: {event['DTSTAMP'][1]}"
    for name in ("DTSTART", "DTEND"):
        parameters, value = event[name]
        if "TZID=" not in parameters or not _LOCAL.match(value):
            yield f"{name} has no time zone: {value}"
    form = "%Y%m%dT%H%M%S"
    starts, ends = (datetime.datetime.strptime(event[name][1], form) for name in ("DTSTART", "DTEND"))  # noqa: DTZ007
    if ends <= starts:
        yield f"an event ends at {ends}, before it starts"
    if event["STATUS"][1] not in _STATES:
        yield f"the status is {event['STATUS'][1]}"
    if method == "CANCEL" and event["STATUS"][1] != "CANCELLED":
        yield "a cancelling file holds an event that is not cancelled"
    if not event["SEQUENCE"][1].isdecimal():
        yield f"the sequence is {event['SEQUENCE'][1]}"
