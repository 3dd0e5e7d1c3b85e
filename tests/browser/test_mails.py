"""Mails as they look, and the demo's mailbox in which they are read."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from programmes.domain import links, outbox, rendering
from programmes.domain.mails import MAILS
from programmes.models import Link
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE
from tests.support import mails

pytestmark = pytest.mark.django_db(transaction=True)

FILE = {
    "name": "dates.ics",
    "type": "text/calendar",
    "text": "BEGIN:VCALENDAR\r\nMETHOD:PUBLISH\r\nEND:VCALENDAR\r\n",
}


@pytest.fixture
def _debug(settings):
    settings.DEBUG = True


@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_every_mail_can_be_read_by_everybody(device, open_page, axe, fits):
    programme = mails.programme()
    page = open_page(**device)

    for event in MAILS:
        page.set_content(rendering.render(mails.message(event, programme=programme)).html)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        axe(page)
        fits(page)


def test_a_mail_with_very_long_words_fits_a_phone(phone, fits):
    endless = {"applicant": "Llanfair" * 15, "statement": "https://example.org/" + "x" * 200}
    message = mails.message("approval_request", to_name="W" * 150, context=endless)

    phone.set_content(rendering.render(message).html)

    fits(phone)


@pytest.mark.usefixtures("_debug")
@pytest.mark.parametrize("device", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_mail_is_found_read_and_followed(device, open_page, axe, fits, settings):
    # Given a mail that was sent, and one that is held
    now = timezone.now()
    application = factories.ApplicationFactory(email="sian@example.org")
    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=now)
    programme = application.programme
    message = mails.message("received", link=link, programme=programme, now=now, attachments=[FILE])
    outbox.send(message.pk)
    settings.DECISION_HOLD_MINUTES = 10
    mails.message("offer", programme=programme, now=now, to_address="morgan@example.org")
    page = open_page(**device)

    # When the mailbox is searched for an address
    page.goto("/dev/mailbox/")
    axe(page)
    fits(page)
    page.get_by_label("Find emails to an address").fill("sian@")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 email to “sian@”")).to_be_visible()

    # And the mail found is opened
    page.get_by_role("link", name="We have received your application").click()
    expect(page.frame_locator("iframe").get_by_role("heading", level=1)).to_have_text(
        page.locator("h1").inner_text()
    )
    axe(page)
    fits(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="dates.ics").click()
    assert download.value.path().read_bytes().decode() == FILE["text"]

    # Then its button leads to where the reader would go
    page.frame_locator("iframe").get_by_role("link", name="See where your application stands").click()
    expect(page).to_have_url(links.address_of(link))


@pytest.mark.usefixtures("_debug")
def test_held_mails_can_be_sent_without_scripts(page_without_javascript, settings):
    settings.DECISION_HOLD_MINUTES = 10
    mails.message("offer", now=timezone.now())
    page = page_without_javascript
    page.goto("/dev/mailbox/")

    page.get_by_role("button", name="Send held emails now").click()

    expect(page.get_by_text("1 email sent.")).to_be_visible()
    expect(page.get_by_role("button", name="Send held emails now")).to_have_count(0)
