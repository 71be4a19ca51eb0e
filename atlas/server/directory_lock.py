"""Locks between processes. They are released when their holder ends."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def locked_directory(directory: Path, *, seconds: float | None = None) -> Iterator[None]:
    """Let one process at a time run the block. The lock is on the directory itself and leaves no file.

    seconds: how long to wait for other processes; None: without limit. Raises TimeoutError.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        else:
            lock_within(descriptor, seconds)
        yield
    finally:
        os.close(descriptor)


def lock_within(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"The directory is still locked after {seconds} seconds.") from None
        time.sleep(PAUSE_SECONDS)
