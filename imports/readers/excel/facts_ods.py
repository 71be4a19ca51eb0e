"""Sheets of .ods files, read as XML next to calamine: errors, formulas, merged cells, the spread."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from itertools import product
from typing import IO, Any

from lxml import etree

from imports.errors import ErrorCode, UnreadableFile
from imports.readers import messages
from imports.readers.excel.currencies import mixed_columns, signs_in
from imports.readers.excel.digits import add_cell
from imports.readers.excel.sheet_facts import (
    Area,
    LostCell,
    SheetFacts,
    refuse_spread,
)

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"
MAX_CELLS = 100_000  # elements of a row
MAX_COPIES = 500_000  # cells of equal rows that are written once, where the sheet itself has fewer bytes
CELLS = (f"{TABLE}table-cell", f"{TABLE}covered-table-cell")
VALUE_TYPE, CURRENCY, ERROR_TYPE = f"{OFFICE}value-type", f"{OFFICE}currency", f"{CALC}value-type"
VALUE = f"{OFFICE}value"
FORMULA, PARAGRAPH = f"{TABLE}formula", f"{TEXT}p"
SPANNED = f"{TABLE}number-rows-spanned", f"{TABLE}number-columns-spanned"
VISIBILITY, HIDDEN = f"{TABLE}visibility", ("collapse", "filter")
REPEATED = {what: f"{TABLE}number-{what}-repeated" for what in ("rows", "columns")}


def facts_of_ods(archive: zipfile.ZipFile, sheet: str, position: int) -> SheetFacts:
    """Return the facts of one sheet. position: from 0. Raises UnreadableFile for a far spread and for any DOCTYPE."""
    facts, current_sheet = SheetFacts(merged=[]), -1
    amounts: list[tuple[int, int, str]] = []
    row = columns = copies = 0
    size = archive.getinfo("content.xml").file_size
    with archive.open("content.xml") as stream:
        for event, element in _elements(stream):
            if element.tag == f"{TABLE}table":
                current_sheet += event == "start"
                if event == "end" and current_sheet == position:
                    break
            elif event == "end":
                times = _times(element, "rows")
                if current_sheet == position:
                    used, lost = _look_at(element, row, facts)
                    if used and element.get(VISIBILITY) in HIDDEN:
                        facts.hidden_rows += range(row + 1, row + 1 + times)
                    columns = max(columns, used)
                    if used:
                        refuse_spread(sheet, row + times, columns, size)
                        copies += (times - 1) * used
                        if copies > max(MAX_COPIES, size):
                            raise UnreadableFile(messages.SHEET_TOO_LARGE(sheet=sheet))
                        _find_digits(element, row, times, facts)
                    amounts += _amounts(element, row, times)
                    for number in range(row + 1, row + 1 + times) if lost else ():
                        facts.lost[number] = lost
                    row += times
                _let_go(element)
    facts.signs = signs_in(amounts, mixed_columns(amounts))
    return facts


def _elements(stream: IO[bytes]) -> Iterator[tuple[str, Any]]:
    """Yield starts and ends of tables, and ends of rows."""
    parser = etree.iterparse(
        stream, events=("start", "end"), tag=(f"{TABLE}table", f"{TABLE}table-row", *CELLS), resolve_entities=False,
        no_network=True, load_dtd=False, huge_tree=False,
    )  # fmt: skip
    cells = 0  # elements of the row, which are in memory together
    for event, element in parser:
        if element.tag in CELLS:
            cells += event == "start"
            if cells > MAX_CELLS:
                raise UnreadableFile(messages.DAMAGED_WORKBOOK())
        elif element.getroottree().docinfo.doctype:
            raise UnreadableFile(messages.DAMAGED_WORKBOOK())
        elif element.tag == f"{TABLE}table":
            yield event, element
        elif event == "end":
            yield event, element
            cells = 0


def _look_at(row: Any, number: int, facts: SheetFacts) -> tuple[int, list[LostCell]]:
    """Return how many columns of the row are used, and its lost cells. number: of the row, from 0."""
    column = used = 0
    lost = []
    for cell in row.iterchildren(*CELLS):
        wide = _times(cell, "columns")
        value_type = cell.get(VALUE_TYPE)
        if len(cell) or value_type or cell.get(FORMULA):
            used = column + wide
            lost_cell = _lost(cell, column)
            lost += [lost_cell] if lost_cell else []
        area = _area(cell, number, column)
        if area and facts.merged is not None:
            facts.merged.append(area)
        facts.spells_durations |= value_type == "time"
        column += wide
    return used, lost


def _find_digits(row: Any, number: int, times: int, facts: SheetFacts) -> None:
    """Note numbers that are shown with leading zeros. number: of the row, from 0; times: its repetitions."""
    column = 0
    for cell in row.iterchildren(*CELLS):
        wide = _times(cell, "columns")
        if cell.get(VALUE_TYPE) == "float":
            shown = cell.findtext(PARAGRAPH) or ""
            has_zeros = len(shown) > 1 and shown.startswith("0") and shown.isdecimal()
            if has_zeros and float(shown) == float(cell.get(VALUE)):
                for place, at in product(range(number + 1, number + 1 + times), range(column, column + wide)):
                    add_cell(facts.digits, place, at, "0" * len(shown))
        column += wide


def _amounts(row: Any, number: int, times: int) -> Iterator[tuple[int, int, str]]:
    """Yield row, column and currency of each cell that has one. number: of the row, from 0; times: its repetitions."""
    column = 0
    for cell in row.iterchildren(*CELLS):
        currency, wide = cell.get(CURRENCY), _times(cell, "columns")
        if currency:
            yield from product(range(number + 1, number + 1 + times), range(column, column + wide), [currency])
        column += wide


def _lost(cell: Any, column: int) -> LostCell | None:
    if cell.get(ERROR_TYPE) == "error":
        paragraph = cell.find(PARAGRAPH)
        error_text = "" if paragraph is None else "".join(paragraph.itertext())
        return LostCell(column, error_text or "an error")
    formula = cell.get(FORMULA)
    if formula and not cell.get(VALUE_TYPE):
        return LostCell(column, formula.partition(":")[2] or formula, ErrorCode.FORMULA_WITHOUT_RESULT)
    return None


def _area(cell: Any, row: int, column: int) -> Area | None:
    rows, columns = (int(cell.get(name, "1")) for name in SPANNED)
    return ((row, column), (row + rows - 1, column + columns - 1)) if rows * columns > 1 else None


def _times(element: Any, what: str) -> int:
    return max(1, int(element.get(REPEATED[what], "1")))


def _let_go(element: Any) -> None:
    element.clear()
    while element.getprevious() is not None:
        del element.getparent()[0]
