"""What must be true of applications, their nominations, approvals, files and record.

Each rule reads in a fixed number of queries, whatever the number of applications, and fetches only those it names.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Any

from django.core.files.storage import Storage
from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Coalesce, Lag
from django.utils import timezone

from applications.domain.figures import nominations
from applications.models import Answer, Application, Approval, Decision, Nominee, State, StateChange
from applications.models.applications import DECIDED, NOMINATED, STEPS
from programmes.domain.integrity import Breach, Rule
from programmes.domain.wording import plural
from programmes.models import NominationAllowance

# A file is written before its row: it may be on its way so long.
_ON_ITS_WAY = datetime.timedelta(hours=1)
_TELL = "Tell whoever looks after the portal, with the reference; change nothing by hand."


def breach(application: Application, sentence: str, what_to_do: str = _TELL) -> Breach:
    """What is wrong with an application, whose programme has been fetched with it."""
    return Breach(
        str(application),
        f"{application.reference} {sentence}",
        what_to_do,
        application.programme.academy_id,
        application.about,
    )


def _applications(*conditions: Any, **values: Any) -> QuerySet[Application]:
    return Application.objects.filter(*conditions, **values).select_related("programme").order_by("pk")


# Nominations.
def _of_allowance(allowance: NominationAllowance, sentence: str, what_to_do: str) -> Breach:
    return Breach(
        str(allowance),
        f"{allowance}: {sentence}",
        what_to_do,
        allowance.programme.academy_id,
        f"allowance:{allowance.pk}",
    )


def _too_many_nominations(now: datetime.datetime) -> Iterator[Breach]:
    # A number may stand above a limit that was lowered since; there are never more of them than it allows.
    for one in nominations():
        if one.used > one.limit:
            yield _of_allowance(
                one.allowance,
                f"{plural(one.used, 'nomination')} where {one.limit} are allowed.",
                "Allow as many with a reason, or end one of the applications.",
            )


def _reserve_beside_a_free_nomination(now: datetime.datetime) -> Iterator[Breach]:
    for one in nominations():
        if one.in_reserve and one.used < one.limit:
            yield _of_allowance(
                one.allowance,
                f"{one.in_reserve} in reserve while {one.used} of {one.limit} nominations are used.",
                "Save the allowance again with its reason: whoever waits longest then moves up.",
            )


def _counted_against_nothing(now: datetime.datetime) -> Iterator[Breach]:
    own = NominationAllowance.objects.filter(programme=OuterRef("programme"), key=OuterRef("nomination_key"))
    for one in _applications(~Exists(own)).exclude(nomination_key=""):
        yield breach(one, f"counts against “{one.nomination_key}”, of which there is no allowance.")


def _without_a_nomination(now: datetime.datetime) -> Iterator[Breach]:
    # Where a nominator confirms, it counts from the nominator's yes.
    needs_one = [str(state) for state in sorted(NOMINATED - {State.AWAITING_APPROVAL})]
    rows = _applications(state__in=needs_one, nomination_number=None).exclude(nomination_key="")
    for one in rows:
        yield breach(one, f"is “{one.get_state_display().lower()}” and holds no nomination.")


def _queue_of_the_reserve(now: datetime.datetime) -> Iterator[Breach]:
    for one in _applications(~Q(state=State.RESERVE), reserve_since__isnull=False):
        yield breach(one, f"is “{one.get_state_display().lower()}” and still stands in the reserve.")
    same = Application.objects.filter(
        programme=OuterRef("programme"),
        nomination_key=OuterRef("nomination_key"),
        reserve_since=OuterRef("reserve_since"),
        state=State.RESERVE,
    ).exclude(pk=OuterRef("pk"))
    for one in _applications(Exists(same), state=State.RESERVE):
        yield breach(one, "shares its position in the reserve with somebody else.")


def _nominees_of_another(now: datetime.datetime) -> Iterator[Breach]:
    # Into the application another may have been merged, with the address that is named.
    theirs = Application.objects.filter(
        Q(address_key=OuterRef("address_key")) | Q(merged_into_this__isnull=False),
        pk=OuterRef("application"),
        programme=OuterRef("programme"),
    )
    rows = Nominee.objects.exclude(application=None).filter(~Exists(theirs))
    for one in rows.select_related("application__programme").order_by("pk"):
        assert one.application is not None
        yield breach(one.application, f"stands as that of {one}, of another programme or address.")


# Approvals.
def _with(decision: Decision) -> Exists:
    return Exists(Approval.objects.filter(application=OuterRef("pk"), decision=decision))


def _never_asked(now: datetime.datetime) -> Iterator[Breach]:
    for one in _applications(_with(Decision.NOT_ASKED)).exclude(state=State.DRAFT):
        yield breach(
            one,
            "has been submitted, and an approver was never asked.",
            "Remind the approver: they are then asked.",
        )


def _asked_without_need(now: datetime.datetime) -> Iterator[Breach]:
    waits = (State.AWAITING_APPROVAL, State.RESERVE)
    for one in _applications(_with(Decision.PENDING)).exclude(state__in=waits):
        yield breach(one, f"is “{one.get_state_display().lower()}”, and an approver is still asked.")


def _waits_for_nobody(now: datetime.datetime) -> Iterator[Breach]:
    for one in _applications(~_with(Decision.PENDING), state=State.AWAITING_APPROVAL):
        yield breach(one, "waits for approval, and nobody is asked.")


def _asked_without_a_time(now: datetime.datetime) -> Iterator[Breach]:
    asked = Exists(
        Approval.objects.filter(application=OuterRef("pk"), decision=Decision.PENDING, asked_at=None)
    )
    for one in _applications(asked):
        yield breach(one, "has an approver who is asked, and it is not known since when.")


# The record.
def _draft_with_a_submission(now: datetime.datetime) -> Iterator[Breach]:
    for one in _applications(state=State.DRAFT, submitted_at__isnull=False):
        yield breach(one, "is a draft, and says when it was submitted.")


def _last_change(field: str) -> Subquery:
    newest = StateChange.objects.filter(application=OuterRef("pk")).order_by("-at", "-pk")
    return Subquery(newest.values(field)[:1])


def _state_without_a_record(now: datetime.datetime) -> Iterator[Breach]:
    rows = _applications().annotate(recorded=_last_change("to_state"), recorded_at=_last_change("at"))
    # Only an application that was never moved has no record: a draft.
    unlike = (Q(recorded__isnull=True) & ~Q(state=State.DRAFT)) | (
        Q(recorded__isnull=False) & (~Q(recorded=F("state")) | ~Q(recorded_at=F("state_since")))
    )
    for one in rows.filter(unlike):
        recorded = one.recorded
        says = f"“{State(recorded).label.lower()}”" if recorded else "nothing"
        yield breach(one, f"is “{one.get_state_display().lower()}”, and its record says {says}.")


def _record_with_a_gap(now: datetime.datetime) -> Iterator[Breach]:
    before = Window(
        Lag("to_state", default=Value(State.DRAFT.value)),
        partition_by=F("application"),
        order_by=[F("at").asc(), F("pk").asc()],
    )
    rows = StateChange.objects.order_by().annotate(before=before).exclude(from_state=F("before"))
    gaps = list(rows.values_list("application", flat=True))
    for one in _applications(pk__in=sorted(set(gaps))):
        yield breach(one, "has a record in which one state does not follow the other.")


def _figures(now: datetime.datetime) -> Iterator[Breach]:
    """How far an application came, and when it was first decided: kept beside the record, and read from it here."""
    own = StateChange.objects.filter(application=OuterRef("pk")).order_by("at", "pk")
    step = Case(
        *[When(to_state=state, then=Value(int(step))) for state, step in STEPS.items()], default=Value(0)
    )
    furthest = own.annotate(step=step).order_by("-step").values("step")[:1]
    first = own.filter(to_state__in=sorted(DECIDED)).values("at")[:1]
    rows = _applications().annotate(
        came_to=Coalesce(Subquery(furthest), Value(0), output_field=IntegerField()),
        kept=Coalesce("decided_at", "created_at"),
        first=Coalesce(Subquery(first), "created_at"),
    )
    for one in rows.filter(~Q(furthest=F("came_to")) | ~Q(kept=F("first"))):
        yield breach(one, "counts as having come further, or been decided earlier, than its record says.")


# Files.
def _rows_without_a_file(now: datetime.datetime) -> Iterator[Breach]:
    storage = Answer._meta.get_field("file").storage
    there = set(_stored(storage))
    rows = Answer.objects.exclude(file="").select_related("application__programme").order_by("pk")
    for answer in rows.iterator():
        if str(answer.file.name) not in there:
            yield breach(
                answer.application,
                f"has the file “{answer.value}” in its answer to “{answer.asked}”, and the file is not there.",
                "Put it back from the backup (docs/running.md), or ask the applicant for it again.",
            )


def _files_without_a_row(now: datetime.datetime) -> Iterator[Breach]:
    storage = Answer._meta.get_field("file").storage
    known = set(Answer.objects.exclude(file="").values_list("file", flat=True))
    for name in _stored(storage):
        if name in known:
            continue
        if timezone.localtime(storage.get_modified_time(name)) > timezone.localtime(now) - _ON_ITS_WAY:
            continue
        yield Breach(name, f"The file {name} belongs to no answer.", "It can be deleted: nobody can see it.")


def _stored(storage: Storage) -> Iterator[str]:
    """The names of the files that applicants sent, as they are stored."""
    if not storage.exists("answers"):
        return
    for folder in sorted(storage.listdir("answers")[0]):
        for name in sorted(storage.listdir(f"answers/{folder}")[1]):
            yield f"answers/{folder}/{name}"


RULES = (
    Rule("too-many-nominations", "No more nominations stand than are allowed.", _too_many_nominations),
    Rule(
        "reserve-beside-a-free-nomination",
        "Nobody is in reserve while a nomination is free.",
        _reserve_beside_a_free_nomination,
    ),
    Rule("counted-against-nothing", "A nomination counts against an allowance.", _counted_against_nothing),
    Rule("without-a-nomination", "Whoever is past approval holds a nomination.", _without_a_nomination),
    Rule("queue-of-the-reserve", "In reserve, each has a position of their own.", _queue_of_the_reserve),
    Rule(
        "nominee-of-another",
        "The application of somebody named is their own, for the same programme.",
        _nominees_of_another,
    ),
    Rule("never-asked", "Once submitted, every approver has been asked.", _never_asked),
    Rule("asked-without-need", "Nobody is asked to approve what no longer waits.", _asked_without_need),
    Rule("waits-for-nobody", "What waits for approval waits for somebody.", _waits_for_nobody),
    Rule("asked-when", "Of an approver who is asked it is known since when.", _asked_without_a_time),
    Rule("draft-not-submitted", "A draft has not been submitted.", _draft_with_a_submission),
    Rule("state-without-a-record", "The state is what the record says last.", _state_without_a_record),
    Rule("record-with-a-gap", "In the record each state follows the one before.", _record_with_a_gap),
    Rule("figures", "How far it came and when it was decided is what the record says.", _figures),
    Rule("row-without-a-file", "Every file of an answer is there.", _rows_without_a_file),
    Rule("file-without-a-row", "Every file that is there belongs to an answer.", _files_without_a_row),
)
