"""Materials, noticeboard, planning session and ICS on the facilitators' own pages; and what others may fetch."""

import datetime
import re
import uuid
from html import unescape

import pytest
import time_machine

from facilitators.domain.community import digest, implementation, noticeboard
from facilitators.domain.community.meetings import When
from facilitators.domain.people import register
from facilitators.models import Acknowledgement, Download, Notice, Training
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.facilitators.handbooks import COPYRIGHT, published
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def noon(settings):
    settings.STORAGES = {**settings.STORAGES}  # no test sees the files of another
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def fay():
    ics = factories.IntegratedCareSystemFactory(name="Home")
    return factories.TrainingFactory(
        programme__published=True, facilitator__name="Fay Facilitator", facilitator__ics=ics
    )


@pytest.fixture
def cora(fay):
    return factories.TrainingFactory(
        programme=fay.programme, facilitator__name="Cora Colleague", facilitator__ics=fay.facilitator.ics
    )


def door(training):
    return f"/facilitator/{links.token_of(register.link_for(training.facilitator, now=NOW))}/"


def text_of(response):
    body = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


# Materials.
def test_the_handbook_is_agreed_to_by_name_and_then_downloaded(client, fay):
    version = published(factories.ResourceFactory(programme=fay.programme, acknowledgement=COPYRIGHT))
    address = f"{door(fay)}materials/{version.pk}/"
    listed = text_of(client.get(f"{door(fay)}materials/"))
    asked = client.get(address)
    too_soon = client.post(address, follow=True)
    empty = client.post(address, {"agree": "1", "typed_name": " "})

    agreed = client.post(address, {"agree": "1", "typed_name": "Fay Facilitator"}, follow=True)
    file = client.post(address)

    assert "Facilitator handbook" in listed
    assert COPYRIGHT in text_of(asked)
    assert "Agree to the copyright first" in too_soon.content.decode()
    assert "Enter your full name" in text_of(empty)
    assert "Download version 1" in text_of(agreed)
    assert COPYRIGHT not in text_of(agreed)
    assert b"".join(file) == b"%PDF-1"
    assert file.headers["Content-Disposition"] == 'attachment; filename="handbook.pdf"'
    assert Acknowledgement.objects.get().typed_name == "Fay Facilitator"
    assert Download.objects.get().training == fay
    assert "You have it" in text_of(client.get(f"{door(fay)}materials/"))


def test_a_look_downloads_nothing_and_strangers_find_nothing(client, fay):
    version = published(factories.ResourceFactory(programme=fay.programme))
    stranger = factories.TrainingFactory()

    client.get(f"{door(fay)}materials/{version.pk}/")
    found = client.post(f"{door(stranger)}materials/{version.pk}/")

    assert found.status_code == 404
    assert not Download.objects.exists()
    assert "There is nothing to download yet." in text_of(client.get(f"{door(stranger)}materials/"))


def test_a_new_version_is_pointed_out_on_ones_own_page(client, fay):
    handbook = factories.ResourceFactory(programme=fay.programme)
    first = published(handbook)
    client.post(f"{door(fay)}materials/{first.pk}/")
    published(handbook)

    assert "New version" in text_of(client.get(door(fay)))
    assert "You have version 1." in text_of(client.get(f"{door(fay)}materials/"))


def test_a_file_that_is_gone_is_not_there(client, fay):
    version = published(factories.ResourceFactory(programme=fay.programme))
    version.file.storage.delete(version.file.name)

    assert client.post(f"{door(fay)}materials/{version.pk}/").status_code == 404


def test_somebody_with_a_place_downloads_by_their_own_link(client):
    programme = factories.ProgrammeFactory(limited=True, total_places=30)
    factories.SessionFactory(cohort=factories.CohortFactory(programme=programme, maximum=20))
    factories.ApprovalStepFactory(programme=programme)
    application = scenarios.confirmed(programme)
    version = published(
        factories.ResourceFactory(programme=programme, open_to="placed", title="Reading list")
    )
    link = links.mint(Link.Opens.APPLICATION, application.pk, sent_to=application.email, now=NOW)
    address = f"/my/{links.token_of(link)}/materials/"

    own = text_of(client.get(address.removesuffix("materials/")))
    page = client.get(address)
    file = client.post(address, {"version": version.pk})

    assert "Download the materials of the programme" in own
    assert "Download Reading list" in text_of(page)
    assert b"".join(file) == b"%PDF-1"
    assert Download.objects.get().application == application
    assert client.post(address, {"version": "0"}).status_code == 404


