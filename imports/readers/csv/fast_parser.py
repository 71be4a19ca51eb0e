"""The fast reader of CSV: regular stretches of a file, read by pyarrow exactly as the careful reader reads them.

tests/imports/test_readers_csv.py proves that the two agree. What is not regular (undoubled or unclosed quotes, records
of other lengths, blank lines, lone CR, escapes, bytes that are not UTF-8) is left to the careful reader.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from imports.readers.csv.syntax import Dialect

NEWLINE, RETURN = 10, 13
BOM = b"\xef\xbb\xbf"


def _has_lone_returns(octets: np.ndarray) -> bool:
    """Return whether a CR is without LF; the octets end with LF."""
    returns = np.flatnonzero(octets == RETURN)
    return bool((octets[returns + 1] != NEWLINE).any())


@dataclass(frozen=True)
class RegularPart:
    """Records at the beginning of a block, and nothing irregular among them."""

    columns: list[pa.Array]
    source_positions: pa.Array  # int64: the physical line of each record
    size: int  # bytes of the block that they take
    lines: int  # physical lines of it


class FastReader:
    """`width`: columns; `fields`: those and the empty ones behind them that a regular line has."""

    def __init__(self, dialect: Dialect, width: int, fields: int) -> None:
        self._width = width
        self._delimiter, self._quote = dialect.delimiter.encode(), dialect.quote.encode()
        self._escape = dialect.escape.encode()
        self.able = len(self._delimiter) == 1 and len(self._quote) <= 1
        names = [f"c{i}" for i in range(fields)]
        self._names = names
        self._parse = pc.ParseOptions(
            delimiter=dialect.delimiter if self.able else ",",
            quote_char=(dialect.quote or False) if self.able else False,
            newlines_in_values=True,
        )
        self._convert = pc.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            null_values=[""],
        )

    def read(self, block: bytes, line: int) -> RegularPart | None:
        """Return all records that end in the block, which begins at a record on physical line `line`.

        None if any of them is not regular, or none ends in the block.
        """
        if not self.able or block.startswith(BOM) or (self._escape and self._escape in block):
            return None
        octets = np.frombuffer(block, np.uint8)
        newlines = np.flatnonzero(octets == NEWLINE)
        if self._quote and self._quote in block:
            starts, lines = self._quoted_records(octets, newlines)
        else:
            starts, lines = np.arange(len(newlines)), len(newlines)
        size = int(newlines[lines - 1]) + 1 if lines else 0
        if not size or (b"\r" in block and _has_lone_returns(octets[:size])):
            return None
        columns = self._columns(pa.py_buffer(block).slice(0, size))
        if columns is None or len(columns[0]) != len(starts):
            return None  # blank lines, which pyarrow passes over
        return RegularPart(columns, pa.array(starts + line, pa.int64()), size, lines)

    def _quoted_records(self, octets: np.ndarray, newlines: np.ndarray) -> tuple[np.ndarray, int]:
        """For each record that ends in the block, the lines of the block before it; and the lines of them all.

        No lines where a quote neither begins nor ends a field nor is doubled.
        """
        quotes = np.flatnonzero(octets == self._quote[0])
        outside = np.flatnonzero(np.searchsorted(quotes, newlines) % 2 == 0)
        if not len(outside):
            return outside, 0
        quotes = quotes[: np.searchsorted(quotes, newlines[outside[-1]])]
        before = octets[np.maximum(quotes[0::2] - 1, 0)]  # at 0 the quote itself, which passes
        after = octets[quotes[1::2] + 1]
        regular = self._is_border(before).all() and self._is_border(after, b"\r").all()
        return np.concatenate([[0], outside[:-1] + 1]), int(outside[-1]) + 1 if regular else 0

    def _is_border(self, octets: np.ndarray, others: bytes = b"") -> np.ndarray:
        """Return whether each byte may be next to a quote that opens or closes: a delimiter, a line end, another
        quote."""
        allowed = np.zeros(256, bool)
        allowed[list(self._delimiter + self._quote + b"\n" + others)] = True
        return allowed[octets]

    def _columns(self, part: pa.Buffer) -> list[pa.Array] | None:
        read = pc.ReadOptions(column_names=self._names, block_size=part.size + 1, use_threads=False)
        try:
            table = pc.read_csv(pa.BufferReader(part), read, self._parse, self._convert)
        except pa.ArrowInvalid:  # records of other lengths, or bytes that are not UTF-8
            return None
        if any(column.null_count < len(column) for column in table.columns[self._width :]):
            return None
        columns = table.columns[: self._width]
        return [column.combine_chunks() if column.num_chunks != 1 else column.chunk(0) for column in columns]
