"""``manage.py retention --dry-run``: what is over for long enough to be made anonymous; without it, that is done."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from programmes.domain.privacy import reporting, retention
from programmes.domain.record import recorded_as


class Command(BaseCommand):
    help = (
        "Make anonymous what has been kept as long as each programme allows (docs/privacy.md), as the job does each "
        "night. With --dry-run nothing is changed: it prints what would go, by programme and outcome, and why."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="print what would go, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["dry_run"]:
            self._say(now)
            return
        with recorded_as("The command retention"):
            report = reporting.run_and_tell(now, started_by="The command retention")
        self.stdout.write(reporting.summary(report))

    def _say(self, now: Any) -> None:
        total = 0
        for count in retention.due(now):
            total += len(count.due)
            where = count.programme.title if count.programme else "(no programme)"
            held = f", {len(count.held)} kept by a hold" if count.held else ""
            self.stdout.write(f"{where}: {len(count.due)}{held}. {count.why}")
        self.stdout.write(f"{total} would go. Nothing was changed.")
