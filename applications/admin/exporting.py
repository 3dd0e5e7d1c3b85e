"""What of an application can be exported: its details, where it stands, and a programme's own questions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from applications.admin.waiting import wait_of
from applications.domain import reviews
from applications.models import AccessNeeds, Answer, Application, Review
from cohorts.models import Place, Preference
from programmes.admin.exporting import Column
from programmes.domain import access
from programmes.models import Programme, Question, Role

_ANSWER = "answer-"


def columns_for(request: HttpRequest, records: QuerySet[Any]) -> list[Column]:
    """The columns that the reader may export; a programme's questions where all are of one programme."""
    return [*_DETAILS, *_reviews(request), *_answers(records), *_access_needs(request)]


def with_what_is_needed(records: QuerySet[Any], columns: Sequence[Column]) -> QuerySet[Any]:
    """The applications with everything that these columns read, in a fixed number of queries a chunk."""
    keys = {column.key for column in columns}
    records = records.select_related("programme__academy", "ics__region", "organisation")
    wanted: dict[str, Any] = {
        "cohort": Prefetch("places", Place.objects.counted().select_related("cohort"), to_attr="held"),
        "preferences": Prefetch("preferences", Preference.objects.select_related("cohort")),
        "waiting_on": "approvals",
        "score": Prefetch("reviews", Review.objects.filter(latest=True)),
    }
    needed = {
        "cohort": {"cohort", "place", "respond_by"},
        "preferences": {"preferences", "first_preference"},
        "waiting_on": {"waiting_on", "approvals"},
        "score": {"score", "reviews"},
    }
    records = records.prefetch_related(None).prefetch_related(
        *(lookup for name, lookup in wanted.items() if needed[name] & keys)
    )
    if any(key.startswith(_ANSWER) for key in keys):
        records = records.prefetch_related(Prefetch("answers", Answer.objects.select_related("question")))
    return records.select_related("access_needs") if keys & set(_NEEDS) else records


def _details() -> list[Column]:
    def column(key: str, title: str, value: Callable[[Application], Any], *, ticked: bool = True) -> Column:
        return Column(key, title, value, ticked=ticked)

    return [
        column("reference", "Reference", lambda one: one.reference),
        column("programme", "Programme", lambda one: one.programme.title),
        column("name", "Name", lambda one: one.name),
        column("email", "Email address", lambda one: one.email),
        column("phone", "Telephone number", lambda one: one.phone, ticked=False),
        column("job_title", "Job title", lambda one: one.job_title),
        column("organisation", "Organisation", lambda one: one.organisation_as_given),
        column("listed", "Organisation is listed", lambda one: one.organisation_id is not None, ticked=False),
        column("sector", "Kind of organisation", lambda one: one.get_sector_display(), ticked=False),
        column("ics", "ICS", lambda one: one.ics),
        column("ics_code", "ICS code", lambda one: one.ics and one.ics.code, ticked=False),
        column("region", "Region", lambda one: one.ics and one.ics.region, ticked=False),
        column("state", "State", lambda one: one.get_state_display()),
        column("state_since", "State since", lambda one: one.state_since, ticked=False),
        column("waiting_on", "Waiting on", lambda one: wait_of(one, timezone.now()).who),
        column("created_at", "Started", lambda one: one.created_at, ticked=False),
        column("submitted_at", "Submitted", lambda one: one.submitted_at),
        column("nomination", "Nomination number", lambda one: one.nomination_number),
        column("approvals", "Approvals", _approvals, ticked=False),
        column("first_preference", "First preference", lambda one: next(iter(_ranked(one)), "")),
        column("preferences", "All preferences", lambda one: "; ".join(_ranked(one)), ticked=False),
        column("cohort", "Cohort", lambda one: one.held[0].cohort if one.held else ""),  # type: ignore[attr-defined]
        column("place", "Place", lambda one: one.held[0].get_status_display() if one.held else ""),  # type: ignore[attr-defined]
        column(
            "respond_by",
            "Answer by",
            lambda one: one.held[0].respond_by if one.held else None,  # type: ignore[attr-defined]
            ticked=False,
        ),
    ]


def _ranked(application: Application) -> list[str]:
    rows = [row for row in application.preferences.all() if row.rank is not None]
    return [row.cohort.name for row in sorted(rows, key=lambda row: row.rank or 0)]


def _approvals(application: Application) -> str:
    return "; ".join(
        f"{one.get_approver_display()}: {one.get_decision_display()}" for one in application.approvals.all()
    )


_DETAILS = _details()


def _reviews(request: HttpRequest) -> list[Column]:
    """What reviewers said last; empty where the reader sees it only after they have given a review of their own."""
    reviews_for = reviews.reviewed_by(request.user)

    def shown(application: Application) -> list[Review]:
        every = list(application.reviews.all())
        return reviews.readable(application, every, user=request.user, reviews_for=reviews_for)

    def how_many(application: Application) -> int | None:
        there = len(application.reviews.all())
        return None if there and not shown(application) else there

    def score(application: Application) -> float | None:
        scores = [review.score for review in shown(application) if review.score is not None]
        return round(sum(scores) / len(scores), 2) if scores else None

    return [
        Column("reviews", "Reviews", how_many, ticked=False),
        Column("score", "Average score", score, ticked=False),
    ]


def _answers(records: QuerySet[Any]) -> list[Column]:
    """A column for each question, where the records are of one programme."""
    programmes = list(records.order_by().values_list("programme", flat=True).distinct()[:2])
    if len(programmes) != 1:
        return []
    questions = Question.objects.filter(programme=programmes[0])
    return [
        Column(f"{_ANSWER}{question.pk}", question.text, _answer_to(question.pk), ticked=False)
        for question in questions
    ]


def _answer_to(question: int) -> Callable[[Application], Any]:
    def value(application: Application) -> Any:
        found = next((one for one in application.answers.all() if one.question_id == question), None)
        if found is None:
            return ""
        number = isinstance(found.value, int | float) and not isinstance(found.value, bool)
        return found.value if number else found.shown

    return value


_NEEDS = {
    "needs_adjustments": ("Adjustments", "adjustments"),
    "needs_access": ("Access needs", "access"),
    "needs_dietary": ("Dietary needs", "dietary"),
}


def _access_needs(request: HttpRequest) -> list[Column]:
    """What people need: for administrators, of their own programmes' applicants alone."""
    mine = access.programmes_with(request.user, Role.ADMINISTRATOR)
    programmes = set(Programme.objects.filter(pk__in=mine).values_list("pk", flat=True))
    if not programmes:
        return []

    def said(name: str) -> Callable[[Application], str]:
        def value(application: Application) -> str:
            if application.programme_id not in programmes:
                return ""
            try:
                needs: AccessNeeds = application.access_needs
            except AccessNeeds.DoesNotExist:
                return ""
            return "Prefers not to say" if needs.prefer_not_to_say else str(getattr(needs, name))

        return value

    return [
        Column(key, title, said(name), ticked=False, sensitive=True) for key, (title, name) in _NEEDS.items()
    ]
