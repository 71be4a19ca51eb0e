"""Source files that are kept, in the storage «sources», under the address that their content gives them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from django.core.files import File
from django.core.files.storage import storages

from core.errors import DiskFull
from core.faults import service_fault
from core.messages import Message
from imports.errors import SourceUnavailable, SourceUnreachable
from imports.locks import file_deletion, source_lock
from imports.sources import SourceFile, SourceType, messages
from imports.sources.kept_readings import delete_readings_of
from imports.sources.receive import spooled

if TYPE_CHECKING:
    from imports.sources.folder_storage import FolderStorage
    from imports.sources.s3_storage import BucketStorage

    SourceStorage = FolderStorage | BucketStorage

ALIAS = "sources"
CHUNK = 1 << 20
NOT_STORED = messages.SOURCE_GONE()


class Damage(Enum):
    """What is wrong with a kept file."""

    MISSING = "missing"
    SIZE = "size"  # not that of the file as received
    CONTENT = "content"  # another SHA-256


def keep(source: SourceFile) -> str:
    """Store the file, unless its content is stored already, and return its address. Raises as `kept` does."""
    with kept(source) as address:
        return address


@contextmanager
def kept(source: SourceFile) -> Iterator[str]:
    """Store the file, unless its content is stored already and undamaged, and yield its address.

    The file stays locked for the block: record what needs it there, and nothing deletes it in between.
    Raises SourceUnreachable.
    """
    address = address_of(source.sha256)
    with source_lock(source.sha256):
        with _asked() as storage:
            if not _is_whole(storage, source):
                with source.path.open("rb") as stream:
                    storage.replace(address, File(stream, address))
        yield address


def _is_whole(storage: SourceStorage, source: SourceFile) -> bool:
    """Return whether the content is stored undamaged. A copy of the stored file was checked when it was made."""
    address = address_of(source.sha256)
    if not (storage.exists(address) and storage.size(address) == source.size):
        return False
    return source.is_from_storage or _stored_digest(storage, source.sha256) == source.sha256


def damage(sha256: str, size: int | None, *, thorough: bool) -> Damage | None:
    """Return what is wrong with a kept file. thorough: read it, else compare its size only, where that is known.

    Raises SourceUnreachable.
    """
    try:
        with _asked() as storage:
            if size is not None and storage.size(address_of(sha256)) != size:
                return Damage.SIZE
            return Damage.CONTENT if thorough and _stored_digest(storage, sha256) != sha256 else None
    except SourceUnavailable:
        return Damage.MISSING


def _stored_digest(storage: SourceStorage, sha256: str) -> str:
    digest = hashlib.sha256()
    with storage.open(address_of(sha256)) as stream:
        for chunk in stream.chunks(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def put_back(sha256: str, path: Path) -> None:
    """Store a file from a backup under its SHA-256. Raises SourceUnreachable, DiskFull."""
    with path.open("rb") as stream, _asked() as storage:
        storage.replace(address_of(sha256), File(stream, address_of(sha256)))


def address_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def is_kept(sha256: str) -> bool:
    with _asked() as storage:
        return storage.exists(address_of(sha256))


def is_offered(sha256: str) -> bool:
    """Return whether a page may offer the file: a storage that does not respond fails when the file is requested."""
    try:
        return is_kept(sha256)
    except SourceUnreachable:
        return True


@contextmanager
def fetched(
    sha256: str,
    name: str,
    *,
    source_type: SourceType = SourceType.LOCAL_UPLOAD,
    source_path: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Iterator[SourceFile]:
    """Open a kept file as a SourceFile for the length of a `with` block.

    Raises SourceUnavailable and SourceUnreachable on entering it.
    """
    chunks = kept_chunks(sha256)
    with spooled(chunks, name, source_type=source_type, source_path=source_path, origin=origin) as source:
        if source.sha256 != sha256:
            raise SourceUnavailable(messages.SOURCE_DAMAGED(sha256=sha256))
        yield replace(source, is_from_storage=True)


@contextmanager
def beginning(sha256: str, name: str, size: int) -> Iterator[SourceFile]:
    """Return the first bytes of a kept file, cut at the end of a line where there is one."""
    with _asked() as storage:
        data = storage.first_bytes(address_of(sha256), size)
    whole_lines = data[: data.rfind(b"\n") + 1] if len(data) == size else data
    with spooled([whole_lines or data], name) as source:
        yield source


def delete_kept_file(sha256: str) -> None:
    """Delete a kept file and what was read of it; nothing happens where there is none. Raises SourceUnreachable."""
    delete_readings_of(sha256)
    with source_lock(sha256), file_deletion(), _asked() as storage:
        storage.delete(address_of(sha256))


def sweep_unfinished() -> None:
    """Delete what killed processes left half written. Raises SourceUnreachable."""
    with _asked() as storage:
        storage.sweep_unfinished()


@dataclass(frozen=True)
class KeptFile:
    """A file in the storage."""

    sha256: str
    size: int  # bytes
    kept_at: datetime  # since when


def kept_files() -> Iterator[KeptFile]:
    """Yield every kept file, whether an import still names it or not."""
    yield from filter(None, map(kept_file, kept_names()))


def kept_names() -> Iterator[str]:
    """Yield the SHA-256 of every kept file. A bucket is only listed, not asked about each."""
    for folder in sorted(_listed("")[0]):
        yield from (name for name in sorted(_listed(folder)[1]) if len(name) == 64)


def kept_file(sha256: str) -> KeptFile | None:
    """Return a kept file; None if there is none, or no longer."""
    address = address_of(sha256)
    try:
        with _asked() as storage:
            if not storage.exists(address):
                return None
            return KeptFile(sha256, storage.size(address), storage.get_modified_time(address))
    except SourceUnavailable:
        return None


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Yield folders and files."""
    with _asked() as storage:
        try:
            return storage.listdir(folder)
        except FileNotFoundError:  # nothing was kept yet
            return [], []


def kept_chunks(sha256: str) -> Iterator[bytes]:
    """Yield a kept file as it is stored. Raises SourceUnavailable, SourceUnreachable."""
    with _asked() as storage, storage.open(address_of(sha256)) as stream:
        yield from stream.chunks(CHUNK)


@contextmanager
def _asked() -> Iterator[SourceStorage]:
    """Return the storage. Raises SourceUnavailable for a missing file, DiskFull, SourceUnreachable for all others."""
    try:
        yield cast("SourceStorage", storages[ALIAS])
    except FileNotFoundError as error:
        raise SourceUnavailable(NOT_STORED) from error
    except OSError as error:
        fault = service_fault(error)
        if isinstance(fault, DiskFull):
            raise fault from error
        raise SourceUnreachable(_failure_in_words(error)) from error


def _failure_in_words(error: OSError) -> Message:
    """Return what a bucket's failure says of itself, or the system's words for that of a folder."""
    message = getattr(error, "message", None)  # of StorageError, which only a storage in a bucket raises
    return message if isinstance(message, Message) else messages.STORAGE_FAILED(error=error.strerror or str(error))
