"""A programme from nothing to open, copied to a new round, previewed and written to a file, on the staff's pages."""

import datetime

import pytest
from django.urls import reverse

from programmes.admin.previewing import FORM_STEPS, mails_of
from programmes.admin.setting_up import STEPS
from programmes.domain import catalogue
from programmes.domain.mails import REWORDABLE
from programmes.models import Academy, Programme
from tests import factories
from tests.factories import NOW
from tests.programme_files import all_rows
from tests.staff.forms import as_shown, errors_of
from tests.staff.reading import messages_of, section, text_of
from tests.support import mails


def page(name, programme, *arguments):
    return reverse(f"admin:programmes_programme_{name}", args=[programme.pk, *arguments])


def changed_tables(before):
    after = all_rows()
    return {name for name in before if before[name] != after[name]}


@pytest.fixture
def whole(desk):
    """A programme that lacks nothing that must be there, and is not open."""
    Academy.objects.update(privacy_text="What we keep.")
    programme = desk.programme
    factories.CriterionFactory(programme=programme, position=1)
    factories.QuestionFactory(programme=programme, position=1)
    factories.DeclarationFactory(programme=programme, position=1)
    factories.ApprovalStepFactory(programme=programme, position=1)
    factories.RoleDescriptionFactory(programme=programme)
    programme.published = False
    programme.save()
    return programme


# --- Steps ------------------------------------------------------------------------------------------------


def test_each_step_shows_where_one_is_and_leads_on(desk, administrator):
    for place, step in enumerate(STEPS, start=1):
        response = administrator.get(page("step", desk.programme, step.step.value))

        assert f"Step {place} of {len(STEPS)}" in text_of(response)
        assert response.context["title"] == step.title
        current = [link.title for link in response.context["steps"] if link.current]
        assert current == [step.title]


def test_a_step_that_is_saved_leads_to_the_next_or_stays(desk, administrator):
    address = page("step", desk.programme, "about")
    shown = as_shown(administrator.get(address))

    on = administrator.post(address, shown)
    stays = administrator.post(address, shown | {"_continue": "1"})

    assert (on.url, stays.url) == (page("step", desk.programme, "dates"), address)


def test_there_is_no_step_of_another_name(desk, administrator):
    response = administrator.get(page("step", desk.programme, "academy"))

    assert (response.status_code, "There is no step" in text_of(response)) == (404, False)


def test_the_own_page_of_a_programme_takes_nothing(desk, administrator):
    before = all_rows()

    response = administrator.post(page("change", desk.programme), {"title": "Another"})

    assert response.status_code == 405
    assert changed_tables(before) == set()


def test_a_new_programme_is_not_open_and_goes_on_to_its_dates(desk, administrator):
    add = reverse("admin:programmes_programme_add")
    given = {
        "academy": desk.programme.academy_id,
        "title": "Calm",
        "code": "CALM",
        "slug": "calm",
        "summary": "Learn\r\nit well.",
        "contact_email": "calm@example.org",
    }

    shown = administrator.get(add).context["adminform"].form
    response = administrator.post(add, given, follow=True)

    programme = Programme.objects.get(slug="calm")
    assert shown["academy"].value() == desk.programme.academy_id
    assert (programme.published, programme.summary) == (False, "Learn it well.")
    assert response.redirect_chain[-1][0] == page("step", programme, "dates")
    assert messages_of(response) == ["Calm is kept. The public does not see it yet."]


def test_an_address_that_no_file_could_say_is_refused(desk, administrator):
    add = reverse("admin:programmes_programme_add")
    given = {"academy": desk.programme.academy_id, "title": "Calm", "code": "CALM", "slug": "Calm_One"}

    response = administrator.post(add, given | {"summary": "Learn.", "contact_email": "calm@example.org"})

    assert errors_of(response) == ["Use small letters, digits and hyphens only, such as calm-conversations."]


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        (
            {"notify_by": "2026-11-01"},
            "Applicants cannot hear before the deadline. Enter a later date.",
        ),
        (
            {"open_until_full": "on"},
            "There is a deadline above. Empty it, or leave this box unticked.",
        ),
    ],
)
def test_dates_that_contradict_each_other_are_refused(desk, administrator, changed, error):
    address = page("step", desk.programme, "dates")

    response = administrator.post(address, as_shown(administrator.get(address)) | changed)

    assert errors_of(response) == [error]


def test_line_ends_of_a_browser_are_no_change(desk, administrator):
    Programme.objects.update(background="One\n\nTwo")
    address = page("step", desk.programme, "text")
    before = all_rows()

    administrator.post(address, as_shown(administrator.get(address)) | {"background": "One\r\n\r\nTwo"})

    assert changed_tables(before) == {"admin.LogEntry"}


