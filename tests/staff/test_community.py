"""Handbooks, notices, implementation sessions and action learning sets as staff have them."""

import datetime

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from facilitators.domain import commitments
from facilitators.domain.community import learning_sets
from facilitators.domain.community.meetings import When
from facilitators.models import (
    Download,
    ImplementationSession,
    LearningSet,
    Notice,
    Participation,
    Resource,
    ResourceVersion,
)
from programmes.models import Message
from tests import factories
from tests.facilitators.handbooks import COPYRIGHT, draft, fetched, published
from tests.factories import NOW

HOUR = datetime.timedelta(hours=1)


@pytest.fixture(autouse=True)
def storage_of_its_own(settings):
    """No test sees the files of another."""
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def fay(desk):
    factories.ObligationFactory(programme=desk.programme, key="attend", kind="attend", at_least=1)
    factories.ObligationFactory(programme=desk.programme, key="deliver", kind="deliver")
    ics = factories.IntegratedCareSystemFactory(name="Home")
    training = factories.TrainingFactory(
        programme=desk.programme,
        facilitator__name="Fay Facilitator",
        facilitator__email="fay@example.org",
        facilitator__ics=ics,
    )
    commitments.begin(training, now=NOW)
    return training


@pytest.fixture
def handbook(desk):
    return factories.ResourceFactory(programme=desk.programme, acknowledgement=COPYRIGHT)


def text_of(response):
    return " ".join(response.content.decode().split())


def verb(record, name):
    return reverse(f"admin:facilitators_{record._meta.model_name}_verb", args=[record.pk, name])


def page(record):
    return reverse(f"admin:facilitators_{record._meta.model_name}_change", args=[record.pk])


def pdf(name="handbook.pdf", content=b"%PDF-1"):
    return SimpleUploadedFile(name, content)


# Handbooks.
def test_a_new_version_is_a_draft_and_then_told_to_those_on_the_list(desk, reviewer, fay, handbook):
    fetched(published(handbook), fay)
    kept = reviewer.post(
        verb(handbook, "new-version"), {"file": pdf(), "note": "A new chapter."}, follow=True
    )
    shown = reviewer.get(verb(handbook, "publish"))

    done = reviewer.post(
        verb(handbook, "publish"), {"seen": shown.context["form"].initial["seen"]}, follow=True
    )

    assert "Version 2 is a draft." in text_of(kept)
    assert "Fay Facilitator, fay@example.org" in text_of(shown)
    assert "Version 2 is published. 1 facilitator is told by mail." in text_of(done)
    assert Message.objects.get(event="resource_new_version").to_address == "fay@example.org"
    version = ResourceVersion.objects.get(number=2)
    assert version.history.first().history_user == desk.staff["reviewer"]
    file = reviewer.get(reverse("admin:facilitators_resource_file", args=[handbook.pk, 2]))
    assert b"".join(file) == b"%PDF-1"
    missing = reverse("admin:facilitators_resource_file", args=[handbook.pk, 3])
    assert reviewer.get(missing).status_code == 404


def test_where_the_list_has_changed_it_is_shown_anew_and_can_then_be_published(reviewer, fay, handbook):
    old = published(handbook)
    draft(handbook)
    seen = reviewer.get(verb(handbook, "publish")).context["form"].initial["seen"]
    fetched(old, fay)

    again = reviewer.post(verb(handbook, "publish"), {"seen": seen})
    fresh = again.context["form"].data["seen"]
    reviewer.post(verb(handbook, "publish"), {"seen": fresh})

    assert "has changed since you looked" in text_of(again)
    assert "Fay Facilitator, fay@example.org" in text_of(again)
    assert ResourceVersion.objects.get(number=2).published_at is not None


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ({}, "Choose the file of the new version."),
        ({"file": ("handbook.exe", b"MZ")}, "is not"),
        ({"file": ("handbook.pdf", b"MZ")}, "is not a .pdf file, although its name says so"),
    ],
)
def test_a_file_of_another_kind_is_not_kept(reviewer, handbook, file, said):
    sent = {name: pdf(*given) for name, given in file.items()}

    response = reviewer.post(verb(handbook, "new-version"), sent)

    assert said in text_of(response)
    assert not ResourceVersion.objects.exists()


def test_a_draft_is_thrown_away_and_without_one_nothing_is_published(reviewer, handbook):
    draft(handbook)

    reviewer.post(verb(handbook, "throw-away"))

    assert not ResourceVersion.objects.exists()
    assert "There is no draft to publish." in text_of(reviewer.get(verb(handbook, "publish")))
    assert "There is no draft." in text_of(reviewer.get(verb(handbook, "throw-away")))
    links = text_of(reviewer.get(page(handbook)))
    assert "New version" in links
    assert "Publish the draft" not in links


