"""Zipped workbooks, read next to calamine: their unpacked size, their parts and their damage."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from posixpath import join, normpath

import python_calamine as calamine
from lxml import etree

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.limits import DISK_FULL, MAX_ELEMENT, MAX_UNZIPPED, MAX_ZIP_RATIO, MEGABYTE, MIN_BOMB_SIZE
from imports.readers.zip_members import PARTS_WE_READ, zip_parts

BLOCK = 1 << 20
MAX_LIST_ITEMS = 10 * MEGABYTE
#: What may precede the name of an element: calamine takes whatever there is up to the first colon.
PREFIX = rb"(?:(?![/!?])[^ \t\r\n<>:]*+:)?"
ROW_END = re.compile(rb"</" + PREFIX + rb"row\s*>")
NOT_READ = ("xl/worksheets/", "xl/media/")  # at once: of a worksheet each row is looked at before calamine gets it

DAMAGE: tuple[type[Exception], ...] = (
    calamine.CalamineError,
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    etree.XMLSyntaxError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    RuntimeError,
)


@contextmanager
def translate_file_damage() -> Iterator[None]:
    """Translate the libraries' exceptions for a damaged workbook to UnreadableFile."""
    try:
        yield
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        raise UnreadableFile(messages.DAMAGED_WORKBOOK()) from error
    except BaseException as error:
        if type(error).__name__ == "PanicException":  # calamine's own, which is no Exception
            raise UnreadableFile(messages.DAMAGED_WORKBOOK()) from error
        raise


def refuse_bomb(path: Path) -> None:
    """Raise UnreadableFile where a zipped workbook unpacks to more than we take, or to more than it says."""
    if not zipfile.is_zipfile(path):
        return
    parts = zip_parts(path)
    total = sum(part.file_size for part in parts)
    dense = any(
        part.file_size > MIN_BOMB_SIZE and part.file_size > MAX_ZIP_RATIO * max(1, part.compress_size) for part in parts
    )
    if total > MAX_UNZIPPED or dense:
        raise UnreadableFile(messages.WORKBOOK_TOO_LARGE(size_mb=total // MEGABYTE))
    if len({part.filename for part in parts}) < len(parts):
        # Which of two parts of a name is read, each library decides for itself.
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())
    put_off = NOT_READ if is_open_xml(path) else ()
    with zipfile.ZipFile(path) as archive:
        for part in archive.infolist():
            if not part.filename.startswith(put_off or ("\0",)):
                for _ in part_blocks(archive, part.filename):
                    pass


def unpacked_size(path: Path) -> int:
    """Return the size in bytes; of a workbook that is not a zip, its own size."""
    return sum(part.file_size for part in zip_parts(path)) if zipfile.is_zipfile(path) else path.stat().st_size


def is_open_xml(path: Path) -> bool:
    """Return whether it is an .xlsx or .xlsm file."""
    return zipfile.is_zipfile(path) and any(part.filename == "xl/workbook.xml" for part in zip_parts(path))


def part_blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield the content of a part. Raises BadZipFile where it is not what the archive says, longer in particular."""
    part = archive.getinfo(name)
    if part.compress_type not in PARTS_WE_READ:
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())
    declared_size = part.file_size
    part.file_size += 1  # zipfile stops there; a longer part has another checksum
    try:
        with archive.open(part) as stream:
            while data := stream.read(BLOCK):
                yield data
    finally:
        part.file_size = declared_size


def row_blocks(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Yield a worksheet's XML in pieces that each end behind a row, and what follows the last one."""
    rest = b""
    for data in part_blocks(archive, name):
        block = rest + data
        end = block.rfind(b"</row>") + 6
        if end < 6:
            end = max((match.end() for match in ROW_END.finditer(block)), default=0)
        if end:
            yield block[:end]
        rest = block[end:]
        if len(rest) > MAX_ELEMENT:
            raise UnreadableFile(messages.SHEET_ROW_TOO_LONG(limit_mb=MAX_ELEMENT // MEGABYTE))
    yield rest


def part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Return the name of a worksheet's XML inside an .xlsx or .xlsm file."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    targets = relations(archive, "xl/_rels/workbook.xml.rels")
    for node in list_part(archive, "xl/workbook.xml").iter("{*}sheet"):
        if node.get("name") == sheet:
            relation = next((value for key, value in node.items() if key.endswith("}id")), "")
            part = targets.get(relation)
            return part if part in names else None
    return None


def relations(archive: zipfile.ZipFile, name: str) -> dict[str | None, str]:
    """Return the parts that a workbook names, by the id that it gives them."""
    parts = {}
    for node in list_part(archive, name).iter("{*}Relationship"):
        target = node.get("Target", "")
        parts[node.get("Id")] = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
    return parts


def list_part(archive: zipfile.ZipFile, part: str) -> etree._Element:
    """Return a part that only lists others."""
    if archive.getinfo(part).file_size > MAX_LIST_ITEMS:
        raise UnreadableFile(messages.DAMAGED_WORKBOOK())
    return etree.fromstring(archive.read(part), etree.XMLParser(resolve_entities=False, no_network=True))


def column_of(cell: str) -> int:
    """Return the position of a column, from 0: C7 -> 2."""
    number = 0
    for letter in cell.rstrip("0123456789").upper():
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(column: int) -> str:
    """Return the letters of a column: 2 -> C."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return letters
