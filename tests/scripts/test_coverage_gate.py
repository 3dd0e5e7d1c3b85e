from typing import Any

import pytest

from scripts.coverage_gate import judge


def measured(lines: int, missing: list[int], branches: list[list[int]]) -> dict[str, Any]:
    """What slipcover says of a file of ``lines`` lines and ten branches."""
    ran = lines - len(missing) + 10 - len(branches)
    return {
        "summary": {
            "covered_lines": lines - len(missing),
            "missing_lines": len(missing),
            "covered_branches": 10 - len(branches),
            "missing_branches": len(branches),
            "percent_covered": 100 * ran / (lines + 10),
        },
        "missing_lines": missing,
        "missing_branches": branches,
    }


def test_coverage_is_enough_when_domains_are_whole_and_the_rest_nearly_so():
    report = {
        "files": {"cohorts/domain/places.py": measured(90, [], []), "config/pages.py": measured(90, [7], [])}
    }

    told, lacking = judge(report)

    assert told == [
        "cohorts/domain: 100.00 % (100 % is wanted)",
        "the whole: 99.50 % (at least 95 % is wanted)",
    ]
    assert lacking == []


def test_a_branch_not_taken_in_a_domain_is_named():
    report = {"files": {"cohorts/domain/places.py": measured(900, [12], [[12, 13], [20, -1]])}}

    _, lacking = judge(report)

    assert lacking == ["cohorts/domain/places.py lacks 12, 20->-1"]


def test_files_are_named_when_the_whole_is_below_its_bound():
    report = {"files": {"config/pages.py": measured(90, list(range(1, 15)), [])}}

    told, lacking = judge(report)

    assert told == ["the whole: 86.00 % (at least 95 % is wanted)"]
    assert lacking == ["config/pages.py lacks 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 2 more"]


@pytest.mark.parametrize("files", [{}, {"config/pages.py": measured(90, [], [])}])
def test_nothing_lacks_where_nothing_is_missing(files):
    assert judge({"files": files})[1] == []
