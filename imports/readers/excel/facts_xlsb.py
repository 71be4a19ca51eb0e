"""Sheets of .xlsb files, read record by record in addition to calamine: errors, merged cells, the spread.

Format: [MS-XLSB], https://learn.microsoft.com/openspecs/office_file_formats/ms-xlsb
"""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterable, Iterator

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.excel.package import part_blocks, relations
from imports.readers.excel.sheet_facts import (
    ERROR_TEXTS,
    LostCell,
    SheetFacts,
    refuse_spread,
)
from imports.readers.limits import MAX_ELEMENT

ROW, LAST_CELL = 0, 11  # records of cells are numbered between
CELL_ERROR, FORMULA_ERROR = 3, 11
BUNDLED_SHEET, MERGED = 156, 176


def facts_of_xlsb(archive: zipfile.ZipFile, sheet: str, position: int) -> SheetFacts:
    """position: of the sheet, from 0. Raises UnreadableFile for a far spread."""
    facts, row, columns = SheetFacts(merged=[]), 0, 0
    part = _part(archive, position)
    size = archive.getinfo(part).file_size
    for kind, data in records(part_blocks(archive, part)):
        if kind == ROW:
            row = struct.unpack_from("<I", data)[0]
        elif kind <= LAST_CELL:
            column = struct.unpack_from("<I", data)[0]
            columns = max(columns, column + 1)
            refuse_spread(sheet, row + 1, columns, size)
            if kind in (CELL_ERROR, FORMULA_ERROR):
                facts.lose(row + 1, LostCell(column, ERROR_TEXTS.get(data[8], "an error")))
        elif kind == MERGED and facts.merged is not None:
            first_row, last_row, first, last = struct.unpack_from("<4I", data)
            facts.merged.append(((first_row, first), (last_row, last)))
    return facts


def _part(archive: zipfile.ZipFile, position: int) -> str:
    """Return the name of a sheet's part."""
    targets = relations(archive, "xl/_rels/workbook.bin.rels")
    bundled = [data for kind, data in records(part_blocks(archive, "xl/workbook.bin")) if kind == BUNDLED_SHEET]
    length = struct.unpack_from("<I", bundled[position], 8)[0]
    return targets[bundled[position][12 : 12 + 2 * length].decode("utf-16-le")]


def records(blocks: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (kind, content) of each record; an incomplete one at the end is omitted."""
    rest = b""
    for block in blocks:
        rest += block
        at = 0
        while (header := _header(rest, at)) and header[1] + header[2] <= len(rest):
            kind, start, length = header
            at = start + length
            yield kind, rest[start:at]
        rest = rest[at:]
        if len(rest) > MAX_ELEMENT:
            raise UnreadableFile(messages.DAMAGED_WORKBOOK())


def _header(data: bytes, at: int) -> tuple[int, int, int] | None:
    """Return the kind of a record, the start of its content and its length; None where the header is incomplete."""
    header = data[at : at + 6]
    if len(header) < 2:
        return None
    kind, used = header[0], 1
    if kind & 0x80:
        kind, used = kind & 0x7F | (header[1] & 0x7F) << 7, 2
    length = 0
    for i, byte in enumerate(header[used : used + 4]):
        length |= (byte & 0x7F) << 7 * i
        if not byte & 0x80:
            return kind, at + used + i + 1, length
    return None if len(header) < 6 else (kind, at + 6, length)
