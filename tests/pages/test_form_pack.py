"""The form pack: every kind of field as an NHS component, valid and with errors."""

import datetime
import re
from typing import Any

import pytest
from django import forms
from django.test import Client

from config.forms_adapter import anchor, component, summary_of_errors
from config.pages import crispy
from programmes.forms.base import PageForm
from programmes.forms.fields import LineField, LongTextField, RadiosField, YesNoField
from tests.pages.html import Page
from tests.pages.sampler import GOOD, Sampler

pytestmark = pytest.mark.urls("tests.pages.sampler")


def shown(form: forms.BaseForm) -> Page:
    return Page(str(crispy(form)))


def bad(**changes: Any) -> Sampler:
    return Sampler({**GOOD, **changes})


@pytest.mark.parametrize("data", [None, {}, GOOD, {**GOOD, "cohort": "none", "start_month": ""}])
def test_every_field_has_its_label_and_every_id_stands_once(data: dict[str, Any] | None) -> None:
    page = shown(Sampler(data))

    labelled = {label.attributes["for"] for label in page.all("label")}
    boxes = {
        element.attributes["id"]
        for element in page.elements
        if element.tag in ("input", "select", "textarea")
    }
    assert sorted(page.ids) == sorted(set(page.ids))
    assert labelled == boxes
    assert len(boxes) == 24


@pytest.mark.parametrize("data", [{}, {**GOOD, "cohort": "none", "start_month": "", "order_8": "2"}])
def test_each_item_of_the_error_summary_leads_to_a_box(data: dict[str, Any]) -> None:
    form = Sampler(data)
    page = shown(form)

    links = [item["href"] for item in summary_of_errors(form)]
    targets = [page.by_id(link.removeprefix("#")).tag for link in links]
    assert len(links) == len(form.errors)
    assert set(targets) <= {"input", "select", "textarea"}


@pytest.mark.parametrize("data", [{}, GOOD])
def test_everything_that_describes_a_field_is_there(data: dict[str, Any]) -> None:
    page = shown(Sampler(data))

    describing = {
        by for element in page.elements for by in element.attributes.get("aria-describedby", "").split()
    }
    assert describing - set(page.ids) == set()


def test_hint_and_error_describe_a_text_box() -> None:
    page = shown(bad(email="sian"))

    assert page.described("id_email") == [
        "We write to you here",
        "Error: Enter an email address in the correct format, like name@example.com",
    ]


def test_hint_and_error_describe_a_group() -> None:
    page = shown(Sampler({}))

    described = [
        [page.by_id(by).text for by in fieldset.attributes.get("aria-describedby", "").split()]
        for fieldset in page.all("fieldset")
    ]
    assert described == [
        ["Error: Answer the question “Which cohort do you prefer?”"],
        ["Error: Answer the question “Have you facilitated online?”"],
        ["Select all that apply", "Error: Select qualifications"],
        ["For example, 31 3 2027", "Error: Enter start date"],
        ["Error: Choose your order of preference for order of cohorts"],
    ]


def test_only_fields_that_may_stay_empty_are_marked() -> None:
    page = shown(Sampler())

    optional = [label.text for label in page.all("label") if "(optional)" in label.text]
    assert optional == [
        "Telephone number (optional)",
        "Anything else (optional)",
        "Access needs (optional)",
        "Certificate (optional)",
    ]


def test_browsers_neither_cut_nor_refuse_what_is_typed() -> None:
    html = str(crispy(Sampler()))

    assert re.findall(r" (required|maxlength|minlength|min|max|pattern|style)=?", html) == []


