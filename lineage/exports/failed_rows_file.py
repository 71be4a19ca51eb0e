"""The failed records of an import as a file: the columns of the source file, and beside them what was wrong."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from core.csv_writer import csv_line, escape_formula
from imports.table_description import TableColumn
from imports.tables.queries.selection import holds_no_text
from lineage.exports.failed_rows import FailedRecord, FailedRecords
from lineage.exports.table import SHEET_ROWS, from_its_start, text_cell
from lineage.provenance.source_records import EXTRA, Cells

REASONS = ("_record_number", "_location", "_error_types", "_errors")
SHEET = "failed rows"
BAD = PatternFill("solid", fgColor="FFF4B6B6")
MAX_NOTES = 10_000  # cells of a workbook with a note: openpyxl holds them all, and Excel is slow with more

_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?")


class FailedFile:
    """The failed records as rows of texts."""

    def __init__(self, failed: FailedRecords, *, formula_safe: bool) -> None:
        self._failed = failed
        self._formula_safe = formula_safe
        self._has_extra = failed.counts.beyond_header > 0
        types = {column["source"]: TableColumn(column["name"], column["sql_type"]) for column in failed.columns}
        self._numbers = {position for position, column in types.items() if holds_no_text(column)}

    @property
    def titles(self) -> Cells:
        return [self._safe(name) for name in (*self._failed.header, *((EXTRA,) if self._has_extra else ()), *REASONS)]

    def rows(self) -> Iterator[tuple[FailedRecord, Cells]]:
        """The source file is opened before anything is sent: raises SourceUnavailable at once."""
        each = self._failed.each()
        first = next(each, None)
        return ((record, self._row(record)) for record in chain([first] if first else [], each))

    def _row(self, record: FailedRecord) -> Cells:
        cells = [self._safe(text, position) for position, text in enumerate(record.cells)]
        extra = [json.dumps(record.extra, ensure_ascii=False) if record.extra else None] if self._has_extra else []
        codes = dict.fromkeys(problem.code for problem in record.problems)
        said = "; ".join(problem.message for problem in record.problems)
        reasons = [str(record.number), record.location, "; ".join(codes), said]
        return [*cells, *map(self._safe, (*extra, *reasons))]

    def _safe(self, text: str | None, position: int | None = None) -> str | None:
        """As in exports: a number in a column of numbers is no formula."""
        if text is None or not self._formula_safe or (position in self._numbers and _NUMBER.fullmatch(text)):
            return text
        return escape_formula(text)


# --- CSV ---


def as_csv(file: FailedFile) -> Iterator[bytes]:
    """The lines: no text is an empty field, the empty text a quoted one. Raises SourceUnavailable at once."""
    rows = file.rows()
    return chain([csv_line(file.titles).encode()], (csv_line(row).encode() for _, row in rows))


# --- Excel ---


def as_xlsx(file: FailedFile) -> IO[bytes]:
    """An open file, gone when it is closed: bad cells are coloured, the first have a note. Raises SourceUnavailable."""
    rows = file.rows()
    workbook = Workbook(write_only=True)
    sheet = _new_sheet(workbook, file.titles)
    notes = MAX_NOTES
    for position, (record, row) in enumerate(rows):
        if position and position % (SHEET_ROWS - 1) == 0:
            sheet = _new_sheet(workbook, file.titles)
        said = _by_column(record, len(row))
        sheet.append([_cell(sheet, text, said.get(at), with_note=notes > 0) for at, text in enumerate(row)])
        notes -= len(said)
    stream = tempfile.TemporaryFile()
    workbook.save(stream)
    return from_its_start(stream)


def _new_sheet(workbook: Workbook, titles: Cells) -> Any:
    number = len(workbook.worksheets) + 1
    sheet = workbook.create_sheet(f"{SHEET} {number}" if number > 1 else SHEET)
    sheet.append([_cell(sheet, title) for title in titles])
    return sheet


def _by_column(record: FailedRecord, width: int) -> dict[int, str]:
    """What is said of each bad cell; the last stands for the whole record."""
    said: dict[int, list[str]] = {}
    for problem in record.problems:
        said.setdefault(width - 1 if problem.column is None else problem.column, []).append(problem.message)
    return {column: "\n".join(messages) for column, messages in said.items()}


def _cell(sheet: Any, text: str | None, said: str | None = None, *, with_note: bool = False) -> Any:
    cell = None if text is None else text_cell(sheet, text)
    if said is None:
        return cell
    bad = WriteOnlyCell(sheet, cell) if cell is None or isinstance(cell, str) else cell
    bad.fill = BAD
    if with_note:
        bad.comment = Comment(said, "Content Atlas")
    return bad
