"""Format log lines without data from rows, and a lost database in one line."""

from __future__ import annotations

import logging
from traceback import format_tb
from types import TracebackType

from procrastinate.exceptions import ConnectorException


class RedactingFormatter(logging.Formatter):
    """Log exceptions by type and traceback, without their messages: those of the database quote rows."""

    def formatException(  # noqa: N802  logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return "".join(format_tb(trace)) + (kind.__name__ if kind else "")


class LostConnection(logging.Filter):
    """Let the job queue report a lost database in one line, not with each of its tasks and their tracebacks."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not (record.exc_info and isinstance(record.exc_info[1], ConnectorException)):
            return True
        record.msg, record.args, record.exc_info = "The worker lost its connection to the database, and ends.", (), None
        return record.name == "procrastinate.worker.worker"
