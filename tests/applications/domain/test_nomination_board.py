"""The order of an ICS's nominations, and the swap of one for another: what is possible, what is kept, what is told."""

import datetime
from itertools import permutations

import pytest

from applications.domain import (
    approvals,
    conflicts,
    nomination_board,
    nomination_leads,
    nomination_order,
    nominations,
    reviews,
)
from applications.domain.nomination_order import By, ReadOnly, Stale
from applications.models import Application, BoardEntry, State
from cohorts.domain import places
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.applications.domain.test_matrix import BROUGHT_TO
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(hours=1)
# What the ICS can still change, by the workflow's table; from then on the academy has gone on.
CAN_GO = {State.AWAITING_APPROVAL, State.UNDER_REVIEW, State.MORE_INFORMATION, State.SHORTLISTED}


def limited_to(allowed, **fields):
    return factories.ProgrammeFactory(limited=True, nominations_allowed=allowed, **fields)


def ics_of(programme, names, ics=None, *, make=scenarios.submitted):
    """People of one ICS who submitted in this order; return its allowance and the people."""
    ics = ics or factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    people = [
        make(programme, ics=ics, name=name, now=NOW + datetime.timedelta(minutes=number))
        for number, name in enumerate(names.split())
    ]
    return programme.allowances.get(ics=ics), people


def lead_of(allowance, name="Lee Lead", email="lee@example.org"):
    user = scenarios.reviewer_of(allowance.programme)
    lead = nomination_leads.invite(allowance.pk, name=name, email=email, user=user, now=NOW)
    return By.link_of(lead, name=name)


def read(allowance, now=LATER):
    return nomination_board.read(allowance.pk, now=now)


def names(allowance):
    """The names of the nominated and of the reserve, in their order."""
    board = read(allowance)
    return tuple(
        " ".join(one.application.name for one in candidates)
        for candidates in (board.nominated, board.reserve)
    )


def swap(allowance, put, take, by, **values):
    seen = values.pop("seen", None) or read(allowance).order
    return nomination_order.swap(
        allowance.pk, put=put.pk, take=take.pk, by=by, seen=seen, now=values.pop("now", LATER)
    )


def rank(allowance, by, wanted, *, seen=None, now=LATER):
    return nomination_order.rank(
        allowance.pk,
        {one.pk: place for one, place in wanted.items()},
        by=by,
        seen=seen or read(allowance).order,
        now=now,
    )


# What it shows.


def test_board_shows_the_nominated_and_the_reserve_in_the_order_in_which_they_came():
    allowance, people = ics_of(limited_to(2), "Ada Bea Cleo Dora")
    ics_of(allowance.programme, "Elsewhere", factories.IntegratedCareSystemFactory())

    board = read(allowance)

    assert names(allowance) == ("Ada Bea", "Cleo Dora")
    assert nomination_board.used_in_words(board) == "2 of 2 nominations used"
    assert [(one.place, one.stands, one.waits_on) for one in (board.nominated[0], board.reserve[1])] == [
        (1, "Being reviewed", allowance.programme.academy.name),
        (2, "In reserve", "a free nomination"),
    ]
    assert (board.confirmation, board.is_confirmed, board.notes, board.done) == (None, False, [], [])
    assert [one.application.pk for one in board.people] == [one.pk for one in people]


def test_board_says_who_an_application_waits_on():
    programme = limited_to(2)
    factories.ApprovalStepFactory(programme=programme)
    allowance, (asked, questioned) = ics_of(programme, "Ada Bea")
    approvals.support(questioned.approvals.get().pk, name="Morgan", now=NOW)
    user = scenarios.reviewer_of(programme)
    reviews.ask_for_information(questioned.pk, user=user, wanted="When?", now=NOW)

    board = read(allowance)

    assert [one.waits_on for one in board.nominated] == [
        f"{asked.approvals.get().name} (line manager)",
        "the applicant",
    ]


