"""A list of those trained earlier: nothing is written before it is confirmed, and then what was previewed."""

import datetime
from functools import partial

import pytest

from facilitators.domain.people import register, trained_earlier
from facilitators.models import Facilitator, Training
from programmes.domain import importing
from programmes.domain.access import NotAllowed
from programmes.models import ImportFile, Message
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

HEADING = "name,email,programme,trained_on,organisation,ics,trained_by"


@pytest.fixture
def programme():
    return factories.ProgrammeFactory(title="Circles", code="LSC")


@pytest.fixture
def reviewer(programme):
    return scenarios.reviewer_of(programme)


def kept(user, *lines: str) -> ImportFile:
    content = "\n".join((HEADING, *lines)).encode()
    return importing.keep_file(
        ImportFile.Kind.FACILITATORS, name="list.csv", content=content, user=user, now=NOW
    )


def outcomes(user, *lines: str) -> list[importing.Outcome]:
    return trained_earlier.plan(kept(user, *lines), user=user, now=NOW)


def confirm(user, row: ImportFile, *, write: bool = False, now: datetime.datetime = NOW) -> ImportFile:
    previewed = importing.fingerprint(trained_earlier.plan(row, user=user, now=now))
    return trained_earlier.import_trained(row.pk, previewed=previewed, write=write, user=user, now=now)


def test_people_of_a_list_are_put_in_with_what_it_says(programme, reviewer):
    ics = factories.IntegratedCareSystemFactory(code="QKS")
    listed = factories.OrganisationFactory(name="Downs Trust", ics=ics)
    factories.OrganisationFactory(name="Downs Trust")
    row = kept(
        reviewer,
        "Sam Smith,sam@example.org,lsc,2024-11-02,downs trust,qks,National programme",
        "Alex Jones,alex@example.org,LSC,02/11/2024,Weald Hospice,,",
    )

    before = Training.objects.count()
    row = confirm(reviewer, row, write=True)

    sam, alex = Facilitator.objects.order_by("-name")
    assert (before, row.made, row.refused) == (0, 2, 0)
    assert (sam.organisation, sam.ics, sam.trainings.get().trained_by) == (listed, ics, "National programme")
    assert (alex.organisation, alex.organisation_name, alex.ics) == (None, "Weald Hospice", None)
    days = {one.trained_on for one in Training.objects.all()}
    assert days == {datetime.date(2024, 11, 2)}
    assert Message.objects.filter(event="facilitator_trained_earlier").count() == 2
    assert invariants.broken() == []


def test_without_the_tick_nobody_is_written_to(programme, reviewer):
    confirm(reviewer, kept(reviewer, "Sam Smith,sam@example.org,LSC,2024-11-02,,,"))

    assert (Training.objects.count(), Message.objects.count()) == (1, 0)


def test_who_is_in_the_register_stays_as_they_are(programme, reviewer):
    register.register_earlier(
        programme,
        register.Trained("Sam Smith", "sam.smith@example.org", datetime.date(2023, 1, 5)),
        write=False,
        user=reviewer,
        now=NOW,
    )
    row = kept(reviewer, "Samuel Smith,samsmith@example.org,LSC,2024-11-02,,,")

    found = trained_earlier.plan(row, user=reviewer, now=NOW)
    confirm(reviewer, row)

    assert [one.outcome for one in found] == ["as before"]
    training = Training.objects.get()
    assert (training.facilitator.name, training.trained_on) == ("Sam Smith", datetime.date(2023, 1, 5))


def test_a_person_of_another_programme_keeps_the_one_entry(programme, reviewer):
    other = factories.TrainingFactory(facilitator__email="sam@example.org").facilitator

    confirm(reviewer, kept(reviewer, "Sam Smith,Sam@example.org,LSC,2024-11-02,,,"))

    assert Facilitator.objects.get() == other
    assert other.trainings.count() == 2


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (",sam@example.org,LSC,2024-11-02,,,", "name", "A name is needed."),
        (
            "Sam,sam,LSC,2024-11-02,,,",
            "email",
            "A work email address in the correct format is needed, like name@example.org.",
        ),
        ("Sam,sam@example.org,ABC,2024-11-02,,,", "programme", "Use the code of a programme of yours: LSC."),
        (
            "Sam,sam@example.org,LSC,yesterday,,,",
            "trained_on",
            "A day like 2024-11-02 or 02/11/2024 is needed.",
        ),
        (
            "Sam,sam@example.org,LSC,2026-10-06,,,",
            "trained_on",
            "A day like 2024-11-02 or 02/11/2024 is needed, between 1990 and today.",
        ),
        (
            "Sam,sam@example.org,LSC,2025-02-29,,,",
            "trained_on",
            "A day like 2024-11-02 or 02/11/2024 is needed.",
        ),
        (
            "Sam,sam@example.org,LSC,2024-11-02,,QQQ,",
            "ics",
            "No ICS has this code or name. Leave it empty if it is not known.",
        ),
        (f"{'S' * 151},sam@example.org,LSC,2024-11-02,,,", "name", "At most 150 characters can be kept."),
    ],
)
def test_a_line_that_breaks_a_rule_says_which(programme, reviewer, line, column, reason):
    (found,) = outcomes(reviewer, line)

    assert (found.outcome, found.column, found.reason) == ("refused", column, reason)


