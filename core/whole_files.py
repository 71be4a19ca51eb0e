"""Files that are whole or not there: written under a temporary name in the same folder, then renamed, on the disk."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

UNFINISHED = ".unfinished-"  # begins the temporary names
OWNER_ONLY = 0o600


@contextmanager
def whole_file(path: Path, mode: int = OWNER_ONLY) -> Iterator[IO[bytes]]:
    """Yield a new file, which replaces the one at `path` at the end of the block. An exception leaves nothing.

    It is locked meanwhile, as `imports.sources.spool_files` has it, so that what a killed process left is recognised.
    """
    descriptor, name = tempfile.mkstemp(prefix=UNFINISHED, dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            yield file
            os.fchmod(descriptor, mode)
            sync_file(file)
            os.replace(name, path)
        sync_folder(path.parent)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_whole(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Write or replace a small file that only its owner may read. owner: user and group, if not ours."""
    with whole_file(path) as file:
        if owner:
            os.fchown(file.fileno(), *owner)
        file.write(text.encode())


def write_once(path: Path, text: str) -> None:
    """Write a small file as `write_whole` does, unless there is one: of processes that do so at once, one writes."""
    own = path.with_name(f"{UNFINISHED}{path.name}-{uuid4().hex}")
    write_whole(own, text)
    with suppress(FileExistsError):
        path.hardlink_to(own)
    own.unlink()
    sync_folder(path.parent)


def sync_file(file: IO[Any]) -> None:
    """Wait until everything written to a file is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(path: Path) -> None:
    """Wait until the names in a folder are on the disk."""
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Create a folder and those above it that are missing, each with its name on the disk."""
    if not path.is_dir():
        make_folder(path.parent, mode)
        path.mkdir(mode=mode, exist_ok=True)
        sync_folder(path.parent)