def test_board_tells_no_decision_that_its_applicant_has_not_been_told():
    allowance, (person, _) = ics_of(limited_to(1), "Ada Bea")
    factories.SessionFactory(cohort__programme=allowance.programme)
    user = scenarios.reviewer_of(allowance.programme)
    reviews.shortlist(person.pk, user=user, now=NOW)
    places.give(person.pk, allowance.programme.cohorts.get().pk, user=user, now=LATER)
    minutes = datetime.timedelta(minutes=1)

    held = read(allowance, LATER + 9 * minutes).nominated[0]
    told = read(allowance, LATER + 11 * minutes).nominated[0]

    assert (held.stands, held.fixed) == (
        "Suitable, waiting for a place",
        "The academy is about to write to this person.",
    )
    assert (told.stands, told.fixed) == (
        "Place offered",
        "The academy has gone on with this nomination: “place offered”.",
    )


@pytest.mark.parametrize("count", [1, 3])
def test_board_takes_the_same_queries_however_many_people(count, django_assert_num_queries):
    programme = limited_to(count)
    factories.ApprovalStepFactory(programme=programme)
    allowance, _ = ics_of(programme, " ".join(["Ada", "Bea", "Cleo", "Dora", "Ella", "Fay"][: 2 * count]))
    for number in range(count):
        nomination_order.add_note(
            allowance.pk, f"Note {number}", by=lead_of(allowance, email=f"{number}@example.org"), now=NOW
        )

    with django_assert_num_queries(6):
        read(allowance)


# Ranking.


@pytest.mark.parametrize("order", list(permutations([1, 2, 3])))
def test_numbers_for_everyone_make_that_very_order(order):
    wanted = dict(zip([11, 12, 13], order, strict=True))

    found = nomination_order.reordered([11, 12, 13], wanted)

    assert [wanted[pk] for pk in found] == [1, 2, 3]


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        ({}, [1, 2, 3, 4]),
        ({4: 1}, [4, 1, 2, 3]),
        ({1: 4}, [2, 3, 4, 1]),
        ({2: 3}, [1, 3, 2, 4]),
        # The box of everyone else still says where they stood.
        ({1: 1, 2: 2, 3: 1, 4: 4}, [3, 1, 2, 4]),
        ({1: 3, 4: 1}, [4, 2, 1, 3]),
        # Not of this list.
        ({9: 1}, [1, 2, 3, 4]),
    ],
)
def test_whoever_is_given_another_place_gets_it_and_the_others_keep_their_order(wanted, order):
    found = nomination_order.reordered([1, 2, 3, 4], wanted)

    assert found == order


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        ({1: 0}, "There is no place 0: choose a number from 1 to 3."),
        ({1: 4}, "There is no place 4: choose a number from 1 to 3."),
        ({1: 2, 3: 2}, "Two people cannot both be number 2. Give each a number of their own."),
    ],
)
def test_places_that_cannot_be_are_refused_by_number(wanted, sentence):
    with pytest.raises(Refused) as refused:
        nomination_order.reordered([1, 2, 3], wanted)

    assert refused.value.sentence == sentence


def test_a_lead_puts_both_lists_in_order_and_the_board_says_who_did():
    allowance, (_, bea, _, dora, _) = ics_of(limited_to(2), "Ada Bea Cleo Dora Ella")
    by = lead_of(allowance)

    entry = rank(allowance, by, {bea: 1, dora: 1})

    assert names(allowance) == ("Bea Ada", "Dora Cleo Ella")
    assert (entry.kind, entry.name, entry.lead, entry.at) == ("ranked", "Lee Lead", by.lead, LATER)
    assert (
        entry.text == "Bea from 2nd to 1st of those nominated and Dora from 2nd to 1st of those in reserve."
    )
    assert str(entry) == f"Order changed: {entry.text}"
    assert invariants.broken() == []


def test_an_order_that_is_the_same_is_not_noted():
    allowance, (ada, bea) = ics_of(limited_to(2), "Ada Bea")

    entry = rank(allowance, lead_of(allowance), {ada: 1, bea: 2})

    assert entry is None
    assert BoardEntry.objects.count() == 0


def test_whoever_joins_later_stands_behind_those_with_a_rank():
    allowance, (_, bea, cleo) = ics_of(limited_to(1), "Ada Bea Cleo")
    rank(allowance, lead_of(allowance), {cleo: 1})

    (dora,) = ics_of(allowance.programme, "Dora", allowance.ics)[1]

    assert names(allowance) == ("Ada", "Cleo Bea Dora")
    assert [
        nominations.position_in_reserve(Application.objects.get(pk=one.pk)) for one in (cleo, bea, dora)
    ] == [
        1,
        2,
        3,
    ]
    assert scenarios.told_positions([dora]) == [3]


