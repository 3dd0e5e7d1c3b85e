"""Names and addresses are taken out of texts, and nothing else is."""

import pytest

from programmes.domain.privacy import mentions
from programmes.domain.privacy.mentions import Names
from programmes.models import IntegrityReport, NominationAllowance
from tests import factories
from tests.factories import NOW

NAMES = Names(["sam.o'neil+x@example.org"], ["Siân  O’Brien", "Al Bo"])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Write to sam.o'neil+x@example.org.", "Write to [removed]."),
        ("<Sam.O'Neil+X@EXAMPLE.org>", "<[removed]>"),
        ("'sam.o'neil+x@example.org'", "'[removed]'"),
        ("xsam.o'neil+x@example.org", "xsam.o'neil+x@example.org"),
        ("sam.o'neil+x@example.org.uk", "sam.o'neil+x@example.org.uk"),
        ("SIÂN\nO’Brien said so", "[removed] said so"),
        ("Siân O’Brien and Al Bo, twice Al Bo", "[removed] and [removed], twice [removed]"),
        ("Siân O’Briens", "Siân O’Briens"),
        ("Siân alone", "Siân alone"),
        ("Pal Bo", "Pal Bo"),
        ("", ""),
    ],
)
def test_taken_out_where_it_stands_whole(text, left):
    assert NAMES.out_of(text) == left


def test_json_is_looked_through_whole():
    value = {"who": ["Al Bo", 3, None], "Al Bo": {"x": "by al bo"}}

    assert NAMES.out_of(value) == {"who": ["[removed]", 3, None], "[removed]": {"x": "by [removed]"}}


def test_without_names_texts_stay():
    nobody = Names([], ["!"])

    assert nobody.out_of("a@example.org said !") == "a@example.org said !"


@pytest.mark.django_db
def test_with_nobody_to_look_for_nothing_is_read(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert mentions.take_out(Names([], [])) == {}


@pytest.mark.django_db
@pytest.mark.parametrize("others", [0, 20])
def test_taken_out_of_every_row_whether_few_or_many_are_looked_for(others, monkeypatch):
    monkeypatch.setattr(mentions, "_AT_ONCE", 2)
    names = Names([], ["Élodie Bo", *(f"Somebody Else{number}" for number in range(others))])
    for number in range(5):
        factories.NominationAllowanceFactory(reason=f"Élodie  Bo asked {number}", allowed=number)
        IntegrityReport.objects.create(
            started_at=NOW, seconds=1, started_by="A", rules=1, findings=[{"by": "Élodie Bo"}]
        )

    found = mentions.take_out(names)

    assert set(NominationAllowance.objects.values_list("reason", flat=True)) == {
        f"[removed] asked {number}" for number in range(5)
    }
    assert list(IntegrityReport.objects.values_list("findings", flat=True)) == [[{"by": "[removed]"}]] * 5
    assert found["programmes.NominationAllowance"] == 10  # with the history
    assert found["programmes.IntegrityReport"] == 5


@pytest.mark.django_db
def test_what_stands_for_a_name_is_cut_to_the_field():
    name = "Al " + "Bo" * 3
    allowance = factories.NominationAllowanceFactory(
        reason=f"{name} " + "x" * (300 - len(name) - 1), allowed=1
    )

    mentions.take_out(Names([], [name]))

    allowance.refresh_from_db()
    assert allowance.reason == ("[removed] " + "x" * 300)[:300]
