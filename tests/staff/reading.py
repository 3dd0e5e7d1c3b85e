"""What a person reads on a page."""

import html
import re
from typing import Any


def text_of(response: Any) -> str:
    """What a person reads on a page, in one line."""
    page = re.sub(r"<(script|style|head)\b.*?</\1>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def messages_of(response: Any) -> list[str]:
    """What a page says has been done."""
    return [str(message) for message in response.context["messages"]]
