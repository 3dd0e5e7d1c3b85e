"""Setting up a programme."""

import pytest
from django.urls import reverse

from applications.models import State
from programmes.admin.setting_up import STEPS
from programmes.models import Criterion, Message, Programme
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.programme_files import all_rows
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import messages_of, section, text_of

LIST = reverse("admin:programmes_programme_changelist")
ADD = reverse("admin:programmes_programme_add")


def page_of(programme):
    return reverse("admin:programmes_programme_change", args=[programme.pk])


def step_of(programme, step):
    return reverse("admin:programmes_programme_step", args=[programme.pk, step])


def save(client, programme, step="dates", **changed):
    """Open a step, change some fields, save."""
    address = step_of(programme, step)
    return client.post(address, as_shown(client.get(address)) | changed, follow=True)


def add_part(client, programme, step, prefix, **given):
    """Open a step, fill in the empty part, save."""
    shown = as_shown(client.get(step_of(programme, step)))
    number = int(shown[f"{prefix}-TOTAL_FORMS"]) - 1
    shown |= {f"{prefix}-{number}-{name}": value for name, value in given.items()}
    return client.post(step_of(programme, step), shown, follow=True)


def test_a_page_saved_as_it_was_shown_changes_nothing(desk, administrator):
    factories.CriterionFactory(programme=desk.programme, position=1)
    factories.QuestionFactory(programme=desk.programme, kind="choice", options=["One", "Two"], position=1)
    factories.RoleDescriptionFactory(programme=desk.programme)
    factories.EvaluationQuestionFactory(programme=desk.programme, position=1)
    before = all_rows()

    for page in STEPS[:-1]:
        response = save(administrator, desk.programme, page.step.value)
        assert messages_of(response) == [f"“{page.title}” is saved."]

    after = all_rows()
    assert [name for name in before if before[name] != after[name]] == ["admin.LogEntry"]


def test_what_is_changed_is_kept_with_who_changed_it(desk, administrator):
    save(administrator, desk.programme, "about", title="Cylchoedd Cefnogi")

    desk.programme.refresh_from_db()
    newest = desk.programme.history.first()
    history = administrator.get(reverse("admin:programmes_programme_history", args=[desk.programme.pk]))
    assert desk.programme.title == "Cylchoedd Cefnogi"
    assert newest.history_user == desk.staff["administrator"]
    assert "Title: Leadership Circles → Cylchoedd Cefnogi" in text_of(history)


def test_a_programme_is_added_to_the_administrators_own_academy(desk, administrator):
    shown = as_shown(administrator.get(ADD))
    given = {
        "academy": desk.programme.academy.pk,
        "title": "New",
        "code": "NEW",
        "slug": "new",
        "summary": "New.",
        "contact_email": "new@example.org",
    }

    administrator.post(ADD, shown | given)

    assert Programme.objects.get(slug="new").academy == desk.programme.academy


def test_the_page_shows_places_applications_and_nominations(desk, administrator):
    desk.programme.total_places = 30
    desk.programme.save()
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    for _ in range(6):
        scenarios.submitted(desk.programme, ics=ics)
    scenarios.offered(desk.programme, ics=factories.IntegratedCareSystemFactory(name="NHS Kent Board"))

    response = administrator.get(page_of(desk.programme))

    assert section(response, "places") == (
        "Places The programme 1 of 30 taken Spring 1 of 20 seats taken, starts 4 December 2026"
    )
    assert section(response, "states") == "Applications In reserve 1 Under review 5 Place offered 1"
    assert section(response, "nominations") == (
        "Nominations The boards, for swapping and ranking Whose Used Allowed In reserve Change "
        "Kent Board 1 5 0 Set another number for Kent Board "
        "Sussex 5 5 1 Set another number for Sussex Set another number"
    )


