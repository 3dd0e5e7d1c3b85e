"""The threat model names tests that there are, and says nothing of a setting that there is not."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text()


def test_every_test_that_the_threat_model_names_is_there():
    named = set(re.findall(r"`(tests/[\w/]+\.py)(?:::\w+)?`", TEXT))

    assert len(named) > 25
    assert sorted(name for name in named if not (ROOT / name).is_file()) == []


def test_every_test_named_with_its_function_is_in_its_file():
    named = set(re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT))

    missing = {(name, one) for name, one in named if f"def {one}(" not in (ROOT / name).read_text()}
    assert missing == set()
    assert len(named) > 80


def test_every_chapter_of_the_standard_has_its_lines():
    """Each line says by which test it is shown, why it does not apply, or that it is open."""
    chapters = dict(re.findall(r"^### V(\d+) [^\n]*\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL))

    assert [int(number) for number in chapters] == list(range(1, 15))
    for text in chapters.values():
        rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")][1:]
        assert len(rows) >= 3
        assert [row for row in rows if len(row) != 3] == []
        # Without a test there is a sentence that says why.
        assert [row for row in rows if row[2] == "–" and len(row[1]) < 12] == []


def test_every_test_of_security_is_named_in_it():
    ours = {f"tests/security/{path.name}" for path in (ROOT / "tests" / "security").glob("test_*.py")}

    assert sorted(name for name in ours - {"tests/security/test_document.py"} if name not in TEXT) == []


def test_every_variable_it_speaks_of_is_read_by_the_settings():
    settings = (ROOT / "config" / "settings.py").read_text()
    named = set(re.findall(r"`([A-Z]+(?:_[A-Z]+)+)", TEXT)) - {"FUZZ_EXAMPLES", "FUZZ_SEED"}

    assert sorted(name for name in named if f'"{name}"' not in settings) == []
    assert len(named) >= 8


def test_every_row_of_an_attack_names_a_test():
    rows = [line for line in TEXT.splitlines() if line.startswith("| ") and line.count("|") in (4, 5)]
    started = TEXT.index("## Emailed links"), TEXT.index("Measured on")
    of_attacks = [row for row in rows if started[0] < TEXT.index(row) < started[1]]

    assert len(of_attacks) > 25
    without = [
        row for row in of_attacks if "`tests/" not in row and not row.startswith(("| attack", "| danger"))
    ]
    assert without == []
