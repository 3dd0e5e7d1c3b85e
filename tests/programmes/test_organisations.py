"""Integrated Care Systems: a dated list that is loaded, and may be loaded again."""

import datetime
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from programmes.domain.organisations import (
    COLUMNS,
    SHIPPED,
    SystemsLoaded,
    load_integrated_care_systems,
    successors,
    systems_for,
)
from programmes.domain.programme_file.faults import Faulty
from programmes.models import IntegratedCareSystem, Region
from tests import factories
from tests.programme_files import all_rows, written

BEFORE = datetime.date(2026, 3, 31)
AFTER = datetime.date(2026, 4, 1)
HEAD = ",".join(COLUMNS) + "\n"

pytestmark = pytest.mark.django_db


def system(code: str) -> IntegratedCareSystem:
    return IntegratedCareSystem.objects.get(code=code)


def faults_of(path: Path) -> list[str]:
    with pytest.raises(Faulty) as caught:
        load_integrated_care_systems(path)
    return [str(fault).replace(f"{path.parent}/", "") for fault in caught.value.faults]


def test_shipped_list_has_42_systems_before_the_mergers_and_36_after():
    loaded = load_integrated_care_systems()

    assert loaded == SystemsLoaded(made=48, updated=0, as_before=0)
    assert IntegratedCareSystem.objects.valid_on(BEFORE).count() == 42
    assert IntegratedCareSystem.objects.valid_on(AFTER).count() == 36
    assert list(Region.objects.values_list("name", "ods_code")) == [
        ("East of England", "Y61"),
        ("London", "Y56"),
        ("Midlands", "Y60"),
        ("North East and Yorkshire", "Y63"),
        ("North West", "Y62"),
        ("South East", "Y59"),
        ("South West", "Y58"),
    ]


def test_system_is_stored_with_its_region_dates_and_successors():
    load_integrated_care_systems()

    frimley = system("QNQ")

    assert (frimley.short_name, frimley.region.name, frimley.ons_code) == (
        "Frimley",
        "South East",
        "E54000034",
    )
    assert (frimley.valid_from, frimley.valid_to) == (datetime.date(2022, 7, 1), BEFORE)
    assert sorted(one.code for one in frimley.successors.all()) == ["QRL", "S0E4D", "S9B9J"]


def test_second_load_changes_no_row():
    load_integrated_care_systems()
    before = all_rows()

    loaded = load_integrated_care_systems()

    assert loaded == SystemsLoaded(made=0, updated=0, as_before=48)
    assert all_rows() == before


def test_later_list_ends_a_system_and_keeps_what_it_does_not_name(tmp_path):
    load_integrated_care_systems()
    later = written(
        tmp_path,
        HEAD
        + "QKS,NHS Kent and Medway Integrated Care Board,South East,Y59,E54000032,2022-07-01,2027-03-31,XYZ\n"
        "XYZ,NHS Garden of England Integrated Care Board,South East,Y59,,2027-04-01,,\n",
    )

    loaded = load_integrated_care_systems(later)

    assert loaded == SystemsLoaded(made=1, updated=1, as_before=0)
    assert system("QKS").valid_to == datetime.date(2027, 3, 31)
    assert [one.code for one in system("QKS").successors.all()] == ["XYZ"]
    assert IntegratedCareSystem.objects.count() == 49


def test_region_that_is_renamed_keeps_its_systems(tmp_path):
    load_integrated_care_systems()
    renamed = written(tmp_path, SHIPPED.read_text().replace(",South West,", ",West Country,"))

    load_integrated_care_systems(renamed)

    assert Region.objects.get(ods_code="Y58").name == "West Country"
    assert Region.objects.get(ods_code="Y58").systems.count() == 7


@pytest.mark.parametrize(
    ("day", "names"),
    [
        (
            BEFORE,
            [
                "Buckinghamshire, Oxfordshire and Berkshire West",
                "Frimley",
                "Hampshire and Isle of Wight",
                "Kent and Medway",
                "Surrey Heartlands",
                "Sussex",
            ],
        ),
        (AFTER, ["Hampshire and Isle of Wight", "Kent and Medway", "Surrey and Sussex", "Thames Valley"]),
    ],
)
def test_people_apply_from_the_systems_of_the_programmes_regions_that_exist_that_day(day, names):
    load_integrated_care_systems()
    programme = factories.ProgrammeFactory()
    programme.regions.add(Region.objects.get(name="South East"))

    assert [system.short_name for system in systems_for(programme, day)] == names