def test_the_public_downloads_what_is_open_to_everyone_and_nothing_else(client, fay):
    programme = fay.programme
    published(
        factories.ResourceFactory(programme=programme, key="leaflet", title="Leaflet", open_to="everyone")
    )
    published(factories.ResourceFactory(programme=programme, key="handbook"))

    page = text_of(client.get(f"/programmes/{programme.slug}/materials/"))
    file = client.get(f"/programmes/{programme.slug}/materials/leaflet/")

    assert "Leaflet" in page
    assert "handbook" not in page
    assert b"".join(file) == b"%PDF-1"
    assert client.get(f"/programmes/{programme.slug}/materials/handbook/").status_code == 404
    assert not Download.objects.exists()


# The noticeboard.
def posted(training, **values):
    post = noticeboard.write(
        training.pk,
        **{"title": "Role plays", "text": "What worked?", "sent_as": uuid.uuid4(), "now": NOW} | values,
    )
    return noticeboard.publish(post.pk, user=reviewer_of(training.programme), now=NOW)


def test_a_post_waits_for_staff_and_its_author_sees_that(client, fay, cora):
    address = f"{door(fay)}noticeboard/"
    said = {"title": "Role plays", "text": "What worked?", "sent_as": str(uuid.uuid4())}
    empty = client.post(f"{address}write/", {"sent_as": said["sent_as"]})

    response = client.post(f"{address}write/", said, follow=True)
    client.post(f"{address}write/", said)

    assert "Enter a title, in a few words" in text_of(empty)
    assert "The academy reads it first" in response.content.decode()
    assert "Role plays To be read by staff" in text_of(client.get(address))
    assert "Role plays" not in text_of(client.get(f"{door(cora)}noticeboard/"))
    assert Notice.objects.get().author == fay


def test_a_colleague_reads_replies_and_withdraws(client, fay, cora):
    post = posted(fay)
    address = f"{door(cora)}noticeboard/{post.pk}/"
    listed = text_of(client.get(f"{door(cora)}noticeboard/"))
    read = text_of(client.get(address))

    client.post(address, {"text": "Mine did", "sent_as": str(uuid.uuid4())})
    reply = Notice.objects.get(reply_to=post)
    asked = client.get(f"{door(cora)}noticeboard/{reply.pk}/withdraw/")
    client.post(f"{door(cora)}noticeboard/{reply.pk}/withdraw/", {"sure": "on"})

    assert "Role plays Fay Facilitator" in listed
    assert "What worked?" in read
    assert "Withdraw what you wrote" in text_of(asked)
    assert Notice.objects.get(pk=reply.pk).state == "withdrawn"
    assert client.get(f"{door(cora)}noticeboard/{post.pk}/withdraw/").status_code == 404
    assert client.get(f"{door(cora)}noticeboard/{reply.pk}/").status_code == 404


def test_somebody_else_s_programme_is_not_read(client, fay):
    stranger = factories.TrainingFactory()
    post = posted(fay)

    assert client.get(f"{door(stranger)}noticeboard/{post.pk}/").status_code == 404
    assert "Role plays" not in text_of(client.get(f"{door(stranger)}noticeboard/"))


def test_of_several_programmes_one_is_chosen(client, fay):
    other = factories.TrainingFactory(facilitator=fay.facilitator)
    said = {"title": "Role plays", "text": "What worked?", "sent_as": str(uuid.uuid4())}

    without = client.post(f"{door(fay)}noticeboard/write/", said)
    client.post(f"{door(fay)}noticeboard/write/", {**said, "training": other.pk})

    assert "For the facilitators of which programme?" in text_of(without)
    assert Notice.objects.get().programme == other.programme


