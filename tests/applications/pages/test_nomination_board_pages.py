"""The pages of a nomination board, as a lead has them by the link in their mail."""

import datetime

import pytest
from django.test import Client
from django.urls import reverse

from applications.domain import nomination_board, nomination_leads
from applications.models import Application, BoardEntry, State
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.applications.pages.visits import errors, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db


class Lead:
    """Somebody with a link to a board."""

    def __init__(self, allowance, name="Lee Lead", email="lee@example.org"):
        self.allowance, self.name = allowance, name
        user = scenarios.reviewer_of(allowance.programme)
        self.lead = nomination_leads.invite(allowance.pk, name=name, email=email, user=user, now=NOW)
        self.token = links.token_of(Message.objects.get(about=self.lead.about).link)
        self.client = Client()

    def get(self, page="board"):
        return self.client.get(reverse(page, args=[self.token]))

    def post(self, page="board", **data):
        given = {"seen": self.order, "full_name": self.name} | data
        return self.client.post(reverse(page, args=[self.token]), given)

    @property
    def order(self):
        return nomination_board.read(self.allowance.pk, now=NOW).order


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Support Circles", limited=True, nominations_allowed=2)


@pytest.fixture
def people(programme):
    ics = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    return [
        scenarios.submitted(programme, ics=ics, name=name, now=NOW - datetime.timedelta(minutes=9 - number))
        for number, name in enumerate(["Ada", "Bea", "Cleo", "Dora"])
    ]


@pytest.fixture
def lead(programme, people):
    return Lead(programme.allowances.get())


def names(allowance):
    board = nomination_board.read(allowance.pk, now=NOW)
    return [[one.application.name for one in each] for each in (board.nominated, board.reserve)]


def numbers(people, *places):
    return {f"rank-{one.pk}": str(place) for one, place in zip(people, places, strict=True)}


def test_a_lead_reads_who_is_nominated_and_who_is_in_reserve(lead):
    page = read(lead.get())

    for told in (
        "Support Circles Nominations of Downs",
        "2 of 2 nominations used",
        "You can make changes until midday on 4 November 2026 .",
        "The order is not confirmed yet.",
        "1. Ada Job title Team lead Organisation Downs Hospice Applied 5 October 2026 Stands at Being reviewed",
        "In reserve Number 1 moves up when a nomination comes free. 1. Cleo",
        "Waits on a free nomination",
    ):
        assert told in page


def test_the_board_holds_no_answers_and_nobody_of_another_ics(programme, lead):
    factories.QuestionFactory(programme=programme)
    scenarios.submitted(programme, name="Elsewhere Person", ics=factories.IntegratedCareSystemFactory())
    scenarios.submitted(programme, name="Fay", ics=lead.allowance.ics, email="fay@example.org")

    page = lead.get().content.decode()

    assert "Fay" in page
    for hidden in ("Elsewhere", "My answer.", "fay@example.org", "hospice@"):
        assert hidden not in page


def test_opening_the_board_changes_nothing_and_is_private(lead):
    before = Link.objects.values().order_by("pk").last()

    response = lead.get()

    assert Link.objects.values().order_by("pk").last() == before
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert lead.client.head(reverse("board", args=[lead.token])).status_code == 405


@pytest.mark.parametrize("count", [1, 3])
def test_the_board_takes_the_same_queries_however_many_people(count, programme, django_assert_num_queries):
    programme.nominations_allowed = count
    programme.save()
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(2 * count):
        scenarios.submitted(programme, ics=ics)
    lead = Lead(programme.allowances.get())

    with django_assert_num_queries(9):
        lead.get()


def test_numbers_put_people_in_order_and_the_name_is_remembered(lead, people):
    response = lead.post(**numbers(people, 2, 1, 1, 2))

    assert response.headers["Location"] == reverse("board", args=[lead.token])
    page = lead.get()
    assert names(lead.allowance) == [["Bea", "Ada"], ["Cleo", "Dora"]]
    assert "The order is saved. Ada from 1st to 2nd of those nominated" in read(page)
    assert 'value="Lee Lead"' in page.content.decode()
    assert Link.objects.get(object_id=lead.lead.pk, opens="board").used_at == NOW


