"""``manage.py load_programme FILE… [--check]``: store programmes from their files."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programmes.domain import catalogue
from programmes.domain.programme_file.faults import Faulty
from programmes.domain.record import recorded_as


class Command(BaseCommand):
    help = (
        "Store the programmes that YAML files describe (docs/programme-file.md). All are checked first: "
        "on any fault nothing changes, every fault is printed with its line, and the exit code is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a programme's file")
        parser.add_argument("--check", action="store_true", help="say what would be done, and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with recorded_as("The command load_programme"):
                loaded = catalogue.load(options["files"], check_only=options["check"])
        except Faulty as faulty:
            raise CommandError("\n".join([faulty.sentence, *map(str, faulty.faults)])) from faulty
        self.stdout.write("\n".join(loaded.lines))
        if options["check"]:
            self.stdout.write("No faults. This is what loading would do; nothing was changed.")
