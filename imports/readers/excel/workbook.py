"""One sheet of a workbook, row by row, with the cells that calamine leaves out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import python_calamine as calamine

from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.readers import messages
from imports.readers.excel.facts_xlsx import with_known_errors
from imports.readers.excel.find_facts import facts_of
from imports.readers.excel.package import (
    is_open_xml,
    refuse_bomb,
    translate_file_damage,
    unpacked_size,
)
from imports.readers.excel.password import refuse_protected
from imports.readers.excel.sandbox_probe import is_harmless
from imports.readers.excel.serials import DAY_ZERO, Serials, texts_of
from imports.readers.excel.sheet_facts import Area, LostCell

Value = Any  # what calamine gives: str, float, int, bool, date, datetime, time, timedelta; "" where there is nothing
LIKE_A_TABLE = 2  # rows and columns
MAX_PROPOSED = 30  # sheets that are looked at for a table where none is asked for
LOOKED_AT = 50  # rows, to see whether a sheet holds something like a table


class Workbook:
    """Opened only after it was found harmless. Raises UnreadableFile."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with translate_file_damage():
            refuse_bomb(path)
            refuse_protected(path)
            if not is_open_xml(path) and not is_harmless(path, unpacked_size(path)):
                raise UnreadableFile(messages.DAMAGED_WORKBOOK())
            self._workbook = calamine.CalamineWorkbook.from_path(str(path))
        self._sheets = list(self._workbook.sheets_metadata)
        self.names = [sheet.name for sheet in self._sheets if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        visible = calamine.SheetVisibleEnum.Visible
        self.hidden = [sheet.name for sheet in self._sheets if sheet.visible != visible]

    def sheet(self, name: str | None) -> Sheet:
        """Return the sheet of this name; without one the first with a table, or with anything; hidden ones last."""
        if name is not None:
            if name not in self.names:
                raise InvalidMapping(messages.NO_SUCH_SHEET(sheet=name, sheets=self.names))
            return self._loaded(name)
        return self._proposed([visible for visible in self.names if visible not in self.hidden]) or self._first_hidden()

    def _first_hidden(self) -> Sheet:
        sheet = self._proposed([name for name in self.names if name in self.hidden])
        if sheet is None:
            raise UnreadableFile(messages.WORKBOOK_WITHOUT_VALUES())
        return sheet

    def _proposed(self, names: list[str]) -> Sheet | None:
        first = None
        for name in names[:MAX_PROPOSED]:
            sheet = self._loaded(name)
            if sheet.is_like_a_table():
                return sheet
            first = first or (sheet if sheet.holds_something() else None)
        return first

    def _loaded(self, name: str) -> Sheet:
        position = [sheet.name for sheet in self._sheets].index(name)
        with translate_file_damage():
            return Sheet(self.path, name, position, self._workbook)


class Sheet:
    """Its rows begin with the first column that holds anything."""

    def __init__(self, path: Path, name: str, position: int, workbook: calamine.CalamineWorkbook) -> None:
        self.path = path
        self.name = name
        facts = facts_of(path, name, position)
        if facts.unknown_errors:
            workbook = calamine.CalamineWorkbook.from_filelike(with_known_errors(path, name))
        self._cells = workbook.get_sheet_by_name(name)
        self.lost = facts.lost
        self._lose_invalid_dates(facts.serials)
        self.signs = facts.signs
        self.digits = facts.digits
        self.serials = facts.serials
        self.texts: dict[int, dict[int, str]] = {}  # that stand for numbers: row as Excel numbers it -> column from 0
        self.empty_results = facts.empty_results
        self.spells_durations = facts.spells_durations
        merged = self._cells.merged_cell_ranges if facts.merged is None else facts.merged
        self.merged: list[Area] = merged or []
        start, end = self._cells.start, self._cells.end
        lost = [cell.column for cells in self.lost.values() for cell in cells]
        self.first_column = min([*lost, *([start[1]] if start else [])], default=0)
        self._before = start[1] - self.first_column if start else 0
        self.width = max([*lost, *([end[1]] if end else [])], default=-1) + 1 - self.first_column

    def _lose_invalid_dates(self, serials: Serials) -> None:
        for row, cells in serials.items():
            for column, serial in cells.items():
                if serial.invalid:
                    self._lose(row, LostCell(column, serial.invalid, ErrorCode.DATETIME_CONVERSION))

    def settle_dates(self, dates: Collection[int], null_tokens: Collection[str]) -> None:
        """Take what Excel shows of numbers that are no date in the columns of dates, from 0."""
        for row, column, text in texts_of(self.serials, dates):
            if text.startswith(DAY_ZERO) and text not in null_tokens:
                self._lose(row, LostCell(column, text, ErrorCode.DATETIME_CONVERSION))
            else:
                self.texts.setdefault(row, {})[column] = text

    def _lose(self, row: int, cell: LostCell) -> None:
        self.lost.setdefault(row, []).append(cell)

    def holds_something(self) -> bool:
        return self.width > 0

    def is_like_a_table(self) -> bool:
        rows = [row for _, (_, row) in zip(range(LOOKED_AT), self.rows(), strict=False)]
        filled = max((sum(value != "" for value in row) for row in rows), default=0)
        return len(rows) >= LIKE_A_TABLE and filled >= LIKE_A_TABLE

    def rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield rows with the number that Excel shows, those that hold nothing left out."""
        number = 0
        before = [""] * self._before
        for number, row in enumerate(self._cells.iter_rows(), 1):
            if any(row) or number in self.lost or any(value != "" for value in row):  # mostly the first one knows
                yield number, row if len(row) == self.width else self._padded(before + row)
        for later in sorted(self.lost):
            if later > number:
                yield later, self._padded([])

    def _padded(self, row: list[Value]) -> list[Value]:
        return row + [""] * (self.width - len(row))
