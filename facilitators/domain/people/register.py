"""The register of facilitators: who was trained in what, and the link by which each opens their own page.

A person is one entry, known by the work address however it is spelled, in however many programmes. Somebody comes into
it by completing an application here, or as trained earlier and elsewhere: by hand or from a file (`trained_earlier`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q

from applications.models import Application, State, StateChange
from cohorts.models import Attendance
from facilitators.domain import commitments
from facilitators.models import Facilitator, Training
from programmes.domain import links, messages
from programmes.domain.access import NotAllowed, Person, programmes_with, require_reviewer
from programmes.domain.addresses import canonical
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, local_date, nhs_date
from programmes.models import IntegratedCareSystem, Link, Message, Organisation, Programme, Role

Mark = Attendance.Mark
_WAS_THERE = (Mark.PRESENT, Mark.LATE, Mark.LEFT_EARLY)
# A second wish for a link within this time sends no second mail.
QUIET = datetime.timedelta(minutes=2)
# What an entry takes over from an application, or from a file, where it says nothing yet.
_DETAILS = ("job_title", "phone", "organisation", "organisation_name", "ics")


@dataclass(frozen=True)
class Trained:
    """Somebody who was trained: who they are, where they work, when and by whom they were trained."""

    name: str
    email: str
    trained_on: datetime.date
    trained_by: str = ""
    job_title: str = ""
    phone: str = ""
    organisation: Organisation | None = None
    organisation_name: str = ""
    ics: IntegratedCareSystem | None = None


# Completed here.
def note_change(application: Application, change: StateChange, now: datetime.datetime) -> None:
    """Whoever has completed is put in the register, in the same transaction."""
    if change.to_state == State.COMPLETED:
        register(application, now=now)


def register(application: Application, *, now: datetime.datetime) -> Training:
    """Put somebody who has completed in the register, and mail them their link; return their training.

    The training's day is that of the last session they attended; today where there is none. Somebody who was in the
    programme's register already, as trained earlier or as having left, goes on with the day that is there.
    """
    with transaction.atomic():
        whom = Trained(
            name=application.name,
            email=application.email,
            trained_on=_trained_on(application, local_date(now)),
            **{name: getattr(application, name) for name in _DETAILS},
        )
        training, _ = _put_in(application.programme, whom, user=None, now=now)
        if training.application_id is None:
            training.application = application
            training.ended_on, training.ended_reason = None, ""
            training.save()
            _tell_registered(training, "facilitator_registered", whom.trained_on, now=now)
        commitments.begin(training, now=now)
        return training


def _trained_on(application: Application, today: datetime.date) -> datetime.date:
    """The day of the last session that somebody attended."""
    attended = Attendance.objects.filter(application=application, mark__in=_WAS_THERE)
    last = attended.aggregate(last=Max("session__starts_at"))["last"]
    return min(local_date(last), today) if last else today


# Trained earlier.
def register_earlier(
    programme: Programme, whom: Trained, *, write: bool, user: Person, now: datetime.datetime
) -> Training:
    """Put somebody in the register who was trained earlier or elsewhere; with ``write`` they get their link by mail.

    Raises `NotAllowed` without the role of reviewer, `Refused` for a day that has not come, and for somebody who is in
    the programme's register already.
    """
    with transaction.atomic():
        require_reviewer(user, programme)
        if whom.trained_on > local_date(now):
            raise Refused("The day of the training lies ahead. Put people in once they are trained.")
        training, made = _put_in(programme, whom, user=user, now=now)
        if not made:
            raise Refused(
                f"{training.facilitator.name} is in the register of {programme} already, by this address. "
                "Correct the entry instead."
            )
        _link_application(training, user=user)
        if write:
            _tell_registered(training, "facilitator_trained_earlier", whom.trained_on, now=now)
        commitments.begin(training, now=now)
        return training


def _link_application(training: Training, *, user: Person) -> None:
    """Join a training with the completed application of the same person, where there is one that has none."""
    completed = Application.objects.filter(
        programme=training.programme_id,
        state=State.COMPLETED,
        address_key=training.facilitator.address_key,
        training=None,
    )
    if (application := completed.order_by("pk").first()) is not None:
        training.application = application
        changed_by(training, user)
        training.save()


def _put_in(
    programme: Programme, whom: Trained, *, user: Person | None, now: datetime.datetime
) -> tuple[Training, bool]:
    """The training of somebody in a programme, and whether it was made now; their entry is made or found."""
    facilitator = _entry_of(whom, user=user, now=now)
    training, made = Training.objects.get_or_create(
        facilitator=facilitator,
        programme=programme,
        defaults={"trained_on": whom.trained_on, "trained_by": whom.trained_by, "registered_at": now},
    )
    training.programme, training.facilitator = programme, facilitator
    return training, made


def _entry_of(whom: Trained, *, user: Person | None, now: datetime.datetime) -> Facilitator:
    """Somebody's entry: made where there is none, else filled in where it says nothing."""
    details = {name: getattr(whom, name) for name in _DETAILS}
    known = entry_at(whom.email)
    facilitator, made = (
        (known, False)
        if known is not None
        else Facilitator.objects.get_or_create(
            address_key=canonical(whom.email),
            defaults={"name": whom.name, "email": whom.email, "created_at": now, **details},
        )
    )
    if made:
        return facilitator
    if facilitator.organisation_id or facilitator.organisation_name:
        del details["organisation"], details["organisation_name"]
    new = {name: value for name, value in details.items() if value and not getattr(facilitator, name)}
    if new:
        for name, value in new.items():
            setattr(facilitator, name, value)
        changed_by(facilitator, user)
        facilitator.save()
    return facilitator


