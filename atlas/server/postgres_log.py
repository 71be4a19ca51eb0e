"""What the log of a PostgreSQL server, and the output of its programs, say of a start.

By their words: without a server there is no code.
"""

import contextlib
import re
from pathlib import Path

ERROR = re.compile("FATAL|PANIC|error|could not")  # in PostgreSQL's messages
LOG_PREFIX = re.compile(r"^.*? (FATAL|PANIC|LOG|ERROR):  ")  # time and process
#: Errors that are no reason for the end of a server: refused and ended connections, and what pg_ctl says of any.
CONSEQUENCES = (
    "starting up", "in recovery mode", "not yet accepting connections", "shutting down", "unexpected postmaster exit",
    "could not start server", "examine the log output",
)  # fmt: skip
LOG_END_BYTES = 16 * 1024


def last_error(log: Path, output: str = "") -> str:
    """Return the last error in a program's output and at the end of the server's log; an empty text without one."""
    lines = [line for line in (*output.splitlines(), *last_lines(log)) if ERROR.search(line)]
    errors = [line for line in lines if not any(sign in line for sign in CONSEQUENCES)]
    return LOG_PREFIX.sub("", errors[-1]).strip() if errors else ""


def recovery(log: Path) -> str:
    """Return how far a recovery is, as a sentence."""
    redo = [line.partition("LOG:")[2].strip() for line in last_lines(log) if "redo " in line]
    return f"It recovers from a crash: {redo[-1]}." if redo else "It may be recovering from a crash."


def last_lines(log: Path) -> list[str]:
    with contextlib.suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_END_BYTES))
        return file.read().decode(errors="replace").splitlines()
    return []
