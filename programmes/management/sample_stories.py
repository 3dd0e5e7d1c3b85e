"""The stories of the demo's sample people, and who tells them: with the verbs that the portal itself uses."""

from __future__ import annotations

import datetime
import itertools
from collections.abc import Callable, Iterator

from django.contrib.auth.models import User

from applications.domain import approvals, eligibility, reviews, starting, submission
from applications.domain.actors import Actor
from applications.models import Application, Approval, Review
from cohorts.domain import places, preferences
from cohorts.models import Cohort
from programmes.domain import outbox
from programmes.domain.organisations import systems_for
from programmes.domain.working_days import add_working_days
from programmes.management.sample_answers import ANSWERS, JOB_TITLES, MANAGERS
from programmes.models import (
    IntegratedCareSystem,
    Message,
    Programme,
    Question,
    Role,
    Sector,
)
from programmes.models.parts import ApprovalMethod

Story = Callable[["Teller", Application], None]


def send_due(now: datetime.datetime) -> None:
    """Send what was due by ``now``, each mail at its time."""
    due = Message.objects.filter(status=Message.Status.QUEUED, not_before__lte=now)
    for message in due.order_by("not_before", "pk"):
        outbox.send(message.pk, now=max(message.not_before, message.created_at))


class Teller:
    """Tells the stories of one programme's people."""

    def __init__(self, programme: Programme, now: datetime.datetime) -> None:
        self.programme = programme
        self.now = now
        self.systems: list[IntegratedCareSystem] = list(systems_for(programme, now.date()))
        self.cohorts: list[Cohort] = list(programme.cohorts.filter(runs=True, closed_at=None).order_by("pk"))
        self.reviewer: User = User.objects.get(
            academy_memberships__academy=programme.academy, academy_memberships__role=Role.REVIEWER
        )
        self._hours = itertools.cycle((9, 11, 14, 16, 10, 13, 15))
        self._managers: Iterator[str] = itertools.cycle(MANAGERS)
        self._count = 0

    def ago(self, days: int) -> datetime.datetime:
        """A moment of a working day, so many working days back; what was due by then has been sent."""
        moment = self._moment(days)
        send_due(moment)
        return moment

    def _moment(self, days: int) -> datetime.datetime:
        day = self.now
        for _ in range(days):
            day -= datetime.timedelta(days=1)
            while day.weekday() > 4:
                day -= datetime.timedelta(days=1)
        if not days:
            return self.now
        return day.replace(hour=next(self._hours), minute=(self._count * 7) % 60, second=0, microsecond=0)

    def tell(self, name: str, ics_number: int, story: Story, *, email: str = "") -> None:
        """Begin one person's application, and let the story do the rest."""
        self._count += 1
        plain = "".join(letter for letter in name.lower().replace(" ", ".") if letter.isascii())
        email = email or f"{plain.replace(chr(39), '')}@example.org"
        began = self.ago(14)
        answers: dict[str, bool | list[str]] = {
            criterion.key: [option.key for option in criterion.options.all()][:1] or True
            for criterion in self.programme.criteria.all()
        }
        verdicts = eligibility.judge(self.programme, answers)
        starting.start(self.programme, email=email, verdicts=verdicts, now=began)
        application = Application.objects.get(programme=self.programme, email=email)
        self._fill_in(application, name, ics_number, began)
        story(self, application)

    def _fill_in(
        self, application: Application, name: str, ics_number: int, began: datetime.datetime
    ) -> None:
        ics = self.systems[ics_number % len(self.systems)]
        listed = list(ics.organisations.order_by("pk"))
        organisation = listed[self._count % 4] if self._count % 4 < len(listed) else None
        about = submission.AboutYou(
            name=name,
            job_title=JOB_TITLES[self._count % len(JOB_TITLES)],
            phone="",
            organisation=organisation,
            organisation_name="" if organisation else f"{ics.short_name} Carers’ Network (sample)",
            sector=Sector.CHARITY,
            ics=ics,
        )
        submission.save_about_you(application.pk, about, now=began)

    def complete(self, application: Application, days_ago: int) -> None:
        """Answer everything and submit, so many working days ago."""
        at = self.ago(days_ago)
        submission.save_answers(
            application.pk,
            {question: self._answer(question) for question in self.programme.questions.all()},
            now=at,
        )
        turn = self._count % max(1, len(self.cohorts))
        ranked = self.cohorts[turn:] + self.cohorts[:turn]
        cannot = {ranked[-1]: "I am on leave that week."} if len(ranked) > 1 and self._count % 5 == 0 else {}
        preferences.save_preferences(
            application.pk, ranked=[one for one in ranked if one not in cannot], cannot_attend=cannot, now=at
        )
        people = {}
        for step in self.programme.approval_steps.filter(method=ApprovalMethod.EMAILED):
            manager = next(self._managers)
            people[step.pk] = (manager, f"{manager.lower().replace(' ', '.')}@example.org")
        submission.save_approvers(application.pk, people, now=at)
        submission.save_declarations(application.pk, now=at)
        submission.submit(application.pk, now=at)

    def _answer(self, question: Question) -> object:
        Kind = Question.Kind  # noqa: N806
        if question.kind in (Kind.TEXT, Kind.LONG_TEXT):
            fitting = ANSWERS.get(question.key, ANSWERS["any"])
            return fitting[self._count % len(fitting)]
        if question.kind == Kind.CHOICE:
            return question.options[self._count % len(question.options)]
        if question.kind == Kind.CHOICES:
            return question.options[: 1 + self._count % len(question.options)]
        if question.kind == Kind.NUMBER:
            return max(question.least or 0, min(question.most or 12, 2 + self._count % 7))
        if question.kind == Kind.YES_NO:
            return self._count % 3 != 0
        return self.ago(200).date().isoformat() if question.kind == Kind.DATE else ""

    def approvals(self, application: Application) -> list[Approval]:
        """The approvals that are waited for."""
        return list(Approval.objects.pending().filter(application=application))

    def supported(self, application: Application, days_ago: int) -> None:
        """Everyone who was asked says yes."""
        for approval in self.approvals(application):
            approvals.support(approval.pk, name=approval.name, now=self.ago(days_ago))

    def reviewed(self, application: Application, outcome: str, days_ago: int, notes: str = "") -> None:
        """A reviewer's note."""
        reviews.record_review(
            application.pk,
            user=self.reviewer,
            outcome=outcome,
            score=55 + (self._count * 7) % 40,
            notes=notes,
            now=self.ago(days_ago),
        )

    def ready_for_a_place(self, application: Application) -> None:
        """Submitted, supported, reviewed and found suitable."""
        self.complete(application, 12)
        self.supported(application, 10)
        self.reviewed(application, Review.Outcome.SUITABLE, 9, "Strong on working with groups.")
        reviews.shortlist(application.pk, user=self.reviewer, now=self.ago(9))

    def given_a_place(self, application: Application, days_ago: int) -> None:
        """Shortlisted, and given a seat in the cohort preferred."""
        self.ready_for_a_place(application)
        first = application.preferences.filter(rank=1).get()
        places.give(application.pk, first.cohort_id, user=self.reviewer, now=self.ago(days_ago))


