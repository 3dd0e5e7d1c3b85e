"""Closing a cohort: what staff see before, what becomes of each, and how a wrong register is put right."""

import datetime

import pytest

from applications.models import Application, State
from cohorts.domain import closing, places, register
from cohorts.domain.capacity import ProgrammeFull
from cohorts.domain.closing import Choice, Instead
from cohorts.domain.register import Marked
from cohorts.models import Attendance, Cohort, Place
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Message
from tests import factories, invariants, scenarios
from tests.cohorts.seats import cohort_of, fresh, give, programme_with

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


@pytest.fixture
def cohort() -> Cohort:
    return cohort_of(programme_with())


@pytest.fixture
def after(cohort: Cohort) -> datetime.datetime:
    return cohort.sessions.get(title="Day 2").ends_at + datetime.timedelta(hours=1)


@pytest.fixture
def person(cohort):
    """Makes somebody with a confirmed place, marked so at every session."""

    def person(name: str, mark: str = "present", **kwargs: object) -> Application:
        application = scenarios.confirmed(cohort.programme, name=name, **kwargs)
        if mark:
            scenarios.marked_everywhere(application, cohort, mark)
        return application

    return person


def later_cohort(cohort: Cohort, name: str = "Cohort 2", days: int = 60, **kwargs: object) -> Cohort:
    other = factories.CohortFactory(programme=cohort.programme, name=name, **kwargs)
    ends = cohort.sessions.get(title="Day 2").ends_at
    factories.SessionFactory(cohort=other, starts_at=ends + days * DAY)
    return other


def close(cohort: Cohort, now: datetime.datetime, choices: dict[Application, Choice], **kwargs: object):
    found = closing.preview(cohort, now=now)
    kwargs = {
        "seen": [one.application.pk for one in found.attended],
        "user": scenarios.reviewer_of(cohort.programme),
        **kwargs,
    }
    by_id = {application.pk: choice for application, choice in choices.items()}
    return closing.close(cohort.pk, choices=by_id, now=now, **kwargs)


def names(judged: list[closing.Judged]) -> list[str]:
    return [one.application.name for one in judged]


# The preview.


def test_the_preview_names_who_attended_who_missed_and_who_is_not_marked(cohort, after, person):
    person("Toni")
    person("Ali", "late")
    person("Kim", "absent")
    person("Lee", "")

    found = closing.preview(cohort, now=after)

    assert names(found.attended) == ["Ali", "Toni"]
    assert names(found.missed) == ["Kim"]
    assert names(found.open) == ["Lee"]
    assert found.missed[0].verdict.sentence == "0 of 2 sessions needed; absent twice"


def test_each_who_missed_is_suggested_the_next_cohort_with_a_seat_that_they_can_attend(cohort, after, person):
    third = later_cohort(cohort, "Cohort 3", 90)
    second = later_cohort(cohort, "Cohort 2", 60, maximum=1)
    later_cohort(cohort, "Too soon", 2)
    later_cohort(cohort, "Over", -30)
    later_cohort(cohort, "Called off", 30, runs=False)
    full = later_cohort(cohort, "Full", 40, maximum=1)
    give(scenarios.shortlisted(cohort.programme), full)
    factories.CohortFactory(programme=cohort.programme, name="Without a date")
    cannot, ali, kim = person("Cannot", "absent"), person("Ali", "absent"), person("Kim", "absent")
    for other in (second, third):
        cannot.preferences.filter(cohort=other).update(rank=None, cannot_attend_reason="Away")

    found = closing.preview(cohort, now=after)

    assert {one.application: (list(one.cohorts), one.suggested) for one in found.missed} == {
        ali: ([second, third], second),
        cannot: ([], None),
        kim: ([second, third], third),
    }


@pytest.mark.parametrize("count", [1, 3])
def test_the_preview_takes_the_same_queries_however_many_people(
    cohort, after, person, count, django_assert_num_queries
):
    later_cohort(cohort)
    for number in range(count):
        person(f"Came {number}")
        person(f"Missed {number}", "absent")

    with django_assert_num_queries(8):
        found = closing.preview(Cohort.objects.select_related("programme").get(pk=cohort.pk), now=after)

    assert (len(found.attended), len(found.missed)) == (count, count)


# Closing.


def test_who_attended_goes_on_and_is_told_what_is_left(cohort, after, person):
    ali = person("Ali")

    closed = close(cohort, after, {})

    assert (closed.attended, closed.missed) == ([ali], [])
    assert fresh(ali).state == State.ATTENDED
    place = Place.objects.get()
    assert (place.status, place.seat_number, place.programme_number) == ("attended", None, 1)
    assert scenarios.mails(ali)[-1] == "attended"
    assert fresh(cohort).closed_at == after
    assert invariants.broken() == []


