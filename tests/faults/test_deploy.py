"""A new version is put in while people fill in pages of the old: a clear sentence, and nothing typed is lost."""

import pytest

from applications.domain import submission
from applications.models import Answer, State
from programmes.models import Question
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read
from tests.factories import NOW
from tests.faults.world import Count

pytestmark = pytest.mark.django_db

TYPED = "I led circles of 8 people.\r\nTwice a <week> & more; Siân."
SHOWN = "I led circles of 8 people. Twice a <week> & more; Siân."


@pytest.fixture(autouse=True)
def _at_noon(time_machine):
    time_machine.move_to(NOW, tick=False)


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, key="why", text="Why?", position=1)
    factories.QuestionFactory(
        programme=programme, key="when", text="When?", kind="choice", options=["Now", "Later"], position=2
    )
    return programme


@pytest.fixture
def person(programme):
    return Visitor(scenarios.started(programme, "sam@example.org"))


@pytest.fixture
def kept(report):
    """Writes a line: of the texts that were typed into a page of before, how many the new version has or shows."""

    def write(fault, texts, where, note):
        arrived = sum(text in where for text in texts)
        report(f"New version: {fault}", Count(len(texts), arrived, len(texts) - arrived, 0), note)

    return write


def _answers():
    return {answer.question.key: answer.value for answer in Answer.objects.select_related("question")}


def test_a_field_that_the_new_version_does_not_know_changes_nothing(person, kept):
    response = person.post("questions", {"question-why": TYPED, "question-when": "Now", "hobby": "Chess"})

    kept("a field is gone", [TYPED.replace("\r\n", "\n"), "Now"], _answers().values(), "saved")
    assert goes_to(response, person, "check")
    assert _answers() == {"why": TYPED.replace("\r\n", "\n"), "when": "Now"}


def test_a_field_that_the_old_page_did_not_have_is_asked_for_beside_what_was_typed(person, programme, kept):
    factories.QuestionFactory(programme=programme, key="team", text="How large is your team?", position=3)

    response = person.post("questions", {"question-why": TYPED, "question-when": "Now"})

    kept("a field is new", [SHOWN], read(response), "asked for beside it")
    assert errors(response) == ["Answer the question “How large is your team?”"]
    assert SHOWN in read(response)


def test_a_choice_that_is_gone_is_named_and_the_rest_is_kept(person, kept):
    Question.objects.filter(key="when").update(options=["In spring", "In autumn"])

    response = person.post("questions", {"question-why": TYPED, "question-when": "Later"})

    kept("a choice is gone", [SHOWN], read(response), "the new choices are offered beside it")
    assert errors(response) == ["Choose one of the answers listed"]
    assert SHOWN in read(response)
    assert "In autumn" in read(response)


def test_a_page_of_a_step_that_is_gone_gives_back_what_was_typed(person, kept):
    address = f"/my/{person.token}/experience/"

    response = person.client.post(
        address, {"csrfmiddlewaretoken": "x", "why": TYPED, "ways": ["One", "Two"], "no": ""}
    )

    page = read(response)
    kept("a page is gone", [SHOWN, "One", "Two"], page, "given back, to be copied")
    assert response.status_code == 404
    assert "This page has changed since you opened it" in page
    assert SHOWN in page
    assert page.index("One") < page.index("Two") < page.index("See the steps of your application")
    assert response.content.decode().count('class="nhsuk-inset-text') == 3
    assert "<week>" not in response.content.decode()


def test_an_old_address_that_is_only_opened_leads_to_the_steps(person):
    response = person.client.get(f"/my/{person.token}/experience/", follow=True)

    assert response.redirect_chain == [(person.address("application"), 302)]
    assert (
        "That page is not part of your application any more. Carry on from here." in response.content.decode()
    )


def test_an_old_address_behind_a_dead_link_opens_nothing(client):
    response = client.post(f"/my/{'x' * 43}/experience/", {"why": TYPED})

    assert response.status_code == 410
    assert "circles of 8" not in response.content.decode()


def test_a_check_page_of_before_a_new_question_submits_nothing_and_says_what_is_missing(programme, kept):
    application = scenarios.filled_in(programme, now=NOW)
    submission.save_answers(application.pk, {programme.questions.get(key="when"): "Now"}, now=NOW)
    person = Visitor(application)
    factories.QuestionFactory(programme=programme, key="team", text="How large is your team?", position=3)

    response = person.post("check", {"confirm": "yes"})

    application.refresh_from_db()
    kept("an old check page", ["My answer."], _answers().values(), "nothing incomplete is submitted")
    assert application.state == State.DRAFT
    assert errors(response) == ["Answer the question “How large is your team?”"]
    assert _answers()["why"] == "My answer."
