"""The programmes that the portal ships with: true to their source pages, and alive on any day in the demo."""

import datetime
import re
from zoneinfo import ZoneInfo

import pytest
from django.db import models

from cohorts.models import Session
from programmes.domain import catalogue
from programmes.domain.organisations import load_integrated_care_systems
from programmes.domain.programme_file.moving import moved, weeks_to_future
from programmes.domain.working_days import is_working_day
from programmes.models import Programme
from tests.programme_files import changed, example, written

LONDON = ZoneInfo("Europe/London")
# From October to the next, at steps that meet every day of the week.
TODAYS = [datetime.date(2026, 10, 5) + datetime.timedelta(days=13 * step) for step in range(28)]

pytestmark = pytest.mark.django_db


def test_leadership_support_circles_are_as_the_source_page_says():
    catalogue.load(catalogue.shipped_files())

    programme = Programme.objects.get(code="LSC")
    assert programme.academy.name == "South East Leadership Academy"
    assert (programme.total_places, programme.nomination_scope, programme.nominations_allowed) == (
        30,
        "ics",
        5,
    )
    assert (programme.opens_at, programme.closes_at, programme.offer_answer) == (
        None,
        None,
        "applicant_accepts",
    )
    assert [region.name for region in programme.regions.all()] == ["South East"]
    assert [criterion.importance for criterion in programme.criteria.all()] == ["essential"] * 4
    assert [criterion.options.count() for criterion in programme.criteria.all()] == [5, 0, 0, 0]
    assert list(programme.approval_steps.values_list("approver", "method")) == [
        ("academy_contact", "declared"),
        ("nominator", "declared"),
    ]
    sessions = Session.objects.filter(cohort__programme=programme)
    assert [
        (
            s.cohort.key,
            f"{s.starts_at.astimezone(LONDON):%a %d %b %H:%M}",
            f"{s.ends_at.astimezone(LONDON):%H:%M}",
        )
        for s in sessions.select_related("cohort")
    ] == [
        ("cohort-1", "Tue 01 Nov 09:30", "13:00"),
        ("cohort-1", "Wed 02 Nov 09:30", "13:00"),
        ("cohort-2", "Tue 29 Nov 13:30", "17:00"),
        ("cohort-2", "Wed 30 Nov 13:30", "17:00"),
    ]


def test_active_bystander_is_as_the_source_page_says():
    catalogue.load(catalogue.shipped_files())

    programme = Programme.objects.get(code="ABP")
    assert programme.academy.name == "LLR Academy"
    assert programme.closes_at == datetime.datetime(2023, 5, 9, 23, 59, tzinfo=LONDON)
    assert (programme.total_places, programme.nomination_scope) == (None, "none")
    assert (programme.offer_answer, [r.name for r in programme.regions.all()]) == (
        "confirmed_directly",
        ["Midlands"],
    )
    assert list(programme.approval_steps.values_list("approver", "method")) == [
        ("line_manager", "emailed"),
        ("sponsor", "declared"),
    ]
    owed = programme.obligations.get(key="programmes")
    assert (owed.at_least, owed.unit, owed.window, owed.months) == (3, "programme", "within_months", 12)
    cohort = programme.cohorts.get()
    assert (cohort.minimum, cohort.maximum) == (12, 20)
    assert [
        (f"{s.starts_at.astimezone(LONDON):%Y-%m-%d %H:%M}", f"{s.ends_at.astimezone(LONDON):%H:%M}", s.where)
        for s in cohort.sessions.all()
    ] == [
        (
            "2023-06-12 09:00",
            "16:30",
            "Voluntary Action Leicestershire, 9 Newarke Street, Leicester, LE1 5SN",
        ),
        (
            "2023-06-13 09:00",
            "16:30",
            "Voluntary Action Leicestershire, 9 Newarke Street, Leicester, LE1 5SN",
        ),
    ]


