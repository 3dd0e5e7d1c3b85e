"""The leads of a nomination board: named, mailed, let go, and until when they can change things."""

import datetime

import pytest

from applications.domain import nomination_leads, nominations
from applications.models import BoardDeadline, NominationLead
from programmes.domain import links
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import Link, Message, NominationAllowance
from programmes.models.programmes import NominationScope
from tests import factories, scenarios
from tests.factories import NOW

pytestmark = pytest.mark.django_db

LATER = NOW + datetime.timedelta(minutes=5)


@pytest.fixture
def allowance():
    return factories.NominationAllowanceFactory(ics__name="NHS Downs Integrated Care Board")


@pytest.fixture
def user(allowance):
    return scenarios.reviewer_of(allowance.programme)


@pytest.fixture
def lead(allowance, user):
    return nomination_leads.invite(allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=NOW)


def sent_to(lead):
    return list(Message.objects.about(lead.about).order_by("pk").values_list("event", "to_address"))


def test_naming_a_lead_mails_them_the_link_of_one_board(allowance, user, lead):
    mail = Message.objects.get()

    assert (str(lead), lead.history.get().history_user) == ("Lee Lead of Downs", user)
    assert (mail.event, mail.to_address, mail.context) == (
        "board_link",
        "lee@example.org",
        {"whose": "Downs", "used": "0 of 5", "until": "midday on 4 November 2026"},
    )
    assert (mail.link.opens, mail.link.object_id) == (Link.Opens.BOARD, lead.pk)
    assert links.address_of(mail.link).endswith(f"/board/{links.token_of(mail.link)}/")


def test_after_the_deadline_the_mail_promises_no_change(allowance, user):
    late = NOW + datetime.timedelta(days=31)

    nomination_leads.invite(allowance.pk, name="Lee", email="lee@example.org", user=user, now=late)

    assert Message.objects.get().context["until"] == ""


def test_several_can_be_leads_and_nobody_twice(allowance, user, lead):
    nomination_leads.invite(allowance.pk, name="Mo", email="mo@example.org", user=user, now=NOW)

    with pytest.raises(Refused) as refused:
        nomination_leads.invite(allowance.pk, name="Lee", email="LEE@example.org", user=user, now=NOW)

    assert refused.value.sentence == "LEE@example.org is a lead already. Send the link again instead."
    assert allowance.leads.count() == 2


def test_nobody_puts_their_own_application_in_order(allowance, user):
    scenarios.submitted(allowance.programme, ics=allowance.ics, email="sam@example.org")

    with pytest.raises(Refused) as refused:
        nomination_leads.invite(allowance.pk, name="Sam", email="S.A.M@example.org", user=user, now=NOW)

    assert refused.value.sentence == (
        "S.A.M@example.org has applied: nobody puts their own application in order. Name somebody else."
    )


def test_the_link_is_sent_again_and_the_first_goes_on_working(lead, user):
    nomination_leads.send_again(lead.pk, user=user, now=LATER)

    lead.refresh_from_db()
    assert sent_to(lead) == [("board_link", "lee@example.org")] * 2
    assert lead.last_sent_at == LATER
    assert Link.objects.working(LATER).filter(opens=Link.Opens.BOARD).count() == 2


def test_the_link_is_not_sent_twice_within_two_minutes(lead, user):
    soon = NOW + datetime.timedelta(minutes=1)

    with pytest.raises(Refused) as refused:
        nomination_leads.send_again(lead.pk, user=user, now=soon)
    nomination_leads.send_fresh_link(lead.pk, now=soon)

    assert refused.value.sentence == (
        "Lee Lead was sent a link less than 2 minutes ago. Wait a little, then try again."
    )
    assert len(sent_to(lead)) == 1


def test_a_lead_who_is_let_go_has_no_link_and_gets_none(lead, user):
    nomination_leads.revoke(lead.pk, user=user, now=NOW)

    nomination_leads.send_fresh_link(lead.pk, now=LATER)
    nomination_leads.send_links_to("lee@example.org", now=LATER)
    sentences = []
    for verb in (nomination_leads.revoke, nomination_leads.send_again):
        with pytest.raises(Refused) as refused:
            verb(lead.pk, user=user, now=LATER)
        sentences.append(refused.value.sentence)

    assert Link.objects.working(NOW).count() == 0
    assert len(sent_to(lead)) == 1
    assert sentences == ["Lee Lead is no lead any more. Send a link as to somebody new."] * 2
    assert lead.history.first().revoked_at == NOW