@pytest.mark.parametrize(("move", "order"), [("down-0", ["Bea", "Ada"]), ("up-1", ["Bea", "Ada"])])
def test_a_button_moves_one_person_whatever_the_numbers_say(lead, people, move, order):
    way, _, index = move.partition("-")

    lead.post(move=f"{way}-{people[int(index)].pk}", **numbers(people, 9, "x", "", 2))

    assert names(lead.allowance)[0] == order


@pytest.mark.parametrize("move", ["sideways-1", "up-99999", "up-x"])
def test_a_button_that_there_is_not_changes_nothing(lead, move):
    lead.post(move=move)

    assert BoardEntry.objects.count() == 0
    assert "The order is as it was." in read(lead.get())


def test_without_a_name_nothing_is_changed_and_what_was_typed_is_kept(lead, people):
    response = lead.post(full_name="", **numbers(people, 2, 1, 1, 2))

    assert errors(response) == ["Enter your full name: it is kept with what you change"]
    assert names(lead.allowance)[0] == ["Ada", "Bea"]
    assert f'name="rank-{people[0].pk}" type="text" value="2"' in " ".join(response.content.decode().split())


@pytest.mark.parametrize(
    ("places", "error"),
    [
        (("3", "1", "1", "2"), "There is no place 3: choose a number from 1 to 2."),
        (("", "2", "1", "2"), "Enter the place of Ada, such as 1"),
        (("first", "2", "1", "2"), "Enter the place of Ada as a number, such as 1"),
    ],
)
def test_numbers_that_cannot_be_are_refused(lead, people, places, error):
    response = lead.post(**numbers(people, *places))

    assert errors(response) == [error]
    assert BoardEntry.objects.count() == 0


def test_a_swap_changes_two_people_and_writes_to_both(lead, people):
    response = lead.post("board_swap", put=people[0].pk, take=people[3].pk)

    assert response.headers["Location"] == reverse("board", args=[lead.token])
    page = read(lead.get())
    assert "Dora is nominated, and Ada is in reserve. We are writing to both." in page
    assert "Ada put in reserve, Dora nominated instead. Lee Lead" in page
    assert names(lead.allowance) == [["Dora", "Bea"], ["Cleo", "Ada"]]


def test_a_swap_asks_for_both(lead):
    response = lead.post("board_swap")

    assert errors(response) == ["Choose who goes into reserve", "Choose who is nominated instead"]


def test_somebody_the_academy_has_gone_on_with_is_named_and_not_offered(programme, lead, people):
    Application.objects.filter(pk=people[0].pk).update(state=State.WAITLISTED)

    page = lead.get("board_swap")

    assert "Ada. The academy has gone on with this nomination: “on the waiting list”." in read(page)
    assert f'value="{people[0].pk}"' not in page.content.decode()


def test_without_a_reserve_there_is_nobody_to_swap_with(lead, people):
    for one in people[2:]:
        scenarios.withdrawn(one)

    page = read(lead.get("board_swap"))

    assert "Nobody is in reserve, so there is nobody to swap with." in page
    assert "Swap them" not in page


@pytest.mark.parametrize("page", ["board", "board_swap", "board_confirm"])
def test_a_page_that_is_out_of_date_is_refused_with_the_board_as_it_is_now(lead, people, page):
    seen = lead.order
    other = Lead(lead.allowance, "Mo Lead", "mo@example.org")
    other.post(move=f"up-{people[1].pk}")

    response = lead.post(page, seen=seen, put=people[0].pk, take=people[2].pk, **numbers(people, 1, 2, 2, 1))

    assert errors(response)[0].startswith("Somebody else has changed this page meanwhile")
    assert names(lead.allowance) == [["Bea", "Ada"], ["Cleo", "Dora"]]
    text = response.content.decode()
    assert text.index("Bea") < text.index("Ada")
    assert 'value="Lee Lead"' in text
    # What is sent now is about the board as it is.
    assert f'value="{lead.order}"' in text


