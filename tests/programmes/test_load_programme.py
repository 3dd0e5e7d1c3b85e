"""``manage.py load_programme``, as it is typed."""

import pytest
from django.core.management import CommandError, call_command

from programmes.domain.catalogue import shipped_files
from programmes.models import Programme
from tests.programme_files import all_rows, changed, example, written

pytestmark = pytest.mark.django_db


def test_command_stores_programmes_and_says_what_was_done(capsys):
    call_command("load_programme", *map(str, shipped_files()))

    assert list(Programme.objects.values_list("code", flat=True)) == ["ABP", "LSC"]
    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "Integrated Care Systems: 48 made, 0 updated, 0 as before",
        "Active Bystander Programme (ABP)",
        "Leadership Support Circles (LSC)",
    ]
    assert lines.count("  programme: 1 made") == 2


def test_command_with_check_changes_nothing(capsys, tmp_path):
    before = all_rows()

    call_command("load_programme", str(written(tmp_path, example())), "--check")

    assert all_rows() == before
    assert capsys.readouterr().out.splitlines()[-1] == (
        "No faults. This is what loading would do; nothing was changed."
    )


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_command_with_a_fault_prints_all_of_them_and_changes_nothing(capsys, tmp_path, arguments):
    good = written(tmp_path, example(), "good.yaml")
    bad = written(
        tmp_path,
        changed(("title: Calm Conversations", "titel: Calm"), ("    maximum: 12", "    maximum: twelve")),
        "bad.yaml",
    )
    before = all_rows()

    with pytest.raises(CommandError) as caught:
        call_command("load_programme", str(good), str(bad), *arguments)

    assert caught.value.returncode == 1
    assert str(caught.value).splitlines() == [
        "Nothing was loaded: 2 faults to put right first.",
        f"{bad}:9: titel: Unknown key. Did you mean “title”?",
        f"{bad}:93: cohorts[autumn].maximum: “twelve” is not a whole number. Write a whole number from 1 up.",
    ]
    assert all_rows() == before
    assert capsys.readouterr().out == ""


def test_command_tells_a_single_fault_in_the_singular(tmp_path):
    with pytest.raises(CommandError) as caught:
        call_command("load_programme", str(tmp_path / "none.yaml"))

    assert str(caught.value).splitlines() == [
        "Nothing was loaded: 1 fault to put right first.",
        f"{tmp_path}/none.yaml: Cannot be read: No such file or directory. Check the name.",
    ]
