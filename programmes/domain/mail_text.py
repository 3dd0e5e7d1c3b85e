"""Parsed Markdown as a person reads it in a text mail: no marks, links written out, lists and quotations set in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set

from markdown_it.token import Token

_INDENT = "  "


def text_of(tokens: Sequence[Token], say: Callable[[str], str]) -> str:
    """The text of parsed Markdown; ``say`` puts the values of a mail into a run of text."""
    written = _Text(say)
    for token in tokens:
        written.take(token)
    return "".join(written.parts).strip("\n") + "\n"


def without_silent_lines(
    markdown: str, placeholder: re.Pattern[str], silent: Set[str], *, always: Set[str]
) -> str:
    """Staff's own wording without the lines that would say nothing: they have no ``{% if %}`` to leave them out.

    A line goes whose placeholders are ``silent``, whatever stands in it of those that ``always`` say something; so does
    a heading under which nothing is left for that reason.
    """
    kept: list[str] = []
    emptied = False
    for line in [*markdown.splitlines(), "# "]:
        if line.startswith("#"):
            above = next((before for before in reversed(kept) if before.strip()), "")
            if emptied and above.startswith("#"):
                kept = kept[: len(kept) - kept[::-1].index(above) - 1]
            emptied = False
        names = set(placeholder.findall(line))
        if names & silent and names <= silent | always:
            emptied = True
            continue
        kept.append(line)
    return "\n".join(kept[:-1])


class _Text:
    """Takes the tokens of Markdown one by one, and writes paragraphs with an empty line between them."""

    def __init__(self, say: Callable[[str], str]) -> None:
        self.parts: list[str] = []
        self._say = say
        self._indent = ""
        self._bullet = ""
        self._close = False

    def take(self, token: Token) -> None:
        """Write what a token adds."""
        if token.type == "list_item_open":
            # The number of an item in an ordered list stands in the token.
            self._bullet = f"{token.info}. " if token.info else "- "
            self._indent += _INDENT
        elif token.type == "blockquote_open":
            self._indent += _INDENT
        elif token.type in ("list_item_close", "blockquote_close"):
            self._indent = self._indent.removesuffix(_INDENT)
        elif token.type == "paragraph_open":
            self._open(close=token.hidden)
        elif token.type == "heading_open":
            self._open(close=False)
        elif token.type == "inline":
            self._write(_inline(token.children or [], self._say))
        elif token.type in ("fence", "code_block"):
            self._open(close=False)
            self._write(self._say(token.content.rstrip("\n")))

    def _open(self, *, close: bool) -> None:
        """Begin a paragraph; items of a list that are set close have no empty line between them."""
        if self.parts:
            self.parts.append("\n" if close and self._close else "\n\n")
        self._close = close

    def _write(self, text: str) -> None:
        first = self._indent.removesuffix(_INDENT) + self._bullet if self._bullet else self._indent
        self._bullet = ""
        lines = text.split("\n")
        self.parts.append(
            "\n".join([first + lines[0], *((self._indent + line).rstrip() for line in lines[1:])])
        )


def _inline(tokens: Sequence[Token], say: Callable[[str], str]) -> str:
    """A paragraph's text; a link that is all of it stands on two lines, others have the address in brackets."""
    kinds = [token.type for token in tokens]
    alone = kinds[:1] == ["link_open"] and kinds[-1] == "link_close" and kinds.count("link_open") == 1
    said: list[str] = []
    target, begins = "", 0
    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            said.append("\n")
        elif token.type == "link_open":
            target, begins = say(str(token.attrs["href"])), len(said)
        elif token.type == "link_close":
            words = "".join(said[begins:])
            if target.removeprefix("mailto:") != words:
                said.append(f":\n{target}" if alone else f" ({target})")
        else:
            said.append(say(token.content))
    return "".join(said)
