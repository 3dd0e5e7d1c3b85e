"""How an organisation that an applicant typed becomes one of the list."""

from __future__ import annotations

import datetime

from django.db import transaction

from applications.domain import nominations
from applications.models import Application
from applications.models.applications import ApplicationQuerySet
from programmes.domain import access
from programmes.domain.access import Person
from programmes.domain.refused import Refused
from programmes.models import Organisation
from programmes.models.programmes import NominationScope


def typed_alike(application: Application) -> ApplicationQuerySet:
    """The other applications to the same academy whose applicant typed the same organisation."""
    return Application.objects.filter(
        programme__academy=application.programme.academy_id,
        organisation=None,
        organisation_name__iexact=application.organisation_name,
    ).exclude(pk=application.pk)


def match_organisation(
    application_id: int,
    organisation: Organisation,
    *,
    user: Person,
    now: datetime.datetime,
) -> Application:
    """Say which listed organisation an applicant meant; what was typed stays on the record.

    Where nominations are counted by organisation, the application counts against the listed one from now on: raises
    `Refused` where that has none left. Raises `Refused` for an application whose organisation is listed already.
    """
    with transaction.atomic():
        unlocked = Application.objects.select_related("programme", "ics__region").get(pk=application_id)
        counts = unlocked.programme.nomination_scope == NominationScope.ORGANISATION
        counted = counts and unlocked.nomination_key != ""
        if counted:
            # Two of them are needed: all are locked, in the one order, so that nobody waits in a circle.
            nominations.lock_allowances(unlocked.programme_id)
        typed = nominations.lock_allowance(unlocked) if counted else None
        unlocked.organisation, unlocked.nomination_key = organisation, ""
        listed = nominations.lock_allowance(unlocked) if counted else None
        application = nominations.lock_application(application_id)
        access.require_reviewer(user, application.programme)
        if application.organisation_id is not None:
            raise Refused(f"{application.reference} is at {application.organisation_as_given} already.")
        application.organisation = organisation
        application.sector = organisation.sector
        if typed is None or listed is None:
            application.save()
            return application
        application.nomination_key = listed.key
        # A place in the order of another board says nothing here.
        application.nomination_rank = None
        if application.nomination_number is not None and not nominations.take(application, listed):
            raise Refused(
                f"{organisation} has used its nominations: {application.reference} cannot count against them. "
                "Allow it another number first."
            )
        application.save()
        nominations.move_up(typed, now=now)
        nominations.move_up(listed, now=now)
        return application