def test_a_refusal_is_said_and_nothing_typed_is_lost(client, fay):
    for _ in range(noticeboard.MOST_WAITING):
        factories.NoticeFactory(author=fay)
    post = factories.NoticeFactory(author=fay, state="published", published_at=NOW)
    said = {"title": "One more", "text": "What I typed", "sent_as": str(uuid.uuid4())}

    written = client.post(f"{door(fay)}noticeboard/write/", said)
    replied = client.post(f"{door(fay)}noticeboard/{post.pk}/", said)

    for page in (written, replied):
        assert "The academy still has to read what you wrote before." in text_of(page)
        assert "What I typed" in page.content.decode()


def test_the_weekly_mail_is_stopped_by_a_form(client, fay):
    address = f"{door(fay)}noticeboard/mail/"
    client.get(address)
    before = digest.wants(fay.facilitator)

    response = client.post(address, {"wanted": "no"}, follow=True)

    assert (before, digest.wants(fay.facilitator)) == (True, False)
    assert "You get no email about the noticeboard." in text_of(response)


def test_who_has_left_finds_an_empty_board(client, fay):
    Training.objects.update(ended_on=NOW.date(), ended_reason="A new post")

    assert "You have left the programmes" in text_of(client.get(f"{door(fay)}noticeboard/"))
    assert "You have left the programmes" in text_of(client.get(f"{door(fay)}ics/"))
    assert client.get(f"{door(fay)}noticeboard/write/").status_code == 404
    assert "Noticeboard" not in text_of(client.get(door(fay)))


# The planning session, and the page of the ICS.
@pytest.fixture
def session(fay, cora):
    when = When(NOW + HOUR, NOW + 3 * HOUR)
    return implementation.arrange(
        fay.programme, fay.facilitator.ics, when, user=reviewer_of(fay.programme), now=NOW
    )


def test_the_invitation_is_answered_by_ones_own_link(client, fay, session):
    address = f"{door(fay)}implementation/{session.pk}/"
    home = text_of(client.get(door(fay)))
    nothing = client.post(address, {"answer": "perhaps"}, follow=True)
    before = session.guests.get(training=fay).answer

    client.post(address, {"answer": "yes"})

    assert "A session to plan together in" in home
    assert "Please answer" in home
    assert "Choose whether you come" in text_of(nothing)
    assert (before, session.guests.get(training=fay).answer) == ("none", "yes")
    assert "Please answer" not in text_of(client.get(door(fay)))
    assert client.get(f"{door(factories.TrainingFactory())}implementation/{session.pk}/").status_code == 404


def test_what_was_agreed_is_read_and_a_cancelled_session_is_not_answered(client, fay, session):
    user = reviewer_of(fay.programme)
    implementation.agree(session.pk, delivery_model="**Two** lead", agreed_calendar="- May", user=user)
    address = f"{door(fay)}implementation/{session.pk}/"
    agreed = client.get(address).content.decode()
    glance = client.get(f"{door(fay)}ics/").content.decode()
    implementation.cancel(session.pk, reason="Snow", user=user, now=NOW)

    page = client.get(address)
    client.post(address, {"answer": "yes"})

    assert "<strong>Two</strong> lead" in agreed
    assert "<strong>Two</strong> lead" in glance
    assert "It is cancelled: Snow" in text_of(page)
    assert "I cannot come" not in text_of(page)
    assert session.guests.get(training=fay).answer == "none"


def test_the_page_of_the_ics_names_only_who_agreed_to_be_shown(client, fay, cora):
    shy = text_of(client.get(f"{door(fay)}ics/"))
    cora.facilitator.in_directory_since = NOW
    cora.facilitator.save()

    page = text_of(client.get(f"{door(fay)}ics/"))

    assert "Fay Facilitator (you)" in shy
    assert "Cora Colleague" not in shy
    assert "1 colleague is not named" in shy
    assert "Cora Colleague" in page
    assert "not named" not in page
    assert "Months without a circle October 2026, November 2026" in page
    assert client.get(f"{door(factories.TrainingFactory())}ics/").status_code == 404
