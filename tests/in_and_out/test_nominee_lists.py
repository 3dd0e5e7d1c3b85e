"""A list of those whom ICSs name comes in as a file: previewed, then done as previewed; who is new is told once."""

import io

import openpyxl
import pytest
from django.urls import reverse

from applications.models import BoardEntry, Nominee
from programmes.models import ImportFile, Message, NominationAllowance
from tests import factories, scenarios
from tests.factories import NOW
from tests.in_and_out.nominee_lists import (
    HEAD,
    SEND,
    confirm,
    named,
    preview,
    send,
    take_in,
    told,
)
from tests.staff.reading import messages_of, text_of


@pytest.fixture
def ics(desk):
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")


@pytest.fixture
def other(desk):
    return factories.IntegratedCareSystemFactory(code="QXU", name="NHS Weald Integrated Care Board")


@pytest.fixture
def board(desk, ics):
    return factories.NominationAllowanceFactory(programme=desk.programme, ics=ics)


def test_a_preview_says_what_would_be_made_changed_left_and_refused_and_writes_nothing(
    desk, reviewer, ics, other, board
):
    factories.NomineeFactory(allowance=board, name="Ada", email="ada@example.org", rank=7)
    factories.NomineeFactory(allowance=board, name="Old", email="bea@example.org")
    factories.NomineeFactory(allowance=board, name="Cleo", email="cleo@example.org")
    factories.NomineeFactory(allowance=board, name="Held", email="held@example.org", rank=9)
    applied = scenarios.submitted(desk.programme, ics=ics, email="done@example.org")
    lines = [
        "qks,Ada,ADA@example.org,,",
        "Downs,Bea,bea@example.org,2,New job",
        "NHS Weald Integrated Care Board,Dora,Dora@example.org,2.0,",
        "XXX,Ella,ella@example.org,,",
        f"QKS,{'x' * 151},ella@example.org,,",
        "QKS,Ella,ella at example,,",
        f"QKS,Ella,{'x' * 64}@{'x' * 60}.{'x' * 60}.{'x' * 60}.{'x' * 60}.org,,",
        "QKS,Ella,ella@example.org,0,",
        f"QKS,Ella,ella@example.org,,{'x' * 301}",
        "QKS,Also Bea,b.ea@example.org,,",
        "QKS,Done,done@example.org,,",
        "Weald,Cleo,cleo@example.org,,",
        "QKS,Ella,ella@example.org,2,",
        "QKS,Fay,fay@example.org,9,",
        "QKS,Gwen\0,gwen@example.org,,",
    ]

    page = preview(reviewer, desk.programme, HEAD + "\n".join(lines))

    address = "A work email address in the correct format is needed, like name@example.org."
    assert told(page) == [
        (5, "Ella", "refused", "ics", "No ICS of this programme has this code or name."),
        (6, "x" * 151, "refused", "name", "A name of at most 150 characters is needed."),
        (7, "Ella", "refused", "email", address),
        (8, "Ella", "refused", "email", address),
        (9, "Ella", "refused", "rank", "A whole number from 1 to 9,999 is needed, or nothing."),
        (10, "Ella", "refused", "note", "A note has at most 300 characters."),
        (11, "Also Bea", "refused", "email", "This person stands on line 3 already."),
        (
            12,
            "Done",
            "refused",
            "email",
            f"This person has applied already: {applied.reference}, under review.",
        ),
        (
            13,
            "Cleo",
            "refused",
            "email",
            "Downs has named this person already. Remove them from its board first.",
        ),
        (
            14,
            "Ella",
            "refused",
            "rank",
            "Rank 2 is that of line 3 already. Give each a rank of their own.",
        ),
        (15, "Fay", "refused", "rank", "Rank 9 is Held’s already. Give each a rank of their own."),
        (
            16,
            "Gwen",
            "refused",
            "name",
            "The line holds a character that cannot be stored. Type it again.",
        ),
        (2, "Ada", "as before", "", ""),
        (3, "Bea", "changed", "", ""),
        (4, "Dora", "made", "", ""),
    ]
    assert "1 made, 1 changed, 1 as before, 12 refused. Nothing is changed yet." in text_of(page)
    assert [name for _, name, *_ in named()] == ["Ada", "Old", "Cleo", "Held"]


