"""Whether a workbook is protected by a password, by its content: calamine sees it only where the path's ending fits."""

from __future__ import annotations

import zipfile
from itertools import takewhile
from pathlib import Path

from imports.errors import UnreadableFile
from imports.readers import messages
from imports.readers.excel.facts_xls import END, Container, records
from imports.readers.excel.package import list_part

BLOCK = 1 << 20
PACKED = "EncryptedPackage".encode("utf-16-le")  # in the container, otherwise that of an .xls, of a protected .xlsx
MANIFEST = "META-INF/manifest.xml"  # of an .ods
FILE_PASS = 0x2F  # record of an .xls


def refuse_protected(path: Path) -> None:
    """Raise UnreadableFile."""
    if _is_protected_zip(path) if zipfile.is_zipfile(path) else _is_protected_container(path):
        raise UnreadableFile(messages.PROTECTED_WORKBOOK())


def _is_protected_zip(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        if MANIFEST not in archive.namelist():
            return False
        return next(list_part(archive, MANIFEST).iter("{*}encryption-data"), None) is not None


def _is_protected_container(path: Path) -> bool:
    with path.open("rb") as stream:
        before = b""
        while data := stream.read(BLOCK):
            if PACKED in before[-len(PACKED) :] + data:
                return True
            before = data
        stream.seek(0)
        of_all_sheets = takewhile(lambda record: record[1] != END, records(Container(stream)))
        return any(kind == FILE_PASS for _, kind, _ in of_all_sheets)
