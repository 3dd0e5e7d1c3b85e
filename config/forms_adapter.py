"""From a form's field to the parameters of an official NHS component.

``templates/pages/nhsuk/field.html`` calls ``component(field)`` and hands the parameters to the macro of that name.
The parameters are those of the macros in nhsuk-frontend; everything in them is text, which the macros escape.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms
from django.forms import BoundField

from programmes.forms.compound_fields import DATE_BOXES, DateBoxes, RankSelects
from programmes.forms.fields import LongTextField, Presentation, revealed_by

Parameters = dict[str, Any]

# The browser is not asked to stop at a length: it would cut what is pasted without a word.
_LEFT_TO_THE_SERVER = frozenset({"maxlength", "minlength", "required", "cols", "rows", "class", "id"})


@dataclass(frozen=True)
class Component:
    """The name of a macro and what it is called with."""

    macro: str
    params: Parameters


def presentation(field: forms.Field) -> Presentation:
    """How the field wishes to be shown. Raises ValueError for a wish that nobody knows."""
    wishes = getattr(field, "nhs", Presentation())
    unknown = sorted(set(wishes) - set(Presentation.__annotations__))
    if unknown:
        raise ValueError(f"Unknown in nhs of “{field.label}”: {', '.join(unknown)}.")
    return cast(Presentation, wishes)


def component(field: BoundField) -> Component:
    """The NHS component for a field of a form, with its label, hint, value and error."""
    widget = field.field.widget
    if isinstance(widget, DateBoxes):
        return Component("date", _date(field))
    if isinstance(widget, RankSelects):
        return Component("rank", _rank(field))
    if isinstance(widget, forms.CheckboxSelectMultiple):
        return Component("checkboxes", _group(field))
    if isinstance(widget, forms.RadioSelect):
        return Component("radios", _group(field))
    if isinstance(widget, forms.Select):
        return Component("select", _labelled(field) | {"items": _items(field)})
    if isinstance(widget, forms.CheckboxInput):
        return Component("checkboxes", _tick(field))
    if isinstance(widget, forms.FileInput):
        return Component("file", _labelled(field))
    if isinstance(widget, forms.Textarea):
        return _long_text(field)
    return Component("input", _input(field))


def boxes_in_error(field: BoundField) -> list[Any]:
    """The boxes of a compound field that its first error marks; empty when it marks none."""
    errors = field.form.errors.as_data().get(field.name, [])
    return list((errors[0].params or {}).get("boxes", [])) if errors else []


def anchor(field: BoundField) -> str:
    """The id that a link to the field goes to: its first box, or the first that is wrong."""
    widget = field.field.widget
    wrong = boxes_in_error(field)
    if isinstance(widget, DateBoxes):
        return f"{field.auto_id}_{wrong[0] if wrong else DATE_BOXES[0]}"
    if isinstance(widget, RankSelects):
        return f"{field.auto_id}_{wrong[0] if wrong else 0}"
    return str(field.auto_id)


def summary_of_errors(*given: Any) -> list[dict[str, str]]:
    """The items of the error summary: what is wrong with whole forms, then field by field as on the page."""
    items: list[dict[str, str]] = []
    for form in given:
        if not isinstance(form, forms.BaseForm) or not form.errors:
            continue
        items += [{"text": str(error)} for error in form.non_field_errors()]
        for field in form:
            if field.errors:
                item = {"text": str(field.errors[0])}
                items.append(item if field.is_hidden else item | {"href": f"#{anchor(field)}"})
    return items


def _common(field: BoundField) -> Parameters:
    """Hint and error, which every component takes alike."""
    params: Parameters = {}
    if field.help_text:
        params["hint"] = _words(field.help_text)
    if field.errors:
        params["errorMessage"] = {"text": str(field.errors[0])}
    return params


def _words(text: object) -> Parameters:
    """Text that the macro escapes; only what the code marked safe goes in as HTML."""
    return {"html": text} if hasattr(text, "__html__") else {"text": str(text)}


def _label(field: BoundField) -> Parameters:
    wishes = presentation(field.field)
    text = field.label
    if not field.field.required and wishes.get("optional_word", True):
        text = f"{text} (optional)"
    label = _words(text) | {"size": wishes.get("label_size", "s")}
    if wishes.get("page_heading"):
        label |= {"isPageHeading": True, "size": wishes.get("label_size", "l")}
    if wishes.get("hide_label"):
        label["classes"] = "nhsuk-u-visually-hidden"
    return label


def _labelled(field: BoundField) -> Parameters:
    """What a component of one box takes."""
    params = _common(field) | {
        "id": field.auto_id,
        "name": field.html_name,
        "label": _label(field),
        "attributes": {
            name: value
            for name, value in field.field.widget.attrs.items()
            if name not in _LEFT_TO_THE_SERVER and value not in (None, False)
        },
    }
    if field.field.disabled:
        params["disabled"] = True
    return params


def _input(field: BoundField) -> Parameters:
    widget = field.field.widget
    wishes = presentation(field.field)
    kind = getattr(widget, "input_type", "text")
    params = _labelled(field) | {
        "type": "text" if kind == "number" else kind,
        "value": None if kind == "password" else widget.format_value(field.value()),
    }
    for wish in ("width", "prefix", "suffix"):
        if wish in wishes:
            params[wish] = wishes[wish]
    return params


def _long_text(field: BoundField) -> Component:
    value = str(field.value() or "")
    params = _labelled(field) | {
        # A browser drops one line break at the start of the box; it gets one to drop.
        "value": f"\n{value}" if value.startswith(("\n", "\r")) else value,
        "rows": presentation(field.field).get("rows", 5),
    }
    limits = field.field
    if isinstance(limits, LongTextField) and limits.max_words:
        return Component("count", params | {"maxlength": limits.max_words, "countType": "words"})
    if isinstance(limits, LongTextField) and limits.max_characters:
        return Component("count", params | {"maxlength": limits.max_characters})
    return Component("textarea", params)


def _items(field: BoundField) -> list[Parameters]:
    """The answers of a choice, with what is chosen; groups of answers are shown as one list."""
    widget: Any = field.field.widget
    chosen = widget.format_value(field.value())
    return [
        {
            "value": str(option["value"]),
            "selected": bool(option["selected"]),
            "checked": bool(option["selected"]),
            **_words(option["label"]),
        }
        for _, options, _ in widget.optgroups(field.html_name, chosen, {})
        for option in options
    ]


def _group(field: BoundField) -> Parameters:
    """Radios or checkboxes. Only ``idPrefix`` is given: with ``id`` as well, ids would stand twice."""
    wishes = presentation(field.field)
    items: list[Parameters] = []
    for item in _items(field):
        value = item["value"]
        if value in wishes.get("divider", {}):
            items.append({"divider": wishes["divider"][value]})
        if value in wishes.get("hints", {}):
            item["hint"] = {"text": wishes["hints"][value]}
        if value in wishes.get("reveals", {}):
            shown = "".join(
                as_crispy_field(field.form[name]) for name in revealed_by(wishes["reveals"][value])
            )
            item["conditional"] = {"html": shown}
        if value == getattr(field.field, "exclusive", None):
            item["behaviour"] = "exclusive"
        items.append(item)
    return _common(field) | {
        "idPrefix": field.auto_id,
        "name": field.html_name,
        "items": items,
        "fieldset": {"legend": _label(field)},
        "classes": " ".join(
            f"nhsuk-{'radios' if isinstance(field.field.widget, forms.RadioSelect) else 'checkboxes'}--{style}"
            for style, wished in (("inline", wishes.get("inline")), ("small", wishes.get("small")))
            if wished
        ),
        "disabled": field.field.disabled,
    }


def _tick(field: BoundField) -> Parameters:
    """One box to tick: its label is the box's own, without a legend around it."""
    widget = field.field.widget
    ticked = isinstance(widget, forms.CheckboxInput) and widget.check_test(field.value())
    return _common(field) | {
        "idPrefix": field.auto_id,
        "name": field.html_name,
        "items": [{"value": "on", "checked": ticked, **_words(field.label)}],
        "disabled": field.field.disabled,
    }


