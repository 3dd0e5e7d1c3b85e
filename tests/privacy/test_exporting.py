"""Everything held on one person, and of others only what concerns them."""

import io
import json
import zipfile

import pytest

from programmes.domain import access
from programmes.domain.privacy import erasing, exporting
from programmes.domain.refused import Refused
from programmes.models import PrivacyAct
from tests import scenarios
from tests.factories import NOW
from tests.privacy import seeding

pytestmark = pytest.mark.django_db


def unpacked(packed: bytes) -> tuple[dict, dict[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        names = archive.namelist()
        files = {name: archive.read(name) for name in names if name != "data.json"}
        return json.loads(archive.read("data.json")), files


def test_every_table_that_holds_something_of_the_person_is_in_it():
    seeding.person(seeding.programme())

    said, files = unpacked(exporting.export(seeding.ADDRESS, by="A test", now=NOW))

    named = {entry["holds"] for entry in said["tables"] if entry["rows"]}
    seen = {line.what for line in erasing.preview(seeding.ADDRESS, now=NOW).lines}
    assert said["address"] == seeding.ADDRESS.lower()
    assert named >= seen
    assert sorted(name.partition("-")[0] for name in files) == [
        "files/applications.answer",
        "files/facilitators.delivery",
    ]
    assert {content.decode() for content in files.values()} == {seeding.SAID}
    act = PrivacyAct.objects.latest("pk")
    assert (act.kind, act.by_words, act.counts["applications.Application"]) == ("exported", "A test", 2)


def test_of_the_application_that_somebody_approved_they_get_only_their_own_part():
    programme = seeding.programme()
    application = scenarios.under_review(programme, email="olive@example.org", name="Olive Other")
    application.approvals.update(name="Morgan Manager", email="morgan@example.org", reason="Olive is good")

    said, _ = unpacked(exporting.export("morgan@example.org", by="A test", now=NOW))

    [approval] = [entry for entry in said["tables"] if entry["table"] == "Approvals"]
    [row] = approval["rows"]
    assert row["work email address"] == "morgan@example.org"
    assert row["application"] == f"application {application.pk}"
    text = json.dumps(said)
    assert [word for word in ("olive@example.org", "Olive is good") if word in text] == []


def test_staff_are_not_named_and_what_is_chosen_is_in_words():
    seeding.person(seeding.programme())

    said, _ = unpacked(exporting.export(seeding.ADDRESS, by="A test", now=NOW))

    [reviews] = [entry for entry in said["tables"] if entry["table"] == "Reviews"]
    [applications] = [entry for entry in said["tables"] if entry["table"] == "Applications"]
    assert [(row["reviewer"], row["outcome"]) for row in reviews["rows"]] == [
        ("A member of staff", "Suitable")
    ]
    assert {row["programme"] for row in applications["rows"]} == {"Leadership Circles"}
    assert len(applications["earlier_versions"]) > 2


def test_a_file_that_is_gone_is_left_out():
    done = seeding.person(seeding.programme())
    answer = done.answers.exclude(file="").get()
    answer.file.storage.delete(answer.file.name)

    _, files = unpacked(exporting.export(seeding.ADDRESS, by="A test", now=NOW))

    assert [name.partition("-")[0] for name in files] == ["files/facilitators.delivery"]


def test_nothing_held_makes_no_file():
    with pytest.raises(Refused, match="Nothing is held under this address"):
        exporting.export("nobody@example.org", by="A test", now=NOW)

    assert PrivacyAct.objects.count() == 0


def test_only_who_administers_it_is_handed_it():
    programme = seeding.programme()
    scenarios.started(programme, "sam@example.org")

    with pytest.raises(access.NotAllowed):
        exporting.export("sam@example.org", by=scenarios.reviewer_of(programme), now=NOW)

    assert exporting.export("sam@example.org", by=scenarios.administrator_of(programme), now=NOW)[:2] == b"PK"