def test_a_day_is_read_as_lists_have_it(programme, reviewer):
    days = ("2024-02-29", "29/02/2024", "29.02.2024", "29 February 2024", "2024-02-29 00:00:00")

    found = outcomes(
        reviewer, *(f"Sam,sam{number}@example.org,LSC,{day},,," for number, day in enumerate(days))
    )

    assert {one.values["trained_on"] for one in found} == {datetime.date(2024, 2, 29)}


def test_a_person_on_two_lines_is_taken_once_a_programme(programme, reviewer):
    factories.ProgrammeFactory(code="ABP", academy=programme.academy)

    found = outcomes(
        reviewer,
        "Sam,sam@example.org,LSC,2024-11-02,,,",
        "Sam,s.am@example.org,LSC,2024-11-02,,,",
        "Sam,sam@example.org,ABP,2024-11-02,,,",
    )

    assert [(one.outcome, one.reason) for one in found] == [
        ("made", ""),
        ("refused", "This person stands on line 2 already, for the same programme."),
        ("made", ""),
    ]


def test_a_character_that_cannot_be_stored_is_named(programme, reviewer):
    (found,) = outcomes(reviewer, "Sam\0,sam@example.org,LSC,2024-11-02,,,")

    assert (found.outcome, found.column, found.what) == ("refused", "name", "Sam")


def test_an_organisation_that_could_be_two_stays_as_typed(programme, reviewer):
    for _ in range(2):
        factories.OrganisationFactory(name="Downs Trust", ods_code="")
    only = factories.OrganisationFactory(name="Weald Trust", ods_code="RXX")

    found = outcomes(
        reviewer,
        "Sam,sam@example.org,LSC,2024-11-02,Downs Trust,,",
        "Alex,alex@example.org,LSC,2024-11-02,rxx,,",
    )

    assert [(one.values["organisation"], one.values["organisation_name"]) for one in found] == [
        (None, "Downs Trust"),
        (only.pk, ""),
    ]


def test_what_has_changed_since_the_preview_is_not_done(programme, reviewer):
    row = kept(reviewer, "Sam,sam@example.org,LSC,2024-11-02,,,")
    previewed = importing.fingerprint(trained_earlier.plan(row, user=reviewer, now=NOW))
    register.register_earlier(
        programme,
        register.Trained("Sam", "sam@example.org", datetime.date(2023, 1, 5)),
        write=False,
        user=reviewer,
        now=NOW,
    )

    with pytest.raises(importing.ChangedMeanwhile):
        trained_earlier.import_trained(row.pk, previewed=previewed, write=True, user=reviewer, now=NOW)

    assert Message.objects.count() == 0


def test_a_viewer_imports_nothing(programme, reviewer):
    viewer = factories.AcademyMemberFactory(academy=programme.academy, role="viewer").user
    row = kept(viewer, "Sam,sam@example.org,LSC,2024-11-02,,,")

    with pytest.raises(NotAllowed):
        partial(trained_earlier.import_trained, row.pk)(previewed="", write=False, user=viewer, now=NOW)

    assert Facilitator.objects.count() == 0


def test_more_people_than_can_be_put_in_at_once_are_refused(programme, reviewer):
    lines = [f"Sam,sam{number}@example.org,LSC,2024-11-02,,," for number in range(501)]

    at_most = outcomes(reviewer, *lines[:500])
    with pytest.raises(importing.BadFile) as refused:
        outcomes(reviewer, *lines)

    assert len(at_most) == 500
    assert refused.value.sentence == (
        "The file has 501 people, and at most 500 can be put in at once. Split it into several files."
    )
