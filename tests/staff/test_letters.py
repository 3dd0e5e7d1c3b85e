"""Letters to a selection of applicants: begun in the list, drafted, looked at, and sent once."""

import pytest
from django.urls import reverse

from programmes.domain import letters, outbox
from programmes.domain.refused import Refused
from programmes.models import Letter, Message, NewsOptOut
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of

APPLICATIONS = reverse("admin:applications_application_changelist")
WORDS = {"kind": "about", "subject": "About {{ reference }}", "body": "Dear {{ name }},\n\n[see]({{ link }})"}


def page(name, letter):
    return reverse(f"admin:programmes_letter_{name}", args=[letter.pk])


@pytest.fixture
def people(desk):
    """Three applicants, whose own mails are out of the way."""
    found = [
        scenarios.submitted(desk.programme, name=f"Person {letter}", email=f"{letter}@example.org")
        for letter in "abc"
    ]
    Message.objects.all().delete()
    return found


@pytest.fixture
def letter(desk, people):
    return factories.LetterFactory(programme=desk.programme, chosen=[one.about for one in people])


def begin(client, chosen, **more):
    given = {"action": "write_to_selected", "_selected_action": [one.pk for one in chosen], **more}
    return client.post(APPLICATIONS, given, follow=True)


def test_a_letter_begins_with_those_selected_in_the_list(desk, reviewer, people):
    answer = begin(reviewer, people[:2])

    letter = Letter.objects.get()
    assert letter.chosen == sorted((one.about for one in people[:2]), key=letter.chosen.index)
    assert set(letter.chosen) == {one.about for one in people[:2]}
    assert (letter.programme, letter.written_by) == (desk.programme, desk.staff["reviewer"])
    assert letter.subject == "Your application to {{ programme }} ({{ reference }})"
    assert "2 people." in text_of(answer)


def test_a_letter_goes_to_all_pages_of_the_list_where_all_are_selected(reviewer, people):
    begin(reviewer, people[:1], select_across="1")

    assert len(Letter.objects.get().chosen) == 3


def test_a_letter_begins_from_the_programmes_own_wording(desk, reviewer, people):
    factories.MessageTemplateFactory(programme=desk.programme, event="letter", subject="Ours", body="Words")

    begin(reviewer, people)

    assert (Letter.objects.get().subject, Letter.objects.get().body) == ("Ours", "Words")


def test_where_nobody_of_those_chosen_is_left_no_letter_begins(reviewer, people):
    given = {"action": "write_to_selected", "_selected_action": [people[0].pk], "select_across": "1"}

    answer = reviewer.post(f"{APPLICATIONS}?q=Somebody+else", given, follow=True)

    assert messages_of(answer) == ["Nobody of those you chose is on this list any more. Choose again."]
    assert Letter.objects.count() == 0


def test_a_letter_is_for_one_programme(desk, reviewer, people):
    other = factories.ProgrammeFactory(academy=desk.programme.academy)

    answer = begin(reviewer, [*people, scenarios.submitted(other)])

    assert Letter.objects.count() == 0
    assert messages_of(answer) == [
        "A letter goes to the applicants of one programme. Choose a programme in the filter first."
    ]


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        ([], "Nobody is chosen. Choose at least one application in the list."),
        (
            ["application:1"] * 3,
            "Choose at most 2 at once; you chose 3. Narrow the list first.",
        ),
    ],
)
def test_a_letter_is_for_somebody_and_not_for_too_many(desk, monkeypatch, chosen, sentence):
    # Fewer than in life, so that the refusal can be read.
    monkeypatch.setattr(letters, "LIMIT", 2)

    with pytest.raises(Refused) as refused:
        letters.write(desk.programme, chosen, user=desk.staff["reviewer"], now=NOW)

    assert refused.value.sentence == sentence


def test_a_draft_is_kept_and_shown_as_a_reader_gets_it(reviewer, letter, people):
    answer = reviewer.post(page("change", letter), WORDS, follow=True)
    other = reviewer.get(page("change", letter), {"as": people[1].pk})
    framed = reviewer.get(page("look", letter), {"as": people[1].pk}).content.decode()

    letter.refresh_from_db()
    assert messages_of(answer) == ["The draft is kept. Nothing has been sent."]
    assert (letter.subject, letter.sent_at, Message.objects.count()) == ("About {{ reference }}", None, 0)
    assert other.context["shown"].subject == f"About {people[1].reference}"
    assert "Dear Person b," in framed
    assert "/my/" not in framed


def test_an_unknown_placeholder_is_refused_and_what_was_typed_stays(reviewer, letter):
    answer = reviewer.post(page("change", letter), {**WORDS, "body": "My {{ salary }}"})

    letter.refresh_from_db()
    assert "“{{ salary }}” is not known." in text_of(answer)
    assert "My {{ salary }}" in text_of(answer)
    assert letter.body == "Dear {{ name }},\n\nplease look.\n"


def test_a_letter_about_applications_goes_to_everybody_once(desk, reviewer, letter, people, mailoutbox):
    NewsOptOut.objects.create(academy=desk.programme.academy, email="A@example.org")
    reviewer.post(page("change", letter), WORDS)

    asked = text_of(reviewer.get(page("send", letter)))
    answer = reviewer.post(page("send", letter), follow=True)
    again = reviewer.post(page("send", letter))
    outbox.send_due(NOW)

    assert "3 people." in asked
    assert messages_of(answer) == ["The letter goes to 3 people."]
    assert "This letter has been sent already. Nothing is sent twice." in text_of(again)
    assert sorted(mail.to[0] for mail in mailoutbox) == [
        f"Person {name} <{name}@example.org>" for name in "abc"
    ]
    assert sorted(mail.subject for mail in mailoutbox) == sorted(f"About {one.reference}" for one in people)
    assert [mail.extra_headers.get("List-Unsubscribe") for mail in mailoutbox] == [None] * 3
    assert all("/my/" in mail.body for mail in mailoutbox)


