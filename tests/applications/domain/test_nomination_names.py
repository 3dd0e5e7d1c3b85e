"""Those whom an ICS names before they apply: told once, taken off, and what their application takes from it."""

import datetime

import pytest

from applications.domain import nomination_board, nomination_names, nomination_order
from applications.domain.nomination_names import NotTaking
from applications.models import Application, BoardEntry, Nominee
from cohorts.domain import merging
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(minutes=5)


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(
        title="Leadership Circles",
        slug="circles",
        summary="For leaders.",
        limited=True,
        nominations_allowed=2,
    )


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")


@pytest.fixture
def allowance(programme, ics):
    return factories.NominationAllowanceFactory(programme=programme, ics=ics)


@pytest.fixture
def user(programme):
    return scenarios.reviewer_of(programme)


@pytest.fixture
def nominee(allowance):
    return factories.NomineeFactory(allowance=allowance, email="nora.n@example.org", rank=1)


def named_on(allowance):
    return [one.name for one in nomination_board.read(allowance.pk, now=NOW).named]


def ranks(programme):
    rows = programme.applications.order_by("pk")
    return [(one.name, one.nomination_rank) for one in rows]


# On the board.


def test_those_named_stand_on_the_board_by_rank_until_they_apply(programme, ics, allowance, nominee):
    factories.NomineeFactory(allowance=allowance, name="Without")
    factories.NomineeFactory(allowance=allowance, name="First", rank=1)
    factories.NomineeFactory(allowance=allowance, name="Gone", removed_at=NOW)
    factories.NomineeFactory(name="Of another board")

    before = named_on(allowance)
    scenarios.submitted(programme, ics=ics, email="nora.n@example.org")

    assert before == ["Nora Nominee", "First", "Without"]
    assert named_on(allowance) == ["First", "Without"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_takes_the_same_queries_however_many_are_named(allowance, count, django_assert_num_queries):
    factories.NomineeFactory.create_batch(count, allowance=allowance)

    with django_assert_num_queries(4):
        nomination_board.read(allowance.pk, now=NOW)


def test_somebody_named_holds_no_nomination(programme, ics, allowance, nominee):
    made = [scenarios.submitted(programme, ics=ics, name=name) for name in ("Ada", "Bea")]

    assert [one.nomination_number for one in made] == [1, 2]
    assert len(nomination_board.read(allowance.pk, now=NOW).nominated) == 2


# When they apply.


def test_an_application_takes_the_rank_and_stands_with_who_was_named(programme, ics, allowance, nominee):
    scenarios.submitted(programme, ics=ics, name="Ada")

    nora = scenarios.submitted(programme, ics=ics, name="Nora", email="NoraN@example.org")

    nominee.refresh_from_db()
    board = nomination_board.read(allowance.pk, now=NOW)
    assert nominee.application == nora
    assert [one.application.name for one in board.nominated] == ["Nora", "Ada"]
    assert invariants.broken() == []


def test_a_rank_that_another_has_is_not_taken(programme, ics, allowance, user, nominee):
    ada = scenarios.submitted(programme, ics=ics, name="Ada")
    scenarios.submitted(programme, ics=ics, name="Bea")
    programme.nominations_allowed = 3
    programme.save()
    seen = nomination_board.read(allowance.pk, now=NOW).order
    by = nomination_order.By.staff(user)
    nomination_order.rank(allowance.pk, {ada.pk: 2}, by=by, seen=seen, now=NOW)

    scenarios.submitted(programme, ics=ics, name="Nora", email=nominee.email)

    assert ranks(programme) == [("Ada", 2), ("Bea", 1), ("Nora", None)]


def test_in_reserve_the_rank_counts_among_those_in_reserve_and_the_receipt_says_so(programme, ics, nominee):
    for name in ("Ada", "Bea", "Cleo"):
        scenarios.submitted(programme, ics=ics, name=name)

    nora = scenarios.submitted(programme, ics=ics, name="Nora", email=nominee.email)

    receipts = Message.objects.filter(event="received_in_reserve").order_by("pk")
    assert (nora.state, nora.nomination_rank) == ("reserve", 1)
    assert [mail.context["position"] for mail in receipts] == [1, 1]
    assert [one.name for one in Application.objects.in_reserve()] == ["Nora", "Cleo"]


@pytest.mark.parametrize("change", [{"removed_at": NOW}, {"rank": None}, {"nomination_key": "ics:XXX"}])
def test_without_a_place_on_this_list_an_application_takes_none(programme, ics, nominee, change):
    Nominee.objects.update(**change)

    nora = scenarios.submitted(programme, ics=ics, email=nominee.email)

    nominee.refresh_from_db()
    assert nora.nomination_rank is None
    assert nominee.application == (nora if "rank" in change else None)


def test_without_a_limit_nobody_is_looked_for(nominee):
    free = factories.ProgrammeFactory()

    nora = scenarios.submitted(free, email=nominee.email)

    nominee.refresh_from_db()
    assert (nora.nomination_key, nominee.application) == ("", None)


def test_what_is_merged_is_carried_to_the_application_that_is_kept(programme, ics, user, nominee):
    kept = scenarios.submitted(programme, ics=ics, email="other@example.org")
    other = scenarios.submitted(programme, ics=ics, email=nominee.email)

    merging.merge(kept.pk, other.pk, user=user, now=NOW)

    nominee.refresh_from_db()
    assert nominee.application == kept
    assert invariants.broken() == []


# Told and taken off.


def test_staff_write_to_somebody_and_again_after_a_while(allowance, user, nominee):
    nomination_names.tell_again(nominee.pk, user=user, now=NOW)
    with pytest.raises(Refused) as refused:
        nomination_names.tell_again(nominee.pk, user=user, now=NOW + datetime.timedelta(seconds=30))
    told = nomination_names.tell_again(nominee.pk, user=user, now=LATER)

    assert refused.value.sentence == (
        "Nora Nominee was written to less than 2 minutes ago. Wait a little, then try again."
    )
    assert told.told_at == LATER
    assert told.history.first().history_user == user
    mails = Message.objects.about(nominee.about)
    assert [(mail.event, mail.to_address) for mail in mails] == [("nominated", "nora.n@example.org")] * 2
    assert mails[0].context == {
        "whose": "Downs",
        "summary": "For leaders.",
        "page": "http://testserver/programmes/circles/",
    }


def test_somebody_is_taken_off_and_it_is_kept_who_did_it(allowance, user, nominee):
    nomination_names.remove(nominee.pk, user=user, now=NOW)

    nominee.refresh_from_db()
    entry = BoardEntry.objects.get()
    assert (nominee.removed_at, nominee.history.first().history_user) == (NOW, user)
    assert (entry.kind, entry.text, entry.user) == (
        "listed",
        "Nora Nominee taken off the list of those named.",
        user,
    )
    assert str(nominee) == "Nora Nominee (nora.n@example.org)"


def test_a_confirmed_order_stays_confirmed_when_somebody_named_is_taken_off(
    programme, ics, allowance, user, nominee
):
    scenarios.submitted(programme, ics=ics)
    seen = nomination_board.read(allowance.pk, now=NOW).order
    nomination_order.confirm(allowance.pk, by=nomination_order.By.staff(user), seen=seen, now=NOW)

    nomination_names.remove(nominee.pk, user=user, now=LATER)

    assert nomination_board.read(allowance.pk, now=LATER).is_confirmed


@pytest.mark.parametrize("verb", [nomination_names.tell_again, nomination_names.remove])
@pytest.mark.parametrize(
    ("applied", "sentence"),
    [
        (True, "Nora Nominee has applied already. Nothing was changed."),
        (False, "Nora Nominee was taken off the list already. Nothing was changed."),
    ],
)
def test_of_who_has_applied_or_was_taken_off_nothing_is_changed(
    programme, ics, user, nominee, verb, applied, sentence
):
    if applied:
        scenarios.submitted(programme, ics=ics, email=nominee.email)
    else:
        nomination_names.remove(nominee.pk, user=user, now=NOW)

    with pytest.raises(Refused) as refused:
        verb(nominee.pk, user=user, now=LATER)

    assert refused.value.sentence == sentence


def test_only_a_reviewer_of_the_programme_does_it(nominee):
    stranger = factories.AcademyMemberFactory().user

    with pytest.raises(NotAllowed):
        nomination_names.remove(nominee.pk, user=stranger, now=NOW)

    nominee.refresh_from_db()
    assert nominee.removed_at is None


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            {"published": False},
            "Leadership Circles is not published: open it first, then name people.",
        ),
        (
            {"closes_at": NOW},
            "Leadership Circles closed at 1pm on 5 October 2026: nobody can apply any more. "
            "Set a later closing first, if people can still be named.",
        ),
    ],
)
def test_where_nobody_can_apply_nobody_is_written_to(programme, user, nominee, change, sentence):
    for name, value in change.items():
        setattr(programme, name, value)
    programme.save()

    with pytest.raises(NotTaking) as refused:
        nomination_names.tell_again(nominee.pk, user=user, now=NOW)

    assert refused.value.sentence == sentence
    assert Message.objects.count() == 0


def test_a_programme_without_a_closing_takes_names(programme, user, nominee):
    programme.closes_at = None
    programme.save()

    assert nomination_names.tell_again(nominee.pk, user=user, now=NOW).told_at == NOW
