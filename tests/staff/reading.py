"""What a person reads on a page."""

import html
import re
from typing import Any


def text_of(response: Any) -> str:
    """What a person reads on a page, in one line."""
    return _read(response.content.decode())


def section(response: Any, name: str) -> str:
    """What a person reads in one part of a page, by the id of its heading."""
    part = re.search(
        rf'<section[^>]*aria-labelledby="{name}".*?</section>', response.content.decode(), re.DOTALL
    )
    assert part, f"there is no part called {name}"
    return _read(part[0])


def _read(page: str) -> str:
    page = re.sub(r"<(script|style|head)\b.*?</\1>", " ", page, flags=re.DOTALL)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
    return re.sub(r" ([,.):])", r"\1", words)


def messages_of(response: Any) -> list[str]:
    """What a page says has been done."""
    return [str(message) for message in response.context["messages"]]
