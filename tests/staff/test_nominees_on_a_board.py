"""Those whom an ICS names, on the board at a desk: shown, written to again, and removed."""

import pytest
from django.urls import reverse

from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of


@pytest.fixture
def ics(desk):
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")


@pytest.fixture
def board(desk, ics):
    return factories.NominationAllowanceFactory(programme=desk.programme, ics=ics)


def page_of(name, *args):
    return reverse(f"admin:applications_nominationboard_{name}", args=args)


def test_the_board_shows_who_is_named_and_staff_write_again_and_remove(desk, reviewer, board):
    one = factories.NomineeFactory(allowance=board, name="Ada", email="ada@example.org", rank=3, note="Leads")
    before = text_of(reviewer.get(page_of("change", board.pk)))

    written = reviewer.post(page_of("tell", board.pk, one.pk), follow=True)
    removed = reviewer.post(page_of("remove", board.pk, one.pk), follow=True)

    assert "Named, not applied yet" in before
    assert "ada@example.org. Rank 3. Named on 5 October 2026; not written to yet." in before
    assert messages_of(written) == ["Ada is written to, at ada@example.org."]
    assert "written to on 5 October 2026, 13:00" in text_of(written)
    assert messages_of(removed) == ["Ada is not on the list any more."]
    assert "Named, not applied yet" not in text_of(removed)
    assert "Ada taken off the list of those named." in text_of(removed)
    again = reviewer.get(page_of("tell", board.pk, one.pk))
    assert "Ada was taken off the list on 5 October 2026." in text_of(again)


def test_a_viewer_reads_who_is_named_and_can_do_nothing(desk, board):
    one = factories.NomineeFactory(allowance=board, name="Ada")

    page = desk.client("viewer").get(page_of("change", board.pk))

    assert "Named, not applied yet" in text_of(page)
    assert page_of("remove", board.pk, one.pk) not in page.content.decode()


def test_who_has_applied_is_written_to_no_more(desk, reviewer, ics, board):
    one = factories.NomineeFactory(allowance=board, name="Ada", email="ada@example.org", told_at=NOW)
    asked = text_of(reviewer.get(page_of("tell", board.pk, one.pk)))
    scenarios.submitted(desk.programme, ics=ics, email="ada@example.org")

    page = reviewer.get(page_of("tell", board.pk, one.pk))

    assert "Last written to at 1pm on 5 October 2026." in asked
    assert "Ada has applied: what becomes of it is on the board." in text_of(page)


def test_somebody_of_another_board_is_not_found_here(desk, reviewer, board):
    elsewhere = factories.NomineeFactory(
        allowance=factories.NominationAllowanceFactory(programme=desk.programme)
    )

    page = reviewer.post(page_of("remove", board.pk, elsewhere.pk))

    elsewhere.refresh_from_db()
    assert (page.status_code, elsewhere.removed_at) == (404, None)


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_of_staff_takes_the_same_queries_however_many_are_named(
    desk, reviewer, board, count, django_assert_num_queries
):
    factories.NomineeFactory.create_batch(count, allowance=board)
    reviewer.get(page_of("change", board.pk))

    with django_assert_num_queries(11):
        reviewer.get(page_of("change", board.pk))
