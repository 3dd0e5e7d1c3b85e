"""What a programme needs before it is opened; opening, closing early, taking down; and copying it to a new round."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from applications.models import Application
from cohorts.models import Cohort, Session, Venue
from programmes.domain import catalogue, publishing, readiness, rounds
from programmes.domain.access import NotAllowed
from programmes.domain.readiness import Missing, Step
from programmes.domain.refused import Refused
from programmes.models import Academy, Programme
from tests import factories, scenarios
from tests.factories import NOW
from tests.programme_files import all_rows, example, written

LONDON = ZoneInfo("Europe/London")
# Before the example's dates, which are of 2024.
BEFORE = datetime.datetime(2024, 8, 1, 12, 0, tzinfo=LONDON)

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    Academy.objects.update(privacy_text="What we keep.", accessibility_text="Write to us.")
    text = dict.fromkeys(("offer", "time_commitment", "selection"), "A text.")
    factories.ApprovalStepFactory(programme=programme, approver="nominator", method="declared")
    Programme.objects.update(published=False, total_places=12, **text)
    return Programme.objects.get()


@pytest.fixture
def administrator(programme):
    return scenarios.administrator_of(programme)


def lines(programme, now=BEFORE):
    """The check list, as step, sentence and whether opening waits for it."""
    found = readiness.missing(Programme.objects.get(pk=programme.pk), now=now)
    return [(line.step.value, line.sentence, line.must) for line in found]


# --- The check list ---------------------------------------------------------------------------------------


def test_nothing_is_missing_in_a_whole_programme(programme):
    assert lines(programme) == []


def test_a_programme_just_begun_lacks_nearly_everything():
    programme = factories.ProgrammeFactory(closes_at=None, published=False, summary="", contact_email="")

    musts = [(step, sentence) for step, sentence, must in lines(programme) if must]
    shoulds = [step for step, _, must in lines(programme) if not must]

    assert musts == [
        ("about", "There is no summary for the list of programmes."),
        ("about", "There is no contact address."),
        ("dates", "There is no deadline. Set one, or say that there is none."),
        ("criteria", "There is no criterion: nobody is asked whether they can apply."),
        ("declarations", "There is no role description. Approvers read it before they answer."),
        ("approvals", "There is no approver. Add one, or say that nobody has to agree."),
        ("cohorts", "There is no cohort."),
        ("academy", f"{programme.academy} has no privacy text."),
    ]
    assert shoulds == ["dates", "text", "text", "text", "questions", "afterwards", "more", "academy"]


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"closes_at": None}, ("dates", "There is no deadline. Set one, or say that there is none.", True)),
        ({"notify_by": None}, ("dates", "It does not say when applicants will have heard.", False)),
        (
            {"notify_by": datetime.date(2024, 7, 31)},
            ("dates", "The date by which applicants hear has passed.", True),
        ),
        (
            {"notify_by": datetime.date(2024, 9, 26)},
            ("dates", "Applicants would hear before the deadline.", True),
        ),
        (
            {"approvals_needed": False},
            ("approvals", "It says that nobody has to agree, and there are approvers.", True),
        ),
        (
            {"total_places": 30},
            ("cohorts", "The programme has 30 places, and its cohorts have 12 seats.", False),
        ),
    ],
)
def test_each_thing_that_is_missing_is_named(programme, values, line):
    Programme.objects.update(**values)

    assert lines(programme) == [line]


def test_no_deadline_on_purpose_is_nothing_missing(programme):
    Programme.objects.update(closes_at=None, open_until_full=True)

    assert lines(programme) == []


def test_a_programme_that_nobody_approves_on_purpose_lacks_nothing(programme):
    Programme.objects.update(approvals_needed=False, nomination_scope="none", nominations_allowed=None)
    programme.approval_steps.all().delete()

    assert lines(programme) == []


def test_a_deadline_and_cohorts_in_the_past_are_named(programme):
    after = datetime.datetime(2024, 11, 5, 12, 0, tzinfo=LONDON)
    Programme.objects.update(notify_by=datetime.date(2024, 12, 1))

    assert lines(programme, after) == [
        ("dates", "The deadline has passed: 5pm on 27 September 2024.", True),
        ("cohorts", "Autumn cohort has begun: 5 November 2024.", True),
    ]


def test_that_time_passes_is_nothing_to_put_right_once_a_programme_is_open(programme):
    after = datetime.datetime(2024, 12, 5, 12, 0, tzinfo=LONDON)
    Programme.objects.update(notify_by=datetime.date(2024, 12, 1))
    before_opening = [sentence for _, sentence, _ in lines(programme, after)]

    Programme.objects.update(published=True)

    assert before_opening == [
        "The deadline has passed: 5pm on 27 September 2024.",
        "The date by which applicants hear has passed.",
        "Autumn cohort has begun: 5 November 2024.",
    ]
    assert lines(programme, after) == []


def test_a_cohort_of_the_past_lacks_nothing_beside_one_to_come(programme):
    earlier = factories.CohortFactory(programme=programme, name="Earlier", maximum=20)
    factories.SessionFactory(cohort=earlier, starts_at=datetime.datetime(2024, 1, 9, 10, tzinfo=LONDON))

    assert lines(programme) == []


def test_limited_nominations_without_a_nominator_are_pointed_out(programme):
    programme.approval_steps.filter(approver="nominator").delete()

    assert lines(programme) == [
        ("approvals", "Nominations are limited, but no nominator agrees to them.", False)
    ]


def test_a_criterion_with_a_single_option_is_named(programme):
    programme.criteria.get(key="background").options.first().delete()

    assert lines(programme) == [
        (
            "criteria",
            "“Experience in training, or a qualification for it” has one option. Add another, or remove it.",
            True,
        )
    ]


def test_sessions_that_cannot_be_as_they_are_are_named(programme):
    cohort = Cohort.objects.get()
    day = datetime.datetime(2024, 8, 26, 10, 0, tzinfo=LONDON)
    extra = {"cohort": cohort, "online": False}
    factories.SessionFactory(**extra, title="Bank holiday", starts_at=day, ends_at=day.replace(hour=12))
    factories.CohortFactory(programme=programme, name="Empty", maximum=5)

    assert lines(programme) == [
        (
            "cohorts",
            "“Bank holiday” of Autumn cohort has no place: choose a venue, online, or to be confirmed.",
            True,
        ),
        ("cohorts", "Empty has no sessions.", True),
        ("cohorts", "Autumn cohort begins before the deadline.", False),
        ("cohorts", "“Bank holiday” of Autumn cohort is on a bank holiday: Monday 26 August 2024.", False),
    ]


def test_a_line_is_a_must_unless_said_otherwise():
    assert Missing("It is missing.", Step.ABOUT).must


# --- Opening, closing, taking down ------------------------------------------------------------------------


def test_opening_shows_the_programme_and_keeps_who_opened_it(programme, administrator):
    opened = publishing.open_programme(programme.pk, user=administrator, now=BEFORE)

    newest = programme.history.first()
    assert opened.published
    assert (newest.published, newest.history_user, newest.history_change_reason) == (
        True,
        administrator,
        "Opened to the public",
    )


def test_opening_is_refused_while_something_must_be_done_and_names_it(programme, administrator):
    Programme.objects.update(closes_at=None)
    programme.approval_steps.all().delete()
    before = all_rows()

    with pytest.raises(Refused) as caught:
        publishing.open_programme(programme.pk, user=administrator, now=BEFORE)

    assert caught.value.sentence == (
        "Calm Conversations cannot be opened yet. There is no deadline. Set one, or say that there is none. "
        "There is no approver. Add one, or say that nobody has to agree."
    )
    assert all_rows() == before


def test_what_is_open_is_not_opened_again(programme, administrator):
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)

    with pytest.raises(Refused, match="is open to the public already"):
        publishing.open_programme(programme.pk, user=administrator, now=BEFORE)


def test_closing_early_makes_this_minute_the_deadline(programme, administrator):
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)
    now = datetime.datetime(2024, 9, 10, 14, 30, 42, 5, tzinfo=LONDON)

    closed = publishing.close_early(programme.pk, user=administrator, reason="Full.", now=now)

    assert closed.closes_at == datetime.datetime(2024, 9, 10, 14, 30, tzinfo=LONDON)
    assert not closed.is_open(now)
    assert programme.history.first().history_change_reason == "Closed early: Full."
    assert "closes: 2024-09-10 14:30\n" in catalogue.dump(Programme.objects.get())


def test_closing_early_ends_what_was_open_until_full(programme, administrator):
    Programme.objects.update(opens_at=None, closes_at=None, open_until_full=True, published=True)

    closed = publishing.close_early(programme.pk, user=administrator, reason="Full.", now=BEFORE)

    assert (closed.closes_at, closed.open_until_full) == (BEFORE, False)


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (BEFORE, "takes no applications now: there is nothing to close."),
        (
            datetime.datetime(2024, 9, 2, 9, 0, 30, tzinfo=LONDON),
            "has only just opened. Wait a minute and try again.",
        ),
    ],
)
def test_closing_is_refused_where_nothing_can_be_closed(programme, administrator, now, sentence):
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)

    with pytest.raises(Refused, match=sentence):
        publishing.close_early(programme.pk, user=administrator, reason="Full.", now=now)


def test_taking_down_hides_the_programme_and_touches_no_application(programme, administrator):
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)
    application = factories.ApplicationFactory(programme=programme)

    taken = publishing.take_down(programme.pk, user=administrator, reason="By mistake.")

    assert not taken.published
    assert Application.objects.get() == application
    assert programme.history.first().history_change_reason == "Taken off the pages: By mistake."
    with pytest.raises(Refused, match="The public does not see Calm Conversations"):
        publishing.take_down(programme.pk, user=administrator, reason="Again.")


def test_a_reason_is_kept_whole_in_the_history_or_refused(programme, administrator):
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)
    now = datetime.datetime(2024, 9, 10, 14, 30, tzinfo=LONDON)
    sentence = "Give the reason in at most 79 characters: it is kept in the history"

    with pytest.raises(Refused, match=sentence):
        publishing.close_early(programme.pk, user=administrator, reason="a" * 80, now=now)
    with pytest.raises(Refused, match=sentence):
        publishing.take_down(programme.pk, user=administrator, reason="a" * 80)
    publishing.take_down(programme.pk, user=administrator, reason="a" * 79)

    assert programme.history.first().history_change_reason == f"Taken off the pages: {'a' * 79}"
    assert programme.history.filter(history_change_reason__startswith="Closed").count() == 0


@pytest.mark.parametrize("role", ["reviewer", "viewer"])
def test_nobody_but_an_administrator_opens_closes_or_copies(programme, role):
    user = factories.AcademyMemberFactory(academy=programme.academy, role=role).user
    before = all_rows()

    for verb in (
        lambda: publishing.open_programme(programme.pk, user=user, now=BEFORE),
        lambda: publishing.close_early(programme.pk, user=user, reason="Full.", now=BEFORE),
        lambda: publishing.take_down(programme.pk, user=user, reason="Over."),
        lambda: copied(programme, user),
    ):
        with pytest.raises(NotAllowed, match="Only an administrator of Coastal Academy can do this"):
            verb()

    assert all_rows() == before


# --- A new round ------------------------------------------------------------------------------------------


def copied(programme, user, **changed):
    given = {"title": "Calm Conversations 2025", "slug": "calm-2025", "code": "CALMB", "days": 364} | changed
    return rounds.copy(programme.pk, **given, user=user, now=BEFORE)


def test_a_copy_says_the_same_with_later_dates_and_is_not_open(programme, administrator):
    factories.MessageTemplateFactory(programme=programme, event="offer")
    factories.RubricCriterionFactory(programme=programme, position=1)
    publishing.open_programme(programme.pk, user=administrator, now=BEFORE)
    old = catalogue.said_of(Programme.objects.get())

    new = copied(programme, administrator)

    said = catalogue.said_of(new)
    dates = {"opens", "closes", "notify_by", "cohorts"}
    names = {"title", "slug", "code", "published"}
    assert {name: said[name] for name in said if name not in dates | names} == {
        name: old[name] for name in old if name not in dates | names
    }
    assert [said[name] for name in ("title", "slug", "code", "published")] == [
        "Calm Conversations 2025",
        "calm-2025",
        "CALMB",
        False,
    ]
    assert f"{said['closes']:%A %d %B %Y %H:%M}" == "Friday 26 September 2025 17:00"
    assert said["notify_by"] == datetime.date(2025, 10, 10)
    assert new.history.first().history_change_reason == "Copied from Calm Conversations (CALM)"


def test_the_cohorts_of_a_copy_keep_weekday_time_and_venue_over_a_clock_change(programme, administrator):
    Session.objects.filter(online=True).update(joining_link="https://example.org/meeting")
    Cohort.objects.update(runs=False)

    # From November, in winter time, to June, in summer time.
    new = copied(programme, administrator, days=7 * 32)

    cohort = new.cohorts.get()
    moments = [
        f"{one.starts_at.astimezone(LONDON):%A %d %B %Y %H:%M} to {one.ends_at.astimezone(LONDON):%H:%M}"
        for one in cohort.sessions.all()
    ]
    assert moments == [
        "Tuesday 17 June 2025 09:30 to 16:30",
        "Tuesday 15 July 2025 13:00 to 14:30",
    ]
    assert cohort.runs
    assert [one.venue for one in cohort.sessions.all()] == [Venue.objects.get(), None]
    assert {one.joining_link for one in cohort.sessions.all()} == {""}
    assert Session.objects.exclude(cohort=cohort).filter(joining_link="").count() == 1


def test_no_application_comes_along(programme, administrator):
    factories.ApplicationFactory(programme=programme)
    factories.NominationAllowanceFactory(programme=programme)

    new = copied(programme, administrator)

    assert new.applications.count() == 0
    assert new.allowances.count() == 0


def test_a_programme_that_is_not_complete_can_be_copied(administrator):
    programme = factories.ProgrammeFactory(closes_at=None)

    new = copied(programme, scenarios.administrator_of(programme), days=0)

    assert catalogue.said_of(new)["criteria"] == []
    assert not hasattr(new, "role_description")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"title": "calm conversations"}, "Another programme has the title “calm conversations” already."),
        ({"slug": "calm-conversations"}, "Another programme has the address “calm-conversations” already."),
        ({"code": "CALM"}, "Another programme has the code “CALM” already."),
        ({"days": -3661}, "Move the dates by ten years at most."),
    ],
)
def test_a_copy_that_cannot_be_is_refused_and_nothing_is_made(programme, administrator, given, sentence):
    before = all_rows()

    with pytest.raises(Refused, match=sentence):
        copied(programme, administrator, **given)

    assert all_rows() == before


def test_a_new_first_day_moves_everything_by_whole_weeks(programme):
    assert rounds.first_day(programme) == datetime.date(2024, 11, 5)
    assert rounds.days_until(programme, datetime.date(2025, 5, 6)) == 182


def test_a_first_day_of_another_weekday_is_refused_with_the_days_that_fit(programme):
    with pytest.raises(Refused) as caught:
        rounds.days_until(programme, datetime.date(2025, 5, 8))

    assert caught.value.sentence == (
        "It began on Tuesday 5 November 2024, and weekdays are kept. "
        "Choose Tuesday 6 May 2025 or Tuesday 13 May 2025."
    )


@pytest.mark.parametrize("day", [datetime.date(9999, 12, 31), datetime.date(1, 1, 1)])
def test_a_first_day_beyond_ten_years_is_refused(programme, day):
    with pytest.raises(Refused, match="Move the dates by ten years at most"):
        rounds.days_until(programme, day)


def test_without_sessions_the_opening_or_the_deadline_is_the_first_day(programme):
    Cohort.objects.all().delete()
    opening = rounds.first_day(programme)
    Programme.objects.update(opens_at=None)
    deadline = rounds.first_day(Programme.objects.get())
    Programme.objects.update(closes_at=None)

    assert (opening, deadline) == (datetime.date(2024, 9, 2), datetime.date(2024, 9, 27))
    assert rounds.first_day(Programme.objects.get()) is None
    with pytest.raises(Refused, match="has no dates to move"):
        rounds.days_until(Programme.objects.get(), datetime.date(2025, 5, 8))


def test_the_shipped_programmes_can_be_copied(administrator):
    catalogue.load(catalogue.shipped_files())

    for programme in Programme.objects.exclude(code="CALM"):
        user = scenarios.administrator_of(programme)
        code = f"{programme.code}B"
        new = copied(
            programme, user, title=f"{programme.title} 2027", slug=f"{programme.slug}-2027", code=code
        )
        musts = [line.sentence for line in readiness.missing(new, now=NOW) if line.must]
        assert new.cohorts.count() == programme.cohorts.count()
        assert musts != []
