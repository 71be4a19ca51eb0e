"""Where another table begins in a CSV file: it and what follows it are no records of the first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice, takewhile

import numpy as np

from imports.readers.csv_cells import kind_of
from imports.readers.csv_header import is_surely_header
from imports.readers.csv_seen import Line, Seen
from imports.readers.csv_syntax import Cells

LOOK_AHEAD = 20  # records that a table is known by
MOST_TITLES = 3  # lines over a table
USUAL, SHARE = 20, 0.05  # more gaps, or changes of length, than both (so many, of so many records) are no borders
SURE = 3  # records, its header among them, that make a table of lines that nothing else tells apart


class OtherTables:
    """`starts`: the lines on which they begin, `last`: the file's last, once the batches were read."""

    def __init__(self, width: int, names: list[Cells]) -> None:
        self._width = width
        self._names = [*names]
        self._records = self._gaps = self._changes = 0  # so far
        self._fields = width  # of the record before
        self.starts: list[int] = []
        self.last = 0

    def left_out(self, given: Iterator[Seen]) -> Iterator[Seen]:
        """What stands before them."""
        held: deque[Seen] = deque()
        for one in given:
            held.append(one)
            while sum(other.batch.rows for other in islice(held, 1, None)) >= LOOK_AHEAD:
                yield from self._before_them(held.popleft(), held)
        while held:
            yield from self._before_them(held.popleft(), held)

    def _before_them(self, one: Seen, ahead: deque[Seen]) -> Iterator[Seen]:
        begun = bool(self.starts)
        for i in self._borders(one):
            names = self._names_at(one, i, ahead)
            if not names:
                continue
            if not self.starts and i:
                yield one.first(i)
            self.starts.append(one.batch.places[i].as_py())
            self._names.append(names)
            self._width = len(names)
        if self.starts:
            self.last = one.batch.places[-1].as_py()
        elif not begun:
            yield one

    def _borders(self, one: Seen) -> list[int]:
        """Positions at which a table may begin: after blank lines or where lengths change, unless that is usual."""
        fields = one.fields()
        changed = fields != np.concatenate([[self._fields], fields[:-1]])
        usual = np.maximum(USUAL, (self._records + np.arange(1, one.batch.rows + 1)) * SHARE)
        gaps, changes = self._gaps + np.cumsum(one.apart), self._changes + np.cumsum(changed)
        self._fields, self._gaps, self._changes = int(fields[-1]), int(gaps[-1]), int(changes[-1])
        self._records += one.batch.rows
        return [int(i) for i in np.flatnonzero((changed & (changes <= usual)) | (one.apart & (gaps <= usual)))]

    def _names_at(self, one: Seen, i: int, ahead: deque[Seen]) -> Cells:
        """The names of the table that begins at a record; none where none does."""
        first = one.line(i)
        if not first.apart and (not all(first.cells) or len(first.cells) in (1, self._width)):
            return []
        lines = islice(chain(one.lines(i), *(other.lines() for other in ahead)), LOOK_AHEAD)
        titles, header = 0, next(lines)
        while len(header.filled) <= 1 and titles < MOST_TITLES and first.apart:
            titles, header = titles + 1, next(lines, header)
        if not _names_columns(header):
            return []
        table = [header, *takewhile(lambda line: not line.apart and len(line.cells) == len(header.cells), lines)]
        is_table = self._is_table(table, apart=first.apart or header.apart)
        return header.cells[: header.reach] if is_table else []

    def _is_table(self, table: list[Line], *, apart: bool) -> bool:
        """Whether the first of these lines of equal length names columns that are not this table's."""
        names, *rows = (line.cells[: table[0].reach] for line in table)
        if names in self._names or not rows:
            return False
        sure = is_surely_header([names, *rows])
        if len(table[0].cells) == self._width:
            return apart and sure
        return (apart and sure) or (len(table) >= SURE and (apart or sure))


def _names_columns(line: Line) -> bool:
    """Whether a line can be a header: every cell filled, no two alike, and most of them no numbers or dates."""
    names = line.cells[: line.reach]
    different = all(names) and len(set(names)) == len(names) > 1
    return different and sum(kind_of(name or "") is None for name in names) > len(names) / 2
