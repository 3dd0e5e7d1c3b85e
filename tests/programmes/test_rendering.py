"""From a row to a subject, a text and an HTML part: every mail, and what people type into its values."""

import datetime
import re
from html import unescape

import nh3
import pytest
from django.conf import settings as django_settings
from django.template import Engine, Template
from django.template.base import VariableNode
from django.template.defaulttags import IfNode

from programmes.domain import links, rendering
from programmes.domain.mails import MAILS
from programmes.models import Message
from tests import factories
from tests.factories import NOW
from tests.support import mails

pytestmark = pytest.mark.django_db

FOLDER = django_settings.BASE_DIR / "templates" / "mail"
# What must come out as it went in, in either part.
TYPED = [
    "<script>alert(1)</script>",
    "[x](http://evil.example.org)",
    "=1+1",
    "Siân O'Brien-Ŵyn “Jo”",
    "**bold** _under_ `code`",
    "# Heading",
    "1. First",
    "{{ link }} {% if x %}",
    "a & b &amp; c",
    "http://evil.example.org/",
    "\\* back\\slash",
    "<img src=x onerror=alert(1)>",
]


def words_of(html: str) -> str:
    """The text of HTML, as a reader sees it."""
    body = html.partition("</h1>")[2]
    return unescape(re.sub(r"<[^>]+>", "", body))


def variables(event: str) -> set[str]:
    """The names that a shipped mail uses, in placeholders and in conditions."""
    source = (FOLDER / f"{event}.md").read_text(encoding="utf-8")
    nodes = Template(source, engine=Engine()).nodelist
    used = {str(node.filter_expression.var) for node in nodes.get_nodes_by_type(VariableNode)}
    for node in nodes.get_nodes_by_type(IfNode):
        used |= {condition.value.var.var for condition, _ in node.conditions_nodelists if condition}
    return used


def test_every_mail_has_a_file_and_every_file_is_a_mail():
    assert sorted(path.stem for path in FOLDER.glob("*.md")) == sorted(MAILS)


@pytest.mark.parametrize("event", MAILS)
def test_a_shipped_mail_uses_placeholders_that_it_has(event):
    assert variables(event) - set(MAILS[event].placeholders) == set()


@pytest.mark.parametrize("event", MAILS)
def test_every_placeholder_of_a_mail_is_of_use_in_it(event):
    # These are there for staff's own wording as well: a shipped mail need not say all of them.
    optional = {"name", "programme", "academy", "contact", "applicant", "reference"}

    assert set(MAILS[event].placeholders) - variables(event) - optional == set()


@pytest.mark.parametrize("event", MAILS)
def test_a_mail_has_a_subject_line_and_a_body(event):
    first, second, *rest = (FOLDER / f"{event}.md").read_text(encoding="utf-8").split("\n")

    assert first.startswith("Subject: ")
    assert second == ""
    assert rest[0] == "Dear {{ name }},"


@pytest.mark.parametrize("event", MAILS)
def test_a_rendered_mail_is_whole(event):
    rendered = rendering.render(mails.message(event))

    for part in (rendered.subject, rendered.text, words_of(rendered.html)):
        assert "{" not in part
        assert "}" not in part
        assert "\ue000" not in part
    assert "\n" not in rendered.subject
    assert 10 < len(rendered.subject) < 120
    assert "!" not in rendered.text
    assert not re.search(r"<[a-z/]|\*\*|^#|\]\(|^> ", rendered.text, re.MULTILINE)
    assert not re.search(r"\n\n\n|[ \t]\n", rendered.text)
    assert rendered.text.startswith("Dear Siân O’Brien,\n")
    assert rendered.text.endswith("\n")


@pytest.mark.parametrize("event", MAILS)
def test_a_rendered_mails_html_is_what_mail_programs_take(event):
    html = rendering.render(mails.message(event)).html
    body = html.partition("</h1>")[2].partition('class="foot"')[0]

    assert re.findall(r"<(script|style|img|iframe|form|object|link)\b", body) == []
    assert re.findall(r"\son[a-z]+=", body) == []
    assert nh3.is_html(body)
    assert set(re.findall(r'href="([a-z]+):', body)) <= {"http", "https", "mailto"}
    assert html.count("<h1") == 1


