"""A box to tick by somebody who means it: a program that presses every button of a page ticks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from programmes.forms.base import PageForm
from programmes.forms.fields import TickField


class SureForm(PageForm):
    """A form that does something by its button: ``sure`` says what, beside a box that has to be ticked.

    The box comes last, after the fields of a form made from this one. Some mail gateways open the pages of a mail, and
    press what they find there.
    """

    def __init__(self, data: Mapping[str, Any] | None = None, *, sure: str, **options: Any) -> None:
        super().__init__(data, **options)
        worded = {"required": f"Tick the box if that is what you want: “{sure}”"}
        self.add_field("sure", TickField(label=sure, error_messages=worded))
