"""The evaluation and the undertakings as one form, with the name that goes on the certificate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from applications.models import Application
from facilitators.forms.evaluation import question_field
from facilitators.models import EvaluationQuestion, Undertaking
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, Presentation, TickField

_MEDIUM: Presentation = {"label_size": "m"}


class CompletionForm(PageForm):
    """Every question of the evaluation, every undertaking to be agreed to one by one, and a typed name."""

    def __init__(
        self,
        application: Application,
        questions: Sequence[EvaluationQuestion],
        undertakings: Sequence[Undertaking],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.questions = {f"question-{question.key}": question for question in questions}
        self.undertakings = {f"undertaking-{undertaking.key}": undertaking for undertaking in undertakings}
        super().__init__(data, initial={"full_name": application.name})
        for name, question in self.questions.items():
            self.add_field(name, question_field(question))
        for name, undertaking in self.undertakings.items():
            tick = TickField(
                label=undertaking.statement,
                error_messages={
                    "required": f"To complete the training, agree to this: “{undertaking.statement}”"
                },
            )
            self.add_field(name, tick)
        field = LineField(
            label="Your full name",
            help_text="As it should stand on your certificate. Typing it signs what you agree to.",
            max_length=150,
            error_messages={"required": "Enter your full name as it should stand on your certificate"},
            nhs=_MEDIUM,
        )
        field.widget.attrs |= {"autocomplete": "name", "spellcheck": "false"}
        self.add_field("full_name", field)

    @property
    def answers(self) -> dict[int, str]:
        """The answers of a valid form, by question."""
        return {question.pk: self.cleaned_data[name] for name, question in self.questions.items()}

    @property
    def agreed(self) -> list[int]:
        """The undertakings agreed to in a valid form."""
        return [one.pk for name, one in self.undertakings.items() if self.cleaned_data[name]]
