"""A session is found as long as it lasts, in one query, and Django's own store reads the same."""

import datetime

import pytest
from django.contrib.sessions.backends.db import SessionStore as DjangosStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from config.sessions import SessionStore

pytestmark = pytest.mark.django_db


@pytest.fixture
def key():
    session = SessionStore()
    session["who"] = "Sam"
    session.save()
    return session.session_key


def test_it_is_found_in_one_query(key, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert SessionStore(key)["who"] == "Sam"
    assert DjangosStore(key)["who"] == "Sam"


@pytest.mark.parametrize("gone", ["expired", "deleted", "unknown"])
def test_one_that_is_gone_is_empty_and_gives_its_key_to_nobody(gone, key):
    if gone == "expired":
        Session.objects.update(expire_date=timezone.now() - datetime.timedelta(seconds=1))
    elif gone == "deleted":
        Session.objects.all().delete()
    else:
        key = "a-key-that-somebody-made-up"

    found = SessionStore(key)

    assert found.get("who") is None
    assert found.session_key is None
