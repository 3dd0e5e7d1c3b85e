"""The trainer's register: by a link, on the day, with a typed name and marks without default."""

import datetime

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from cohorts.domain import register, trainers
from cohorts.models import Attendance, Session
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.applications.pages.visits import errors, read
from tests.cohorts.seats import cohort_of, programme_with
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def session() -> Session:
    return cohort_of(programme_with()).sessions.get(title="Day 1")


@pytest.fixture
def on_the_day(session):
    """The clock stands at the start of the session."""
    with time_machine.travel(session.starts_at, tick=False) as clock:
        yield clock


class Trainer:
    """Somebody with the link to a session's register, at a browser of their own."""

    def __init__(self, session: Session) -> None:
        user = scenarios.reviewer_of(session.cohort.programme)
        link = trainers.send_link(
            session.pk, name="Alex Trainer", email="alex@example.org", user=user, now=NOW
        )
        self.token = links.token_of(link)
        self.address = reverse("register", args=[self.token])
        self.client = Client()
        self.session = session
        self.seen: dict[str, str] = {}

    def look(self):
        response = self.client.get(self.address)
        rows = {row.application_id: row for row in self.session.attendances.all()}
        self.seen = {}
        for place in self.session.cohort.places.filter(status="confirmed"):
            row = rows.get(place.application_id)
            self.seen[f"seen-{place.application_id}"] = f"{row.mark}|{row.note}" if row else "|"
        return response

    def send(self, name: str = "Alex Trainer", everyone: bool = False, **marks: str):
        data = {
            "full_name": name,
            **self.seen,
            **{key.replace("_", "-"): said for key, said in marks.items()},
        }
        return self.client.post(self.address, data | ({"everyone": "1"} if everyone else {}))


def confirmed(session: Session, name: str):
    return scenarios.confirmed(session.cohort.programme, name=name)


def stored(session: Session) -> list[tuple[str, str, str, str]]:
    rows = Attendance.objects.filter(session=session).order_by("pk")
    return [(row.application.name, row.mark, row.note, row.marked_by) for row in rows]


def test_the_register_names_people_and_organisations_and_nothing_else(session, on_the_day):
    ali = confirmed(session, "Ali")

    page = read(Trainer(session).look())

    assert "Ali Downs Hospice Present Late Left early Absent Excused" in page
    assert "0 of 1 person is marked." in page
    assert ali.email not in page
    assert ali.reference not in page


def test_before_the_day_the_register_only_says_who_is_expected(session):
    confirmed(session, "Ali")

    page = read(Trainer(session).look())

    assert "Day 1 is on 3 November 2026: it can be marked from that day on." in page
    assert "Who is expected Ali, Downs Hospice" in page
    assert "Your full name" not in page


def test_an_empty_register_says_so(session, on_the_day):
    assert "Nobody is expected at this session." in read(Trainer(session).look())


def test_exceptions_are_marked_and_everyone_else_is_present_in_one_press(session, on_the_day):
    ali, toni = confirmed(session, "Ali"), confirmed(session, "Toni")
    trainer = Trainer(session)
    trainer.look()

    response = trainer.send(everyone=True, **{f"mark_{ali.pk}": "late", f"note_{ali.pk}": "Train"})

    assert response.headers["Location"] == trainer.address
    page = read(trainer.look())
    assert "The register is saved. 2 of 2 people are marked." in page
    assert "Marked late at 9:30am by Alex Trainer" in page
    assert "Everyone else is present" not in page.partition("Save")[2]
    assert stored(session) == [
        ("Ali", "late", "Train", "Alex Trainer"),
        ("Toni", "present", "", "Alex Trainer"),
    ]
    assert Link.objects.get(opens="register").used_at == session.starts_at
    assert toni.name == "Toni"


def test_the_name_is_typed_once(session, on_the_day):
    ali = confirmed(session, "Ali")
    trainer = Trainer(session)
    trainer.look()
    trainer.send(**{f"mark_{ali.pk}": "present"})

    again = trainer.client.get(trainer.address).content.decode()
    another_browser = Client().get(trainer.address).content.decode()

    assert 'value="Alex Trainer"' in again
    assert 'value="Alex Trainer"' not in another_browser


def test_nothing_is_marked_by_looking_or_by_pressing_without_a_name(session, on_the_day):
    ali = confirmed(session, "Ali")
    trainer = Trainer(session)
    trainer.look()

    response = trainer.send(name=" ", everyone=True, **{f"mark_{ali.pk}": "late"})
    bare = trainer.client.post(trainer.address)

    assert errors(response) == ["Enter your full name: the register says who marked it"]
    assert 'value="late" checked' in response.content.decode()
    assert errors(bare) == ["Enter your full name: the register says who marked it"]
    assert stored(session) == []


