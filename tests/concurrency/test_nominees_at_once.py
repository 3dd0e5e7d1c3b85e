"""Lists of those named that come in at one moment, and people who apply then: each is there once, and told once."""

from functools import partial

import pytest

from applications.domain import nomination_import, submission
from applications.models import Application, Nominee
from programmes.domain import importing
from programmes.domain.importing import ChangedMeanwhile
from programmes.models import ImportFile, Message
from tests import factories, invariants, scenarios
from tests.concurrency.crowd import at_once, of_kind
from tests.factories import NOW

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PEOPLE = 10


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(limited=True)


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory(code="QKS")


def address(number):
    return f"person{number}@example.org"


def imports(programme, times):
    """The same file, sent and previewed several times, and each time about to be confirmed."""
    lines = [f"QKS,Person {number},{address(number)},{number + 1}" for number in range(PEOPLE)]
    content = "\n".join(["ics,name,email,rank", *lines]).encode()
    calls = []
    for _ in range(times):
        user = scenarios.reviewer_of(programme)
        kind = ImportFile.Kind.NOMINEES
        row = importing.keep_file(
            kind, name="list.csv", content=content, user=user, now=NOW, programme=programme
        )
        previewed = importing.fingerprint(nomination_import.plan_nominees(row, now=NOW))
        calls.append(
            partial(
                nomination_import.import_nominees,
                row.pk,
                previewed=previewed,
                write=True,
                user=user,
                now=NOW,
            )
        )
    return calls


@pytest.mark.parametrize("board_is_there", [True, False])
def test_of_several_imports_of_one_file_at_once_one_is_done(programme, ics, board_is_there):
    if board_is_there:
        factories.NominationAllowanceFactory(programme=programme, ics=ics)

    outcomes = at_once(imports(programme, 4))

    assert (len(of_kind(outcomes, ImportFile)), len(of_kind(outcomes, ChangedMeanwhile))) == (1, 3)
    assert sorted(Nominee.objects.values_list("email", flat=True)) == sorted(map(address, range(PEOPLE)))
    assert Message.objects.filter(event="nominated").count() == PEOPLE
    assert programme.allowances.count() == 1


def test_whoever_applies_while_the_list_comes_in_is_named_with_the_application_or_the_list_is_looked_at_again(
    programme, ics
):
    factories.NominationAllowanceFactory(programme=programme, ics=ics)
    drafts = [scenarios.filled_in(programme, ics=ics, email=address(number)) for number in range(4)]

    outcomes = at_once(
        [*imports(programme, 1), *[partial(submission.submit, one.pk, now=NOW) for one in drafts]]
    )

    # Nobody stands as named and not applied who has applied.
    assert {type(error) for error in of_kind(outcomes, Exception)} <= {ChangedMeanwhile}
    applied = Application.objects.exclude(submitted_at=None).values_list("address_key", flat=True)
    assert len(applied) == 4
    assert Nominee.objects.waiting().filter(address_key__in=applied).count() == 0
    assert invariants.broken() == []
