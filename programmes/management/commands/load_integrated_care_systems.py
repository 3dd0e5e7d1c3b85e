"""``manage.py load_integrated_care_systems [FILE]``: store the dated list of Integrated Care Systems."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programmes.domain.organisations import SHIPPED, load_integrated_care_systems
from programmes.domain.programme_file.faults import Faulty
from programmes.domain.record import recorded_as


class Command(BaseCommand):
    help = (
        "Store the Integrated Care Systems of a CSV file, by default the list that the portal ships with. "
        "Run it again when the list has changed; nothing is ever deleted."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, default=SHIPPED, metavar="FILE", help="another list"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with recorded_as("The command load_integrated_care_systems"):
                loaded = load_integrated_care_systems(options["file"])
        except Faulty as faulty:
            raise CommandError("\n".join([faulty.sentence, *map(str, faulty.faults)])) from faulty
        self.stdout.write(str(loaded))
