"""Holds are put and lifted by administrators, each with a reason that is kept."""

import pytest

from programmes.domain import access
from programmes.domain.privacy import holding
from programmes.domain.refused import Refused
from programmes.models import Hold
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return factories.ProgrammeFactory()


def put(programme, **said):
    values = {"address": " Sam@Example.org ", "kind": "legal", "reason": "Claim 12"} | said
    user = values.pop("by", None) or scenarios.administrator_of(programme)
    return holding.put(academy=programme.academy, by=user, now=NOW, **values)


def test_a_hold_keeps_who_put_it_and_why(programme):
    hold = put(programme)

    assert (hold.address, hold.kind, hold.reason, hold.put_at) == (
        "sam@example.org",
        "legal",
        "Claim 12",
        NOW,
    )
    assert hold.history.get().history_user == hold.put_by
    assert str(hold) == "Hold on sam@example.org"


def test_one_address_has_one_hold_an_academy(programme):
    put(programme)
    other = factories.ProgrammeFactory()

    with pytest.raises(Refused, match="There is a hold on"):
        put(programme, address="SAM@example.org")

    assert put(other).academy == other.academy


def test_a_reason_is_needed(programme):
    with pytest.raises(Refused, match="Give a reason"):
        put(programme, reason=" ")


def test_only_an_administrator_of_the_academy_puts_and_lifts(programme):
    reviewer, hold = scenarios.reviewer_of(programme), put(programme)

    with pytest.raises(access.NotAllowed, match="can put and lift holds"):
        put(programme, by=reviewer)
    with pytest.raises(access.NotAllowed, match="can put and lift holds"):
        holding.lift(hold.pk, reason="Settled", by=reviewer, now=NOW)

    assert Hold.objects.standing().count() == 1


def test_lifted_once_with_a_reason(programme):
    hold, user = put(programme), scenarios.administrator_of(programme)

    with pytest.raises(Refused, match="Say why"):
        holding.lift(hold.pk, reason=" ", by=user, now=NOW)
    lifted = holding.lift(hold.pk, reason="Settled", by=user, now=NOW)
    with pytest.raises(Refused, match="lifted already"):
        holding.lift(hold.pk, reason="Settled", by=user, now=NOW)

    assert (lifted.lifted_by, lifted.lifted_at, lifted.lifted_reason) == (user, NOW, "Settled")
    assert not Hold.objects.standing().exists()
