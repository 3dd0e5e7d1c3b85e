"""The session in which the facilitators of an ICS plan: invited, answered, registered, and what counts by it."""

import datetime
from dataclasses import replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from facilitators.domain.community import ics_page, implementation, meetings
from facilitators.domain.community.meetings import When
from facilitators.models import Guest, Participation, Training
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants
from tests.facilitators.delivering import circle_of, logged, trained
from tests.factories import NOW
from tests.scenarios import reviewer_of

pytestmark = pytest.mark.django_db
HOUR = datetime.timedelta(hours=1)
# Tuesday 3 November 2026, 10am in England.
STARTS = datetime.datetime(2026, 11, 3, 10, tzinfo=datetime.UTC)
WHEN = When(STARTS, STARTS + 2 * HOUR, joining_link="https://meet.example.org/plan")


@pytest.fixture(autouse=True)
def _holds():
    yield
    assert invariants.broken() == []


@pytest.fixture
def ics():
    return factories.IntegratedCareSystemFactory(name="Home")


def facilitator(ics, name, **values):
    return trained(
        kind="attend", at_least=1, facilitator=factories.FacilitatorFactory(name=name, ics=ics), **values
    )


@pytest.fixture
def fay(ics):
    return facilitator(ics, "Fay Facilitator")


@pytest.fixture
def cora(ics, fay):
    return facilitator(ics, "Cora Colleague", programme=fay.programme)


@pytest.fixture
def user(fay):
    return reviewer_of(fay.programme)


@pytest.fixture
def session(ics, fay, cora, user):
    return implementation.arrange(fay.programme, ics, WHEN, user=user, now=NOW)


def told(event):
    return [(mail.to_name, mail.context) for mail in Message.objects.filter(event=event).order_by("pk")]


def guests(session):
    return {row.training.facilitator.name: (row.answer, row.came) for row in session.guests.all()}


def test_the_facilitators_of_the_ics_are_invited_with_a_calendar_file(session, ics, fay):
    elsewhere = factories.IntegratedCareSystemFactory()
    facilitator(elsewhere, "Far Away", programme=fay.programme)

    assert guests(session) == {"Cora Colleague": ("none", None), "Fay Facilitator": ("none", None)}
    names = [name for name, _ in told("implementation_invited")]
    assert names == ["Cora Colleague", "Fay Facilitator"]
    mail = Message.objects.filter(event="implementation_invited").first()
    assert mail.context == {
        "whose": ics.short_name,
        "when": "Tuesday 3 November 2026, 10am to midday",
        "where": "Online: https://meet.example.org/plan",
        "path": f"implementation/{session.pk}/",
    }
    [file] = mail.attachments
    assert "DTSTART;TZID=Europe/London:20261103T100000" in file["text"]
    assert "METHOD:PUBLISH" in file["text"]
    with pytest.raises(Refused, match="invited already"):
        implementation.invite_new(session.pk, user=reviewer_of(fay.programme), now=NOW)


def test_who_is_trained_later_is_invited_then(session, ics, fay, user):
    facilitator(ics, "Nell New", programme=fay.programme)

    found = implementation.invite_new(session.pk, user=user, now=NOW)

    assert [one.facilitator.name for one in found] == ["Nell New"]
    assert [name for name, _ in told("implementation_invited")][-1] == "Nell New"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (When(NOW, NOW + HOUR), "lie ahead"),
        (When(STARTS, STARTS), "later than the start"),
        (When(STARTS, STARTS + HOUR, online=False, place=" "), "Enter the place"),
    ],
)
def test_a_time_and_place_that_cannot_be_are_refused(ics, fay, user, when, said):
    with pytest.raises(Refused, match=said):
        implementation.arrange(fay.programme, ics, when, user=user, now=NOW)

    assert not Guest.objects.exists()


def test_an_ics_without_facilitators_has_nobody_to_invite(fay, user):
    other = factories.IntegratedCareSystemFactory(name="Elsewhere")

    with pytest.raises(Refused, match="there is nobody to invite"):
        implementation.arrange(fay.programme, other, WHEN, user=user, now=NOW)


def test_they_answer_until_it_begins(session, fay, cora):
    implementation.answer(session.pk, fay.pk, comes=True, now=NOW)
    implementation.answer(session.pk, cora.pk, comes=True, now=NOW)

    implementation.answer(session.pk, cora.pk, comes=False, now=NOW + HOUR)

    assert guests(session) == {"Cora Colleague": ("no", None), "Fay Facilitator": ("yes", None)}
    with pytest.raises(Refused, match="has begun"):
        implementation.answer(session.pk, fay.pk, comes=False, now=STARTS)
    with pytest.raises(Refused, match="not invited"):
        implementation.answer(session.pk, factories.TrainingFactory().pk, comes=True, now=NOW)


def test_another_place_is_told_and_asked_anew_and_the_same_changes_nothing(session, fay, user):
    implementation.answer(session.pk, fay.pk, comes=True, now=NOW)
    implementation.change(session.pk, WHEN, user=user, now=NOW)
    before = told("implementation_changed"), guests(session)["Fay Facilitator"]

    moved = replace(WHEN, online=False, place="Town Hall, Lewes", joining_link="https://left.example.org/")
    changed = implementation.change(session.pk, moved, user=user, now=NOW)

    assert before == ([], ("yes", None))
    assert (changed.place, changed.joining_link, changed.sequence) == ("Town Hall, Lewes", "", 1)
    assert guests(session)["Fay Facilitator"] == ("none", None)
    assert [(name, said["where"]) for name, said in told("implementation_changed")] == [
        ("Fay Facilitator", "Town Hall, Lewes"),
        ("Cora Colleague", "Town Hall, Lewes"),
    ]


