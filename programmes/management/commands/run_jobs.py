"""``manage.py run_jobs``: the periodic jobs without Redis, for one small server."""

import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.celery import app
from programmes.management.clock import Clock


class Command(BaseCommand):
    help = (
        "Keep the portal's clocks in this process: mails that wait, reminders, offers that lapse. "
        "With REDIS_URL set, run Celery's worker and beat instead."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer ``--once``, for a cron job."""
        parser.add_argument("--once", action="store_true", help="Run every job once, and stop.")

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until interrupted, or once."""
        if not app.conf.task_always_eager:
            raise CommandError("REDIS_URL is set: run `celery -A config worker` and `celery -A config beat`.")
        clock = Clock()
        if options["once"]:
            for name in clock.run_all():
                self.stdout.write(f"ran {name}")
            return
        self.stdout.write("Keeping the clocks. Stop with Control-C.")
        try:
            clock.run(threading.Event())
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
