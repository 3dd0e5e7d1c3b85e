"""Each rule of the register, broken by hand."""

import datetime

import pytest

from facilitators.domain.people import register, standing
from facilitators.models import Facilitator, FormerEntry, Training
from programmes.models import Link
from tests import factories, invariants, scenarios
from tests.cohorts.seats import programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def completed():
    return scenarios.completed(programme_with(), name="Sam Smith")


def test_all_is_well_after_completing(completed):
    assert invariants.broken() == []


def test_whoever_has_completed_is_in_the_register(completed):
    Facilitator.objects.all().delete()
    # The link that was sent opens nothing any more, which other rules say.
    Link.objects.filter(opens=Link.Opens.FACILITATOR).delete()

    assert (
        f"{completed.reference} is completed, and the person is not in the register of facilitators."
        in " ".join(invariants.broken())
    )


def test_a_training_is_by_a_completed_application_for_its_own_programme(completed):
    other = factories.ApplicationFactory(programme=completed.programme)
    Training.objects.update(application=other)

    assert any("by an application that is not completed" in one for one in invariants.broken())


def test_everybody_in_the_register_was_trained():
    factories.FacilitatorFactory()

    assert [one.partition("is in the register")[2] for one in invariants.broken()] == [" without a training."]


@pytest.mark.parametrize(
    "wrong",
    [{"delivered": 3}, {"last_delivered_on": NOW.date()}, {"lapses_on": NOW.date()}],
    ids=["times", "last", "lapse"],
)
def test_what_is_kept_is_what_the_rows_say(completed, wrong):
    Training.objects.update(**wrong)

    broken = invariants.broken()
    standing.recount_programme(completed.programme_id)

    assert len(broken) == 1
    assert "has another number of deliveries" in broken[0]
    assert invariants.broken() == []


def test_a_link_was_sent_to_the_facilitators_address(completed):
    person = Facilitator.objects.get()
    register.link_for(person, now=NOW + datetime.timedelta(0))
    Facilitator.objects.update(email="somebody.else@example.org")

    assert any("sent to an address that is not theirs any more" in one for one in invariants.broken())


def test_the_address_of_a_joined_entry_belongs_to_nobody_else(completed):
    person = completed.training.facilitator
    other = factories.TrainingFactory().facilitator
    former = FormerEntry(facilitator=person, name="Sam", reason="One person", joined_at=NOW)
    found = []

    for email in ("former@example.org", person.email, other.email):
        former.email = email
        former.save()
        found.append(invariants.broken())

    assert found[:2] == [[], []]
    assert found[2] == [
        "address-of-a-joined-entry: has an address that belongs to another entry, which was joined with the one "
        "that had it."
    ]
