"""The questions asked before anything personal is, and the address to which the link is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms import BoundField

from programmes.forms.base import PageForm
from programmes.forms.fields import CheckboxesField, EmailField, YesNoField
from programmes.models import Criterion
from programmes.models.parts import Importance

# What a visitor answered, by the criterion's key: yes or no, or the keys of the options ticked.
Answers = dict[str, bool | list[str]]

# With a full stop no option's key can be the same.
NONE_OF_THESE = "none.of.these"


class GateForm(PageForm):
    """Each criterion as a question that must be answered: yes or no, or any of several ways to meet it."""

    def __init__(
        self, criteria: Sequence[Criterion], data: Mapping[str, Any] | None = None, *, before: Answers | None
    ) -> None:
        """``criteria`` with their options; ``before`` is what the visitor answered the last time."""
        super().__init__(data)
        self.criteria = criteria
        for criterion in criteria:
            self.add_field(criterion.key, _question(criterion))
            if before and criterion.key in before:
                self.initial[criterion.key] = _shown(before[criterion.key])

    @property
    def essential(self) -> list[BoundField]:
        """The questions that decide."""
        return self._questions(Importance.ESSENTIAL)

    @property
    def desirable(self) -> list[BoundField]:
        """The questions that keep nobody out."""
        return self._questions(Importance.DESIRABLE)

    @property
    def answers(self) -> Answers:
        """What a valid form says."""
        return {
            criterion.key: [key for key in given if key != NONE_OF_THESE]
            if isinstance(given, list)
            else given
            for criterion in self.criteria
            for given in [self.cleaned_data[criterion.key]]
        }

    def _questions(self, importance: Importance) -> list[BoundField]:
        return [self[criterion.key] for criterion in self.criteria if criterion.importance == importance]


def _question(criterion: Criterion) -> forms.Field:
    options = [(option.key, option.text) for option in criterion.options.all()]
    if not options:
        return YesNoField(label=criterion.question, help_text=criterion.hint, nhs={"label_size": "s"})
    return CheckboxesField(
        label=criterion.question,
        help_text=criterion.hint or "Select all that apply.",
        choices=[*options, (NONE_OF_THESE, "None of these")],
        exclusive=NONE_OF_THESE,
        error_messages={
            "required": f"Answer the question “{criterion.question}”: select all that apply, or “None of these”"
        },
        nhs={"label_size": "s", "divider": {NONE_OF_THESE: "or"}},
    )


def _shown(answer: bool | list[str]) -> bool | list[str]:
    return answer if isinstance(answer, bool) else answer or [NONE_OF_THESE]


class StartForm(PageForm):
    """The address to which the link to the application is sent."""

    email = EmailField(
        label="Work email address",
        help_text="We send your link to this address and use it for everything about your application.",
        max_length=254,
        error_messages={
            "required": "Enter your work email address",
            "max_length": "Email address must be 254 characters or fewer: you have entered %(show_value)d",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
        nhs={"label_size": "s"},
    )
