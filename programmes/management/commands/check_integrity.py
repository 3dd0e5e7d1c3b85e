"""``manage.py check_integrity [--json]``: what is impossible, and stands in the database all the same."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from programmes.domain import integrity
from programmes.domain.wording import plural


class Command(BaseCommand):
    help = (
        "Check the database for states that cannot be (docs/integrity.md). Prints a sentence for each, with the record "
        "and what to do about it. Exit code 0: none; 1: some. Changes nothing but the report that the home page shows."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the report as JSON, for a monitor")

    def handle(self, *args: Any, **options: Any) -> None:
        report = integrity.check(timezone.now(), started_by="The command check_integrity")
        if options["json"]:
            said = {
                "started_at": report.started_at.isoformat(),
                "seconds": round(report.seconds, 3),
                "rules": report.rules,
                "findings": report.findings,
            }
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
        else:
            for finding in report.findings:
                self.stdout.write(f"{finding['sentence']} {finding['what_to_do']} [{finding['rule']}]")
            found = plural(len(report.findings), "impossible state")
            self.stdout.write(f"{plural(report.rules, 'rule')} checked in {report.seconds:.1f} s: {found}.")
        if report.findings:
            raise SystemExit(1)
