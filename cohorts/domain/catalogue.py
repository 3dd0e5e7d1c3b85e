"""The part of a programme's file that says when and where it happens: ``venues`` and ``cohorts``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise

from django.utils import timezone
from django.utils.text import slugify

from cohorts.domain.session_changes import watched
from cohorts.models import Cohort, Place, Session, Venue
from programmes.domain.catalogue import Section
from programmes.domain.programme_file.faults import Fault
from programmes.domain.programme_file.fields import (
    Check,
    Entry,
    Key,
    Line,
    ListOf,
    Mapping,
    Number,
    keys_of,
    of,
    suggestion,
)
from programmes.domain.programme_file.saving import KEPT, REMOVED, Tally, keep
from programmes.domain.programme_file.writing import local, said_of_row
from programmes.domain.wording import plural
from programmes.models import Academy, Programme

_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? [0-9][A-Z]{2}")


def _is_postcode(text: str) -> bool:
    return bool(_POSTCODE.fullmatch(text))


def _check_session_times(session: Entry) -> Iterator[Fault]:
    if session["ends"] <= session["starts"]:
        yield session.fault("ends", "The session ends before it starts.", "Give a time after “starts”.")


def _check_session_place(session: Entry) -> Iterator[Fault]:
    if session["venue"] and session["online"]:
        yield session.fault("online", "The session has a venue and is online.", "Choose one of the two.")
    if not (session["venue"] or session["online"] or session["to_be_confirmed"]):
        right = "Add “venue”, “online: true” or “to_be_confirmed: true”."
        yield session.fault("venue", "Where the session takes place is missing.", right)
    if session["joining_link"] and not session["online"]:
        yield session.fault(
            "joining_link", "The session is not online.", "Add “online: true”, or leave it out."
        )


def _check_room(cohort: Entry) -> Iterator[Fault]:
    if cohort["minimum"] > cohort["maximum"]:
        wrong = f"{cohort['minimum']} is above “maximum”, {cohort['maximum']}."
        yield cohort.fault("minimum", wrong, "Give a number that is not above it.")


def _check_overlaps(cohort: Entry) -> Iterator[Fault]:
    in_order = sorted(cohort["sessions"], key=lambda session: session["starts"])
    for earlier, later in pairwise(in_order):
        if later["starts"] < earlier["ends"]:
            wrong = f"The session begins before “{earlier['key']}” has ended."
            yield later.fault("starts", wrong, "Give a later time, or shorten the other.")


def _check_venues(entry: Entry) -> Iterator[Fault]:
    venues = {venue["key"]: venue for venue in entry["venues"]}
    places = {(venue["name"], venue["postcode"]): venue for venue in reversed(entry["venues"])}
    for venue in entry["venues"]:
        if places[venue["name"], venue["postcode"]] is not venue:
            yield venue.fault("name", "This venue is in the list twice.", "Keep one of them.")
    for cohort in entry["cohorts"]:
        for session in cohort["sessions"]:
            name = session["venue"]
            if name and name not in venues:
                right = suggestion(name, venues, "Add it to “venues”.")
                yield session.fault("venue", f"No venue has the key “{name}”.", right)


VENUE = Mapping(
    (
        # Known in the file only: it is how sessions name their venue.
        of(Cohort, "key"),
        *keys_of(Venue, "name", "address"),
        of(
            Venue,
            "postcode",
            read=Line(10, _is_postcode, "Write it in capitals, such as LE1 5SN."),
        ),
        *keys_of(Venue, "town", "map_link", "notes"),
    )
)
SESSION = Mapping(
    (
        *keys_of(Session, "key", "kind", "title"),
        of(Session, "starts_at", name="starts"),
        of(Session, "ends_at", name="ends"),
        Key("venue", of(Cohort, "key").read),
        *keys_of(Session, "online", "joining_link", "optional", "to_be_confirmed"),
    ),
    (
        Check(("starts", "ends"), _check_session_times),
        Check(("venue", "online", "joining_link", "to_be_confirmed"), _check_session_place),
    ),
)
COHORT = Mapping(
    (
        *keys_of(Cohort, "key", "name", "minimum"),
        of(Cohort, "maximum", read=Number(1)),
        *keys_of(Cohort, "runs", "joining_details"),
        Key("sessions", ListOf(SESSION, least=1), required=True),
    ),
    (Check(("minimum", "maximum"), _check_room), Check(("sessions",), _check_overlaps)),
)


def refuse_below_taken(programme: Programme, entry: Entry) -> Iterator[Fault]:
    """Faults where a file takes away seats that people have; subscribed to ``catalogue.before_save``."""
    taken = Place.objects.taken().filter(programme=programme)
    # Counted with the parent rows locked, as everywhere: programme (by the caller), then cohorts by id.
    stored = {cohort.key: cohort for cohort in programme.cohorts.select_for_update().order_by("pk")}
    total = entry["total_places"]
    count = Place.objects.counted().filter(programme=programme).count()
    if total is not None and total < count:
        yield entry.fault("total_places", f"{count} places are taken.", f"Write {count} or more.")
    for cohort in entry["cohorts"]:
        seats = taken.filter(cohort=stored.get(cohort["key"])).count()
        if cohort["maximum"] < seats:
            yield cohort.fault("maximum", f"{seats} seats are taken.", f"Write {seats} or more.")
        if seats and not cohort["runs"]:
            right = "Move these people or release their seats on the staff pages first."
            yield cohort.fault("runs", f"{seats} seats are taken.", right)


_COHORT_COLUMNS = ("key", "name", "minimum", "maximum", "runs", "joining_details")


def save_cohorts(programme: Programme, entry: Entry, tally: Tally) -> None:
    """Store a programme's venues, cohorts and sessions.

    A cohort that people chose, or were given a place in, is never deleted: it is kept, and the tally says so.
    """
    stored = {cohort.key: cohort for cohort in programme.cohorts.all()}
    gone = stored.keys() - {cohort["key"] for cohort in entry["cohorts"]}
    staying = [cohort for key, cohort in stored.items() if key not in gone]
    with watched([cohort.pk for cohort in staying], now=timezone.now()) as told:
        venues = {venue["key"]: _keep_venue(programme.academy, venue, tally) for venue in entry["venues"]}
        for key in sorted(gone):
            _remove(stored[key], tally)
        for said in entry["cohorts"]:
            cohort = stored.get(said["key"]) or Cohort(programme=programme)
            tally.count("cohorts", keep(cohort, {name: said[name] for name in _COHORT_COLUMNS}))
            _keep_sessions(cohort, said, venues, tally)
    for cohort in staying:
        if people := told.people[cohort.pk]:
            who = f"{plural(people, 'person', 'people')} with a seat told by mail"
            tally.notes.append(f"The sessions of {cohort.name} have changed: {who}.")


def _keep_venue(academy: Academy, said: Entry, tally: Tally) -> Venue:
    place = {"academy": academy, "name": said["name"], "postcode": said["postcode"]}
    venue = Venue.objects.filter(**place).first() or Venue(**place)
    tally.count(
        "venues", keep(venue, {name: said[name] for name in ("address", "town", "map_link", "notes")})
    )
    return venue


def _remove(cohort: Cohort, tally: Tally) -> None:
    people = cohort.preferences.count() + cohort.places.count()
    if people:
        tally.count("cohorts", KEPT)
        tally.notes.append(
            f"{cohort.name} is no longer in the file, but people chose it or were given a place in it: "
            "it is kept. To take it off the list, put it back with “runs: false”."
        )
    else:
        cohort.delete()
        tally.count("cohorts", REMOVED)


def _keep_sessions(cohort: Cohort, said: Entry, venues: dict[str, Venue], tally: Tally) -> None:
    stored = {session.key: session for session in cohort.sessions.all()}
    outcomes = []
    for key in stored.keys() - {session["key"] for session in said["sessions"]}:
        stored[key].delete()
        outcomes.append(REMOVED)
    outcomes.extend(
        _keep_session(stored.get(session["key"]) or Session(cohort=cohort), session, venues)
        for session in said["sessions"]
    )
    for outcome in outcomes:
        tally.count("sessions", outcome)


def _keep_session(session: Session, said: Entry, venues: dict[str, Venue]) -> str:
    when_and_where = {
        "starts_at": said["starts"],
        "ends_at": said["ends"],
        "venue": venues.get(said["venue"]),
        "online": said["online"],
        "joining_link": said["joining_link"],
    }
    # Calendars that hold the session take a change only with a higher number.
    moved = any(getattr(session, name, None) != value for name, value in when_and_where.items())
    sequence = session.sequence + 1 if session.pk and moved else session.sequence
    others = {name: said[name] for name in ("key", "kind", "title", "optional", "to_be_confirmed")}
    return keep(session, when_and_where | others | {"sequence": sequence})


def said_of_cohorts(programme: Programme) -> dict[str, list[Entry]]:
    """What a file says of a programme's cohorts and of the venues that their sessions use."""
    cohorts = list(programme.cohorts.order_by("pk").prefetch_related("sessions__venue"))
    used = [session.venue for cohort in cohorts for session in cohort.sessions.all() if session.venue]
    keys: dict[int, str] = {}
    for venue in used:
        keys.setdefault(venue.pk, _venue_key(venue, taken=keys.values()))
    venues = {venue.pk: said_of_row(venue, VENUE.keys, key=keys[venue.pk]) for venue in used}
    return {
        "venues": list(venues.values()),
        "cohorts": [
            said_of_row(
                cohort,
                COHORT.keys,
                sessions=[_said_of_session(session, keys) for session in cohort.sessions.all()],
            )
            for cohort in cohorts
        ],
    }


def _said_of_session(session: Session, venues: dict[int, str]) -> Entry:
    return said_of_row(
        session,
        SESSION.keys,
        starts=local(session.starts_at),
        ends=local(session.ends_at),
        venue=venues.get(session.venue_id) if session.venue_id else None,
    )


def _venue_key(venue: Venue, *, taken: Iterable[str]) -> str:
    """A key for a venue of a file: from its name, and none that another one has."""
    words = slugify(venue.name).replace("_", "-")[:40].strip("-") or "venue"
    return next(key for key in (words, *(f"{words}-{count}" for count in range(2, 1000))) if key not in taken)


def for_new_round(entry: Entry) -> None:
    """Every cohort takes place again; its meetings get links of their own."""
    for cohort in entry["cohorts"]:
        cohort["runs"] = True
        for session in cohort["sessions"]:
            session["joining_link"] = ""


COHORTS = Section(
    keys=(Key("venues", ListOf(VENUE), default=()), Key("cohorts", ListOf(COHORT), default=())),
    save=save_cohorts,
    said=said_of_cohorts,
    for_new_round=for_new_round,
    checks=(Check(("venues", "cohorts"), _check_venues),),
)
