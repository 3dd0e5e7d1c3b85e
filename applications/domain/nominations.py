"""Who has how many nominations left, and who is next when one comes free.

The allowance row of the ICS (or organisation, or region) is locked before anything is counted; the number given is
the lowest free one, and the schema has each number once, so that code that forgets the lock collides and does not
oversell. Source: "An ICS can nominate up to 5".
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from applications.domain.actors import Actor
from applications.domain.workflow import change_state
from applications.models import Application, State
from applications.models.applications import ApplicationQuerySet
from programmes.domain import access
from programmes.domain.organisations import systems_for
from programmes.domain.prepared import Prepared
from programmes.domain.record import changed_by
from programmes.domain.refused import Refused
from programmes.models import NominationAllowance, Programme
from programmes.models.parts import ApprovalMethod, Approver
from programmes.models.programmes import NominationScope


class AllowanceTooLow(Refused):
    """The number wanted is below the nominations that already stand."""


@dataclass(frozen=True)
class Nominations:
    """The nominations of one ICS, organisation or region for a programme; ``allowed`` is None without a limit."""

    whose: str
    allowed: int | None
    used: int = 0
    reserve: int = 0

    @property
    def left(self) -> int | None:
        """How many more can be nominated; None without a limit."""
        return None if self.allowed is None else max(0, self.allowed - self.used)


def key_for(application: Application) -> str:
    """Whose limit an application counts against, such as ``ics:QKS``; empty where the programme has none.

    Once submitted, an application keeps what it was counted under, whatever is corrected in it later.
    """
    return application.nomination_key or key_by_answers(application)


def key_by_answers(application: Application) -> str:
    """Whose limit the applicant's answers name; an organisation that is not listed counts as its typed name."""
    scope = application.programme.nomination_scope
    if scope == NominationScope.ICS and application.ics:
        return f"ics:{application.ics.code}"
    if scope == NominationScope.REGION and application.ics:
        return f"region:{application.ics.region.ods_code}"
    if scope == NominationScope.ORGANISATION and application.organisation_as_given:
        whose = application.organisation_id or application.organisation_name.strip().casefold()
        return f"organisation:{whose}"[:60]
    return ""


def lock_allowance(application: Application) -> NominationAllowance | None:
    """Lock (making it first, if need be) the allowance that the application counts against; None without a limit."""
    key = key_for(application)
    if not key:
        return None
    whose: dict[NominationScope, object] = {
        NominationScope.ICS: application.ics,
        NominationScope.REGION: application.ics and application.ics.region,
        NominationScope.ORGANISATION: application.organisation,
    }
    scope = NominationScope(key.partition(":")[0])
    asked = {"programme": application.programme_id, "counted": key}
    if found := _allowance(**asked):
        return found[0]
    NominationAllowance.objects.get_or_create(
        programme=application.programme, key=key, defaults={scope.value: whose[scope]}
    )
    return _allowance.get(**asked)


def _locked_allowances() -> QuerySet[NominationAllowance]:
    """Allowances, locked when read; what they belong to is read after that, so that it is not older than the lock."""
    return NominationAllowance.objects.select_for_update(no_key=True)


# What is counted under a key of a programme, by queries that every submission asks.
_NOWHERE = {"programme": -1, "counted": "for nobody"}
_allowance = Prepared(
    lambda programme, counted: _locked_allowances().filter(programme=programme, key=counted), **_NOWHERE
)
_numbered = Prepared(
    lambda programme, counted: Application.objects.filter(
        programme=programme, nomination_key=counted, nomination_number__isnull=False
    ).only("nomination_number"),
    **_NOWHERE,
)
_waiting = Prepared(
    lambda programme, counted: (
        Application.objects.in_reserve()
        .filter(programme=programme, nomination_key=counted)
        .only("reserve_since")
    ),
    **_NOWHERE,
)
# How many wait, and since when the last of them: one row, however many they are, and none where nobody waits.
_queue = Prepared(
    lambda programme, counted: (
        Application.objects.in_reserve()
        .order_by()
        .filter(programme=programme, nomination_key=counted)
        .values("nomination_key")
        .annotate(people=Count("pk"), last=Max("reserve_since"))
        .values_list("people", "last")
    ),
    **_NOWHERE,
)


def lock_with_programme(allowance_id: int) -> NominationAllowance:
    """Lock the programme of an allowance and then the allowance: for what is changed on its board."""
    programme_id = NominationAllowance.objects.values_list("programme_id", flat=True).get(pk=allowance_id)
    Programme.objects.select_for_update(no_key=True).only("pk").get(pk=programme_id)
    return _locked_allowances().get(pk=allowance_id)


def lock(application_id: int) -> tuple[Application, NominationAllowance | None]:
    """Lock an application and, before it, the allowance it counts against: the order of docs/decisions/0005.

    Raises `Refused` where what it counts against was changed at the same moment.
    """
    before = _before.get(key=application_id)
    allowance = lock_allowance(before)
    application = lock_application(application_id)
    # An ICS that is still theirs need not be read again for the key, nor for its name in a mail.
    for row in (application, allowance):
        if row is not None and row.ics_id == before.ics_id:
            row.ics = before.ics
    if allowance is not None:
        # Read under the allowance's lock, without which nobody changes how many a programme allows (`require_limit`).
        allowance.programme = application.programme
    if key_for(application) != key_for(before):
        raise Refused(
            "The application was changed in another window at this moment. Nothing is lost: try again."
        )
    return application, allowance


