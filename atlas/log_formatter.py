"""Format log lines without data from rows; faults of disk and database, and senseless requests, in one line."""

from __future__ import annotations

import logging
from traceback import format_tb
from types import TracebackType

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParserError
from procrastinate.exceptions import ConnectorException

from core.faults import service_fault


class RedactingFormatter(logging.Formatter):
    """Log exceptions by type and traceback, without their messages: those of the database quote rows."""

    def formatException(  # noqa: N802  logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        kind, _, trace = ei
        return "".join(format_tb(trace)) + (kind.__name__ if kind else "")


class FaultsInOneLine(logging.Filter):
    """Log a fault of disk or database, or what a stranger sent, in one line, not with a traceback for each request."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, ConnectorException):  # of the job queue, which several of its tasks report
            record.msg, record.args, record.exc_info = "The worker lost the database, and ends.", (), None
            return record.name == "procrastinate.worker.worker"
        if isinstance(error, SuspiciousOperation | MultiPartParserError):  # any stranger can send such a request
            record.exc_info = None
        elif error and service_fault(error):
            record.msg, record.args, record.exc_info = f"{record.getMessage()} ({type(error).__name__})", (), None
        return True
