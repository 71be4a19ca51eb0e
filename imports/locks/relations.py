"""Locks on tables, taken in short tries: readers of a table queue behind each try, and no longer."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction
from django.db.utils import OperationalError
from psycopg import sql

from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from core.waits.given_up import table_busy
from imports.locks.patience import between_tries, set_lock_timeout, wait_seconds

TRY_SECONDS = 0.2
PAUSE_SECONDS = 0.1  # in which others get at it
HURRY_SECONDS = 2.0  # for which a transaction waits for other locks while others wait for its lock on the history

EXCLUSIVE = "ACCESS EXCLUSIVE"  # to change columns or drop: no other session reads or writes
NO_WRITES = "SHARE"  # to create an index: others read
WRITES = "ROW EXCLUSIVE"  # to insert, update and delete: others read and write
REFERENCES = "SHARE ROW EXCLUSIVE"  # to create a foreign key: others read

_HISTORY = sql.Identifier("public", "import_history")


@contextmanager
def read_without_keeping_locks() -> Iterator[None]:
    """Read within a transaction without holding the read locks until its end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def hold_table(table_name: str, mode: str) -> None:
    """Lock the table until the end of the transaction. Raises TableBusy."""
    _hold_in_tries([(_table(table_name), mode)], table_name)


def try_to_hold_table(table_name: str, mode: str) -> bool:
    """Lock the table until the end of the transaction, if that is possible in one short try."""
    return _hold([(_table(table_name), mode)], TRY_SECONDS)


def hold_history(mode: str) -> None:
    """Lock the history until the end of the transaction, which should be near. Raises TableBusy."""
    _hold_in_tries([(_HISTORY, mode)], None)
    set_lock_timeout(min(HURRY_SECONDS, wait_seconds()), for_transaction=True)


def hold_table_and_history(table_name: str) -> None:
    """Lock both, as dropping a table that references the history needs; neither is held while the other is waited for.

    Raises TableBusy.
    """
    _hold_in_tries([(_table(table_name), EXCLUSIVE), (_HISTORY, EXCLUSIVE)], table_name)
    set_lock_timeout(min(HURRY_SECONDS, wait_seconds()), for_transaction=True)


def _table(table_name: str) -> sql.Identifier:
    return sql.Identifier("public", table_name)


def _hold_in_tries(locks: list[tuple[sql.Identifier, str]], table_name: str | None) -> None:
    limit = wait_seconds()
    deadline = time.monotonic() + limit
    while not _hold(locks, min(TRY_SECONDS, limit)):
        between_tries()
        if time.monotonic() > deadline:
            raise table_busy(table_name)
        time.sleep(PAUSE_SECONDS)


def _hold(locks: list[tuple[sql.Identifier, str]], seconds: float) -> bool:
    """Return whether all of the locks could be had, each within so many seconds; else none is held."""
    try:
        with transaction.atomic():
            set_lock_timeout(seconds, for_transaction=True)
            with connection.cursor() as cursor:
                for relation, mode in locks:
                    cursor.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(relation, sql.SQL(mode)))
            set_lock_timeout(wait_seconds(), for_transaction=True)
    except OperationalError as error:
        if sqlstate_of(error) != LOCK_TIMED_OUT:
            raise
        return False
    return True
