"""Applications that may be one person's: pointed out, listed, and told apart by staff."""

import pytest

from applications.domain import duplicates
from applications.models import Application
from cohorts.domain import merging
from programmes.domain.access import NotAllowed
from programmes.models import Programme
from programmes.models.people import name_key
from tests import factories, scenarios
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return factories.ProgrammeFactory()


def made(programme, email, name="Sam Smith", organisation="Downs Hospice", **more):
    return factories.ApplicationFactory(
        programme=programme,
        email=email,
        name=name,
        organisation=None,
        organisation_name=organisation,
        state="withdrawn",
        submitted_at=NOW,
        **more,
    )


def found(application, user):
    return [
        (hint.other.pk, hint.why, hint.same_programme) for hint in duplicates.hints(application, user=user)
    ]


def listed():
    programmes = list(Programme.objects.values_list("pk", flat=True))
    found = duplicates.seeming(Application.objects.all(), programmes=programmes)
    return sorted(found.values_list("pk", flat=True))


def test_the_same_address_is_pointed_out_however_it_is_spelled(programme):
    one = made(programme, "sam.smith@example.org", name="Sam Smith")
    other = made(programme, "SamSmith+work@example.org", name="Alex Jones", organisation="Elsewhere")

    assert found(one, reviewer_of(programme)) == [(other.pk, "The same email address", True)]
    assert listed() == [one.pk, other.pk]


def test_a_similar_name_at_the_same_organisation_is_pointed_out(programme):
    one = made(programme, "a@example.org", name="Siân O’Neill")
    same = made(programme, "b@example.org", name="Dr O'Neill, Sian", organisation="downs hospice")
    alike = made(programme, "c@example.org", name="Sian O’Neil")
    made(programme, "d@example.org", name="Siân O’Neill", organisation="Elsewhere")
    made(programme, "e@example.org", name="Olu Nelson")

    assert found(one, reviewer_of(programme)) == [
        (same.pk, "The same name, at the same organisation", True),
        (alike.pk, "A similar name, at the same organisation", True),
    ]
    assert listed() == [one.pk, same.pk]


def test_people_of_a_listed_organisation_are_compared_with_each_other(programme):
    trust = factories.OrganisationFactory()
    one, other = (
        factories.ApplicationFactory(
            programme=programme,
            name="Sam Smith",
            organisation=trust,
            state="withdrawn",
            submitted_at=NOW,
        )
        for _ in range(2)
    )

    assert found(one, reviewer_of(programme)) == [(other.pk, "The same name, at the same organisation", True)]
    assert listed() == [one.pk, other.pk]


def test_other_programmes_of_the_academy_are_named_after_this_one(programme):
    elsewhere = factories.ProgrammeFactory(academy=programme.academy)
    other_academy = factories.ProgrammeFactory()
    across = made(elsewhere, "sam@example.org")
    made(other_academy, "sam@example.org")
    one, here = made(programme, "sam@example.org"), made(programme, "sam@example.org")

    assert found(one, reviewer_of(programme)) == [
        (here.pk, "The same email address", True),
        (across.pk, "The same email address", False),
    ]


def test_drafts_and_people_without_a_name_are_not_pointed_out(programme):
    one = made(programme, "a@example.org", name="")
    made(programme, "b@example.org", name="")
    factories.ApplicationFactory(programme=programme, email="a@example.org", state="draft")

    assert found(one, reviewer_of(programme)) == []
    assert listed() == []


def test_what_staff_told_apart_is_pointed_out_no_more(programme):
    one, other = made(programme, "sam@example.org"), made(programme, "sam@example.org")
    user = reviewer_of(programme)

    said = duplicates.tell_apart(other, one, user=user, now=NOW)
    again = duplicates.tell_apart(one, other, user=user, now=NOW)

    assert (said.one, said.other, said.said_by, again) == (one, other, user, said)
    assert str(said) == f"{one.reference} and {other.reference}"
    assert found(one, user) == found(other, user) == []
    assert listed() == []


def test_what_was_merged_is_pointed_out_no_more(programme):
    kept = scenarios.submitted(programme, email="sam.smith@example.org")
    other = scenarios.submitted(programme, email="samsmith@example.org")
    user = reviewer_of(programme)
    before = found(kept, user), found(other, user), listed()

    merging.merge(kept.pk, other.pk, user=user, now=NOW)

    why = "The same email address"
    assert before == ([(other.pk, why, True)], [(kept.pk, why, True)], [kept.pk, other.pk])
    assert (found(kept, user), found(other, user), listed()) == ([], [], [])


def test_telling_apart_needs_the_role_on_both(programme):
    one, other = made(programme, "sam@example.org"), made(programme, "sam@example.org")

    with pytest.raises(NotAllowed):
        duplicates.tell_apart(one, other, user=factories.UserFactory(), now=NOW)


def test_an_application_keeps_its_keys_in_step(programme):
    application = scenarios.started(programme, "Sam.Smith+work@Example.org")

    application.name = "Professor Ángel de la Cruz"
    application.save()

    assert (application.address_key, application.name_key) == ("samsmith@example.org", "angel cruz de la")
    assert name_key("Ms O’Brien-Lee") == "lee obrien"