def test_parts_are_counted_anew_and_a_new_one_comes_last(desk, administrator):
    for number in (4, 9):
        factories.FaqFactory(programme=desk.programme, question=f"Question {number}?", position=number)
    address = page("step", desk.programme, "more")
    shown = as_shown(administrator.get(address))

    administrator.post(address, shown | {"faqs-2-question": "A new one?", "faqs-2-answer": "Yes."})
    again = as_shown(administrator.get(address))
    administrator.post(address, again | {"faqs-2-position": "1", "faqs-0-position": "2"})

    assert list(desk.programme.faqs.values_list("position", "question")) == [
        (1, "A new one?"),
        (2, "Question 4?"),
        (3, "Question 9?"),
    ]


@pytest.mark.parametrize("name", ["weight", "maximum"])
def test_points_that_cannot_be_counted_are_refused(desk, administrator, name):
    address = page("step", desk.programme, "places")
    shown = as_shown(administrator.get(address))
    given = {"rubric-0-text": "Experience", "rubric-0-weight": "1", "rubric-0-maximum": "5"}

    response = administrator.post(address, shown | given | {f"rubric-0-{name}": "101"})

    assert errors_of(response) == ["Enter a number from 1 to 100."]


def test_a_question_that_is_no_rating_has_no_ends(desk, administrator):
    address = page("step", desk.programme, "afterwards")
    shown = as_shown(administrator.get(address))
    given = {"kind": "long_text", "text": "What was good?", "lowest": "poor", "highest": "rich"}

    administrator.post(
        address, shown | {f"evaluation_questions-0-{name}": value for name, value in given.items()}
    )

    question = desk.programme.evaluation_questions.get()
    assert (question.lowest, question.highest) == ("very poor", "very good")


def test_the_options_of_a_criterion_lead_back_to_its_programme(desk, administrator):
    criterion = factories.CriterionFactory(programme=desk.programme)
    address = reverse("admin:programmes_criterion_change", args=[criterion.pk])
    shown = as_shown(administrator.get(address))

    response = administrator.post(
        address, shown | {"options-0-text": "One way", "options-1-text": "Another way"}
    )

    assert response.url == page("step", desk.programme, "criteria")
    assert list(criterion.options.values_list("position", "text")) == [(1, "One way"), (2, "Another way")]


def test_the_address_of_what_is_open_stays(desk, administrator):
    Programme.objects.update(published=True)
    opened = administrator.get(page("step", desk.programme, "about")).context["adminform"].form.fields
    Programme.objects.update(published=False)
    not_open = administrator.get(page("step", desk.programme, "about")).context["adminform"].form.fields

    assert ("slug" in opened, "slug" in not_open) == (False, True)


def test_the_last_step_lists_cohorts_with_their_sessions(desk, administrator):
    empty = factories.CohortFactory(programme=desk.programme, name="Summer", minimum=5, maximum=9)

    response = administrator.get(page("step", desk.programme, "cohorts"))

    assert section(response, f"cohort-{empty.pk}") == "Summer 5 to 9 people No sessions yet."
    assert section(response, f"cohort-{desk.cohort.pk}") == (
        "Spring Up to 20 people Day 1: Friday 4 December 2026, 12:00 to 15:00, Online"
    )
    assert "Add a cohort" in text_of(response)
    assert "Add a cohort" not in text_of(desk.client("viewer").get(page("step", desk.programme, "cohorts")))


# --- The check list and opening ---------------------------------------------------------------------------


def test_the_check_list_counts_what_must_be_done_and_leads_to_it(whole, administrator):
    whole.closes_at = None
    whole.save()
    whole.approval_steps.all().delete()

    response = administrator.get(page("change", whole))

    assert section(response, "check-list").startswith(
        "Check list 2 things before you can open "
        "There is no deadline. Set one, or say that there is none. Who and when: put this right "
        "There is no approver. Add one, or say that nobody has to agree. Approvals: put this right "
    )
    assert [line.url for line in response.context["musts"]] == [
        page("step", whole, "dates"),
        page("step", whole, "approvals"),
    ]


def test_what_the_academy_lacks_is_put_right_on_its_own_page(whole, administrator):
    Academy.objects.update(privacy_text="")

    response = administrator.get(page("change", whole))

    assert [line.url for line in response.context["musts"]] == [
        reverse("admin:programmes_academy_change", args=[whole.academy_id])
    ]


def test_a_programme_is_opened_and_the_public_sees_it(whole, administrator, client):
    before = client.get(reverse("programme", args=[whole.slug])).status_code

    asked = administrator.get(page("open", whole))
    response = administrator.post(page("open", whole), follow=True)

    assert before == 404
    assert "People can apply at once." in text_of(asked)
    assert messages_of(response) == ["Leadership Circles is open to the public. People can apply at once."]
    assert "Leadership Circles" in text_of(client.get(reverse("programme", args=[whole.slug])))


