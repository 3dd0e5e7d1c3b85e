"""A list of organisations comes in as a file: previewed, then applied as previewed, or not at all."""

import datetime
import io
import zipfile

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from programmes.domain import importing
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import ImportFile, Organisation
from tests import factories
from tests.factories import NOW

SEND = "admin:programmes_organisation_import"
PREVIEW = "admin:programmes_organisation_import_preview"
HEAD = "name,sector,ics_code,ods_code\n"


def send(client, text, name="list.csv"):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(reverse(SEND), {"file": SimpleUploadedFile(name, content)})


def preview(client):
    return client.get(reverse(PREVIEW, args=[ImportFile.objects.get().pk]))


def told(page):
    return [(one.line, one.what, one.outcome, one.column) for one in page.context["outcomes"]]


@pytest.fixture
def ics(desk):
    return factories.IntegratedCareSystemFactory(code="QKS")


def test_a_preview_says_line_by_line_what_would_happen_and_writes_nothing(desk, administrator, ics):
    factories.OrganisationFactory(name="Same Trust", sector="charity", ics=ics, ods_code="R1")
    factories.OrganisationFactory(name="Old Trust", sector="charity", ics=None)
    lines = [
        "New Trust,Charity or community organisation,qks,",
        "same trust,charity,QKS,",
        "Old Trust,hospice,,RXX",
        "Bad Trust,circus,QKS,",
        "Far Trust,hospice,XXX,",
        "New trust,charity,QKS,",
        ",charity,,",
        "Long Trust,charity,,ABCDEFGHIJK",
        "",
    ]

    send(administrator, HEAD + "\n".join(lines))
    page = preview(administrator)

    assert told(page) == [
        (5, "Bad Trust", "refused", "sector"),
        (6, "Far Trust", "refused", "ics_code"),
        (7, "New trust", "refused", "name"),
        (8, "", "refused", "name"),
        (9, "Long Trust", "refused", "ods_code"),
        (2, "New Trust", "made", ""),
        (3, "same trust", "as before", ""),
        (4, "Old Trust", "changed", ""),
    ]
    assert Organisation.objects.filter(name__icontains="trust").count() == 2


def test_what_was_previewed_is_done_and_the_history_names_file_and_person(desk, administrator, ics):
    old = factories.OrganisationFactory(name="Old Trust", sector="charity", ics=None)
    send(administrator, HEAD + "New Trust,charity,QKS,R1\nOld Trust,hospice,,R2\nBad Trust,circus,,\n")
    page = preview(administrator)

    administrator.post(page.request["PATH_INFO"], {"previewed": page.context["previewed"]})

    new = Organisation.objects.get(name="New Trust")
    old.refresh_from_db()
    assert (new.sector, new.ics, new.ods_code) == ("charity", ics, "R1")
    assert (old.sector, old.ods_code) == ("hospice", "R2")
    newest = [one.history.first() for one in (new, old)]
    assert {(one.history_user, one.history_change_reason) for one in newest} == {
        (desk.staff["administrator"], "Imported from list.csv")
    }
    row = ImportFile.objects.get()
    assert (row.made, row.changed, row.refused, row.applied_at, row.content.name) == (1, 1, 1, NOW, "")


def test_when_the_data_has_changed_meanwhile_the_preview_is_shown_again(desk, administrator, ics):
    send(administrator, HEAD + "New Trust,charity,QKS,\n")
    page = preview(administrator)
    factories.OrganisationFactory(name="New Trust", sector="charity", ics=ics)

    again = administrator.post(page.request["PATH_INFO"], {"previewed": page.context["previewed"]})

    assert again.context["problem"] == (
        "The data has changed since you saw the preview. Nothing was imported: look again."
    )
    assert told(again) == [(2, "New Trust", "as before", "")]


def test_a_file_is_imported_once(desk, administrator, ics):
    send(administrator, HEAD + "New Trust,charity,QKS,\n")
    page = preview(administrator)
    confirmed = {"previewed": page.context["previewed"]}
    administrator.post(page.request["PATH_INFO"], confirmed)

    again = administrator.post(page.request["PATH_INFO"], confirmed)
    looked = administrator.get(page.request["PATH_INFO"])

    assert again.headers["Location"] == reverse("admin:programmes_organisation_changelist")
    assert looked.headers["Location"] == reverse(SEND)
    assert Organisation.objects.filter(name="New Trust").count() == 1


def test_an_excel_file_is_read_as_well(desk, administrator, ics):
    book = openpyxl.Workbook()
    book.active.append(["Name", "Sector", "ICS_code", None])
    book.active.append(["New Trust", "charity", "QKS"])
    file = io.BytesIO()
    book.save(file)

    send(administrator, file.getvalue(), "list.xlsx")

    assert told(preview(administrator)) == [(2, "New Trust", "made", "")]


def bomb():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (51 * 1024 * 1024))
    return file.getvalue()


