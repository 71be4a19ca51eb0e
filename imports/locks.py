"""Advisory locks: one import at a time into a table, and the sign of life of every import that runs."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

from django.db import connection, transaction
from django.db.utils import OperationalError

from imports import messages
from imports.errors import TableBusy

POLL_SECONDS = 1.0  # of waiting for a table, between two looks at other things
TRY_MILLISECONDS = 200  # of waiting for the whole history at a time
PAUSE_SECONDS = 0.1  # in which others get at it


@contextmanager
def table_lock(
    table_name: str, *, wait_seconds: float | None = None, meanwhile: Callable[[], None] | None = None
) -> Iterator[None]:
    """Lock the table for this connection. wait_seconds: None waits as long as it takes; else raises TableBusy.

    meanwhile: called about once a second of the wait, may raise. Such a wait has no place in the queue.

    Held by the connection, not by a transaction: what must be known before the transaction can be looked up under it,
    without the transaction holding locks on the history for as long as a file takes.
    """
    key = _key(f"table {table_name}")
    if meanwhile:
        _acquire_in_tries(key, meanwhile)
    elif not _acquire(key, wait_seconds):
        raise TableBusy(messages.TABLE_BUSY(table=table_name), table_name=table_name)
    with _released(key):
        yield


@contextmanager
def source_lock(sha256: str) -> Iterator[None]:
    """Lock the kept file of this content for this connection: two imports may have the same bytes at once."""
    key = _key(f"source {sha256}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [key])
    with _released(key):
        yield


def close_if_lost() -> None:
    """Close a connection that broke, outside of a transaction: the next query opens another."""
    if connection.connection is not None and not connection.is_usable():
        connection.close()


@contextmanager
def _released(key: int) -> Iterator[None]:
    try:
        yield
    finally:
        if connection.is_usable():  # else the server has released it
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


def _acquire_in_tries(key: int, meanwhile: Callable[[], None]) -> None:
    while not _acquire(key, POLL_SECONDS):
        meanwhile()


def _acquire(key: int, wait_seconds: float | None) -> bool:
    """Return whether the lock was to be had within so many seconds; None waits as long as it takes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [f"{int((wait_seconds or 0) * 1000)}ms"])
        try:
            cursor.execute("SELECT pg_advisory_lock(%s)", [key])
        except OperationalError as error:
            if not timed_out(error):
                raise
            return False
        finally:
            cursor.execute("SELECT set_config('lock_timeout', '0', false)")
    return True


@contextmanager
def read_without_keeping_locks() -> Iterator[None]:
    """Read within a transaction without holding the read locks until its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def take_history(wait_seconds: float) -> None:
    """Lock the whole history for the rest of the transaction, as dropping a table that references it needs.

    In short tries, because readers of the history queue behind each of them. Raises TableBusy.
    """
    deadline = time.monotonic() + wait_seconds
    while not _lock_history():
        if time.monotonic() > deadline:
            raise TableBusy(messages.HISTORY_BUSY())
        time.sleep(PAUSE_SECONDS)


def _lock_history() -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{TRY_MILLISECONDS}ms"])
            cursor.execute("LOCK TABLE import_history IN ACCESS EXCLUSIVE MODE")
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
    except OperationalError as error:
        if not timed_out(error):
            raise
        return False
    return True


def timed_out(error: OperationalError) -> bool:
    """Return whether the server gave up waiting for a lock."""
    return getattr(error.__cause__, "sqlstate", "") == "55P03"


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
    if not _acquire(_key(f"import {import_id}"), wait_seconds):
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
