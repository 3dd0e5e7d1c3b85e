"""What watches the portal from outside: named in the environment, off unless it is.

Its packages are in ``requirements-monitoring.txt``; one that is named and not installed is said so at the start.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from django.core.exceptions import ImproperlyConfigured

from config.logs import scrub


def require(setting: str, package: str) -> None:
    """Raise ``ImproperlyConfigured`` with a sentence unless what a setting needs is installed."""
    if find_spec(package) is None:
        raise ImproperlyConfigured(
            f"{setting} is set, but its package is not installed. Run: pip install --requirement "
            f"requirements-monitoring.txt. Or leave {setting} out."
        )


def clean(value: Any) -> Any:
    """The same value with every text in it scrubbed as log lines are."""
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {name: clean(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [clean(one) for one in value]
    return value


def without_people(event: Any, _hint: Any = None) -> Any:
    """A report for Sentry without the request's path, form, cookies and user, and scrubbed throughout."""
    method = event.get("request", {}).get("method")
    kept = {name: value for name, value in event.items() if name not in ("request", "user", "server_name")}
    return clean({**kept, "request": {"method": method}} if method else kept)


def start_sentry(dsn: str, transport: Callable[..., Any] | None = None) -> None:
    """Report errors to a Sentry server; raises ``ImproperlyConfigured`` where its package is not installed."""
    require("SENTRY_DSN", "sentry_sdk")
    import sentry_sdk

    sentry_sdk.init(
        dsn=dsn,
        transport=transport,
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Nor does anything go along with what the portal asks of others.
        traces_sample_rate=0.0,
        before_send=without_people,
    )
