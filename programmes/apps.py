import functools
from typing import Any

from django.apps import AppConfig


class ProgrammesConfig(AppConfig):
    """Programmes; subscribes the workers to the outbox."""

    name = "programmes"
    verbose_name = "Programmes"

    def ready(self) -> None:
        """Every consequence of this app, in one place."""
        from django.contrib.auth.signals import user_logged_in, user_logged_out
        from django.db.backends.signals import connection_created
        from simple_history.manager import HistoryManager
        from simple_history.signals import pre_create_historical_record

        from programmes import tasks
        from programmes.domain import announcements, freshness, integrity, personal_data, record, workload
        from programmes.domain.privacy import others
        from programmes.views import signing_in

        announcements.messages_queued.subscribe(tasks.nudge)
        # The one hook that the library gives to every row of history, whichever app it belongs to.
        pre_create_historical_record.connect(record.name_the_hand, dispatch_uid="whose hand")
        # Each look at a history would make the same class anew, from all that a query can be asked.
        made_once: Any = functools.cache(HistoryManager.from_queryset)
        HistoryManager.from_queryset = made_once
        connection_created.connect(freshness.watch, dispatch_uid="what the public sees")
        integrity.register(*integrity.RULES)
        workload.register(*workload.WAITING)
        personal_data.register()
        others.register()
        # Django's own hooks: whichever page somebody signs in by.
        user_logged_in.connect(signing_in.began, dispatch_uid="signed in")
        user_logged_out.connect(signing_in.ended, dispatch_uid="signed out")