def test_what_somebody_else_marked_meanwhile_is_shown_and_asked_about(session, on_the_day):
    ali = confirmed(session, "Ali")
    first, second = Trainer(session), Trainer(session)
    first.look()
    second.look()
    first.send(name="Morgan", **{f"mark_{ali.pk}": "absent", f"note_{ali.pk}": "Rang"})

    asked = second.send(**{f"mark_{ali.pk}": "late", f"note_{ali.pk}": "Train"})
    kept = stored(session)
    second.look()
    second.send(**{f"mark_{ali.pk}": "late", f"note_{ali.pk}": "Train"})

    assert errors(asked) == [
        "Morgan has marked Ali meanwhile: absent (“Rang”). You said: late (“Train”). Theirs is kept unless you choose "
        "again."
    ]
    assert " checked" not in asked.content.decode().partition("<form")[2]
    assert kept == [("Ali", "absent", "Rang", "Morgan")]
    assert stored(session) == [("Ali", "late", "Train", "Alex Trainer")]


def test_a_note_alone_that_two_people_wrote_is_asked_about(session, on_the_day):
    ali = confirmed(session, "Ali")
    first, second = Trainer(session), Trainer(session)
    first.look()
    second.look()
    first.send(name="Morgan", **{f"note_{ali.pk}": "Rang"})

    asked = second.send(**{f"note_{ali.pk}": "Train"})

    assert errors(asked) == [
        "Morgan has marked Ali meanwhile: no mark (“Rang”). You said: no mark (“Train”). Theirs is kept unless you "
        "choose again."
    ]


def test_a_note_that_is_too_long_is_refused_and_kept(session, on_the_day):
    ali = confirmed(session, "Ali")
    trainer = Trainer(session)
    trainer.look()

    response = trainer.send(**{f"note_{ali.pk}": "x" * 301})

    assert errors(response) == ["Note about Ali must be 300 characters or fewer: you have entered 301"]
    assert "x" * 301 in response.content.decode()


def test_a_register_sent_before_its_day_is_refused(session):
    ali = confirmed(session, "Ali")
    trainer = Trainer(session)
    trainer.look()

    response = trainer.send(**{f"mark_{ali.pk}": "present"})

    assert errors(response) == ["Day 1 is on 3 November 2026: it can be marked from that day on."]
    assert stored(session) == []


def test_guests_and_people_who_left_are_told_apart(session, on_the_day):
    ali = confirmed(session, "Ali")
    again = factories.SessionFactory(
        cohort__programme=session.cohort.programme,
        title="Day 1 again",
        starts_at=session.starts_at + datetime.timedelta(days=28),
    )
    scenarios.marked_everywhere(ali, session.cohort, "absent")
    user = scenarios.reviewer_of(session.cohort.programme)
    register.make_up(ali.pk, missed=session.pk, at=again.pk, user=user, now=session.ends_at)
    guest = Trainer(again).look()
    scenarios.withdrawn(ali)

    page = read(Trainer(session).look())

    assert "Ali, Downs Hospice" in read(guest)
    assert "no longer in this cohort" in page


@pytest.mark.parametrize("why", ["over", "revoked", "unknown", "deleted"])
def test_a_link_that_does_not_work_says_so_and_offers_no_other(session, why):
    trainer = Trainer(session)
    address = trainer.address
    moment = NOW
    if why == "over":
        moment = trainers.works_until(session)
    elif why == "revoked":
        links.revoke(Link.Opens.REGISTER, session.pk, now=NOW)
    elif why == "unknown":
        address = reverse("register", args=["x" * 43])
    else:
        session.delete()

    with time_machine.travel(moment, tick=False):
        response = Client().get(address)

    assert response.status_code == 410
    assert "This link no longer works" in read(response)
    assert "fresh link" not in read(response)


def test_the_address_is_private_and_head_opens_nothing(session):
    trainer = Trainer(session)

    response, head = trainer.client.get(trainer.address), trainer.client.head(trainer.address)

    assert (response.headers["Cache-Control"], response.headers["X-Robots-Tag"]) == ("no-store", "noindex")
    assert head.status_code == 405


def test_no_fresh_link_is_sent_for_a_register_not_even_to_the_application_of_the_same_number(session):
    application = factories.ApplicationFactory(pk=session.pk)
    trainer = Trainer(session)

    Client().post(reverse("link_fresh", args=["register", trainer.token]))

    assert scenarios.mails(application) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_register_takes_the_same_queries_however_many_people(
    session, on_the_day, count, django_assert_num_queries
):
    for number in range(count):
        confirmed(session, f"Person {number}")
    trainer = Trainer(session)

    with django_assert_num_queries(4):
        trainer.client.get(trainer.address)