def test_what_was_typed_is_shown_again() -> None:
    page = shown(
        bad(name="O'Neill <b>", notes="\nfirst\r\nsecond & third", start_month="", cohort="2", order_7="1")
    )

    assert page.by_id("id_name").attributes["value"] == "O'Neill <b>"
    assert "".join(page.by_id("id_notes").pieces).removeprefix("\n") == "\nfirst\r\nsecond & third"
    assert page.by_id("id_start_day").attributes["value"] == "31"
    assert [box.attributes["value"] for box in page.elements if "checked" in box.attributes] == [
        "2",
        "yes",
        "coach",
        "mentor",
        "on",
    ]
    assert [option.text for option in page.elements if "selected" in option.attributes] == [
        "Frimley",
        "1st choice",
        "1st choice",
    ]


def test_html_in_answers_and_in_staff_text_is_shown_and_never_run() -> None:
    class Hostile(PageForm):
        text = LineField(label="<b>Label</b>", help_text="<i>hint</i>")
        choice = RadiosField(label="Choice", choices=[("<x>", "<u>one</u>")], nhs={"hints": {"<x>": "<s>"}})

    html = str(crispy(Hostile({"text": "<script>", "choice": '"><script>'})))

    assert re.findall(r"<(b|i|u|s|x|script)>", html) == []


def test_presentation_reaches_the_component() -> None:
    page = shown(Sampler())

    assert page.by_id("id_name").attributes["class"] == "nhsuk-input nhsuk-input--width-30"
    assert page.by_id("id_name").attributes["autocomplete"] == "name"
    assert page.by_id("id_email").attributes["type"] == "email"
    assert page.by_id("id_email").attributes["spellcheck"] == "false"
    assert page.by_id("id_phone").attributes["type"] == "tel"
    assert page.by_id("id_years").attributes["inputmode"] == "numeric"
    assert page.by_id("id_years").attributes["type"] == "text"
    assert page.by_id("id_notes").attributes["rows"] == "3"
    assert page.by_id("id_certificate").attributes["accept"] == ".pdf,.docx"
    assert page.by_id("id_why-info").text == "You can enter up to 5 words"
    assert page.by_id("id_notes-info").text == "You can enter up to 50 characters"
    assert page.described("id_cohort") == ["1 and 2 November"]
    assert [box.attributes["class"] for box in page.all("div", **{"data-module": "nhsuk-radios"})] == [
        "nhsuk-radios",
        "nhsuk-radios nhsuk-radios--inline",
    ]


def test_label_may_be_the_heading_of_the_page_or_hidden() -> None:
    class Heading(PageForm):
        one = YesNoField(label="Is it you?", nhs={"page_heading": True})
        two = LineField(label="Name", nhs={"hide_label": True, "label_size": "l", "prefix": "Dr"})

    page = shown(Heading())

    assert page.one("h1").text == "Is it you?"
    assert page.by_id("id_one").attributes["value"] == "yes"
    hidden = page.one("label", **{"for": "id_two"})
    assert hidden.attributes["class"] == "nhsuk-label nhsuk-label--l nhsuk-u-visually-hidden"


def test_a_wish_that_nobody_knows_is_refused() -> None:
    class Mistaken(PageForm):
        one = LineField(label="One", nhs={"widht": 3})  # type: ignore[typeddict-unknown-key]

    with pytest.raises(ValueError, match=r"Unknown in nhs of “One”: widht\."):
        crispy(Mistaken())


def test_plain_django_fields_are_shown_too() -> None:
    class Plain(forms.Form):
        secret = forms.CharField(widget=forms.PasswordInput)
        hidden = forms.CharField(widget=forms.HiddenInput, initial="kept")
        several = forms.MultipleChoiceField(choices=[("a", "A")], widget=forms.SelectMultiple, disabled=True)
        fixed = forms.BooleanField(initial=True, disabled=True)

    page = shown(Plain({"secret": "typed"}))

    assert "value" not in page.by_id("id_secret").attributes
    assert page.by_id("id_hidden").attributes["type"] == "hidden"
    assert "disabled" in page.by_id("id_several").attributes
    assert "disabled" in page.by_id("id_fixed").attributes


