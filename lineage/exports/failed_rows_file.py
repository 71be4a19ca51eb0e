"""The failed rows of an import as a file: the columns of the source file, then the import and the errors.

The columns that are added say where each row belongs when the file is sent back, whatever else was done to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import chain
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from core.csv_writer import csv_line, escape_formula
from imports.extraction.repair_marks import ERRORS
from imports.extraction.results import Cells
from imports.loading.repair_files import ADDED
from imports.table_description import TableColumn
from imports.tables.queries.selection import holds_no_text
from lineage.exports.failed_rows import FailedRecord, FailedRecords
from lineage.exports.table import SHEET_ROWS, temporary_file, text_cell
from lineage.exports.workbook import written_workbook
from lineage.provenance.source_records import EXTRA

BEHIND_ERRORS = len(ADDED) - ADDED.index(ERRORS)

SHEET = "failed rows"
ERROR_FILL = PatternFill("solid", fgColor="FFF4B6B6")
MAX_NOTES = 10_000  # cells with a note in a workbook: openpyxl keeps them in memory, and Excel is slow with more

_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*([eE][+-]?[0-9]+)?")


class FailedFile:
    """The failed rows as rows of texts."""

    def __init__(self, failed: FailedRecords, *, formula_safe: bool) -> None:
        self._failed = failed
        self._formula_safe = formula_safe
        self._has_extra = failed.counts.beyond_header > 0
        types = {column["source"]: TableColumn(column["name"], column["sql_type"]) for column in failed.columns}
        self._numbers = {position for position, column in types.items() if holds_no_text(column)}

    @property
    def titles(self) -> Cells:
        return [self._safe(name) for name in (*self._failed.header, *((EXTRA,) if self._has_extra else ()), *ADDED)]

    def rows(self) -> Iterator[tuple[FailedRecord, Cells]]:
        """Return the rows. Raises SourceUnavailable at once: the source file is opened before the response starts."""
        records = self._failed.records()
        first = next(records, None)
        return ((record, self._row(record)) for record in chain([first] if first else [], records))

    def _row(self, record: FailedRecord) -> Cells:
        cells = [self._safe(text, position) for position, text in enumerate(record.cells)]
        extra = [json.dumps(record.extra, ensure_ascii=False) if record.extra else None] if self._has_extra else []
        codes = dict.fromkeys(problem.code for problem in record.problems)
        messages = "; ".join(problem.message for problem in record.problems)
        added = [str(record.number), record.location, "; ".join(codes), messages, self._failed.import_id]
        return [*cells, *map(self._safe, (*extra, *added))]

    def _safe(self, text: str | None, position: int | None = None) -> str | None:
        """Return the text safe from being run as a formula. As in exports, numbers in number columns stay unchanged."""
        if text is None or not self._formula_safe or (position in self._numbers and _NUMBER.fullmatch(text)):
            return text
        return escape_formula(text)


# --- CSV ---


def as_csv(file: FailedFile) -> Iterator[bytes]:
    """Return the lines: NULL is an empty field, empty text a quoted one. Raises SourceUnavailable at once."""
    rows = file.rows()
    return chain([csv_line(file.titles).encode()], (csv_line(row).encode() for _, row in rows))


# --- Excel ---


def as_xlsx(file: FailedFile) -> IO[bytes]:
    """Return a temporary workbook: error cells are coloured, the first have a note. Raises SourceUnavailable."""
    rows = file.rows()
    with written_workbook() as workbook, temporary_file() as stream:
        _fill(workbook, file, rows)
        workbook.save(stream)
    return stream


def _fill(workbook: Workbook, file: FailedFile, rows: Iterator[tuple[FailedRecord, Cells]]) -> None:
    sheet = _new_sheet(workbook, file.titles)
    notes_left = MAX_NOTES
    for position, (record, row) in enumerate(rows):
        if position and position % (SHEET_ROWS - 1) == 0:
            sheet = _new_sheet(workbook, file.titles)
        messages = _messages_by_column(record, len(row))
        sheet.append([_cell(sheet, text, messages.get(at), with_note=notes_left > 0) for at, text in enumerate(row)])
        notes_left -= len(messages)


def _new_sheet(workbook: Workbook, titles: Cells) -> Any:
    number = len(workbook.worksheets) + 1
    sheet = workbook.create_sheet(f"{SHEET} {number}" if number > 1 else SHEET)
    sheet.append([_cell(sheet, title) for title in titles])
    return sheet


def _messages_by_column(record: FailedRecord, width: int) -> dict[int, str]:
    """Return the messages of each error cell; those about the whole row are in the column of messages."""
    lists: dict[int, list[str]] = {}
    for problem in record.problems:
        lists.setdefault(width - BEHIND_ERRORS if problem.column is None else problem.column, []).append(
            problem.message
        )
    return {column: "\n".join(messages) for column, messages in lists.items()}


def _cell(sheet: Any, text: str | None, message: str | None = None, *, with_note: bool = False) -> Any:
    cell = None if text is None else text_cell(sheet, text)
    if message is None:
        return cell
    marked = WriteOnlyCell(sheet, cell) if cell is None or isinstance(cell, str) else cell
    marked.fill = ERROR_FILL
    if with_note:
        marked.comment = Comment(message, "Content Atlas")
    return marked
