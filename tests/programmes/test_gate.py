import datetime
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.urls import reverse

from applications.models import Application
from programmes.models import IneligibleCount, Link, Message
from programmes.models.parts import Importance
from programmes.views.gate import sign, unsign
from tests import factories, scenarios
from tests.factories import NOW
from tests.pages.html import Page

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
NONE = "none.of.these"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def programme():
    """One any-of group, one plain criterion, and one that is desirable."""
    programme = factories.ProgrammeFactory(
        title="Listening Well", not_eligible_advice="Join a circle.", contact_email="team@example.org"
    )
    group = factories.CriterionFactory(
        programme=programme,
        key="facilitation",
        statement="Experience or a qualification",
        question="Which of these do you have?",
        advice="Facilitate with a colleague first.",
    )
    factories.CriterionOptionFactory(criterion=group, key="experience", text="2 years of it")
    factories.CriterionOptionFactory(criterion=group, key="coaching", text="A qualification in coaching")
    factories.CriterionFactory(
        programme=programme,
        key="online",
        statement="Confidence online",
        question="Are you confident online?",
        hint="No tool in particular.",
    )
    factories.CriterionFactory(
        programme=programme, key="link", question="Do you know a group?", importance=Importance.DESIRABLE
    )
    return programme


GOOD = {"facilitation": ["coaching"], "online": "yes", "link": "no"}


def gate(programme, **query):
    return reverse("eligibility", args=[programme.slug], query=query)


def start(programme, answers=None, **query):
    answers = {"facilitation": ["coaching"], "online": True, "link": False} if answers is None else answers
    return reverse("start", args=[programme.slug], query={"answers": sign(programme, answers)} | query)


def read(response, status=200):
    assert response.status_code == status
    return Page(response.content.decode())


def texts(page, tag, **attributes):
    return [element.text for element in page.all(tag, **attributes)]


def summary(page):
    """The links of the error summary: what they say and where they lead."""
    return {
        link.text: link.attributes["href"]
        for link in page.all("a")
        if link.attributes.get("href", "")[:1] == "#" and link.text != "Skip to main content"
    }


def nothing_kept():
    return (Application.objects.count(), Message.objects.count(), Link.objects.count()) == (0, 0, 0)


def test_gate_asks_each_criterion_as_a_question(client, programme):
    page = read(client.get(gate(programme)))

    assert texts(page, "legend") == [
        "Which of these do you have?",
        "Are you confident online?",
        "Do you know a group?",
    ]
    assert texts(page, "h2")[:2] == ["What you need", "What helps"]
    assert "No tool in particular." in texts(page, "div", id="id_online-hint")
    assert [box.attributes["value"] for box in page.all("input", name="facilitation")] == [
        "experience",
        "coaching",
        NONE,
    ]
    assert [box.attributes["value"] for box in page.all("input", name="online")] == ["yes", "no"]
    assert [box for box in page.all("input") if "checked" in box.attributes] == []
    assert sorted(set(page.ids)) == sorted(page.ids)


def test_gate_without_desirable_criteria_needs_no_headings(client):
    criterion = factories.CriterionFactory()

    page = read(client.get(gate(criterion.programme)))

    assert "What you need" not in texts(page, "h2")
    assert "We ask 1 question." in texts(page, "p")[0]


def test_gate_leads_to_the_role_description(client, programme):
    factories.RoleDescriptionFactory(programme=programme)

    page = read(client.get(gate(programme)))

    assert page.one("a", href=reverse("programme", args=[programme.slug]) + "#role-description").text == (
        "the role description"
    )


def test_gate_wants_every_question_answered(client, programme):
    page = read(client.post(gate(programme), {"link": "yes"}))

    assert summary(page) == {
        "Answer the question “Which of these do you have?”: select all that apply, or “None of these”": (
            "#id_facilitation"
        ),
        "Answer the question “Are you confident online?”": "#id_online",
    }
    assert texts(page, "title")[0] == "Error: Check if you can apply: Listening Well - Cascade"
    assert [
        box.attributes["value"] for box in page.all("input", name="link") if "checked" in box.attributes
    ] == ["yes"]
    assert {"id_facilitation", "id_online"} <= set(page.ids)


