"""Boxes that fit what is typed into them: a text of several sentences is not typed into one line."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.db.models import Field
from django.http import HttpRequest

# A text that may be longer than this gets a box of two lines.
_ONE_LINE = 150


class MarkdownField(forms.CharField):
    """A text of several lines; browsers end lines in another way than files do, which is no change."""

    def to_python(self, value: Any) -> Any:
        """The text with lines ended as in files."""
        text = super().to_python(value)
        return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class ParagraphField(forms.CharField):
    """A text of some sentences without line breaks, in a box where all of it can be seen."""

    def to_python(self, value: Any) -> Any:
        """The text in one line."""
        text = super().to_python(value)
        return " ".join(text.split()) if isinstance(text, str) else text


class WithFittingBoxes:
    """For a page or its inlines: Markdown and longer texts get boxes of their size."""

    def formfield_for_dbfield(self, db_field: Field[Any, Any], request: HttpRequest, **kwargs: Any) -> Any:
        """The field of a form, with its box."""
        if type(db_field) is models.TextField:
            kwargs |= {"form_class": MarkdownField, "widget": _box(8)}
        elif (
            type(db_field) is models.CharField
            and not db_field.choices
            and (db_field.max_length or 0) > _ONE_LINE
        ):
            kwargs |= {"form_class": ParagraphField, "widget": _box(2)}
        return super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]


def _box(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "class": "vLargeTextField"})
