"""What facilitators type on the pages of their community: a name under a copyright, notices, and a wish for mail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from facilitators.domain.community.noticeboard import TEXT_LIMIT, TITLE_LIMIT
from facilitators.domain.handbook.custody import NAME_LIMIT
from facilitators.models import Training
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, LongTextField, RadiosField, YesNoField


class AgreeForm(PageForm):
    """The name that stands for a signature."""

    typed_name = LineField(
        label="Your full name",
        help_text="It stands for your signature. We keep it with today’s date.",
        max_length=NAME_LIMIT,
        error_messages={"required": "Enter your full name: it stands for your signature"},
    )


class NoticeForm(PageForm):
    """A post; ``trainings`` are those by which somebody can write."""

    sent_as = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, trainings: Sequence[Training], data: Mapping[str, Any] | None = None) -> None:
        self.trainings = {str(one.pk): one for one in trainings}
        super().__init__(data, initial={"sent_as": uuid.uuid4()})
        if len(trainings) > 1:
            choices = [(key, one.programme.title) for key, one in self.trainings.items()]
            label = "For the facilitators of which programme?"
            self.add_field("training", RadiosField(label=label, choices=choices))
        title = LineField(
            label="Title",
            max_length=TITLE_LIMIT,
            error_messages={"required": "Enter a title, in a few words"},
        )
        self.add_field("title", title)
        self.add_field("text", _text("What do you want to say?"))

    @property
    def training(self) -> Training:
        """By which training a valid form is written."""
        chosen = self.cleaned_data.get("training") or next(iter(self.trainings))
        return self.trainings[chosen]


class ReplyForm(PageForm):
    """A reply to a post."""

    sent_as = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial={"sent_as": uuid.uuid4()})
        self.add_field("text", _text("Your reply"))


def _text(label: str) -> LongTextField:
    return LongTextField(
        label=label,
        help_text="Please name nobody who took part in a session.",
        max_characters=TEXT_LIMIT,
        error_messages={"required": "Enter what you want to say"},
    )


class MailForm(PageForm):
    """Whether somebody wants the weekly mail."""

    wanted = YesNoField(
        label="Do you want an email when there is something new on the noticeboard?",
        help_text="At most one a week.",
    )


class PlanningForm(PageForm):
    """Whether somebody comes to plan with their ICS: a choice without a default, which no gateway presses."""

    answer = RadiosField(
        label="Do you come?",
        choices=[("yes", "I will come"), ("no", "I cannot come")],
        error_messages={"required": "Choose whether you come", "invalid_choice": "Choose whether you come"},
    )
