"""A process of the instance that is started again when it ends: the web server, a worker."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable

from atlas.server import child_process
from atlas.server.back_off import BackOff
from atlas.server.waiting import notify


class SupervisedProcess:
    """One process, which is started by the first call of `keep_running`."""

    def __init__(
        self,
        name: str,
        start: Callable[[], subprocess.Popen[bytes]],
        *,
        stop_seconds: float,
        before_stop: Callable[[], None] = lambda: None,
    ) -> None:
        """name: begins a line on the terminal. stop_seconds: after which a stop kills it."""
        self.name = name
        self.ends = 0  # how often it has ended
        self._start = start
        self._stop_seconds = stop_seconds
        self._before_stop = before_stop
        self._process: subprocess.Popen[bytes] | None = None
        self._back_off = BackOff()

    def keep_running(self) -> None:
        """Start the process if it does not run, after a pause if it has ended. Call it about every second."""
        if self._process and self._process.poll() is not None:
            self.ends += 1
            pause = self._back_off.ended()
            notify(f"{self.name} {how_it_ended(self._process.returncode)}. Starting it again in {pause:.0f} s.")
            self._process = None
        if self._process is None and self._back_off.is_due():
            self._process = self._start()
            self._back_off.started()

    def stop(self) -> None:
        """Ask the process to end, and kill it if that takes too long."""
        self._before_stop()
        if self._process:
            child_process.stop(self._process, seconds=self._stop_seconds)


def how_it_ended(returncode: int) -> str:
    """Return "ended with exit status 1", or "was killed by SIGKILL"."""
    if returncode >= 0:
        return f"ended with exit status {returncode}"
    try:
        return f"was killed by {signal.Signals(-returncode).name}"
    except ValueError:  # a real-time signal
        return f"was killed by signal {-returncode}"
