"""Numbers of a sheet as its XML spells them: calamine gives floats, which do not hold every number."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from imports.readers.excel.facts_xlsx import VALUE, cells_of, rows_of_block
from imports.readers.excel.package import (
    column_letters,
    is_open_xml,
    part_of,
    row_blocks,
    translate_file_damage,
)

LONG = re.compile(rb"""<c r="([A-Z]+)\d+"[^<>]*><v>([^<]{16,})</v>""")  # as most programs write it


class Literals:
    """Of one sheet of an .xlsx or .xlsm file, read in rising rows; other formats have none here."""

    def __init__(self, path: Path, sheet: str) -> None:
        self._path = path
        self._sheet = sheet
        self._rows: Iterator[tuple[int, bytes]] | None = None
        self._row, self._xml = 0, b""
        self._long: dict[bytes, bytes] = {}  # by letters of the column
        self._all: dict[int, str] | None = None  # by column from 0; slower to get

    def find(self, row: int, column: int) -> str | None:
        """Return the content of a cell. row: as Excel numbers it; column: from 0."""
        if self._row < row:
            self._go_to(row)
        if self._row != row:
            return None
        literal = self._long.get(_letters(column))
        if literal is not None:
            return literal.decode("utf-8", "replace")
        if self._all is None:
            self._all = _literals(self._xml)
        return self._all.get(column)

    def _go_to(self, row: int) -> None:
        if self._rows is None:
            self._rows = rows_of(self._path, self._sheet)
        with translate_file_damage():
            while self._row < row and (following := next(self._rows, None)):
                self._row, self._xml = following
        self._long, self._all = dict(LONG.findall(self._xml)), None


@lru_cache(maxsize=1_000)
def _letters(column: int) -> bytes:
    return column_letters(column).encode()


def rows_of(path: Path, sheet: str) -> Iterator[tuple[int, bytes]]:
    """Yield the rows that have cells, each with its number."""
    if not is_open_xml(path):
        return
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        if part is None:
            return
        number = 0
        for block in row_blocks(archive, part):
            for number, row in rows_of_block(block, number):  # noqa: B020 each block goes on where the last one ended
                yield number, row


def _literals(row: bytes) -> dict[int, str]:
    """Return the values by column, from 0."""
    return {
        column: value[1].strip().decode("utf-8", "replace")
        for column, _, inside in cells_of(row)
        if (value := VALUE.search(inside))
    }
