"""The topics of a programme's file."""

import pytest

from facilitators.models import Topic
from programmes.domain import catalogue
from programmes.models import Programme
from tests import factories
from tests.programme_files import DOCS, example, written

pytestmark = pytest.mark.django_db


def part() -> str:
    """The part of the docs' example that says what circles are about."""
    return "topics:\n" + DOCS.read_text().split("```yaml\ntopics:\n")[1].split("```")[0]


def stored() -> list[tuple[str, str, str]]:
    return list(Topic.objects.values_list("key", "name", "status"))


def test_topics_are_stored_updated_and_removed(tmp_path):
    catalogue.load([written(tmp_path, example() + part())])
    before = stored()
    changed = (
        part()
        .replace("name: Burnout", "name: Burnout and fatigue")
        .replace("key: hybrid-working", "key: hybrid")
    )

    loaded = catalogue.load([written(tmp_path, example() + changed)])

    assert before == [
        ("hybrid-working", "Leading a team in hybrid working", "on_offer"),
        ("burnout", "Burnout", "in_design"),
    ]
    assert loaded.lines[-1] == "  topics: 1 made, 1 updated, 1 removed"
    assert [key for key, _, _ in stored()] == ["hybrid", "burnout"]


def test_a_topic_with_circles_stays_and_is_no_longer_offered(tmp_path):
    catalogue.load([written(tmp_path, example() + part())])
    circle = factories.CircleFactory(topic=Topic.objects.get(key="hybrid-working"))

    loaded = catalogue.load([written(tmp_path, example())])

    assert loaded.lines[-1] == "  topics: 1 removed, 1 kept"
    assert stored() == [("hybrid-working", "Leading a team in hybrid working", "retired")]
    assert circle.topic.key == "hybrid-working"


def test_the_shipped_circles_name_what_the_source_page_names():
    catalogue.load(catalogue.shipped_files())

    programme = Programme.objects.get(code="LSC")
    assert [(topic.key, topic.status) for topic in programme.topics.all()] == [
        ("burnout", "in_design"),
        ("agile-working", "in_design"),
        ("hybrid-working", "in_design"),
    ]
    assert Programme.objects.get(code="ABP").topics.count() == 0
