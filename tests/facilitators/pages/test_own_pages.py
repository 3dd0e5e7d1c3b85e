"""A facilitator's own pages, by the link in their mail."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from facilitators.domain import commitments
from facilitators.domain.people import pauses, register
from facilitators.models import Facilitator, Pause
from programmes.domain import links
from programmes.models import Link, Message
from tests import factories, scenarios
from tests.applications.pages.visits import errors, read
from tests.factories import NOW

pytestmark = pytest.mark.django_db

TODAY = NOW.date()
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOW, tick=False):
        yield


class Visitor:
    """Somebody with a link to their page."""

    def __init__(self, programme, **values):
        self.person = factories.FacilitatorFactory(**values)
        self.training = factories.TrainingFactory(
            programme=programme, facilitator=self.person, trained_on=TODAY - 30 * DAY
        )
        commitments.begin(self.training, now=NOW)
        self.token = links.token_of(register.link_for(self.person, now=NOW))
        self.client = Client()

    def get(self, page="facilitator", query="", **values):
        return self.client.get(reverse(page, kwargs={"token": self.token, **values}) + query)

    def post(self, page, data, **values):
        return self.client.post(reverse(page, kwargs={"token": self.token, **values}), data)

    def fresh(self) -> Facilitator:
        self.person.refresh_from_db()
        return self.person


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Circles", contact_email="circles@example.org")


@pytest.fixture
def sam(programme):
    return Visitor(programme, name="Sam Smith", email="sam@example.org")


def a_day(name: str, day: datetime.date) -> dict[str, int]:
    return {f"{name}_day": day.day, f"{name}_month": day.month, f"{name}_year": day.year}


def pause_of(first: datetime.date, last: datetime.date) -> dict[str, object]:
    return {**a_day("from_on", first), **a_day("until_on", last), "reason": "Parental leave"}


def test_the_page_says_where_somebody_stands_in_each_programme(sam):
    other = factories.TrainingFactory(
        facilitator=sam.person,
        programme__title="Bystanders",
        ended_on=TODAY,
        ended_reason="Moved",
        trained_by="National",
    )

    page = sam.get()

    text = read(page)
    assert page.status_code == 200
    assert text.index("Circles") < text.index("Bystanders")
    assert "Provisional No delivery yet; active from the first delivery on." in text
    assert "Left Left on 5 October 2026: Moved" in text
    assert "Trained on 5 October 2026 by National" in text
    assert f"/leave/{sam.training.pk}/" in page.content.decode()
    assert f"/leave/{other.pk}/" not in page.content.decode()
    assert page.headers["Cache-Control"] == "no-store"


def test_the_page_reads_the_same_queries_however_many_programmes_there_are(
    sam, django_assert_num_queries, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as one:
        sam.get()
    for _ in range(2):
        factories.TrainingFactory(facilitator=sam.person)

    with django_assert_num_queries(len(one.captured_queries)):
        sam.get()


def test_a_dead_link_offers_a_fresh_one_by_mail(sam):
    links.revoke(Link.Opens.FACILITATOR, sam.person.pk, now=NOW)

    page = sam.get()
    sam.client.post(reverse("link_fresh", args=["facilitator", sam.token]))

    assert (page.status_code, "This link no longer works" in read(page)) == (410, True)
    assert Message.objects.get().event == "facilitator_link"


def test_a_link_to_nobody_is_dead(sam):
    Facilitator.objects.all().delete()

    assert sam.get().status_code == 410


def test_a_facilitator_asks_for_the_link_by_address(sam):
    sam.client.post(reverse("link_again"), {"email": "SAM@example.org"})

    assert Message.objects.get().to_address == "sam@example.org"


def test_details_are_shown_and_saved(sam):
    ics = factories.IntegratedCareSystemFactory()
    organisation = factories.OrganisationFactory(name="Downs Trust", ics=ics)
    form = {
        "job_title": "Lead",
        "phone": "01632 960 001",
        "ics": ics.code,
        "organisation": organisation.pk,
        "delivers": "online",
        "languages": "Welsh",
        "places": "Oakham",
        "availability": "Mondays",
        "about": "Hello.",
    }

    saved = sam.post("facilitator_details", form)
    again = sam.get("facilitator_details")

    person = sam.fresh()
    assert saved.url == reverse("facilitator", args=[sam.token])
    assert (person.job_title, person.organisation, person.ics) == ("Lead", organisation, ics)
    assert (person.languages, person.delivers, person.about) == ("Welsh", "online", "Hello.")
    assert 'value="Oakham"' in again.content.decode()
    # Name and address are for the academy to correct.
    assert (person.name, person.email) == ("Sam Smith", "sam@example.org")


def test_an_organisation_is_chosen_or_typed_and_not_both(sam):
    organisation = factories.OrganisationFactory()
    typed = {"unlisted": "unlisted", "organisation_name": "Weald Hospice", "delivers": "both"}

    both = sam.post("facilitator_details", {**typed, "organisation": organisation.pk})
    sam.post("facilitator_details", typed)

    assert errors(both) == [
        "You chose an organisation from the list and also said that yours is not listed: keep one of the two"
    ]
    assert sam.fresh().works_at == "Weald Hospice"


def test_organisations_are_those_of_the_region_and_of_none(programme):
    here = factories.IntegratedCareSystemFactory()
    visitor = Visitor(programme, ics=here)
    near = factories.OrganisationFactory(name="Near Trust", ics=here)
    factories.OrganisationFactory(name="National Charity", ics=None)
    far = factories.RegionFactory(name="Midlands", ods_code="Y60")
    factories.OrganisationFactory(name="Far Trust", ics=factories.IntegratedCareSystemFactory(region=far))

    page = visitor.get("facilitator_details").content.decode()

    assert [name in page for name in (near.name, "National Charity", "Far Trust")] == [True, True, False]


def test_somebody_chooses_what_others_see(sam):
    sam.post("facilitator_shown", {"shown": "yes", "ways": ["email"]})
    shown = (sam.fresh().in_directory_since, sam.person.shows_email, sam.person.shows_phone)
    home = read(sam.get())
    offered = sam.get("facilitator_shown").content.decode()

    sam.post("facilitator_shown", {"shown": "no"})

    assert shown == (NOW, True, False)
    assert "They can see you in the directory since 5 October 2026" in home
    # There is no number to offer.
    assert "My telephone number" not in offered
    assert (sam.fresh().in_directory_since, sam.person.shows_email) == (None, False)


def test_a_pause_is_made_shown_and_ended(sam):
    made = sam.post("facilitator_pause", pause_of(TODAY, TODAY + 30 * DAY), training=sam.training.pk)
    row = Pause.objects.get()
    home = read(sam.get())
    asked = sam.get("facilitator_end_pause", pause=row.pk)
    still = Pause.objects.count()
    sam.post("facilitator_end_pause", {"sure": "on"}, pause=row.pk)

    assert made.url == reverse("facilitator", args=[sam.token])
    assert "Paused Pauses from 5 October 2026 until 4 November 2026: Parental leave." in home
    assert "Take back your pause" in read(asked)
    assert (still, Pause.objects.count()) == (1, 0)


def test_who_has_begun_to_pause_is_asked_to_come_back(sam):
    row = pauses.pause(
        sam.training.pk,
        from_on=TODAY - 5 * DAY,
        until_on=TODAY + 5 * DAY,
        reason="Away",
        user=scenarios.reviewer_of(sam.training.programme),
        now=NOW,
    )

    asked = read(sam.get("facilitator_end_pause", pause=row.pk))
    sam.post("facilitator_end_pause", {"sure": "on"}, pause=row.pk)

    row.refresh_from_db()
    assert "Come back from your pause" in asked
    assert row.until_on == TODAY - DAY


def test_a_pause_that_is_too_long_is_refused_with_what_was_typed(sam):
    page = sam.post("facilitator_pause", pause_of(TODAY, TODAY + 300 * DAY), training=sam.training.pk)

    assert errors(page)[0].startswith("You can pause for up to 6 months yourself: until 4 April 2027")
    assert 'value="Parental leave"' in page.content.decode()
    assert Pause.objects.count() == 0


def test_leaving_is_asked_once_more_and_then_done(sam):
    asked = sam.get("facilitator_leave", training=sam.training.pk)
    before = sam.training.ended_on
    sam.post("facilitator_leave", {"reason": "", "sure": "on"}, training=sam.training.pk)

    sam.training.refresh_from_db()
    assert "Only the academy can put you back." in read(asked)
    assert (before, sam.training.ended_on, sam.training.ended_reason) == (None, TODAY, "By their own wish.")
    assert "Find other facilitators" not in read(sam.get())


def test_nobody_touches_what_is_another_facilitators(sam, programme):
    other = Visitor(programme)
    theirs = pauses.pause(other.training.pk, from_on=TODAY, until_on=TODAY, reason="Away", user=None, now=NOW)

    found = [
        sam.post("facilitator_leave", {}, training=other.training.pk).status_code,
        sam.post("facilitator_pause", pause_of(TODAY, TODAY), training=other.training.pk).status_code,
        sam.post("facilitator_end_pause", {}, pause=theirs.pk).status_code,
    ]

    other.training.refresh_from_db()
    assert found == [404, 404, 404]
    assert (other.training.ended_on, Pause.objects.count()) == (None, 1)


# The directory.
def test_the_directory_shows_those_who_agreed_with_what_they_ticked(sam, programme):
    Visitor(
        programme,
        name="Adam Jones",
        email="adam@example.org",
        phone="01632 960 001",
        in_directory_since=NOW,
        shows_phone=True,
        languages="Welsh",
        organisation_name="Weald Hospice",
    )
    Visitor(programme, name="Beth Jones", in_directory_since=NOW, shows_email=True, email="beth@example.org")
    Visitor(programme, name="Hidden Jones", email="hidden@example.org")

    page = read(sam.get("facilitator_directory"))

    assert "2 facilitators" in page
    assert [word in page for word in ("Adam Jones", "01632 960 001", "Welsh", "Weald Hospice")] == [True] * 4
    assert [word in page for word in ("adam@example.org", "beth@example.org")] == [False, True]
    assert "Hidden" not in page


def test_the_directory_is_searched_and_narrowed(sam, programme):
    ics = factories.IntegratedCareSystemFactory()
    Visitor(programme, name="Adam Jones", in_directory_since=NOW, ics=ics)
    Visitor(programme, name="Beth Smith", in_directory_since=NOW)

    by_name = read(sam.get("facilitator_directory", "?words=jones"))
    by_ics = read(sam.get("facilitator_directory", f"?ics={ics.pk}"))
    nonsense = sam.get("facilitator_directory", "?ics=abc&words=%00&page=zz&programme=9")

    assert ["1 facilitator found" in text for text in (by_name, by_ics)] == [True, True]
    assert ["Beth Smith" in text for text in (by_name, by_ics)] == [False, False]
    assert nonsense.status_code == 200


def test_the_programme_is_asked_only_of_who_has_several(sam):
    of_one = sam.get("facilitator_directory").content.decode()
    factories.TrainingFactory(facilitator=sam.person)
    of_two = sam.get("facilitator_directory").content.decode()

    assert ['name="programme"' in page for page in (of_one, of_two)] == [False, True]


def test_the_directory_has_pages_which_keep_the_search(sam, programme):
    for number in range(41):
        Visitor(programme, name=f"Fay {number:02}", in_directory_since=NOW)

    second = sam.get("facilitator_directory", "?words=fay&page=2")

    html = second.content.decode()
    assert [name in html for name in ("Fay 19", "Fay 20", "Fay 39", "Fay 40")] == [False, True, True, False]
    assert "?words=fay&amp;page=1" in html
    assert "?words=fay&amp;page=3" in html


def test_the_directory_takes_the_same_queries_however_many_there_are(
    sam, programme, django_assert_num_queries, django_assert_max_num_queries
):
    ics = factories.IntegratedCareSystemFactory()
    Visitor(programme, in_directory_since=NOW, ics=ics)
    with django_assert_max_num_queries(12) as one:
        sam.get("facilitator_directory")
    for _ in range(2):
        Visitor(programme, in_directory_since=NOW, organisation=factories.OrganisationFactory())

    with django_assert_num_queries(len(one.captured_queries)):
        sam.get("facilitator_directory")


def test_who_has_left_everything_finds_nobody(sam, programme):
    Visitor(programme, name="Adam Jones", in_directory_since=NOW)
    sam.training.ended_on, sam.training.ended_reason = TODAY, "Moved"
    sam.training.save()

    page = read(sam.get("facilitator_directory"))

    assert "You have left the programmes that you were trained in." in page
    assert "Adam" not in page
