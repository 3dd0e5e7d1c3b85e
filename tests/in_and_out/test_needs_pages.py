"""What people need to take part, on their own page and on the staff's: behind a button, noted, and nowhere else."""

import re

import pytest
from django.urls import reverse

from applications.models import AccessNeeds, AccessNeedsRead
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.applications.pages.visits import errors, read
from tests.factories import NOW


@pytest.fixture
def asked(desk):
    desk.programme.asks_access_needs = "always"
    desk.programme.save()
    return desk.programme


def page_of(application, name="access_needs"):
    link = links.newest(Link.Opens.APPLICATION, application.pk, now=NOW)
    return reverse(name, args=[links.token_of(link)])


YES = {"needed": "yes", "adjustments": "", "access": "A step-free way in", "dietary": ""}


def test_an_applicant_says_what_they_need_and_goes_on_to_the_next_step(client, asked):
    application = scenarios.started(asked, "sam@example.org")

    page = client.get(page_of(application))
    answer = client.post(page_of(application), YES)

    kept = AccessNeeds.objects.get()
    assert "What you need to take part" in read(page)
    assert (kept.application, kept.access, kept.updated_at) == (application, "A step-free way in", NOW)
    assert answer.headers["Location"] == page_of(application, "check")


def test_the_step_can_be_left_out(client, asked):
    application = scenarios.started(asked, "sam@example.org")

    answer = client.post(page_of(application), {})
    tasks = read(client.get(page_of(application, "application")))

    assert answer.headers["Location"] == page_of(application, "check")
    assert AccessNeeds.objects.count() == 0
    assert "What you need to take part Optional" in tasks


def test_a_yes_without_words_is_asked_for_them(client, asked):
    application = scenarios.started(asked, "sam@example.org")

    page = client.post(page_of(application), {"needed": "yes"})

    assert errors(page) == ["Say what you need, in at least one of the three boxes"]
    assert AccessNeeds.objects.count() == 0


@pytest.mark.parametrize(("needed", "prefers"), [("no", False), ("not_said", True)])
def test_no_and_rather_not_are_kept_and_shown_again(client, asked, needed, prefers):
    application = scenarios.started(asked, "sam@example.org")

    client.post(page_of(application), {**YES, "needed": needed})
    shown = client.get(page_of(application)).content.decode()

    kept = AccessNeeds.objects.get()
    assert (kept.prefer_not_to_say, kept.said) == (prefers, False)
    assert re.findall(r'value="([a-z_]+)"\s+checked', shown) == [needed]


def test_what_was_said_can_be_erased_on_the_same_page(client, asked):
    application = scenarios.submitted(asked)
    client.post(page_of(application), YES)
    shown = client.get(page_of(application)).content.decode()

    answer = client.post(page_of(application), {"erase": "1", "sure": "on"})
    there = client.get(answer.headers["Location"])

    assert "A step-free way in" in shown
    assert AccessNeeds.objects.count() == 0
    assert "What you told us about your needs is erased." in read(there)


def test_where_nothing_is_asked_the_page_says_so(client, desk):
    application = scenarios.started(desk.programme, "sam@example.org")

    page = client.get(page_of(application))
    sent = client.post(page_of(application), YES)

    why = "This programme does not ask what you need to take part."
    assert why in read(page)
    assert errors(sent) == [why]
    assert AccessNeeds.objects.count() == 0


def test_the_check_page_and_the_status_page_lead_there_and_hold_none_of_it(client, asked):
    draft, submitted = scenarios.filled_in(asked), scenarios.submitted(asked)
    for application in (draft, submitted):
        factories.AccessNeedsFactory(application=application, access="A secret ramp")

    pages = [
        client.get(page_of(draft, "check")).content.decode(),
        client.get(page_of(submitted, "application")).content.decode(),
    ]

    assert [page_of(one) in page for one, page in zip((draft, submitted), pages, strict=True)] == [True, True]
    assert ["A secret ramp" in page for page in pages] == [False, False]


def staff_page(application):
    return reverse("admin:applications_application_needs", args=[application.pk])


def test_an_administrator_sees_what_is_needed_after_a_button_and_is_noted(asked, desk, administrator):
    application = scenarios.submitted(asked)
    factories.AccessNeedsFactory(application=application, access="A secret ramp")

    before = administrator.get(staff_page(application)).content.decode()
    noted_before = AccessNeedsRead.objects.count()
    after = administrator.post(staff_page(application))

    assert ("A secret ramp" in before, noted_before) == (False, 0)
    assert "A secret ramp" in after.content.decode()
    assert after.headers["Cache-Control"] == "no-store"
    assert [read.user for read in after.context["reads"]] == [desk.staff["administrator"]]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"prefer_not_to_say": True, "access": ""}, "The applicant prefers not to say."),
        ({"access": ""}, "The applicant needs nothing."),
        (None, "Nothing has been said, or it has been erased."),
    ],
)
def test_the_page_says_so_where_nothing_is_needed_or_known(asked, administrator, said, told):
    application = scenarios.submitted(asked)
    if said is not None:
        factories.AccessNeedsFactory(application=application, **said)

    page = administrator.post(staff_page(application))

    assert told in page.content.decode()


def test_the_organiser_sees_what_those_coming_need(asked, desk, reviewer):
    coming = scenarios.confirmed(asked, name="Asa Ash")
    factories.AccessNeedsFactory(application=coming, dietary="Vegan")
    address = reverse("admin:cohorts_cohort_needs", args=[desk.cohort.pk])

    before = reviewer.get(address).content.decode()
    after = reviewer.post(address).content.decode()

    assert ("Asa Ash" in before, "Vegan" in before) == (False, False)
    assert ("Asa Ash" in after, "Vegan" in after) == (True, True)
    assert "1 confirmed: 1 need something, 0 need nothing" in after
    assert AccessNeedsRead.objects.get().user == desk.staff["reviewer"]


@pytest.mark.parametrize(("who", "status"), [("reviewer", 403), ("viewer", 403), ("outsider", 404)])
def test_nobody_else_sees_what_an_applicant_needs(asked, desk, who, status):
    application = scenarios.submitted(asked)

    answer = desk.client(who).post(staff_page(application))

    assert (answer.status_code, AccessNeedsRead.objects.count()) == (status, 0)


def test_needs_are_columns_of_an_export_for_administrators_alone(asked, desk):
    application = scenarios.submitted(asked)
    factories.AccessNeedsFactory(application=application, access="A secret ramp")
    silent = scenarios.submitted(asked)
    rather_not = scenarios.submitted(asked)
    factories.AccessNeedsFactory(application=rather_not, prefer_not_to_say=True, access="")
    address = reverse("admin:applications_application_export")
    wanted = {"columns": ["reference", "needs_access"], "kind": "csv"}

    refused = desk.client("reviewer").post(address, wanted)
    given = b"".join(desk.client("administrator").post(address, wanted).streaming_content).decode()

    assert list(refused.context["form"].errors) == ["columns"]
    assert f"{application.reference},A secret ramp" in given
    assert f"{silent.reference},\r\n" in given
    assert f"{rather_not.reference},Prefers not to say" in given
