"""Child processes that end with this process."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Sequence

from atlas.server.embedded_postgres import PROJECT

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def start(*command: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start Python with these arguments in the project's directory. A Ctrl-C in the terminal does not reach it."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=PROJECT,
        pass_fds=pass_fds,
        # Ctrl-C reaches only this process, which stops its children in order, the database last.
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def stop(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Ask a process to end, and kill it if it takes longer than these seconds."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Let Linux send this process a signal when its parent is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, number)
