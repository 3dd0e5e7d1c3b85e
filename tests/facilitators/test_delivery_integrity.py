"""The rules of commitments and deliveries, each found broken."""

import datetime

import pytest
from django.core.files.base import ContentFile

from facilitators.models import Commitment, Delivery, DeliveryCredit
from tests.facilitators.delivering import logged, trained
from tests.invariants import broken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def training():
    training = trained(at_least=2)
    logged(training, "2026-11-02", evidence=ContentFile(b"%PDF-", name="list.pdf"))
    logged(training, "2026-11-03")
    assert broken() == []
    return training


@pytest.mark.parametrize(
    "wrong",
    [
        {"done": 5},
        {"met_on": None},
        {"met_on": datetime.date(2026, 11, 2)},
        {"due_on": datetime.date(2027, 12, 1)},
    ],
)
def test_what_is_kept_of_a_commitment_is_what_the_rows_say(training, wrong):
    Commitment.objects.update(**wrong)

    [said] = broken()

    assert said.startswith("commitment-counts: The commitment")
    assert said.endswith("counted again it is 2 done, due 2027-10-05, met 2026-11-03.")


def test_what_counts_is_credited_to_somebody(training):
    DeliveryCredit.objects.all().delete()
    Commitment.objects.update(done=0, met_on=None)
    type(training).objects.update(delivered=0, last_delivered_on=None)

    found = [one for one in broken() if one.startswith("delivery-without-credit")]

    assert len(found) == 2
    assert found[0].endswith("on 2026-11-02 counts, and nobody is credited in it.")


def test_the_file_of_a_delivery_is_there(training):
    delivery = Delivery.objects.exclude(evidence="").get()
    delivery.evidence.storage.delete(delivery.evidence.name)

    assert broken() == [
        f"delivery-file-gone: The delivery {delivery.pk} on 2026-11-02 has the file “list.pdf”, and the file is not "
        "there."
    ]
