"""Every rule about handbooks finds what it is there for, and nothing else."""

import datetime

import pytest
from django.core.files.storage import default_storage

from facilitators.models import Acknowledgement, ResourceVersion
from tests import factories
from tests.facilitators.handbooks import COPYRIGHT, fetched, published
from tests.factories import NOW
from tests.invariants import broken

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def storage_of_its_own(settings):
    """No test sees the files of another."""
    settings.STORAGES = {**settings.STORAGES}


@pytest.fixture
def version():
    """Held by a facilitator who agreed to its copyright."""
    training = factories.TrainingFactory(facilitator__name="Fay Facilitator")
    found = published(factories.ResourceFactory(programme=training.programme, acknowledgement=COPYRIGHT))
    fetched(found, training)
    assert broken() == []
    return found


def test_a_file_that_is_gone(version):
    default_storage.delete(version.file.name)

    [said] = broken()

    assert said.startswith("resource-file-gone: Facilitator handbook, version 1 has the file “handbook.pdf”")


def test_no_folder_at_all(version, settings):
    settings.STORAGES = {**settings.STORAGES}

    assert [one.partition(":")[0] for one in broken()] == ["resource-file-gone"]


def test_held_by_somebody_who_has_not_agreed(version):
    Acknowledgement.objects.update(wording="Something else")

    [said] = broken()

    assert said.startswith(
        "resource-held-without-agreement: Facilitator handbook, version 1 is held by Fay F"
    )


@pytest.mark.parametrize("published_at", [None, NOW + datetime.timedelta(hours=1)])
def test_held_before_it_was_published(version, published_at):
    ResourceVersion.objects.update(published_at=published_at)

    assert [one.partition(":")[0] for one in broken()] == ["resource-held-before-published"]
