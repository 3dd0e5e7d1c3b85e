"""The page on which staff change who is credited with a delivery."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.utils import timezone

from facilitators.domain.delivering import crediting
from facilitators.models import Delivery, DeliveryCredit
from programmes.admin.pages import Crumb, VerbForm, VerbPage, long_text
from programmes.domain.record import REASON_LIMIT

_OUT = "out"


class CreditedForm(VerbForm):
    """What each did, somebody to be added by their address, and why."""

    def __init__(self, delivery: Delivery, data: Any = None) -> None:
        super().__init__(data)
        self.delivery = delivery
        rows = delivery.credits.select_related("training__facilitator").order_by("pk")
        self.before = {row.training_id: row.role for row in rows}
        for row in rows:
            self.fields[f"role_{row.training_id}"] = forms.ChoiceField(
                label=row.training.facilitator.name,
                choices=[*DeliveryCredit.Role.choices, (_OUT, "Not credited")],
                initial=row.role,
            )
        self.fields["email"] = forms.EmailField(
            label="Somebody else, by the work email address in the register (optional)",
            required=False,
            max_length=254,
            widget=forms.EmailInput(attrs={"class": "vTextField"}),
        )
        self.fields["role"] = forms.ChoiceField(
            label="What they did", choices=DeliveryCredit.Role.choices, initial=DeliveryCredit.Role.LED
        )
        self.fields["reason"] = long_text(
            "Reason",
            "Kept with your name.",
            missing="Enter the reason. It is kept with your name.",
            limit=REASON_LIMIT,
        )

    def changes(self) -> dict[int, str | None]:
        """What a valid form changes: the new role of each by their training, or None.

        Raises `Refused` for an address that is nobody's in the programme.
        """
        values = self.cleaned_data
        changed: dict[int, str | None] = {
            pk: None if values[f"role_{pk}"] == _OUT else values[f"role_{pk}"]
            for pk, role in self.before.items()
            if values[f"role_{pk}"] != role
        }
        if values["email"]:
            changed[crediting.trained_at(self.delivery.programme, values["email"]).pk] = values["role"]
        return changed


def credited_page(delivery: Delivery, data: Any, *, user: User | AnonymousUser, back: Crumb) -> VerbPage:
    """Ask who is credited with a delivery, and as what."""
    form = CreditedForm(delivery, data)

    def carry_out(values: dict[str, Any]) -> str:
        crediting.credit(delivery.pk, form.changes(), reason=values["reason"], user=user, now=timezone.now())
        return "Saved. What is owed is counted anew."

    means = ["What is owed, where people stand and what came of the training are counted anew."]
    if delivery.circle_id:
        means.append("Who led the circle changes with it: a register that is corrected later says the same.")
    return VerbPage(
        title=f"Who is credited: {delivery}",
        button="Save",
        form=form,
        back=back,
        carry_out=carry_out,
        explanation=means,
        impossible=crediting.why_not_credited_otherwise(delivery),
    )
