"""Read a file of failed rows that is sent back: its rows by number, however it was saved and whatever was moved."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from imports.errors import InvalidMapping, NoRepairFile, UnreadableFile
from imports.extraction import Work, opened
from imports.extraction.repair_marks import IMPORT_ID, RECORD_NUMBER, import_in
from imports.extraction.results import Cells
from imports.mapping import MappingRequest
from imports.readers.batch_builder import SURROGATE
from imports.sources import SourceFile
from lineage.repair_files import messages
from lineage.repair_files.titles import Columns, columns_of

#: Every line is a row: titles are looked for here, and notes below the table are rows without a number.
OPTIONS = {"header_row": 0, "first_row": 1, "last_row": 0}
FORMATS = ("csv", "excel")
ROWS_ABOVE = 50  # titles may have so many rows above them

_NUMBER = re.compile(r"0*([1-9][0-9]{0,8})(?:[.,]0+)?")


@dataclass(frozen=True, slots=True)
class SentRow:
    """A row of the file that belongs to the import."""

    number: int
    texts: dict[int, str | None]  # by position in the header, of the columns that the file still has
    extra: str | None  # the cell of the values without a header
    has_extra: bool  # whether the file has that column


@dataclass
class SentFile:
    """All that is of use in the file, and what is not."""

    rows: list[SentRow] = field(default_factory=list)
    counted: int = 0  # rows below the titles, without empty ones
    unnumbered: list[str] = field(default_factory=list)  # locations of rows without a number
    other_imports: Counter[str] = field(default_factory=Counter)  # id -> rows; "": without one
    unknown_columns: dict[str, None] = field(default_factory=dict)
    missing: set[int] = field(default_factory=set)  # positions in the header
    other_sheets: list[str] = field(default_factory=list)  # without failed rows
    alike: set[tuple[int, ...]] = field(default_factory=set)


def sent_file(source: SourceFile, import_id: UUID, header: Sequence[str]) -> SentFile:
    """header: of the import's own file. Raises NoRepairFile, UnreadableFile and what else reading a file raises."""
    sent, found = SentFile(), False
    for sheet in _sheets(source):
        table = _table(source, sheet, header)
        if table:
            found = True
            _add(sent, table, import_id)
        elif sheet is not None:
            sent.other_sheets.append(sheet)
    if not found:
        raise NoRepairFile(messages.NO_REPAIR_FILE(columns=[RECORD_NUMBER, IMPORT_ID]))
    return sent


@dataclass(frozen=True)
class _Table:
    columns: Columns
    titles: Cells
    rows: list[tuple[str, Cells]]  # location and cells


def _sheets(source: SourceFile) -> Sequence[str | None]:
    """Return the sheets of a workbook, None for another file. Raises NoRepairFile for other formats."""
    with opened(source, MappingRequest(), work=Work.IMPORT, profiled=False, batch_rows=1) as extraction:
        info = extraction.info()
    if info.file_type not in FORMATS:
        raise NoRepairFile(messages.REPAIR_FILE_OF_OTHER_FORMAT())
    return info.choices.get("sheet", [None])


def _table(source: SourceFile, sheet: str | None, header: Sequence[str]) -> _Table | None:
    """Return the failed rows of a sheet, or of a file without sheets; None where it has none."""
    try:
        rows = list(_rows(source, {**OPTIONS, **({"sheet": sheet} if sheet is not None else {})}))
    except (InvalidMapping, UnreadableFile):
        if sheet is None:
            raise
        return None  # there is nothing on it
    for at, (_, titles) in enumerate(rows[:ROWS_ABOVE]):
        if {IMPORT_ID, RECORD_NUMBER} <= {(title or "").strip() for title in titles}:
            return _Table(columns_of(titles, header), titles, rows[at + 1 :])
    return None


def _rows(source: SourceFile, options: dict[str, Any]) -> Iterator[tuple[str, Cells]]:
    request = MappingRequest(source_options=options)
    with opened(source, request, work=Work.IMPORT, profiled=False) as extraction:
        with closing(extraction.read()) as reading:
            for _ in reading:
                pass
        columns = len(extraction.info().header)
        for first, last in extraction.record_ranges():
            texts = extraction.duplicates(range(first, last + 1), columns, "")
            for location, original in zip(
                texts.column("location").to_pylist(), texts.column("original").to_pylist(), strict=True
            ):
                yield location, [cell and SURROGATE.sub("\ufffd", cell) for cell in json.loads(original)]


def _add(sent: SentFile, table: _Table, import_id: UUID) -> None:
    columns = table.columns
    sent.missing |= {*columns.missing}
    sent.alike |= {*columns.alike}
    filled = set[int]()
    for location, cells in table.rows:
        if not any(cells) or cells == table.titles:
            continue
        sent.counted += 1
        filled |= {at for at, cell in enumerate(cells[len(table.titles) :], len(table.titles)) if cell}
        own = import_in(_at(cells, columns.import_id))
        number = _NUMBER.fullmatch((_at(cells, columns.number) or "").strip())
        if own != str(import_id) and (own or number):
            sent.other_imports[own or ""] += 1
        elif own is None or number is None:
            sent.unnumbered.append(location)
        else:
            sent.rows.append(_row(int(number[1]), cells, columns))
    sent.unknown_columns |= dict.fromkeys(title for _, title in columns.unknown)
    sent.unknown_columns |= dict.fromkeys(f"column {at + 1}" for at in sorted(filled))


def _row(number: int, cells: Cells, columns: Columns) -> SentRow:
    texts = {position: _at(cells, place) or None for position, place in columns.positions.items()}
    return SentRow(number, texts, _at(cells, columns.extra) or None, columns.extra is not None)


def _at(cells: Cells, place: int | None) -> str | None:
    return cells[place] if place is not None and place < len(cells) else None
