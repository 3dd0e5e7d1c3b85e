"""The list of applications: what it shows, what it can be narrowed to, and that it costs the same however long."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.admin import searching
from applications.models import State
from programmes.models import IntegratedCareSystem
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import text_of

LIST = reverse("admin:applications_application_changelist")


def listed(client, **chosen):
    """The references on the list, in its order."""
    return [row.reference for row in client.get(LIST, chosen).context["cl"].result_list]


def cells(response):
    """The first row, by the names of its columns."""
    (row,) = response.context["cl"].result_list
    admin = response.context["cl"].model_admin
    return {
        name: str(getattr(admin, name)(row) if hasattr(admin, name) else getattr(row, name))
        for name in admin.list_display
    }


def test_the_list_says_who_where_it_stands_and_what_it_waits_on(desk, reviewer):
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    then = NOW - datetime.timedelta(days=9)
    application = scenarios.under_review(desk.programme, name="Siân O’Neill", ics=ics, now=then)

    response = reviewer.get(LIST)

    assert cells(response) == {
        "reference": application.reference,
        "applicant": "Siân O’Neill",
        "programme_code": "LSC",
        "state_shown": '<span class="tag tag--ours">Under review</span>',
        "waiting_on": "Academy, 9 days",
        "ics": "Sussex",
        "organisation_shown": "Downs Hospice (typed)",
        "first_preference": "Spring",
        "nomination": "1",
    }


def test_an_application_awaiting_approval_says_whose_answer_is_missing_and_since_when(desk, reviewer):
    factories.ApprovalStepFactory(programme=desk.programme)
    factories.ApprovalStepFactory(programme=desk.programme, approver="sponsor")
    scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=1))

    shown = cells(reviewer.get(LIST))

    assert shown["waiting_on"] == "Line manager and Sponsor, 1 day"
    assert shown["state_shown"] == '<span class="tag tag--theirs">Awaiting approval</span>'


def test_an_application_that_has_ended_waits_on_nobody(desk, reviewer):
    scenarios.withdrawn(scenarios.submitted(desk.programme))

    shown = cells(reviewer.get(LIST))

    assert shown["waiting_on"] == "–"
    assert shown["nomination"] == "–"


def test_drafts_are_left_out_unless_they_are_asked_for(desk, reviewer):
    draft = scenarios.started(desk.programme, "draft@example.org")
    submitted = scenarios.submitted(desk.programme)

    assert listed(reviewer) == [submitted.reference]
    assert listed(reviewer, state="draft") == [draft.reference]


def test_newest_submissions_come_first(desk, reviewer):
    first = scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=2))
    second = scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=1))

    assert listed(reviewer) == [second.reference, first.reference]


def test_another_academys_applications_are_neither_listed_nor_found(desk):
    application = scenarios.submitted(desk.programme)
    outsider = desk.client("outsider")

    assert listed(outsider) == []
    assert listed(outsider, q=application.reference) == []
    assert listed(outsider, programme=desk.programme.pk) == []
    assert desk.programme.title not in text_of(outsider.get(LIST))


@pytest.fixture
def two(desk):
    """Two applications that differ in everything that the list can be narrowed to."""
    other = factories.ProgrammeFactory(academy=desk.programme.academy, code="ABP")
    autumn = factories.CohortFactory(programme=other, name="Autumn")
    north = factories.RegionFactory(name="North West", ods_code="Y62")
    ics = factories.IntegratedCareSystemFactory(region=north)
    one = scenarios.under_review(desk.programme, name="Anna", email="anna@example.org")
    two = scenarios.shortlisted(other, name="Bela", email="bela@example.org", ics=ics)
    two.organisation = factories.OrganisationFactory(name="Mersey Trust", ics=ics)
    two.organisation_name = ""
    two.save()
    return {"one": one, "two": two, "other": other, "autumn": autumn, "north": north, "ics": ics}


def test_the_list_is_narrowed_by_filters_and_search(reviewer, two):
    wanted = [
        ("programme", two["other"].pk, ["two"]),
        ("state", "under_review", ["one"]),
        ("state", "in_hand", ["two", "one"]),
        ("state", "ours", ["two", "one"]),
        ("state", "ended", []),
        ("ics", two["ics"].pk, ["two"]),
        ("region", two["north"].pk, ["two"]),
        ("first_preference", two["autumn"].pk, ["two"]),
        ("organisation", "typed", ["one"]),
        ("organisation", "listed", ["two"]),
        ("q", two["two"].reference, ["two"]),
        ("q", "anna", ["one"]),
        ("q", "BELA@example.org", ["two"]),
        ("q", "mersey", ["two"]),
        ("q", "hospice", ["one"]),
        ("q", "nobody", []),
        # A value that is not offered is as if none were given.
        ("ics", "nonsense", ["two", "one"]),
        ("programme", "9" * 30, ["two", "one"]),
        ("state", "\0", ["two", "one"]),
    ]

    found = [listed(reviewer, **{name: value}) for name, value, _ in wanted]

    assert found == [[two[one].reference for one in expected] for *_, expected in wanted]


@pytest.mark.parametrize("most", [1, 5_000], ids=["more than are kept by their keys", "as many as are kept"])
def test_a_search_finds_the_same_however_many_it_finds(reviewer, two, monkeypatch, most):
    # One instead of five thousand: the two applications of this test are then more than that.
    monkeypatch.setattr(searching, "MOST_KEYS", most)

    found = [listed(reviewer, q=text) for text in ("example.org", "anna", "")]

    everyone = [two["two"].reference, two["one"].reference]
    assert found == [everyone, [two["one"].reference], everyone]


@pytest.mark.parametrize("most", [1, 5_000], ids=["more than are kept by their keys", "as many as are kept"])
def test_a_search_stays_within_what_was_chosen(reviewer, two, monkeypatch, most):
    # One instead of five thousand: the two applications of this test are then more than that.
    monkeypatch.setattr(searching, "MOST_KEYS", most)

    found = [listed(reviewer, q="example.org", state=state) for state in ("under_review", "ended")]

    assert found == [[two["one"].reference], []]


def test_a_search_finds_names_without_their_accents_and_each_word_somewhere(desk, reviewer):
    sian = scenarios.submitted(desk.programme, name="Siân O’Neill-Hughes", email="shn@example.org")
    scenarios.submitted(desk.programme, name="Ann Lee", email="lee@example.org")
    wanted = {
        "sian": True,
        "SIÂN": True,
        "oneill": True,
        "O’Neill": True,
        "hughes example.org": True,
        "hughes lee": False,
        '"Neill-Hugh"': True,
        "shn@ sian": True,
        sian.reference.lower(): True,
        "%": False,
    }

    found = {text: listed(reviewer, q=text) for text in wanted}

    assert found == {text: [sian.reference] if expected else [] for text, expected in wanted.items()}


def test_a_title_is_searched_for_in_the_name_as_it_was_written(desk, reviewer):
    doctor = scenarios.submitted(desk.programme, name="Dr Ann Lee", email="ann@example.org")
    scenarios.submitted(desk.programme, name="Bo Lee", email="bo@example.org")

    assert listed(reviewer, q="dr lee") == [doctor.reference]


def test_what_was_searched_for_is_looked_for_once(reviewer, two):
    with CaptureQueriesContext(connection) as captured:
        listed(reviewer, q="anna")

    looked = [query["sql"].partition(" FROM ")[2] for query in captured if "LIKE" in query["sql"]]
    assert [sql.split(" ")[0] for sql in looked] == [
        '"programmes_organisation"',
        '"applications_application"',
    ]


def test_filters_offer_only_what_the_academy_has(desk, reviewer):
    scenarios.submitted(desk.programme)
    scenarios.submitted(factories.ProgrammeFactory(title="Elsewhere"))
    own = IntegratedCareSystem.objects.order_by("pk")[0]

    specs = {spec.title: spec for spec in reviewer.get(LIST).context["cl"].filter_specs}

    assert specs["programme"].lookup_choices == [(desk.programme.pk, "Leadership Circles")]
    assert specs["ICS"].lookup_choices == [(own.pk, own.short_name)]
    assert specs["first preference"].lookup_choices == [(desk.cohort.pk, "Spring (LSC)")]
    assert [key for key, _ in specs["state"].lookup_choices] == ["in_hand", "ours", "ended", "under_review"]


def test_a_nul_byte_in_the_search_is_refused_in_words(reviewer):
    response = reviewer.get(LIST, {"q": "a\0b"})

    assert "Null characters are not allowed." in text_of(response)


def test_dates_narrow_the_list(desk, reviewer):
    early = scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=20))
    scenarios.submitted(desk.programme)

    assert listed(reviewer, submitted_at__year=2026, submitted_at__month=9) == [early.reference]


def test_the_dates_offered_narrow_the_list_and_are_not_looked_up(desk, reviewer):
    early = scenarios.submitted(desk.programme, now=NOW - datetime.timedelta(days=20))
    late = scenarios.submitted(desk.programme)

    with CaptureQueriesContext(connection) as captured:
        (dates,) = [
            spec for spec in reviewer.get(LIST).context["cl"].filter_specs if spec.title == "submitted at"
        ]
    week = dict(dates.links)["Past 7 days"]

    assert [query["sql"] for query in captured if "MIN(" in query["sql"] or "DISTINCT" in query["sql"]] == []
    assert listed(reviewer, **week) == [late.reference]
    assert listed(reviewer) == [late.reference, early.reference]


def test_those_who_decide_are_offered_decisions_and_others_what_can_be_read(desk):
    scenarios.submitted(desk.programme)

    def offered(who):
        form = desk.client(who).get(LIST).context["action_form"]
        return [name for name, _ in form.fields["action"].choices if name] if form else []

    assert offered("viewer") == ["pack_selected", "export_selected"]
    assert offered("reviewer") == [
        "shortlist_selected",
        "offer_selected",
        "keep_selected",
        "clear_selected",
        "write_to_selected",
        "pack_selected",
        "export_selected",
    ]


def test_nothing_is_added_changed_or_deleted_by_hand(desk, reviewer):
    application = scenarios.submitted(desk.programme)
    page = reverse("admin:applications_application_change", args=[application.pk])

    answers = [
        reviewer.post(reverse("admin:applications_application_add"), {"state": "confirmed"}).status_code,
        reviewer.post(page, {"state": "confirmed"}).status_code,
        reviewer.post(reverse("admin:applications_application_delete", args=[application.pk])).status_code,
    ]

    application.refresh_from_db()
    assert answers == [403, 403, 403]
    assert application.state == State.UNDER_REVIEW


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(desk, reviewer, rows, django_assert_num_queries):
    factories.ApprovalStepFactory(programme=desk.programme)
    for _ in range(rows):
        scenarios.submitted(desk.programme)
    reviewer.get(LIST)

    with django_assert_num_queries(10):
        response = reviewer.get(LIST)

    assert len(response.context["cl"].result_list) == rows
