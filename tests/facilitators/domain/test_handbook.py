"""Handbook custody: who may fetch what, what they agree to before, and who is told of a new version."""

import datetime

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.models import State
from facilitators.domain import commitments
from facilitators.domain.calendar import circles
from facilitators.domain.handbook import custody, publishing
from facilitators.models import Acknowledgement, Commitment, Download, Resource, ResourceVersion, Training
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.facilitators import circle_world as world
from tests.facilitators.delivering import trained
from tests.facilitators.handbooks import COPYRIGHT, draft, fetched, published
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
LATER = NOW + datetime.timedelta(days=3)


@pytest.fixture(autouse=True)
def _holds(settings):
    settings.STORAGES = {**settings.STORAGES}  # no test sees the files of another
    yield
    assert invariants.broken() == []


@pytest.fixture
def training():
    """Somebody who owes 3 sessions."""
    return trained(facilitator=factories.FacilitatorFactory(name="Fay Facilitator"))


@pytest.fixture
def handbook(training):
    return factories.ResourceFactory(programme=training.programme, acknowledgement=COPYRIGHT)


def told():
    return [
        (mail.to_name, mail.context["number"])
        for mail in Message.objects.filter(event="resource_new_version").order_by("pk")
    ]


def offered(facilitator):
    return [(one.resource.title, one.version.number, one.to_agree) for one in custody.offers(facilitator)]


def with_a_cohort():
    programme = factories.ProgrammeFactory(limited=True, total_places=30)
    factories.SessionFactory(cohort=factories.CohortFactory(programme=programme, maximum=20))
    factories.ApprovalStepFactory(programme=programme)
    return programme


# Fetching.
def test_the_handbook_is_fetched_once_its_copyright_is_agreed_to(training, handbook):
    version = published(handbook)
    before = offered(training.facilitator)

    with pytest.raises(Refused, match="Agree to the copyright first"):
        custody.fetch(version.pk, training.pk, now=NOW)
    custody.acknowledge(version.pk, training.pk, typed_name="  Fay   Facilitator ", now=NOW)
    custody.acknowledge(version.pk, training.pk, typed_name="Somebody else", now=LATER)
    custody.fetch(version.pk, training.pk, now=NOW)
    custody.fetch(version.pk, training.pk, now=LATER)

    assert before == [("Facilitator handbook", 1, COPYRIGHT)]
    assert offered(training.facilitator) == [("Facilitator handbook", 1, "")]
    agreed = Acknowledgement.objects.get()
    assert (agreed.typed_name, agreed.wording, agreed.made_at) == ("Fay Facilitator", COPYRIGHT, NOW)
    held = Download.objects.get()
    assert (held.holder, held.first_at, held.last_at, held.times) == ("Fay Facilitator", NOW, LATER, 2)


def test_an_agreement_needs_a_name(training, handbook):
    version = published(handbook)

    with pytest.raises(Refused, match="Enter your full name"):
        custody.acknowledge(version.pk, training.pk, typed_name="  ", now=NOW)

    assert not Acknowledgement.objects.exists()


def test_the_same_words_are_agreed_to_once_and_new_ones_again(training, handbook):
    fetched(published(handbook), training)
    published(handbook, now=LATER)
    same = offered(training.facilitator)
    handbook.acknowledgement = "I will print it once."
    handbook.save()
    published(handbook, now=LATER)

    found = custody.offers(training.facilitator)

    assert same == [("Facilitator handbook", 2, "")]
    assert [(one.version.number, one.to_agree, one.held, one.outdated) for one in found] == [
        (3, "I will print it once.", 1, True)
    ]


def test_what_asks_for_no_agreement_is_fetched_at_once(training):
    version = published(factories.ResourceFactory(programme=training.programme))

    custody.acknowledge(version.pk, training.pk, typed_name="Fay Facilitator", now=NOW)
    custody.fetch(version.pk, training.pk, now=NOW)

    assert not Acknowledgement.objects.exists()
    assert [one.outdated for one in custody.offers(training.facilitator)] == [False]


@pytest.mark.parametrize("why", ["left", "elsewhere", "older", "draft", "not offered"])
def test_only_what_is_offered_is_fetched(training, handbook, why):
    version = published(handbook)
    if why == "left":
        Training.objects.update(ended_on=NOW.date(), ended_reason="A new post")
    if why == "elsewhere":
        training = factories.TrainingFactory()
    if why == "older":
        published(handbook, now=LATER)
    if why == "draft":
        version = draft(handbook)
    if why == "not offered":
        Resource.objects.update(offered=False)

    with pytest.raises(Refused, match="not offered any more"):
        custody.fetch(version.pk, training.pk, now=NOW)

    assert not Download.objects.exists()


def test_somebody_with_a_place_fetches_what_is_open_to_them():
    programme = with_a_cohort()
    application = scenarios.confirmed(programme)
    open_to = {name: factories.ResourceFactory(programme=programme, open_to=name) for name in Resource.OpenTo}
    versions = {name: published(one) for name, one in open_to.items()}

    for _ in range(2):
        custody.fetch_placed(versions["placed"].pk, application, now=NOW)

    assert custody.offered_to_placed(application) == [versions["placed"], versions["everyone"]]
    held = Download.objects.get()
    assert (held.holder, held.times) == (application.name, 2)
    assert custody.open_to_everyone(programme) == [versions["everyone"]]
    with pytest.raises(Refused, match="not offered any more"):
        custody.fetch_placed(versions["facilitators"].pk, application, now=NOW)
    application.state = State.WITHDRAWN
    assert custody.offered_to_placed(application) == []


