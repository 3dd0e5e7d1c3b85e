"""From a mail's Markdown and its context to a subject, a text and an HTML part.

A value never passes through the Markdown parser: a mark stands in its place until the Markdown has become text or
HTML, and the value is put there as it was typed. So no value can become a link, a heading or a script.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import nh3
from django.conf import settings
from django.template import Context, Engine
from django.template.base import Template
from django.template.loader import get_template
from django.utils.safestring import mark_safe
from markdown_it import MarkdownIt

from programmes.domain import links
from programmes.domain.mail_text import text_of, without_silent_lines
from programmes.domain.mails import ALWAYS_SAID, MAILS, PLACEHOLDER
from programmes.domain.wording import nhs_date, nhs_datetime, plural
from programmes.models import Message, Programme

if TYPE_CHECKING:
    import css_inline

_FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
# Where a value will stand: its number between two characters of Unicode's private area, which nobody types.
_MARK = re.compile(r"\ue000(\d+)\ue001")
_PRIVATE = re.compile("[\ue000\ue001]")
# A list item that is one value of several lines becomes an item for each line.
_LISTED = re.compile(r"^( *[-*] )(\ue000\d+\ue001(?:\n\ue000\d+\ue001)*)$", re.MULTILINE)
# What staff write in Markdown themselves, such as how to join; an address in it becomes a link.
_IN_MARKDOWN = frozenset({"joining"})
_BARE_ADDRESS = re.compile(r"(?<![<(\[])https?://[^\s<>()\[\]]+[^\s<>()\[\].,;:!?]")
_TAGS = set("p a ul ol li strong em h2 h3 blockquote br code pre hr".split())
_LINK_ALONE = re.compile(r"<p>(<a )(href=[^>]+>[^<]*</a>)</p>")
# What stands in the record where the reader's own link was.
_NO_LINK = "[link]"


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be sent; ``record`` is the text with a word in place of its link, to be kept."""

    subject: str
    text: str
    html: str
    record: str


class _Parser(MarkdownIt):
    """CommonMark without HTML and without pictures, in which a mark can be the target of a link."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "breaks": True})
        self.disable("image")

    def normalizeLink(self, url: str) -> str:  # noqa: N802  the parser's own name
        return url if _MARK.search(url) else super().normalizeLink(url)


_MARKDOWN = _Parser()


@cache
def _engine() -> Engine:
    return Engine()


@cache
def default_wording(event: str) -> tuple[str, str]:
    """The subject and the Markdown of a mail as it is shipped."""
    subject, _, body = (_FOLDER / f"{event}.md").read_text(encoding="utf-8").partition("\n")
    return subject.removeprefix("Subject: ").strip(), body.strip() + "\n"


def wording(message: Message) -> tuple[str, str, bool]:
    """Subject and Markdown of a mail, and whether they are the shipped ones rather than the programme's own."""
    assert message.event in MAILS
    if message.letter:
        return message.letter.subject, message.letter.body, False
    # Not a query of its own, so that a list can read them beforehand for all its rows.
    templates = message.programme.message_templates.all() if message.programme else ()
    for template in templates:
        if template.event == message.event:
            return template.subject, template.body, False
    return (*default_wording(message.event), True)


def _values(message: Message) -> dict[str, str]:
    """What stands for each placeholder but the link; nothing for those that this mail has no value for."""
    programme = message.programme
    values: dict[str, object] = {
        "name": message.to_name or "colleague",
        "programme": programme.title if programme else "Cascade",
        "academy": programme.academy.name if programme else "Cascade",
        "contact": programme.contact_email if programme else "",
        "privacy": notice_address(programme),
        "kept": kept_for(message),
        **message.context,
    }
    if programme and programme.closes_at and programme.closes_at > message.created_at:
        values["deadline"] = nhs_datetime(programme.closes_at)
    if programme and programme.notify_by and programme.notify_by >= message.created_at.date():
        values["decision_by"] = nhs_date(programme.notify_by)
    return {key: _clean(str(value)) for key, value in values.items() if value is not None}


def notice_address(programme: Programme | None) -> str:
    """Where the privacy notice stands: the academy's own, else that of the whole portal."""
    whose = f"{programme.academy.slug}/" if programme else ""
    return f"{settings.SITE_URL}/privacy/{whose}"


def kept_for(message: Message) -> str:
    """How long a name and an address are kept that somebody else gave, in words; by what the mail is for."""
    said = message.programme or Programme()
    if message.event == "nominated":
        return plural(said.keep_nominees_months, "month")
    if message.event == "board_link":
        return plural(said.keep_unplaced_months, "month")
    # Of an approver: with the application, whatever becomes of it.
    return plural(
        max(said.keep_withdrawn_months, said.keep_unplaced_months, said.keep_trained_months), "month"
    )


def _clean(value: str) -> str:
    """A value without what cannot be seen: control characters other than the ends of lines, and our own marks."""
    lines = value.strip().splitlines()
    seen = ("".join(letter for letter in line if unicodedata.category(letter) != "Cc") for line in lines)
    return _PRIVATE.sub("", "\n".join(seen))


def _fill(source: str, values: Mapping[str, str], *, own: bool) -> str:
    """Put the values in: by Django's template language for our files, by plain exchange for staff's wording."""
    if own:
        return str(Template(source, engine=_engine()).render(Context(dict(values), autoescape=False)))
    return PLACEHOLDER.sub(lambda found: values.get(found[1], ""), source)


