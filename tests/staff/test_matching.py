"""Matching an organisation that was typed to a listed one."""

import pytest
from django.urls import reverse

from programmes.models import Organisation
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.staff.reading import messages_of, text_of


@pytest.fixture
def application(desk):
    return scenarios.submitted(desk.programme)


def address(application):
    return reverse("admin:applications_application_match", args=[application.pk])


def test_listed_organisations_are_offered_those_most_alike_first(reviewer, application):
    far = factories.OrganisationFactory(name="Coast Hospice")
    near = factories.OrganisationFactory(name="Ridge Hospice", ics=application.ics)
    same = factories.OrganisationFactory(name="The Hospice of the Downs", ics=application.ics)
    factories.OrganisationFactory(name="Harbour Ambulance")

    form = reviewer.get(address(application)).context["form"]

    assert [row.name for row in form.fields["organisation"].queryset] == [same.name, near.name, far.name]
    assert "others" not in form.fields


def test_words_that_say_nothing_find_nothing(reviewer, application):
    factories.OrganisationFactory(name="NHS Trust of the Downs")

    page = reviewer.get(address(application), {"q": "the NHS Trust"})

    assert "No listed organisation is like “the NHS Trust”." in text_of(page)
    assert list(page.context["form"].fields["organisation"].queryset) == []


def test_the_list_can_be_searched_by_other_words(reviewer, application):
    harbour = factories.OrganisationFactory(name="Harbour Ambulance", ics=None)

    nothing = reviewer.get(address(application))
    found = reviewer.get(address(application), {"q": "harbour\0 of"})

    assert "No listed organisation is like “Downs Hospice”. Try another word of its name." in text_of(nothing)
    assert "Harbour Ambulance, no ICS" in text_of(found)
    assert list(found.context["form"].fields["organisation"].queryset) == [harbour]


def test_a_match_keeps_what_was_typed_and_says_so(reviewer, application):
    listed = factories.OrganisationFactory(name="Downs Hospice Ltd", sector="charity")

    response = reviewer.post(address(application), {"organisation": listed.pk}, follow=True)

    application.refresh_from_db()
    assert messages_of(response) == [f"{application.reference} is matched to Downs Hospice Ltd."]
    assert (application.organisation, application.sector) == (listed, "charity")
    assert "Organisation Downs Hospice Ltd (typed as “Downs Hospice”)" in text_of(response)


def test_others_who_typed_the_same_are_matched_if_wanted(desk, reviewer, application):
    other = scenarios.submitted(desk.programme)
    foreign = scenarios.submitted(factories.ProgrammeFactory())
    listed = factories.OrganisationFactory(name="Downs Hospice Ltd")

    form = reviewer.get(address(application)).context["form"]
    response = reviewer.post(address(application), {"organisation": listed.pk, "others": "on"}, follow=True)

    for one in (application, other, foreign):
        one.refresh_from_db()
    assert form.fields["others"].label == "Also match 1 other application with the same name"
    assert messages_of(response) == ["2 applications matched to Downs Hospice Ltd."]
    assert [one.organisation for one in (application, other, foreign)] == [listed, listed, None]


def test_those_that_cannot_be_matched_with_the_others_are_named(desk, reviewer):
    programme = factories.ProgrammeFactory(
        academy=desk.programme.academy,
        nomination_scope=NominationScope.ORGANISATION,
        nominations_allowed=1,
    )
    listed = factories.OrganisationFactory(name="Downs Hospice Ltd")
    application = scenarios.submitted(desk.programme)
    nominated = scenarios.submitted(programme)
    scenarios.Application.objects.filter(pk=scenarios.submitted(programme).pk).delete()
    taken = scenarios.filled_in(programme)
    scenarios.Application.objects.filter(pk=taken.pk).update(organisation=listed, organisation_name="")
    scenarios.submission.submit(taken.pk, now=factories.NOW)

    response = reviewer.post(address(application), {"organisation": listed.pk, "others": "on"}, follow=True)

    nominated.refresh_from_db()
    assert messages_of(response) == [
        "1 application matched to Downs Hospice Ltd. Downs Hospice Ltd has used its nominations: "
        f"{nominated.reference} cannot count against them. Allow it another number first."
    ]
    assert nominated.organisation is None


def test_an_organisation_must_be_chosen(reviewer, application):
    factories.OrganisationFactory(name="Downs Hospice Ltd")

    response = reviewer.post(address(application), {})

    application.refresh_from_db()
    assert response.context["form"].errors == {
        "organisation": ["Choose the organisation that the applicant meant."]
    }
    assert application.organisation is None


def test_an_organisation_that_is_listed_is_not_matched_again(reviewer, application):
    listed = factories.OrganisationFactory(name="Downs Hospice Ltd")
    reviewer.post(address(application), {"organisation": listed.pk})

    page = reviewer.get(address(application))

    assert f"{application.reference} is at Downs Hospice Ltd already." in text_of(page)
    assert page.context["page"].impossible == f"{application.reference} is at Downs Hospice Ltd already."


def test_a_missing_organisation_is_added_with_what_was_typed(reviewer, administrator, application):
    page = administrator.get(address(application))
    add = page.context["add_url"]
    form = administrator.get(add).context["adminform"].form
    administrator.post(add, {"name": "Downs Hospice", "sector": "hospice", "ics": application.ics_id})

    assert reviewer.get(address(application)).context["add_url"] == ""
    assert form.initial == {"name": "Downs Hospice", "sector": "hospice", "ics": str(application.ics_id)}
    assert Organisation.objects.get().name == "Downs Hospice"
    assert Organisation.history.get().history_user is not None
