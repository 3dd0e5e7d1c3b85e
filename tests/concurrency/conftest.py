import pytest

from programmes.domain import announcements


@pytest.fixture(autouse=True)
def nothing_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Mails are queued and left there: sending them is not what is looked at."""
    monkeypatch.setattr(announcements.messages_queued, "_subscribers", [])
