"""Write small files so that they are whole or not there, whatever stops the process or the machine."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


def write_whole(path: Path, text: str, *, owner: tuple[int, int] | None = None) -> None:
    """Write or replace a file that only its owner can ever read. owner: ids of user and group, if others than ours."""
    with _unfinished(path, text, owner) as unfinished:
        unfinished.rename(path)
    sync_directory(path.parent)


def write_once(path: Path, text: str) -> bool:
    """Write a file as `write_whole` does, unless there is one. Return whether it was written."""
    with _unfinished(path, text) as unfinished:
        try:
            path.hardlink_to(unfinished)
        except FileExistsError:
            return False
    sync_directory(path.parent)
    return True


def sync_directory(directory: Path) -> None:
    """Wait until the names in a directory are on the disk."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _unfinished(path: Path, text: str, owner: tuple[int, int] | None = None) -> Iterator[Path]:
    """Write the text to a file beside the path, on the disk; it is gone after the block."""
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            if owner:
                os.fchown(file.fileno(), *owner)
            os.fsync(file.fileno())
        yield Path(name)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
