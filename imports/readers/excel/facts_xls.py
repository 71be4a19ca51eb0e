"""Sheets of .xls files, read record by record in addition to calamine: errors, and formulas without result.

Formats: [MS-CFB] and [MS-XLS], https://learn.microsoft.com/openspecs/office_file_formats/ms-xls
"""

from __future__ import annotations

import struct
from array import array
from collections.abc import Iterator
from io import SEEK_END
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from imports.errors import ErrorCode
from imports.readers.excel.cell_styles import note_numbers
from imports.readers.excel.numbers_xls import NumberFormats
from imports.readers.excel.sheet_facts import ERROR_TEXTS, LostCell, SheetFacts

BOUND_SHEET, BOOL_OR_ERROR, FORMULA, END = 0x85, 0x0205, 0x0006, 0x000A
ROW, HIDDEN = 0x0208, 0x20
NO_NUMBER = b"\xff\xff"  # at the end of a formula's result that is none
RESULT_ERROR, RESULT_EMPTY = 2, 3
STREAMS = ("Workbook", "Book")
LAST_SECTOR = 0xFFFFFFFA  # larger numbers mean something else
SECTOR_SIZES = {9: 512, 12: 4096}  # bytes, by the power of two in the header
MAX_DIRECTORY_BYTES = 1_000  # sectors
MAX_OF_SMALL = 10_000  # sectors that hold streams too small for sectors of their own
IN_HEADER = 109  # sectors of the allocation table that the header names


def facts_of_xls(path: Path, position: int) -> SheetFacts:
    """position: of the sheet, from 0.

    A result that is an empty text looks like one that was never calculated: where no formula has another, none was.
    """
    facts, starts, inside = SheetFacts(), [], False
    empty, calculated, formats = [], False, NumberFormats()
    with path.open("rb") as stream:
        for at, kind, data in records(Container(stream)):
            if not inside:
                formats.take(kind, data)
            else:
                note_numbers(formats.numbers(kind, data), facts, is_1904=formats.is_1904)
                if kind == ROW and data[12] & HIDDEN:
                    facts.hidden_rows.append(struct.unpack_from("<H", data)[0] + 1)
            if kind == BOUND_SHEET:
                starts.append(struct.unpack_from("<I", data)[0])
            elif position < len(starts) and at == starts[position]:
                inside = True
            elif inside and kind == END:
                break
            elif inside and kind == FORMULA and data[12:14] == NO_NUMBER and data[6] == RESULT_EMPTY:
                empty.append(struct.unpack_from("<HH", data))
            elif inside:
                calculated |= kind == FORMULA
                _look_for_error(kind, data, facts)
    if calculated:
        facts.empty_results = len(empty)
    else:
        for row, column in empty:
            facts.lose(row + 1, LostCell(column, None, ErrorCode.FORMULA_WITHOUT_RESULT))
    return facts


def _look_for_error(kind: int, data: bytes, facts: SheetFacts) -> None:
    if kind == BOOL_OR_ERROR and data[7]:
        code = data[6]
    elif kind == FORMULA and data[12:14] == NO_NUMBER and data[6] == RESULT_ERROR:
        code = data[8]
    else:
        return
    row, column = struct.unpack_from("<HH", data)
    facts.lose(row + 1, LostCell(column, ERROR_TEXTS.get(code, "an error")))


def records(container: Container) -> Iterator[tuple[int, int, bytes]]:
    """Yield (position in the stream, kind, content) of each record."""
    rest, begin = b"", 0
    for sector in container.sectors():
        rest += sector
        at = 0
        while at + 4 <= len(rest):
            kind, length = struct.unpack_from("<HH", rest, at)
            if at + 4 + length > len(rest):
                break
            yield begin + at, kind, rest[at + 4 : at + 4 + length]
            at += 4 + length
        rest, begin = rest[at:], begin + at


class Container:
    """A compound file: a small file system, of which one stream is the workbook.

    No number in it is trusted: tables are no longer than the file needs, chains no longer than their table.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        header = stream.read(512)
        self._size = SECTOR_SIZES[struct.unpack_from("<H", header, 30)[0]]
        self._sectors = stream.seek(0, SEEK_END) // self._size
        self._next = array("I")
        for sector in islice(self._table_sectors(header), self._sectors * 4 // self._size + 1):
            self._next.frombytes(self._read(sector))
        self._small_below = struct.unpack_from("<I", header, 56)[0]
        self._small_table = struct.unpack_from("<I", header, 60)[0]
        directory = b"".join(islice(self._chain(struct.unpack_from("<I", header, 48)[0]), MAX_DIRECTORY_BYTES))
        self._entries = [directory[i : i + 128] for i in range(0, len(directory), 128)]

    def refuse_long_streams(self, size: int) -> None:
        """Raise ValueError for a workbook that says that it is longer than the file. size: of the file, bytes."""
        if struct.unpack_from("<I", self._workbook(), 120)[0] > size:
            raise ValueError("a stream is longer than its file")

    def _workbook(self) -> bytes:
        """Return its entry in the directory."""
        return next(entry for name in STREAMS for entry in self._entries if _name(entry) == name)

    def sectors(self) -> Iterator[bytes]:
        """Return the workbook, piece by piece; the last one may be filled up."""
        entry = self._workbook()
        start, size = struct.unpack_from("<II", entry, 116)
        if size >= self._small_below:
            return self._chain(start)
        return self._small_chain(start)

    def _table_sectors(self, header: bytes) -> Iterator[int]:
        """Yield where the allocation table is."""
        yield from (sector for sector in struct.unpack_from(f"<{IN_HEADER}I", header, 76) if sector <= LAST_SECTOR)
        following, count = struct.unpack_from("<II", header, 68)
        for _ in range(min(count, self._sectors)):
            *sectors, following = struct.unpack(f"<{self._size // 4}I", self._read(following))
            yield from (sector for sector in sectors if sector <= LAST_SECTOR)

    def _read(self, sector: int) -> bytes:
        self._stream.seek((sector + 1) * self._size)
        return self._stream.read(self._size)

    def _chain(self, sector: int) -> Iterator[bytes]:
        for _ in range(len(self._next)):  # a chain that bites its own tail ends too
            if sector > LAST_SECTOR:
                return
            yield self._read(sector)
            sector = self._next[sector]

    def _small_chain(self, sector: int) -> Iterator[bytes]:
        table = array("I", b"".join(islice(self._chain(self._small_table), MAX_OF_SMALL)))
        content = b"".join(islice(self._chain(struct.unpack_from("<I", self._entries[0], 116)[0]), MAX_OF_SMALL))
        for _ in range(len(table)):
            if sector > LAST_SECTOR:
                return
            yield content[sector * 64 : sector * 64 + 64]
            sector = table[sector]


def _name(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(0, min(length, 64) - 2)].decode("utf-16-le", "replace")