def test_gate_refuses_none_of_these_together_with_an_answer(client, programme):
    page = read(client.post(gate(programme), GOOD | {"facilitation": ["coaching", NONE]}))

    assert list(summary(page)) == ["Select “None of these”, or the other answers, but not both"]
    ticked = [
        box.attributes["value"]
        for box in page.all("input", name="facilitation")
        if "checked" in box.attributes
    ]
    assert ticked == ["coaching", NONE]


@pytest.mark.parametrize(
    "bad",
    [
        {"online": "perhaps"},
        {"facilitation": ["=1+1"]},
        {"facilitation": ["x" * 300]},
        {"online": "<script>alert(1)</script>"},
    ],
)
def test_gate_refuses_answers_that_it_did_not_offer(client, programme, bad):
    response = client.post(gate(programme), GOOD | bad)

    assert len(summary(read(response))) == 1
    assert "<script>alert" not in response.content.decode()
    assert nothing_kept()


def test_gate_reads_an_answer_with_a_nul_byte_as_the_answer(client, programme):
    response = client.post(gate(programme), GOOD | {"online": "yes\x00"})

    assert response.status_code == 302
    assert nothing_kept()


def test_gate_sends_the_eligible_on_with_their_answers_signed(client, programme):
    response = client.post(gate(programme), GOOD)

    address = urlsplit(response.headers["Location"])
    assert address.path == reverse("start", args=[programme.slug])
    assert unsign(programme, parse_qs(address.query)["answers"][0]) == {
        "facilitation": ["coaching"],
        "online": True,
        "link": False,
    }
    assert IneligibleCount.objects.count() == 0
    assert nothing_kept()


def test_gate_counts_an_any_of_group_as_one(client, programme):
    response = client.post(gate(programme), GOOD | {"facilitation": ["experience", "coaching"]})

    assert response.headers["Location"].startswith(reverse("start", args=[programme.slug]))


def test_gate_says_which_requirement_is_not_met_why_and_what_else_to_do(client, programme):
    response = client.post(gate(programme), {"facilitation": [NONE], "online": "no", "link": "no"})

    page = read(response)
    assert texts(page, "h1") == ["Listening Well You cannot apply yet"]
    assert texts(page, "h2")[:4] == [
        "Experience or a qualification",
        "Confidence online",
        "What else you can do",
        "Whom to ask",
    ]
    assert {
        "From your answers, you do not meet 2 requirements of this programme.",
        "You need this to take part. You answered that you have none of these:",
        "You need this to take part. You answered “No” to: Are you confident online?",
        "Facilitate with a colleague first.",
        "Join a circle.",
    } <= set(texts(page, "p"))
    assert page.one("a", href="mailto:team@example.org").text == "team@example.org"


def test_gate_keeps_nothing_of_the_ineligible_but_a_count(client, programme):
    for _ in range(2):
        response = client.post(gate(programme), GOOD | {"online": "no"})

    counts = {count.criterion.key: count.visitors for count in IneligibleCount.objects.all()}
    assert counts == {"online": 2}
    assert set(response.cookies) <= {"csrftoken"}
    assert Session.objects.count() == 0
    assert nothing_kept()


def test_gate_lets_the_ineligible_change_their_answers(client, programme):
    page = read(client.post(gate(programme), GOOD | {"facilitation": [NONE], "online": "no"}))
    back = [link.attributes["href"] for link in page.all("a") if link.text == "Change your answers"]

    page = read(client.get(back[0]))

    ticked = [
        (box.attributes["name"], box.attributes["value"])
        for box in page.all("input")
        if "checked" in box.attributes
    ]
    assert ticked == [("facilitation", NONE), ("online", "no"), ("link", "no")]


def test_gate_ignores_earlier_answers_that_were_altered(client, programme):
    page = read(client.get(gate(programme, answers="nonsense")))

    assert [box for box in page.all("input") if "checked" in box.attributes] == []