def _draft(teller: Teller, application: Application) -> None:
    """Begun, and left after the first step."""


def awaiting(teller: Teller, application: Application) -> None:
    """Submitted, and nobody has answered yet."""
    teller.complete(application, 2)


def _awaiting_long(teller: Teller, application: Application) -> None:
    teller.complete(application, 8)
    asked = teller.ago(8).date()
    for approval in teller.approvals(application):
        for working_days in approvals.CHASE_AFTER[:2]:
            day = add_working_days(asked, working_days)
            at = teller.now.replace(year=day.year, month=day.month, day=day.day, hour=9, minute=10)
            if at < teller.now:
                approvals.chase(approval.pk, now=at)


def _awaiting_more_time(teller: Teller, application: Application) -> None:
    teller.complete(application, 3)
    for approval in teller.approvals(application):
        approvals.need_more_time(approval.pk, now=teller.ago(2))


def _passed_on(teller: Teller, application: Application) -> None:
    teller.complete(application, 5)
    for approval in teller.approvals(application):
        approvals.pass_on(
            approval.pk,
            passed_by=approval.name,
            name="Ngozi Passmore",
            email="ngozi.passmore@example.org",
            now=teller.ago(4),
        )


def _not_supported(teller: Teller, application: Application) -> None:
    teller.complete(application, 7)
    for approval in teller.approvals(application)[:1]:
        approvals.decline(
            approval.pk,
            name=approval.name,
            reason="We cannot release anyone from the ward on both days this quarter.",
            now=teller.ago(5),
        )


def _overridden(teller: Teller, application: Application) -> None:
    teller.complete(application, 9)
    for approval in teller.approvals(application):
        reason = "The line manager is on long-term leave; the deputy director agreed by telephone."
        approvals.override(approval.pk, user=teller.reviewer, reason=reason, now=teller.ago(3))


def _under_review(teller: Teller, application: Application) -> None:
    teller.complete(application, 6)
    teller.supported(application, 4)


def _reviewed(teller: Teller, application: Application) -> None:
    _under_review(teller, application)
    teller.reviewed(application, Review.Outcome.UNSURE, 2, "Ask how often they have led a group online.")


