"""What must be true of the rows after anything that may have happened: the rules that the portal checks itself by."""

from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model

from programmes.domain import integrity
from programmes.models import Link, Message, NominationAllowance
from tests.factories import NOW

Question = tuple[str, Any]
# Rules that speak of what a clock has not done yet, or of files: the tests turn the clock as they like.
OF_THE_CLOCK = ("mail-late", "mail-stuck", "offer-past-its-date", "proposal-stuck")


def rows() -> dict[str, list[Any]]:
    """Every row that a verb could change, to be compared with what is there later."""
    models: list[type[Model]] = [
        *apps.get_app_config("applications").get_models(),
        *apps.get_app_config("cohorts").get_models(),
        Link,
        Message,
        NominationAllowance,
    ]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in models}


def broken() -> list[str]:
    """Every breach of the rules in the database, as sentences; none when all is well.

    Of a rule that found nothing, and whose questions all had an empty answer, the questions are asked again as they
    stand: as long as all are empty it finds nothing. To build their SQL anew was most of the time of some tests.
    """
    settled = [
        name for name, questions in _asked.items() if questions is not None and not _any_row(questions)
    ]
    rest = [rule for rule in integrity.rules() if rule.name not in {*OF_THE_CLOCK, *settled}]
    return [sentence for rule in rest for sentence in _breaches(rule)]


# By the rule's name; None for one that asks nothing, or whose answers are not empty where all is well.
_asked: dict[str, list[Question] | None] = {}


def _breaches(rule: integrity.Rule) -> list[str]:
    questions: list[Question] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        questions.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        others = {one.name for one in integrity.rules()} - {rule.name}
        found = integrity.broken(NOW, leaving_out=others)
    if rule.name not in _asked and not found:
        # One that asked nothing of the database would never be looked at again.
        _asked[rule.name] = questions if questions and not _any_row(questions) else None
    return found


def _any_row(questions: list[Question]) -> bool:
    with connection.cursor() as cursor:
        for sql, params in questions:
            cursor.execute(sql, params)
            if cursor.fetchone() is not None:
                return True
    return False
