"""Cells of a sheet whose format fills numbers up with zeros, as postal codes have it."""

from __future__ import annotations

from array import array
from bisect import bisect_left

from imports.readers.excel.number_formats import digits_format

DigitsCells = dict[int, dict[str, "array[int]"]]  # column from 0 -> code of the format -> rising rows as Excel's


def add_cell(cells: DigitsCells, row: int, column: int, code: str) -> None:
    cells.setdefault(column, {}).setdefault(code, array("I")).append(row)


def shown_digits(formats: dict[str, array[int]], row: int, number: float) -> str | None:
    """Return what Excel shows of a number in a column with these formats; None where that is the number itself."""
    for code, rows in formats.items():
        at = bisect_left(rows, row)
        if at < len(rows) and rows[at] == row:
            digits = digits_format(code)
            shown = digits.shown(number) if digits else None
            return None if shown is not None and shown == str(int(number)) else shown
    return None
