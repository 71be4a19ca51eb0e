"""What was read and profiled of a file, kept on disk, so that an import need not parse what its preview has parsed.

Two files: the batches as the spool has them, and an index with all that is known of the file. The index is written
last and names the batches with their checksum: what is not whole is not there. Both are written and read only by the
process that reads files (`extraction.factory`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow as pa
from django.conf import settings

from imports.column_types import TYPES, Reading
from imports.column_types.base import RULES_VERSION
from imports.extraction.asked_as_found import as_asked
from imports.inference.candidates import Candidate
from imports.inference.profile import ColumnProfile
from imports.inference.scan import Scan
from imports.inference.spool import SpooledBatches, SpoolPlace
from imports.inference.text_reasons import TextReason
from imports.mapping import MappingRequest
from imports.mapping.column_limit import refuse_too_wide
from imports.not_read import NotRead, Unread, UnreadPart
from imports.readers.formats import BY_NAME, OPTIONS
from imports.sandbox.plain_data import InvalidData, Vocabulary
from imports.sources import SourceFile
from imports.sources.kept_readings import INDEX
from imports.table_description import LastReading
from imports.text_batches import FileInfo, Places, TextBatch

#: Of what is kept, and of what reading and profiling find: raise it with a change of either. Others are read anew.
VERSION = 1
BLOCK = 1 << 20

#: Settings that limit what is read of a file: under others it is read anew, and refused where they are exceeded.
LIMITS = ("ATLAS_MAX_CELL_BYTES", "ATLAS_MAX_ROWS", "ATLAS_MAX_UNPACKED_BYTES", "ATLAS_MAX_UNPACK_RATIO")
#: Options that a file is read by; the others say how values are written, which is asked after.
READ_BY = (*sorted(OPTIONS), "member", "null_tokens")


@dataclass(frozen=True)
class KeptReading:
    """All that is known of a file that was read to its end."""

    made_of: dict[str, Any]  # as `made_of` has it
    options: dict[str, Any]  # that it was read by
    info: FileInfo
    profiles: list[ColumnProfile]
    reading: dict[str, Any]  # as Scan.reading has it
    words: Places
    places: list[SpoolPlace]
    size: int  # bytes of the batches
    checksum: int  # CRC-32 of them


_VOCABULARY = Vocabulary([
    KeptReading, FileInfo, Unread, UnreadPart, NotRead, ColumnProfile, Candidate, Reading, TextReason, Places,
    SpoolPlace, *TYPES,
])  # fmt: skip


class KeptScan:
    """A reading that was kept, in the place of a Scan that has come to its end."""

    def __init__(self, kept: KeptReading, spool: SpooledBatches) -> None:
        self._kept = kept
        self.spool = spool
        self.expected = spool.records
        self.is_read = True
        self.file_info = kept.info

    def location(self, place: int) -> str:
        return self._kept.words(place)

    def batches(self) -> Iterator[TextBatch]:
        """Return what is left of the file: nothing."""
        return iter(())

    def profiles(self) -> list[ColumnProfile]:
        return self._kept.profiles

    def reading(self) -> dict[str, Any]:
        return self._kept.reading


def key_of(source: SourceFile, request: MappingRequest) -> list[Any]:
    """Return what the name of a kept reading tells, as JSON values: one reading is kept for each way to read values."""
    name = source.name.encode("utf-8", "surrogatepass").hex()
    return [VERSION, name, list(request.null_tokens)]


def read_by(request: MappingRequest) -> dict[str, Any]:
    """Return the options that the file is read by."""
    options = request.source_options
    return {name: options[name] for name in READ_BY if options.get(name) is not None}


def made_of(source: SourceFile, last: LastReading | None, file_type: str) -> dict[str, Any]:
    """Return all that a reading depends on, but for its options. last: how the last file of the same table was read."""
    found_by = BY_NAME[file_type].found_by
    is_alike = last is not None and last.file_type == file_type and bool(found_by)
    return {
        "rules_version": RULES_VERSION,
        "arrow": pa.__version__,
        "limits": {name: getattr(settings, name) for name in LIMITS},
        "name": source.name,
        "sha256": source.sha256,
        "last": _as_found(last, found_by) if last and is_alike else None,
    }


def _as_found(last: LastReading, found_by: tuple[str, ...]) -> dict[str, Any]:
    return {"options": {name: last.options.get(name) for name in found_by}, "header": list(last.header)}


def keep(scan: Scan, path: Path, source: SourceFile, request: MappingRequest, last: LastReading | None) -> None:
    """Keep what was read in PATH.batches and PATH.index, whole or not at all. Raises OSError."""
    scan.spool.flush()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    batches, index = _batches(path), _index(path)
    index.unlink(missing_ok=True)
    batches.unlink(missing_ok=True)
    os.link(scan.spool.path, batches)
    size, checksum = _size_and_checksum(scan.spool.path)  # not of the link, which another process may replace
    profiles = [replace(one, candidates=tuple(_that_fit(one))) for one in scan.profiles()]
    kept = KeptReading(
        made_of(source, last, scan.file_info.file_type),
        read_by(request),
        scan.file_info,
        profiles,
        scan.reading(),
        scan.reader.places,
        scan.spool.places,
        size,
        checksum,
    )
    data, _ = _VOCABULARY.encode(kept)
    draft = path.with_suffix(".draft")
    draft.write_bytes(b"%08x\n%s" % (crc32(data), data))
    draft.replace(index)


def _that_fit(profile: ColumnProfile) -> Iterator[Candidate]:
    """Yield the candidates that some values fit: nothing is asked of the others."""
    return (candidate for candidate in profile.candidates if candidate.fits)


def kept_scan(
    path: Path, source: SourceFile, request: MappingRequest, last: LastReading | None
) -> tuple[KeptScan, int] | None:
    """Return what was kept, with the descriptor of its open file; None where nothing is, or nothing that can be used.

    Raises MappingDoesNotFit for more columns than the request can load.
    """
    kept = _read(_index(path))
    if kept is None or kept.made_of != made_of(source, last, kept.info.file_type):
        return None
    info = as_asked(kept.info, kept.options, read_by(request))
    if info is None:
        return None
    refuse_too_wide(kept.info.header, request)
    try:
        descriptor = os.open(_batches(path), os.O_RDONLY)
    except OSError:
        return None
    opened = Path(f"/proc/self/fd/{descriptor}")  # it may be deleted meanwhile
    if _size_and_checksum(opened) != (kept.size, kept.checksum):
        os.close(descriptor)
        return None
    return KeptScan(replace(kept, info=info), SpooledBatches(opened, kept.places)), descriptor


def _read(index: Path) -> KeptReading | None:
    try:
        checksum, _, data = index.read_bytes().partition(b"\n")
        if int(checksum, 16) != crc32(data):
            return None
        kept = _VOCABULARY.decode(data, pa.py_buffer(b""))
    except (OSError, ValueError, InvalidData):
        return None
    return kept if isinstance(kept, KeptReading) else None


def _size_and_checksum(path: Path) -> tuple[int, int]:
    size = checksum = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            size, checksum = size + len(block), crc32(block, checksum)
    return size, checksum


def _batches(path: Path) -> Path:
    return path.with_suffix(".batches")


def _index(path: Path) -> Path:
    return path.with_suffix(INDEX)
