"""A proposal becomes offers and a waiting list, under the locks, and can be taken back while its mails are held."""

import datetime

import pytest

from applications.domain import reviews
from applications.domain.actors import Actor
from applications.models import State
from cohorts.domain import moving, offers, places, proposals, waiting_list
from cohorts.domain.proposals import applying
from cohorts.models import Place, Proposal, WaitingPlace
from programmes.domain.access import NotAllowed
from programmes.domain.mails import MAILS
from programmes.domain.refused import Refused
from programmes.models import Message
from programmes.models.programmes import OfferAnswer
from tests import factories, invariants, scenarios
from tests.cohorts.proposing import (
    LATER,
    MINUTE,
    cohort_of,
    mails_have_gone,
    person,
    programme_with,
    proposed,
    seats,
    states,
)
from tests.factories import NOW

pytestmark = pytest.mark.django_db
Status = Proposal.Status
APPLIED = LATER + MINUTE


@pytest.fixture(autouse=True)
def ten_minutes(settings):
    settings.DECISION_HOLD_MINUTES = 10


def crowd(programme):
    """Ann, Bob and Cat for two seats; Dan is left out by some tests; all mails have gone."""
    people = [person(programme, name, score=score) for name, score in (("Ann", 3), ("Bob", 2), ("Cat", 1))]
    mails_have_gone()
    return people


def applied(proposal, *, now=APPLIED):
    user = scenarios.reviewer_of(proposal.programme)
    return proposals.apply(proposal.pk, user=user, now=now)


def undone(proposal, *, now=APPLIED + MINUTE):
    user = scenarios.reviewer_of(proposal.programme)
    return proposals.undo(proposal.pk, user=user, now=now)


def held():
    """The mails that wait, by whom they are for."""
    rows = Message.objects.filter(status=Message.Status.QUEUED).order_by("to_name")
    return list(rows.values_list("to_name", "event"))


# Applying.
def test_apply_makes_the_offers_and_puts_the_others_on_the_waiting_list():
    programme = programme_with(1, 1)
    ann, bob, cat = crowd(programme)
    user = scenarios.reviewer_of(programme)
    proposal = proposed(programme)

    proposals.apply(proposal.pk, user=user, now=APPLIED)

    proposal.refresh_from_db()
    programme.refresh_from_db()
    assert seats(programme) == {"Ann": "date-1", "Bob": "date-2"}
    assert states(programme) == {"Ann": State.OFFERED, "Bob": State.OFFERED, "Cat": State.WAITLISTED}
    assert held() == [("Ann", "offer"), ("Bob", "offer"), ("Cat", "waitlisted")]
    assert {mail.not_before for mail in Message.objects.filter(status="queued")} == {APPLIED + 10 * MINUTE}
    assert set(Place.objects.values_list("offered_at", flat=True)) == {APPLIED}
    assert (proposal.status, proposal.applied_by, proposal.applied_at) == (Status.APPLIED, user, APPLIED)
    assert proposal.report == {
        "placed": [ann.reference, bob.reference],
        "waitlisted": [cat.reference],
        "skipped": {},
        "unsaid": {},
        "short": [],
        "offers_onward_before": False,
    }
    assert programme.offers_onward is True
    assert invariants.broken() == []


def test_apply_confirms_places_where_the_academy_decides():
    programme = programme_with(1, offer_answer=OfferAnswer.CONFIRMED_DIRECTLY)
    crowd(programme)

    applied(proposed(programme))

    assert states(programme) == {"Ann": State.CONFIRMED, "Bob": State.WAITLISTED, "Cat": State.WAITLISTED}
    assert held() == [("Ann", "confirmed"), ("Bob", "waitlisted"), ("Cat", "waitlisted")]


