"""Run every module of this folder that has a ``measure()``, or those named, and print what they found.

    python -m benchmarks              # all
    python -m benchmarks setting_up   # some

Each module has a fresh, migrated database: PostgreSQL where it is installed, which waits for the disk as it does by
itself, else SQLite in a file. A module that serves the portal (``SERVED``) needs PostgreSQL and Redis. Figures are of
this machine at this hour; compare them only with others of the same run of the same machine.
"""

import datetime
import importlib
import logging
import os
import pkgutil
import platform
import sys
import tempfile
import time
from types import ModuleType

import benchmarks
from scripts import services


def modules(names: list[str]) -> list[ModuleType]:
    """Return the modules to measure: those named, or all; raises ModuleNotFoundError for an unknown name."""
    found = names or [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    loaded = [importlib.import_module(f"benchmarks.{name}") for name in found if name != "__main__"]
    return [module for module in loaded if hasattr(module, "measure")]


def measure(module: ModuleType) -> None:
    """Measure one module on a database of its own, and print its figures."""
    from django.db import connection
    from django.test.utils import setup_databases, teardown_databases

    print(f"\n{module.__name__.rpartition('.')[2]}: {(module.__doc__ or '').strip().splitlines()[0]}")
    redis = os.environ.get(services.REDIS_VARIABLE)
    if getattr(module, "SERVED", False) and not (redis and connection.vendor == "postgresql"):
        print("  (left out: it needs PostgreSQL and Redis)")
        return
    created = setup_databases(verbosity=0, interactive=False)
    started = time.monotonic()
    try:
        for figure in module.measure():
            print(f"  {figure.name:<60} {figure.value:>12,.2f} {figure.unit:<8} {figure.how}", flush=True)
    finally:
        connection.close()
        teardown_databases(created, verbosity=0)
    print(f"  ({time.monotonic() - started:.0f} s)")


def main(names: list[str]) -> None:
    """Measure, beside the services that are installed."""
    services.stop_tidily_when_told_to()
    with (
        services.services(durable=True) as named,
        tempfile.TemporaryDirectory(prefix="cascade-bench-") as folder,
    ):
        os.environ.update(named, DJANGO_SETTINGS_MODULE="tests.settings")
        import django
        from django.db import connection

        django.setup()
        # A page that the reader may not open is left out; what else is not answered ends the measurement.
        logging.getLogger("django.request").setLevel(logging.CRITICAL)
        if connection.vendor == "sqlite":
            connection.settings_dict["TEST"]["NAME"] = os.path.join(folder, "bench.sqlite3")  # noqa: PTH118
        print(
            f"Python {platform.python_version()}, Django {django.get_version()}, {connection.display_name},",
            f"{os.cpu_count()} processor cores ({platform.machine()}), load {os.getloadavg()[0]:.1f},",
            f"{datetime.datetime.now(datetime.UTC):%-d %B %Y, %H:%M} UTC",
        )
        for module in modules(names):
            measure(module)


if __name__ == "__main__":
    main(sys.argv[1:])
