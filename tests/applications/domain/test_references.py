import itertools
import re
import secrets

import pytest

from applications.domain.references import new_reference
from tests.factories import ApplicationFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_new_reference_is_the_code_and_five_characters_that_cannot_be_misread():
    programme = ProgrammeFactory(code="LSC")

    references = {new_reference(programme) for _ in range(20)}

    assert len(references) == 20
    assert all(re.fullmatch(r"LSC-[2-9B-DF-HJ-NP-TV-Z]{5}", reference) for reference in references)


def test_new_reference_passes_over_one_in_use(monkeypatch):
    programme = ProgrammeFactory(code="LSC")
    ApplicationFactory(programme=programme, reference="LSC-22222")
    characters = itertools.chain("22222", "33333")
    monkeypatch.setattr(secrets, "choice", lambda _: next(characters))

    assert new_reference(programme) == "LSC-33333"
