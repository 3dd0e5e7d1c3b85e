"""A facilitator's deliveries on a phone: logged, kept as a draft, asked about, corrected, taken back."""

import datetime
import re
import uuid
from html import unescape

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from facilitators.domain.delivering import deliveries
from facilitators.domain.people import register
from facilitators.models import Commitment, Delivery, Topic
from programmes.domain import links
from tests.facilitators.delivering import circle_of, logged, trained

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


def days_ago(days):
    return timezone.localdate() - datetime.timedelta(days=days)


def somebody(**values):
    return trained(trained_on=days_ago(40), now=timezone.now(), **values)


def door(training):
    token = links.token_of(register.link_for(training.facilitator, now=timezone.now()))
    return f"/facilitator/{token}/"


def said(held_on=None, **values):
    held_on = held_on or days_ago(3)
    return {
        "sent_as": str(uuid.uuid4()),
        "held_on_day": held_on.day,
        "held_on_month": held_on.month,
        "held_on_year": held_on.year,
        "unit": "session",
        "role": "led",
        "where": "place",
        "place": "Guildhall, Lewes",
        "people_nhs_trust": "7",
        "people_charity": "2",
        "how_it_went": "4",
        "notes": "Good talks.",
        **values,
    }


def text_of(response):
    body = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_a_delivery_is_logged_and_shown_back(client):
    training = somebody()

    response = client.post(f"{door(training)}deliveries/log/", said(), follow=True)

    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.place, delivery.online, delivery.how_it_went) == (
        "logged",
        "Guildhall, Lewes",
        False,
        4,
    )
    assert (delivery.logged_by, delivery.ics) == (training.facilitator, training.facilitator.ics)
    assert dict(delivery.reached.values_list("sector", "people")) == {"nhs_trust": 7, "charity": 2}
    assert list(delivery.credits.values_list("training", "role")) == [(training.pk, "led")]
    assert "Logged. It reached 9 people." in text_of(response)
    assert "9 people NHS trust or foundation trust: 7 Charity or community organisation: 2" in text_of(
        response
    )
    assert delivery.history.get().history_change_reason == f"Logged by {training.facilitator.name}"


def test_a_form_that_is_sent_twice_is_one_delivery(client):
    training = somebody()
    values = said()

    for _ in range(2):
        response = client.post(f"{door(training)}deliveries/log/", values, follow=True)

    assert response.redirect_chain[-1][0].endswith(f"/deliveries/{Delivery.objects.get().pk}/")
    assert Commitment.objects.get().done == 1


@pytest.mark.parametrize(
    ("values", "error"),
    [
        ({"held_on_day": ""}, "When was it? must include a day"),
        ({"role": ""}, "Answer the question “What did you do?”"),
        ({"where": ""}, "Answer the question “Where was it?”"),
        ({"people_nhs_trust": "", "people_charity": "0"}, "Enter how many people it reached"),
        ({"people_nhs_trust": "5001"}, "NHS trust or foundation trust must be 5000 or fewer"),
        ({"role": "led_jointly", "others": "nobody@example.org"}, "We know no other facilitator of"),
        ({"role": "led_jointly", "others": "No Body"}, "No facilitator in the directory of"),
    ],
)
def test_what_is_missing_or_wrong_is_said_and_nothing_is_lost(client, values, error):
    training = somebody()

    response = client.post(f"{door(training)}deliveries/log/", said(**values))

    assert error.replace("When was it?", "Your answer") in text_of(response)
    assert "Good talks." in text_of(response)
    assert not Delivery.objects.exists()


def test_tomorrow_cannot_be_logged(client):
    response = client.post(f"{door(somebody())}deliveries/log/", said(days_ago(-1)))

    assert "The day of the delivery must be today or in the past" in text_of(response)
    assert not Delivery.objects.exists()


def test_who_led_it_as_well_is_credited_by_address_or_by_name_in_the_directory(client):
    training = somebody()
    by_address = somebody(programme=training.programme)
    listed = somebody(programme=training.programme)
    listed.facilitator.in_directory_since = timezone.now()
    listed.facilitator.save()
    others = f" {by_address.facilitator.email.upper()} \n\n{listed.facilitator.name.lower()}"

    client.post(f"{door(training)}deliveries/log/", said(role="led_jointly", others=others))

    assert dict(Delivery.objects.get().credits.values_list("training", "role")) == {
        one.pk: "led_jointly" for one in (training, by_address, listed)
    }
    # The next time they are there to be ticked, and no address is shown.
    page = client.get(f"{door(training)}deliveries/log/").content.decode()
    assert by_address.facilitator.name in page
    assert by_address.facilitator.email not in page
    client.post(
        f"{door(training)}deliveries/log/",
        said(days_ago(2), role="led_jointly", partners=[by_address.pk]),
    )
    assert by_address.commitments.get().done == 2


def test_a_name_that_several_have_is_asked_about(client):
    training = somebody()
    for _ in range(2):
        one = somebody(programme=training.programme)
        one.facilitator.name, one.facilitator.in_directory_since = "Jo Same", timezone.now()
        one.facilitator.save()

    response = client.post(f"{door(training)}deliveries/log/", said(role="led_jointly", others="Jo Same"))

    assert "More than one facilitator is called Jo Same" in text_of(response)


