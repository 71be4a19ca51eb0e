"""Workbooks: .xlsx .xlsm .xls .xlsb .ods."""

from __future__ import annotations

import datetime
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, takewhile
from typing import Any

from imports.column_types.null_tokens import null_tokens_of
from imports.errors import ErrorCode, InvalidMapping
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder, storable
from imports.readers.excel.cell_text import Texts
from imports.readers.excel.package import column_letters
from imports.readers.excel.sheet_facts import LostCell
from imports.readers.excel.sheet_warnings import warnings_of
from imports.readers.excel.table_detection import (
    LAST_ROWS,
    SAMPLE_ROWS,
    Row,
    Table,
    asked_table,
    found_table,
    rows_below,
)
from imports.readers.excel.table_regions import (
    Block,
    blocks_of,
    largest_table,
    tables_above,
    tables_below,
)
from imports.readers.excel.workbook import Value, Workbook
from imports.readers.table_detection.cells import Cells
from imports.readers.table_detection.footer_words import TOTAL
from imports.readers.table_detection.header import joined_names
from imports.sources import SourceFile
from imports.text_batches import FileInfo, TextBatch

DATES = (datetime.date, datetime.datetime)


class ExcelReader:
    """One table of one sheet: rows that hold nothing, titles above it, notes and totals below it are no records.

    Of merged cells the first has the value, as in Excel; what a formula comes to is what the workbook says.
    """

    def __init__(self, source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> None:
        self.share_read = 0.0
        self._batch_rows = batch_rows
        self._null_tokens = null_tokens_of(options)
        self._last_row = options.get("last_row")
        workbook = Workbook(source.path)
        self._sheet = workbook.sheet(options.get("sheet"))
        self._table = self._find_table(options)
        self._survey()
        self.file_info = FileInfo(
            "excel", self._names(), set(), self._options(), {"sheet": workbook.names},
            warnings_of(workbook, self._sheet, self._table, self._others, self._below, sheet_asked="sheet" in options),
        )  # fmt: skip

    def _options(self) -> dict[str, Any]:
        table = self._table
        options = {"sheet": self._sheet.name, "header_row": table.header[0] if table.header else 0}
        if len(table.header) > 1:
            options["header_rows"] = len(table.header)
        if not table.header:
            options["first_row"] = table.first_record
        if self._last_row is not None:
            options["last_row"] = self._last_row
        return options

    def _find_table(self, options: Mapping[str, Any]) -> Table:
        header_row = options.get("header_row")
        first_row = header_row or options.get("first_row")
        may_end = self._last_row is None and (header_row or not first_row)
        blocks = self._blocks(first_row or 1) if may_end else []
        start, end = (first_row, None) if first_row else largest_table(blocks)
        sample = self._sample(start, end)
        if not sample:
            raise InvalidMapping(messages.NOTHING_FROM_ROW(sheet=self._sheet.name, row=first_row))
        if first_row:
            table = asked_table(sample, (options.get("header_rows") or 1) if header_row else 0)
        else:
            table = found_table(sample, self._groups(), headless=header_row == 0)
        header = [cells for number, cells in sample if number in table.header]
        below = tables_below(blocks, table, header)
        self._others = [*tables_above(blocks, start), *below]
        self._end = max((block.last for block in blocks if below and block.first < below[0].first), default=None)
        return table

    def _blocks(self, first_row: int) -> list[Block]:
        rows = ((number, row) for number, row in self._sheet.rows() if number >= first_row)
        return blocks_of(rows, Texts(self._sheet, exact=False).cells)

    def _groups(self) -> set[int]:
        """Return rows with a title over several columns, but not over all."""
        return {
            first + 1 for (first, left), (last, right) in self._sheet.merged
            if first == last and left < right and right - left + 1 < self._sheet.width
        }  # fmt: skip

    def _sample(self, first_row: int, end: int | None) -> list[Row]:
        """Return the first rows from that one on, up to the one before `end`."""
        texts = Texts(self._sheet, exact=False)
        before_end = takewhile(lambda numbered: not end or numbered[0] < end, self._sheet.rows())
        rows = ((number, row) for number, row in before_end if number >= first_row)
        return [(number, texts.cells(row, number)) for number, row in islice(rows, SAMPLE_ROWS)]

    def _survey(self) -> None:
        """All rows of the table: which columns it has, where dates have a time, and which rows at its end are none."""
        self._with_times: set[int] = set()  # columns in which some dates have a time: there all of them get one
        dates: set[int] = set()  # columns with dates
        self._columns = slice(self._sheet.width, 0)
        self._last_seen = 0
        last: deque[tuple[int, list[Value]]] = deque(maxlen=LAST_ROWS)
        totals: Counter[str] = Counter()
        kinds: list[type] = []  # of the row before: most rows are alike
        for number, row in self._rows():
            self._last_seen = number
            before, kinds = kinds, list(map(type, row))
            if kinds != before:
                self._with_times.update(i for i, kind in enumerate(kinds) if kind is datetime.datetime)
                dates.update(i for i, kind in enumerate(kinds) if kind in DATES)
            if number < self._table.first_record:
                self._spread(row, number)
            else:
                if len(last) == LAST_ROWS:
                    self._spread(last[0][1], last[0][0])
                last.append((number, row))
                first = row[0] if row[0] != "" else next((value for value in row if value != ""), "")
                if first.__class__ is str and TOTAL.match(first):
                    totals[first] += 1
        self._sheet.settle_dates({i + self._sheet.first_column for i in dates}, self._null_tokens)
        self._find_rows_below(last, totals)
        for number, row in last:
            if number not in self._below:
                self._spread(row, number)

    def _find_rows_below(self, last: Sequence[tuple[int, list[Value]]], totals: Counter[str]) -> None:
        self._below: tuple[int, ...] = ()
        if self._last_row is None:
            self._last_row = self._end
            texts = Texts(self._sheet, exact=False)
            rows = [(number, texts.cells(row, number)) for number, row in last]
            first = min(i for number, row in last for i in self._used(row, number)) if last else 0
            self._below = rows_below(rows, totals, self._table.usual, min(first, self._columns.start))
        if self._below:
            self._last_row = self._below[0] - 1

    def _spread(self, row: list[Value], number: int) -> None:
        """Take the columns with a value of a row of the table."""
        start, stop = self._columns.start, self._columns.stop
        if start or stop < self._sheet.width:
            used = list(self._used(row, number))
            self._columns = slice(min([start, *used]), max([stop, *(i + 1 for i in used)]))

    def _used(self, row: list[Value], number: int) -> Iterator[int]:
        """Yield the positions with a value."""
        yield from (i for i, value in enumerate(row) if value != "")
        yield from (cell.column - self._sheet.first_column for cell in self._sheet.lost.get(number, ()))

    def _rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield those of the table, the header's too."""
        for number, row in self._sheet.rows():
            end = self._end if self._last_row is None else self._last_row
            if end and number > max(end, *self._table.header, 0):
                return
            if number >= self._table.first_record or number in self._table.header:
                yield number, row

    def _names(self) -> list[str]:
        if not self._table.header:
            return [f"column_{i + 1}" for i in range(self._columns.stop - self._columns.start)]
        texts = Texts(self._sheet, skip=self._columns.start)
        rows = []
        for values, number in self._header_rows():
            rows.append(texts.cells(values, number))
            for cell in self._sheet.lost.get(number, ()):
                rows[-1][self._position(cell)] = cell.value
        return [storable(name) for name in joined_names(rows)]

    def _position(self, cell: LostCell) -> int:
        """Return positions in the header, from 0."""
        return cell.column - self._sheet.first_column - self._columns.start

    def _header_rows(self) -> Iterator[tuple[list[Value], int]]:
        last = max(self._table.header, default=0)
        for number, row in takewhile(lambda numbered: numbered[0] <= last, self._rows()):
            yield row[self._columns], number

    def location(self, place: int) -> str:
        return f"sheet {self._sheet.name}, row {place}"

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, messages.NOT_UNICODE)
        maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        skip = self._columns.start
        texts = Texts(
            self._sheet, skip=skip, with_times={i - skip for i in self._with_times},
            native=self.file_info.native_text, null_tokens=self._null_tokens,
        )  # fmt: skip
        header = [row for row, _ in self._header_rows() if sum(value != "" for value in row) > 1]
        for number, row in self._rows():
            if number >= self._table.first_record:
                values = row[self._columns]
                if values in header:
                    self._leave_out(maker, values, number)
                else:
                    cells = texts.cells(values, number)
                    for cell in self._sheet.lost.get(number, ()):
                        cells[self._position(cell)] = None
                    maker.add(cells, number)
                    if number in self._sheet.lost:
                        self._tell_lost(maker, cells, number)
                if maker.full:
                    self.share_read = number / self._last_seen
                    yield from maker.flush()
        self.share_read = 1.0
        yield from maker.flush()
        if texts.inexact:
            self.file_info.warnings.append(texts.inexact)
        if texts.shown_digits:
            columns, example = list(map(column_letters, sorted(texts.shown_digits))), min(texts.shown_digits.items())[1]
            self.file_info.warnings.append(messages.NUMBERS_AS_SHOWN(columns=columns, example=example))

    def _leave_out(self, maker: BatchBuilder, header: list[Value], number: int) -> None:
        """A header that is repeated among the records."""
        cells = Texts(self._sheet).cells(header, number)
        maker.add((None,) * len(cells), number)
        message = messages.REPEATED_HEADER(location=self.location(number))
        maker.problem(ErrorCode.REPEATED_HEADER, message, rejected=True, original=tuple(cells))

    def _tell_lost(self, maker: BatchBuilder, cells: Cells, number: int) -> None:
        """Yield each unreadable cell, with its row as in the sheet."""
        lost, original = self._sheet.lost[number], list(cells)
        for cell in lost:
            original[self._position(cell)] = cell.value
        for cell in lost:
            maker.problem(
                cell.code, cell.message(number), original=tuple(original),
                column=self._position(cell), value=cell.value,
            )  # fmt: skip
