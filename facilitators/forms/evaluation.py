"""Questions of an evaluation as fields, and the form of one that is answered by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from facilitators.domain.evaluation.answering import RATINGS
from facilitators.models import EvaluationQuestion
from programmes.forms.base import PageForm
from programmes.forms.fields import LongTextField, Presentation, Presented, RadiosField

LONGEST_ANSWER = 3000
_MEDIUM: Presentation = {"label_size": "m"}


def question_field(question: EvaluationQuestion) -> Presented:
    """The field in which a question is answered."""
    options: dict[str, Any] = {
        "label": question.text,
        "help_text": question.hint,
        "required": question.required,
        "nhs": _MEDIUM,
    }
    if question.kind == EvaluationQuestion.Kind.LONG_TEXT:
        return LongTextField(max_characters=LONGEST_ANSWER, **options)
    if question.kind == EvaluationQuestion.Kind.CHOICE:
        return RadiosField(choices=[(one, one) for one in question.choices], **options)
    choices = [("yes", "Yes"), ("no", "No")]
    if question.kind == EvaluationQuestion.Kind.RATING:
        ends = {RATINGS[0]: f" ({question.lowest})", RATINGS[-1]: f" ({question.highest})"}
        choices = [(rating, rating + ends.get(rating, "")) for rating in RATINGS]
    return RadiosField(choices=choices, **options | {"nhs": {**_MEDIUM, "small": True}})


class EvaluationForm(PageForm):
    """What is asked at one moment."""

    def __init__(
        self, questions: Sequence[EvaluationQuestion], data: Mapping[str, Any] | None = None
    ) -> None:
        self.questions = {f"question-{question.key}": question for question in questions}
        super().__init__(data)
        for name, question in self.questions.items():
            self.add_field(name, question_field(question))

    @property
    def answers(self) -> dict[int, str]:
        """The answers of a valid form, by question."""
        return {question.pk: self.cleaned_data[name] for name, question in self.questions.items()}
