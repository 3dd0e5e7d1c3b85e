"""What the operators' pages say to type is there to be typed, and what they point to exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class
from prometheus_client.parser import text_string_to_metric_families

from config import metrics

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["running.md", "runbook.md", "upgrading.md"]
CHAPTERS = 10


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_there_with_its_options(page):
    text = (ROOT / "docs" / page).read_text()
    called = re.findall(r"manage\.py ([a-z_]+)((?: --[a-z-]+)*)", text)
    known = get_commands()

    assert called
    assert {name for name, _ in called} - set(known) == set()
    for name, options in called:
        app = known[name]
        command = load_command_class(app, name) if isinstance(app, str) else app
        parser = command.create_parser("manage.py", name)
        assert set(options.split()) - set(parser._option_string_actions) == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_make_target_is_there(page):
    asked = set(re.findall(r"(?:`|^)make ([a-z-]+)", (ROOT / "docs" / page).read_text(), re.MULTILINE))
    there = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))

    assert asked - there == set()


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    folder = ROOT / "docs"
    for target, _, part in (
        found.partition("#") for found in re.findall(r"\]\(([^)\s]+)\)", (folder / page).read_text())
    ):
        if "://" in target:
            continue
        assert (folder / target).exists()
        titles = re.findall(r"^#+ (.+)$", (folder / target).read_text(), re.MULTILINE)
        anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
        assert not part or part in anchors


def test_the_run_book_has_its_chapters_each_with_a_command():
    chapters = re.split(r"^## \d+\. ", (ROOT / "docs" / "runbook.md").read_text(), flags=re.MULTILINE)[1:]

    assert len(chapters) == CHAPTERS
    assert [one.split("\n")[0] for one in chapters if "**Shows:**" not in one] == []
    assert [one.split("\n")[0] for one in chapters if "manage.py" not in one] == []


@pytest.mark.django_db
def test_every_figure_that_an_alarm_watches_is_there(settings):
    from django.utils import timezone

    from programmes.domain import jobs

    settings.METRICS_TOKEN = "x"
    jobs.ended("a.b", now=timezone.now(), seconds=1, failed=False)
    metrics.note_request(view="home", method="GET", status=200, seconds=0.1)
    named = set(re.findall(r"cascade_[a-z_]+", (ROOT / "docs" / "running.md").read_text()))

    families = text_string_to_metric_families(metrics.page().decode())
    there = {sample.name for family in families for sample in family.samples}

    assert named - {"cascade_headers"} - there == set()
    assert len(named) > 7
