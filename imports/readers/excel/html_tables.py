"""The tables of an HTML file, as programs write it for spreadsheets: each is a sheet."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.excel.markup_sheets import MAX_COLUMNS, MAX_ROWS, MarkupSheet, Plain
from imports.readers.excel.sheet_facts import SheetFacts
from imports.readers.limits import MEGABYTE

MAX_BYTES = 300 * MEGABYTE
MAX_DEPTH = 20  # of tables in tables
SPACES = re.compile(r"[ \t\r\n\f\xa0]+")
BLOCKS = ("br", "p", "div", "li")
NUMBER = "x:num"  # attribute with a number as Excel stores it


def sheets_of_html(path: Path) -> list[MarkupSheet]:
    """Return the tables that hold something, the largest first. Raises UnreadableFile where there is none."""
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(messages.WORKBOOK_TOO_LARGE(size_mb=path.stat().st_size // MEGABYTE))
    sheets = [sheet for sheet in _tables(path) if len(sheet.rows) > 1 and sheet.filled > 1]
    if not sheets:
        raise UnreadableFile(messages.WEB_PAGE())
    return sorted(sheets, key=lambda sheet: -sheet.filled)


def _tables(path: Path) -> list[MarkupSheet]:
    """Return all tables, those inside others too."""
    sheets: list[MarkupSheet] = []
    open_tables: list[_Table] = []
    with path.open("rb") as stream:
        parser = etree.iterparse(
            stream, events=("start", "end"), tag=("table", "tr", "td", "th"), html=True, encoding=_encoding(path),
            no_network=True, huge_tree=False,
        )  # fmt: skip
        for event, element in parser:
            if element.tag == "table" and event == "start":
                sheets.append(MarkupSheet(f"Table {len(sheets) + 1}", facts=SheetFacts(merged=None)))
                open_tables.append(_Table(sheets[-1]))
                if len(open_tables) > MAX_DEPTH:
                    raise UnreadableFile(messages.WEB_PAGE())
            elif open_tables and event == "end":
                open_tables[-1].take(element)
                if element.tag == "table":
                    open_tables.pop()
                if element.tag in ("table", "tr"):
                    _empty(element)
    return sheets


def _encoding(path: Path) -> str | None:
    """Return UTF-8 where the bytes are, or none with a byte order mark; None where the file's own word counts."""
    content = path.read_bytes()
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        content.decode()
    except UnicodeDecodeError:
        return None if re.search(rb"charset\s*=", content[:4096], re.IGNORECASE) else "windows-1252"
    return "utf-8"


class _Table:
    """Puts the cells where a browser does: cells over several rows and columns move the others."""

    def __init__(self, sheet: MarkupSheet) -> None:
        self._sheet = sheet
        self._row = 0
        self._taken: dict[int, int] = {}  # column -> rows that a cell above still covers
        self._cells: list[Any] = []

    def take(self, element: Any) -> None:
        if element.tag in ("td", "th"):
            self._cells.append((_value(element), _span(element, "rowspan"), _span(element, "colspan")))
        elif element.tag == "tr" or self._cells:
            self._end_row()

    def _end_row(self) -> None:
        column = 0
        below: dict[int, int] = {}
        for value, rows, columns in self._cells:
            while self._taken.get(column):
                column += 1
            if value != "":
                self._sheet.put(self._row, column, value)
                self._sheet.merge(self._row, column, rows - 1, columns - 1)
            for covered in range(column, min(column + columns, MAX_COLUMNS)) if rows > 1 else ():
                below[covered] = rows
            column += columns
        self._taken = {at: rows - 1 for at, rows in {**self._taken, **below}.items() if rows > 1}
        self._row += 1
        self._cells = []


def _span(cell: Any, name: str) -> int:
    written = (cell.get(name) or "1").strip()
    return min(max(1, int(written)), MAX_ROWS) if written.isdecimal() and len(written) < 8 else 1


def _value(cell: Any) -> str:
    number = (cell.get(NUMBER) or "").strip()
    text = "".join(_texts(cell))
    return Plain(number or "\n".join(filter(None, (SPACES.sub(" ", line).strip() for line in text.split("\v")))))


def _texts(element: Any) -> Iterator[str]:
    """Yield the texts of a cell; lines end with a vertical tab."""
    yield element.text or ""
    for part in element:
        if isinstance(part.tag, str) and part.tag not in ("table", "script", "style"):
            if part.tag in BLOCKS:
                yield "\v"
            yield from _texts(part)
            if part.tag in BLOCKS[1:]:
                yield "\v"
        yield part.tail or ""


def _empty(element: Any) -> None:
    """Empty what was read; what follows the element stays."""
    tail = element.tail
    element.clear()
    element.tail = tail