@pytest.mark.parametrize("event", [event for event, mail in MAILS.items() if "link" in mail.placeholders])
def test_a_link_is_a_button_and_a_line_of_text(event):
    message = mails.message(event)
    # Some mails lead to a page below the reader's own.
    own = links.address_of(message.link)
    address = own + message.context.get("path", "")

    rendered = rendering.render(message)

    assert rendered.text.count(address) == 1
    assert re.search(rf"^[A-Z][^\n]+:\n{re.escape(address)}$", rendered.text, re.MULTILINE)
    buttons = re.findall(
        r'<p class="action"[^>]*><a class="button" rel="noopener noreferrer" href="([^"]+)"', rendered.html
    )
    assert buttons == [address]
    assert own not in rendered.record
    assert rendered.record == rendered.text.replace(own, "[link]")
    assert "The link in this email is for you alone" in rendered.text
    assert "The link in this email is for you alone" in rendered.html


@pytest.mark.parametrize("event", ["approver_confirmed", "approver_ended"])
def test_a_mail_without_a_link_has_none(event):
    rendered = rendering.render(mails.message(event))

    assert "/my/" not in rendered.html
    assert "for you alone" not in rendered.text
    assert rendered.record == rendered.text


@pytest.mark.parametrize("typed", TYPED)
def test_what_people_type_is_shown_as_typed(typed):
    rendered = rendering.render(mails.message("not_supported", to_name=typed, context={"reason": typed}))

    assert f"Dear {typed},\n" in rendered.text
    assert f"\n  {typed}\n" in rendered.text
    assert words_of(rendered.html).count(typed) == 2
    assert re.findall(r"<(script|img|h3|code|ol)\b", rendered.html) == []
    assert 'href="http://evil' not in rendered.html
    assert rendered.html.count('class="button"') == 1


@pytest.mark.parametrize("typed", TYPED)
def test_a_subject_holds_what_people_type_as_typed(typed):
    rendered = rendering.render(mails.message("approver_ended", context={"applicant": typed}))

    assert rendered.subject == f"{typed}’s application to Leadership Support Circles has ended"
    assert "<script" not in rendered.html


def test_a_text_part_is_plain_text_to_a_page_that_shows_it():
    rendered = rendering.render(mails.message("received", to_name="<script>"))

    for part in (rendered.subject, rendered.text, rendered.record):
        assert type(part) is str


def test_lines_and_controls_in_a_subject_become_one_line():
    message = mails.message(
        "approver_ended", context={"applicant": "Sam\r\nBcc: all@example.org\x0b\x07\u2028x"}
    )

    assert rendering.subject_of(message).startswith("Sam Bcc: all@example.org x’s application")


def test_a_long_subject_is_cut_to_its_column():
    message = mails.message("approver_ended", context={"applicant": "x" * 400})

    assert rendering.subject_of(message) == "x" * 300


def test_dates_are_one_session_a_line():
    rendered = rendering.render(mails.message("offer"))

    first, second = mails.VALUES["dates"].split("\n")
    assert f"Dates\n\n- {first}\n- {second}\n\nYour answer" in rendered.text
    assert len(re.findall(r"<li[^>]*>[^<]*\(Online\)</li>", rendered.html)) == 2


def test_a_quotation_keeps_its_lines():
    rendered = rendering.render(mails.message("more_information", context={"wanted": "One?\n\nTwo?"}))

    assert "\n\n  One?\n\n  Two?\n\n" in rendered.text
    assert re.search(r"One\?<br>\s*<br>\s*Two\?</p>", rendered.html)


@pytest.mark.parametrize(
    ("event", "value"), [("withdrawn", "reason"), ("confirmed", "joining"), ("offer", "respond_by")]
)
def test_an_empty_value_leaves_no_gap(event, value):
    rendered = rendering.render(mails.message(event, context={value: "  "}))

    assert not re.search(r"\n\n\n| ,| \.", rendered.text)
    assert "The reason that was given" not in rendered.text
    assert "How to join" not in rendered.text
    assert "Please accept or decline by" not in rendered.text


