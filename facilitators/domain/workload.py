"""Who still has to complete the training. Cover wanted and commitments overdue join this list with deliveries."""

from __future__ import annotations

import datetime
from typing import Any

from django.db.models import QuerySet

from applications.models import Application, State
from programmes.domain.workload import Waiting


def _to_complete(now: datetime.datetime) -> QuerySet[Any]:
    return Application.objects.filter(state=State.ATTENDED)


WAITING = (
    Waiting(
        "to-complete",
        "person who attended and has no certificate yet",
        "people who attended and have no certificate yet",
        Application,
        _to_complete,
        order=140,
        moment="state_since",
    ),
)
