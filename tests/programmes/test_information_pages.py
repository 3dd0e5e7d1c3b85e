import pytest
from django.urls import reverse

from tests import factories
from tests.pages.html import Page

pytestmark = pytest.mark.django_db


def read(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    assert dict(response.cookies) == {}
    return Page(response.content.decode())


def texts(page, tag):
    return [element.text for element in page.all(tag)]


@pytest.mark.parametrize(
    ("name", "field", "heading"),
    [
        ("accessibility", "accessibility_text", "Accessibility statement"),
        ("privacy", "privacy_text", "Privacy"),
    ],
)
def test_each_academy_has_its_own_section(client, name, field, heading):
    for number in (1, 2):
        text = f"## Ours\n\nWe are **number {number}**. <script>alert(1)</script>"
        factories.AcademyFactory(
            slug=f"academy-{number}",
            name=f"Academy {number}",
            contact_email=f"a{number}@example.org",
            contact_phone="01632 960 001",
            **{field: text},
        )

    page = read(client, name)

    assert texts(page, "h1") == [heading]
    assert [text for text in texts(page, "h2") if text.startswith("Academy")] == ["Academy 1", "Academy 2"]
    assert [text for text in texts(page, "strong") if text.startswith("number")] == ["number 1", "number 2"]
    assert texts(page, "h3").count("Ours") == 2
    assert page.one("a", href="mailto:a1@example.org").text == "a1@example.org"
    assert [script for script in page.all("script") if "alert" in script.text] == []
    links = [link.attributes["href"] for link in page.all("a", **{"class": "nhsuk-contents-list__link"})]
    assert [link for link in links if link.removeprefix("#") not in page.ids] == []
    assert links[-2:] == ["#academy-1", "#academy-2"]


def test_privacy_names_every_cookie(client):
    cells = texts(read(client, "privacy"), "td")

    assert [cell for cell in cells if cell.startswith("Name ")] == [
        "Name csrftoken",
        "Name messages",
        "Name sessionid",
    ]


def test_accessibility_says_where_to_complain(client):
    assert "Equality and Human Rights Commission (EHRC)" in " ".join(
        texts(read(client, "accessibility"), "p")
    )


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", ["accessibility", "privacy"])
def test_information_asks_one_query_however_many_academies(client, name, count, django_assert_num_queries):
    factories.AcademyFactory.create_batch(count)

    with django_assert_num_queries(1):
        page = read(client, name)

    assert len([text for text in texts(page, "h2") if text.startswith("Academy")]) == count
