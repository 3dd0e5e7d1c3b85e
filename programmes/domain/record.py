"""Who changed a record, for its history."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Model


def changed_by(record: Model, user: User | AnonymousUser | None) -> None:
    """Name ``user`` in the history that the next save of ``record`` writes; None where no account did it."""
    # django-simple-history's own way.
    setattr(record, "_history_user", user)  # noqa: B010
