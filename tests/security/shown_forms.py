"""The forms of a page as a browser reads them: where each goes, and the boxes in it with the answers they offer."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.pages.html import Page


@dataclass
class Form:
    """A form that is posted: its address, what it holds as it is shown, and what each box could be."""

    action: str
    held: dict[str, str] = field(default_factory=dict)
    offered: dict[str, list[str]] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)


def forms_of(html: str, address: str) -> list[Form]:
    """The posted forms of a page."""
    found = []
    for text in re.findall(r"<form\b.*?</form>", html, re.DOTALL):
        page = Page(text)
        opening = page.all("form")[0].attributes
        if opening.get("method", "get").lower() == "post":
            found.append(_form(page, opening.get("action") or address))
    return found


def _form(page: Page, action: str) -> Form:
    form, select = Form(action), ""
    for element in page.elements:
        given = element.attributes
        name = given.get("name", "")
        if element.tag == "select":
            select = name
        elif element.tag == "option":
            form.offered.setdefault(select, []).append(given.get("value", ""))
            if "selected" in given:
                form.held[select] = given.get("value", "")
        elif name and element.tag in ("input", "textarea", "button"):
            _add(form, element.tag, given, "".join(element.pieces))
    form.held.pop("csrfmiddlewaretoken", None)
    return form


def _add(form: Form, tag: str, given: dict[str, str], words: str) -> None:
    name, kind = given["name"], given.get("type", "text")
    if kind == "file":
        form.files.append(name)
        return
    form.offered.setdefault(name, []).append(words if tag == "textarea" else given.get("value", ""))
    if tag != "button" and (kind not in ("radio", "checkbox") or "checked" in given):
        form.held[name] = form.offered[name][-1]
