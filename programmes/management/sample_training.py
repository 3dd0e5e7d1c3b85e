"""A cohort of the demo that has been trained already: its register, what people thought, and their certificates."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from django.utils import timezone

from applications.models import Application
from cohorts.domain import closing, places, register
from cohorts.models import Attendance, Cohort, Place, Session
from facilitators.domain import completion
from facilitators.domain.evaluation import answering
from facilitators.models import EvaluationQuestion, Moment
from programmes.management.sample_stories import Story, Teller, send_due
from programmes.models import Programme

Mark = Attendance.Mark
WEEKS_AGO = 3
TRAINER = "Tess Trainer"
OPINIONS = (
    "The practice in threes. I would have liked more of it.",
    "That nobody was made to feel foolish for asking.",
)


def tell(programme: Programme, people: Iterator[str], now: datetime.datetime) -> None:
    """Let some people apply to an earlier cohort, be trained in it, and complete."""
    cohort = _earlier_cohort(programme, now)
    teller = Teller(programme, now - datetime.timedelta(weeks=WEEKS_AGO + 2))
    teller.cohorts = [cohort]
    for ics_number, story in CAST:
        teller.tell(next(people), ics_number, story)
    _train(cohort, teller)


def _earlier_cohort(programme: Programme, now: datetime.datetime) -> Cohort:
    """A cohort like the programme's first, on the same days of the week some weeks ago."""
    like = programme.cohorts.prefetch_related("sessions").order_by("pk")[0]
    cohort = Cohort.objects.create(
        programme=programme, key="earlier", name="Earlier cohort", minimum=4, maximum=like.maximum
    )
    needed = [session for session in like.sessions.all() if not session.optional]
    assert needed
    back = round((needed[0].starts_at - now) / datetime.timedelta(weeks=1)) + WEEKS_AGO
    for session in needed:
        Session.objects.create(
            cohort=cohort,
            key=session.key,
            title=session.title,
            starts_at=_weeks_before(session.starts_at, back),
            ends_at=_weeks_before(session.ends_at, back),
            venue_id=session.venue_id,
            online=session.online,
        )
    return cohort


def _weeks_before(moment: datetime.datetime, weeks: int) -> datetime.datetime:
    """The same time of the clock, whatever the clock changes between."""
    return timezone.make_aware(timezone.make_naive(moment) - datetime.timedelta(weeks=weeks))


def _placed(teller: Teller, application: Application) -> None:
    teller.given_a_place(application, 2)
    place = places.current_place(application)
    if place is not None and place.status == Place.Status.OFFERED:
        places.accept(application.pk, now=teller.ago(1))


# By ICS.
CAST: tuple[tuple[int, Story], ...] = ((0, _placed), (1, _placed), (2, _placed), (3, _placed))


def _train(cohort: Cohort, teller: Teller) -> None:
    """Mark the register, close it, and let two of those who came complete the training.

    The last person misses the second day, and does not complete.
    """
    sessions = list(cohort.sessions.order_by("starts_at"))
    people = [place.application_id for place in cohort.places.taken().order_by("pk")]
    send_due(sessions[0].starts_at)
    for session in sessions:
        marks = dict.fromkeys(people, register.Marked(Mark.PRESENT))
        if session == sessions[-1]:
            marks[people[-1]] = register.Marked(Mark.ABSENT)
            marks[people[0]] = register.Marked(Mark.LATE, "Train delayed")
        register.mark(session.pk, marks, by=TRAINER, seen={}, now=session.ends_at)
    over = sessions[-1].ends_at + datetime.timedelta(days=1)
    reason = "You were away on the second day, and could not make it up."
    closing.close(
        cohort.pk,
        seen=people[:-1],
        choices={people[-1]: closing.Choice(closing.Instead.END, reason=reason)},
        user=teller.reviewer,
        now=over,
    )
    for number, pk in enumerate(people[:2]):
        _complete(pk, OPINIONS[number], now=over + datetime.timedelta(days=1 + number))


def _complete(application_id: int, opinion: str, *, now: datetime.datetime) -> None:
    application = Application.objects.select_related("programme").get(pk=application_id)
    said = {
        EvaluationQuestion.Kind.RATING: "5",
        EvaluationQuestion.Kind.YES_NO: "yes",
        EvaluationQuestion.Kind.LONG_TEXT: opinion,
    }
    programme = application.programme
    completion.complete(
        application_id,
        answers={
            one.pk: said[EvaluationQuestion.Kind(one.kind)]
            for one in answering.questions_of(programme, Moment.TRAINING)
        },
        undertakings=[one.pk for one in programme.undertakings.all()],
        name=application.name,
        now=now,
    )
