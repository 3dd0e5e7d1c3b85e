"""Applications as one PDF to be read by a panel: a cover, a list of contents, and a section for each.

What people need to take part is not in it: it has no part in any decision. Of reviews it holds what whoever asks for it
may read on the application's page.
"""

from __future__ import annotations

import datetime
import io
from collections.abc import Collection, Iterator, Sequence
from html import escape
from typing import Any

from django.db.models import Prefetch
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import BaseDocTemplate, Frame, PageBreak, PageTemplate, Paragraph, Spacer
from reportlab.platypus.tableofcontents import TableOfContents

from applications.domain import reviews
from applications.models import Answer, Application, Review
from applications.models.applications import ApplicationQuerySet
from cohorts.models import Preference
from programmes.domain import typeface
from programmes.domain.access import Person
from programmes.domain.refused import Refused
from programmes.domain.wording import join_words, nhs_date, nhs_datetime, plural

# More would be no pack that a panel reads, and would keep a page waiting.
LIMIT = 200

_BLUE, _DARK, _GREY = HexColor("#005eb8"), HexColor("#212b32"), HexColor("#4c6272")
_TEXT = ParagraphStyle(
    "text", fontName=typeface.REGULAR, fontSize=11, leading=15, textColor=_DARK, spaceAfter=6
)
_COVER = ParagraphStyle(
    "cover", _TEXT, fontName=typeface.BOLD, fontSize=30, leading=36, textColor=_BLUE, spaceAfter=16
)
_SECTION = ParagraphStyle(
    "section", _TEXT, fontName=typeface.BOLD, fontSize=18, leading=22, textColor=_BLUE, spaceAfter=8
)
_HEADING = ParagraphStyle(
    "heading", _TEXT, fontName=typeface.BOLD, fontSize=13, leading=17, spaceBefore=8, keepWithNext=1
)
_ASKED = ParagraphStyle("asked", _TEXT, fontName=typeface.BOLD, spaceAfter=2, keepWithNext=1)
_CONTENTS = ParagraphStyle("contents", _TEXT, spaceAfter=2)


class TooMany(Refused):
    """More applications than one pack holds."""


def panel_pack(
    chosen: ApplicationQuerySet,
    *,
    academies: Sequence[str],
    with_reviews: bool,
    user: Person,
    now: datetime.datetime,
) -> bytes:
    """The applications, by their references, as a PDF file that ``user`` reads. Raises `TooMany` above `LIMIT`."""
    applications = list(_with_everything(chosen)[: LIMIT + 1])
    if len(applications) > LIMIT:
        raise TooMany(f"A pack holds at most {LIMIT} applications. Choose fewer, or make several packs.")
    typeface.register()
    titles = list(dict.fromkeys(one.programme.title for one in applications))
    name = titles[0] if len(titles) == 1 else plural(len(titles), "programme")
    file = io.BytesIO()
    document = _Document(file, title=f"Applications to {name}", author=join_words(academies))
    story: list[Any] = [
        Spacer(1, 60 * mm),
        Paragraph(f"Applications to {escape(name)}", _COVER),
        Paragraph(f"{plural(len(applications), 'application')}, {nhs_datetime(now)}", _TEXT),
        Paragraph(escape(join_words(academies)), _TEXT),
        Paragraph(
            "<b>Confidential.</b> For the members of the panel only. Do not forward it, and delete it when the panel "
            "has decided.",
            _TEXT,
        ),
        PageBreak(),
        Paragraph("Contents", _SECTION),
        TableOfContents(levelStyles=[_CONTENTS], dotsMinLevel=0),
    ]
    reviews_for = reviews.reviewed_by(user)
    for application in applications:
        story += [PageBreak(), *_section(application)]
        if with_reviews:
            story += _list("Reviews", _reviews(application, user, reviews_for))
    document.multiBuild(story)
    return file.getvalue()


def _with_everything(chosen: ApplicationQuerySet) -> ApplicationQuerySet:
    return (
        chosen.select_related("programme", "ics__region", "organisation")
        .prefetch_related(None)
        .prefetch_related(
            Prefetch("answers", Answer.objects.select_related("question")),
            Prefetch("preferences", Preference.objects.select_related("cohort")),
            Prefetch("reviews", Review.objects.filter(latest=True).select_related("reviewer")),
            "criterion_answers",
            "approvals",
        )
        .order_by("reference")
    )


