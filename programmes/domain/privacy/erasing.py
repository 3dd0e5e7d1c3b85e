"""Erasing one person: what would go and what stays, why it cannot be yet, and the verb (UK GDPR, article 17)."""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from functools import partial

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from programmes.domain import access
from programmes.domain.accounts import named
from programmes.domain.importing import cells_of
from programmes.domain.invitations import accounts_at
from programmes.domain.privacy import anonymising, people, registry
from programmes.domain.privacy.mentions import Names
from programmes.domain.privacy.people import Person
from programmes.domain.refused import Refused
from programmes.models import Hold, ImportFile, PrivacyAct, Role

# Nobody is signed in to a command; it names itself instead.
Hand = User | str

NOTHING_HELD = (
    "Nothing is held under this address in the academies that you administer. Check how it is spelled. "
    "The portal’s superuser can look in every academy."
)
_ELSEWHERE = (
    "Another academy holds something on this person too: only the portal’s superuser can see to it all."
)


@dataclass(frozen=True)
class Line:
    """One table of a preview: what it holds, how many rows are the person's, and whether they go or stay blank."""

    what: str
    rows: int
    goes: bool


@dataclass(frozen=True)
class Preview:
    """What erasing an address would do: its tables, what stands against it, and names that stay in texts."""

    address: str
    lines: list[Line]
    refusals: list[str]
    shared_names: list[str]
    like_it: list[str]


def require_may_see(person: Person, user: User | AnonymousUser) -> None:
    """Raise `NotAllowed` unless ``user`` administers every academy that holds something on a person.

    Somebody of whom nothing is held, and somebody whom only other academies know, are answered with one sentence.
    """
    if access.is_superuser(user):
        return
    theirs = people.academies_of(person)
    mine = set(access.academies_with(user, Role.ADMINISTRATOR).values_list("pk", flat=True))
    if not theirs & mine:
        raise access.NotAllowed(NOTHING_HELD)
    if theirs - mine:
        raise access.NotAllowed(_ELSEWHERE)


def refusals(person: Person, address: str, now: datetime.datetime) -> list[str]:
    """Why a person cannot be erased at ``now``, as sentences that say what to do first; none where they can."""
    found = []
    if any(accounts_at(one).exists() for one in sorted(person.addresses)):
        found.append(
            "This is the address of a staff account. Accounts of staff are not erased: what they decided keeps their "
            "name. Switch the account off instead."
        )
    for hold in Hold.objects.standing().filter(pk__in=person.keys_of("hold")).select_related("academy"):
        why = f"{hold.get_kind_display().lower()} ({hold.reason})"
        found.append(f"{hold.academy} keeps it because of {why}: lift the hold first.")
    for root, keys in person.roots():
        if root.running is not None:
            found += root.running(keys, now)
    return found


def preview(address: str, *, now: datetime.datetime) -> Preview:
    """What erasing an address would do at ``now``; changes nothing."""
    person = people.find(address)
    lines = []
    for table in registry.tables():
        keys = {key for part in table.parts for key in _keys(table, part, person)}
        if keys and table.what:
            lines.append(Line(table.what, len(keys), table.goes))
    return Preview(
        address=people.plain_address(address),
        lines=lines,
        refusals=refusals(person, address, now),
        shared_names=sorted(people.shared_names(person)),
        like_it=[one for one in people.others_like(address) if one not in person.addresses],
    )


def _keys(table: registry.Table, part: registry.Part, person: Person) -> list[int]:
    return list(anonymising.rows_of(table, part, person).values_list("pk", flat=True))


def erase(address: str, *, reason: str, by: Hand, now: datetime.datetime) -> PrivacyAct:
    """Erase everything that is held on a person; figures stay, and who erased it when and why is kept.

    ``by`` is a member of staff, or a command in words. Raises `Refused` without a reason, for an address under which
    nothing is held, and where something stands against it; `NotAllowed` for who does not administer it all.
    """
    reason = reason.strip()
    if not reason:
        raise Refused("Give a reason: it is kept, without the name of the person.")
    with transaction.atomic():
        person = people.find(address)
        if isinstance(by, User):
            require_may_see(person, by)
        anonymising.one_at_a_time()
        anonymising.lock(person)
        # Once more, now that nobody can change it: what came meanwhile goes as well.
        person = people.find(address)
        if standing := refusals(person, address, now):
            raise Refused(" ".join(standing))
        shared = people.shared_names(person)
        counts: Counter[str] = Counter(anonymising.anonymise(person, now=now))
        names = Names(person.addresses, person.names - shared)
        counts.update(anonymising.take_out_mentions(person, leaving=shared))
        counts["programmes.ImportFile"] += _throw_away_files(names)
        if not sum(counts.values()):
            raise Refused(NOTHING_HELD)
        return PrivacyAct.objects.create(
            kind=PrivacyAct.Kind.ERASED,
            by=by if isinstance(by, User) else None,
            by_words=_words(by),
            reason=str(names.out_of(reason))[:500],
            at=now,
            counts={label: count for label, count in counts.items() if count},
        )


def _words(by: Hand) -> str:
    return (named(by) if isinstance(by, User) else by)[:150]


def noted_as_exported(
    person: Person, *, by: Hand, counts: dict[str, int], now: datetime.datetime
) -> PrivacyAct:
    """Keep that everything held on a person was handed out, by whom and when; not whose it was."""
    return PrivacyAct.objects.create(
        kind=PrivacyAct.Kind.EXPORTED,
        by=by if isinstance(by, User) else None,
        by_words=_words(by),
        at=now,
        counts=counts,
    )


def _throw_away_files(names: Names) -> int:
    """Throw away the files that wait to be imported and name the person: whoever sent one can send it again."""
    thrown = 0
    for row in ImportFile.objects.filter(applied_at=None):
        if any(names.out_of(cell) != cell for cell in cells_of(row)):
            transaction.on_commit(partial(row.content.storage.delete, str(row.content.name)))
            row.delete()
            thrown += 1
    return thrown


def acts_of(user: User | AnonymousUser) -> list[PrivacyAct]:
    """The last acts, for whoever may see them: one's own, and all of them for the superuser."""
    rows = PrivacyAct.objects.select_related("by")
    return list(rows[:20] if access.is_superuser(user) else rows.filter(by=user.pk)[:20])
