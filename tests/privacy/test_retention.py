"""What is kept for long enough goes at night, by programme and outcome; and what is held, needed or running stays."""

import datetime

import pytest
from axes.models import AccessAttempt
from django.contrib.sessions.models import Session

from applications.models import Application, NominationLead, Nominee, State
from facilitators.domain.people import pauses
from facilitators.models import Booking, Facilitator, Training
from programmes.domain import importing, integrity, outbox
from programmes.domain.privacy import notice, others, people, reporting, retention
from programmes.models import (
    Hold,
    ImportFile,
    Invitation,
    Message,
    NominationAllowance,
    Programme,
    RetentionReport,
    SignIn,
)
from programmes.models.privacy import Keeping
from programmes.tasks import make_anonymous
from tests import factories, scenarios
from tests.facilitators.delivering import LATER
from tests.factories import NOW
from tests.invariants import OF_THE_CLOCK
from tests.privacy import seeding

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
YEARS = LATER + datetime.timedelta(days=25 * 365)


def found(now: datetime.datetime) -> dict[str, int]:
    """What is due at a moment, by outcome."""
    return {count.outcome.key: len(count.due) for count in retention.due(now) if count.due}


def ran(now: datetime.datetime) -> dict[str, tuple[int, int]]:
    """What a run took away and left for a hold, by outcome."""
    report = retention.run(now, started_by="A test")
    return {one["outcome"]: (one["gone"], one["held"]) for one in report.counts if one["gone"] or one["held"]}


def named() -> list[str]:
    """The addresses of the applications that are not anonymous."""
    rows = Application.objects.exclude(email__endswith="@removed.invalid")
    return sorted(rows.values_list("email", flat=True))


def test_nothing_is_left_of_somebody_whose_time_is_over(django_capture_on_commit_callbacks):
    seeding.person(seeding.programme())
    unwritten = seeding.name_them_everywhere()
    seeding_of = len(seeding.traces())
    with django_capture_on_commit_callbacks(execute=True):
        others.throw_away(YEARS)
        retention.run(YEARS, started_by="A test")
        again = ran(YEARS)

    assert (unwritten, seeding_of > 100) == ([], True)
    assert seeding.traces() == []
    assert again == {}


def test_every_figure_stays(django_capture_on_commit_callbacks):
    seeding.person(seeding.programme())
    before = seeding.figures()
    wrong = integrity.broken(LATER, leaving_out=OF_THE_CLOCK)

    with django_capture_on_commit_callbacks(execute=True):
        retention.run(YEARS, started_by="A test")

    after = seeding.figures()
    changed = {label for label in before if before[label] != after[label]}
    assert changed == {"programmes.Message", "programmes.RetentionReport"}
    assert integrity.broken(LATER, leaving_out=OF_THE_CLOCK) == wrong


@pytest.mark.parametrize(
    ("state", "outcome", "field", "value"),
    [
        (State.DRAFT, "draft", "keep_drafts_days", 30),
        (State.WITHDRAWN, "withdrawn", "keep_withdrawn_months", 1),
        (State.UNSUCCESSFUL, "unplaced", "keep_unplaced_months", 1),
        (State.NOT_SUPPORTED, "unplaced", "keep_unplaced_months", 1),
        (State.DECLINED, "unplaced", "keep_unplaced_months", 1),
        (State.LAPSED, "unplaced", "keep_unplaced_months", 1),
        (State.COMPLETED, "trained", "keep_trained_months", 1),
        (State.ATTENDED, "trained", "keep_trained_months", 1),
        (State.DID_NOT_COMPLETE, "trained", "keep_trained_months", 1),
    ],
)
def test_each_outcome_is_kept_as_long_as_the_programme_says(state, outcome, field, value):
    programme = factories.ProgrammeFactory(**{field: value})
    application = factories.ApplicationFactory(
        programme=programme, state=state, state_since=NOW, submitted_at=NOW, created_at=NOW
    )
    Application.objects.update(changed_at=NOW)
    # 5 October, noon in England; a month later the clocks have gone back.
    last = NOW + (30 * DAY if state == State.DRAFT else 31 * DAY + datetime.timedelta(hours=1))

    assert found(last) == {}
    assert found(last + datetime.timedelta(seconds=1)) == {outcome: 1}
    assert ran(last + DAY) == {outcome: (1, 0)}
    application.refresh_from_db()
    assert (application.state, named()) == (state, [])