def test_viewers_read_the_page_and_have_nothing_to_change(desk):
    scenarios.submitted(desk.programme)

    response = desk.client("viewer").get(page_of(desk.programme))
    step = desk.client("viewer").get(step_of(desk.programme, "about"))
    answer = desk.client("viewer").post(step_of(desk.programme, "about"), {"title": "Mine"})

    desk.programme.refresh_from_db()
    assert "Set another number" not in text_of(response)
    assert "Open to the public" not in text_of(response)
    assert "Leadership Circles" in text_of(step)
    assert b'name="_save"' not in step.content
    assert answer.status_code == 403
    assert desk.programme.title == "Leadership Circles"


def test_total_places_are_not_lowered_below_those_taken(desk, administrator):
    for _ in range(2):
        scenarios.offered(desk.programme)

    response = save(administrator, desk.programme, total_places="1", notify_by="2027-03-01")
    allowed = save(administrator, desk.programme, total_places="2")

    assert errors_of(response) == ["Leadership Circles has 2 places taken: the total cannot be 1."]
    assert response.context["adminform"].form["notify_by"].value() == "2027-03-01"
    assert messages_of(allowed) == ["“Who and when” is saved."]


def test_nominations_are_not_lowered_below_those_that_stand(desk, administrator):
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board")
    for _ in range(3):
        scenarios.submitted(desk.programme, ics=ics)

    response = save(administrator, desk.programme, nominations_allowed="2")

    desk.programme.refresh_from_db()
    assert errors_of(response) == ["Sussex already has 3 nominations: the number allowed cannot be 2."]
    assert desk.programme.nominations_allowed == 5


def test_whose_nominations_are_counted_stays_once_some_are(desk, administrator):
    scenarios.submitted(desk.programme)

    response = save(administrator, desk.programme, nomination_scope=NominationScope.REGION)

    assert errors_of(response) == [
        "Applications are counted already by “each ics”: "
        "whose nominations are counted together cannot change any more."
    ]


def test_raising_the_nominations_moves_those_in_reserve_up(desk, administrator):
    desk.programme.nominations_allowed = 1
    desk.programme.save()
    ics = factories.IntegratedCareSystemFactory()
    scenarios.submitted(desk.programme, ics=ics)
    waiting = scenarios.submitted(desk.programme, ics=ics)

    response = save(administrator, desk.programme, nominations_allowed="2")

    waiting.refresh_from_db()
    assert waiting.state == State.UNDER_REVIEW
    assert messages_of(response)[0] == f"Moved up from reserve and told so: {waiting.reference}."
    assert Message.objects.filter(event="moved_up", to_address=waiting.email).count() == 1


def test_raising_the_nominations_says_nothing_where_nobody_waits(desk, administrator):
    response = save(administrator, desk.programme, nominations_allowed="6")

    assert len(messages_of(response)) == 1


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"nominations_allowed": ""}, "Enter how many nominations are allowed, 1 or more."),
        ({"nominations_allowed": "0"}, "Enter how many nominations are allowed, 1 or more."),
        ({"nominations_allowed": "x"}, "Enter a whole number."),
        ({"nomination_scope": "none"}, "Leave this empty: nominations are not limited."),
        ({"total_places": "0"}, "Enter 1 or more, or leave it empty for no total."),
        (
            {"closes_at_0": "2020-01-01", "closes_at_1": "12:00"},
            "The closing must be after the opening.",
        ),
    ],
)
def test_numbers_and_dates_that_cannot_be_are_refused(desk, administrator, changed, error):
    before = Programme.objects.values().get(pk=desk.programme.pk)

    response = save(administrator, desk.programme, **changed)

    assert errors_of(response) == [error]
    assert Programme.objects.values().get(pk=desk.programme.pk) == before


