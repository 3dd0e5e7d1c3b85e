"""Who may fetch what, what they agree to before, and that they hold it then.

Facilitators fetch what is open to facilitators, to those with a place, and to everyone; whoever has a place what is
open to them and to everyone; the public the last alone. Only the newest published version is given out.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, QuerySet

from applications.models import Application, State
from facilitators.models import (
    Acknowledgement,
    Download,
    Facilitator,
    Resource,
    ResourceVersion,
    Training,
)
from programmes.domain.refused import Refused
from programmes.models import Programme

OpenTo = Resource.OpenTo
# The states in which an applicant has a place, or had it until the training was over.
PLACED = (State.CONFIRMED, State.ATTENDED, State.COMPLETED)
NAME_LIMIT = 150


@dataclass(frozen=True)
class Offer:
    """What somebody may fetch: its newest version, the training by which, and what they have to agree to first."""

    version: ResourceVersion
    training: Training
    to_agree: str
    held: int | None

    @property
    def resource(self) -> Resource:
        """What it is a version of."""
        return self.version.resource

    @property
    def outdated(self) -> bool:
        """Whether they hold an older version, and not this one."""
        return self.held is not None and self.held < self.version.number


def newest(resources: QuerySet[Resource]) -> list[ResourceVersion]:
    """The newest published version of each of some resources that are offered; two queries."""
    rows = ResourceVersion.objects.filter(
        resource__in=resources.filter(offered=True), published_at__isnull=False
    ).select_related("resource__programme__academy")
    found: dict[int, ResourceVersion] = {}
    for version in rows.order_by("resource__programme__title", "resource__position", "resource", "number"):
        found[version.resource_id] = version
    return list(found.values())


def offers(facilitator: Facilitator) -> list[Offer]:
    """What a facilitator may fetch, by the programmes that they have not left; a constant number of queries."""
    trainings = {
        one.programme_id: one for one in facilitator.trainings.going_on().select_related("programme__academy")
    }
    versions = newest(Resource.objects.filter(programme__in=trainings))
    resources = [one.resource_id for one in versions]
    own = [one.pk for one in trainings.values()]
    agreed = {
        (one.version.resource_id, one.wording)
        for one in Acknowledgement.objects.filter(
            training__in=own, version__resource__in=resources
        ).select_related("version")
    }
    held: dict[int, int] = {}
    for one in Download.objects.filter(training__in=own, version__resource__in=resources).select_related(
        "version"
    ):
        key = one.version.resource_id
        held[key] = max(held.get(key, 0), one.version.number)
    return [
        Offer(
            version,
            trainings[version.resource.programme_id],
            "" if (version.resource_id, version.wording) in agreed else version.wording,
            held.get(version.resource_id),
        )
        for version in versions
    ]


def acknowledge(version_id: int, training_id: int, *, typed_name: str, now: datetime.datetime) -> None:
    """A facilitator agrees, by their name, to the words in front of a version. A second time changes nothing.

    Raises `Refused` for a version that is not offered to them, and without a name.
    """
    with transaction.atomic():
        version, training = _offered(version_id, training_id)
        typed_name = " ".join(typed_name.split())[:NAME_LIMIT]
        if not typed_name:
            raise Refused("Enter your full name: it stands for your signature.")
        if needs_to_agree(version, training):
            Acknowledgement.objects.get_or_create(
                version=version,
                training=training,
                defaults={"wording": version.wording, "typed_name": typed_name, "made_at": now},
            )


def needs_to_agree(version: ResourceVersion, training: Training) -> bool:
    """Whether somebody has not yet agreed to these words, for this version or for one before it."""
    if not version.wording:
        return False
    agreed = Acknowledgement.objects.filter(training=training, version__resource=version.resource_id)
    return not agreed.filter(wording=version.wording).exists()


def fetch(version_id: int, training_id: int, *, now: datetime.datetime) -> ResourceVersion:
    """Give a version to a facilitator, and keep that they hold it.

    Raises `Refused` for what is not offered to them, and as long as they have not agreed to its words.
    """
    with transaction.atomic():
        version, training = _offered(version_id, training_id)
        if needs_to_agree(version, training):
            raise Refused("Agree to the copyright first: after that you can download it.")
        _hold(Download.objects.get_or_create(version=version, training=training, defaults=_first(now)), now)
        return version


def _offered(version_id: int, training_id: int) -> tuple[ResourceVersion, Training]:
    training = Training.objects.going_on().filter(pk=training_id).first()
    programme = training.programme_id if training is not None else None
    rows = newest(Resource.objects.filter(programme=programme, versions=version_id))
    version = next((one for one in rows if one.pk == version_id), None)
    if training is None or version is None:
        raise Refused("This is not offered any more. Look at your page for what is.")
    return version, training


def offered_to_placed(application: Application) -> list[ResourceVersion]:
    """What somebody with a place may fetch; nothing without one."""
    if application.state not in PLACED:
        return []
    open_to = (OpenTo.PLACED, OpenTo.EVERYONE)
    return newest(Resource.objects.filter(programme=application.programme_id, open_to__in=open_to))


def fetch_placed(version_id: int, application: Application, *, now: datetime.datetime) -> ResourceVersion:
    """Give a version to somebody with a place, and keep that they hold it. Raises `Refused` for anything else."""
    with transaction.atomic():
        version = next((one for one in offered_to_placed(application) if one.pk == version_id), None)
        if version is None:
            raise Refused("This is not offered any more. Look at your page for what is.")
        kept = Download.objects.get_or_create(version=version, application=application, defaults=_first(now))
        _hold(kept, now)
        return version


def open_to_everyone(programme: Programme) -> list[ResourceVersion]:
    """What the public may fetch of a programme; who fetches it is not kept."""
    return newest(Resource.objects.filter(programme=programme, open_to=OpenTo.EVERYONE))


def is_anything_open(programme: Programme) -> bool:
    """Whether there is anything of a programme that the public may fetch; one query."""
    offered = Resource.objects.filter(programme=programme, open_to=OpenTo.EVERYONE, offered=True)
    return offered.filter(versions__published_at__isnull=False).exists()


def _first(now: datetime.datetime) -> dict[str, datetime.datetime]:
    return {"first_at": now, "last_at": now}


def _hold(kept: tuple[Download, bool], now: datetime.datetime) -> None:
    download, made = kept
    if not made:
        Download.objects.filter(pk=download.pk).update(last_at=now, times=F("times") + 1)
