"""An academy's own questions as a form, each by its kind."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from applications.models import Answer
from applications.models.answers import day_of
from programmes.domain import uploads
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, plural
from programmes.forms.base import PageForm
from programmes.forms.compound_fields import DateField
from programmes.forms.fields import (
    CheckboxesField,
    LineField,
    LongTextField,
    Presentation,
    Presented,
    RadiosField,
    UploadField,
    WholeNumberField,
    YesNoField,
)
from programmes.models import Question

MAX_MEGABYTES = 5
MEDIUM: Presentation = {"label_size": "m"}


class EvidenceField(UploadField):
    """A document or a picture; its content must be that of what its name says it is, and be found clean."""

    default_error_messages = {
        "content": "“%(name)s” is not a .%(kind)s file, although its name says so: choose another file"
    }

    def __init__(self, **options: Any) -> None:
        super().__init__(extensions=list(uploads.BEGINNINGS), max_megabytes=MAX_MEGABYTES, **options)

    def to_python(self, data: File[Any] | None) -> File[Any] | None:
        """The file. Raises ValidationError for another kind, too large a file, content of another kind, or a virus."""
        file = super().to_python(data)
        if file is None:
            return None
        kind = (file.name or "").rpartition(".")[2].lower()
        if not uploads.is_what_it_says(file, kind):
            raise ValidationError(
                self.error_messages["content"], code="content", params={"name": file.name, "kind": kind}
            )
        try:
            uploads.scan(file)
        except Refused as refused:
            raise ValidationError(refused.sentence, code="scan") from refused
        return file


class QuestionsForm(PageForm):
    """The questions of a programme, with what was answered before.

    ``for_later`` lets everything stay open, so that half of the answers can be kept.
    """

    def __init__(
        self,
        questions: Sequence[Question],
        answers: Iterable[Answer],
        data: Mapping[str, Any] | None = None,
        files: MultiValueDict[str, UploadedFile] | None = None,
        *,
        for_later: bool = False,
    ) -> None:
        self.questions = {f"question-{question.key}": question for question in questions}
        self.given = {answer.question_id: answer for answer in answers}
        initial = {
            name: _initial(question, self.given[question.pk].value)
            for name, question in self.questions.items()
            if question.pk in self.given
        }
        super().__init__(data, files, initial=initial)
        for name, question in self.questions.items():
            field = _FIELDS[Question.Kind(question.kind)](question)
            field.required = question.required and not self.file_given(question) and not for_later
            # What has to be answered is never called optional, though the browser may send nothing this time.
            field.nhs = field.nhs | {"optional_word": not question.required}
            self.add_field(name, field)
            if question.kind == Question.Kind.FILE and not question.required and self.file_given(question):
                remove = CheckboxesField(
                    label="The file you gave",
                    choices=[("remove", "Remove the file")],
                    required=False,
                    nhs={"hide_label": True, "small": True},
                )
                self.add_field(f"{name}-remove", remove)

    def file_given(self, question: Question) -> Answer | None:
        """The answer that holds the file already given to a question; None without one."""
        answer = self.given.get(question.pk)
        return answer if answer is not None and answer.file else None

    @property
    def values(self) -> dict[Question, Any]:
        """The answers as they are kept, of a valid form; a file's is its name, and left out when none was chosen."""
        values: dict[Question, Any] = {}
        for name, question in self.questions.items():
            value = self.cleaned_data[name]
            if question.kind != Question.Kind.FILE:
                values[question] = value.isoformat() if isinstance(value, datetime.date) else value
            elif value:
                values[question] = value.name
            elif "remove" in self.cleaned_data.get(f"{name}-remove", []):
                values[question] = ""
        return values

    @property
    def uploads(self) -> dict[Question, File[bytes]]:
        """The valid files chosen now."""
        return {
            question: self.cleaned_data[name]
            for name, question in self.questions.items()
            if question.kind == Question.Kind.FILE and self.cleaned_data.get(name)
        }


def _initial(question: Question, value: Any) -> Any:
    if question.kind == Question.Kind.DATE:
        return day_of(value)
    return None if question.kind == Question.Kind.FILE else value


def _common(question: Question, hint: str = "") -> dict[str, Any]:
    """What every kind takes: the wording, and whether it must be answered."""
    help_text = " ".join(filter(None, (question.hint, hint)))
    return {"label": question.text, "help_text": help_text, "required": question.required, "nhs": MEDIUM}


def _choices(question: Question) -> list[tuple[str, str]]:
    return [(str(option), str(option)) for option in question.options]


def _number(question: Question) -> Presented:
    options = _common(question)
    options["nhs"] = {**MEDIUM, "width": 5}
    field = WholeNumberField(min_value=question.least, max_value=question.most, **options)
    if question.least is not None and question.most is not None:
        between = f"Enter a number between {question.least} and {question.most}"
        for code in ("min_value", "max_value"):
            field.error_messages[code] = between
    field.error_messages["invalid"] = "Enter a whole number, like 3"
    return field


def _file(question: Question) -> Presented:
    kinds = join_words([kind.upper() for kind in uploads.BEGINNINGS if kind != "jpeg"], last="or")
    return EvidenceField(**_common(question, f"A {kinds} file of no more than {MAX_MEGABYTES} MB."))


def _long_text(question: Question) -> Presented:
    limit = question.max_words
    options = _common(question)
    options["nhs"] = {**MEDIUM, "rows": 10 if not limit or limit > 100 else 5}
    if not limit:
        return LongTextField(max_characters=10_000, **options)
    field = LongTextField(max_words=limit, **options)
    field.error_messages["max_words"] = (
        f"Your answer must be {plural(limit, 'word')} or fewer: you have written %(count)d"
    )
    return field


def _text(question: Question) -> Presented:
    field = LineField(max_length=300, **_common(question))
    field.error_messages["max_length"] = (
        "Your answer must be %(limit_value)d characters or fewer: you have entered %(show_value)d"
    )
    return field


_FIELDS: dict[Question.Kind, Callable[[Question], Presented]] = {
    Question.Kind.TEXT: _text,
    Question.Kind.LONG_TEXT: _long_text,
    Question.Kind.CHOICE: lambda question: RadiosField(choices=_choices(question), **_common(question)),
    Question.Kind.CHOICES: lambda question: CheckboxesField(choices=_choices(question), **_common(question)),
    Question.Kind.NUMBER: _number,
    Question.Kind.DATE: lambda question: DateField(**_common(question)),
    Question.Kind.YES_NO: lambda question: YesNoField(**_common(question)),
    Question.Kind.FILE: _file,
}
