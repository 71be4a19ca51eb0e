"""Where another table begins in a CSV file: it and what follows it are no records of the first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import chain, islice, takewhile

from imports.readers.csv_header import is_surely_header
from imports.readers.csv_seen import Line, Seen
from imports.readers.csv_syntax import Cells

LOOK_AHEAD = 20  # records that a table is known by
MOST_TITLES = 3  # lines over a table
SURE = 3  # records, its header among them, that make a table of lines that nothing else tells apart


class OtherTables:
    """`starts`: the lines on which they begin, `last`: the file's last, once the batches were read."""

    def __init__(self, width: int, names: list[Cells]) -> None:
        self._width = width
        self._names = [*names]
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
        for i in one.striking():
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

    def _names_at(self, one: Seen, i: int, ahead: deque[Seen]) -> Cells:
        """The names of the table that begins at a record; none where none does."""
        line = one.line(i)
        if not line.apart and (not all(line.cells) or len(line.cells) in (1, self._width)):
            return []
        lines = list(islice(chain(one.lines(i), *(other.lines() for other in ahead)), LOOK_AHEAD))
        titles = list(takewhile(lambda line: len(line.filled) <= 1, lines))
        if len(titles) > MOST_TITLES or (titles and not line.apart):
            return []
        header, *rest = lines[len(titles) :] or [line]
        table = [header, *takewhile(lambda line: not line.apart and len(line.cells) == len(header.cells), rest)]
        is_table = self._is_table(table, apart=line.apart or header.apart)
        return header.cells[: header.reach] if is_table else []

    def _is_table(self, table: list[Line], *, apart: bool) -> bool:
        """Whether the first of these lines of equal length names columns that are not this table's."""
        names, *rows = (line.cells[: table[0].reach] for line in table)
        unlike = all(names) and len(set(names)) == len(names) > 1 and names not in self._names
        if not unlike or not rows:
            return False
        sure = is_surely_header([names, *rows])
        if len(table[0].cells) == self._width:
            return apart and sure
        return (apart and sure) or (len(table) >= SURE and (apart or sure))
