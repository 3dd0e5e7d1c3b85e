"""What the fields make of what people type, and what they say when they cannot."""

import datetime
from typing import Any

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict

from programmes.forms.base import PageForm, in_a_sentence, without_control_characters
from programmes.forms.compound_fields import DateField, RankField
from programmes.forms.fields import (
    EmailField,
    LineField,
    LongTextField,
    PhoneField,
    RadiosField,
    SelectField,
    UploadField,
    WholeNumberField,
    YesNoField,
)
from tests.pages.sampler import GOOD, Sampler


def cleaned(**changes: Any) -> Any:
    form = Sampler({**GOOD, **changes})
    assert form.is_valid(), form.errors
    return form.cleaned_data


def errors(**changes: Any) -> dict[str, list[str]]:
    return dict(Sampler({**GOOD, **changes}).errors)


def test_good_answers_are_cleaned() -> None:
    assert cleaned() == {
        "name": "Siân O’Neill",
        "email": "sian@example.org",
        "phone": "",
        "why": "To help people",
        "notes": "",
        "access": "",
        "ics": "QNQ",
        "cohort": "1",
        "reason": "",
        "online": True,
        "experience": ["coach", "mentor"],
        "start": datetime.date(2027, 3, 31),
        "years": 3,
        "certificate": None,
        "order": ["8", "7"],
        "agree": True,
    }


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Siân\r\nO’Neill\t Ŵyn ", "Siân O’Neill Ŵyn"),
        ("w\u0302", "ŵ"),
        ("Si\x00ân", "Siân"),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
    ],
)
def test_one_line_stays_one_line(typed: str, kept: str) -> None:
    assert cleaned(name=typed)["name"] == kept


def test_email_drops_what_was_pasted_along() -> None:
    assert cleaned(email=" sian\u200b@example.org \n")["email"] == "sian@example.org"


@pytest.mark.parametrize("typed", ["020 7946 0000", "+44 (0)20-7946.0000", "01632 960 001 ext. 12", ""])
def test_telephone_numbers_are_taken_as_written(typed: str) -> None:
    assert cleaned(phone=typed)["phone"] == typed


@pytest.mark.parametrize("typed", ["ring me", "123456", "1" * 16, "٠١٢٣٤٥٦٧٨"])
def test_what_is_no_telephone_number_is_refused(typed: str) -> None:
    assert errors(phone=typed) == {
        "phone": ["Enter a telephone number, like 01632 960 001, 07700 900 982 or +44 808 157 0192"]
    }


def test_long_text_counts_as_the_page_does() -> None:
    assert cleaned(why="one two\r\nthree  four\rfive")["why"] == "one two\nthree  four\nfive"
    assert errors(why="one two three four five six", notes="x" * 51) == {
        "why": ["Your answer must be 5 words or fewer: you have written 6"],
        "notes": ["Anything else must be 50 characters or fewer: you have written 51"],
    }


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter years of practice"),
        ("many", "Years of practice must be a whole number, like 3"),
        ("9" * 5000, "Years of practice must be a whole number, like 3"),
        ("-1", "Years of practice must be 0 or more"),
        ("61", "Years of practice must be 60 or fewer"),
    ],
)
def test_numbers_say_what_is_wrong(typed: str, message: str) -> None:
    assert errors(years=typed) == {"years": [message]}


def test_numbers_may_have_separators() -> None:
    class Count(PageForm):
        people = WholeNumberField(label="People")

    form = Count({"people": " 1,200 "})
    assert form.is_valid()
    assert form.cleaned_data == {"people": 1200}


@pytest.mark.parametrize(
    ("day", "month", "year", "message", "boxes"),
    [
        ("", "", "", "Enter start date", []),
        ("1", "", "2027", "Start date must include a month", ["month"]),
        ("", "3", "", "Start date must include a day and year", ["day", "year"]),
        ("31", "2", "2027", "Start date must be a real date", ["day", "month", "year"]),
        ("32", "2", "2027", "Start date must be a real date", ["day"]),
        ("1", "0", "2027", "Start date must be a real date", ["month"]),
        ("1", "May", "x", "Start date must be a real date", ["year"]),
        ("1", "Mayor", "2027", "Start date must be a real date", ["month"]),
        ("1", "5", "27", "Year must include 4 numbers, like 2026", ["year"]),
        ("1", "5", "0000", "Start date must be a real date", ["day", "month", "year"]),
        (
            "31",
            "12",
            "2025",
            "Start date must be the same as or after 1 January 2026",
            ["day", "month", "year"],
        ),
        (
            "1",
            "1",
            "2028",
            "Start date must be the same as or before 31 December 2027",
            ["day", "month", "year"],
        ),
    ],
)
def test_dates_say_what_is_wrong(day: str, month: str, year: str, message: str, boxes: list[str]) -> None:
    form = Sampler({**GOOD, "start_day": day, "start_month": month, "start_year": year})

    (error,) = form.errors.as_data()["start"]
    assert form.errors == {"start": [message]}
    assert (error.params or {}).get("boxes", []) == boxes