def lock_application(application_id: int) -> Application:
    """Lock one application row, and read it as it is then, with its programme.

    The programme is as it was when the lock was asked for. What can be changed of the application, such as its ICS, is
    not joined: a join in the locking query could be older than the lock.
    """
    return _locked.get(key=application_id)


_before = Prepared(
    lambda key: Application.objects.select_related("programme", "ics__region", "organisation").filter(pk=key),
    key=-1,
)
_locked = Prepared(
    lambda key: (
        Application.objects.select_for_update(of=("self",), no_key=True)
        .select_related("programme__academy")
        .filter(pk=key)
    ),
    key=-1,
)


def confirmed_by_nominator(programme: Programme) -> bool:
    """Whether a nomination counts only from a nominator's yes; otherwise it counts from submission."""
    return any(
        step.approver == Approver.NOMINATOR and step.method == ApprovalMethod.EMAILED
        for step in programme.approval_steps.all()
    )


def lowest_free(numbers: set[int], limit: int | None) -> int | None:
    """The lowest positive number not in ``numbers`` and not above ``limit``; None where all are taken."""
    number = 1
    while number in numbers:
        number += 1
    return number if limit is None or (number <= limit and len(numbers) < limit) else None


def take(application: Application, allowance: NominationAllowance) -> bool:
    """Give the application the lowest free nomination of a locked allowance; return whether there was one."""
    used = _numbered(programme=allowance.programme_id, counted=allowance.key)
    numbers = {row.nomination_number for row in used if row.nomination_number is not None}
    number = lowest_free(numbers, allowance.limit)
    application.nomination_key = allowance.key
    application.nomination_number = number
    return number is not None


def join_reserve(
    application: Application, allowance: NominationAllowance, *, now: datetime.datetime
) -> dict[str, object]:
    """Put an application behind everyone in reserve under a locked allowance; return what its mail says of that.

    Whoever got the lock first is first: a request that started earlier and waited longer does not overtake.
    """
    queue = _queue.first(programme=allowance.programme_id, counted=allowance.key)
    people, last = queue or (0, None)
    application.nomination_key = allowance.key
    application.reserve_since = max(now, last + datetime.timedelta(microseconds=1)) if last else now
    return {"whose": allowance.whose, "position": people + 1}


def move_up(allowance: NominationAllowance | None, *, now: datetime.datetime) -> list[Application]:
    """Give free nominations of a locked allowance to those next in reserve; return who moved up.

    Next is whom the ICS ranked first (`nomination_board`); of those it has not ranked, who has waited longest.

    Nobody leaves the reserve without this lock, so that whoever is read as waiting still waits.
    """
    moved: list[Application] = []
    if allowance is None:
        return moved
    for waiting in _waiting(programme=allowance.programme_id, counted=allowance.key):
        application = lock_application(waiting.pk)
        if not take(application, allowance):
            break
        to = State.AWAITING_APPROVAL if application.approvals.pending().exists() else State.UNDER_REVIEW
        context = {"whose": allowance.whose, "next": next_after_nomination(to)}
        change_state(application, to, action="move_up", actor=Actor.clock(), now=now, context=context)
        moved.append(application)
    return moved


def next_after_nomination(to: State) -> str:
    """What happens next to someone who has just been nominated, for the mail."""
    if to == State.AWAITING_APPROVAL:
        return "We are waiting for the people you named to approve it."
    return "The academy will now review it."


def position_in_reserve(application: Application) -> int:
    """The place in the queue of an application in reserve: 1 is next."""
    if application.nomination_rank is not None:
        before = Q(nomination_rank__lt=application.nomination_rank)
    else:
        earlier = Q(reserve_since__lt=application.reserve_since) | Q(
            reserve_since=application.reserve_since, pk__lt=application.pk
        )
        before = Q(nomination_rank__isnull=False) | earlier
    queue = Application.objects.in_reserve().filter(
        programme=application.programme_id, nomination_key=application.nomination_key
    )
    return queue.filter(before).count() + 1


def set_allowance(
    allowance: NominationAllowance,
    allowed: int,
    *,
    user: User | AnonymousUser,
    reason: str,
    now: datetime.datetime,
) -> list[Application]:
    """Let an ICS nominate another number than the programme's, with a reason; return who moved up by it.

    Raises `AllowanceTooLow` below the nominations that stand, naming the number, `NotAllowed` without the role
    of administrator, and `Refused` without a reason.
    """
    programme = allowance.programme
    if not access.can_administer(user, programme.academy):
        raise access.NotAllowed(
            f"Only an administrator of {programme.academy} can change the nominations allowed."
        )
    if not reason.strip():
        raise Refused("Give a reason: it is kept with your name.")
    with transaction.atomic():
        allowance = _locked_allowances().get(pk=allowance.pk)
        used = used_by(programme, allowance.key)
        if allowed < used:
            raise AllowanceTooLow(
                f"{allowance.whose} already has {used} nominations: the number allowed cannot be {allowed}."
            )
        allowance.allowed = allowed
        allowance.reason = reason.strip()
        changed_by(allowance, user)
        allowance.save()
        return move_up(allowance, now=now)


