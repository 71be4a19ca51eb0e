"""Tables that are one below the other in a sheet, with empty rows between them.

Rows are (number as Excel shows it, texts of the cells); those that hold nothing are left out before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import dropwhile

from imports.readers.excel.table_detection import Row, Table
from imports.readers.excel.workbook import Value
from imports.readers.table_detection.cells import (
    MIN_OF_KIND,
    Cells,
    is_value,
    kind_of,
    kinds_of,
)
from imports.readers.table_detection.continuation import LINES, are_texts_below_numbers, continues
from imports.readers.table_detection.header import is_surely_header

FEWEST, KNOWN_BY = 3, 10  # rows that a table is known by
MAX_TITLES = 10  # rows over a table, without an empty one between
USUAL, SHARE = 20, 0.05  # more gaps than both, so many and of so many rows, are no borders


@dataclass
class Block:
    """Rows without an empty one between them."""

    first: int
    last: int
    rows: int = 0
    beginning: list[Row] = field(default_factory=list)

    def below(self, row: int) -> int:
        """Return how many of its rows are below that one."""
        return max(0, self.last - max(row, self.first - 1))

    def table(self, above: Known | None = None) -> Beginning | None:
        """Return where a table begins in the block; None where that is not sure. above: the table above it."""
        rows = list(dropwhile(lambda row: len(_filled(row)) < 2, self.beginning))
        if len(rows) < FEWEST:
            return None
        filled = _filled(rows[0])
        columns = slice(filled[0], filled[-1] + 1)
        names, *below = (row[columns] for _, row in rows[: KNOWN_BY + 1])
        sure = can_be_names(names) and (
            (is_surely_header([names, *below]) and _has_uniform_column(below))
            or (above is not None and above.has_numbers_in(columns, names, below))
        )
        return Beginning(self.first, rows[0][0], names, columns, [row for _, row in rows]) if sure else None


@dataclass(frozen=True)
class Beginning:
    """Of a table, which is all rows up to where the next one begins."""

    first: int  # row, a title's
    header: int  # row
    names: Cells
    columns: slice
    rows: list[Cells]  # the header's, and the first ones below it


@dataclass
class Known:
    """What is known of the table above a block."""

    columns: slice
    rows: list[Cells]  # the first ones below its header

    def take(self, block: Block) -> None:
        """Take in the content of a block that goes on with the table."""
        room = max(0, LINES - len(self.rows))
        self.rows += [cells for _, cells in block.beginning[:room]]

    def goes_on(self, table: Beginning) -> bool:
        """Return whether what begins like a table has the columns of this one: the same ones, but for those that are
        mostly
        empty, with values of the same kinds."""
        if not self._has_columns(table):
            return False
        first, *below = (row[self.columns] for row in table.rows)
        return continues([row[self.columns] for row in self.rows], first, below)

    def has_numbers_in(self, columns: slice, names: Cells, below: Sequence[Cells]) -> bool:
        """Return whether these columns are the table's and have numbers there, but names and texts here."""
        return columns == self.columns and are_texts_below_numbers([row[columns] for row in self.rows], names, below)

    def _has_columns(self, table: Beginning) -> bool:
        first, last = table.columns.start, table.columns.stop
        if first < self.columns.start or last > self.columns.stop:
            return False
        left_out = [*range(self.columns.start, first), *range(last, self.columns.stop)]
        return not any(self._is_filled(i) and not any(row[i] for row in table.rows) for i in left_out)

    def _is_filled(self, column: int) -> bool:
        values = [is_value(row[column]) for row in self.rows]
        return bool(values) and sum(values) >= MIN_OF_KIND * len(values)


@dataclass(frozen=True)
class OtherTable:
    """A table next to the one that is read."""

    header: int  # row
    first: int
    last: int


def blocks_of(rows: Iterator[tuple[int, list[Value]]], texts: Callable[[list[Value], int], Cells]) -> list[Block]:
    """Return the blocks of a sheet; one only where empty rows are usual. texts: of a row and its number."""
    blocks: list[Block] = []
    count = gaps = 0
    for count, (number, row) in enumerate(rows, 1):
        if not blocks or number > blocks[-1].last + 1:
            gaps += 1
            if gaps <= USUAL or gaps <= SHARE * count:
                blocks.append(Block(number, number))
        block = blocks[-1]
        block.last = number
        block.rows += 1
        if block.rows <= KNOWN_BY + MAX_TITLES:
            block.beginning.append((number, texts(row, number)))
    return blocks if gaps <= max(USUAL, SHARE * count) else blocks[:1]


