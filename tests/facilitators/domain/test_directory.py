"""Who is found in the directory, and of whom what."""

import datetime

import pytest

from facilitators.domain.people import directory
from facilitators.domain.people.directory import Details, Wanted
from facilitators.models import Facilitator
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db


def shown(programme, name: str, **values) -> Facilitator:
    person = factories.FacilitatorFactory(name=name, in_directory_since=NOW, **values)
    factories.TrainingFactory(programme=programme, facilitator=person)
    return person


def names(programmes, **wanted) -> list[str]:
    return [one.name for one in directory.search(programmes, Wanted(**wanted))]


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Circles")


def test_only_who_agreed_and_works_in_one_of_the_programmes_is_found(programme):
    other = factories.ProgrammeFactory(title="Bystanders")
    me = factories.TrainingFactory(programme=programme).facilitator
    factories.TrainingFactory(programme=other, facilitator=me, ended_on=NOW.date(), ended_reason="Moved")
    shown(programme, "Beth")
    shown(programme, "Adam")
    shown(other, "Of another programme")
    left = shown(programme, "Who left")
    left.trainings.update(ended_on=NOW.date(), ended_reason="Moved")
    factories.TrainingFactory(programme=programme)

    mine = directory.programmes_of(me)

    assert [one.title for one in mine] == ["Circles"]
    assert names(mine) == ["Adam", "Beth"]
    assert names([]) == []


def test_of_somebody_the_shared_programmes_are_known(programme):
    other = factories.ProgrammeFactory(title="Bystanders")
    person = shown(programme, "Adam")
    factories.TrainingFactory(programme=other, facilitator=person)

    of_one, of_both = (directory.search(mine, Wanted())[0] for mine in ([programme], [programme, other]))

    assert [one.programme.title for one in of_one.shared] == ["Circles"]
    assert [one.programme.title for one in of_both.shared] == ["Bystanders", "Circles"]


def test_the_list_is_narrowed_by_each_thing(programme):
    other = factories.ProgrammeFactory(title="Bystanders")
    ics = factories.IntegratedCareSystemFactory()
    shown(programme, "Siân O’Brien", ics=ics, languages="Gujarati, Welsh", places="Leicester and Oakham")
    shown(other, "Adam Jones", delivers="online")
    shown(programme, "Beth Jones", delivers="in_person")
    both = [programme, other]

    assert names(both, words="obrien sian") == ["Siân O’Brien"]
    assert names(both, words="jones") == ["Adam Jones", "Beth Jones"]
    assert names(both, programme=other.pk) == ["Adam Jones"]
    assert names([programme], programme=other.pk) == []
    assert names(both, ics=ics.pk) == ["Siân O’Brien"]
    assert names(both, language="welsh, gujarati") == ["Siân O’Brien"]
    assert names(both, place="oakham") == ["Siân O’Brien"]
    assert names(both, place="Rugby") == []
    assert names(both, delivers="online") == ["Adam Jones", "Siân O’Brien"]
    assert names(both, delivers="in_person") == ["Beth Jones", "Siân O’Brien"]
    assert names(both, delivers="both") == names(both)


def test_a_page_of_the_directory_takes_the_same_queries_however_many_there_are(
    programme, django_assert_num_queries
):
    shown(programme, "Adam", organisation=factories.OrganisationFactory())

    def read():
        return [
            (one.works_at, one.ics, [str(training.programme) for training in one.shared])
            for one in directory.search([programme], Wanted())
        ]

    with django_assert_num_queries(2):
        one = read()
    for name in ("Beth", "Cara"):
        shown(programme, name, organisation=factories.OrganisationFactory())
    with django_assert_num_queries(2):
        three = read()

    assert (len(one), len(three)) == (1, 3)


def test_details_are_kept_and_a_listed_organisation_replaces_the_typed_one():
    person = factories.FacilitatorFactory(
        phone="01632 960 001", shows_phone=True, organisation_name="Downs Trust"
    )
    organisation = factories.OrganisationFactory()
    details = Details(
        "Lead", "", organisation, "Typed", None, "Welsh", "Oakham", "online", "Mondays", "Hello"
    )

    directory.save_details(person.pk, details)

    person.refresh_from_db()
    assert (person.job_title, person.organisation, person.organisation_name) == ("Lead", organisation, "")
    assert (person.languages, person.places, person.delivers) == ("Welsh", "Oakham", "online")
    assert (person.availability, person.about) == ("Mondays", "Hello")
    # A number that is gone is shown to nobody.
    assert person.shows_phone is False
    assert person.history.first().history_change_reason == "The portal"


def test_a_typed_organisation_and_a_number_stay():
    person = factories.FacilitatorFactory(phone="01632 960 001", shows_phone=True)
    details = Details("", "01632 960 002", None, "Downs Trust", None, "", "", "both", "", "")

    directory.save_details(person.pk, details)

    person.refresh_from_db()
    assert (person.works_at, person.phone, person.shows_phone) == ("Downs Trust", "01632 960 002", True)


def test_somebody_is_shown_only_with_what_they_ticked():
    person = factories.FacilitatorFactory()
    later = NOW + datetime.timedelta(days=1)

    first = directory.show(person.pk, shown=True, email=True, phone=True, now=NOW)
    second = directory.show(person.pk, shown=True, email=False, phone=False, now=later)
    third = directory.show(person.pk, shown=False, email=True, phone=True, now=later)

    # There is no number to show.
    assert (first.in_directory_since, first.shows_email, first.shows_phone) == (NOW, True, False)
    assert (second.in_directory_since, second.shows_email) == (NOW, False)
    assert (third.in_directory_since, third.shows_email, third.shows_phone) == (None, False, False)


# By staff.
def test_staff_take_somebody_out_who_is_told_and_can_agree_again(programme):
    person = shown(programme, "Beth", shows_email=True, shows_phone=True, phone="01632 960 001")
    user = reviewer_of(programme)

    directory.take_out(person.pk, reason=" Asked by telephone ", user=user, now=NOW)

    person.refresh_from_db()
    told, mail = person.history.first(), Message.objects.get()
    assert (person.in_directory_since, person.shows_email, person.shows_phone) == (None, False, False)
    assert (told.history_user, told.history_change_reason) == (user, "Asked by telephone")
    assert (mail.event, mail.to_address, mail.context) == (
        "facilitator_not_shown",
        person.email,
        {"reason": "Asked by telephone"},
    )
    directory.show(person.pk, shown=True, email=False, phone=False, now=NOW)
    assert names([programme]) == ["Beth"]


def test_who_is_not_shown_is_not_taken_out_and_a_reason_is_needed(programme):
    person = shown(programme, "Beth")
    user = reviewer_of(programme)
    said = []

    for reason, since in ((" ", NOW), ("Asked", None)):
        Facilitator.objects.update(in_directory_since=since)
        with pytest.raises(Refused) as refused:
            directory.take_out(person.pk, reason=reason, user=user, now=NOW)
        said.append(refused.value.sentence)

    assert said == ["Give a reason: it is kept in the register.", "Beth is not shown in the directory."]


def test_staff_of_another_academy_take_nobody_out(programme):
    person = shown(programme, "Beth")

    with pytest.raises(NotAllowed):
        directory.take_out(person.pk, reason="Asked", user=reviewer_of(factories.ProgrammeFactory()), now=NOW)

    assert names([programme]) == ["Beth"]
