"""Staff's sessions, in Django's own table: found by a query whose SQL is made once."""

from __future__ import annotations

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from programmes.domain.prepared import A_MOMENT, Prepared

_session = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    key="of no session",
    now=A_MOMENT,
)


class SessionStore(db.SessionStore):
    """Django's own; it is asked for with every page of the staff's site."""

    def _get_session_from_db(self) -> Session | None:
        """The session of this key, where there is one that has not expired; without one, the key is forgotten."""
        for session in _session(key=self.session_key or "", now=timezone.now()):
            return session
        self._session_key = None
        return None
