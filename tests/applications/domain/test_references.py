import itertools
import re
import secrets

import pytest
from django.db import IntegrityError

from applications.domain import starting
from applications.domain.references import new_reference
from applications.models import Application
from programmes.models import Message
from tests.factories import NOW, ApplicationFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_new_reference_is_the_code_and_five_characters_that_cannot_be_misread():
    programme = ProgrammeFactory(code="LSC")

    references = {new_reference(programme) for _ in range(20)}

    assert len(references) == 20
    assert all(re.fullmatch(r"LSC-[2-9B-DF-HJ-NP-TV-Z]{5}", reference) for reference in references)


def test_whoever_is_given_a_reference_in_use_is_given_another(monkeypatch):
    programme = ProgrammeFactory(code="LSC")
    ApplicationFactory(programme=programme, reference="LSC-22222", email="nia@example.org")
    # By chance it would come once in fourteen million starts.
    characters = itertools.chain("22222", "33333")
    monkeypatch.setattr(secrets, "choice", lambda _: next(characters))

    starting.start(programme, email="sam@example.org", verdicts=[], now=NOW)

    started = Application.objects.get(email="sam@example.org")
    assert started.reference == "LSC-33333"
    assert Message.objects.get().about == started.about


def test_where_every_reference_is_in_use_nothing_is_begun(monkeypatch):
    programme = ProgrammeFactory(code="LSC")
    ApplicationFactory(programme=programme, reference="LSC-22222", email="nia@example.org")
    # As if all fourteen million were in use.
    monkeypatch.setattr(secrets, "choice", lambda _: "2")

    with pytest.raises(IntegrityError):
        starting.start(programme, email="sam@example.org", verdicts=[], now=NOW)

    assert Application.objects.count() == 1
