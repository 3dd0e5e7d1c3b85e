"""The form that every public page uses: NHS look, worded errors, nothing typed lost."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.utils import TEMPLATE_PACK
from django import forms
from django.http import QueryDict

from programmes.forms.compound_fields import RankSelects
from programmes.forms.fields import revealed_by

# Characters below the space, except tab and line breaks: no keyboard types them, and spreadsheets, calendars and
# PostgreSQL refuse them. They come in by pasting; taking them out silently is all that a person could do as well.
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _FieldsOnly(FormHelper):
    """Crispy's settings: fields only, since the page writes the form around them."""

    form_tag = False
    disable_csrf = True
    include_media = False

    def get_attributes(self, template_pack: str = TEMPLATE_PACK) -> dict[str, Any]:
        """What crispy hands to its templates; of settings that nobody has changed it is worked out once."""
        if vars(self) == _UNCHANGED:
            return dict(_worked_out(template_pack))
        return dict(super().get_attributes(template_pack))


_UNCHANGED = vars(_FieldsOnly())


@functools.cache
def _worked_out(template_pack: str) -> dict[str, Any]:
    return dict(FormHelper.get_attributes(_FieldsOnly(), template_pack))


class PageForm(forms.Form):
    """A form of a public page.

    Errors that nobody worded are worded here from the label. In any error message ``{subject}`` stands for the
    label ("Start date"; "Your answer" where the label is a question), ``{thing}`` for the same inside a sentence.

    A field that another one ``reveals`` (see ``Presentation``) is asked only when that answer is chosen: then it is
    required if it says so, and otherwise it is cleaned to its empty value, whatever was sent.
    """

    use_required_attribute = False

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **options: Any) -> None:
        options.setdefault("label_suffix", "")
        super().__init__(without_control_characters(data), *args, **options)
        for field in self.fields.values():
            word_errors(field)

    def add_field(self, name: str, field: forms.Field) -> None:
        """Add a field made while the form is made, such as an academy's own question."""
        self.fields[name] = field
        word_errors(field)

    @property
    def helper(self) -> FormHelper:
        """Crispy's settings, which it looks for under this name."""
        return _FieldsOnly()

    @property
    def revealed(self) -> dict[str, tuple[str, str]]:
        """Names of the fields shown inside an answer, with the field and the answer that show them."""
        return {
            inner: (name, answer)
            for name, field in self.fields.items()
            for answer, names in getattr(field, "nhs", {}).get("reveals", {}).items()
            for inner in revealed_by(names)
            if inner in self.fields
        }

    def is_asked(self, name: str) -> bool:
        """Whether a field is asked: always, unless another field's answer reveals it and is not chosen."""
        if name not in self.revealed:
            return True
        outer, answer = self.revealed[name]
        chosen = self[outer].data
        return answer in chosen if isinstance(chosen, list) else chosen == answer

    def _clean_fields(self) -> None:
        asked = {name: field for name, field in self.fields.items() if self.is_asked(name)}
        everything, self.fields = self.fields, asked
        try:
            super()._clean_fields()  # type: ignore[misc]  # a method of Django's, which its stubs leave out
        finally:
            self.fields = everything
        for name, field in everything.items():
            if name not in asked:
                self.cleaned_data[name] = field.to_python(None)


def without_control_characters(data: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    """The data of a request without NUL bytes and their like; the same object when there are none."""
    if data is None:
        return None
    if isinstance(data, QueryDict):
        if not any(_CONTROL.search(value) for _, values in data.lists() for value in values):
            return data
        cleaned = QueryDict(mutable=True)
        for key, values in data.lists():
            cleaned.setlist(key, [_CONTROL.sub("", value) for value in values])
        return cleaned
    return {key: _CONTROL.sub("", value) if isinstance(value, str) else value for key, value in data.items()}


def word_errors(field: forms.Field) -> None:
    """Put a plain sentence where Django's own wording stands; what an author wrote stays."""
    label = str(field.label or "This answer").strip()
    # Django's own wait to be translated; an author's are plain sentences.
    authors = [
        (code, words) for code, words in field.error_messages.items() if words and isinstance(words, str)
    ]
    kinds: Any = (type(field), type(field.widget))
    field.error_messages.update(_sentences(*kinds, label, tuple(authors)))


# A page has ten fields, and the same ten for everybody.
@functools.lru_cache(maxsize=1_000)
def _sentences(
    kind: type[forms.Field], widget: type[forms.Widget], label: str, authors: tuple[tuple[str, str], ...]
) -> dict[str, str]:
    """The sentence for each code: an author's, where there is one, else ours."""
    found = {**_worded(kind, widget, label), **dict(authors)}
    # A question cannot be the subject of a sentence.
    subject = "Your answer" if label.endswith("?") else label.rstrip(":. ")
    for code, words in found.items():
        # A sign of per cent in a label would be read as a place for a number.
        shown = subject.replace("%", "%%") if "%(" in words else subject
        found[code] = words.replace("{subject}", shown).replace("{thing}", in_a_sentence(shown))
    return found


def in_a_sentence(label: str) -> str:
    """ "start date" for "Start date"; "ICS" and "I agree" stay."""
    if len(label) > 1 and label[0].isupper() and label[1].islower():
        return label[0].lower() + label[1:]
    return label


def _worded(kind: type[forms.Field], widget: type[forms.Widget], label: str) -> dict[str, str]:
    worded = {
        "required": _required(widget, label),
        "invalid": "Check what you entered for {thing}",
        "invalid_choice": "Choose one of the answers listed",
        "invalid_list": "Choose from the answers listed",
        "max_length": "{subject} must be %(limit_value)d characters or fewer: you have entered %(show_value)d",
        "min_length": "{subject} must be %(limit_value)d characters or more",
        "min_value": "{subject} must be %(limit_value)s or more",
        "max_value": "{subject} must be %(limit_value)s or fewer",
        "null_characters_not_allowed": "{subject} has a character in it that cannot be kept: type it again",
    }
    if issubclass(kind, forms.EmailField):
        worded["invalid"] = "Enter an email address in the correct format, like name@example.com"
    elif issubclass(kind, forms.IntegerField):
        worded["invalid"] = "{subject} must be a whole number, like 3"
    elif issubclass(kind, forms.FileField):
        worded["invalid"] = worded["missing"] = "The file did not arrive: choose it again"
        worded["empty"] = "The file you chose is empty: choose another one"
        worded["max_length"] = "The name of the file is too long: give it a shorter one and choose it again"
    return worded


def _required(widget: type[forms.Widget], label: str) -> str:
    if label.endswith("?"):
        return f"Answer the question “{label}”"
    if issubclass(widget, forms.CheckboxInput):
        return f"Tick the box to continue: “{label}”"
    if issubclass(widget, forms.FileInput):
        return "Choose a file for {thing}"
    if issubclass(widget, RankSelects):
        return "Choose your order of preference for {thing}"
    if issubclass(widget, forms.Select | forms.RadioSelect | forms.CheckboxSelectMultiple):
        return "Select {thing}"
    return "Enter {thing}"
