"""Processes of our own, which end when we do."""

from __future__ import annotations

import ctypes
import signal
import subprocess
import sys
from collections.abc import Sequence

from atlas.server import embedded_postgres

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def start(*command: str, pass_fds: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Python with these arguments, in the project; stopped by us, not by a Ctrl-C in our terminal."""
    return subprocess.Popen(
        [sys.executable, *command],
        cwd=embedded_postgres.PROJECT,
        pass_fds=pass_fds,
        # Ctrl-C reaches us only: we stop it first and the database after.
        start_new_session=True,
        preexec_fn=end_with_parent,
    )


def stop(process: subprocess.Popen[bytes], *, seconds: float) -> None:
    """Ask a process to end, and kill it where it takes longer than so many seconds."""
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_with_parent() -> None:
    """Have Linux stop this process when the one that started it is killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
