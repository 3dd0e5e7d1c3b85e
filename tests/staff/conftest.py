"""The desk: a programme with a cohort, an academy's staff in each role, and an administrator of another academy."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.test import Client

from programmes.models import Role
from tests import factories
from tests.factories import NOW


@pytest.fixture(autouse=True)
def noon():
    """The pages' clock stands where the scenarios' does."""
    with time_machine.travel(NOW, tick=False):
        yield


@dataclass
class Desk:
    """Everything that most tests here start from."""

    programme: Any
    cohort: Any
    staff: dict[str, Any] = field(default_factory=dict)

    def client(self, who: str) -> Client:
        """A browser in which somebody is signed in: by role, or "outsider", "limited", "superuser", "anonymous"."""
        client = Client()
        if who == "limited":
            self.limited()
        if who != "anonymous":
            client.force_login(self.staff[who])
        return client

    def limited(self) -> Any:
        """A reviewer of the academy who is limited to another of its programmes; made when first asked for."""
        if "limited" not in self.staff:
            academy = self.programme.academy
            member = factories.AcademyMemberFactory(academy=academy, role=Role.REVIEWER)
            member.programmes.add(factories.ProgrammeFactory(academy=academy))
            self.staff["limited"] = member.user
        return self.staff["limited"]


@pytest.fixture
def desk(db) -> Desk:
    programme = factories.ProgrammeFactory(title="Leadership Circles", code="LSC", limited=True)
    cohort = factories.CohortFactory(programme=programme, name="Spring", maximum=20)
    factories.SessionFactory(cohort=cohort, starts_at=NOW + datetime.timedelta(days=60))
    desk = Desk(programme, cohort)
    for role in Role:
        member = factories.AcademyMemberFactory(academy=programme.academy, role=role)
        desk.staff[role.value] = member.user
    desk.staff["outsider"] = factories.AcademyMemberFactory(role=Role.ADMINISTRATOR).user
    desk.staff["superuser"] = factories.UserFactory(is_superuser=True)
    return desk


@pytest.fixture
def reviewer(desk: Desk) -> Client:
    return desk.client("reviewer")


@pytest.fixture
def administrator(desk: Desk) -> Client:
    return desk.client("administrator")
