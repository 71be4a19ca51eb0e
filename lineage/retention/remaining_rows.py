"""Imports that still have rows in any table: the database would delete these with the import."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db import connection
from psycopg import sql

from imports.tables.catalog import own_tables

#: All foreign keys to the history, except those of the service's own tables: schema, table, column.
_KEYS = """
    SELECT relnamespace::regnamespace::name, relname, attname
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'f' AND confrelid = 'import_history'::regclass
      AND NOT (relnamespace = 'public'::regnamespace AND relname = ANY(%s))
"""


def imports_with_rows(import_ids: Collection[UUID]) -> set[UUID]:
    """Return those of these imports that have rows."""
    ids = list(import_ids)
    with connection.cursor() as cursor:
        cursor.execute(_KEYS, [list(own_tables())])
        keys = cursor.fetchall() if ids else []
    return {import_id for schema, table, column in keys for import_id in _in_table(schema, table, column, ids)}


def _in_table(schema: str, table: str, column: str, ids: list[UUID]) -> list[UUID]:
    query = sql.SQL(
        "SELECT ids.id FROM unnest(%s::uuid[]) ids (id) WHERE EXISTS (SELECT 1 FROM {} rows WHERE {} = ids.id)"
    )
    names = [
        sql.Identifier(*(name.replace("%", "%%") for name in path)) for path in ((schema, table), ("rows", column))
    ]
    with connection.cursor() as cursor:
        cursor.execute(query.format(*names), [ids])
        return [import_id for (import_id,) in cursor.fetchall()]
