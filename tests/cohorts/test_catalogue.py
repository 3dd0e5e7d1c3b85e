"""The cohorts of a programme's file: what is refused, what is stored, and what people already rely on."""

import datetime

import pytest

from applications.models import State
from cohorts.domain.catalogue import refuse_below_taken
from cohorts.models import Cohort, Place, Session, Venue
from programmes.domain import catalogue
from tests import factories
from tests.programme_files import all_rows, changed, example, faults_of, written

pytestmark = pytest.mark.django_db


def seated(cohort: Cohort, people: int) -> None:
    """Give people a seat in a cohort."""
    for number in range(1, people + 1):
        application = factories.ApplicationFactory(
            programme=cohort.programme, state=State.OFFERED, submitted_at=factories.NOW
        )
        factories.PlaceFactory(application=application, cohort=cohort, seat_number=number)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "    maximum: 12",
            "    maxmum: 12",
            ["93: cohorts[autumn].maxmum: Unknown key. Did you mean “maximum”?"],
        ),
        (
            "    postcode: SO14 2AA",
            "    postcode: SO142AA",
            [
                (
                    "87: venues[harbour-hall].postcode: “SO142AA” will not do. Write it in capitals, "
                    "such as LE1 5SN."
                )
            ],
        ),
        (
            "        venue: harbour-hall",
            "        venue: harbour-hal",
            [
                (
                    "99: cohorts[autumn].sessions[day-1].venue: No venue has the key “harbour-hal”. Did"
                    " you mean “harbour-hall”?"
                )
            ],
        ),
        (
            "        venue: harbour-hall",
            "        venue: town",
            [("99: cohorts[autumn].sessions[day-1].venue: No venue has the key “town”. Add it to “venues”.")],
        ),
        (
            "        venue: harbour-hall",
            "        venue: harbour-hall\n        online: true",
            [
                (
                    "100: cohorts[autumn].sessions[day-1].online: The session has a venue and is "
                    "online. Choose one of the two."
                )
            ],
        ),
        (
            "        venue: harbour-hall\n",
            "",
            [
                (
                    "95: cohorts[autumn].sessions[day-1].venue: Where the session takes place is "
                    "missing. Add “venue”, “online: true” or “to_be_confirmed: true”."
                )
            ],
        ),
        (
            "        venue: harbour-hall\n",
            "        venue: harbour-hall\n        joining_link: https://meet.example.org/a\n",
            [
                (
                    "100: cohorts[autumn].sessions[day-1].joining_link: The session is not online. Add "
                    "“online: true”, or leave it out."
                )
            ],
        ),
        (
            "        online: true\n",
            "        online: true\n        joining_link: ftp://meet.example.org\n",
            [
                (
                    "105: cohorts[autumn].sessions[follow-up].joining_link: “ftp://meet.example.org” "
                    "will not do. Write an address that begins with https://."
                )
            ],
        ),
        (
            "        ends: 2024-11-05 16:30",
            "        ends: 2024-11-05 09:30",
            [
                (
                    "98: cohorts[autumn].sessions[day-1].ends: The session ends before it starts. Give "
                    "a time after “starts”."
                )
            ],
        ),
        (
            "        starts: 2024-12-03 13:00",
            "        starts: 2024-11-05 16:00",
            [
                (
                    "102: cohorts[autumn].sessions[follow-up].starts: The session begins before “day-1”"
                    " has ended. Give a later time, or shorten the other."
                )
            ],
        ),
        (
            "    minimum: 8",
            "    minimum: 13",
            [("92: cohorts[autumn].minimum: 13 is above “maximum”, 12. Give a number that is not above it.")],
        ),
        (
            "  - key: harbour-hall\n",
            (
                "  - key: hall\n"
                "    name: Harbour Hall\n"
                "    address: 1 Quay Street\n"
                "    postcode: SO14 2AA\n"
                "  - key: harbour-hall\n"
            ),
            ["89: venues[harbour-hall].name: This venue is in the list twice. Keep one of them."],
        ),
        (
            "    sessions:\n",
            "    sessions: []\n    old:\n",
            [
                "94: cohorts[autumn].sessions: The list is too short. It needs at least 1.",
                (
                    "95: cohorts[autumn].old: Unknown key. Known here: key, name, minimum, maximum, "
                    "runs, joining_details, sessions."
                ),
            ],
        ),
    ],
)
def test_fault_is_told_with_line_key_and_remedy(tmp_path, old, new, expected):
    path = written(tmp_path, changed((old, new)))

    assert faults_of([path]) == [f"file.yaml:{fault}" for fault in expected]


def test_cohorts_of_the_example_are_stored(tmp_path):
    catalogue.load([written(tmp_path, example())])

    cohort = Cohort.objects.get()
    assert (cohort.key, cohort.name, cohort.minimum, cohort.maximum, cohort.runs) == (
        "autumn",
        "Autumn cohort",
        8,
        12,
        True,
    )
    first, second = cohort.sessions.all()
    assert first.where == "Harbour Hall, 1 Quay Street, Southampton, SO14 2AA"
    assert (first.kind, first.starts_at) == (
        "training",
        datetime.datetime(2024, 11, 5, 9, 30, tzinfo=datetime.UTC),
    )
    assert (second.where, second.optional, second.sequence) == ("Online", True, 0)


def test_programme_without_cohorts_loads(tmp_path):
    text = example()

    loaded = catalogue.load([written(tmp_path, text[: text.index("venues:")])])

    assert loaded.programmes[0].cohorts.count() == 0


