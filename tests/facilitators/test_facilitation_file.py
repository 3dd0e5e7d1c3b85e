"""How facilitators work, in a programme's file."""

import pytest

from facilitators.domain.people import standing
from facilitators.models import Facilitation, Training
from programmes.domain import catalogue
from programmes.models import Programme
from tests import factories
from tests.programme_files import DOCS, example, faults_of, written

pytestmark = pytest.mark.django_db


def part() -> str:
    """The part of the docs' example that says how facilitators work."""
    return "facilitation:\n" + DOCS.read_text().split("```yaml\nfacilitation:\n")[1].split("```")[0]


def test_it_is_stored_updated_left_and_removed(tmp_path):
    made = catalogue.load([written(tmp_path, example() + part())]).lines[-1]
    stored = Facilitation.objects.values().get()
    left = catalogue.load([written(tmp_path, example() + part())]).lines[-1]
    changed = part().replace("lapses_after_months: 12", "lapses_after_months: 6")
    updated = catalogue.load([written(tmp_path, example() + changed)]).lines[-1]
    removed = catalogue.load([written(tmp_path, example())]).lines[-1]

    assert (stored["circles"], stored["circle_minimum"], stored["circle_maximum"]) == (True, 6, 20)
    assert (stored["deliveries_until_active"], stored["lapses_after_months"]) == (2, 12)
    assert [line.strip() for line in (made, left, updated, removed)] == [
        "facilitation: 1 made",
        "facilitation: 1 as before",
        "facilitation: 1 updated",
        "facilitation: 1 removed",
    ]
    assert Facilitation.objects.count() == 0


def test_a_changed_rule_holds_for_those_trained_already(tmp_path):
    catalogue.load([written(tmp_path, example() + part())])
    training = factories.TrainingFactory(programme=Programme.objects.get())
    standing.recount([training.pk])

    catalogue.load([written(tmp_path, example() + part().replace("months: 12", "months: 6"))])

    assert str(Training.objects.get().lapses_on) == "2027-04-06"


def test_it_is_written_and_read_back_as_it_is(tmp_path):
    catalogue.load([written(tmp_path, example() + part())])

    text = catalogue.dump(Programme.objects.get())

    assert f"\n{part().strip()}\n" in text


def test_the_defaults_are_written_as_such(tmp_path):
    catalogue.load([written(tmp_path, example() + "facilitation: {}\n")])

    text = catalogue.dump(Programme.objects.get())

    assert "\nfacilitation: {}\n" in text


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("  circle_minimum: 21\n", "21 is above “circle_maximum”, 20."),
        ("  facilitators_at_least: 3\n", "3 is above “facilitators_at_most”, 2."),
    ],
)
def test_numbers_out_of_order_are_refused(tmp_path, line, fault):
    faults = faults_of([written(tmp_path, example() + part() + line)])

    assert fault in str(faults)