def test_a_part_that_is_added_gets_a_key_of_its_own(desk, administrator):
    given = {
        "statement": "Time to facilitate",
        "question": "Do you have time?",
        "importance": "essential",
        "position": "3",
    }

    add_part(administrator, desk.programme, "criteria", "criteria", **given)
    add_part(administrator, desk.programme, "criteria", "criteria", **given)

    keys = [criterion.key for criterion in desk.programme.criteria.all()]
    assert [key[:18] for key in keys] == ["time-to-facilitate"] * 2
    assert len(set(keys)) == 2


def test_a_part_keeps_its_key_when_it_is_reworded(desk, administrator):
    criterion = factories.CriterionFactory(programme=desk.programme, key="groups")

    save(administrator, desk.programme, "criteria", **{"criteria-0-statement": "Reworded"})

    assert Criterion.objects.values_list("key", "statement").get(pk=criterion.pk) == ("groups", "Reworded")


def test_options_of_an_any_of_criterion_are_added_on_its_own_page(desk, administrator):
    criterion = factories.CriterionFactory(programme=desk.programme)
    address = reverse("admin:programmes_criterion_change", args=[criterion.pk])
    shown = as_shown(administrator.get(address))

    administrator.post(address, shown | {"options-0-text": "A qualification", "options-0-position": "1"})

    option = criterion.options.get()
    assert (option.text, option.key[:15]) == ("A qualification", "a-qualification")


def test_options_of_a_question_are_typed_one_a_line(desk, administrator):
    given = {
        "kind": "choice",
        "text": "Which?",
        "position": "1",
        "options": " One \r\n\r\nTwo",
        "max_words": "",
    }

    add_part(administrator, desk.programme, "questions", "questions", **given)

    shown = as_shown(administrator.get(step_of(desk.programme, "questions")))
    assert desk.programme.questions.get().options == ["One", "Two"]
    assert shown["questions-0-options"] == "One\nTwo"


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"kind": "choice", "options": "One"}, "Enter at least two options, one a line."),
        ({"kind": "choices", "options": "One\nOne"}, "Enter each option once."),
        ({"kind": "number", "least": "5", "most": "2"}, "The largest number must be 5 or more."),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(desk, administrator, given, error):
    response = add_part(
        administrator, desk.programme, "questions", "questions", text="Which?", position="1", **given
    )

    assert errors_of(response) == [error]
    assert desk.programme.questions.count() == 0


def allowance_of(programme):
    return reverse("admin:programmes_programme_allowance", args=[programme.pk])


def test_one_ics_gets_another_number_with_a_reason_and_its_reserve_moves_up(desk, administrator):
    desk.programme.nominations_allowed = 1
    desk.programme.save()
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board", code="QNX")
    scenarios.submitted(desk.programme, ics=ics)
    waiting = scenarios.submitted(desk.programme, ics=ics)
    given = {"key": "ics:QNX", "allowed": "2", "reason": "A large system."}

    page = administrator.get(allowance_of(desk.programme), {"key": "ics:QNX"})
    response = administrator.post(allowance_of(desk.programme), given, follow=True)

    waiting.refresh_from_db()
    allowance = desk.programme.allowances.get()
    assert page.context["form"]["key"].value() == "ics:QNX"
    assert ("ics:QNX", "Sussex (now 1)") in page.context["form"].fields["key"].choices
    assert messages_of(response) == ["Sussex can nominate 2 now. 1 application moved up from reserve."]
    assert (allowance.allowed, allowance.reason) == (2, "A large system.")
    assert allowance.history.first().history_user == desk.staff["administrator"]
    assert waiting.state == State.UNDER_REVIEW


def test_an_ics_that_has_used_none_can_be_given_a_number_too(desk, administrator):
    factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board", code="QNX")

    response = administrator.post(
        allowance_of(desk.programme),
        {"key": "ics:QNX", "allowed": "0", "reason": "Not this year."},
        follow=True,
    )

    assert messages_of(response) == ["Sussex can nominate 0 now."]
    assert desk.programme.allowances.get().ics.code == "QNX"


