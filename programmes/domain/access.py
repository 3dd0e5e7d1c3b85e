"""Who on the staff may do what: every predicate on roles is here."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User

from programmes.domain.refused import Refused
from programmes.models import Academy, AcademyMember, Role
from programmes.models.academies import AcademyQuerySet

Person = User | AnonymousUser

# Each role may do what those after it may.
_RANKS = {Role.VIEWER: 1, Role.REVIEWER: 2, Role.ADMINISTRATOR: 3}


class NotAllowed(Refused):
    """The person's role in the academy does not cover what they tried."""


def has_role(user: Person, academy: Academy | None, at_least: Role) -> bool:
    """Whether ``user`` holds ``at_least`` in ``academy``, or in any academy when None is given.

    The portal's superuser holds every role; an account that is switched off, or not staff, holds none.
    """
    if not user.is_authenticated or not user.is_active or not getattr(user, "is_staff", False):
        return False
    if getattr(user, "is_superuser", False):
        return True
    memberships = AcademyMember.objects.filter(user_id=user.pk)
    if academy is not None:
        memberships = memberships.filter(academy=academy)
    roles = memberships.values_list("role", flat=True)
    return any(_RANKS[Role(role)] >= _RANKS[at_least] for role in roles)


def can_view(user: Person, academy: Academy | None = None) -> bool:
    """Whether ``user`` may read the records of ``academy``."""
    return has_role(user, academy, Role.VIEWER)


def can_review(user: Person, academy: Academy | None = None) -> bool:
    """Whether ``user`` may decide on applications to ``academy``."""
    return has_role(user, academy, Role.REVIEWER)


def can_administer(user: Person, academy: Academy | None = None) -> bool:
    """Whether ``user`` may set up programmes, cohorts and people of ``academy``."""
    return has_role(user, academy, Role.ADMINISTRATOR)


def require_reviewer(user: Person, academy: Academy) -> None:
    """Raise `NotAllowed` unless ``user`` may decide on applications to ``academy``."""
    if not can_review(user, academy):
        raise NotAllowed(f"Your role at {academy} does not include decisions on applications.")


def academies_with(user: Person, at_least: Role) -> AcademyQuerySet:
    """The academies in which ``user`` holds ``at_least``; all of them for the portal's superuser."""
    academies = Academy.objects.visible_to(user)
    if not user.is_authenticated or user.is_superuser:
        return academies
    roles = [role for role, rank in _RANKS.items() if rank >= _RANKS[at_least]]
    return academies.filter(members__user_id=user.pk, members__role__in=roles)