def require_limit(programme: Programme, *, scope: str, allowed: int | None) -> None:
    """Raise `AllowanceTooLow` unless the programme can limit nominations so: ``allowed`` for each ``scope``.

    Whose nominations are counted together stays, once there are any; the number stays at or above what stands
    wherever it holds (an ICS for which staff set another number keeps that). The
    allowances are locked by the caller.
    """
    counted = Application.objects.filter(programme=programme).exclude(nomination_key="")
    stored = Programme.objects.only("nomination_scope").get(pk=programme.pk)
    if scope != stored.nomination_scope and counted.exists():
        raise AllowanceTooLow(
            f"Applications are counted already by “{stored.get_nomination_scope_display().lower()}”: "
            "whose nominations are counted together cannot change any more."
        )
    for allowance in programme.allowances.filter(allowed=None).select_related(
        "ics", "organisation", "region"
    ):
        used = used_by(programme, allowance.key)
        if allowed is not None and allowed < used:
            raise AllowanceTooLow(
                f"{allowance.whose} already has {used} nominations: the number allowed cannot be {allowed}."
            )


def lock_allowances(programme_id: int) -> list[NominationAllowance]:
    """Lock every allowance of a programme, always in the same order."""
    return list(_locked_allowances().filter(programme=programme_id).order_by("pk"))


def apply_limit(programme_id: int, *, now: datetime.datetime) -> list[Application]:
    """After a programme's number was raised: move up those who wait in reserve; return them."""
    with transaction.atomic():
        allowances = lock_allowances(programme_id)
        return [moved for allowance in allowances for moved in move_up(allowance, now=now)]


def used_by(programme: Programme, key: str) -> int:
    """How many nominations stand under a key."""
    return Application.objects.nominated().filter(programme=programme, nomination_key=key).count()


def counted_by_key(applications: ApplicationQuerySet) -> dict[tuple[int, str], tuple[int, int]]:
    """How many of some applications hold a nomination and how many wait in reserve, by programme and key; one query."""
    rows = applications.exclude(nomination_key="").order_by().values_list("programme", "nomination_key")
    counts = rows.annotate(
        used=Count("nomination_number"), reserve=Count("pk", filter=Q(state=State.RESERVE))
    )
    return {(programme, key): (used, reserve) for programme, key, used, reserve in counts}


def of_programme(programme: Programme) -> dict[str, Nominations]:
    """The nominations of everyone who has been counted once, by key; two queries, however many there are."""
    counts = counted_by_key(Application.objects.live().filter(programme=programme))
    allowances = {
        allowance.key: allowance
        for allowance in programme.allowances.select_related("programme", "ics", "organisation", "region")
    }
    return {
        key: Nominations(
            whose=allowance.whose,
            allowed=allowance.limit,
            used=counts.get((programme.pk, key), (0, 0))[0],
            reserve=counts.get((programme.pk, key), (0, 0))[1],
        )
        for key, allowance in allowances.items()
    }


def possible_allowances(programme: Programme, *, day: datetime.date) -> dict[str, NominationAllowance]:
    """Everyone who can have nominations, by key: those who have used one, and the systems or regions that have not.

    The latter are not stored yet: their rows have no primary key.
    """
    systems = systems_for(programme, day).select_related("region")
    rows: list[NominationAllowance] = []
    if programme.nomination_scope == NominationScope.ICS:
        rows = [NominationAllowance(programme=programme, key=f"ics:{ics.code}", ics=ics) for ics in systems]
    elif programme.nomination_scope == NominationScope.REGION:
        rows = [
            NominationAllowance(programme=programme, key=f"region:{region.ods_code}", region=region)
            for region in {ics.region for ics in systems}
        ]
    stored = programme.allowances.select_related("programme", "ics", "organisation", "region")
    return {row.key: row for row in rows} | {row.key: row for row in stored}


def of_everyone(programme: Programme, *, day: datetime.date) -> list[Nominations]:
    """The nominations of every ICS (or region) that can nominate on ``day``, used or not, by name.

    Empty where there is no limit, and where organisations nominate: there is no complete list of those.
    """
    whose = {
        NominationScope.ICS: lambda ics: (f"ics:{ics.code}", ics.short_name),
        NominationScope.REGION: lambda ics: (f"region:{ics.region.ods_code}", ics.region.name),
    }.get(NominationScope(programme.nomination_scope))
    if whose is None:
        return []
    names = dict(
        sorted(map(whose, systems_for(programme, day).select_related("region")), key=lambda row: row[1])
    )
    known = of_programme(programme)
    unused = {key: Nominations(name, programme.nominations_allowed, 0, 0) for key, name in names.items()}
    return [known.get(key, none_yet) for key, none_yet in unused.items()]
