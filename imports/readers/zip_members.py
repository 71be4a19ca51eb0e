"""The parts that a zip names, without trust: a small zip must not make us read a list that fills the memory."""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path

from imports.errors import UnreadableFile
from imports.readers import messages

END = b"PK\x05\x06"
END_64 = b"PK\x06\x06"
MAX_END_LENGTH = 65_535 + 22 + 20 + 56  # bytes: comment, end record, and the two of a large archive
MAX_LISTED = 4_000_000  # bytes of the list of parts, 50 or more each
#: Stored, deflated and bzip2; LZMA asks for as much memory as its header likes.
PARTS_WE_READ = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
DAMAGE = (zipfile.BadZipFile, OSError, EOFError, RuntimeError, NotImplementedError, ValueError, struct.error)


def zip_parts(path: Path) -> list[zipfile.ZipInfo]:
    """Raise UnreadableFile for a damaged zip and for one of too many parts."""
    try:
        if _listed(path) > MAX_LISTED:
            raise UnreadableFile(messages.TOO_MANY_FILES_IN_ARCHIVE())
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except DAMAGE as error:
        raise UnreadableFile(messages.DAMAGED_ZIP()) from error


def _listed(path: Path) -> int:
    """Return the size of the list of parts, in bytes."""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - MAX_END_LENGTH))
        tail = stream.read()
    large, end = tail.rfind(END_64), tail.rfind(END)
    if large >= 0:
        return int(struct.unpack_from("<Q", tail, large + 40)[0])
    return int(struct.unpack_from("<I", tail, end + 12)[0]) if end >= 0 else 0