def test_the_number_of_queries_stays(training, handbook):
    published(handbook)

    with CaptureQueriesContext(
        connection,
    ) as few:
        custody.offers(training.facilitator)
    for _ in range(2):
        fetched(published(factories.ResourceFactory(programme=training.programme)), training)
    with CaptureQueriesContext(connection) as many:
        custody.offers(training.facilitator)

    assert (len(few), len(many)) == (4, 4)


# New versions.
def test_a_new_version_tells_exactly_those_who_hold_the_old_one_and_have_sessions_to_come(training, handbook):
    programme = training.programme
    people = {
        name: trained(programme=programme, facilitator=factories.FacilitatorFactory(name=name))
        for name in ("Never Fetched", "All Done", "Waived", "Left", "Observes Only", "Leads Still")
    }
    old = published(handbook)
    for one in [training, *people.values()]:
        if one.facilitator.name != "Never Fetched":
            fetched(old, one)
    factories.FacilitationFactory(programme=programme)
    factories.TopicFactory(programme=programme)
    Commitment.objects.filter(training=people["Leads Still"]).update(kind="evaluate")
    Commitment.objects.filter(training=people["Observes Only"]).update(kind="observe")
    Commitment.objects.filter(training=people["All Done"]).update(met_on=NOW.date())
    commitments.waive(
        people["Waived"].commitments.get().pk, user=reviewer_of(programme), reason="A move", now=NOW
    )
    world.circle(people["Leads Still"])
    Training.objects.filter(pk=people["Left"].pk).update(ended_on=NOW.date(), ended_reason="A new post")
    version = draft(handbook, note="A new chapter.")

    found = publishing.to_tell(version, now=NOW)

    assert [one.facilitator.name for one in found] == ["Fay Facilitator", "Leads Still"]
    seen = publishing.fingerprint(found)
    people_told = publishing.publish(version.pk, seen=seen, user=reviewer_of(programme), now=LATER)
    assert people_told == list(found)
    assert told() == [("Fay Facilitator", "2"), ("Leads Still", "2")]
    mail = Message.objects.filter(event="resource_new_version").first()
    assert (mail.context["said"], mail.context["path"]) == ("A new chapter.", "materials/")
    # Put back what the rows do not say.
    Commitment.objects.filter(training=people["All Done"]).update(met_on=None)
    Commitment.objects.update(kind="deliver")


def test_a_circle_handed_over_or_cancelled_is_no_session_to_come():
    training = world.lead()
    fetched(published(factories.ResourceFactory(programme=training.programme)), training)
    circle = world.circle(training)
    version = draft(Resource.objects.get())
    ahead = list(publishing.to_tell(version, now=NOW))

    circles.cancel(circle.pk, reason="Snow", by="Fay", now=NOW)

    assert ahead == [training]
    assert list(publishing.to_tell(version, now=NOW)) == []
    assert list(publishing.to_tell(version, now=circle.starts_at)) == []


def test_who_fetched_the_new_version_is_listed_no_more(training, handbook):
    fetched(published(handbook), training)
    new = published(handbook, now=LATER)
    before = list(publishing.to_tell(new, now=LATER))

    fetched(new, training, now=LATER)

    assert before == [training]
    assert list(publishing.to_tell(new, now=LATER)) == []


def test_what_somebody_fetched_before_their_training_was_over_is_held_by_the_facilitator():
    programme = with_a_cohort()
    factories.ObligationFactory(programme=programme, kind="deliver")
    handbook = factories.ResourceFactory(programme=programme, open_to="placed")
    version = published(handbook)
    application = scenarios.attended(programme)
    custody.fetch_placed(version.pk, application, now=NOW)
    training = factories.TrainingFactory(programme=programme, application=application)
    commitments.begin(training, now=NOW)

    found = publishing.to_tell(draft(handbook), now=NOW)

    assert list(found) == [training]
    training.facilitator.delete()  # nobody is trained whose application is not complete


def test_a_list_that_has_changed_is_looked_at_again(training, handbook):
    old = published(handbook)
    version = draft(handbook)
    seen = publishing.fingerprint(publishing.to_tell(version, now=NOW))
    fetched(old, training)

    with pytest.raises(Refused, match="has changed since you looked"):
        publishing.publish(version.pk, seen=seen, user=reviewer_of(training.programme), now=NOW)

    assert ResourceVersion.objects.get(pk=version.pk).published_at is None
    assert told() == []


@pytest.mark.django_db(transaction=True)
def test_a_draft_is_replaced_and_thrown_away_with_its_file(training, handbook):
    first = draft(handbook, text=b"%PDF-one")
    second = draft(handbook, text=b"%PDF-two", note=" Better ")

    kept = default_storage.listdir("resources")[1]
    assert (first.pk, second.number, second.note) == (second.pk, 1, "Better")
    assert [f"resources/{name}" for name in kept] == [second.file.name]
    publishing.throw_away(second.pk, user=reviewer_of(training.programme))
    assert default_storage.listdir("resources")[1] == []
    assert not ResourceVersion.objects.exists()


def test_what_is_published_stays(training, handbook):
    version = published(handbook)
    user = reviewer_of(training.programme)

    with pytest.raises(Refused, match="This version is published"):
        publishing.throw_away(version.pk, user=user)
    with pytest.raises(Refused, match="This version is published"):
        publishing.publish(version.pk, seen="", user=user, now=NOW)

    assert version.published_by is not None
    assert version.wording == COPYRIGHT


def test_a_viewer_publishes_nothing(training, handbook):
    version = draft(handbook)
    viewer = factories.AcademyMemberFactory(academy=training.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        publishing.publish(version.pk, seen=publishing.fingerprint([]), user=viewer, now=NOW)

    assert ResourceVersion.objects.get().published_at is None
