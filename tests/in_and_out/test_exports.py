"""Every list can be exported as it is filtered; what is opened again is the same, and nobody else's."""

import csv
import io

import openpyxl
import pytest
from django.contrib import admin
from django.urls import reverse

from applications.domain import reviews
from applications.models import Application
from programmes.domain.cells import as_typed
from programmes.models import ExportRecord
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.addresses import records

LIST = "admin:applications_application_export"
ODD = [
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@SUM(A1:A9)",
    "  =1",
    "＝1",
    "Zoë “the” O'Hara, PhD",
    'He said "no"',
    "one\ntwo",
    "😀",
    "007",
]


def export(client, kind="csv", columns=("reference", "name", "phone"), query="", **more):
    return client.post(reverse(LIST) + query, {"columns": list(columns), "kind": kind, **more})


def body(response):
    return b"".join(response.streaming_content)


def csv_rows(response):
    text = body(response).decode("utf-8-sig")
    return [[as_typed(cell) for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]


def xlsx_rows(response):
    sheet = openpyxl.load_workbook(io.BytesIO(body(response))).active
    return [["" if cell.value is None else cell.value for cell in row] for row in sheet.iter_rows()]


@pytest.fixture
def odd(desk):
    made = []
    for number, name in enumerate(ODD):
        application = scenarios.submitted(desk.programme, name=name)
        Application.objects.filter(pk=application.pk).update(phone=f"+44 1632 96000{number}", job_title=name)
        made.append(application)
    return made


@pytest.mark.parametrize("read", [csv_rows, xlsx_rows])
def test_an_export_opened_again_gives_the_same_rows(desk, administrator, odd, read):
    kind = "csv" if read is csv_rows else "xlsx"

    rows = read(export(administrator, kind, query="?o=1"))

    kept = Application.objects.order_by("reference").values_list("reference", "name", "phone")
    assert rows == [["Reference", "Name", "Telephone number"], *map(list, kept)]


def test_no_cell_of_a_csv_file_begins_as_a_formula(desk, administrator, odd):
    text = body(export(administrator)).decode("utf-8-sig")

    cells = [cell for row in csv.reader(io.StringIO(text, newline="")) for cell in row]

    assert [cell for cell in cells if cell.lstrip()[:1] in tuple("=+-@＝\t\r")] == []


def test_no_cell_of_an_excel_file_is_a_formula_and_dates_are_dates(desk, administrator, odd):
    content = body(export(administrator, "xlsx", columns=("name", "submitted_at", "nomination")))

    sheet = openpyxl.load_workbook(io.BytesIO(content)).active

    kinds = {tuple(cell.data_type for cell in row) for row in sheet.iter_rows(min_row=2)}
    assert kinds == {("s", "d", "n")}


def test_an_export_holds_what_the_list_is_narrowed_to_and_keeps_its_order(desk, administrator):
    first = scenarios.submitted(desk.programme, name="Asa Ash")
    second = scenarios.submitted(desk.programme, name="Bea Ash")
    scenarios.submitted(desk.programme, name="Cy Oak")
    scenarios.shortlisted(desk.programme, name="Dee Ash")

    rows = csv_rows(export(administrator, query="?q=Ash&state=under_review&o=-2", columns=["reference"]))

    assert rows == [["Reference"], [second.reference], [first.reference]]


def test_selected_rows_alone_are_exported(desk, administrator):
    chosen = scenarios.submitted(desk.programme)
    scenarios.submitted(desk.programme)
    action = {"action": "export_selected", "_selected_action": [chosen.pk]}

    page = administrator.post(reverse("admin:applications_application_changelist"), action)
    rows = csv_rows(export(administrator, columns=["reference"], _selected_action=[chosen.pk]))

    assert page.context["what"] == "1 application."
    assert page.context["selected"] == [str(chosen.pk)]
    assert rows == [["Reference"], [chosen.reference]]


def reviewed(application, user, score):
    reviews.record_review(application.pk, user=user, outcome="suitable", score=score, now=NOW)


def test_of_each_reviewer_what_they_said_last_counts(desk, administrator):
    application = scenarios.submitted(desk.programme)
    for score in (10, 90):
        reviewed(application, desk.staff["reviewer"], score)

    rows = csv_rows(export(administrator, columns=["reviews", "score"]))

    assert rows == [["Reviews", "Average score"], ["1", "90.0"]]


def test_no_review_is_exported_that_the_reader_may_not_read_yet(desk, reviewer):
    desk.programme.blind_reviews = True
    desk.programme.save()
    waiting, done, _ = (scenarios.submitted(desk.programme, name=name) for name in ("1 Ann", "2 Bo", "3 Cy"))
    colleague = scenarios.reviewer_of(desk.programme)
    for application in (waiting, done):
        reviewed(application, colleague, 40)
    reviewed(done, desk.staff["reviewer"], 60)
    columns = ["name", "reviews", "score"]

    of_reviewer = csv_rows(export(reviewer, columns=columns, query="?o=2"))[1:]
    of_viewer = csv_rows(export(desk.client("viewer"), columns=columns, query="?o=2"))[1:]

    assert of_reviewer == [["1 Ann", "", ""], ["2 Bo", "2", "50.0"], ["3 Cy", "0", ""]]
    assert of_viewer == [["1 Ann", "1", "40.0"], ["2 Bo", "2", "50.0"], ["3 Cy", "0", ""]]


def test_the_page_offers_the_questions_of_one_programme_and_their_answers_come_along(desk, administrator):
    question = factories.QuestionFactory(programme=desk.programme, text="Why?")
    application = scenarios.submitted(desk.programme)

    page = administrator.get(reverse(LIST))
    rows = csv_rows(export(administrator, columns=["reference", f"answer-{question.pk}"]))

    assert (f"answer-{question.pk}", "Why?") in page.context["form"].fields["columns"].choices
    assert rows == [["Reference", "Why?"], [application.reference, "My answer."]]


def test_who_exported_what_is_kept_and_the_columns_are_ticked_the_next_time(desk, administrator):
    scenarios.submitted(desk.programme)

    body(export(administrator, columns=["reference", "ics"], query="?q=Sam"))
    page = administrator.get(reverse(LIST))

    kept = ExportRecord.objects.get()
    assert (kept.user, kept.list_name, kept.narrowed_by) == (
        desk.staff["administrator"],
        "applications",
        "q=Sam",
    )
    assert (kept.columns, kept.rows, kept.kind, kept.sensitive) == (["Reference", "ICS"], 1, "csv", False)
    assert list(kept.academies.all()) == [desk.programme.academy]
    assert page.context["form"].initial["columns"] == ["reference", "ics"]


def test_no_column_chosen_is_said_and_nothing_is_exported(desk, administrator):
    response = administrator.post(reverse(LIST), {"kind": "csv"})

    assert response.context["form"].errors == {"columns": ["Choose at least one column."]}
    assert ExportRecord.objects.count() == 0


def test_a_row_of_another_academy_cannot_be_selected(desk):
    theirs = scenarios.submitted(desk.programme)

    response = export(desk.client("outsider"), _selected_action=[theirs.pk])

    assert response.status_code == 404
    assert ExportRecord.objects.count() == 0


def test_an_address_with_a_filter_that_does_not_exist_leads_back_to_the_list(desk, administrator):
    response = administrator.get(reverse(LIST) + "?nothing__like=1")

    assert response.headers["Location"] == reverse("admin:applications_application_changelist")


EXPORTS = [
    (f"admin:{model._meta.app_label}_{model._meta.model_name}", model_admin)
    for model, model_admin in admin.site._registry.items()
]


@pytest.mark.parametrize(("name", "model_admin"), EXPORTS, ids=[name for name, _ in EXPORTS])
def test_every_list_can_be_exported_and_holds_nothing_of_another_academy(desk, name, model_admin):
    records(desk)
    academy = desk.programme.academy
    academy.name = "Ours alone"
    academy.save()

    ours = everything(desk.client("superuser"), name)
    theirs = everything(desk.client("outsider"), name)

    assert len(ours) > 1 or name in MAY_BE_EMPTY
    if getattr(model_admin, "academy_path", ""):
        said = str(theirs)
        found = [
            text for text in ("Ours alone", "Leadership Circles", "LSC", "Sam Applicant") if text in said
        ]
        assert found == []


MAY_BE_EMPTY = {"admin:programmes_exportrecord", "admin:programmes_feedkey"}


def everything(client, name):
    """All rows and columns of a list, as far as somebody may export it; none where they may not."""
    page = client.get(reverse(name + "_export"))
    if page.status_code == 403:
        return []
    keys = [key for key, _ in page.context["form"].fields["columns"].choices]
    return csv_rows(client.post(reverse(name + "_export"), {"columns": keys, "kind": "csv"}))


def test_an_export_needs_the_same_queries_for_one_row_and_for_three(
    desk, administrator, django_assert_num_queries
):
    columns = [
        "reference",
        "organisation",
        "ics",
        "region",
        "waiting_on",
        "first_preference",
        "cohort",
        "place",
        "approvals",
        "score",
    ]
    scenarios.submitted(desk.programme)
    body(export(administrator, columns=columns))

    with django_assert_num_queries(QUERIES):
        one = body(export(administrator, columns=columns))
    scenarios.confirmed(desk.programme)
    scenarios.shortlisted(desk.programme)
    with django_assert_num_queries(QUERIES):
        three = body(export(administrator, columns=columns))

    assert (one.count(b"\r\n"), three.count(b"\r\n")) == (2, 4)


# Of these 5 read what the columns need, a chunk of 500 applications at a time.
QUERIES = 29
