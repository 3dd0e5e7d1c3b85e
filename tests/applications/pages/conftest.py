import pytest
import time_machine

from tests import factories
from tests.factories import NOW


@pytest.fixture(autouse=True)
def at_noon():
    """The clock stands at `NOW`; a test may move it."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture(autouse=True)
def told_at_once(settings):
    """Decisions are told at once here; `test_untold.py` is about the minutes before that."""
    settings.DECISION_HOLD_MINUTES = 0


@pytest.fixture
def programme():
    """A programme with everything a programme can ask for."""
    programme = factories.ProgrammeFactory(title="Support Circles")
    factories.QuestionFactory(programme=programme, key="why")
    factories.ApprovalStepFactory(programme=programme, statement="I support this application.")
    factories.ApprovalStepFactory(
        programme=programme, declared=True, nominator=True, statement="I am nominated."
    )
    factories.DeclarationFactory(programme=programme, statement="I will attend.")
    cohort = factories.CohortFactory(programme=programme, name="Cohort 1")
    factories.SessionFactory(cohort=cohort)
    return programme
