"""What staff put right about facilitators and deliveries; what the public reads of a certificate and of materials."""

import datetime
from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from facilitators.models import Facilitator, Training
from programmes.models import Role
from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.test_facilitators import press, trained
from tests.browser.visits import look_everywhere
from tests.facilitators.delivering import logged
from tests.facilitators.handbooks import published

pytestmark = pytest.mark.django_db(transaction=True)

Check = Callable[..., None]


@pytest.fixture
def programme(portal: str) -> Any:
    programme = factories.ProgrammeFactory(title="Leadership Circles", code="LSC", published=True)
    factories.ObligationFactory(programme=programme, key="deliver", at_least=3)
    return programme


@pytest.fixture
def staff(staff_page: Callable[..., Page], programme: Any) -> Page:
    user = factories.AcademyMemberFactory(academy=programme.academy, role=Role.REVIEWER).user
    return staff_page(user)


def test_two_entries_are_joined_and_a_day_is_corrected(staff: Page, axe: Check, programme: Any) -> None:
    sam = trained(programme, "Sam Smith", in_directory_since=timezone.now())
    twin = trained(programme, "Samantha Smith")
    held_on = str(timezone.localdate() - datetime.timedelta(days=9))
    logged(sam, held_on, others=[twin.pk], now=timezone.now())

    staff.goto(reverse("admin:facilitators_facilitator_change", args=[sam.facilitator_id]))
    staff.get_by_role("link", name="Join with another entry").click()
    look_everywhere(staff, axe)
    staff.get_by_label("Work email address of the other entry").fill(twin.facilitator.email)
    press(staff, "Continue")
    expect(staff.get_by_text("1 delivery names both: the person is credited once.")).to_be_visible()
    look_everywhere(staff, axe)
    staff.get_by_label("Reason").fill("Changed trusts")
    press(staff, "Join the two")
    expect(staff.get_by_role("heading", name="Joined with this entry")).to_be_visible()
    look_everywhere(staff, axe)
    assert (Facilitator.objects.get(), Training.objects.get().delivered) == (sam.facilitator, 1)

    day = timezone.localdate() - datetime.timedelta(days=5)
    staff.get_by_role("link", name="Correct the day of the training").click()
    look_everywhere(staff, axe)
    staff.get_by_label("Last day of the training").fill(day.isoformat())
    staff.get_by_label("Reason").fill("By the attendance list")
    press(staff, "Correct the day")
    assert (Training.objects.get().trained_on, Training.objects.get().delivered) == (day, 0)

    staff.get_by_role("link", name="Take out of the directory").click()
    look_everywhere(staff, axe)
    staff.get_by_label("Reason").fill("Asked by telephone")
    press(staff, "Take out")
    assert Facilitator.objects.get().in_directory_since is None


def test_who_is_credited_is_changed(staff: Page, axe: Check, programme: Any) -> None:
    sam, alex = (trained(programme, name) for name in ("Sam Smith", "Alex Jones"))
    held_on = str(timezone.localdate() - datetime.timedelta(days=9))
    delivery = logged(sam, held_on, now=timezone.now())

    staff.goto(reverse("admin:facilitators_delivery_change", args=[delivery.pk]))
    staff.get_by_role("link", name="Who is credited").click()
    look_everywhere(staff, axe)
    staff.get_by_label("Somebody else").fill(alex.facilitator.email)
    staff.get_by_label("Reason").fill("Named later")
    press(staff, "Save")

    expect(staff.get_by_text("Saved. What is owed is counted anew.")).to_be_visible()
    assert set(delivery.credits.values_list("training", "role")) == {
        (sam.pk, "led_jointly"),
        (alex.pk, "led_jointly"),
    }


def test_the_page_of_an_ics_is_found_from_a_list_and_from_an_organisation(
    staff: Page, axe: Check, programme: Any
) -> None:
    training = trained(programme, "Sam Smith")
    organisation = factories.OrganisationFactory(ics=training.facilitator.ics)

    staff.goto(reverse("admin:facilitators_implementationsession_changelist"))
    staff.get_by_role("link", name="Pages of the ICSs").click()
    look_everywhere(staff, axe)
    staff.goto(reverse("admin:programmes_organisation_change", args=[organisation.pk]))
    staff.get_by_role("link", name="Facilitators and circles of the ICS").click()
    staff.get_by_role("rowheader").get_by_role("link").click()

    expect(staff.get_by_role("link", name="Sam Smith")).to_be_visible()
    look_everywhere(staff, axe)


def test_the_public_finds_materials_from_the_programmes_page(
    open_page: Callable[..., Page], axe: Check, programme: Any, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    resource = factories.ResourceFactory(programme=programme, open_to="everyone", title="Leaflet")
    published(resource, now=timezone.now())
    page = open_page(**PHONE)

    page.goto(reverse("programme", args=[programme.slug]))
    look_everywhere(page, axe)
    page.get_by_role("link", name="Download materials that are open to everyone").click()

    expect(page.get_by_text("Leaflet").first).to_be_visible()
    page.goto(reverse("certificate", args=["LSC-2026-NONE2"]))
    expect(page.get_by_text("No valid certificate has the number")).to_be_visible()
    look_everywhere(page, axe)
