import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from applications.models import Answer
from programmes.models import Question
from tests import factories, scenarios
from tests.applications.pages.visits import Visitor, errors, goes_to, read

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 a certificate"


EVERY_KIND = {
    "text": {},
    "long_text": {"max_words": 5},
    "choice": {"options": ["Now", "Later"]},
    "choices": {"options": ["Team", "ICS"]},
    "number": {"least": 1, "most": 50},
    "date": {},
    "yes_no": {},
    "file": {},
}


@pytest.fixture
def questions():
    """A draft of a programme with a question of every kind."""
    programme = factories.ProgrammeFactory()
    for position, (kind, settings) in enumerate(EVERY_KIND.items()):
        factories.QuestionFactory(
            programme=programme, key=kind, kind=kind, position=position, text=f"What {kind}?", **settings
        )
    return scenarios.started(programme, "sam@example.org")


def everything(**changes):
    return {
        "question-text": "Welsh and French",
        "question-long_text": "To help\r\nmy colleagues.",
        "question-choice": "Later",
        "question-choices": ["Team", "ICS"],
        "question-number": "12",
        "question-date_day": "9",
        "question-date_month": "May",
        "question-date_year": "2020",
        "question-yes_no": "no",
        "question-file": SimpleUploadedFile("My certificate.pdf", PDF),
    } | changes


def test_questions_of_every_kind_are_kept_and_shown_again(questions, settings):
    visitor = Visitor(questions)

    response = visitor.post("questions", everything())

    assert goes_to(response, visitor, "check")
    kept = {answer.question.kind: answer for answer in questions.answers.select_related("question")}
    assert {kind: answer.value for kind, answer in kept.items()} == {
        "text": "Welsh and French",
        "long_text": "To help\nmy colleagues.",
        "choice": "Later",
        "choices": ["Team", "ICS"],
        "number": 12,
        "date": "2020-05-09",
        "yes_no": False,
        "file": "My certificate.pdf",
    }
    assert kept["file"].file.read() == PDF
    again = visitor.get("questions")
    assert "You gave us My certificate.pdf . Choose another file" in read(again)
    for shown in (
        'value="12"',
        'value="2020"',
        'value="Later" checked',
        'value="ICS" checked',
        'value="no" checked',
    ):
        assert shown in again.content.decode()


def test_questions_name_what_is_missing_in_order(questions):
    response = Visitor(questions).post("questions")

    assert errors(response) == [f"Answer the question “What {kind}?”" for kind in EVERY_KIND]
    assert not questions.answers.exists()


@pytest.mark.parametrize(
    ("field", "typed", "error"),
    [
        ("text", "ŵ" * 301, "Your answer must be 300 characters or fewer: you have entered 301"),
        (
            "long_text",
            "one two three four five six",
            "Your answer must be 5 words or fewer: you have written 6",
        ),
        ("choice", "Never", "Choose one of the answers listed"),
        ("choices", ["Moon"], "Choose one of the answers listed"),
        ("number", "0", "Enter a number between 1 and 50"),
        ("number", "51", "Enter a number between 1 and 50"),
        ("number", "several", "Enter a whole number, like 3"),
        ("date_day", "32", "Your answer must be a real date"),
        ("yes_no", "perhaps", "Choose one of the answers listed"),
    ],
)
def test_questions_refuse_with_a_sentence_and_keep_what_was_typed(questions, field, typed, error):
    data = everything(**{f"question-{field}": typed})

    response = Visitor(questions).post("questions", data)

    assert errors(response) == [error]
    if field != "text":
        assert 'value="Welsh and French"' in response.content.decode()
    assert [answer.asked for answer in questions.answers.all()] == ["What file?"]


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        (
            "tune.mp3",
            b"ID3",
            "The file must be a .pdf file, a .doc file, a .docx file, a .odt file, a .png file, a .jpg file or a "
            ".jpeg file: “tune.mp3” is not",
        ),
        (
            "page.pdf",
            b"<html>",
            "“page.pdf” is not a .pdf file, although its name says so: choose another file",
        ),
        ("empty.pdf", b"", "The file you chose is empty: choose another one"),
        (
            "large.pdf",
            PDF + b"." * 5 * 1024 * 1024,
            "The file must be smaller than 5 MB: “large.pdf” is larger",
        ),
    ],
)
def test_questions_refuse_a_file_that_is_not_what_was_asked_for(questions, name, content, error):
    response = Visitor(questions).post(
        "questions", everything(**{"question-file": SimpleUploadedFile(name, content)})
    )

    assert errors(response) == [error]
    assert not questions.answers.exists()