def test_a_draft_is_kept_with_little_and_logged_later(client):
    training = somebody()
    home = door(training)
    little = {name: value for name, value in said().items() if name.startswith(("sent_as", "held_on"))}

    client.post(f"{home}deliveries/log/", {**little, "draft": "1"})

    draft = Delivery.objects.get()
    assert (draft.state, Commitment.objects.get().done) == ("draft", 0)
    assert "Drafts that do not count yet" in text_of(client.get(home))
    client.post(f"{home}deliveries/{draft.pk}/change/", said())
    draft.refresh_from_db()
    assert (draft.state, Commitment.objects.get().done) == ("logged", 1)


def test_a_draft_is_thrown_away_with_its_file(client):
    training = somebody()
    file = SimpleUploadedFile("list.pdf", b"%PDF-1.7")
    client.post(f"{door(training)}deliveries/log/", said(draft="1", evidence=file))
    draft = Delivery.objects.get()
    assert draft.evidence_name == "list.pdf"
    page = client.get(f"{door(training)}deliveries/{draft.pk}/take-back/")
    assert "Throw this draft away?" in text_of(page)

    client.post(f"{door(training)}deliveries/{draft.pk}/take-back/", {"sure": "on"})

    assert not Delivery.objects.exists()


def test_a_colleagues_draft_is_not_mine_to_see(client):
    training, other = somebody(), None
    other = somebody(programme=training.programme)
    draft = logged(training, days_ago(3).isoformat(), draft=True, others=[other.pk])

    assert client.get(f"{door(other)}deliveries/{draft.pk}/").status_code == 404
    assert text_of(client.get(f"{door(other)}deliveries/")).endswith("You have logged nothing yet.")


def test_a_file_is_kept_and_given_back_to_who_is_in_it_alone(client):
    training = somebody()
    file = SimpleUploadedFile("list.pdf", b"%PDF-1.7 sessions")
    client.post(f"{door(training)}deliveries/log/", said(evidence=file))
    delivery = Delivery.objects.get()

    response = client.get(f"{door(training)}deliveries/{delivery.pk}/file/")

    assert b"".join(response.streaming_content) == b"%PDF-1.7 sessions"
    assert response.headers["Content-Disposition"] == 'attachment; filename="list.pdf"'
    assert client.get(f"{door(somebody())}deliveries/{delivery.pk}/file/").status_code == 404
    delivery.evidence.storage.delete(delivery.evidence.name)
    assert client.get(f"{door(training)}deliveries/{delivery.pk}/file/").status_code == 404


def test_a_file_of_another_kind_is_refused(client):
    training = somebody()
    file = SimpleUploadedFile("list.pdf", b"MZ a program")

    response = client.post(f"{door(training)}deliveries/log/", said(evidence=file))

    assert "“list.pdf” is not a .pdf file" in text_of(response)
    assert not Delivery.objects.exists()


def asked(client, training, other):
    """What ``training`` logs on the day on which ``other`` has logged with them."""
    first = logged(
        other, days_ago(3).isoformat(), others=[training.pk], role="led_jointly", people={"other": 6}
    )
    values = said(role="led_jointly", others=other.facilitator.email)
    response = client.post(f"{door(training)}deliveries/log/", values, follow=True)
    assert "Is this the same?" in text_of(response)
    assert Commitment.objects.get(training=training).done == 1
    return first, response.redirect_chain[-1][0]


def test_the_same_delivery_is_one_and_credited_to_each(client):
    training = somebody()
    other = somebody(programme=training.programme)
    first, address = asked(client, training, other)

    response = client.post(address, {"same": f"delivery-{first.pk}"}, follow=True)

    assert "It is one delivery, and credited to each of you." in text_of(response)
    assert list(Delivery.objects.values_list("pk", flat=True)) == [first.pk]
    assert dict(first.credits.values_list("training", "role")) == {
        training.pk: "led_jointly",
        other.pk: "led_jointly",
    }


def test_another_delivery_of_the_same_day_is_logged(client):
    training = somebody()
    other = somebody(programme=training.programme)
    _, address = asked(client, training, other)
    assert "Say whether it is the same" in text_of(client.post(address, {}))

    client.post(address, {"same": "another"})

    assert sorted(Delivery.objects.values_list("state", "said_to_differ")) == [("logged", True)] * 2
    assert [row.done for row in Commitment.objects.all()] == [2, 2]
    # Asked once; the page then leads to the delivery.
    assert client.get(address).status_code == 302


def test_what_is_no_longer_there_cannot_be_the_same(client):
    training = somebody()
    other = somebody(programme=training.programme)
    first, address = asked(client, training, other)
    deliveries.take_back(first.pk, reason="A slip", training_id=other.pk, now=timezone.now())

    response = client.post(address, {"same": f"delivery-{first.pk}"})

    assert "Choose one of the answers listed" in text_of(response)


