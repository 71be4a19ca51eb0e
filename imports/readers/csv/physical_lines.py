"""Batches of CSV records as lines of the file, to judge by: the cells as in the file, and blank lines between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow.compute as pc

from imports.readers.csv.careful_parser import LINE_END
from imports.readers.table_detection.cells import Cells
from imports.text_batches import Places, TextBatch, sliced

LINES_IN_WORDS = Places("line ")


@dataclass(frozen=True)
class PhysicalLine:
    cells: Cells  # as in the file, as many as there were
    number: int  # physical line, from 1
    apart: bool  # whether blank lines precede it

    @property
    def filled(self) -> list[str]:
        return [cell for cell in self.cells if cell]

    @property
    def reach(self) -> int:
        """How many fields there are up to the last that is filled."""
        return max((i + 1 for i, cell in enumerate(self.cells) if cell), default=0)

    @property
    def lines(self) -> int:
        """How many physical lines it takes."""
        return 1 + sum(len(LINE_END.findall(cell)) for cell in self.filled)


@dataclass(frozen=True)
class Seen:
    """A batch, and before which of its records there are blank lines."""

    batch: TextBatch
    apart: np.ndarray  # mask

    @cached_property
    def _originals(self) -> dict[int, tuple[str | None, ...]]:
        return {problem.index: problem.original for problem in self.batch.problems if problem.original is not None}

    def line(self, i: int) -> PhysicalLine:
        original = self._originals.get(i)
        cells = [column[i].as_py() for column in self.batch.columns] if original is None else list(original)
        return PhysicalLine(cells, self.batch.source_positions[i].as_py(), bool(self.apart[i]))

    def lines(self, start: int = 0) -> Iterator[PhysicalLine]:
        return (self.line(i) for i in range(start, self.batch.rows))

    def fields(self) -> np.ndarray:
        """Return how many fields each record had."""
        counts = np.full(self.batch.rows, len(self.batch.columns))
        for problem in self.batch.problems:
            if problem.original is not None:
                counts[problem.index] = len(problem.original)
        return counts

    def lines_of(self, start: int = 0, end: int | None = None) -> int:
        """Return how many physical lines the records from one position up to another take."""
        return int(_line_counts(self.batch)[start:end].sum())

    def first(self, rows: int) -> Seen:
        """Return the first records, one at least."""
        return Seen(next(sliced(self.batch, rows)), self.apart[:rows])


def seen(batches: Iterable[TextBatch], line: int) -> Iterator[Seen]:
    """Yield the batches with their physical lines. line: of the first record if no blank line is before it."""
    for batch in batches:
        lines = batch.source_positions.to_numpy()
        if lines[0] == line and lines[-1] - line == batch.rows - 1:
            piece = Seen(batch, np.zeros(batch.rows, bool))
        else:
            piece = Seen(batch, lines > np.concatenate([[line], lines[:-1] + _line_counts(batch)[:-1]]))
        yield piece
        last = piece.line(batch.rows - 1)
        line = last.number + last.lines


def _line_counts(batch: TextBatch) -> np.ndarray:
    """Return the number of physical lines of each record."""
    counts = np.ones(batch.rows, np.int64)
    for column in batch.columns:
        counts += pc.fill_null(pc.count_substring_regex(column, LINE_END.pattern), 0).to_numpy()
    for problem in batch.problems:
        if problem.original is not None:
            counts[problem.index] = 1 + sum(len(LINE_END.findall(cell or "")) for cell in problem.original)
    return counts
