"""How much space is left where files and the database are, and the refusal of new files where it is too little."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core.files.storage import storages
from django.db.models import TextChoices

from core.errors import DiskFull
from core.formatting import size
from core.messages import Message
from imports.sources import messages
from imports.sources.folder_storage import FolderStorage
from imports.sources.kept_readings import delete_all_readings

CHECK_EVERY = 16 << 20  # bytes of an arriving file


class Place(TextChoices):
    """What needs space. The label continues a sentence."""

    SPOOL = "spool", "temporary files"
    SOURCES = "sources", "source files"
    DATABASE = "database", "the database"


@dataclass(frozen=True)
class Space:
    """The space of the disk of a place."""

    place: Place
    free: int  # bytes that this process may use
    total: int  # bytes

    @property
    def least(self) -> int:
        """Bytes that must stay free: the larger one of the two limits of the settings."""
        return max(settings.ATLAS_MIN_FREE_BYTES, self.total * settings.ATLAS_MIN_FREE_PERCENT // 100)


def spaces() -> Iterator[Space]:
    """Yield the space of each place that is a folder of this machine, the embedded database's included."""
    for place, folder in _folders():
        usage = shutil.disk_usage(_existing(folder))
        yield Space(place, usage.free, usage.total)


def short_of_space(needed: int = 0) -> Space | None:
    """Return where the space is below the limit, or would be with so many bytes more; None if there is enough."""
    return next((space for space in spaces() if space.free - needed < space.least), None)


def refuse_if_short(needed: int = 0) -> None:
    """Raises DiskFull where the space is below the limit, or would be with so many bytes more.

    What was only kept to save time is deleted first.
    """
    space = short_of_space(needed)
    if space and delete_all_readings():
        space = short_of_space(needed)
    if space is None:
        return
    if space.free < space.least:
        message = disk_nearly_full(space)
    else:
        message = messages.DISK_TOO_SMALL(
            place=space.place.value, needed=size(needed), free=size(space.free), least=size(space.least)
        )
    raise DiskFull(message, free_bytes=space.free, least_bytes=space.least)


def disk_nearly_full(space: Space) -> Message:
    return messages.DISK_NEARLY_FULL(place=space.place.value, free=size(space.free), least=size(space.least))


def while_there_is_space(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Pass chunks on as long as there is space for more. Raises DiskFull."""
    since_check = CHECK_EVERY
    for chunk in chunks:
        since_check += len(chunk)
        if since_check >= CHECK_EVERY:
            refuse_if_short()
            since_check = 0
        yield chunk


def _folders() -> Iterator[tuple[Place, Path]]:
    yield Place.SPOOL, settings.ATLAS_SPOOL_DIR
    storage = storages["sources"]
    if isinstance(storage, FolderStorage):
        yield Place.SOURCES, Path(storage.location)
    if settings.ATLAS_DATABASE_DIR:
        yield Place.DATABASE, settings.ATLAS_DATABASE_DIR


def _existing(folder: Path) -> Path:
    """Return the folder, or the first one above it that exists and may be looked at."""
    return next(path for path in (folder, *folder.parents) if os.path.exists(path))