@pytest.mark.parametrize("month", ["3", "03", "mar", "March", "MARCH"])
def test_months_may_be_numbers_or_names(month: str) -> None:
    assert cleaned(start_month=month)["start"] == datetime.date(2027, 3, 31)


def test_a_date_that_may_stay_empty() -> None:
    class When(PageForm):
        day = DateField(label="Day", required=False)

    form = When({})
    assert form.is_valid()
    assert form.cleaned_data == {"day": None}


def test_dates_know_whether_they_changed() -> None:
    field = DateField(label="Day")
    first = datetime.date(2027, 3, 1)

    assert not field.has_changed(first, ["1", "3", "2027"])
    assert field.has_changed(first, ["2", "3", "2027"])
    assert field.has_changed(first, ["2", "3", ""])


@pytest.mark.parametrize(
    ("first", "second", "message", "boxes"),
    [
        ("", "", "Choose your order of preference for order of cohorts", [0, 1]),
        ("1", "", "Choose a place in your order of preference, or “I cannot attend”, for Cohort 2", [1]),
        ("1", "9", "Choose a place in your order of preference, or “I cannot attend”, for Cohort 2", [1]),
        ("1", "1", "You chose 1st choice for Cohort 1 and Cohort 2: give each its own place", [0, 1]),
        ("cannot", "cannot", "Choose at least one that you can take", [0, 1]),
    ],
)
def test_ranking_says_what_is_wrong(first: str, second: str, message: str, boxes: list[int]) -> None:
    form = Sampler({**GOOD, "order_7": first, "order_8": second})

    (error,) = form.errors.as_data()["order"]
    assert form.errors == {"order": [message]}
    assert (error.params or {})["boxes"] == boxes


@pytest.mark.parametrize(
    ("first", "second", "order"),
    [("1", "2", ["7", "8"]), ("2", "1", ["8", "7"]), ("cannot", "2", ["8"])],
)
def test_ranking_gives_what_can_be_taken_in_order(first: str, second: str, order: list[str]) -> None:
    assert cleaned(order_7=first, order_8=second)["order"] == order


def test_ranking_one_thing_asks_whether_it_can_be_taken() -> None:
    field = RankField(label="Dates", things=[("7", "12 June")], may_refuse_all=True)

    assert field.ranks == [("", "Choose"), ("1", "I can attend"), ("cannot", "I cannot attend")]
    assert field.clean(["cannot"]) == []


def test_ranking_everything_or_nothing() -> None:
    field = RankField(label="Topics", things=[("a", "A"), ("b", "B")], cannot=None, required=False)

    assert field.clean(["", ""]) == []
    assert field.has_changed(["a", "b"], ["2", "1"])
    with pytest.raises(forms.ValidationError, match="in your order of preference for B"):
        field.clean(["1", ""])


def test_choices_say_what_is_wrong_without_repeating_what_was_sent() -> None:
    assert errors(ics="<x>", cohort="9", experience=["coach", "none"], online="maybe") == {
        "ics": ["Choose one of the answers listed"],
        "cohort": ["Choose one of the answers listed"],
        "online": ["Choose one of the answers listed"],
        "experience": ["Select “None of these”, or the other answers, but not both"],
    }


def test_everything_left_out_is_asked_for_in_words() -> None:
    assert dict(Sampler({}).errors) == {
        "name": ["Enter full name"],
        "email": ["Enter email address"],
        "why": ["Answer the question “Why do you want to be a facilitator?”"],
        "ics": ["Select your ICS"],
        "cohort": ["Answer the question “Which cohort do you prefer?”"],
        "online": ["Answer the question “Have you facilitated online?”"],
        "experience": ["Select qualifications"],
        "start": ["Enter start date"],
        "years": ["Enter years of practice"],
        "order": ["Choose your order of preference for order of cohorts"],
        "agree": ["Tick the box to continue: “I have discussed this”"],
    }


