"""What holds for every style sheet that the portal serves, the libraries' included."""

import re
from pathlib import Path

from django.contrib.staticfiles import finders


def style_sheets():
    """The text of each, by its name."""
    return {
        name: Path(storage.path(name)).read_text()
        for finder in finders.get_finders()
        for name, storage in finder.list([])
        if name.endswith(".css")
    }


def test_none_asks_how_a_device_is_held():
    """A page that turned its content by itself would be locked to one way of holding it (WCAG 1.3.4)."""
    found = style_sheets()

    assert {"staff.css", "cascade.css", "admin/css/base.css", "nhsuk/nhsuk-frontend.min.css"} <= found.keys()
    assert [name for name, text in found.items() if re.search(r"\(\s*orientation\b", text)] == []