def test_apply_leaves_those_who_sit_who_wait_and_who_are_left_out_as_they_are():
    programme = programme_with(2)
    sits = scenarios.confirmed(programme, name="Sid")
    waits = scenarios.waitlisted(programme, name="Wyn")
    ann, bob, cat = crowd(programme)
    seat_of_sid = Place.objects.get(application=sits)
    joined = WaitingPlace.objects.get(application=waits).joined_at

    proposal = applied(proposed(programme, excluded={ann.reference: "Asked for a later year."}))

    assert states(programme) == {
        "Sid": State.CONFIRMED,
        "Wyn": State.WAITLISTED,
        "Ann": State.SHORTLISTED,
        "Bob": State.OFFERED,
        "Cat": State.WAITLISTED,
    }
    assert Place.objects.get(application=sits).pk == seat_of_sid.pk
    assert WaitingPlace.objects.get(application=waits).joined_at == joined
    assert (proposal.report["placed"], proposal.report["waitlisted"]) == ([bob.reference], [cat.reference])


def test_apply_takes_people_from_the_waiting_list_and_seats_the_pinned_in_a_date_they_did_not_name():
    programme = programme_with(1, 1)
    wyn = scenarios.waitlisted(programme, name="Wyn")
    ann = person(programme, "Ann", 1)
    mails_have_gone()

    applied(proposed(programme, pinned={ann.reference: "date-2", wyn.reference: "date-1"}))

    assert seats(programme) == {"Ann": "date-2", "Wyn": "date-1"}
    assert invariants.broken() == []


def test_apply_skips_whoever_moved_on_and_says_why():
    programme = programme_with(2, 3, 2)
    ann, bob, cat = (person(programme, name, 1, 2) for name in ("Ann", "Bob", "Cat"))
    dan, eve, fay = (person(programme, name, number) for name, number in (("Dan", 2), ("Eve", 3), ("Fay", 3)))
    mails_have_gone()
    proposal = proposed(
        programme, pinned={ann.reference: "date-1", dan.reference: "date-1", fay.reference: "date-2"}
    )
    user = scenarios.reviewer_of(programme)
    reviews.withdraw(ann.pk, actor=Actor.applicant(ann), now=APPLIED)
    # Bob has other wishes; Cat has a seat already; Date 3 is off; Fay cannot come where staff pinned her.
    one, two = cohort_of(programme, 1), cohort_of(programme, 2)
    bob.preferences.filter(cohort=one).delete()
    places.give(cat.pk, one.pk, user=user, now=APPLIED)
    programme.cohorts.filter(key="date-3").update(runs=False)
    factories.PreferenceFactory(application=fay, cohort=two, rank=None, cannot_attend_reason="On leave.")

    proposal = applied(proposal, now=APPLIED + MINUTE)

    assert proposal.report["placed"] == [dan.reference]
    assert proposal.report["skipped"] == {
        ann.reference: "Ann is “withdrawn” by now.",
        bob.reference: "Bob has changed their preferences since.",
        cat.reference: "Cat is “place offered” by now.",
        eve.reference: "Date 3 does not take place.",
        fay.reference: "Fay cannot attend Date 2: On leave.",
    }
    assert states(programme)["Eve"] == State.SHORTLISTED
    assert invariants.broken() == []


def test_apply_skips_whoever_finds_the_seat_gone_or_the_date_started():
    programme = programme_with(1, 1)
    ann, bob = person(programme, "Ann", 1), person(programme, "Bob", 2)
    late = scenarios.under_review(programme, name="Late")
    proposal = proposed(programme)
    user = scenarios.reviewer_of(programme)
    reviews.shortlist(late.pk, user=user, now=APPLIED)
    places.give(late.pk, cohort_of(programme, 1).pk, user=user, now=APPLIED)
    cohort_of(programme, 2).sessions.update(starts_at=APPLIED)

    proposal = applied(proposal)

    assert proposal.report["skipped"] == {
        ann.reference: "Date 1 is full: all 1 seats are offered or confirmed.",
        bob.reference: "Date 2 cannot take anyone any more.",
    }
    assert seats(programme) == {"Late": "date-1"}
    assert invariants.broken() == []


