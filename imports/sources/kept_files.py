"""Source files that are kept, in the storage «sources», under the address that their content gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from core.messages import Message
from imports.errors import SourceUnavailable, SourceUnreachable
from imports.locks import source_lock
from imports.sources import SourceFile, SourceType, messages
from imports.sources.receive import spooled

if TYPE_CHECKING:
    from imports.sources.s3_storage import BucketStorage

ALIAS = "sources"
CHUNK = 1 << 20
NOT_STORED = messages.SOURCE_GONE()


def keep(source: SourceFile) -> str:
    """Store the file, unless its content is stored already, and return its address. Raises SourceUnreachable."""
    address = address_of(source.sha256)
    with source_lock(source.sha256), source.path.open("rb") as stream, _asked() as storage:
        if not (storage.exists(address) and storage.size(address) == source.size):
            storage.delete(address)  # what a crash left half written
            storage.save(address, File(stream, address))
    return address


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
    chunks = _kept_chunks(sha256)
    with spooled(chunks, name, source_type=source_type, source_path=source_path, origin=origin) as source:
        if source.sha256 != sha256:
            raise SourceUnavailable(messages.SOURCE_CHANGED())
        yield source


@contextmanager
def beginning(sha256: str, name: str, size: int) -> Iterator[SourceFile]:
    """Return the first bytes of a kept file, cut at the end of a line where there is one."""
    with _asked() as storage:
        data = _first_bytes(storage, address_of(sha256), size)
    whole_lines = data[: data.rfind(b"\n") + 1] if len(data) == size else data
    with spooled([whole_lines or data], name) as source:
        yield source


def _first_bytes(storage: Storage, address: str, size: int) -> bytes:
    if isinstance(storage, FileSystemStorage):
        with storage.open(address) as stream:
            return bytes(stream.read(size))
    return cast("BucketStorage", storage).first_bytes(address, size)


def delete_kept_file(sha256: str) -> None:
    """Delete a kept file; nothing happens where there is none. Raises SourceUnreachable."""
    with source_lock(sha256), _asked() as storage:
        storage.delete(address_of(sha256))


@dataclass(frozen=True)
class KeptFile:
    """A file in the storage."""

    sha256: str
    size: int  # bytes
    kept_at: datetime  # since when


def kept_files() -> Iterator[KeptFile]:
    """Yield every kept file, whether an import still names it or not."""
    for folder in sorted(_listed("")[0]):
        yield from filter(None, (kept_file(sha256) for sha256 in sorted(_listed(folder)[1])))


def kept_file(sha256: str) -> KeptFile | None:
    address = address_of(sha256)
    with _asked() as storage:
        if len(sha256) != 64 or not storage.exists(address):
            return None
        return KeptFile(sha256, storage.size(address), storage.get_modified_time(address))


def _listed(folder: str) -> tuple[list[str], list[str]]:
    """Yield folders and files."""
    with _asked() as storage:
        try:
            return storage.listdir(folder)
        except FileNotFoundError:  # nothing was kept yet
            return [], []


def _kept_chunks(sha256: str) -> Iterator[bytes]:
    with _asked() as storage, storage.open(address_of(sha256)) as stream:
        yield from stream.chunks(CHUNK)


@contextmanager
def _asked() -> Iterator[Storage]:
    """Return the storage. Raises SourceUnavailable for a missing file, SourceUnreachable for all other errors."""
    try:
        yield storages[ALIAS]
    except FileNotFoundError as error:
        raise SourceUnavailable(NOT_STORED) from error
    except OSError as error:
        raise SourceUnreachable(_failure_in_words(error)) from error


def _failure_in_words(error: OSError) -> Message:
    """Return what a bucket's failure says of itself, or the system's words for that of a folder."""
    message = getattr(error, "message", None)  # of StorageError, which only a storage in a bucket raises
    return message if isinstance(message, Message) else messages.STORAGE_FAILED(error=error.strerror or str(error))