COLUMNS = (
    "The first line must name the columns: name, sector, ics_code, ods_code. Needed are name, sector. "
    "Download the template and copy your list into it."
)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "list.csv",
            HEAD.encode() + b"Caf\xe9,charity,,\n",
            "The file is not in UTF-8. In Excel save it as “CSV UTF-8”, or as XLSX.",
        ),
        ("list.csv", b"name,kind\nA,charity\n", COLUMNS),
        ("list.csv", b"name,sector,name\nA,charity,B\n", COLUMNS),
        ("list.csv", HEAD.encode(), "The file has no rows below the names of the columns."),
        (
            "list.csv",
            HEAD.encode() + b'"A" b,charity,,\n',
            "The file cannot be read as CSV: a quotation mark may be missing. Save it again.",
        ),
        ("list.pdf", b"%PDF", "The file is neither CSV nor XLSX. Save the list as one of the two."),
        (
            "list.xlsx",
            b"not a zip",
            "The file cannot be read as XLSX. Open it in Excel and save it again.",
        ),
        (
            "list.csv",
            HEAD.encode() + b"A,charity,,\n" * 5001,
            "The file has more than 5,000 rows. Split it into several files.",
        ),
        (
            "list.csv",
            b"x" * (5 * 1024 * 1024 + 1),
            "The file is larger than 5 MB. Split it into several files.",
        ),
        (
            "list.xlsx",
            bomb(),
            "The file holds more than can be read. Copy the list alone into a new file.",
        ),
    ],
    ids=["latin", "columns", "twice", "empty", "quote", "pdf", "xlsx", "rows", "bytes", "bomb"],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_not_kept(
    desk, administrator, name, content, sentence
):
    page = send(administrator, content, name)

    assert page.context["form"].errors == {"file": [sentence]}
    assert ImportFile.objects.count() == 0


def test_more_bytes_than_allowed_are_refused_by_the_rule_itself():
    with pytest.raises(importing.BadFile) as refused:
        importing.lines_of("a.csv", b"x" * (importing.MOST_BYTES + 1), ["name"], ["name"])

    assert refused.value.sentence == "The file is larger than 5 MB. Split it into several files."


def test_the_template_can_be_imported(desk, administrator, ics):
    template = administrator.get(reverse("admin:programmes_organisation_import_template"))

    send(administrator, template.content)

    assert told(preview(administrator)) == [(2, "Downs Community Trust", "made", "")]


def test_an_empty_line_between_others_is_passed_over_and_keeps_its_number():
    lines = importing.lines_of("a.csv", b"name\nFirst Trust\n,\nThird Trust\n", ["name"], ["name"])

    assert [(line.number, line.cells) for line in lines] == [
        (2, {"name": "First Trust"}),
        (4, {"name": "Third Trust"}),
    ]


def test_a_file_is_seen_by_whoever_sent_it_alone(desk, administrator):
    send(administrator, HEAD + "New Trust,charity,,\n")

    page = desk.client("outsider").get(reverse(PREVIEW, args=[ImportFile.objects.get().pk]))

    assert page.status_code == 404
    assert ImportFile.objects.get().sent_by == desk.staff["administrator"]


def test_only_an_administrator_imports(desk):
    with pytest.raises(NotAllowed) as refused:
        importing.import_organisations(1, previewed="", user=desk.staff["reviewer"], now=NOW)

    assert refused.value.sentence == "Only administrators import organisations."


def test_a_file_that_nobody_confirms_is_thrown_away_after_a_day(desk, administrator):
    send(administrator, HEAD + "New Trust,charity,,\n")

    found = [importing.throw_away(NOW + datetime.timedelta(hours=hours)) for hours in (24, 25)]

    assert found == [0, 1]


def test_a_file_whose_content_is_gone_is_to_be_sent_again(desk, administrator):
    send(administrator, HEAD + "New Trust,charity,,\n")
    row = ImportFile.objects.get()
    row.content.storage.delete(row.content.name)

    with pytest.raises(Refused) as refused:
        importing.content_of(row)

    assert refused.value.sentence == "The file is not there any more. Send it again."


def test_a_sheet_with_empty_rows_between_is_read_in_full():
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["name"])
    sheet["A2"] = "First Trust"
    sheet["A6000"] = "Last Trust"
    file = io.BytesIO()
    book.save(file)

    lines = importing.lines_of("a.xlsx", file.getvalue(), ["name"], ["name"])

    assert [(line.number, line.cells["name"]) for line in lines] == [(2, "First Trust"), (6000, "Last Trust")]


def test_a_line_with_a_character_that_cannot_be_stored_is_refused(desk, administrator):
    send(administrator, HEAD + "New\0 Trust,charity,,\nGood Trust,charity,,R\0\nFine Trust,charity,,\n")

    page = preview(administrator)

    assert told(page) == [
        (2, "New Trust", "refused", "name"),
        (3, "Good Trust", "refused", "ods_code"),
        (4, "Fine Trust", "made", ""),
    ]
    assert {one.reason for one in page.context["outcomes"] if one.refused} == {
        "The line holds a character that cannot be stored. Type it again."
    }