def test_venue_is_found_again_by_name_and_postcode_in_its_academy(tmp_path):
    elsewhere = factories.VenueFactory(name="Harbour Hall", postcode="SO14 2AA", address="The old address")
    catalogue.load([written(tmp_path, example())])

    catalogue.load([written(tmp_path, changed(("address: 1 Quay Street", "address: 2 Quay Street")))])

    assert list(Venue.objects.exclude(pk=elsewhere.pk).values_list("address", flat=True)) == [
        "2 Quay Street, Southampton"
    ]
    elsewhere.refresh_from_db()
    assert elsewhere.address == "The old address"


@pytest.mark.parametrize(
    ("old", "new", "sequence"),
    [
        ("        starts: 2024-12-03 13:00", "        starts: 2024-12-03 13:15", 1),
        ("        ends: 2024-12-03 14:30", "        ends: 2024-12-03 15:00", 1),
        ("        online: true", "        venue: harbour-hall", 1),
        ("        title: Follow-up", "        title: Looking back", 0),
    ],
)
def test_sequence_counts_changes_of_date_and_place_alone(tmp_path, old, new, sequence):
    catalogue.load([written(tmp_path, example())])

    loaded = catalogue.load([written(tmp_path, changed((old, new)))])

    assert Session.objects.get(key="follow-up").sequence == sequence
    assert loaded.lines[-1] == "  sessions: 1 updated, 1 as before"


def test_session_no_longer_in_the_file_is_removed(tmp_path):
    catalogue.load([written(tmp_path, example())])
    text = example()

    loaded = catalogue.load([written(tmp_path, text[: text.index("      - key: follow-up")])])

    assert list(Session.objects.values_list("key", flat=True)) == ["day-1"]
    assert loaded.lines[-1] == "  sessions: 1 as before, 1 removed"


def test_changed_sessions_with_people_in_them_are_told_to_them(tmp_path, time_machine):
    time_machine.move_to(datetime.datetime(2024, 11, 1, tzinfo=datetime.UTC))
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    seated(programme.cohorts.get(), 2)

    loaded = catalogue.load(
        [written(tmp_path, changed(("starts: 2024-12-03 13:00", "starts: 2024-12-03 13:15")))]
    )

    assert (
        loaded.lines[-1] == "  The sessions of Autumn cohort have changed: 2 people with a seat told by mail."
    )


def test_unchanged_sessions_with_people_in_them_are_not_pointed_out(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    seated(programme.cohorts.get(), 2)

    loaded = catalogue.load([written(tmp_path, example())])

    assert loaded.lines[-1] == "  sessions: 2 as before"


def test_cohort_that_nobody_chose_is_removed_with_the_file(tmp_path):
    catalogue.load([written(tmp_path, example())])
    text = changed(("  - key: autumn", "  - key: winter"))

    loaded = catalogue.load([written(tmp_path, text)])

    assert list(Cohort.objects.values_list("key", flat=True)) == ["winter"]
    assert "  cohorts: 1 made, 1 removed" in loaded.lines


def test_cohort_that_people_chose_is_kept_and_pointed_out(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    factories.PreferenceFactory(
        application=factories.ApplicationFactory(programme=programme), cohort=programme.cohorts.get()
    )
    text = changed(("  - key: autumn", "  - key: winter"))

    loaded = catalogue.load([written(tmp_path, text)])

    assert list(Cohort.objects.values_list("key", flat=True)) == ["autumn", "winter"]
    assert loaded.lines[-3:] == [
        "  cohorts: 1 made, 1 kept",
        "  sessions: 2 made",
        "  Autumn cohort is no longer in the file, but people chose it or were given a place in it: it is kept. "
        "To take it off the list, put it back with “runs: false”.",
    ]


def test_seats_that_are_taken_are_not_taken_away(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    seated(programme.cohorts.get(), 3)
    before = all_rows()
    text = changed(
        ("total_places: 24", "total_places: 2"),
        ("    minimum: 8\n    maximum: 12", "    minimum: 1\n    maximum: 2\n    runs: false"),
    )

    assert faults_of([written(tmp_path, text)]) == [
        "file.yaml:23: total_places: 3 places are taken. Write 3 or more.",
        "file.yaml:93: cohorts[autumn].maximum: 3 seats are taken. Write 3 or more.",
        "file.yaml:94: cohorts[autumn].runs: 3 seats are taken. "
        "Move these people or release their seats on the staff pages first.",
    ]
    assert all_rows() == before


def test_maximum_may_be_lowered_to_what_is_taken_and_freed_seats_do_not_count(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    seated(programme.cohorts.get(), 3)
    Place.objects.filter(seat_number=1).update(
        status=Place.Status.RELEASED, seat_number=None, programme_number=None
    )
    text = changed(
        ("total_places: 24\n", ""), ("    minimum: 8\n    maximum: 12", "    minimum: 1\n    maximum: 2")
    )

    catalogue.load([written(tmp_path, text)])

    assert Cohort.objects.get().maximum == 2


def test_seats_of_other_cohorts_do_not_count_for_a_new_one(tmp_path):
    programme = catalogue.load([written(tmp_path, example())]).programmes[0]
    seated(programme.cohorts.get(), 3)
    text = example() + example()[example().index("  - key: autumn") :].replace(
        "key: autumn", "key: winter"
    ).replace("minimum: 8\n    maximum: 12", "maximum: 2")

    catalogue.load([written(tmp_path, text)])

    assert list(Cohort.objects.values_list("key", "maximum")) == [("autumn", 12), ("winter", 2)]


def test_portal_subscribes_to_what_is_about_to_be_saved():
    assert refuse_below_taken in catalogue.before_save._subscribers