def test_who_missed_is_offered_the_next_cohort(cohort, after, person):
    other = later_cohort(cohort)
    kim = person("Kim", "absent")

    closed = close(cohort, after, {kim: Choice(Instead.OFFER, other.pk)})

    assert closed.missed == [kim]
    assert fresh(kim).state == State.OFFERED
    first, second = kim.places.order_by("pk")
    assert (first.status, first.reason) == ("released", "Did not attend")
    assert (second.status, second.cohort) == ("offered", other)
    mail = Message.objects.get(event="missed_offer")
    assert (mail.context["left"], mail.context["cohort"]) == ("Cohort 1", "Cohort 2")
    assert invariants.broken() == []


def test_who_missed_waits_where_there_is_no_next_cohort(cohort, after, person):
    kim = person("Kim", "absent")

    close(cohort, after, {kim: Choice(Instead.WAIT)})

    assert fresh(kim).state == State.WAITLISTED
    place = kim.places.get()
    assert (place.status, place.reason) == ("released", "Did not attend")
    assert scenarios.mails(kim)[-1] == "missed_waiting"
    assert invariants.broken() == []


def test_it_ends_for_who_missed_where_staff_say_so_and_the_nomination_goes_to_the_next(after, cohort, person):
    cohort.programme.nomination_scope = "ics"
    cohort.programme.nominations_allowed = 1
    cohort.programme.save()
    ics = factories.IntegratedCareSystemFactory()
    kim = person("Kim", "absent", ics=ics)
    waiting = scenarios.submitted(cohort.programme, name="Next", ics=ics)

    close(cohort, after, {kim: Choice(Instead.END, reason="Left the organisation.")})

    assert fresh(kim).state == State.DID_NOT_COMPLETE
    assert Message.objects.get(event="did_not_complete").context["reason"] == "Left the organisation."
    assert (waiting.state, fresh(waiting).state) == (State.RESERVE, State.UNDER_REVIEW)
    assert invariants.broken() == []


def test_a_missed_person_can_be_offered_a_place_though_the_programme_is_full(cohort, after, person):
    other = later_cohort(cohort)
    kim = person("Kim", "absent")
    cohort.programme.total_places = 1
    cohort.programme.save()

    close(cohort, after, {kim: Choice(Instead.OFFER, other.pk)})

    assert fresh(kim).state == State.OFFERED
    assert invariants.broken() == []


def test_closing_again_takes_those_who_were_marked_since(cohort, after, person):
    ali, lee = person("Ali"), person("Lee", "")
    close(cohort, after, {})
    states = fresh(ali).state, fresh(lee).state
    scenarios.marked_everywhere(lee, cohort)

    close(cohort, after + DAY, {})

    assert states == (State.ATTENDED, State.CONFIRMED)
    assert (fresh(lee).state, fresh(cohort).closed_at) == (State.ATTENDED, after + DAY)


def test_a_cohort_is_not_closed_before_its_last_session_that_counts(cohort, after, person):
    last = cohort.sessions.get(title="Day 2")
    factories.SessionFactory(cohort=cohort, optional=True, starts_at=last.ends_at + DAY)
    person("Ali")

    with pytest.raises(Refused) as refused:
        close(cohort, last.starts_at, {})

    assert refused.value.sentence == "Cohort 1 can be closed once it is over, on 4 November 2026."
    assert fresh(cohort).closed_at is None


def test_a_cohort_without_sessions_is_not_closed(after):
    cohort = factories.CohortFactory(name="Empty")

    assert closing.why_not_yet(cohort, now=after) == "Empty has no sessions that anybody needs to attend."


def test_nothing_is_done_where_the_register_changed_since_it_was_seen(cohort, after, person):
    ali, kim = person("Ali"), person("Kim", "absent")

    with pytest.raises(Refused) as not_chosen:
        close(cohort, after, {})
    with pytest.raises(Refused) as not_seen:
        close(cohort, after, {kim: Choice(Instead.WAIT)}, seen=[])

    assert {not_chosen.value.sentence, not_seen.value.sentence} == {
        "The register, or who is in the cohort, was changed while you looked at this page. Nothing has been done: "
        "look at it again, and then close it."
    }
    assert {fresh(ali).state, fresh(kim).state} == {State.CONFIRMED}


@pytest.mark.parametrize("chosen", ["full", "unknown"])
def test_nothing_is_done_where_the_cohort_chosen_can_no_longer_be_offered(cohort, after, person, chosen):
    other = later_cohort(cohort, maximum=1)
    ali, kim = person("Ali"), person("Kim", "absent")
    give(scenarios.shortlisted(cohort.programme), other)
    choice = Choice(Instead.OFFER, other.pk if chosen == "full" else None)

    with pytest.raises(Refused) as refused:
        close(cohort, after, {kim: choice})

    assert refused.value.sentence == (
        "The cohort chosen for Kim can no longer be offered: it is full, it starts too soon or it does not take "
        "place. Nothing has been done: choose again."
    )
    assert {fresh(ali).state, fresh(kim).state} == {State.CONFIRMED}


