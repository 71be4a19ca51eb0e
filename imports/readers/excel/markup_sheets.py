"""Sheets of a text file that is a workbook: HTML tables and SpreadsheetML, in the place of calamine's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.excel.sheet_facts import Area, SheetFacts, refuse_spread

MAX_COLUMNS, MAX_ROWS = 16_384, 1_048_576


class Plain(str):
    """A text that may be a number or a date: the file does not say what it is."""

    __slots__ = ()


@dataclass
class MarkupSheet:
    """Cells by row and column, from 0."""

    name: str
    hidden: bool = False
    rows: dict[int, list[Any]] = field(default_factory=dict)  # values as calamine has them, "" where there is none
    facts: SheetFacts = field(default_factory=SheetFacts)
    merged_cell_ranges: list[Area] = field(default_factory=list)
    last_row: int = -1
    width: int = 0

    def put(self, row: int, column: int, value: Any) -> None:
        """Raise UnreadableFile beyond what a sheet can have, or we hold."""
        if row >= MAX_ROWS or column >= MAX_COLUMNS:
            raise UnreadableFile(messages.DAMAGED_WORKBOOK())
        cells = self.rows.setdefault(row, [])
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = value
        self.last_row = max(self.last_row, row)
        self.width = max(self.width, column + 1)
        refuse_spread(self.name, self.last_row + 1, self.width, 0)

    def merge(self, row: int, column: int, rows: int, columns: int) -> None:
        """rows, columns: how many further ones the cell takes."""
        if rows or columns:
            self.merged_cell_ranges.append(((row, column), (row + rows, column + columns)))

    @property
    def start(self) -> tuple[int, int] | None:
        return (0, 0) if self.rows else None

    @property
    def end(self) -> tuple[int, int] | None:
        return (self.last_row, self.width - 1) if self.rows else None

    @property
    def filled(self) -> int:
        """Return how many cells have a value."""
        return sum(value != "" for cells in self.rows.values() for value in cells)

    def iter_rows(self) -> Iterator[list[Any]]:
        for row in range(self.last_row + 1):
            yield self.rows.get(row, [])
