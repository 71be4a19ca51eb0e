"""Workbooks: .xlsx .xlsm .xls .xlsb .ods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, takewhile
from math import inf
from typing import Any

from core.csv_writer import csv_line
from core.messages import Message
from imports.column_types.null_tokens import null_tokens_of
from imports.errors import ErrorCode, InvalidMapping
from imports.not_read import NotRead
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder, header_of
from imports.readers.excel.cell_text import Texts
from imports.readers.excel.merged_titles import MergedTitles
from imports.readers.excel.package import column_letters
from imports.readers.excel.sheet_facts import LostCell
from imports.readers.excel.sheet_not_read import SheetNotRead
from imports.readers.excel.sheet_warnings import warnings_of
from imports.readers.excel.side_tables import tables_apart, tables_in
from imports.readers.excel.survey import survey_of
from imports.readers.excel.table_columns import positions_of, runs_of, spelled_columns
from imports.readers.excel.table_detection import (
    SAMPLE_ROWS,
    Row,
    Table,
    asked_table,
    found_table,
)
from imports.readers.excel.table_regions import (
    Block,
    blocks_of,
    largest_table,
    tables_above,
    tables_below,
)
from imports.readers.excel.totals import proven_totals
from imports.readers.excel.workbook import Value, open_workbook
from imports.readers.filtered_records import with_filtered
from imports.readers.table_detection.cells import Cells
from imports.readers.table_detection.header import joined_names
from imports.sources import SourceFile
from imports.text_batches import FileInfo, Places, TextBatch


class ExcelReader:
    """One table of one sheet: rows that hold nothing, titles above it, notes and totals below it are no records.

    Of merged cells the first has the value, as in Excel; what a formula comes to is what the workbook says.
    """

    def __init__(self, source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> None:
        self.share_read = 0.0
        self._batch_rows = batch_rows
        self._null_tokens = null_tokens_of(options)
        self._options = options
        workbook = open_workbook(source.path)
        self._sheet = workbook.sheet(options.get("sheet"))
        self._columns: str | None = options.get("columns")
        if self._columns:
            self._sheet = self._sheet.only(positions_of(self._columns, self._sheet))
        self._look()
        of_side_tables = self._keep_largest_side_table()
        surveyed = self._sheet
        self._outside = self._places_outside()
        self._settle()
        names = self._names()
        self.file_info = FileInfo(
            "excel", names, set(), self._as_options(), {"sheet": workbook.names},
            warnings_of(
                workbook, surveyed, self._table, self._others, of_side_tables, self._survey, names,
                sheet_asked="sheet" in options, header_asked="header_row" in options,
            ),
        )  # fmt: skip
        for name in workbook.names:
            if name != self._sheet.name:
                self.file_info.not_read.add(NotRead.OTHER_SHEET, name=name)

    def _places_outside(self) -> list[int]:
        """Return the positions in a row of the whole sheet that may have values and are no column of the table."""
        surveyed = self._sheet.places
        far = [surveyed[i] for i in self._survey.columns.far]
        if len(surveyed) < len(self._sheet.whole.columns):
            return sorted({*range(len(self._sheet.whole.columns))} - {*surveyed} | {*far})
        return far

    def _look(self) -> None:
        """Find the table and look at all its rows."""
        self._last_row = self._options.get("last_row")
        self._table = self._find_table(self._options)
        to_end = self._last_row is not None
        if not to_end:
            self._last_row = self._end
        self._survey = survey_of(self._sheet, self._table, self._rows(), to_end=to_end)
        asked = self._options.get("last_row")
        self._totals = self._proven_totals() if asked != 0 else set()
        self._survey.below = tuple(number for number in self._survey.below if number not in self._totals)
        if self._survey.below:
            self._last_row = self._survey.below[0] - 1

    def _proven_totals(self) -> set[int]:
        texts = Texts(self._sheet, exact=False)

        def records() -> Iterator[tuple[int, Cells]]:
            rows = ((number, row) for number, row in self._rows() if number >= self._table.first_record)
            return ((number, texts.cells(row, number)) for number, row in rows)

        return proven_totals(self._survey.last, self._survey.below, records)

    def _keep_largest_side_table(self) -> list[Message]:
        """Keep to the largest of several tables side by side; return warnings of the others, or that they are one."""
        usage = self._survey.usage
        if self._columns or self._options.get("header_row") is not None or self._options.get("first_row"):
            return []
        runs = runs_of(usage.named | usage.counts.keys())
        tables = tables_in(self._sheet.rows(), runs, Texts(self._sheet, exact=False).cells)
        apart = tables_apart(tables)
        spelled = [spelled_columns(self._sheet, table.columns) for table in apart or tables]
        if not apart:
            return [messages.COLUMNS_READ_TOGETHER(columns=spelled)] if spelled else []
        self._columns, *others = spelled
        self._sheet = self._sheet.only(apart[0].columns)
        self._look()
        return [messages.COLUMNS_OF_OTHER_TABLE(columns=columns) for columns in others]

    def _settle(self) -> None:
        """Keep to the columns of the table, with dates as the column's others are."""
        sheet, survey = self._sheet, self._survey
        sheet.settle_dates({sheet.columns[i] for i in survey.dates}, self._null_tokens)
        self._sheet = sheet.only(survey.columns.read)
        self._with_times = {at for at, i in enumerate(survey.columns.read) if i in survey.with_times}

    def _as_options(self) -> dict[str, Any]:
        table = self._table
        options: dict[str, Any] = {"sheet": self._sheet.name}
        if self._columns:
            options["columns"] = self._columns
        options["header_row"] = table.header[0] if table.header else 0
        if len(table.header) > 1:
            options["header_rows"] = len(table.header)
        if not table.header or table.first_record > table.header[-1] + 1:
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
            raise InvalidMapping(messages.NOTHING_FROM_ROW(sheet=self._sheet.name, row=first_row or 1))
        if first_row:
            count = (options.get("header_rows") or 1) if header_row else 0
            table = asked_table(sample, count, options.get("first_row") or 0)
        else:
            merged = MergedTitles.of(self._sheet.merged, self._sheet.columns)
            table = found_table(sample, merged, headless=header_row == 0)
        header = [cells for number, cells in sample if number in table.header]
        below = tables_below(blocks, table, header)
        self._others = [*tables_above(blocks, start), *below]
        self._end = max((block.last for block in blocks if below and block.first < below[0].first), default=None)
        return table

    def _blocks(self, first_row: int) -> list[Block]:
        rows = ((number, row) for number, row in self._sheet.rows() if number >= first_row)
        return blocks_of(rows, Texts(self._sheet, exact=False).cells)

    def _sample(self, first_row: int, end: int | None) -> list[Row]:
        """Return the first rows from that one on, up to the one before `end`."""
        texts = Texts(self._sheet, exact=False)
        before_end = takewhile(lambda numbered: not end or numbered[0] < end, self._sheet.rows())
        rows = ((number, row) for number, row in before_end if number >= first_row)
        return [(number, texts.cells(row, number)) for number, row in islice(rows, SAMPLE_ROWS)]

    def _rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield those of the table, the header's too."""
        first, end, header = self._table.first_record, self._end_row, self._table.header
        for number, row in self._sheet.rows():
            if number > end:
                return
            if number >= first or number in header:
                yield number, row

    @property
    def _end_row(self) -> float:
        return max(self._last_row, *self._table.header, 0) if self._last_row else inf

    def _names(self) -> list[str]:
        if not self._table.header:
            return [f"column_{i + 1}" for i in range(self._sheet.width)]
        texts = Texts(self._sheet)
        rows = []
        for number, values in self._header_rows():
            rows.append(texts.cells(values, number))
            for at, cell in self._lost(number):
                rows[-1][at] = cell.value
        return [header_of(name) for name in joined_names(rows)]

    def _lost(self, number: int) -> Iterator[tuple[int, LostCell]]:
        """Yield the unreadable cells of a row with their positions in the header, from 0."""
        for cell in self._sheet.lost.get(number, ()):
            if (at := self._sheet.position(cell.column)) is not None:
                yield at, cell

    def _header_rows(self) -> Iterator[tuple[int, list[Value]]]:
        last = max(self._table.header, default=0)
        return takewhile(lambda numbered: numbered[0] <= last, self._rows())

    @property
    def places(self) -> Places:
        return Places(f"sheet {self._sheet.name}, row ")

    def location(self, place: int) -> str:
        return self.places(place)

    def source_lines(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        texts = Texts(self._sheet.whole, exact=False)
        for number, row in self._sheet.whole.rows():
            if first <= number <= last:
                yield number, csv_line(texts.cells(row, number), end="")

    def batches(self) -> Iterator[TextBatch]:
        """Yield the records, totals among them filtered out."""
        for batch in self._batches():
            rows = batch.source_positions.to_pylist() if self._totals else []
            totals = [i for i, number in enumerate(rows) if number in self._totals]
            yield with_filtered(batch, totals, ErrorCode.TOTAL, messages.TOTAL_OF_ROWS, self.location)

    def _batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, messages.NOT_UNICODE)
        maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        texts = Texts(
            self._sheet,
            with_times=self._with_times,
            native=self.file_info.native_text,
            numbers=self.file_info.native_numbers,
            null_tokens=self._null_tokens,
        )
        header = [row for _, row in self._header_rows() if sum(value != "" for value in row) > 1]
        not_read = SheetNotRead(self._table, self._others, self._sheet.whole.columns, self._outside)
        first, end = self._table.first_record, self._end_row
        is_part, cells_of, lost = self._sheet.is_part, self._sheet.cells_of, self._sheet.lost
        for number, row in self._sheet.whole_rows():
            is_in_table = first <= number <= end or number in self._table.header
            values = (cells_of(row, number) if is_part else row) if is_in_table else None
            if values is None:
                not_read.add_row(number)
                continue
            not_read.lines_read += 1
            not_read.last_read = number
            if self._outside:
                not_read.add_outside(number, row)
            if number >= first:
                if values in header:
                    self._leave_out(maker, values, number)
                elif number in lost:
                    self._add_with_lost(maker, texts.cells(values, number), number)
                else:
                    maker.add(texts.cells(values, number), number)
                if maker.full:
                    self.share_read = number / self._survey.last_row
                    yield from maker.flush()
        self.share_read = 1.0
        yield from maker.flush()
        self._sheet.close()
        not_read.report(self.file_info.not_read)
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

    def _add_with_lost(self, maker: BatchBuilder, cells: Cells, number: int) -> None:
        """Take a record, and report each unreadable cell with its row as in the sheet."""
        maker.add(cells, number)
        original, lost = list(cells), list(self._lost(number))
        for at, cell in lost:
            original[at], cells[at] = cell.value, None
        for at, cell in lost:
            maker.problem(cell.code, cell.message(number), original=tuple(original), column=at, value=cell.value)
