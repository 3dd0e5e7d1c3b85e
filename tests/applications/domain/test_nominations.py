"""How many nominations there are, who holds them, who waits for one, and who is next."""

import datetime
from itertools import permutations

import pytest
from django.db.models.signals import post_init

from applications.domain import approvals, nominations, reviews, submission
from applications.domain.actors import Actor
from applications.domain.nominations import Nominations
from applications.models import Application, State
from programmes.models import Message, NominationAllowance
from programmes.models.parts import Approver
from programmes.models.programmes import NominationScope
from tests import factories, invariants, scenarios
from tests.factories import NOW
from tests.scenarios import mails

pytestmark = pytest.mark.django_db


def limited_to(allowed, scope=NominationScope.ICS, **fields):
    return factories.ProgrammeFactory(nomination_scope=scope, nominations_allowed=allowed, **fields)


def numbers(programme):
    rows = Application.objects.filter(programme=programme).order_by("pk")
    return [(row.state, row.nomination_number) for row in rows]


def minutes(count):
    return NOW + datetime.timedelta(minutes=count)


def test_what_is_gone_cannot_be_locked():
    application = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")
    assert nominations.lock_application(application.pk) == application

    Application.objects.all().delete()

    for lock in (nominations.lock_application, nominations.lock):
        with pytest.raises(Application.DoesNotExist):
            lock(application.pk)


# Taking one.


def test_the_sixth_of_an_ics_waits_in_reserve_with_its_position_and_an_acknowledgement():
    # Source page: "An ICS can nominate up to 5 participants".
    programme, ics = (
        limited_to(5),
        factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board"),
    )

    applications = [scenarios.submitted(programme, ics=ics) for _ in range(7)]

    assert numbers(programme) == [
        *[(State.UNDER_REVIEW, number) for number in (1, 2, 3, 4, 5)],
        *[(State.RESERVE, None)] * 2,
    ]
    sixth, seventh = applications[5:]
    assert mails(sixth) == ["continue", "received_in_reserve"]
    contexts = [
        Message.objects.get(about=one.about, event="received_in_reserve").context for one in (sixth, seventh)
    ]
    assert [(one["whose"], one["position"]) for one in contexts] == [("Downs", 1), ("Downs", 2)]
    assert [nominations.position_in_reserve(one) for one in (sixth, seventh)] == [1, 2]
    assert invariants.broken() == []


def test_each_ics_has_its_own_nominations_in_each_programme():
    programme, other = limited_to(1), limited_to(1)
    one, two = factories.IntegratedCareSystemFactory(), factories.IntegratedCareSystemFactory()

    taken = [scenarios.submitted(*each) for each in ((programme,), (other,))]
    places = [scenarios.submitted(where, ics=ics) for where in (programme, other) for ics in (one, two)]

    assert [one.nomination_number for one in taken + places] == [1] * 6


def test_a_region_shares_its_nominations_among_its_systems():
    programme = limited_to(1, NominationScope.REGION)
    midlands = factories.RegionFactory(ods_code="Y60", name="Midlands")

    first, second = (scenarios.submitted(programme) for _ in range(2))
    elsewhere = scenarios.submitted(programme, ics=factories.IntegratedCareSystemFactory(region=midlands))

    assert [one.state for one in (first, second, elsewhere)] == ["under_review", "reserve", "under_review"]
    assert [str(one) for one in NominationAllowance.objects.all()] == [
        f"South East ({programme})",
        f"Midlands ({programme})",
    ]


def test_an_organisation_counts_by_the_list_or_by_what_was_typed_however_it_is_cased():
    programme = limited_to(1, NominationScope.ORGANISATION)
    trust = factories.OrganisationFactory(name="Downs Trust")

    def apply(organisation, typed=""):
        application = scenarios.filled_in(programme)
        Application.objects.filter(pk=application.pk).update(
            organisation=organisation, organisation_name=typed
        )
        return submission.submit(application.pk, now=NOW)

    listed = [apply(trust), apply(trust)]
    typed = [apply(None, "Weald Hospice"), apply(None, " weald HOSPICE")]

    assert [one.state for one in listed + typed] == ["under_review", "reserve"] * 2
    assert [one.nomination_key for one in listed] == [f"organisation:{trust.pk}"] * 2
    whose = (
        Message.objects.filter(event="received_in_reserve")
        .order_by("pk")
        .values_list("context__whose", flat=True)
    )
    assert list(whose) == ["Downs Trust", "weald hospice"]


def test_without_a_limit_nothing_is_counted():
    application = scenarios.submitted(factories.ProgrammeFactory())

    assert nominations.key_for(application) == ""
    assert not NominationAllowance.objects.exists()


