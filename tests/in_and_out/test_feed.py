"""The feed: one academy's figures for one key, as its own document says, and nothing of any person."""

import datetime
import json
import os

import pytest
import time_machine
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from applications.models.applications import Step
from cohorts.domain import offers, preferences
from programmes.domain import feeds
from programmes.domain.access import NotAllowed
from programmes.domain.refused import Refused
from programmes.models import FeedKey
from tests import factories, scenarios
from tests.factories import NOW

LISTS = ["feed_programmes", "feed_cohorts", "feed_applications", "feed_funnel"]
TYPES = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}


@pytest.fixture(autouse=True)
def nothing_counted_before():
    cache.clear()


@pytest.fixture
def key(desk):
    return made(desk.programme.academy, desk.staff["administrator"])[1]


def made(academy, user, expires_at=None):
    return feeds.make_key(academy, name="Power BI", user=user, expires_at=expires_at, now=NOW)


def get(client, name, key=None, query="", **options):
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return client.get(reverse(name, **options) + query, headers=headers)


def faults(value, schema, document, where="$"):  # noqa: C901  as long as what it checks
    """What does not fit a schema: enough of JSON Schema for the feed's own document."""
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    fits = any(
        isinstance(value, TYPES[one]) and not (one == "integer" and isinstance(value, bool)) for one in types
    )
    if not fits:
        return [f"{where}: {value!r} is not {types}"]
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{where}: {value!r} is not one of {schema['enum']}")
    moment = value if schema.get("format") == "date-time" else None
    if moment is not None and datetime.datetime.fromisoformat(moment).tzinfo is None:
        found.append(f"{where}: {value!r} has no time zone")
    if isinstance(value, int) and value < schema.get("minimum", value):
        found.append(f"{where}: {value!r} is too small")
    if isinstance(value, list):
        for number, one in enumerate(value):
            found += faults(one, schema["items"], document, f"{where}[{number}]")
    if isinstance(value, dict):
        if sorted(value) != sorted(schema["required"]):
            found.append(f"{where}: {sorted(value)} instead of {sorted(schema['required'])}")
        for name, one in value.items():
            found += faults(one, schema["properties"][name], document, f"{where}.{name}")
    return found


def everybody(desk):
    """An application in many a state, with whatever can be in the feed."""
    programme = desk.programme
    return [
        scenarios.started(programme, "draft@example.org"),
        *(
            verb(programme)
            for verb in (
                scenarios.submitted,
                scenarios.shortlisted,
                scenarios.offered,
                scenarios.confirmed,
                scenarios.completed,
            )
        ),
    ]


@pytest.mark.parametrize("name", LISTS)
def test_every_answer_is_as_the_document_says(desk, client, key, name):
    everybody(desk)
    document = client.get(reverse("feed_openapi")).json()
    path = reverse(name).removeprefix("/feed/v1")
    schema = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]

    answer = get(client, name, key)

    assert faults(answer.json(), schema, document) == []
    assert len(answer.json()["data"]) >= 1
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_the_document_names_every_address_of_the_feed(client):
    document = client.get(reverse("feed_openapi")).json()

    assert document["openapi"] == "3.1.0"
    assert sorted(document["paths"]) == sorted(reverse(name).removeprefix("/feed/v1") for name in LISTS)
    assert document["servers"] == [{"url": "http://testserver/feed/v1"}]


def test_the_feed_holds_no_name_address_or_answer(desk, client, key):
    factories.QuestionFactory(programme=desk.programme)
    scenarios.submitted(desk.programme, name="Sam Applicant", email="sam@example.org")

    said = "".join(get(client, name, key).content.decode() for name in LISTS)

    assert [
        text for text in ("Sam", "example.org", "My answer", "Team lead", "Downs Hospice") if text in said
    ] == []


@pytest.mark.parametrize("name", LISTS)
def test_the_feed_holds_nothing_of_another_academy(desk, client, name):
    everybody(desk)
    outsider = desk.staff["outsider"]
    own = outsider.academy_memberships.get().academy
    _, key = made(own, outsider)

    answer = get(client, name, key)
    theirs = get(client, name, key, f"?programme={desk.programme.code}")

    assert answer.json() == {"data": [], "next": None}
    if name != "feed_programmes":
        assert theirs.json() == {
            "type": "about:blank",
            "title": "Not found",
            "status": 404,
            "detail": "Your academy has no programme with this code.",
        }


