"""The Jinja environment of the public pages: NHS components, and the few functions and filters that pages use."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, MutableMapping
from functools import lru_cache
from typing import Any

import nh3
from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from crispy_forms.utils import render_crispy_form
from django import forms
from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.messages.storage.base import Message
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField
from django.http import HttpRequest
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils import timezone
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader
from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from config.forms_adapter import component, summary_of_errors
from config.middleware import is_private
from config.remembered import RememberingContext
from programmes.domain import opening, wording
from programmes.views.addresses import behind_link

_HEADING_SIZES = {1: "xl", 2: "l", 3: "m", 4: "s", 5: "xs", 6: "xs"}
_CLASSES = {
    "bullet_list_open": "nhsuk-list nhsuk-list--bullet",
    "ordered_list_open": "nhsuk-list nhsuk-list--number",
    "table_open": "nhsuk-table",
    "thead_open": "nhsuk-table__head",
    "tbody_open": "nhsuk-table__body",
    "tr_open": "nhsuk-table__row",
    "th_open": "nhsuk-table__header",
    "td_open": "nhsuk-table__cell",
    "blockquote_open": "nhsuk-inset-text",
    "hr": "nhsuk-section-break nhsuk-section-break--visible nhsuk-section-break--m",
}
_TAGS = {f"h{level}" for level in range(1, 7)} | set(
    "p ul ol li a strong em code pre br hr blockquote table thead tbody tr th td".split()
)


class Pages(Environment):
    """Jinja's environment, whose templates look up its functions in one table.

    Jinja lays two over each other, and compares them key by key at each import of a macro.
    """

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """What a template finds besides what its view hands over."""
        return {**self.globals, **(d or {})}


def environment(**options: Any) -> Environment:
    """The environment named in ``settings.TEMPLATES``; ``options`` are Django's.

    The official macros read parameters that nobody gave, several levels deep: hence ``ChainableUndefined``.
    """
    options["undefined"] = ChainableUndefined
    options["loader"] = ChoiceLoader([options["loader"], PackageLoader("nhsuk_frontend_jinja", "templates")])
    jinja = Pages(**options)  # Django's backend turns autoescape on
    jinja.context_class = RememberingContext
    jinja.globals.update(
        static=staticfiles_storage.url,
        url=url,
        crispy=crispy,
        nhs_component=component,
        summary_of_errors=summary_of_errors,
        flashes=flashes,
        now=timezone.localtime,
    )
    jinja.filters.update(
        nhs_date=wording.nhs_date,
        nhs_dates=wording.nhs_dates,
        nhs_time=wording.nhs_time,
        nhs_datetime=wording.nhs_datetime,
        time_range=wording.time_range,
        join_words=wording.join_words,
        plural=wording.plural,
        ordinal=wording.ordinal,
        time_left=opening.time_left,
        markdown=markdown,
        iso=iso,
        revealing=revealing,
    )
    return jinja


def context(request: HttpRequest) -> dict[str, Any]:
    """What every public page knows besides what its view hands over."""
    return {"demo": settings.DEMO, "private": is_private(request.path_info)}


def url(name: str, *args: Any, **parts: Any) -> str:
    """The address of a view: ``url("programme", slug=programme.slug)``. Raises NoReverseMatch."""
    if not args and parts.keys() == {"token"}:
        return behind_link(name, str(parts["token"]))
    if args or parts:
        return reverse(name, args=args or None, kwargs=parts or None)
    return _plain_url(name, get_urlconf(), get_script_prefix())


@lru_cache
def _plain_url(name: str, urlconf: str | None, prefix: str) -> str:
    # An address without parts is the same as long as the addresses are, and where they begin.
    return reverse(name, urlconf)


def crispy(form_or_field: forms.BaseForm | BoundField) -> Markup:
    """A form's fields, or one field, as NHS components; the page writes the form's tag, token and button."""
    if isinstance(form_or_field, BoundField):
        return Markup(as_crispy_field(form_or_field))  # noqa: S704  # rendered, and escaped, by our templates
    return Markup(render_crispy_form(form_or_field))  # noqa: S704


def flashes(request: HttpRequest | Any) -> Iterator[Message]:
    """Django's messages for this request; none on error pages, which are shown without one."""
    return iter(get_messages(request)) if isinstance(request, HttpRequest) else iter(())


def iso(value: datetime.date | datetime.datetime) -> str:
    """For ``<time datetime="…">``."""
    if isinstance(value, datetime.datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return value.isoformat()


def revealing(html: Markup) -> Markup:
    """Radios or checkboxes whose inner questions are shown by our style sheet instead of the official script.

    The script would put ``aria-expanded`` on a radio, which no radio may carry; and it would need a script.
    """
    if "data-aria-controls" not in html:
        return html
    return Markup(  # noqa: S704  # rendered, and escaped, by the macro; a value cannot hold a bare quotation mark
        re.sub(r' data-aria-controls="[^"]*"|(?<=__conditional) nhsuk-[a-z]+__conditional--hidden', "", html)
    )


def markdown(text: str | None, level: int = 2) -> Markup:
    """Staff's Markdown as HTML in NHS type, its largest heading at ``level``; HTML in it is shown, never run."""
    return _markdown(text or "", level)


@lru_cache(maxsize=256)
def _markdown(text: str, level: int) -> Markup:
    tokens = _parser().parse(text)
    used = [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]
    _dress(tokens, level - min(used, default=1))
    cleaned = nh3.clean(
        _parser().renderer.render(tokens, _parser().options, {}),
        tags=_TAGS,
        attributes={"*": {"class"}, "a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener",
    )
    return Markup(cleaned)  # noqa: S704  # cleaned above


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def _dress(tokens: list[Token], shift: int) -> None:
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            heading = min(int(token.tag[1:]) + shift, 6)
            token.tag = f"h{heading}"
            if token.type == "heading_open":
                token.attrSet("class", f"nhsuk-heading-{_HEADING_SIZES[heading]}")
        elif token.type in _CLASSES:
            token.attrSet("class", _CLASSES[token.type])
