"""The part of a programme's file that says what its circles are about: ``topics``."""

from __future__ import annotations

from facilitators.models import Circle, Topic
from programmes.domain.catalogue import Section
from programmes.domain.programme_file.fields import Entry, Key, ListOf, Mapping, keys_of
from programmes.domain.programme_file.saving import KEPT, REMOVED, Tally, keep
from programmes.domain.programme_file.writing import said_of_row
from programmes.models import Programme

TOPIC = Mapping(keys_of(Topic, "key", "name", "summary", "status"))


def save_topics(programme: Programme, entry: Entry, tally: Tally) -> None:
    """Store a programme's topics, in the order of the file.

    One that is no longer in the file is deleted; if there was a circle about it, it stays, and is no longer offered.
    """
    stored = {topic.key: topic for topic in Topic.objects.filter(programme=programme)}
    for position, said in enumerate(entry["topics"], start=1):
        topic = stored.pop(said["key"], None) or Topic(programme=programme)
        tally.count("topics", keep(topic, dict(said) | {"position": position}))
    for topic in stored.values():
        if Circle.objects.filter(topic=topic).exists():
            keep(topic, {"status": Topic.Status.RETIRED})
            tally.count("topics", KEPT)
        else:
            topic.delete()
            tally.count("topics", REMOVED)


def said_of_topics(programme: Programme) -> dict[str, list[Entry]]:
    """What a file says of a programme's topics."""
    return {"topics": [said_of_row(topic, TOPIC.keys) for topic in Topic.objects.filter(programme=programme)]}


TOPICS = Section(keys=(Key("topics", ListOf(TOPIC), default=()),), save=save_topics, said=said_of_topics)
