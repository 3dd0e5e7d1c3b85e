import pytest

from applications.domain.eligibility import Met, count_ineligible, judge, unmet
from applications.models import Application
from programmes.models import IneligibleCount
from programmes.models.parts import Importance
from tests.factories import CriterionFactory, CriterionOptionFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_judge_takes_a_plain_yes_for_met_and_anything_else_for_not_met():
    programme = ProgrammeFactory()
    yes, no, silent = (CriterionFactory(programme=programme, key=key) for key in ("yes", "no", "silent"))

    verdicts = judge(programme, {"yes": True, "no": False})

    assert verdicts == [Met(yes, True), Met(no, False), Met(silent, False)]


def test_judge_takes_one_option_of_an_any_of_group_as_meeting_it_and_keeps_which():
    # Source page: "2-3 years' experience of group facilitation and/or a qualification".
    criterion = CriterionFactory(key="experience")
    CriterionOptionFactory(criterion=criterion, key="years", text="2 to 3 years")
    CriterionOptionFactory(criterion=criterion, key="qualified", text="A qualification")

    by_one = judge(criterion.programme, {"experience": ["qualified"]})
    by_both = judge(criterion.programme, {"experience": ["qualified", "years"]})

    assert by_one == [Met(criterion, True, ("A qualification",))]
    assert by_both == [Met(criterion, True, ("2 to 3 years", "A qualification"))]


@pytest.mark.parametrize("answer", [[], ["unknown"], True, False])
def test_judge_does_not_take_a_group_as_met_without_one_of_its_options(answer):
    criterion = CriterionOptionFactory(criterion__key="experience").criterion

    assert judge(criterion.programme, {"experience": answer}) == [Met(criterion, False)]


def test_unmet_names_the_essential_criteria_and_lets_desirable_ones_pass():
    programme = ProgrammeFactory()
    essential = CriterionFactory(programme=programme)
    CriterionFactory(programme=programme, importance=Importance.DESIRABLE)
    met = CriterionFactory(programme=programme, key="met")

    assert unmet(judge(programme, {met.key: True})) == [essential]


def test_unmet_is_empty_for_a_programme_without_criteria():
    assert unmet(judge(ProgrammeFactory(), {})) == []


def test_count_ineligible_counts_visitors_and_keeps_nothing_about_them():
    programme = ProgrammeFactory()
    one, other = CriterionFactory(programme=programme), CriterionFactory(programme=programme)

    count_ineligible([one, other])
    count_ineligible([one])

    counts = dict(IneligibleCount.objects.values_list("criterion", "visitors"))
    assert counts == {one.pk: 2, other.pk: 1}
    assert not Application.objects.exists()
