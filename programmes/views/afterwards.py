"""Work that is done when the answer has left: how long it takes tells whoever asked nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.http import HttpResponseBase

from programmes.domain import tracing

logger = logging.getLogger(__name__)


def after_answer(response: HttpResponseBase, work: Callable[[], object]) -> None:
    """Do ``work`` once the answer is sent, in the same process; what fails is logged.

    The process can end in between. So only for what is noted in the database before the answer, and found there by a
    clock: see `applications.domain.link_requests`.
    """
    about = dict(tracing.fields())

    def do() -> None:
        with tracing.about(**about):
            try:
                work()
            except Exception:
                logger.exception("What was to be done after an answer has failed.")

    # Django closes an answer after its last byte, and calls these then.
    response._resource_closers.append(do)  # type: ignore[attr-defined]  # noqa: SLF001
