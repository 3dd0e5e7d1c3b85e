"""From the bytes of a YAML file to nodes that know their line; nothing is interpreted here.

Only plain YAML is taken: mappings, lists and texts. Anchors and aliases could make a small file enormous, and
tags could name anything, so both are refused; what ``yes``, ``012`` or ``2023-05-09`` mean is decided by the
key they stand under, never by YAML.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from programmes.domain.programme_file.faults import Fault, Spot

LARGEST_FILE = 1024 * 1024
DEEPEST_NESTING = 20
_SEE_EXAMPLE = "See the example in docs/programme-file.md."


def read_file(path: Path, faults: list[Fault]) -> tuple[yaml.Node, Spot] | None:
    """The outermost node of a file and its place; None with the faults gathered where it cannot be read."""
    name = str(path)
    text = _read_text(path, name, faults)
    return None if text is None else read_text(text, name, faults)


def read_text(text: str, name: str, faults: list[Fault]) -> tuple[yaml.Node, Spot] | None:
    """The same of the text of a file called ``name``."""
    try:
        refused = list(_refused_constructs(text, name))
        node = None if refused else yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        faults.append(_syntax_fault(error, text, name))
        return None
    if refused:
        faults.extend(refused)
        return None
    if node is None:
        faults.append(Fault(name, None, "", "The file is empty.", _SEE_EXAMPLE))
        return None
    return node, Spot(name, "", node.start_mark.line + 1, faults)


def _read_text(path: Path, name: str, faults: list[Fault]) -> str | None:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        faults.append(Fault(name, None, "", f"Cannot be read: {error.strerror}.", "Check the name."))
        return None
    if len(content) > LARGEST_FILE:
        faults.append(Fault(name, None, "", "The file is larger than 1 MB.", "A programme needs far less."))
        return None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.append(Fault(name, line, "", "A character is not in UTF-8.", "Save the file as UTF-8."))
        return None


def _refused_constructs(text: str, name: str) -> Iterator[Fault]:
    depth = documents = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else None
        if anchor := getattr(event, "anchor", None):
            wrong = f"“{anchor}” is an anchor or alias (& or *)."
            yield Fault(name, line, "", wrong, "Write the text out in full.")
        if tag := getattr(event, "tag", None):
            yield Fault(name, line, "", f"“{tag}” is a tag (!).", "Leave the tag out.")
        documents += isinstance(event, yaml.DocumentStartEvent)
        if documents > 1:
            yield Fault(name, line, "", "A second document begins here (---).", "Give it its own file.")
            return
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST_NESTING:
            yield Fault(name, line, "", "Lists and keys are nested too deeply.", _SEE_EXAMPLE)
            return


def _syntax_fault(error: yaml.YAMLError, text: str, name: str) -> Fault:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return Fault(
            name,
            error.problem_mark.line + 1,
            "",
            f"This is not YAML: {error.problem}.",
            "Check the indenting (spaces, no tabs); a text that holds “: ” or “ #”, or begins with a sign, "
            "needs double quotes.",
        )
    line = text.count("\n", 0, getattr(error, "position", 0)) + 1
    return Fault(name, line, "", "A character here cannot be shown.", "Delete it and type it again.")
