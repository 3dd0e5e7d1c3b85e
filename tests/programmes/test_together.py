"""What is read together is what Django's own prefetch would have read, in one query."""

import datetime

import pytest
from django.core.files.base import ContentFile

from applications.models import (
    AccessNeeds,
    Answer,
    Application,
    Approval,
    CriterionAnswer,
    DeclarationMade,
    StateChange,
)
from cohorts.models import Preference
from programmes.domain import together
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

MANY = ("answers", "approvals", "declarations", "criterion_answers", "changes", "preferences")
VALUES = ["", "Sŵn “a” \\ ' %s", 7, 1.5, True, False, ["one", "two"], [], {"a": [1]}]


@pytest.fixture
def application(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    programme = factories.ProgrammeFactory()
    found = scenarios.started(programme, "sam@example.org")
    answers = [
        Answer.objects.create(application=found, question=question, asked="Why?", value=value)
        for question, value in zip(
            factories.QuestionFactory.create_batch(len(VALUES), programme=programme), VALUES, strict=True
        )
    ]
    answers[0].file.save("evidence.pdf", ContentFile(b"%PDF-"))
    step = factories.ApprovalStepFactory(programme=programme)
    Approval.objects.create(
        application=found,
        step=step,
        approver=step.approver,
        method=step.method,
        statement="Yes",
        decision="pending",
        asked_at=NOW + datetime.timedelta(microseconds=7),
        more_time_until=NOW.date(),
        address_failed=True,
    )
    DeclarationMade.objects.create(application=found, statement="I will", agreed_at=NOW)
    CriterionAnswer.objects.create(application=found, statement="Able", met=False, ways=["by one", "by two"])
    StateChange.objects.create(
        application=found, action="submit", from_state="draft", to_state="reserve", actor="Sam", at=NOW
    )
    for rank in (2, None, 1):
        cohort = factories.CohortFactory(programme=programme)
        Preference.objects.create(application=found, cohort=cohort, rank=rank)
    AccessNeeds.objects.create(application=found, dietary="Vegan", prefer_not_to_say=False, updated_at=NOW)
    return found


def values_of(rows):
    return [
        {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields} for row in rows
    ]


def test_it_is_what_a_prefetch_reads(application, django_assert_num_queries):
    prefetched = Application.objects.prefetch_related(*MANY).get(pk=application.pk)

    with django_assert_num_queries(1):
        rows = together.with_rows(Application.objects.all(), [*MANY, "access_needs"])
        (row,) = [together.handed_over(one, [*MANY, "access_needs"]) for one in rows]
        read = {name: values_of(getattr(row, name).all()) for name in MANY}
        needs = row.access_needs

    assert read == {name: values_of(getattr(prefetched, name).all()) for name in MANY}
    assert len(read["answers"]) == len(VALUES)
    assert needs.updated_at == NOW
    assert (needs.dietary, needs.prefer_not_to_say, needs.application) == ("Vegan", False, row)
    assert all(answer.application is row for answer in row.answers.all())


def test_what_was_read_can_be_saved_as_it_is(application):
    (answer, *_) = together.read(application, ["answers"]).answers.all()

    answer.asked = "Why not?"
    answer.save()

    assert Answer.objects.count() == len(VALUES)
    assert Answer.objects.get(pk=answer.pk).file.read() == b"%PDF-"


def test_where_there_is_nothing_there_is_nothing(django_assert_num_queries):
    row = factories.ApplicationFactory()
    together.read(row, [*MANY, "access_needs"])

    with django_assert_num_queries(0):
        assert [list(getattr(row, name).all()) for name in MANY] == [[]] * len(MANY)
        assert not hasattr(row, "access_needs")


def test_each_row_gets_its_own(application):
    other = scenarios.started(application.programme, "kim@example.org")
    cohort = factories.CohortFactory(programme=application.programme)
    Preference.objects.create(application=other, cohort=cohort, rank=1)

    rows = together.with_rows(Application.objects.order_by("pk"), ["preferences"])
    read = [together.handed_over(one, ["preferences"]) for one in rows]

    assert [[chosen.rank for chosen in one.preferences.all()] for one in read] == [
        [one.rank for one in application.preferences.all()],
        [1],
    ]


def test_what_is_let_go_is_read_again(application):
    together.read(application, ["answers"])
    Answer.objects.all().delete()

    together.forget(application, ["answers", "approvals"])

    assert list(application.answers.all()) == []


def test_beside_what_is_gone_nothing_is_read(application):
    Application.objects.all().delete()

    with pytest.raises(Application.DoesNotExist):
        together.read(application, ["answers"])