@pytest.mark.parametrize("state", [state for state in State if state not in (State.DRAFT, State.WITHDRAWN)])
def test_what_goes_on_is_never_due_and_said_to_staff(state):
    programme = factories.ProgrammeFactory(title="Circles")
    live = state in (
        *(State.AWAITING_APPROVAL, State.RESERVE, State.UNDER_REVIEW, State.MORE_INFORMATION),
        *(State.SHORTLISTED, State.WAITLISTED, State.OFFERED, State.CONFIRMED),
    )
    factories.ApplicationFactory(
        programme=programme, state=state, state_since=NOW, submitted_at=NOW, reserve_since=NOW
    )

    assert bool(found(YEARS)) is not live
    assert reporting.never_ended([programme], YEARS) == ([("Circles", 1)] if live else [])


def test_a_draft_is_kept_while_it_is_written():
    programme = seeding.programme()
    draft = scenarios.filled_in(programme)
    Application.objects.update(changed_at=NOW)
    answer = draft.answers.all()[0]
    answer.value = "Written later"
    answer.save()
    history = type(answer).history.filter(id=answer.pk).latest("pk")
    history.history_date = NOW + 80 * DAY
    history.save()

    assert found(NOW + 100 * DAY) == {}
    assert found(NOW + 171 * DAY)["draft"] == 1


def test_a_hold_keeps_what_is_due_until_it_is_lifted():
    programme = factories.ProgrammeFactory()
    for address in ("held@example.org", "due@example.org"):
        factories.ApplicationFactory(
            programme=programme, state=State.WITHDRAWN, state_since=NOW, email=address, submitted_at=NOW
        )
    hold = factories.HoldFactory(academy=programme.academy, address="Held@example.org")
    factories.HoldFactory(address="due@example.org")  # another academy's

    first, left = ran(YEARS), named()
    Hold.objects.filter(pk=hold.pk).update(lifted_at=YEARS, lifted_reason="Settled")

    assert (first, left) == ({"withdrawn": (1, 1)}, ["held@example.org"])
    assert ran(YEARS) == {"withdrawn": (1, 0)}
    assert named() == []


def test_the_training_of_a_facilitator_is_kept_as_long_as_they_are_in_the_register():
    programme = seeding.programme()
    done = scenarios.completed(programme, email="fay@example.org", name="Fay Facilitator")
    kept = ran(YEARS)
    # Nobody lapses here: they have to leave.
    pauses.leave(done.training.pk, reason="Moved", user=None, now=LATER)

    assert "trained" not in kept
    assert found(LATER + 700 * DAY).get("register") is None
    gone = ran(YEARS)
    assert (gone["register"], gone["trained"]) == ((1, 0), (1, 0))
    assert (Facilitator.objects.get().name, named()) == ("Name removed", [])


def test_who_is_trained_in_two_programmes_stays_as_long_as_either_keeps_them():
    short, long = (factories.ProgrammeFactory(keep_register_months=months) for months in (12, 36))
    person = factories.FacilitatorFactory()
    for programme in (short, long):
        factories.TrainingFactory(programme=programme, facilitator=person)

    def left(programme):
        Training.objects.filter(programme=programme).update(ended_on=NOW.date(), ended_reason="Moved")

    left(short)
    one_left = found(NOW + 4000 * DAY)
    left(long)

    assert one_left == {}
    assert [found(NOW + days * DAY) for days in (367, 1095, 1098)] == [{}, {}, {"register": 1}]


def test_who_has_lapsed_counts_as_having_left():
    training = factories.TrainingFactory()
    Training.objects.update(lapses_on=NOW.date())

    assert found(NOW + 729 * DAY) == {}
    assert found(NOW + 732 * DAY) == {"register": 1}
    assert training.programme.keep_register_months == 24


