"""``manage.py erase_person <address> --reason …``: erase everything that is held on a person; figures stay."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from programmes.domain.privacy import erasing
from programmes.domain.privacy.people import plain_address
from programmes.domain.record import recorded_as
from programmes.domain.refused import Refused
from programmes.domain.wording import plural

_HAND = "The command erase_person"


class Command(BaseCommand):
    help = (
        "Show what is held on a person, found by their address, and erase it once the address is typed again "
        "(docs/privacy.md). Figures stay. Nothing of it can be brought back, but from a backup."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address")
        parser.add_argument("--reason", required=True, help="why, without the person's name")
        parser.add_argument("--yes", action="store_true", help="do not ask for the address again")

    def handle(self, *args: Any, **options: Any) -> None:
        address, now = options["address"], timezone.now()
        found = erasing.preview(address, now=now)
        for line in found.lines:
            ending = "deleted" if line.goes else "made anonymous"
            self.stdout.write(f"{line.what}: {plural(line.rows, 'row')}, {ending}")
        for other in found.like_it:
            self.stdout.write(f"There is also {other}: if this is the same person, erase it by itself.")
        if found.refusals:
            raise CommandError(" ".join(found.refusals))
        if not options["yes"] and plain_address(input("Type the address again to erase: ")) != found.address:
            raise CommandError("That is another address. Nothing was changed.")
        try:
            with recorded_as(_HAND):
                act = erasing.erase(address, reason=options["reason"], by=_HAND, now=now)
        except Refused as refused:
            raise CommandError(refused.sentence) from refused
        self.stdout.write(f"Erased: {plural(sum(act.counts.values()), 'row')}.")
