"""A facilitator's own page: what they are trained in, where they stand, and a section for each thing they do."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from markupsafe import Markup

from facilitators.domain.people import standing
from facilitators.models import Facilitator, Pause, Training
from facilitators.views import cover, deliveries, evaluation, leading, together
from facilitators.views.access import facilitator_page

# The sections below the programmes, in their order: what each reads, and its template, which gets besides that
# ``facilitator``, ``token`` and ``now``.
Section = tuple[Callable[[Facilitator, datetime.datetime], dict[str, Any]], str]
SECTIONS: tuple[Section, ...] = (
    (deliveries.commitments_section, "facilitators/home/commitments.html"),
    (evaluation.section, "facilitators/home/evaluation.html"),
    (cover.section, "facilitators/home/cover.html"),
    (leading.section, "facilitators/home/circles.html"),
    (together.section, "facilitators/home/community.html"),
)


@dataclass(frozen=True)
class Card:
    """One programme of a facilitator: where they stand in it, and the pauses that are not over."""

    training: Training
    stands: standing.Stands
    pauses: list[Pause]

    @property
    def has_left(self) -> bool:
        """Whether there is nothing to pause or leave any more."""
        return self.stands.standing == standing.Standing.LEFT


def cards(facilitator: Facilitator, today: datetime.date) -> list[Card]:
    """A card for each programme that somebody was trained in, those they have left last."""
    rows = facilitator.trainings.select_related("programme__academy", "programme__facilitation")
    found = [
        Card(
            training,
            standing.on_day(training, today),
            [one for one in training.pauses.all() if one.until_on >= today],
        )
        for training in rows.prefetch_related("pauses").order_by("programme__title")
    ]
    return sorted(found, key=lambda card: card.has_left)


@facilitator_page
def home(request: HttpRequest, facilitator: Facilitator, *, token: str) -> HttpResponse:
    """Everything a facilitator has to do with, the most urgent first."""
    now = timezone.now()
    always = {"facilitator": facilitator, "token": token, "now": now}
    sections = [
        # Rendered, and escaped, by our own templates.
        Markup(render_to_string(template, {**read(facilitator, now), **always}, request, using="pages"))  # noqa: S704
        for read, template in SECTIONS
    ]
    today = timezone.localdate(now)
    context = {**always, "cards": cards(facilitator, today), "today": today, "sections": sections}
    return render(request, "facilitators/home.html", context, using="pages")