def test_bookings_nominees_and_leads_go():
    circle = factories.CircleFactory()
    factories.BookingFactory(circle=circle)
    factories.BookingFactory(circle=circle, state="walked_in", seat_number=None, email="")
    nominee = factories.NomineeFactory()
    allowance = NominationAllowance.objects.get()
    allowance.programme.closes_at = NOW
    allowance.programme.save()
    for revoked in (None, NOW):
        NominationLead.objects.create(
            allowance=allowance,
            name=f"Lee Lead {revoked}",
            email=f"{bool(revoked)}@example.org",
            invited_at=NOW,
            last_sent_at=NOW,
            revoked_at=revoked,
        )

    gone = ran(YEARS)

    assert gone == {"booking": (2, 0), "nominee": (1, 0), "lead": (2, 0)}
    assert set(Booking.objects.values_list("name", flat=True)) == {"Name removed"}
    assert Nominee.objects.get(pk=nominee.pk).email == f"removed-nominee-{nominee.pk}@removed.invalid"
    assert found(YEARS) == {}


def test_the_text_of_mails_goes_but_not_of_who_is_on_hold():
    programme = seeding.programme()
    held = scenarios.submitted(programme, email="held@example.org")
    scenarios.submitted(programme, email="sam@example.org")
    Message.objects.filter(about=held.about).update(to_address="manager@example.org")
    outbox.send_due(NOW)
    factories.HoldFactory(academy=programme.academy, address="held@example.org")

    gone = ran(NOW + 366 * DAY)["mail"]

    with_text = Message.objects.exclude(context={}, attachments=[])
    assert gone[0] > 1
    assert set(with_text.values_list("about", flat=True)) >= {held.about}
    assert not with_text.filter(to_address="sam@example.org").exists()
    assert Message.objects.filter(to_address="sam@example.org", sent_text="[removed]", subject="[removed]")
    assert "mail" not in ran(NOW + 366 * DAY)


def test_what_is_of_no_programme_goes_as_the_setting_says(settings):
    settings.KEEP_OTHER_MONTHS = 1
    factories.InvitationFactory(name="Ivy Invited", expires_at=NOW)
    factories.InvitationFactory(accepted_at=NOW, expires_at=NOW, accepted_by=factories.UserFactory())
    factories.HoldFactory(lifted_at=NOW, lifted_reason="Settled")
    SignIn.objects.create(user=factories.UserFactory(), session_key="x", signed_in_at=NOW, ended_at=NOW)
    AccessAttempt.objects.create(
        username="x", failures_since_start=1, get_data="", post_data="", path_info="/"
    )
    AccessAttempt.objects.update(attempt_time=NOW)

    gone = ran(NOW + 40 * DAY)

    assert gone == {"accessattempt": (1, 0), "sign_in": (1, 0), "hold": (1, 0), "invitation": (1, 0)}
    assert set(Invitation.objects.values_list("name", flat=True)) >= {"Name removed"}
    assert (SignIn.objects.count(), AccessAttempt.objects.count()) == (0, 0)
    assert found(NOW + 40 * DAY) == {}


def test_a_second_worker_finds_nothing_left(monkeypatch):
    programme = factories.ProgrammeFactory()
    factories.ApplicationFactory(programme=programme, state="withdrawn", state_since=NOW, submitted_at=NOW)
    [count] = retention.due(YEARS)

    first = retention._carry_out(count.outcome, count.programme, count.due, YEARS)
    second = retention._carry_out(count.outcome, count.programme, count.due, YEARS)

    assert (first, second) == (1, 0)


