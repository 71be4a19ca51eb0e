"""Tell a lost database connection from other errors of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from django.db.utils import InterfaceError, OperationalError

from core.sqlstates import sqlstate_of


class ConnectionLost(Exception):
    """The connection to the database is lost, and with it the open transaction."""


@contextmanager
def connection_watched() -> Iterator[None]:
    """Raise ConnectionLost for errors that mean a lost connection."""
    try:
        yield
    except (OperationalError, InterfaceError, psycopg.OperationalError, psycopg.InterfaceError) as error:
        if not _is_lost(error):
            raise
        connection.close()
        raise ConnectionLost from error


def _is_lost(error: Exception) -> bool:
    """Return whether the SQLSTATE is of class 08 or 57P, or missing, because the server did not answer."""
    state = sqlstate_of(error)
    return not state or state.startswith(("08", "57P"))