def test_the_reserve_moves_up_by_rank_first_and_then_by_who_waited_longest():
    allowance, (_, bea, cleo, dora) = ics_of(limited_to(1), "Ada Bea Cleo Dora")
    rank(allowance, lead_of(allowance), {dora: 1})
    Application.objects.filter(pk__in=[bea.pk, cleo.pk]).update(nomination_rank=None)

    moved = []
    for number in range(3):
        before = Application.objects.nominated().get()
        scenarios.withdrawn(before, now=LATER + datetime.timedelta(minutes=number))
        moved.append(Application.objects.nominated().get())

    assert moved == [dora, bea, cleo]
    assert {one.nomination_rank for one in moved} == {None}
    assert scenarios.mails(dora) == ["continue", "received_in_reserve", "moved_up", "withdrawn"]
    assert invariants.broken() == []


# Swapping.


def test_a_swap_puts_one_in_reserve_and_takes_the_other_up_in_their_places():
    allowance, (ada, _, _, dora) = ics_of(limited_to(2), "Ada Bea Cleo Dora")
    by = lead_of(allowance)

    leaving, joining = swap(allowance, ada, dora, by)

    assert names(allowance) == ("Dora Bea", "Cleo Ada")
    ada.refresh_from_db()
    dora.refresh_from_db()
    assert (leaving, joining) == (ada, dora)
    assert [(one.state, one.nomination_number) for one in (ada, dora)] == [
        (State.RESERVE, None),
        (State.UNDER_REVIEW, 1),
    ]
    assert [scenarios.mails(one)[-1] for one in (ada, dora)] == ["put_in_reserve", "taken_up"]
    assert [(one.changes.last().action, one.changes.last().actor) for one in (ada, dora)] == [
        ("put_in_reserve", "Lee Lead"),
        ("take_up", "Lee Lead"),
    ]
    entry = BoardEntry.objects.get()
    assert (entry.kind, entry.text) == ("swapped", "Ada put in reserve, Dora nominated instead.")
    assert invariants.broken() == []


def test_whoever_is_put_in_reserve_is_told_the_position_they_have_then():
    allowance, (ada, _, cleo) = ics_of(limited_to(1), "Ada Bea Cleo")

    swap(allowance, ada, cleo, lead_of(allowance))

    ada.refresh_from_db()
    mail = Message.objects.get(event="put_in_reserve")
    assert (mail.context["position"], nominations.position_in_reserve(ada)) == (2, 2)
    assert mail.context["whose"] == "Downs"


def test_a_swap_made_again_the_other_way_round_is_as_before():
    allowance, (ada, _, cleo, _) = ics_of(limited_to(2), "Ada Bea Cleo Dora")
    by = lead_of(allowance)

    swap(allowance, ada, cleo, by)
    swap(allowance, cleo, ada, by)

    assert names(allowance) == ("Ada Bea", "Cleo Dora")
    assert Application.objects.get(pk=ada.pk).nomination_number == 1
    assert invariants.broken() == []


def test_a_nomination_that_waits_for_approval_goes_and_comes_with_its_approvals():
    programme = limited_to(1)
    factories.ApprovalStepFactory(programme=programme)
    allowance, (ada, bea) = ics_of(programme, "Ada Bea")
    by = lead_of(allowance)

    swap(allowance, ada, bea, by)
    approvals.support(ada.approvals.get().pk, name="Morgan", now=LATER)
    ada.refresh_from_db()
    bea.refresh_from_db()
    states = [ada.state, bea.state]
    swap(allowance, bea, ada, by, now=LATER + datetime.timedelta(hours=1))

    ada.refresh_from_db()
    assert states == [State.RESERVE, State.AWAITING_APPROVAL]
    assert ada.state == State.UNDER_REVIEW
    assert invariants.broken() == []


