"""How much text a sheet of an .xlsx comes to: its cells name texts that the workbook has once, and each gets a copy."""

from __future__ import annotations

import re
import zipfile
from functools import cached_property

import numpy as np

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.excel.package import PREFIX, part_blocks, row_blocks
from imports.readers.limits import MAX_REPEATED_TEXT, MAX_TEXT_RATIO, MEGABYTE

PART = "xl/sharedstrings.xml"  # in whichever case
STRING = re.compile(rb"<%bsi(?=[\s/>])" % PREFIX)
REFERENCES = (b'"s"', b"'s'")  # the type of a cell that names a text
REFERENCE = re.compile(
    rb"""<%bc(?=[\s/>])[^<>]*?\bt\s*=\s*["']s["'][^<>]*>\s*<%bv(?:\s[^<>]*)?>\s*(\d{1,9})""" % (PREFIX, PREFIX)
)


class SharedStrings:
    """The lengths of the texts of a workbook, with the marks in them: bytes."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._part = next((name for name in archive.namelist() if name.lower() == PART), None)

    @cached_property
    def _lengths(self) -> np.ndarray:
        if self._part is None:
            return np.zeros(0, np.int64)
        lengths = [0]
        for block in part_blocks(self._archive, self._part):
            first, *others = STRING.split(block)  # one that is cut in two counts as part of the text before
            lengths[-1] += len(first)
            lengths += map(len, others)
        return np.array(lengths[1:], np.int64)

    def refuse_much_text(self, sheet: str, part: str) -> None:
        """Raise UnreadableFile for a sheet that comes to much more text than the workbook has. part: of the sheet."""
        cells = sum(block.count(mark) for block in part_blocks(self._archive, part) for mark in REFERENCES)
        if not cells or cells * int(self._lengths.max(initial=0)) <= MAX_REPEATED_TEXT:
            return
        written = self._archive.getinfo(part).file_size + int(self._lengths.sum())
        limit = max(MAX_REPEATED_TEXT, MAX_TEXT_RATIO * written)
        text = 0
        for block in row_blocks(self._archive, part):
            named = np.array(REFERENCE.findall(block), dtype="S9").astype(np.int64)
            text += int(self._lengths[named[named < len(self._lengths)]].sum())
            if text > limit:
                raise UnreadableFile(messages.SHEET_TEXT_TOO_LONG(sheet=sheet, limit_mb=limit // MEGABYTE))
