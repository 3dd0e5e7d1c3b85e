"""Applications that may be one person's: pointed out to staff, who decide."""

from __future__ import annotations

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from applications.models import Application, Merge, NotTheSamePerson, State
from applications.models.applications import ApplicationQuerySet
from programmes.domain import access, crowds, freshness
from programmes.domain.access import Person
from programmes.domain.record import changed_by

# Names at least so alike, of 1, are pointed out; so many people of one organisation are compared, the newest first.
ALIKE = 0.85
CANDIDATES = 500


@dataclass(frozen=True)
class Hint:
    """Another application that may be the same person's, and why it seems so."""

    other: Application
    why: str
    same_programme: bool


def hints(application: Application, *, user: Person) -> list[Hint]:
    """What ``user`` may see of the academy that looks like the same person, those of the same programme first.

    The same address however it is spelled, or a similar name at the same organisation; drafts are nobody's business,
    and one that was merged is settled.
    """
    others = (
        Application.objects.visible_to(user)
        .filter(programme__academy=application.programme.academy_id)
        .exclude(pk=application.pk)
        .exclude(state=State.DRAFT)
        .filter(~Exists(Merge.objects.filter(merged=application)), merged_as=None)
        .exclude(pk__in=_told_apart(application))
    )
    found = {row.pk: "The same email address" for row in others.filter(address_key=application.address_key)}
    for pk, alike in _at_the_same_organisation(application, others):
        if alike >= ALIKE:
            found.setdefault(pk, "The same name" if alike == 1 else "A similar name")
            found[pk] += "" if "address" in found[pk] else ", at the same organisation"
    rows = Application.objects.filter(pk__in=found).select_related("programme", "organisation")
    made = [Hint(row, found[row.pk], row.programme_id == application.programme_id) for row in rows]
    return sorted(made, key=lambda hint: (not hint.same_programme, hint.other.pk))


def _told_apart(application: Application) -> set[int]:
    rows = NotTheSamePerson.objects.filter(Q(one=application) | Q(other=application))
    return {pk for pair in rows.values_list("one", "other") for pk in pair}


def _at_the_same_organisation(
    application: Application, others: ApplicationQuerySet
) -> list[tuple[int, float]]:
    """How alike the names of people at the applicant's organisation are, by primary key."""
    key = application.name_key
    if application.organisation_id is not None:
        there = others.filter(organisation=application.organisation_id)
    else:
        there = others.filter(organisation_name__iexact=application.organisation_name)
    if not key or not application.organisation_as_given:
        return []
    newest = there.exclude(name_key="").order_by("-pk").values_list("pk", "name_key")[:CANDIDATES]
    return [(pk, SequenceMatcher(None, key, other).ratio()) for pk, other in newest]


def seeming(applications: QuerySet[Any], *, programmes: Collection[int]) -> QuerySet[Any]:
    """Of some applications those that have the address, or the name and the organisation, of another of the programme.

    ``programmes`` are the keys of those that they are to. For a list: told by indexes, exactly as the keys stand,
    without what is only similar.
    """
    of_programme = (
        Application.objects.filter(programme=OuterRef("programme"))
        .exclude(pk=OuterRef("pk"))
        .exclude(state=State.DRAFT)
        .filter(merged_as=None)
    )
    told_apart = NotTheSamePerson.objects.filter(
        Q(one=OuterRef("pk"), other=OuterRef(OuterRef("pk")))
        | Q(other=OuterRef("pk"), one=OuterRef(OuterRef("pk")))
    )
    others = of_programme.exclude(Exists(told_apart))
    named = others.exclude(name_key="").filter(name_key=OuterRef("name_key"))
    return applications.exclude(state=State.DRAFT).filter(
        # First the few that come into question at all: the rest is asked of each application by itself.
        Q(address_key__in=_twice("address_key", programmes)) | Q(name_key__in=_twice("name_key", programmes)),
        Q(merged_as=None),
        Exists(others.filter(address_key=OuterRef("address_key")))
        | Exists(named.filter(organisation=OuterRef("organisation")))
        | Exists(
            named.exclude(organisation_name="").filter(
                organisation_name__iexact=OuterRef("organisation_name")
            )
        ),
    )


def _twice(key: str, programmes: Collection[int]) -> list[str]:
    """What stands more than once among the ``key`` of the applications to one of some programmes.

    Read at once, and by an index: no application itself is looked at. Of very many it may be a minute old.
    """
    there: QuerySet[Any] = Application.objects.filter(programme__in=programmes).exclude(**{key: ""})
    rows = there.order_by().values(key, "programme").annotate(how_many=Count("*"))
    found = rows.filter(how_many__gt=1).values_list(key, flat=True)
    return _found_twice.get(
        (key, *sorted(programmes)),
        lambda: list(found),
        if_=lambda _: crowds.are_many(there.values("programme")),
    )


_found_twice: freshness.Kept[tuple[str | int, ...], list[str]] = freshness.Kept(
    freshness.PROGRAMMES, most=100
)


def tell_apart(
    one: Application, other: Application, *, user: Person, now: datetime.datetime
) -> NotTheSamePerson:
    """Staff say that two applications are not one person's: the hint goes. Saying it twice is saying it once."""
    for application in (one, other):
        access.require_reviewer(user, application.programme)
    lower, higher = sorted((one, other), key=lambda row: row.pk)
    with transaction.atomic():
        # Of two who say it at once the second finds what the first wrote.
        both = Application.objects.filter(pk__in=(lower.pk, higher.pk)).order_by("pk")
        list(both.select_for_update(no_key=True).values_list("pk", flat=True))
        known = NotTheSamePerson.objects.filter(one=lower, other=higher).first()
        if known is not None:
            return known
        said = NotTheSamePerson(one=lower, other=higher, said_by_id=user.pk, said_at=now)
        changed_by(said, user)
        said.save()
        return said