def test_a_value_of_none_is_nothing():
    assert "None" not in rendering.render(mails.message("withdrawn", context={"reason": None})).text


def test_joining_details_are_staffs_markdown_with_live_links():
    joining = (
        "Day 1: https://meet.example.org/a?b=1&c=2.\nBring **a pen** and the [book](https://example.org/b).\n\n"
        "# Access\n\n1. Ramp\n2. Lift\n\n<b onclick=x>y</b>"
    )

    rendered = rendering.render(mails.message("confirmed", context={"joining": joining}))

    assert (
        "Day 1: https://meet.example.org/a?b=1&c=2.\nBring a pen and the book (https://example.org/b).\n"
        in rendered.text
    )
    assert "\n\nAccess\n\n1. Ramp\n2. Lift\n\n<b onclick=x>y</b>\n\n" in rendered.text
    assert 'href="https://meet.example.org/a?b=1&amp;c=2"' in rendered.html
    assert re.search(r"<h2[^>]*>Access</h2>", rendered.html)
    assert "<b " not in rendered.html


def test_the_deadline_and_the_decision_come_from_the_programme():
    text = rendering.render(mails.message("received")).text

    assert "You can change your answers until midday on 4 November 2026." in text
    assert "South East Leadership Academy plans to tell you its decision by 20 November 2026." in text


def test_a_deadline_that_has_passed_is_not_given():
    programme = mails.programme(closes_at=NOW, notify_by=datetime.date(2026, 10, 1))

    text = rendering.render(mails.message("received", programme=programme)).text

    assert "until" not in text
    assert "decision by" not in text


def test_a_programme_without_dates_gives_none():
    programme = mails.programme(closes_at=None, notify_by=None)

    assert "until" not in rendering.render(mails.message("received", programme=programme)).text


def test_somebody_without_a_name_is_a_colleague():
    assert rendering.render(mails.message("continue", to_name="")).text.startswith("Dear colleague,\n")


def test_a_mail_whose_programme_is_gone_still_reads():
    message = mails.message("approver_ended")
    Message.objects.filter(pk=message.pk).update(programme=None)
    message.refresh_from_db()

    rendered = rendering.render(message)

    assert rendered.subject == "Siân O’Brien’s application to Cascade has ended"
    assert "Questions go to" not in rendered.text
    assert "Questions go to" not in rendered.html


def test_a_programmes_own_wording_is_used_for_its_mail_alone():
    programme = mails.programme()
    factories.MessageTemplateFactory(
        programme=programme,
        event="received",
        subject="{{ reference }}: thank you",
        body="Hello {{name}},\n\n*Thank* you, {{ unknown }}**{{ reference }}**.\n\n- {{ next }}\n- [Go]({{ link }})",
    )
    message = mails.message("received", programme=programme)

    rendered = rendering.render(message)

    assert rendered.subject == "LSC-7K3QP: thank you"
    assert rendered.text.startswith(
        "Hello Siân O’Brien,\n\nThank you, LSC-7K3QP.\n\n- After that the academy reviews it.\n- Go:\n  http://testserver/my/"
    )
    assert rendering.render(mails.message("declined", programme=programme)).text.startswith("Dear Siân")


def test_own_wording_runs_no_template_code_and_no_value_becomes_a_scheme():
    programme = mails.programme()
    factories.MessageTemplateFactory(
        programme=programme,
        event="withdrawn",
        subject="x {{ link }}",
        body="{% if reason %}\n\n[press]({{ reason }})\n\n![picture](http://evil.example.org/x.png)",
    )
    message = mails.message("withdrawn", programme=programme, context={"reason": "javascript:alert(1)"})

    rendered = rendering.render(message)

    assert rendered.subject == "x"
    assert rendered.text.startswith("{% if reason %}\n\npress:\njavascript:alert(1)\n")
    assert 'href="javascript' not in rendered.html
    assert "<img" not in rendered.html


