"""A list of nominees by organisation or by region, and who may take one in."""

import pytest
from django.urls import reverse

from applications.domain import nomination_import
from applications.models import Nominee
from programmes.domain.access import NotAllowed
from programmes.models import ImportFile, NominationAllowance
from tests import factories, invariants
from tests.factories import NOW
from tests.in_and_out.nominee_lists import (
    HEAD,
    LIST,
    PREVIEW,
    SEND,
    confirm,
    named,
    preview,
    send,
    take_in,
    told,
)
from tests.staff.reading import text_of


@pytest.fixture
def ics(desk):
    return factories.IntegratedCareSystemFactory(code="QKS", name="NHS Downs Integrated Care Board")


@pytest.fixture
def other(desk):
    return factories.IntegratedCareSystemFactory(code="QXU", name="NHS Weald Integrated Care Board")


@pytest.fixture
def board(desk, ics):
    return factories.NominationAllowanceFactory(programme=desk.programme, ics=ics)


# By organisation, and by region.


def scoped(programme, scope):
    programme.nomination_scope = scope
    programme.save()
    return f"{scope},name,email\n"


def test_organisations_name_by_name_or_code_and_one_name_for_two_wants_the_code(desk, reviewer, ics):
    first = factories.OrganisationFactory(name="Downs Trust", ods_code="RX1", ics=ics)
    factories.OrganisationFactory(name="Twin Trust", ods_code="RX2", ics=ics)
    second = factories.OrganisationFactory(name="Twin Trust", ods_code="RX3", ics=None)
    lines = [
        "downs trust,Ada,ada@example.org",
        "RX3,Bea,bea@example.org",
        "Twin Trust,Cleo,cleo@example.org",
        "Nobody’s Trust,Dora,dora@example.org",
    ]

    page = preview(reviewer, desk.programme, scoped(desk.programme, "organisation") + "\n".join(lines))
    confirm(reviewer, page)

    assert told(page)[:2] == [
        (4, "Cleo", "refused", "organisation", "More than one organisation is called so. Use its code."),
        (
            5,
            "Dora",
            "refused",
            "organisation",
            "No organisation of this programme has this code or name.",
        ),
    ]
    assert [row[0] for row in named()] == [f"organisation:{first.pk}", f"organisation:{second.pk}"]
    assert {row.organisation for row in NominationAllowance.objects.all()} == {first, second}
    assert invariants.broken() == []


def test_regions_name_by_name(desk, reviewer, ics):
    text = scoped(desk.programme, "region") + f"{ics.region.name},Ada,ada@example.org\n"

    take_in(reviewer, desk.programme, text)

    assert [row[0] for row in named()] == [f"region:{ics.region.ods_code}"]
    assert NominationAllowance.objects.get().region == ics.region


def test_a_template_is_offered_for_what_the_programmes_count_by(desk, reviewer):
    factories.ProgrammeFactory(academy=desk.programme.academy, limited=True, nomination_scope="region")

    page = reviewer.get(reverse(SEND))
    template = reviewer.get(
        reverse("admin:applications_nominationboard_import_template"), {"scope": "region"}
    )

    template_address = reverse("admin:applications_nominationboard_import_template")
    assert page.context["templates"] == [
        ("ics, name, email, rank, note", f"{template_address}?scope=ics"),
        ("region, name, email, rank, note", f"{template_address}?scope=region"),
    ]
    assert template.content.decode("utf-8-sig").splitlines()[0] == "region,name,email,rank,note"


# Who may.


def test_the_list_of_boards_leads_reviewers_to_the_import_and_viewers_not(desk, reviewer):
    pages = [client.get(reverse(LIST)) for client in (reviewer, desk.client("viewer"))]

    assert [reverse(SEND) in page.content.decode() for page in pages] == [True, False]
    assert "Import a list" in text_of(pages[0])


def test_only_programmes_that_limit_nominations_can_be_chosen(desk, reviewer):
    factories.ProgrammeFactory(academy=desk.programme.academy)
    factories.ProgrammeFactory(limited=True)

    form = reviewer.get(reverse(SEND)).context["form"]

    assert list(form.fields["programme"].queryset) == [desk.programme]


def test_where_no_programme_limits_nominations_nobody_can_be_named(desk, reviewer):
    desk.programme.nomination_scope, desk.programme.nominations_allowed = "none", None
    desk.programme.save()

    page = reviewer.get(reverse(SEND))

    assert "None of your programmes limits nominations: nobody can be named." in text_of(page)


def test_a_file_is_seen_by_whoever_sent_it_alone(desk, reviewer, administrator, ics):
    send(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\n")
    row = ImportFile.objects.get()

    pages = [administrator.get(reverse(PREVIEW, args=[row.pk]))]
    pages.append(reviewer.get(reverse("admin:programmes_organisation_import_preview", args=[row.pk])))

    assert [page.status_code for page in pages] == [404, 403]
    assert row.sent_by == desk.staff["reviewer"]


def test_only_a_reviewer_of_the_programme_imports(desk, reviewer, ics):
    send(reviewer, desk.programme, HEAD + "QKS,Ada,ada@example.org,,\n")
    row = ImportFile.objects.get()

    with pytest.raises(NotAllowed):
        nomination_import.import_nominees(
            row.pk, previewed="", write=False, user=desk.staff["viewer"], now=NOW
        )

    assert Nominee.objects.count() == 0
