"""The nomination boards on the staff's site: listed, read, put in order, and their leads sent a link."""

import datetime

import pytest
from django.urls import reverse

from applications.domain import nomination_board, nomination_leads, nomination_order
from applications.models import BoardDeadline, BoardEntry, NominationLead
from programmes.models import Message, NominationAllowance
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of

LIST = reverse("admin:applications_nominationboard_changelist")
ADD = reverse("admin:applications_nominationboard_add")


def page(name, *args):
    return reverse(f"admin:applications_nominationboard_{name}", args=args)


@pytest.fixture
def people(desk):
    desk.programme.nominations_allowed = 2
    desk.programme.save()
    ics = factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")
    return [scenarios.submitted(desk.programme, ics=ics, name=name) for name in ("Ada", "Bea", "Cleo")]


@pytest.fixture
def board(desk, people):
    return desk.programme.allowances.get()


def order(board):
    return nomination_board.read(board.pk, now=NOW).order


def names(board):
    found = nomination_board.read(board.pk, now=NOW)
    return [[one.application.name for one in each] for each in (found.nominated, found.reserve)]


def numbers(people, *places):
    return {f"rank-{one.pk}": str(place) for one, place in zip(people, places, strict=True)}


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many_boards(desk, count, django_assert_num_queries):
    for _ in range(count):
        scenarios.submitted(desk.programme)
    client = desk.client("viewer")
    client.get(LIST)

    with django_assert_num_queries(6):
        client.get(LIST)


def test_list_says_how_each_board_stands(desk, reviewer, board):
    lead = nomination_leads.invite(
        board.pk, name="Lee Lead", email="lee@example.org", user=desk.staff["reviewer"], now=NOW
    )
    empty = factories.NominationAllowanceFactory(programme=desk.programme)
    by = nomination_order.By.link_of(lead, name="Lee Lead")
    nomination_order.confirm(board.pk, by=by, seen=order(board), now=NOW)

    response = reviewer.get(LIST, {"programme": desk.programme.pk})

    shown = response.context["cl"].model_admin
    rows = {
        row.key: (
            shown.used_shown(row),
            shown.waiting(row),
            shown.leads_shown(row),
            shown.confirmed_shown(row),
        )
        for row in response.context["cl"].result_list
    }
    assert rows == {
        board.key: ("2 of 2", 1, 1, "5 October 2026, Lee Lead"),
        empty.key: ("0 of 2", 0, 0, None),
    }


def test_a_viewer_reads_the_board_and_can_change_nothing(desk, board):
    response = desk.client("viewer").get(page("change", board.pk))

    text = text_of(response)
    assert "2 of 2 nominations used" in text
    assert "1. Ada" in text
    assert "Save the order" not in text
    assert "Name a lead" not in text
    assert desk.client("viewer").post(page("change", board.pk), {}).status_code == 403


def test_a_reviewer_puts_people_in_order(reviewer, board, people, desk):
    response = reviewer.post(page("change", board.pk), {"seen": order(board), **numbers(people, 2, 1, 1)})

    assert response.headers["Location"] == page("change", board.pk)
    assert names(board) == [["Bea", "Ada"], ["Cleo"]]
    entry = BoardEntry.objects.get()
    assert (entry.user, entry.lead) == (desk.staff["reviewer"], None)
    assert entry.text in text_of(reviewer.get(page("change", board.pk)))


def test_a_button_moves_one_person_and_the_same_order_is_said_to_be_so(reviewer, board, people):
    answers = [
        reviewer.post(page("change", board.pk), {"seen": order(board), **given}, follow=True)
        for given in ({"move": f"down-{people[0].pk}"}, {"move": "up-x"})
    ]

    assert names(board)[0] == ["Bea", "Ada"]
    assert [messages_of(answer) for answer in answers] == [
        ["The order is saved. Ada from 1st to 2nd of those nominated."],
        ["The order is as it was."],
    ]


