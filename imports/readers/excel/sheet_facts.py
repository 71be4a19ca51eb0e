"""What calamine does not say of a sheet: the cells that it gives as empty although they have a value."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.messages import Message
from imports.errors import ErrorCode, UnreadableFile
from imports.readers import messages
from imports.readers.excel.currencies import Signs
from imports.readers.excel.digits import DigitsCells
from imports.readers.excel.package import column_letters
from imports.readers.excel.serials import Serials
from imports.readers.limits import MAX_EMPTY_CELLS, MAX_SHEET_CELLS

MAX_ROWS = 1 << 24  # of a sheet, in whichever program
Area = tuple[tuple[int, int], tuple[int, int]]  # first and last (row, column), from 0, as calamine has it


ERROR_TEXTS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip  of .xls and .xlsb


@dataclass(frozen=True)
class LostCell:
    """A cell with an error, with a formula whose result was not saved, or with a number that is no date."""

    column: int  # from 0
    value: str | None  # «#DIV/0!», the formula as «=A1+1» where the file spells it, or what Excel shows: «-1:30»
    code: ErrorCode = ErrorCode.EXCEL_ERROR_CELL

    def message(self, row: int) -> Message:
        cell = f"{column_letters(self.column)}{row}"
        if self.code == ErrorCode.FORMULA_WITHOUT_RESULT:
            return messages.FORMULA_WITHOUT_RESULT(cell=cell)
        if self.code == ErrorCode.DATETIME_CONVERSION:
            return messages.NO_DATE_IN_CELL(cell=cell, shown=self.value)
        return messages.ERROR_CELL(cell=cell, error=self.value)

    def in_header(self, row: int) -> Message:
        cell = f"{column_letters(self.column)}{row}"
        if self.code == ErrorCode.FORMULA_WITHOUT_RESULT:
            return messages.FORMULA_IN_HEADER(cell=cell)
        return messages.ERROR_IN_HEADER(cell=cell, error=self.value)


@dataclass
class SheetFacts:
    """Found in the file itself, in the way of its format."""

    lost: dict[int, list[LostCell]] = field(default_factory=dict)  # by row as Excel numbers it
    merged: list[Area] | None = None  # None: calamine knows
    signs: Signs = field(default_factory=dict)  # of currencies, in columns that mix them
    unknown_errors: bool = False  # whether calamine would refuse the sheet for one
    spells_durations: bool = False  # whether some texts are times or durations as .ods spells them
    empty_results: int = 0  # formulas of an .xls that may never have been calculated
    hidden_rows: list[int] = field(default_factory=list)  # that have cells, as Excel numbers them
    hidden_columns: set[int] = field(default_factory=set)  # from 0
    rows_rise: bool = True  # whether no row has the number of one before it, or a smaller one
    serials: Serials = field(default_factory=dict)
    digits: DigitsCells = field(default_factory=dict)

    def lose(self, row: int, cell: LostCell) -> None:
        self.lost.setdefault(row, []).append(cell)


def refuse_spread(sheet: str, rows: int, columns: int, size: int) -> None:
    """Raise UnreadableFile for a sheet of more cells than we hold: calamine makes one of every place between.

    size: bytes of the sheet's content, without which it is mostly empty: no cell takes less than one.
    """
    most = min(MAX_SHEET_CELLS, max(MAX_EMPTY_CELLS, size))
    if rows * columns > most or rows > MAX_ROWS:
        raise UnreadableFile(messages.SHEET_TOO_LARGE(sheet=sheet))