@pytest.mark.parametrize("state", State, ids=str)
def test_only_somebody_on_whom_the_academy_has_not_gone_on_can_be_put_in_reserve(state):
    programme = limited_to(1)
    factories.ApprovalStepFactory(programme=programme)
    factories.SessionFactory(cohort__programme=programme)
    person = BROUGHT_TO[state](programme)
    (other,) = ics_of(programme, "Other", person.ics)[1]
    allowance = programme.allowances.get(ics=person.ics)
    by = lead_of(allowance)
    before = invariants.rows()

    if state in CAN_GO:
        swap(allowance, person, other, by)

        person.refresh_from_db()
        other.refresh_from_db()
        assert (person.state, other.nomination_number) == (State.RESERVE, 1)
        assert invariants.broken() == []
    else:
        with pytest.raises(Refused):
            swap(allowance, person, other, by)
        assert invariants.rows() == before


@pytest.mark.parametrize("state", State, ids=str)
def test_only_somebody_in_reserve_can_be_taken_up(state):
    programme = limited_to(1)
    factories.ApprovalStepFactory(programme=programme)
    factories.SessionFactory(cohort__programme=programme)
    person = BROUGHT_TO[state](programme)
    ics_of(programme, "Other", person.ics)
    allowance = programme.allowances.get(ics=person.ics)
    by = lead_of(allowance)
    holder = Application.objects.nominated().get(nomination_key=allowance.key)
    before = invariants.rows()

    if state == State.RESERVE:
        swap(allowance, holder, person, by)

        person.refresh_from_db()
        assert (person.state, person.nomination_number) == (State.AWAITING_APPROVAL, 1)
    else:
        with pytest.raises(Refused):
            swap(allowance, holder, person, by)
        assert invariants.rows() == before


def test_the_refusal_of_a_swap_names_the_rule():
    programme = limited_to(1)
    factories.SessionFactory(cohort__programme=programme)
    allowance, (ada,) = ics_of(programme, "Ada", make=scenarios.confirmed)
    (bea,) = ics_of(programme, "Bea", allowance.ics)[1]

    with pytest.raises(Refused) as refused:
        swap(allowance, ada, bea, lead_of(allowance))

    assert refused.value.sentence == (
        "Ada cannot be put in reserve any more. The academy has gone on with this nomination: “place confirmed”."
    )


def test_nobody_of_another_ics_can_be_swapped():
    programme = limited_to(1)
    allowance, (ada, _) = ics_of(programme, "Ada Bea")
    _, (_, theirs) = ics_of(programme, "Xen Yve", factories.IntegratedCareSystemFactory())

    with pytest.raises(Refused) as refused:
        swap(allowance, ada, theirs, lead_of(allowance))

    assert refused.value.sentence == "Choose one person who is nominated, and one who is in reserve."


# Notes and confirming.


def test_a_note_is_kept_with_whom_it_is_about_and_who_left_it():
    allowance, (ada,) = ics_of(limited_to(1), "Ada")
    by = lead_of(allowance)

    nomination_order.add_note(allowance.pk, " Leads a team. ", by=by, now=LATER, about=ada.pk)
    nomination_order.add_note(allowance.pk, "All agreed.", by=by, now=LATER)

    assert [(note.text, note.application, note.name) for note in read(allowance).notes] == [
        ("All agreed.", None, "Lee Lead"),
        ("Leads a team.", ada, "Lee Lead"),
    ]
    assert read(allowance).done == []


@pytest.mark.parametrize("text", ["", " \n"])
def test_an_empty_note_is_refused(text):
    allowance, _ = ics_of(limited_to(1), "Ada")

    with pytest.raises(Refused) as refused:
        nomination_order.add_note(allowance.pk, text, by=lead_of(allowance), now=LATER)

    assert refused.value.sentence == "Enter a note."


def test_a_note_about_somebody_who_is_not_on_the_board_is_refused():
    allowance, (ada,) = ics_of(limited_to(1), "Ada")
    by = lead_of(allowance)
    scenarios.withdrawn(ada)

    with pytest.raises(Refused) as refused:
        nomination_order.add_note(allowance.pk, "Gone?", by=by, now=LATER, about=ada.pk)

    assert refused.value.sentence.startswith("This person is not on the page any more.")


def test_the_order_is_confirmed_once_and_by_name():
    allowance, _ = ics_of(limited_to(1), "Ada Bea")
    by = lead_of(allowance)
    order = read(allowance).order

    entries = [nomination_order.confirm(allowance.pk, by=by, seen=order, now=LATER) for _ in range(2)]

    assert entries[0] == entries[1]
    assert (entries[0].text, entries[0].name) == (
        "Order confirmed: 1 nominated and 1 in reserve.",
        "Lee Lead",
    )
    assert (read(allowance).is_confirmed, read(allowance).confirmation) == (True, entries[0])


