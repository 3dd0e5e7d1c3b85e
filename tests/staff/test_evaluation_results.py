"""The page of a programme's evaluation, and that of the yield."""

import datetime

import pytest
from django.urls import reverse

from facilitators.domain import certificate_expiry
from facilitators.models import Certificate, CertificateRenewal, EvaluationQuestion, Moment
from programmes.models import ExportRecord, Programme
from tests import factories, scenarios
from tests.facilitators.delivering import logged
from tests.facilitators.evaluating import given, question
from tests.factories import NOW
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import messages_of, text_of

JANUARY = datetime.datetime(2027, 1, 3, 9, tzinfo=datetime.UTC)
FEBRUARY = datetime.datetime(2027, 2, 3, 9, tzinfo=datetime.UTC)


def results_page(programme, file=False):
    name = f"admin:facilitators_evaluationresponse_results{'_file' if file else ''}"
    return reverse(name, args=[programme.pk])


def lines_of(response):
    return b"".join(response.streaming_content).decode("utf-8-sig").splitlines()


@pytest.fixture
def answered(desk):
    """Five answers of January, and two of February, to a rating, a choice and a text."""
    rating = question(desk.programme, Moment.MONTHS_3, text="How is it?", position=1)
    often = question(desk.programme, Moment.MONTHS_3, "choice", text="How often?", position=2)
    helps = question(desk.programme, Moment.MONTHS_3, "long_text", text="What helps?", position=3)
    for month, ratings in ((JANUARY, "54321"), (FEBRUARY, "55")):
        for value in ratings:
            said = {rating: value, often: "Weekly", helps: f"=Time {value}"}
            given(desk.programme, Moment.MONTHS_3, said, asked_at=month)


def test_everybody_reads_the_numbers_and_reviewers_the_texts(desk, answered):
    viewer, reviewer = (
        text_of(desk.client(who).get(results_page(desk.programme))) for who in ("viewer", "reviewer")
    )

    assert "How is it?" in viewer
    assert "February 2027 2 hidden" in viewer
    assert "All 7 7" in viewer
    assert ("What helps?" in viewer, "What helps?" in reviewer) == (False, True)
    assert ("One by one" in viewer, "One by one" in reviewer) == (False, True)


def test_a_question_of_few_answers_says_that_it_is_hidden(desk):
    rating = question(desk.programme, Moment.MONTHS_3, text="How is it?")
    given(desk.programme, Moment.MONTHS_3, {rating: "1"})

    page = text_of(desk.client("viewer").get(results_page(desk.programme)))

    assert "Hidden: fewer than 5 answers." in page


def test_a_programme_that_asks_nothing_says_so(desk):
    page = text_of(desk.client("viewer").get(results_page(desk.programme)))

    assert "This programme asks nothing, and has asked nothing." in page


def test_the_file_holds_the_numbers_without_texts_and_that_it_was_taken_is_kept(desk, answered):
    lines = lines_of(desk.client("reviewer").post(results_page(desk.programme, file=True)))

    assert lines[0] == "When,Question,Group,Asked,Answered,Mean,Answer,Times"
    # January has enough answers, and would tell of February: it is hidden too.
    hidden = '"fewer than 5, or hidden so that they cannot be worked out"'
    when = "3 months after the training"
    assert lines[1:4] == [
        f"{when},,January 2027,5,{hidden},,,",
        f"{when},,February 2027,2,{hidden},,,",
        f"{when},,All,7,7,,,",
    ]
    assert f"{when},How often?,All,,7,,Weekly,7" in lines
    assert not any("=Time" in line for line in lines)
    record = ExportRecord.objects.get()
    assert (record.rows, record.kind, record.sensitive) == (len(lines) - 1, "csv", False)


def test_a_choice_needs_choices_and_what_is_none_has_none(desk, administrator):
    address = reverse("admin:programmes_programme_step", args=[desk.programme.pk, "afterwards"])
    shown = as_shown(administrator.get(address))

    def sent(**values):
        said = {"moment": "months_6", "kind": "choice", "text": "How often?"} | values
        return administrator.post(
            address, shown | {f"evaluation_questions-0-{name}": value for name, value in said.items()}
        )

    few, twice = errors_of(sent(choices="Weekly")), errors_of(sent(choices="Weekly\nWeekly"))
    sent(choices="Weekly\n\nMonthly ")
    made = EvaluationQuestion.objects.get()
    EvaluationQuestion.objects.all().delete()
    sent(kind="yes_no", choices="Weekly\nMonthly")

    assert few == ["Enter at least two choices, one a line."]
    assert twice == ["Enter each choice once."]
    assert (made.moment, made.choices) == ("months_6", ["Weekly", "Monthly"])
    assert EvaluationQuestion.objects.get().choices == []