def test_staff_of_another_academy_cannot_close(cohort, after, person):
    person("Ali")

    with pytest.raises(NotAllowed):
        close(cohort, after, {}, user=scenarios.reviewer_of(factories.ProgrammeFactory()))

    assert fresh(cohort).closed_at is None


# Putting right.


def correct(application: Application, cohort: Cohort) -> None:
    """The register is put right: the person was there."""
    for session in cohort.sessions.all():
        row = Attendance.objects.get(session=session, application=application)
        register.mark(
            session.pk,
            {application.pk: Marked("present")},
            by="Robin",
            seen={application.pk: Marked(row.mark)},
            now=session.ends_at,
        )


def put_right(application: Application, cohort: Cohort, now: datetime.datetime, **kwargs: object):
    kwargs = {"user": scenarios.reviewer_of(cohort.programme), "reason": "The sheet was lost.", **kwargs}
    return closing.put_right(application.pk, cohort.pk, now=now, **kwargs)


@pytest.mark.parametrize("became", ["offered", "accepted", "waiting", "declined", "ended"])
def test_someone_wrongly_taken_to_have_missed_is_put_right(cohort, after, person, became):
    other = later_cohort(cohort)
    kim = person("Kim", "absent")
    choice = {
        "waiting": Choice(Instead.WAIT),
        "ended": Choice(Instead.END, reason="Did not come."),
    }.get(became, Choice(Instead.OFFER, other.pk))
    close(cohort, after, {kim: choice})
    if became == "accepted":
        places.accept(kim.pk, now=after)
    elif became == "declined":
        places.decline(kim.pk, now=after)
    correct(kim, cohort)
    before = closing.preview(cohort, now=after)

    put_right(kim, cohort, after + DAY)

    assert names(before.after_all) == ["Kim"]
    assert fresh(kim).state == State.ATTENDED
    assert [(place.cohort, place.status) for place in kim.places.order_by("pk")] == [
        (cohort, "attended"),
        *([(other, "declined" if became == "declined" else "released")] if choice.cohort_id else []),
    ]
    assert kim.changes.last().reason == "The sheet was lost."
    assert closing.preview(cohort, now=after).after_all == []
    assert invariants.broken() == []


def test_putting_right_is_refused_while_the_register_says_otherwise(cohort, after, person):
    kim = person("Kim", "absent")
    close(cohort, after, {kim: Choice(Instead.WAIT)})

    with pytest.raises(Refused) as refused:
        put_right(kim, cohort, after)

    assert closing.preview(cohort, now=after).after_all == []
    assert refused.value.sentence == (
        "By the register of Cohort 1, Kim has not attended: 0 of 2 sessions needed; absent twice. "
        "Correct the register first."
    )


def test_putting_right_is_refused_where_every_place_of_the_programme_is_used(cohort, after, person):
    kim = person("Kim", "absent")
    close(cohort, after, {kim: Choice(Instead.WAIT)})
    give(scenarios.shortlisted(cohort.programme), later_cohort(cohort))
    cohort.programme.total_places = 1
    cohort.programme.save()
    correct(kim, cohort)

    with pytest.raises(ProgrammeFull) as refused:
        put_right(kim, cohort, after)

    assert refused.value.sentence == (
        "Calm Conversations is full: all 1 places are offered, confirmed or attended."
    )
    assert fresh(kim).state == State.WAITLISTED


@pytest.mark.parametrize("taken", [True, False])
def test_putting_right_what_had_ended_needs_a_nomination(cohort, after, person, taken):
    cohort.programme.nomination_scope = "ics"
    cohort.programme.nominations_allowed = 1
    cohort.programme.save()
    ics = factories.IntegratedCareSystemFactory(name="NHS Downs Integrated Care Board")
    kim = person("Kim", "absent", ics=ics)
    close(cohort, after, {kim: Choice(Instead.END, reason="Did not come.")})
    correct(kim, cohort)
    if taken:
        scenarios.submitted(cohort.programme, ics=ics)

        with pytest.raises(Refused) as refused:
            put_right(kim, cohort, after)

        assert refused.value.sentence == "Every nomination of Downs is used: 1 of 1."
    else:
        put_right(kim, cohort, after)

    assert fresh(kim).state == (State.DID_NOT_COMPLETE if taken else State.ATTENDED)
    assert invariants.broken() == []
