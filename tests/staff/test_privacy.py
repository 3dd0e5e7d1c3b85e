"""The staff's pages about personal data: holds, the retention, and one person's data."""

import datetime
import io
import zipfile

import pytest
from django.urls import reverse

from applications.models import Application
from programmes.domain.privacy import reporting
from programmes.models import Hold, PrivacyAct
from tests import factories, scenarios
from tests.factories import NOW
from tests.pages.html import Page

pytestmark = pytest.mark.django_db

PERSON = reverse("admin:programmes_hold_person")
RETENTION = reverse("admin:programmes_hold_retention")
ADD = reverse("admin:programmes_hold_add")


def read(response) -> str:
    assert response.status_code == 200
    return " ".join(Page(response.content.decode()).one("div", id="content-main").text.split())


@pytest.fixture
def gone(desk):
    return scenarios.withdrawn(scenarios.submitted(desk.programme, email="sam@example.org", name="Sam Smith"))


def test_a_hold_is_put_and_lifted_with_reasons(desk, administrator):
    said = {"academy": desk.programme.academy_id, "address": "Sam@example.org", "kind": "complaint"}

    empty = administrator.post(ADD, {**said, "address": "sam", "kind": ""})
    administrator.post(ADD, {**said, "reason": "Complaint 7"})
    again = administrator.post(ADD, {**said, "reason": "Complaint 7"})
    hold = Hold.objects.get()
    page = administrator.get(reverse("admin:programmes_hold_change", args=[hold.pk]))
    lift = reverse("admin:programmes_hold_lift", args=[hold.pk])
    administrator.post(lift, {"reason": "Settled"})
    late = administrator.get(lift)

    text = read(empty)
    assert "Enter an email address in the correct format" in text
    assert "Choose what it is because of." in text
    assert "Give a reason." in text
    assert "There is a hold on sam@example.org already." in read(again)
    assert Page(page.content.decode()).one("a", href=lift).text == "Lift the hold"
    hold.refresh_from_db()
    assert (hold.put_by, hold.lifted_by) == (desk.staff["administrator"], desk.staff["administrator"])
    assert "This hold was lifted already." in read(late)


def test_the_list_leads_to_the_two_pages_beside_it(desk, administrator):
    factories.HoldFactory(academy=desk.programme.academy)
    factories.HoldFactory(academy=desk.programme.academy, lifted_at=NOW, lifted_reason="Settled")

    page = Page(administrator.get(reverse("admin:programmes_hold_changelist")).content.decode())

    assert {link.attributes["href"] for link in page.all("a")} >= {PERSON, RETENTION, ADD}
    stands = [cell.text for cell in page.all("td", **{"class": "field-stands"})]
    assert sorted(stands) == ["Lifted on midday on 5 October 2026".replace("midday", "1pm"), "Stands"]


def test_the_retention_says_what_went_what_is_due_and_what_never_ends(desk, administrator):
    old = NOW - datetime.timedelta(days=3000)
    rows = {"programme": desk.programme, "submitted_at": old, "state_since": old}
    nothing = read(administrator.get(RETENTION))
    factories.ApplicationFactory(state="withdrawn", **rows)
    factories.InvitationFactory(expires_at=old)
    reporting.run_and_tell(NOW, started_by="The nightly job")
    reporting.run_and_tell(NOW, started_by="The nightly job")
    factories.ApplicationFactory(state="declined", **rows)
    factories.ApplicationFactory(state="shortlisted", **rows)

    text = read(administrator.get(RETENTION))
    other = read(desk.client("outsider").get(RETENTION))

    assert "Nothing. What went The job has not run yet." in nothing
    assert (
        "Due in the next 30 days Applications that led to no place of Leadership Circles: 1. "
        "Applications that led to no place: over for more than 12 months." in text
    )
    assert "They are kept until somebody does. Leadership Circles: 1 What went" in text
    assert "The nightly job Withdrawn applications of Leadership Circles: 1" in text
    assert "Leadership Circles" not in other
    assert "Invitations of staff that were not taken up: 1" not in text
    assert "Invitations of staff that were not taken up: 1" in read(desk.client("superuser").get(RETENTION))


def test_somebody_is_looked_up_and_handed_everything(desk, administrator, gone):
    wrong = administrator.post(PERSON, {"do": "look", "address": "sam"})
    nobody = administrator.post(PERSON, {"do": "look", "address": "nobody@example.org"})
    page = administrator.post(PERSON, {"do": "look", "address": "Sam@example.org"})
    packed = administrator.post(PERSON, {"do": "export", "address": "sam@example.org"})

    assert "Enter an email address in the correct format" in read(wrong)
    assert "Nothing is held under this address" in read(nobody)
    assert "Applications: name, work address" in read(page)
    assert packed["Content-Disposition"] == 'attachment; filename="person.zip"'
    assert packed["Cache-Control"] == "no-store"
    assert zipfile.ZipFile(io.BytesIO(packed.content)).namelist() == ["data.json"]
    assert PrivacyAct.objects.get().by == desk.staff["administrator"]


def test_somebody_is_erased_with_a_reason_and_the_address_typed_again(desk, administrator, gone):
    erase = {"do": "erase", "address": "sam@example.org"}

    empty = administrator.post(PERSON, erase)
    other = administrator.post(PERSON, {**erase, "reason": "Asked", "typed": "olive@example.org"})
    kept = Application.objects.get(pk=gone.pk).email
    done = administrator.post(PERSON, {**erase, "reason": "Asked", "typed": "SAM@example.org"}, follow=True)

    assert "Give a reason." in read(empty)
    assert "This is another address than the one you looked up." in read(other)
    assert kept == "sam@example.org"
    assert Application.objects.get(pk=gone.pk).email == f"removed-application-{gone.pk}@removed.invalid"
    assert done.redirect_chain == [(PERSON, 302)]
    assert "Everything held was erased, by" in read(done)


def test_what_stands_against_it_is_said_and_no_button_shown(desk, administrator):
    scenarios.submitted(desk.programme, email="sam@example.org", name="Sam Smith")
    scenarios.submitted(desk.programme, email="s.am@example.org", name="Sam Smith")

    page = administrator.post(PERSON, {"do": "look", "address": "sam@example.org"})
    sent = administrator.post(
        PERSON, {"do": "erase", "address": "sam@example.org", "reason": "Asked", "typed": "sam@example.org"}
    )

    assert "This cannot be erased yet." in read(page)
    assert "There is also s.am@example.org." in read(page)
    assert Page(page.content.decode()).all("button", **{"class": "button default button--ends"}) == []
    assert "withdraw it first" in read(sent)
    assert Application.objects.filter(email="sam@example.org").count() == 1


def test_of_another_academy_nothing_is_known(desk, gone):
    outsider = desk.client("outsider")

    answers = [
        outsider.post(PERSON, {"do": what, "address": address, "reason": "x", "typed": address})
        for what in ("look", "export", "erase")
        for address in ("sam@example.org", "nobody@example.org")
    ]

    assert len({read(answer).replace("nobody@", "sam@") for answer in answers}) == 1
    assert "Nothing is held under this address in the academies that you administer." in read(answers[0])
    assert Application.objects.filter(email="sam@example.org").count() == 1
