"""What must be true of the rows after anything that may have happened: the rules that the portal checks itself by."""

from typing import Any

from django.apps import apps
from django.db.models import Model

from programmes.domain import integrity
from programmes.models import Link, Message, NominationAllowance
from tests.factories import NOW

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
    """Every breach of the rules in the database, as sentences; none when all is well."""
    return integrity.broken(NOW, leaving_out=OF_THE_CLOCK)