def test_apply_names_a_date_that_skipped_people_leave_under_its_minimum():
    programme = programme_with(3, 3, minima=[2, 0])
    ann, _ = person(programme, "Ann", 1), person(programme, "Bob", 1)
    person(programme, "Cat", 2)
    proposal = proposed(programme)
    scenarios.withdrawn(ann, now=APPLIED)

    proposal = applied(proposal)

    assert proposal.report["short"] == ["Date 1 has 1 person in it now: it needs 2."]


def test_apply_twice_is_refused_and_changes_nothing():
    programme = programme_with(1)
    crowd(programme)
    proposal = applied(proposed(programme))
    Proposal.objects.filter(pk=proposal.pk).update(applied_by=None)
    before = invariants.rows()

    with pytest.raises(Refused) as refusal:
        applied(proposal)

    assert refusal.value.sentence == "It was applied already, by somebody at 2:01pm on 5 October 2026."
    assert [invariants.rows()[name] for name in ("Place", "Message")] == [before["Place"], before["Message"]]


def test_apply_names_who_applied_it_before():
    programme = programme_with(1)
    crowd(programme)
    proposal = applied(proposed(programme))

    with pytest.raises(Refused, match=f"by {proposal.applied_by}"):
        applied(proposal)


def test_apply_refuses_a_proposal_that_another_one_overtook_and_takes_a_newer():
    programme = programme_with(1, 1)
    crowd(programme)
    older, newer = proposed(programme), proposed(programme)
    applied(newer)

    with pytest.raises(Refused) as refusal:
        applied(older)
    applied(proposed(programme, now=APPLIED + MINUTE), now=APPLIED + 2 * MINUTE)

    assert refusal.value.sentence == (
        f"Proposal {newer.pk} was applied at 2:01pm on 5 October 2026, after this one was made. "
        "Propose again, from how things stand now."
    )
    assert invariants.broken() == []


@pytest.mark.parametrize("status", [Status.WAITING, Status.FAILED, Status.CANCELLED, Status.UNDONE])
def test_apply_refuses_what_is_not_ready(status):
    programme = programme_with(1)
    crowd(programme)
    proposal = proposed(programme)
    Proposal.objects.filter(pk=proposal.pk).update(status=status)

    with pytest.raises(Refused) as refusal:
        applied(proposal)

    assert refusal.value.sentence == (
        f"This proposal is “{status.label.lower()}” and cannot be applied. Propose again."
    )


def test_apply_and_undo_need_a_reviewer_of_the_academy():
    programme = programme_with(1)
    crowd(programme)
    proposal = proposed(programme)
    somebody = scenarios.reviewer_of(factories.ProgrammeFactory())

    for verb in (proposals.apply, proposals.undo, proposals.begin_applying):
        with pytest.raises(NotAllowed):
            verb(proposal.pk, user=somebody, now=APPLIED)


@pytest.fixture
def large(monkeypatch):
    """A proposal that a worker applies."""
    programme = programme_with(1)
    crowd(programme)
    monkeypatch.setattr(applying, "AT_ONCE", 2)
    return proposed(programme)


def test_a_large_proposal_is_handed_to_a_worker_who_applies_it_for_the_person_once(large):
    user = scenarios.reviewer_of(large.programme)
    assert proposals.is_large(large)
    assert proposals.apply_handed_over(large.pk, now=APPLIED) is False
    proposals.begin_applying(large.pk, user=user, now=APPLIED)

    with pytest.raises(Refused, match="It is being applied at this moment"):
        proposals.begin_applying(large.pk, user=user, now=APPLIED + MINUTE)
    outcomes = [proposals.apply_handed_over(large.pk, now=APPLIED + MINUTE) for _ in range(2)]

    large.refresh_from_db()
    assert outcomes == [True, False]
    assert (large.status, large.applied_by, large.applied_at) == (Status.APPLIED, user, APPLIED + MINUTE)
    assert states(large.programme)["Ann"] == State.OFFERED