def test_what_was_previewed_is_done_and_told_with_history(desk, reviewer, ics, board):
    old = factories.NomineeFactory(allowance=board, name="Old", email="bea@example.org", rank=2)
    text = HEAD + "QKS,Ada,ada@example.org,1,Leads\nQKS,Bea,BEA@example.org,,\n"

    page = take_in(reviewer, desk.programme, text, write="on")

    user = desk.staff["reviewer"]
    ada = Nominee.objects.get(name="Ada")
    old.refresh_from_db()
    assert messages_of(page) == ["list.csv: 1 made, 1 changed, 0 refused."]
    assert named() == [
        ("ics:QKS", "Bea", "bea@example.org", 2, ""),
        ("ics:QKS", "Ada", "ada@example.org", 1, "Leads"),
    ]
    assert (ada.added_by, ada.added_at, ada.told_at, old.told_at) == (user, NOW, NOW, None)
    newest = [one.history.first() for one in (ada, old)]
    assert {(one.history_user, one.history_change_reason) for one in newest} == {
        (user, "Imported from list.csv")
    }
    mail = Message.objects.get()
    assert (mail.event, mail.to_address, mail.context["whose"]) == ("nominated", "ada@example.org", "Downs")
    assert BoardEntry.objects.get().text == "Named, or changed, from the file list.csv: Ada and Bea."
    row = ImportFile.objects.get()
    assert (row.programme, row.made, row.changed, row.refused, row.applied_at) == (
        desk.programme,
        1,
        1,
        0,
        NOW,
    )


def test_a_second_import_of_the_same_file_changes_nothing_and_tells_nobody(desk, reviewer, ics):
    text = HEAD + "QKS,Ada,ada@example.org,1,Leads\nQKS,Bea,bea@example.org,,\n"
    take_in(reviewer, desk.programme, text, write="on")
    before = [named(), Nominee.history.count(), Message.objects.count()]

    page = preview(reviewer, desk.programme, text)
    confirm(reviewer, page, write="on")

    assert [one[2] for one in told(page)] == ["as before", "as before"]
    assert "The file would change nothing." in text_of(page)
    assert [named(), Nominee.history.count(), Message.objects.count()] == before
    assert BoardEntry.objects.count() == 1


