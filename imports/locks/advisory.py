"""Advisory locks: one import at a time into a table, and the sign of life of every import that runs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from core.errors import TableBusy
from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from core.waits.given_up import given_up_waits, table_busy
from core.waits.watch import watched
from imports import messages
from imports.locks.patience import between_tries, limit_statements, set_lock_timeout, wait_seconds, waits_for_imports

POLL_SECONDS = 1.0  # of an unlimited wait, between two looks at other things; it has no place in the queue


@contextmanager
def table_lock(table_name: str) -> Iterator[None]:
    """Lock the table for this connection. Raises TableBusy where the lock, or one in the block, cannot be had in time.

    Held by the connection, not by a transaction: what must be known before the transaction can be looked up under it,
    without the transaction holding locks on the history for as long as a file takes.
    """
    with watched():
        key = _key(f"table {table_name}")
        if not _acquired_in_time(key, unlimited=waits_for_imports()):
            raise table_busy(table_name)
        with _released(key), given_up_waits(table_name):
            yield


@contextmanager
def source_lock(sha256: str) -> Iterator[None]:
    """Lock the kept file of this content for this connection: two imports may have the same bytes at once.

    Raises TableBusy.
    """
    key = _key(f"source {sha256}")
    if not _acquired_in_time(key, unlimited=False):
        raise TableBusy(messages.SOURCE_BUSY())
    with _released(key):
        yield


@contextmanager
def file_deletion() -> Iterator[None]:
    """Delete kept files in the block, but not while a backup copies them. Raises TableBusy."""
    if not _acquired(_DELETION, wait_seconds(), "pg_advisory_lock_shared"):
        raise TableBusy(messages.BACKUP_RUNS())
    with _released(_DELETION, "pg_advisory_unlock_shared"):
        yield


@contextmanager
def no_file_deletions() -> Iterator[None]:
    """Keep all kept files for the length of a block: deletions wait, and are given up. Raises TableBusy."""
    if not _acquired(_DELETION, wait_seconds()):
        raise TableBusy(messages.BACKUP_RUNS())
    with _released(_DELETION):
        yield


def close_if_lost() -> None:
    """Close a connection that broke, outside of a transaction: the next query opens another."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()


@contextmanager
def _released(key: int, function: str = "pg_advisory_unlock") -> Iterator[None]:
    try:
        yield
    finally:
        if connection.is_usable():  # else the server has released it
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {function}(%s)", [key])


def _acquired_in_time(key: int, *, unlimited: bool) -> bool:
    """Return whether the lock was to be had within the time that the operation waits. unlimited: always wait for it."""
    if not unlimited:
        return _acquired(key, wait_seconds())
    while not _acquired(key, POLL_SECONDS):
        between_tries()
    return True


def _acquired(key: int, seconds: float, function: str = "pg_advisory_lock") -> bool:
    """Return whether the lock was to be had within so many seconds. Afterwards statements wait as the operation may."""
    set_lock_timeout(seconds, for_transaction=False)
    try:
        with _savepoint(), connection.cursor() as cursor:
            cursor.execute(f"SELECT {function}(%s)", [key])
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_TIMED_OUT:
            raise
        return False
    finally:
        limit_statements()
    return True


def _savepoint() -> AbstractContextManager[Any]:
    """Return what keeps an open transaction usable where a wait times out."""
    return transaction.atomic() if connection.in_atomic_block else nullcontext()


def hold_liveness_lock(import_id: UUID) -> None:
    """Hold until `release_liveness_lock` or until the process is gone: then the import counts as died."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [_key(f"import {import_id}")])


def release_liveness_lock(import_id: UUID) -> None:
    """Release the lock if this connection holds it."""
    with connection.cursor() as cursor:
        cursor.execute(_RELEASE, {"key": _key(f"import {import_id}")})


@contextmanager
def liveness_lock(import_id: UUID, wait_seconds: float) -> Iterator[bool]:
    """Hold the liveness lock for the length of a block; yield False where another connection kept it for that long."""
    if not _acquired(_key(f"import {import_id}"), wait_seconds):
        yield False
        return
    try:
        yield True
    finally:
        if connection.is_usable():  # else the server has released it
            release_liveness_lock(import_id)


def is_running(import_id: UUID) -> bool:
    """Return whether some connection holds the import's sign of life."""
    with connection.cursor() as cursor:
        cursor.execute(_HELD, {"key": _key(f"import {import_id}")})
        return cursor.fetchone() is not None


#: How pg_locks shows a 64-bit key: its halves, unsigned.
_LOCKS = """
    FROM pg_locks
    WHERE locktype = 'advisory' AND objsubid = 1 AND granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND classid::bigint = (%(key)s::bigint >> 32) & 4294967295
      AND objid::bigint = %(key)s::bigint & 4294967295
"""
_HELD = "SELECT 1" + _LOCKS
_RELEASE = "SELECT pg_advisory_unlock(%(key)s)" + _LOCKS + "AND pid = pg_backend_pid()"


def _key(name: str) -> int:
    """Return 64 bits, signed, as pg_advisory_lock takes them."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)


_DELETION = _key("deletion of kept files")
