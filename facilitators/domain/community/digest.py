"""The mail about the noticeboard: at most one a week, to whoever wants it, with what is new since the last one."""

from __future__ import annotations

import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from facilitators.domain.people import register
from facilitators.models import Facilitator, Notice, NoticeMail
from programmes.domain.wording import local_date

EVERY = datetime.timedelta(days=7)
# So many are named, and the others counted.
NAMED = 10


def wants(facilitator: Facilitator) -> bool:
    """Whether somebody gets the weekly mail: yes, until they say no."""
    return not NoticeMail.objects.filter(facilitator=facilitator, wanted=False).exists()


def want(facilitator_id: int, *, wanted: bool, now: datetime.datetime) -> None:
    """Somebody wants the weekly mail, or no more. What was written in between is not made up for."""
    with transaction.atomic():
        Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        setting, _ = NoticeMail.objects.get_or_create(facilitator_id=facilitator_id)
        if setting.wanted != wanted:
            setting.wanted = wanted
            if wanted:
                setting.sent_at = now
            setting.save()


def to_mail(now: datetime.datetime) -> list[int]:
    """The facilitators who want the mail, had none for a week, and have something new to read; one query."""
    return list(_due(now).order_by("pk").values_list("pk", flat=True))


def _due(now: datetime.datetime) -> QuerySet[Facilitator]:
    waited = Q(notice_mail=None) | Q(notice_mail__sent_at=None)
    waited |= Q(notice_mail__sent_at__date__lte=local_date(now) - EVERY)
    rows = Facilitator.objects.filter(waited).exclude(notice_mail__wanted=False)
    since = Coalesce("notice_mail__sent_at", "created_at")
    return rows.annotate(since=since).filter(Exists(_for_whom(OuterRef("pk"), OuterRef("since"))))


def _for_whom(facilitator: Any, since: Any) -> QuerySet[Notice]:
    """What is new to somebody since a moment: in programmes that they have not left, and not their own."""
    rows = Notice.objects.shown().filter(
        programme__trainings__facilitator=facilitator,
        programme__trainings__ended_on=None,
        programme__trainings__registered_at__lt=F("published_at"),
        published_at__gt=since,
    )
    return rows.exclude(author__facilitator=facilitator)


def send(facilitator_id: int, *, now: datetime.datetime) -> bool:
    """Queue the mail of one facilitator; return whether there was anything new for them."""
    with transaction.atomic():
        facilitator = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        if not _due(now).filter(pk=facilitator_id).exists():
            return False
        setting, _ = NoticeMail.objects.get_or_create(facilitator=facilitator)
        rows = _for_whom(facilitator, setting.sent_at or facilitator.created_at)
        new = list(
            rows.select_related("programme", "author__facilitator", "reply_to").order_by("published_at")
        )
        lines = [f"{one}, by {one.author.facilitator.name} ({one.programme})" for one in new[:NAMED]]
        if len(new) > NAMED:
            lines.append(f"and {len(new) - NAMED} more")
        register.tell(
            facilitator,
            "noticeboard_digest",
            programme=new[0].programme,
            occasion=f"digest:{local_date(now).isoformat()}",
            now=now,
            context={"notices": "\n".join(lines), "path": "noticeboard/"},
        )
        setting.sent_at = now
        setting.save(update_fields=["sent_at"])
        return True
