"""No link and no number in an address opens what belongs to somebody else."""

import pytest
from django.test import Client
from django.utils import timezone

from applications.models import Application
from facilitators.models import Booking
from programmes.domain import links
from programmes.models import Link
from tests import factories, scenarios
from tests.crawl.addresses import fillings, patterns
from tests.crawl.world import WorldTestCase
from tests.support.rows import everything_stored

KINDS = {
    "my": Link.Opens.APPLICATION,
    "facilitator": Link.Opens.FACILITATOR,
    "booking": Link.Opens.BOOKING,
    "board": Link.Opens.BOARD,
    "approve": Link.Opens.APPROVAL,
    "register": Link.Opens.REGISTER,
}
# What all facilitators of one programme see: posts, materials that are open to each, and who is asked to cover.
SHARED = ("facilitator_notice", "facilitator_material", "new_circle", "covering")
# What leads to the reader's own application, whatever stands in it.
OWN = ("moved",)
# What is not there for a stranger.
CLOSED = {403, 404, 405, 410}


@pytest.mark.either
class OtherPeoplesTests(WorldTestCase):
    def numbered(self):
        """Every address of a link that names something besides, with what its owner opens by it."""
        return [
            (pattern, values)
            for pattern in patterns()
            if "<str:token>" in pattern.text
            and len(pattern.parameters) > 1
            and "link-again" not in pattern.text
            and pattern.name not in OWN
            for values in fillings(pattern, self.world)[:1]
        ]

    def token(self, opens, key):
        return links.token_of(links.mint(opens, key, sent_to="a@example.org", now=timezone.now()))

    def opened(self, strangers, but=()):
        """What answers a stranger who has a link of their own to each address, by GET and by POST."""
        tried = [
            (pattern, pattern.filled({**values, "token": strangers[pattern.text.split("/")[0]]}))
            for pattern, values in self.numbered()
            if pattern.name not in but
        ]
        before = everything_stored()
        found = {
            (method, address): getattr(Client(), method)(address).status_code
            for _, address in tried
            for method in ("get", "post")
        }
        assert everything_stored() == before
        assert len(tried) > 15
        return {asked: status for asked, status in found.items() if status not in CLOSED}

    def test_a_link_of_another_academy_opens_nothing_of_ours_by_its_number(self):
        stranger = factories.TrainingFactory()
        programme = factories.ProgrammeFactory()
        factories.SessionFactory(cohort=factories.CohortFactory(programme=programme))
        applicant = scenarios.confirmed(programme)
        strangers = {
            "my": self.token(Link.Opens.APPLICATION, applicant.pk),
            "facilitator": self.token(Link.Opens.FACILITATOR, stranger.facilitator_id),
        }

        assert self.opened(strangers) == {}

    def test_a_colleague_of_the_same_programme_opens_nothing_of_ours_but_what_all_share(self):
        colleague = factories.TrainingFactory(programme=self.world.offering)
        applicant = scenarios.confirmed(self.world.offering)
        strangers = {
            "my": self.token(Link.Opens.APPLICATION, applicant.pk),
            "facilitator": self.token(Link.Opens.FACILITATOR, colleague.facilitator_id),
        }

        assert self.opened(strangers, but=SHARED) == {}

    def test_the_owner_opens_each_of_them(self):
        """So that what is closed above is closed for its reader, and not because nothing is there."""
        found = {}
        for pattern, values in self.numbered():
            status = Client().get(pattern.filled(values)).status_code
            found[pattern.text] = status

        assert {text: status for text, status in found.items() if status not in (200, 302)} == {}

    def test_each_link_shows_its_own_record_and_no_other(self):
        for start in ("my", "booking"):
            opens = KINDS[start]
            rows = (
                Application.objects.exclude(name="").order_by("pk")[:6]
                if start == "my"
                else [factories.BookingFactory(name=f"Person Number {number}") for number in range(4)]
            )
            for row in rows:
                type(row).objects.filter(pk=row.pk).update(name=f"Person Number {row.pk}x")
            for row in rows:
                page = Client().get(f"/{start}/{self.token(opens, row.pk)}/").content.decode()
                others = [other.pk for other in rows if f"Person Number {other.pk}x" in page]
                assert others in ([row.pk], [])
        assert Booking.objects.count() >= 4