def test_gate_of_a_programme_without_criteria_goes_straight_on(client):
    programme = factories.ProgrammeFactory()

    response = client.get(gate(programme))

    assert response.headers["Location"] == start(programme, answers={})


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"opens_at": NOW + DAY}, "Applications open at 1pm on Tuesday 6 October 2026."),
        ({"closes_at": NOW}, "Applications closed at 1pm on Monday 5 October 2026."),
    ],
)
@pytest.mark.parametrize("name", ["eligibility", "start"])
def test_a_programme_that_is_not_open_says_so(client, dates, sentence, name):
    programme = factories.CriterionFactory(programme=factories.ProgrammeFactory(**dates)).programme

    page = read(client.get(reverse(name, args=[programme.slug])))

    assert texts(page, "h1") == [f"{programme.title} You cannot apply now"]
    assert sentence in texts(page, "p")
    assert page.all("form") == []


def test_gate_that_closes_while_the_questions_are_open_says_so(client, programme, clock):
    read(client.get(gate(programme)))
    clock.move_to(programme.closes_at)

    page = read(client.post(gate(programme), GOOD))

    assert "Applications closed at midday on Wednesday 4 November 2026." in texts(page, "p")


@pytest.mark.parametrize("count", [1, 3])
def test_gate_asks_three_queries_however_many_criteria(client, count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    for criterion in factories.CriterionFactory.create_batch(count, programme=programme):
        factories.CriterionOptionFactory(criterion=criterion)
    factories.RoleDescriptionFactory(programme=programme)

    with django_assert_num_queries(3):
        page = read(client.get(gate(programme)))

    assert len(page.all("legend")) == count


def test_start_asks_for_the_address_alone(client, programme):
    page = read(client.get(start(programme)))

    box = page.one("input", name="email").attributes
    assert (box["type"], box["autocomplete"], box["spellcheck"]) == ("email", "email", "false")
    assert page.all("a", href=reverse("privacy_of", args=[programme.academy.slug])) != []
    assert [field.attributes["name"] for field in page.all("input")] == ["csrfmiddlewaretoken", "email"]


def test_start_leads_back_to_the_questions_as_answered(client, programme):
    page = read(client.get(start(programme)))
    back = page.one("a", **{"class": "nhsuk-back-link"}).attributes["href"]

    page = read(client.get(back))

    assert len([box for box in page.all("input") if "checked" in box.attributes]) == 3


def test_start_mails_a_link_and_keeps_what_was_said_at_the_gate(client, programme):
    response = client.post(start(programme), {"email": " Sam.O’Neill@example.org ".replace("’", "'")})

    application = Application.objects.get()
    assert response.headers["Location"] == reverse("check_email", args=[programme.slug])
    assert application.email == "Sam.O'Neill@example.org"
    assert [(one.statement, one.met, one.ways) for one in application.criterion_answers.all()] == [
        ("Experience or a qualification", True, ["A qualification in coaching"]),
        ("Confidence online", True, []),
        ("Experience of leading groups", False, []),
    ]
    assert [(mail.event, mail.to_address) for mail in Message.objects.all()] == [
        ("continue", "Sam.O'Neill@example.org")
    ]


def test_start_answers_known_and_unknown_addresses_alike(client, programme, clock):
    unknown = client.post(start(programme), {"email": "sam@example.org"}, follow=True)
    clock.shift(datetime.timedelta(minutes=5))
    known = client.post(start(programme), {"email": "SAM@example.org"}, follow=True)

    assert known.redirect_chain == unknown.redirect_chain
    assert texts(read(known), "body") == texts(read(unknown), "body")
    assert Application.objects.count() == 1
    assert [mail.event for mail in Message.objects.order_by("pk")] == ["continue", "link_again"]


def test_start_lets_somebody_apply_whose_last_application_has_ended(client):
    programme = factories.ProgrammeFactory()
    application = scenarios.submitted(programme, email="sam@example.org")
    Application.objects.filter(pk=application.pk).update(state="withdrawn", nomination_number=None)

    client.post(start(programme, {}), {"email": "sam@example.org"})

    assert Application.objects.live().filter(email_key="sam@example.org").count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter your work email address"),
        ("nonsense", "Enter an email address in the correct format, like name@example.com"),
        ("a@b@example.org", "Enter an email address in the correct format, like name@example.com"),
        (f"{'a' * 300}@example.org", "Email address must be 254 characters or fewer: you have entered 312"),
        ("<script>@example.org", "Enter an email address in the correct format, like name@example.com"),
    ],
)
def test_start_says_what_is_wrong_with_an_address_and_keeps_it(client, programme, typed, sentence):
    page = read(client.post(start(programme), {"email": typed}))

    assert sentence in summary(page)
    assert summary(page)[sentence] == "#id_email"
    assert page.one("input", name="email").attributes.get("value", "") == typed
    assert texts(page, "title")[0].startswith("Error: ")
    assert nothing_kept()