def test_shipped_programmes_are_complete():
    catalogue.load(catalogue.shipped_files())

    pages = [field.name for field in Programme._meta.fields if isinstance(field, models.TextField)]
    for programme in Programme.objects.all():
        assert [page for page in pages if not getattr(programme, page)] == []
        assert programme.academy.privacy_text
        assert programme.academy.accessibility_text
        assert programme.faqs.count() >= 8


def test_shipped_texts_name_no_date_for_it_would_be_wrong_once_dates_move():
    names = "January|February|March|April|June|July|August|September|October|November|December"

    for path in catalogue.shipped_files():
        lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith("#")]
        assert [line for line in lines if re.search(rf"\b({names}|20[0-9]{{2}})\b", line)] == [
            line for line in lines if re.fullmatch(r" *(closes|starts|ends): [0-9: -]{16}", line)
        ]


# --- Dates that move --------------------------------------------------------------------------------------


def test_dates_move_by_whole_weeks_and_clocks_show_the_same(tmp_path):
    catalogue.load([written(tmp_path, example())], moved_by_weeks=-10)

    programme = Programme.objects.get()
    assert programme.opens_at == datetime.datetime(2024, 6, 24, 9, 0, tzinfo=LONDON)
    assert programme.notify_by == datetime.date(2024, 8, 2)
    # From winter time into summer time, and half past nine still.
    assert Session.objects.get(key="day-1").starts_at == datetime.datetime(2024, 8, 27, 9, 30, tzinfo=LONDON)


def test_demo_is_open_on_any_day_and_trains_on_working_days_outside_the_holidays():
    load_integrated_care_systems()
    bystander, circles = catalogue.read(catalogue.shipped_files())

    for today in TODAYS:
        dates = [moved(entry, weeks_to_future(entry, today)) for entry in (bystander, circles)]
        assert today < dates[0]["closes"].date() <= today + datetime.timedelta(weeks=8)
        starts = [
            session["starts"]
            for entry in dates
            for cohort in entry["cohorts"]
            for session in cohort["sessions"]
        ]
        assert [f"{start:%a %H:%M}" for start in starts] == [
            "Mon 09:00",
            "Tue 09:00",
            "Tue 09:30",
            "Wed 09:30",
            "Tue 13:30",
            "Wed 13:30",
        ]
        assert [start for start in starts if not is_working_day(start.date())] == []
        assert [start for start in starts if not (1, 3) <= (start.month, start.day) <= (12, 20)] == []


def test_demo_brings_a_deadline_to_about_three_weeks_and_else_the_first_session_to_about_eight():
    programmes = catalogue.load_for_demo(today=datetime.date(2026, 8, 3))

    assert [programme.code for programme in programmes] == ["ABP", "LSC"]
    assert Programme.objects.get(code="ABP").closes_at == datetime.datetime(
        2026, 8, 25, 23, 59, tzinfo=LONDON
    )
    first = Session.objects.filter(cohort__programme__code="LSC").earliest("starts_at")
    assert first.starts_at == datetime.datetime(2026, 9, 29, 9, 30, tzinfo=LONDON)


def test_weeks_keep_the_day_between_opening_and_deadline(tmp_path):
    text = changed(("opens: 2024-09-02 09:00", "opens: 2024-09-16 09:00"))
    load_integrated_care_systems()
    entry = catalogue.read([written(tmp_path, text)])[0]
    today = datetime.date(2026, 8, 3)

    weeks = weeks_to_future(entry, today)

    # Three weeks before the deadline it would not be open yet.
    dates = moved(entry, weeks)
    assert (dates["opens"].date(), dates["closes"].date()) == (
        datetime.date(2026, 8, 3),
        datetime.date(2026, 8, 14),
    )


def test_programme_without_dates_is_not_moved(tmp_path):
    text = changed(("opens: 2024-09-02 09:00\ncloses: 2024-09-27 17:00\nnotify_by: 2024-10-11\n", ""))
    load_integrated_care_systems()
    entry = catalogue.read([written(tmp_path, text[: text.index("venues:")])])[0]

    assert weeks_to_future(entry, datetime.date(2026, 8, 3)) == 0
