"""Applications brought to a state by the verbs that the portal itself uses, never by writing states."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q

from applications.domain import approvals, eligibility, reviews, starting, submission
from applications.domain.actors import Actor
from applications.models import Application, Approval
from cohorts.domain import closing, places, preferences, register
from cohorts.models import Cohort
from facilitators.domain import completion
from programmes.models import IntegratedCareSystem, Message, Programme, Role
from programmes.models.parts import ApprovalMethod
from tests import factories
from tests.factories import NOW

# Mails that nobody was ever meant to be sent: the portal under test has sent what was due before the next decision.
TAKEN_BACK = Q(status="discarded") | Q(status="superseded", not_before__gt=F("stopped_at"))


def mails(application: Application, *, to: str | None = None) -> list[str]:
    """The events of the mails about an application (to one address) in their order, but for those taken back."""
    rows = Message.objects.about(application.about).exclude(TAKEN_BACK).order_by("pk")
    return list((rows.filter(to_address=to) if to else rows).values_list("event", flat=True))


def told_positions(applications: Sequence[Application]) -> list[int]:
    """The place in the reserve that each was told in its receipt."""
    rows = Message.objects.filter(event="received_in_reserve").values_list("about", "context__position")
    told = dict(rows)
    return [told[application.about] for application in applications]


def reviewer_of(programme: Programme) -> Any:
    """A staff account that may decide on the programme's applications."""
    return factories.AcademyMemberFactory(academy=programme.academy, role=Role.REVIEWER).user


def administrator_of(programme: Programme) -> Any:
    """A staff account that may set up the programme."""
    return factories.AcademyMemberFactory(academy=programme.academy, role=Role.ADMINISTRATOR).user


def started(programme: Programme, email: str, *, now: datetime.datetime = NOW) -> Application:
    """A draft, begun at the gate with every criterion met."""
    answers = {
        criterion.key: [option.key for option in criterion.options.all()] or True
        for criterion in programme.criteria.all()
    }
    starting.start(programme, email=email, verdicts=eligibility.judge(programme, answers), now=now)
    return Application.objects.live().get(programme=programme, email_key=email.casefold())


def filled_in(
    programme: Programme,
    *,
    email: str | None = None,
    name: str = "Sam Applicant",
    ics: IntegratedCareSystem | None = None,
    manager: str = "manager@example.org",
    now: datetime.datetime = NOW,
) -> Application:
    """A draft with everything given, ready to be submitted."""
    email = email or factories.ApplicationFactory.build().email
    application = started(programme, email, now=now)
    ics = ics or factories.IntegratedCareSystemFactory()
    about = submission.AboutYou(
        name=name,
        job_title="Team lead",
        phone="",
        organisation=None,
        organisation_name="Downs Hospice",
        sector="hospice",
        ics=ics,
    )
    submission.save_about_you(application.pk, about, now=now)
    values = dict.fromkeys(programme.questions.exclude(kind="file"), "My answer.")
    submission.save_answers(application.pk, values, now=now)
    cohorts = list(programme.cohorts.filter(runs=True).order_by("pk"))
    if cohorts:
        preferences.save_preferences(application.pk, ranked=cohorts, cannot_attend={}, now=now)
    people = {
        step.pk: (f"Morgan {step.get_approver_display()}", f"{step.pk}.{manager}")
        for step in programme.approval_steps.filter(method=ApprovalMethod.EMAILED)
    }
    submission.save_approvers(application.pk, people, now=now)
    submission.save_declarations(application.pk, now=now)
    return Application.objects.get(pk=application.pk)


def submitted(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """Submitted: awaiting approval, in reserve or under review, as the programme is set up."""
    return submission.submit(filled_in(programme, now=now, **kwargs).pk, now=now)


def under_review(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """Submitted, and supported by everyone who was asked."""
    application = submitted(programme, now=now, **kwargs)
    for approval in Approval.objects.pending().filter(application=application):
        approvals.support(approval.pk, name=approval.name, now=now)
    return Application.objects.get(pk=application.pk)


def more_information(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """Asked something by the academy."""
    application = under_review(programme, now=now, **kwargs)
    user = reviewer_of(programme)
    return reviews.ask_for_information(application.pk, user=user, wanted="How many people?", now=now)


def shortlisted(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """Found suitable."""
    application = under_review(programme, now=now, **kwargs)
    return reviews.shortlist(application.pk, user=reviewer_of(programme), now=now)


def waitlisted(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """On the waiting list."""
    application = shortlisted(programme, now=now, **kwargs)
    return reviews.put_on_waiting_list(application.pk, user=reviewer_of(programme), now=now)


def offered(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """With a place offered (or confirmed directly, where the programme does that) in its first cohort."""
    application = shortlisted(programme, now=now, **kwargs)
    cohort = programme.cohorts.order_by("pk")[0]
    places.give(application.pk, cohort.pk, user=reviewer_of(programme), now=now)
    return Application.objects.get(pk=application.pk)


def confirmed(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """With a place offered and accepted."""
    application = offered(programme, now=now, **kwargs)
    places.accept(application.pk, now=now)
    return Application.objects.get(pk=application.pk)


def withdrawn(application: Application, *, now: datetime.datetime = NOW) -> Application:
    """Withdrawn by the applicant."""
    return reviews.withdraw(application.pk, actor=Actor.applicant(application), now=now)


def attended(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """With a confirmed place in the first cohort, marked present at each session, and the cohort closed after it.

    Everyone else of that cohort has to be marked by then.
    """
    application = confirmed(programme, now=now, **kwargs)
    cohort = programme.cohorts.order_by("pk")[0]
    marked_everywhere(application, cohort)
    closed(cohort)
    return Application.objects.get(pk=application.pk)


def marked_everywhere(application: Application, cohort: Cohort, mark: str = "present") -> None:
    """Marked at every session of a cohort, on its day."""
    for session in cohort.sessions.all():
        marks = {application.pk: register.Marked(mark)}
        register.mark(session.pk, marks, by="Alex Trainer", seen={}, now=session.ends_at)


def closed(
    cohort: Cohort, *, now: datetime.datetime | None = None, choice: closing.Choice | None = None
) -> closing.Closed:
    """The register of a cohort closed once it is over, by staff; those who missed it wait, or get ``choice``."""
    ends = max(session.ends_at for session in cohort.sessions.all())
    now = now or ends + datetime.timedelta(hours=1)
    found = closing.preview(cohort, now=now)
    return closing.close(
        cohort.pk,
        seen=[one.application.pk for one in found.attended],
        choices={one.application.pk: choice or closing.Choice(closing.Instead.WAIT) for one in found.missed},
        user=reviewer_of(cohort.programme),
        now=now,
    )


def completed(programme: Programme, *, now: datetime.datetime = NOW, **kwargs: Any) -> Application:
    """Attended, evaluated and agreed to everything."""
    application = attended(programme, now=now, **kwargs)
    questions = programme.evaluation_questions.filter(moment="training")
    values = {"rating": "4", "choice": "One", "long_text": "It was good.", "yes_no": "yes"}
    completion.complete(
        application.pk,
        answers={question.pk: values[question.kind] for question in questions},
        undertakings=list(programme.undertakings.values_list("pk", flat=True)),
        name=application.name,
        now=application.state_since,
    )
    return Application.objects.get(pk=application.pk)
