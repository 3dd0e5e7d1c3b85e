"""Review and decide in one form, sent once: what a reviewer thinks, and what becomes of the application."""

from __future__ import annotations

import datetime
from typing import Any

from django import forms
from django.db import transaction

from applications.admin.forms import ReviewForm
from applications.domain import reviews
from applications.domain.transitions import find_transition
from applications.models import Application, Review, State
from cohorts.domain import pending
from cohorts.models import Cohort, PendingDecision
from programmes.admin.pages import long_text

Kind = PendingDecision.Kind
LEAVE, ASK = "leave", "ask"
NOW, LATER = "now", "later"
# The letters that choose an answer from the keyboard, by the name of the field; static/staff-review.js.
LETTERS = {
    "outcome": {
        Review.Outcome.SUITABLE.value: "y",
        Review.Outcome.UNSURE.value: "u",
        Review.Outcome.NOT_SUITABLE.value: "x",
    },
    "decision": {
        LEAVE: "l",
        Kind.SHORTLIST.value: "s",
        Kind.WAITLIST.value: "w",
        Kind.OFFER.value: "o",
        Kind.TURN_DOWN.value: "t",
        ASK: "a",
    },
    "when": {NOW: "c", LATER: "r"},
}


class KindForm(forms.Form):
    """The fields that say a decision: which one, its reason, and the cohort of a place."""

    reason = long_text(
        "What the applicant reads",
        "The reason for “not successful”, or what you need to know.",
        required=False,
    )
    cohort = forms.ModelChoiceField(
        label="Cohort, for a place",
        queryset=Cohort.objects.none(),
        required=False,
        empty_label="The best of their own preferences with a seat",
        error_messages={"invalid_choice": "Choose a cohort of this programme that takes place."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].widget.attrs["rows"] = 3

    def offer_cohorts(self, programme_id: int) -> None:
        """Let the cohorts of a programme that take place be chosen."""
        cohort = self.fields["cohort"]
        assert isinstance(cohort, forms.ModelChoiceField)
        cohort.queryset = Cohort.objects.filter(programme=programme_id, runs=True)

    def require_reason(self, kind: str, missing: str) -> None:
        """Add an error where a decision of this kind needs a text that was not given."""
        if kind in (Kind.TURN_DOWN, ASK) and not (self.cleaned_data.get("reason") or "").strip():
            self.add_error("reason", missing)


class PanelForm(ReviewForm, KindForm):
    """A review, a decision, or both."""

    decision = forms.ChoiceField(
        label="Decision",
        widget=forms.RadioSelect,
        initial=LEAVE,
        error_messages={"required": "Choose a decision, or “Leave it as it is”."},
    )
    when = forms.ChoiceField(
        label="When is it applied?",
        choices=[(NOW, "Now"), (LATER, "Keep for the release day: nobody is told yet")],
        widget=forms.RadioSelect,
        initial=NOW,
        error_messages={"required": "Choose when the decision is applied."},
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, application=application, **kwargs)
        self.offer_cohorts(application.programme_id)
        self.fields["outcome"].required = False
        self.fields["notes"].widget.attrs["rows"] = 3
        kinds = pending.possible(application)
        choice = self.fields["decision"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(LEAVE, "Leave it as it is"), *((kind.value, kind.label) for kind in kinds)]
        if find_transition(application.state, "ask_information") is not None:
            choice.choices = [*choice.choices, (ASK, "Ask for more information")]
        if Kind.OFFER not in kinds:
            del self.fields["cohort"]
        if len(choice.choices) == 1:
            for name in ("decision", "when", "reason"):
                del self.fields[name]
        self.order_fields(["outcome", *self.scored, "notes", "decision", "cohort", "reason", "when"])

    def clean(self) -> dict[str, Any] | None:
        """Something has to be said; a no and a question have to be put in words; a question cannot wait."""
        cleaned = super().clean() or {}
        decision = cleaned.get("decision", LEAVE)
        if not cleaned.get("outcome"):
            if any(cleaned.get(name) not in (None, "") for name in (*self.scored, "notes")):
                self.add_error("outcome", "Choose an outcome: a score or notes belong to one.")
            elif decision == LEAVE and "decision" not in self.errors:
                self.add_error("outcome", "Choose an outcome, or a decision.")
        self.require_reason(
            decision,
            "Enter what you need to know. The applicant reads it."
            if decision == ASK
            else "Enter the reason. The applicant reads it.",
        )
        if decision == ASK and cleaned.get("when") == LATER:
            self.add_error("when", "A question is asked now: it cannot be kept for the release day.")
        return cleaned


def carry_out(application: Application, values: dict[str, Any], user: Any, now: datetime.datetime) -> str:
    """Keep the review and carry out the decision, both or neither; return what was done, in a sentence.

    The decision comes first: its verb takes the locks in their order.
    """
    who = application.name or application.reference
    said = []
    decision = values.get("decision", LEAVE)
    with transaction.atomic():
        if decision == ASK:
            reviews.ask_for_information(application.pk, user=user, wanted=values["reason"], now=now)
            said.append("asked for more information")
        elif decision != LEAVE:
            said.append(_decide(application, values, user, now))
        if values["outcome"]:
            reviews.record_review(
                application.pk,
                user=user,
                outcome=values["outcome"],
                score=values.get("score"),
                points=values["points"],
                notes=values["notes"],
                now=now,
            )
            said.insert(0, "your review is kept")
    return f"{application.reference} {who}: {', '.join(said)}."


_DONE = {
    Kind.SHORTLIST: "shortlisted",
    Kind.WAITLIST: "put on the waiting list",
    Kind.OFFER: "given a place",
    Kind.TURN_DOWN: "not successful",
}


def _decide(application: Application, values: dict[str, Any], user: Any, now: datetime.datetime) -> str:
    kind = Kind(values["decision"])
    cohort = values.get("cohort") if kind == Kind.OFFER else None
    chosen = {"kind": kind, "reason": values["reason"], "cohort_id": cohort.pk if cohort else None}
    if values["when"] == LATER:
        pending.keep(application.pk, user=user, now=now, **chosen)
        return f"“{kind.label.lower()}” is kept for the release day"
    given = pending.decide(application.pk, user=user, now=now, **chosen)
    return f"{_DONE[kind]}{f' in {given.name}' if given else ''}"


def may_show(application: Application) -> bool:
    """Whether there is anything to review: a draft is nobody's business until it is submitted."""
    return application.state != State.DRAFT


def shortcuts(panel: PanelForm) -> list[tuple[str, str, str]]:
    """What the keyboard chooses in a panel: the key, what it chooses in words, and the id of what it chooses."""
    found = []
    for name, letters in LETTERS.items():
        choices: Any = getattr(panel.fields.get(name), "choices", ())
        for number, (value, label) in enumerate(choices):
            found.append((letters[value], f"{panel[name].label}: {label}", f"{panel[name].auto_id}_{number}"))
    return found
