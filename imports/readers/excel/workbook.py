"""One sheet of a workbook, row by row, with the cells that calamine leaves out."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import IO, Any

import python_calamine as calamine

from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.identifiers import MAX_NAME_LENGTH
from imports.readers import messages
from imports.readers.excel.facts_xlsx import with_known_errors
from imports.readers.excel.find_facts import facts_of
from imports.readers.excel.markup_sheets import MarkupSheet
from imports.readers.excel.package import (
    is_open_xml,
    refuse_bomb,
    translate_file_damage,
    unpacked_size,
)
from imports.readers.excel.password import refuse_protected
from imports.readers.excel.recognise import HTML, text_kind
from imports.readers.excel.repaired_copy import with_row_numbers, with_slashes
from imports.readers.excel.sandbox_probe import is_harmless
from imports.readers.excel.serials import DAY_ZERO, Serials, texts_of
from imports.readers.excel.sheet_facts import Area, LostCell, SheetFacts
from imports.readers.excel.spread_xls import refuse_spread_of_xls
from imports.readers.limits import HEAD

Value = Any  # what calamine gives: str, float, int, bool, date, datetime, time, timedelta; "" where there is nothing
LIKE_A_TABLE = 2  # rows and columns
MAX_PROPOSED = 30  # sheets that are looked at for a table where none is asked for
FEW_CELLS = 200_000  # that are held for another pass
LOOKED_AT = 50  # rows, to see whether a sheet holds something like a table


class Workbook:
    """Its sheets by name. Raises UnreadableFile."""

    kind = ""  # of a text file that is a workbook: html, excel_2003
    names: list[str]
    hidden: list[str]

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
        raise NotImplementedError


class BinaryWorkbook(Workbook):
    """A zip or a compound file, opened by calamine only after it was found harmless."""

    def __init__(self, path: Path) -> None:
        with translate_file_damage():
            self._file = with_slashes(path)
            path = self._path = Path(self._file.name) if self._file else path
            refuse_bomb(path)
            refuse_protected(path)
            refuse_spread_of_xls(path)
            if not is_open_xml(path) and not is_harmless(path, unpacked_size(path)):
                raise UnreadableFile(messages.DAMAGED_WORKBOOK())
            self._workbook = calamine.CalamineWorkbook.from_path(str(path))
        self._sheets = list(self._workbook.sheets_metadata)
        self.names = [sheet.name for sheet in self._sheets if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        if any(len(name) > MAX_NAME_LENGTH for name in self.names):
            raise UnreadableFile(messages.DAMAGED_WORKBOOK())
        visible = calamine.SheetVisibleEnum.Visible
        self.hidden = [sheet.name for sheet in self._sheets if sheet.visible != visible]

    def _loaded(self, name: str) -> Sheet:
        position = [sheet.name for sheet in self._sheets].index(name)
        with translate_file_damage():
            facts = facts_of(self._path, name, position)
            copy = None if facts.rows_rise else with_row_numbers(self._path, name)
            if copy is None:
                return Sheet(self._path, name, facts, _cells(self._workbook, self._path, name, facts), self._file)
            path, workbook = Path(copy.name), calamine.CalamineWorkbook.from_path(copy.name)
            facts = facts_of(path, name, position)
            return Sheet(path, name, facts, _cells(workbook, path, name, facts), copy, renumbered=True)


def _cells(workbook: calamine.CalamineWorkbook, path: Path, name: str, facts: SheetFacts) -> calamine.CalamineSheet:
    if facts.unknown_errors:
        workbook = calamine.CalamineWorkbook.from_filelike(with_known_errors(path, name))
    return workbook.get_sheet_by_name(name)


class TextWorkbook(Workbook):
    """A text file that is a workbook: HTML, or Excel 2003's XML."""

    def __init__(self, path: Path, kind: str) -> None:
        from imports.readers.excel.html_tables import sheets_of_html
        from imports.readers.excel.spreadsheetml import sheets_of_spreadsheetml

        self.kind = kind
        self._path = path
        with translate_file_damage():
            sheets = sheets_of_html(path) if kind == HTML else sheets_of_spreadsheetml(path)
        self._sheets = {sheet.name: sheet for sheet in sheets}
        self.names = [*self._sheets]
        self.hidden = [sheet.name for sheet in sheets if sheet.hidden]

    def _loaded(self, name: str) -> Sheet:
        sheet = self._sheets[name]
        return Sheet(self._path, name, sheet.facts, sheet)


def open_workbook(path: Path) -> Workbook:
    """Raise UnreadableFile."""
    with path.open("rb") as stream:
        kind = text_kind(stream.read(HEAD))
    return TextWorkbook(path, kind) if kind else BinaryWorkbook(path)


