"""What the tests of programme files share: the example of the docs, changed in one place, and its faults."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps

from programmes.domain import catalogue
from programmes.domain.programme_file.faults import Faulty

DOCS = Path(__file__).resolve().parents[1] / "docs" / "programme-file.md"


def example() -> str:
    """The example of the docs; its first line is line 1."""
    found = re.search(r"```yaml\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert found
    return found[1]


def changed(*changes: tuple[str, str]) -> str:
    """The example with texts replaced, each of which must stand in it once."""
    text = example()
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def written(folder: Path, text: str | bytes, name: str = "file.yaml") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def faults_of(paths: Iterable[Path]) -> list[str]:
    """Every fault found when the files are loaded, as it is printed, without the folder."""
    paths = list(paths)
    with pytest.raises(Faulty) as caught:
        catalogue.load(paths)
    return [str(fault).replace(f"{paths[0].parent}/", "") for fault in caught.value.faults]


def all_rows() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, histories and links between tables included."""
    tables = apps.get_models(include_auto_created=True)
    return {model._meta.label: list(model._default_manager.order_by("pk").values()) for model in tables}
