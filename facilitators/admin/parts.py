"""What a programme asks after the training, as it is edited on the programme's page."""

from __future__ import annotations

from typing import Any

from django import forms

from facilitators.domain.people.standing import recount_programme
from facilitators.models import EvaluationQuestion, Facilitation, Topic, Undertaking
from programmes.admin.base import PartInline
from programmes.admin.boxes import WithFittingBoxes
from programmes.admin.parts import LinesField, Part, PartForm


class EvaluationQuestionForm(PartForm):
    """Only a rating has ends, and only one of several has choices."""

    choices = LinesField(required=False, help_text="One a line; for “one of several”.")

    class Meta:
        model = EvaluationQuestion
        exclude = ("key",)

    def clean(self) -> dict[str, Any] | None:
        """Forget the ends of what is no rating, and the choices of what is no choice; which needs two."""
        cleaned = super().clean() or {}
        choices = cleaned.get("choices") or []
        if cleaned.get("kind") != EvaluationQuestion.Kind.CHOICE:
            cleaned["choices"] = []
        elif len(choices) < 2:
            self.add_error("choices", "Enter at least two choices, one a line.")
        elif len(set(choices)) != len(choices):
            self.add_error("choices", "Enter each choice once.")
        if cleaned.get("kind") != EvaluationQuestion.Kind.RATING:
            for name in ("lowest", "highest"):
                cleaned[name] = getattr(EvaluationQuestion(), name)
        return cleaned


class EvaluationQuestionInline(Part):
    model = EvaluationQuestion
    form = EvaluationQuestionForm
    verbose_name = "question"
    verbose_name_plural = (
        "evaluation: what people are asked after the training, after a circle, and months later"
    )


class UndertakingInline(Part):
    model = Undertaking
    verbose_name_plural = "undertakings: what those who attended agree to"


class FacilitationForm(forms.ModelForm):
    """Numbers that fit together; who stands how by them is counted again."""

    class Meta:
        model = Facilitation
        exclude = ("programme",)  # noqa: DJ006  every field but whose it is, as they come

    def clean(self) -> dict[str, Any] | None:
        """Sizes of a circle, and numbers of its facilitators, from 1 and in order."""
        cleaned = super().clean() or {}
        for low, high in (
            ("circle_minimum", "circle_maximum"),
            ("facilitators_at_least", "facilitators_at_most"),
        ):
            least, most = cleaned.get(low), cleaned.get(high)
            if least is not None and least < 1:
                self.add_error(low, "Enter 1 or more.")
            elif least is not None and most is not None and least > most:
                self.add_error(high, f"Enter {least} or more.")
        if cleaned.get("lapses_after_months") == 0:
            self.add_error("lapses_after_months", "Enter 1 or more, or leave it empty: nobody lapses then.")
        if cleaned.get("valid_months") == 0:
            self.add_error(
                "valid_months", "Enter 1 or more, or leave it empty: certificates do not expire then."
            )
        return cleaned

    def save(self, commit: bool = True) -> Any:
        """Save, and let the new rule hold for everybody trained already."""
        saved = super().save(commit)
        if commit:
            recount_programme(saved.programme_id)
        return saved


class FacilitationInline(WithFittingBoxes, PartInline):
    model = Facilitation
    form = FacilitationForm
    verbose_name = verbose_name_plural = "how facilitators work after the training"
    extra = 1
    max_num = 1


class TopicInline(Part):
    model = Topic
    verbose_name_plural = "topics: what circles are about"
