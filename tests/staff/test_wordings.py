"""A programme's own wording of its mails, on the staff's pages."""

import pytest
from django.urls import reverse

from programmes.domain import own_wording, rendering
from programmes.domain.mails import MAILS, REWORDABLE
from programmes.models import Message, MessageTemplate
from tests import factories, scenarios
from tests.staff.reading import messages_of, text_of


def page(name, desk, event="received"):
    args = [desk.programme.pk] if name == "mails" else [desk.programme.pk, event]
    return reverse(f"admin:programmes_messagetemplate_{name}", args=args)


WORDS = {"subject": "Thank you, {{ name }}", "body": "Hello {{ name }},\n\n[go]({{ link }})"}


def test_the_list_shows_every_programme_of_the_reader_and_how_much_is_reworded(desk, reviewer):
    factories.MessageTemplateFactory(programme=desk.programme)
    factories.ProgrammeFactory(title="Elsewhere")

    shown = text_of(reviewer.get(reverse("admin:programmes_messagetemplate_changelist")))

    assert f"Leadership Circles, {desk.programme.academy}: 1 of {len(REWORDABLE)} mails reworded" in shown
    assert "Elsewhere" not in shown


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(desk, reviewer, rows, django_assert_num_queries):
    for _ in range(rows - 1):
        factories.ProgrammeFactory(academy=desk.programme.academy)
    address = reverse("admin:programmes_messagetemplate_changelist")
    reviewer.get(address)

    with django_assert_num_queries(3):
        answer = reviewer.get(address)

    assert len(answer.context["programmes"]) == rows


def test_every_mail_of_a_programme_is_listed_by_who_reads_it(desk, reviewer):
    factories.MessageTemplateFactory(programme=desk.programme)

    groups = reviewer.get(page("mails", desk)).context["groups"]

    listed = [mail.event for _, mails in groups for mail, _, _ in mails]
    assert sorted(listed) == sorted(REWORDABLE)
    assert [heading for heading, _ in groups] == [
        "To applicants",
        "To approvers",
        "To staff",
        "To facilitators",
        "To those who book circles",
    ]
    assert [mail.event for _, mails in groups for mail, own, _ in mails if own] == ["received"]


def test_a_mail_is_reworded_and_its_history_says_by_whom(desk, administrator):
    answer = administrator.post(page("mail", desk), {**WORDS, "keep": "1"}, follow=True)

    wording = MessageTemplate.objects.get()
    assert messages_of(answer) == ["The wording is kept. Mails that wait to be sent take it too."]
    assert (wording.subject, wording.body) == (WORDS["subject"], WORDS["body"] + "\n")
    assert wording.history.get().history_user == desk.staff["administrator"]


def test_an_unknown_placeholder_is_refused_with_the_known_ones_and_the_text_is_kept(desk, administrator):
    answer = administrator.post(page("mail", desk), {"subject": "x", "body": "My {{ salary }}", "keep": "1"})

    shown = text_of(answer)
    assert MessageTemplate.objects.count() == 0
    assert "“{{ salary }}” is not known. This mail knows the placeholders {{ academy }}" in shown
    assert "My {{ salary }}" in shown


def test_a_preview_shows_what_was_typed_with_a_real_record_and_keeps_nothing(desk, administrator):
    application = scenarios.submitted(desk.programme, name="Sam Applicant")

    answer = administrator.post(page("mail", desk), {**WORDS, "look": "1"})
    framed = administrator.get(answer.context["look_url"])

    assert MessageTemplate.objects.count() == 0
    assert answer.context["shown"].subject == f"Thank you, {application.name}"
    assert answer.context["whose"] == "Shown with the newest such mail, to Sam Applicant."
    assert "Hello Sam Applicant," in framed.content.decode()
    assert "/my/" not in framed.content.decode()


def test_a_frame_has_a_strict_policy_of_its_own_and_only_our_pages_may_show_it(desk, reviewer):
    framed = reviewer.get(page("look", desk))
    around = reviewer.get(page("mail", desk))

    assert framed.headers["X-Frame-Options"] == "SAMEORIGIN"
    policy = dict(
        part.strip().partition(" ")[::2] for part in framed.headers["Content-Security-Policy"].split(";")
    )
    assert (policy["default-src"], policy["frame-ancestors"]) == ("'none'", "'self'")
    assert "sandbox" in policy
    assert "frame-src 'self'" in around.headers["Content-Security-Policy"]


def test_a_preview_without_such_a_mail_shows_the_newest_application(desk, reviewer):
    application = scenarios.submitted(desk.programme, name="Sam Applicant")

    applicants = reviewer.get(page("mail", desk, "offer")).context
    approvers = reviewer.get(page("mail", desk, "approver_ended")).context

    assert applicants["whose"] == (
        f"No such mail has been written yet: shown with {application.reference}, Sam Applicant, and samples."
    )
    assert "Dear Sam Applicant," in applicants["shown"].text
    assert "Dear Morgan Manager," in approvers["shown"].text
    assert "Sam Applicant’s application" in approvers["shown"].text


