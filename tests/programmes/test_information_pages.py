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


def test_an_academy_that_wrote_no_notice_has_ours_with_how_long_its_programmes_keep_what(client):
    academy = factories.AcademyFactory(slug="downs", name="Downs Academy", contact_email="downs@example.org")
    factories.ProgrammeFactory(academy=academy, published=True, title="Circles", keep_withdrawn_months=7)
    factories.ProgrammeFactory(academy=academy, published=False, title="Not yet")

    page = Page(client.get("/privacy/downs/").content.decode())

    assert texts(page, "h1") == ["Privacy notice of Downs Academy"]
    assert texts(page, "h2")[:4] == [
        "What we hold, and where it comes from",
        "What we use it for",
        "Who sees it",
        "How long we keep it",
    ]
    assert [heading for heading in texts(page, "h3") if heading in ("Circles", "Not yet")] == ["Circles"]
    assert "7 months after that" in texts(page, "dd")
    assert page.one("a", href="mailto:downs@example.org").text == "downs@example.org"


@pytest.mark.parametrize("what", ["privacy", "accessibility"])
def test_an_academys_own_words_take_the_place_of_ours(client, what):
    text = "## Ours\n\n**We** keep it. <script>alert(1)</script>"
    factories.AcademyFactory(slug="downs", contact_phone="01632 960 001", **{f"{what}_text": text})

    page = Page(client.get(f"/{what}/downs/").content.decode())

    assert texts(page, "h2")[0] == "Ours"
    assert "What we use it for" not in texts(page, "h2")
    assert [script for script in page.all("script") if "alert" in script.text] == []
    assert [text for text in texts(page, "p") if "telephone 01632 960 001" in text] != []


def test_an_academy_that_wrote_no_statement_has_ours(client):
    factories.AcademyFactory(slug="downs", name="Downs Academy")

    page = Page(client.get("/accessibility/downs/").content.decode())

    assert texts(page, "h1") == ["Accessibility statement of Downs Academy"]
    assert [text for text in texts(page, "li") if text.startswith("You can apply by telephone")] != []


@pytest.mark.parametrize("what", ["privacy", "accessibility"])
def test_there_is_no_page_of_an_academy_that_there_is_not(client, what):
    assert client.get(f"/{what}/nowhere/").status_code == 404


def test_the_footer_of_a_programmes_pages_leads_to_its_academys_own(client):
    programme = factories.ProgrammeFactory(published=True, academy__slug="downs")

    footer = Page(client.get(reverse("programme", args=[programme.slug])).content.decode())
    elsewhere = Page(client.get(reverse("home")).content.decode())

    assert [footer.one("a", href=f"/{what}/downs/").text for what in ("accessibility", "privacy")] == [
        "Accessibility statement",
        "Privacy",
    ]
    assert elsewhere.all("a", href="/privacy/downs/") == []
    assert len(elsewhere.all("a", href="/privacy/")) == 1
