"""The check for impossible states: each rule is broken by itself, and speaks alone."""

import datetime
import json
import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from applications.domain import nomination_leads
from applications.models import Answer, Application, Approval, NominationLead, State, StateChange
from cohorts.models import Cohort, Place, Proposal, WaitingPlace
from facilitators.domain.calendar import circle_integrity
from facilitators.domain.community import integrity as community_integrity
from facilitators.domain.covering import cover_integrity
from facilitators.domain.delivering import delivery_integrity
from facilitators.domain.evaluation import integrity as evaluation_integrity
from facilitators.domain.handbook import integrity as handbook_integrity
from facilitators.domain.people import integrity_register
from facilitators.models import Certificate
from programmes.domain import integrity, messages
from programmes.models import IntegrityReport, Link, Message, NominationAllowance, Programme
from programmes.tasks import check_integrity
from tests import factories, invariants, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db
LONG_AGO = NOW - datetime.timedelta(days=400)


@pytest.fixture(autouse=True)
def storage_of_its_own(settings):
    """No test sees the files of another."""
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def programme():
    """With a cohort of one session, nominations, and a line manager who is asked by mail."""
    programme = factories.ProgrammeFactory(limited=True, total_places=30)
    cohort = factories.CohortFactory(programme=programme, maximum=20)
    factories.SessionFactory(cohort=cohort)
    factories.ApprovalStepFactory(programme=programme)
    return programme


def spoke(now=NOW):
    """The names of the rules of which something is not true, each once, in order; mails that wait are not meant."""
    Message.objects.filter(status="queued").update(not_before=now)
    return sorted({sentence.partition(":")[0] for sentence in integrity.broken(now)})


def broken_by(name, programme):
    """Break one rule by writing to the table past every verb."""
    _BREAKS[name](programme)


def _too_many_nominations(programme):
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(2):
        scenarios.submitted(programme, ics=ics)
    NominationAllowance.objects.update(allowed=1, reason="A test")


def _reserve_beside_a_free_nomination(programme):
    ics = factories.IntegratedCareSystemFactory()
    for _ in range(6):
        scenarios.submitted(programme, ics=ics)
    NominationAllowance.objects.update(allowed=9, reason="A test")


def _counted_against_nothing(programme):
    scenarios.submitted(programme)
    NominationAllowance.objects.all().delete()


def _without_a_nomination(programme):
    one = scenarios.under_review(programme)
    Application.objects.filter(pk=one.pk).update(nomination_number=None)


def _queue_of_the_reserve(programme):
    one = scenarios.under_review(programme)
    Application.objects.filter(pk=one.pk).update(reserve_since=NOW)


def _nominee_of_another(programme):
    application = scenarios.under_review(programme)
    board = NominationAllowance.objects.get()
    factories.NomineeFactory(allowance=board, email="nora@example.org", application=application)


def _never_asked(programme):
    one = scenarios.under_review(programme)
    Approval.objects.filter(application=one).update(decision="not_asked")


def _asked_without_need(programme):
    one = scenarios.under_review(programme)
    Approval.objects.filter(application=one).update(decision="pending")


def _waits_for_nobody(programme):
    one = scenarios.submitted(programme)
    Approval.objects.filter(application=one).update(decision="supported")


def _asked_when(programme):
    scenarios.submitted(programme)
    Approval.objects.update(asked_at=None)


def _draft_not_submitted(programme):
    one = scenarios.filled_in(programme)
    Application.objects.filter(pk=one.pk).update(submitted_at=NOW)


def _state_without_a_record(programme):
    one = scenarios.under_review(programme)
    Application.objects.filter(pk=one.pk).update(state="more_information")


def _record_with_a_gap(programme):
    one = scenarios.under_review(programme)
    StateChange.objects.filter(application=one, action="approve").update(from_state="reserve")


def _figures(programme):
    one = scenarios.shortlisted(programme)
    Application.objects.filter(pk=one.pk).update(furthest=1)


def _file(programme):
    question = factories.QuestionFactory(programme=programme, kind="file", required=False)
    one = scenarios.submitted(programme)
    answer = Answer.objects.create(
        application=one, question=question, asked="Your letter", value="letter.pdf"
    )
    answer.file.save("letter.pdf", ContentFile(b"Dear academy"))
    return answer


def _row_without_a_file(programme):
    answer = _file(programme)
    answer.file.storage.delete(answer.file.name)


def _file_without_a_row(programme):
    _file(programme).delete()


def _overfull_cohort(programme):
    for _ in range(2):
        scenarios.confirmed(programme)
    Cohort.objects.update(maximum=1)


def _people_where_nothing_happens(programme):
    scenarios.confirmed(programme)
    Cohort.objects.update(runs=False)


def _overfull_programme(programme):
    for _ in range(2):
        scenarios.confirmed(programme)
    Programme.objects.update(total_places=1)


