"""Conflicts of interest: who declared one on an application neither reviews it nor decides on it.

It holds for every verb of staff that decides about one application (`require_may_decide`), and for what is decided of a
few who are named: the order of a board, and those pinned or left out in a proposal (`require_none`). It does not hold
for decisions about many at once, which nobody could take otherwise: a proposal for everybody else, the register of a
cohort and completing everyone who attended, offering free seats in the order of the queue, and the cancelling or
merging of cohorts.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction

from applications.domain import nominations
from applications.models import Application, ConflictOfInterest
from programmes.domain import access
from programmes.domain.access import Person
from programmes.domain.prepared import Prepared
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import nhs_date

# Mail domains that many organisations share, and those kept for examples: they say nothing about where somebody works.
SHARED_DOMAINS = frozenset(
    {
        "btinternet.com",
        "example.com",
        "example.org",
        "gmail.com",
        "googlemail.com",
        "hotmail.co.uk",
        "hotmail.com",
        "icloud.com",
        "live.co.uk",
        "nhs.net",
        "outlook.com",
        "yahoo.co.uk",
        "yahoo.com",
    }
)
# A shorter name of a domain would be found in organisations it has nothing to do with.
_TELLING = 5


class ConflictDeclared(Refused):
    """Whoever tries has declared a conflict of interest on this application."""


def standing(application: Application, user: Person) -> ConflictOfInterest | None:
    """The conflict that a member of staff declared on an application and that nobody lifted; None without one."""
    if isinstance(user, AnonymousUser):
        return None
    return _standing.first(application=application.pk, reviewer=user.pk)


_standing = Prepared(
    lambda application, reviewer: ConflictOfInterest.objects.filter(
        application=application, reviewer=reviewer, lifted_at__isnull=True
    ),
    application=-1,
    reviewer=-2,
)


def require_may_decide(user: Person, application: Application) -> None:
    """Raise `NotAllowed` without the role for it, `ConflictDeclared` where the person declared a conflict."""
    access.require_reviewer(user, application.programme)
    conflict = standing(application, user)
    if conflict is not None:
        raise ConflictDeclared(
            f"You declared a conflict of interest on {application.reference} on "
            f"{nhs_date(conflict.declared_at)}: “{conflict.reason}” A colleague decides instead; "
            "an administrator can lift it."
        )


def require_none(user: Person, applications: Iterable[Application]) -> None:
    """Raise `ConflictDeclared` where a member of staff declared a conflict on one of several applications; one query.

    For what is decided of all of them together, such as their order.
    """
    rows = ConflictOfInterest.objects.filter(
        application__in=list(applications), reviewer_id=user.pk, lifted_at__isnull=True
    )
    conflict = rows.select_related("application").first()
    if conflict is not None:
        raise ConflictDeclared(
            f"You declared a conflict of interest on {conflict.application.reference}: a colleague decides on what "
            "concerns all of these people. An administrator can lift it."
        )


def declare(application_id: int, *, user: Person, reason: str, now: datetime.datetime) -> ConflictOfInterest:
    """A reviewer says that they are too close to an applicant; they no longer review or decide on the application.

    Raises `Refused` without a reason, or where they declared one already.
    """
    if not reason.strip():
        raise Refused("Say what the conflict is: your academy reads it.")
    with transaction.atomic():
        application = nominations.lock_application(application_id)
        require_may_decide(user, application)
        assert isinstance(user, User)  # nobody else holds a role
        conflict = ConflictOfInterest(
            application=application, reviewer=user, reason=reason.strip(), declared_at=now
        )
        changed_by(conflict, user)
        conflict.save()
        return conflict


def lift(conflict_id: int, *, user: Person, reason: str, now: datetime.datetime) -> ConflictOfInterest:
    """An administrator finds that there is no conflict (any more), with a reason that is kept.

    Raises `NotAllowed` for anybody else and for the reviewer's own conflict, `Refused` without a reason.
    """
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        conflict = ConflictOfInterest.objects.select_for_update(of=("self",)).get(pk=conflict_id)
        programme = conflict.application.programme
        if not access.can_administer(user, programme):
            raise access.NotAllowed(
                f"Only an administrator of {programme.academy} can lift a conflict of interest."
            )
        if conflict.reviewer_id == user.pk:
            raise access.NotAllowed("Nobody lifts their own conflict of interest: ask another administrator.")
        if conflict.lifted_at is not None:
            raise Refused("This conflict of interest was lifted already.")
        conflict.lifted_at = now
        conflict.lifted_by_id = user.pk
        conflict.lifted_reason = reason.strip()
        changed_by(conflict, user)
        conflict.save()
        return conflict


def looks_close(application: Application, user: Person) -> str:
    """Why a reviewer seems to be of the applicant's own organisation, as a sentence; empty where nothing says so.

    A warning before they begin, by the domain of the reviewer's work address: it decides nothing.
    """
    domain = getattr(user, "email", "").casefold().rpartition("@")[2]
    if not domain or domain in SHARED_DOMAINS:
        return ""
    if application.email.casefold().rpartition("@")[2] == domain:
        return f"You and the applicant both have an address at {domain}."
    name = _letters(domain.partition(".")[0])
    organisation = application.organisation_as_given
    if len(name) >= _TELLING and name in _letters(organisation):
        return f"Your address at {domain} looks like that of the applicant’s organisation, {organisation}."
    return ""


def _letters(words: str) -> str:
    return "".join(letter for letter in words.casefold() if letter.isalnum())
