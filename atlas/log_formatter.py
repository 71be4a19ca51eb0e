"""How the log is written: what happened, never the rows that it happened to."""

from __future__ import annotations

import logging
from traceback import format_tb
from types import TracebackType


class RedactingFormatter(logging.Formatter):
    """Exceptions by their kind and place: their messages may quote a row, the database's do."""

    def formatException(  # noqa: N802  logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return "".join(format_tb(trace)) + (kind.__name__ if kind else "")
