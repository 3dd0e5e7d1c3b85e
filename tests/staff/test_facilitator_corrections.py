"""What staff put right about a facilitator: the day of a training, the directory, two entries that are one person."""

import datetime

import pytest
from django.urls import reverse

from facilitators.models import Facilitator, Training
from programmes.models import Message
from tests import factories
from tests.facilitators.delivering import trained
from tests.factories import NOW
from tests.staff.reading import messages_of, text_of


def page(name, *arguments):
    keys = [getattr(one, "pk", one) for one in arguments]
    return reverse(f"admin:facilitators_facilitator_{name}", args=keys)


def put_in(programme, name, **values):
    person = factories.FacilitatorFactory(name=name, email=f"{name.split()[0].lower()}@example.org", **values)
    return trained(programme=programme, trained_on=datetime.date(2026, 9, 1), facilitator=person)


@pytest.fixture
def training(desk):
    return put_in(desk.programme, "Sam Smith")


@pytest.fixture
def twin(desk):
    return put_in(desk.programme, "Samantha Smith")


def test_the_day_of_a_training_is_corrected_with_a_reason(reviewer, training):
    address = page("day", training.facilitator, training)
    assert f'href="{address}"' in reviewer.get(page("change", training.facilitator)).content.decode()

    ahead = reviewer.post(address, {"trained_on": "2026-12-24", "reason": "A slip"})
    without = reviewer.post(address, {"trained_on": "2026-08-01", "reason": ""})
    response = reviewer.post(address, {"trained_on": "2026-08-01", "reason": "By the list"}, follow=True)

    training.refresh_from_db()
    assert "The day of the training lies ahead." in text_of(ahead)
    assert "Enter the reason." in text_of(without)
    assert messages_of(response) == ["Sam Smith was trained in Leadership Circles on 1 August 2026."]
    assert training.trained_on == datetime.date(2026, 8, 1)


def test_somebody_is_taken_out_of_the_directory(reviewer, training):
    person = training.facilitator
    address = page("take_out", person)
    hidden = reviewer.get(page("change", person)).content.decode()
    impossible = text_of(reviewer.get(address))
    Facilitator.objects.update(in_directory_since=NOW)

    shown = reviewer.get(page("change", person)).content.decode()
    response = reviewer.post(address, {"reason": "Asked by telephone"}, follow=True)

    assert [f'href="{address}"' in text for text in (hidden, shown)] == [False, True]
    assert "Sam Smith is not shown in the directory." in impossible
    assert messages_of(response) == ["Sam Smith is not shown in the directory any more."]
    assert Facilitator.objects.get().in_directory_since is None
    assert "Asked by telephone" in text_of(reviewer.get(page("history", person)))


# Two entries that are one person.
def test_the_other_entry_is_asked_for_by_its_address(desk, reviewer, training, twin):
    elsewhere = put_in(factories.ProgrammeFactory(), "Nobody Here")
    address = page("join", training.facilitator)
    assert f'href="{address}"' in reviewer.get(page("change", training.facilitator)).content.decode()

    unknown = reviewer.post(address, {"email": "who@example.org"})
    of_others = reviewer.post(address, {"email": elsewhere.facilitator.email})
    empty = reviewer.post(address, {"email": ""})
    found = reviewer.post(address, {"email": "SAMANTHA@example.org"})

    for refused in (unknown, of_others):
        assert "Nobody in the register of your programmes has this address." in text_of(refused)
    assert "Enter the work email address of the other entry." in text_of(empty)
    assert found.url == page("join_with", training.facilitator, twin.facilitator)


def test_what_would_move_is_shown_and_then_the_two_are_joined(reviewer, training, twin):
    factories.NoticeFactory(author=twin)
    address = page("join_with", training.facilitator, twin.facilitator)

    preview = text_of(reviewer.get(address))
    before = Facilitator.objects.count()
    response = reviewer.post(address, {"reason": "Changed trusts"}, follow=True)

    assert "Leadership Circles: one training from two, on the earlier day, 1 September 2026." in preview
    assert "What moves: 1 notice." in preview
    assert (before, Facilitator.objects.get(), Training.objects.count()) == (2, training.facilitator, 1)
    assert messages_of(response) == [
        "The two entries are one. samantha@example.org still leads to Sam Smith."
    ]
    assert "Joined with this entry Samantha Smith, samantha@example.org: on 5 October 2026" in text_of(
        response
    )
    assert "Changed trusts" in text_of(response)
    assert Message.objects.filter(event="facilitator_joined").count() == 1
    assert reviewer.get(page("change", twin.facilitator)).status_code == 404


def test_with_nothing_else_to_move_the_page_says_so(desk, reviewer, training):
    other = factories.ProgrammeFactory(academy=desk.programme.academy, title="Bystanders")
    alone = put_in(other, "Alex Jones")

    text = text_of(reviewer.get(page("join_with", training.facilitator, alone.facilitator)))

    assert "Bystanders: trained on 1 September 2026, as before." in text
    assert "What moves: nothing else." in text


def test_an_entry_is_not_joined_with_itself(reviewer, training):
    person = training.facilitator

    assert "This is the same entry." in text_of(reviewer.get(page("join_with", person, person)))