@pytest.mark.parametrize("scope", [NominationScope.ICS, NominationScope.REGION, NominationScope.ORGANISATION])
def test_a_draft_that_says_nothing_yet_counts_against_nobody(scope):
    application = factories.ApplicationFactory(programme=limited_to(5, scope))

    scenarios.withdrawn(application)

    assert nominations.key_for(application) == ""
    assert not NominationAllowance.objects.exists()


@pytest.mark.parametrize(
    ("taken", "limit", "free"),
    [
        (set(), 5, 1),
        ({1, 2, 4}, 5, 3),
        ({1, 2, 3, 4, 5}, 5, None),
        ({1, 2, 3}, None, 4),
        (set(), 0, None),
        # Numbers above a limit that staff had raised for a while, and lowered again.
        ({1, 6}, 5, 2),
        ({1, 2, 3, 4, 6}, 5, None),
    ],
)
def test_lowest_free_is_the_first_gap_within_the_limit(taken, limit, free):
    assert nominations.lowest_free(taken, limit) == free


# Freeing one.


def test_a_freed_number_goes_to_the_longest_waiting_who_is_told_what_comes_next():
    programme, ics = (
        limited_to(2),
        factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board"),
    )
    first, _, third, fourth = (scenarios.submitted(programme, ics=ics, now=minutes(n)) for n in range(4))

    scenarios.withdrawn(first, now=minutes(10))

    assert numbers(programme) == [
        (State.WITHDRAWN, None),
        (State.UNDER_REVIEW, 2),
        (State.UNDER_REVIEW, 1),
        (State.RESERVE, None),
    ]
    third.refresh_from_db()
    fourth.refresh_from_db()
    assert (third.reserve_since, nominations.position_in_reserve(fourth)) == (None, 1)
    assert mails(third) == ["continue", "received_in_reserve", "moved_up"]
    assert Message.objects.get(about=third.about, event="moved_up").context == {
        "applicant": "Sam Applicant",
        "reference": third.reference,
        "whose": "Downs",
        "next": "The academy will now review it.",
    }
    change = third.changes.last()
    assert (change.action, change.actor, change.at) == ("move_up", "The portal", minutes(10))
    assert invariants.broken() == []


def test_moving_up_goes_to_the_approvers_first_where_they_have_not_all_answered():
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    factories.ApprovalStepFactory(programme=programme)
    first, answered, waiting = (scenarios.submitted(programme, ics=ics, now=minutes(n)) for n in range(3))
    approvals.support(answered.approvals.get().pk, name="Morgan", now=minutes(3))

    scenarios.withdrawn(first, now=minutes(4))
    assert numbers(programme)[1:] == [(State.UNDER_REVIEW, 1), (State.RESERVE, None)]

    scenarios.withdrawn(answered, now=minutes(5))
    assert numbers(programme)[1:] == [(State.WITHDRAWN, None), (State.AWAITING_APPROVAL, 1)]
    assert Message.objects.get(about=waiting.about, event="moved_up").context["next"] == (
        "We are waiting for the people you named to approve it."
    )
    assert invariants.broken() == []


def test_leaving_the_reserve_moves_everyone_behind_one_place_up():
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    _, second, third = (scenarios.submitted(programme, ics=ics, now=minutes(n)) for n in range(3))

    scenarios.withdrawn(second)

    third.refresh_from_db()
    assert (third.state, nominations.position_in_reserve(third)) == (State.RESERVE, 1)


@pytest.mark.parametrize("order", list(permutations((0, 1, 2))))
def test_the_reserve_is_in_the_order_of_the_lock_even_where_clocks_or_requests_disagree(order):
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    scenarios.submitted(programme, ics=ics)

    waiting = [scenarios.submitted(programme, ics=ics, now=minutes(when)) for when in order]

    told = [
        Message.objects.get(about=one.about, event="received_in_reserve").context["position"]
        for one in waiting
    ]
    assert told == [1, 2, 3]
    assert [nominations.position_in_reserve(one) for one in waiting] == [1, 2, 3]


def test_who_joins_the_reserve_has_nobody_read_who_waits_there_already():
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    made = []

    def made_by_one_more():
        made.clear()
        scenarios.submitted(programme, ics=ics)
        return len(made)

    def note(**_):
        made.append(1)

    scenarios.submitted(programme, ics=ics)  # It has the nomination, and the next waits.
    scenarios.submitted(programme, ics=ics)
    post_init.connect(note, sender=Application)
    try:
        with_one_waiting = made_by_one_more()
        for _ in range(5):
            with_more_waiting = made_by_one_more()
    finally:
        post_init.disconnect(note, sender=Application)

    assert with_more_waiting == with_one_waiting > 0


