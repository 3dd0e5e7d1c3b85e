"""What the demo's staff have done beside deciding: opinions, decisions kept, a letter, a lead, a mail reworded."""

from __future__ import annotations

from django.contrib.auth.models import User

from applications.domain import nomination_leads, reviews
from applications.models import Application, Review, State
from cohorts.domain import access_needs, pending
from cohorts.domain.access_needs import Needs
from cohorts.models import PendingDecision
from programmes.domain import letters, own_wording
from programmes.management.sample_stories import Teller, awaiting
from programmes.models import Letter, Role, RubricCriterion

RUBRIC = (
    ("experience", "Experience of working with groups", "Few: none yet. Many: leads groups regularly.", 2),
    (
        "reflection",
        "What they learnt from a difficult moment",
        "Many: says what they would do differently.",
        1,
    ),
    ("support", "Plans for delivering where they work", "Many: dates, colleagues and a manager’s word.", 1),
)
NEEDS = (
    Needs(adjustments="Slides a day before, in large print.", dietary="Vegetarian"),
    Needs(access="Step-free access, and a seat near the door."),
    Needs(),
    Needs(prefer_not_to_say=True),
)
SUBJECT = "The room, and how to find it"
LETTER = """Dear {{ name }},

The training is in the main building: follow the signs from the entrance. Tea is there from half past eight.

You can always see where your application stands: {{ link }}
"""


def tell(teller: Teller) -> None:
    """A little of each, on what the stories of one programme's people have left."""
    administrator = User.objects.get(
        academy_memberships__academy=teller.programme.academy,
        academy_memberships__role=Role.ADMINISTRATOR,
    )
    _needs(teller)
    _two_opinions(teller, administrator)
    _kept(teller)
    _lead(teller)
    _letters(teller)
    _reworded(teller, administrator)
    _applied_twice(teller)


def _in(teller: Teller, *states: State) -> list[Application]:
    return list(Application.objects.filter(programme=teller.programme, state__in=states).order_by("pk"))


def _needs(teller: Teller) -> None:
    coming = _in(teller, State.CONFIRMED, State.OFFERED)
    for application, needs in zip(coming, NEEDS, strict=False):
        if not access_needs.why_not_changeable(application, teller.now):
            access_needs.say(application.pk, needs, now=teller.ago(1))


def _two_opinions(teller: Teller, administrator: User) -> None:
    """By the rubric; of the second application the two think differently."""
    criteria = [
        RubricCriterion.objects.create(
            programme=teller.programme, key=key, position=number, text=text, guidance=guidance, weight=weight
        )
        for number, (key, text, guidance, weight) in enumerate(RUBRIC)
    ]
    opinions = (
        ((teller.reviewer, (5, 4, 4), Review.Outcome.SUITABLE), (administrator, (4, 4, 5), Review.Outcome.SUITABLE)),
        ((teller.reviewer, (4, 5, 4), Review.Outcome.SUITABLE), (administrator, (1, 2, 1), Review.Outcome.UNSURE)),
    )  # fmt: skip
    for application, said in zip(_in(teller, State.UNDER_REVIEW), opinions, strict=False):
        for user, given, outcome in said:
            reviews.record_review(
                application.pk,
                user=user,
                outcome=outcome,
                points={criterion.pk: point for criterion, point in zip(criteria, given, strict=True)},
                now=teller.ago(1),
            )


def _kept(teller: Teller) -> None:
    """Decisions that wait for the day on which everybody hears."""
    to_review = _in(teller, State.UNDER_REVIEW)
    reason = "The programme asks for two days away from work, and your team cannot spare you on either."
    pending.keep(
        to_review[0].pk, user=teller.reviewer, kind=PendingDecision.Kind.SHORTLIST, now=teller.ago(1)
    )
    pending.keep(
        to_review[-1].pk,
        user=teller.reviewer,
        kind=PendingDecision.Kind.TURN_DOWN,
        reason=reason,
        now=teller.ago(1),
    )


def _lead(teller: Teller) -> None:
    """Of the system with the most people, where nominations are counted."""
    waiting = _in(teller, State.RESERVE)
    if waiting:
        key = waiting[0].nomination_key
        day = teller.now.date()
        board = nomination_leads.board_of(teller.programme, key, user=teller.reviewer, day=day)
        address = "lena.leadley@icb.example.org"
        nomination_leads.invite(
            board.pk, name="Lena Leadley", email=address, user=teller.reviewer, now=teller.ago(2)
        )


def _letters(teller: Teller) -> None:
    """One that went to everybody with a place, and a draft."""
    coming = _in(teller, State.CONFIRMED)
    chosen = [one.about for one in coming]
    readers = [
        letters.Reader(about=one.about, application=one.pk, name=one.name, address=one.email, reference=one.reference)
        for one in coming
    ]  # fmt: skip
    sent = letters.write(teller.programme, chosen, user=teller.reviewer, now=teller.ago(1))
    letters.change(sent.pk, kind=Letter.Kind.ABOUT, subject=SUBJECT, body=LETTER, user=teller.reviewer)
    letters.send(sent.pk, readers, user=teller.reviewer, now=teller.ago(1))
    letters.write(teller.programme, chosen[:2], user=teller.reviewer, now=teller.now)


def _reworded(teller: Teller, administrator: User) -> None:
    subject, body = own_wording.starting_wording("received")
    own = f"{body.rstrip()}\n\nWe read every application ourselves, and are glad of yours.\n"
    own_wording.reword(teller.programme, "received", subject=subject, body=own, user=administrator)


def _applied_twice(teller: Teller) -> None:
    """Somebody who has applied before, by another address of the same mailbox."""
    first = _in(teller, State.UNDER_REVIEW)[0]
    mailbox, _, domain = first.email.partition("@")
    teller.tell(first.name, 3, awaiting, email=f"{mailbox}+work@{domain}")
