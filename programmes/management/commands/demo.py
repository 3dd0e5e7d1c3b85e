"""``manage.py demo``: what ``make demo`` runs once everything is installed."""

import threading
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from programmes.management import samples
from programmes.management.clock import Clock
from programmes.models import Programme


class Command(BaseCommand):
    help = "Fill an empty portal with sample people, say what can be tried, and serve it with its clocks."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the port, and to stop before serving."""
        parser.add_argument("--port", type=int, default=8000)
        parser.add_argument("--no-server", action="store_true", help="Prepare and print, and do not serve.")

    def handle(self, *args: Any, port: int, no_server: bool, **options: Any) -> None:
        """Migrate, fill if empty, print the next steps, serve until interrupted."""
        if not settings.DEMO:
            raise CommandError(
                "This fills the portal with made-up people. Set DEMO=1 to allow it: `make demo`."
            )
        call_command("migrate", verbosity=0)
        if Programme.objects.exists():
            self.stdout.write("Keeping what was entered before. `make demo-reset` starts over.")
        else:
            self.stdout.write("Making both programmes and their sample people …")
            samples.make(timezone.now())
        self._print_next_steps(f"http://localhost:{port}")
        if no_server:
            return
        stop = threading.Event()
        clock = threading.Thread(target=Clock().run, args=(stop,), daemon=True, name="clock")
        clock.start()
        try:
            call_command("runserver", f"127.0.0.1:{port}", use_reloader=False, verbosity=0)
        finally:
            stop.set()

    def _print_next_steps(self, site: str) -> None:
        lines = [
            "",
            f"  Cascade runs at    {site}/",
            f"  Every mail         {site}/dev/mailbox/",
            f"  For academy staff  {site}/staff/",
            "",
            f"  Staff sign in with the password  {samples.PASSWORD}  as:",
            *(f"    {one.username:<28}{one.role}, {one.academy}" for one in samples.sign_ins()),
            "",
            "  Try this:",
            "    1. Open a programme, check if you can apply, and give any address at example.org.",
            "    2. Open the mailbox: continue by the link in your mail, and submit.",
            "    3. Open the mail to your line manager, and approve.",
            "    4. Sign in as a reviewer: shortlist, and give a place. Then read the mails.",
            "    5. Or open a programme, and let the portal propose who gets which date.",
            "",
            "  Stop with Control-C; what you entered is kept.  `make demo-reset` starts over.",
            "",
        ]
        self.stdout.write("\n".join(lines))
