"""Other numbers than the programme's, for one ICS or for all; and what is shown of them."""

import datetime

import pytest

from applications.domain import nominations
from applications.domain.nominations import Nominations
from applications.models import Application, State
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


def limited_to(allowed, scope=NominationScope.ICS, **fields):
    return factories.ProgrammeFactory(nomination_scope=scope, nominations_allowed=allowed, **fields)


def numbers(programme):
    rows = Application.objects.filter(programme=programme).order_by("pk")
    return [(row.state, row.nomination_number) for row in rows]


def minutes(count):
    return NOW + datetime.timedelta(minutes=count)


# Another number for one ICS.


def used_up(programme, count):
    ics = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    for minute in range(count):
        scenarios.submitted(programme, ics=ics, now=minutes(minute))
    return programme.allowances.get(ics=ics)


def test_set_allowance_raises_the_limit_moves_up_and_keeps_who_and_why():
    programme = limited_to(1)
    allowance = used_up(programme, 3)
    user = scenarios.administrator_of(programme)

    moved = nominations.set_allowance(allowance, 2, user=user, reason=" Large ICS ", now=minutes(9))

    assert numbers(programme) == [(State.UNDER_REVIEW, 1), (State.UNDER_REVIEW, 2), (State.RESERVE, None)]
    assert [one.nomination_number for one in moved] == [2]
    allowance.refresh_from_db()
    assert (allowance.allowed, allowance.limit, allowance.reason) == (2, 2, "Large ICS")
    record = allowance.history.first()
    assert (record.history_user, record.reason, record.allowed) == (user, "Large ICS", 2)
    assert invariants.broken() == []


def test_set_allowance_below_what_is_used_is_refused_naming_the_number():
    programme = limited_to(5)
    allowance = used_up(programme, 3)
    user = scenarios.administrator_of(programme)

    with pytest.raises(nominations.AllowanceTooLow) as refused:
        nominations.set_allowance(allowance, 2, user=user, reason="Fewer", now=NOW)

    assert refused.value.sentence == "Downs already has 3 nominations: the number allowed cannot be 2."
    assert nominations.set_allowance(allowance, 3, user=user, reason="Fewer", now=NOW) == []


def test_set_allowance_needs_a_reason_and_an_administrator_of_the_academy():
    programme = limited_to(1)
    allowance = used_up(programme, 1)
    strangers = scenarios.administrator_of(factories.ProgrammeFactory()), scenarios.reviewer_of(programme)

    for user in strangers:
        with pytest.raises(NotAllowed):
            nominations.set_allowance(allowance, 2, user=user, reason="More", now=NOW)
    with pytest.raises(Refused) as refused:
        nominations.set_allowance(
            allowance, 2, user=scenarios.administrator_of(programme), reason="  ", now=NOW
        )

    assert refused.value.sentence == "Give a reason: it is kept with your name."
    allowance.refresh_from_db()
    assert allowance.allowed is None


# Another number for all.


def test_apply_limit_after_a_programmes_number_was_raised_moves_up_in_every_ics():
    programme = limited_to(1)
    used_up(programme, 3)
    used_up_elsewhere = factories.IntegratedCareSystemFactory()
    for minute in range(2):
        scenarios.submitted(programme, ics=used_up_elsewhere, now=minutes(minute))
    programme.nominations_allowed = 2
    programme.save()

    moved = nominations.apply_limit(programme.pk, now=minutes(9))

    assert len(moved) == 2
    assert [state for state, _ in numbers(programme)].count(State.RESERVE) == 1
    assert invariants.broken() == []


def test_require_limit_refuses_a_number_below_what_any_ics_uses_unless_it_has_its_own():
    programme = limited_to(5)
    allowance = used_up(programme, 3)
    scope = NominationScope.ICS

    with pytest.raises(nominations.AllowanceTooLow) as refused:
        nominations.require_limit(programme, scope=scope, allowed=2)
    assert refused.value.sentence == "Downs already has 3 nominations: the number allowed cannot be 2."

    nominations.require_limit(programme, scope=scope, allowed=3)
    user = scenarios.administrator_of(programme)
    nominations.set_allowance(allowance, 4, user=user, reason="Large", now=NOW)
    nominations.require_limit(programme, scope=scope, allowed=2)


def test_require_limit_refuses_to_count_otherwise_once_something_is_counted():
    programme = limited_to(5)
    nominations.require_limit(programme, scope=NominationScope.NONE, allowed=None)
    used_up(programme, 1)

    with pytest.raises(nominations.AllowanceTooLow) as refused:
        nominations.require_limit(programme, scope=NominationScope.REGION, allowed=5)

    assert refused.value.sentence == (
        "Applications are counted already by “each ics”: whose nominations are counted together cannot change any more."
    )


# What is shown.


@pytest.mark.parametrize("systems", [1, 3])
def test_of_programme_counts_in_two_queries_however_many_there_are(systems, django_assert_num_queries):
    programme = limited_to(1)
    for _ in range(systems):
        used_up(programme, 2)
    scenarios.withdrawn(scenarios.submitted(programme))

    with django_assert_num_queries(2):
        found = nominations.of_programme(programme)

    standing = [(one.whose, one.allowed, one.used, one.reserve, one.left) for one in found.values()]
    assert standing[:-1] == [("Downs", 1, 1, 1, 0)] * systems
    assert standing[-1][1:] == (1, 0, 0, 1)


def test_of_programme_has_no_number_left_to_name_without_a_limit():
    assert Nominations("Downs", None, 3, 0).left is None
    assert nominations.of_programme(factories.ProgrammeFactory()) == {}


@pytest.mark.parametrize("systems", [1, 3])
def test_of_everyone_names_every_ics_by_name_used_or_not(systems, django_assert_num_queries):
    programme = limited_to(2)
    for number in range(systems):
        factories.IntegratedCareSystemFactory(name=f"NHS Weald {number} Integrated Care Board")
    gone = factories.IntegratedCareSystemFactory(valid_to=NOW.date() - datetime.timedelta(days=1))
    used_up(programme, 3)

    with django_assert_num_queries(4):
        found = nominations.of_everyone(programme, day=NOW.date())

    assert found == [
        Nominations("Downs", 2, 2, 1),
        *[Nominations(f"Weald {number}", 2, 0, 0) for number in range(systems)],
    ]
    assert gone.short_name not in [one.whose for one in found]


def test_of_everyone_names_regions_where_regions_nominate():
    programme = limited_to(2, NominationScope.REGION)
    application = scenarios.submitted(programme)
    factories.IntegratedCareSystemFactory()

    found = nominations.of_everyone(programme, day=NOW.date())

    assert found == [Nominations(application.ics.region.name, 2, 1, 0)]


@pytest.mark.parametrize("scope", [NominationScope.NONE, NominationScope.ORGANISATION])
def test_of_everyone_is_empty_where_there_is_no_complete_list(scope):
    allowed = None if scope == NominationScope.NONE else 5

    assert nominations.of_everyone(limited_to(allowed, scope), day=NOW.date()) == []