def test_it_is_not_moved_once_who_came_is_noted(session, fay, user):
    implementation.mark(session.pk, [fay.pk], user=user, now=STARTS - HOUR)

    with pytest.raises(Refused) as refused:
        implementation.change(session.pk, replace(WHEN, online=False, place="Lewes"), user=user, now=NOW)

    assert refused.value.sentence == "Who came to this date is noted already: it cannot be moved any more."
    assert (told("implementation_changed"), type(session).objects.get().sequence) == ([], 0)


def test_cancelled_it_is_taken_out_of_the_calendars(session, fay, user):
    with pytest.raises(Refused, match="Enter the reason"):
        implementation.cancel(session.pk, reason=" ", user=user, now=NOW)

    implementation.cancel(session.pk, reason="Snow", user=user, now=NOW)

    mail = Message.objects.filter(event="implementation_changed").first()
    assert mail.context["said"] == "It is cancelled: Snow"
    assert "METHOD:CANCEL" in mail.attachments[0]["text"]
    for verb in (implementation.mark, implementation.change):
        with pytest.raises(Refused, match="This date is cancelled"):
            verb(session.pk, WHEN if verb is implementation.change else [], user=user, now=STARTS - HOUR)


def test_who_came_has_it_counted_and_a_correction_counts(session, fay, cora, user):
    with pytest.raises(Refused, match="lies ahead"):
        implementation.mark(session.pk, [fay.pk], user=user, now=STARTS - 24 * HOUR)

    first = implementation.mark(session.pk, [fay.pk], user=user, now=STARTS)
    met = [one.commitments.get().met_on for one in (fay, cora)]
    noted = Participation.objects.get()
    second = implementation.mark(session.pk, [cora.pk, fay.pk], user=user, now=STARTS)
    third = implementation.mark(session.pk, [cora.pk], user=user, now=STARTS + HOUR)

    assert (first, second, third) == (1, 2, 1)
    assert met == [STARTS.date(), None]
    assert (noted.kind, noted.source, noted.what) == ("attend", f"implementation:{session.pk}", str(session))
    assert [one.commitments.get().met_on for one in (fay, cora)] == [None, STARTS.date()]
    assert guests(session) == {"Cora Colleague": ("none", True), "Fay Facilitator": ("none", False)}


def test_what_is_noted_follows_its_day(session, fay, user):
    implementation.mark(session.pk, [fay.pk], user=user, now=STARTS)

    meetings.note_who_came(
        {fay.pk: True},
        source=f"implementation:{session.pk}",
        held_on=NOW.date(),
        what="A session",
        user=user,
        now=STARTS,
    )

    noted = Participation.objects.get()
    assert (noted.held_on, noted.what, noted.noted_by) == (NOW.date(), "A session", user)


def test_what_was_agreed_is_kept(session, user):
    kept = implementation.agree(
        session.pk, delivery_model=" **Two** lead ", agreed_calendar="- May\n", user=user
    )

    assert (kept.delivery_model, kept.agreed_calendar) == ("**Two** lead", "- May")


def test_a_viewer_arranges_nothing(ics, fay):
    viewer = factories.AcademyMemberFactory(academy=fay.programme.academy, role="viewer").user

    with pytest.raises(NotAllowed):
        implementation.arrange(fay.programme, ics, WHEN, user=viewer, now=NOW)


# The page of an ICS.
def test_the_page_counts_what_is_the_icss_and_names_the_months_without_a_circle(ics, fay, cora):
    now = datetime.datetime(2026, 11, 20, 12, tzinfo=datetime.UTC)
    december = datetime.datetime(2026, 12, 8, 10, tzinfo=datetime.UTC)
    ahead = circle_of(fay, ics=ics, starts_at=december, ends_at=december + HOUR)
    circle_of(fay, ics=ics, state="cancelled", cancelled_at=NOW, cancelled_reason="Snow")
    logged(fay, "2026-11-02", people={"nhs_trust": 7})
    logged(fay, "2026-11-04", people={"nhs_trust": 5, "charity": 1}, others=[cora.pk])
    elsewhere = facilitator(
        factories.IntegratedCareSystemFactory(name="Elsewhere"), "Far", programme=fay.programme
    )
    logged(elsewhere, "2026-11-04", people={"nhs_trust": 90})

    found = ics_page.glance(fay.programme, ics, now=now)

    assert [one.facilitator.name for one in found.facilitators] == ["Cora Colleague", "Fay Facilitator"]
    assert (found.planned, found.held, found.deliveries, found.reached) == ([ahead], 0, 2, 13)
    assert found.empty == [
        *("November 2026", "January 2027", "February 2027", "March 2027", "April 2027", "May 2027"),
        *("June 2027", "July 2027", "August 2027", "September 2027", "October 2027"),
    ]
    assert found.session is None


def test_a_circle_held_this_month_fills_it(ics, fay, session):
    circle = circle_of(fay, ics=ics)
    type(circle).objects.update(state="held")

    found = ics_page.glance(fay.programme, ics, now=STARTS)

    type(circle).objects.update(state="planned")
    assert found.held == 1
    assert "November 2026" not in found.empty
    assert found.session == session


def test_the_page_of_an_ics_keeps_its_number_of_queries(ics, fay):
    with CaptureQueriesContext(connection) as few:
        ics_page.glance(fay.programme, ics, now=NOW)
    for number in range(3):
        one = facilitator(ics, f"More {number}", programme=fay.programme)
        logged(one, "2026-11-02", people={"nhs_trust": 7})
    with CaptureQueriesContext(connection) as many:
        ics_page.glance(fay.programme, ics, now=NOW)

    assert len(few) == len(many)
    assert Training.objects.count() == 4
