"""Workbooks: .xlsx .xlsm .xls .xlsb .ods."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

import python_calamine as calamine

from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.readers import TextBatch, Understood
from imports.readers.batching import BatchMaker, storable
from imports.readers.excel_archive import (
    DAMAGED,
    ErrorCells,
    column_letters,
    column_of,
    damage_told,
    error_cells,
    is_scannable,
    refuse_bomb,
)
from imports.readers.excel_literals import Literals
from imports.readers.excel_probe import is_harmless
from imports.readers.null_tokens import null_tokens_of
from imports.sources import SourceFile

EXACT_INTEGERS = 2**53  # up to here every whole number is a number of its own in a workbook
EXACT_DIGITS = 15  # of any number

Value = Any  # what calamine gives: str, float, int, bool, date, datetime, time, timedelta


class ExcelReader:
    """One sheet. Its table begins at the first row that holds anything; blank rows inside are no records."""

    def __init__(self, source: SourceFile, options: Mapping[str, Any], *, batch_rows: int | None = None) -> None:
        self._path = source.path
        self._batch_rows = batch_rows
        self._null_tokens = null_tokens_of(options)
        self._workbook = self._opened()
        self._sheet, self._errors = self._chosen_sheet(options.get("sheet"))
        self._sheet_name = self._sheet.name
        self._first_column = self._sheet.start[1] if self._sheet.start else 0  # calamine gives no empty ones before it
        self._warnings: list[str] = []
        self._warned = False  # of a number that may not be exact
        self._look_through(options.get("header_row"))
        self.understood = Understood(
            "excel",
            list(self._header),
            set(),
            {"sheet": self._sheet_name, "header_row": self._header_row},
            {"sheet": self._sheet_names()},
            self._warnings,
        )

    def _opened(self) -> calamine.CalamineWorkbook:
        with damage_told():
            refuse_bomb(self._path)
            if not is_scannable(self._path) and not is_harmless(self._path):
                raise UnreadableFile(DAMAGED)
            return calamine.CalamineWorkbook.from_path(str(self._path))

    def _sheet_names(self) -> list[str]:
        return [sheet.name for sheet in self._workbook.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]

    def _chosen_sheet(self, asked: str | None) -> tuple[calamine.CalamineSheet, ErrorCells]:
        """The sheet that was asked for, or the first visible one that holds anything."""
        names = self._sheet_names()
        if asked is not None:
            if asked not in names:
                raise InvalidMapping(f"There is no sheet «{asked}». The workbook has: {', '.join(names)}.")
            return self._loaded(asked)
        visible = calamine.SheetVisibleEnum.Visible
        hidden = [sheet.name for sheet in self._workbook.sheets_metadata if sheet.visible != visible]
        for name in sorted(names, key=hidden.__contains__):
            sheet, errors = self._loaded(name)
            if sheet.start is not None:
                return sheet, errors
        raise UnreadableFile("The workbook holds no values. Choose one with a table in it.")

    def _loaded(self, name: str) -> tuple[calamine.CalamineSheet, ErrorCells]:
        with damage_told():
            errors = error_cells(self._path, name)
            return self._workbook.get_sheet_by_name(name), errors

    def _rows(self) -> Iterator[tuple[int, list[Value]]]:
        """Rows with the number that Excel shows, those that hold nothing left out."""
        for number, row in enumerate(self._sheet.iter_rows(), 1):
            if number in self._errors.by_row or any(value != "" for value in row):
                yield number, row

    def _look_through(self, header_row: int | None) -> None:
        """Finds the header, and the columns in which some dates have a time: there all of them get one."""
        self._literals = Literals(self._path, self._sheet_name)
        self._header: list[str] = []
        self._header_row = header_row or 0
        self._with_times: set[int] = set()
        for number, row in self._rows():
            if not self._header and header_row == 0:
                self._header = [f"column_{i + 1}" for i in range(len(row))]
            elif not self._header and number >= (header_row or 1):
                self._header_row = number
                self._header = [storable(self._text(value, number, i) or "") for i, value in enumerate(row)]
                continue
            for i, value in enumerate(row):
                if isinstance(value, datetime.datetime):
                    self._with_times.add(i)
        if not self._header:
            raise InvalidMapping(f"The sheet {self._sheet_name} holds nothing from row {header_row or 1} on.")

    def location(self, place: int) -> str:
        return f"sheet {self._sheet_name}, row {place}"

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.UNSTORABLE_TEXT, "holds text that is not Unicode")
        maker = BatchMaker(self.location, unstorable, batch_rows=self._batch_rows)
        self._literals = Literals(self._path, self._sheet_name)
        for number, row in self._rows():
            if number > self._header_row:
                maker.add(self._cells(row, number), number)
                for cell, said in self._errors.by_row.get(number, ()):
                    at = column_of(cell) - self._first_column
                    maker.trouble(ErrorCode.EXCEL_ERROR_CELL, f"cell {cell} holds {said}", column=at, value=said)
                if maker.full:
                    yield from maker.flush()
        yield from maker.flush()

    def _cells(self, row: list[Value], number: int) -> list[str | None]:
        native = self.understood.native_text
        cells: list[str | None] = []
        for i, value in enumerate(row):
            if value.__class__ is str:
                if value not in self._null_tokens:
                    native.add(i)
                cells.append(value or None)
            else:
                cells.append(self._text(value, number, i, with_time=i in self._with_times))
        return cells

    def _text(self, value: Value, row: int, i: int, *, with_time: bool = False) -> str | None:
        return self._number(value, row, i) if isinstance(value, float) else _text(value, with_time=with_time)

    def _number(self, value: float, row: int, i: int) -> str:
        """The number as the file spells it, where a float may not be all of it."""
        if value.is_integer() and abs(value) < EXACT_INTEGERS:
            return str(int(value))
        written = repr(value)
        if "e" not in written and _digits(written) <= EXACT_DIGITS:
            return written
        column = i + self._first_column
        literal = self._literals.find(row, column)
        if literal and _is_number(literal, value):
            return literal
        if value.is_integer():
            written = str(int(value))
            self._warn_of(f"{column_letters(column)}{row}", written)
        return written

    def _warn_of(self, cell: str, written: str) -> None:
        """Once."""
        if not self._warned:
            self._warned = True
            said = "too large for the workbook to be exact: the last digits may differ."
            self._warnings.append(f"Cell {cell} holds {written}, {said}")


def _digits(written: str) -> int:
    """How many digits of a number count."""
    return len(written.lstrip("-0.").replace(".", ""))


def _is_number(literal: str, value: float) -> bool:
    try:
        return float(literal) == value
    except ValueError:
        return False


def _text(value: Value, *, with_time: bool = False) -> str | None:
    """The text of a cell's value that is no float; dates as in ISO 8601."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        return _duration(value)
    if with_time and isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return str(value)


def _duration(value: datetime.timedelta) -> str:
    """Hours may pass 24, as Excel shows them: 30:00:00."""
    seconds = value // datetime.timedelta(seconds=1)
    sign, seconds = ("-", -seconds) if seconds < 0 else ("", seconds)
    return f"{sign}{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
