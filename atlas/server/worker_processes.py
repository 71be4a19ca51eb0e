"""Workers: processes that run queued imports. Each is restarted when it ends."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import time
from collections.abc import Iterator

from atlas.server import child_process

log = logging.getLogger(__name__)

STOP_SECONDS = 15.0  # more than a worker gives its running import
PAUSE_SECONDS = 1.0  # before a worker that ended is restarted


class Worker:
    """One process of `manage.py run_worker`. It ends when the database does, or when an import crashes it."""

    def __init__(self) -> None:
        # It starts after PAUSE_SECONDS: the first responses of the web server need the processor more.
        self._process: subprocess.Popen[bytes] | None = None
        self._ended_at: float | None = time.monotonic()

    def keep_running(self) -> None:
        """Start or restart the process if needed. Call it about every second."""
        if self._process and self._process.poll() is None:
            return
        if self._ended_at is None:
            self._ended_at = time.monotonic()
            log.warning("A worker ended with exit status %s. Restarting it.", self._process and self._process.poll())
        elif time.monotonic() - self._ended_at >= PAUSE_SECONDS:
            self._process, self._ended_at = start_process(), None

    def stop(self) -> None:
        """Stop the process. A running import that does not finish in time returns to the queue."""
        if self._process:
            child_process.stop(self._process, seconds=STOP_SECONDS)


@contextlib.contextmanager
def workers(count: int) -> Iterator[list[Worker]]:
    """Yield this many workers and stop them after the block, which must call their `keep_running`."""
    pool = [Worker() for _ in range(count)]
    try:
        yield pool
    finally:
        for worker in pool:
            worker.stop()


def start_process() -> subprocess.Popen[bytes]:
    return child_process.start("manage.py", "run_worker")
