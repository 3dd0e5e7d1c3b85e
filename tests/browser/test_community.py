"""What facilitators share: the noticeboard, which staff read first, and the handbook with its versions."""

import datetime
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from playwright.sync_api import Page, expect

from facilitators import tasks
from facilitators.domain import commitments
from facilitators.models import Download, ResourceVersion, Training
from programmes.domain import outbox
from tests import factories
from tests.browser.community import (
    STAFF,
    Look,
    Open,
    colleague,
    decide,
    door,
    facilitator,
    follow_button,
    read_again,
    said,
)
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_circles import follow, press
from tests.facilitators.handbooks import COPYRIGHT, fetched, published
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db(transaction=True)

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    """The portal's clock goes on from the scenarios' noon, until it is moved."""
    with time_machine.travel(NOW) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def storage_of_its_own(settings: Any) -> None:
    """No test sees the files of another."""
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def fay() -> Training:
    return facilitator()


# The noticeboard.
def test_a_post_is_read_by_staff_then_by_colleagues_and_taken_down(
    open_page: Open, staff_page: Open, mailbox: Any, look: Look, scripts: bool, clock: Any, fay: Training
) -> None:
    cora = colleague(fay, "Cora Colleague")
    phone = open_page(**PHONE, java_script_enabled=scripts)
    other = open_page(**DESKTOP, java_script_enabled=scripts)
    user = reviewer_of(fay.programme)
    staff = staff_page(user, java_script_enabled=scripts)

    # Fay writes, after she has forgotten to.
    phone.goto(door(fay))
    follow(phone, "Noticeboard")
    look(phone)
    with phone.expect_navigation():
        phone.get_by_role("button", name="Write to the noticeboard").click()
    look(phone)
    press(phone, "Send")
    assert phone.title().startswith("Error: ")
    look(phone)
    phone.get_by_label("Title").fill("A room to share")
    phone.get_by_label("What do you want to say?").fill("We have one on Tuesdays.\nIt has a kettle.")
    press(phone, "Send")
    said(phone, "The academy reads it first")
    said(phone, "To be read by staff")
    look(phone)

    # Nobody else reads it until staff have.
    read_again(other, f"{door(cora)}noticeboard/", look)
    said(other, "Nobody has written yet.")
    staff.goto("/staff/")
    expect(staff.get_by_role("link", name="notice to read for the noticeboard")).to_be_visible()
    staff.goto(f"{STAFF}notice/")
    look(staff)
    decide(staff, "A room to share", "Publish", look)
    said(staff, "It has a kettle.")
    press(staff, "Put on the noticeboard")
    said(staff, "It is on the noticeboard.")

    # Cora hears of it by mail, once, and replies.
    clock.shift(8 * DAY)
    tasks.send_noticeboard_digests.delay()
    tasks.send_noticeboard_digests.delay()
    outbox.send_due()
    digests = [one.to for one in mailbox if one.subject.startswith("New on the noticeboard")]
    assert digests == ["cora@example.org"]
    mail = mailbox.latest("cora@example.org")
    assert "A room to share, by Fay Facilitator" in mail.text
    other.goto(mail.link("/noticeboard/"))
    follow(other, "A room to share")
    look(other)
    other.get_by_label("Your reply").fill("May we come on Thursdays as well?")
    press(other, "Send the reply")
    staff = staff_page(user, java_script_enabled=scripts)
    staff.goto(f"{STAFF}notice/?state__exact=waiting")
    decide(staff, "Reply to", "Publish", look)
    press(staff, "Put on the noticeboard")
    phone.goto(f"{door(fay)}noticeboard/")
    follow(phone, "A room to share")
    said(phone, "May we come on Thursdays as well?")
    look(phone)

    # Staff take the post down: nobody reads it any more, and Fay is told why.
    staff.goto(f"{STAFF}notice/?state__exact=published")
    decide(staff, "A room to share", "Do not show", look)
    staff.get_by_label("Reason").fill("The room is closed for repairs.")
    press(staff, "Do not show it")
    outbox.send_due()
    assert "The room is closed for repairs." in mailbox.latest("fay@example.org").text
    read_again(other, f"{door(cora)}noticeboard/", look)
    said(other, "Nobody has written yet.")
    read_again(phone, mailbox.latest("fay@example.org").link("/noticeboard/"), look)
    said(phone, "The academy’s reason: The room is closed for repairs.")

    # Cora wants no more mails.
    follow(other, "Change whether you get it")
    look(other)
    other.get_by_label("No", exact=True).check()
    press(other, "Save")
    expect(other.get_by_text("You get no email about the noticeboard.").first).to_be_visible()


