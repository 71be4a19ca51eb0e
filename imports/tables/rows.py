"""Insert, count and delete rows of data tables, and the hash for finding equal rows."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

import pyarrow as pa
from django.db import connection
from psycopg import sql

from imports.column_types import type_named
from imports.column_types.wire import Pieces, constant, jsonb_field, number_field
from imports.errors import UnknownImport
from imports.table_description import TableColumn
from imports.tables import messages
from imports.tables.binary_copy import HEADER, TRAILER, encode_rows


class Rows(Protocol):
    """The rows to load, as in convert.TypedBatch."""

    @property
    def columns(self) -> list[pa.Array]: ...

    @property
    def record_numbers(self) -> pa.Array: ...

    @property
    def corrections(self) -> pa.Array: ...


class StagedRows(Rows, Protocol):
    """The same, with the numbers of the records whose key, or whose cells by column, could not be read."""

    @property
    def unread_keys(self) -> pa.Array: ...

    @property
    def unread_cells(self) -> dict[str, pa.Array]: ...


def copy_in(statement: sql.Composed, fields: list[Pieces]) -> None:
    """Run one COPY for one batch. statement: a COPY with `FORMAT binary`."""
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        copy.write(HEADER)
        copy.write(encode_rows(fields))
        copy.write(TRAILER)


def insert_directly(table: str, columns: Sequence[TableColumn], rows: Rows, import_id: UUID) -> None:
    """Insert rows of an import into the table."""
    names = [*(column.name for column in columns), "_source_row_number", "_corrections_applied", "_import_id"]
    copy_in(
        copy_statement(sql.Identifier("public", table), names), [*row_fields(columns, rows), constant(import_id.bytes)]
    )


def copy_statement(target: sql.Composable, names: Sequence[str]) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(target, identifiers(names))


def row_fields(columns: Sequence[TableColumn], rows: Rows) -> list[Pieces]:
    fields = [
        type_named(column.sql_type).wire_field(values) for column, values in zip(columns, rows.columns, strict=True)
    ]
    return [*fields, number_field(rows.record_numbers, wire=">i4"), jsonb_field(rows.corrections)]


def identifiers(names: Sequence[str], prefix: str = "") -> sql.Composed:
    parts = [sql.Identifier(prefix, name) if prefix else sql.Identifier(name) for name in names]
    return sql.SQL(", ").join(parts)


def record_hash(columns: Sequence[str], prefix: str = "") -> sql.Composed:
    """Return the expression of a 64-bit hash of these columns, equal for equal values."""
    return sql.SQL("hash_record_extended(ROW({}), 0)").format(identifiers(columns, prefix))


def has_key(key: Sequence[str], prefix: str) -> sql.Composed:
    """Return the condition that a row has a value in a column of the key."""
    parts = [sql.SQL("{} IS NOT NULL").format(sql.Identifier(prefix, name)) for name in key]
    return sql.SQL("({})").format(sql.SQL(" OR ").join(parts))


def key_index(table: str, columns: Sequence[str]) -> str:
    """Return the name of the index on the hash of these columns."""
    return f"idx_key_{hashlib.sha256(repr((table, tuple(columns))).encode()).hexdigest()[:32]}"


def lock_import_record(import_id: UUID) -> None:
    """Protect the record of the import from changes until the commit. Raises UnknownImport if it was deleted.

    Before the history is locked: it would stay so while another session holds the record.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM import_history WHERE import_id = %s FOR UPDATE", [import_id])
        if cursor.fetchone() is None:
            raise UnknownImport(messages.IMPORT_DELETED())


def discard_cached_ids() -> None:
    """Discard ids cached for this connection, so that new ids are higher than all existing ones."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD SEQUENCES")


def count_rows(table: str, import_id: UUID | None = None) -> int:
    """Count the rows of one import, or of all imports; 0 if the table does not exist."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(format('public.%%I', %s::text)) IS NULL", [table])
        if cursor.fetchone()[0]:
            return 0
        condition = sql.SQL("IS NOT NULL") if import_id is None else sql.SQL("= {}").format(sql.Literal(import_id))
        query = sql.SQL("SELECT count(*) FROM {} WHERE _import_id {}")
        cursor.execute(query.format(sql.Identifier("public", table), condition))
        return int(cursor.fetchone()[0])


def delete_rows(table: str, import_id: UUID, *, but: sql.Composable | None = None) -> int:
    """Delete the rows of one import; return how many. but: the condition for rows to keep, with the alias `held`."""
    statement = sql.SQL("DELETE FROM {} held WHERE _import_id = %s").format(sql.Identifier("public", table))
    if but:
        statement += sql.SQL(" AND NOT ") + but
    with connection.cursor() as cursor:
        cursor.execute(statement, [import_id])
        return cursor.rowcount
