"""Whether an .xls comes to much more than its size, before calamine reads it: [MS-XLS]."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from imports.readers.excel.facts_xls import BOOL_OR_ERROR, BOUND_SHEET, FORMULA, Container, records
from imports.readers.excel.sheet_facts import refuse_spread
from imports.readers.limits import MAX_EMPTY_CELLS

MANY_NUMBERS = 0xBD  # a record of several cells: its last two bytes are the last column
#: Records of cells that hold something.
CELLS = frozenset({0x0203, 0x0204, 0x00D6, 0x00FD, 0x027E, BOOL_OR_ERROR, FORMULA, MANY_NUMBERS})
IS_WIDE = 1  # flag of a name: two bytes for each character


@dataclass
class _Area:
    first_row: int
    last_row: int
    first_column: int
    last_column: int

    def take(self, row: int, first: int, last: int) -> None:
        self.first_row, self.last_row = min(self.first_row, row), max(self.last_row, row)
        self.first_column, self.last_column = min(self.first_column, first), max(self.last_column, last)


def refuse_spread_of_xls(path: Path) -> None:
    """Raise UnreadableFile for a stream that is longer than the file, and for a sheet of a far spread.

    In a file with a byte for each cell that calamine makes, no sheet is too large for its size.
    """
    size = path.stat().st_size
    if zipfile.is_zipfile(path):
        return
    with path.open("rb") as stream:
        container = Container(stream)
        container.refuse_long_streams(size)
        if size > MAX_EMPTY_CELLS:
            return
        names: dict[int, str] = {}
        sheet, area = "", None
        for at, kind, data in records(container):
            if kind == BOUND_SHEET:
                names[struct.unpack_from("<I", data)[0]] = _name(data)
            elif at in names:
                sheet, area = names[at], None
            elif kind in CELLS:
                row, first = struct.unpack_from("<HH", data)
                last = struct.unpack_from("<H", data, len(data) - 2)[0] if kind == MANY_NUMBERS else first
                area = area or _Area(row, row, first, first)
                area.take(row, first, last)
                _refuse(sheet, area, size)


def _refuse(sheet: str, area: _Area, size: int) -> None:
    rows, columns = area.last_row - area.first_row + 1, area.last_column - area.first_column + 1
    refuse_spread(sheet, rows, columns, size)


def _name(data: bytes) -> str:
    """Return the name in a record of a sheet."""
    length = data[6]
    if len(data) == 7 + length:  # of Excel 95: without flags
        return data[7:].decode("latin-1")
    return data[8:].decode("utf-16-le" if data[7] & IS_WIDE else "latin-1", "replace")
