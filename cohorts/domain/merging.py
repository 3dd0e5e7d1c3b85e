"""Two applications of one person to one programme made one: what is kept, what is carried over, and what ends.

The application that is kept goes on as it stood. The other ends as withdrawn without a mail, and stays as a record
with its own changes of state; its approvals, reviews, notes and mails stand with the one that is kept.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from applications.domain import conflicts, nominations
from applications.domain.actors import Actor
from applications.domain.transitions import find_transition
from applications.domain.workflow import change_state
from applications.models import AccessNeeds, Answer, Application, Approval, Decision, Merge, State
from applications.models.applications import ENDED
from applications.models.approvals import AGREED, CURRENT
from cohorts.models import PendingDecision
from programmes.domain import links
from programmes.domain.access import Person
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, plural
from programmes.models import Link, Message, NominationAllowance
from programmes.models.parts import ApprovalMethod

# Of the applicant's details those that can be taken over. The address, the organisation and the ICS are what links
# and nominations hang on: they stay with the application that is kept.
DETAILS = {"name": "Full name", "job_title": "Job title", "phone": "Telephone number"}


class CannotMerge(Refused):
    """These two cannot be made one, or not this way round."""


@dataclass(frozen=True)
class Line:
    """One thing that both applications say: ``key`` names it where the other's can be taken instead, else empty."""

    label: str
    kept: str
    other: str
    key: str = ""

    @property
    def differ(self) -> bool:
        """Whether there is something to choose."""
        return self.kept != self.other

    @property
    def fills_a_gap(self) -> bool:
        """Whether the application that is kept says nothing here."""
        return not self.kept and bool(self.other)


@dataclass(frozen=True)
class Preview:
    """What merging would do: ``lines`` field by field, and ``carried`` over in words."""

    kept: Application
    other: Application
    lines: list[Line]
    carried: str


def why_not(kept: Application, other: Application) -> str:
    """Why ``other`` cannot be merged into ``kept``, as a sentence; empty where it can."""
    if kept.pk == other.pk or kept.programme_id != other.programme_id:
        return "Only two applications to the same programme can be merged."
    if kept.state in ENDED or kept.state == State.DRAFT:
        return f"{kept.reference} is “{kept.get_state_display().lower()}”: keep one that is in hand."
    if Merge.objects.filter(merged=other.pk).exists():
        return f"{other.reference} was merged already."
    if other.state not in ENDED and find_transition(other.state, "merge") is None:
        return f"{other.reference} is “{other.get_state_display().lower()}”: keep that one, and merge this into it."
    if other.nomination_number is not None and kept.nomination_number is None:
        return f"{other.reference} holds a nomination and {kept.reference} does not: keep {other.reference}."
    return ""


def preview(kept: Application, other: Application) -> Preview:
    """What would become of two applications; raises `CannotMerge` with the reason where it cannot be."""
    if why := why_not(kept, other):
        raise CannotMerge(why)
    return Preview(kept, other, _lines(kept, other), _carried_in_words(other))


def _lines(kept: Application, other: Application) -> list[Line]:
    lines = [Line("Email address", kept.email, other.email)]
    for name, label in DETAILS.items():
        lines.append(Line(label, getattr(kept, name), getattr(other, name), f"about-{name}"))
    lines += [
        Line("Organisation", kept.organisation_as_given, other.organisation_as_given),
        Line("ICS", str(kept.ics or ""), str(other.ics or "")),
        Line("State", kept.get_state_display(), other.get_state_display()),
        Line("Nomination", _number(kept), _number(other)),
        Line("Cohorts, the best first", _ranked(kept), _ranked(other)),
    ]
    theirs = {_asked(answer): answer for answer in other.answers.all()}
    for answer in kept.answers.all():
        match = theirs.pop(_asked(answer), None)
        key = f"answer-{answer.pk}" if match is not None else ""
        lines.append(Line(answer.asked, answer.shown, match.shown if match else "", key))
    lines += [Line(answer.asked, "", answer.shown, f"answer-{answer.pk}") for answer in theirs.values()]
    return lines


def _asked(answer: Answer) -> int | str:
    """What tells which question it answers, also where the question is gone."""
    return answer.question_id or answer.asked


def _number(application: Application) -> str:
    return str(application.nomination_number or "")


def _ranked(application: Application) -> str:
    rows = application.preferences.filter(rank__isnull=False).select_related("cohort").order_by("rank")
    return ", ".join(row.cohort.name for row in rows)


def _carried_in_words(other: Application) -> str:
    counts = (
        (other.approvals.count(), "approval"),
        (other.reviews.count(), "review"),
        (other.staff_notes.count(), "note"),
        (Message.objects.about(other.about).count(), "mail"),
    )
    return join_words(plural(count, what) for count, what in counts)


def merge(
    kept_id: int, other_id: int, *, take: Collection[str] = (), user: Person, now: datetime.datetime
) -> Merge:
    """Merge ``other_id`` into ``kept_id``; ``take`` names the lines of the preview for which the other's is kept.

    What is not taken stands with the other application from then on: the two change places, and no row is lost.
    Raises `CannotMerge`, `NotAllowed`, or `ConflictDeclared`.
    """
    with transaction.atomic():
        list(PendingDecision.objects.select_for_update().filter(application__in=(kept_id, other_id)))
        kept, other, allowances = _lock_both(kept_id, other_id)
        for application in (kept, other):
            conflicts.require_may_decide(user, application)
        if why := why_not(kept, other):
            raise CannotMerge(why)
        report = f"Carried over from {other.reference}: {_carried_in_words(other)}."
        _end(other, kept, user=user, now=now)
        _take_details(kept, other, take, user)
        _take_answers(kept, other, take)
        _carry_approvals(kept, other, now=now)
        _carry_the_rest(kept, other, user)
        made = Merge.objects.create(
            kept=kept, merged=other, merged_by_id=user.pk, merged_at=now, report=report
        )
        _go_on(kept, user=user, now=now)
        for allowance in allowances:
            if allowance.key == other.nomination_key:
                nominations.move_up(allowance, now=now)
        return made


