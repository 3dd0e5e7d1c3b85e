"""What must be true of the register of facilitators."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, F, OuterRef, Q, Subquery

from applications.domain.integrity import breach
from applications.models import Application, State
from facilitators.domain.people import standing
from facilitators.models import Facilitator, FormerEntry, Training
from programmes.domain.integrity import Breach, Rule
from programmes.models import Link

_BATCH = 2000


def _of(facilitator: Facilitator, academy: int | None, sentence: str, what_to_do: str) -> Breach:
    return Breach(
        f"Facilitator {facilitator.pk}", sentence, what_to_do, academy=academy, about=facilitator.about_key
    )


def _completed_without_training(now: datetime.datetime) -> Iterator[Breach]:
    # Of somebody who completed twice, or had been trained earlier, the one training stands for all.
    own = Training.objects.filter(
        programme=OuterRef("programme"), facilitator__address_key=OuterRef("address_key")
    )
    rows = Application.objects.filter(
        ~Exists(own),
        ~Exists(Training.objects.filter(Q(application=OuterRef("pk")) | Q(also_by=OuterRef("pk")))),
        state=State.COMPLETED,
    ).select_related("programme")
    for one in rows.order_by("pk"):
        yield breach(
            one,
            "is completed, and the person is not in the register of facilitators.",
            "Put the person in the register by hand: on the list of facilitators, “Put somebody in”.",
        )


def _training_of_another(now: datetime.datetime) -> Iterator[Breach]:
    rows = Training.objects.filter(application__isnull=False).select_related("facilitator", "programme")
    wrong = rows.exclude(application__state=State.COMPLETED, application__programme=F("programme"))
    for one in wrong.order_by("pk"):
        yield _of(
            one.facilitator,
            one.programme.academy_id,
            f"is trained in {one.programme} by an application that is not completed, or is for another programme.",
            "Tell whoever looks after the portal.",
        )


def _nobody_trained(now: datetime.datetime) -> Iterator[Breach]:
    rows = Facilitator.objects.filter(~Exists(Training.objects.filter(facilitator=OuterRef("pk"))))
    for one in rows.order_by("pk"):
        yield _of(one, None, "is in the register without a training.", "Tell whoever looks after the portal.")


def _kept_wrong(now: datetime.datetime) -> Iterator[Breach]:
    keys = list(Training.objects.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), _BATCH):
        rows = Training.objects.filter(pk__in=keys[start : start + _BATCH]).order_by("pk")
        for one, kept in standing.reckon(list(rows.select_related("facilitator", "programme__facilitation"))):
            if (one.delivered, one.last_delivered_on, one.lapses_on) != (
                kept.delivered,
                kept.last_delivered_on,
                kept.lapses_on,
            ):
                yield _of(
                    one.facilitator,
                    one.programme.academy_id,
                    f"has another number of deliveries in {one.programme}, or lapses on another day, than its rows "
                    "say.",
                    "Correct one of the person’s deliveries, or save the programme’s page: both count again.",
                )


def _link_to_another(now: datetime.datetime) -> Iterator[Breach]:
    person = Facilitator.objects.filter(pk=OuterRef("object_id"))
    rows = Link.objects.working(now).filter(opens=Link.Opens.FACILITATOR)
    wrong = rows.annotate(holder=Subquery(person.values("email")[:1])).exclude(sent_to=F("holder"))
    people = Facilitator.objects.in_bulk(list(wrong.values_list("object_id", flat=True)))
    for one in people.values():
        yield _of(
            one,
            None,
            "has a link that works and was sent to an address that is not theirs any more.",
            "Correct the address to another one and back: that closes every link, and sends a new one.",
        )


def _address_of_two(now: datetime.datetime) -> Iterator[Breach]:
    other = FormerEntry.objects.filter(address_key=OuterRef("address_key")).exclude(
        facilitator=OuterRef("pk")
    )
    for one in Facilitator.objects.filter(Exists(other)).order_by("pk"):
        yield _of(
            one,
            None,
            "has an address that belongs to another entry, which was joined with the one that had it.",
            "Join the two: they are one person; or correct the address.",
        )


RULES = (
    Rule(
        "completed-without-a-training",
        "Whoever has completed is in the register of facilitators.",
        _completed_without_training,
    ),
    Rule(
        "training-of-another-application",
        "A training is by a completed application for its own programme.",
        _training_of_another,
    ),
    Rule("facilitator-without-a-training", "Everybody in the register was trained.", _nobody_trained),
    Rule(
        "standing-as-counted",
        "How often somebody delivered, and when they lapse, is what the rows say.",
        _kept_wrong,
    ),
    Rule(
        "facilitator-link-to-another-address",
        "A facilitator’s link was sent to the facilitator’s address.",
        _link_to_another,
    ),
    Rule(
        "address-of-a-joined-entry",
        "The address of an entry that was joined with another belongs to nobody else.",
        _address_of_two,
    ),
)
