"""What people need to take part: asked where it matters, read by few, part of nothing else, erased first."""

import datetime

import pytest
import time_machine

from applications.models import AccessNeeds, AccessNeedsRead, State
from cohorts.domain import access_needs
from cohorts.domain.access_needs import Needs
from cohorts.models import Session
from cohorts.tasks import erase_access_needs
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Role
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)
STEP_FREE = Needs(access="A step-free way in")


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory()
    cohort = factories.CohortFactory(programme=programme)
    factories.SessionFactory(cohort=cohort, online=False)
    return programme


def test_a_programme_asks_where_a_session_is_face_to_face_unless_it_says_always_or_never(programme):
    online = factories.SessionFactory().cohort.programme
    always = factories.ProgrammeFactory(asks_access_needs="always")
    programmes = [programme, online, always]

    found = [access_needs.asked_by(one) for one in programmes]
    programme.asks_access_needs = "never"

    assert found == [True, False, True]
    assert access_needs.asked_by(programme) is False


def test_what_is_said_replaces_what_was_said_before_and_leaves_no_trace_of_it(programme):
    application = scenarios.started(programme, "sam@example.org")
    access_needs.say(application.pk, Needs(adjustments="Breaks", dietary="Vegan"), now=NOW)

    kept = access_needs.say(application.pk, STEP_FREE, now=NOW + DAY)

    assert (kept.adjustments, kept.access, kept.dietary, kept.updated_at) == (
        "",
        "A step-free way in",
        "",
        NOW + DAY,
    )
    assert AccessNeeds.objects.count() == 1
    assert not hasattr(AccessNeeds, "history")


def test_who_prefers_not_to_say_has_said_nothing(programme):
    application = scenarios.started(programme, "sam@example.org")

    kept = access_needs.say(application.pk, Needs(True, "a", "b", "c"), now=NOW)

    assert (kept.prefer_not_to_say, kept.said) == (True, False)


def test_what_was_said_can_be_erased_at_any_time(programme):
    application = scenarios.started(programme, "sam@example.org")
    access_needs.say(application.pk, STEP_FREE, now=NOW)

    found = [access_needs.remove(application.pk), access_needs.remove(application.pk)]

    assert found == [True, False]
    assert access_needs.of(application) is None


def test_nothing_can_be_said_once_the_training_has_begun(programme):
    application = scenarios.confirmed(programme)
    starts = Session.objects.get().starts_at

    before = access_needs.why_not_changeable(application, starts - DAY)
    with pytest.raises(Refused) as refused:
        access_needs.say(application.pk, STEP_FREE, now=starts)

    assert before == ""
    assert refused.value.sentence == (
        f"The training has begun. Write to {programme.contact_email} if there is something that you need."
    )


def test_nothing_can_be_said_where_the_application_has_ended_or_nothing_is_asked(programme):
    ended = scenarios.withdrawn(scenarios.submitted(programme))
    other = scenarios.started(factories.ProgrammeFactory(), "sam@example.org")

    found = [access_needs.why_not_changeable(one, NOW) for one in (ended, other)]

    assert found == [
        "The training is over for you, or your application has ended: nothing more is asked.",
        "This programme does not ask what you need to take part.",
    ]


def member(programme, role):
    return factories.AcademyMemberFactory(academy=programme.academy, role=role).user


def test_an_administrator_alone_reads_what_an_applicant_needs_and_that_is_noted(programme):
    application = scenarios.started(programme, "sam@example.org")
    access_needs.say(application.pk, STEP_FREE, now=NOW)
    administrator = member(programme, Role.ADMINISTRATOR)

    read = access_needs.read(application, user=administrator, now=NOW)
    with pytest.raises(NotAllowed) as refused:
        access_needs.read(application, user=member(programme, Role.REVIEWER), now=NOW)

    assert read is not None and read.access == "A step-free way in"
    noted = AccessNeedsRead.objects.get()
    assert (noted.user, noted.application, noted.about, noted.at) == (
        administrator,
        application,
        application.reference,
        NOW,
    )
    assert str(noted) == f"{application.reference}, read 05 October 2026"
    assert refused.value.sentence == "Only an administrator of the academy can read what an applicant needs."


def test_the_organiser_reads_what_the_confirmed_need_and_nobody_elses(programme):
    needy, easy, silent = (scenarios.confirmed(programme, name=name) for name in ("Asa", "Bea", "Cy"))
    scenarios.confirmed(programme, name="Dee")
    waiting = scenarios.shortlisted(programme, name="Eli")
    for one, needs in ((needy, STEP_FREE), (easy, Needs()), (silent, Needs(True)), (waiting, STEP_FREE)):
        access_needs.say(one.pk, needs, now=NOW)
    cohort = programme.cohorts.get()

    coming = access_needs.read_cohort(cohort, user=member(programme, Role.REVIEWER), now=NOW)
    with pytest.raises(NotAllowed) as refused:
        access_needs.read_cohort(cohort, user=member(programme, Role.VIEWER), now=NOW)

    assert [one.application.name for one in coming.people] == ["Asa"]
    assert (coming.confirmed, coming.nothing, coming.not_said, coming.unknown) == (4, 1, 1, 1)
    assert AccessNeedsRead.objects.get().about == f"{cohort}, {programme}"
    assert refused.value.sentence == "Only those who organise the training can read what people need."


def said(application):
    access_needs.say(application.pk, STEP_FREE, now=NOW)
    return application


def left():
    return sorted(AccessNeeds.objects.values_list("application__name", flat=True))


def test_what_was_needed_is_erased_after_the_training_of_ones_own_cohort(programme):
    later = factories.CohortFactory(programme=programme)
    factories.SessionFactory(cohort=later, starts_at=NOW + 90 * DAY, online=False)
    said(scenarios.confirmed(programme, name="Placed"))
    said(scenarios.shortlisted(programme, name="Waiting"))
    end = programme.cohorts.order_by("pk").first().ends_at

    found = [access_needs.erase_access_needs(end), left(), access_needs.erase_access_needs(end + DAY), left()]
    at_last = access_needs.erase_access_needs(NOW + 91 * DAY), left()

    assert found == [0, ["Placed", "Waiting"], 1, ["Waiting"]]
    assert at_last == (1, [])


def test_what_was_needed_is_erased_when_the_application_has_ended():
    programme = factories.ProgrammeFactory(asks_access_needs="always")
    application = said(scenarios.submitted(programme, name="Gone"))
    type(application).objects.filter(pk=application.pk).update(state=State.WITHDRAWN, state_since=NOW)

    found = [access_needs.erase_access_needs(NOW), access_needs.erase_access_needs(NOW + DAY)]

    assert found == [0, 1]


def test_what_was_needed_is_erased_after_a_year_where_no_date_is_known():
    said(scenarios.submitted(factories.ProgrammeFactory(asks_access_needs="always")))

    found = [access_needs.erase_access_needs(NOW + days * DAY) for days in (365, 366)]

    assert found == [0, 1]


def test_the_clock_erases_what_has_been_kept_long_enough(programme, settings):
    settings.ACCESS_NEEDS_KEEP_DAYS = 30
    said(scenarios.confirmed(programme))
    end = programme.cohorts.get().ends_at

    found = []
    for days in (29, 31):
        with time_machine.travel(end + days * DAY, tick=False):
            found.append(erase_access_needs())

    assert found == [0, 1]
