"""Whether it was the connection to the database that failed, and not what was asked of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from django.db.utils import InterfaceError, OperationalError


class ConnectionLost(Exception):
    """The database went away, and the open transaction with it."""


@contextmanager
def connection_watched() -> Iterator[None]:
    """Raises ConnectionLost for the errors that mean it."""
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        if not _is_lost(error):
            raise
        connection.close()
        raise ConnectionLost from error


def _is_lost(error: Exception) -> bool:
    """By PostgreSQL's classes 08 and 57P; without a code, when the server gave no answer."""
    state = getattr(error, "sqlstate", None) or getattr(error.__cause__, "sqlstate", None)
    return state is None or state.startswith(("08", "57P"))