# The yield.
@pytest.fixture
def delivered(desk):
    training = factories.TrainingFactory(
        programme=desk.programme, facilitator__ics=factories.IntegratedCareSystemFactory(name="Kent")
    )
    logged(training, NOW.date().isoformat(), people={"charity": 12})
    return training


def yield_page(name="yield", **asked):
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    return f"{reverse(f'admin:facilitators_delivery_{name}')}?{query}"


def test_the_yield_is_shown_as_a_chart_and_a_table(desk, delivered):
    client = desk.client("viewer")

    page = client.get(yield_page(by="ics", chart="deliveries"))
    nonsense = client.get(yield_page(by="colour", year="soon", ics="9999"))

    words = text_of(page)
    assert "Deliveries, by ICS" in words
    assert "Kent 1 1 1 1 12" in words
    assert "Total 1 1 1 1 12" in words
    assert page.content.decode().count("<svg") >= 1
    assert "People reached, by programme" in text_of(nonsense)
    # What is shown unasked stands first in its list.
    assert nonsense.context["form"].fields["chart"].choices[0] == ("people", "People reached")
    assert "Total 1 1 1 1 12" in text_of(nonsense)


def test_the_yield_of_what_is_chosen_may_be_nothing(desk, delivered):
    page = text_of(desk.client("viewer").get(yield_page(ics=0)))

    assert "Nobody is trained yet, or nothing is left of what you chose." in page


def test_the_yield_is_of_the_readers_programmes_alone(desk, delivered):
    for who in ("outsider", "limited"):
        page = text_of(desk.client(who).get(yield_page()))
        assert "Nobody is trained yet" in page
        assert desk.programme.title not in page


def test_the_yield_as_a_file(desk, delivered):
    lines = lines_of(desk.client("viewer").post(yield_page("yield_file", by="ics")))

    assert lines == [
        "ICS,People trained,Active facilitators,Deliveries,Sessions,People reached",
        "Kent,1,1,1,1,12",
        "Total,1,1,1,1,12",
    ]
    record = ExportRecord.objects.get()
    assert (record.narrowed_by, record.rows) == ("by=ics", 1)


def test_the_list_of_deliveries_leads_to_the_yield(desk):
    page = desk.client("viewer").get(reverse("admin:facilitators_delivery_changelist"))

    assert reverse("admin:facilitators_delivery_yield") in page.content.decode()


@pytest.mark.parametrize("times", [1, 3])
def test_both_pages_take_the_same_queries_however_many_rows(desk, times, django_assert_num_queries):
    for number in range(times):
        training = factories.TrainingFactory(programme=desk.programme)
        logged(training, NOW.date().isoformat(), people={"charity": 12 + number})
        rating = question(desk.programme, Moment.MONTHS_3, text=f"Question {number}?")
        given(desk.programme, Moment.MONTHS_3, {rating: "4"})
    client = desk.client("reviewer")

    with django_assert_num_queries(13):
        client.get(yield_page(by="ics"))
    with django_assert_num_queries(11):
        client.get(results_page(desk.programme))


# Certificates.
@pytest.fixture
def certificate(desk):
    factories.FacilitationFactory(programme=desk.programme, circles=False, valid_months=12)
    return scenarios.completed(desk.programme, name="Sam Applicant").certificates.get()


def test_a_certificate_is_renewed_with_a_reason(reviewer, certificate):
    address = reverse("admin:facilitators_certificate_renew", args=[certificate.pk])
    own = reverse("admin:facilitators_certificate_change", args=[certificate.pk])
    early = text_of(reviewer.get(address))
    soon = NOW.date() + datetime.timedelta(days=30)
    Certificate.objects.update(first_expires_on=soon, expires_on=soon)
    offered = text_of(reviewer.get(own))

    missing = text_of(reviewer.post(address))
    done = reviewer.post(address, {"reason": "A refresher day."}, follow=True)

    until = CertificateRenewal.objects.get().until_on
    assert " already" in early
    assert "Renew" in offered
    assert "Enter the reason. It is kept with your name." in missing
    assert messages_of(done) == [f"{certificate.number} is valid until {until:%-d %B %Y}."]
    assert "A refresher day." in text_of(done)
    renewed = Certificate.objects.get()
    assert certificate_expiry.by_rows(renewed) == renewed.expires_on == until


def test_months_below_one_are_refused(desk, administrator):
    address = reverse("admin:programmes_programme_step", args=[desk.programme.pk, "afterwards"])
    shown = as_shown(administrator.get(address))

    response = administrator.post(address, shown | {"facilitation-0-valid_months": "0"})

    assert errors_of(response) == ["Enter 1 or more, or leave it empty: certificates do not expire then."]
    assert not Programme.objects.filter(facilitation__isnull=False).exists()
