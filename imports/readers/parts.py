"""The parts of a file that can be imported all at once: the sheets of a workbook, the files of an archive."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from imports.errors import InvalidMapping
from imports.readers import messages
from imports.readers.detect import format_of
from imports.readers.formats import EXCEL
from imports.sources import SourceFile

ALL = "*"  # as the value of an option of PARTS: a sheet cannot be called so
PARTS = ("member", "sheet")


def asks_for_all(options: Mapping[str, Any]) -> bool:
    """Return whether every sheet or every file of an archive is to be read."""
    return ALL in map(options.get, PARTS)


def parts_in(source: SourceFile, options: Mapping[str, Any]) -> tuple[str, list[str]]:
    """Return the option that names a part, and the names of all parts; options: with ALL.

    Raises InvalidMapping where the file has no such parts, UnreadableFile.
    """
    from imports.readers.excel.workbook import open_workbook
    from imports.readers.unpack import archive_of, unpacked

    archive = archive_of(source)
    if options.get("member") == ALL:
        if archive is None or options.get("sheet") == ALL:
            raise InvalidMapping(messages.ALL_OF_NO_ARCHIVE())
        return "member", archive.members
    inside = unpacked(source, archive, archive.chosen(options.get("member"))) if archive else (source, nullcontext())
    with inside[1]:
        if format_of(inside[0].path, inside[0].name) != EXCEL:
            raise InvalidMapping(messages.ALL_SHEETS_OF_NO_WORKBOOK())
        return "sheet", open_workbook(inside[0].path).names
