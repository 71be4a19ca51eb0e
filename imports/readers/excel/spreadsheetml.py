"""The sheets of an Excel 2003 workbook in XML format.

Format: https://learn.microsoft.com/previous-versions/office/developer/office-xp/aa140066(v=office.10)
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

from lxml import etree

from imports.errors import ErrorCode, UnreadableFile
from imports.readers import messages
from imports.readers.excel.digits import add_cell
from imports.readers.excel.markup_sheets import MarkupSheet, Plain
from imports.readers.excel.number_formats import Kind, digits_format, kind_of_format
from imports.readers.excel.serials import Serial
from imports.readers.excel.sheet_facts import LostCell

NAMESPACE = "urn:schemas-microsoft-com:office:spreadsheet"
SS = f"{{{NAMESPACE}}}"
EXCEL = "{urn:schemas-microsoft-com:office:excel}"
SHEET, ROW, CELL, DATA, STYLE, VISIBLE = (
    f"{SS}Worksheet", f"{SS}Row", f"{SS}Cell", f"{SS}Data", f"{SS}Style", f"{EXCEL}Visible",
)  # fmt: skip
EXACT = 15  # digits of a number that a float holds
START, DAY_OF_TIMES = datetime.datetime(1899, 12, 31), "1899-12-31"  # of times of day
MOMENT = "m/d/yy h:mm"


def sheets_of_spreadsheetml(path: Path) -> list[MarkupSheet]:
    """Raise UnreadableFile for any DOCTYPE."""
    workbook = _Workbook()
    with path.open("rb") as stream:
        parser = etree.iterparse(
            stream, events=("start", "end"), tag=(SHEET, ROW, STYLE, VISIBLE, f"{SS}Workbook"), resolve_entities=False,
            no_network=True, load_dtd=False, huge_tree=False,
        )  # fmt: skip
        for event, element in parser:
            if event == "start" and element.getroottree().docinfo.doctype:
                raise UnreadableFile(messages.XML_WITH_DOCTYPE())
            workbook.take(event, element)
    return workbook.sheets


class _Workbook:
    def __init__(self) -> None:
        self.sheets: list[MarkupSheet] = []
        self._codes: dict[str, str] = {}  # formats, by the name of a style
        self._row = 0

    def take(self, event: str, element: Any) -> None:
        if element.tag == SHEET and event == "start":
            self.sheets.append(MarkupSheet(element.get(f"{SS}Name") or f"Sheet{len(self.sheets) + 1}"))
            self._row = 0
        elif event == "end" and element.tag == ROW and self.sheets:
            self._take_row(element)
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        elif event == "end" and element.tag == VISIBLE and self.sheets:
            self.sheets[-1].hidden = (element.text or "").strip() in ("SheetHidden", "SheetVeryHidden")
        elif event == "end" and element.tag == STYLE:
            self._take_style(element)

    def _take_style(self, style: Any) -> None:
        number_format = style.find(f"{SS}NumberFormat")
        if number_format is not None:
            self._codes[style.get(f"{SS}ID", "")] = number_format.get(f"{SS}Format", "")

    def _take_row(self, row: Any) -> None:
        self._row = _number(row, "Index", self._row + 1)
        column = 0
        for cell in row.iterchildren(CELL):
            column = _number(cell, "Index", column + 1)
            across = _number(cell, "MergeAcross", 0)
            self._take_cell(cell, column - 1)
            self.sheets[-1].merge(self._row - 1, column - 1, _number(cell, "MergeDown", 0), across)
            column += across
        self._row += _number(row, "Span", 0)

    def _take_cell(self, cell: Any, column: int) -> None:
        facts, data = self.sheets[-1].facts, cell.find(DATA)
        text = "" if data is None else "".join(data.itertext())
        kind = data.get(f"{SS}Type", "String") if data is not None else ""
        code = self._codes.get(cell.get(f"{SS}StyleID", ""), "")
        if kind == "Error":
            facts.lose(self._row, LostCell(column, text or "an error"))
        elif not text:
            if kind != "String" and (formula := cell.get(f"{SS}Formula")):
                facts.lose(self._row, LostCell(column, formula, ErrorCode.FORMULA_WITHOUT_RESULT))
        else:
            self.sheets[-1].put(self._row - 1, column, _value(kind, text, code))
            if kind == "Number" and digits_format(code):
                add_cell(facts.digits, self._row, column, code)
            elif kind == "DateTime" and text.startswith(DAY_OF_TIMES):
                number = (datetime.datetime.fromisoformat(text) - START) / datetime.timedelta(days=1)
                facts.serials.setdefault(self._row, {})[column] = Serial(number, code or MOMENT, is_1904=False)


def _value(kind: str, text: str, code: str) -> Any:
    """Return a value as calamine has it. code: the format of the cell. Raises ValueError."""
    if kind == "Number":
        number = float(text)
        if len(text) > EXACT:
            return Plain(text)
        return int(number) if number.is_integer() else number
    if kind == "Boolean":
        return text == "1"
    if kind != "DateTime":
        return text
    moment = datetime.datetime.fromisoformat(text)
    if kind_of_format(code) == Kind.DURATION:
        return moment - START
    if text.startswith(DAY_OF_TIMES):
        return moment.time()
    return moment if moment.time() != datetime.time() else moment.date()


def _number(element: Any, name: str, default: int) -> int:
    written = element.get(f"{SS}{name}")
    return default if written is None else max(0, int(written))