def _lock_both(kept_id: int, other_id: int) -> tuple[Application, Application, list[NominationAllowance]]:
    """Lock every allowance of the programme and then both applications, in the one order."""
    programme_id = Application.objects.values_list("programme_id", flat=True).get(pk=kept_id)
    allowances = nominations.lock_allowances(programme_id)
    found = {pk: nominations.lock_application(pk) for pk in sorted((kept_id, other_id))}
    return found[kept_id], found[other_id], allowances


def _end(other: Application, kept: Application, *, user: Person, now: datetime.datetime) -> None:
    """End the other without a mail, and without telling those asked to approve it: they may approve the one kept."""
    PendingDecision.objects.filter(application=other).delete()
    if other.state in ENDED:
        return
    still_asked = list(other.approvals.filter(decision__in=[Decision.PENDING, Decision.NOT_ASKED]))
    change_state(
        other,
        State.WITHDRAWN,
        action="merge",
        actor=Actor.staff(user),
        reason=f"Merged into {kept.reference}.",
        now=now,
    )
    # The end of an application calls off whoever is still asked; here they go on with it.
    for approval in still_asked:
        approval.save()


def _take_details(kept: Application, other: Application, take: Collection[str], user: Person) -> None:
    for name in DETAILS:
        if f"about-{name}" in take:
            mine, theirs = getattr(kept, name), getattr(other, name)
            setattr(kept, name, theirs)
            setattr(other, name, mine)
    for application in (kept, other):
        changed_by(application, user)
        application.save()


def _take_answers(kept: Application, other: Application, take: Collection[str]) -> None:
    """Let the answers that were taken change places; one to a question that the other alone answered moves."""
    theirs = {_asked(answer): answer for answer in other.answers.all()}
    for answer in kept.answers.all():
        match = theirs.pop(_asked(answer), None)
        if match is None or f"answer-{answer.pk}" not in take:
            continue
        for field in ("value", "file"):
            mine, other_value = getattr(answer, field), getattr(match, field)
            setattr(answer, field, other_value)
            setattr(match, field, mine)
        answer.save()
        match.save()
    for answer in theirs.values():
        if f"answer-{answer.pk}" in take:
            Answer.objects.filter(pk=answer.pk).update(application=kept)


def _carry_approvals(kept: Application, other: Application, *, now: datetime.datetime) -> None:
    """Move every approval; of two for one step the one that agrees counts, else that of the application kept."""
    own = {row.step_id: row for row in kept.approvals.filter(decision__in=CURRENT, step__isnull=False)}
    for approval in other.approvals.all():
        rival = own.get(approval.step_id) if approval.decision in CURRENT else None
        if rival is not None:
            better = approval.decision in AGREED and rival.decision not in AGREED
            _call_off(rival if better else approval, now=now)
        approval.application = kept
        approval.save()


def _call_off(approval: Approval, *, now: datetime.datetime) -> None:
    approval.decision = Decision.CANCELLED
    approval.decided_at = approval.decided_at or now
    approval.save()
    links.revoke(Link.Opens.APPROVAL, approval.pk, now=now)


def _carry_the_rest(kept: Application, other: Application, user: Person) -> None:
    """Reviews, notes, conflicts of interest and mails; preferences and needs where the application kept has none."""
    reviewed = set(kept.reviews.filter(latest=True).values_list("reviewer", flat=True))
    other.reviews.filter(latest=True, reviewer__in=reviewed).update(latest=False)
    other.reviews.update(application=kept)
    declared = kept.conflicts.filter(lifted_at__isnull=True).values_list("reviewer", flat=True)
    for note in other.staff_notes.all():
        note.application = kept
        changed_by(note, user)
        note.save()
    for conflict in other.conflicts.exclude(reviewer__in=list(declared), lifted_at__isnull=True):
        conflict.application = kept
        changed_by(conflict, user)
        conflict.save()
    for nominee in other.nominees.all():
        nominee.application = kept
        changed_by(nominee, user)
        nominee.save()
    Message.objects.about(other.about).update(about=kept.about)
    if not kept.preferences.exists():
        for preference in other.preferences.all():
            preference.application = kept
            changed_by(preference, user)
            preference.save()
    # What somebody needs is carried over unread: it stands in no preview and no report.
    if not AccessNeeds.objects.filter(application=kept).exists():
        AccessNeeds.objects.filter(application=other).update(application=kept)


def _go_on(kept: Application, *, user: Person, now: datetime.datetime) -> None:
    """The application that is kept moves on to review where nothing is missing any more."""
    wanted = kept.approvals.filter(
        decision__in=[Decision.PENDING, Decision.NOT_ASKED], method=ApprovalMethod.EMAILED
    )
    if kept.state != State.AWAITING_APPROVAL or wanted.exists():
        return
    to, context = State.UNDER_REVIEW, {}
    allowance = nominations.lock_allowance(kept) if kept.nomination_number is None else None
    if allowance is not None and not nominations.take(kept, allowance):
        to, context = State.RESERVE, nominations.join_reserve(kept, allowance, now=now)
    change_state(kept, to, action="approve", actor=Actor.staff(user), now=now, context=context)
