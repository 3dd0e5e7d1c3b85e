"""What a programme's file is refused for, and in which words: files that are no programme, and clashes with others."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from programmes.domain import catalogue
from programmes.domain.organisations import load_integrated_care_systems
from programmes.domain.programme_file.faults import Fault, Faulty
from programmes.domain.programme_file.reading import LARGEST_FILE, read_file
from tests import factories
from tests.programme_files import all_rows, changed, example, faults_of, written

pytestmark = pytest.mark.django_db


def test_every_fault_of_every_file_is_told_and_nothing_changes(tmp_path):
    good = written(tmp_path, example(), "good.yaml")
    two = written(
        tmp_path, changed(("code: CALM", "code: 1"), ("published: true", "publish: true")), "two.yaml"
    )
    missing = tmp_path / "missing.yaml"
    before = all_rows()

    with pytest.raises(Faulty) as caught:
        catalogue.load([good, two, missing])

    assert str(caught.value) == "Nothing was loaded: 3 faults to put right first."
    assert [str(fault).removeprefix(f"{tmp_path}/") for fault in caught.value.faults] == [
        "two.yaml:8: code: “1” will not do. Write two to six capital letters.",
        "two.yaml:11: publish: Unknown key. Did you mean “published”?",
        "missing.yaml: Cannot be read: No such file or directory. Check the name.",
    ]
    assert all_rows() == before


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "file.yaml: The file is empty. See the example in docs/programme-file.md."),
        (b"# nothing\n", "file.yaml: The file is empty. See the example in docs/programme-file.md."),
        (b"#" * (LARGEST_FILE + 1), "file.yaml: The file is larger than 1 MB. A programme needs far less."),
        (b"slug: a\ntitle: caf\xe9\n", "file.yaml:2: A character is not in UTF-8. Save the file as UTF-8."),
        (
            b"a: " + b"[" * 5000,
            "file.yaml:1: Lists and keys are nested too deeply. See the example in docs/programme-file.md.",
        ),
    ],
)
def test_file_that_is_no_programme_at_all_is_refused(tmp_path, content, expected):
    assert faults_of([written(tmp_path, content)]) == [expected]


def test_list_in_place_of_a_programme_is_refused(tmp_path):
    (fault,) = faults_of([written(tmp_path, "- a\n- b\n")])

    assert fault.startswith("file.yaml:1: A list stands here. Give the keys academy, slug, code, title, ")


def test_two_files_of_one_call_cannot_describe_one_programme(tmp_path):
    first = written(tmp_path, example(), "first.yaml")
    second = written(
        tmp_path, changed(("  sender_name: Coastal Academy", "  sender_name: The Academy")), "second.yaml"
    )

    assert [fault.replace(f"{tmp_path}/", "") for fault in faults_of([first, second])] == [
        "second.yaml:7: slug: first.yaml has the same slug, “calm-conversations”. Give one of them another.",
        "second.yaml:8: code: first.yaml has the same code, “CALM”. Give one of them another.",
        "second.yaml:1: academy: first.yaml describes this academy otherwise. Make the two the same.",
    ]


def test_two_programmes_of_one_academy_load_together(tmp_path):
    second = changed(("slug: calm-conversations", "slug: calmer"), ("code: CALM", "code: CALMER"))

    loaded = catalogue.load([written(tmp_path, example(), "a.yaml"), written(tmp_path, second, "b.yaml")])

    assert [(p.code, p.academy.slug) for p in loaded.programmes] == [
        ("CALM", "coastal-academy"),
        ("CALMER", "coastal-academy"),
    ]


def test_clashes_with_what_is_stored_are_refused(tmp_path):
    load_integrated_care_systems()
    factories.AcademyFactory(slug="old-academy", name="Coastal Academy")
    factories.ProgrammeFactory(code="CALM", title="Calm Waters")
    factories.ProgrammeFactory(
        slug="calm-conversations", academy__slug="inland-academy", academy__name="Inland Academy"
    )

    assert faults_of([written(tmp_path, example())]) == [
        "file.yaml:2: academy.slug: “calm-conversations” is a programme of Inland Academy. "
        "Write “inland-academy”, or give the programme another slug.",
        "file.yaml:3: academy.name: Another academy has this name. Write the slug “old-academy”, or another name.",
        "file.yaml:8: code: “CALM” is the code of Calm Waters. Choose another code.",
    ]


def test_file_of_aliases_of_aliases_is_refused_without_being_unfolded(tmp_path):
    bomb = "a: &a [x, x]\n" + "".join(
        f"{new}: &{new} [*{old}, *{old}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
    )
    faults: list[Fault] = []

    assert read_file(written(tmp_path, bomb), faults) is None
    assert len(faults) == 25


def test_no_slip_of_the_keyboard_ends_in_anything_but_faults_or_a_programme(tmp_path):
    load_integrated_care_systems()

    @settings(max_examples=30)
    @given(st.data())
    def slip(data):
        text = example()
        for _ in range(data.draw(st.integers(1, 3))):
            start = data.draw(st.integers(0, len(text)))
            end = start + data.draw(st.integers(0, 12))
            typed = data.draw(
                st.text(st.sampled_from(list(" \n\t:-#&*!|>\"'{}[]%@`?,.~a0é\x00")), max_size=6)
            )
            text = text[:start] + typed + text[end:]

        with suppress(Faulty):
            assert len(catalogue.load([written(tmp_path, text)], check_only=True).programmes) == 1

    slip()