def test_a_worker_who_cannot_apply_hands_the_proposal_back_with_the_reason(large):
    user = scenarios.reviewer_of(large.programme)
    other = proposed(large.programme)
    proposals.begin_applying(large.pk, user=user, now=APPLIED)
    applied(other)

    assert proposals.apply_handed_over(large.pk, now=APPLIED + MINUTE) is False

    large.refresh_from_db()
    assert (large.status, large.applied_by) == (Status.READY, None)
    assert large.problem_in_words.startswith(f"Proposal {other.pk} was applied")


def test_another_worker_takes_over_what_was_not_begun(large):
    user = scenarios.reviewer_of(large.programme)
    proposals.begin_applying(large.pk, user=user, now=APPLIED)

    at_once = proposals.handed_over(now=APPLIED + MINUTE)
    later = proposals.handed_over(now=APPLIED + 2 * MINUTE)
    # Staff can press again as well, once nothing has been heard for ten minutes.
    proposals.begin_applying(large.pk, user=user, now=APPLIED + 11 * MINUTE)

    assert (at_once, later) == ([], [large.pk])
    assert applied(large, now=APPLIED + 12 * MINUTE).status == Status.APPLIED


# Undoing.
def test_undo_puts_everybody_back_and_no_mailbox_sees_anything():
    programme = programme_with(1, 1, offers_onward=False)
    wyn = scenarios.waitlisted(programme, name="Wyn")
    crowd(programme)
    waiting = list(WaitingPlace.objects.values())
    before = states(programme)
    proposal = applied(proposed(programme, pinned={wyn.reference: "date-2"}))

    proposal = undone(proposal)

    programme.refresh_from_db()
    assert states(programme) == before
    assert seats(programme) == {}
    assert list(WaitingPlace.objects.filter(application=wyn).values()) == waiting
    assert held() == []
    assert (proposal.status, proposal.undone_at) == (Status.UNDONE, APPLIED + MINUTE)
    assert sorted(proposal.report["undone"]["back"]) == sorted(
        [*proposal.report["placed"], *proposal.report["waitlisted"]]
    )
    assert proposal.report["undone"]["skipped"] == {}
    assert programme.offers_onward is False
    assert invariants.broken() == []


def test_undo_and_propose_again_places_the_same_people():
    programme = programme_with(1, 1)
    crowd(programme)
    undone(applied(proposed(programme)))

    applied(proposed(programme, now=APPLIED + 3 * MINUTE), now=APPLIED + 4 * MINUTE)

    assert seats(programme) == {"Ann": "date-1", "Bob": "date-2"}
    assert held() == [("Ann", "offer"), ("Bob", "offer"), ("Cat", "waitlisted")]
    assert invariants.broken() == []


def test_undo_keeps_offering_onward_where_it_was_on_before():
    programme = programme_with(1, offers_onward=True)
    crowd(programme)

    undone(applied(proposed(programme)))

    programme.refresh_from_db()
    assert programme.offers_onward is True


def test_undo_leaves_whoever_has_acted_or_been_told_and_names_them():
    programme = programme_with(1, 1, 1)
    ann, bob, cat = crowd(programme)
    dan = person(programme, "Dan")
    mails_have_gone()
    proposal = applied(proposed(programme))
    soon = APPLIED + MINUTE
    user = scenarios.reviewer_of(programme)
    # Ann withdraws, Bob's mail has left, Cat's offer is extended, which she is told at once.
    reviews.withdraw(ann.pk, actor=Actor.applicant(ann), now=soon)
    Message.objects.about(bob.about).filter(status="queued").update(status="sent", sent_at=NOW)
    offers.extend(cat.pk, until=soon + datetime.timedelta(days=20), user=user, now=soon)

    proposal = undone(proposal, now=soon + MINUTE)

    assert proposal.report["undone"] == {
        "back": [dan.reference],
        "skipped": {
            ann.reference: "Ann is “withdrawn” by now.",
            bob.reference: "Bob has been told by mail already.",
            cat.reference: "Cat has been told by mail already.",
        },
    }
    assert seats(programme) == {"Bob": "date-2", "Cat": "date-3"}
    assert states(programme)["Dan"] == State.SHORTLISTED
    assert invariants.broken() == []


