"""Format log lines without data from rows."""

from __future__ import annotations

import logging
from traceback import format_tb
from types import TracebackType


class RedactingFormatter(logging.Formatter):
    """Log exceptions by type and traceback, without their messages: those of the database quote rows."""

    def formatException(  # noqa: N802  logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return "".join(format_tb(trace)) + (kind.__name__ if kind else "")
