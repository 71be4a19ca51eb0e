"""The lock of a data directory: one ./run at a time."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from atlas.server.directory_lock import lock_within
from atlas.server.start_error import StartError
from atlas.server.waiting import notify

STOPPING = " (stopping)"  # at the end of the lock file
STOP_SECONDS = 150.0  # how long an instance may take to stop; TimeoutStopSec in deploy/


@dataclass(frozen=True)
class InstanceLock:
    """The lock that this process holds."""

    file: IO[str]
    text: str  # what the file says of this instance
    last: str  # what it said of the last one: "process 4711 at http://…"; empty at the first start

    def announce_stop(self) -> None:
        """Let an instance that starts now wait until this one has stopped."""
        write(self.file, self.text + STOPPING)


@contextlib.contextmanager
def locked_instance(directory: Path, url: str) -> Iterator[InstanceLock]:
    """Lock the data directory; an instance that is stopping is waited for. Raises StartError if another one runs."""
    with (directory / "run.lock").open("a+") as file:
        take(file, directory)
        lock = InstanceLock(file, f"process {os.getpid()} at {url}", last=read(file).removesuffix(STOPPING))
        write(file, lock.text)
        yield lock


def take(lock: IO[str], directory: Path) -> None:
    with contextlib.suppress(TimeoutError):
        lock_within(lock.fileno(), 0)
        return
    other = read(lock)
    if other.endswith(STOPPING):
        notify(f"The last instance on {directory} is stopping: {other}. Waiting up to {STOP_SECONDS:.0f} s for it.")
        with contextlib.suppress(TimeoutError):
            lock_within(lock.fileno(), STOP_SECONDS)
            return
    raise StartError(f"Another instance is running on {directory}: {other}. Stop it, or use another --data-dir.")


def read(lock: IO[str]) -> str:
    lock.seek(0)
    return lock.read()


def write(lock: IO[str], text: str) -> None:
    lock.truncate(0)
    lock.write(text)
    lock.flush()
