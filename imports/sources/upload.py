"""Files uploaded in the browser or through the API, and files that a command names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO

from django.core.files.uploadedfile import UploadedFile

from imports.sources import SourceFile
from imports.sources.disk_space import refuse_if_short, while_there_is_space
from imports.sources.receive import plain_name, spooled, too_large
from imports.sources.upload_handler import SpooledUpload

CHUNK = 1 << 20


def received(
    upload: UploadedFile | BinaryIO, name: str | None = None, *, limit: int | None = None
) -> AbstractContextManager[SourceFile]:
    """Return an upload, or any binary stream, as a SourceFile for the length of a `with` block.

    `limit`: bytes. Raises FileTooLarge and DiskFull, at once where the upload knows its size.
    """
    size = getattr(upload, "size", None)
    if limit is not None and size is not None and size > limit:
        raise too_large(limit)
    name = name or getattr(upload, "name", None) or "unnamed"
    if isinstance(upload, SpooledUpload):
        return nullcontext(_as_received(upload, name))
    refuse_if_short(size or 0)
    return spooled(while_there_is_space(_chunks(upload)), name, limit=limit)


def _as_received(upload: SpooledUpload, name: str) -> SourceFile:
    """Return a file that was spooled and hashed while it arrived, and stays there until the request is over."""
    return SourceFile(
        plain_name(name), Path(upload.temporary_file_path()), upload.size or 0, upload.digest.hexdigest(),
        hashing_seconds=upload.hashing_seconds,
    )  # fmt: skip


def from_disk(path: Path, *, limit: int | None = None) -> AbstractContextManager[SourceFile]:
    """Return a file of this machine, copied: it may change while it is read. Raises FileTooLarge, DiskFull."""
    refuse_if_short(path.stat().st_size)
    return spooled(_file_chunks(path), path.name, source_path=str(path), limit=limit)


def _file_chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        yield from _chunks(stream)


def _chunks(stream: UploadedFile | BinaryIO) -> Iterator[bytes]:
    if stream.seekable():
        stream.seek(0)
    while data := stream.read(CHUNK):
        yield data