def test_a_note_leaves_the_order_confirmed():
    allowance, _ = ics_of(limited_to(1), "Ada")
    by = lead_of(allowance)
    nomination_order.confirm(allowance.pk, by=by, seen=read(allowance).order, now=LATER)

    nomination_order.add_note(allowance.pk, "Thank you.", by=by, now=LATER)

    assert read(allowance).is_confirmed


@pytest.mark.parametrize("change", ["rank and back", "swap and back", "withdraw", "join"])
def test_any_change_after_it_makes_the_order_unconfirmed(change):
    allowance, (ada, bea, cleo) = ics_of(limited_to(2), "Ada Bea Cleo")
    by = lead_of(allowance)
    entry = nomination_order.confirm(allowance.pk, by=by, seen=read(allowance).order, now=NOW)

    if change == "rank and back":
        rank(allowance, by, {bea: 1})
        rank(allowance, by, {ada: 1})
    elif change == "swap and back":
        swap(allowance, ada, cleo, by)
        swap(allowance, cleo, ada, by)
    elif change == "withdraw":
        scenarios.withdrawn(cleo)
    else:
        ics_of(allowance.programme, "Dora", allowance.ics)

    assert (read(allowance).is_confirmed, read(allowance).confirmation) == (False, entry)


def test_an_empty_board_cannot_be_confirmed():
    allowance = factories.NominationAllowanceFactory()
    by = By.staff(scenarios.reviewer_of(allowance.programme))

    with pytest.raises(Refused) as refused:
        nomination_order.confirm(allowance.pk, by=by, seen=read(allowance).order, now=NOW)

    assert refused.value.sentence == "Nobody is nominated yet: there is no order to confirm."


# Where a nominator confirms.


def test_whoever_waits_for_a_nominators_yes_stands_apart_and_counts_from_it_on():
    programme = limited_to(1)
    factories.ApprovalStepFactory(programme=programme, nominator=True)
    allowance = factories.NominationAllowanceFactory(programme=programme)
    ics_of(programme, "Ada Bea", allowance.ics)
    by = By.staff(scenarios.reviewer_of(programme))
    before = read(allowance)

    for one in before.unconfirmed:
        approvals.support(one.application.approvals.get().pk, name="Nora", now=NOW)
    nomination_order.confirm(allowance.pk, by=by, seen=read(allowance).order, now=LATER)
    ics_of(programme, "Cleo", allowance.ics)

    assert [one.application.name for one in before.unconfirmed] == ["Ada", "Bea"]
    assert (before.nominated, before.reserve) == ((), ())
    assert names(allowance) == ("Ada", "Bea")
    # Who does not count yet is no part of the order.
    assert read(allowance).is_confirmed


# Who may, and when.


def test_a_page_that_is_out_of_date_changes_nothing():
    allowance, (ada, bea, cleo) = ics_of(limited_to(2), "Ada Bea Cleo")
    first, second = lead_of(allowance), lead_of(allowance, "Mo Lead", "mo@example.org")
    seen = read(allowance).order
    rank(allowance, first, {bea: 1}, seen=seen)
    before = invariants.rows()

    for attempt in (
        lambda: rank(allowance, second, {ada: 2}, seen=seen),
        lambda: swap(allowance, ada, cleo, second, seen=seen),
        lambda: nomination_order.confirm(allowance.pk, by=second, seen=seen, now=LATER),
    ):
        with pytest.raises(Stale):
            attempt()

    assert invariants.rows() == before


def attempts(allowance, by, one, other):
    """Everything that can be done on a board."""
    order = read(allowance).order
    return [
        lambda: rank(allowance, by, {one: 1}, seen=order),
        lambda: swap(allowance, one, other, by, seen=order),
        lambda: nomination_order.add_note(allowance.pk, "A note.", by=by, now=LATER),
        lambda: nomination_order.confirm(allowance.pk, by=by, seen=order, now=LATER),
    ]


