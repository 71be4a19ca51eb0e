"""Locks between processes; the death of their holder gives them back."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def locked_directory(directory: Path, *, seconds: float | None = None) -> Iterator[None]:
    """Let one process at a time go on; the lock is on the directory itself and leaves no file.

    seconds: how long it may wait for others, without end where not given. Raises TimeoutError.
    """
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        if seconds is None:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        else:
            take_within(descriptor, seconds)
        yield
    finally:
        os.close(descriptor)


def take_within(descriptor: int, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise TimeoutError(f"The lock was not to be had within {seconds} seconds") from None
        time.sleep(PAUSE_SECONDS)
