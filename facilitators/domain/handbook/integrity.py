"""What must be true of handbooks and other materials."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q

from facilitators.models import Acknowledgement, Download, ResourceVersion
from programmes.domain.integrity import Breach, Rule


def _breach(version: ResourceVersion, wrong: str, what_to_do: str) -> Breach:
    resource = version.resource
    return Breach(
        str(version),
        f"{version} {wrong}",
        what_to_do,
        resource.programme.academy_id,
        f"resource:{resource.pk}",
    )


def _file_gone(now: datetime.datetime) -> Iterator[Breach]:
    storage = ResourceVersion._meta.get_field("file").storage
    there = set(storage.listdir("resources")[1]) if storage.exists("resources") else set()
    for version in ResourceVersion.objects.select_related("resource__programme").order_by("pk"):
        if str(version.file.name).rpartition("/")[2] not in there:
            yield _breach(
                version,
                f"has the file “{version.file_name}”, and the file is not there.",
                "Put it back from the backup (docs/running.md), or publish a new version.",
            )


def _held_without_agreement(now: datetime.datetime) -> Iterator[Breach]:
    agreed = Acknowledgement.objects.filter(
        training=OuterRef("training"),
        version__resource=OuterRef("version__resource"),
        wording=OuterRef("version__wording"),
        made_at__lte=OuterRef("first_at"),
    )
    rows = Download.objects.filter(training__isnull=False).exclude(version__wording="")
    rows = rows.filter(~Exists(agreed)).select_related(
        "version__resource__programme", "training__facilitator"
    )
    for download in rows.order_by("pk"):
        yield _breach(
            download.version,
            f"is held by {download.holder}, who has not agreed to its copyright.",
            "Ask the person to agree to it on the page of the materials.",
        )


def _held_before_published(now: datetime.datetime) -> Iterator[Breach]:
    early = Q(version__published_at=None) | Q(first_at__lt=F("version__published_at"))
    rows = Download.objects.filter(early).select_related("version__resource__programme")
    for download in rows.order_by("pk"):
        yield _breach(
            download.version, "was fetched before it was published.", "Tell whoever looks after the portal."
        )


RULES = (
    Rule("resource-file-gone", "The file of each version of a handbook is there.", _file_gone),
    Rule(
        "resource-held-without-agreement",
        "Whoever holds a handbook agreed to its copyright first.",
        _held_without_agreement,
    ),
    Rule(
        "resource-held-before-published",
        "Nobody holds a version that was not published.",
        _held_before_published,
    ),
)
