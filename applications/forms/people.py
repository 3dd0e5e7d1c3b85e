"""The people who agree to an application, and what the applicant declares."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from applications.domain.approvals import OwnApproval, refuse_own_address
from applications.models import Application, Approval
from programmes.forms.base import PageForm
from programmes.forms.fields import EmailField, LineField, TickField
from programmes.models import ApprovalStep, Declaration


class ApproversForm(PageForm):
    """Name and work address of the person asked at each step."""

    def __init__(
        self,
        application: Application,
        steps: Sequence[ApprovalStep],
        named: Iterable[Approval],
        data: Mapping[str, Any] | None = None,
    ) -> None:
        self.application = application
        self.steps = list(steps)
        initial = {}
        for approval in named:
            initial[f"name-{approval.step_id}"] = approval.name
            initial[f"email-{approval.step_id}"] = approval.email
        super().__init__(data, initial=initial)
        for step in self.steps:
            who = step.get_approver_display().lower()
            name = LineField(
                label="Full name",
                max_length=150,
                error_messages={
                    "required": f"Enter the full name of your {who}",
                    "max_length": f"The name of your {who} must be %(limit_value)d characters or fewer: "
                    "you have entered %(show_value)d",
                },
            )
            email = EmailField(
                label="Work email address",
                max_length=254,
                error_messages={
                    "required": f"Enter the work email address of your {who}",
                    "invalid": f"Enter the email address of your {who} in the correct format, like name@example.com",
                },
            )
            self.add_field(f"name-{step.pk}", name)
            self.add_field(f"email-{step.pk}", email)

    def clean(self) -> dict[str, Any]:
        """Raise an error on an address that is the applicant's own."""
        for step in self.steps:
            refuse_own(self, f"email-{step.pk}", self.application)
        return self.cleaned_data

    @property
    def people(self) -> dict[int, tuple[str, str]]:
        """Name and address by the step's primary key; only of a valid form."""
        return {
            step.pk: (self.cleaned_data[f"name-{step.pk}"], self.cleaned_data[f"email-{step.pk}"])
            for step in self.steps
        }


def refuse_own(form: PageForm, field: str, application: Application) -> None:
    """Put the rule's sentence on a field that holds the applicant's own address."""
    if email := form.cleaned_data.get(field):
        try:
            refuse_own_address(application, email)
        except OwnApproval as refused:
            form.add_error(field, refused.sentence)


class CorrectionForm(PageForm):
    """Who should be asked instead of somebody whose name or address was wrong."""

    name = LineField(label="Full name", max_length=150)
    email = EmailField(label="Work email address", max_length=254)

    def __init__(self, approval: Approval, data: Mapping[str, Any] | None = None) -> None:
        self.application = approval.application
        super().__init__(data, initial={"name": approval.name, "email": approval.email})

    def clean(self) -> dict[str, Any]:
        """Raise an error on an address that is the applicant's own."""
        refuse_own(self, "email", self.application)
        return self.cleaned_data


class DeclarationsForm(PageForm):
    """A box for each declaration, and for each approval that the applicant declares, with whose it is."""

    def __init__(
        self,
        steps: Sequence[ApprovalStep],
        declarations: Sequence[Declaration],
        data: Mapping[str, Any] | None = None,
        *,
        declared: Iterable[Approval] = (),
        agreed: Iterable[int | None] = (),
    ) -> None:
        self.steps = list(steps)
        self.declarations = list(declarations)
        initial: dict[str, Any] = {f"declaration-{pk}": True for pk in agreed}
        for approval in declared:
            initial[f"step-{approval.step_id}"] = True
            initial[f"who-{approval.step_id}"] = approval.name
        super().__init__(data, initial=initial)
        for step in self.steps:
            self.add_field(f"step-{step.pk}", _tick(step.statement))
            who = step.get_approver_display().lower()
            self.add_field(
                f"who-{step.pk}",
                LineField(label=f"Name of your {who}", max_length=150, required=False),
            )
        for declaration in self.declarations:
            self.add_field(f"declaration-{declaration.pk}", _tick(declaration.statement))

    @property
    def names(self) -> dict[int, str]:
        """Who was named at each declared step, by its primary key."""
        return {step.pk: self.cleaned_data[f"who-{step.pk}"] for step in self.steps}


def _tick(statement: str) -> TickField:
    return TickField(label=statement, error_messages={"required": f"Tick the box to agree: “{statement}”"})
