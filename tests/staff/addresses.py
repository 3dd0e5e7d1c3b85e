"""Every address of the staff's site, with the arguments that name a record of the desk's academy."""

import datetime
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.core.files.base import ContentFile
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from applications.domain import nomination_leads
from applications.models import Answer, NominationBoard
from cohorts.domain import proposals
from facilitators.domain.people import participations
from programmes.domain import messages
from tests import factories, scenarios
from tests.facilitators.delivering import logged
from tests.facilitators.handbooks import fetched, published
from tests.factories import NOW


def walk(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every pattern below a resolver, with its route."""
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from walk(entry, route)
        else:
            yield route, entry


def all_patterns() -> list[tuple[str, URLPattern]]:
    """Every pattern of the portal."""
    return list(walk(get_resolver()))


def staff_names() -> set[str]:
    """The names of the staff's addresses; the few without one only send on."""
    return {str(entry.name) for route, entry in all_patterns() if route.startswith("staff/") and entry.name}


def records(desk: Any) -> dict[str, Any]:
    """A record of each kind in the desk's academy, by the name of its model."""
    scenarios.shortlisted(desk.programme)
    proposal = proposals.propose(desk.programme.pk, user=desk.staff["reviewer"], now=NOW)
    factories.EvaluationQuestionFactory(programme=desk.programme)
    factories.ObligationFactory(programme=desk.programme, kind="attend", at_least=1)
    completed = scenarios.completed(desk.programme)
    criterion = factories.CriterionFactory(programme=desk.programme)
    factories.ApprovalStepFactory(programme=desk.programme)
    question = factories.QuestionFactory(programme=desk.programme, kind="file", required=False)
    application = scenarios.submitted(desk.programme)
    answer = Answer.objects.create(
        application=application,
        question=question,
        asked=question.text,
        value="letter.pdf",
        file=ContentFile(b"A letter", name="letter.pdf"),
    )
    mail = messages.queue(
        "link_again",
        occasion="test",
        to_address="sam@example.org",
        to_name="Sam",
        programme=desk.programme,
        about=application.about,
        now=NOW,
        context={},
    )
    board = NominationBoard.objects.get(programme=desk.programme, key=application.nomination_key)
    lead = nomination_leads.invite(
        board.pk, name="Lee Lead", email="lee@example.org", user=desk.staff["reviewer"], now=NOW
    )
    circle = factories.CircleFactory(topic__programme=desk.programme)
    leads = circle.leads.create(training=factories.TrainingFactory(programme=desk.programme), added_at=NOW)
    commitment = completed.training.commitments.get()
    resource = factories.ResourceFactory(programme=desk.programme)
    version = published(resource, now=NOW)
    fetched(version, completed.training)
    learning_set = factories.LearningSetFactory(programme=desk.programme)
    learning_set.meetings.create(starts_at=NOW, ends_at=NOW + datetime.timedelta(hours=2))
    noted = {"held_on": NOW.date(), "what": "A set", "user": desk.staff["reviewer"], "now": NOW}
    return {
        "commitment": commitment,
        "participation": participations.note(commitment.pk, **noted),
        "application": application,
        "resource": resource,
        "download": version.downloads.get(),
        "notice": factories.NoticeFactory(author=completed.training),
        "implementationsession": factories.ImplementationSessionFactory(programme=desk.programme),
        "learningset": learning_set,
        "coverrequest": factories.CoverRequestFactory(lead=leads),
        "topic": factories.TopicFactory(programme=desk.programme),
        "circle": circle,
        "booking": factories.BookingFactory(circle=circle),
        "approval": application.approvals.get(),
        "answer": answer,
        "programme": desk.programme,
        "waitlisted": scenarios.waitlisted(desk.programme),
        "academy": desk.programme.academy,
        "certificate": completed.certificates.get(),
        "evaluationresponse": completed.evaluation,
        "delivery": logged(completed.training, "2026-10-01", evidence=ContentFile(b"%PDF-", name="list.pdf")),
        "facilitator": completed.training.facilitator,
        "pause": factories.PauseFactory(training=completed.training),
        "academymember": desk.programme.academy.members.get(role="viewer"),
        "criterion": criterion,
        "message": mail,
        "wording": factories.MessageTemplateFactory(programme=desk.programme),
        "letter": factories.LetterFactory(programme=desk.programme, chosen=[application.about]),
        "newsoptout": factories.NewsOptOutFactory(academy=desk.programme.academy),
        "nominationboard": board,
        "nominationlead": lead,
        "nominee": factories.NomineeFactory(allowance=board),
        "staffnote": factories.StaffNoteFactory(application=application),
        "conflict": factories.ConflictOfInterestFactory(application=application),
        "cohort": factories.CohortFactory(programme=desk.programme),
        "proposal": proposal,
        "session": desk.cohort.sessions.get(),
        "place": completed.places.get(),
        "feedkey": factories.FeedKeyFactory(academy=desk.programme.academy),
        "exportrecord": factories.ExportRecordFactory(academies=[desk.programme.academy]),
        "hold": factories.HoldFactory(academy=desk.programme.academy),
        "invitation": factories.InvitationFactory(academy=desk.programme.academy),
        "venue": factories.VenueFactory(academy=desk.programme.academy),
        "organisation": factories.OrganisationFactory(),
        "integratedcaresystem": factories.IntegratedCareSystemFactory(),
        "region": factories.RegionFactory(),
        "user": desk.staff["viewer"],
    }


def lists() -> dict[str, str]:
    """The address of each list there is, by the name of what it lists."""
    return {
        str(model._meta.model_name): reverse(
            f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
        )
        for model in admin.site._registry
    }
