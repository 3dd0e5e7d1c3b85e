"""Two workers make anonymous at one moment, and a person is erased by two administrators: each record goes once."""

import datetime
from functools import partial

import pytest

from applications.models import Application
from programmes.domain.privacy import erasing, reporting
from programmes.domain.refused import Refused
from programmes.models import Message, NominationAllowance, PrivacyAct, RetentionReport
from tests import factories
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
LATER = NOW + datetime.timedelta(days=3000)
PEOPLE = 12


@pytest.fixture
def programme():
    """With people whose time is over, and each of whom is named beside another in a text."""
    made = factories.ProgrammeFactory(limited=True)
    for number in range(PEOPLE):
        factories.ApplicationFactory(
            programme=made,
            state="withdrawn",
            state_since=NOW,
            submitted_at=NOW,
            name=f"Person Number{number}",
            email=f"person{number}@example.org",
        )
        other = (number + 1) % PEOPLE
        factories.NominationAllowanceFactory(
            programme=made, allowed=1, reason=f"Person Number{number}, not person{other}@example.org"
        )
    return made


def test_two_workers_take_each_record_once_and_tell_once(programme):
    outcomes = at_once([partial(reporting.run_and_tell, LATER, started_by=f"Worker {one}") for one in (1, 2)])

    gone = [sum(entry["gone"] for entry in report.counts) for report in of_kind(outcomes, RetentionReport)]
    assert (len(gone), sum(gone)) == (2, PEOPLE)
    assert not Application.objects.exclude(email__endswith="@removed.invalid").exists()
    assert set(NominationAllowance.objects.values_list("reason", flat=True)) == {"[removed], not [removed]"}
    assert Message.objects.filter(event="retention_report").count() == 1


def test_people_are_erased_side_by_side_and_each_once(programme):
    calls = [
        partial(erasing.erase, f"person{number}@example.org", reason="Asked", by="A test", now=LATER)
        for number in [*range(4), *range(4)]
    ]

    outcomes = at_once(calls)

    assert len(of_kind(outcomes, PrivacyAct)) == 4
    assert len(of_kind(outcomes, Refused)) == 4
    assert Application.objects.filter(email__endswith="@removed.invalid").count() == 4
