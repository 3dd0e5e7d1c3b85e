"""Rows kept as they are wanted: new ones with their history, others only where something is different."""

import pytest

from applications.models import Answer, DeclarationMade
from programmes.domain.keeping import keep_rows
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return scenarios.started(factories.ProgrammeFactory(), "sam@example.org")


def test_new_rows_are_stored_with_their_history(application):
    questions = [factories.QuestionFactory(programme=application.programme) for _ in range(3)]
    rows = [Answer(application=application, question=question) for question in questions]

    keep_rows(Answer, [(row, {"asked": "Why?", "value": str(number)}) for number, row in enumerate(rows)])

    assert [answer.value for answer in application.answers.order_by("pk")] == ["0", "1", "2"]
    kept = Answer.history.order_by("id")
    assert [(row.value, row.history_type, row.history_change_reason) for row in kept] == [
        (value, "+", "The portal") for value in ("0", "1", "2")
    ]


def test_a_row_is_stored_again_only_where_something_is_different(application):
    one, other = (
        Answer.objects.create(
            application=application,
            question=factories.QuestionFactory(programme=application.programme),
            asked="Why?",
            value="Because",
        )
        for _ in range(2)
    )

    keep_rows(Answer, [(one, {"value": "Because"}), (other, {"value": "Therefore"})])

    assert [answer.value for answer in application.answers.order_by("pk")] == ["Because", "Therefore"]
    assert [one.history.count(), other.history.count()] == [1, 2]


def test_what_has_no_history_is_stored_without(application):
    declaration = factories.DeclarationFactory(programme=application.programme)
    made = DeclarationMade(application=application, declaration=declaration)

    keep_rows(DeclarationMade, [(made, {"statement": "Yes", "agreed_at": NOW})])

    assert application.declarations.get().statement == "Yes"
    assert not hasattr(DeclarationMade, "history")
