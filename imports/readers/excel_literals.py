"""Numbers of a sheet as its XML spells them: calamine gives floats, which do not hold every number."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from imports.readers.excel_archive import BLOCK, column_letters, column_of, damage_told, is_scannable, part_of
from imports.readers.limits import MAX_ELEMENT

ROW_START = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL)
PLACE = re.compile(rb"""\br=["']([A-Z]*\d+)["']""")
LONG = re.compile(rb"""<c r="([A-Z]+)\d+"[^>]*><v>([^<]{16,})</v>""")  # as most programs write it
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*([^<]*?)\s*<")


class Literals:
    """Of one sheet of an .xlsx or .xlsm file, for whoever asks for rising rows; other formats have none here."""

    def __init__(self, path: Path, sheet: str) -> None:
        self._path = path
        self._sheet = sheet
        self._rows: Iterator[tuple[int, bytes]] | None = None
        self._row, self._xml = 0, b""
        self._long: dict[bytes, bytes] = {}  # by letters of the column
        self._all: dict[int, str] | None = None  # by column from 0; slower to get

    def find(self, row: int, column: int) -> str | None:
        """What stands in a cell. row: as Excel numbers it; column: from 0."""
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
        with damage_told():
            while self._row < row and (following := next(self._rows, None)):
                self._row, self._xml = following
        self._long, self._all = dict(LONG.findall(self._xml)), None


@lru_cache(maxsize=1_000)
def _letters(column: int) -> bytes:
    return column_letters(column).encode()


def rows_of(path: Path, sheet: str) -> Iterator[tuple[int, bytes]]:
    """The rows that have cells, each with its number."""
    if not is_scannable(path):
        return
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        if part is None:
            return
        number, rest = 0, b""
        with archive.open(part) as stream:
            while (data := stream.read(BLOCK)) and len(rest) < MAX_ELEMENT:
                *rows, rest = ROW_END.split(rest + data)
                for row in rows:
                    for attributes in ROW_START.findall(row):  # empty rows come before it
                        place = PLACE.search(attributes)
                        number = int(place[1]) if place else number + 1
                    yield number, row


def _literals(row: bytes) -> dict[int, str]:
    """By column, from 0."""
    found: dict[int, str] = {}
    column = -1
    for attributes, inside in CELL.findall(row):
        place = PLACE.search(attributes)
        column = column_of(place[1].decode()) if place else column + 1
        value = VALUE.search(inside)
        if value:
            found[column] = value[1].decode("utf-8", "replace")
    return found