def _section(application: Application) -> Iterator[Any]:
    title = Paragraph(escape(f"{application.reference} {application.name or 'No name given'}"), _SECTION)
    # Its place in the contents and among the bookmarks.
    title.in_contents = title.getPlainText()
    title.anchor = application.reference
    yield title
    yield from _facts(application)
    yield from _list("Preferences", _preferences(application))
    yield from _list("Eligibility", _criteria(application))
    answers = application.answers.all()
    if answers:
        yield Paragraph("Answers", _HEADING)
    for answer in answers:
        yield Paragraph(_lines(answer.asked), _ASKED)
        yield Paragraph(_lines(answer.shown or "Not answered"), _TEXT)
    yield from _list("Approvals", _approvals(application))


def _facts(application: Application) -> Iterator[Any]:
    facts = {
        "Programme": application.programme.title,
        "Job title": application.job_title,
        "Organisation": application.organisation_as_given,
        "ICS": str(application.ics or ""),
        "State": application.get_state_display(),
        "Submitted": nhs_date(application.submitted_at),
        "Nomination": str(application.nomination_number or ""),
    }
    for name, said in facts.items():
        if said:
            yield Paragraph(f"<b>{name}:</b> {_lines(said)}", _TEXT)


def _list(heading: str, lines: Sequence[str]) -> Iterator[Any]:
    if lines:
        yield Paragraph(heading, _HEADING)
    for line in lines:
        yield Paragraph(_lines(line), _TEXT)


def _preferences(application: Application) -> list[str]:
    rows = list(application.preferences.all())
    ranked = sorted((row for row in rows if row.rank is not None), key=lambda row: row.rank or 0)
    cannot = [f"Cannot attend {row.cohort}" for row in rows if row.rank is None]
    return [f"{row.rank}. {row.cohort}" for row in ranked] + cannot


def _criteria(application: Application) -> list[str]:
    return [
        f"{answer.statement}: {'yes' if answer.met else 'no'}"
        + (f" ({'; '.join(answer.ways)})" if answer.ways else "")
        for answer in application.criterion_answers.all()
    ]


def _approvals(application: Application) -> list[str]:
    return [
        f"{one.get_approver_display()}: {one.get_decision_display().lower()}"
        + (f", by {one.name}" if one.name else "")
        + (f". {one.reason}" if one.reason else "")
        for one in application.approvals.all()
    ]


def _reviews(application: Application, user: Person, reviews_for: Collection[int]) -> list[str]:
    every = list(application.reviews.all())
    shown = reviews.readable(application, every, user=user, reviews_for=reviews_for)
    if every and not shown:
        return [f"{plural(len(every), 'review')}, shown after you give yours."]
    return [
        f"{review.get_outcome_display()}"
        + (f", score {review.score}" if review.score is not None else "")
        + f", {review.reviewer.get_full_name() or review.reviewer.get_username()}"
        + (f": {review.notes}" if review.notes else "")
        for review in shown
    ]


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br/>")


class _Document(BaseDocTemplate):  # type: ignore[misc]  # reportlab comes without types
    """Pages with a number and the word "Confidential"; sections go into the contents and the bookmarks."""

    def __init__(self, file: io.BytesIO, *, title: str, author: str) -> None:
        super().__init__(
            file,
            pagesize=A4,
            title=title,
            author=author,
            subject="Confidential: for the members of the panel only",
            lang="en-GB",
            displayDocTitle=True,
            leftMargin=22 * mm,
            rightMargin=22 * mm,
            topMargin=20 * mm,
            bottomMargin=22 * mm,
        )
        room = Frame(self.leftMargin, self.bottomMargin, self.width, self.height, id="page")
        self.addPageTemplates(PageTemplate("page", [room], onPage=self._foot))

    def _foot(self, canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setFont(typeface.REGULAR, 9)
        canvas.setFillColor(_GREY)
        canvas.drawString(self.leftMargin, 12 * mm, "Confidential")
        canvas.drawRightString(A4[0] - self.rightMargin, 12 * mm, f"Page {document.page}")
        canvas.restoreState()

    def afterFlowable(self, flowable: Any) -> None:  # noqa: N802  the name is reportlab's
        """Note where a section begins."""
        if text := getattr(flowable, "in_contents", ""):
            self.canv.bookmarkPage(flowable.anchor)
            self.canv.addOutlineEntry(text, flowable.anchor, level=0)
            self.notify("TOCEntry", (0, escape(text), self.page, flowable.anchor))
