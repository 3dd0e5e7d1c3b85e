"""The settings of the parts of the portal that tests start: its own, with clocks that tick faster.

``SWEEP_SECONDS`` in the environment is the time between two sweeps of the outbox, and of links asked for.
``SWITCH_SECONDS`` is for how long a thread goes on before another of its process has its turn.
"""

import os
import sys

from config.settings import *  # noqa: F403
from config.settings import CELERY_BEAT_SCHEDULE

# Nothing need be collected first.
STORAGES = {
    "default": {"BACKEND": "config.files.WholeFiles"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
SWEEP_SECONDS = float(os.environ.get("SWEEP_SECONDS", "15"))
CELERY_BEAT_SCHEDULE["send-what-is-due"]["schedule"] = SWEEP_SECONDS
CELERY_BEAT_SCHEDULE["send-links-asked-for"]["schedule"] = SWEEP_SECONDS
sys.setswitchinterval(float(os.environ.get("SWITCH_SECONDS", "0.005")))
