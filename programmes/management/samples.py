"""Sample people at every stage, for the demo: made by the verbs that the portal itself uses.

Nothing here writes a state. Each person has a short story; it is told with the clock turned back, so that waiting
times, reminders and deadlines look as they do in a term's real work.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import transaction

from facilitators.models import Topic, Training
from programmes.domain import catalogue
from programmes.domain.organisations import load_integrated_care_systems, systems_for
from programmes.management import (
    sample_circles,
    sample_community,
    sample_deliveries,
    sample_office,
    sample_register,
    sample_training,
)
from programmes.management.sample_answers import PEOPLE
from programmes.management.sample_stories import Teller, cast, send_due
from programmes.models import (
    Academy,
    AcademyMember,
    Organisation,
    Programme,
    Role,
    Sector,
)
from programmes.models.parts import ApprovalMethod

PASSWORD = "a-portal-to-try-out"  # noqa: S105  for the demo's made-up accounts only


@dataclass(frozen=True)
class SignIn:
    """A sample staff account, for the demo's first page and the terminal."""

    username: str
    role: str
    academy: str


def sign_ins() -> list[SignIn]:
    """The sample staff accounts: of each academy an administrator, a reviewer and a viewer."""
    members = AcademyMember.objects.select_related("user", "academy").order_by("academy", "pk")
    return [
        SignIn(member.user.get_username(), member.get_role_display().partition(":")[0], member.academy.name)
        for member in members
    ]


@transaction.atomic
def make(now: datetime.datetime) -> None:
    """Fill an empty portal: both programmes with dates ahead of ``now``, staff, organisations, about 60 people."""
    load_integrated_care_systems()
    programmes = catalogue.load_for_demo(today=now.date())
    people = iter(PEOPLE)
    for programme in programmes:
        _make_staff(programme.academy)
        _make_organisations(programme, now)
        if programme.approval_steps.filter(method=ApprovalMethod.EMAILED).exists():
            sample_training.tell(programme, people, now)
        teller = Teller(programme, now)
        for ics_number, story in cast(programme):
            teller.tell(next(people), ics_number, story)
        sample_office.tell(teller)
        if Topic.objects.filter(programme=programme).exists():
            sample_circles.tell(programme, teller.reviewer, now)
        elif Training.objects.filter(programme=programme).exists():
            sample_deliveries.tell(programme, teller.reviewer, now)
        sample_community.tell(programme, teller.reviewer, now)
        sample_register.tell(programme, now)
    send_due(now)


def _make_staff(academy: Academy) -> None:
    slug = academy.slug.split("-")[0]
    for role, first, last in (
        (Role.ADMINISTRATOR, "Ada", "Administrator"),
        (Role.REVIEWER, "Rae", "Reviewer"),
        (Role.VIEWER, "Vic", "Viewer"),
    ):
        username = f"{slug}-{role}"
        user = get_user_model().objects.create_user(
            username,
            f"{username}@academy.example.org",
            PASSWORD,
            is_staff=True,
            first_name=first,
            last_name=last,
        )
        AcademyMember.objects.create(academy=academy, user=user, role=role)


def _make_organisations(programme: Programme, now: datetime.datetime) -> None:
    for ics in systems_for(programme, now.date()):
        area = ics.short_name
        for name, sector in (
            (f"{area} Community Trust (sample)", Sector.NHS_TRUST),
            (f"{area} Hospice (sample)", Sector.HOSPICE),
            (f"{area} Ambulance Service (sample)", Sector.EMERGENCY),
        ):
            Organisation.objects.get_or_create(name=name, ics=ics, defaults={"sector": sector})