def test_programme_without_regions_is_for_every_system():
    load_integrated_care_systems()

    assert systems_for(factories.ProgrammeFactory(), AFTER).count() == 36


@pytest.mark.parametrize(
    ("code", "day", "codes"),
    [
        ("QKS", AFTER, ["QKS"]),
        ("QNX", BEFORE, ["QNX"]),
        ("QNX", AFTER, ["S9B9J"]),
        ("QNQ", AFTER, ["QRL", "S9B9J", "S0E4D"]),
    ],
)
def test_successors_are_the_systems_that_do_its_work_that_day(code, day, codes):
    load_integrated_care_systems()

    assert [one.code for one in successors(system(code), day)] == codes


def test_successors_of_successors_are_followed_and_circles_end():
    ended = {"valid_to": datetime.date(2024, 3, 31)}
    first, second, third = (
        factories.IntegratedCareSystemFactory(**ended),
        factories.IntegratedCareSystemFactory(**ended),
        factories.IntegratedCareSystemFactory(),
    )
    first.successors.add(second)
    second.successors.add(third, first)

    assert successors(first, AFTER) == [third]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "code,name\nQKS,Kent\n",
            [
                f"file.yaml:1: The columns are not as expected. Give these, in this order: {', '.join(COLUMNS)}."
            ],
        ),
        (
            "",
            [
                f"file.yaml:1: The columns are not as expected. Give these, in this order: {', '.join(COLUMNS)}."
            ],
        ),
        (
            HEAD + "A,NHS A,East,Y1,,2022-07-01,,\nA,NHS A,East,Y1,,2022-07-01,,C|A\n",
            [
                "file.yaml:3: code: “A” is given twice, first on line 2. Keep one of them.",
                "file.yaml:3: successor_codes: “C” is not in the file. Add or correct it.",
            ],
        ),
        (
            HEAD + ",NHS A,East,Y1,,1 July 2022,,\nB,NHS B,East,Y1,,2022-07-01,2022-06-30,\n",
            [
                "file.yaml:2: code: Nothing stands here. Fill it in.",
                "file.yaml:2: valid_from: “1 July 2022” is not a date. Write it as 2026-04-01.",
                "file.yaml:3: valid_to: The system ends before it begins. Give a later date.",
            ],
        ),
        (
            HEAD + "A,NHS A, East,East,Y1,,2022-07-01,,\nB,NHS B\n",
            [
                "file.yaml:2: The line has too many or too few columns. A name with a comma needs double quotes.",
                "file.yaml:3: The line has too many or too few columns. A name with a comma needs double quotes.",
            ],
        ),
        ("code\xe9".encode("latin-1"), ["file.yaml: Cannot be read: it is not in UTF-8. Check the file."]),
    ],
)
def test_faulty_list_is_refused_with_every_fault_and_changes_nothing(tmp_path, text, expected):
    assert faults_of(written(tmp_path, text)) == expected
    assert IntegratedCareSystem.objects.count() == 0


def test_missing_file_is_refused(tmp_path):
    assert faults_of(tmp_path / "none.csv") == [
        "none.csv: Cannot be read: No such file or directory. Check the file."
    ]


def test_command_loads_the_shipped_list_or_another(capsys, tmp_path):
    call_command("load_integrated_care_systems")
    call_command("load_integrated_care_systems", str(shutil.copy(SHIPPED, tmp_path)))

    assert capsys.readouterr().out.splitlines() == [
        "Integrated Care Systems: 48 made, 0 updated, 0 as before",
        "Integrated Care Systems: 0 made, 0 updated, 48 as before",
    ]


def test_command_prints_every_fault(tmp_path):
    path = written(tmp_path, HEAD + ",,East,Y1,,2022-07-01,,\n")

    with pytest.raises(CommandError) as caught:
        call_command("load_integrated_care_systems", str(path))

    assert str(caught.value).splitlines() == [
        "Nothing was loaded: 2 faults to put right first.",
        f"{path}:2: code: Nothing stands here. Fill it in.",
        f"{path}:2: name: Nothing stands here. Fill it in.",
    ]
    assert caught.value.returncode == 1
