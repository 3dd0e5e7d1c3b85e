"""The register of facilitators, at one moment: a person is one entry, and pauses are counted together."""

import datetime
from functools import partial

import pytest

from facilitators.domain.people import pauses, register, trained_earlier
from facilitators.models import Facilitator, Pause, Training
from programmes.domain import importing
from programmes.models import ImportFile, Message
from tests import factories, invariants, scenarios
from tests.cohorts.seats import programme_with
from tests.concurrency.crowd import at_once
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

DAY = datetime.timedelta(days=1)


def test_who_completes_two_programmes_at_once_is_one_entry():
    attended = [
        scenarios.attended(programme_with(), name="Sam Smith", email="sam@example.org") for _ in range(2)
    ]

    at_once(
        [
            partial(
                scenarios.completion.complete,
                one.pk,
                answers={},
                undertakings=[],
                name="Sam Smith",
                now=one.state_since,
            )
            for one in attended
        ]
    )

    assert Facilitator.objects.count() == 1
    assert Training.objects.count() == 2
    assert Message.objects.filter(event="facilitator_registered").count() == 2
    assert invariants.broken() == []


def test_of_two_pauses_at_once_that_are_too_long_together_one_is_made():
    training = factories.TrainingFactory()
    first = NOW.date()

    outcomes = at_once(
        [
            partial(
                pauses.pause,
                training.pk,
                from_on=first + start * DAY,
                until_on=first + (start + 119) * DAY,
                reason="Away",
                user=None,
                now=NOW,
            )
            for start in (0, 120)
        ]
    )

    assert len(outcomes) == 2
    assert Pause.objects.count() == 1


def test_of_two_imports_of_one_list_at_once_one_is_done():
    programme = factories.ProgrammeFactory(code="LSC")
    lines = [f"Person {number},person{number}@example.org,LSC,2024-11-02" for number in range(5)]
    content = "\n".join(["name,email,programme,trained_on", *lines]).encode()
    calls = []
    for _ in range(2):
        user = scenarios.reviewer_of(programme)
        row = importing.keep_file(
            ImportFile.Kind.FACILITATORS, name="list.csv", content=content, user=user, now=NOW
        )
        previewed = importing.fingerprint(trained_earlier.plan(row, user=user, now=NOW))
        calls.append(
            partial(
                trained_earlier.import_trained, row.pk, previewed=previewed, write=True, user=user, now=NOW
            )
        )

    at_once(calls)

    assert (Facilitator.objects.count(), Training.objects.count()) == (5, 5)
    assert Message.objects.filter(event="facilitator_trained_earlier").count() == 5
    assert ImportFile.objects.exclude(applied_at=None).count() == 1


def test_two_who_put_the_same_person_in_at_once_make_one_entry():
    programmes = [factories.ProgrammeFactory() for _ in range(2)]
    whom = register.Trained("Sam", "sam@example.org", NOW.date())

    at_once(
        [
            partial(
                register.register_earlier,
                programme,
                whom,
                write=False,
                user=scenarios.reviewer_of(programme),
                now=NOW,
            )
            for programme in programmes
        ]
    )

    assert (Facilitator.objects.count(), Training.objects.count()) == (1, 2)
