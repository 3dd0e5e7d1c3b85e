"""What gunicorn does for figures that are added up over its processes: ``gunicorn --config config/gunicorn.py``."""

import os
import shutil
from pathlib import Path
from typing import Any

# Where the processes count; two gunicorns on one host need a folder each.
os.environ.setdefault(
    "PROMETHEUS_MULTIPROC_DIR", str(Path(__file__).resolve().parent.parent / "var" / "metrics")
)


def on_starting(server: Any) -> None:
    """Begin the counts anew: what an earlier start has counted is not ours."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True, exist_ok=True)


def child_exit(server: Any, worker: Any) -> None:
    """Let go of what a process that ended has measured of itself; what it has counted stays."""
    try:
        from prometheus_client import multiprocess
    except ImportError:
        return
    multiprocess.mark_process_dead(worker.pid)
