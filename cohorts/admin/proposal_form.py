"""The form of a proposal: which cohorts run, what comes first, and what staff wish for each person.

The form is one, however many people there are: those of one page are shown with a choice each, the wishes for
everybody else go along unseen, so that leafing through the pages loses nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms

from applications.models import Application
from cohorts.domain.allocating.problem import Order, Run
from cohorts.domain.proposals import Chosen, Situation
from cohorts.domain.proposals.result import RUNS_IN_WORDS, Person, room_in_words
from cohorts.models import Cohort
from programmes.admin.pages import VerbForm
from programmes.domain.wording import join_words, nhs_date

PEOPLE_A_PAGE = 50
LEAVE_OUT = "out"


class SettingsForm(VerbForm):
    """The settings that are the same for everybody."""

    spread = forms.BooleanField(
        label="Among equal ways, spread the places over ICSs",
        required=False,
    )
    order = forms.ChoiceField(
        label="What comes first?",
        widget=forms.RadioSelect,
        choices=[
            (
                Order.PLACED_FIRST.value,
                "As many people as possible, then the highest scores: the published order",
            ),
            (Order.SCORE_FIRST.value, "The highest scores, then as many people as possible"),
        ],
        error_messages={"required": "Choose what comes first."},
    )
    order_reason = forms.CharField(
        label="If the highest scores come first: why?",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    def __init__(self, data: Any, *, situation: Situation, chosen: Chosen) -> None:
        first = {"spread": chosen.spread, "order": chosen.order, "order_reason": chosen.order_reason}
        super().__init__(data, initial=first)
        seated = list(situation.seated.values())
        for key, cohort in situation.cohorts.items():
            self.fields[f"run_{key}"] = forms.ChoiceField(
                label=cohort.name,
                help_text=_about(cohort, seated.count(key)),
                choices=list(RUNS_IN_WORDS.items()),
                initial=chosen.runs.get(key, Run.AUTO.value),
                error_messages={"required": f"Choose whether {cohort.name} runs."},
            )
        self.cohorts = [self[f"run_{key}"] for key in situation.cohorts]
        self.others = [self["spread"], self["order"], self["order_reason"]]

    def choices(self) -> dict[str, Any]:
        """What was chosen, as a proposal keeps it."""
        values = self.cleaned_data
        runs = {name.removeprefix("run_"): run for name, run in values.items() if name.startswith("run_")}
        return {
            "runs": {key: run for key, run in runs.items() if run != Run.AUTO},
            "spread": values["spread"],
            "order": values["order"],
            "order_reason": values["order_reason"],
        }


def _about(cohort: Cohort, seated: int) -> str:
    room = room_in_words(cohort.minimum, cohort.maximum)
    starts = f", starts {nhs_date(cohort.starts_at)}" if cohort.starts_at else ""
    return f"Takes {room} people{starts}. {seated} offered or confirmed already."


@dataclass(frozen=True)
class Row:
    """One person with the wish for them: the rules decide (empty), a cohort's key, or to be left out."""

    application: Application
    score: int
    wishes: str
    now: str
    wish: str
    why: str

    @property
    def reference(self) -> str:
        return self.application.reference


@dataclass(frozen=True)
class PeopleForm:
    """The wishes for people: those shown on this page, and the others that go along."""

    rows: Sequence[Row]
    others: Sequence[tuple[str, str]]
    shown: int
    page: int
    pages: int
    find: str
    show: str
    filters: Sequence[tuple[str, str]]
    cohorts: Sequence[tuple[str, str]]

    @property
    def turns(self) -> list[tuple[int, str]]:
        """The pages that can be turned to."""
        found = []
        if self.page > 1:
            found.append((self.page - 1, "Previous page"))
        if self.page < self.pages:
            found.append((self.page + 1, "Next page"))
        return found


def wishes_sent(data: Mapping[str, str], situation: Situation) -> dict[str, dict[str, str]]:
    """What a sent form wishes for people, as a proposal keeps it; a reason alone is no wish."""
    pinned, excluded = {}, {}
    for reference in situation.candidates:
        wish = data.get(f"wish-{reference}", "")
        if wish == LEAVE_OUT:
            excluded[reference] = data.get(f"why-{reference}", "").strip()[:300]
        elif wish:
            pinned[reference] = wish
    return {"pinned": pinned, "excluded": excluded}


def wishes_still_possible(chosen: Chosen, situation: Situation) -> dict[str, dict[str, str]]:
    """The wishes of an earlier proposal for those who are candidates still, and cohorts that take people still."""
    return {
        "pinned": {
            who: key
            for who, key in chosen.pinned.items()
            if who in situation.candidates and key in situation.cohorts
        },
        "excluded": {who: why for who, why in chosen.excluded.items() if who in situation.candidates},
    }


def people_form(
    situation: Situation,
    wishes: Mapping[str, Mapping[str, str]],
    *,
    placed: Mapping[str, Person],
    find: str = "",
    show: str = "",
    page: int = 1,
) -> PeopleForm:
    """The people of one page: narrowed to a name or a group, in the order of their scores.

    ``placed`` is where each is in the proposal that this one starts from, if there is one.
    """
    names = {key: cohort.name for key, cohort in situation.cohorts.items()}
    everybody = sorted(
        situation.candidates.values(),
        key=lambda one: (-situation.scores[one.reference], one.submitted_at, one.reference),
    )
    narrowed = [one for one in everybody if _is_wanted(one, find, show, placed, wishes)]
    pages = max(1, -(-len(narrowed) // PEOPLE_A_PAGE))
    page = min(max(1, page), pages)
    here = narrowed[(page - 1) * PEOPLE_A_PAGE : page * PEOPLE_A_PAGE]
    rows = [
        Row(
            application=one,
            score=situation.scores[one.reference],
            wishes=join_words((names[key] for key in situation.ranks[one.reference]), last="then") or "none",
            now=_now(placed.get(one.reference)),
            wish=_wish(one.reference, wishes),
            why=wishes["excluded"].get(one.reference, ""),
        )
        for one in here
    ]
    seen = {row.reference for row in rows}
    others = [(f"wish-{who}", key) for who, key in wishes["pinned"].items() if who not in seen]
    for who, why in wishes["excluded"].items():
        if who not in seen:
            others += [(f"wish-{who}", LEAVE_OUT), (f"why-{who}", why)]
    filters = [("", "Everybody"), ("wished", "Pinned or left out")]
    if placed:
        filters += [("unplaced", "Without a place"), *((key, f"In {name}") for key, name in names.items())]
    return PeopleForm(rows, others, len(narrowed), page, pages, find, show, filters, list(names.items()))


def _wish(reference: str, wishes: Mapping[str, Mapping[str, str]]) -> str:
    return LEAVE_OUT if reference in wishes["excluded"] else wishes["pinned"].get(reference, "")


def _now(person: Person | None) -> str:
    if person is None:
        return ""
    if person.cohort:
        return f"{person.cohort_name}, {person.preference}"
    return "Left out" if person.left_out else " ".join(["No place.", *person.reasons])


def _is_wanted(
    one: Application,
    find: str,
    show: str,
    placed: Mapping[str, Person],
    wishes: Mapping[str, Mapping[str, str]],
) -> bool:
    if find and find.casefold() not in f"{one.name} {one.reference}".casefold():
        return False
    if show == "wished":
        return bool(_wish(one.reference, wishes))
    cohort = placed[one.reference].cohort if one.reference in placed else ""
    return not show or cohort == ("" if show == "unplaced" else show)
