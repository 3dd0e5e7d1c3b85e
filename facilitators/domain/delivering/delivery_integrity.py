"""What must be true of commitments and deliveries: that what is kept is what the rows say."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from facilitators.domain import commitments
from facilitators.models import Commitment, Delivery, DeliveryCredit
from programmes.domain.integrity import Breach, Rule

_BATCH = 2000


def _counts(now: datetime.datetime) -> Iterator[Breach]:
    """Counted again in batches of whole trainings, so that not all have to be held at once."""
    keys = Commitment.objects.order_by("training").values_list("training", flat=True).distinct()
    trainings = list(keys)
    for start in range(0, len(trainings), _BATCH):
        rows = list(
            Commitment.objects.filter(training__in=trainings[start : start + _BATCH])
            .select_related("training__facilitator", "training__programme")
            .order_by("pk")
        )
        reckoned = commitments.reckon(rows)
        for row in rows:
            found = reckoned[row.pk]
            if (row.due_on, row.done, row.met_on) != (found.due_on, found.done, found.met_on):
                yield Breach(
                    str(row),
                    f"The commitment {row.pk} says {row.done} done, due {row.due_on}, met {row.met_on}; counted again "
                    f"it is {found.done} done, due {found.due_on}, met {found.met_on}.",
                    "Save any delivery or pause of this facilitator again: all is counted anew.",
                    row.training.programme.academy_id,
                    f"commitment:{row.pk}",
                )


def _delivery(delivery: Delivery, sentence: str, what_to_do: str) -> Breach:
    return Breach(
        str(delivery),
        f"The delivery {delivery.pk} on {delivery.held_on} {sentence}",
        what_to_do,
        delivery.programme.academy_id,
        f"delivery:{delivery.pk}",
    )


def _nobody_credited(now: datetime.datetime) -> Iterator[Breach]:
    credited = DeliveryCredit.objects.filter(delivery=OuterRef("pk"))
    rows = Delivery.objects.counted().filter(~Exists(credited)).select_related("programme")
    for delivery in rows.order_by("pk"):
        yield _delivery(
            delivery,
            "counts, and nobody is credited in it.",
            "Find in its history who was, or take it back with a reason.",
        )


def _evidence_gone(now: datetime.datetime) -> Iterator[Breach]:
    storage = Delivery._meta.get_field("evidence").storage
    there = set(storage.listdir("deliveries")[1]) if storage.exists("deliveries") else set()
    rows = Delivery.objects.exclude(evidence="").select_related("programme")
    for delivery in rows.order_by("pk"):
        if str(delivery.evidence.name).rpartition("/")[2] not in there:
            yield _delivery(
                delivery,
                f"has the file “{delivery.evidence_name}”, and the file is not there.",
                "Put it back from the backup (docs/running.md), or ask the facilitator for it again.",
            )


RULES = (
    Rule(
        "commitment-counts",
        "What is done of a commitment, when it is due and since when it is met are what the rows say.",
        _counts,
    ),
    Rule("delivery-without-credit", "Somebody is credited in each delivery that counts.", _nobody_credited),
    Rule("delivery-file-gone", "The file of a delivery is there.", _evidence_gone),
)
