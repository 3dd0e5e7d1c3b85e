"""A certificate as a page of PDF."""

from __future__ import annotations

import io

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from facilitators.domain.certificates import address_of
from facilitators.models import Certificate
from programmes.domain import typeface
from programmes.domain.wording import nhs_date

# The page, in points: a landscape A4 sheet, with everything in the middle.
_BLUE, _DARK, _GREY = HexColor("#005eb8"), HexColor("#212b32"), HexColor("#4c6272")
_PAGE = landscape(A4)
_ROOM = _PAGE[0] - 160


def pdf(certificate: Certificate) -> bytes:
    """A certificate as one page of PDF: titled, in British English, its text selectable."""
    typeface.register()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=_PAGE, lang="en-GB", invariant=True)
    canvas.setTitle(f"Certificate of {certificate.programme}: {certificate.name}")
    canvas.setAuthor(certificate.academy)
    canvas.setSubject(f"Certificate {certificate.number}")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    canvas.setStrokeColor(_BLUE)
    canvas.setLineWidth(6)
    canvas.rect(24, 24, _PAGE[0] - 48, _PAGE[1] - 48)
    height = _PAGE[1] - 100
    for text, size, font, colour, after in (
        (certificate.academy, 18, typeface.BOLD, _BLUE, 34),
        ("Certificate", 38, typeface.BOLD, _DARK, 40),
        ("This is to certify that", 16, typeface.REGULAR, _GREY, 22),
        (certificate.name, 32, typeface.BOLD, _DARK, 22),
        ("has completed the train-the-trainer programme", 16, typeface.REGULAR, _GREY, 20),
        (certificate.programme, 26, typeface.BOLD, _DARK, 26),
        (certificate.dates, 15, typeface.REGULAR, _DARK, 4),
        (certificate.attended, 15, typeface.REGULAR, _DARK, 0),
    ):
        height = _centred(canvas, text, height, size=size, font=font, colour=colour) - after
    issued = f"Issued on {nhs_date(certificate.issued_at)}. Certificate number {certificate.number}."
    if certificate.expires_on is not None:
        issued += f" Valid until {nhs_date(certificate.expires_on)}."
    height = _centred(canvas, issued, 84, size=12, font=typeface.REGULAR, colour=_GREY)
    _centred(
        canvas, f"Check it at {address_of(certificate)}", height, size=12, font=typeface.REGULAR, colour=_GREY
    )
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _centred(canvas: Canvas, text: str, height: float, *, size: int, font: str, colour: HexColor) -> float:
    """Write a text in the middle, over as many lines as it needs; return the height below it."""
    canvas.setFillColor(colour)
    canvas.setFont(font, size)
    for line in simpleSplit(text, font, size, _ROOM):
        canvas.drawCentredString(_PAGE[0] / 2, height, line)
        height -= size * 1.2
    return height