def test_undo_leaves_whoever_was_moved_meanwhile():
    programme = programme_with(1, 1)
    ann = person(programme, "Ann")
    mails_have_gone()
    proposal = applied(proposed(programme))
    user = scenarios.reviewer_of(programme)
    moving.move(ann.pk, cohort_of(programme, 2).pk, user=user, now=APPLIED + MINUTE)

    proposal = undone(proposal, now=APPLIED + 2 * MINUTE)

    assert proposal.report["undone"]["skipped"] == {ann.reference: "Ann is “place offered” by now."}
    assert seats(programme) == {"Ann": "date-2"}


def test_undo_says_again_what_the_proposal_overtook_unread():
    programme = programme_with(1)
    person(programme, "Ann", score=2)
    wyn, bob = person(programme, "Wyn", score=1), person(programme, "Bob")
    mails_have_gone()
    Message.objects.about(bob.about).filter(event="shortlisted").update(status="queued", sent_at=None)
    early = NOW + MINUTE
    reviews.put_on_waiting_list(wyn.pk, user=scenarios.reviewer_of(programme), now=early)
    proposal = applied(proposed(programme, now=early, pinned={wyn.reference: "date-1"}), now=early + MINUTE)
    mails_while_applied = held()

    undone(proposal, now=early + 2 * MINUTE)

    assert mails_while_applied == [("Ann", "waitlisted"), ("Bob", "waitlisted"), ("Wyn", "offer")]
    assert held() == [("Bob", "shortlisted"), ("Wyn", "waitlisted")]
    assert scenarios.mails(bob)[-1] == "shortlisted"


def test_undo_is_refused_once_the_mails_have_gone():
    programme = programme_with(1)
    crowd(programme)
    proposal = applied(proposed(programme))
    before = states(programme)

    with pytest.raises(Refused) as refusal:
        undone(proposal, now=APPLIED + 10 * MINUTE)

    assert refusal.value.sentence == (
        "It could be undone until 2:11pm on 5 October 2026: the mails have gone out since. "
        "Take single places back on the pages of the applications."
    )
    assert states(programme) == before


def test_undo_is_refused_where_nothing_was_applied():
    programme = programme_with(1)
    crowd(programme)

    with pytest.raises(Refused, match="there is nothing to undo"):
        undone(proposed(programme))


def test_freed_seats_are_offered_onward_after_applying():
    programme = programme_with(1)
    ann, _, _ = crowd(programme)
    applied(proposed(programme))
    places.decline(ann.pk, now=APPLIED + MINUTE)

    offered = waiting_list.offer_freed_seats(programme.pk, now=APPLIED + 2 * MINUTE)

    assert [place.application.name for place in offered] == ["Bob"]
    assert MAILS["offer"].held is True


def test_a_date_that_a_proposal_left_empty_is_not_offered_one_seat_at_a_time():
    programme = programme_with(3, 4, minima=[3, 4])
    person(programme, "High", 1, score=9)
    for name in ("Ann", "Bob", "Cat", "Dan"):
        person(programme, name, 2)
    mails_have_gone()
    empty = cohort_of(programme, 1)
    applied(proposed(programme))

    offered = waiting_list.offer_freed_seats(programme.pk, now=APPLIED + MINUTE)
    why = waiting_list.why_nobody(empty, now=APPLIED + MINUTE)
    programme.cohorts.filter(pk=empty.pk).update(certain_at=NOW)
    once_it_runs = waiting_list.offer_freed_seats(programme.pk, now=APPLIED + MINUTE)

    assert offered == []
    assert why == "Nobody sits in it yet, and it needs 3 people: its places are given by a proposal."
    assert [place.application.name for place in once_it_runs] == ["High"]
