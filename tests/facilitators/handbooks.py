"""Handbooks that are published, and facilitators who hold them."""

from typing import Any

from django.core.files.base import ContentFile

from facilitators.domain.handbook import custody, publishing
from facilitators.models import Resource, ResourceVersion, Training
from tests.factories import NOW
from tests.scenarios import reviewer_of

COPYRIGHT = "I will not pass the handbook on."


def draft(resource: Resource, *, text: bytes = b"%PDF-1", name: str = "handbook.pdf", note: str = "") -> Any:
    user = reviewer_of(resource.programme)
    return publishing.draft(resource.pk, ContentFile(text, name=name), note=note, user=user)


def published(resource: Resource, *, now: Any = NOW, **values: Any) -> ResourceVersion:
    """The next version, given out, with whoever it concerns told."""
    version = draft(resource, **values)
    seen = publishing.fingerprint(publishing.to_tell(version, now=now))
    publishing.publish(version.pk, seen=seen, user=reviewer_of(resource.programme), now=now)
    return ResourceVersion.objects.get(pk=version.pk)


def fetched(version: ResourceVersion, training: Training, *, now: Any = NOW) -> None:
    """Agreed to, where there is something to agree to, and downloaded."""
    custody.acknowledge(version.pk, training.pk, typed_name=training.facilitator.name, now=now)
    custody.fetch(version.pk, training.pk, now=now)
