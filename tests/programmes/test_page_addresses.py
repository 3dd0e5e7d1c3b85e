"""Addresses behind emailed links are those that Django works out, whatever the token."""

import pytest
from django.urls import NoReverseMatch, reverse

from config.pages import url
from programmes.views.addresses import behind_link

TOKENS = ["x", "A-z_09" * 7, "stands-for-a-token", "with space", "ŵ", "a+b=c", "%41"]


@pytest.mark.parametrize("name", ["application", "about", "check", "approve", "board", "facilitator"])
def test_an_address_is_what_django_makes_of_it(name):
    for token in TOKENS:
        assert behind_link(name, token) == reverse(name, args=[token]) == url(name, token=token)


def test_an_unknown_page_has_no_address():
    with pytest.raises(NoReverseMatch):
        behind_link("nowhere", "x")
    with pytest.raises(NoReverseMatch):
        behind_link("application", "a/b")