def test_a_large_night_goes_in_batches(monkeypatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    monkeypatch.setattr(people, "_AT_ONCE", 1)
    programme = factories.ProgrammeFactory()
    for number in range(5):
        factories.ApplicationFactory(
            programme=programme,
            state="withdrawn",
            state_since=NOW,
            submitted_at=NOW,
            name=f"Sam Sent{number}",
        )

    assert ran(YEARS) == {"withdrawn": (5, 0)}
    assert named() == []


def test_what_somebody_else_is_still_known_by_is_not_taken_out_of_texts():
    programme = factories.ProgrammeFactory()
    for state, since in (("withdrawn", NOW), ("shortlisted", NOW)):
        factories.ApplicationFactory(
            programme=programme,
            state=state,
            state_since=since,
            email="sam@example.org",
            name="Sam Staying",
            submitted_at=NOW,
        )
    allowance = factories.NominationAllowanceFactory(reason="Sam Staying (sam@example.org)", allowed=1)

    ran(YEARS)

    allowance.refresh_from_db()
    assert allowance.reason == "Sam Staying (sam@example.org)"
    assert named() == ["sam@example.org"]


def test_each_academy_is_told_once_a_day_of_what_went_and_what_is_due():
    programme = factories.ProgrammeFactory(title="Circles", academy__name="Downs Academy")
    factories.ProgrammeFactory()
    for state, since in (("withdrawn", NOW), ("declined", YEARS - 360 * DAY)):
        factories.ApplicationFactory(programme=programme, state=state, state_since=since, submitted_at=NOW)

    report = reporting.run_and_tell(YEARS, started_by="A test")
    reporting.run_and_tell(YEARS, started_by="A test")

    [mail] = Message.objects.filter(event="retention_report")
    assert mail.to_address == programme.academy.contact_email
    assert mail.context["gone"] == "Withdrawn applications of Circles: 1"
    assert mail.context["ahead"] == "Applications that led to no place of Circles: 1"
    assert reporting.summary(report).startswith("1 record made anonymous, 0 kept by a hold, in ")
    assert reporting.rows_of(report, [programme])[0].said == "Withdrawn applications of Circles: 1"
    assert len(reporting.last_reports()) == 2


def test_the_nightly_job_throws_old_sessions_and_files_away_and_drops_old_reports():
    Session.objects.create(session_key="old", session_data="x", expire_date=NOW)
    user = factories.UserFactory()
    importing.keep_file(
        ImportFile.Kind.NOMINEES, name="a.csv", content=b"x", user=user, now=NOW - datetime.timedelta(days=99)
    )
    RetentionReport.objects.create(started_at=NOW - 5000 * DAY, seconds=1, started_by="Before")

    assert make_anonymous() == 0
    assert (Session.objects.count(), ImportFile.objects.count()) == (0, 0)
    assert list(RetentionReport.objects.values_list("started_by", flat=True)) == ["The nightly job"]


def test_rows_of_a_report_say_what_a_hold_keeps_and_what_is_of_no_programme():
    programme = factories.ProgrammeFactory(title="Circles")
    counts = [
        {"programme": programme.pk, "outcome": "draft", "gone": 2, "held": 1},
        {"programme": None, "outcome": "gone-by-now", "gone": 3, "held": 0},
    ]
    report = RetentionReport(counts=counts)

    assert [row.said for row in reporting.rows_of(report, [programme])] == [
        "Drafts never submitted of Circles: 2 (1 more kept by a hold)"
    ]
    assert [row.said for row in reporting.of_no_programme(report)] == ["gone-by-now: 3"]
    assert str(RetentionReport(started_at=NOW)) == "Retention of 05 October 2026, 12:00"


def test_the_notice_says_how_long_each_thing_is_kept():
    programme = Programme(keep_drafts_days=1, keep_withdrawn_months=7)

    said = dict(notice.how_long(programme))

    assert said["An application that you never submitted"] == "1 day after you last changed it"
    assert said["An application that you withdrew"] == "7 months after that"
    assert len(said) == len(Keeping._meta.fields) + 1


@pytest.mark.parametrize(("months", "day"), [(1, "2027-02-28"), (13, "2026-02-28"), (3, "2026-12-31")])
def test_a_month_before_the_end_of_a_longer_month_is_its_last_day(months, day):
    programme = Programme(keep_withdrawn_months=months)

    before = retention.cut_off(
        "keep_withdrawn_months", programme, datetime.datetime(2027, 3, 31, 12, tzinfo=datetime.UTC)
    )

    assert before.date().isoformat() == day
