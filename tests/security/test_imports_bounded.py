"""Lists that come in as a file cost little memory and little time, whatever is in them."""

import time
import tracemalloc

import pytest

from programmes.domain.importing import MOST_ROWS, BadFile, lines_of
from tests.security.books import book, cell

MOST_MEGABYTES, MOST_SECONDS = 100, 30
TOO_MUCH = "The file holds more than can be read. Copy the list alone into a new file."
TOO_MANY = f"The file has more than {MOST_ROWS:,} rows. Split it into several files."
LAUGHS = "<!DOCTYPE l [<!ENTITY a 'ha'>" + "".join(
    f"<!ENTITY {chr(98 + step)} '{f'&{chr(97 + step)};' * 10}'>" for step in range(8)
)


def read(name, content):
    """Read a file; return how many lines it has, or why it has none, and its price in megabytes and seconds."""
    tracemalloc.start()
    started = time.monotonic()
    try:
        said = len(lines_of(name, content, ["name"], ["name"]))
    except BadFile as refused:
        said = refused.sentence
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return said, peak / 1024 / 1024, time.monotonic() - started


# Each of these is under 5 MB; before they were bounded the worst took 3.7 GB and a minute and a half.
BOMBS = {
    "a cell a million rows below": lambda: book(f'<row r="1048576">{cell("A1048576", "x")}</row>'),
    "a million rows": lambda: book("".join(f'<row r="{row}"/>' for row in range(2, 1_000_000))),
    "rows of five thousand columns": lambda: book(
        "".join(f'<row r="{row}">{"<c/>" * 5000}</row>' for row in range(2, 100))
    ),
    "millions of strings": lambda: book(strings="<si><t>a</t></si>" * 1_500_000),
    "a string of millions of parts": lambda: book(strings=f"<si>{'<r/>' * 4_000_000}</si>"),
    "very deep": lambda: book("<a>" * 1_000_000 + "</a>" * 1_000_000),
    "a million attributes": lambda: book("<a " + " ".join(f'a{n}=">"' for n in range(1_000_000)) + "/>"),
    "entities that grow": lambda: book(
        f'<row r="2">{cell("A2", "&i;")}</row>', before=f"<?xml version='1.0'?>{LAUGHS}]>"
    ),
    "fifty megabytes of nothing": lambda: book(" " * 51 * 1024 * 1024),
    "by another name": lambda: book("<row/>" * 1_000_000, sheet="xl/media/picture.png"),
    "hundreds of parts": lambda: book(more=500),
}


@pytest.mark.parametrize("what", BOMBS)
def test_a_workbook_that_would_grow_is_refused_in_little_memory(what):
    content = BOMBS[what]()

    said, megabytes, seconds = read("list.xlsx", content)

    assert said == TOO_MUCH
    assert len(content) < 5 * 1024 * 1024
    assert (megabytes < MOST_MEGABYTES, seconds < MOST_SECONDS) == (True, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name\n" + "x\n" * 1_000_000, TOO_MANY),
        ("name\n" + "\n" * 1_000_000 + "x\n", TOO_MANY),
        ("name\n" + "," * 4_900_000, "The file has no rows below the names of the columns."),
    ],
    ids=["a million rows", "a million empty rows", "five million columns"],
)
def test_a_csv_file_of_a_million_rows_costs_little(text, said):
    found, megabytes, seconds = read("list.csv", text.encode())

    assert found == said
    # Five million empty cells are 40 MB of addresses, twice while they grow.
    assert (megabytes < 2 * MOST_MEGABYTES, seconds < MOST_SECONDS) == (True, True)


def test_a_list_as_long_as_may_be_is_read():
    rows = "".join(f'<row r="{row}">{cell(f"A{row}", "x")}</row>' for row in range(2, MOST_ROWS + 2))
    pictures = book(rows, more=3)

    said, megabytes, _ = read("list.xlsx", pictures)

    assert said == MOST_ROWS
    assert megabytes < MOST_MEGABYTES


def test_rows_that_stand_apart_are_read_with_their_numbers():
    apart = book(f'<row r="2">{cell("A2", "x")}</row><row r="900">{cell("A900", "y")}</row>')

    found = lines_of("list.xlsx", apart, ["name"], ["name"])

    assert [(line.number, line.cells) for line in found] == [(2, {"name": "x"}), (900, {"name": "y"})]
