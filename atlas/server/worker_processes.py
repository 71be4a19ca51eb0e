"""Workers: processes that run queued imports, each started again whenever it ends."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import time
from collections.abc import Iterator

from atlas.server import child_process

log = logging.getLogger(__name__)

STOP_SECONDS = 15.0  # more than it gives a running import
PAUSE_SECONDS = 1.0  # before a worker that ended is started again


class Worker:
    """One process of `manage.py run_worker`. It ends with the database, and by what an import does to it."""

    def __init__(self) -> None:
        # It begins a moment later: the first answers of a web server beside it need the processor more.
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_at: float | None = time.monotonic()

    def keep_running(self) -> None:
        """To be called every second or so."""
        if self._process and self._process.poll() is None:
            return
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            log.warning("A worker ended with status %s; it is started again.", self._process and self._process.poll())
        elif time.monotonic() - self._ended_at >= PAUSE_SECONDS:
            self._process, self._ended_at = start_process(), None

    def stop(self) -> None:
        """A running import gets a moment to end; else it goes back to the queue, at the latest where it is killed."""
        if self._process:
            child_process.stop(self._process, seconds=STOP_SECONDS)


@contextlib.contextmanager
def workers(count: int) -> Iterator[list[Worker]]:
    """So many workers for the length of a block, in which somebody has to keep them running."""
    found = [Worker() for _ in range(count)]
    try:
        yield found
    finally:
        for worker in found:
            worker.stop()


def start_process() -> subprocess.Popen[bytes]:
    return child_process.start("manage.py", "run_worker")
