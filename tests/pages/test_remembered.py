"""The NHS components that are the same for everybody are rendered once, and what is somebody's own each time."""

import pytest
from django.template import engines
from django.utils.safestring import mark_safe
from markupsafe import Markup

from config import remembered
from config.remembered import Remembered, frozen


@pytest.fixture
def memory(monkeypatch):
    """Nothing is remembered yet; how often something was rendered can be asked."""
    fresh = Remembered()
    fresh.rendered = 0
    call = fresh.call

    def counted(macro, params, render):
        def once(given):
            fresh.rendered += 1
            return render(given)

        return call(macro, params, once)

    fresh.call = counted
    monkeypatch.setattr(remembered, "remembered", fresh)
    return fresh


NAMES = {
    "backLink": "back-link",
    "characterCount": "character-count",
    "dateInput": "date-input",
    "taskList": "task-list",
}


def rendered(macro, **params):
    name = NAMES.get(macro, macro)
    text = f'{{% from "nhsuk/components/{name}/macro.jinja" import {macro} %}}{{{{ {macro}(params) }}}}'
    return engines["pages"].from_string(text).render({"params": params})


def where_nothing_is_remembered(macro, many, monkeypatch):
    """What comes out where no macro is remembered: what has to come out where they are."""
    with monkeypatch.context() as without:
        without.setattr(remembered, "MACROS", frozenset())
        return [rendered(macro, **params) for params in many]


RADIOS = {
    "idPrefix": "way",
    "name": "way",
    "items": [{"value": "a", "text": "One"}, {"value": "b", "text": "Two"}],
}


def test_the_same_component_is_rendered_once(memory):
    first = rendered("radios", **RADIOS)
    outer = memory.rendered

    assert rendered("radios", **RADIOS) == first
    assert memory.rendered == outer
    assert "One" in first


@pytest.mark.parametrize("around", ["{% block content %}", "{% for _ in [1] %}"])
def test_it_is_rendered_once_within_blocks_and_loops_too(around, memory):
    end = "endblock" if "block" in around else "endfor"
    page = engines["pages"].from_string(
        '{% from "nhsuk/components/radios/macro.jinja" import radios %}'
        f"{around}{{{{ radios(params) }}}}{{% {end} %}}"
    )
    first = page.render({"params": RADIOS})
    outer = memory.rendered

    assert page.render({"params": RADIOS}) == first
    assert memory.rendered == outer
    assert "One" in first


@pytest.mark.parametrize(
    "other",
    [
        {"name": "other"},
        {"items": [{"value": "a", "text": "One", "checked": True}, {"value": "b", "text": "Two"}]},
        {"items": [{"value": "a", "text": "One"}, {"value": "b", "text": "Three"}]},
        {"items": [{"value": "a", "text": "One"}]},
    ],
)
def test_another_component_is_another(other, memory):
    first = rendered("radios", **RADIOS)
    second = rendered("radios", **RADIOS | other)

    assert first != second
    memory._html.clear()
    assert rendered("radios", **RADIOS | other) == second


def test_safe_html_is_not_taken_for_a_text_that_reads_the_same(memory):
    """Otherwise what somebody typed would come out as HTML, where the portal's own HTML was shown before."""
    own = rendered("button", html=mark_safe("<b>Go</b>"))
    typed = rendered("button", text="<b>Go</b>")
    texts = [
        rendered("label", text=words) for words in (Markup("<b>A</b>"), "<b>A</b>", mark_safe("<b>A</b>"))
    ]

    assert "<b>Go</b>" in own
    assert "<b>Go</b>" not in typed
    assert ["<b>A</b>" in text for text in texts] == [True, False, True]


@pytest.mark.parametrize(
    ("macro", "params"),
    [
        ("input", {"id": "name", "name": "name", "label": {"text": "Name"}, "value": "Sam Applicant"}),
        ("textarea", {"id": "why", "name": "why", "label": {"text": "Why"}, "value": "Because"}),
        ("button", {"text": "Go on", "href": "/my/secret/"}),
        ("taskList", {"items": [{"heading": {"text": "About you"}, "href": "/my/secret/about/"}]}),
        (
            "input",
            {"id": "a", "name": "a", "label": {"text": "A"}, "errorMessage": {"text": "“Sam” is no number"}},
        ),
        (
            "radios",
            {
                "name": "x",
                "idPrefix": "x",
                "items": [{"value": "a", "text": "A", "conditional": {"html": "Sam"}}],
            },
        ),
        ("dateInput", {"id": "d", "items": [{"name": "day", "value": "7"}, {"name": "month"}]}),
        ("tag", {"text": "Sam Applicant"}),
    ],
)
def test_what_is_somebodys_own_is_remembered_nowhere(macro, params, memory):
    rendered(macro, **params)

    kept = "".join(memory._html.values())
    assert not any(word in kept for word in ("Sam", "Because", "secret", 'value="7"'))


