"""Bytes of unknown origin -> a SourceFile: copied to a file of our own and hashed while copying."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePosixPath
from time import perf_counter
from typing import IO, Any

from core.errors import FileTooLarge
from core.faults import faults_translated
from imports.sources import SourceFile, SourceType, messages
from imports.sources.spool_files import new_spool_file

MEGABYTE = 1_000_000
MAX_NAME_LENGTH = 255  # characters


@contextmanager
def spooled(
    chunks: Iterable[bytes],
    name: str,
    *,
    source_type: SourceType = SourceType.LOCAL_UPLOAD,
    source_path: str | None = None,
    origin: Mapping[str, Any] | None = None,
    limit: int | None = None,
) -> Iterator[SourceFile]:
    """Write the chunks to a file, which is deleted at the end of the block. limit: bytes.

    Raises FileTooLarge, DiskFull.
    """
    with new_spool_file(delete=False) as file:  # in use as long as it is open, so it is closed last
        path = Path(file.name)
        try:
            size, sha256, seconds = _write(chunks, file, limit)
            yield SourceFile(plain_name(name), path, size, sha256, source_type, source_path, origin or {}, seconds)
        finally:
            with suppress(FileNotFoundError):
                path.unlink()


def _write(chunks: Iterable[bytes], file: IO[bytes], limit: int | None) -> tuple[int, str, float]:
    """Return size, SHA-256, and the seconds that writing and hashing took. Raises FileTooLarge, DiskFull."""
    digest, size, seconds = hashlib.sha256(), 0, 0.0
    with faults_translated():
        for chunk in chunks:
            size += len(chunk)
            if limit is not None and size > limit:
                raise too_large(limit)
            start = perf_counter()
            digest.update(chunk)
            file.write(chunk)
            seconds += perf_counter() - start
        file.flush()
    return size, digest.hexdigest(), seconds


def too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(messages.FILE_TOO_LARGE(limit_mb=limit / MEGABYTE), limit_bytes=limit)


def plain_name(name: str) -> str:
    """Return the file's name without folders and without characters that a terminal or a page could trip over."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "_", last)[:MAX_NAME_LENGTH] or "unnamed"
