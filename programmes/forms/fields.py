"""Form fields of the public pages: each cleans what people really type and knows how it wishes to be shown.

Every field takes ``nhs``, a ``Presentation``, besides what Django's own field takes. ``config/forms_adapter.py``
turns field and presentation into an official NHS component.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any, TypedDict

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import File

from programmes.domain.wording import count_words, join_words

# Characters that nobody sees and that copied addresses carry along: soft hyphens, zero-width spaces, marks of order.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]")


class Presentation(TypedDict, total=False):
    """How a field is shown. All keys may be left out; a key that is not listed here is refused."""

    label_size: str  # "s" (default), "m", "l" or "xl"
    page_heading: bool  # the label is the page's only h1
    hide_label: bool  # for screen readers only
    optional_word: bool  # False: no "(optional)" after the label of a field that may stay empty
    width: int  # characters: 2, 3, 4, 5, 10, 20 or 30
    prefix: str  # shown before the box, as £
    suffix: str
    rows: int  # height of a long answer
    inline: bool  # radios beside each other; for two short answers only
    small: bool  # small radios or checkboxes
    hints: dict[str, str]  # value of an answer: what is said below it
    reveals: dict[str, str | tuple[str, ...]]  # value of an answer: the fields asked when it is chosen
    divider: dict[str, str]  # value of an answer: the word before it, as "or"


def revealed_by(names: str | tuple[str, ...]) -> tuple[str, ...]:
    """The names of the fields that an answer reveals, of which there may be one or several."""
    return (names,) if isinstance(names, str) else names


class Presented(forms.Field):
    """A field with a presentation, kept in ``nhs``."""

    def __init__(self, *, nhs: Presentation | None = None, **options: Any) -> None:
        self.nhs: Presentation = nhs or {}
        super().__init__(**options)


class LineField(Presented, forms.CharField):
    """One line of text: pasted line breaks, tabs and runs of spaces become one space."""

    def to_python(self, value: Any) -> str:
        """The text on one line, in composed Unicode (one sign for "ŵ", however it was typed)."""
        text = super().to_python(value) or ""
        return unicodedata.normalize("NFC", " ".join(text.split()))


class EmailField(Presented, forms.EmailField):
    """An email address; spaces and invisible characters that were pasted along are dropped."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs = {"spellcheck": "false", "autocapitalize": "none"} | self.widget.attrs

    def to_python(self, value: Any) -> str:
        """The address as typed, without what cannot be part of one."""
        return _INVISIBLE.sub("", "".join((super().to_python(value) or "").split()))


class PhoneField(LineField):
    """A telephone number, with or without extension, as people write it."""

    default_error_messages = {
        "invalid": "Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"
    }
    widget = forms.TelInput

    def validate(self, value: str) -> None:
        """Raise ValidationError when the text cannot be a number: 7 to 15 digits, and an extension perhaps."""
        super().validate(value)
        number = re.split(r"(?:ext\.?|extension|x)\s*\d+$", value, maxsplit=1, flags=re.IGNORECASE)[0]
        digits = re.sub(r"[\s()+.\-/]", "", number)
        if value and not re.fullmatch(r"\d{7,15}", digits, flags=re.ASCII):
            raise ValidationError(self.error_messages["invalid"], code="invalid")


class LongTextField(Presented, forms.CharField):
    """Several lines of text, up to ``max_words`` or ``max_characters``; the page counts along."""

    default_error_messages = {
        "max_words": "{subject} must be %(limit)d words or fewer: you have written %(count)d",
        "max_characters": "{subject} must be %(limit)d characters or fewer: you have written %(count)d",
    }
    widget = forms.Textarea

    def __init__(
        self, *, max_words: int | None = None, max_characters: int | None = None, **options: Any
    ) -> None:
        self.max_words = max_words
        self.max_characters = max_characters
        super().__init__(**options)

    def to_python(self, value: Any) -> str:
        """The text with one kind of line break (browsers send two signs for each)."""
        text = super().to_python(value) or ""
        return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))

    def validate(self, value: str) -> None:
        """Raise ValidationError, naming limit and count, when the text is too long."""
        super().validate(value)
        for code, limit, count in (
            ("max_words", self.max_words, count_words(value)),
            ("max_characters", self.max_characters, len(value)),
        ):
            if limit is not None and count > limit:
                raise ValidationError(
                    self.error_messages[code], code=code, params={"limit": limit, "count": count}
                )


