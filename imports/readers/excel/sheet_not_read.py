"""What of a sheet is no row of its table, counted while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from imports.not_read import NotRead, Unread
from imports.readers.excel.package import column_letters
from imports.readers.excel.table_columns import runs_of
from imports.readers.excel.table_detection import Table
from imports.readers.excel.table_regions import OtherTable
from imports.readers.excel.workbook import Value


@dataclass
class _Lines:
    """Rows that follow one another, as Excel numbers them, but for empty ones."""

    kind: NotRead
    first: int
    last: int
    count: int
    of: OtherTable | None


@dataclass
class _Cells:
    """Values in one column beside the table."""

    first: int
    last: int
    count: int = 1


@dataclass
class SheetNotRead:
    """Rows outside the table, and values in columns that it does not have."""

    table: Table
    others: Sequence[OtherTable]  # tables above and below it
    columns: Sequence[int]  # of the whole sheet, from 0
    outside: Sequence[int]  # positions in a row of the whole sheet that are not read, though they may have values
    lines_read: int = 0
    last_read: int = 0  # row
    _lines: list[_Lines] = field(default_factory=list)
    _cells: dict[int, _Cells] = field(default_factory=dict)  # by position

    def add_outside(self, number: int, row: list[Value]) -> None:
        """Count what is beside a row of the table. row: of the whole sheet."""
        for i in self.outside:
            if row[i] == "":
                continue
            cells = self._cells.get(i)
            if cells:
                cells.last, cells.count = number, cells.count + 1
            else:
                self._cells[i] = _Cells(number, number)

    def add_row(self, number: int) -> None:
        """Count a row that is not read."""
        of = next((other for other in self.others if other.first <= number <= other.last), None)
        kind = NotRead.OTHER_TABLE if of else NotRead.TITLE if number < self.table.first_row else NotRead.NOTE
        last = self._lines[-1] if self._lines else None
        if last and (last.kind, last.of) == (kind, of) and last.last >= self.last_read:
            last.last, last.count = number, last.count + 1
        else:
            self._lines.append(_Lines(kind, number, number, 1, of))

    def report(self, unread: Unread) -> None:
        """Add all that was counted."""
        unread.lines_read = self.lines_read
        for lines in self._lines:
            below = lines.kind == NotRead.NOTE and lines.first > self.last_read
            unread.add(NotRead.FOOTER if below else lines.kind, lines.count, first=lines.first, last=lines.last)
        for run in runs_of(self._cells):
            found = [self._cells[i] for i in run]
            first, last = min(cells.first for cells in found), max(cells.last for cells in found)
            count = sum(cells.count for cells in found)
            start, end = (column_letters(self.columns[i]) for i in (run[0], run[-1]))
            name = f"{start}{first}:{end}{last}" if count > 1 else f"{start}{first}"
            unread.add(NotRead.FAR_CELL, count, name=name)
