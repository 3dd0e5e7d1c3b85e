"""What a browser sends back of a form that it was shown: every field as it stands, then what somebody changed."""

from typing import Any


def as_shown(response: Any) -> dict[str, Any]:
    """The values of the form and of its inlines, by the names of their inputs."""
    sent: dict[str, Any] = {}
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    for form in forms:
        for field in form:
            _add(sent, field)
    return sent


def _add(sent: dict[str, Any], field: Any) -> None:
    value = field.value()
    widget = getattr(field.field.widget, "widget", field.field.widget)
    if hasattr(widget, "widgets"):
        for name, part in zip(("_0", "_1"), widget.decompress(value), strict=True):
            sent[field.html_name + name] = "" if part is None else str(part)
    elif getattr(widget, "input_type", "") == "checkbox" and not hasattr(widget, "choices"):
        if value:
            sent[field.html_name] = "on"
    elif value is None and hasattr(widget, "choices"):
        pass
    elif isinstance(value, list | tuple):
        sent[field.html_name] = [str(getattr(one, "pk", one)) for one in value]
    else:
        sent[field.html_name] = "" if value is None else str(value)


def errors_of(response: Any) -> list[str]:
    """Every error that a page shows, the form's and its inlines'."""
    return [str(error) for errors in response.context["errors"] for error in errors]
