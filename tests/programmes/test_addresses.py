"""When two email addresses are one person's: nobody may approve their own application, however they spell it."""

import pytest

from programmes.domain.addresses import canonical, same_person

ONE = "sian.obrien@downs.example.org"


@pytest.mark.parametrize(
    "other",
    [
        "Sian.OBrien@Downs.Example.ORG",
        " sian.obrien@downs.example.org ",
        "sian.obrien+manager@downs.example.org",
        "sian.obrien+a+b@downs.example.org",
        "sianobrien@downs.example.org",
        "s.i.a.n.o.b.r.i.e.n@downs.example.org",
        "S.IanObrien+X@downs.example.org",
        '"sian.obrien"@downs.example.org',
        '"sian.obrien+x"@downs.example.org',
        "sian.obrien @ downs.example.org",
        "sian.obrien@downs.example.org.",
    ],
)
def test_one_person_however_it_is_spelled(other):
    assert same_person(ONE, other) is True
    assert same_person(other, ONE) is True


@pytest.mark.parametrize(
    "other",
    [
        "sian.obrien@uplands.example.org",
        "sian.obrien@example.org",
        "sian.obriens@downs.example.org",
        "morgan@downs.example.org",
        "sian.obrien",
        "",
    ],
)
def test_another_person(other):
    assert same_person(ONE, other) is False


def test_the_dots_of_the_domain_count():
    assert canonical("a@b.cd") != canonical("a@bc.d")