def test_one_field_alone() -> None:
    page = Page(str(crispy(Sampler()["email"])))

    assert page.ids == ["id_email-hint", "id_email"]


def test_dates_and_ranks_show_what_they_begin_with() -> None:
    page = shown(Sampler(initial={"start": datetime.date(2027, 3, 31), "order": ["8"]}))

    assert [page.by_id(f"id_start_{box}").attributes["value"] for box in ("day", "month", "year")] == [
        "31",
        "3",
        "2027",
    ]
    assert [option.text for option in page.elements if "selected" in option.attributes] == [
        "Choose",
        "I cannot attend",
        "1st choice",
    ]


def test_only_the_wrong_box_of_a_date_is_marked_and_linked() -> None:
    form = bad(start_month="13")
    page = shown(form)

    marked = [
        box
        for box in ("day", "month", "year")
        if "nhsuk-input--error" in page.by_id(f"id_start_{box}").attributes["class"]
    ]
    assert marked == ["month"]
    assert anchor(form["start"]) == "id_start_month"


def test_a_field_inside_an_answer_stands_in_the_group_and_needs_no_script() -> None:
    html = str(crispy(Sampler()))

    assert html.count('name="reason"') == 1
    assert html.index('value="none"') < html.index('name="reason"') < html.index('name="online"')
    assert "data-aria-controls" not in html
    assert "conditional--hidden" not in html


def test_crispy_layouts_group_fields() -> None:
    from crispy_forms.helper import FormHelper
    from crispy_forms.layout import Div, Fieldset, Layout

    class Grouped(PageForm):
        first = LineField(label="First")
        second = LongTextField(label="Second", nhs={"optional_word": False}, required=False)

        @property
        def helper(self) -> FormHelper:
            helper = super().helper
            helper.layout = Layout(Fieldset("Both", "first", Div("second", css_id="inner", css_class="x")))
            return helper

    page = shown(Grouped({}))

    assert page.one("legend").text == "Both"
    assert page.by_id("inner").attributes["class"] == "x"
    assert page.one("label", **{"for": "id_second"}).text == "Second"


def test_component_names_the_macro() -> None:
    form = Sampler()

    macros = {field.name: component(field).macro for field in form}
    assert macros == {
        "name": "input",
        "email": "input",
        "phone": "input",
        "why": "count",
        "notes": "count",
        "access": "textarea",
        "ics": "select",
        "cohort": "radios",
        "reason": "input",
        "online": "radios",
        "experience": "checkboxes",
        "start": "date",
        "years": "input",
        "certificate": "file",
        "order": "rank",
        "agree": "checkboxes",
    }


def test_error_summary_and_title_of_a_page(client: Client) -> None:
    page = Page(client.post("/sampler/", {**GOOD, "name": ""}).content.decode())

    assert page.title == "Error: About you - Cascade"
    assert page.one("a", href="#id_name").text == "Enter full name"
    assert page.one("h1").text == "Apply About you"


def test_page_without_errors_has_no_summary(client: Client) -> None:
    page = Page(client.get("/sampler/").content.decode())

    assert page.title == "About you - Cascade"
    assert page.all("div", **{"data-module": "nhsuk-error-summary"}) == []
    assert [form.attributes for form in page.all("form")] == [
        {"method": "post", "novalidate": "", "enctype": "multipart/form-data"}
    ]
    assert len(page.all("input", name="csrfmiddlewaretoken")) == 1
    assert page.all("button")[-1].text == "Continue"


def test_errors_of_whole_forms_and_of_hidden_fields_are_said_without_a_link() -> None:
    class Whole(PageForm):
        secret = forms.CharField(label="Secret", widget=forms.HiddenInput)

        def clean(self) -> None:
            raise forms.ValidationError("The deadline has passed: what you typed is kept")

    assert summary_of_errors(Whole({}), None) == [
        {"text": "The deadline has passed: what you typed is kept"},
        {"text": "Enter secret"},
    ]
