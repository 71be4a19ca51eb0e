"""Numbers of a sheet as its XML spells them: calamine gives floats, which do not hold every number."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from imports.readers.excel_archive import BLOCK, column_of, damage_told, is_scannable, part_of
from imports.readers.limits import MAX_ELEMENT

ROW_START = re.compile(rb"<(?:\w+:)?row(?=[\s/>])([^>]*)>")
ROW_END = re.compile(rb"</(?:\w+:)?row\s*>")
CELL = re.compile(rb"<(?:\w+:)?c(?=[\s/>])([^>]*?)(?:/>|>(.*?)</(?:\w+:)?c\s*>)", re.DOTALL)
PLACE = re.compile(rb"""\br=["']([A-Z]*\d+)["']""")
VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>\s*([^<]*?)\s*<")


class Literals:
    """Of one sheet of an .xlsx or .xlsm file, for whoever asks for rising rows; other formats have none here."""

    def __init__(self, path: Path, sheet: str) -> None:
        self._path = path
        self._sheet = sheet
        self._rows: Iterator[tuple[int, bytes]] | None = None
        self._row = 0
        self._cells: dict[int, str] = {}

    def find(self, row: int, column: int) -> str | None:
        """What stands in a cell. row: as Excel numbers it; column: from 0."""
        if self._rows is None:
            self._rows = rows_of(self._path, self._sheet)
        while self._row < row:
            with damage_told():
                following = next(self._rows, None)
            if following is None:
                return None
            self._row, xml = following
            self._cells = _literals(xml) if self._row >= row else {}
        return self._cells.get(column) if self._row == row else None


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
