"""The NHS components that look the same for everybody, rendered once a process instead of once a page.

The official macros are plain functions of what they are called with: a header, a list of 42 ICSs or a row of radios
takes milliseconds to render, and comes out the same each time. What is somebody's own is remembered nowhere: a
component is remembered without the addresses in it, without what was typed into its box and without what it reveals;
these are put in each time. One that repeats what was typed elsewhere, as in a message of an error, is rendered anew.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from types import CodeType
from typing import Any

from jinja2.runtime import Context, Macro, Undefined
from markupsafe import Markup, escape

OFFICIAL = "nhsuk_frontend_jinja"
MACROS = frozenset(
    """
    backLink button characterCount checkboxes dateInput fieldset fileUpload footer header input label radios select
    skipLink taskList textarea
    """.split()
)
# Parameters that may hold a person's own words anywhere.
OWN = ("errorMessage", "html", "formGroup")
# Those whose value is a text of its own: what was typed into a box, or what a button sends.
BOXES = frozenset({"button", "input", "textarea", "characterCount"})
# What stands for something of somebody's own with this number, until it is put in. Nothing in it needs escaping, and
# nobody who types it can know it.
STAND_IN = f"#own-{secrets.token_hex(8)}-{{}}#"
_STANDS = re.compile(STAND_IN.format(r"(\d+)"))
MOST = 2_000
LONGEST = 50_000

# What Jinja adds to a call inside a block or a loop, and takes away again.
_OF_JINJA = frozenset({"_block_vars", "_loop_vars"})

Key = tuple[CodeType, Hashable]


class _Other(Exception):
    """A parameter that cannot be told apart from others by its value."""


class Remembered:
    """The last `MOST` components that were rendered, by macro and parameters; for all threads of a process."""

    def __init__(self) -> None:
        self._html: OrderedDict[Key, Markup] = OrderedDict()
        self._lock = threading.Lock()
        self._within = threading.local()

    def call(self, macro: Macro, params: Any, render: Callable[[Any], Any]) -> Any:
        """What ``render(params)`` gives for a macro; rendered only where it is not remembered."""
        if getattr(self._within, "one", False) or not _is_everybodys(macro, params):
            return render(params)
        own: list[str] = []
        try:
            for_everybody = _without_what_is_own(macro.name, params, own)
            key = (_code(macro), frozen(for_everybody))
        except _Other:
            return render(params)
        html = self._html_of(key, lambda: render(for_everybody))
        return Markup(_STANDS.sub(lambda found: own[int(found[1])], html)) if own else html  # noqa: S704  # escaped below

    def _html_of(self, key: Key, render: Callable[[], Markup]) -> Markup:
        with self._lock:
            if key in self._html:
                self._html.move_to_end(key)
                return self._html[key]
        self._within.one = True
        try:
            html = render()
        finally:
            self._within.one = False
        if len(html) <= LONGEST:
            with self._lock:
                self._html[key] = html
                if len(self._html) > MOST:
                    self._html.popitem(last=False)
        return html


def _without_what_is_own(macro: str, params: dict[str, Any], own: list[str]) -> dict[str, Any]:
    """The parameters with a stand-in for all that is somebody's own, which is collected in order, as HTML."""
    shared: dict[str, Any] = _without_addresses(params, own)
    if macro in BOXES and params.get("value"):
        shared["value"] = _stand_in(_typed(params["value"]), own)
    for item in shared.get("items") or ():
        if type(item) is not dict:
            continue
        if revealed := (item.get("conditional") or {}).get("html"):
            # The macros take it as HTML, and strip it.
            item["conditional"] = {"html": _stand_in(str(revealed).strip(), own)}
        if macro == "dateInput" and item.get("value"):
            item["value"] = _stand_in(_typed(item["value"]), own)
    return shared


def _without_addresses(value: Any, own: list[str]) -> Any:
    if type(value) is dict:
        return {
            name: _stand_in(str(escape(part)), own)
            if name == "href" and part and type(part) is str
            else _without_addresses(part, own)
            for name, part in value.items()
        }
    if type(value) is list:
        return [_without_addresses(part, own) for part in value]
    return value


def _stand_in(html: str, own: list[str]) -> str:
    own.append(html)
    return STAND_IN.format(len(own) - 1)


def _typed(value: Any) -> str:
    if type(value) not in (str, int):
        raise _Other
    return str(escape(value))


def _code(macro: Macro) -> CodeType:
    # Jinja has no public name for it; a macro itself is made anew with each import of its template.
    code: CodeType = macro._func.__code__  # noqa: SLF001
    return code


def _is_everybodys(macro: Macro, params: Any) -> bool:
    if macro.name not in MACROS or not isinstance(params, dict) or OFFICIAL not in _code(macro).co_filename:
        return False
    if params.get("value") and macro.name not in BOXES:
        return False
    return not any(params.get(name) for name in OWN)


def frozen(value: Any) -> Hashable:
    """A key that two values share only if a macro cannot tell them apart: safe HTML is not the same as its text."""
    kind = type(value)
    if kind in (str, bool, int, type(None), Markup) or issubclass(kind, str):
        return (kind, str(value))
    if kind is dict:
        return tuple((name, frozen(part)) for name, part in value.items())
    if kind in (list, tuple):
        return (list, *(frozen(part) for part in value))
    if issubclass(kind, Undefined):
        return Undefined
    raise _Other


remembered = Remembered()


class RememberingContext(Context):
    """Jinja's context, through which every call of a template goes."""

    def call(self, callee: Any, /, *args: Any, **kwargs: Any) -> Any:
        """Call something from a template: the official macros with one parameter by what is remembered."""
        if type(callee) is Macro and len(args) == 1 and kwargs.keys() <= _OF_JINJA:
            return remembered.call(
                callee, args[0], lambda params: super(RememberingContext, self).call(callee, params)
            )
        return super().call(callee, *args, **kwargs)
