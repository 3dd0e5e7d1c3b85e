"""What the demo's facilitators say of themselves: most are in the directory, and one pauses."""

from __future__ import annotations

import datetime

from facilitators.domain.people import directory, pauses
from facilitators.models import Training
from programmes.models import Programme

_SAID = (
    ("Gujarati", "Leicester, Loughborough", "both", "Tuesdays and Thursdays", "I like small groups."),
    ("", "", "online", "Mornings", ""),
    ("British Sign Language", "Oakham", "in_person", "", "I can bring a projector."),
)


def tell(programme: Programme, now: datetime.datetime) -> None:
    """Let those trained in a programme fill in their details; the last of them is shown to nobody, and pauses."""
    trainings = list(
        Training.objects.filter(programme=programme).select_related("facilitator").order_by("pk")
    )
    for number, training in enumerate(trainings):
        person = training.facilitator
        languages, places, delivers, availability, about = _SAID[number % len(_SAID)]
        details = directory.Details(
            person.job_title,
            person.phone,
            person.organisation,
            person.organisation_name,
            person.ics,
            languages,
            places,
            delivers,
            availability,
            about,
        )
        directory.save_details(person.pk, details)
        if training != trainings[-1]:
            directory.show(person.pk, shown=True, email=number % 2 == 0, phone=False, now=now)
    if len(trainings) > 1:
        first = now.date() + datetime.timedelta(days=14)
        pauses.pause(
            trainings[-1].pk,
            from_on=first,
            until_on=first + datetime.timedelta(days=59),
            reason="Parental leave",
            user=None,
            now=now,
        )
