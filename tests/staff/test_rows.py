"""The lists' tables and filters are Django's, although another hand writes them."""

import re

import pytest
from django.contrib import admin
from django.contrib.admin.templatetags import admin_list
from django.template import engines
from django.test import Client
from django.urls import reverse

from benchmarks import crowd
from programmes.admin import rows
from tests import factories, scenarios
from tests.staff.test_access_rules import records

pytestmark = pytest.mark.django_db
ACTIONS = engines["staff"].from_string(
    "{% for field in form %}{% if field.label %}<label>{{ field.label }} {{ field }}</label>{% else %}{{ field }}"
    "{% endif %}{% endfor %}"
)
TABLE = engines["staff"].from_string("{% load admin_list %}{% result_list cl %}")


def plain(html: str) -> str:
    """HTML without what no browser shows: space before and after a tag."""
    return re.sub(r"\s*(<[^>]+>)\s*", r"\1", html).strip()


def by_django(changelist) -> tuple[str, list[str]]:
    """The table and the filters as Django writes them."""
    table = TABLE.render({"cl": changelist, "opts": changelist.opts})
    return plain(table), [
        plain(admin_list.admin_list_filter(changelist, one)) for one in changelist.filter_specs
    ]


def by_us(changelist) -> tuple[str, list[str]]:
    """The table and the filters as the pages have them."""
    filters = [plain(rows.filter_box(changelist, one)) for one in changelist.filter_specs]
    return plain(rows.table(changelist)), filters


def lists() -> dict[str, str]:
    """The addresses of all lists, by model."""
    return {
        model._meta.label_lower: reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        for model in admin.site._registry
    }


@pytest.mark.parametrize("asked", ["", "?o=1", "?o=-2.1", "?q=a", "?_facets=True"])
@pytest.mark.parametrize("who", ["administrator", "superuser"])
def test_every_list_is_written_as_django_writes_it(desk, who, asked):
    records(desk)
    client, compared = desk.client(who), set()

    for name, address in lists().items():
        response = client.get(address + asked, follow=True)
        if response.status_code == 403 or "cl" not in response.context:
            # Not theirs to read, or a page of our own instead of a list.
            continue
        changelist = response.context["cl"]
        assert by_us(changelist) == by_django(changelist), name
        if changelist.result_list:
            compared.add(name)

    assert len(compared) > (3 if "q=" in asked else 15)


@pytest.mark.parametrize(
    "asked",
    ["?state=under_review&p=1", "?o=4.-3", "?submitted_at__gte=2026-01-01+00:00:00%2B00:00", "?state=ended"],
)
def test_a_crowd_of_applications_is_written_as_django_writes_it(asked):
    client = Client()
    client.force_login(crowd.make(60))

    changelist = client.get(reverse("admin:applications_application_changelist") + asked).context["cl"]

    assert by_us(changelist) == by_django(changelist)


def test_what_can_be_done_with_rows_is_written_as_django_writes_it(desk):
    records(desk)
    for who in ("viewer", "reviewer", "administrator"):
        response = desk.client(who).get(reverse("admin:applications_application_changelist"))
        form = response.context["action_form"]

        assert plain(rows.action_fields(form)) == plain(ACTIONS.render({"form": form}))
        assert ('value="shortlist_selected"' in response.content.decode()) == (who != "viewer")


def test_what_somebody_typed_is_text_and_never_markup(desk, reviewer):
    scenarios.submitted(desk.programme, name="<b>Sam</b> & “Co”")

    page = reviewer.get(reverse("admin:applications_application_changelist")).content.decode()

    assert "&lt;b&gt;Sam&lt;/b&gt; &amp; “Co”" in page
    assert "<b>Sam" not in page


def test_a_row_that_changed_is_shown_as_it_is_now(desk, reviewer):
    application = scenarios.submitted(desk.programme, name="Sam Before")
    address = reverse("admin:applications_application_changelist")
    assert "Sam Before" in reviewer.get(address).content.decode()

    type(application).objects.update(name="Sam After")

    page = reviewer.get(address).content.decode()
    assert "Sam After" in page
    assert "Sam Before" not in page


def test_links_of_one_list_are_not_those_of_another_choice(desk, reviewer):
    scenarios.submitted(desk.programme)
    address = reverse("admin:applications_application_changelist")

    first = reviewer.get(address, {"state": "in_hand"}).content.decode()
    second = reviewer.get(address, {"state": "ended"}).content.decode()

    assert "state=in_hand&amp;organisation" not in second
    assert "organisation=typed&amp;state=in_hand" in first
    assert "organisation=typed&amp;state=ended" in second


def test_no_more_is_kept_of_what_was_written_than_a_process_has_room_for(desk, reviewer, monkeypatch):
    monkeypatch.setattr(rows, "_MOST", 5)
    monkeypatch.setattr(rows, "_written", {})
    factories.ProgrammeFactory(academy=desk.programme.academy)

    for state in ("in_hand", "ended", "ours"):
        reviewer.get(reverse("admin:applications_application_changelist"), {"state": state})

    assert 0 < len(rows._written) <= 5


def test_what_was_searched_for_is_not_kept(desk, reviewer, monkeypatch):
    monkeypatch.setattr(rows, "_written", {})

    reviewer.get(reverse("admin:applications_application_changelist"), {"q": "somebody"})

    assert "somebody" not in str(rows._written)
