"""Every address of the project, filled with real objects."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from applications.admin.bulk import ACTIONS as TOGETHER
from applications.admin.decisions import DECISIONS
from applications.models import Answer, Application, Approval, NominationLead, Nominee
from cohorts.admin.choices import CHOICES
from cohorts.admin.waiting import VERBS
from cohorts.domain.plans import INTO_ANOTHER
from facilitators.admin.circles import VERBS as CIRCLE_VERBS
from facilitators.admin.cover import VERBS as COVER_VERBS
from facilitators.admin.handbooks import ResourceAdmin as HandbookAdmin
from facilitators.admin.implementation import ImplementationSessionAdmin
from facilitators.admin.learning_sets import LearningSetAdmin
from facilitators.admin.notices import NoticeAdmin
from facilitators.domain.covering import cover
from facilitators.models import (
    Booking,
    Certificate,
    Circle,
    CoverRequest,
    Delivery,
    EvaluationResponse,
    Facilitation,
    Guest,
    LearningSet,
    Moment,
    Notice,
    Participation,
    Resource,
    Training,
)
from programmes.admin.outbox_bulk import ACTIONS as OUTBOX_TOGETHER
from programmes.admin.previewing import steps_there
from programmes.admin.setting_up import STEPS
from programmes.domain import links
from programmes.models import Hold, Letter, Link, Message
from programmes.views.gate import sign
from tests import factories
from tests.crawl.world import World
from tests.facilitators.handbooks import fetched, published

PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>[^()]*(?:\([^()]*\)[^()]*)*\)")


@dataclass(frozen=True)
class Pattern:
    """One address as it is declared: its text, and the names of what has to be filled in."""

    text: str
    name: str | None

    @property
    def parameters(self) -> list[str]:
        return [found[1] or found[2] for found in PARAMETER.finditer(self.text)]

    def filled(self, values: dict[str, Any]) -> str:
        text = PARAMETER.sub(lambda found: str(values[found[1] or found[2]]), self.text)
        return "/" + re.sub(r"[\^$]|\\(?=\W)", "", text) + values.get("query", "")


def patterns(resolver: URLResolver | None = None, before: str = "") -> Iterator[Pattern]:
    """Every address that the project answers."""
    for entry in (resolver or get_resolver()).url_patterns:
        text = before + str(entry.pattern)
        if isinstance(entry, URLPattern):
            yield Pattern(text, entry.name)
        else:
            yield from patterns(entry, text)


def fillings(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What the parameters of an address can stand for, each time a whole set; none where that is not known here."""
    if not pattern.parameters:
        return [{}]
    for start, fill in _BY_START.items():
        if pattern.text.startswith(start) and (found := fill(pattern, world)):
            return found
    return []


