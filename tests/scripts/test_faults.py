from scripts import faults

LINE = {
    "fault": "Worker killed -9 three times",
    "promised": 1200,
    "arrived": 1200,
    "lost": 0,
    "twice": 0,
    "in_flight": 2,
    "seconds": 26.2,
    "note": "each in the middle of the queue",
}


def test_the_table_has_a_row_for_each_line_in_the_order_of_its_head():
    head, rule, row = faults.table([LINE]).splitlines()

    assert [cell.strip() for cell in row.strip("|").split("|")] == [
        *("Worker killed -9 three times", "1,200", "1,200", "0", "0", "2", "26.2"),
        "each in the middle of the queue",
    ]
    assert head.count("|") == rule.count("|") == row.count("|")


def test_nothing_counted_is_no_table():
    assert faults.table([]) == ""


def test_the_machine_is_named_with_its_day_and_its_commit():
    assert "commit " in faults.machine()
    assert "processor cores" in faults.machine()