def test_start_takes_an_address_pasted_with_a_line_break_and_a_nul_byte(client, programme):
    client.post(start(programme), {"email": "\x00sam@example.org\r\n"})

    assert Application.objects.get().email == "sam@example.org"


@pytest.mark.parametrize(
    ("move", "alter", "because", "sentence"),
    [
        (25, "", "expired", "You answered these questions more than 24 hours ago."),
        (0, "x", "altered", "We could not read your earlier answers."),
    ],
)
def test_start_leads_back_to_the_questions_when_the_answers_are_no_good(
    client, programme, clock, move, alter, because, sentence
):
    address = start(programme) + alter
    clock.shift(datetime.timedelta(hours=move))

    response = client.get(address)

    assert response.headers["Location"] == gate(programme, again=because)
    assert sentence in " ".join(texts(read(client.get(response.headers["Location"])), "p"))


def test_start_holds_answers_for_a_day(client, programme, clock):
    address = start(programme)
    clock.shift(datetime.timedelta(hours=23, minutes=59))

    assert texts(read(client.get(address)), "h1") == ["Listening Well You can apply"]


def test_start_without_answers_leads_to_the_questions(client, programme):
    response = client.get(reverse("start", args=[programme.slug]))

    assert response.headers["Location"] == gate(programme, again="first")


def test_start_refuses_answers_signed_for_another_programme(client, programme):
    other = factories.ProgrammeFactory()

    response = client.get(reverse("start", args=[programme.slug], query={"answers": sign(other, {})}))

    assert response.headers["Location"] == gate(programme, again="altered")


def test_start_asks_again_when_a_requirement_was_added(client, programme):
    address = start(programme)
    factories.CriterionFactory(programme=programme)

    response = client.get(address)

    assert response.headers["Location"] == gate(programme, again="changed")


@pytest.mark.parametrize("alter", ["", "x"])
def test_start_keeps_the_address_typed_when_the_answers_are_no_good(client, programme, clock, alter):
    address = start(programme) + alter
    clock.shift(datetime.timedelta(hours=25))

    page = read(client.post(address, {"email": "sam@example.org"}))

    assert page.one("input", name="email").attributes["value"] == "sam@example.org"
    assert page.all("a", href=gate(programme)) != []
    assert texts(page, "title")[0].startswith("Error: ")
    assert nothing_kept()


def test_start_that_closes_while_it_is_open_keeps_the_address_and_says_so(client, programme, clock):
    address = start(programme)
    programme.closes_at = NOW + datetime.timedelta(hours=1)
    programme.save()
    clock.move_to(programme.closes_at)

    page = read(client.post(address, {"email": "sam@example.org"}))

    assert [text.partition(". ")[0] for text in texts(page, "li") if "closed" in text] == [
        "Applications to Listening Well closed at 2pm on 5 October 2026"
    ]
    assert page.one("input", name="email").attributes["value"] == "sam@example.org"
    assert nothing_kept()


def test_check_email_echoes_nothing_and_speaks_of_the_mailbox_in_the_demo_alone(client, programme, settings):
    address = reverse("check_email", args=[programme.slug], query={"email": "sam@example.org"})
    in_life = client.get(address).content.decode()

    settings.DEMO = True
    in_demo = client.get(address).content.decode()

    assert "sam@example.org" not in in_life
    assert "/dev/mailbox/" not in in_life
    assert "Open the mailbox" in in_demo


@pytest.mark.parametrize("name", ["eligibility", "start", "check_email"])
def test_opening_the_pages_of_the_gate_changes_nothing(client, programme, name):
    for _ in range(2):
        client.get(reverse(name, args=[programme.slug]))
        client.head(reverse(name, args=[programme.slug]))

    assert IneligibleCount.objects.count() == 0
    assert nothing_kept()
