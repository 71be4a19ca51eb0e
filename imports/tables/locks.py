"""Advisory locks: one import at a time into a table, and the sign of life of every import that runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from imports.errors import TableBusy


@contextmanager
def table_transaction(table_name: str, *, wait_seconds: float | None = None) -> Iterator[None]:
    """A transaction that has the table to itself. wait_seconds: None waits as long as it takes; else TableBusy."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if wait_seconds is not None:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{int(wait_seconds * 1000)}ms"])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(f"table {table_name}")])
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", "") != "55P03":
                raise
            message = f"An import or undo of {table_name!r} is running. Try again when it is done."
            raise TableBusy(message, table_name=table_name) from None
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        yield


def show_life(import_id: UUID) -> None:
    """Held by this connection until `end_life` or until the process is gone: then the import counts as died."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_key(f"import {import_id}")])


def end_life(import_id: UUID) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_unlock(%s)", [_key(f"import {import_id}")])


def is_alive(import_id: UUID) -> bool:
    """Whether some connection holds the import's sign of life."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"key": _key(f"import {import_id}")})
        return cursor.fetchone() is not None


#: How pg_locks shows a 64-bit key: its halves, unsigned.
_HELD = """
    SELECT 1 FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = (%(key)s::bigint >> 32) & 4294967295
      AND objid::bigint = %(key)s::bigint & 4294967295
"""


def _key(name: str) -> int:
    """64 bits, signed, as pg_advisory_lock takes them."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
