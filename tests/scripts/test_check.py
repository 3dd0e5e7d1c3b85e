from packaging.version import Version

from scripts import check


def test_locks_pin_what_the_project_asks_for():
    assert check.faults_of_locks() == []


def test_every_setting_is_explained():
    assert check.faults_of_variables() == []


def test_pinned_reads_names_and_versions_as_compiled(tmp_path):
    compiled = tmp_path / "requirements.txt"
    compiled.write_text(
        "# made by make lock\n"
        "Django_Things[extra]==5.2.1 ; python_version < '3.13' \\\n    --hash=sha256:00\n    # via -r\n"
        "tzdata==2026.1\n"
    )

    assert check.pinned(compiled) == {"django-things": Version("5.2.1"), "tzdata": Version("2026.1")}