def _state_without_its_place(programme):
    one = scenarios.offered(programme)
    Place.objects.filter(application=one).update(
        status="lapsed", seat_number=None, programme_number=None, in_calendar=False
    )


def _place_without_its_state(programme):
    one = scenarios.shortlisted(programme)
    cohort = programme.cohorts.get()
    factories.PlaceFactory(application=one, cohort=cohort, offered_at=NOW, seat_number=1)


def _place_of_another_programme(programme):
    scenarios.confirmed(programme)
    Cohort.objects.update(programme=factories.ProgrammeFactory())


def _waiting_without_a_position(programme):
    scenarios.waitlisted(programme)
    WaitingPlace.objects.all().delete()


def _calendar(programme):
    scenarios.confirmed(programme)
    Place.objects.update(in_calendar=False)


def _offer_past_its_date(programme):
    scenarios.offered(programme)
    Place.objects.update(respond_by=NOW - datetime.timedelta(days=1))


def _proposal_stuck(programme):
    Proposal.objects.create(programme=programme, made_at=LONG_AGO, status="running")


def _completed_without_a_certificate(programme):
    scenarios.completed(programme)
    Certificate.objects.all().delete()


def _certificate_without_completion(programme):
    one = scenarios.attended(programme)
    Certificate.objects.create(
        application=one, number="TST-2026-AAAAA", name="Sam", programme="P", academy="A", issued_at=NOW
    )


def _agreed_without_completion(programme):
    one = scenarios.attended(programme)
    one.undertakings_made.create(statement="I will", name="Sam", made_at=NOW)


def _mail(programme, **values):
    one = scenarios.filled_in(programme)
    mail = Message.objects.about(one.about).get()
    Message.objects.filter(pk=mail.pk).update(**values)


def _mail_about_nothing(programme):
    _mail(programme, about="application:0")


def _link_to_nothing(programme):
    scenarios.filled_in(programme)
    Link.objects.update(object_id=0)


def _mail_stuck(programme):
    _mail(programme, status="sending", leased_until=LONG_AGO)


def _mail_sent_when(programme):
    _mail(programme, status="sent")


_BREAKS = {
    name.removeprefix("_").replace("_", "-"): breaks
    for name, breaks in list(globals().items())
    if name.startswith("_") and callable(breaks) and name not in ("_mail", "_file")
}
# A mail that is late is made by the clock, below.
_BY_THE_CLOCK = {"mail-late"}
# Those about facilitators are broken one by one in files of their own: tests/facilitators/.
_ELSEWHERE = {
    rule.name
    for part in (
        integrity_register,
        delivery_integrity,
        circle_integrity,
        cover_integrity,
        evaluation_integrity,
        handbook_integrity,
        community_integrity,
    )
    for rule in part.RULES
}


def test_every_rule_is_broken_here():
    assert set(_BREAKS) | _BY_THE_CLOCK | _ELSEWHERE == {rule.name for rule in integrity.rules()}


@pytest.mark.parametrize("name", sorted(_BREAKS))
def test_a_rule_that_is_broken_speaks_alone(name, programme):
    now = NOW + datetime.timedelta(days=400) if name == "file-without-a-row" else NOW

    broken_by(name, programme)

    assert spoke(now) == [name]


def test_mails_and_links_of_a_lead_who_is_not_there_are_named(programme):
    scenarios.under_review(programme)
    user = scenarios.reviewer_of(programme)
    (board,) = NominationAllowance.objects.all()
    lead = nomination_leads.invite(board.pk, name="Lee", email="lee@example.org", user=user, now=NOW)
    there = spoke()

    NominationLead.objects.filter(pk=lead.pk).delete()

    assert (there, spoke()) == ([], ["link-to-nothing", "mail-about-nothing"])


def test_a_mail_that_should_have_gone_an_hour_ago_is_late(programme):
    scenarios.filled_in(programme)

    assert [one.partition(":")[0] for one in integrity.broken(NOW + datetime.timedelta(minutes=59))] == []
    assert [one.partition(":")[0] for one in integrity.broken(NOW + datetime.timedelta(minutes=61))] == [
        "mail-late"
    ]


def test_two_who_share_a_position_in_the_reserve_are_named(programme):
    ics = factories.IntegratedCareSystemFactory()
    reserve = [scenarios.submitted(programme, ics=ics) for _ in range(7)][5:]
    Application.objects.filter(state=State.RESERVE).update(reserve_since=NOW)

    (rule,) = [rule for rule in integrity.rules() if rule.name == "queue-of-the-reserve"]
    found = integrity.breaches_of(rule, NOW)

    assert [one.sentence for one in found] == [
        f"{one.reference} shares its position in the reserve with somebody else." for one in reserve
    ]