def test_a_good_file_is_kept_although_another_answer_is_wrong(questions):
    visitor = Visitor(questions)

    response = visitor.post("questions", everything(**{"question-number": "many"}))

    assert errors(response) == ["Enter a whole number, like 3"]
    assert "You gave us My certificate.pdf" in read(response)
    without = everything()
    del without["question-file"]
    assert goes_to(visitor.post("questions", without), visitor, "check")


def test_a_new_file_takes_the_place_of_the_old(questions, django_capture_on_commit_callbacks):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    before = questions.answers.get(question__kind="file").file

    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("questions", everything(**{"question-file": SimpleUploadedFile("new.pdf", PDF)}))

    answer = questions.answers.get(question__kind="file")
    assert answer.value == "new.pdf"
    assert not before.storage.exists(before.name)
    assert answer.file.storage.exists(answer.file.name)


def test_a_file_that_need_not_be_given_can_be_removed(questions, django_capture_on_commit_callbacks):
    Question.objects.filter(kind="file").update(required=False)
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    before = questions.answers.get(question__kind="file").file
    without = everything(**{"question-file-remove": "remove"})
    del without["question-file"]

    with django_capture_on_commit_callbacks(execute=True):
        visitor.post("questions", without)

    answer = questions.answers.get(question__kind="file")
    assert (answer.value, bool(answer.file)) == ("", False)
    assert not before.storage.exists(before.name)


def test_half_of_the_answers_can_be_saved_for_later(questions):
    visitor = Visitor(questions)

    response = visitor.post("questions", {"question-text": "Welsh", "question-number": "", "later": "1"})

    assert goes_to(response, visitor, "application")
    page = read(visitor.get("application"))
    assert "Your answers are saved." in page
    assert "Your experience and plans Incomplete" in page
    assert questions.answers.get(question__kind="text").value == "Welsh"


def test_questions_after_the_deadline_keep_what_was_typed(programme, at_noon):
    visitor = Visitor(scenarios.submitted(programme))
    at_noon.move_to(programme.closes_at)

    response = visitor.post("questions", {"question-why": "A better answer."})

    (error,) = errors(response)
    assert "What you entered is kept." in error
    assert "A better answer." in response.content.decode()
    assert Answer.objects.get().value == "My answer."


def test_html_and_formulas_in_answers_are_shown_as_typed(programme):
    visitor = Visitor(scenarios.filled_in(programme))

    visitor.post("questions", {"question-why": "=1+1 <script>alert(1)</script> {{ 7 * 7 }}"})

    page = visitor.get("check").content.decode()
    assert "=1+1 &lt;script&gt;alert(1)&lt;/script&gt; {{ 7 * 7 }}" in page


def test_a_file_can_be_fetched_by_its_applicant_only(questions):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    answer = questions.answers.get(question__kind="file")
    other = Visitor(scenarios.started(factories.ProgrammeFactory(), "other@example.org"))

    response = visitor.get("my_file", pk=answer.pk)

    assert b"".join(response.streaming_content) == PDF
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == 'attachment; filename="My certificate.pdf"'
    assert other.get("my_file", pk=answer.pk).status_code == 404


def test_a_file_that_is_gone_is_not_found(questions):
    visitor = Visitor(questions)
    visitor.post("questions", everything())
    answer = questions.answers.get(question__kind="file")
    answer.file.storage.delete(answer.file.name)

    assert visitor.get("my_file", pk=answer.pk).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_questions_take_the_same_queries_however_many_there_are(count, django_assert_num_queries):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory.create_batch(count, programme=programme)
    visitor = Visitor(scenarios.filled_in(programme))

    with django_assert_num_queries(2):
        visitor.get("questions")


@pytest.mark.parametrize(
    ("limits", "typed", "error"),
    [
        ({}, "-3", None),
        ({"least": 0}, "-3", "Your answer must be 0 or more"),
        ({"most": 9}, "1,000", "Your answer must be 9 or fewer"),
        ({}, "9" * 40, "Enter a whole number, like 3"),
    ],
)
def test_a_number_keeps_to_the_limits_it_has(limits, typed, error):
    programme = factories.ProgrammeFactory()
    factories.QuestionFactory(programme=programme, key="many", kind="number", text="How many?", **limits)
    visitor = Visitor(scenarios.started(programme, "sam@example.org"))

    response = visitor.post("questions", {"question-many": typed})

    assert (errors(response) if error else Answer.objects.get().value) == ([error] if error else -3)
