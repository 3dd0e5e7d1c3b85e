"""XLSX files written by hand, so that a test can put into them what no program would."""

from __future__ import annotations

import io
import zipfile

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"

_CONTENT_TYPES = f"""<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/xl/workbook.xml" ContentType="{_TYPES}.sheet.main+xml"/>
<Override PartName="/{{sheet}}" ContentType="{_TYPES}.worksheet+xml"/>
<Override PartName="/xl/strings.xml" ContentType="{_TYPES}.sharedStrings+xml"/></Types>"""
_ROOT = f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""
_WORKBOOK = f"""<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">
<sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>"""
_PARTS = f"""<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="/{{sheet}}"/>
<Relationship Id="rId2" Type="{_OFFICE}/sharedStrings" Target="strings.xml"/></Relationships>"""


def cell(place: str, text: str) -> str:
    """A cell with its text in it."""
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


def book(
    rows: str = "", *, strings: str = "", before: str = "", sheet: str = "xl/sheet1.xml", more: int = 0
) -> bytes:
    """A workbook with the heading “name” and these rows; ``before`` stands before the sheet's first tag."""
    data = f'<row r="1">{cell("A1", "name")}</row>{rows}'
    parts = {
        "[Content_Types].xml": _CONTENT_TYPES.format(sheet=sheet),
        "_rels/.rels": _ROOT,
        "xl/workbook.xml": _WORKBOOK,
        "xl/_rels/workbook.xml.rels": _PARTS.format(sheet=sheet),
        sheet: f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{data}</sheetData></worksheet>',
        "xl/strings.xml": f'<sst xmlns="{_MAIN}">{strings}</sst>',
        **{f"xl/media/{number}.png": "no XML" for number in range(more)},
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return packed.getvalue()