class WholeNumberField(Presented, forms.IntegerField):
    """A whole number in a text box: number boxes change when the page is scrolled."""

    widget = forms.TextInput

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.widget.attrs = {"inputmode": "numeric"} | self.widget.attrs

    def to_python(self, value: Any) -> int | None:
        """The number; "1,200" and "1 200" are read as 1200."""
        if isinstance(value, str):
            value = re.sub(r"(?<=\d)[,\s](?=\d{3}(\D|$))", "", value.strip())
            if len(value) > 18:
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class RadiosField(Presented, forms.ChoiceField):
    """One of several answers, all in sight."""

    widget = forms.RadioSelect


class SelectField(Presented, forms.ChoiceField):
    """One of a long list of answers; ``choices`` should begin with an empty one."""


class YesNoField(RadiosField):
    """Yes or no, cleaned to True, False, or None when it may stay unanswered."""

    def __init__(self, **options: Any) -> None:
        presentation: Presentation = {"inline": True}
        options["nhs"] = presentation | options.get("nhs", {})
        super().__init__(**{"choices": [("yes", "Yes"), ("no", "No")]} | options)

    def prepare_value(self, value: Any) -> Any:
        """The radio's value for an answer kept as True or False."""
        return {True: "yes", False: "no"}.get(value, value)

    def clean(self, value: Any) -> bool | None:
        """True for "yes", False for "no", None for no answer."""
        return {"yes": True, "no": False}.get(super().clean(self.prepare_value(value)))


class CheckboxesField(Presented, forms.MultipleChoiceField):
    """Any of several answers; ``exclusive`` is the value of a "None of these" that stands alone."""

    default_error_messages = {"exclusive": "Select “%(label)s”, or the other answers, but not both"}
    widget = forms.CheckboxSelectMultiple

    def __init__(self, *, exclusive: str | None = None, **options: Any) -> None:
        self.exclusive = exclusive
        super().__init__(**options)

    def validate(self, value: list[str]) -> None:
        """Raise ValidationError for an unknown answer, or for "none" together with others."""
        super().validate(value)
        if self.exclusive in value and len(value) > 1:
            labels = {str(key): label for key, label in self.widget.choices}
            raise ValidationError(
                self.error_messages["exclusive"],
                code="exclusive",
                params={"label": labels[str(self.exclusive)]},
            )


class TickField(Presented, forms.BooleanField):
    """One box to tick, such as a declaration."""


class UploadField(Presented, forms.FileField):
    """A file of one of the kinds in ``extensions`` (as "pdf") and at most ``max_megabytes`` large."""

    default_error_messages = {
        "extension": "The file must be %(kinds)s: “%(name)s” is not",
        "size": "The file must be smaller than %(limit)d MB: “%(name)s” is larger",
    }

    def __init__(self, *, extensions: Sequence[str] = (), max_megabytes: int = 5, **options: Any) -> None:
        self.extensions = tuple(extension.lower() for extension in extensions)
        self.max_megabytes = max_megabytes
        super().__init__(**options)
        if self.extensions:
            accepted = ",".join(f".{extension}" for extension in self.extensions)
            self.widget.attrs = {"accept": accepted} | self.widget.attrs

    def to_python(self, data: File[Any] | None) -> File[Any] | None:
        """The file. Raises ValidationError, naming it, when it is of another kind or too large."""
        file = super().to_python(data)
        if file is None:
            return None
        name = file.name or ""
        if self.extensions and name.rpartition(".")[2].lower() not in self.extensions:
            kinds = join_words([f"a .{extension} file" for extension in self.extensions], last="or")
            raise ValidationError(
                self.error_messages["extension"], code="extension", params={"kinds": kinds, "name": name}
            )
        if (file.size or 0) > self.max_megabytes * 1024 * 1024:
            raise ValidationError(
                self.error_messages["size"],
                code="size",
                params={"limit": self.max_megabytes, "name": name},
            )
        return file