# The handbook.
def test_the_handbook_is_agreed_to_and_a_new_version_told_to_those_who_need_it(
    open_page: Open,
    staff_page: Open,
    mailbox: Any,
    look: Look,
    scripts: bool,
    fay: Training,
    tmp_path: Any,
) -> None:
    handbook = factories.ResourceFactory(programme=fay.programme, acknowledgement=COPYRIGHT)
    first = published(handbook, name="handbook-1.pdf")
    phone = open_page(**PHONE, java_script_enabled=scripts)
    staff = staff_page(reviewer_of(fay.programme), java_script_enabled=scripts)

    # Nothing is downloaded before Fay has agreed to the copyright by her name.
    phone.goto(door(fay))
    follow(phone, "Handbook and other materials")
    look(phone)
    follow_button(phone, "Get Facilitator handbook")
    expect(phone.get_by_text(COPYRIGHT)).to_be_visible()
    expect(phone.get_by_role("button", name="Download version 1")).to_have_count(0)
    look(phone)
    press(phone, "Agree")
    assert phone.title().startswith("Error: ")
    look(phone)
    phone.get_by_label("Your full name").fill("Fay Facilitator")
    press(phone, "Agree")
    look(phone)
    assert download(phone, "Download version 1") == ("handbook-1.pdf", b"%PDF-1")

    # Gwen holds it as well, and has nothing to come; Sol has something to come, and does not hold it.
    fetched(first, colleague(fay, "Gwen Gone"))
    commitments.begin(colleague(fay, "Sol Sessions"), now=NOW)

    # Staff see who holds it and what they agreed to, and upload a new version.
    staff.goto(f"{STAFF}resource/")
    look(staff)
    decide(staff, "Facilitator handbook", "Who holds it", look)
    expect(staff.locator("#result_list tbody tr")).to_have_count(2)
    row = staff.locator("#result_list tbody tr", has_text="fay@example.org")
    expect(row.locator(".field-agreed_as")).to_have_text("Fay Facilitator")
    staff.goto(f"{STAFF}resource/")
    decide(staff, "Facilitator handbook", "New version", look)
    file = tmp_path / "handbook-2.pdf"
    file.write_bytes(b"%PDF-2")
    staff.get_by_label("File").set_input_files(file)
    staff.get_by_label("What is new").fill("A chapter on circles online.")
    press(staff, "Keep as a draft")
    said(staff, "Version 2 is a draft.")
    assert download_link(phone, door(fay)) == 1

    # Exactly Fay is listed, and told.
    follow(staff, "Publish the draft")
    look(staff)
    said(staff, "1 facilitator is told by mail")
    expect(staff.locator("main li")).to_have_text(["Fay Facilitator, fay@example.org"])
    press(staff, "Publish")
    said(staff, "Version 2 is published. 1 facilitator is told by mail.")
    outbox.send_due()
    assert [one.to for one in mailbox if "version 2" in one.subject] == ["fay@example.org"]
    mail = mailbox.latest("fay@example.org")
    assert "A chapter on circles online." in mail.text

    # She agreed to these words before, and is not asked again.
    read_again(phone, mail.link("/materials/"), look)
    said(phone, "You have version 1.")
    follow_button(phone, "Get Facilitator handbook")
    assert download(phone, "Download version 2") == ("handbook-2.pdf", b"%PDF-2")
    read_again(phone, f"{door(fay)}materials/", look)
    said(phone, "You have it")
    held = Download.objects.filter(training=fay).values_list("version__number", flat=True)
    assert sorted(held) == [1, 2]
    staff.goto(f"{STAFF}resource/{handbook.pk}/do/new-version/")
    look(staff)


def download(page: Page, button: str) -> tuple[str, bytes]:
    """The name and the content of the file that a button gives."""
    with page.expect_download() as found:
        page.get_by_role("button", name=button).click()
    return found.value.suggested_filename, found.value.path().read_bytes()


def download_link(page: Page, own: str) -> int:
    """Which version somebody is offered: a draft is nobody's."""
    page.goto(f"{own}materials/")
    words = page.locator("main").inner_text()
    offered = [one.number for one in ResourceVersion.objects.all() if f"version {one.number}" in words]
    assert len(offered) == 1
    return offered[0]
