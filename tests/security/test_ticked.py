"""What a list of staff is asked for that makes no sense, by a tick or in its address, is no error."""

import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from tests.staff.addresses import lists, records


def test_no_list_fails_for_what_is_no_number(desk):
    """Found by random forms: Django's own lists fail for it."""
    records(desk)
    client = desk.client("superuser")
    client.raise_request_exception = False

    found = {}
    for name, address in lists().items():
        sent = {"action": "export_selected", "_selected_action": ["on", "", "-1", "²", "9" * 40, "\x00"]}
        found[name] = client.post(address, sent).status_code

    assert {name: status for name, status in found.items() if status not in (200, 302, 403)} == {}
    assert len(found) > 30


def test_what_is_ticked_well_beside_it_is_still_done(desk):
    known = records(desk)
    client = desk.client("reviewer")
    ticked = ["on", str(known["venue"].pk)]

    page = client.post(
        reverse("admin:cohorts_venue_changelist"), {"action": "export_selected", "_selected_action": ticked}
    )

    assert page.status_code == 200
    assert f'value="{known["venue"].pk}"' in page.content.decode()
    assert 'value="on"' not in page.content.decode()


@pytest.mark.parametrize("moment", ["0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-12:00"])
def test_no_list_fails_for_a_moment_beyond_the_calendar(desk, moment):
    """In the time zone of the database there is no such moment."""
    records(desk)
    client = desk.client("superuser")
    client.raise_request_exception = False

    found = {}
    for address in lists().values():
        links = re.findall(r'href="\?(\w+)__gte=', client.get(address).content.decode())
        for name in sorted(set(links)):
            asked = f"{address}?{urlencode({f'{name}__gte': moment, f'{name}__lt': moment})}"
            found[asked] = client.get(asked, follow=True).status_code

    assert {asked: status for asked, status in found.items() if status != 200} == {}
    assert len(found) >= 2
