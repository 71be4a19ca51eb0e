"""Tables that are side by side in a sheet, with empty columns between them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from imports.readers.excel.table_regions import Block, can_be_names
from imports.readers.excel.workbook import Value
from imports.readers.table_detection.cells import Cells

FEWEST_COLUMNS = 2  # of a table beside another
BEGINNING = 20  # rows that a table is known by


@dataclass(frozen=True)
class SideTable:
    """Columns without an empty one between them that hold a table of their own."""

    columns: list[int]  # positions in a row of the sheet, from 0
    names: Cells
    header: int  # row, as Excel numbers it
    last: int  # row
    rows: int  # with a value, from the header on
    is_sure: bool  # whether the rows below the header say that it is one

    @property
    def cells(self) -> int:
        return len(self.columns) * self.rows

    @property
    def _is_dense(self) -> bool:
        return self.rows == self.last - self.header + 1

    def is_apart_from(self, other: SideTable) -> bool:
        """Return whether both cannot be one table: equal names, other header rows, or one ends above the other."""
        if self.names == other.names:
            return True
        if not (self.is_sure and other.is_sure):
            return False
        return self.header != other.header or (self.last != other.last and self._is_dense and other._is_dense)


def tables_in(
    rows: Iterator[tuple[int, list[Value]]],
    runs: Sequence[list[int]],
    texts: Callable[[list[Value], int], Cells],
) -> list[SideTable]:
    """Return what may be tables in runs of columns, none where there is but one. texts: of a row and its number."""
    wide = [run for run in runs if len(run) >= FEWEST_COLUMNS]
    if len(wide) < 2:
        return []
    found = [_side_table(run, block) for run, block in zip(wide, _blocks(rows, wide, texts), strict=True) if block]
    tables = [table for table in found if table]
    return tables if len(tables) > 1 else []


def _side_table(run: list[int], block: Block) -> SideTable | None:
    """Return the table of a run; None where no row can be its header."""
    table = block.table()
    first = next(((number, row) for number, row in block.beginning if sum(map(bool, row)) > 1), None)
    header, names = (table.header, table.names) if table else first or (0, [])
    if not names or not can_be_names(names):
        return None
    above = sum(number < header for number, _ in block.beginning)
    return SideTable(run, names, header, block.last, block.rows - above, table is not None)


def _blocks(
    rows: Iterator[tuple[int, list[Value]]],
    runs: Sequence[list[int]],
    texts: Callable[[list[Value], int], Cells],
) -> list[Block | None]:
    blocks: list[Block | None] = [None] * len(runs)
    for number, row in rows:
        for at, run in enumerate(runs):
            values = row[run[0] : run[-1] + 1]
            if not any(values) and all(value == "" for value in values):
                continue
            block = blocks[at] = blocks[at] or Block(number, number)
            block.last = number
            block.rows += 1
            if block.rows <= BEGINNING:
                block.beginning.append((number, texts(row, number)[run[0] : run[-1] + 1]))
    return blocks


def tables_apart(tables: Sequence[SideTable]) -> list[SideTable]:
    """Return the largest, the first of equals, and those that cannot be one with it; none where there are none."""
    if not tables:
        return []
    largest = max(tables, key=lambda table: table.cells)
    apart = [table for table in tables if table is not largest and table.is_apart_from(largest)]
    return [largest, *apart] if apart else []
