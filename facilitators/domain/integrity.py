"""What must be true of those who have completed the training."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from applications.domain.integrity import breach
from applications.models import Application, State
from facilitators.models import Certificate, EvaluationResponse, UndertakingMade
from programmes.domain.integrity import Breach, Rule


def _completed_without_a_certificate(now: datetime.datetime) -> Iterator[Breach]:
    # One that was revoked is a certificate too: revoking it takes nothing back from who completed.
    own = Certificate.objects.filter(application=OuterRef("pk"))
    rows = Application.objects.filter(~Exists(own), state=State.COMPLETED).select_related("programme")
    for one in rows.order_by("pk"):
        yield breach(one, "is completed, and no certificate was ever issued.")


def _certificate_without_completion(now: datetime.datetime) -> Iterator[Breach]:
    rows = Certificate.objects.valid().exclude(application__state=State.COMPLETED)
    for certificate in rows.select_related("application__programme").order_by("pk"):
        one = certificate.application
        yield breach(
            one,
            f"is “{one.get_state_display().lower()}”, and holds the certificate {certificate.number}.",
            "Revoke the certificate with a reason, or complete the training for the person.",
        )


def _agreed_without_completion(now: datetime.datetime) -> Iterator[Breach]:
    said = Exists(EvaluationResponse.objects.filter(application=OuterRef("pk"))) | Exists(
        UndertakingMade.objects.filter(application=OuterRef("pk"))
    )
    rows = Application.objects.filter(Q(said)).exclude(state=State.COMPLETED).select_related("programme")
    for one in rows.order_by("pk"):
        yield breach(
            one,
            f"is “{one.get_state_display().lower()}”, and there is an evaluation or an undertaking of a completed "
            "training.",
        )


RULES = (
    Rule(
        "completed-without-a-certificate",
        "Whoever has completed was issued a certificate.",
        _completed_without_a_certificate,
    ),
    Rule(
        "certificate-without-completion",
        "Only who has completed holds a valid certificate.",
        _certificate_without_completion,
    ),
    Rule(
        "agreed-without-completion",
        "Evaluations and undertakings are of those who completed.",
        _agreed_without_completion,
    ),
)
