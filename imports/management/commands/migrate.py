"""Django's migrate, one process at a time; stopped at any moment, the current migration leaves no change."""

import hashlib
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from django.core.management import CommandError
from django.core.management.commands import migrate
from django.db import Error, OperationalError, ProgrammingError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState

from core.sqlstates import LOCK_TIMED_OUT, sqlstate_of
from core.waits.watch import watched

KEY = int.from_bytes(hashlib.sha256(b"migrate").digest()[:8], signed=True)
WAIT_SECONDS = 900
PAUSE_SECONDS = 0.5
TRY = "1s"  # of waiting for a lock at a time
WAITING = "Another process is migrating the database. Waiting for it."
#: SQLSTATEs: what is to be created exists (column, object, table, function), or what is to be changed does not.
ALREADY_DONE = {"42701", "42710", "42P07", "42723", "42703", "42704", "42P01", "42883"}


class Executor(MigrationExecutor):
    """Record an atomic migration in the transaction of its changes; Django does so in another one, after it."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, fake: bool = False, fake_initial: bool = False
    ) -> ProjectState:
        tries = _Tries(migration)
        while True:
            try:
                with tries.one(), self._transaction(migration):
                    self._limit_waits(migration)
                    return super().apply_migration(state.clone(), migration, fake=fake, fake_initial=fake_initial)
            except ProgrammingError as error:
                if sqlstate_of(error) in ALREADY_DONE:
                    raise CommandError(_unrecorded(migration, error)) from error
                raise
            except OperationalError as error:
                if sqlstate_of(error) != LOCK_TIMED_OUT or not migration.atomic:
                    raise
                tries.wait()

    def unapply_migration(self, state: ProjectState, migration: Migration, fake: bool = False) -> ProjectState:
        with self._transaction(migration):
            return super().unapply_migration(state, migration, fake=fake)

    def _limit_waits(self, migration: Migration) -> None:
        """Let an atomic migration ask for its locks in short tries: readers queue behind each of them."""
        with self.connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [TRY if migration.atomic else "0"])

    def _transaction(self, migration: Migration) -> transaction.Atomic | nullcontext[None]:
        return transaction.atomic(self.connection.alias) if migration.atomic else nullcontext()


class _Tries:
    """The tries of one migration, while other sessions hold the tables that it changes."""

    def __init__(self, migration: Migration) -> None:
        self._migration = migration
        self._deadline = time.monotonic() + WAIT_SECONDS
        self._holder = self._announced = ""

    @contextmanager
    def one(self) -> Iterator[None]:
        with watched() as operation:
            try:
                yield
            finally:
                self._holder = str(operation.holders[0].as_message()) if operation.holders else "another session"

    def wait(self) -> None:
        """Wait before the next try. Raises CommandError after WAIT_SECONDS."""
        if time.monotonic() > self._deadline:
            raise CommandError(
                f"Migration {self._migration} needs a table that is in use by {self._holder}, for over"
                f" {WAIT_SECONDS // 60} minutes. Start again when it has finished, or end that session first."
            )
        if self._holder != self._announced:
            self._announced = self._holder
            sys.stderr.write(f"Migration {self._migration} waits for {self._holder}.\n")
            sys.stderr.flush()
        time.sleep(PAUSE_SECONDS)


# Django's command has no other place for an executor of one's own.
migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if options["plan"] or options["check_unapplied"]:  # changes nothing
            super().handle(*args, **options)
            return
        with self._alone(connections[options["database"]]):
            super().handle(*args, **options)

    @contextmanager
    def _alone(self, connection: BaseDatabaseWrapper) -> Iterator[None]:
        """Let one process at a time migrate a database. Raises CommandError after WAIT_SECONDS."""
        self._wait_for_lock(connection)
        try:
            yield
        finally:
            with suppress(Error):  # the connection is lost, and with it the lock
                _fetch_value(connection, "SELECT pg_advisory_unlock(%s)", KEY)

    def _wait_for_lock(self, connection: BaseDatabaseWrapper) -> None:
        # Not one long statement: it would hold up a CREATE INDEX CONCURRENTLY of the process that is waited for.
        deadline, announced = time.monotonic() + WAIT_SECONDS, False
        while not _fetch_value(connection, "SELECT pg_try_advisory_lock(%s)", KEY):
            if time.monotonic() >= deadline:
                raise CommandError(_still_migrating(connection))
            if not announced:
                self.stderr.write(WAITING)
                announced = True
            time.sleep(PAUSE_SECONDS)


def _fetch_value(connection: BaseDatabaseWrapper, query: str, key: int) -> Any:
    """Return the one value of the one row; None without a row."""
    with connection.cursor() as cursor:
        cursor.execute(query, [key])
        row = cursor.fetchone()
    return row[0] if row else None


def _still_migrating(connection: BaseDatabaseWrapper) -> str:
    holder = _fetch_value(
        connection,
        "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1"
        " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        " AND (classid::bigint << 32 | objid::bigint) = %s",
        KEY,
    )
    end_it = f", or end its database session first: SELECT pg_terminate_backend({holder})" if holder else ""
    return (
        f"Another process has been migrating the database for over {WAIT_SECONDS // 60} minutes. Start again when it"
        f" has finished{end_it}."
    )


def _unrecorded(migration: Migration, error: ProgrammingError) -> str:
    """Return what to do about a migration that finds its changes made: earlier versions recorded it afterwards."""
    reason = str(error).splitlines()[0]
    return (
        f"Migration {migration} cannot be applied: {reason}. If an earlier start was stopped during this migration, its"
        " changes were made and only its record is missing. Then record it with"
        f' "manage.py migrate --fake {migration.app_label} {migration.name}" and start again (docs/operations.md).'
    )