# Corrections.
def require_reviewer_of(facilitator: Facilitator, user: Person) -> None:
    """Raise `NotAllowed` unless ``user`` reviews for one of the programmes that somebody was trained in."""
    if not facilitator.trainings.filter(programme__in=programmes_with(user, Role.REVIEWER)).exists():
        raise NotAllowed("Your role does not include changes of this facilitator.")


def correct(facilitator: Facilitator, *, user: Person, now: datetime.datetime) -> None:
    """Keep what staff have corrected in an entry; a new address gets a link, and the old links are closed.

    Raises `Refused` where another entry has the address: a person is one entry. The history says who corrected what.
    """
    with transaction.atomic():
        before = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator.pk)
        require_reviewer_of(before, user)
        if other := entry_at(facilitator.email, but=facilitator):
            raise Refused(f"This is the address of {other.name} in the register: a person is one entry.")
        changed_by(facilitator, user)
        facilitator.save()
        if facilitator.email != before.email:
            links.revoke(Link.Opens.FACILITATOR, facilitator.pk, now=now)
            _mail_link(facilitator, now=now)


def entry_at(email: str, *, but: Facilitator | None = None) -> Facilitator | None:
    """The entry that an address belongs to, however it is spelled; None where there is no other than ``but``.

    An address of an entry that was joined with another one belongs to that other.
    """
    key = canonical(email)
    found = Facilitator.objects.filter(Q(address_key=key) | Q(former_entries__address_key=key))
    return (found.exclude(pk=but.pk) if but is not None else found).first()


# Links and mails.
def link_for(facilitator: Facilitator, *, now: datetime.datetime) -> Link:
    """A new link to a facilitator's own page; those sent before go on working."""
    return links.mint(Link.Opens.FACILITATOR, facilitator.pk, sent_to=facilitator.email, now=now)


def tell(
    facilitator: Facilitator,
    event: str,
    *,
    programme: Programme,
    occasion: str,
    now: datetime.datetime,
    context: Mapping[str, object] | None = None,
) -> Message:
    """Queue a mail to a facilitator, with their link in it."""
    return messages.queue(
        event,
        occasion=occasion,
        to_address=facilitator.email,
        to_name=facilitator.name,
        programme=programme,
        about=facilitator.about_key,
        now=now,
        context=context or {},
        link=link_for(facilitator, now=now),
    )


def _tell_registered(
    training: Training, event: str, trained_on: datetime.date, *, now: datetime.datetime
) -> None:
    """Tell somebody that they are a facilitator; who is one already reads that it is another programme."""
    own = training.facilitator.trainings.going_on().exclude(pk=training.pk).select_related("programme")
    others = join_words(sorted(str(one.programme) for one in own))
    context = {"trained_on": nhs_date(trained_on), "others": others}
    # Once a training here; whoever left and was trained again is told again.
    occasion = f"training:{training.pk}:{training.application_id or ''}"
    tell(
        training.facilitator,
        event,
        programme=training.programme,
        occasion=occasion,
        now=now,
        context=context,
    )


def send_again(facilitator_id: int, *, user: Person, now: datetime.datetime) -> Facilitator:
    """Mail a facilitator a fresh link because staff ask for it. Raises `Refused` within two minutes of the last."""
    with transaction.atomic():
        facilitator = Facilitator.objects.select_for_update(no_key=True).get(pk=facilitator_id)
        require_reviewer_of(facilitator, user)
        if not _send(facilitator, now=now):
            raise Refused(
                f"{facilitator.name} was sent a link less than 2 minutes ago. Wait a little, then try again."
            )
        return facilitator


def send_links_to(email: str, now: datetime.datetime) -> None:
    """Mail a fresh link to the facilitator of an address, at the address we hold; nothing where there is none."""
    if (facilitator := entry_at(email)) is not None:
        _send_fresh(facilitator.pk, now)


def send_fresh_link(link: Link, now: datetime.datetime) -> None:
    """Mail a fresh link in place of an old one, where it opened a facilitator's page."""
    if link.opens == Link.Opens.FACILITATOR:
        _send_fresh(link.object_id, now)


def _send_fresh(facilitator_id: int, now: datetime.datetime) -> None:
    with transaction.atomic():
        rows = Facilitator.objects.select_for_update(no_key=True).filter(pk=facilitator_id)
        for facilitator in rows:
            _send(facilitator, now=now)


def _send(facilitator: Facilitator, *, now: datetime.datetime) -> bool:
    """Mail a link unless one was just sent; return whether it was."""
    mails = Message.objects.about(facilitator.about_key).filter(event="facilitator_link")
    if mails.filter(created_at__gt=now - QUIET).exists():
        return False
    _mail_link(facilitator, now=now)
    return True


def _mail_link(facilitator: Facilitator, *, now: datetime.datetime) -> None:
    """Mail a link, for whichever of their programmes."""
    tell_of_entry(facilitator, "facilitator_link", now=now)


def tell_of_entry(
    facilitator: Facilitator,
    event: str,
    *,
    now: datetime.datetime,
    context: Mapping[str, object] | None = None,
) -> None:
    """Queue a mail about an entry, of no programme of its own.

    It is in the name of the programme that the facilitator was trained in last, and has not left.
    """
    training = facilitator.trainings.select_related("programme").order_by("ended_on", "-trained_on").first()
    for one in (training,) if training is not None else ():
        tell(
            facilitator,
            event,
            programme=one.programme,
            occasion=f"{facilitator.about_key}:{now.isoformat()}",
            now=now,
            context=context,
        )
