"""Objects of a Backblaze B2 bucket: browsed, found, and downloaded by the id of their version, which never changes."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from imports.errors import NotConfigured, SourceUnavailable
from imports.sources import SourceFile, SourceType, messages
from imports.sources.disk_space import refuse_if_short, while_there_is_space
from imports.sources.receive import spooled, too_large

if TYPE_CHECKING:
    from imports.sources.b2_client import Bucket, File

MAX_CALLS = 20  # for one page of a listing: a folder of more than a thousand objects takes one of its own


@dataclass(frozen=True)
class B2Object:
    """One version of an object."""

    bucket: str
    name: str  # whole, with its folders
    file_id: str  # of this version, for ever
    size: int  # bytes


@dataclass(frozen=True)
class Entry:
    """A line of a listing: an object, or a folder, whose name ends with «/»."""

    name: str  # whole
    size: int | None = None  # bytes; None of a folder
    uploaded_at: datetime | None = None

    @property
    def is_folder(self) -> bool:
        return self.size is None


@dataclass(frozen=True)
class Listing:
    """A page of the names of a bucket."""

    entries: tuple[Entry, ...]  # by name
    after: str | None  # what the next page comes after; None on the last


def is_configured() -> bool:
    return bool(settings.B2_BUCKET)


def refuse_if_not_configured() -> None:
    """Raise NotConfigured."""
    if not is_configured():
        raise NotConfigured(messages.B2_NOT_CONFIGURED())


def find(name: str) -> B2Object:
    """Return the newest version of an object.

    Raises NotConfigured, SourceUnavailable, SourceRefused, SourceUnreachable.
    """
    bucket = _bucket()
    file = next((file for file in bucket.files(name, name, count=1)[0] if file.name == name), None)
    if file is None:
        raise SourceUnavailable(messages.NO_SUCH_OBJECT(name=name, bucket=bucket.name))
    return B2Object(bucket.name, name, file.file_id, file.size)


def downloaded(
    b2_object: B2Object, *, limit: int | None = None, received: Callable[[int], None] = lambda taken: None
) -> AbstractContextManager[SourceFile]:
    """Return an object as a SourceFile for the length of a `with` block.

    limit: bytes. received: called with the bytes so far; what it raises stops the download. Raises FileTooLarge at
    once, on entering the block what `find` raises, and SourceChanged where what arrived is not what was found.
    """
    if limit is not None and b2_object.size > limit:
        raise too_large(limit)
    refuse_if_short(b2_object.size)
    return spooled(
        while_there_is_space(_bucket().chunks(b2_object.file_id, b2_object.name, b2_object.size, received)),
        b2_object.name,
        source_type=SourceType.B2_STORAGE,
        source_path=f"{b2_object.bucket}/{b2_object.name}",
        origin={"bucket": b2_object.bucket, "file_name": b2_object.name, "file_id": b2_object.file_id},
    )


def listed(prefix: str = "", after: str = "", limit: int = 100) -> Listing:
    """Return what begins with the prefix, by name; what has a «/» after it is a folder. Raises what `find` raises.

    after: of the page before. A page may be shorter than the limit, where folders are large, and not be the last.
    """
    bucket, entries, start = _bucket(), dict[str, Entry](), _beyond(after)
    for _ in range(MAX_CALLS):
        files, following = bucket.files(prefix, start)
        for entry in (_entry(file, prefix) for file in files):
            if entry.name in (after, prefix):  # prefix: the mark of an empty folder
                continue
            if entry.name not in entries and len(entries) == limit:
                return Listing(tuple(entries.values()), list(entries)[-1])
            entries.setdefault(entry.name, entry)
        if following is None:
            return Listing(tuple(entries.values()), None)
        start = max(following, _beyond(list(entries)[-1] if entries else after))
    return Listing(tuple(entries.values()), list(entries)[-1])


def _entry(file: File, prefix: str) -> Entry:
    folder, slash, _ = file.name[len(prefix) :].partition("/")
    return Entry(f"{prefix}{folder}/") if slash else Entry(file.name, file.size, file.uploaded_at)


def _beyond(name: str) -> str:
    """Return the first name after a folder, so that what is in it is passed over; «0» is the sign after «/»."""
    return f"{name[:-1]}0" if name.endswith("/") else name


def _bucket() -> Bucket:
    """Raise NotConfigured, SourceRefused, SourceUnreachable, SourceUnavailable."""
    refuse_if_not_configured()
    from imports.sources.b2_client import opened  # takes a third of a second, which a start need not

    return opened(settings.B2_KEY_ID, settings.B2_KEY, settings.B2_REALM, settings.B2_BUCKET)
