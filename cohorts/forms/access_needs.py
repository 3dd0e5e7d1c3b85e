"""What somebody needs to take part: asked in three plain boxes, all of them optional."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from applications.models import AccessNeeds
from cohorts.domain.access_needs import Needs
from programmes.forms.base import PageForm
from programmes.forms.fields import LongTextField, RadiosField

YES, NO, NOT_SAID = "yes", "no", "not_said"
MAX_CHARACTERS = 1000
_TEXTS = ("adjustments", "access", "dietary")


class AccessNeedsForm(PageForm):
    """Whether anything is needed, and what. No answer at all is an answer too: then nothing is kept."""

    needed = RadiosField(
        label="Is there anything you need in order to take part?",
        required=False,
        choices=[(YES, "Yes"), (NO, "No"), (NOT_SAID, "I prefer not to say")],
        error_messages={"invalid_choice": "Choose yes, no, or that you prefer not to say"},
        nhs={"label_size": "m", "optional_word": False, "reveals": {YES: _TEXTS}},
    )
    adjustments = LongTextField(
        label="Adjustments",
        help_text="For example slides sent beforehand, more breaks, a sign language interpreter.",
        max_characters=MAX_CHARACTERS,
        required=False,
    )
    access = LongTextField(
        label="Access to the building and the room",
        help_text="For example a step-free way in, a hearing loop, a parking space near the door.",
        max_characters=MAX_CHARACTERS,
        required=False,
    )
    dietary = LongTextField(
        label="Food and drink",
        help_text="For example vegan, halal, no nuts.",
        max_characters=MAX_CHARACTERS,
        required=False,
    )

    def __init__(self, kept: AccessNeeds | None, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data, initial=_initial(kept))

    def clean(self) -> dict[str, Any]:
        """Raise an error where something is needed and nothing is said of what."""
        given = self.cleaned_data
        if given.get("needed") == YES and not self.errors and not any(given[name].strip() for name in _TEXTS):
            self.add_error("adjustments", "Say what you need, in at least one of the three boxes")
        return given

    @property
    def needs(self) -> Needs | None:
        """What was said, only of a valid form; None where nothing was chosen."""
        given = self.cleaned_data
        if not given["needed"]:
            return None
        return Needs(
            prefer_not_to_say=given["needed"] == NOT_SAID, **{name: given[name].strip() for name in _TEXTS}
        )


def _initial(kept: AccessNeeds | None) -> dict[str, Any]:
    if kept is None:
        return {}
    needed = NOT_SAID if kept.prefer_not_to_say else YES if kept.said else NO
    return {"needed": needed} | {name: getattr(kept, name) for name in _TEXTS}
