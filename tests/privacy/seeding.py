"""Somebody who is named wherever a name can stand, and what is looked for once they are gone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection
from django.db.models import JSONField, Model
from django.utils import timezone

from applications.models import (
    AccessNeedsRead,
    Answer,
    Application,
    Approval,
    BoardEntry,
    LinkRequest,
    Merge,
    NominationLead,
    Nominee,
    Review,
)
from cohorts.models import CohortDecision, Preference, Proposal, WaitingPlace
from facilitators.domain.people import pauses
from facilitators.models import (
    CertificateRenewal,
    Delivery,
    EvaluationAnswer,
    EvaluationResponse,
    FormerEntry,
    Moment,
    Participation,
    Series,
    SetMeeting,
)
from programmes.domain import importing, links, messages
from programmes.domain.privacy import anonymising, mentions, people, registry
from programmes.domain.privacy.registry import Table
from programmes.models import (
    AccountChange,
    Hold,
    ImportFile,
    IntegrityReport,
    Link,
    NominationAllowance,
    PrivacyAct,
    Programme,
)
from tests import factories, scenarios
from tests.facilitators.delivering import LATER, logged
from tests.facilitators.handbooks import fetched, published
from tests.factories import NOW

NAME = "Zebedee Quillfeather"
ADDRESS = "Zebedee.Quillfeather@unique.example.org"
# What must be nowhere afterwards, in small letters.
TRACES = ("quillfeather", "zebedee")
SAID = f"Asked {NAME} ({ADDRESS}) about it."


def programme() -> Programme:
    """A programme with everything that somebody can leave something in."""
    made = factories.ProgrammeFactory(title="Leadership Circles", code="LSC", limited=True)
    factories.SessionFactory(
        cohort=factories.CohortFactory(programme=made), starts_at=NOW + datetime.timedelta(days=60)
    )
    factories.CriterionFactory(programme=made)
    factories.DeclarationFactory(programme=made)
    factories.ApprovalStepFactory(programme=made)
    factories.QuestionFactory(programme=made)
    factories.UndertakingFactory(programme=made)
    factories.EvaluationQuestionFactory(programme=made, kind="long_text")
    factories.EvaluationQuestionFactory(programme=made, kind="rating", text="How many marks?")
    factories.ObligationFactory(programme=made, key="deliver")
    return made


def person(made: Programme) -> Application:
    """The person: trained, a facilitator, and once before withdrawn; with everything that comes of it."""
    before = scenarios.withdrawn(scenarios.submitted(made, email=ADDRESS, name=NAME, manager="m@example.org"))
    done = scenarios.completed(made, email=ADDRESS, name=NAME, manager="m@example.org")
    _of_the_application(made, done, before)
    _of_the_facilitator(made, done)
    _elsewhere(made, done)
    return done


def _of_the_application(made: Programme, done: Application, before: Application) -> None:
    user = scenarios.reviewer_of(made)
    cohort = made.cohorts.get()
    question = factories.QuestionFactory(programme=made, kind="file", required=False)
    Answer.objects.create(
        application=done,
        question=question,
        asked=question.text,
        value=f"{NAME}.pdf",
        file=ContentFile(SAID.encode(), name="letter.pdf"),
    )
    factories.AccessNeedsFactory(application=done)
    Review.objects.filter(application=done).delete()
    Review.objects.create(application=done, reviewer=user, outcome="suitable", created_at=NOW)
    factories.StaffNoteFactory(application=done)
    factories.ConflictOfInterestFactory(application=done)
    factories.PendingDecisionFactory(application=before)
    Merge.objects.create(kept=done, merged=before, merged_at=NOW, report="Nothing.")
    allowance = NominationAllowance.objects.filter(programme=made).order_by("pk")[0]
    lead = NominationLead.objects.create(
        allowance=allowance, name=NAME, email=ADDRESS, invited_at=NOW, last_sent_at=NOW, revoked_at=NOW
    )
    for application in (done, None):
        BoardEntry.objects.create(
            allowance=allowance,
            kind="note",
            text="A note",
            application=application,
            lead=lead,
            name=NAME,
            at=NOW,
        )
    Nominee.objects.create(
        programme=made, nomination_key=allowance.key, name=NAME, email=ADDRESS, added_at=NOW, application=done
    )
    Preference.objects.update_or_create(application=before, cohort=cohort, defaults={"rank": 1})
    WaitingPlace.objects.create(application=before, programme=made, joined_at=NOW)
    CohortDecision.objects.create(cohort=cohort, kind="extend", reason="Why", decided_at=NOW, seats_taken=1)
    Proposal.objects.create(programme=made, made_at=NOW, status="ready")
    AccessNeedsRead.objects.create(application=done, about=done.reference, at=NOW)
    # Of somebody else's application they are the approver.
    other = scenarios.withdrawn(scenarios.under_review(made, name="Olive Other", manager="o@example.org"))
    Approval.objects.filter(application=other).update(name=NAME, email=ADDRESS, decided_name=NAME)


def _of_the_facilitator(made: Programme, done: Application) -> None:
    training = done.training
    factories.PauseFactory(training=training)
    FormerEntry.objects.create(
        facilitator=training.facilitator,
        name=NAME,
        email=f"former.{ADDRESS}",
        reason="The same person",
        joined_at=NOW,
    )
    logged(training, "2026-12-20", evidence=ContentFile(SAID.encode(), name="list.pdf"))
    fetched(published(factories.ResourceFactory(programme=made, acknowledgement="Mine.")), training)
    factories.NoticeFactory(author=training)
    Participation.objects.create(training=training, kind="attend", held_on=NOW.date(), what="A set")
    circle = factories.CircleFactory(
        topic__programme=made, state="cancelled", cancelled_at=NOW, cancelled_reason="Ill"
    )
    Series.objects.create(programme=made, name="A series", made_at=NOW)
    factories.CoverRequestFactory(
        lead=circle.leads.create(training=training, added_at=NOW), state="ended", ended_at=NOW
    )
    booking = factories.BookingFactory(
        circle=circle, name=NAME, email=ADDRESS, state="cancelled", seat_number=None, cancelled_at=NOW
    )
    response = EvaluationResponse.objects.create(
        programme=made, moment=Moment.CIRCLE, booking=booking, asked_at=NOW, given_at=NOW
    )
    EvaluationAnswer.objects.create(response=response, asked="How?", kind="long_text", value="Well")
    CertificateRenewal.objects.create(
        certificate=done.certificates.get(),
        from_on=NOW.date(),
        until_on=NOW.date() + datetime.timedelta(days=9),
        reason="Refreshed",
        made_at=NOW,
    )
    factories.ImplementationSessionFactory(programme=made)
    learning_set = factories.LearningSetFactory(programme=made)
    SetMeeting.objects.create(
        learning_set=learning_set, starts_at=NOW, ends_at=NOW + datetime.timedelta(hours=2)
    )
    pauses.leave(training.pk, reason="Moved away", user=None, now=LATER)


def _elsewhere(made: Programme, done: Application) -> None:
    academy = made.academy
    user = scenarios.administrator_of(made)
    factories.InvitationFactory(academy=academy, name=NAME, address=ADDRESS, withdrawn_at=NOW)
    factories.NewsOptOutFactory(academy=academy, email=ADDRESS)
    LinkRequest.objects.create(kind="all", email=ADDRESS, asked_at=NOW)
    Hold.objects.create(
        academy=academy,
        address=ADDRESS,
        kind="complaint",
        reason="They complained",
        put_at=NOW,
        lifted_at=NOW,
        lifted_reason="It is settled",
    )
    factories.LetterFactory(programme=made)
    factories.ExportRecordFactory(academies=[academy])
    IntegrityReport.objects.create(started_at=NOW, seconds=1, started_by="A test", rules=1)
    PrivacyAct.objects.create(kind="exported", by_words="A test", at=NOW)
    AccountChange.objects.create(user=user, kind="signed_out", by=user, at=NOW)
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Application),
        object_id=str(done.pk),
        object_repr=str(done),
        action_flag=CHANGE,
        change_message="Changed",
    )
    for log in (AccessAttempt, AccessFailureLog, AccessLog):
        log.objects.create(
            username=ADDRESS, ip_address="192.0.2.1", user_agent="x", path_info="/", **_tries(log)
        )
    content = f"name,email\n{NAME},{ADDRESS}\n".encode()
    importing.keep_file(ImportFile.Kind.NOMINEES, name="list.csv", content=content, user=user, now=NOW)
    link = links.mint(Link.Opens.NEWS, academy.pk, sent_to=ADDRESS, now=NOW)
    for address, name, occasion in ((ADDRESS, NAME, "theirs"), ("desk@example.org", "Dee Desk", "another's")):
        messages.queue(
            "two_factor_reset",
            occasion=occasion,
            to_address=address,
            to_name=name,
            programme=None,
            about="",
            now=NOW,
            link=link,
            context={"by": NAME, "reason": SAID},
        )


def _tries(log: type[Model]) -> dict[str, Any]:
    there = {one.name for one in log._meta.concrete_fields}
    values = {"failures_since_start": 1, "get_data": "", "post_data": "", "attempt_time": timezone.now()}
    return {name: value for name, value in values.items() if name in there}


def name_them_everywhere(address: str = ADDRESS) -> list[str]:
    """Write the name and the address into every field that the registry says may hold them; and into histories.

    In a person's own rows into what is theirs, in every row into what may mention somebody. Returns the fields for
    which there was no row: none, if the world is complete.
    """
    known = people.find(address)
    unwritten = []
    for table in registry.tables():
        own = {
            name: anonymising.rows_of(table, part, known)
            for part in table.parts
            for name, held in anonymising.fields_of(table, part).items()
            if not (held.names or held.file)
        }
        anybody = dict.fromkeys(mentions.searched(table), table.model._default_manager.all())
        for name, rows in [*anybody.items(), *own.items()]:
            keys = list(rows.values_list("pk", flat=True))
            if not keys:
                unwritten.append(f"{table.label}.{name}")
            _write(table.model, name, keys)
            history = registry.history_of(table.model)
            if history is not None and name in {one.name for one in history._meta.concrete_fields}:
                past = history._default_manager.filter(id__in=keys)
                _write(history, name, list(past.values_list("pk", flat=True)))
    for model in apps.get_models():
        if any(one.name == "history_change_reason" for one in model._meta.concrete_fields):
            model._default_manager.update(history_change_reason=SAID[:100])
    return sorted(set(unwritten))


def _write(model: type[Model], name: str, keys: list[Any]) -> None:
    field = model._meta.get_field(name)
    for key in keys:
        rows = model._default_manager.filter(pk=key)
        if isinstance(field, JSONField):
            there = rows.values_list(name, flat=True)[0]
            value: Any = [SAID, {NAME: SAID}]
            value = value if isinstance(there, list) else {"said": SAID, NAME: value}
        else:
            most = getattr(field, "max_length", None) or 10_000
            value = SAID if len(SAID) <= most else NAME[:most]
        rows.update(**{name: value})


def traces() -> list[str]:
    """Every column of every table, and every file, in which something of them still stands."""
    return [*_in_tables(), *_in_files()]


def _in_tables() -> Iterator[str]:
    quote = connection.ops.quote_name
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            columns = [one.name for one in connection.introspection.get_table_description(cursor, table)]
            for column in columns:
                for trace in TRACES:
                    cursor.execute(
                        f"SELECT COUNT(*) FROM {quote(table)} "
                        f"WHERE LOWER(CAST({quote(column)} AS TEXT)) LIKE %s",
                        [f"%{trace}%"],
                    )
                    if cursor.fetchone()[0]:
                        yield f"{table}.{column}: {trace}"


def _in_files() -> Iterator[str]:
    for path in sorted(Path(settings.MEDIA_ROOT).rglob("*")):
        words = (
            f"{path.name} {path.read_bytes().decode(errors='replace') if path.is_file() else ''}".casefold()
        )
        if any(trace in words for trace in TRACES):
            yield str(path)


def figures(leaving: frozenset[str] = frozenset()) -> dict[str, list[str]]:
    """Every row of every table but for what is held on people: what must be the same before and after."""
    kept = {}
    for table in registry.tables():
        if table.goes or table.label in leaving:
            continue
        names = [one.attname for one in table.model._meta.concrete_fields if _is_a_figure(table, one.name)]
        rows = table.model._default_manager.order_by("pk").values(*names)
        kept[table.label] = [json.dumps(row, default=str, sort_keys=True) for row in rows]
    return kept


def _is_a_figure(table: Table, name: str) -> bool:
    return name not in table.holds and name not in table.mentions and name not in ("link", "changed_at")


__all__ = ["ADDRESS", "NAME", "Delivery", "figures", "name_them_everywhere", "person", "programme", "traces"]
