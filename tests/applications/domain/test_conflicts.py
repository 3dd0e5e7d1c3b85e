"""Conflicts of interest: declared by a reviewer, who then decides nothing; lifted by an administrator."""

import datetime

import pytest
from django.contrib.auth.models import AnonymousUser

from applications.domain import approvals, conflicts, reviews
from applications.domain.actors import Actor
from applications.domain.conflicts import ConflictDeclared
from cohorts.domain import moving, offers, pending, places, proposals, waiting_list
from facilitators.domain import completion
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import administrator_of, reviewer_of

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(days=1)


@pytest.fixture
def application():
    programme = factories.ProgrammeFactory()
    factories.CohortFactory(programme=programme)
    return scenarios.under_review(programme)


def declared(application, user, reason="She is my sister."):
    return conflicts.declare(application.pk, user=user, reason=reason, now=NOW)


def test_a_declared_conflict_is_kept_with_its_history(application):
    reviewer = reviewer_of(application.programme)

    conflict = declared(application, reviewer, " She is my sister. ")

    assert (conflict.reviewer, conflict.reason, conflict.declared_at, conflict.lifted_at) == (
        reviewer,
        "She is my sister.",
        NOW,
        None,
    )
    assert [row.history_user for row in conflict.history.all()] == [reviewer]
    assert str(conflict) == f"{reviewer} on {application.reference}"
    assert conflicts.standing(application, reviewer) == conflict
    assert conflicts.standing(application, AnonymousUser()) is None


def test_whoever_declared_a_conflict_neither_reviews_nor_decides(application):
    factories.ApprovalStepFactory(programme=application.programme)
    waiting = scenarios.submitted(application.programme)
    approval = waiting.approvals.get()
    offered = scenarios.offered(application.programme)
    queued = scenarios.waitlisted(application.programme)
    cohort = application.programme.cohorts.get()
    reviewer = reviewer_of(application.programme)
    for one in (application, waiting, offered, queued):
        declared(one, reviewer)
    pk, said = application.pk, {"user": reviewer, "now": NOW}
    pinned, left_out = {"pinned": {queued.reference: cohort.key}}, {"excluded": {queued.reference: "Ill"}}
    tries = (
        lambda: reviews.record_review(pk, outcome="suitable", **said),
        lambda: reviews.shortlist(pk, **said),
        lambda: reviews.put_on_waiting_list(pk, **said),
        lambda: reviews.turn_down(pk, reason="No", **said),
        lambda: reviews.ask_for_information(pk, wanted="What?", **said),
        lambda: reviews.reopen(pk, reason="Again", **said),
        lambda: approvals.override(approval.pk, reason="Rang", **said),
        lambda: places.give(pk, cohort.pk, **said),
        lambda: places.take_back(offered.pk, reason="A mistake", **said),
        lambda: pending.keep(pk, kind="shortlist", **said),
        lambda: pending.decide(pk, kind="shortlist", **said),
        lambda: declared(application, reviewer),
        lambda: reviews.withdraw(pk, actor=Actor.staff(reviewer), reason="Rang us", now=NOW),
        lambda: offers.extend(offered.pk, until=LATER, **said),
        lambda: moving.move(offered.pk, cohort.pk, **said),
        lambda: waiting_list.move_to(queued.pk, 1, reason="Fair", **said),
        lambda: completion.complete_for(pk, reason="Rang us", **said),
        lambda: completion.did_not_complete(pk, reason="Left", **said),
        lambda: proposals.propose(application.programme.pk, chosen=pinned, **said),
        lambda: proposals.propose(application.programme.pk, chosen=left_out, **said),
    )

    found = []
    for call in tries:
        with pytest.raises(ConflictDeclared) as refused:
            call()
        found.append(refused.value.sentence)

    assert found[1] == (
        f"You declared a conflict of interest on {application.reference} on 5 October 2026: “She is my sister.” "
        "A colleague decides instead; an administrator can lift it."
    )
    assert len(found) == len(tries)


def test_a_conflict_stops_an_offer_from_being_made_again(application):
    offered = scenarios.offered(application.programme)
    places.decline(offered.pk, now=NOW)
    reviewer = reviewer_of(application.programme)
    declared(offered, reviewer)

    with pytest.raises(ConflictDeclared):
        offers.offer_again(offered.pk, user=reviewer, now=NOW)


