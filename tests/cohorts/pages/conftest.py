import pytest
import time_machine

from tests.factories import NOW


@pytest.fixture(autouse=True)
def at_noon():
    """The clock stands at `NOW`; a test may move it."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