def _more_information(teller: Teller, application: Application) -> None:
    _under_review(teller, application)
    wanted = "Please tell us how often you have led a group online in the last two years."
    reviews.ask_for_information(application.pk, user=teller.reviewer, wanted=wanted, now=teller.ago(2))


def _information_given(teller: Teller, application: Application) -> None:
    _more_information(teller, application)
    given = "About once a month: a peer support group for ward managers, on video."
    reviews.give_information(application.pk, given=given, now=teller.ago(1))


def _shortlisted(teller: Teller, application: Application) -> None:
    teller.ready_for_a_place(application)


def _waitlisted(teller: Teller, application: Application) -> None:
    teller.ready_for_a_place(application)
    reviews.put_on_waiting_list(application.pk, user=teller.reviewer, now=teller.ago(3))


def _unsuccessful(teller: Teller, application: Application) -> None:
    _under_review(teller, application)
    reason = "The programme asks for experience of leading groups, and you are only just beginning to."
    reviews.turn_down(application.pk, user=teller.reviewer, reason=reason, now=teller.ago(2))


def _just_turned_down(teller: Teller, application: Application) -> None:
    _under_review(teller, application)
    reason = "The dates of both cohorts fall into your leave."
    at = teller.now - datetime.timedelta(minutes=2)
    reviews.turn_down(application.pk, user=teller.reviewer, reason=reason, now=at)


def _offered(teller: Teller, application: Application) -> None:
    teller.given_a_place(application, 2)


def _confirmed(teller: Teller, application: Application) -> None:
    teller.given_a_place(application, 6)
    if places.current_place(application) and Application.objects.get(pk=application.pk).state == "offered":
        places.accept(application.pk, now=teller.ago(5))


def _declined(teller: Teller, application: Application) -> None:
    teller.given_a_place(application, 6)
    places.decline(application.pk, reason="I have changed jobs.", now=teller.ago(5))


def _lapsed(teller: Teller, application: Application) -> None:
    teller.given_a_place(application, 8)
    places.lapse(application.pk, now=teller.ago(1))


def _withdrawn(teller: Teller, application: Application) -> None:
    teller.complete(application, 9)
    reviews.withdraw(
        application.pk, actor=Actor.applicant(application), reason="My role has changed.", now=teller.ago(3)
    )


def _reopened(teller: Teller, application: Application) -> None:
    _withdrawn(teller, application)
    reason = "The applicant telephoned: they can take part after all."
    reviews.reopen(application.pk, user=teller.reviewer, reason=reason, now=teller.ago(1))


# Of a programme whose places are offered: stories by ICS, so that some use up their five nominations.
_OFFERING: tuple[tuple[int, Story], ...] = (
    (0, _confirmed), (0, _confirmed), (0, _offered), (0, _shortlisted), (0, _under_review),
    (0, awaiting), (0, awaiting), (0, awaiting),
    (1, _confirmed), (1, _offered), (1, _waitlisted), (1, _more_information), (1, _information_given),
    (1, awaiting), (1, _reopened),
    (2, _confirmed), (2, _declined), (2, _lapsed), (2, _shortlisted), (2, _unsuccessful), (2, _reviewed),
    (2, _draft),
    (2, _shortlisted), (3, _shortlisted),
    (3, _confirmed), (3, _offered), (3, _withdrawn), (3, _just_turned_down), (3, _under_review), (3, _draft),
)  # fmt: skip

# Of a programme whose line managers approve, and whose places are confirmed at once.
_CONFIRMING: tuple[tuple[int, Story], ...] = (
    (0, _confirmed), (1, _confirmed), (2, _confirmed), (3, _confirmed), (4, _confirmed), (5, _confirmed),
    (5, _confirmed), (5, _shortlisted), (6, _shortlisted), (7, _waitlisted), (8, _shortlisted),
    (5, awaiting), (6, awaiting), (7, _awaiting_long), (8, _awaiting_long), (9, _awaiting_more_time),
    (10, _passed_on), (0, _not_supported), (1, _not_supported), (2, _overridden), (3, _under_review),
    (4, _under_review), (5, _under_review), (6, _reviewed), (7, _more_information), (8, _information_given),
    (9, _unsuccessful), (10, _just_turned_down), (0, _withdrawn), (1, _reopened), (5, _draft), (2, _draft),
)  # fmt: skip


def cast(programme: Programme) -> tuple[tuple[int, Story], ...]:
    """The ICS and the story of each person who applies to a programme."""
    by_mail = programme.approval_steps.filter(method=ApprovalMethod.EMAILED).exists()
    return _CONFIRMING if by_mail else _OFFERING
