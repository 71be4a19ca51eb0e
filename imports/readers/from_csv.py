"""Delimited text: CSV, TSV and their like."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from imports.errors import ErrorCode, InvalidMapping, UnreadableFile
from imports.readers import TextBatch, Understood
from imports.readers.batching import BatchMaker, sliced, storable
from imports.readers.csv_blocks import BlockReader
from imports.readers.csv_dialect import choose_delimiter, has_header, sample_records
from imports.readers.csv_records import CarefulReader, Dialect
from imports.readers.encodings import LIKELY, decide_encoding
from imports.readers.limits import BATCH_TEXT, MAX_HEADER
from imports.sources import SourceFile

SAMPLE = 256 * 1024  # bytes that dialect and header are found in
LINE_ENDS = frozenset("\r\n")


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
        self._careful = careful
        self._encoding = decide_encoding(source.path, options.get("encoding"))
        sample, final = self._sample()
        self._dialect, others = _dialect(sample, options, final=final)
        self._header, self._body_at, self._body_line = self._find_header(sample, options, final=final)
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
                if len(data) >= 2 * SAMPLE and b"\n" in data or len(data) > MAX_HEADER:
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
        return [storable(cell or "") for cell in record.cells], len(_utf8(sample[: reader.position])), reader.line

    def location(self, place: int) -> str:
        return f"line {place}"

    def batches(self) -> Iterator[TextBatch]:
        unstorable = (ErrorCode.BAD_ENCODING, f"holds bytes that are not {self._encoding.name} text")
        maker = BatchMaker(self.location, unstorable, batch_rows=self._batch_rows)
        blocks = BlockReader(self._dialect, len(self._header), maker, line=self._body_line, careful=self._careful)
        with self._path.open("rb") as stream:
            for batch in blocks.batches(self._body(self._encoding.utf8(stream, self._block)), self._block):
                yield from sliced(batch, self._batch_rows)

    def _body(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What stands after the header."""
        skip = self._body_at
        for piece in pieces:
            yield piece[skip:]
            skip = max(0, skip - len(piece))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _dialect(sample: str, options: Mapping[str, Any], *, final: bool) -> tuple[Dialect, list[str]]:
    quote = options.get("quote", '"')
    quote = '"' if quote is None else quote
    if len(quote) > 1 or quote in LINE_ENDS:
        raise InvalidMapping("The quote must be one character, or empty where quotes are ordinary text.")
    asked = options.get("delimiter")
    if asked:
        if not LINE_ENDS.isdisjoint(asked):
            raise InvalidMapping("The delimiter must not hold a line end: that is where records end.")
        if quote and quote in asked:
            raise InvalidMapping("The delimiter must not hold the quote. Choose another quote, or an empty one.")
        return Dialect(asked, quote), []
    delimiter, others = choose_delimiter(sample[:SAMPLE], quote, final=final and len(sample) <= SAMPLE)
    return Dialect(delimiter, quote), others