def test_a_proposal_is_made_where_the_person_of_a_conflict_is_neither_pinned_nor_left_out(application):
    reviewer = reviewer_of(application.programme)
    declared(application, reviewer)
    suitable = scenarios.shortlisted(application.programme)
    chosen = {"pinned": {suitable.reference: application.programme.cohorts.get().key}}

    proposal = proposals.propose(application.programme.pk, user=reviewer, chosen=chosen, now=NOW)

    assert proposal.made_by == reviewer


def test_a_colleague_decides_instead(application):
    declared(application, reviewer_of(application.programme))

    decided = reviews.shortlist(application.pk, user=reviewer_of(application.programme), now=NOW)

    assert decided.state == "shortlisted"


def test_a_conflict_needs_a_reason_and_the_role(application):
    with pytest.raises(Refused, match="Say what the conflict is"):
        declared(application, reviewer_of(application.programme), " ")
    with pytest.raises(NotAllowed):
        declared(application, factories.UserFactory())


def test_an_administrator_lifts_a_conflict_with_a_reason(application):
    reviewer, administrator = reviewer_of(application.programme), administrator_of(application.programme)
    conflict = declared(application, reviewer)

    lifted = conflicts.lift(conflict.pk, user=administrator, reason=" Another person. ", now=LATER)

    assert (lifted.lifted_by, lifted.lifted_reason, lifted.lifted_at) == (
        administrator,
        "Another person.",
        LATER,
    )
    assert [row.history_user for row in conflict.history.all()] == [administrator, reviewer]
    assert reviews.shortlist(application.pk, user=reviewer, now=LATER).state == "shortlisted"


def test_lifting_wants_an_administrator_a_reason_and_a_conflict_that_stands(application):
    reviewer, administrator = reviewer_of(application.programme), administrator_of(application.programme)
    conflict, own = declared(application, reviewer), declared(application, administrator)

    with pytest.raises(Refused, match="Give a reason"):
        conflicts.lift(conflict.pk, user=administrator, reason=" ", now=LATER)
    with pytest.raises(NotAllowed, match="Only an administrator"):
        conflicts.lift(own.pk, user=reviewer, reason="Fine", now=LATER)
    with pytest.raises(NotAllowed, match="Nobody lifts their own"):
        conflicts.lift(own.pk, user=administrator, reason="Fine", now=LATER)
    conflicts.lift(conflict.pk, user=administrator, reason="Fine", now=LATER)
    with pytest.raises(Refused, match="lifted already"):
        conflicts.lift(conflict.pk, user=administrator, reason="Fine", now=LATER)


@pytest.mark.parametrize(
    ("reviewer", "applicant", "organisation", "warning"),
    [
        (
            "robin@downs.example.org",
            "sam@downs.example.org",
            "Other",
            "You and the applicant both have an address at downs.example.org.",
        ),
        (
            "robin@downshospice.example.org",
            "sam@example.com",
            "Downs Hospice Ltd",
            "Your address at downshospice.example.org looks like that of the applicant’s organisation, "
            "Downs Hospice Ltd.",
        ),
        ("robin@dh.example.org", "sam@example.com", "DH Trust", ""),
        ("robin@northtrust.example.org", "sam@example.com", "South Trust", ""),
        ("", "sam@example.com", "South Trust", ""),
    ],
)
def test_the_same_organisation_is_pointed_out_before_a_review(reviewer, applicant, organisation, warning):
    user = factories.UserFactory(email=reviewer)
    application = factories.ApplicationFactory(email=applicant, organisation_name=organisation)

    assert conflicts.looks_close(application, user) == warning


@pytest.mark.parametrize("domain", sorted(conflicts.SHARED_DOMAINS))
def test_a_mail_domain_that_many_organisations_share_says_nothing(domain):
    user = factories.UserFactory(email=f"robin@{domain}")
    application = factories.ApplicationFactory(email=f"sam@{domain}", organisation_name="Downs Hospice")

    assert conflicts.looks_close(application, user) == ""