def test_only_facilitators_are_asked_to_agree(desk):
    said = {
        "programme": desk.programme.pk,
        "title": "Leaflet",
        "key": "leaflet",
        "open_to": "everyone",
        "acknowledgement": COPYRIGHT,
        "position": "0",
        "offered": "on",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    administrator = desk.client("administrator")

    refused = administrator.post(reverse("admin:facilitators_resource_add"), said)
    administrator.post(reverse("admin:facilitators_resource_add"), {**said, "acknowledgement": ""})

    assert "Only facilitators are asked to agree." in text_of(refused)
    made = Resource.objects.get()
    assert made.title == "Leaflet"
    assert "Public page" in text_of(administrator.get(page(made)))


def test_the_list_of_holders_says_by_what_name_they_agreed_and_is_exported(desk, fay, handbook):
    fetched(published(handbook), fay)
    viewer = desk.client("viewer")
    address = reverse("admin:facilitators_download_changelist")

    listed = text_of(viewer.get(address, {"resource": handbook.pk, "to_come": "yes"}))
    one = text_of(viewer.get(page(Download.objects.get())))
    exported = viewer.post(
        reverse("admin:facilitators_download_export"),
        {"kind": "csv", "columns": ["who", "agreed_as", "number"]},
    )

    assert "fay@example.org" in listed
    assert "Fay Facilitator" in one
    assert b"Who,Version,Agreed as\r\nFay Facilitator,1,Fay Facilitator\r\n" in b"".join(exported)


def test_the_lists_keep_their_number_of_queries(desk, fay, handbook):
    viewer = desk.client("viewer")
    models = ("resource", "download", "notice", "implementationsession", "learningset")
    session = factories.ImplementationSessionFactory(programme=desk.programme)
    learning_set = factories.LearningSetFactory(programme=desk.programme)

    def more(number):
        training = factories.TrainingFactory(programme=desk.programme)
        fetched(published(factories.ResourceFactory(programme=desk.programme)), training)
        factories.NoticeFactory(author=training)
        factories.ImplementationSessionFactory(programme=desk.programme)
        session.guests.create(training=training, invited_at=NOW)
        factories.LearningSetFactory(programme=desk.programme)
        learning_set.members.create(training=training, added_at=NOW)

    def counted():
        found = {}
        for model in models:
            with CaptureQueriesContext(connection) as queries:
                viewer.get(reverse(f"admin:facilitators_{model}_changelist"))
            found[model] = len(queries)
        return found

    more(1)
    counted()
    few = counted()
    more(2)
    more(3)

    assert counted() == few


# The noticeboard.
def test_a_notice_is_read_published_and_taken_down(desk, reviewer, fay):
    notice = factories.NoticeFactory(author=fay, title="Role plays", text="What worked?")
    home = text_of(reviewer.get(reverse("admin:index")))
    asked = text_of(reviewer.get(verb(notice, "publish")))
    reviewer.post(verb(notice, "publish"))
    published_state = Notice.objects.get().state

    empty = reviewer.post(verb(notice, "take-down"), {"reason": ""})
    reviewer.post(verb(notice, "take-down"), {"reason": "It names somebody"})

    assert "notice to read for the noticeboard" in home
    assert "What worked?" in asked
    assert published_state == "published"
    assert "Enter the reason." in text_of(empty)
    kept = Notice.objects.get()
    assert (kept.state, kept.reason, kept.decided_by) == (
        "taken_down",
        "It names somebody",
        desk.staff["reviewer"],
    )
    assert Message.objects.filter(event="notice_taken_down").count() == 1
    assert "Do not show</a>" not in text_of(reviewer.get(page(notice)))
    assert reviewer.get(verb(notice, "burn")).status_code == 404


# Implementation sessions.
def arranged(reviewer, fay):
    day = {"day": "2026-11-03", "starts": "10:00", "ends": "12:00", "how": "online", "joining_link": ""}
    said = {"programme": fay.programme_id, "ics": fay.facilitator.ics_id, **day, "place": ""}
    with time_machine.travel(NOW, tick=False):
        response = reviewer.post(reverse("admin:facilitators_implementationsession_add"), said, follow=True)
    return text_of(response), said


def test_a_session_is_set_up_changed_registered_and_written_down(desk, reviewer, fay):
    said, given = arranged(reviewer, fay)
    session = ImplementationSession.objects.get()
    with time_machine.travel(NOW, tick=False):
        too_soon = text_of(reviewer.get(verb(session, "register")))
        moved = {**given, "how": "place", "place": "Town Hall, Lewes"}
        reviewer.post(verb(session, "change"), moved)
        nobody = text_of(reviewer.post(verb(session, "invite")))

    with time_machine.travel(session.starts_at + HOUR, tick=False):
        reviewer = desk.client("reviewer")
        shown = text_of(reviewer.get(verb(session, "register")))
        came = text_of(reviewer.post(verb(session, "register"), {"came": [fay.pk]}, follow=True))
        reviewer.post(verb(session, "agree"), {"delivery_model": "Two lead", "agreed_calendar": "May"})
        over = text_of(reviewer.get(verb(session, "cancel")))

    assert "1 facilitator is invited by mail." in said
    assert "This date lies ahead." in too_soon
    assert "invited already" in nobody
    assert "Fay Facilitator" in shown
    assert "1 person came." in came
    assert "This date has begun" in over
    session.refresh_from_db()
    assert (session.place, session.delivery_model, session.agreed_calendar) == (
        "Town Hall, Lewes",
        "Two lead",
        "May",
    )
    assert fay.commitments.get(kind="attend").met_on == session.starts_at.date()
    reviewer = desk.client("reviewer")
    glance = text_of(
        reviewer.get(
            reverse(
                "admin:facilitators_implementationsession_ics", args=[session.programme_id, session.ics_id]
            )
        )
    )
    assert "Fay Facilitator" in glance
    assert "Months without a circle" in glance


def test_a_session_is_cancelled_with_a_reason(reviewer, fay):
    arranged(reviewer, fay)
    session = ImplementationSession.objects.get()

    with time_machine.travel(NOW, tick=False):
        reviewer.post(verb(session, "cancel"), {"reason": "Snow"})
        links = text_of(reviewer.get(page(session)))

    session.refresh_from_db()
    assert session.cancelled_reason == "Snow"
    assert "What was agreed</a>" in links
    assert "Register</a>" not in links


# Action learning sets.
def test_a_set_is_set_up_filled_dated_and_registered(desk, reviewer, fay):
    said = {"programme": desk.programme.pk, "name": "Leicester", "about": ""}
    reviewer.post(reverse("admin:facilitators_learningset_add"), said)
    learning_set = LearningSet.objects.get()
    date = {"day": "2026-11-03", "starts": "10:00", "ends": "12:00", "how": "online"}
    with time_machine.travel(NOW, tick=False):
        wrong = text_of(reviewer.post(verb(learning_set, "put-in"), {"emails": "nobody@example.org"}))
        reviewer.post(verb(learning_set, "put-in"), {"emails": "fay@example.org\n\n"})
        added = text_of(reviewer.post(verb(learning_set, "add-date"), date, follow=True))
        links = text_of(reviewer.get(page(learning_set)))
    meeting = learning_set.meetings.get()
    address = reverse("admin:facilitators_learningset_date", args=[learning_set.pk, meeting.pk, "register"])

    with time_machine.travel(meeting.starts_at, tick=False):
        reviewer = desk.client("reviewer")
        came = text_of(reviewer.post(address, {"came": [fay.pk]}, follow=True))
        ticked = text_of(reviewer.get(address))
        reviewer.post(verb(learning_set, "let-go"), {"training": fay.pk})

    reviewer = desk.client("reviewer")
    assert "Nobody with the address nobody@example.org" in wrong
    assert "The dates span less than 3 months." in added
    assert 'Cancel<span class="visually-hidden">: Tuesday 3 November 2026, 10am to midday<' in links
    assert "1 person came." in came
    assert "<p>1 person came</p>" in came
    assert "checked" in ticked
    assert Participation.objects.get().source == f"action_learning:{meeting.pk}"
    assert learning_set.members.get().left_at is not None
    assert "Nobody is in the set." in text_of(reviewer.get(verb(learning_set, "let-go")))
    assert reviewer.get(address.replace("/register/", "/burn/")).status_code == 404


def test_a_date_of_a_set_is_cancelled(desk, reviewer, fay):
    learning_set = factories.LearningSetFactory(programme=desk.programme)
    when = When(NOW + HOUR, NOW + 2 * HOUR)
    [meeting] = learning_sets.add_dates(learning_set.pk, [when], user=desk.staff["reviewer"], now=NOW)
    address = reverse(
        "admin:facilitators_learningset_date", args=[learning_set.pk, meeting.pk, "cancel-date"]
    )

    with time_machine.travel(NOW, tick=False):
        reviewer.post(address, {"reason": "Snow"})
        shown = text_of(reviewer.get(page(learning_set)))

    meeting.refresh_from_db()
    assert meeting.cancelled_reason == "Snow"
    assert "Cancelled: Snow" in shown
    assert address not in shown


def test_viewers_read_the_dates_of_a_set_and_change_nothing(desk, fay):
    learning_set = factories.LearningSetFactory(programme=desk.programme)
    viewer = desk.client("viewer")
    without = text_of(viewer.get(page(learning_set)))
    when = When(NOW + HOUR, NOW + 2 * HOUR)
    learning_sets.add_dates(learning_set.pk, [when], user=desk.staff["reviewer"], now=NOW)

    shown = text_of(viewer.get(page(learning_set)))

    assert "It has no dates yet." in without
    assert "Monday 5 October 2026" in shown
    assert "/dates/" not in shown


def test_a_viewer_is_shown_nothing_to_do(desk, fay, handbook):
    learning_set = factories.LearningSetFactory(programme=desk.programme)
    learning_set.meetings.create(starts_at=NOW, ends_at=NOW + HOUR)
    viewer = desk.client("viewer")

    shown = [text_of(viewer.get(page(one))) for one in (handbook, learning_set)]

    assert "Who holds it" in shown[0]
    for page_of_one in shown:
        assert "/do/" not in page_of_one
        assert "/dates/" not in page_of_one
