"""What `programmes.admin.rows` writes of a list; what it does not write, Django does."""

from __future__ import annotations

from typing import Any

from django import template
from django.contrib.admin.helpers import ActionForm
from django.contrib.admin.templatetags.admin_list import admin_list_filter
from django.contrib.admin.views.main import ChangeList
from django.utils.safestring import SafeString

from programmes.admin import rows

register = template.Library()
PLAIN = "admin/filter.html"


@register.simple_tag
def rows_of(changelist: ChangeList) -> SafeString:
    """The table of a list."""
    return rows.table(changelist)


@register.simple_tag
def filters_of(changelist: ChangeList) -> SafeString:
    """The filters of a list."""
    specs: list[Any] = changelist.filter_specs
    boxes = [
        rows.filter_box(changelist, one) if one.template == PLAIN else admin_list_filter(changelist, one)
        for one in specs
    ]
    return SafeString("".join(boxes))


@register.simple_tag
def action_fields(form: ActionForm) -> SafeString:
    """The choice of what is done with the ticked rows."""
    return rows.action_fields(form)
