"""``manage.py dump_programme SLUG [--to FILE]``: write a stored programme as its file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from programmes.domain import catalogue
from programmes.domain.programme_file.writing import Unwritable
from programmes.models import Programme


class Command(BaseCommand):
    help = (
        "Write the file of a stored programme (docs/programme-file.md): loading it changes nothing. Where no file can "
        "say what is stored, every fault is printed, nothing is written, and the exit code is 1."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="the end of the programme's address, such as active-bystander")
        parser.add_argument("--to", type=Path, metavar="FILE", help="the file; the terminal, if left out")

    def handle(self, *args: Any, **options: Any) -> None:
        programme = Programme.objects.filter(slug=options["slug"]).first()
        if programme is None:
            known = ", ".join(Programme.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(
                f"No programme is called “{options['slug']}”. There are: {known or 'none yet'}."
            )
        try:
            text = catalogue.dump(programme)
        except Unwritable as unwritable:
            raise CommandError("\n".join([unwritable.sentence, *map(str, unwritable.faults)])) from unwritable
        if options["to"] is None:
            self.stdout.write(text, ending="")
        else:
            try:
                options["to"].write_text(text, encoding="utf-8")
            except OSError as error:
                raise CommandError(f"{options['to']} cannot be written: {error.strerror}.") from error
            self.stdout.write(f"{programme.title} is written to {options['to']}.")
