"""What must be true of evaluations, and of the days until which certificates are valid."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, F, Max, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest

from applications.domain.integrity import breach
from facilitators.models import Certificate, EvaluationAnswer, EvaluationResponse
from programmes.domain.integrity import Breach, Rule


def _of_another_programme(now: datetime.datetime) -> Iterator[Breach]:
    rows = EvaluationResponse.objects.filter(
        (Q(application__isnull=False) & ~Q(application__programme=F("programme")))
        | (Q(booking__isnull=False) & ~Q(booking__circle__programme=F("programme")))
        | (Q(training__isnull=False) & ~Q(training__programme=F("programme")))
    )
    for one in rows.select_related("programme").order_by("pk"):
        yield _breach(one, "is counted for another programme than that of who was asked.")


def _answers_before_given(now: datetime.datetime) -> Iterator[Breach]:
    answered = Exists(EvaluationAnswer.objects.filter(response=OuterRef("pk")))
    rows = EvaluationResponse.objects.open().filter(answered).select_related("programme")
    for one in rows.order_by("pk"):
        yield _breach(one, "has answers, and does not say when it was given.")


def _breach(response: EvaluationResponse, wrong: str) -> Breach:
    return Breach(
        f"Evaluation {response.pk}",
        f"Evaluation {response.pk} of {response.programme} {wrong}",
        "Tell whoever looks after the portal, with its number; change nothing by hand.",
        response.programme.academy_id,
    )


def _expiry_not_as_renewed(now: datetime.datetime) -> Iterator[Breach]:
    rows = Certificate.objects.filter(first_expires_on__isnull=False).annotate(
        by_rows=Greatest("first_expires_on", Coalesce(Max("renewals__until_on"), "first_expires_on"))
    )
    wrong = rows.exclude(expires_on=F("by_rows")).select_related("application__programme")
    for one in wrong.order_by("pk"):
        yield breach(
            one.application,
            f"holds the certificate {one.number}, which is said to be valid until another day than its renewals say.",
        )


RULES = (
    Rule(
        "evaluation-of-another-programme",
        "An evaluation counts for the programme of who was asked.",
        _of_another_programme,
    ),
    Rule("evaluation-given", "An evaluation with answers was given.", _answers_before_given),
    Rule(
        "certificate-valid-as-renewed",
        "Until when a certificate is valid is what its issue and its renewals say.",
        _expiry_not_as_renewed,
    ),
)
