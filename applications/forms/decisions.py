"""What an approver answers, and the short forms of an applicant's own pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from applications.forms.people import refuse_own
from applications.models import Approval
from programmes.forms.base import PageForm
from programmes.forms.fields import EmailField, LineField, LongTextField, RadiosField
from programmes.forms.sure import SureForm

SUPPORT, DECLINE, NOT_ME, MORE_TIME = "support", "decline", "not_me", "more_time"
MAX_CHARACTERS = 3000


class ApproveForm(PageForm):
    """A choice without a default, and a typed name: nothing that a mail gateway could press by chance."""

    decision = RadiosField(
        label="What is your answer?",
        choices=[
            (SUPPORT, "I support this application"),
            (DECLINE, "I do not support this application"),
            (NOT_ME, "I am not the right person to ask"),
            (MORE_TIME, "I need more time"),
        ],
        error_messages={"required": "Choose your answer", "invalid_choice": "Choose one of the 4 answers"},
        nhs={
            "label_size": "l",
            "hints": {
                DECLINE: "The application ends, and the applicant reads your reason.",
                NOT_ME: "We ask the person you name instead.",
                MORE_TIME: "We send you no reminder for 5 working days. You can answer at any time.",
            },
            "reveals": {DECLINE: "reason", NOT_ME: ("other_name", "other_email")},
        },
    )
    reason = LongTextField(
        label="Why do you not support it?",
        help_text="The applicant will read this.",
        max_characters=MAX_CHARACTERS,
        error_messages={"required": "Enter a reason: the applicant will read it"},
    )
    other_name = LineField(
        label="Full name of the right person",
        max_length=150,
        error_messages={"required": "Enter the full name of the right person"},
    )
    other_email = EmailField(
        label="Their work email address",
        help_text="We write to them straight away, and tell them that you gave us the address.",
        max_length=254,
        error_messages={"required": "Enter the work email address of the right person"},
    )
    full_name = LineField(
        label="Your full name",
        help_text="Typing your name signs your answer. It is kept with the application.",
        max_length=150,
        error_messages={"required": "Enter your full name: it signs your answer"},
        nhs={"label_size": "m"},
    )

    def __init__(self, approval: Approval, data: Mapping[str, Any] | None = None) -> None:
        self.application = approval.application
        super().__init__(data)
        self.fields["full_name"].widget.attrs |= {"autocomplete": "name", "spellcheck": "false"}
        for name in ("other_name", "other_email"):
            self.fields[name].widget.attrs |= {"autocomplete": "off", "spellcheck": "false"}

    def clean(self) -> dict[str, Any]:
        """Raise an error where the right person would be the applicant."""
        refuse_own(self, "other_email", self.application)
        return self.cleaned_data


class WithdrawForm(SureForm):
    """A reason, if the applicant wants to give one, and that it is meant."""

    reason = LongTextField(
        label="Why are you withdrawing?",
        help_text="It helps the academy to plan. You can leave this empty.",
        max_characters=MAX_CHARACTERS,
        required=False,
    )


class InformationForm(PageForm):
    """The answer to what the academy asked."""

    given = LongTextField(
        label="Your answer",
        max_characters=10_000,
        error_messages={"required": "Enter your answer"},
        nhs={"label_size": "m", "rows": 10},
    )


class AddressForm(PageForm):
    """The address to which links are sent again."""

    email = EmailField(
        label="Work email address",
        help_text="The address you used in your application, or at which you were asked to approve one.",
        max_length=254,
        error_messages={"required": "Enter your work email address"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None) -> None:
        super().__init__(data)
        self.fields["email"].widget.attrs["autocomplete"] = "email"