@pytest.mark.parametrize("event", MAILS)
def test_every_mail_can_be_previewed_before_anybody_applied(desk, event):
    message, whose = own_wording.sample(desk.programme, event, person=None, now=factories.NOW)
    subject, body = own_wording.starting_wording(event)

    shown = rendering.preview(message, (subject, body, False))

    assert whose == "No such mail has been written yet: shown with samples."
    assert shown.subject
    assert "{{" not in shown.text
    assert own_wording.wording_problems(event, subject, body) == []


@pytest.mark.parametrize("event", MAILS)
def test_every_placeholder_is_explained(event):
    assert [name for name, meaning in own_wording.placeholders(event) if not meaning] == []
    assert {f"{{{{ {name} }}}}" for name in MAILS[event].placeholders} == {
        name for name, _ in own_wording.placeholders(event)
    }


def test_a_mail_goes_as_shipped_again_and_what_was_written_stays_in_its_history(desk, administrator):
    administrator.post(page("mail", desk), {**WORDS, "keep": "1"})
    administrator.post(page("mail", desk), {**WORDS, "subject": "Hello", "keep": "1"})

    answer = administrator.post(page("back", desk), follow=True)
    changes = administrator.get(page("changes", desk)).context["changes"]

    assert MessageTemplate.objects.count() == 0
    assert messages_of(answer)[-1:] == ["The mail goes as shipped again. Your wording stays in its history."]
    who = desk.staff["administrator"].get_full_name()
    assert [(change.what, change.who) for change in changes] == [
        ("Back to the wording as shipped", who),
        ("Reworded", who),
        ("Reworded", who),
    ]
    assert [line.text for line in changes[1].lines if line.mark != " "] == [
        "Subject: Thank you, {{ name }}",
        "Subject: Hello",
    ]


def test_a_mail_that_goes_as_shipped_cannot_go_back(desk, administrator):
    answer = administrator.post(page("back", desk))

    assert "This mail goes as shipped already." in text_of(answer)
    assert own_wording.back_to_default(desk.programme, "received", user=desk.staff["administrator"]) is False


def test_a_reviewer_reads_and_does_not_reword(desk, reviewer):
    shown = text_of(reviewer.get(page("mail", desk)))
    answer = reviewer.post(page("mail", desk), {**WORDS, "keep": "1"})

    assert "Keep this wording" not in shown
    assert answer.status_code == 403
    assert MessageTemplate.objects.count() == 0


def test_a_wording_by_its_number_leads_to_its_mail(desk, reviewer):
    wording = factories.MessageTemplateFactory(programme=desk.programme)
    address = reverse("admin:programmes_messagetemplate_change", args=[wording.pk])

    assert reviewer.get(address).headers["Location"] == page("mail", desk)
    assert reviewer.post(address).status_code == 403


def test_a_change_by_a_command_is_the_portals(desk, administrator):
    wording = factories.MessageTemplateFactory(programme=desk.programme)
    wording.history.update(history_user=None, history_change_reason="by the command load_programme")

    changes = administrator.get(page("changes", desk)).context["changes"]

    assert [change.who for change in changes] == ["by the command load_programme"]


def test_a_mail_that_waits_takes_the_new_wording(desk, administrator):
    scenarios.submitted(desk.programme)
    message = Message.objects.get(event="received")

    before = text_of(administrator.get(page("mail", desk)))
    administrator.post(page("mail", desk), {**WORDS, "subject": "Quite new", "keep": "1"})

    shown = administrator.get(reverse("admin:programmes_message_change", args=[message.pk]))
    assert "1 of these mails waits to be sent and takes the wording that holds then" in before
    assert shown.context["mail_subject"] == "Quite new"


def test_no_such_mail_is_no_such_page(desk, reviewer):
    assert reviewer.get(page("mail", desk, "nonsense")).status_code == 404
    assert reviewer.get(page("mail", desk)).status_code == 200


OF_NO_PROGRAMME = {"invitation", "two_factor_reset", "password_changed", "sign_in_changed"}
OF_NO_PROGRAMME |= {"retention_report", "news"}


@pytest.mark.parametrize("event", sorted(OF_NO_PROGRAMME))
def test_a_mail_that_no_programme_words_is_not_offered(desk, administrator, event):
    answers = [
        administrator.get(page("mail", desk, event)),
        administrator.post(page("mail", desk, event), {**WORDS, "keep": "1"}),
    ]

    assert set(MAILS) - set(REWORDABLE) == OF_NO_PROGRAMME
    assert [answer.status_code for answer in answers] == [404, 404]
    assert MessageTemplate.objects.count() == 0
