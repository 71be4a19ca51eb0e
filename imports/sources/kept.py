"""Source files that are kept, in the storage «sources», under the address that their content gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files import File
from django.core.files.storage import Storage, storages

from imports.errors import SourceUnavailable
from imports.sources import SourceFile, SourceType
from imports.sources.incoming import spooled
from imports.tables.locks import source_lock

ALIAS = "sources"
CHUNK = 1 << 20
GONE = "The source file is no longer kept. Upload it again."


def keep(source: SourceFile) -> str:
    """Stores the file, unless its content is stored already; returns its address."""
    address = address_of(source.sha256)
    storage = _storage()
    with source_lock(source.sha256):
        if not (storage.exists(address) and storage.size(address) == source.size):
            storage.delete(address)  # what a crash left half written
            with source.path.open("rb") as stream:
                storage.save(address, File(stream, address))
    return address


def address_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def is_kept(sha256: str) -> bool:
    return _storage().exists(address_of(sha256))


@contextmanager
def fetched(
    sha256: str,
    name: str,
    *,
    source_type: SourceType = SourceType.LOCAL_UPLOAD,
    source_path: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Iterator[SourceFile]:
    """A kept file as a SourceFile for the length of a `with` block. Raises SourceUnavailable on entering it."""
    chunks = _kept_chunks(sha256)
    with spooled(chunks, name, source_type=source_type, source_path=source_path, origin=origin) as source:
        if source.sha256 != sha256:
            raise SourceUnavailable("The kept source file was changed since. Upload it again.")
        yield source


@contextmanager
def beginning(sha256: str, name: str, size: int) -> Iterator[SourceFile]:
    """The first so many bytes of a kept file, cut at the end of a line where there is one."""
    try:
        with _storage().open(address_of(sha256)) as stream:
            data = stream.read(size)
    except OSError as error:
        raise SourceUnavailable(GONE) from error
    whole_lines = data[: data.rfind(b"\n") + 1] if len(data) == size else data
    with spooled([whole_lines or data], name) as source:
        yield source


def forget(sha256: str) -> None:
    """Deletes a kept file; nothing happens where there is none."""
    with source_lock(sha256):
        _storage().delete(address_of(sha256))


@dataclass(frozen=True)
class KeptFile:
    """A file in the storage."""

    sha256: str
    size: int  # bytes
    kept_at: datetime  # since when


def kept_files() -> Iterator[KeptFile]:
    """Every kept file, whether an import still names it or not."""
    for folder in sorted(_listed("")[0]):
        yield from filter(None, (kept_file(sha256) for sha256 in sorted(_listed(folder)[1])))


def kept_file(sha256: str) -> KeptFile | None:
    storage, address = _storage(), address_of(sha256)
    if len(sha256) != 64 or not storage.exists(address):
        return None
    return KeptFile(sha256, storage.size(address), storage.get_modified_time(address))


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Folders and files."""
    try:
        return _storage().listdir(folder)
    except FileNotFoundError:  # nothing was kept yet
        return [], []


def _kept_chunks(sha256: str) -> Iterator[bytes]:
    try:
        stream = _storage().open(address_of(sha256))
    except OSError as error:
        raise SourceUnavailable(GONE) from error
    with stream:
        yield from stream.chunks(CHUNK)


def _storage() -> Storage:
    return storages[ALIAS]
