"""A proposal as people read it: columns, ICSs, persons, and what differs between two."""

import pytest

from cohorts.domain.proposals import result
from cohorts.models import Proposal
from tests import scenarios
from tests.cohorts.proposing import LATER, MINUTE, person, programme_with, proposed, rivals

pytestmark = pytest.mark.django_db


def test_columns_say_how_full_each_cohort_is_and_whether_it_runs():
    programme = programme_with(2, 3, 4, 4, 4, minima=[0, 0, 3, 3, 4])
    scenarios.offered(programme, name="Sid")
    for name, dates in (("Ann", [1]), ("Bob", [2]), ("Cat", [4]), ("Dan", [3])):
        person(programme, name, *dates)
    dan = programme.applications.get(name="Dan").reference

    read = result.read(
        proposed(programme, runs={"date-4": "must_run", "date-5": "closed"}, pinned={dan: "date-2"})
    )

    assert [(column.name, column.filled, column.says) for column in read.columns] == [
        ("Date 1", "2 of up to 2", "Full."),
        ("Date 2", "2 of up to 3", "1 seat left."),
        ("Date 3", "0 of 3 to 4", "Would not run: nobody is in it."),
        ("Date 4", "1 of 3 to 4", "Under its minimum by 2."),
        ("Date 5", "0 of 4", "Takes nobody, as you chose."),
    ]
    assert {(one.name, one.preference, one.standing) for one in read.people} == {
        ("Sid", "1st preference", "has the place already"),
        ("Ann", "1st preference", ""),
        ("Bob", "1st preference", ""),
        ("Cat", "1st preference", ""),
        ("Dan", "not one of their preferences", "pinned by you"),
    }
    assert len(read.warnings) == 1


def test_people_are_read_highest_score_first_with_the_reasons_of_those_without_a_place():
    programme = programme_with(1)
    for name, score in (("Low", 1), ("High", 3), ("Out", 2)):
        person(programme, name, score=score)
    out = programme.applications.get(name="Out").reference

    read = result.read(proposed(programme, excluded={out: "Later."}))

    assert [one.name for one in read.people] == ["High", "Out", "Low"]
    assert [one.name for one in read.unplaced] == ["Low"]
    assert [(one.name, one.left_out) for one in read.left_out] == [("Out", "Later.")]
    assert all(one.reasons for one in read.unplaced)
    assert (read.proven, read.bound, read.other_order) == (True, "", None)
    assert result.preferences_in_words(read.figures) == "1 1st"
    assert result.preferences_in_words(result.Figures(0, [0, 0], 0, [])) == "none"


def test_each_ics_is_shown_against_its_limit_and_people_without_one_together():
    programme = programme_with(9, limited=True)
    ann, bob, cat = (person(programme, name) for name in ("Ann", "Bob", "Cat"))
    programme.applications.exclude(pk=ann.pk).update(ics=None, nomination_key="", nomination_number=None)

    rows = result.read(proposed(programme)).systems

    assert [(row.name, row.placed, row.asked, row.cap) for row in rows] == [
        (f"{ann.ics.short_name} ({ann.ics.code})", 1, 1, 5),
        ("No ICS", 2, 2, None),
    ]
    assert bob.reference != cat.reference


def test_the_other_order_says_who_gains_and_who_loses():
    found = result.order_differences(proposed(rivals()))

    assert {(one.name, one.gains, one.loses) for one in found} == {
        ("High", True, False),
        ("Ann", False, False),
        ("Bob", False, False),
        ("Cat", False, True),
        ("Dan", False, True),
    }
    assert {one.before for one in found if one.name == "High"} == {"No place"}


def test_where_the_orders_agree_there_is_nothing_to_say():
    programme = programme_with(1)
    person(programme, "Ann")

    assert result.order_differences(proposed(programme)) == []


def test_two_proposals_differ_by_who_is_a_candidate_who_is_left_out_and_who_is_where():
    programme = programme_with(1, 1)
    ann, bob = person(programme, "Ann", score=2), person(programme, "Bob", score=1)
    one = proposed(programme)
    scenarios.withdrawn(bob, now=LATER)
    person(programme, "Cat")
    other = proposed(programme, now=LATER + MINUTE, excluded={ann.reference: "Later."})

    found = result.differences(one, other)

    assert [(row.name, row.before, row.after, row.gains, row.loses) for row in found] == [
        ("Ann", "Date 1 (1st preference)", "Left out", False, True),
        ("Bob", "Date 2 (2nd preference)", "Not a candidate", False, True),
        ("Cat", "Not a candidate", "Date 1 (1st preference)", True, False),
    ]
    assert result.differences(one, one) == []


def test_somebody_whose_application_is_gone_is_called_by_the_reference():
    programme = programme_with(1)
    ann = person(programme, "Ann")
    proposal = proposed(programme)
    programme.applications.filter(pk=ann.pk).update(reference="TST-GONE1")

    (one,) = result.read(Proposal.objects.get(pk=proposal.pk)).people

    assert (one.name, one.application) == (ann.reference, None)