def test_a_note_is_read_by_the_other_lead(lead, people):
    lead.post("board_note", about=people[1].pk, text="Leads a team.\r\nVery keen.")
    lead.post("board_note", about="", text="All agreed.")

    page = read(Lead(lead.allowance, "Mo", "mo@example.org").get())

    assert "About all : All agreed. Lee Lead, 1pm on 5 October 2026" in page
    assert "Bea : Leads a team. Very keen. Lee Lead, 1pm" in page


@pytest.mark.parametrize(
    ("given", "error"),
    [({"text": ""}, "Enter a note"), ({"text": "A", "about": "9"}, "Choose one of the list")],
)
def test_a_note_that_cannot_be_kept_says_why(lead, given, error):
    response = lead.post("board_note", **given)

    assert errors(response) == [error]


def test_the_order_is_confirmed_with_a_name_typed_for_it(lead, people):
    lead.post(move=f"up-{people[1].pk}")
    asked = lead.get("board_confirm")
    lead.post("board_confirm", full_name="Lee Q. Lead")

    assert 'value="Lee Lead"' not in asked.content.decode()
    assert "2 of 2 nominations used. The academy will see" in read(asked)
    assert "The order was confirmed by Lee Q. Lead at 1pm on 5 October 2026 ." in read(lead.get())
    assert "The order is confirmed already, by Lee Q. Lead." in read(lead.get("board_confirm"))


def test_a_change_after_it_asks_for_another_confirmation(lead, people):
    lead.post("board_confirm")
    lead.post(move=f"up-{people[1].pk}")

    page = read(lead.get())

    assert "it has changed since then. It is not confirmed as it is now." in page
    assert "Confirm the order" in page


def test_after_the_closing_the_pages_are_read_only_and_say_so(lead, people, at_noon):
    at_noon.move_to(NOW + datetime.timedelta(days=31))
    said = "Nominations could be changed until midday on 4 November 2026. They stand as below."

    pages = {page: read(lead.get(page)) for page in ("board", "board_swap", "board_note", "board_confirm")}
    refused = lead.post("board_confirm")

    for page in pages.values():
        assert said in page
        assert "Your full name" not in page
    assert "1. Ada" in pages["board"]
    assert errors(refused)[0].startswith(said)
    assert BoardEntry.objects.count() == 0


def test_an_empty_board_says_so(programme):
    lead = Lead(factories.NominationAllowanceFactory(programme=programme))

    pages = [read(lead.get()), read(lead.get("board_confirm"))]

    assert "Nobody is nominated yet. In reserve Nobody is in reserve." in pages[0]
    assert "Nobody is nominated yet: there is no order to confirm." in pages[1]


def test_whoever_waits_for_a_nominators_yes_stands_apart(programme):
    factories.ApprovalStepFactory(programme=programme, nominator=True)
    allowance = factories.NominationAllowanceFactory(programme=programme)
    scenarios.submitted(programme, ics=allowance.ics, name="Ada")

    page = read(Lead(allowance).get())

    assert "Confirming the order here does not say that yes." in page
    assert "Not nominated yet The nominators that these people named have not answered." in page


@pytest.mark.parametrize("why", ["revoked", "expired", "never made", "lead gone"])
def test_a_dead_link_opens_nothing_and_offers_a_fresh_one(lead, why, at_noon):
    token = "x" * 43 if why == "never made" else lead.token
    if why == "revoked":
        user = scenarios.reviewer_of(lead.allowance.programme)
        nomination_leads.revoke(lead.lead.pk, user=user, now=NOW)
    if why == "lead gone":
        lead.lead.delete()
    at_noon.move_to(NOW + datetime.timedelta(days=91 if why == "expired" else 1))
    mails = Message.objects.count()

    response = lead.client.get(reverse("board", args=[token]))
    asked = lead.client.post(reverse("link_fresh", args=["board", token]))

    assert response.status_code == 410
    assert "This link no longer works" in read(response)
    assert asked.headers["Location"] == reverse("link_sent")
    assert Message.objects.count() - mails == (1 if why == "expired" else 0)


def test_a_link_asked_for_by_address_is_sent_to_leads_too(lead, at_noon):
    at_noon.move_to(NOW + datetime.timedelta(hours=1))

    lead.client.post(reverse("link_again"), {"email": "lee@example.org"})

    assert Message.objects.filter(event="board_link", to_address="lee@example.org").count() == 2