@pytest.mark.parametrize(
    ("given", "error"),
    [
        (("9", "2", "1"), "There is no place 9: choose a number from 1 to 2."),
        (("", "2", "1"), "Enter the place of Ada, such as 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused_and_kept(reviewer, board, people, given, error):
    response = reviewer.post(page("change", board.pk), {"seen": order(board), **numbers(people, *given)})

    assert error in text_of(response)
    assert f'value="{given[1]}"' in response.content.decode()
    assert BoardEntry.objects.count() == 0


@pytest.mark.parametrize("name", ["change", "swap", "confirm"])
def test_a_page_that_is_out_of_date_changes_nothing_and_shows_how_it_is(reviewer, board, people, name):
    seen = order(board)
    reviewer.post(page("change", board.pk), {"seen": seen, "move": f"up-{people[1].pk}"})
    given = {"seen": seen, "put": people[0].pk, "take": people[2].pk, **numbers(people, 1, 2, 1)}

    response = reviewer.post(page(name, board.pk), given)

    assert "Somebody else has changed this page meanwhile" in text_of(response)
    assert names(board) == [["Bea", "Ada"], ["Cleo"]]
    assert f'value="{order(board)}"' in response.content.decode()


def test_a_reviewer_swaps_two_people(reviewer, board, people):
    response = reviewer.post(
        page("swap", board.pk),
        {"seen": order(board), "put": people[0].pk, "take": people[2].pk},
        follow=True,
    )

    assert messages_of(response) == ["Cleo is nominated, Ada is in reserve. Both are written to."]
    assert names(board) == [["Cleo", "Bea"], ["Ada"]]


def test_without_a_reserve_no_swap_is_offered(reviewer, board, people):
    scenarios.withdrawn(people[2])

    response = reviewer.get(page("swap", board.pk))

    assert "There is nobody in reserve, or nobody who can be put there." in text_of(response)


def test_a_reviewer_leaves_a_note_and_confirms(reviewer, board, people):
    said = [
        messages_of(reviewer.post(page(name, board.pk), given | {"seen": order(board)}, follow=True))
        for name, given in (
            ("note", {"text": "By telephone.", "about": people[0].pk}),
            ("confirm", {}),
        )
    ]

    text = text_of(reviewer.get(page("change", board.pk)))
    assert said == [["The note is kept."], ["The order is confirmed, with your name."]]
    assert "Ada By telephone." in text
    assert "The order was confirmed by Robin Reviewer" in text


def test_an_empty_board_has_no_order_to_confirm(desk, reviewer):
    empty = factories.NominationAllowanceFactory(programme=desk.programme)

    response = reviewer.get(page("confirm", empty.pk))

    assert "Nobody is nominated yet: there is no order to confirm." in text_of(response)


# Leads.


def test_a_lead_is_named_sent_the_link_again_and_let_go(desk, reviewer, board):
    given = {"name": "Lee Lead", "email": "lee@example.org"}
    named = reviewer.post(page("lead", board.pk), given, follow=True)
    lead = NominationLead.objects.get()
    Message.objects.update(created_at=NOW - datetime.timedelta(hours=1))
    again = reviewer.post(page("lead_again", board.pk, lead.pk), follow=True)
    closed = reviewer.post(page("lead_close", board.pk, lead.pk), follow=True)

    assert [messages_of(answer) for answer in (named, again, closed)] == [
        ["Lee Lead is sent the link to the nominations of Downs."],
        ["Lee Lead is sent a fresh link, to lee@example.org."],
        ["The links of Lee Lead are closed."],
    ]
    assert Message.objects.filter(event="board_link").count() == 2
    assert "Lee Lead is no lead any more" in text_of(reviewer.get(page("lead_again", board.pk, lead.pk)))
    assert "link closed on 5 October 2026" in text_of(reviewer.get(page("change", board.pk)))


def test_a_lead_of_another_board_is_not_found_here(desk, reviewer, board):
    elsewhere = factories.NominationAllowanceFactory(programme=desk.programme)
    lead = nomination_leads.invite(
        elsewhere.pk, name="Lee", email="lee@example.org", user=desk.staff["reviewer"], now=NOW
    )

    response = reviewer.post(page("lead_close", board.pk, lead.pk))

    lead.refresh_from_db()
    assert (response.status_code, lead.revoked_at) == (404, None)


def test_a_lead_who_cannot_be_is_refused_with_what_was_typed(reviewer, board):
    reviewer.post(page("lead", board.pk), {"name": "Lee", "email": "lee@example.org"})

    response = reviewer.post(page("lead", board.pk), {"name": "Lee", "email": "lee@example.org"})

    assert "lee@example.org is a lead already. Send the link again instead." in text_of(response)
    assert 'value="lee@example.org"' in response.content.decode()


def test_a_lead_can_be_named_before_anybody_has_applied(desk, reviewer):
    ics = factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")
    given = {"board": f"{desk.programme.pk} ics:QKS", "name": "Lee", "email": "lee@example.org"}

    response = reviewer.post(ADD, given, follow=True)

    assert messages_of(response) == ["Lee is sent the link to the nominations of Downs."]
    assert NominationAllowance.objects.get().ics == ics


def test_only_boards_of_own_programmes_can_be_chosen(desk, reviewer):
    factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")
    factories.ProgrammeFactory(title="Somebody else’s", limited=True)
    factories.ProgrammeFactory(title="Without a limit", academy=desk.programme.academy)

    form = reviewer.get(ADD).context["form"]

    assert form.fields["board"].choices == [
        ("", "Choose one"),
        (desk.programme.title, [(f"{desk.programme.pk} ics:QKS", "Downs")]),
    ]


def test_where_no_programme_limits_nominations_there_is_no_board(desk, reviewer):
    desk.programme.nomination_scope, desk.programme.nominations_allowed = "none", None
    desk.programme.save()

    response = reviewer.get(ADD)

    assert "None of your programmes limits nominations: there is no board." in text_of(response)


# Until when.


def test_an_administrator_sets_until_when_and_takes_it_back(administrator, board):
    closes = {"open_until_0": "2026-12-01", "open_until_1": "17:00"}
    said = [
        messages_of(administrator.post(page("deadline", board.pk), given, follow=True))
        for given in (closes, {})
    ]

    assert said == [
        ["Leads can change nominations until 5pm on 1 December 2026."],
        ["Leads can change nominations until the programme closes."],
    ]
    assert BoardDeadline.objects.count() == 0


def test_a_moment_before_the_closing_is_refused(administrator, board):
    given = {"open_until_0": "2026-10-20", "open_until_1": "17:00"}

    response = administrator.post(page("deadline", board.pk), given)

    assert "takes applications until midday on 4 November 2026. Enter a moment after that." in text_of(
        response
    )


def test_the_history_of_a_board_stands_on_it(reviewer, board):
    response = reviewer.get(page("history", board.pk))

    assert response.headers["Location"] == page("change", board.pk)
