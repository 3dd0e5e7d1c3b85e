"""New versions: a draft that staff look at, then published, and told to exactly those whom it concerns.

Told are the facilitators who hold an older version and still have sessions to come: a planned circle ahead that they
lead, or something that they still owe to deliver. Staff see the list before; where it has changed since, they look
again.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import File
from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from facilitators.domain.people import register
from facilitators.models import Circle, Commitment, Download, Resource, ResourceVersion, Training
from programmes.domain.access import Person, require_reviewer
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import Obligation

# What is owed by delivering: whoever owes it will need the handbook.
DELIVERING = (Obligation.Kind.DELIVER, Obligation.Kind.CO_DELIVER)


def draft(resource_id: int, file: File[Any], *, note: str, user: Person) -> ResourceVersion:
    """Keep a file as the next version, to be looked at before it is published; the draft before it is replaced.

    Raises `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        resource = _lock(resource_id, user)
        version = resource.versions.filter(published_at=None).first()
        if version is None:
            last = resource.versions.aggregate(last=Max("number"))["last"] or 0
            version = ResourceVersion(resource=resource, number=last + 1)
        else:
            _drop_file(version)
        version.file_name, version.note = str(file.name)[-200:], note.strip()
        changed_by(version, user)
        version.file.save(version.file_name, file, save=False)
        version.save()
        return version


def throw_away(version_id: int, *, user: Person) -> None:
    """Throw a draft away. Raises `Refused` for a version that is published: somebody may hold it."""
    with transaction.atomic():
        version = _lock_version(version_id, user)
        _require_draft(version)
        _drop_file(version)
        changed_by(version, user)
        version.delete()


def to_tell(version: ResourceVersion, *, now: datetime.datetime) -> QuerySet[Training]:
    """The facilitators who hold an older version and not this one, and still have sessions to come; by name.

    One query. Before a version is published nobody holds it; afterwards whoever has fetched it is no longer here.
    """
    held = Download.objects.filter(
        Q(training=OuterRef("pk")) | Q(application=OuterRef("application")),
        version__resource=version.resource_id,
    )
    rows = Training.objects.going_on().filter(programme=version.resource.programme_id)
    rows = rows.filter(
        Exists(held.filter(version__number__lt=version.number)),
        ~Exists(held.filter(version__number__gte=version.number)),
    )
    return (
        with_sessions_to_come(rows, now=now).select_related("facilitator").order_by("facilitator__name", "pk")
    )


def with_sessions_to_come(rows: QuerySet[Training], *, now: datetime.datetime) -> QuerySet[Training]:
    """Of some trainings those with a planned circle ahead that they lead, or something still owed to deliver."""
    leads = Circle.objects.ahead(now).filter(leads__training=OuterRef("pk"), leads__stood_down_at=None)
    owes = Commitment.objects.open().filter(training=OuterRef("pk"), kind__in=DELIVERING)
    return rows.filter(Exists(leads) | Exists(owes))


def fingerprint(people: Iterable[Training]) -> str:
    """A short word for exactly these people, by which a list that has changed is noticed."""
    keys = ",".join(str(pk) for pk in sorted(one.pk for one in people))
    return hashlib.sha256(keys.encode()).hexdigest()[:16]


def publish(version_id: int, *, seen: str, user: Person, now: datetime.datetime) -> list[Training]:
    """Give out a draft from now on, and tell exactly those of `to_tell`; return them.

    ``seen`` is the `fingerprint` of the list that staff have looked at. Raises `Refused` where it is another one now,
    and for a version that is published already; `NotAllowed` without the role of reviewer.
    """
    with transaction.atomic():
        version = _lock_version(version_id, user)
        _require_draft(version)
        people = list(to_tell(version, now=now))
        if fingerprint(people) != seen:
            raise Refused(
                "Who is to be told has changed since you looked. Look at the list again, then publish."
            )
        version.published_at, version.wording = now, version.resource.acknowledgement
        version.published_by = user if isinstance(user, User) else None
        changed_by(version, user)
        version.save()
        for person in people:
            register.tell(
                person.facilitator,
                "resource_new_version",
                programme=version.resource.programme,
                occasion=f"version:{version.pk}",
                now=now,
                context={
                    "resource": version.resource.title,
                    "number": str(version.number),
                    "said": version.note,
                    "path": "materials/",
                },
            )
        return people


def _require_draft(version: ResourceVersion) -> None:
    if version.published_at is not None:
        raise Refused("This version is published: those who hold it keep it. Publish another one instead.")


def _drop_file(version: ResourceVersion) -> None:
    storage, old = version.file.storage, str(version.file.name)
    transaction.on_commit(lambda: storage.delete(old))


def _lock(resource_id: int, user: Person) -> Resource:
    list(Resource.objects.select_for_update(no_key=True).filter(pk=resource_id).only("pk"))
    resource = Resource.objects.select_related("programme__academy").get(pk=resource_id)
    require_reviewer(user, resource.programme)
    return resource


def _lock_version(version_id: int, user: Person) -> ResourceVersion:
    """Lock the resource of a version, then read it. Raises DoesNotExist."""
    resource_id = ResourceVersion.objects.values_list("resource", flat=True).get(pk=version_id)
    resource = _lock(resource_id, user)
    version = ResourceVersion.objects.get(pk=version_id)
    version.resource = resource
    return version
