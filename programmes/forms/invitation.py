"""What the link of an invitation asks: a name, and a password twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, Presented


class PasswordField(Presented, forms.CharField):
    """A password: kept as it is typed, never shown again, and named so that password managers know what it is."""

    widget = forms.PasswordInput

    def __init__(self, **options: Any) -> None:
        super().__init__(strip=False, max_length=128, **options)
        self.widget.attrs |= {"autocomplete": "new-password", "spellcheck": "false", "autocapitalize": "none"}


class AccountForm(PageForm):
    """An account for an address that has none."""

    full_name = LineField(label="Your full name", max_length=150, help_text="Your colleagues see it.")
    password = PasswordField(
        label="Password",
        help_text="At least 12 characters, and not one that is often used. Three random words are a good one.",
    )
    again = PasswordField(
        label="The same password again",
        error_messages={"required": "Enter the password again"},
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *, name: str, address: str) -> None:
        super().__init__(data, initial={"full_name": name})
        self.fields["full_name"].widget.attrs |= {"autocomplete": "name", "spellcheck": "false"}
        self.address = address

    def clean(self) -> dict[str, Any]:
        """See that the password is good enough, and the same twice."""
        cleaned = super().clean() or {}
        password = cleaned.get("password")
        if password is None:
            return cleaned
        account = User(username=self.address, email=self.address, last_name=cleaned.get("full_name", ""))
        try:
            validate_password(password, account)
        except ValidationError as weak:
            self.add_error("password", weak)
        else:
            if cleaned.get("again", password) != password:
                self.add_error("again", "The two passwords are not the same: enter both again")
        return cleaned


class JoinForm(PageForm):
    """Agreeing, by somebody who has an account: nothing but the button."""
