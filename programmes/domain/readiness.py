"""What a programme still needs before it is opened: the check list, each line with the page that mends it.

What *must* be there keeps the programme closed; what *should* be there is only pointed out. Other apps add their own
lines by subscribing to `contributions`.
"""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterator
from dataclasses import dataclass

from programmes.domain.announcements import Announcement
from programmes.domain.wording import local_date, nhs_datetime
from programmes.models import Programme, RoleDescription
from programmes.models.parts import Approver
from programmes.models.programmes import NominationScope


class Step(enum.StrEnum):
    """The pages on which a programme is set up, in their order; and the academy's own page, which is not one."""

    ABOUT = "about"
    DATES = "dates"
    TEXT = "text"
    CRITERIA = "criteria"
    QUESTIONS = "questions"
    DECLARATIONS = "declarations"
    APPROVALS = "approvals"
    PLACES = "places"
    AFTERWARDS = "afterwards"
    MORE = "more"
    COHORTS = "cohorts"
    ACADEMY = "academy"


@dataclass(frozen=True)
class Missing:
    """One line of the check list: what is wrong, where it is put right, and whether opening waits for it."""

    sentence: str
    step: Step
    must: bool = True


# What other apps find missing in a programme at a moment: each subscriber returns a list.
contributions: Announcement[[Programme, datetime.datetime]] = Announcement()


def missing(programme: Programme, *, now: datetime.datetime) -> list[Missing]:
    """Everything that a programme lacks at ``now``, in the order of the steps, the musts first."""
    found = [
        *_about(programme),
        *_dates(programme, now),
        *_asked(programme),
        *_approvals(programme),
        *_said(programme),
        *(line for lines in contributions(programme, now) for line in lines),
    ]
    order = list(Step)
    return sorted(found, key=lambda line: (not line.must, order.index(line.step)))


def _about(programme: Programme) -> Iterator[Missing]:
    if not programme.summary:
        yield Missing("There is no summary for the list of programmes.", Step.ABOUT)
    if not programme.contact_email:
        yield Missing("There is no contact address.", Step.ABOUT)


def _dates(programme: Programme, now: datetime.datetime) -> Iterator[Missing]:
    """What is missing in the dates. That time passes is nothing to put right in a programme that was opened."""
    if programme.closes_at is None and not programme.open_until_full:
        yield Missing("There is no deadline. Set one, or say that there is none.", Step.DATES)
    elif programme.has_closed(now) and not programme.published:
        yield Missing(f"The deadline has passed: {nhs_datetime(programme.closes_at)}.", Step.DATES)
    if programme.notify_by is None:
        yield Missing("It does not say when applicants will have heard.", Step.DATES, must=False)
    elif programme.notify_by < local_date(now) and not programme.published:
        yield Missing("The date by which applicants hear has passed.", Step.DATES)
    elif programme.closes_at and programme.notify_by < local_date(programme.closes_at):
        yield Missing("Applicants would hear before the deadline.", Step.DATES)


def _asked(programme: Programme) -> Iterator[Missing]:
    criteria = list(programme.criteria.prefetch_related("options"))
    if not criteria:
        yield Missing("There is no criterion: nobody is asked whether they can apply.", Step.CRITERIA)
    for criterion in criteria:
        if len(criterion.options.all()) == 1:
            yield Missing(
                f"“{criterion.statement}” has one option. Add another, or remove it.", Step.CRITERIA
            )
    if not RoleDescription.objects.filter(programme=programme).exists():
        yield Missing(
            "There is no role description. Approvers read it before they answer.", Step.DECLARATIONS
        )
    if not programme.questions.exists():
        yield Missing("The form asks no question of your own.", Step.QUESTIONS, must=False)


def _approvals(programme: Programme) -> Iterator[Missing]:
    approvers = set(programme.approval_steps.values_list("approver", flat=True))
    if programme.approvals_needed and not approvers:
        yield Missing("There is no approver. Add one, or say that nobody has to agree.", Step.APPROVALS)
    if not programme.approvals_needed and approvers:
        yield Missing("It says that nobody has to agree, and there are approvers.", Step.APPROVALS)
    if programme.nomination_scope != NominationScope.NONE and Approver.NOMINATOR not in approvers:
        yield Missing("Nominations are limited, but no nominator agrees to them.", Step.APPROVALS, must=False)


def _said(programme: Programme) -> Iterator[Missing]:
    for text, sentence in (
        (programme.offer, "The page does not say what people get."),
        (programme.time_commitment, "The page does not say how much time it takes."),
        (programme.selection, "The page does not say who decides, and how."),
    ):
        if not text:
            yield Missing(sentence, Step.TEXT, must=False)
    if not programme.obligations.exists():
        yield Missing("It does not say what a facilitator owes afterwards.", Step.AFTERWARDS, must=False)
    if not programme.faqs.exists():
        yield Missing("There are no frequently asked questions.", Step.MORE, must=False)
    if not programme.academy.privacy_text:
        yield Missing(f"{programme.academy} has no privacy text.", Step.ACADEMY)
    if not programme.academy.accessibility_text:
        yield Missing(
            f"{programme.academy} does not say what help people can ask for.", Step.ACADEMY, must=False
        )
