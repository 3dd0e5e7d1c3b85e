"""What a web process does not load before somebody needs it: each of these is some megabytes in every process."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Workbooks, PDF and its pictures, calendars, QR codes, the solver, mails as HTML, and what only developing needs.
HEAVY = "css_inline highspy holidays hypothesis icalendar numpy openpyxl PIL pytest reportlab segno".split()
SERVE = """
import gc, sys
from wsgiref.util import setup_testing_defaults
from config.wsgi import application
from django.apps import apps
from django.db import connection
from programmes.domain.working_days import bank_holidays

# The tables as the models have them now: all migrations, one after the other, would take a minute.
with connection.schema_editor() as editor:
    for model in apps.get_models():
        if not model._meta.proxy:
            editor.create_model(model)
asked, answered = {"PATH_INFO": "/", "HTTP_HOST": "localhost"}, []
setup_testing_defaults(asked)
page = b"".join(application(asked, lambda status, head: answered.append(status)))
assert answered == ["200 OK"] and b"</html>" in page, answered
assert bank_holidays()
print(gc.get_freeze_count() > 100_000, *sorted(sys.modules.keys() & set(sys.argv[1:])))
"""


def served(*names):
    """What a fresh process prints that has answered one public page: whether its start is set apart, and of names."""
    environment = {"PATH": os.environ["PATH"], "ENV_FILE": os.devnull, "DEBUG": "1", "LOG_LEVEL": "ERROR"}
    done = subprocess.run(
        [sys.executable, "-c", SERVE, *names],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": "sqlite://:memory:"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_a_web_process_loads_nothing_heavy_and_sets_apart_what_it_has():
    assert served("django", *HEAVY) == ["True", "django"]
