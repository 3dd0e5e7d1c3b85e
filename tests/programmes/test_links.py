"""Emailed links: derived when a mail is sent, good until they expire or are closed; every no is the same sentence."""

import base64
import datetime
import hashlib
import re

import pytest

from programmes.domain import links
from programmes.models import Link
from tests.factories import NOW

pytestmark = pytest.mark.django_db

DEAD = "This link no longer works. It may have been replaced by a newer one."
APPLICATION, APPROVAL = Link.Opens.APPLICATION, Link.Opens.APPROVAL


def minted(opens=APPLICATION, object_id=7, **values):
    return links.mint(opens, object_id, sent_to="sian@example.org", now=NOW, **values)


def test_a_token_is_43_characters_and_opens_its_object():
    link = minted()
    token = links.token_of(link)

    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    assert len(base64.urlsafe_b64decode(token + "=")) == 32
    assert links.open_link(APPLICATION, token, now=NOW) == link
    assert (link.object_id, link.sent_to, link.created_at) == (7, "sian@example.org", NOW)


def test_the_row_holds_no_token():
    link = Link.objects.get(pk=minted().pk)
    token = links.token_of(link)

    assert link.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in str(vars(link))
    assert len(bytes(link.random)) == 32
    assert base64.urlsafe_b64encode(bytes(link.random)).decode().rstrip("=") != token


def test_no_two_links_have_one_token():
    tokens = {links.token_of(minted()) for _ in range(20)}

    assert len(tokens) == 20


@pytest.mark.parametrize(
    ("opens", "path"),
    [(APPLICATION, "https://portal.example.org/my/"), (APPROVAL, "https://portal.example.org/approve/")],
)
def test_the_address_is_that_of_the_site(opens, path, settings):
    settings.SITE_URL = "https://portal.example.org"
    link = minted(opens)

    assert links.address_of(link) == f"{path}{links.token_of(link)}/"


def test_a_token_outlives_the_change_of_keys(settings):
    settings.LINK_KEYS = ["old"]
    link = minted()
    token = links.token_of(link)

    settings.LINK_KEYS = ["new", "old"]

    assert links.token_of(link) == token
    assert links.open_link(APPLICATION, token, now=NOW) == link
    assert links._derive("new", bytes(minted().random)) == links.token_of(Link.objects.latest("pk"))


def test_a_link_whose_key_is_gone_cannot_be_mailed_again_but_still_opens(settings):
    settings.LINK_KEYS = ["old"]
    link = minted()
    token = links.token_of(link)

    settings.LINK_KEYS = ["new"]

    with pytest.raises(links.LinkDead, match="a key that is no longer in use"):
        links.token_of(link)
    assert links.open_link(APPLICATION, token, now=NOW) == link


def test_a_link_works_until_it_expires():
    link = minted(lifetime=datetime.timedelta(days=90))
    token = links.token_of(link)
    end = NOW + datetime.timedelta(days=90)

    assert links.open_link(APPLICATION, token, now=end - datetime.timedelta(seconds=1)) == link
    with pytest.raises(links.LinkDead) as refused:
        links.open_link(APPLICATION, token, now=end)

    assert refused.value.sentence == DEAD


def test_a_link_works_for_over_a_year_where_nothing_else_is_said():
    assert minted().expires_at == NOW + datetime.timedelta(days=400)


def test_every_no_is_the_same_sentence():
    closed = links.token_of(minted(object_id=8))
    links.revoke(APPLICATION, 8, now=NOW)
    good = links.token_of(minted())
    tries = {
        "closed": (APPLICATION, closed),
        "altered": (APPLICATION, good[:-1] + ("A" if good[-1] != "A" else "B")),
        "other case": (APPLICATION, good.swapcase()),
        "for something else": (APPROVAL, good),
        "empty": (APPLICATION, ""),
        "other letters": (APPLICATION, "ŵ" * 43),
        "the hash": (APPLICATION, Link.objects.latest("pk").token_hash),
    }

    sentences = {}
    for name, (opens, token) in tries.items():
        with pytest.raises(links.LinkDead) as refused:
            links.open_link(opens, token, now=NOW)
        sentences[name] = refused.value.sentence

    assert sentences == dict.fromkeys(tries, DEAD)


def test_opening_a_link_changes_nothing():
    token = links.token_of(minted())
    before = Link.objects.values().get()

    for _ in range(3):
        links.open_link(APPLICATION, token, now=NOW)

    assert Link.objects.values().get() == before


def test_revoking_closes_all_links_to_one_object():
    first, chaser, elsewhere, other_kind = minted(), minted(), minted(object_id=8), minted(APPROVAL)

    assert links.revoke(APPLICATION, 7, now=NOW) == 2
    assert links.revoke(APPLICATION, 7, now=NOW) == 0
    closed = set(Link.objects.exclude(revoked_at=None).values_list("pk", flat=True))
    assert closed == {first.pk, chaser.pk}
    assert {elsewhere.pk, other_kind.pk} == set(Link.objects.working(NOW).values_list("pk", flat=True))


def test_a_dead_link_is_still_found_so_that_a_fresh_one_can_be_sent():
    link = minted(lifetime=datetime.timedelta(0))
    token = links.token_of(link)
    links.revoke(APPLICATION, 7, now=NOW)

    assert links.find(APPLICATION, token) == link
    assert links.find(APPROVAL, token) is None
    assert links.find(APPLICATION, "nonsense") is None


def test_the_first_use_is_noted_and_the_link_stays_open():
    link = minted()
    later = NOW + datetime.timedelta(hours=1)

    links.mark_used(link, now=NOW)
    links.mark_used(link, now=later)

    assert Link.objects.get().used_at == NOW
    assert links.open_link(APPLICATION, links.token_of(link), now=later) == link