def _date(field: BoundField) -> Parameters:
    value = field.value()
    widget = field.field.widget
    shown = value if isinstance(value, list | tuple) or value is None else widget.decompress(value)
    wrong = boxes_in_error(field)
    return _common(field) | {
        "id": field.auto_id,
        "fieldset": {"legend": _label(field)},
        "items": [
            {
                "id": f"{field.auto_id}_{box}",
                "name": f"{field.html_name}_{box}",
                "label": box.capitalize(),
                "value": part,
                "width": 4 if box == "year" else 2,
                "error": not wrong or box in wrong if field.errors else False,
            }
            for box, part in zip(DATE_BOXES, shown or (None, None, None), strict=True)
        ],
    }


def _rank(field: BoundField) -> Parameters:
    """A legend around one list for each thing; the template shows them as NHS selects."""
    ranking: Any = field.field
    value = field.value()
    bound = field.form.is_bound and not ranking.disabled
    places = list(value) if bound and value else ranking.widget.decompress(value if not bound else None)
    wrong = boxes_in_error(field)
    hints = presentation(ranking).get("hints", {})
    selects = []
    for index, (thing, label) in enumerate(ranking.things):
        select: Parameters = {
            "id": f"{field.auto_id}_{index}",
            "name": f"{field.html_name}_{thing}",
            "label": {"text": label},
            "items": [
                {"value": rank, "text": name, "selected": rank == places[index]}
                for rank, name in ranking.ranks
            ],
            "errorMessage": index in wrong,
            "disabled": ranking.disabled,
        }
        if thing in hints:
            select["hint"] = {"text": hints[thing]}
        selects.append(select)
    return _common(field) | {"id": field.auto_id, "fieldset": {"legend": _label(field)}, "selects": selects}