def test_pages_follow_each_other_and_hold_each_application_once(desk, client, key):
    wanted = sorted(one.reference for one in everybody(desk))

    found, address = [], reverse("feed_applications") + "?limit=4"
    while address:
        page = client.get(address, headers={"Authorization": f"Bearer {key}"}).json()
        found.append([row["reference"] for row in page["data"]])
        address = page["next"] and page["next"].removeprefix("http://testserver")

    assert [len(one) for one in found] == [4, 2]
    assert sorted(reference for page in found for reference in page) == wanted


def test_what_has_changed_since_a_moment_is_all_that_is_asked_for(desk, client, key):
    scenarios.submitted(desk.programme)
    later = NOW + datetime.timedelta(hours=2)
    with time_machine.travel(later, tick=False):
        changed = scenarios.submitted(desk.programme, now=later)

    answer = get(client, "feed_applications", key, "?changed_since=2026-10-05T13:00:00Z")

    assert [row["reference"] for row in answer.json()["data"]] == [changed.reference]


def test_other_preferences_and_a_longer_time_to_answer_are_changes_too(desk, client, key):
    offered, choosing = scenarios.offered(desk.programme), scenarios.submitted(desk.programme)
    scenarios.submitted(desk.programme)
    later = timezone.now() + datetime.timedelta(hours=2)
    until = offered.places.get().respond_by + datetime.timedelta(days=1)

    offers.extend(offered.pk, until=until, user=desk.staff["reviewer"], now=later)
    spring = factories.CohortFactory(programme=desk.programme)
    preferences.save_preferences(choosing.pk, ranked=[spring, desk.cohort], cannot_attend={}, now=later)
    answer = get(client, "feed_applications", key, "?changed_since=2026-10-05T13:00:00Z")

    found = {row["reference"] for row in answer.json()["data"]}
    assert found == {offered.reference, choosing.reference}


def steps_of(row):
    return {step.name.lower(): row[step.name.lower()] for step in Step}


def test_an_offer_that_was_withdrawn_still_was_an_offer_as_on_the_home_page(desk, client, key):
    scenarios.withdrawn(scenarios.offered(desk.programme))

    row = get(client, "feed_funnel", key).json()["data"][0]
    home = desk.client("viewer").get(reverse("admin:index"))

    (standing,) = home.context["desks"][0].programmes
    assert steps_of(row) == {one.step.name.lower(): one.count for one in standing.funnel}
    assert (row["offered"], row["confirmed"], row["states"]["withdrawn"]) == (1, 0, 1)


def test_the_funnel_of_a_programme_without_applications_is_nothing_at_all(desk, client, key):
    row = get(client, "feed_funnel", key).json()["data"][0]

    assert set(steps_of(row).values()) == {0}
    assert row["changed_at"] is None


def test_the_funnel_counts_who_has_come_how_far(desk, client, key):
    everybody(desk)

    row = get(client, "feed_funnel", key, f"?programme={desk.programme.code}").json()["data"][0]

    assert steps_of(row) == {
        "started": 6,
        "submitted": 5,
        "approved": 5,
        "shortlisted": 4,
        "offered": 3,
        "confirmed": 2,
        "attended": 1,
        "completed": 1,
    }
    assert {state: number for state, number in row["states"].items() if number} == {
        "draft": 1,
        "under_review": 1,
        "shortlisted": 1,
        "offered": 1,
        "confirmed": 1,
        "completed": 1,
    }


@pytest.mark.parametrize(
    ("header", "status", "title"),
    [
        (None, 401, "Not signed in"),
        ("Bearer cascade_wrong", 401, "Not signed in"),
        ("Basic c2FtOnNhbQ==", 401, "Not signed in"),
        ("Bearer", 401, "Not signed in"),
    ],
)
def test_without_a_key_the_feed_says_what_to_send(client, db, header, status, title):
    answer = client.get(reverse("feed_programmes"), headers={"Authorization": header} if header else {})

    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="feed"'
    assert answer.json() == {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": "Send the key of your academy in the header “Authorization: Bearer …”.",
    }