class Sheet:
    """Its rows begin with the first column that holds anything."""

    def __init__(
        self,
        path: Path,
        name: str,
        facts: SheetFacts,
        cells: calamine.CalamineSheet | MarkupSheet,
        file: IO[bytes] | None = None,
        *,
        renumbered: bool = False,
    ) -> None:
        """file: a copy at the path, which goes with the sheet."""
        self.path = path
        self._file = file
        self.renumbered = renumbered  # whether rows had the same number
        self.name = name
        self._cells = cells
        self.lost = facts.lost
        self._lose_invalid_dates(facts.serials)
        self._lost_rows = facts.lost.keys()
        self.signs = facts.signs
        self.digits = facts.digits
        self.hidden_rows, self.hidden_columns = facts.hidden_rows, facts.hidden_columns
        self.serials = facts.serials
        self.texts: dict[
            int, dict[int, str]
        ] = {}  # shown in place of numbers: row as Excel numbers it -> column from 0
        self.empty_results = facts.empty_results
        self.spells_durations = facts.spells_durations
        merged = self._cells.merged_cell_ranges if facts.merged is None else facts.merged
        self.merged: list[Area] = merged or []
        start, end = self._cells.start, self._cells.end
        lost = [cell.column for cells in self.lost.values() for cell in cells]
        first = min([*lost, *([start[1]] if start else [])], default=0)
        self._before = start[1] - first if start else 0
        self._width = max([*lost, *([end[1]] if end else [])], default=-1) + 1 - first
        self._few_rows: list[tuple[int, list[Value]]] | None = None  # all of them, where they are few
        self._has_many_rows = False
        self.columns: Sequence[int] = range(first, first + self._width)  # of its rows, from 0
        self._whole: Sheet | None = None  # of which it is a part
        self._taken: list[int] | None = None  # positions in the rows of the whole sheet; None: all

    @property
    def width(self) -> int:
        return len(self.columns)

    @property
    def whole(self) -> Sheet:
        """Return the sheet with all its columns."""
        return self._whole or self

    @property
    def is_part(self) -> bool:
        return self._taken is not None

    @property
    def places(self) -> Sequence[int]:
        """Return its positions in a row of the whole sheet."""
        return range(self._width) if self._taken is None else self._taken

    def position(self, column: int) -> int | None:
        """Return the position in its rows of a column from 0; None where they do not have it."""
        at = bisect_left(self.columns, column)
        return at if at < len(self.columns) and self.columns[at] == column else None

    def only(self, positions: Sequence[int]) -> Sheet:
        """Return the same sheet with these columns only, and the rows that hold something there."""
        if len(positions) == len(self.columns):
            return self
        part = copy(self)
        part._whole = self.whole
        part.columns = [self.columns[i] for i in positions]
        part._taken = [*positions] if self._taken is None else [self._taken[i] for i in positions]
        kept = set(part.columns)
        part.lost = {row: left for row, cells in self.lost.items() if (left := [c for c in cells if c.column in kept])}
        return part

    def _lose_invalid_dates(self, serials: Serials) -> None:
        for row, cells in serials.items():
            for column, serial in cells.items():
                if serial.invalid:
                    self._lose(row, LostCell(column, serial.invalid, ErrorCode.DATETIME_CONVERSION))

    def settle_dates(self, dates: Collection[int], null_tokens: Collection[str]) -> None:
        """Take what Excel shows of numbers that are no date in the columns of dates, from 0."""
        for row, column, text in texts_of(self.serials, dates):
            is_date = not text.startswith(DAY_ZERO) and not text.isdecimal()
            if not is_date and text not in null_tokens:
                self._lose(row, LostCell(column, text, ErrorCode.DATETIME_CONVERSION))
            else:
                self.texts.setdefault(row, {})[column] = text

    def _lose(self, row: int, cell: LostCell) -> None:
        self.lost.setdefault(row, []).append(cell)

    def close(self) -> None:
        if self._file:
            self._file.close()

    def holds_something(self) -> bool:
        return self.width > 0

    def is_like_a_table(self) -> bool:
        rows = [row for _, (_, row) in zip(range(LOOKED_AT), self.rows(), strict=False)]
        filled = max((sum(value != "" for value in row) for row in rows), default=0)
        return len(rows) >= LIKE_A_TABLE and filled >= LIKE_A_TABLE

    def rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Return rows with the number that Excel shows, those that hold nothing left out."""
        if self._taken is None:
            return self.whole_rows()
        numbered = ((number, self.cells_of(row, number)) for number, row in self.whole_rows())
        return ((number, cells) for number, cells in numbered if cells is not None)

    def cells_of(self, row: list[Value], number: int) -> list[Value] | None:
        """Return its columns of a row of the whole sheet; None where they hold nothing."""
        if self._taken is None:
            return row
        cells = [row[i] for i in self._taken]
        return cells if any(cells) or number in self.lost or any(value != "" for value in cells) else None

    def whole_rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Return those of the whole sheet. Where few rows of very many hold something, only the first pass is long."""
        if self._few_rows is not None:
            return iter(self._few_rows)
        return self._filled_rows() if self._has_many_rows else self._first_rows()

    def _first_rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Yield all rows, and keep them where they are few."""
        few: list[tuple[int, list[Value]]] = []
        room = FEW_CELLS // max(1, self._width)
        rows = self._filled_rows()
        for numbered in rows:
            few.append(numbered)
            yield numbered
            if len(few) > room:
                self._has_many_rows = True
                yield from rows
                return
        self._few_rows = few

    def _filled_rows(self) -> Iterator[tuple[int, list[Value]]]:
        number = 0
        before = [""] * self._before
        for number, row in enumerate(self._cells.iter_rows(), 1):
            if any(row) or number in self._lost_rows or any(value != "" for value in row):  # mostly the first one knows
                yield number, row if len(row) == self._width else self._padded(before + row)
        for later in sorted(self._lost_rows):
            if later > number:
                yield later, self._padded([])

    def _padded(self, row: list[Value]) -> list[Value]:
        return row + [""] * (self._width - len(row))
