"""Public pages are made once for many readers, and never shown when something in them has changed."""

import os
import re
import time

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.cache import cache, caches
from django.core.cache.backends.redis import RedisCache
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from redis.exceptions import RedisError

from applications.domain import definition
from cohorts.models import Cohort, Session
from programmes.domain import freshness
from programmes.models import Academy, Faq, Programme, Question
from programmes.views import kept
from tests import factories, scenarios
from tests.applications.pages.visits import token_of
from tests.factories import NOW

NONCE = re.compile(r'nonce="([^"]+)"')
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
# Of Redis, for each process that runs tests one of its own: each empties it, and other tests use those up to 11.
DATABASE = 12 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw3").removeprefix("gw")) % 4


@pytest.fixture(params=["memory", pytest.param("redis", marks=pytest.mark.redis)])
def keeping(request, settings):
    """The portal with a Redis, which begins empty; or with a memory of the process in its place."""
    if request.param == "redis":
        settings.CACHES = {
            "default": {
                "BACKEND": "config.connections.OneClientCache",
                "LOCATION": f"{os.environ['TEST_REDIS_URL'].rpartition('/')[0]}/{DATABASE}",
                "KEY_PREFIX": "test-kept",
            }
        }
    settings.KEEP_PAGES = True
    cache.clear()
    yield request.param
    cache.clear()


def pages_kept():
    """For how many seconds each page that is kept will be kept."""
    if isinstance(caches["default"], RedisCache):
        redis = cache._cache.get_client()
        return [redis.ttl(key) for key in redis.keys("test-kept:*page:*")]
    return [until - time.time() for key, until in cache._expire_info.items() if "page:" in key]


@pytest.fixture
def programme():
    programme = factories.ProgrammeFactory(title="Listening well", slug="listening-well")
    factories.CriterionFactory(programme=programme)
    cohort = factories.CohortFactory(programme=programme, name="Spring", maximum=12)
    factories.SessionFactory(cohort=cohort)
    return programme


@pytest.fixture
def at_noon():
    """Long before the minute is over."""
    with time_machine.travel(NOW.replace(second=0), tick=False):
        yield


def read(path, client=None):
    return (client or Client()).get(path).content.decode()


def address(programme):
    return reverse("programme", args=[programme.slug])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("keeping", "at_noon")
