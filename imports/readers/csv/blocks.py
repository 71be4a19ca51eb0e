"""The body of a CSV file, block by block: the fast reader where it is regular, the careful one where it is not.

The cut is always between two records, so that no text is read twice.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from core.messages import Message
from imports.errors import ErrorCode
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder, joined
from imports.readers.csv.careful_parser import CarefulReader, Quoting, Record
from imports.readers.csv.fast_parser import FastReader
from imports.readers.csv.syntax import Dialect
from imports.readers.table_detection.cells import Cells
from imports.text_batches import TextBatch

PIECE = 256 * 1024  # bytes: an irregular block is taken in pieces, so that the careful reader gets few of its records


class BlockReader:
    """UTF-8 in, batches out. `careful=True`: without the fast reader, which must give the same.

    `width`: columns; `fields`: those and the empty ones behind them that a regular line has.
    """

    def __init__(
        self, dialect: Dialect, width: int, fields: int, maker: BatchBuilder, *, line: int, careful: bool = False
    ) -> None:
        self._dialect = dialect
        self._width = width
        self._fields = fields
        self._maker = maker
        self._line = line  # physical line on which `_rest` begins
        self._rest = b""  # what came after the last whole record
        self.lines = 0  # physical lines of the records so far; blank ones between them aside
        self._fast = None if careful else FastReader(dialect, width, fields)

    def batches(self, data: Iterable[bytes], block: int) -> Iterator[TextBatch]:
        """Yield all records of the data, which begins at a record; `block`: bytes that are taken at once, about."""
        want = block
        for more in data:
            self._rest += more
            if len(self._rest) >= want:
                yield from self._batches_of_rest(final=False)
                want = max(block, 2 * len(self._rest))  # a long record is not scanned too often
        yield from self._batches_of_rest(final=True)

    def _batches_of_rest(self, *, final: bool) -> list[TextBatch]:
        with _collector_paused():
            return list(joined(self._whole_records(final=final)))

    def _whole_records(self, *, final: bool) -> Iterator[TextBatch]:
        """Yield the records that end in `_rest`; without `final` what comes after them stays there."""
        regular = self._regular_records(final=final)
        if regular:
            yield from regular
            if final and self._rest:
                yield from self._careful_records(final=True)
        elif self._fast is None or len(self._rest) <= PIECE:
            yield from self._careful_records(final=final)
        else:
            yield from self._in_pieces(final=final)
        yield from self._maker.flush()

    def _in_pieces(self, *, final: bool) -> Iterator[TextBatch]:
        data, self._rest, position = self._rest, b"", 0
        while position < len(data):
            step = max(PIECE, len(self._rest))
            self._rest += data[position : position + step]
            position += step
            yield from self._regular_records(final=False) or self._careful_records(final=False)
        if final and self._rest:
            yield from self._careful_records(final=True)

    def _regular_records(self, *, final: bool) -> list[TextBatch]:
        """Return the records that end in `_rest`, after those that wait; nothing where one is not regular."""
        unended = final and self._rest and self._rest[-1:] not in b"\r\n"
        part = self._fast.read(self._rest + b"\n" if unended else self._rest, self._line) if self._fast else None
        if part is None:
            return []
        waiting = list(self._maker.flush())
        batch = TextBatch(part.columns, self._maker.next_record, part.source_positions)
        self._maker.skip(batch.rows)
        self._line += part.lines
        self.lines += part.lines
        self._rest = self._rest[part.size :]
        return [*waiting, batch]

    def _careful_records(self, *, final: bool) -> Iterator[TextBatch]:
        """Yield the batches that the records in `_rest` fill; the last ones wait."""
        text = self._rest.decode("utf-8", "surrogateescape")
        reader = CarefulReader(self._dialect, text, line=self._line, final=final, width=self._fields)
        one_column = self._width == 1
        blank = 0
        for record in reader.records():
            if record.cells == [None]:
                blank += 1
                if not one_column:  # where a blank line is a NULL
                    continue
            self._take(record)
            if self._maker.full:
                yield from self._maker.flush()
        unended = bool(text) and reader.position == len(text) and not text.endswith(("\n", "\r"))
        self.lines += reader.line - self._line + unended - blank
        self._line = reader.line
        self._rest = text[reader.position :].encode("utf-8", "surrogateescape")

    def _take(self, record: Record) -> None:
        """Add one record to the batch, with its problems."""
        cells, line, count = record.cells, record.line, len(record.cells)
        if count == self._width and record.quoting is Quoting.REGULAR and not record.delimiter:
            self._maker.add(cells, line)
            return
        bare = cells[: self._width] if count > self._width and _are_none(cells[self._width :]) else cells
        as_it_should = count in (self._width, self._fields) and len(bare) == self._width
        if record.quoting is Quoting.UNCLOSED or (record.quoting is Quoting.UNDOUBLED and not as_it_should):
            self._reject(record, ErrorCode.BAD_QUOTING, messages.UNCLOSED_QUOTES(location=f"line {line}"))
            return
        counts = {"location": f"line {line}", "found": count, "expected": self._width}
        if len(bare) > self._width:
            self._reject(record, ErrorCode.TOO_MANY_FIELDS, messages.FIELD_COUNT(**counts))
            return
        self._maker.add(bare, line)
        if count < self._width:
            self._maker.problem(ErrorCode.TOO_FEW_FIELDS, messages.FIELD_COUNT(**counts), original=tuple(cells))
        elif not as_it_should:
            message = messages.EMPTY_FIELDS_BEYOND_HEADER(**counts)
            self._maker.problem(ErrorCode.TOO_MANY_FIELDS, message, original=tuple(cells))
        if record.delimiter:
            message = messages.OTHER_DELIMITER(location=counts["location"], delimiter=record.delimiter)
            self._maker.problem(ErrorCode.OTHER_DELIMITER, message)
        if record.quoting is Quoting.UNDOUBLED:
            message = messages.UNDOUBLED_QUOTES(location=counts["location"])
            self._maker.problem(ErrorCode.BAD_QUOTING, message)

    def _reject(self, record: Record, code: ErrorCode, message: Message) -> None:
        self._maker.add((None,) * self._width, record.line)
        self._maker.problem(code, message, rejected=True, original=tuple(record.cells))


def _are_none(cells: Cells) -> bool:
    return all(cell is None for cell in cells)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Without the search for garbage: records that wait are none, and looking at them again and again takes as long as
    reading them."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
