"""``manage.py export_person <address> [--to file.zip]``: everything that is held on a person, as a ZIP."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programmes.domain.privacy import exporting
from programmes.domain.refused import Refused


class Command(BaseCommand):
    help = "Write everything that is held on a person, found by their address, to a ZIP (docs/privacy.md)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--to", default="person.zip", help="the file to write; person.zip if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        target = Path(options["to"])
        if target.exists():
            raise CommandError(f"{target} is there already: name another file with --to.")
        try:
            packed = exporting.export(options["address"], by="The command export_person", now=timezone.now())
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        target.write_bytes(packed)
        target.chmod(0o600)
        self.stdout.write(f"Written to {target}. It holds personal data: send it safely, then delete it.")
