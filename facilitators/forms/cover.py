"""Asking for cover."""

from __future__ import annotations

from facilitators.domain.covering.cover import REASON_LIMIT
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField


class CoverForm(PageForm):
    """Why, if they want to say."""

    reason = LineField(
        label="Why can you not come?",
        help_text="The academy’s staff can read it. Those who are asked to lead the circle cannot.",
        max_length=REASON_LIMIT,
        required=False,
    )
