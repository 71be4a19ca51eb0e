"""A look at all rows of a table before it is read: its columns, its dates, and the rows at its end that are none."""

from __future__ import annotations

import datetime
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from imports.readers.excel.cell_text import Texts
from imports.readers.excel.table_columns import TableColumns, Usage
from imports.readers.excel.table_detection import LAST_ROWS, Row, Table, rows_below
from imports.readers.excel.workbook import Sheet, Value
from imports.readers.table_detection.footer_words import TOTAL

DATES = (datetime.date, datetime.datetime)


@dataclass
class Survey:
    """Columns are positions in a row of the sheet, from 0."""

    usage: Usage
    columns: TableColumns
    dates: set[int]  # columns with dates
    with_times: set[int]  # columns in which some dates have a time: there all of them get one
    last_row: int  # that holds something
    below: tuple[int, ...]  # rows of notes and totals at the end
    last: list[Row]  # the last rows, notes and totals among them


@dataclass
class _Counts:
    dates: set[int] = field(default_factory=set)
    with_times: set[int] = field(default_factory=set)
    totals: Counter[str] = field(default_factory=Counter)  # how often a row begins with what looks like one
    last: deque[tuple[int, list[Value]]] = field(default_factory=lambda: deque(maxlen=LAST_ROWS))
    last_row: int = 0

    def take(self, row: list[Value]) -> None:
        first = row[0] if row[0] != "" else next((value for value in row if value != ""), "")
        if isinstance(first, str) and TOTAL.match(first):
            self.totals[first] += 1

    def take_kinds(self, kinds: Sequence[type]) -> None:
        self.with_times.update(i for i, kind in enumerate(kinds) if kind is datetime.datetime)
        self.dates.update(i for i, kind in enumerate(kinds) if kind in DATES)


def survey_of(sheet: Sheet, table: Table, rows: Iterable[tuple[int, list[Value]]], *, to_end: bool) -> Survey:
    """rows: of the table, the header's first. to_end: whether notes and totals at the end are records."""
    usage, counts = _usage(sheet, table, ()), _Counts()
    header: list[list[Value]] = []
    kinds: list[type] = []  # of the row before: most rows are alike
    for number, row in rows:
        counts.last_row = number
        before, kinds = kinds, list(map(type, row))
        if kinds != before:
            counts.take_kinds(kinds)
        if number < table.first_record:
            header.append(row)
            usage = _usage(sheet, table, header)
            continue
        if len(counts.last) == LAST_ROWS:
            if usage.nameless or sheet.lost:
                _take(usage, sheet, counts.last[0])
            else:
                usage.records += 1
        counts.last.append((number, row))
        counts.take(row)
    below = () if to_end else _below(sheet, table, usage, counts)
    for numbered in counts.last:
        if numbered[0] not in below:
            _take(usage, sheet, numbered)
    last = [(number, Texts(sheet, exact=False).cells(row, number)) for number, row in counts.last]
    return Survey(usage, TableColumns.found(usage), counts.dates, counts.with_times, counts.last_row, below, last)


def _usage(sheet: Sheet, table: Table, header: Sequence[list[Value]]) -> Usage:
    named = {i for row in header for i, value in enumerate(row) if value != ""}
    named |= {i for number in table.header for i in _lost(sheet, number)}
    return Usage(named, [i for i in range(sheet.width) if i not in named])


def _take(usage: Usage, sheet: Sheet, numbered: tuple[int, list[Value]]) -> None:
    """Count one record."""
    number, row = numbered
    used = [i for i in usage.nameless if row[i] != ""]
    if number in sheet.lost:
        used += [i for i in _lost(sheet, number) if i not in usage.named]
    counts = usage.counts
    usage.records += 1
    for i in used:
        if i in counts:
            counts[i] += 1
        else:
            counts[i], usage.firsts[i] = 1, number


def _lost(sheet: Sheet, number: int) -> Iterator[int]:
    """Yield the positions of cells that calamine gives as empty."""
    for cell in sheet.lost.get(number, ()):
        if (at := sheet.position(cell.column)) is not None:
            yield at


def _below(sheet: Sheet, table: Table, usage: Usage, counts: _Counts) -> tuple[int, ...]:
    """Return which of the last rows are no records."""
    seen = Usage(usage.named, usage.nameless, usage.records, dict(usage.counts), dict(usage.firsts))
    for numbered in counts.last:
        _take(seen, sheet, numbered)
    if not seen.named and not seen.counts:
        return ()
    columns = TableColumns.found(seen)
    texts = Texts(sheet, exact=False)
    rows: list[Row] = []
    for number, row in counts.last:
        cells = texts.cells(row, number)
        if any(row[i] != "" for i in columns.read) or number in sheet.lost:
            rows.append((number, [cell if i not in columns.far else None for i, cell in enumerate(cells)]))
    below = rows_below(rows, counts.totals, table.usual, columns.read[0])
    return tuple(number for number, _ in counts.last if below and number >= below[0])