def test_a_programme_that_opens_later_says_when(whole, administrator):
    whole.opens_at = NOW + datetime.timedelta(days=2)
    whole.save()

    response = administrator.post(page("open", whole), follow=True)

    assert messages_of(response) == [
        "Leadership Circles is open to the public. People can apply from 1pm on Wednesday 7 October 2026."
    ]
    assert "Public; applications open at 1pm on 7 October 2026" in text_of(response)


def test_opening_is_refused_while_something_is_missing(whole, administrator):
    whole.role_description.delete()

    asked = administrator.get(page("open", whole))
    answered = administrator.post(page("open", whole))

    assert "cannot be opened yet. There is no role description." in text_of(asked)
    assert b"<button" not in asked.content.partition(b'id="content-main"')[2]
    assert answered.status_code == 200
    assert not Programme.objects.get().published


def test_a_programme_is_closed_early_with_a_reason(desk, administrator):
    without = administrator.post(page("close", desk.programme), {"reason": ""})
    long = administrator.post(page("close", desk.programme), {"reason": "a" * 80})
    response = administrator.post(
        page("close", desk.programme), {"reason": "All places are given."}, follow=True
    )

    assert "Enter the reason." in text_of(without)
    assert long.context["form"].errors == {"reason": ["Use at most 79 characters: you used 80."]}
    assert messages_of(response) == ["Leadership Circles takes no more applications."]
    assert "Public; applications closed at 1pm on 5 October 2026" in text_of(response)
    newest = desk.programme.history.first()
    history = administrator.get(page("history", desk.programme))
    assert "Closed early: All places are given." in text_of(history)
    assert (newest.history_user, newest.history_change_reason) == (
        desk.staff["administrator"],
        "Closed early: All places are given.",
    )


def test_what_is_closed_cannot_be_closed(whole, administrator):
    response = administrator.get(page("close", whole))

    assert "takes no applications now: there is nothing to close." in text_of(response)


def test_a_programme_is_taken_off_the_pages(desk, administrator, client):
    response = administrator.post(page("take_down", desk.programme), {"reason": "Too early."}, follow=True)

    assert messages_of(response) == ["The public no longer sees Leadership Circles."]
    assert client.get(reverse("programme", args=[desk.programme.slug])).status_code == 404
    assert "The public does not see Leadership Circles." in text_of(
        administrator.get(page("take_down", desk.programme))
    )


def test_the_list_says_how_each_programme_stands(desk, administrator):
    factories.ProgrammeFactory(academy=desk.programme.academy, title="Later", published=False)
    Programme.objects.filter(title="Leadership Circles").update(closes_at=None)

    response = administrator.get(reverse("admin:programmes_programme_changelist"))

    assert "Public; takes applications" in text_of(response)
    assert "Not open to the public" in text_of(response)


# --- Preview ----------------------------------------------------------------------------------------------


def test_the_page_is_previewed_before_the_public_sees_it(whole, administrator):
    before = all_rows()

    response = administrator.get(page("preview", whole, "page"))

    assert "Preview. Only academy staff see this page." in text_of(response)
    assert "Check if you can apply" in text_of(response)
    assert f'href="{page("preview", whole, "gate")}"' in response.content.decode()
    assert reverse("eligibility", args=[whole.slug]) not in response.content.decode()
    assert changed_tables(before) == set()


def test_each_step_of_the_form_is_previewed_and_cannot_be_sent(whole, administrator):
    factories.ApprovalStepFactory(programme=whole, approver="sponsor", method="declared")
    Programme.objects.filter(pk=whole.pk).update(asks_access_needs="always")
    for place, key in enumerate(FORM_STEPS, start=1):
        response = administrator.get(page("preview", whole, key))

        shown = response.content.decode()
        assert f"Step {place} of {len(FORM_STEPS)} of the form." in text_of(response)
        assert shown.count('<fieldset class="cascade-preview" disabled>') == 1
        assert 'type="submit"' not in shown
        assert administrator.post(page("preview", whole, key)).status_code == 405


def test_a_step_that_asks_nothing_is_not_there(whole, administrator):
    whole.questions.all().delete()

    response = administrator.get(page("preview", whole, "questions"))
    before = administrator.get(page("preview", whole, "about"))

    assert (response.status_code, "Next: Dates you can attend" in text_of(before)) == (404, True)