class _Body:
    """The Markdown of a mail, parsed once with marks where the values will stand."""

    def __init__(
        self, source: str, values: Mapping[str, str], link: str, *, own: bool, silent: Iterable[str] = ()
    ) -> None:
        self._lines = [link]
        marks = {**dict.fromkeys(silent, ""), "link": self._mark(0) if link else ""}
        for name, value in values.items():
            marks[name] = _linked(value) if name in _IN_MARKDOWN else self._marks(value)
        if not own:
            said_nothing = {name for name, mark in marks.items() if not mark}
            source = without_silent_lines(source, PLACEHOLDER, said_nothing, always=ALWAYS_SAID)
        markdown = _LISTED.sub(
            lambda found: found[1] + found[2].replace("\n", f"\n{found[1]}"),
            _fill(_PRIVATE.sub("", source), marks, own=own),
        )
        self._tokens = _MARKDOWN.parse(markdown)
        for token in self._tokens:
            if token.type in ("heading_open", "heading_close"):
                # The subject is the only heading of the first rank.
                token.tag = "h2" if token.tag in ("h1", "h2") else "h3"

    @staticmethod
    def _mark(number: int) -> str:
        return f"\ue000{number}\ue001"

    def _marks(self, value: str) -> str:
        """A mark for each line of a value; nothing where there is no value, so that ``{% if %}`` can ask."""
        first = len(self._lines)
        lines = value.splitlines()
        self._lines.extend(lines)
        return "\n".join(self._mark(first + number) for number in range(len(lines)))

    def text(self, *, link: str | None = None) -> str:
        """The text part; with ``link``, that word in place of the address."""
        lines = self._lines if link is None else [link, *self._lines[1:]]
        return text_of(self._tokens, lambda content: _MARK.sub(lambda found: lines[int(found[1])], content))

    def html(self) -> str:
        """Clean HTML; a link on a line of its own becomes a button."""
        rendered = _MARK.sub(
            lambda found: html.escape(self._lines[int(found[1])]),
            _MARKDOWN.renderer.render(self._tokens, _MARKDOWN.options, {}),
        )
        cleaned = nh3.clean(
            rendered,
            tags=_TAGS,
            attributes={"a": {"href"}},
            url_schemes={"http", "https", "mailto"},
        )
        return _LINK_ALONE.sub(r'<p class="action">\1class="button" \2</p>', cleaned)


def _linked(value: str) -> str:
    return _BARE_ADDRESS.sub(lambda found: f"<{found[0]}>", value)


def subject_of(message: Message) -> str:
    """The subject line: one line, without a link."""
    subject, _, own = wording(message)
    return _subject(subject, _values(message), own=own)


def _subject(subject: str, values: Mapping[str, str], *, own: bool) -> str:
    return " ".join(_fill(subject, values, own=own).split())[:300]


def render(message: Message) -> Rendered:
    """Render a row of the outbox, with the address of its link in it. Raises `LinkDead` where its key is gone."""
    return _rendered(
        message,
        wording(message),
        link=links.address_of(message.link) if message.link else "",
        unsubscribe=links.address_of(message.unsubscribe) if message.unsubscribe else "",
    )


def preview(message: Message, words: tuple[str, str, bool]) -> Rendered:
    """Render a mail that is not to be sent, in a wording such as `wording` returns; no link in it opens anything."""
    linked = "link" in PLACEHOLDER.findall(words[1]) and "link" in MAILS[message.event].placeholders
    return _rendered(
        message,
        words,
        link=f"{settings.SITE_URL}/the-link-of-the-reader/" if linked else "",
        unsubscribe=f"{settings.SITE_URL}/no-more-news/" if message.event == "news" else "",
    )


def _rendered(message: Message, words: tuple[str, str, bool], *, link: str, unsubscribe: str) -> Rendered:
    subject, markdown, own = words
    values = _values(message)
    line = _subject(subject, values, own=own)
    silent = set(MAILS[message.event].placeholders) - ALWAYS_SAID - set(values)
    body = _Body(markdown, values, link, own=own, silent=silent)
    frame = {**_frame(message), "has_link": bool(link)}
    return Rendered(
        subject=line,
        text=_framed_text({**frame, "body": body.text(), "unsubscribe": unsubscribe}),
        html=_framed_html({**frame, "body": body.html(), "unsubscribe": unsubscribe, "subject": line}),
        record=_framed_text(
            {**frame, "body": body.text(link=_NO_LINK), "unsubscribe": unsubscribe and _NO_LINK}
        ),
    )


def _framed_text(frame: dict[str, object]) -> str:
    framed = get_template("mail/layout.txt", using="staff").render(frame)
    # What Django renders calls itself safe HTML, and a page would believe it; a part of it is a plain string again.
    return framed.strip() + "\n"


@cache
def _inliner() -> css_inline.CSSInliner:
    import css_inline

    return css_inline.CSSInliner(load_remote_stylesheets=False)


def _framed_html(frame: dict[str, object]) -> str:
    values = {**frame, "body": mark_safe(str(frame["body"]))}  # noqa: S308  cleaned by nh3
    return _inliner().inline(get_template("mail/layout.html", using="staff").render(values))


def _frame(message: Message) -> dict[str, object]:
    programme = message.programme
    return {
        "academy": programme.academy if programme else None,
        "programme": programme,
        "site_url": settings.SITE_URL,
        "privacy": notice_address(programme),
    }
