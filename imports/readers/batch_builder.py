"""Records, one by one -> TextBatch."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest

import pyarrow as pa

from core.messages import Message
from imports.errors import ErrorCode
from imports.identifiers import cut_name
from imports.readers.limits import BATCH_CELLS, BATCH_ROWS, BATCH_TEXT
from imports.text_batches import RowProblem, TextBatch, moved_problem

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
SURROGATE = re.compile("[\ud800-\udfff]")

Cells = Sequence[str | None]


def storable(text: str) -> str:
    """Return a text with U+FFFD for each character that no database or UTF-8 text can hold."""
    return UNSTORABLE.sub("\ufffd", text)


def header_of(name: str) -> str:
    """Return the header of a column that a file calls so: cut where it is long, and storable."""
    return storable(cut_name(name))


class BatchBuilder:
    """Collects records until they fill a batch.

    `unstorable` is the code and the sentence of a cell with characters that are not Unicode text: a decoder that
    met wrong bytes leaves them as lone surrogates, and JSON can spell them.
    """

    def __init__(
        self,
        location: Callable[[int], str],
        unstorable: tuple[ErrorCode, Callable[..., Message]],
        *,
        batch_rows: int | None = None,
        first_record: int = 1,
    ) -> None:
        self._location = location
        self._unstorable = unstorable
        self._batch_rows = batch_rows or BATCH_ROWS
        self._first_record = first_record
        self._start()

    def _start(self) -> None:
        self._rows: list[Cells] = []
        self._source_positions: list[int] = []
        self._problems: list[RowProblem] = []
        self._text = 0
        self._width = 1

    @property
    def next_record(self) -> int:
        return self._first_record + len(self._rows)

    @property
    def full(self) -> bool:
        rows = len(self._rows)
        return rows >= self._batch_rows or self._text >= BATCH_TEXT or rows * self._width >= BATCH_CELLS

    def skip(self, records: int) -> None:
        """Count records that went another way; only where nothing waits."""
        self._first_record += records

    def add(self, cells: Cells, place: int, *, text: int = 0) -> None:
        """Take a record; `text` is how many characters of the file it came from."""
        self._rows.append(cells)
        self._source_positions.append(place)
        self._text += text
        if len(cells) > self._width:
            self._width = len(cells)

    def problem(
        self,
        code: ErrorCode,
        message: Message,
        *,
        rejected: bool = False,
        original: tuple[str | None, ...] | None = None,
        column: int | None = None,
        value: str | None = None,
    ) -> None:
        """Report what was wrong with the record that was added last, or with its cell in that column."""
        self._problems.append(RowProblem(len(self._rows) - 1, code, message, rejected, original, column, value))

    def flush(self) -> Iterator[TextBatch]:
        """Yield the batch of what was added since the last one, if anything was."""
        if not self._rows:
            return
        try:
            columns = _columns(self._rows)
        except UnicodeEncodeError:
            self._empty_unstorable()
            columns = _columns(self._rows)
        source_positions = pa.array(self._source_positions, pa.int64())
        batch = TextBatch(columns, self._first_record, source_positions, tuple(self._problems))
        self._first_record = self.next_record
        self._start()
        yield batch

    def _empty_unstorable(self) -> None:
        """Report the cells that no text column can hold, and leave them empty."""
        code, sentence = self._unstorable
        for i, row in enumerate(self._rows):
            bad = [j for j, cell in enumerate(row) if cell and SURROGATE.search(cell)]
            if not bad:
                continue
            message = sentence(location=self._location(self._source_positions[i]))
            original = tuple(row)
            self._problems += [RowProblem(i, code, message, False, original, j, storable(row[j] or "")) for j in bad]
            self._rows[i] = [None if j in bad else cell for j, cell in enumerate(row)]
        self._problems.sort(key=lambda problem: problem.index)


def _columns(rows: list[Cells]) -> list[pa.Array]:
    """Convert rows of any length to columns of equal length; what a row does not have is null."""
    return [pa.array(column, pa.string()) for column in zip_longest(*rows)]


def joined(batches: Iterable[TextBatch]) -> Iterator[TextBatch]:
    """Yield the same records in fewer batches, none of which grows too large."""
    pending: list[TextBatch] = []
    rows = cells = 0
    for batch in batches:
        rows += batch.rows
        cells += batch.rows * len(batch.columns)
        if pending and (rows > BATCH_ROWS or cells > BATCH_CELLS):
            yield _one(pending)
            pending, rows, cells = [], batch.rows, batch.rows * len(batch.columns)
        pending.append(batch)
    if pending:
        yield _one(pending)


def _one(batches: list[TextBatch]) -> TextBatch:
    if len(batches) == 1:
        return batches[0]
    first = batches[0].first_record
    width = max(len(batch.columns) for batch in batches)
    columns = [pa.concat_arrays([_column(batch, i) for batch in batches]) for i in range(width)]
    problems = [moved_problem(problem, batch.first_record - first) for batch in batches for problem in batch.problems]
    return TextBatch(columns, first, pa.concat_arrays([batch.source_positions for batch in batches]), tuple(problems))


def _column(batch: TextBatch, position: int) -> pa.Array:
    return batch.columns[position] if position < len(batch.columns) else pa.nulls(batch.rows, pa.string())
