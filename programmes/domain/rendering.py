"""From a mail's Markdown and its context to a subject, a text and an HTML part."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import css_inline
import nh3
from django.conf import settings
from django.template import Context, Engine
from django.template.base import Template
from markdown_it import MarkdownIt

from programmes.domain import links
from programmes.domain.messages import MAILS
from programmes.models import Message, MessageTemplate

_FOLDER = Path(settings.BASE_DIR) / "templates" / "mail"
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True})
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~&:/@])")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_PLACEHOLDER = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")


@dataclass(frozen=True)
class Rendered:
    """A mail ready to be sent."""

    subject: str
    text: str
    html: str


@cache
def _engine() -> Engine:
    return Engine(autoescape=False)


@cache
def default_wording(event: str) -> tuple[str, str]:
    """The subject and the Markdown of a mail as it is shipped."""
    subject, _, body = (_FOLDER / f"{event}.md").read_text(encoding="utf-8").partition("\n")
    return subject.removeprefix("Subject: ").strip(), body.strip() + "\n"


def _escaped(value: str) -> str:
    """A value in which Markdown sees plain characters only, line by line."""
    return "\n".join(_SPECIAL.sub(r"\\\1", line.strip()) for line in value.splitlines())


def _fill(source: str, values: dict[str, str], *, own: bool) -> str:
    """Put the values in: by Django's template language for our files, by plain exchange for staff's wording."""
    if own:
        return str(Template(source, engine=_engine()).render(Context(values)))
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), source)


def _as_text(markdown: str) -> str:
    """Markdown as a person reads it in a text mail: links written out, no marks of emphasis."""
    text = _LINK.sub(lambda found: f"{found[1]}:\n{found[2]}", markdown)
    text = _STRONG.sub(r"\1", text)
    text = re.sub(r"^#+ +", "", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _as_html(markdown: str) -> str:
    """Markdown as clean HTML; a link on a line of its own becomes a button."""
    html = nh3.clean(
        _MARKDOWN.render(markdown),
        tags={"p", "a", "ul", "ol", "li", "strong", "em", "h2", "h3", "blockquote", "br"},
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
    )
    return re.sub(r"<p>(<a )(href=[^>]+>[^<]*</a>)</p>", r'<p class="action">\1class="button" \2</p>', html)


def _values(message: Message, *, link: str) -> dict[str, str]:
    programme = message.programme
    values: dict[str, Any] = {
        "name": message.to_name or message.to_address,
        "programme": programme.title if programme else "Cascade",
        "academy": programme.academy.name if programme else "Cascade",
        "contact": programme.contact_email if programme else "",
        "link": link,
        **message.context,
    }
    return {key: "" if value is None else str(value) for key, value in values.items()}


def wording(message: Message) -> tuple[str, str, bool]:
    """Subject and Markdown of a mail, and whether they are the shipped ones rather than the programme's own."""
    own = MessageTemplate.objects.filter(programme=message.programme_id, event=message.event).first()
    if own is not None:
        return own.subject, own.body, False
    return (*default_wording(message.event), True)


def render(message: Message, *, live_links: bool = True) -> Rendered:
    """Render a row of the outbox. Without ``live_links`` a word stands where the link was: for the record."""
    assert message.event in MAILS
    link = ""
    if message.link is not None:
        link = links.address_of(message.link) if live_links else "https://link.invalid/"
    subject, body, ours = wording(message)
    values = _values(message, link=link)
    escaped = {key: value if key == "link" else _escaped(value) for key, value in values.items()}
    text = _as_text(_fill(body, values, own=ours))
    html = _frame(message, _fill(subject, values, own=ours), _as_html(_fill(body, escaped, own=ours)))
    if not live_links:
        text = text.replace(link, "[link]") if link else text
    return Rendered(subject=" ".join(_fill(subject, values, own=ours).split())[:300], text=text, html=html)


def _frame(message: Message, subject: str, body: str) -> str:
    from django.template.loader import get_template
    from django.utils.safestring import mark_safe

    programme = message.programme
    frame = get_template("mail/layout.html", using="staff").render(
        {
            "subject": subject,
            "body": mark_safe(body),  # noqa: S308  cleaned by nh3 above
            "academy": programme.academy if programme else None,
            "programme": programme,
            "site_url": settings.SITE_URL,
        }
    )
    return css_inline.inline(frame)
