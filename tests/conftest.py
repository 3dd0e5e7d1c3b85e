"""What every test shares: which services are here, and what is said of the tests that need one that is not.

A test that needs a service carries its marker (``postgres``, ``redis`` or ``browser``). Without the service
it is left out, and named at the end; with ``REQUIRE_ALL=1`` leaving out is a failure.
"""

import gc
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase

from tests.support.emptying import empty_row_by_row

TESTS = Path(__file__).parent
LEFT_OUT = "left out, for want of "
# The first has no window to draw, which is most of the others' work; what it shows of a page is the same.
CHROMIUM_NAMES = (
    *("chromium-headless-shell", "chrome-headless-shell"),
    *("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"),
)

# Thousands of small worlds are made and dropped: looking for cycles as often as usual is a tenth of the time.
gc.set_threshold(100_000, 10, 10)

# The same examples every time: a fault found by chance in somebody else's change helps nobody.
hypothesis.settings.register_profile("portal", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("portal")


def pytest_configure(config: pytest.Config) -> None:
    """End committed tests fast."""
    empty_row_by_row()


def find_chromium() -> str | None:
    """Return the path of the machine's Chromium: CHROMIUM in the environment, else the first on the PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def services_here() -> dict[str, str | None]:
    """Return where each service is, by the marker of the tests that need it; None for one not here."""
    return {
        "postgres": os.environ.get("TEST_DATABASE_URL"),
        "redis": os.environ.get("TEST_REDIS_URL"),
        "browser": find_chromium(),
    }


DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}
SERVICE_NAMES = {"postgres": "PostgreSQL", "redis": "Redis", "browser": "Chromium"}
# Tests of single pages, and of files that come in and go out. That every page there is opens on PostgreSQL, and every
# list is searched, ordered and filtered there, is seen by tests/crawl.
PAGES = {"staff", "pages", "in_and_out"}


def _asks_a_service(item: pytest.Item) -> bool:
    """Whether a test opens the database, or needs Redis or a browser: it may go otherwise beside others."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", *SERVICE_NAMES))
    if not PAGES.isdisjoint(item.path.relative_to(TESTS).parts):
        return any(item.get_closest_marker(name) for name in ("both", *SERVICE_NAMES))
    of_django = isinstance(item, pytest.Function) and issubclass(item.cls or object, TransactionTestCase)
    return marked or of_django or not DATABASE_FIXTURES.isdisjoint(getattr(item, "fixturenames", ()))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    here = services_here()
    for item in items:
        if TESTS / "browser" in item.path.parents:
            item.add_marker(pytest.mark.browser)
        for marker, name in SERVICE_NAMES.items():
            if not here[marker] and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=LEFT_OUT + name))
                break
    if os.environ.get("ONLY_WITH_A_SERVICE") == "1":
        kept = [item for item in items if _asks_a_service(item)]
        config.hook.pytest_deselected(items=[item for item in items if not _asks_a_service(item)])
        items[:] = kept


def _left_out(reporter: Any) -> Counter[str]:
    reasons = (str(report.longrepr[-1]) for report in reporter.stats.get("skipped", []) if report.longrepr)
    return Counter(reason.partition(LEFT_OUT)[2] for reason in reasons if LEFT_OUT in reason)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if not (left_out := _left_out(terminalreporter)):
        return
    terminalreporter.section("left out")
    for name, number in sorted(left_out.items()):
        terminalreporter.line(f"{name} is not here: {number} tests left out")


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("REQUIRE_ALL") == "1" and reporter and _left_out(reporter):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Keep SQLite's test database in a file, as in life: threads and processes can share it."""
    database = connections["default"]
    if database.vendor == "sqlite":
        database.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "test.sqlite3")


@pytest.fixture
def keeping(settings: Any) -> Iterator[None]:
    """As where there is a Redis: what is the same for many is kept."""
    settings.KEEP_PAGES = True
    cache.clear()
    yield
    cache.clear()
