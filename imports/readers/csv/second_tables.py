"""Where another table begins in a CSV file: it and what follows it are no records of the first.

Lines that fit the columns of those before them are the same table, whatever the first of them looks like.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice, takewhile

import numpy as np

from imports.readers.csv.physical_lines import PhysicalLine, Seen
from imports.readers.table_detection.cells import Cells, kind_of
from imports.readers.table_detection.continuation import LINES, are_texts_below_numbers, continues
from imports.readers.table_detection.header import is_surely_header

LOOK_AHEAD = 20  # records that a table is known by
MAX_TITLES = 3  # lines over a table
USUAL, SHARE = 20, 0.05  # more gaps, or changes of length, than both (so many, of so many records) are no borders
SURE = 3  # records, its header among them, that make a table of lines that nothing else tells apart


@dataclass
class OtherTable:
    """The lines of a table, with titles and notes around it."""

    first: int
    last: int
    count: int = 0  # without blank ones


class OtherTables:
    """`found` has them once the batches were read."""

    def __init__(self, width: int, names: list[Cells]) -> None:
        self._width = width
        self._names = [*names]
        self._records = self._gaps = self._changes = 0  # so far
        self._fields = width  # of the record before
        self._known: list[Cells] = []  # the first records of the table that is read, or of the last one that begins
        self.found: list[OtherTable] = []

    def left_out(self, pieces: Iterator[Seen]) -> Iterator[Seen]:
        """Yield the records before other tables."""
        window: deque[Seen] = deque()
        for piece in pieces:
            window.append(piece)
            while sum(later.batch.rows for later in islice(window, 1, None)) >= LOOK_AHEAD:
                yield from self._before_them(window.popleft(), window)
        while window:
            yield from self._before_them(window.popleft(), window)

    def _before_them(self, piece: Seen, ahead: deque[Seen]) -> Iterator[Seen]:
        begun = bool(self.found)
        known = 0  # records of the batch
        begin = 0  # position from which on its records belong to the other table found last
        for i in self._borders(piece):
            self._get_to_know(piece, known, i)
            known = i
            names = self._names_at(piece, i, ahead)
            if not names:
                continue
            if not self.found and i:
                yield piece.first(i)
            self._count(piece, begin, i)
            begin, line = i, piece.batch.source_positions[i].as_py()
            self.found.append(OtherTable(line, line))
            self._names.append(names)
            self._width = len(names)
            self._known = []
        self._get_to_know(piece, known, piece.batch.rows)
        self._count(piece, begin, piece.batch.rows)
        if not (begun or self.found):
            yield piece

    def _count(self, piece: Seen, start: int, end: int) -> None:
        """Add records of a batch to the other table that was found last, if there is one."""
        if self.found and end > start:
            self.found[-1].last = piece.batch.source_positions[end - 1].as_py()
            self.found[-1].count += piece.lines_of(start, end)

    def _get_to_know(self, piece: Seen, start: int, end: int) -> None:
        """Add records of a batch to those by which the columns are known, up to their limit."""
        end = min(end, start + LINES - len(self._known))
        records = [piece.line(i).cells for i in range(start, end)]
        self._known += [cells for cells in records if cells not in self._names]

    def _borders(self, piece: Seen) -> list[int]:
        """Return positions at which a table may begin: after blank lines or where lengths change, unless that is
        usual."""
        fields = piece.fields()
        changed = fields != np.concatenate([[self._fields], fields[:-1]])
        usual = np.maximum(USUAL, (self._records + np.arange(1, piece.batch.rows + 1)) * SHARE)
        gaps, changes = self._gaps + np.cumsum(piece.apart), self._changes + np.cumsum(changed)
        self._fields, self._gaps, self._changes = int(fields[-1]), int(gaps[-1]), int(changes[-1])
        self._records += piece.batch.rows
        return [int(i) for i in np.flatnonzero((changed & (changes <= usual)) | (piece.apart & (gaps <= usual)))]

    def _names_at(self, piece: Seen, i: int, ahead: deque[Seen]) -> Cells:
        """Return the names of the table that begins at a record; none where none does."""
        first = piece.line(i)
        if not first.apart and (not all(first.cells) or len(first.cells) in (1, self._width)):
            return []
        lines = _lines(piece, i, ahead)
        titles, header = 0, next(lines)
        while len(header.filled) <= 1 and titles < MAX_TITLES and first.apart:
            titles, header = titles + 1, next(lines, header)
        if not _names_columns(header):
            return []
        table = [header, *takewhile(lambda line: not line.apart and len(line.cells) == len(header.cells), lines)]
        if not self._is_table(table, apart=first.apart or header.apart):
            return []
        below = islice(_lines(piece, i, ahead), titles + len(table), None)
        return [] if self._goes_on(below) else header.cells[: header.reach]

    def _is_table(self, table: list[PhysicalLine], *, apart: bool) -> bool:
        """Return whether the first of these lines of equal length names columns that are not this table's."""
        names, *rows = (line.cells[: table[0].reach] for line in table)
        if names in self._names or not rows:
            return False
        sure = is_surely_header([names, *rows])
        if all(map(self._has_width, table)):
            return apart and (
                (sure and not continues(self._known, names, rows)) or are_texts_below_numbers(self._known, names, rows)
            )
        return (apart and sure) or (len(table) >= SURE and (apart or sure))

    def _goes_on(self, below: Iterator[PhysicalLine]) -> bool:
        """Return whether the table goes on below lines that could be another: with its records, not with names above
        them."""
        again = dropwhile(lambda line: not self._has_width(line), below)
        records = [line.cells[: self._width] for line in takewhile(self._has_width, again)]
        if len(records) < SURE or (is_surely_header(records) and records[0] not in self._names):
            return False
        return continues(self._known, records[0], records[1:])

    def _has_width(self, line: PhysicalLine) -> bool:
        """Return whether a line has as many fields as the table, and nothing in any behind them."""
        return len(line.cells) >= self._width >= line.reach


def _lines(piece: Seen, i: int, ahead: deque[Seen]) -> Iterator[PhysicalLine]:
    """Return the record at a position and those below it, as many as a table is known by."""
    return islice(chain(piece.lines(i), *(later.lines() for later in ahead)), LOOK_AHEAD)


def _names_columns(line: PhysicalLine) -> bool:
    """Return whether a line can be a header: every cell filled, no two alike, and most of them no numbers or dates."""
    names = line.cells[: line.reach]
    different = all(names) and len(set(names)) == len(names) > 1
    return different and sum(kind_of(name or "") is None for name in names) > len(names) / 2