TYPED = [
    "Sam",
    '<b>Sam</b> & "Kim" it\'s',
    "Line\n  another\n",
    remembered.STAND_IN.format(0),
    "\\1 \\g<0>",
    "",
]


def labelled(words, **more):
    return {"id": "box", "name": "box", "label": {"text": "Say it"}, "value": words} | more


@pytest.mark.parametrize(
    ("macro", "params"),
    [
        ("input", lambda words: labelled(words, attributes={"autocomplete": "name"}, width=10)),
        ("textarea", lambda words: labelled(words, rows=4)),
        ("characterCount", lambda words: labelled(words, maxlength=100, countType="words")),
        (
            "dateInput",
            lambda words: {
                "id": "day",
                # The macro itself would push in the second line of a value; no box of a date holds two.
                "items": [
                    {"name": "day", "value": " ".join(words.split())},
                    {"name": "month", "value": 7},
                    {"name": "year"},
                ],
            },
        ),
        (
            "radios",
            lambda words: {
                "idPrefix": "way",
                "name": "way",
                "fieldset": {"legend": {"text": "Which?"}},
                "items": [
                    {
                        "value": "a",
                        "text": "One",
                        "checked": True,
                        "conditional": {"html": f" {rendered('textarea', **labelled(words))} "},
                    },
                    {"value": "b", "text": "Two", "conditional": {"html": f"<i>{Markup.escape(words)}</i>"}},
                ],
            },
        ),
    ],
)
def test_what_each_has_typed_stands_in_what_is_remembered(macro, params, memory, monkeypatch):
    expected = where_nothing_is_remembered(macro, [params(words) for words in TYPED], monkeypatch)
    memory.rendered = 0

    assert [rendered(macro, **params(words)) for words in TYPED] == expected
    kept = list(memory._html.values())
    assert not any("Sam" in html or "another" in html for html in kept)
    # One for an empty box, and one for all that hold something; of what is revealed, which is a box too, likewise.
    assert len(kept) == {"radios": 3}.get(macro, 2)


@pytest.mark.parametrize(
    ("macro", "params"),
    [
        ("backLink", lambda address: {"text": "Back", "href": address}),
        ("button", lambda address: {"text": "Go on", "href": address}),
        (
            "taskList",
            lambda address: {
                "idPrefix": "step",
                "items": [
                    {
                        "heading": {"text": f"Step {number}"},
                        "href": f"{address}{number}",
                        "status": {"text": "Done"},
                    }
                    for number in range(12)
                ],
            },
        ),
    ],
)
def test_each_readers_own_addresses_stand_in_what_is_remembered(macro, params, memory, monkeypatch):
    addresses = ["/my/secret/?a=1&b=<x>", "/my/another/", ""]
    expected = where_nothing_is_remembered(macro, [params(address) for address in addresses], monkeypatch)
    memory.rendered = 0

    assert [rendered(macro, **params(address)) for address in addresses] == expected
    assert "&amp;b=&lt;x&gt;" in expected[0]
    kept = list(memory._html.values())
    # Of the first two it is one.
    assert len(kept) == (1 if macro == "taskList" else 2)
    assert not any(word in "".join(kept) for word in ("secret", "another"))


def test_what_cannot_be_told_apart_is_rendered_each_time(memory):
    params = {"text": "Go", "attributes": {"data-thing": object()}}

    before = rendered("button", **params)
    once = memory.rendered
    rendered("button", **params)

    assert memory.rendered > once
    assert memory._html == {}
    assert "Go" in before


def test_no_more_is_kept_than_a_bound(memory, monkeypatch):
    monkeypatch.setattr(remembered, "MOST", 2)
    for words in ("One", "Two", "One", "Three"):
        rendered("button", text=words)

    kept = "".join(memory._html.values())
    assert len(memory._html) == 2
    assert "Two" not in kept


def test_what_is_very_long_is_not_kept(memory, monkeypatch):
    monkeypatch.setattr(remembered, "LONGEST", 10)

    assert "Go" in rendered("button", text="Go")
    assert memory._html == {}


def test_a_macro_of_our_own_that_is_called_the_same_is_rendered_each_time(memory):
    text = "{% macro button(params) %}{{ params.text }}{% endmacro %}{{ button(params) }}"

    assert engines["pages"].from_string(text).render({"params": {"text": "Go"}}) == "Go"
    assert memory._html == {}


@pytest.mark.parametrize(
    ("one", "other"), [(1, True), ("", None), ("1", 1), ([], ""), ({"a": 1}, {"a": 2}), (["a", "b"], ["ab"])]
)
def test_keys_differ_where_a_macro_could_tell_the_difference(one, other):
    assert frozen(one) != frozen(other)