def test_position_in_reserve_at_one_moment_is_by_who_was_first_in_the_table():
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    _, second, third = (scenarios.submitted(programme, ics=ics) for _ in range(3))
    Application.objects.filter(pk__in=[second.pk, third.pk]).update(reserve_since=NOW)
    second.refresh_from_db()
    third.refresh_from_db()

    assert [nominations.position_in_reserve(one) for one in (second, third)] == [1, 2]


# Confirmed by a nominator: it counts from the nominator's yes (domain.md, note 1).


def confirmed_by_nominator(allowed=1, *, manager_too=False):
    programme = limited_to(allowed)
    factories.ApprovalStepFactory(programme=programme, nominator=True)
    if manager_too:
        factories.ApprovalStepFactory(programme=programme)
    return programme


def test_a_nomination_that_a_nominator_confirms_is_not_taken_before():
    programme, ics = confirmed_by_nominator(), factories.IntegratedCareSystemFactory()

    for _ in range(2):
        scenarios.submitted(programme, ics=ics)

    assert numbers(programme) == [(State.AWAITING_APPROVAL, None)] * 2
    assert nominations.of_programme(programme)[f"ics:{ics.code}"] == Nominations(ics.short_name, 1, 0, 0)


def test_the_nominators_yes_takes_the_nomination_and_when_used_up_puts_into_reserve():
    programme, ics = confirmed_by_nominator(), factories.IntegratedCareSystemFactory()
    late, early, next_one = (scenarios.submitted(programme, ics=ics) for _ in range(3))

    for one in (early, late, next_one):
        approvals.support(one.approvals.get().pk, name="Nora", now=NOW)

    assert numbers(programme) == [(State.RESERVE, None), (State.UNDER_REVIEW, 1), (State.RESERVE, None)]
    assert mails(early) == ["continue", "received", "approval_request", "approvals_complete"]
    assert mails(late) == ["continue", "received", "approval_request", "in_reserve"]
    context = Message.objects.get(about=next_one.about, event="in_reserve").context
    assert (context["whose"], context["position"]) == (ics.short_name, 2)

    scenarios.withdrawn(early)
    assert numbers(programme) == [(State.UNDER_REVIEW, 1), (State.WITHDRAWN, None), (State.RESERVE, None)]
    assert invariants.broken() == []


def test_the_nominators_yes_before_the_line_managers_holds_the_nomination_and_goes_on_waiting():
    programme = confirmed_by_nominator(manager_too=True)
    application = scenarios.submitted(programme)
    nominator, manager = application.approvals.all()

    approvals.support(nominator.pk, name="Nora", now=NOW)
    assert numbers(programme) == [(State.AWAITING_APPROVAL, 1)]

    approvals.support(manager.pk, name="Morgan", now=NOW)
    assert numbers(programme) == [(State.UNDER_REVIEW, 1)]


def test_the_line_managers_yes_before_the_nominators_takes_nothing():
    programme = confirmed_by_nominator(manager_too=True)
    application = scenarios.submitted(programme)

    approvals.support(application.approvals.get(approver=Approver.LINE_MANAGER).pk, name="Morgan", now=NOW)

    assert numbers(programme) == [(State.AWAITING_APPROVAL, None)]


def test_a_nominators_yes_that_finds_none_left_waits_in_reserve_and_for_the_line_manager():
    programme, ics = confirmed_by_nominator(manager_too=True), factories.IntegratedCareSystemFactory()
    first, second = (scenarios.submitted(programme, ics=ics) for _ in range(2))
    for one in (first, second):
        approvals.support(one.approvals.get(approver=Approver.NOMINATOR).pk, name="Nora", now=NOW)
    assert numbers(programme) == [(State.AWAITING_APPROVAL, 1), (State.RESERVE, None)]

    scenarios.withdrawn(first)
    assert numbers(programme)[1:] == [(State.AWAITING_APPROVAL, 1)]
    assert invariants.broken() == []


def test_a_declared_nomination_counts_from_submission():
    programme = limited_to(1)
    factories.ApprovalStepFactory(programme=programme, nominator=True, declared=True)

    scenarios.submitted(programme)

    assert not nominations.confirmed_by_nominator(programme)
    assert numbers(programme) == [(State.UNDER_REVIEW, 1)]


def test_staff_turning_one_down_moves_the_next_up():
    programme, ics = limited_to(1), factories.IntegratedCareSystemFactory()
    first, second = (scenarios.submitted(programme, ics=ics, now=minutes(n)) for n in range(2))

    reviews.turn_down(first.pk, user=scenarios.reviewer_of(programme), reason="Not yet", now=minutes(2))

    second.refresh_from_db()
    assert (second.state, second.nomination_number) == (State.UNDER_REVIEW, 1)
    assert second.changes.last().actor == Actor.clock().name
