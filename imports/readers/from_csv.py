"""Delimited text: CSV, TSV and their like.

Blocks of the file go through the fast reader where they are regular and through the careful one where not; the seam
is always between two records, so that nothing has to be taken back.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from typing import Any

from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.readers import TextBatch, Understood
from imports.readers.batching import BatchMaker, sliced
from imports.readers.csv_dialect import choose_delimiter, has_header, sample_records
from imports.readers.csv_fast import FastReader
from imports.readers.csv_records import CarefulReader, Dialect, Quoting, Record
from imports.readers.encodings import LIKELY, decide_encoding
from imports.readers.limits import BATCH_TEXT, MAX_CELL
from imports.sources import SourceFile

SAMPLE = 256 * 1024  # bytes that dialect and header are found in


class CsvReader:
    """`careful=True` leaves everything to the careful reader; the fast one must give the same."""

    def __init__(
        self,
        source: SourceFile,
        options: Mapping[str, Any],
        *,
        batch_rows: int | None = None,
        block: int = BATCH_TEXT,
        careful: bool = False,
    ) -> None:
        self._path = source.path
        self._batch_rows = batch_rows
        self._block = block
        self._encoding = decide_encoding(source.path, options.get("encoding"))
        sample, final = self._sample()
        self._dialect, others = _dialect(sample, options, final=final)
        self._header, self._body_at, self._body_line = self._find_header(sample, options, final=final)
        self._width = len(self._header)
        self._fast = None if careful else FastReader(self._dialect, self._width)
        self.understood = self._understood(others)

    def _understood(self, others: list[str]) -> Understood:
        options = {
            "encoding": self._encoding.name,
            "delimiter": self._dialect.delimiter,
            "quote": self._dialect.quote,
            "header_row": self._header_row,
        }
        warnings = [self._encoding.warning] if self._encoding.warning else []
        if not self._header_row:
            warnings.append("The first line holds values, not names; the columns were numbered.")
        choices = {"delimiter": [self._dialect.delimiter, *others], "encoding": LIKELY}
        return Understood("csv", list(self._header), set(), options, choices, warnings)

    def _sample(self) -> tuple[str, bool]:
        """The beginning of the text, and whether that is all of it."""
        with self._path.open("rb") as stream:
            pieces = self._encoding.utf8(stream, SAMPLE)
            data = next(pieces, b"")
            while (more := next(pieces, None)) is not None:
                data += more
                if len(data) >= 2 * SAMPLE and b"\n" in data or len(data) > MAX_CELL:
                    return _text(data), False
        return _text(data), True

    def _find_header(self, sample: str, options: Mapping[str, Any], *, final: bool) -> tuple[list[str], int, int]:
        """Names of the columns, and where the first record after them begins: bytes of UTF-8, physical line."""
        asked = options.get("header_row")
        reader = CarefulReader(self._dialect, sample, final=final)
        records = sample_records(sample, self._dialect, final=final)
        if not records:
            raise UnreadableFile("The file holds only blank lines. Choose a file with a table in it.")
        if asked == 0 or (asked is None and not has_header(records)):
            self._header_row = 0
            return [f"column_{i + 1}" for i in range(len(records[0].cells))], 0, 1
        record = reader.next_record()
        while record is not None and (record.cells == [None] or record.line < (asked or 1)):
            record = reader.next_record()
        if record is None:
            if asked is None:
                raise UnreadableFile("The first line is too long to be a header. Is this a table?")
            raise InvalidMapping(f"header_row is {asked}, but the file does not reach to that line.")
        self._header_row = record.line
        return [cell or "" for cell in record.cells], len(_utf8(sample[: reader.position])), reader.line

    def location(self, place: int) -> str:
        return f"line {place}"

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.BAD_ENCODING, f"holds bytes that are not {self._encoding.name} text")
        self._maker = BatchMaker(self.location, unstorable, batch_rows=self._batch_rows)
        self._line = self._body_line
        with self._path.open("rb") as stream:
            rest = b""
            for data in self._body(self._encoding.utf8(stream, self._block)):
                rest += data
                if len(rest) >= self._want:
                    rest = yield from self._whole_records(rest, final=False)
            yield from self._whole_records(rest, final=True)

    def _body(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What stands after the header."""
        skip = self._body_at
        self._want = self._block
        for piece in pieces:
            yield piece[skip:]
            skip = max(0, skip - len(piece))

    def _whole_records(self, data: bytes, *, final: bool) -> Generator[TextBatch, None, bytes]:
        """The records that end in the data; returns what is left."""
        if self._fast is not None:
            whole = data + b"\n" if final and data and data[-1:] not in b"\r\n" else data
            part = self._fast.read(whole, self._line)
            if part is not None:
                batch = TextBatch(part.columns, self._maker.next_record, part.places)
                self._maker.skip(batch.rows)
                self._line += part.lines
                yield from sliced(batch, self._batch_rows)
                data = data[part.size :]
        if data and (final or self._fast is None or part is None):
            data = yield from self._careful_records(data, final=final)
        self._want = max(self._block, 2 * len(data))
        return data

    def _careful_records(self, data: bytes, *, final: bool) -> Generator[TextBatch, None, bytes]:
        text = _text(data)
        reader = CarefulReader(self._dialect, text, line=self._line, final=final)
        one_column = self._width == 1
        for record in reader.records():
            if record.cells != [None] or one_column:
                self._take(record)
                if self._maker.full:
                    yield from self._maker.flush()
        yield from self._maker.flush()
        self._line = reader.line
        return _utf8(text[reader.position :])

    def _take(self, record: Record) -> None:
        """One record into the batch, with what is wrong about it."""
        cells, line, quoting = record
        found, expected = len(cells), self._width
        if quoting is Quoting.REGULAR and found == expected:
            self._maker.add(cells, line)
            return
        counted = f"line {line} has {found} field{'s' * (found != 1)}, the header has {expected}"
        if quoting is Quoting.UNCLOSED or (quoting is Quoting.UNDOUBLED and found != expected):
            self._reject(record, ErrorCode.BAD_QUOTING, f"line {line} has quotes that do not match up")
        elif found > expected:
            self._reject(record, ErrorCode.TOO_MANY_FIELDS, counted)
        else:
            self._maker.add(cells, line)
            if found < expected:
                self._maker.trouble(ErrorCode.TOO_FEW_FIELDS, counted)
            else:
                self._maker.trouble(ErrorCode.BAD_QUOTING, f"line {line} has undoubled quotes inside a quoted value")

    def _reject(self, record: Record, code: ErrorCode, message: str) -> None:
        self._maker.add((None,) * self._width, record.line)
        self._maker.trouble(code, message, rejected=True, original=tuple(record.cells))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _dialect(sample: str, options: Mapping[str, Any], *, final: bool) -> tuple[Dialect, list[str]]:
    quote = options.get("quote", '"')
    quote = '"' if quote is None else quote
    if len(quote) > 1:
        raise InvalidMapping("The quote must be one character, or empty where quotes are ordinary text.")
    if options.get("delimiter"):
        return Dialect(options["delimiter"], quote), []
    delimiter, others = choose_delimiter(sample, quote, final=final)
    return Dialect(delimiter, quote), others
