"""Files uploaded in the browser or through the API, and files that a command names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

from django.core.files.uploadedfile import UploadedFile

from imports.sources import SourceFile
from imports.sources.receive import spooled, too_large

CHUNK = 1 << 20


def received(
    upload: UploadedFile | BinaryIO, name: str | None = None, *, limit: int | None = None
) -> AbstractContextManager[SourceFile]:
    """Return an upload, or any binary stream, as a SourceFile for the length of a `with` block.

    `limit`: bytes. Raises FileTooLarge, at once where the upload knows its size.
    """
    size = getattr(upload, "size", None)
    if limit is not None and size is not None and size > limit:
        raise too_large(limit)
    return spooled(_chunks(upload), name or getattr(upload, "name", None) or "unnamed", limit=limit)


def from_disk(path: Path, *, limit: int | None = None) -> AbstractContextManager[SourceFile]:
    """Return a file of this machine, copied: it may change while it is read."""
    return spooled(_file_chunks(path), path.name, source_path=str(path), limit=limit)


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from _chunks(stream)


def _chunks(stream: UploadedFile | BinaryIO) -> Iterator[bytes]:
    if stream.seekable():
        stream.seek(0)
    while data := stream.read(CHUNK):
        yield data
