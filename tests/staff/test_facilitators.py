"""The register of facilitators on the staff's pages."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from facilitators.domain.people import pauses, register
from facilitators.models import Facilitation, Facilitator, Pause, Training
from programmes.models import Message
from tests import factories, scenarios
from tests.factories import NOW
from tests.staff.forms import as_shown
from tests.staff.reading import messages_of, text_of

TODAY = NOW.date()
DAY = datetime.timedelta(days=1)
HEADING = "name,email,programme,trained_on,organisation,ics,trained_by"


def page(name, *arguments, query=""):
    address = reverse(
        f"admin:facilitators_facilitator_{name}", args=[getattr(one, "pk", one) for one in arguments]
    )
    return address + query


@pytest.fixture
def training(desk):
    return put_in(desk, "Sam Smith", "sam@example.org")


def put_in(desk, name, email, *, programme=None, **values) -> Training:
    whom = register.Trained(name, email, TODAY - 30 * DAY, **values)
    programme = programme or desk.programme
    return register.register_earlier(
        programme, whom, write=False, user=scenarios.reviewer_of(programme), now=NOW
    )


def listed(client, query="") -> list[str]:
    return [one.name for one in client.get(page("changelist", query=query)).context["cl"].result_list]


def test_the_list_says_where_everybody_stands_in_the_readers_programmes(desk, training):
    elsewhere = factories.ProgrammeFactory(title="Secret Programme")
    put_in(desk, "Sam Smith", "sam@example.org", programme=elsewhere)
    second = factories.ProgrammeFactory(academy=desk.programme.academy, title="Bystanders")
    put_in(desk, "Sam Smith", "sam@example.org", programme=second)
    pauses.pause(training.pk, from_on=TODAY, until_on=TODAY, reason="Away", user=None, now=NOW)

    text = text_of(desk.client("viewer").get(page("changelist")))

    assert "Bystanders: provisional; Leadership Circles: paused" in text
    assert "Secret Programme" not in text


def test_the_list_is_narrowed_and_searched(desk, training, reviewer):
    ics, organisation = factories.IntegratedCareSystemFactory(), factories.OrganisationFactory()
    second = factories.ProgrammeFactory(academy=desk.programme.academy, title="Bystanders")
    put_in(desk, "Alex Jones", "alex@example.org", programme=second, ics=ics, organisation=organisation)
    put_in(desk, "Sam Smith", "sam@example.org", programme=second)
    pauses.pause(training.pk, from_on=TODAY, until_on=TODAY, reason="Away", user=None, now=NOW)
    Facilitator.objects.filter(name="Alex Jones").update(in_directory_since=NOW)

    found = {
        query: listed(reviewer, f"?{query}")
        for query in (
            f"programme={desk.programme.pk}",
            "standing=paused",
            f"programme={second.pk}&standing=paused",
            f"programme={second.pk}&standing=provisional",
            "standing=nonsense",
            f"ics={ics.pk}",
            f"organisation={organisation.pk}",
            "directory=yes",
            "directory=no",
            "q=alex%40",
            f"q={organisation.name.replace(' ', '+')}",
        )
    }

    assert list(found.values()) == [
        ["Sam Smith"],
        ["Sam Smith"],
        [],
        ["Alex Jones", "Sam Smith"],
        ["Alex Jones", "Sam Smith"],
        ["Alex Jones"],
        ["Alex Jones"],
        ["Alex Jones"],
        ["Sam Smith"],
        ["Alex Jones"],
        ["Alex Jones"],
    ]


def test_who_is_limited_to_another_programme_sees_nobody(desk, training):
    assert listed(desk.client("limited")) == []
    assert listed(desk.client("outsider")) == []


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries_however_many_there_are(
    desk, reviewer, count, django_assert_num_queries
):
    second = factories.ProgrammeFactory(academy=desk.programme.academy)
    for number in range(count):
        for programme in (desk.programme, second):
            put_in(
                desk,
                f"Person {number}",
                f"person{number}@example.org",
                programme=programme,
                ics=factories.IntegratedCareSystemFactory(),
                organisation=factories.OrganisationFactory(),
            )

    with django_assert_num_queries(9):
        found = reviewer.get(page("changelist")).context["cl"].result_count

    assert found == count


def test_the_list_is_exported(desk, training, reviewer):
    columns = ["name", "email", "stands"]

    response = reviewer.post(page("export"), {"columns": columns, "kind": "csv"})

    lines = b"".join(response.streaming_content).decode("utf-8-sig").splitlines()
    assert lines == [
        "Full name,Work email address,Programmes and standing",
        "Sam Smith,sam@example.org,Leadership Circles: provisional",
    ]


def test_the_page_shows_standing_pauses_and_mails(desk, training):
    user = scenarios.reviewer_of(desk.programme)
    pauses.pause(
        training.pk, from_on=TODAY + DAY, until_on=TODAY + 9 * DAY, reason="Away", user=user, now=NOW
    )

    read, written = (
        text_of(desk.client(who).get(page("change", training.facilitator))) for who in ("viewer", "reviewer")
    )

    assert "Provisional. No delivery yet; active from the first delivery on." in read
    assert "6 October 2026 until 14 October 2026: Away" in read
    assert "The academy noted a pause" in read
    assert ["End this pause" in text for text in (read, written)] == [False, True]
    assert ["Send the link again" in text for text in (read, written)] == [False, True]


def test_a_name_and_an_address_are_corrected_with_history(desk, training, reviewer):
    person = training.facilitator
    shown = as_shown(reviewer.get(page("change", person)))

    reviewer.post(
        page("change", person), {**shown, "name": "Samantha Smith", "email": "samantha@example.org"}
    )

    person.refresh_from_db()
    history = text_of(reviewer.get(page("history", person)))
    assert (person.name, person.email) == ("Samantha Smith", "samantha@example.org")
    assert Message.objects.about(person.about_key).get().event == "facilitator_link"
    assert person.history.first().history_user == desk.staff["reviewer"]
    assert "Samantha Smith" in history


def test_an_address_of_another_person_is_refused_on_the_field(desk, training, reviewer):
    other = put_in(desk, "Alex Jones", "alex@example.org").facilitator
    shown = as_shown(reviewer.get(page("change", other)))

    response = reviewer.post(page("change", other), {**shown, "email": "S.am@example.org"})

    other.refresh_from_db()
    assert "This is the address of Sam Smith in the register: a person is one entry." in text_of(response)
    assert other.email == "alex@example.org"


def test_somebody_is_put_in_by_hand(desk, reviewer):
    form = {
        "programme": desk.programme.pk,
        "name": "Sam Smith",
        "email": "sam@example.org",
        "trained_on": "02/11/2024",
        "trained_by": "National",
        "write": "on",
    }
    typed_and_chosen = {"organisation": factories.OrganisationFactory().pk, "organisation_name": "Typed"}

    refused = reviewer.post(page("put_in"), {**form, **typed_and_chosen})
    response = reviewer.post(page("put_in"), form, follow=True)

    assert "Choose the organisation from the list or type its name, and not both." in text_of(refused)
    assert messages_of(response) == ["Sam Smith is in the register of Leadership Circles."]
    assert Training.objects.get().trained_on == datetime.date(2024, 11, 2)
    assert Message.objects.filter(event="facilitator_trained_earlier").count() == 1


def test_a_link_is_sent_again(training, reviewer):
    response = reviewer.post(page("link", training.facilitator), follow=True)

    assert messages_of(response) == ["Sam Smith is sent a link, at sam@example.org."]
    assert Message.objects.get().event == "facilitator_link"


def test_a_pause_is_noted_and_ended(training, reviewer):
    days = {"from_on": str(TODAY - 3 * DAY), "until_on": str(TODAY + 300 * DAY), "reason": "Away"}

    noted = reviewer.post(page("pause", training.facilitator, training), days, follow=True)
    row = Pause.objects.get()
    ended = reviewer.post(page("end_pause", training.facilitator, row), follow=True)
    again = reviewer.get(page("end_pause", training.facilitator, row))

    row.refresh_from_db()
    assert messages_of(noted) == ["Sam Smith pauses from 2 October 2026 until 1 August 2027."]
    assert messages_of(ended) == ["The pause of Sam Smith is ended."]
    assert row.until_on == TODAY - DAY
    assert "This pause has ended already." in text_of(again)


def test_a_pause_of_somebody_else_is_not_there(desk, training, reviewer):
    other = put_in(desk, "Alex Jones", "alex@example.org")
    row = factories.PauseFactory(training=other)

    found = [
        reviewer.post(page("end_pause", training.facilitator, row)).status_code,
        reviewer.post(page("end", training.facilitator, other), {"reason": "A slip"}).status_code,
    ]

    other.refresh_from_db()
    assert found == [404, 404]
    assert (Pause.objects.count(), other.ended_on) == (1, None)


def test_work_is_ended_and_somebody_put_back(training, reviewer):
    person = training.facilitator
    not_left = text_of(reviewer.get(page("put_back", person, training)))

    ended = reviewer.post(page("end", person, training), {"reason": "New job"}, follow=True)
    impossible = text_of(reviewer.get(page("pause", person, training)))
    back = reviewer.post(page("put_back", person, training), follow=True)

    training.refresh_from_db()
    assert "Sam Smith has not left Leadership Circles." in not_left
    assert messages_of(ended) == ["Sam Smith is no longer a facilitator of Leadership Circles."]
    assert "Sam Smith left Leadership Circles on 5 October 2026." in impossible
    assert messages_of(back) == ["Sam Smith is a facilitator of Leadership Circles again."]
    assert training.ended_on is None


# A list that comes in.
def sent(client, *lines):
    file = SimpleUploadedFile("list.csv", "\n".join((HEADING, *lines)).encode())
    return client.post(page("import"), {"file": file})


def test_a_list_is_previewed_and_then_imported(reviewer):
    preview_url = sent(
        reviewer, "Sam Smith,sam@example.org,LSC,2024-11-02,,,National", "Alex,alex,LSC,2024-11-02,,,"
    ).url
    preview = reviewer.get(preview_url)
    before = Facilitator.objects.count()

    done = reviewer.post(preview_url, {"previewed": preview.context["previewed"], "write": "on"}, follow=True)

    assert "1 made, 0 as before, 1 refused. Nothing is changed yet." in text_of(preview)
    assert "email: A work email address in the correct format is needed" in text_of(preview)
    assert (before, messages_of(done)) == (0, ["list.csv: 1 made, 1 refused."])
    assert Message.objects.get().event == "facilitator_trained_earlier"


def test_a_list_that_has_been_overtaken_is_previewed_again(desk, reviewer):
    preview_url = sent(reviewer, "Sam Smith,sam@example.org,LSC,2024-11-02,,,").url

    response = reviewer.post(preview_url, {"previewed": "something else", "write": "on"})

    assert "The data has changed since you saw the preview." in text_of(response)
    assert Facilitator.objects.count() == 0


def test_a_file_that_is_none_is_refused_and_one_imported_is_not_imported_again(reviewer):
    none = reviewer.post(page("import"), {"file": SimpleUploadedFile("list.csv", b"What is this")})
    preview_url = sent(reviewer, "Sam Smith,sam@example.org,LSC,2024-11-02,,,").url
    previewed = reviewer.get(preview_url).context["previewed"]
    reviewer.post(preview_url, {"previewed": previewed})
    again = reviewer.post(preview_url, {"previewed": previewed}, follow=True)
    looked_at = reviewer.get(preview_url, follow=True)

    assert "The first line must name the columns: name, email, programme" in text_of(none)
    said = ["This file was imported already. Send it again if it has changed."]
    assert (messages_of(again)[-1:], messages_of(looked_at)) == (said, said)
    assert Training.objects.count() == 1


def test_the_template_has_the_columns(reviewer):
    content = reviewer.get(page("import_template")).content.decode("utf-8-sig")

    assert content.splitlines()[0] == HEADING


# How the facilitators of a programme work.
def step(desk):
    return reverse("admin:programmes_programme_step", args=[desk.programme.pk, "afterwards"])


def test_how_facilitators_work_is_set_on_the_programmes_page(desk, training):
    client = desk.client("administrator")
    shown = as_shown(client.get(step(desk)))

    client.post(
        step(desk), {**shown, "facilitation-0-lapses_after_months": "1", "facilitation-0-circles": "on"}
    )

    rules = Facilitation.objects.get()
    training.refresh_from_db()
    assert (rules.programme, rules.circles, rules.lapses_after_months) == (desk.programme, True, 1)
    # Trained on 5 September: the 5th of October is the last day in time.
    assert training.lapses_on == datetime.date(2026, 10, 6)


def test_numbers_that_do_not_fit_are_refused(desk):
    client = desk.client("administrator")
    shown = as_shown(client.get(step(desk)))
    wrong = {
        "facilitation-0-circle_minimum": "30",
        "facilitation-0-facilitators_at_least": "0",
        "facilitation-0-lapses_after_months": "0",
    }

    text = text_of(client.post(step(desk), {**shown, **wrong}))

    assert "Enter 30 or more." in text
    assert "Enter 1 or more." in text
    assert "Enter 1 or more, or leave it empty: nobody lapses then." in text
    assert Facilitation.objects.count() == 0
