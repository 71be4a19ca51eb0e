"""Delimited text: CSV, TSV and their like."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import pyarrow.compute as pc

from core.messages import Message
from imports.errors import ErrorCode
from imports.not_read import NotRead
from imports.readers import messages
from imports.readers.batch_builder import BatchBuilder
from imports.readers.csv.blocks import BlockReader
from imports.readers.csv.dialect import find_dialect
from imports.readers.csv.footers import Notes
from imports.readers.csv.layout import body_at, find_layout
from imports.readers.csv.mostly_broken import BrokenRecords
from imports.readers.csv.physical_lines import LINES_IN_WORDS, PhysicalLine, Seen, seen
from imports.readers.csv.repeated_headers import RepeatedHeaders
from imports.readers.csv.second_tables import OtherTables
from imports.readers.csv.source_lines import are_comments, filled_lines, numbered_lines, start_of_line
from imports.readers.encoding.decide import LIKELY, decide_encoding
from imports.readers.limits import BATCH_TEXT, MAX_HEADER
from imports.readers.table_detection.totals import Sums
from imports.sources import SourceFile
from imports.text_batches import FileInfo, Places, TextBatch, sliced

SAMPLE = 256 * 1024  # bytes that dialect and layout are found in


class CsvReader:
    """`careful=True` leaves everything to the careful reader; the fast one must give the same.

    `options`: encoding, delimiter, quote, escape; header_row and header_rows (the first line of the header, 0 where
    there is none, and of how many records it is made), first_row (the line of the first record, or without header_row
    where the table begins), last_row (the line of the last record; 0: the file's last). `file_info` says each that is
    not as usual.
    """

    def __init__(
        self,
        source: SourceFile,
        options: Mapping[str, Any],
        *,
        batch_rows: int | None = None,
        block: int = BATCH_TEXT,
        careful: bool = False,
    ) -> None:
        self.share_read = 0.0
        self._shares = deque[tuple[int, float]]()  # of the file, with the last record that was read by then
        self._path = source.path
        self._size = source.size
        self._batch_rows = batch_rows
        self._block = block
        self._careful = careful
        self._last_row = options.get("last_row")
        self._quote_asked = options.get("quote") is not None
        self._encoding = decide_encoding(source.path, options.get("encoding"))
        sample, final = self._sample()
        detected = find_dialect(sample, options, final=final)
        self._dialect = detected.dialect
        self._layout = find_layout(sample, detected.dialect, options, final=final)
        position, self._body_line = body_at(sample, detected.dialect, self._layout, final=final)
        self._body_at = len(_utf8(sample[:position]))
        self.file_info = self._understood(detected.others, [*detected.warnings, *self._layout.warnings])
        self._count_above(sample, sample[:position])

    def _understood(self, others: list[str], warnings: list[Message]) -> FileInfo:
        dialect, layout = self._dialect, self._layout
        options = {
            "encoding": self._encoding.name,
            "delimiter": dialect.delimiter,
            "quote": dialect.quote,
            "escape": dialect.escape,
            "header_row": layout.header_line,
            "header_rows": len(layout.names),
            "first_row": layout.skipped_to if layout.header_line else layout.first_line,
        }
        usual = {"escape": "", "header_rows": bool(layout.names), "first_row": 0 if layout.header_line else 1}
        options = {key: value for key, value in options.items() if key not in usual or value != usual[key]}
        if self._last_row is not None:
            options["last_row"] = self._last_row
        choices = {"delimiter": [dialect.delimiter, *others], "encoding": LIKELY}
        of_encoding = [self._encoding.warning] if self._encoding.warning else []
        return FileInfo("csv", list(layout.header), set(), options, choices, [*of_encoding, *warnings])

    def _count_above(self, sample: str, head: str) -> None:
        """Count the lines above the table and those of its header. head: all of them."""
        start = self._layout.start_line
        lead = sample[: start_of_line(sample, start)]
        above = filled_lines(lead)
        kind = NotRead.COMMENT if are_comments(lead) else self._layout.above
        self.file_info.not_read.add(kind, above, first=1, last=start - 1)
        below = filled_lines(head[start_of_line(head, self._layout.first_line) :]) if self._layout.skipped_to else 0
        self.file_info.not_read.add(NotRead.NOTE, below, first=self._layout.first_line, last=self._body_line - 1)
        self.file_info.not_read.lines_read = max(0, filled_lines(head) - above - below)

    def _sample(self) -> tuple[str, bool]:
        """Return the beginning of the text, and whether that is all of it."""
        with self._path.open("rb") as stream:
            pieces = self._encoding.utf8(stream, SAMPLE)
            data = next(pieces, b"")
            while (more := next(pieces, None)) is not None:
                data += more
                if len(data) >= 2 * SAMPLE and b"\n" in data or len(data) > MAX_HEADER:
                    return _text(data), False
        return _text(data), True

    @property
    def places(self) -> Places:
        return LINES_IN_WORDS

    def location(self, place: int) -> str:
        return LINES_IN_WORDS(place)

    def source_lines(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        with self._path.open("rb") as stream:
            yield from numbered_lines(self._encoding.text(stream), first, last)

    def batches(self) -> Iterator[TextBatch]:
        repeated = RepeatedHeaders(self._layout.names)
        broken = BrokenRecords(self.location, quote_asked=self._quote_asked)
        for batch in self._table():
            broken.count(batch)
            self.share_read = self._share_at(batch.first_record + batch.rows - 1)
            for part in sliced(batch, self._batch_rows):
                yield repeated.marked(part)

    def _table(self) -> Iterator[TextBatch]:
        """Return the records, without what comes after the table."""
        if self._last_row:
            notes = Notes(len(self._layout.header), self._is_sum)
            return notes.left_out(self._up_to(self._last_row), ended=True)
        if self._last_row == 0 or len(self._layout.header) == 1:
            return self._records()
        return self._found_table()

    def _found_table(self) -> Iterator[TextBatch]:
        width = len(self._layout.header)
        tables, notes = OtherTables(width, self._layout.names), Notes(width, self._is_sum)
        yield from notes.left_out(tables.left_out(seen(self._records(), self._body_line)))
        self._tell(tables, notes)

    def _is_sum(self, line: PhysicalLine) -> bool:
        """Return whether a line is the total of the records above it, which are read again for it."""
        sums = Sums(line.cells)
        for batch in self._records():
            rows = pc.sum(pc.less(batch.source_positions, line.number)).as_py()
            sums.add([column.slice(0, rows) for column in batch.columns])
            if rows < batch.rows:
                break
        return sums.prove

    def _tell(self, tables: OtherTables, notes: Notes) -> None:
        """Say what follows the table."""
        warnings, found = [], tables.found
        if notes.first:
            warnings.append(_of_notes(notes.first, notes.last))
            self._leave_out(NotRead.FOOTER, notes.count, notes.first, notes.last)
        unproven = [messages.UNPROVEN_TOTAL(line=line) for line in reversed(notes.unproven)]
        if found:
            starts = [table.first for table in found]
            warnings.append(
                messages.LINES_OF_OTHER_TABLE(first_line=starts[0], last_line=found[-1].last, starts=starts)
            )
        for table in found:
            self._leave_out(NotRead.OTHER_TABLE, table.count, table.first, table.last)
        if warnings:
            self.file_info.options["last_row"] = notes.above
        self.file_info.warnings += [*unproven, *warnings]

    def _leave_out(self, kind: NotRead, count: int, first: int, last: int) -> None:
        """Count lines below the table, which were counted as read."""
        self.file_info.not_read.add(kind, count, first=first, last=last)
        self.file_info.not_read.lines_read -= count

    def _up_to(self, line: int) -> Iterator[Seen]:
        """Yield the records up to a line, and count those below it."""
        first = last = count = 0
        for piece in seen(self._records(), self._body_line):
            rows = pc.sum(pc.less_equal(piece.batch.source_positions, line)).as_py()
            if rows:
                yield piece.first(rows)
            if rows < piece.batch.rows:
                first = first or piece.batch.source_positions[rows].as_py()
                last = piece.batch.source_positions[-1].as_py()
                count += piece.lines_of(rows)
        self._leave_out(NotRead.FOOTER, count, first, last)

    def _records(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.BAD_ENCODING, partial(messages.NOT_IN_ENCODING, encoding=self._encoding.name))
        maker = BatchBuilder(self.location, unstorable, batch_rows=self._batch_rows)
        width, fields = len(self._layout.header), self._layout.fields
        blocks = BlockReader(self._dialect, width, fields, maker, line=self._body_line, careful=self._careful)
        with self._path.open("rb") as stream:
            for batch in blocks.batches(self._body(self._encoding.utf8(stream, self._block)), self._block):
                self._shares.append((batch.first_record + batch.rows - 1, stream.tell() / self._size))
                yield batch
        self.file_info.not_read.lines_read += blocks.lines

    def _share_at(self, record: int) -> float:
        """Return how much of the file was read up to a record: some are read before it is known that they are rows."""
        while len(self._shares) > 1 and self._shares[0][0] < record:
            self._shares.popleft()
        return self._shares[0][1]

    def _body(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield what follows the header."""
        skip = self._body_at
        for piece in pieces:
            yield piece[skip:]
            skip = max(0, skip - len(piece))


def _of_notes(first: int, last: int) -> Message:
    if first == last:
        return messages.LINE_OF_NOTES(line=first)
    return messages.LINES_OF_NOTES(first_line=first, last_line=last)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
