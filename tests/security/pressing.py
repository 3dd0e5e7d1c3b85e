"""What a program can do that opens the links of a mail, and presses what it finds there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.pages.html import Page


def buttons(html: str, address: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each button: its words, where its form goes, and what it sends with nothing typed and nothing chosen."""
    for form in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
        page = Page(form)
        opening = page.all("form")[0].attributes
        if opening.get("method", "get").lower() != "post":
            continue
        sent = dict(_given(page))
        for button in page.all("button"):
            own = (
                {button.attributes["name"]: button.attributes.get("value", "")}
                if "name" in button.attributes
                else {}
            )
            yield button.text, opening.get("action") or address, sent | own


def _given(page: Page) -> Iterator[tuple[str, str]]:
    for box in page.all("input"):
        kind = box.attributes.get("type", "text")
        chosen = kind not in ("radio", "checkbox") or "checked" in box.attributes
        if chosen and "name" in box.attributes:
            yield box.attributes["name"], box.attributes.get("value", "")


def choices(html: str) -> set[tuple[str, str]]:
    """Each radio and each box to tick: its name and its value."""
    return {
        (box.attributes["name"], box.attributes.get("value", "on"))
        for box in Page(html).all("input")
        if box.attributes.get("type") in ("radio", "checkbox") and "name" in box.attributes
    }