def refusals(allowance, by, one, other):
    """What each of them is refused with, and that it changed nothing."""
    before = invariants.rows()
    sentences = set()
    for attempt in attempts(allowance, by, one, other):
        with pytest.raises(Refused) as refused:
            attempt()
        sentences.add((type(refused.value), refused.value.sentence))
    assert invariants.rows() == before
    return sentences


def test_after_the_closing_leads_read_only_and_staff_still_can():
    programme = limited_to(1, closes_at=LATER)
    allowance, (ada, bea) = ics_of(programme, "Ada Bea")
    by = lead_of(allowance)

    sentences = refusals(allowance, by, ada, bea)
    swap(allowance, ada, bea, By.staff(scenarios.reviewer_of(programme)))

    assert sentences == {
        (
            ReadOnly,
            "Nominations could be changed until 2pm on 5 October 2026. They stand as below. Write to "
            f"{programme.contact_email} if something has to change.",
        )
    }
    assert names(allowance) == ("Bea", "Ada")


def test_the_academy_can_leave_it_open_for_longer():
    programme = limited_to(1, closes_at=NOW + datetime.timedelta(minutes=30))
    allowance, (ada, bea) = ics_of(programme, "Ada Bea")
    administrator = scenarios.administrator_of(programme)
    until = NOW + datetime.timedelta(days=7)
    nomination_leads.set_deadline(programme.pk, until, user=administrator, now=NOW)

    swap(allowance, ada, bea, lead_of(allowance))

    assert names(allowance) == ("Bea", "Ada")
    assert read(allowance).closes == until


def test_a_programme_without_a_closing_has_no_end_for_leads():
    allowance, _ = ics_of(limited_to(1, closes_at=None), "Ada")

    board = read(allowance)

    assert (board.closes, board.closed(NOW)) == (None, False)


def test_a_lead_who_has_applied_reads_only():
    programme = limited_to(1)
    allowance, (ada, bea) = ics_of(programme, "Ada Bea")
    by = lead_of(allowance, email="lee@example.org")
    scenarios.submitted(programme, ics=allowance.ics, email="L.E.E+nhs@example.org")

    sentences = refusals(allowance, by, ada, bea)

    assert sentences == {
        (
            ReadOnly,
            "You have applied yourself, so you can read this page and not change it. Write to "
            f"{programme.contact_email} to say who else in Downs can.",
        )
    }


@pytest.mark.parametrize("why", ["revoked", "another board"])
def test_a_lead_who_was_let_go_or_is_of_another_board_changes_nothing(why):
    programme = limited_to(1)
    allowance, (ada, bea) = ics_of(programme, "Ada Bea")
    elsewhere = factories.NominationAllowanceFactory(programme=programme)
    by = lead_of(allowance if why == "revoked" else elsewhere)
    if why == "revoked":
        nomination_leads.revoke(by.lead.pk, user=scenarios.reviewer_of(programme), now=NOW)

    sentences = refusals(allowance, by, ada, bea)

    assert sentences == {
        (ReadOnly, f"Your link no longer works. Write to {programme.contact_email} if it should.")
    }


def test_staff_of_another_academy_change_nothing():
    allowance, (ada, bea) = ics_of(limited_to(1), "Ada Bea")
    by = By.staff(scenarios.reviewer_of(factories.ProgrammeFactory()))

    sentences = refusals(allowance, by, ada, bea)

    assert {kind for kind, _ in sentences} == {NotAllowed}


def test_a_reviewer_with_a_conflict_of_interest_on_one_of_them_changes_nothing():
    allowance, (ada, bea) = ics_of(limited_to(1), "Ada Bea")
    user = scenarios.reviewer_of(allowance.programme)
    conflicts.declare(ada.pk, user=user, reason="We share an office.", now=NOW)

    sentences = refusals(allowance, By.staff(user), ada, bea)

    assert sentences == {
        (
            conflicts.ConflictDeclared,
            f"You declared a conflict of interest on {ada.reference}: a colleague decides on what concerns all of "
            "these people. An administrator can lift it.",
        )
    }


def test_a_lead_without_a_name_is_nobody():
    allowance, _ = ics_of(limited_to(1), "Ada")
    lead = lead_of(allowance).lead

    with pytest.raises(Refused) as refused:
        By.link_of(lead, name=" ")

    assert refused.value.sentence == "Enter your full name: it is kept with what you change."