def test_a_file_that_is_on_its_way_is_left_alone(programme):
    _file_without_a_row(programme)

    assert spoke() == []


def test_a_well_kept_database_has_no_breach_in_any_state(programme):
    _file(programme)
    for scenario in ("submitted", "waitlisted", "offered", "confirmed", "completed"):
        other = factories.ProgrammeFactory()
        factories.SessionFactory(cohort=factories.CohortFactory(programme=other))
        getattr(scenarios, scenario)(other)

    assert spoke() == []


def test_a_breach_says_which_record_what_to_do_and_whose_it_is(programme):
    one = scenarios.confirmed(programme)
    Place.objects.update(in_calendar=False)

    report = integrity.check(NOW, started_by="A test")

    assert report.findings == [
        {
            "rule": "calendar",
            "promise": "Confirmed people, and only they, were sent the dates.",
            "record": str(one),
            "sentence": f"{one.reference} was never sent the dates of {programme.cohorts.get()} for the calendar.",
            "what_to_do": "Tell the person the dates.",
            "academy": programme.academy_id,
            "about": f"application:{one.pk}",
        }
    ]


def test_of_many_breaches_of_one_rule_some_are_named_and_the_rest_counted(programme, monkeypatch):
    # Fewer than in life, so that five drafts are enough.
    monkeypatch.setattr(integrity, "NAMED", 2)
    rule = next(rule for rule in integrity.rules() if rule.name == "draft-not-submitted")
    for _ in range(5):
        scenarios.filled_in(programme)
    Application.objects.update(submitted_at=NOW)

    found = integrity.breaches_of(rule, NOW)

    assert [one.record for one in found[:2]] == [str(one) for one in Application.objects.order_by("pk")[:2]]
    assert found[2].sentence == "The same is true of 3 more records."


def test_the_rules_read_as_many_queries_however_many_applications_there_are(programme):
    def queries():
        with CaptureQueriesContext(
            connection,
        ) as captured:
            integrity.broken(NOW)
        return len(captured)

    scenarios.confirmed(programme)
    one = queries()
    for _ in range(3):
        scenarios.confirmed(programme)

    assert queries() == one


def test_mails_about_what_nobody_keeps_are_left_alone(programme):
    messages.queue(
        "register_link",
        occasion="test",
        to_address="a@example.org",
        to_name="A",
        programme=programme,
        about="weather:1",
        now=NOW,
        context={},
    )

    assert spoke() == []


def test_old_reports_go(programme):
    integrity.check(NOW - datetime.timedelta(days=61), started_by="A test")

    integrity.check(NOW, started_by="A test")

    assert list(IntegrityReport.objects.values_list("started_at", flat=True)) == [NOW]


def test_the_daily_job_counts_what_it_finds(programme):
    _draft_not_submitted(programme)
    Message.objects.update(status="sent", sent_at=F("created_at"))

    assert check_integrity() == 1
    assert IntegrityReport.objects.get().started_by == "The daily job"


def test_the_command_prints_sentences_and_fails_where_something_is_wrong(programme):
    one = scenarios.filled_in(programme)
    Message.objects.update(status="sent", sent_at=F("created_at"))
    Application.objects.update(submitted_at=NOW)
    said = StringIO()

    with pytest.raises(SystemExit) as end:
        call_command("check_integrity", stdout=said)

    assert end.value.code == 1
    lines = said.getvalue().splitlines()
    assert lines[0] == (
        f"{one.reference} is a draft, and says when it was submitted. Tell whoever looks after the portal, with the "
        "reference; change nothing by hand. [draft-not-submitted]"
    )
    assert lines[1].endswith(": 1 impossible state.")


def test_the_command_prints_json_and_ends_well_where_all_is_well(db):
    said = StringIO()

    call_command("check_integrity", json=True, stdout=said)

    report = json.loads(said.getvalue())
    assert report["findings"] == []
    assert report["rules"] == len(integrity.rules())


def test_the_page_about_the_check_names_every_rule_with_its_promise():
    page = (Path(__file__).parents[2] / "docs" / "integrity.md").read_text()

    named = re.findall(r"^\| `([a-z-]+)` \| (.*) \|$", page, re.MULTILINE)

    assert named == [(rule.name, rule.promise) for rule in integrity.rules()]


def test_the_tests_own_look_at_the_rules_finds_a_breach_after_it_has_found_none():
    """It asks again what was empty before (tests/invariants.py)."""
    application = scenarios.submitted(factories.ProgrammeFactory())
    assert [invariants.broken() for _ in range(2)] == [[], []]

    Application.objects.filter(pk=application.pk).update(state="confirmed")

    assert any("has no place of which that is so" in sentence for sentence in invariants.broken())
    Application.objects.filter(pk=application.pk).update(state=application.state)
    assert invariants.broken() == []
