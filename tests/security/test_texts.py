"""What staff and visitors write: Markdown, placeholders and values run nothing and give nothing away."""

import re

import pytest
from django.conf import settings

from config.pages import markdown
from programmes.domain import rendering
from programmes.domain.mails import wording_problems
from tests import factories
from tests.pages.html import Page
from tests.support import mails

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<math><mtext><style><img src=x onerror=alert(1)></style></mtext></math>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#115;cript:alert(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "<javascript:alert(1)>",
    "![x](https://evil.example.org/seen.png)",
    "![x](data:image/svg+xml,<svg onload=alert(1)>)",
    '[x](https://example.org "\\" onmouseover=\\"alert(1)")',
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<form action=https://evil.example.org><input name=password></form>",
    "<base href=https://evil.example.org>",
    "<meta http-equiv=refresh content=0;url=https://evil.example.org>",
    "<div style=position:fixed>x</div>",
    "<a href=\x01javascript:alert(1)>x</a>",
]
TAGS = {
    *("script", "img", "svg", "iframe", "math", "style", "form", "input", "base", "object", "embed"),
    *("link", "meta", "video", "audio"),
}


def runs(html):
    """What in a text a browser would run, load or lay over the page, in order."""
    found = []
    for element in Page(html).elements:
        scheme = re.sub(r"[\x00-\x20]", "", element.attributes.get("href", "")).partition(":")[0].lower()
        of_names = {
            name for name in element.attributes if name.startswith("on") or name in ("srcdoc", "formaction")
        }
        covers = "position" in element.attributes.get("style", "")
        if element.tag in TAGS or of_names or covers or scheme in ("javascript", "data", "vbscript"):
            found.append((element.tag, *sorted(of_names), scheme))
    return sorted(found)


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_on_a_page_runs_loads_and_covers_nothing(text):
    assert runs(str(markdown(text))) == []


@pytest.mark.django_db
@pytest.mark.parametrize("text", HOSTILE)
def test_a_wording_of_staff_runs_and_loads_nothing_in_a_mail(text):
    programme = factories.ProgrammeFactory()
    factories.MessageTemplateFactory(
        programme=programme, event="received", subject="Hello", body=f"Dear you\n\n{text}"
    )
    shown = rendering.render(mails.message("received", programme=programme)).html
    plain = rendering.render(mails.message("received")).html

    # Beside what the frame of every mail is made of.
    assert runs(shown) == runs(plain)
    assert 'evil.example.org/seen.png"' not in shown.replace('href="https://evil.example.org/seen.png"', "")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "text", [*HOSTILE, "[x](https://evil.example.org)", "{{ link }}", "{{ 7 * 191 }}", "{% now 'Y' %}"]
)
def test_a_value_that_somebody_typed_is_text_in_a_mail(text):
    """A name, a reason: no Markdown of theirs becomes a link, and no placeholder of theirs is filled."""
    programme = factories.ProgrammeFactory()
    hostile, plain = (
        rendering.render(
            mails.message("withdrawn", programme=programme, context={"reason": reason, "applicant": name})
        )
        for reason, name in ((text, text), ("Ill.", "Sam"))
    )

    assert runs(hostile.html) == runs(plain.html)
    assert hostile.html.count("<a ") == plain.html.count("<a ")
    assert "1337" not in hostile.text + hostile.html + hostile.subject


@pytest.mark.django_db
@pytest.mark.parametrize(
    "code",
    [
        "{{ settings.SECRET_KEY }}",
        "{{ name.__class__ }}",
        "{{ link.random }}",
        "{% debug %}",
        "{% include '/etc/passwd' %}",
        "{{ name|safe }}",
        "{0.__class__}",
        "{name.__init__.__globals__}",
        "%(name)s",
        "${name}",
    ],
)
def test_a_placeholder_reaches_nothing_but_the_values_of_its_mail(code):
    """Refused where staff write it; and were it stored all the same, it would be words."""
    programme = factories.ProgrammeFactory()
    factories.MessageTemplateFactory(
        programme=programme, event="received", subject="Hello", body=f"Dear {code}"
    )

    said = rendering.render(mails.message("received", programme=programme))

    for secret in (settings.SECRET_KEY, "<class ", "root:x:", "__globals__':", "builtins"):
        assert secret not in said.text + said.html
    if code.startswith(("{{", "{%")):
        assert len(wording_problems("received", "Hello", f"Dear {code}")) == 1
