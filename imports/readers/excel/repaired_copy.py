"""Copies of workbooks that break the rules of their format in a way that loses nothing, as Excel reads them."""

from __future__ import annotations

import re
import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from shutil import copyfileobj
from typing import IO

from imports.readers.excel.facts_xlsx import PLACE, cells_of, rows_of_block
from imports.readers.excel.package import NOT_READ, PREFIX, part_blocks, part_of, row_blocks
from imports.readers.zip_members import zip_parts
from imports.sources.spool_files import new_spool_file

LOCAL_HEADER, ENTRY, NAME_IN_HEADER, NAME_IN_ENTRY = b"PK\3\4", b"PK\1\2", 30, 46  # bytes before the name
START = re.compile(rb"<%b(row|c)(?=[\s/>])([^<>]*)>" % PREFIX)
DIGITS = re.compile(rb"\d+")


def with_slashes(path: Path) -> IO[bytes] | None:
    """Return a copy in which the names of parts have slashes; None where none has a backslash.

    Some programs of Windows write xl\\workbook.xml.
    """
    if not zipfile.is_zipfile(path) or not any("\\" in part.filename for part in zip_parts(path)):
        return None
    copy = new_spool_file()
    with path.open("rb") as source, zipfile.ZipFile(path) as archive:
        copyfileobj(source, copy)
        entry = archive.start_dir
        for part in archive.infolist():
            _set_slashes(copy, part.header_offset, LOCAL_HEADER, 26, NAME_IN_HEADER)
            entry = _set_slashes(copy, entry, ENTRY, 28, NAME_IN_ENTRY)
    copy.flush()
    return copy


def _set_slashes(file: IO[bytes], at: int, signature: bytes, lengths: int, name: int) -> int:
    """Return where the next entry begins. lengths: where the length of the name is, and behind it those of the rest."""
    file.seek(at)
    fixed = file.read(name)
    if not fixed.startswith(signature):
        raise zipfile.BadZipFile
    behind = struct.unpack_from("<HHH" if signature == ENTRY else "<HH", fixed, lengths)
    spelled = file.read(behind[0])
    file.seek(at + name)
    file.write(spelled.replace(b"\\", b"/"))
    return at + name + sum(behind)


def _loses_rows(archive: zipfile.ZipFile, part: str) -> bool:
    """Return whether rows of a sheet have the same number and cells in the same columns: all but one would be lost."""
    columns: dict[int, int] = defaultdict(int)  # bits of those with a value
    last = 0
    for block in row_blocks(archive, part):
        for last, row in rows_of_block(block, last):  # noqa: B020 each block goes on where the last one ended
            for column, _, inside in cells_of(row):
                if inside and columns[last] >> column & 1:
                    return True
            columns[last] |= sum({1 << column for column, _, inside in cells_of(row) if inside})
    return False


def with_row_numbers(path: Path, sheet: str) -> IO[bytes] | None:
    """Return a copy in which the rows of one sheet are numbered on where a number is no larger than the one before;
    None where equal numbers lose nothing."""
    with zipfile.ZipFile(path) as archive:
        part = part_of(archive, sheet)
        if part is None or not _loses_rows(archive, part):
            return None
        copy = new_spool_file()
        with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED) as copied:
            _copy(archive, copied, part)
    copy.flush()
    return copy


def _copy(archive: zipfile.ZipFile, copied: zipfile.ZipFile, part: str) -> None:
    for name in archive.namelist():
        if name == part or not name.startswith(NOT_READ):
            with copied.open(name, "w") as target:
                for block in _renumbered(row_blocks(archive, name)) if name == part else part_blocks(archive, name):
                    target.write(block)


def _renumbered(blocks: Iterable[bytes]) -> Iterable[bytes]:
    last = 0

    def numbered(start: re.Match[bytes]) -> bytes:
        nonlocal last
        place = PLACE.search(start[2])
        if start[1] == b"row":
            last = max(int(place[1]) if place else 0, last + 1)
        if not place:
            return start[0]
        offset = start.start(2) - start.start()
        at = slice(offset + place.start(1), offset + place.end(1))
        return start[0][: at.start] + DIGITS.sub(str(last).encode(), place[1]) + start[0][at.stop :]

    for block in blocks:
        yield START.sub(numbered, block)