def test_all_of_markdown_reads_well_as_text():
    programme = mails.programme()
    body = (
        "# One\n\n### Two\n\nSee <https://example.org/a> and [b](https://example.org/b) [c](https://example.org/c)\n\n"
        "- a\n- b\n\n  more\n\n  > quoted\n\n---\n\n```\ncode {{ name }}\n```\n\n`inline`  \nend"
    )
    factories.MessageTemplateFactory(programme=programme, event="declined", subject="x", body=body)

    rendered = rendering.render(mails.message("declined", programme=programme))

    assert rendered.text.partition("\n\n--\n")[0] == (
        "One\n\nTwo\n\nSee https://example.org/a and b (https://example.org/b) c (https://example.org/c)\n\n"
        "- a\n\n- b\n\n  more\n\n    quoted\n\ncode Siân O’Brien\n\ninline\nend"
    )
    assert re.findall(r"<(h[1-6])", rendered.html) == ["h1", "h2", "h3"]


def test_a_wording_read_beforehand_costs_a_list_no_query(django_assert_num_queries):
    message = mails.message("received")
    rows = Message.objects.select_related("programme__academy").prefetch_related(
        "programme__message_templates"
    )
    row = rows.get(pk=message.pk)

    with django_assert_num_queries(0):
        assert (
            rendering.subject_of(row)
            == "We have received your application to Leadership Support Circles (LSC-7K3QP)"
        )


def test_approvers_mails_know_nothing_of_the_answers():
    shown = {
        "applicant",
        "reference",
        "role",
        "link",
        "statement",
        "dates",
        "whose_address",
        "privacy",
        "kept",
        "asked_on",
        "cohort",
        "left",
    }
    always = {"name", "programme", "academy", "contact"}

    for mail in MAILS.values():
        if mail.reader == "approver":
            assert set(mail.placeholders) <= shown | always


def test_the_request_says_where_the_address_comes_from():
    text = rendering.render(
        mails.message("approval_request", context={"whose_address": "Sam Applicant"})
    ).text

    assert "Sam Applicant gave us your name and email address" in text
    assert "at most until 36 months after it has ended" in text
    assert "privacy notice (http://testserver/privacy/academy-" in text
    assert "You do not need to sign in." in text
    assert "about 2 minutes" in text


def test_own_wording_leaves_out_the_lines_that_say_nothing_and_a_heading_left_alone():
    programme = mails.programme(closes_at=None, notify_by=None)
    body = (
        "Dear {{ name }},\n\n## Soon\n\n{{ academy }} decides by {{ decision_by }}.\n\n## Now\n\n"
        "{{ waits_on }} {{ next }}\n\n## Until when\n\nUntil {{ deadline }}."
    )
    factories.MessageTemplateFactory(programme=programme, event="received", subject="x", body=body)
    message = mails.message("received", programme=programme, context={"waits_on": ""})

    rendered = rendering.render(message)

    assert rendered.text.partition("\n\n--\n")[0] == (
        "Dear Siân O’Brien,\n\nNow\n\nAfter that the academy reviews it."
    )


@pytest.mark.parametrize(
    ("event", "kept", "said"),
    [
        ("approval_request", "48 months", "gave us your name and email address, so that we could ask you"),
        ("board_link", "9 months", "has your name and email address from Kent and Medway, or from you"),
        ("nominated", "3 months", "gave us your name and email address, so that we could tell you"),
    ],
)
def test_a_first_mail_says_who_gave_the_address_what_for_and_how_long_it_is_kept(event, kept, said):
    programme = mails.programme(
        academy__slug="south-east", keep_trained_months=48, keep_unplaced_months=9, keep_nominees_months=3
    )

    text = rendering.render(mails.message(event, programme=programme)).text

    assert said in text
    assert kept in text
    assert "privacy notice (http://testserver/privacy/south-east/)" in text


@pytest.mark.parametrize("event", MAILS)
def test_every_mail_leads_to_the_privacy_notice(event):
    message = mails.message(event, programme=mails.programme(academy__slug="south-east"))
    of_none = Message(event="two_factor_reset", to_name="Ada", context={"by": "Rae", "reason": "A new phone"})

    rendered = rendering.render(message)

    assert "how long we keep it: http://testserver/privacy/south-east/\n" in rendered.text
    assert 'href="http://testserver/privacy/south-east/"' in rendered.html
    assert "how long we keep it: http://testserver/privacy/\n" in rendering.render(of_none).text