def test_every_mail_is_previewed_with_its_own_wording(whole, administrator):
    factories.MessageTemplateFactory(
        programme=whole, event="offer", subject="Come to {{ programme }}", body="Hello."
    )
    before = all_rows()

    response = administrator.get(page("preview", whole, "mails"))

    assert [title for title, _ in response.context["groups"]][:3] == [
        "To applicants",
        "To approvers",
        "To academy staff",
    ]
    assert "Come to Leadership Circles Your own wording" in text_of(response)
    assert "{{" not in text_of(response)
    assert changed_tables(before) == set()


def test_the_mails_that_no_programme_words_are_not_among_them(whole):
    shown = [mail.event for _, group in mails_of(whole) for mail in group]

    assert sorted(shown) == sorted(REWORDABLE)


def test_every_mail_is_previewed_with_a_few_queries(whole, django_assert_num_queries):
    for name in ("Sam Applicant", "Siân Applicant"):
        about = {"programme": whole, "to_name": name, "context": {"applicant": name}}
        mails.message("received", occasion=f"change:{name}", **about)
    programme = Programme.objects.get(pk=whole.pk)

    with django_assert_num_queries(3):
        shown = {mail.event: mail for _, group in mails_of(programme) for mail in group}

    assert shown["received"].text.startswith("Dear Siân Applicant,")


# --- A new round ------------------------------------------------------------------------------------------

COPY = {"title": "Circles 2027", "slug": "circles-2027", "code": "LSCB"}


def test_a_programme_is_copied_to_a_new_first_day(whole, administrator):
    response = administrator.post(page("copy", whole), COPY | {"first_day": "2027-03-26"}, follow=True)

    new = Programme.objects.get(slug="circles-2027")
    said = messages_of(response)[0]
    assert response.redirect_chain[-1][0] == page("change", new)
    assert said.startswith(
        "Circles 2027 is made, and not open yet. “Day 1” of Spring is on a bank holiday: Friday 26 March 2027."
    )
    assert new.history.first().history_user is not None
    assert not new.published


def test_a_programme_is_copied_by_weeks_and_days(whole, administrator):
    administrator.post(page("copy", whole), COPY | {"weeks": "26", "days": "1"})

    new = Programme.objects.get(slug="circles-2027")
    assert new.cohorts.get().starts_at - whole.cohorts.get().starts_at == datetime.timedelta(
        days=182, hours=23
    )


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({}, "Enter the first day of the new round, or by how many weeks it is moved."),
        ({"first_day": "2027-04-09", "weeks": "3"}, "Give a first day, or weeks and days, not both."),
        ({"first_day": "soon"}, "Enter the first day as a date, such as 2027-05-04."),
        ({"weeks": "3", "slug": "Circles 2027"}, "Use small letters, digits and hyphens only."),
        ({"weeks": "3", "code": "lsc"}, "Use two to six capital letters."),
        ({"weeks": "3", "code": "LSC"}, "Another programme has the code “LSC” already. Choose another one."),
        (
            {"first_day": "2027-04-10"},
            "It began on Friday 4 December 2026, and weekdays are kept. "
            "Choose Friday 9 April 2027 or Friday 16 April 2027.",
        ),
    ],
)
def test_a_copy_that_is_not_clear_is_refused_in_words(whole, administrator, given, error):
    response = administrator.post(page("copy", whole), COPY | given)

    assert [one for errors in response.context["form"].errors.values() for one in errors] == [error]
    assert Programme.objects.count() == 1


def test_a_programme_without_dates_says_so(desk, administrator):
    programme = factories.ProgrammeFactory(academy=desk.programme.academy, closes_at=None, opens_at=None)

    assert "It has no dates yet." in text_of(administrator.get(page("copy", programme)))


# --- The file ---------------------------------------------------------------------------------------------


def test_the_file_is_downloaded_as_the_command_writes_it(whole, administrator):
    response = administrator.get(page("file", whole))

    assert response.content.decode() == catalogue.dump(Programme.objects.get(pk=whole.pk))
    assert response["Content-Disposition"] == f'attachment; filename="{whole.slug}.yaml"'
    assert administrator.post(page("file", whole)).status_code == 405


def test_what_stands_in_the_way_of_a_file_is_named(whole, administrator):
    whole.criteria.all().delete()

    response = administrator.get(page("file", whole))

    assert "This programme cannot be written to a file yet: 1 thing to put right first." in text_of(response)
    assert "The key “criteria” is missing. Add it." in text_of(response)


@pytest.mark.parametrize("verb", ["open", "close", "take_down", "copy"])
def test_nobody_but_an_administrator_gets_to_a_verb(desk, verb):
    client = desk.client("reviewer")
    before = all_rows()

    response = client.post(page(verb, desk.programme), {"reason": "Mine."})

    assert response.status_code == 403
    assert changed_tables(before) == set()