def test_a_name_of_300_characters_is_refused_with_its_length() -> None:
    assert errors(name="x" * 300) == {
        "name": ["Full name must be 60 characters or fewer: you have entered 300"]
    }


def test_files_of_another_kind_or_too_large_are_refused_by_name() -> None:
    def refused(name: str, content: bytes) -> list[str]:
        return list(Sampler(GOOD, {"certificate": SimpleUploadedFile(name, content)}).errors["certificate"])

    assert refused("me.exe", b"x") == ["The file must be a .pdf file or a .docx file: “me.exe” is not"]
    assert refused("me.pdf", b"x" * 1024 * 1025) == ["The file must be smaller than 1 MB: “me.pdf” is larger"]
    assert refused("me.pdf", b"") == ["The file you chose is empty: choose another one"]


def test_files_of_the_right_kind_are_taken() -> None:
    form = Sampler(GOOD, {"certificate": SimpleUploadedFile("Me.PDF", b"%PDF")})

    assert form.is_valid()
    assert form.cleaned_data["certificate"].name == "Me.PDF"


def test_a_file_that_must_be_sent_is_asked_for() -> None:
    class Send(PageForm):
        proof = UploadField(label="Proof of practice")

    assert Send({}).errors == {"proof": ["Choose a file for proof of practice"]}


def test_a_revealed_field_is_asked_only_with_its_answer() -> None:
    assert cleaned(reason="Never mind")["reason"] == ""
    assert errors(cohort="none") == {"reason": ["Enter reason"]}
    assert cleaned(cohort="none", reason="A  holiday")["reason"] == "A holiday"


def test_a_box_can_reveal_a_field_too() -> None:
    from programmes.forms.fields import CheckboxesField

    class Needs(PageForm):
        needs = CheckboxesField(
            label="Needs", choices=[("bsl", "BSL"), ("other", "Other")], nhs={"reveals": {"other": "which"}}
        )
        which = LineField(label="Which other need?")

    assert Needs({"needs": ["bsl"]}).is_valid()
    assert Needs({"needs": ["bsl", "other"]}).errors == {"which": ["Answer the question “Which other need?”"]}


def test_yes_and_no_keep_what_they_were() -> None:
    class Ask(PageForm):
        sure = YesNoField(label="Sure?", required=False)

    for sent, kept in (("yes", True), ("no", False), ("", None)):
        form = Ask({"sure": sent})
        assert form.is_valid()
        assert form.cleaned_data == {"sure": kept}
    assert Ask(initial={"sure": False})["sure"].value() == "no"


def test_authors_words_stay_and_labels_are_put_in() -> None:
    class Worded(PageForm):
        one = LineField(label="One 100% sure", error_messages={"required": "Say it"}, max_length=2)
        two = SelectField(
            label="Two", choices=[("", "-")], error_messages={"required": "{subject}, or {thing}?"}
        )

    assert Worded({}).errors == {"one": ["Say it"], "two": ["Two, or two?"]}
    assert Worded({"one": "long"}).errors["one"] == [
        "One 100% sure must be 2 characters or fewer: you have entered 4"
    ]


def test_fields_added_later_are_worded_as_well() -> None:
    class Questions(PageForm):
        def __init__(self, data: Any) -> None:
            super().__init__(data)
            self.add_field("own", LongTextField(label="What else?"))

    assert Questions({}).errors == {"own": ["Answer the question “What else?”"]}


def test_labels_inside_a_sentence() -> None:
    assert [in_a_sentence(label) for label in ("Start date", "ICS", "I agree", "x")] == [
        "start date",
        "ICS",
        "I agree",
        "x",
    ]


def test_control_characters_are_taken_out_of_any_kind_of_data() -> None:
    sent = QueryDict("a=1%00&a=2&b=x%0Ay")
    cleaned_data = without_control_characters(sent)

    assert isinstance(cleaned_data, QueryDict)
    assert dict(cleaned_data.lists()) == {"a": ["1", "2"], "b": ["x\ny"]}
    assert without_control_characters({"a": "1\x08", "b": ["kept"]}) == {"a": "1", "b": ["kept"]}
    clean = QueryDict("a=1")
    assert without_control_characters(clean) is clean


def test_fields_outside_a_page_form_still_work() -> None:
    assert EmailField().clean("a@example.org") == "a@example.org"
    assert PhoneField(required=False).clean("") == ""
    assert RadiosField(choices=[("a", "A")]).clean("a") == "a"
