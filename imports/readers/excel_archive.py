"""What must be known of a zipped workbook beside calamine: its unpacked size, its spread, its error cells."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from posixpath import join, normpath

import python_calamine as calamine
from lxml import etree

from imports.errors import UnreadableFile
from imports.readers.limits import MAX_SHEET_CELLS, MAX_UNZIPPED, MAX_ZIP_RATIO, MIN_BOMB_SIZE

BLOCK = 1 << 20
OVERLAP = 200  # bytes that a cell's start tag and error text may take

ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]+)(\d+)"[^>]*>(?:(?!</(?:\w+:)?c>).)*?<(?:\w+:)?v>([^<]*)<',
    re.DOTALL,
)
LAST_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d+)"')
FAR_COLUMN = re.compile(rb'<(?:\w+:)?c r="([A-Z]{2,3})\d')


DAMAGE: tuple[type[Exception], ...] = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    etree.XMLSyntaxError,
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,
)
DAMAGED = "The workbook is damaged or cut short. Save it again, or as .csv."


@dataclass
class ErrorCells:
    """Cells of a sheet that hold a spreadsheet error, by row as Excel numbers them."""

    by_row: dict[int, list[tuple[str, str]]] = field(default_factory=dict)  # row -> (cell such as «C7», «#DIV/0!»)


@contextmanager
def damage_told() -> Iterator[None]:
    """Whatever the libraries make of a damaged workbook becomes UnreadableFile."""
    try:
        yield
    except calamine.PasswordError as error:
        raise UnreadableFile("The workbook is protected by a password. Save it without one.") from error
    except DAMAGE as error:
        raise UnreadableFile(DAMAGED) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # calamine's own, which is no Exception
            raise UnreadableFile(DAMAGED) from error
        raise


def refuse_bomb(path: Path) -> None:
    """Raises UnreadableFile where a zipped workbook unpacks to more than we take."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    total = sum(part.file_size for part in parts)
    dense = any(
        part.file_size > MIN_BOMB_SIZE and part.file_size > MAX_ZIP_RATIO * max(1, part.compress_size) for part in parts
    )
    if total > MAX_UNZIPPED or dense:
        raise UnreadableFile(f"The workbook unpacks to {total // 1_000_000} MB, which is too much. Send it as .csv.")


def is_scannable(path: Path) -> bool:
    """Whether `error_cells` sees how far the sheets spread: only in XML of .xlsx and .xlsm."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return "xl/workbook.xml" in archive.namelist()


def error_cells(path: Path, sheet: str) -> ErrorCells:
    """The error cells of a sheet of an .xlsx file, none for other formats. Raises UnreadableFile for a far spread."""
    found = ErrorCells()
    if not zipfile.is_zipfile(path):
        return found
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        if part is None:
            return found
        rows, far = 0, set()
        for window in _windows(archive, part):
            if b't="e"' in window:
                for column, row, said in ERROR_CELL.findall(window):
                    cells = found.by_row.setdefault(int(row), [])
                    cell = (column + row).decode(), said.decode("utf-8", "replace")
                    if cell not in cells:  # windows overlap
                        cells.append(cell)
            rows = max([rows, *(int(row) for row in LAST_ROW.findall(window)[-1:])])
            far.update(FAR_COLUMN.findall(window))
    if rows * max((_column_number(letters) for letters in far), default=26) > MAX_SHEET_CELLS:
        raise UnreadableFile(f"The sheet {sheet} spreads over too many rows and columns. Send its table as .csv.")
    return found


def column_of(cell: str) -> int:
    """C7 -> 2: the position of its column, from 0."""
    return _column_number(cell.rstrip("0123456789").encode()) - 1


def column_letters(column: int) -> str:
    """2 -> C."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters


def _windows(archive: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """The part in blocks, each with the end of the one before."""
    with archive.open(part) as stream:
        tail = b""
        while data := stream.read(BLOCK):
            window = tail + data
            yield window
            tail = window[-OVERLAP:]


def part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The name of a worksheet's XML inside the archive."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    targets = {
        node.get("Id"): node.get("Target", "")
        for node in _xml(archive, "xl/_rels/workbook.xml.rels").iter("{*}Relationship")
    }
    for node in _xml(archive, "xl/workbook.xml").iter("{*}sheet"):
        if node.get("name") == sheet:
            relation = next((value for key, value in node.items() if key.endswith("}id")), "")
            target = targets.get(relation, "")
            part = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            return part if part in names else None
    return None


def _xml(archive: zipfile.ZipFile, part: str) -> etree._Element:
    return etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True))


def _column_number(letters: bytes) -> int:
    """A -> 1, AA -> 27."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