def test_without_the_tick_nobody_is_written_to(desk, reviewer, ics):
    take_in(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\n")

    assert (Nominee.objects.get().told_at, Message.objects.count()) == (None, 0)
    assert NominationAllowance.objects.get().ics == ics


@pytest.mark.parametrize(("code", "mails"), [("QKS", 1), ("QXU", 2)])
def test_who_was_taken_off_is_named_again_and_not_told_twice_of_the_same(
    desk, reviewer, ics, other, code, mails
):
    take_in(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,1,Leads\n", write="on")
    Nominee.objects.update(removed_at=NOW)

    page = take_in(reviewer, desk.programme, HEAD + f"{code},Ada,ada@example.org,,\n", write="on")

    assert messages_of(page) == ["list.csv: 1 made, 0 changed, 0 refused."]
    assert named() == [(f"ics:{code}", "Ada", "ada@example.org", None, "")]
    assert Nominee.objects.get().removed_at is None
    assert Message.objects.filter(event="nominated").count() == mails


def test_an_address_that_is_put_right_is_kept_as_it_is_now(desk, reviewer, board):
    factories.NomineeFactory(allowance=board, name="Ada", email="adalove@example.org")

    take_in(reviewer, desk.programme, HEAD + "QKS,Ada,ada.love@example.org,,\n")

    assert [row[2] for row in named()] == ["ada.love@example.org"]


def test_two_change_ranks_and_a_line_that_is_refused_leaves_its_rank_to_whoever_had_it(desk, reviewer, board):
    for number, name in enumerate(("ada", "bea", "cleo", "dora"), 1):
        factories.NomineeFactory(allowance=board, name=name, email=f"{name}@example.org", rank=number)
    swapped = HEAD + "QKS,ada,ada@example.org,2,\nQKS,bea,bea@example.org,1,\n"
    # Cleo cannot have Dora's, stays the third, and Bea cannot be it.
    clash = HEAD + "QKS,bea,bea@example.org,3,\nQKS,cleo,cleo@example.org,4,\n"

    take_in(reviewer, desk.programme, swapped)
    page = preview(reviewer, desk.programme, clash)

    assert [row[3] for row in named()] == [2, 1, 3, 4]
    assert [(one.what, one.outcome, one.reason[:18]) for one in page.context["outcomes"]] == [
        ("bea", "refused", "Rank 3 is cleo’s a"),
        ("cleo", "refused", "Rank 4 is dora’s a"),
    ]


def test_more_than_the_limit_are_taken_and_the_preview_says_how_many(desk, reviewer, ics, other, board):
    desk.programme.nominations_allowed = 2
    desk.programme.save()
    scenarios.submitted(desk.programme, ics=ics)
    factories.NomineeFactory(allowance=board, email="ada@example.org")
    factories.NomineeFactory(allowance=board)
    factories.NomineeFactory(allowance=factories.NominationAllowanceFactory(programme=desk.programme))
    lines = "QKS,Ada,ada@example.org,,\nQKS,Bea,bea@example.org,,\nQXU,Cleo,cleo@example.org,,\n"

    page = preview(reviewer, desk.programme, HEAD + lines)

    assert page.context["over"] == [
        "Downs: 2 more than the limit of 2 are named or have applied. Whoever applies later is in reserve."
    ]
    assert page.context["over"][0] in text_of(page)


def test_when_somebody_has_applied_meanwhile_the_preview_is_shown_again_with_the_tick(desk, reviewer, ics):
    page = preview(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\nQKS,Bea,bea@example.org,,\n")
    scenarios.submitted(desk.programme, ics=ics, email="ada@example.org")

    again = confirm(reviewer, page, write="on")

    assert again.context["problem"] == (
        "The data has changed since you saw the preview. Nothing was imported: look again."
    )
    assert [one[2] for one in told(again)] == ["refused", "made"]
    assert again.context["write"] is True
    assert Nominee.objects.count() == 0


def test_a_file_is_imported_once(desk, reviewer, ics):
    page = preview(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\n")
    confirm(reviewer, page)

    again = confirm(reviewer, page)
    looked = reviewer.get(page.request["PATH_INFO"])

    assert messages_of(again) == ["This file was imported already. Send it again if it has changed."]
    assert looked.headers["Location"] == reverse(SEND)
    assert Nominee.objects.count() == 1


def test_a_programme_that_has_closed_takes_no_list(desk, reviewer, ics):
    desk.programme.closes_at = NOW
    desk.programme.save()

    page = send(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\n")

    (sentence,) = page.context["form"].errors["programme"]
    assert sentence.startswith(
        "Leadership Circles closed at 1pm on 5 October 2026: nobody can apply any more."
    )
    assert ImportFile.objects.count() == 0


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (
            {},
            {"programme": ["Choose the programme that the list is for."], "file": ["Choose the file."]},
        ),
        (
            {"content": b"name,email\nAda,ada@example.org\n"},
            {
                "file": [
                    "The first line must name the columns: ics, name, email, rank, note. Needed are ics, name, "
                    "email. Download the template and copy your list into it."
                ]
            },
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence_and_not_kept(desk, reviewer, given, errors):
    if given:
        page = send(reviewer, desk.programme, given["content"])
    else:
        page = reviewer.post(reverse(SEND), {})

    assert page.context["form"].errors == errors
    assert ImportFile.objects.count() == 0


def test_the_template_can_be_imported_and_an_excel_file_as_well(desk, reviewer, ics):
    template = reviewer.get(reverse("admin:applications_nominationboard_import_template"))
    book = openpyxl.Workbook()
    book.active.append(["ICS", "Name", "Email", "Rank"])
    book.active.append(["QKS", "Ada", "ada@example.org", 2])
    file = io.BytesIO()
    book.save(file)

    take_in(reviewer, desk.programme, template.content)
    sent = send(reviewer, desk.programme, file.getvalue(), "list.xlsx")

    assert template.headers["Content-Disposition"] == 'attachment; filename="nominees-ics.csv"'
    assert named() == [("ics:QKS", "Sam Smith", "sam.smith@example.org", 1, "Leads the team")]
    assert told(reviewer.get(sent.headers["Location"])) == [(2, "Ada", "made", "", "")]