class TestKept:
    @pytest.mark.parametrize("name", ["programme", "eligibility", "home", "privacy", "circles"])
    def test_a_page_is_made_for_the_first_reader_alone(self, name, programme, django_assert_num_queries):
        path = reverse(name, args=[programme.slug] if name in ("programme", "eligibility") else [])
        first = Client().get(path)

        with django_assert_num_queries(0):
            second = Client().get(path)

        own = [NONCE, TOKEN]
        texts = [one.content.decode() for one in (first, second)]
        assert [pattern.findall(texts[0]) != pattern.findall(texts[1]) for pattern in own] == [
            True,
            name == "eligibility",
        ]
        for pattern in own:
            texts = [pattern.sub("", text) for text in texts]
        assert texts[0] == texts[1]
        assert "\0" not in texts[1]
        assert second.headers["Content-Type"] == "text/html; charset=utf-8"
        # The reader's own nonce is the one that the policy of this answer allows.
        assert NONCE.search(second.content.decode())[1] in second.headers["Content-Security-Policy"]

    def test_a_form_of_a_kept_page_can_be_sent(self, programme):
        path = reverse("eligibility", args=[programme.slug])
        read(path)
        visitor = Client(enforce_csrf_checks=True)
        token = TOKEN.search(read(path, visitor))[1]

        with_it = visitor.post(path, {"csrfmiddlewaretoken": token})
        without = visitor.post(path, {})

        assert (with_it.status_code, without.status_code) == (200, 403)

    @pytest.mark.parametrize(
        "change",
        [
            lambda one: Programme.objects.filter(pk=one.pk).update(title="Something new"),
            lambda one: Faq.objects.bulk_create([Faq(programme=one, question="Something new", answer="Yes")]),
            lambda one: Cohort.objects.filter(programme=one).update(name="Something new"),
            lambda one: Session.objects.filter(cohort__programme=one).update(title="Something new"),
            lambda one: Academy.objects.filter(programmes=one).update(name="Something new"),
        ],
    )
    def test_after_a_change_of_any_kind_the_next_reader_sees_it(self, change, programme):
        before = read(address(programme))

        change(programme)

        assert "Something new" not in before
        assert "Something new" in read(address(programme))

    def test_a_deletion_is_a_change(self, programme):
        asked = factories.FaqFactory(programme=programme, question="May I bring a friend?")
        before = read(address(programme))

        Faq.objects.filter(pk=asked.pk).delete()

        assert "May I bring a friend?" in before
        assert "May I bring a friend?" not in read(address(programme))

    def test_a_place_that_is_taken_is_seen_at_once(self, programme):
        def left():
            return re.findall(r"(\d+) seats? left", read(address(programme)))

        before = left()
        scenarios.offered(programme)

        assert (set(before), set(left())) == ({"12"}, {"11"})

    def test_what_is_not_committed_is_no_change(self, programme, django_assert_num_queries):
        read(address(programme))
        with transaction.atomic():
            Programme.objects.filter(pk=programme.pk).update(title="Something new")
            transaction.set_rollback(True)

        with django_assert_num_queries(0):
            assert "Something new" not in read(address(programme))

    def test_many_changes_of_one_transaction_are_told_once(self, programme):
        with transaction.atomic():
            for title in ("Something new", "Something newer"):
                Programme.objects.filter(pk=programme.pk).update(title=title)
            told = len(connection.run_on_commit)

        # Of the pages, and of what programmes are made of.
        assert told == 2

    def test_what_was_read_before_a_change_is_not_kept_after_it(self, programme, monkeypatch):
        """Somebody reads, somebody else changes and is told “saved”, and only then is the first page stored."""
        keep = kept._keep

        def overtaken(*given):
            monkeypatch.setattr(kept, "_keep", keep)
            Programme.objects.filter(pk=programme.pk).update(title="Something new")
            keep(*given)

        monkeypatch.setattr(kept, "_keep", overtaken)
        first = read(address(programme))

        assert "Something new" not in first
        assert "Something new" in read(address(programme))

    def test_nothing_is_kept_past_its_minute(self, programme):
        with time_machine.travel(NOW.replace(second=45), tick=False):
            read(address(programme))
            left = pages_kept()

        assert len(left) == 1
        assert 13 <= left[0] <= 15

    @pytest.mark.parametrize(
        "reader", ["signed in", "with a message", "with a query", "who sends a form", "of no page"]
    )
    def test_what_is_one_readers_own_is_made_for_them(self, reader, programme):
        visitor, path, method = Client(), address(programme), "get"
        if reader == "signed in":
            visitor.force_login(User.objects.create_user("staff"))
        elif reader == "with a message":
            visitor.cookies["messages"] = "something"
        elif reader == "with a query":
            path += "?from=somewhere"
        elif reader == "who sends a form":
            path, method = reverse("eligibility", args=[programme.slug]), "post"
        else:
            path = "/programmes/of-long-ago/"

        getattr(visitor, method)(path)

        assert pages_kept() == []


@pytest.mark.django_db
def test_without_redis_nothing_is_kept(programme, settings):
    read(address(programme))
    Programme.objects.filter(pk=programme.pk).update(title="Something new")

    assert settings.KEEP_PAGES is False
    assert freshness.version(freshness.PROGRAMMES) == ""
    assert "Something new" in read(address(programme))


