"""The three commands: what is due, what is held on a person, and erasing it."""

import zipfile
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from applications.models import Application
from programmes.models import PrivacyAct, RetentionReport
from tests import factories, scenarios
from tests.factories import NOW
from tests.privacy import seeding

pytestmark = pytest.mark.django_db


def said(*arguments, **options) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


def withdrawn(**values):
    return factories.ApplicationFactory(state="withdrawn", state_since=NOW, submitted_at=NOW, **values)


def test_retention_says_what_would_go_and_why_and_changes_nothing():
    programme = factories.ProgrammeFactory(title="Circles")
    for address in ("sam@example.org", "held@example.org"):
        withdrawn(programme=programme, email=address)
    factories.HoldFactory(academy=programme.academy, address="held@example.org")
    withdrawn(programme__title="Bystander")
    factories.InvitationFactory(expires_at=NOW)

    with time_machine.travel(NOW.replace(year=2028)):
        printed = said("retention", "--dry-run").splitlines()

    assert printed == [
        "Circles: 1, 1 kept by a hold. Withdrawn applications: over for more than 6 months.",
        "Bystander: 1. Withdrawn applications: over for more than 6 months.",
        "(no programme): 1. Invitations of staff that were not taken up: over for more than 12 months.",
        "3 would go. Nothing was changed.",
    ]
    assert (RetentionReport.objects.count(), Application.objects.filter(email="sam@example.org").count()) == (
        0,
        1,
    )


def test_retention_makes_anonymous():
    programme = factories.ProgrammeFactory(keep_withdrawn_months=1)
    withdrawn(programme=programme, email="sam@example.org")

    with time_machine.travel(NOW.replace(year=2028)):
        printed = said("retention")

    assert printed.startswith("1 record made anonymous, 0 kept by a hold, in ")
    assert RetentionReport.objects.get().started_by == "The command retention"
    assert not Application.objects.filter(email="sam@example.org").exists()


def test_export_person_writes_a_file_once(tmp_path):
    scenarios.started(seeding.programme(), "sam@example.org")
    target = tmp_path / "sam.zip"

    printed = said("export_person", "SAM@example.org", "--to", str(target))

    assert zipfile.is_zipfile(target)
    assert target.stat().st_mode & 0o777 == 0o600
    assert printed.startswith(f"Written to {target}.")
    with pytest.raises(CommandError, match="is there already"):
        said("export_person", "sam@example.org", "--to", str(target))


def test_export_person_of_nobody_writes_nothing(tmp_path):
    with pytest.raises(CommandError, match="Nothing is held under this address"):
        said("export_person", "sam@example.org", "--to", str(tmp_path / "sam.zip"))

    assert list(tmp_path.iterdir()) == []


def test_erase_person_shows_what_goes_and_asks_for_the_address_again(monkeypatch):
    programme = seeding.programme()
    scenarios.withdrawn(scenarios.submitted(programme, email="sam@example.org", name="Sam Smith"))
    scenarios.started(programme, "s.am@example.org")
    typed = iter(["other@example.org", "Sam@example.org"])
    monkeypatch.setattr("builtins.input", lambda _: next(typed))

    with pytest.raises(CommandError, match="That is another address"):
        said("erase_person", "sam@example.org", "--reason", "Asked")
    before = Application.objects.filter(email="sam@example.org").count()
    printed = said("erase_person", "sam@example.org", "--reason", "Asked").splitlines()

    assert before == 1
    assert "There is also s.am@example.org: if this is the same person, erase it by itself." in printed
    assert any(
        line.startswith("Applications: name, work address") and "1 row, made anonymous" in line
        for line in printed
    )
    assert any("Emailed links" in line and line.endswith("deleted") for line in printed)
    assert printed[-1].startswith("Erased: ")
    assert list(Application.objects.values_list("email", flat=True).order_by("pk"))[1] == "s.am@example.org"
    assert PrivacyAct.objects.get().by_words == "The command erase_person"


def test_erase_person_says_what_stands_against_it():
    scenarios.submitted(seeding.programme(), email="sam@example.org")

    with pytest.raises(CommandError, match="withdraw it first"):
        said("erase_person", "sam@example.org", "--reason", "Asked", "--yes")
    with pytest.raises(CommandError, match="Nothing is held under this address"):
        said("erase_person", "nobody@example.org", "--reason", "Asked", "--yes")