def test_a_letter_is_sent_by_the_sweep_and_not_within_the_page(
    reviewer, letter, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True) as hints:
        reviewer.post(page("send", letter))
    within = len(mailoutbox)
    outbox.send_due(NOW)

    assert (hints, within, len(mailoutbox)) == ([], 0, 3)


def test_news_leaves_out_who_asked_for_none_and_an_address_that_comes_twice(
    desk, reviewer, people, mailoutbox
):
    scenarios.withdrawn(people[0])
    twice = scenarios.submitted(desk.programme, name="Person a", email="a@example.org")
    Message.objects.all().delete()
    NewsOptOut.objects.create(academy=desk.programme.academy, email="B@example.org")
    letter = factories.LetterFactory(
        programme=desk.programme, kind="news", chosen=[one.about for one in [*people, twice]]
    )

    asked = text_of(reviewer.get(page("send", letter)))
    reviewer.post(page("send", letter))
    outbox.send_due(NOW)

    letter.refresh_from_db()
    shown = text_of(reviewer.get(page("change", letter)))
    assert (
        "2 people; 1 has asked not to get news and is left out; 1 address twice: one mail goes there."
        in asked
    )
    assert sorted(mail.to[0] for mail in mailoutbox) == [
        "Person a <a@example.org>",
        "Person c <c@example.org>",
    ]
    assert sorted(one["why"] for one in letter.left_out) == [letters.NO_NEWS, letters.TWICE]
    assert "Sent: 2. All of them in the outbox" in shown
    assert f"Person b, {people[1].reference}: has asked not to get news" in shown


def test_a_letter_for_nobody_is_not_sent(desk, reviewer, people):
    NewsOptOut.objects.create(academy=desk.programme.academy, email="a@example.org")
    letter = factories.LetterFactory(programme=desk.programme, kind="news", chosen=[people[0].about])

    asked = text_of(reviewer.get(page("send", letter)))
    shown = text_of(reviewer.get(page("change", letter)))
    with pytest.raises(Refused) as refused:
        letters.send(letter.pk, [], user=desk.staff["reviewer"], now=NOW)

    assert "Nobody is left to write to: everybody chosen is left out." in asked
    assert "Nobody is left to write to." in shown
    assert reviewer.get(page("look", letter)).status_code == 404
    assert refused.value.sentence == "Nobody is left to write to: everybody chosen is left out."


def test_a_letter_that_was_sent_is_neither_changed_nor_thrown_away(desk, reviewer, letter):
    reviewer.post(page("send", letter))

    answer = reviewer.post(page("change", letter), {**WORDS, "subject": "Other"})
    thrown = reviewer.post(page("throw_away", letter))
    with pytest.raises(Refused) as refused:
        letters.throw_away(letter.pk, user=desk.staff["reviewer"])

    letter.refresh_from_db()
    who = desk.staff["reviewer"].get_full_name()
    assert letter.subject == "About {{ programme }}"
    assert "This letter has been sent: it is kept." in text_of(thrown)
    assert answer.status_code == 200
    assert refused.value.sentence == (
        f"This letter was sent by {who} at 1pm on 5 October 2026. Nothing is sent twice."
    )


def test_a_letter_whose_sender_is_gone_still_says_when_it_was_sent(desk, letter):
    Letter.objects.filter(pk=letter.pk).update(sent_at=NOW)

    with pytest.raises(Refused) as refused:
        letters.throw_away(letter.pk, user=desk.staff["reviewer"])

    assert refused.value.sentence == "This letter was sent at 1pm on 5 October 2026. Nothing is sent twice."


def test_a_draft_is_thrown_away_and_then_gone(desk, reviewer, letter):
    answer = reviewer.post(page("throw_away", letter), follow=True)
    with pytest.raises(Refused) as refused:
        letters.change(letter.pk, **WORDS, user=desk.staff["reviewer"])

    assert messages_of(answer) == ["The draft is thrown away. Nothing was sent."]
    assert Letter.history.filter(history_type="-").get().history_user == desk.staff["reviewer"]
    assert refused.value.sentence == "This draft is gone: somebody has thrown it away."


def test_a_viewer_reads_letters_and_writes_none(desk, letter):
    viewer = desk.client("viewer")

    shown = text_of(viewer.get(page("change", letter)))
    answer = viewer.post(page("change", letter), WORDS)

    letter.refresh_from_db()
    assert "Keep the draft" not in shown
    assert answer.status_code == 403
    assert letter.subject == "About {{ programme }}"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_however_long(desk, reviewer, rows, django_assert_num_queries):
    for number in range(rows):
        factories.LetterFactory(programme=desk.programme, sent_at=NOW if number else None)
    address = reverse("admin:programmes_letter_changelist")
    reviewer.get(address)

    with django_assert_num_queries(5):
        answer = reviewer.get(address)

    assert len(answer.context["cl"].result_list) == rows


def test_staff_add_an_address_that_gets_no_news_once(desk, administrator):
    address = reverse("admin:programmes_newsoptout_add")
    given = {"academy": desk.programme.academy.pk, "email": "Sam@example.org"}

    administrator.post(address, given)
    again = administrator.post(address, {**given, "email": "sam@EXAMPLE.org"})

    assert list(NewsOptOut.objects.values_list("email_key", flat=True)) == ["sam@example.org"]
    assert "This address gets no news already." in text_of(again)
    assert NewsOptOut.objects.get().history.get().history_user == desk.staff["administrator"]