@pytest.mark.django_db(transaction=True)
def test_while_redis_does_not_answer_pages_are_made_for_each_reader(programme, settings, caplog):
    # Nothing listens on the first port.
    redis = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {"default": redis}
    settings.KEEP_PAGES = True

    read(address(programme))
    Programme.objects.filter(pk=programme.pk).update(title="Something new")

    assert "Something new" in read(address(programme))
    assert freshness.version(freshness.PROGRAMMES) == ""
    assert {
        "Redis does not answer: a page is made that may have been kept.",
        "Redis does not answer: what is kept may be a minute old when it does again.",
        "Redis does not answer: nothing that was kept is used.",
    } <= set(caplog.messages)


@pytest.mark.django_db
def test_a_page_that_cannot_be_stored_is_shown(programme, settings, monkeypatch, caplog):
    settings.KEEP_PAGES = True

    def fail(*_given, **_named):
        raise RedisError

    monkeypatch.setattr(type(caches["default"]), "set", fail)

    assert "Listening well" in read(address(programme))
    assert "Redis does not answer: a page is not kept." in caplog.messages


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("keeping", "at_noon")
class TestProgrammes:
    """What programmes are made of is read once for the pages of many applicants."""

    def read(self, application, django_assert_max_num_queries, most):
        token = token_of(application)
        with django_assert_max_num_queries(most):
            found = definition.opened_by(token, beside=(), now=NOW)
            return [question.text for question in found.programme.questions.all()]

    def test_it_is_read_once_and_again_after_a_change(self, programme, django_assert_max_num_queries):
        asked = factories.QuestionFactory(programme=programme, text="Why do you want to?")
        application = scenarios.started(programme, "sam@example.org")
        # The application; the programme, its academy and its parts: steps, questions, declarations, dates, criteria.
        first = self.read(application, django_assert_max_num_queries, 10)
        again = self.read(application, django_assert_max_num_queries, 1)

        Question.objects.filter(pk=asked.pk).update(text="Why?")

        assert first == again == ["Why do you want to?"]
        assert self.read(application, django_assert_max_num_queries, 10) == ["Why?"]

    def test_what_people_give_is_no_change_of_it(self, programme, django_assert_max_num_queries):
        factories.QuestionFactory(programme=programme)
        application = scenarios.started(programme, "sam@example.org")
        before = self.read(application, django_assert_max_num_queries, 10)

        scenarios.filled_in(programme, email="kim@example.org", ics=factories.IntegratedCareSystemFactory())
        Programme.objects.filter(pk=programme.pk).first()

        # An ICS was made on the way, so once it is read anew; what was given in between changes nothing.
        assert self.read(application, django_assert_max_num_queries, 10) == before
        scenarios.started(programme, "lee@example.org")
        assert self.read(application, django_assert_max_num_queries, 1) == before


def test_a_process_keeps_no_more_than_a_bound(settings):
    settings.KEEP_PAGES = True
    read_for = []
    memory = freshness.Kept(freshness.PROGRAMMES, most=2)

    for key in ("a", "b", "a", "c", "a"):
        memory.get(key, lambda key=key: read_for.append(key))

    # With the third all were let go.
    assert read_for == ["a", "b", "c", "a"]


def test_a_process_believes_itself_for_a_minute(settings, monkeypatch):
    settings.KEEP_PAGES = True
    memory = freshness.Kept(freshness.PROGRAMMES)
    clock = [1000.0]
    monkeypatch.setattr(freshness.time, "monotonic", lambda: clock[0])

    first = memory.get("a", object)
    clock[0] += 59
    still = memory.get("a", object)
    clock[0] += 2

    assert still is first
    assert memory.get("a", object) is not first


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("keeping")
def test_a_request_asks_once_knows_what_it_changes_itself_and_the_next_what_another_has_changed():
    with freshness.asked_once():
        before = freshness.version(freshness.PROGRAMMES)
        # Another process, which tells Redis and not this one.
        cache.set(freshness.PROGRAMMES, "another's")
        assert freshness.version(freshness.PROGRAMMES) == before
    with freshness.asked_once():
        assert freshness.version(freshness.PROGRAMMES) == "another's"
        factories.ProgrammeFactory()
        assert freshness.version(freshness.PROGRAMMES) not in (before, "another's")
