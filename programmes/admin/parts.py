"""The parts of a programme, as they are edited on its page."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.text import slugify

from programmes.admin.base import PartInline
from programmes.domain.messages import MAILS, wording_problems
from programmes.models import (
    ApprovalStep,
    Criterion,
    CriterionOption,
    Declaration,
    Faq,
    MessageTemplate,
    Obligation,
    Question,
    RoleDescription,
)


def new_key(words: str) -> str:
    """A key for a part that staff add: telling, and never one that is there already."""
    return f"{slugify(words)[:40].strip('-') or 'part'}-{secrets.token_hex(3)}"


class PartForm(forms.ModelForm):
    """Gives a new part its key: staff never see keys, files and answers hold on to them."""

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
        return cleaned


class MessageTemplateForm(forms.ModelForm):
    """A programme's own wording of a mail, with the placeholders that the mail knows."""

    event = forms.ChoiceField(
        label="Mail",
        choices=[
            ("", "Choose a mail"),
            *sorted(
                ((mail.event, f"To the {mail.reader}: {mail.purpose}") for mail in MAILS.values()),
                key=lambda choice: choice[1],
            ),
        ],
    )

    class Meta:
        model = MessageTemplate
        fields = ("event", "subject", "body")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mail = MAILS.get(self.instance.event)
        names = mail.placeholders if mail else MAILS["continue"].placeholders
        known = ", ".join(f"{{{{ {name} }}}}" for name in sorted(names))
        which = "This mail knows the placeholders" if mail else "Every mail knows"
        more = (
            "." if mail else "; one that the mail does not know is refused, with the list of those it does."
        )
        for name in ("subject", "body"):
            if name in self.fields:
                self.fields[name].help_text = f"{'Markdown. ' if name == 'body' else ''}{which} {known}{more}"

    def clean(self) -> dict[str, Any] | None:
        """Refuse what the mail could not be made of, saying what it knows."""
        cleaned = super().clean() or {}
        if {"event", "subject", "body"} <= cleaned.keys():
            for problem in wording_problems(cleaned["event"], cleaned["subject"], cleaned["body"]):
                self.add_error("body", problem)
        return cleaned


class Part(PartInline):
    """An ordered part with a key."""

    form = PartForm
    exclude = ("key",)
    classes: Sequence[str] = ("collapse",)


class RoleDescriptionInline(PartInline):
    model = RoleDescription
    verbose_name_plural = "role description"
    classes = ("collapse",)
    max_num = 1


class CriterionInline(Part):
    """Its options, where it is an any-of group, stand on the criterion's own page."""

    model = Criterion
    show_change_link = True
    verbose_name_plural = "criteria (options of an any-of group: “Change”)"


class CriterionOptionInline(Part):
    model = CriterionOption
    verbose_name = "option"
    verbose_name_plural = "options: any one of them meets the criterion"
    classes = ()
    extra = 1


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


class FaqInline(Part):
    model = Faq


class MessageTemplateInline(PartInline):
    model = MessageTemplate
    form = MessageTemplateForm
    verbose_name = "wording of a mail"
    verbose_name_plural = "your own wording of mails"
    classes = ("collapse",)
