"""A compressed file, or a zip archive around a table: unpacked once, to a file of our own, before anything reads it."""

from __future__ import annotations

import bz2
import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Protocol

import pyarrow as pa
from django.conf import settings

from core.errors import FileTooLarge
from imports.errors import InvalidMapping, UnreadableFile
from imports.identifiers import cut_name
from imports.readers import messages
from imports.readers.detect import extension_of, zip_kind
from imports.readers.formats import BY_EXTENSION
from imports.readers.limits import DISK_FULL, MEGABYTE, SMALL_UNPACKED
from imports.readers.zip_members import PARTS_WE_READ, zip_parts
from imports.sources import SourceFile
from imports.sources.spool_files import new_spool_file

MAX_NAMED = 50  # files of an archive that an error names
BLOCK = 1 << 20
MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip", b"PK\x05\x06": "zip"}
BZIP2_BLOCKS = (b"1AY&SY", b"\x17rE8P\x90")  # what follows «BZh9»: a text may begin with that too
SUFFIXES = {"gzip": ("gz", "gzip"), "bzip2": ("bz2", "bzip2"), "zstd": ("zst", "zstd"), "zip": ("zip",)}
BY_THE_SYSTEM = ("thumbs.db", "desktop.ini")  # in addition to names that begin with a dot, and __MACOSX
DAMAGE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)


class Stream(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


@dataclass(frozen=True)
class Archive:
    """What is packed into a file."""

    kind: str  # gzip, bzip2, zstd, zip
    members: list[str]  # names of the files in it, the one to read first

    def chosen(self, member: str | None) -> str:
        """Return the member to read. Raises InvalidMapping."""
        if member is not None and member not in self.members:
            raise InvalidMapping(messages.NO_SUCH_MEMBER(member=member, members=self.members[:MAX_NAMED]))
        return member or self.members[0]


def archive_of(source: SourceFile) -> Archive | None:
    """Return the archive; None where the file is not one, or is a workbook or document in a zip.

    Raises UnreadableFile.
    """
    kind = kind_of(source.path)
    if kind == "zip":
        return Archive(kind, _members(source.path)) if zip_kind(source.path) == "archive" else None
    return Archive(kind, [_without_suffix(source.name, kind)]) if kind else None


def kind_of(path: Path) -> str | None:
    """Return gzip, bzip2, zstd or zip, by the first bytes."""
    with path.open("rb") as stream:
        head = stream.read(10)
    kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
    return None if kind == "bzip2" and head[4:] not in BZIP2_BLOCKS else kind


def _without_suffix(name: str, kind: str) -> str:
    return name.rpartition(".")[0] if extension_of(name) in SUFFIXES[kind] else name


def _members(path: Path) -> list[str]:
    """Return files that may be tables, the likeliest first: by the ending of its name, then by its size."""
    parts = [part for part in zip_parts(path) if not part.is_dir() and not _is_by_the_system(part.filename)]
    if not parts:
        raise UnreadableFile(messages.ARCHIVE_WITHOUT_FILES())
    parts.sort(key=lambda part: (extension_of(part.filename) not in BY_EXTENSION, -part.file_size))
    return [cut_name(part.filename) for part in parts]


def _is_by_the_system(name: str) -> bool:
    folder, _, last = name.rpartition("/")
    return last.startswith(".") or last.lower() in BY_THE_SYSTEM or folder.startswith("__MACOSX")


@contextmanager
def _opened(source: SourceFile, kind: str, member: str) -> Iterator[tuple[Stream, Callable[[], int]]]:
    """Open the unpacked bytes, with a function for the number of packed bytes read so far."""
    with source.path.open("rb") as raw:
        if kind == "gzip":
            yield gzip.GzipFile(fileobj=raw), raw.tell
        elif kind == "bzip2":
            yield bz2.BZ2File(raw), raw.tell
        elif kind == "zstd":
            yield pa.CompressedInputStream(pa.PythonFile(raw), "zstd"), raw.tell
        else:
            with zipfile.ZipFile(raw) as archive:
                part = next(part for part in archive.infolist() if cut_name(part.filename) == member)
                packed = min(part.compress_size, source.size)
                _refuse_part(part, packed)
                with archive.open(part) as stream:
                    yield stream, lambda: packed


def _refuse_part(part: zipfile.ZipInfo, packed: int) -> None:
    """Refuse a part by what the archive declares; copying checks whether that is true."""
    if part.flag_bits & 1:
        raise UnreadableFile(messages.PROTECTED_ARCHIVE())
    if part.compress_type not in PARTS_WE_READ:
        raise UnreadableFile(messages.UNCOMMON_PACKING())
    _refuse_size(part.file_size, packed, "zip")


def _refuse_size(size: int, packed: int, kind: str) -> None:
    """Raise FileTooLarge over the limit, and where a little unpacks to very much."""
    most, ratio = settings.ATLAS_MAX_UNPACKED_BYTES, settings.ATLAS_MAX_UNPACK_RATIO
    if size > most:
        too_large = messages.UNPACKED_TOO_LARGE(archive=kind, limit_mb=most / MEGABYTE)
        raise FileTooLarge(too_large, limit_bytes=most)
    if size > SMALL_UNPACKED and size > ratio * packed:
        raise FileTooLarge(messages.UNPACKED_RATIO_TOO_HIGH(archive=kind, ratio=ratio))


def unpacked(source: SourceFile, archive: Archive, member: str) -> tuple[SourceFile, IO[bytes]]:
    """Return the member as a SourceFile, with size of its own and the hash of the whole; and its file, deleted when
    closed.

    Raises FileTooLarge, UnreadableFile.
    """
    file = new_spool_file()
    try:
        with _opened(source, archive.kind, member) as (stream, taken):
            size = _copy(stream, taken, file, archive.kind)
        return replace(source, name=member.rpartition("/")[2], path=Path(file.name), size=size), file
    except (FileTooLarge, UnreadableFile):
        file.close()
        raise
    except DAMAGE as error:
        file.close()
        if isinstance(error, OSError) and error.errno in DISK_FULL:
            raise
        raise UnreadableFile(messages.DAMAGED_ARCHIVE(archive=archive.kind)) from error


def _copy(stream: Stream, taken: Callable[[], int], file: IO[bytes], kind: str) -> int:
    """Return the size. Raises FileTooLarge."""
    size = 0
    while data := stream.read(BLOCK):
        size += len(data)
        _refuse_size(size, taken(), kind)
        file.write(data)
    file.flush()
    return size
