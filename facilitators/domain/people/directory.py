"""The directory: which facilitators others see, and of whom what. Only who agreed to it, and only what each ticked."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from facilitators.domain.people import register
from facilitators.models import Facilitator, Training
from facilitators.models.people import FacilitatorQuerySet
from programmes.domain.access import Person
from programmes.domain.record import changed_because
from programmes.domain.refused import Refused
from programmes.models import IntegratedCareSystem, Organisation, Programme
from programmes.models.people import name_key


@dataclass(frozen=True)
class Wanted:
    """What is looked for in the directory; what is empty does not narrow it."""

    words: str = ""
    programme: int | None = None
    ics: int | None = None
    language: str = ""
    place: str = ""
    delivers: str = ""


@dataclass(frozen=True)
class Details:
    """What a facilitator says of themselves."""

    job_title: str
    phone: str
    organisation: Organisation | None
    organisation_name: str
    ics: IntegratedCareSystem | None
    languages: str
    places: str
    delivers: str
    availability: str
    about: str


def programmes_of(facilitator: Facilitator) -> list[Programme]:
    """The programmes that somebody works in: those they were trained in and have not left."""
    own = facilitator.trainings.going_on().values("programme")
    return list(Programme.objects.filter(pk__in=own).order_by("title"))


def search(programmes: list[Programme], wanted: Wanted) -> QuerySet[Facilitator]:
    """Those of some programmes who agreed to be shown, by name; each with ``shared``, their trainings in these.

    A few queries, however many there are.
    """
    asked = [one.pk for one in programmes if wanted.programme in (None, one.pk)]
    trainings = Training.objects.going_on().filter(programme__in=asked)
    rows = Facilitator.objects.in_directory().filter(Exists(trainings.filter(facilitator=OuterRef("pk"))))
    rows = _narrowed(rows, wanted)
    shared = Training.objects.going_on().filter(programme__in=[one.pk for one in programmes])
    shown = Prefetch("trainings", shared.select_related("programme").order_by("programme__title"), "shared")
    return rows.select_related("ics", "organisation").prefetch_related(shown).order_by("name", "pk")


def _narrowed(rows: FacilitatorQuerySet, wanted: Wanted) -> FacilitatorQuerySet:
    # By the form of the name in which accents and the order of its parts do not count.
    for word in name_key(wanted.words).split():
        rows = rows.filter(name_key__contains=word)
    if wanted.ics is not None:
        rows = rows.filter(ics=wanted.ics)
    for name, text in (("languages", wanted.language), ("places", wanted.place)):
        for word in text.replace(",", " ").split():
            rows = rows.filter(**{f"{name}__icontains": word})
    if wanted.delivers in (Facilitator.Delivers.IN_PERSON, Facilitator.Delivers.ONLINE):
        rows = rows.filter(Q(delivers=wanted.delivers) | Q(delivers=Facilitator.Delivers.BOTH))
    return rows


def save_details(facilitator_id: int, details: Details) -> Facilitator:
    """Keep what a facilitator says of themselves; name and address are for the academy to correct."""
    with transaction.atomic():
        facilitator = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        for name, value in vars(details).items():
            setattr(facilitator, name, value)
        if details.organisation is not None:
            facilitator.organisation_name = ""
        if not facilitator.phone:
            facilitator.shows_phone = False
        facilitator.save()
        return facilitator


def show(
    facilitator_id: int, *, shown: bool, email: bool, phone: bool, now: datetime.datetime
) -> Facilitator:
    """Let other facilitators see somebody, or no longer; and of address and phone number what they ticked.

    Since when they have agreed stays what it was. Nobody's phone number is shown who gave none.
    """
    with transaction.atomic():
        facilitator = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        facilitator.in_directory_since = (facilitator.in_directory_since or now) if shown else None
        facilitator.shows_email = shown and email
        facilitator.shows_phone = shown and phone and bool(facilitator.phone)
        facilitator.save()
        return facilitator


def take_out(facilitator_id: int, *, reason: str, user: Person, now: datetime.datetime) -> Facilitator:
    """Staff take somebody out of the directory on their behalf, with a reason; they are told, and can agree again.

    Raises `Refused` for somebody who is not shown, and without a reason; `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        facilitator = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        register.require_reviewer_of(facilitator, user)
        if why_not := why_not_taken_out(facilitator):
            raise Refused(why_not)
        if not reason.strip():
            raise Refused("Give a reason: it is kept in the register.")
        facilitator.in_directory_since = None
        facilitator.shows_email = facilitator.shows_phone = False
        changed_because(facilitator, reason, user)
        facilitator.save()
        register.tell_of_entry(
            facilitator, "facilitator_not_shown", now=now, context={"reason": reason.strip()}
        )
        return facilitator


def why_not_taken_out(facilitator: Facilitator) -> str:
    """Why somebody cannot be taken out of the directory, as a sentence; empty where they can."""
    if facilitator.in_directory_since is None:
        return f"{facilitator.name} is not shown in the directory."
    return ""