def test_a_circle_whose_register_is_to_come_makes_the_delivery_itself(client):
    training = somebody()
    at_ten = timezone.make_aware(datetime.datetime.combine(days_ago(3), datetime.time(10)))
    circle = circle_of(training, starts_at=at_ten, ends_at=at_ten + datetime.timedelta(hours=2))
    asked = client.post(f"{door(training)}deliveries/log/", said(), follow=True)
    assert "It is the circle “Stress” Its register makes the delivery" in text_of(asked)

    response = client.post(asked.redirect_chain[-1][0], {"same": f"circle-{circle.pk}"}, follow=True)

    assert "Nothing was logged: the register of the circle makes the delivery." in text_of(response)
    assert not Delivery.objects.exists()


def test_what_cannot_be_is_refused_and_nothing_is_lost(client):
    training = somebody()
    left = somebody(programme=training.programme)
    left.ended_on, left.ended_reason = days_ago(10), "Moved"
    left.save()

    values = said(role="led_jointly", others=left.facilitator.email)
    response = client.post(f"{door(training)}deliveries/log/", values)

    assert f"{left.facilitator.name} left the programme on" in text_of(response)
    assert "Good talks." in text_of(response)
    assert not Delivery.objects.exists()


def test_what_somebody_else_settled_meanwhile_is_said(client):
    training = somebody()
    other = somebody(programme=training.programme)
    _, address = asked(client, training, other)
    other.ended_on, other.ended_reason = days_ago(10), "Moved"
    other.save()

    response = client.post(address, {"same": "another"})

    assert f"{other.facilitator.name} left the programme on" in text_of(response)
    assert Delivery.objects.get(state="draft").logged_by == training.facilitator


def test_of_several_programmes_one_is_chosen_first(client):
    training = somebody()
    second = somebody(facilitator=training.facilitator)

    page = client.get(f"{door(training)}deliveries/log/")

    assert "Which programme did you deliver?" in text_of(page)
    client.post(f"{door(training)}deliveries/log/?programme={second.programme.slug}", said())
    assert Delivery.objects.get().programme == second.programme
    assert client.get(f"{door(training)}deliveries/log/?programme=none").status_code == 404


def test_a_topic_can_be_chosen_where_there_are_some(client):
    training = somebody()
    topic = Topic.objects.create(programme=training.programme, key="stress", name="Stress at work")

    client.post(f"{door(training)}deliveries/log/", said(topic="stress", where="online"))

    delivery = Delivery.objects.get()
    assert (delivery.topic, delivery.online, delivery.place) == (topic, True, "")
    assert "Topic Stress at work Where Online" in text_of(
        client.get(f"{door(training)}deliveries/{delivery.pk}/")
    )


def test_a_delivery_is_corrected_until_it_is_confirmed(client):
    training = somebody()
    delivery = logged(training, days_ago(3).isoformat(), people={"other": 3}, now=timezone.now())
    address = f"{door(training)}deliveries/{delivery.pk}/"
    assert 'value="3"' in client.get(f"{address}change/").content.decode()

    client.post(f"{address}change/", said(people_other="4"))

    assert dict(delivery.reached.values_list("sector", "people")) == {
        "nhs_trust": 7,
        "charity": 2,
        "other": 4,
    }
    assert delivery.history.first().history_change_reason == f"Corrected by {training.facilitator.name}"
    Delivery.objects.update(state="confirmed", confirmed_at=timezone.now())
    response = client.post(f"{address}change/", said(), follow=True)
    assert "The academy has confirmed this delivery." in text_of(response)


def test_a_delivery_is_taken_back_with_a_reason(client):
    training = somebody()
    delivery = logged(training, days_ago(3).isoformat(), now=timezone.now())
    address = f"{door(training)}deliveries/{delivery.pk}/take-back/"
    assert "Say why you take it back" in text_of(client.post(address, {}))

    response = client.post(address, {"reason": "Logged twice"}, follow=True)

    assert "Taken back: Logged twice" in text_of(response)
    assert Commitment.objects.get().done == 0
    again = client.post(address, {"reason": "Again"})
    assert "This delivery was taken back." in text_of(again)


def test_the_home_page_says_what_is_owed_and_done(client):
    training = somebody()
    logged(training, days_ago(3).isoformat())

    text = text_of(client.get(door(training)))

    assert "Deliver at least 3 sessions in 12 months. On track 1 of at least 3 sessions done, until" in text


def test_a_delivery_before_the_training_says_that_it_does_not_count(client):
    training = somebody()
    delivery = logged(training, days_ago(60).isoformat())

    text = text_of(client.get(f"{door(training)}deliveries/{delivery.pk}/"))

    assert "so it does not count for what you owe" in text


def test_the_list_is_paged_and_asks_the_same_however_long(client, django_assert_num_queries):
    training = somebody()
    address = f"{door(training)}deliveries/"
    for number in range(1, 22):
        logged(training, days_ago(number).isoformat())
        if number in (1, 3):
            with django_assert_num_queries(5):
                client.get(address)

    assert text_of(client.get(f"{address}?page=2")).count("people") == 1