def test_a_key_that_was_revoked_or_has_expired_is_told_so(desk, client):
    user, academy = desk.staff["administrator"], desk.programme.academy
    row, revoked = made(academy, user)
    feeds.revoke_key(row.pk, user=user, now=NOW)
    _, short = made(academy, user, expires_at=NOW + datetime.timedelta(days=1))

    first = get(client, "feed_programmes", revoked)
    with time_machine.travel(NOW + datetime.timedelta(days=1), tick=False):
        second = get(client, "feed_programmes", short)

    assert [(answer.status_code, answer.json()["detail"]) for answer in (first, second)] == [
        (403, "This key was revoked on 5 October 2026. Ask the academy for a new one."),
        (403, "This key expired on 6 October 2026. Ask the academy for a new one."),
    ]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("?limit=0", "“limit” must be a whole number from 1 to 1000."),
        ("?limit=many", "“limit” must be a whole number from 1 to 1000."),
        ("?cursor=-1", "“cursor” must be a whole number from 0 to 9223372036854775807."),
        (
            "?changed_since=yesterday",
            "“changed_since” must be a time with its zone, such as 2026-10-05T12:00:00Z.",
        ),
        (
            "?changed_since=2026-10-05T25:00:00Z",
            "“changed_since” must be a time with its zone, such as 2026-10-05T12:00:00Z.",
        ),
        (
            "?changed_since=0001-01-01T00:00:00%2B14:00",
            "“changed_since” must be a time with its zone, such as 2026-10-05T12:00:00Z.",
        ),
        (
            "?changed_since=2026-10-05T12:00:00",
            "“changed_since” must be a time with its zone, such as 2026-10-05T12:00:00Z.",
        ),
    ],
)
def test_a_parameter_that_is_wrong_is_named(desk, client, key, query, detail):
    answer = get(client, "feed_applications", key, query)

    assert (answer.status_code, answer.json()["detail"]) == (400, detail)


def test_another_address_is_not_found_and_nothing_can_be_sent(desk, client, key):
    lost = get(client, "feed_nothing", key, kwargs={"rest": "people/"})
    sent = client.post(reverse("feed_programmes"), headers={"Authorization": f"Bearer {key}"})
    document = client.post(reverse("feed_openapi"))

    assert [(one.status_code, one.json()["title"]) for one in (lost, sent, document)] == [
        (404, "Not found"),
        (405, "Method not allowed"),
        (405, "Method not allowed"),
    ]
    assert sent.headers["Allow"] == "GET"


def test_too_many_requests_a_minute_are_told_to_wait(desk, client, key, settings):
    settings.FEED_REQUESTS_A_MINUTE = 2

    found = [get(client, "feed_programmes", key) for _ in range(3)]

    assert [one.status_code for one in found] == [200, 200, 429]
    assert found[2].headers["Retry-After"] == "60"


def test_while_requests_cannot_be_counted_the_feed_answers(desk, client, key, settings, caplog):
    settings.FEED_REQUESTS_A_MINUTE = 1
    # Nothing listens on the first port.
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": redis}

    found = [get(client, "feed_programmes", key) for _ in range(2)]

    assert [len(one.json()["data"]) for one in found] == [1, 1]
    assert "Requests cannot be counted: Redis does not answer." in caplog.messages


@pytest.mark.redis
def test_processes_that_share_redis_count_together(desk, client, key, settings):
    settings.FEED_REQUESTS_A_MINUTE = 2
    redis = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": os.environ["TEST_REDIS_URL"],
    }

    found = []
    for _ in range(3):
        # As another process does, it begins with nothing of its own.
        settings.CACHES = {"default": redis}
        found.append(get(client, "feed_programmes", key).status_code)

    assert found == [200, 200, 429]


def test_when_a_key_was_used_is_noted_once_an_hour(desk, client, key):
    found = []
    for minutes in (0, 30, 61):
        with time_machine.travel(NOW + datetime.timedelta(minutes=minutes), tick=False):
            get(client, "feed_programmes", key)
        found.append(FeedKey.objects.get().last_used_at - NOW)

    assert found == [datetime.timedelta(minutes=minutes) for minutes in (0, 0, 61)]


