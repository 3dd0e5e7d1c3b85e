"""The parts of a programme, as they are edited on its page."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.text import slugify

from programmes.admin.base import PartInline
from programmes.admin.boxes import WithFittingBoxes
from programmes.models import (
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    Faq,
    Obligation,
    Question,
    RoleDescription,
    RubricCriterion,
)
from programmes.models.parts import PartOfProgramme

# Above any number typed; the places are counted anew once all are saved.
AT_THE_END = 100_000


def new_key(words: str) -> str:
    """A key for a part that staff add: telling, and never one that is there already."""
    return f"{slugify(words).replace('_', '-')[:40].strip('-') or 'part'}-{secrets.token_hex(3)}"


def renumber(parts: Iterable[PartOfProgramme]) -> None:
    """Count the parts of one list from 1, in the order in which they stand."""
    for position, part in enumerate(sorted(parts, key=lambda one: (one.position, one.pk)), start=1):
        if part.position != position:
            part.position = position
            part.save()


class PartForm(forms.ModelForm):
    """Gives a new part its key: staff never see keys, files and answers hold on to them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "position" in self.fields:
            position = self.fields["position"]
            position.label, position.required = "Place in the list", False
            position.help_text = "Such as 1 for the first. Empty: at the end."
            if self.instance.pk is None:
                self.initial["position"] = None

    def clean_position(self) -> int:
        """The place asked for; at the end where none is."""
        position: int | None = self.cleaned_data["position"]
        return AT_THE_END if position is None else position

    def save(self, commit: bool = True) -> Any:
        """Save, with a key."""
        if not self.instance.key:
            self.instance.key = new_key(str(self.instance))
        return super().save(commit)


class LinesField(forms.CharField):
    """A list of texts, typed one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        """Show a stored list as lines."""
        return "\n".join(str(line) for line in value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Take the lines that are not blank."""
        return [line.strip() for line in (value or "").splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare lists, whatever the line ends."""
        return (initial or []) != self.to_python(data)


class QuestionForm(PartForm):
    options = LinesField(required=False, help_text="One a line; for “one of several” and “any of several”.")

    class Meta:
        model = Question
        exclude = ("key",)  # noqa: DJ006  every field but the key, as they come

    def clean(self) -> dict[str, Any] | None:
        """A choice needs something to choose from, and a smallest number is not above the largest."""
        cleaned = super().clean() or {}
        chooses = cleaned.get("kind") in (Question.Kind.CHOICE, Question.Kind.CHOICES)
        options = cleaned.get("options") or []
        if chooses and len(options) < 2:
            self.add_error("options", "Enter at least two options, one a line.")
        if len(set(options)) != len(options):
            self.add_error("options", "Enter each option once.")
        least, most = cleaned.get("least"), cleaned.get("most")
        if least is not None and most is not None and least > most:
            self.add_error("most", f"The largest number must be {least} or more.")
        return cleaned


class ObligationForm(PartForm):
    """Numbers that fit together."""

    class Meta:
        model = Obligation
        exclude = ("key",)  # noqa: DJ006  every field but the key, as they come

    def clean(self) -> dict[str, Any] | None:
        """A window in months has months, and the least is not above the most."""
        cleaned = super().clean() or {}
        if cleaned.get("window") == Obligation.Window.WITHIN_MONTHS and not cleaned.get("months"):
            self.add_error("months", "Enter the number of months, 1 or more.")
        least, most = cleaned.get("at_least"), cleaned.get("at_most")
        if least is not None and most is not None and least > most:
            self.add_error("at_most", f"Enter {least} or more: at least {least} are owed.")
        if cleaned.get("attends") and cleaned.get("kind") != Obligation.Kind.ATTEND:
            self.add_error("attends", "Leave this empty, or choose “Attend” as the kind.")
        # As the programme's file writes it.
        cleaned["one_of"] = (cleaned.get("one_of") or "").lower().replace("_", "-")
        return cleaned


class Part(WithFittingBoxes, PartInline):
    """An ordered part with a key; an empty one is there to be filled in, with or without a script."""

    form = PartForm
    exclude = ("key",)
    classes: Sequence[str] = ()
    extra = 1

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """What it says first, and then its place."""
        fields = list(super().get_fields(request, obj))
        return sorted(fields, key=lambda name: name == "position")


class RoleDescriptionInline(WithFittingBoxes, PartInline):
    model = RoleDescription
    verbose_name_plural = "role description"
    extra = 1
    max_num = 1


class CriterionInline(Part):
    """Its options, where it is an any-of group, stand on the criterion's own page."""

    model = Criterion
    show_change_link = True
    verbose_name_plural = "criteria (several ways to meet one: save it, then “Change”)"


class CriterionOptionInline(Part):
    model = CriterionOption
    verbose_name = "option"
    verbose_name_plural = "options: any one of them meets the criterion"
    extra = 2


class QuestionInline(Part):
    model = Question
    form = QuestionForm
    verbose_name_plural = "questions"


class DeclarationInline(Part):
    model = Declaration
    verbose_name_plural = "declarations"


class ApprovalStepInline(Part):
    model = ApprovalStep
    verbose_name_plural = "approvals that are needed"
    verbose_name = "approval"


class ObligationInline(Part):
    model = Obligation
    form = ObligationForm
    verbose_name_plural = "what a facilitator owes afterwards"


class RubricForm(PartForm):
    """Weights and points from 1 to 100."""

    def clean(self) -> dict[str, Any] | None:
        """Numbers that can be counted together."""
        cleaned = super().clean() or {}
        for name in ("weight", "maximum"):
            if name in cleaned and not 1 <= (cleaned[name] or 0) <= 100:
                self.add_error(name, "Enter a number from 1 to 100.")
        return cleaned


class RubricInline(Part):
    model = RubricCriterion
    form = RubricForm
    verbose_name_plural = "rubric: what reviewers give points for"


class FaqInline(Part):
    model = Faq