def test_a_region_gets_another_number_where_regions_are_counted(desk, administrator):
    desk.programme.nomination_scope = NominationScope.REGION
    desk.programme.save()
    factories.IntegratedCareSystemFactory()

    response = administrator.post(
        allowance_of(desk.programme), {"key": "region:Y59", "allowed": "9", "reason": "Large."}, follow=True
    )

    assert messages_of(response) == ["South East can nominate 9 now."]
    assert desk.programme.allowances.get().region.ods_code == "Y59"


def test_a_number_below_the_nominations_that_stand_is_refused_naming_it(desk, administrator):
    ics = factories.IntegratedCareSystemFactory(name="NHS Sussex Integrated Care Board", code="QNX")
    for _ in range(2):
        scenarios.submitted(desk.programme, ics=ics)

    given = {"key": "ics:QNX", "allowed": "1", "reason": "Fewer."}
    response = administrator.post(allowance_of(desk.programme), given)

    assert response.context["form"].non_field_errors() == [
        "Sussex already has 2 nominations: the number allowed cannot be 1."
    ]
    assert desk.programme.allowances.get().allowed is None


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        (
            {},
            {
                "key": ["Choose whose nominations they are."],
                "allowed": ["Enter the number of nominations allowed."],
                "reason": ["Enter the reason. It is kept with your name."],
            },
        ),
        (
            {"key": "ics:QNX", "allowed": "many", "reason": "x"},
            {"allowed": ["Enter the nominations allowed as a whole number, such as 6."]},
        ),
        (
            {"key": "ics:QNX", "allowed": "6", "reason": "x" * 301},
            {"reason": ["Enter a reason of at most 300 characters."]},
        ),
    ],
)
def test_an_allowance_that_is_not_clear_is_refused_in_words(desk, administrator, given, errors):
    factories.IntegratedCareSystemFactory(code="QNX")

    response = administrator.post(allowance_of(desk.programme), given)

    assert response.context["form"].errors == errors
    assert desk.programme.allowances.count() == 0


def test_a_programme_without_limits_has_no_other_number_to_set(desk, administrator):
    programme = factories.ProgrammeFactory(academy=desk.programme.academy, title="Bystander")

    page = administrator.get(allowance_of(programme))

    assert "Bystander does not limit nominations." in text_of(page)
    assert "Nominations" not in text_of(administrator.get(page_of(programme))).split("Contact name")[0]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_and_the_page_cost_the_same_however_much_is_there(
    desk, administrator, rows, django_assert_num_queries
):
    for _ in range(rows - 1):
        factories.ProgrammeFactory(academy=desk.programme.academy)
        factories.CohortFactory(programme=desk.programme)
    for _ in range(rows):
        scenarios.submitted(desk.programme)
        factories.FaqFactory(programme=desk.programme)
        factories.QuestionFactory(programme=desk.programme, required=False)
    administrator.get(page_of(desk.programme))
    administrator.get(step_of(desk.programme, "questions"))

    with django_assert_num_queries(6):
        listed = administrator.get(LIST)
    with django_assert_num_queries(18):
        page = administrator.get(page_of(desk.programme))
    with django_assert_num_queries(15):
        administrator.get(step_of(desk.programme, "questions"))

    assert len(listed.context["cl"].result_list) == rows
    assert len(page.context["overview"]["nominations"]) == rows


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"window": "within_months", "months": ""}, "Enter the number of months, 1 or more."),
        ({"window": "once", "at_least": "3", "at_most": "2"}, "Enter 3 or more: at least 3 are owed."),
    ],
)
def test_an_obligation_whose_numbers_do_not_fit_is_refused(desk, administrator, given, error):
    owed = {"kind": "deliver", "unit": "session", "description": "Deliver.", "position": "1"}

    response = add_part(administrator, desk.programme, "afterwards", "obligations", **owed, **given)

    assert errors_of(response) == [error]
    assert desk.programme.obligations.count() == 0