@pytest.mark.parametrize("name", LISTS)
def test_the_feed_needs_the_same_queries_for_one_row_and_for_three(
    desk, client, key, name, django_assert_num_queries
):
    scenarios.confirmed(desk.programme)
    get(client, name, key)
    numbers = {"feed_programmes": 3, "feed_cohorts": 4, "feed_applications": 5, "feed_funnel": 5}

    with django_assert_num_queries(numbers[name]):
        get(client, name, key)
    for _ in range(2):
        scenarios.confirmed(desk.programme)
        factories.SessionFactory(cohort__programme=desk.programme)
    with django_assert_num_queries(numbers[name]):
        answer = get(client, name, key)

    assert answer.status_code == 200


def test_a_key_is_shown_once_and_only_its_hash_is_kept(desk, administrator):
    form = {"academy": desk.programme.academy.pk, "name": "Power BI", "last_day": "2027-03-31"}

    page = administrator.post(reverse("admin:programmes_feedkey_add"), form)
    row = FeedKey.objects.get()
    later = administrator.get(reverse("admin:programmes_feedkey_change", args=[row.pk])).content.decode()

    key = page.context["key"]
    assert key in page.content.decode()
    assert key not in later
    assert key not in json.dumps([str(value) for value in FeedKey.objects.values().get().values()])
    assert feeds.open_with(key, now=NOW) == row
    assert row.expires_at == datetime.datetime(2027, 3, 31, 23, tzinfo=datetime.UTC)
    assert row.history.get().history_user == desk.staff["administrator"]


def test_a_key_whose_last_day_has_passed_is_not_made(desk, administrator):
    form = {"academy": desk.programme.academy.pk, "name": "Power BI", "last_day": "2026-10-01"}

    page = administrator.post(reverse("admin:programmes_feedkey_add"), form)

    assert page.context["form"].errors == {"last_day": ["The last day of the key must be after today."]}
    assert FeedKey.objects.count() == 0


def test_a_key_whose_last_day_is_a_slip_is_not_made(desk, administrator):
    form = {"academy": desk.programme.academy.pk, "name": "Power BI", "last_day": "9999-12-31"}

    page = administrator.post(reverse("admin:programmes_feedkey_add"), form)

    assert page.context["form"].errors == {
        "last_day": ["The year must be 2100 or earlier. Leave it empty for a key without an end."]
    }
    assert FeedKey.objects.count() == 0


def test_a_key_that_is_revoked_keeps_when_it_was_used_meanwhile(desk):
    row, key = made(desk.programme.academy, desk.staff["administrator"])
    feeds.open_with(key, now=NOW)

    revoked = feeds.revoke_key(row.pk, user=desk.staff["administrator"], now=NOW)

    row.refresh_from_db()
    assert (revoked.revoked_at, row.last_used_at) == (NOW, NOW)
    assert row.history.first().history_user == desk.staff["administrator"]


def test_a_key_is_revoked_by_its_page_once(desk, administrator):
    row, _ = made(desk.programme.academy, desk.staff["administrator"])
    address = reverse("admin:programmes_feedkey_revoke", args=[row.pk])

    administrator.post(address)
    again = administrator.get(address)

    row.refresh_from_db()
    assert row.revoked_at == NOW
    assert again.context["page"].impossible == "This key was revoked on 5 October 2026 already."
    with pytest.raises(Refused):
        feeds.revoke_key(row.pk, user=desk.staff["administrator"], now=NOW)


@pytest.mark.parametrize("who", ["outsider", "reviewer", "viewer"])
def test_only_an_administrator_makes_and_revokes_keys(desk, who):
    row, _ = made(desk.programme.academy, desk.staff["administrator"])

    with pytest.raises(NotAllowed) as making:
        made(desk.programme.academy, desk.staff[who])
    with pytest.raises(NotAllowed):
        feeds.revoke_key(row.pk, user=desk.staff[who], now=NOW)

    academy = desk.programme.academy
    assert making.value.sentence == f"Only an administrator of {academy} can make or revoke keys of its feed."
