"""Log lines: for people or as JSON, with what each is about, and without what none may hold.

None may hold the token of an emailed link, an address, a password, or what somebody has written: an error of the
database quotes the row it refused.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
from typing import Any

from programmes.domain import tracing

_LEFT_OUT = (
    # 43 characters of base64url: the 32 bytes of an HMAC-SHA256.
    (re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])"), "[link]"),
    # The name and the password in the address of a server.
    (re.compile(r"://[^/\s@]*@"), "://[login]@"),
    (re.compile(r"[^\s<>\"'(),:;@\[\]=]+@[^\s<>\"'(),:;@\[\]=/]+\.[^\s<>\"'(),:;@\[\]=/]+"), "[address]"),
    (re.compile(r"^((?:.*\b)?(?:DETAIL|CONTEXT|PARAMETERS)):.*$", re.MULTILINE), r"\1: [left out]"),
)


def scrub(text: str) -> str:
    """Take a text, return it without tokens of emailed links, addresses, passwords of servers and quoted rows."""
    for what, word in _LEFT_OUT:
        text = what.sub(word, text)
    return text


class Plain(logging.Formatter):
    """A line for people; what it is about stands in brackets at its end."""

    def format(self, record: logging.LogRecord) -> str:
        """Take a record, return its line, and the traceback after it where there is one."""
        line, *traceback = super().format(record).split("\n", 1)
        about = " ".join(f"{name}={value}" for name, value in tracing.fields().items())
        return scrub("\n".join([f"{line} [{about}]" if about else line, *traceback]))


class JsonLines(logging.Formatter):
    """One JSON object a line, for what collects logs: a traceback is one of its values."""

    def format(self, record: logging.LogRecord) -> str:
        """Take a record, return its line."""
        line: dict[str, Any] = {
            "time": datetime.datetime.fromtimestamp(record.created, tz=datetime.UTC).isoformat(
                timespec="milliseconds"
            ),
            "level": record.levelname,
            "logger": record.name,
            "message": scrub(record.getMessage()),
            **tracing.fields(),
            **getattr(record, "figures", {}),
        }
        if record.exc_info:
            line["exception"] = scrub(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = scrub(record.stack_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def logging_settings(level: str, form: str) -> dict[str, Any]:
    """Django's ``LOGGING`` for a level, such as ``INFO``, and a form: ``plain`` or ``json``."""
    told = "INFO" if level == "DEBUG" else level
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "plain": {
                "()": "config.logs.Plain",
                "format": "{asctime} {levelname} {name} {message}",
                "style": "{",
            },
            "json": {"()": "config.logs.JsonLines"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django has handlers of its own for these two: without ours they would write unscrubbed lines.
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": ["console"], "level": level, "propagate": False},
            # At DEBUG they tell what a page was filled with, and what was asked of the database.
            "django.template": {"level": told},
            "django.db.backends": {"level": told},
            "axes": {"level": "WARNING"},
            # With the broker in memory, kombu warns of a host name that it does not need.
            "kombu": {"level": "ERROR"},
            # A line for every sweep helps nobody; what a worker says as it starts and stops does.
            "celery": {"level": "WARNING"},
            "celery.apps": {"level": level},
            "celery.worker.consumer": {"level": level},
        },
    }