def largest_table(blocks: Sequence[Block]) -> tuple[int, int | None]:
    """Return the row where the table with most cells begins, the first of equals, and the one where the next begins.

    Everything above the first table belongs to it.
    """
    tables = _tables(blocks)
    if len(tables) < 2:
        return (blocks[0].first if blocks else 1), None
    starts = [blocks[0].first, *(table.first for table in tables[1:])]
    ends: list[int | None] = [*starts[1:], None]
    sizes = [  # cells
        len(table.names) * sum(block.below(table.header) for block in blocks if not end or block.first < end)
        for table, end in zip(tables, ends, strict=True)
    ]
    best = sizes.index(max(sizes))
    return starts[best], ends[best]


def tables_above(blocks: Sequence[Block], first: int) -> list[OtherTable]:
    """Return those that end above the row in which the one begins that is read."""
    return _others([block for block in blocks if block.first < first])


def tables_below(blocks: Sequence[Block], table: Table, header: Sequence[Cells]) -> list[OtherTable]:
    """Return those that begin below the row in which the one does that is read; none below a single name.

    header: its rows.
    """
    names = [_stripped(cells) for cells in header]
    is_table = not names or max(map(len, names)) > 1
    below = [block for block in blocks if block.first > table.first_row]
    return _others(below, names, _known(blocks, table, header)) if is_table else []


def _known(blocks: Sequence[Block], table: Table, header: Sequence[Cells]) -> Known | None:
    """Return the content of the block in which the table begins that is read."""
    beginning = [row for block in blocks if block.first <= table.first_row for row in block.beginning]
    rows = [cells for number, cells in beginning if number >= table.first_record]
    filled = [i for cells in header or rows for i, text in enumerate(cells) if text]
    return Known(slice(min(filled), max(filled) + 1), rows[:LINES]) if filled else None


def _others(blocks: Sequence[Block], known: Sequence[Cells] = (), above: Known | None = None) -> list[OtherTable]:
    tables = _tables(blocks, known, above)
    ends = [*(table.first for table in tables[1:]), None]
    return [
        OtherTable(table.header, table.first, max(block.last for block in blocks if not end or block.first < end))
        for table, end in zip(tables, ends, strict=False)
    ]


def _tables(blocks: Sequence[Block], known: Sequence[Cells] = (), above: Known | None = None) -> list[Beginning]:
    """Return where each table begins.

    A block with the names of an earlier table, or that fits its columns, continues it; titles alone belong to the next.
    """
    tables: list[Beginning] = []
    names, title = [*known], 0
    for block in blocks:
        table = block.table(above)
        if table and table.names not in names and not (above and above.goes_on(table)):
            names.append(table.names)
            tables.append(replace(table, first=title or table.first))
            above = Known(table.columns, table.rows[1:])
        elif above:
            above.take(block)
        title = block.first if all(len(_filled(row)) < 2 for row in block.beginning) else 0
    return tables


def can_be_names(cells: Cells) -> bool:
    """Return whether all are filled, no two alike, most of them no numbers or dates, and none a label of what is
    next to it."""
    names = [name for name in cells if name and not name.endswith(":")]
    return len(set(names)) == len(cells) and sum(kind_of(name) is None for name in names) > len(cells) / 2


def _has_uniform_column(rows: Sequence[Cells]) -> bool:
    """Return whether a column has numbers only, dates only or times only: the values next to labels are of many
    kinds."""
    kinds = [kinds_of(column) for column in zip(*rows, strict=True)]
    return any(len(several) == 1 and None not in several for several in kinds)


def _filled(row: Row) -> list[int]:
    return [i for i, text in enumerate(row[1]) if text]


def _stripped(names: Cells) -> Cells:
    """Return the values without empty ones at the start and the end."""
    filled = [i for i, name in enumerate(names) if name]
    return names[filled[0] : filled[-1] + 1] if filled else names