def test_somebody_who_was_let_go_can_be_named_again(allowance, lead, user):
    nomination_leads.revoke(lead.pk, user=user, now=NOW)

    again = nomination_leads.invite(
        allowance.pk, name="Lee Lead", email="lee@example.org", user=user, now=LATER
    )

    assert list(NominationLead.objects.filter(revoked_at=None)) == [again]


def test_a_lead_who_asks_by_address_is_sent_each_board(lead):
    nomination_leads.send_links_to(" LEE@example.org", now=LATER)

    assert len(sent_to(lead)) == 2


def test_leads_are_for_reviewers_of_the_programme(allowance, lead):
    other = scenarios.reviewer_of(factories.ProgrammeFactory())

    for verb in (
        lambda: nomination_leads.invite(allowance.pk, name="A", email="a@example.org", user=other, now=NOW),
        lambda: nomination_leads.send_again(lead.pk, user=other, now=LATER),
        lambda: nomination_leads.revoke(lead.pk, user=other, now=LATER),
        lambda: nomination_leads.board_of(allowance.programme, allowance.key, user=other, day=NOW.date()),
        lambda: nomination_leads.set_deadline(allowance.programme_id, None, user=other, now=NOW),
    ):
        with pytest.raises(NotAllowed):
            verb()

    assert NominationLead.objects.filter(revoked_at=None).count() == 1


# Whose board.


@pytest.mark.parametrize("scope", [NominationScope.ICS, NominationScope.REGION])
def test_a_board_is_made_before_anybody_has_applied(scope):
    programme = factories.ProgrammeFactory(nomination_scope=scope, nominations_allowed=2)
    ics = factories.IntegratedCareSystemFactory(code="QKS")
    user = scenarios.reviewer_of(programme)
    key = "ics:QKS" if scope == NominationScope.ICS else f"region:{ics.region.ods_code}"

    made = [nomination_leads.board_of(programme, key, user=user, day=NOW.date()) for _ in range(2)]

    assert made[0] == made[1] == NominationAllowance.objects.get()
    assert made[0].key == nominations.key_by_answers(
        factories.ApplicationFactory.build(programme=programme, ics=ics)
    )
    assert made[0].whose == (ics.short_name if scope == NominationScope.ICS else ics.region.name)


def test_there_is_no_board_for_what_is_not_counted(allowance, user):
    with pytest.raises(Refused) as refused:
        nomination_leads.board_of(allowance.programme, "ics:NONE", user=user, day=NOW.date())

    assert refused.value.sentence == (
        f"Nominations for {allowance.programme} are not counted for that. Choose one of the list."
    )


def test_organisations_that_nobody_has_named_have_no_board():
    programme = factories.ProgrammeFactory(
        nomination_scope=NominationScope.ORGANISATION, nominations_allowed=2
    )
    application = scenarios.submitted(programme)

    found = nominations.possible_allowances(programme, day=NOW.date())

    assert list(found) == [application.nomination_key]


# Until when.


def test_an_administrator_says_until_when_and_takes_it_back(allowance):
    programme = allowance.programme
    user = scenarios.administrator_of(programme)
    first, second = (programme.closes_at + datetime.timedelta(days=days) for days in (7, 9))

    for until in (first, second):
        nomination_leads.set_deadline(programme.pk, until, user=user, now=NOW)
    row = BoardDeadline.objects.get()
    said = str(row)
    for _ in range(2):
        nomination_leads.set_deadline(programme.pk, None, user=user, now=NOW)

    assert (row.open_until, said) == (second, f"Nominations of {programme} until 13 November 2026")
    assert BoardDeadline.objects.count() == 0
    assert [(one.history_type, one.history_user) for one in BoardDeadline.history.order_by("pk")] == [
        ("+", user),
        ("~", user),
        ("-", user),
    ]


@pytest.mark.parametrize(
    ("days", "sentence"),
    [
        (-1, "That moment has passed. Enter a later one, or leave it empty."),
        (1, "{programme} takes applications until midday on 4 November 2026. Enter a moment after that."),
    ],
)
def test_a_moment_that_cannot_be_is_refused(allowance, days, sentence):
    programme = allowance.programme
    user = scenarios.administrator_of(programme)

    with pytest.raises(Refused) as refused:
        nomination_leads.set_deadline(programme.pk, NOW + datetime.timedelta(days=days), user=user, now=NOW)

    assert refused.value.sentence == sentence.format(programme=programme)


def test_a_programme_without_a_closing_takes_any_moment_to_come(allowance):
    programme = factories.ProgrammeFactory(limited=True, closes_at=None)
    until = NOW + datetime.timedelta(days=1)

    row = nomination_leads.set_deadline(
        programme.pk, until, user=scenarios.administrator_of(programme), now=NOW
    )

    assert row.open_until == until
