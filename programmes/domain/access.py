"""Who on the staff may do what: every predicate on roles is here.

A member has one role in an academy. It holds for all programmes of the academy, or for some where the member is limited
to them; an administrator never is. A record that is reached through a programme starts from `programmes_visible_to`,
any other of an academy from `academies_with`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeGuard

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Q

from programmes.domain import freshness
from programmes.domain.refused import Refused
from programmes.models import Academy, AcademyMember, Programme, Role
from programmes.models.academies import AcademyQuerySet
from programmes.models.programmes import ProgrammeQuerySet

Person = User | AnonymousUser
# Where a role is asked for: in an academy, on a programme, or anywhere at all.
Where = Academy | Programme | None

# Each role may do what those after it may.
_RANKS = {Role.VIEWER: 1, Role.REVIEWER: 2, Role.ADMINISTRATOR: 3}

_programmes: freshness.Kept[tuple[int, ...], list[int]] = freshness.Kept(freshness.PROGRAMMES)


class NotAllowed(Refused):
    """The person's role in the academy does not cover what they tried."""


def _with_at_least(role: Role) -> list[Role]:
    return [one for one, rank in _RANKS.items() if rank >= _RANKS[role]]


def _works_here(user: Person) -> TypeGuard[User]:
    """Whether an account is somebody's on the staff, and is switched on."""
    return bool(user.is_authenticated and user.is_active and user.is_staff)


def has_role(user: Person, where: Where, at_least: Role) -> bool:
    """Whether ``user`` holds ``at_least`` in an academy, on a programme, or anywhere when None is given.

    On a programme a member who is limited to others holds nothing. The portal's superuser holds every role; an
    account that is switched off, or not staff, holds none.
    """
    if not _works_here(user):
        return False
    if user.is_superuser:
        return True
    memberships = AcademyMember.objects.filter(user_id=user.pk, role__in=_with_at_least(at_least))
    if isinstance(where, Programme):
        memberships = memberships.filter(
            Q(programmes=None) | Q(programmes=where.pk), academy=where.academy_id
        )
    elif where is not None:
        memberships = memberships.filter(academy=where)
    return memberships.exists()


@dataclass(frozen=True)
class Roles:
    """The roles of one person at one moment, for a page that asks for many: ``ranks`` by academy, or ``all``.

    ``limited`` has the keys of the programmes, by academy, where the role is for some of them alone.
    """

    ranks: dict[int, int]
    limited: dict[int, set[int]] = field(default_factory=dict)
    all: bool = False

    def hold(self, at_least: Role, academy: Academy | None = None) -> bool:
        """What `has_role` says of an academy, or of any when None is given."""
        if self.all:
            return True
        held = max(self.ranks.values(), default=0) if academy is None else self.ranks.get(academy.pk, 0)
        return held >= _RANKS[at_least]


def roles_of(user: Person) -> Roles:
    """The roles that ``user`` holds now, by one query; what they hold on one programme alone `has_role` knows."""
    if not _works_here(user):
        return Roles({})
    memberships = AcademyMember.objects.filter(user_id=user.pk).order_by()
    return roles_from(user, memberships.values_list("academy_id", "role", "programmes"))


def roles_from(user: Person, memberships: Iterable[tuple[int, str, int | None]]) -> Roles:
    """The roles of ``user`` by their memberships: academy, role and one programme, or None for all of them, in each."""
    if not _works_here(user):
        return Roles({})
    if user.is_superuser:
        return Roles({}, all=True)
    held = Roles({})
    for academy, role, programme in memberships:
        held.ranks[academy] = _RANKS[Role(role)]
        if programme is not None:
            held.limited.setdefault(academy, set()).add(programme)
    return held


def programmes_of(held: Roles) -> list[int]:
    """The keys, in order, of the programmes that whoever holds these roles may read: those of `programmes_visible_to`.

    Which programmes an academy has is kept until a programme changes; who is in an academy never is.
    """
    if held.all:
        return list(Programme.objects.order_by("pk").values_list("pk", flat=True))
    whole = tuple(sorted(held.ranks.keys() - held.limited.keys()))
    theirs = _programmes.get(whole, lambda: _programmes_in(whole)) if whole else []
    return sorted({*theirs, *(key for some in held.limited.values() for key in some)})


def _programmes_in(academies: Sequence[int]) -> list[int]:
    return list(Programme.objects.filter(academy__in=academies).order_by("pk").values_list("pk", flat=True))


def can_view(user: Person, where: Where = None) -> bool:
    """Whether ``user`` may read the records of an academy, or of a programme."""
    return has_role(user, where, Role.VIEWER)


def can_review(user: Person, where: Where = None) -> bool:
    """Whether ``user`` may decide on applications to an academy (somewhere in it), or to a programme."""
    return has_role(user, where, Role.REVIEWER)


def can_administer(user: Person, where: Where = None) -> bool:
    """Whether ``user`` may set up programmes, cohorts and people of an academy, or one programme."""
    return has_role(user, where, Role.ADMINISTRATOR)


def require_reviewer(user: Person, programme: Programme) -> None:
    """Raise `NotAllowed` unless ``user`` may decide on applications to ``programme``."""
    if can_review(user, programme):
        return
    academy = programme.academy
    if can_review(user, academy):
        raise NotAllowed(f"Your role at {academy} is for other programmes: it does not include {programme}.")
    raise NotAllowed(f"Your role at {academy} does not include decisions on applications.")


def require_administrator(user: Person, academy: Academy, what: str = "do this") -> None:
    """Raise `NotAllowed`, naming ``what``, unless ``user`` administers ``academy``."""
    if not can_administer(user, academy):
        raise NotAllowed(f"Only an administrator of {academy} can {what}.")


def is_superuser(user: Person) -> bool:
    """Whether ``user`` looks after the portal itself, with an account that is switched on."""
    return _works_here(user) and user.is_superuser


def may_help(user: Person, colleague: User) -> bool:
    """Whether ``user`` may reset the two-factor sign-in of a colleague, and sign them out everywhere.

    Whoever administers an academy in which the colleague works; never for oneself, and for a superuser of the portal
    only another superuser.
    """
    if not _works_here(user) or user.pk == colleague.pk:
        return False
    if colleague.is_superuser:
        return bool(user.is_superuser)
    return academies_with(user, Role.ADMINISTRATOR).filter(members__user=colleague).exists() or bool(
        user.is_superuser
    )


def academies_with(user: Person, at_least: Role) -> AcademyQuerySet:
    """The academies in which ``user`` holds ``at_least``; all of them for the portal's superuser."""
    academies = Academy.objects.visible_to(user)
    if not user.is_authenticated or user.is_superuser:
        return academies
    memberships = AcademyMember.objects.filter(user_id=user.pk, role__in=_with_at_least(at_least))
    return academies.filter(pk__in=memberships.values("academy"))


def programmes_visible_to(user: Person) -> ProgrammeQuerySet:
    """The programmes that ``user`` may read: where every list of what hangs on a programme starts."""
    return Programme.objects.visible_to(user)


def programmes_with(user: Person, at_least: Role) -> ProgrammeQuerySet:
    """The programmes on which ``user`` holds ``at_least``: of an academy, all or those they are limited to."""
    return Programme.objects.visible_to(user).filter(academy__in=academies_with(user, at_least))
