"""The addresses of pages behind emailed links: each is worked out by Django once, and any token is put into it."""

from __future__ import annotations

import re
from functools import lru_cache

from django.urls import get_script_prefix, get_urlconf, reverse

# What Django would write into an address as it is.
_PLAIN = re.compile(r"[A-Za-z0-9_-]+")
_A_TOKEN = "stands-for-a-token"  # noqa: S105  a secret of nobody's


def behind_link(name: str, token: str) -> str:
    """The address of the view ``name`` for the holder of ``token``; raises NoReverseMatch where there is none."""
    if not _PLAIN.fullmatch(token):
        return reverse(name, kwargs={"token": token})
    return _for_anybody(name, get_urlconf(), get_script_prefix()).replace(_A_TOKEN, token)


@lru_cache
def _for_anybody(name: str, urlconf: str | None, prefix: str) -> str:
    return reverse(name, urlconf, kwargs={"token": _A_TOKEN})
