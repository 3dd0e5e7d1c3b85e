import json
import os
import time
from pathlib import Path

import pytest

from tests.faults.world import Count


@pytest.fixture
def report():
    """Writes a line of the table of `make faults`: what happened, and the count."""
    began = time.monotonic()

    def write(fault: str, count: Count, note: str = "") -> None:
        if where := os.environ.get("FAULTS_REPORT"):
            figures = dict(zip(("promised", "arrived", "lost", "twice"), count.figures, strict=True))
            seconds = round(time.monotonic() - began, 1)
            line = {"fault": fault, **figures, "in_flight": count.in_flight, "seconds": seconds, "note": note}
            with Path(where).open("a") as lines:
                lines.write(json.dumps(line) + "\n")

    return write


@pytest.fixture
def quiet(monkeypatch):
    """Mails are queued, and no worker is nudged: the sweep alone sends them."""
    from programmes.domain import announcements

    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [])