def _programmes(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    found = []
    for programme in (world.offering, world.confirming):
        # Who has passed the gate comes with what they answered, in the address.
        answered = {
            one.key: [way.key for way in one.options.all()] or True for one in programme.criteria.all()
        }
        query = f"?answers={sign(programme, answered)}" if pattern.name == "start" else ""
        found.append({"slug": programme.slug, "query": query})
    return found


def _mails(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    newest = {mail.event: mail for mail in Message.objects.order_by("pk")}
    return [
        {"pk": mail.pk, "number": 1}
        for mail in newest.values()
        if mail.attachments or "number" not in pattern.parameters
    ]


def _links(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [
        {"opens": opens, "token": token}
        for opens, tokens in (
            (Link.Opens.APPLICATION.value, world.my_tokens),
            (Link.Opens.APPROVAL.value, world.approve_tokens),
            (Link.Opens.REGISTER.value, world.register_tokens),
            (Link.Opens.BOARD.value, world.board_tokens),
            (Link.Opens.FACILITATOR.value, world.facilitator_tokens),
        )
        for token in tokens.values()
    ]


def _my(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    if "approvals/" in pattern.text:
        asked = Approval.objects.pending().get(application=world.asks)
        return [{"token": world.my_tokens["awaiting_approval"], "pk": asked.pk}]
    if "files/" in pattern.text:
        answer = Answer.objects.exclude(file="").get()
        return [{"token": world.my_tokens["under_review"], "pk": answer.pk}]
    # What stood under another name before an upgrade.
    step = {"step": "experience"} if "step" in pattern.parameters else {}
    return [{"token": token, **step} for token in world.my_tokens.values()]


def _board(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"token": token} for token in world.board_tokens.values()]


def _boards_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """The board of which somebody is the lead, and on which somebody is named; a file that nobody here has sent."""
    if "import/" in pattern.text:
        return [{"pk": 1}]
    lead = NominationLead.objects.order_by("pk")[0]
    named = Nominee.objects.first() or factories.NomineeFactory(allowance=lead.allowance)
    return [{"pk": lead.allowance_id, "object_id": lead.allowance_id, "lead": lead.pk, "nominee": named.pk}]


def _register(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"token": token} for token in world.register_tokens.values()]


def _wordings(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """A mail to each kind of reader, one of them reworded; a wording by its number as for every model."""
    if "event" in pattern.parameters:
        events = ("received", "offer", "approval_request", "cohort_under_minimum", "news")
        return [{"programme": world.offering.pk, "event": event} for event in events]
    if "programme" in pattern.parameters:
        return [{"programme": world.offering.pk}]
    return _of_a_model(pattern, world)


def _messages_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    if "action" in pattern.parameters:
        return [{"action": action} for action in OUTBOX_TOGETHER]
    return _of_a_model(pattern, world)


def _letters(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """A draft with news."""
    chosen = [one.about for one in Application.objects.filter(programme=world.offering).order_by("pk")[:3]]
    draft = Letter.objects.first() or factories.LetterFactory(
        programme=world.offering, kind="news", chosen=chosen
    )
    return [{"pk": draft.pk, "object_id": draft.pk}]


def _news(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """A link that works, and one that was never made."""
    academy = world.offering.academy
    link = links.mint(Link.Opens.NEWS, academy.pk, sent_to="news@example.org", now=timezone.now())
    return [{"token": token} for token in (links.token_of(link), "x" * 43)]


def _invitations(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """Of somebody without an account, of somebody with one, and one that was never made."""
    rows = Link.objects.filter(opens=Link.Opens.INVITATION).order_by("pk")
    return [{"token": token} for token in [*map(links.token_of, rows), "x" * 43]]


def _calendars(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    staff = pattern.text.startswith("calendar/staff/")
    opens = Link.Opens.STAFF_CALENDAR if staff else Link.Opens.CALENDAR
    tokens = [links.token_of(link) for link in Link.objects.filter(opens=opens).order_by("pk")]
    return [{"token": token} for token in [*tokens, "x" * 43]]


def _programmes_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What can be done with a waiting list; the rest as for every model."""
    if "application" in pattern.parameters:
        waiting = Application.objects.get(programme=world.offering, state="waitlisted")
        return [{"pk": world.offering.pk, "application": waiting.pk}]
    if "verb" in pattern.parameters:
        return [{"pk": world.offering.pk, "verb": verb} for verb in VERBS]
    if "step" in pattern.parameters:
        return [{"pk": world.offering.pk, "step": page.step.value} for page in STEPS]
    if "what" in pattern.parameters:
        shown = ("page", "mails", *steps_there(world.offering))
        return [{"pk": world.offering.pk, "what": what} for what in shown]
    return _of_a_model(pattern, world)


def _certificates(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"number": number} for number in (Certificate.objects.get().number, "LSC-2026-NONE2")]


def _facilitator(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """Their own pages, with a training and a pause of theirs."""
    training = world.offering.trainings.order_by("pk")[0]
    known = {"training": training.pk, "pause": training.pauses.get().pk}
    return [{"token": token, **known} for token in world.facilitator_tokens.values()]


def _deliveries(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What is logged, and what is a draft still."""
    found = Delivery.objects.filter(programme=world.offering, logged_by__isnull=False).order_by("pk")
    token = world.facilitator_tokens["open"]
    return [{"token": token, "pk": delivery.pk} for delivery in found]


def _commitments_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """One that is met by taking part, with what was noted for it; the rest as for every model."""
    if "noted" not in pattern.parameters:
        return _of_a_model(pattern, world)
    noted = Participation.objects.filter(training__programme=world.offering)[0]
    commitment = noted.training.commitments.get(kind=noted.kind)
    return [{"pk": commitment.pk, "noted": noted.pk}]


def _facilitators_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """Somebody with a training and a pause; a file that nobody here has sent."""
    if "import/" in pattern.text:
        return [{"pk": 1}]
    training = world.offering.trainings.order_by("pk")[0]
    person = training.facilitator_id
    known = {"pk": person, "object_id": person, "training": training.pk, "pause": training.pauses.get().pk}
    if "other" in pattern.parameters:
        other = factories.TrainingFactory(programme=world.offering)
        return [{**known, "other": other.facilitator_id}]
    return [known]


def _evaluations(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What a facilitator was asked some months after the training."""
    training = world.offering.trainings.order_by("pk")[0]
    asked, _ = EvaluationResponse.objects.get_or_create(
        programme=world.offering,
        moment=Moment.MONTHS_3,
        training=training,
        defaults={"asked_at": timezone.now()},
    )
    return [{"token": world.facilitator_tokens["open"], "pk": asked.pk}]


def _evaluations_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What came of a programme's; the rest as for every model, of those given after the training."""
    if pattern.parameters == ["programme"]:
        return [{"programme": world.offering.pk}]
    given = EvaluationResponse.objects.given().filter(moment=Moment.TRAINING, programme=world.offering)
    return [{"object_id": one.pk, "pk": one.pk} for one in given[:2]]


def _approve(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"token": token} for token in world.approve_tokens.values()]


def _applications(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    ours = Application.objects.filter(programme=world.offering)
    one_of_each = {application.state: application.pk for application in ours}
    if "together/" in pattern.text:
        return [{"action": action} for action in TOGETHER]
    if "/decide/" in pattern.text:
        return [{"pk": pk, "action": action} for pk in one_of_each.values() for action in DECISIONS]
    if "/approvals/" in pattern.text:
        found = Approval.objects.filter(application__in=ours, method="emailed").exclude(decision="not_asked")
        one_each = {approval.decision: approval for approval in found}.values()
        return [
            {"pk": approval.application_id, "approval": approval.pk, "action": action}
            for approval in one_each
            for action in ("override", "address", "remind")
        ]
    if "/needs/" in pattern.text:
        return [{"pk": one.pk} for one in ours[:1]]
    if "/file/" in pattern.text:
        return [
            {"pk": answer.application_id, "answer": answer.pk} for answer in Answer.objects.exclude(file="")
        ]
    if "/note/<" in pattern.text:
        note = factories.StaffNoteFactory(application=ours[0])
        return [{"pk": note.application_id, "note": note.pk}]
    if "/lift/" in pattern.text:
        conflict = factories.ConflictOfInterestFactory(application=ours[0])
        return [{"pk": conflict.application_id, "conflict": conflict.pk}]
    if "/same/" in pattern.text:
        pairs = [
            (one, other) for one in one_of_each.values() for other in one_of_each.values() if one != other
        ]
        return [{"pk": one, "other": other, "action": "merge"} for one, other in pairs[::20]] + [
            {"pk": one, "other": other, "action": "apart"} for one, other in pairs[:1]
        ]
    if pattern.parameters == ["programme"]:
        factories.PendingDecisionFactory(application=ours[0])
        return [{"programme": world.offering.pk}]
    return [{"pk": pk, "object_id": pk} for pk in one_of_each.values()]


def _cohorts(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """Each choice about a cohort, also into another one; the rest as for every model."""
    if pattern.parameters == ["programme"]:
        return [{"programme": world.offering.pk}]
    first, second = world.offering.cohorts.order_by("pk")[:2]
    if "/decide/" in pattern.text:
        found: list[dict[str, Any]] = [{"pk": first.pk, "kind": kind} for kind in CHOICES]
        return [
            *found,
            *({"pk": first.pk, "kind": kind, "query": f"?into={second.pk}"} for kind in INTO_ANOTHER),
        ]
    if "application" in pattern.parameters:
        return [{"pk": first.pk, "application": Certificate.objects.get().application_id}]
    return _of_a_model(pattern, world)


def _circle(world: World) -> Circle:
    """A circle with somebody who leads it, and somebody who has booked."""
    if Circle.objects.exists():
        return Circle.objects.order_by("pk")[0]
    training = factories.TrainingFactory(programme=world.offering)
    Facilitation.objects.update_or_create(programme=world.offering, defaults={"circles": True})
    topic = factories.TopicFactory(programme=world.offering)
    circle = factories.CircleFactory(topic=topic, starts_at=timezone.now() + datetime.timedelta(days=9))
    circle.leads.create(training=training, added_at=timezone.now())
    factories.BookingFactory(circle=circle)
    return circle


def _circles(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"reference": reference} for reference in (_circle(world).reference, "NONE")]


def _came(world: World) -> Booking:
    """The booking of somebody who came to a circle that was held: they are asked about it."""
    circle = _circle(world)
    known = Booking.objects.filter(came=True, circle__topic=circle.topic).first()
    over = timezone.now() - datetime.timedelta(days=2)
    return known or factories.BookingFactory(
        circle=factories.CircleFactory(topic=circle.topic, starts_at=over, state="held"), came=True
    )


def _booking(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    booked = _came(world) if "feedback/" in pattern.text else _circle(world).bookings.order_by("pk")[0]
    link = links.mint(Link.Opens.BOOKING, booked.pk, sent_to=booked.email, now=timezone.now())
    return [{"token": token} for token in (links.token_of(link), "x" * 43)]


def _led_circles(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """By the link of somebody who leads a circle."""
    circle = _circle(world)
    person = circle.leads.order_by("pk")[0].training.facilitator
    link = links.mint(Link.Opens.FACILITATOR, person.pk, sent_to=person.email, now=timezone.now())
    return [{"token": links.token_of(link), "reference": circle.reference, "slug": circle.programme.slug}]


def _covering(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """By the link of somebody who is asked to lead a circle."""
    request = _cover(world)
    person = request.asked.order_by("pk")[0].training.facilitator
    link = links.mint(Link.Opens.FACILITATOR, person.pk, sent_to=person.email, now=timezone.now())
    return [{"token": links.token_of(link), "pk": request.pk}]


def _cover(world: World) -> CoverRequest:
    """A request for cover, with somebody who is asked."""
    if CoverRequest.objects.exists():
        return CoverRequest.objects.order_by("pk")[0]
    factories.TrainingFactory(programme=world.offering)
    lead = _circle(world).leads.order_by("pk")[0]
    return cover.ask(lead.circle_id, lead.training_id, reason="A funeral", now=timezone.now())


def _cover_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What can be done with a request; the rest as for every model."""
    request = _cover(world)
    if "verb" in pattern.parameters:
        return [{"pk": request.pk, "verb": verb} for verb in COVER_VERBS]
    return _of_a_model(pattern, world)


def _circles_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What can be done with a circle; the rest as for every model."""
    circle = _circle(world)
    if "verb" in pattern.parameters:
        return [{"pk": circle.pk, "verb": verb} for verb in CIRCLE_VERBS]
    return _of_a_model(pattern, world)


def _community(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """By the link of a facilitator: a handbook, a post of theirs, and a session that they are invited to."""
    person = _colleague(world)
    now = timezone.now()
    link = links.mint(Link.Opens.FACILITATOR, person.facilitator_id, sent_to="a@example.org", now=now)
    if "noticeboard/" in pattern.text:
        key = Notice.objects.get(author=person).pk
    elif "materials/" in pattern.text:
        key = _handbook(world).versions.get().pk
    else:
        key = person.invited_to.get().session_id
    return [{"token": links.token_of(link), "pk": key}]


def _colleague(world: World) -> Training:
    """A facilitator who has written to the noticeboard, and is invited to a session of their ICS."""
    if Guest.objects.exists():
        return Guest.objects.order_by("pk")[0].training
    ics = factories.IntegratedCareSystemFactory()
    training = factories.TrainingFactory(programme=world.offering, facilitator__ics=ics)
    now = timezone.now()
    factories.NoticeFactory(author=training, state="published", published_at=now)
    session = factories.ImplementationSessionFactory(
        programme=world.offering, ics=ics, starts_at=now + datetime.timedelta(days=9)
    )
    session.guests.create(training=training, invited_at=now)
    learning_set = factories.LearningSetFactory(programme=world.offering)
    learning_set.meetings.create(starts_at=now, ends_at=now + datetime.timedelta(hours=2))
    learning_set.members.create(training=training, added_at=now)
    return training


def _handbook(world: World) -> Resource:
    """Materials that are open to everyone."""
    known = Resource.objects.filter(programme=world.offering).first()
    if known is None:
        known = factories.ResourceFactory(programme=world.offering, open_to="everyone", key="leaflet")
        published(known, now=timezone.now())
    return known


def _open_materials(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    handbook = _handbook(world)
    return [{"slug": world.offering.slug, "key": key} for key in (handbook.key, "no-such-thing")]


def _community_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """What can be done with notices, handbooks, sessions and sets; the rest as for every model."""
    person = _colleague(world)
    handbook = _handbook(world)
    if not person.downloads.exists():
        fetched(handbook.versions.get(), person, now=timezone.now())
    if "/dates/" in pattern.text:
        meeting = LearningSet.objects.order_by("pk")[0].meetings.get()
        dates = {"pk": meeting.learning_set_id, "date": meeting.pk}
        return [{**dates, "verb": verb} for verb in ("register", "move-date", "cancel-date")]
    if "/versions/" in pattern.text:
        return [{"pk": handbook.pk, "number": 1}]
    if "/ics/<" in pattern.text:
        return [{"programme": person.programme_id, "ics": person.facilitator.ics_id}]
    if "verb" in pattern.parameters:
        model = pattern.text.split("/")[2]
        known = {
            "resource": (handbook.pk, HandbookAdmin),
            "notice": (person.notices.get().pk, NoticeAdmin),
            "implementationsession": (person.invited_to.get().session_id, ImplementationSessionAdmin),
            "learningset": (LearningSet.objects.order_by("pk")[0].pk, LearningSetAdmin),
        }
        key, owner = known[model]
        return [{"pk": key, "verb": verb} for verb in owner.verbs]
    return _of_a_model(pattern, world)


def _of_a_model(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """The first records of the model whose staff pages these are; those of the crawled academy first."""
    app_label, model_name = pattern.text.split("/")[1:3]
    for model in admin.site._registry:
        if (model._meta.app_label, model._meta.model_name) == (app_label, model_name):
            keys = model._default_manager.order_by("pk").values_list("pk", flat=True)[:2]
            return [{"object_id": key, "pk": key, "id": key} for key in keys]
    return []


def _rest_of_staff(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    if pattern.parameters == ["url"]:
        return [{"url": "no/such/page"}]
    if pattern.parameters == ["app_label"]:
        return [
            {"app_label": label}
            for label in sorted({model._meta.app_label for model in admin.site._registry})
        ]
    return []


def _feed(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    return [{"rest": "no/such/list/"}]


def _import_files(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """A file that nobody here has sent."""
    return [{"pk": 1}] if "import/" in pattern.text else _of_a_model(pattern, world)


def _holds(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """A hold that stands."""
    if not Hold.objects.exists():
        factories.HoldFactory(academy=world.offering.academy)
    return _of_a_model(pattern, world)


def _academies(pattern: Pattern, world: World) -> list[dict[str, Any]]:
    """An academy, and one that there is not."""
    return [{"academy": slug} for slug in (world.offering.academy.slug, "no-such-academy")]


# By how an address begins; the first that knows it is taken.
_BY_START = {
    "privacy/": _academies,
    "accessibility/": _academies,
    "staff/programmes/hold/": _holds,
    "circles/": _circles,
    "booking/": _booking,
    "facilitator/<str:token>/circles/": _led_circles,
    "facilitator/<str:token>/cover/": _covering,
    "facilitator/<str:token>/set-up/": _led_circles,
    "facilitator/<str:token>/deliveries/": _deliveries,
    "facilitator/<str:token>/evaluation/": _evaluations,
    "staff/facilitators/evaluationresponse/": _evaluations_of_staff,
    "facilitator/<str:token>/materials/<": _community,
    "facilitator/<str:token>/noticeboard/<": _community,
    "facilitator/<str:token>/implementation/<": _community,
    "programmes/<slug:slug>/materials/<": _open_materials,
    "staff/facilitators/resource/": _community_of_staff,
    "staff/facilitators/download/": _community_of_staff,
    "staff/facilitators/notice/": _community_of_staff,
    "staff/facilitators/implementationsession/": _community_of_staff,
    "staff/facilitators/learningset/": _community_of_staff,
    "staff/facilitators/circle/": _circles_of_staff,
    "staff/facilitators/coverrequest/": _cover_of_staff,
    "staff/facilitators/booking/": _circles_of_staff,
    "staff/facilitators/topic/": _circles_of_staff,
    "feed/": _feed,
    "staff/programmes/organisation/": _import_files,
    "programmes/": _programmes,
    "dev/mailbox/": _mails,
    "link-again/": _links,
    "my/": _my,
    "approve/": _approve,
    "board/": _board,
    "register/": _register,
    "news/": _news,
    "staff/programmes/messagetemplate/": _wordings,
    "staff/programmes/message/": _messages_of_staff,
    "staff/programmes/letter/": _letters,
    "facilitator/": _facilitator,
    "staff/facilitators/facilitator/": _facilitators_of_staff,
    "staff/facilitators/commitment/": _commitments_of_staff,
    "invitation/": _invitations,
    "certificates/": _certificates,
    "calendar/": _calendars,
    "staff/programmes/programme/": _programmes_of_staff,
    "staff/applications/application/": _applications,
    "staff/applications/nominationboard/": _boards_of_staff,
    "staff/cohorts/cohort/": _cohorts,
    "staff/": lambda pattern, world: _rest_of_staff(pattern, world) or _of_a_model(pattern, world),
}
